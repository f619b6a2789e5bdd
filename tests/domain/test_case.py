"""A case: how dangerous it is to leave unread, and the record's one demand on time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from tests.factories import NOW, TIME_RULES, a_case, classification

from intakebot.domain.acts import case_tags
from intakebot.domain.case import OPEN_STATUSES, SYSTEM, Event, EventType, Status
from intakebot.domain.case_hazards import hazards_in
from intakebot.domain.labels import Flag, Kind
from intakebot.domain.people import Person
from intakebot.domain.records import Action, Records


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


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("status", list(Status))
def test_a_case_is_open_while_a_doubt_or_a_promise_waits_whatever_it_is(kind: Kind, status: Status) -> None:
    case = a_case(kind, status=status)
    promised = Records(actions=(Action(1, 1, "Fit a boiler", "Heatwell", date(2026, 4, 1), NOW),))
    assert replace(case, needs_review=True).open is (status is not Status.CLOSED)
    assert replace(case, records=promised).open
    assert case.open is (status in OPEN_STATUSES)


def test_an_event_needs_an_aware_time() -> None:
    with pytest.raises(ValueError, match=r"aware|zone"):
        Event(datetime(2026, 3, 2, 9, 0), SYSTEM, EventType.NOTED, "x")  # noqa: DTZ001  # a naive time is the point
