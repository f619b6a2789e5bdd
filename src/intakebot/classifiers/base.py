"""The classifier port: text in, tags with scores and evidence out.

A classifier is synchronous, uses no network, is called in a separate process, and must not raise on any
text: empty, enormous, binary or hostile. Nothing written in a message can do more than change its own tags.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from intakebot.domain.labels import Classification


@runtime_checkable
class Classifier(Protocol):
    """Says what a message is about."""

    version: str
    """Stored with every result, so that an answer can be traced to what gave it."""

    def classify(self, text: str, channel: str = "email") -> Classification:
        """Classify one message. For email, `text` is `Subject: …`, an empty line, and the new text."""
