"""Awaab's Law: every worked row, the hours across clock changes, and the clocks hazards become."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intakebot.domain.hazard_life import further_work_begun, investigated, made_safe, physically_started, summary_sent
from intakebot.domain.hazards import (
    HAZARD_TYPES,
    Hazard,
    HazardLevel,
    HazardStatus,
    clocks,
    clocks_of_hazards,
    emergency,
    most_urgent,
    recounted,
    significant,
)
from intakebot.domain.timescales import Clock, ClockName, ClockStatus, end_of
from intakebot.domain.working_days import LONDON, england, local_date

CALENDAR = england()
MOMENTS = st.integers(1_641_000_000, 2_200_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
AWARE = datetime(2026, 4, 2, 15, 0, tzinfo=LONDON)
CONCLUDED = datetime(2026, 4, 20, 16, 0, tzinfo=LONDON)
LATER = datetime(2026, 12, 1, tzinfo=UTC)


def named(found: tuple[Clock, ...]) -> dict[ClockName, Clock]:
    return {clock.name: clock for clock in found}


@pytest.mark.parametrize(
    ("aware", "due"),
    [
        ("2025-12-24T16:30:00+00:00", "2025-12-25T16:30:00+00:00"),  # Christmas Day counts
        ("2026-03-28T20:00:00+00:00", "2026-03-29T21:00:00+01:00"),  # clocks go forward in the night
        ("2025-10-25T20:00:00+01:00", "2025-10-26T19:00:00+00:00"),  # and back
    ],
)
def test_emergency_is_24_elapsed_hours_from_awareness(aware: str, due: str) -> None:
    raised = emergency(datetime.fromisoformat(aware))
    assert raised.due_at == datetime.fromisoformat(due)
    local = emergency(datetime.fromisoformat(aware).astimezone(LONDON))  # wall-clock arithmetic would be an hour out
    assert local == raised
    assert raised.due_on is None


@settings(deadline=None)
@given(MOMENTS)
def test_emergency_never_waits(aware: datetime) -> None:
    assert (emergency(aware.astimezone(LONDON)).due_at - aware).total_seconds() == 24 * 3600


@settings(deadline=None)
@given(st.integers(2022, 2044), st.sampled_from([3, 10]), st.integers(-30 * 3600, 30 * 3600))
def test_24_hours_are_elapsed_hours_around_every_clock_change(year: int, month: int, seconds: int) -> None:
    last = date(year, month, 31)
    change = datetime(year, month, 31 - (last.weekday() + 1) % 7, 1, 0, tzinfo=UTC)  # last Sunday, 01:00 UTC
    before, after = change - timedelta(seconds=1), change + timedelta(seconds=1)
    assert before.astimezone(LONDON).utcoffset() != after.astimezone(LONDON).utcoffset()
    aware = change + timedelta(seconds=seconds)
    raised = emergency(aware.astimezone(LONDON))
    (clock,) = clocks(raised)
    assert (raised.due_at - aware).total_seconds() == 24 * 3600
    assert clock.status((aware + timedelta(hours=24, seconds=-1)).astimezone(LONDON)) is ClockStatus.RUNNING
    assert clock.status((aware + timedelta(hours=24)).astimezone(LONDON)) is ClockStatus.BREACHED
    wall = raised.due_at.astimezone(LONDON).replace(tzinfo=None) - aware.astimezone(LONDON).replace(tzinfo=None)
    crossed = before >= aware > change - timedelta(hours=24)
    assert (wall != timedelta(hours=24)) == crossed  # the wall clock is an hour out only across the change


@pytest.mark.parametrize(
    ("aware", "due"),
    [
        ("2026-04-02T15:00:00+01:00", date(2026, 4, 20)),  # Thursday before Easter
        ("2026-12-21T09:00:00+00:00", date(2027, 1, 7)),
        ("2026-01-10T12:00:00+00:00", date(2026, 1, 23)),  # Saturday: day 1 is Monday
    ],
)
def test_significant_hazard_is_investigated_within_10_working_days(aware: str, due: date) -> None:
    raised = significant(datetime.fromisoformat(aware), CALENDAR)
    assert raised.due_on == due
    assert raised.due_at == end_of(due)


def test_what_follows_an_investigation() -> None:
    found = investigated(significant(AWARE, CALENDAR), CONCLUDED, CALENDAR, LATER)
    assert (found.summary_due, found.safety_work_due, found.further_work_due, found.latest_start) == (
        date(2026, 4, 23),
        date(2026, 4, 27),
        date(2026, 4, 27),
        date(2026, 7, 13),
    )


@settings(deadline=None)
@given(MOMENTS, st.integers(0, 40 * 86_400))
def test_what_follows_is_counted_from_the_local_day_the_investigation_concluded(aware: datetime, took: int) -> None:
    concluded = aware + timedelta(seconds=took)
    found = investigated(significant(aware, CALENDAR), concluded, CALENDAR, concluded)
    day = local_date(concluded)
    assert found.summary_due and found.safety_work_due and found.further_work_due and found.latest_start
    assert CALENDAR.count(day, found.summary_due) == 3
    assert CALENDAR.count(day, found.safety_work_due) == CALENDAR.count(day, found.further_work_due) == 5
    assert (found.latest_start - day).days == 84
    assert CALENDAR.is_working_day(found.summary_due) and CALENDAR.is_working_day(found.safety_work_due)


def test_hazards_become_clocks() -> None:
    (urgent,), (slow,) = clocks(emergency(AWARE)), clocks(significant(AWARE, CALENDAR))
    assert (urgent.name, urgent.due_on) == (ClockName.HAZARD_EMERGENCY, None)
    assert (slow.name, slow.due_on) == (ClockName.HAZARD_INVESTIGATION, date(2026, 4, 20))
    assert urgent.starts_at == slow.starts_at == AWARE
    next_day = AWARE + timedelta(days=1)
    assert urgent.status(next_day) == ClockStatus.BREACHED
    assert slow.status(next_day) == ClockStatus.RUNNING


def test_an_emergency_is_met_by_both_investigation_and_safety_work_and_by_the_later_of_them() -> None:
    hours = [AWARE + timedelta(hours=n) for n in (2, 5, 25)]
    raised = emergency(AWARE)
    looked = investigated(raised, hours[0], CALENDAR, LATER)
    (clock,) = clocks(looked)
    assert clock.met_at is None and looked.open
    (clock,) = clocks(made_safe(looked, hours[1], LATER))
    assert clock.met_at == hours[1] and clock.status(LATER) is ClockStatus.MET
    (clock,) = clocks(investigated(made_safe(raised, hours[0], LATER), hours[2], CALENDAR, LATER))
    assert clock.met_at == hours[2] and clock.status(LATER) is ClockStatus.MET_LATE
    assert clocks(made_safe(raised, hours[0], LATER))[0].met_at is None
    exactly = investigated(made_safe(raised, hours[0], LATER), AWARE + timedelta(hours=24), CALENDAR, LATER)
    assert clocks(exactly)[0].status(LATER) is ClockStatus.MET


def test_a_significant_hazard_runs_a_clock_for_each_thing_that_follows() -> None:
    found = investigated(significant(AWARE, CALENDAR), CONCLUDED, CALENDAR, LATER)
    running = named(clocks(found))
    assert {name: clock.due_on for name, clock in running.items()} == {
        ClockName.HAZARD_INVESTIGATION: date(2026, 4, 20),
        ClockName.HAZARD_SUMMARY: date(2026, 4, 23),
        ClockName.HAZARD_SAFETY_WORK: date(2026, 4, 27),
        ClockName.HAZARD_FURTHER_WORK: date(2026, 4, 27),
    }
    assert running[ClockName.HAZARD_INVESTIGATION].met_at == CONCLUDED
    assert all(c.starts_at == CONCLUDED for n, c in running.items() if n is not ClockName.HAZARD_INVESTIGATION)
    assert {clock.clause for clock in running.values()} == {
        "Awaab's Law reg 6",
        "Awaab's Law reg 9",
        "Awaab's Law reg 11",
    }


def test_the_summary_is_owed_even_where_the_works_were_finished_first() -> None:
    done = made_safe(significant(AWARE, CALENDAR), AWARE + timedelta(days=1), LATER)
    found = investigated(done, CONCLUDED, CALENDAR, LATER, further_work=False)
    owed = [clock.name for clock in clocks(found) if clock.met_at is None]
    assert owed == [ClockName.HAZARD_SUMMARY]
    assert found.open
    assert not summary_sent(found, CONCLUDED, LATER).open


def test_no_clock_runs_for_work_the_investigation_did_not_find_needed() -> None:
    found = investigated(
        significant(AWARE, CALENDAR), CONCLUDED, CALENDAR, LATER, safety_work=False, further_work=False
    )
    assert set(named(clocks(found))) == {ClockName.HAZARD_INVESTIGATION, ClockName.HAZARD_SUMMARY}
    assert found.latest_start is None


def test_the_12_weeks_run_only_where_steps_were_taken_and_work_did_not_begin() -> None:
    found = investigated(significant(AWARE, CALENDAR), CONCLUDED, CALENDAR, LATER)
    at = CONCLUDED + timedelta(days=2)
    begun = further_work_begun(found, at, LATER)
    assert ClockName.HAZARD_LATEST_START not in named(clocks(begun))
    steps = further_work_begun(found, at, LATER, steps_only=True, cannot_start_reason="Scaffolding is ordered.")
    running = named(clocks(steps))
    assert running[ClockName.HAZARD_FURTHER_WORK].met_at == at
    latest = running[ClockName.HAZARD_LATEST_START]
    assert (latest.due_on, latest.met_at) == (date(2026, 7, 13), None)
    started = physically_started(steps, datetime(2026, 7, 13, 23, 59, 59, tzinfo=LONDON), LATER)
    assert named(clocks(started))[ClockName.HAZARD_LATEST_START].status(LATER) is ClockStatus.MET
    late = physically_started(steps, datetime(2026, 7, 14, tzinfo=LONDON), LATER)
    assert named(clocks(late))[ClockName.HAZARD_LATEST_START].status(LATER) is ClockStatus.MET_LATE


def test_a_hazard_cleared_or_outside_the_law_has_no_clocks_and_one_outside_still_waits() -> None:
    raised = emergency(AWARE)
    cleared = replace(raised, status=HazardStatus.CLEARED, cleared_at=LATER)
    outside = replace(raised, outside="Awaab's Law is for tenants, not leaseholders.")
    assert clocks(cleared) == clocks(outside) == ()
    assert not cleared.open
    assert outside.open
    assert not investigated(made_safe(outside, AWARE, LATER), AWARE, CALENDAR, LATER).open


def test_a_case_has_one_clock_of_each_name_the_unmet_one_due_first() -> None:
    day = timedelta(days=1)
    first, second = emergency(AWARE, number=1), emergency(AWARE + day, number=2)
    slow = significant(AWARE - 3 * day, CALENDAR, number=3)
    found = clocks_of_hazards([second, slow, first])
    assert [clock.name for clock in found] == [ClockName.HAZARD_EMERGENCY, ClockName.HAZARD_INVESTIGATION]
    assert found[0].due_at == first.due_at
    done = investigated(made_safe(first, AWARE, LATER), AWARE, CALENDAR, LATER)
    assert named(clocks_of_hazards([done, second]))[ClockName.HAZARD_EMERGENCY].due_at == second.due_at
    assert clocks_of_hazards([second, done]) == clocks_of_hazards([done, second])
    both = investigated(made_safe(second, AWARE + day, LATER), AWARE + day, CALENDAR, LATER)
    (last,) = clocks_of_hazards([both, done])
    assert last.met_at == AWARE + day
    assert clocks_of_hazards([done, slow])[0].name is ClockName.HAZARD_INVESTIGATION  # what waits comes first
    assert clocks_of_hazards([]) == ()


def test_what_is_due_next_moves_on_as_things_are_done() -> None:
    raised = significant(AWARE, CALENDAR)
    assert raised.next_due_at == raised.due_at
    found = investigated(raised, CONCLUDED, CALENDAR, LATER)
    assert found.next_due_at == end_of(date(2026, 4, 23))
    told = summary_sent(found, CONCLUDED, LATER)
    assert told.next_due_at == end_of(date(2026, 4, 27))
    assert further_work_begun(made_safe(told, CONCLUDED, LATER), CONCLUDED, LATER).next_due_at is None
    assert replace(raised, outside="Not a tenant.").next_due_at is None


def test_the_most_urgent_hazard_is_an_open_emergency_then_the_one_due_first() -> None:
    day = timedelta(days=1)
    slow, slower = significant(AWARE, CALENDAR, number=1), significant(AWARE + 7 * day, CALENDAR, number=2)
    urgent = emergency(AWARE + 30 * day, number=3)
    assert most_urgent([slower, slow, urgent]) == urgent
    done = investigated(made_safe(urgent, urgent.aware_at, LATER), urgent.aware_at, CALENDAR, LATER)
    assert most_urgent([slower, slow, done]) == slow
    assert most_urgent([done]) is None


@pytest.mark.parametrize("level", list(HazardLevel))
def test_somewhere_else_to_stay_is_owed_by_the_limit_for_making_safe(level: HazardLevel) -> None:
    if level is HazardLevel.EMERGENCY:
        raised = emergency(AWARE)
        assert raised.accommodation_due_at == raised.due_at
    else:
        assert significant(AWARE, CALENDAR).accommodation_due_at is None  # nothing is known yet
        raised = investigated(significant(AWARE, CALENDAR), CONCLUDED, CALENDAR, LATER)
        assert raised.accommodation_due_at == end_of(date(2026, 4, 27))
    assert made_safe(raised, CONCLUDED, LATER).accommodation_due_at is None
    assert replace(raised, accommodation_offered_at=CONCLUDED).accommodation_due_at is None
    assert replace(raised, outside="Not a tenant.").accommodation_due_at is None


def test_a_changed_calendar_moves_the_days_and_no_fact() -> None:
    found = investigated(significant(AWARE, CALENDAR), CONCLUDED, CALENDAR, LATER, safety_work=False)
    closed = england([date(2026, 4, 9), date(2026, 4, 22)])
    moved = recounted(found, closed)
    assert (moved.due_on, moved.due_at) == (date(2026, 4, 21), end_of(date(2026, 4, 21)))
    assert (moved.summary_due, moved.further_work_due) == (date(2026, 4, 24), date(2026, 4, 28))
    assert (moved.safety_work_due, moved.latest_start) == (None, date(2026, 7, 13))
    assert (moved.aware_at, moved.investigated_at) == (found.aware_at, found.investigated_at)
    assert recounted(moved, CALENDAR) == found
    assert recounted(emergency(AWARE), closed) == emergency(AWARE)


def test_hazards_need_zones() -> None:
    naive = datetime(2026, 4, 2, 15, 0, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="no zone"):
        emergency(naive)
    with pytest.raises(ValueError, match="no zone"):
        significant(naive, CALENDAR)


def test_instants_are_kept_in_utc() -> None:
    aware = datetime(2025, 10, 26, 1, 15, tzinfo=LONDON, fold=1)
    for raised in (emergency(aware), significant(aware, CALENDAR)):
        assert raised.aware_at.isoformat() == "2025-10-26T01:15:00+00:00"
        assert raised.due_at.utcoffset() == timedelta(0)


def test_a_new_hazard_is_possible_and_says_who_raised_it() -> None:
    raised = significant(AWARE, CALENDAR, number=2, raised_by="Olive Ferreira", hazard_type="damp_mould")
    assert (raised.number, raised.raised_by, raised.type) == (2, "Olive Ferreira", "damp_mould")
    assert raised.status is HazardStatus.POSSIBLE
    assert emergency(AWARE, number=3, raised_by="intakebot").number == 3


def test_the_rating_system_has_29_hazards_and_every_field_is_plain() -> None:
    assert len(HAZARD_TYPES) == 29
    assert len(set(HAZARD_TYPES.values())) == 29
    plain = {"str", "int", "bool", "date", "datetime", "HazardLevel", "HazardStatus", "Exclusion"}
    told = {str(field.type).removesuffix(" | None") for field in fields(Hazard)}
    assert told <= plain
