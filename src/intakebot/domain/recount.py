"""Recounting: the due dates of an open case once the calendar or its rules have changed; the moments stay.

A bank holiday proclaimed at short notice, or a landlord's new day off, moves what is due. Nothing is recounted on
a stage that has ended: what was due then is history. Dates that people agreed on stay as they were agreed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from intakebot.domain.hazards import Hazard, recounted
from intakebot.domain.stages import Stage, recounted_extensions
from intakebot.domain.timescales import Clock, ClockName, Rules, due_dates
from intakebot.domain.watching import DUTIES
from intakebot.domain.wording import long_day
from intakebot.domain.working_days import WorkingCalendar

_TOLD = (ClockName.RESPONSE, ClockName.EXTENSION)


def fingerprint(calendar: WorkingCalendar, rules: Rules) -> str:
    """A short text that differs between two ways of counting days. The names of the holidays do not matter."""
    days = ",".join(day.isoformat() for day, _ in calendar.closures)
    return hashlib.sha256(f"{days} {rules}".encode()).hexdigest()


def recount(stage: Stage, calendar: WorkingCalendar, rules: Rules) -> Stage:
    """The stage with its due dates counted anew, each extension from its working days, one after another.

    Raises BadInput for a day beyond the calendar.
    """
    due = due_dates(stage.received_at, stage.acknowledged_at, stage.number, calendar, rules)
    return replace(stage, due=due, extensions=recounted_extensions(stage.extensions, due.response_due, calendar))


def recount_hazards(hazards: Iterable[Hazard], calendar: WorkingCalendar) -> tuple[Hazard, ...]:
    """The hazards with those counted anew about which something is still to be done."""
    return tuple(recounted(hazard, calendar) if hazard.open else hazard for hazard in hazards)


def what_moved(before: Iterable[Clock], after: Iterable[Clock]) -> str:
    """What staff should know of clocks that were recounted, in sentences; "" where no last day has moved."""
    days = {clock.name: clock.due_on for clock in before}
    moved, too_early = [], False
    for clock in after:
        was, now = days.get(clock.name), clock.due_on
        if was is None or now is None or was == now:
            continue
        moved.append(f"{DUTIES[clock.name]} is now due by {long_day(now)}, was {long_day(was)}")
        too_early = too_early or (now < was and clock.name in _TOLD)
    if not moved:
        return ""
    said = f"The calendar changed: {'; '.join(moved)}."
    if too_early:
        said += " The resident was told the later day: answer by the earlier one, or tell them."
    return said
