"""A case: how dangerous it is to leave unread, and the record's one demand on time."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.factories import NOW, TIME_RULES, a_case, classification

from intakebot.domain.acts import case_tags
from intakebot.domain.case import SYSTEM, Event, EventType
from intakebot.domain.case_hazards import hazards_in
from intakebot.domain.labels import Flag
from intakebot.domain.people import Person
from intakebot.domain.records import Records


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
    found = classification(flags=flags)
    hazards = hazards_in(found, NOW, Person(), TIME_RULES, ())
    assert a_case(tags=case_tags(found), records=Records(hazards=hazards)).danger == danger


def test_an_event_needs_an_aware_time() -> None:
    with pytest.raises(ValueError, match=r"aware|zone"):
        Event(datetime(2026, 3, 2, 9, 0), SYSTEM, EventType.NOTED, "x")  # noqa: DTZ001  # a naive time is the point
