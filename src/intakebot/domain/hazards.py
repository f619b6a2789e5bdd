"""Hazards: the clocks of Awaab's Law, which run beside a complaint's own.

Landlord and Tenant Act 1985 s.10A and the Hazards in Social Housing (Prescribed Requirements) (England)
Regulations 2025 (SI 2025/1042). The clock starts when the landlord becomes aware, by whatever route. How
severe a hazard is and whether the law applies is for staff to decide; here are only the limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from intakebot.domain.message import require_aware
from intakebot.domain.timescales import Clock, ClockName, end_of
from intakebot.domain.working_days import WorkingCalendar, local_date

CLAUSE: Final = "Awaab's Law"
EMERGENCY_LIMIT: Final = timedelta(hours=24)
INVESTIGATION_DAYS: Final = 10
SUMMARY_DAYS: Final = 3
SAFETY_WORK_DAYS: Final = 5
LATEST_START: Final = timedelta(weeks=12)


class HazardLevel(StrEnum):
    """How soon a hazard must be dealt with."""

    EMERGENCY = "emergency"
    SIGNIFICANT = "significant"


@dataclass(frozen=True, slots=True)
class Hazard:
    """A hazard somebody told the landlord of. `due_at` is the limit, in UTC.

    For a significant hazard `due_on` is the last day to investigate and `due_at` the midnight that ends it;
    for an emergency `due_on` is None, because hours are counted.
    """

    level: HazardLevel
    aware_at: datetime
    due_at: datetime
    due_on: date | None = None

    @property
    def clock(self) -> Clock:
        """The clock of this hazard, to be watched beside those of the case."""
        emergency = self.level is HazardLevel.EMERGENCY
        name = ClockName.HAZARD_EMERGENCY if emergency else ClockName.HAZARD_INVESTIGATION
        return Clock(name, CLAUSE, self.aware_at, self.due_at, self.due_on)


@dataclass(frozen=True, slots=True)
class WorkDue:
    """The last days for what follows the investigation of a significant hazard.

    `summary`: written findings to the tenant. `safety_work`: the home made safe. `further_work`: preventive
    work begun, or steps taken to begin it; `latest_start`: physically begun, where that was not possible.
    """

    summary: date
    safety_work: date
    further_work: date
    latest_start: date


def emergency(aware_at: datetime) -> Hazard:
    """Investigate and make safe within 24 elapsed hours: nights, days off and clock changes do not stop it.

    Raises ValueError if `aware_at` has no zone.
    """
    aware_at = require_aware(aware_at).astimezone(UTC)
    return Hazard(HazardLevel.EMERGENCY, aware_at, aware_at + EMERGENCY_LIMIT)


def significant(aware_at: datetime, calendar: WorkingCalendar) -> Hazard:
    """Investigate within 10 working days; the local day of becoming aware is day 0.

    Raises ValueError if `aware_at` has no zone, BadInput outside the calendar.
    """
    due_on = calendar.add(local_date(aware_at), INVESTIGATION_DAYS)
    return Hazard(HazardLevel.SIGNIFICANT, aware_at.astimezone(UTC), end_of(due_on), due_on)


def after_investigation(concluded_on: date, calendar: WorkingCalendar) -> WorkDue:
    """What is due after an investigation that concluded on a local date: working days, but 12 full weeks.

    Raises BadInput outside the calendar.
    """
    safety_work = calendar.add(concluded_on, SAFETY_WORK_DAYS)
    return WorkDue(
        summary=calendar.add(concluded_on, SUMMARY_DAYS),
        safety_work=safety_work,
        further_work=safety_work,
        latest_start=concluded_on + LATEST_START,
    )
