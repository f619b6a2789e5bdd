"""Who is told of a clock, what and when: in working hours, in order, and in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intakebot.domain.timescales import Clock, ClockName, end_of
from intakebot.domain.watching import DUTIES, WatchStep, watch_steps
from intakebot.domain.working_days import LONDON, Hours, england, local_date
from intakebot.errors import BadInput

CALENDAR = england()
OFFICE = Hours(time(9), time(17))
RECEIVED = datetime(2025, 6, 2, 10, 0, tzinfo=LONDON)
MOMENTS = st.integers(1_641_000_000, 2_200_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def days_clock(starts_at: datetime, due_on: date) -> Clock:
    return Clock(ClockName.RESPONSE, "6.3", starts_at, end_of(due_on), due_on)


def told(clock: Clock, officer_days: int = 2, manager_days: int = 1) -> list[tuple[str, str, str]]:
    steps = watch_steps(clock, CALENDAR, OFFICE, officer_days, manager_days)
    return [(step.who, step.what, f"{step.at.astimezone(LONDON):%a %d %b %H:%M}") for step in steps]


def test_officer_then_manager_are_warned_and_told_of_a_breach_in_working_hours() -> None:
    before_easter = days_clock(datetime(2025, 4, 7, 12, 0, tzinfo=LONDON), date(2025, 4, 17))
    assert told(before_easter) == [
        ("officer", "warning", "Tue 15 Apr 09:00"),
        ("manager", "warning", "Wed 16 Apr 09:00"),
        ("officer", "breach", "Tue 22 Apr 09:00"),
        ("manager", "breach", "Wed 23 Apr 09:00"),
    ]


def test_no_days_of_warning_means_the_morning_of_the_due_day() -> None:
    clock = days_clock(RECEIVED, date(2025, 6, 9))
    assert told(clock, 0, 0)[:2] == [
        ("officer", "warning", "Mon 09 Jun 09:00"),
        ("manager", "warning", "Mon 09 Jun 09:00"),
    ]


def test_warnings_due_before_the_start_come_at_the_first_working_moment() -> None:
    friday_night = datetime(2025, 6, 6, 20, 0, tzinfo=LONDON)
    clock = days_clock(friday_night, date(2025, 6, 10))
    assert told(clock, 5, 3)[:2] == [
        ("officer", "warning", "Mon 09 Jun 09:00"),
        ("manager", "warning", "Mon 09 Jun 09:00"),
    ]


def test_a_warning_out_of_hours_is_better_than_one_after_the_due_day() -> None:
    evening_of_the_due_day = datetime(2025, 6, 10, 20, 0, tzinfo=LONDON)
    clock = days_clock(evening_of_the_due_day, date(2025, 6, 10))
    assert told(clock) == [
        ("officer", "warning", "Tue 10 Jun 20:00"),
        ("manager", "warning", "Tue 10 Jun 20:00"),
        ("officer", "breach", "Wed 11 Jun 09:00"),
        ("manager", "breach", "Thu 12 Jun 09:00"),
    ]


def test_a_clock_already_over_at_its_start_has_breaches_only() -> None:
    clock = days_clock(datetime(2025, 6, 14, 12, 0, tzinfo=LONDON), date(2025, 6, 10))
    assert told(clock) == [
        ("officer", "breach", "Mon 16 Jun 09:00"),
        ("manager", "breach", "Tue 17 Jun 09:00"),
    ]


def test_a_due_day_off_is_warned_of_before_it() -> None:
    clock = days_clock(datetime(2025, 6, 2, 12, 0, tzinfo=LONDON), date(2025, 6, 8))  # a Sunday
    assert told(clock, 0, 0)[0] == ("officer", "warning", "Fri 06 Jun 09:00")


def test_emergencies_are_watched_at_every_hour_by_both_together() -> None:
    christmas_eve = datetime(2025, 12, 24, 16, 30, tzinfo=UTC)
    clock = Clock(ClockName.HAZARD_EMERGENCY, "Awaab's Law", christmas_eve, christmas_eve + timedelta(hours=24))
    assert told(clock) == [
        ("officer", "warning", "Thu 25 Dec 04:30"),
        ("manager", "warning", "Thu 25 Dec 04:30"),
        ("officer", "warning", "Thu 25 Dec 14:30"),
        ("manager", "warning", "Thu 25 Dec 14:30"),
        ("officer", "breach", "Thu 25 Dec 16:30"),
        ("manager", "breach", "Thu 25 Dec 16:30"),
    ]


def test_every_clock_has_words_for_notices() -> None:
    assert set(DUTIES) == set(ClockName)


def test_negative_days_of_warning_are_refused() -> None:
    with pytest.raises(BadInput, match="0 or more"):
        watch_steps(days_clock(RECEIVED, date(2025, 6, 9)), CALENDAR, OFFICE, -1, 0)


@settings(deadline=None)
@given(MOMENTS, st.integers(-3, 30), st.integers(0, 10), st.integers(0, 10))
def test_steps_are_in_a_sensible_order_however_few_days_are_left(
    starts_at: datetime, days_to_go: int, officer_days: int, manager_days: int
) -> None:
    clock = days_clock(starts_at, local_date(starts_at) + timedelta(days=days_to_go))
    steps = watch_steps(clock, CALENDAR, OFFICE, officer_days, manager_days)
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    at = {(step.who, step.what): step.at for step in steps}
    assert len(at) == len(steps) == (4 if starts_at < clock.due_at else 2)
    assert max(clock.starts_at, clock.due_at) <= at["officer", "breach"] < at["manager", "breach"]
    for step in steps:
        if step.what == "warning":
            assert clock.starts_at <= step.at < clock.due_at
            days = officer_days if step.who == "officer" else manager_days
            assert CALENDAR.count(local_date(step.at), local_date(clock.due_at)) <= days + 1
        assert CALENDAR.next_working_moment(step.at, OFFICE) == step.at or step.at == clock.starts_at
    if len(steps) == 4 and officer_days >= manager_days:
        assert steps[0] == WatchStep("officer", "warning", at["officer", "warning"])
        assert steps[1] == WatchStep("manager", "warning", at["manager", "warning"])


@settings(deadline=None)
@given(MOMENTS, st.integers(1, 200))
def test_steps_by_the_hour_lie_between_start_and_due(starts_at: datetime, hours: int) -> None:
    clock = Clock(ClockName.HAZARD_EMERGENCY, "Awaab's Law", starts_at, starts_at + timedelta(hours=hours))
    steps = watch_steps(clock, CALENDAR, OFFICE, 2, 1)
    assert [step.who for step in steps] == ["officer", "manager"] * 3
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert all(starts_at <= step.at < clock.due_at for step in steps[:4])
    assert all(step.at == clock.due_at and step.what == "breach" for step in steps[4:])
