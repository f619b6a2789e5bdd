"""Due: what a case owes and by when, in words an officer can act on at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from intakebot.domain.case import OPEN_STATUSES, Status
from intakebot.domain.hazards import HazardLevel
from intakebot.domain.timescales import Clock, ClockName, ClockStatus
from intakebot.domain.working_days import WorkingCalendar, local_date
from intakebot.store.clocks import StoredClock
from intakebot.store.views import QueueRow
from intakebot.web.words import CLOCKS, STATUSES, clock_time, counted, short_day, when

_ENDED = frozenset(Status) - OPEN_STATUSES


@dataclass(frozen=True, slots=True)
class Due:
    """One duty: what and by when, how long is left, and how pressing: "overdue", "today" or ""."""

    duty: str
    left: str = ""
    press: str = ""


@dataclass(frozen=True, slots=True)
class ClockLine:
    """A clock on the case page: `state` is "running", "met", "met_late" or "breached"."""

    duty: str
    clause: str
    due: str
    state: str
    standing: str

    @property
    def done(self) -> bool:
        """Whether it is met, in time or late."""
        return self.state in (ClockStatus.MET, ClockStatus.MET_LATE)


def of_row(row: QueueRow, now: datetime, calendar: WorkingCalendar) -> tuple[Due, ...]:
    """What a case in the queue owes: the hazard first, then the Code's next duty, then a promise that is late."""
    today = local_date(now)
    found = []
    if row.hazard_due_at is not None:
        found.append(_hazard(row.hazard_due_at, now, row.hazard_level != HazardLevel.SIGNIFICANT))
    if row.status in OPEN_STATUSES and row.due_on is not None:
        found.append(_code_duty(row, row.due_on, now, calendar))
    if not any(due.press == "overdue" for due in found) and row.next_due_at <= now:
        found.append(Due(f"Was promised by {short_day(_day_before(row.next_due_at), today)}", "Overdue", "overdue"))
    if not found and row.status in _ENDED:
        found.append(Due(STATUSES[Status(row.status)]))
    if not found:
        found.append(Due(f"No due date. Received {short_day(local_date(row.received_at), today)}"))
    return tuple(found)


def _hazard(due_at: datetime, now: datetime, emergency: bool) -> Due:
    today, due_day = local_date(now), _day_before(due_at)
    duty = "Make safe" if emergency else "Deal with the hazard"
    if local_date(due_at) != due_day:  # a limit at the end of a day
        until = "the end of today" if due_day == today else short_day(due_day, today)
    else:
        until = f"{clock_time(due_at)} {'today' if due_day == today else short_day(due_day, today)}"
    if now < due_at:
        press = "today" if emergency or due_day == today else ""
        return Due(f"{duty} by {until}", f"{_hours(due_at - now)} left", press)
    return Due(f"{duty}: was due {until}", f"Overdue by {_hours(now - due_at)}", "overdue")


def _code_duty(row: QueueRow, due_on: date, now: datetime, calendar: WorkingCalendar) -> Due:
    today = local_date(now)
    verb = "Respond" if row.acknowledged else "Acknowledge"
    more = " (extended)" if row.acknowledged and row.extended_to else ""
    left, press = _days_left(due_on, today, calendar)
    if not press and row.acknowledged and not more and row.backstop is not None and row.backstop < today:
        # Acknowledged late: the response is still in its own time, but past what a timely acknowledgement gave.
        return Due(f"Respond by {short_day(due_on, today)}", f"Was due {short_day(row.backstop, today)}", "overdue")
    return Due(f"{verb} by {short_day(due_on, today)}{more}", left, press)


def _day_before(due_at: datetime) -> date:
    """The local day a limit belongs to: a midnight ends the day before it."""
    return local_date(due_at - timedelta(seconds=1))


def _days_left(due_on: date, today: date, calendar: WorkingCalendar) -> tuple[str, str]:
    if due_on < today:
        gone = calendar.count(due_on, today)
        return (f"Overdue by {counted(gone, 'working day')}" if gone else "Overdue"), "overdue"
    if due_on == today:
        return "Due today", "today"
    left = calendar.count(today, due_on)
    return f"{counted(left, 'working day')} left", ""


def _hours(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return counted(minutes, "minute")
    return counted(minutes // 60, "hour") if minutes < 72 * 60 else counted(minutes // 1440, "day")


def of_clock(stored: StoredClock, now: datetime, calendar: WorkingCalendar) -> ClockLine:
    """A clock of a case: when it is due, the clause that sets it, and how it stands."""
    name = ClockName(stored.name)
    clock = Clock(name, stored.clause, stored.starts_at, stored.due_at, stored.due_on, stored.met_at)
    status, today = clock.status(now), local_date(now)
    due = short_day(clock.due_on, today) if clock.due_on else when(clock.due_at)
    if clock.met_at is not None:
        late = ", late" if status is ClockStatus.MET_LATE else ", in time"
        standing = f"Done {short_day(local_date(clock.met_at), today)}{late}"
    elif clock.due_on is not None:
        standing = _days_left(clock.due_on, today, calendar)[0]
    else:
        standing = _hazard(clock.due_at, now, True).left
    clause = f"Code {clock.clause}" if clock.clause[:1].isdigit() else clock.clause
    return ClockLine(CLOCKS[name], clause, due, status.value, standing)
