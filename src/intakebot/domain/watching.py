"""Watching: who is told of a clock, of which warning or breach, and when; in working hours unless hours count.

Instants come back in UTC. What the steps say, and to which address they go, is not decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

from intakebot.domain.timescales import Clock, ClockName
from intakebot.domain.working_days import ONE_DAY, Hours, WorkingCalendar, local_date, opening
from intakebot.errors import BadInput

DUTIES: Final[Mapping[ClockName, str]] = {
    ClockName.ACKNOWLEDGEMENT: "the acknowledgement",
    ClockName.RESPONSE: "the response",
    ClockName.EXTENSION: "the extended response",
    ClockName.BACKSTOP: "the response, had it been acknowledged in time,",
    ClockName.UPDATE: "the update agreed with the resident",
    ClockName.ACTION: "a promised action",
    ClockName.REMEDY: "a promised remedy",
    ClockName.ORDER: "what the Ombudsman ordered",
    ClockName.REVIEW: "the review of a restriction, adjustment or need",
    ClockName.FORMAT: "a letter in the format somebody needs",
    ClockName.AUTHORITY: "the end of a representative's authority",
    ClockName.HAZARD_EMERGENCY: "the emergency hazard's investigation and safety work",
    ClockName.HAZARD_INVESTIGATION: "the hazard's investigation",
    ClockName.HAZARD_SUMMARY: "the written summary of the hazard's investigation",
    ClockName.HAZARD_SAFETY_WORK: "the hazard's safety work",
    ClockName.HAZARD_FURTHER_WORK: "the start of further work on the hazard",
    ClockName.HAZARD_LATEST_START: "the physical start of further work on the hazard",
}
"""What each clock watches, in the words of notices: "... is due by Monday"."""
_OF_THE_RESPONSE: Final = frozenset({ClockName.RESPONSE, ClockName.EXTENSION})


@dataclass(frozen=True, slots=True)
class WatchStep:
    """Who is told; what, a warning or a breach; and at which instant.

    A chase goes to representatives whose authority is pending, so that they can still get the response.
    """

    who: Literal["officer", "manager", "representative"]
    what: Literal["warning", "breach", "chase"]
    at: datetime


def watch_steps(
    clock: Clock, calendar: WorkingCalendar, hours: Hours, officer_days: int, manager_days: int, chase_days: int = -1
) -> tuple[WatchStep, ...]:
    """Who is told what about a clock, and when, in time order; instants in UTC.

    A clock of days: officer and manager are each warned at the opening of the day so many working days before
    the due day (0: on the due day itself). The officer is told of a breach at the first working moment after
    it, and the manager at the next working day's opening. A warning that would come before the clock started
    is given at the first working moment after the start, or at the start itself if that moment is too late.

    A clock of hours tells both together, at any hour: at half time, two hours before, and at the breach.

    A clock that ended before it started has no warnings. `met_at` is not looked at: once a clock is met the
    rest of its steps are void. `chase_days` are the working days before a response is due at whose opening
    representatives are asked again for authority; -1 for never. Raises BadInput for another negative number of days.
    """
    if officer_days < 0 or manager_days < 0:
        raise BadInput("warnings are given 0 or more working days before the due day")
    if clock.due_on is None:
        steps = _steps_by_the_hour(clock)
    else:
        steps = _steps_by_the_day(clock, clock.due_on, calendar, hours, officer_days, manager_days)
        if chase_days >= 0 and clock.name in _OF_THE_RESPONSE and clock.starts_at < clock.due_at:
            day = calendar.add(clock.due_on + ONE_DAY, -1 - chase_days)
            steps.append(WatchStep("representative", "chase", _warning_at(clock, opening(day, hours), calendar, hours)))
    return tuple(sorted(steps, key=lambda step: step.at))  # sorting keeps the officer before the manager


def _steps_by_the_hour(clock: Clock) -> list[WatchStep]:
    steps = []
    half_time = clock.starts_at + (clock.due_at - clock.starts_at) / 2
    two_hours_before = max(clock.starts_at, clock.due_at - timedelta(hours=2))
    if clock.starts_at < clock.due_at:
        for at in (half_time, two_hours_before):
            steps += [WatchStep("officer", "warning", at), WatchStep("manager", "warning", at)]
    return [
        *steps,
        WatchStep("officer", "breach", clock.due_at),
        WatchStep("manager", "breach", clock.due_at),
    ]


def _steps_by_the_day(
    clock: Clock, due_on: date, calendar: WorkingCalendar, hours: Hours, officer_days: int, manager_days: int
) -> list[WatchStep]:
    steps = []
    if clock.starts_at < clock.due_at:
        # Counting back from the day after: 0 is the due day itself, or the last working day before it.
        warn_on = [calendar.add(due_on + ONE_DAY, -1 - days) for days in (officer_days, manager_days)]
        officer, manager = (_warning_at(clock, opening(day, hours), calendar, hours) for day in warn_on)
        steps = [WatchStep("officer", "warning", officer), WatchStep("manager", "warning", manager)]
    told = calendar.next_working_moment(max(clock.starts_at, clock.due_at), hours)
    later = opening(calendar.add(local_date(told), 1), hours)
    return [
        *steps,
        WatchStep("officer", "breach", told.astimezone(UTC)),
        WatchStep("manager", "breach", later.astimezone(UTC)),
    ]


def _warning_at(clock: Clock, planned: datetime, calendar: WorkingCalendar, hours: Hours) -> datetime:
    if planned >= clock.starts_at:
        return planned.astimezone(UTC)
    first = calendar.next_working_moment(clock.starts_at, hours).astimezone(UTC)
    return first if first < clock.due_at else clock.starts_at
