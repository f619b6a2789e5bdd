"""A case: how dangerous it is to leave unread, and the record's one demand on time."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.factories import NOW, classification

from intakebot.domain.acts import case_tags
from intakebot.domain.case import SYSTEM, Case, Event, EventType, Status
from intakebot.domain.labels import Flag, Kind
from intakebot.domain.people import Person


@pytest.mark.parametrize(
    ("flags", "danger"),
    [
        ((), 0),
        ((Flag.VULNERABILITY,), 0),
        ((Flag.HATE_INCIDENT,), 1),
        ((Flag.SIGNIFICANT_HAZARD,), 1),
        ((Flag.SAFEGUARDING,), 2),
        ((Flag.DOMESTIC_ABUSE, Flag.HATE_INCIDENT), 2),
        ((Flag.EMERGENCY_HAZARD, Flag.SAFEGUARDING), 3),
    ],
)
def test_danger_orders_the_queue(flags: tuple[str, ...], danger: int) -> None:
    tags = case_tags(classification(flags=flags))
    case = Case("HC-1", Kind.COMPLAINT, Status.RECEIVED, "email", "", NOW, NOW, Person(), tags=tags)
    assert case.danger == danger


def test_an_event_needs_an_aware_time() -> None:
    with pytest.raises(ValueError, match=r"aware|zone"):
        Event(datetime(2026, 3, 2, 9, 0), SYSTEM, EventType.NOTED, "x")  # noqa: DTZ001  # a naive time is the point
