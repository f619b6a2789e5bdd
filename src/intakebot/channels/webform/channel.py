"""The web form's channel: reads a sent form as a message. The pages hand forms in; letters go by mail.

There is nothing to listen to and nothing to send by: `run` waits, and `send` refuses for good.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime

from intakebot.channels.base import Accept
from intakebot.channels.webform.document import SentForm, opened
from intakebot.config.settings import Settings
from intakebot.domain.message import (
    Address,
    Declared,
    NormalisedMessage,
    OutboundMessage,
    RawMessage,
    Receipt,
    Role,
    Segment,
)
from intakebot.errors import DeliveryFailed

OUTCOME_HEADING = "What would put it right:"
_LONGEST_SUBJECT = 80


class WebformChannel:
    """The web form, inwards only."""

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def from_settings(cls, name: str, settings: Settings, now: Callable[[], datetime]) -> WebformChannel:
        """Build the channel. It needs neither settings nor the time."""
        return cls(name)

    async def run(self, accept: Accept) -> None:
        """Wait until cancelled: forms come in by the pages."""
        await asyncio.Event().wait()

    def normalise(self, raw: RawMessage) -> NormalisedMessage:
        """Read a sent form. Raises `Unreadable`."""
        form = opened(raw.content)
        writer = form.declared.representative or form.declared.resident
        return NormalisedMessage(
            channel=raw.channel,
            external_id=raw.external_id,
            received_at=raw.received_at,
            sender=writer.reached_at,
            subject=subject_of(form.text),
            segments=_segments(form),
            attachments=form.files,
            envelope=raw.envelope,
            recipients=tuple(Address(one) for one in form.about),
            notes=form.notes,
            declared=form.declared,
            sender_only_typed=True,
        )

    async def send(self, message: OutboundMessage) -> Receipt:
        """Never: nobody can be reached by a form. Raises `DeliveryFailed`."""
        raise DeliveryFailed("A web form takes no answers; letters go by mail.", temporary=False)


def subject_of(text: str) -> str:
    """A form has no subject: its first words stand in for one.

    >>> subject_of("The boiler is off again. Nobody rings back.")
    'The boiler is off again'
    """
    words = " ".join(text.split())
    first = re.split(r"(?<=\w)[.!?](?:\s|$)", words, maxsplit=1)[0]
    if len(first) <= _LONGEST_SUBJECT:
        return first
    return first[:_LONGEST_SUBJECT].rpartition(" ")[0] + " …"


def _segments(form: SentForm) -> tuple[Segment, ...]:
    segments = [Segment(Role.NEW, form.text.rstrip() + "\n")]
    declared: Declared = form.declared
    if declared.outcomes_sought:
        segments.append(Segment(Role.NEW, f"\n{OUTCOME_HEADING}\n{declared.outcomes_sought.rstrip()}\n"))
    return tuple(segments)
