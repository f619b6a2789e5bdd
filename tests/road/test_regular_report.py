"""The regular report: sent once to the Member Responsible for Complaints when a period has ended, in working hours."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.factories import classification, message
from tests.road.conftest import Road

from intakebot.config import Governance
from intakebot.regular_report import RegularReport, last_whole

MONDAY = datetime(2026, 4, 13, 8, 30, tzinfo=UTC)


def regular(road: Road, address: str = "mrc@example.org") -> RegularReport:
    settings = road.settings.model_copy(update={"governance": Governance(mrc=address, every="quarter")})
    return RegularReport(road.store, settings, road.landlord, lambda: road.now)


def send(road: Road, report: RegularReport, now: datetime) -> bool:
    return road.store.write_now(lambda work: report.send_if_due(work, now))


def test_it_goes_once_when_the_quarter_has_ended(road: Road) -> None:
    opened = road.take(message("The boiler is broken again."), classification())
    report = regular(road)
    assert send(road, report, MONDAY)
    assert not send(road, report, MONDAY)
    letter = road.letters()[-1]
    assert letter.to[0].email == "mrc@example.org"
    assert "1 January 2026 to 31 March 2026" in letter.subject
    assert "stage one" in letter.text.lower() and "<table" in letter.html
    assert "Shirley" not in letter.text and opened.reference


def test_it_waits_for_working_hours(road: Road) -> None:
    report = regular(road)
    assert not send(road, report, datetime(2026, 4, 12, 12, 0, tzinfo=UTC))  # a Sunday
    assert not send(road, report, datetime(2026, 4, 13, 5, 0, tzinfo=UTC))
    assert send(road, report, MONDAY)


def test_the_next_period_is_sent_too(road: Road) -> None:
    report = regular(road)
    assert send(road, report, MONDAY)
    assert not send(road, report, replace_month(MONDAY, 6))
    assert send(road, report, replace_month(MONDAY, 7))


def replace_month(moment: datetime, month: int) -> datetime:
    """The 14th of another month, a weekday in 2026 for those used here."""
    return moment.replace(month=month, day=14 if month != 6 else 15)


@pytest.mark.parametrize(
    ("every", "today", "first", "last"),
    [
        ("month", date(2026, 1, 1), date(2025, 12, 1), date(2025, 12, 31)),
        ("month", date(2026, 3, 31), date(2026, 2, 1), date(2026, 2, 28)),
        ("quarter", date(2026, 1, 1), date(2025, 10, 1), date(2025, 12, 31)),
        ("quarter", date(2026, 6, 30), date(2026, 1, 1), date(2026, 3, 31)),
    ],
)
def test_the_last_whole_period(every: str, today: date, first: date, last: date) -> None:
    period = last_whole(every, today)
    assert (period.first, period.last) == (first, last)
