"""Awaab's Law: every worked row, the hours across clock changes, and the clocks they become."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intakebot.domain.hazards import Hazard, HazardLevel, WorkDue, after_investigation, emergency, significant
from intakebot.domain.timescales import ClockName, ClockStatus, end_of
from intakebot.domain.working_days import LONDON, england

CALENDAR = england()
MOMENTS = st.integers(1_641_000_000, 2_200_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


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
    assert after_investigation(date(2026, 4, 20), CALENDAR) == WorkDue(
        summary=date(2026, 4, 23),
        safety_work=date(2026, 4, 27),
        further_work=date(2026, 4, 27),
        latest_start=date(2026, 7, 13),
    )


def test_hazards_become_clocks() -> None:
    aware = datetime(2026, 4, 2, 15, 0, tzinfo=LONDON)
    urgent, slow = emergency(aware).clock, significant(aware, CALENDAR).clock
    assert (urgent.name, urgent.due_on) == (ClockName.HAZARD_EMERGENCY, None)
    assert (slow.name, slow.due_on) == (ClockName.HAZARD_INVESTIGATION, date(2026, 4, 20))
    assert urgent.starts_at == slow.starts_at == aware
    next_day = aware + timedelta(days=1)
    assert urgent.status(next_day) == ClockStatus.BREACHED
    assert slow.status(next_day) == ClockStatus.RUNNING


def test_hazards_need_zones() -> None:
    naive = datetime(2026, 4, 2, 15, 0, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="no zone"):
        emergency(naive)
    with pytest.raises(ValueError, match="no zone"):
        significant(naive, CALENDAR)


def test_instants_are_kept_in_utc() -> None:
    aware = datetime(2025, 10, 26, 1, 15, tzinfo=LONDON, fold=1)
    for raised in (emergency(aware), significant(aware, CALENDAR)):
        assert isinstance(raised, Hazard)
        assert raised.level in HazardLevel
        assert raised.aware_at.isoformat() == "2025-10-26T01:15:00+00:00"
        assert raised.due_at.utcoffset() == timedelta(0)
