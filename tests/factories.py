"""Made-up messages, classifications and officers for tests: say what matters, the rest is plausible."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from intakebot.config import Settings, load
from intakebot.domain.labels import Classification, Kind, Tag
from intakebot.domain.message import Address, Envelope, NormalisedMessage, RawMessage, Role, Segment
from intakebot.domain.people import Officer
from intakebot.reading import Reading

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def demo_settings(data: Path, **changes: Any) -> Settings:
    """The made-up landlord's settings, with some keys changed."""
    environ = {"INTAKEBOT_DATA": str(data)} | {f"INTAKEBOT_{k.upper()}": str(v) for k, v in changes.items()}
    return load(None, environ)


def message(text: str = "The boiler is broken again.", **changes: Any) -> NormalisedMessage:
    """A normalised mail from Shirley Amadi."""
    values: dict[str, Any] = {
        "channel": "email",
        "external_id": hashlib.sha256(repr((text, sorted(changes.items(), key=str))).encode()).hexdigest(),
        "received_at": NOW,
        "sender": Address("shirley.amadi@tenant.example", "Shirley Amadi"),
        "subject": "Boiler",
        "segments": (Segment(Role.NEW, text),),
        "message_id": hashlib.sha256(text.encode()).hexdigest()[:16] + "@tenant.example",
    }
    return NormalisedMessage(**(values | changes))


def classification(
    kind: Kind = Kind.COMPLAINT,
    categories: Sequence[str] = ("repairs",),
    flags: Sequence[str] = (),
    needs: Sequence[str] = (),
    **changes: Any,
) -> Classification:
    """A confident classification."""
    tags = lambda labels: tuple(Tag(label, 0.9, (label,)) for label in labels)  # noqa: E731
    return Classification(
        kind=Tag(kind.value, 0.9, ("again",)),
        categories=tags(categories),
        flags=tags(flags),
        needs=tags(needs),
        version="test",
        **changes,
    )


def reading(read: NormalisedMessage | None = None, found: Classification | None = None) -> Reading:
    """A message as read."""
    read = read or message()
    digest = hashlib.sha256((read.message_id or read.external_id).encode()).hexdigest()
    return Reading(read, found or classification(), digest)


def raw(content: bytes = b"From: a@tenant.example\r\n\r\nhello", external_id: str = "", **changes: Any) -> RawMessage:
    """A raw mail."""
    external_id = external_id or hashlib.sha256(content).hexdigest()
    return RawMessage(
        "email", external_id, content, changes.pop("received_at", NOW), Envelope(source="test"), **changes
    )


def officer(officer_id: int, name: str, team: str = "maintenance", **changes: Any) -> Officer:
    """An officer at work."""
    email = f"{name.split()[0].lower()}@example.org"
    return Officer(id=officer_id, name=name, email=email, team=team, **changes)
