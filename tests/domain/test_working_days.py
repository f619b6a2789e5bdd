"""The working-day calendar: against a second list of holidays, against slow counting, and at the edges."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intakebot.domain.working_days import (
    EXTRA_HOLIDAY,
    FIRST_DAY,
    LAST_DAY,
    LONDON,
    Hours,
    WorkingCalendar,
    england,
    local_date,
    opening,
)
from intakebot.errors import BadInput

CALENDAR = england()
OFFICE = Hours(time(9), time(17))
DAYS = st.dates(date(2016, 1, 1), date(2044, 12, 31))
MOMENTS = st.integers(1_450_000_000, 2_360_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def published_holidays() -> dict[date, str]:
    """GOV.UK's own list as the second package carries it: an oracle that shares no code with ours."""
    listed = resources.files("govuk_bank_holidays").joinpath("bank-holidays.json").read_text(encoding="utf-8")
    events = json.loads(listed)["england-and-wales"]["events"]
    return {date.fromisoformat(event["date"]): event["title"] for event in events}


def every_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_weekdays_off_are_those_gov_uk_lists_from_2015_to_2028() -> None:
    published = published_holidays()
    days = every_day(date(2015, 1, 1), date(2028, 12, 31))
    ours = {day for day in days if day.weekday() < 5 and not CALENDAR.is_working_day(day)}
    theirs = {day for day in days if day in published}
    assert len(theirs) > 110
    assert ours == theirs


def test_bank_holidays_bear_the_names_gov_uk_gives_them() -> None:
    for day, title in published_holidays().items():
        if date(2023, 6, 1) <= day <= date(2028, 12, 31):
            reason = CALENDAR.explain(day)
            assert reason is not None
            assert reason.removesuffix(" (substitute day)") == title.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2025, 6, 6), None),
        (date(2025, 6, 7), "Saturday"),
        (date(2025, 6, 8), "Sunday"),
        (date(2025, 4, 18), "Good Friday"),
        (date(2025, 4, 21), "Easter Monday"),
        (date(2026, 12, 26), "Saturday"),
        (date(2026, 12, 28), "Boxing Day (substitute day)"),
        (date(2022, 9, 19), "State Funeral of Queen Elizabeth II"),
        (date(2025, 12, 24), None),
        (date(2026, 3, 17), None),  # St Patrick's Day: Northern Ireland's, not ours
    ],
)
def test_reason_a_day_does_not_count(day: date, reason: str | None) -> None:
    assert CALENDAR.explain(day) == reason


def test_extra_holidays_of_a_landlord_do_not_count() -> None:
    closed = date(2025, 12, 29)
    calendar = england([closed, date(2025, 12, 25)])
    assert calendar.explain(closed) == EXTRA_HOLIDAY
    assert calendar.explain(date(2025, 12, 25)) == "Christmas Day"
    assert calendar.add(date(2025, 12, 24), 1) == date(2025, 12, 30)
    assert CALENDAR.add(date(2025, 12, 24), 1) == closed


@settings(deadline=None)
@given(DAYS, st.integers(1, 60))
def test_adding_agrees_with_walking_day_by_day(day: date, n: int) -> None:
    walked = day
    for _ in range(n):
        walked += timedelta(days=1)
        while CALENDAR.explain(walked):
            walked += timedelta(days=1)
    assert CALENDAR.add(day, n) == walked
    assert CALENDAR.count(day, walked) == n
    assert CALENDAR.count(walked, day) == -n


@settings(deadline=None)
@given(DAYS, st.integers(1, 60))
def test_counting_back_agrees_with_walking_back(day: date, n: int) -> None:
    walked = day
    for _ in range(n):
        walked -= timedelta(days=1)
        while CALENDAR.explain(walked):
            walked -= timedelta(days=1)
    assert CALENDAR.add(day, -n) == walked


@settings(deadline=None)
@given(DAYS)
def test_next_working_day_is_the_first_on_or_after(day: date) -> None:
    found = CALENDAR.next_working_day(day)
    assert CALENDAR.is_working_day(found)
    assert found >= day
    assert not any(CALENDAR.is_working_day(between) for between in every_day(day, found)[:-1])
    assert CALENDAR.add(day, 0) == day


@pytest.mark.parametrize("day", [FIRST_DAY - timedelta(days=1), LAST_DAY + timedelta(days=1), date(1025, 6, 2)])
def test_days_beyond_the_calendar_are_refused_not_guessed(day: date) -> None:
    for ask in (CALENDAR.is_working_day, CALENDAR.explain, CALENDAR.next_working_day):
        with pytest.raises(BadInput, match="covers 2015-01-01 to 2045-12-31"):
            ask(day)
    with pytest.raises(BadInput, match="covers"):
        CALENDAR.count(day, date(2025, 1, 1))
    with pytest.raises(BadInput, match="covers"):
        england([day])


def test_counting_off_either_end_is_refused() -> None:
    assert not CALENDAR.is_working_day(LAST_DAY)
    for day, n in ((LAST_DAY, 1), (FIRST_DAY, -1), (date(2045, 12, 1), 40), (date(2015, 1, 20), -40)):
        with pytest.raises(BadInput, match="covers"):
            CALENDAR.add(day, n)


def test_a_moment_is_not_taken_for_a_day() -> None:
    with pytest.raises(ValueError, match="local_date"):
        CALENDAR.add(datetime(2026, 6, 30, 23, 30, tzinfo=UTC), 1)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-06-30T23:30:00+00:00", date(2026, 7, 1)),
        ("2026-01-30T23:30:00+00:00", date(2026, 1, 30)),
        ("2025-10-26T23:45:00+00:00", date(2025, 10, 26)),
        ("2026-02-10T08:30:00+09:00", date(2026, 2, 9)),
        ("2025-07-11T00:00:00+01:00", date(2025, 7, 11)),
    ],
)
def test_a_day_is_the_date_in_london(moment: str, day: date) -> None:
    assert local_date(datetime.fromisoformat(moment)) == day


def test_naive_moments_have_no_day() -> None:
    naive = datetime(2026, 6, 30, 12, 0, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="no zone"):
        local_date(naive)
    with pytest.raises(ValueError, match="no zone"):
        CALENDAR.next_working_moment(naive, OFFICE)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2025-06-06T09:00:00+01:00", "2025-06-06T09:00:00+01:00"),
        ("2025-06-06T16:59:59+01:00", "2025-06-06T16:59:59+01:00"),
        ("2025-06-06T17:00:00+01:00", "2025-06-09T09:00:00+01:00"),
        ("2025-06-06T08:59:59+01:00", "2025-06-06T09:00:00+01:00"),
        ("2025-06-07T11:00:00+01:00", "2025-06-09T09:00:00+01:00"),
        ("2025-12-24T18:00:00+00:00", "2025-12-29T09:00:00+00:00"),
        ("2026-03-27T20:00:00+00:00", "2026-03-30T09:00:00+01:00"),  # clocks go forward on the Sunday between
        ("2025-10-24T20:00:00+01:00", "2025-10-27T09:00:00+00:00"),  # and back
    ],
)
def test_next_working_moment(moment: str, expected: str) -> None:
    assert CALENDAR.next_working_moment(datetime.fromisoformat(moment), OFFICE) == datetime.fromisoformat(expected)


@settings(deadline=None)
@given(MOMENTS)
def test_next_working_moment_is_in_hours_and_the_earliest(moment: datetime) -> None:
    found = CALENDAR.next_working_moment(moment, OFFICE)
    local = found.astimezone(LONDON)
    assert found >= moment
    assert CALENDAR.is_working_day(local.date())
    assert OFFICE.opens <= local.time() < OFFICE.closes
    if found != moment:
        assert local.time() == OFFICE.opens
        assert CALENDAR.next_working_moment(found - timedelta(seconds=1), OFFICE) == found
    assert CALENDAR.next_working_moment(found, OFFICE) == found


def test_opening_is_a_real_moment_when_the_clocks_change() -> None:
    early = Hours(time(1, 30), time(12))
    skipped = opening(date(2026, 3, 29), early)
    assert skipped.isoformat() == "2026-03-29T02:30:00+01:00"
    assert opening(date(2025, 10, 26), early).isoformat() == "2025-10-26T01:30:00+01:00"
    assert opening(date(2026, 3, 30), OFFICE).isoformat() == "2026-03-30T09:00:00+01:00"


def test_hours_must_open_before_they_close() -> None:
    with pytest.raises(BadInput, match="open before they close"):
        Hours(time(17), time(9))


def test_calendars_are_values() -> None:
    copy: WorkingCalendar = pickle.loads(pickle.dumps(CALENDAR))
    assert copy == CALENDAR == england()
    assert hash(copy) == hash(CALENDAR)
    assert copy.add(date(2025, 4, 17), 5) == date(2025, 4, 28)
    assert england([date(2025, 12, 29)]) != CALENDAR
