"""Made-up messages, classifications and officers for tests: say what matters, the rest is plausible."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from intakebot.config.settings import Settings
from intakebot.domain import acts, complaints
from intakebot.domain.case import Acting, Case, Change, Status, TimeRules, has_code_clock
from intakebot.domain.labels import Classification, Kind, Tag
from intakebot.domain.message import Address, Envelope, NormalisedMessage, RawMessage, Role, Segment
from intakebot.domain.people import Officer, Person
from intakebot.domain.stages import Outcome
from intakebot.domain.timescales import Rules
from intakebot.domain.working_days import england
from intakebot.errors import Refused
from intakebot.reading import Reading
from intakebot.settings_file import load

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TIME_RULES = TimeRules(england(()), Rules())
OLIVE, SANA = 7, 8
DAY = timedelta(days=1)


def demo_settings(data: Path, **changes: Any) -> Settings:
    """The made-up landlord's settings, with some keys changed, and the light classifier where they do not say."""
    environ = {"INTAKEBOT_DATA": str(data), "INTAKEBOT_CLASSIFIER": "rules"}
    environ |= {f"INTAKEBOT_{k.upper()}": str(v) for k, v in changes.items()}
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
    return Reading.of(read, found or classification(), digest)


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


def acting(days: float = 0, officer_id: int | None = OLIVE, name: str = "Olive Ferreira") -> Acting:
    """An officer, so many days after `NOW`."""
    return Acting(name, officer_id, TIME_RULES, NOW + days * DAY)


def a_case(kind: Kind = Kind.COMPLAINT, **changes: Any) -> Case:
    """A case of Ama's received at `NOW`: where it is a complaint at stage 1, and nothing done yet."""
    values: dict[str, Any] = {
        "reference": "HC-0000-0000-A",
        "kind": kind,
        "status": Status.RECEIVED,
        "channel": "email",
        "subject": "Boiler",
        "opened_at": NOW,
        "received_at": NOW,
        "resident": Person("Ama", "ama@tenant.example", id=1),
        "stages": (acts.first_stage(NOW, TIME_RULES),) if has_code_clock(kind, False) else (),
        "officer_id": OLIVE,
        "team": "maintenance",
        "id": 1,
    }
    return Case(**(values | changes))


def defined(case: Case | None = None, days: float = 1, by: int | None = OLIVE) -> Case:
    """A complaint with its definition, two points and what we are responsible for, and so ready to acknowledge."""
    points = ("The boiler fails", "Nobody rang back")
    case = complaints.define(case or a_case(), "The boiler fails", "A boiler that works", points, acting(days, by)).case
    return complaints.set_responsibilities(case, "We keep the boiler working.", "", acting(days, by)).case


def acknowledged(case: Case | None = None, days: float = 1, by: int | None = OLIVE) -> Case:
    """A complaint as `defined`, acknowledged so many days after `NOW`."""
    return complaints.acknowledge(defined(case, days, by), acting(days, by)).case


def answered(case: Case | None = None, days: float = 7, by: int | None = OLIVE) -> Case:
    """A complaint whose current stage is answered: partially upheld."""
    case = case or acknowledged()
    for point in case.current.points if case.current else ():
        case = complaints.answer_point(case, point.text, "We should have come.", Outcome.UPHELD, acting(days, by)).case
    return complaints.respond(
        case, Outcome.PARTIALLY_UPHELD, "We were late.", "The log shows it.", acting(days, by)
    ).case


def at_stage_2(days: float = 14) -> Case:
    """A complaint answered at stage 1 by Olive, whose resident asks for stage 2 so many days after `NOW`."""
    return complaints.escalate(answered(), NOW + days * DAY, acting(days)).case


def refuses(clause: str, act: Callable[[], Change], words: str = ".") -> None:
    """The act is refused in words like these, naming this clause."""
    with pytest.raises(Refused, match=words) as error:
        act()
    assert error.value.clause == clause
