"""From which day a closed case may be deleted, and what holds it for longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories import NOW, a_case, acting, answered, refuses

from intakebot.domain import endings, redress
from intakebot.domain.case import Case, EventType, Status
from intakebot.domain.hazards import emergency
from intakebot.domain.labels import Kind
from intakebot.domain.records import Action, Determination, Finding, Ombudsman, Order, RefusalReason
from intakebot.domain.retention import Hold, closed_at, closed_before, holds, retention_due
from intakebot.domain.working_days import local_date

CLOSED = datetime(2026, 3, 2, 9, tzinfo=UTC)
ENQUIRY = a_case(Kind.ENQUIRY, status=Status.CLOSED)


def closed(case: Case, days: float = 30) -> Case:
    learned = redress.learn(case, "", "", "", acting(days), nothing=True).case
    return endings.close(learned, acting(days)).case


def refused(filed_on: date | None = date(2026, 2, 20)) -> Case:
    reason = RefusalReason.PROCEEDINGS_FILED if filed_on else RefusalReason.OTHER_POLICY_EXCLUSION
    return endings.refuse(a_case(), reason, "Claim K00.", "She has help.", acting(1), claim_filed_on=filed_on).case


@pytest.mark.parametrize(
    ("at", "years", "due"),
    [
        (CLOSED, 6, date(2032, 3, 2)),
        (CLOSED, 1, date(2027, 3, 2)),
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), 6, date(2032, 7, 1)),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), 6, date(2032, 12, 31)),
        (datetime(2024, 2, 29, 9, tzinfo=UTC), 6, date(2030, 3, 1)),
        (datetime(2024, 2, 29, 9, tzinfo=UTC), 4, date(2028, 2, 29)),
    ],
)
def test_years_are_counted_from_the_london_day_of_closing(at: datetime, years: int, due: date) -> None:
    assert retention_due(ENQUIRY, at, years) == due


def test_a_case_that_is_not_closed_has_no_day() -> None:
    for status in set(Status) - {Status.CLOSED}:
        assert retention_due(replace(ENQUIRY, status=status), CLOSED, 6) is None
    assert retention_due(ENQUIRY, None, 6) is None
    for reopened in (
        replace(ENQUIRY, unread=1),
        replace(ENQUIRY, records=replace(ENQUIRY.records, hazards=(emergency(NOW),))),
        replace(ENQUIRY, records=replace(ENQUIRY.records, actions=(Action(1, 1, "Mend it.", "Works", date.max, NOW),))),
    ):
        assert retention_due(reopened, CLOSED, 6) is None


def test_the_ombudsman_holds_it_until_they_have_decided() -> None:
    case = redress.ombudsman_contacted(closed(answered()), Ombudsman.HOS, "2026", NOW, acting(31)).case
    assert (holds(case), retention_due(case, CLOSED, 6)) == ((Hold.OMBUDSMAN,), None)
    found = [Finding("Repairs", Determination.WITHDRAWN)]
    decided = redress.ombudsman_determined(case, 1, found, (), NOW + timedelta(days=32), acting(32)).case
    assert (holds(decided), retention_due(decided, CLOSED, 6)) == ((), date(2032, 3, 2))
    ordered = redress.ombudsman_determined(case, 1, found, (Order("Pay."),), NOW + timedelta(days=32), acting(32)).case
    assert retention_due(ordered, CLOSED, 6) is None


def test_court_proceedings_hold_it_until_their_end_is_recorded() -> None:
    case = closed(refused())
    assert (holds(case), retention_due(case, CLOSED, 6)) == ((Hold.PROCEEDINGS,), None)
    change = endings.proceedings_ended(case, date(2026, 4, 1), acting(40))
    assert change.events[0].type is EventType.PROCEEDINGS_ENDED and "1 April 2026" in change.events[0].summary
    assert change.case.records.refusals[0].proceedings_ended_on == date(2026, 4, 1)
    assert (holds(change.case), retention_due(change.case, CLOSED, 6)) == ((), date(2032, 3, 2))
    assert change.case.status is Status.CLOSED
    assert holds(closed(refused(None))) == ()


def test_the_end_of_proceedings_is_a_day_between_the_claim_and_today() -> None:
    case = refused()
    refuses("2.2", lambda: endings.proceedings_ended(case, date(2026, 2, 19), acting(40)), "before the claim")
    refuses("2.2", lambda: endings.proceedings_ended(case, date(2026, 4, 12), acting(40)), "future")
    refuses("2.2", lambda: endings.proceedings_ended(refused(None), date(2026, 4, 1), acting(40)), "No claim")
    ended = endings.proceedings_ended(case, date(2026, 4, 11), acting(40)).case
    refuses("2.2", lambda: endings.proceedings_ended(ended, date(2026, 4, 11), acting(40)), "No claim")


def test_the_last_closing_counts() -> None:
    first = acting(1).event(EventType.CLOSED, "")
    again = acting(9).event(EventType.CLOSED, "")
    assert closed_at((first, acting(5).event(EventType.REOPENED, ""), again)) == again.at
    assert closed_at((acting(5).event(EventType.REOPENED, ""),)) is None


@given(
    at=st.dates(date(2015, 1, 1), date(2040, 12, 31)),
    hours=st.integers(0, 23),
    today=st.dates(date(2016, 1, 1), date(2060, 12, 31)),
    years=st.integers(1, 20),
)
def test_what_was_closed_before_the_moment_is_what_is_due(at: date, hours: int, today: date, years: int) -> None:
    moment = datetime.combine(at, time(hours), UTC)
    due = retention_due(ENQUIRY, moment, years)
    assert due is not None and due > local_date(moment)
    assert (moment < closed_before(today, years)) == (due <= today)
