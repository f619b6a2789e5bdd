"""Timescales: when a complaint must be acknowledged and answered, the clocks that watch it, and why then.

The rules are those of the Housing Ombudsman's Complaint Handling Code of 2024, sections 6.2 to 6.4 and 6.11
to 6.15; what the Code leaves open is a setting in `Rules` and is discussed in docs/timescales.md. Days are
local dates in Europe/London, instants are aware and returned in UTC, and `now` is always an argument.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Final, Literal

from intakebot.domain.message import require_aware
from intakebot.domain.working_days import LONDON, ONE_DAY, WorkingCalendar, local_date
from intakebot.errors import BadInput


@dataclass(frozen=True, slots=True)
class StageLimits:
    """The working days the Code allows at one stage, and the clause each comes from."""

    acknowledge: int
    acknowledge_clause: str
    respond: int
    respond_clause: str
    extend: int
    extend_clause: str


STAGE_1: Final = StageLimits(5, "6.2", 10, "6.3", 10, "6.4")
STAGE_2: Final = StageLimits(5, "6.11", 20, "6.14", 20, "6.15")


@dataclass(frozen=True, slots=True)
class Rules:
    """A landlord's answers to what the Code leaves open. Raises BadInput for an answer that is not known.

    `receipt_rule`: "calendar" makes the local date of receipt day 0; "deemed" moves day 0 to the next
    working day when the complaint came on a day off or later than `closing_time`, local.
    `ack_day_counts_as`: whether the day of the acknowledgement is day 0 or day 1 of the response.
    """

    receipt_rule: Literal["calendar", "deemed"] = "calendar"
    ack_day_counts_as: Literal[0, 1] = 0
    closing_time: time = time(17)

    def __post_init__(self) -> None:
        if self.receipt_rule not in ("calendar", "deemed"):
            raise BadInput(f"the receipt rule is calendar or deemed, not {self.receipt_rule!r}")
        if self.ack_day_counts_as not in (0, 1):
            raise BadInput("the day of acknowledgement counts as day 0 or day 1")


@dataclass(frozen=True, slots=True)
class DueDates:
    """The last days, local dates, on which each duty can be done in time.

    `backstop` is when the response would be due had the acknowledgement gone on its own last day. While
    `provisional`, nothing has been acknowledged yet and `response_due` is the backstop.
    """

    ack_due: date
    response_due: date
    extended_due: date
    backstop: date
    deemed_received: date
    provisional: bool


def due_dates(
    received_at: datetime,
    acknowledged_at: datetime | None,
    stage: int,
    calendar: WorkingCalendar,
    rules: Rules,
) -> DueDates:
    """Every due date of one stage (Code 6.2 to 6.4; stage 2: 6.11, 6.14, 6.15).

    Receipt is when any member of staff or contractor first had the complaint (3.2); at stage 2, when
    escalation was asked for. The response is counted from the actual acknowledgement, however late; the
    longest extension without good reason from `response_due`. Raises BadInput for a stage other than 1 or 2
    (5.3), a moment without a zone, an acknowledgement before the receipt, or a day beyond the calendar.
    """
    limits = limits_of(stage)
    _check_moments(received_at, acknowledged_at)
    deemed = deemed_received(received_at, calendar, rules)
    ack_due = calendar.add(deemed, limits.acknowledge)
    backstop = _response_due(ack_due, limits, calendar, rules)
    if acknowledged_at is None:
        response_due = backstop
    else:
        response_due = _response_due(local_date(acknowledged_at), limits, calendar, rules)
    return DueDates(
        ack_due=ack_due,
        response_due=response_due,
        extended_due=calendar.add(response_due, limits.extend),
        backstop=backstop,
        deemed_received=deemed,
        provisional=acknowledged_at is None,
    )


def deemed_received(received_at: datetime, calendar: WorkingCalendar, rules: Rules) -> date:
    """Day 0 of the acknowledgement, a local date. The Code is silent; the default keeps the day of receipt at any hour.

    Raises ValueError for a moment without a zone, BadInput outside the calendar.
    """
    day = local_date(received_at)
    if rules.receipt_rule == "calendar":
        return day
    return calendar.add(day, 1) if _after_closing(received_at, rules) else calendar.next_working_day(day)


def extension_until(response_due: date, working_days: int, calendar: WorkingCalendar) -> date:
    """The last day of an extension, counted from the day the answer was due, not from the day it was announced.

    Clauses 6.4 and 6.15. For a further extension `response_due` is the last day of the one before. Raises BadInput
    for less than one working day, or a day beyond the calendar.
    """
    if working_days < 1:
        raise BadInput("an extension is of one working day or more (Code 6.4, 6.15)")
    return calendar.add(response_due, working_days)


def after_window(final: datetime, asked: datetime, days: int | None) -> bool:
    """Whether stage 2 was asked for more than `days` days after the stage 1 response, local dates.

    Calendar days, of which a weekend has two. The Code sets no such limit and None, the default, knows none: the
    answer is for a warning to staff, never for a refusal (6.10, 6.12). Raises ValueError for a naive moment.
    """
    return days is not None and (local_date(asked) - local_date(final)).days > days


def end_of(day: date) -> datetime:
    """The first instant too late for something due on `day`: the local midnight that ends it, in UTC.

    >>> end_of(date(2025, 6, 9))
    datetime.datetime(2025, 6, 9, 23, 0, tzinfo=datetime.timezone.utc)
    """
    return datetime.combine(day + ONE_DAY, time(0), LONDON).astimezone(UTC)


class ClockName(StrEnum):
    """Which duty a clock watches."""

    ACKNOWLEDGEMENT = "acknowledgement"
    RESPONSE = "response"
    EXTENSION = "extension"
    BACKSTOP = "backstop"
    HAZARD_EMERGENCY = "hazard_emergency"
    HAZARD_INVESTIGATION = "hazard_investigation"
    HAZARD_SUMMARY = "hazard_summary"
    HAZARD_SAFETY_WORK = "hazard_safety_work"
    HAZARD_FURTHER_WORK = "hazard_further_work"
    HAZARD_LATEST_START = "hazard_latest_start"
    UPDATE = "update"
    ACTION = "action"
    REMEDY = "remedy"
    ORDER = "order"
    REVIEW = "review"
    FORMAT = "format"
    AUTHORITY = "authority"


class ClockStatus(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    MET = "met"
    MET_LATE = "met_late"
    BREACHED = "breached"


@dataclass(frozen=True, slots=True)
class Clock:
    """A running timescale: what it watches, the clause that sets it, when it started, ends, and was met.

    `due_on` is the last day in time for a clock of days, whose `due_at` is the midnight after it; it is None
    for a clock of hours, which does not stop for nights and days off. Instants are kept in UTC, so that
    comparing them is safe across the clock changes. Raises ValueError for one without a zone.
    """

    name: ClockName
    clause: str
    starts_at: datetime
    due_at: datetime
    due_on: date | None = None
    met_at: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts_at", require_aware(self.starts_at).astimezone(UTC))
        object.__setattr__(self, "due_at", require_aware(self.due_at).astimezone(UTC))
        if self.met_at is not None:
            object.__setattr__(self, "met_at", require_aware(self.met_at).astimezone(UTC))

    def status(self, now: datetime) -> ClockStatus:
        """How the clock stands at `now`, an aware moment.

        At 23:59:59 on the due day a duty is done in time and at midnight it is not; "within 24 hours" still
        holds at the twenty-fourth hour exactly.
        """
        if self.met_at is None:
            return ClockStatus.BREACHED if require_aware(now) >= self.due_at else ClockStatus.RUNNING
        in_time = self.met_at < self.due_at or (self.due_on is None and self.met_at == self.due_at)
        return ClockStatus.MET if in_time else ClockStatus.MET_LATE


def stage_clocks(
    due: DueDates,
    stage: int,
    received_at: datetime,
    acknowledged_at: datetime | None = None,
    responded_at: datetime | None = None,
    *,
    extended_at: datetime | None = None,
    extended_to: date | None = None,
    ended_at: datetime | None = None,
) -> tuple[Clock, ...]:
    """The clocks of one stage: acknowledgement; response, once acknowledged; backstop, where it matters.

    The backstop runs until the acknowledgement, and goes on beside the response if that came late, so that
    lateness buys no time unnoticed. An extension told to the resident at `extended_at`, until `extended_to`, takes
    the place of both with a clock of its own: the resident knows the new day, and the late acknowledgement is on
    record as late. A stage that was `ended_at` some moment without an answer, by withdrawal or refusal, owes
    nothing more: only what was done by then remains. Raises BadInput for a stage other than 1 or 2.
    """
    limits = limits_of(stage)
    ack_clause, clause = limits.acknowledge_clause, limits.respond_clause
    clocks = [promise_clock(ClockName.ACKNOWLEDGEMENT, ack_clause, received_at, due.ack_due, acknowledged_at)]
    if extended_to is not None:
        told_at = extended_at or acknowledged_at or received_at
        clocks.append(promise_clock(ClockName.EXTENSION, limits.extend_clause, told_at, extended_to, responded_at))
    else:
        if acknowledged_at is not None:
            clocks.append(promise_clock(ClockName.RESPONSE, clause, acknowledged_at, due.response_due, responded_at))
        if acknowledged_at is None or due.backstop < due.response_due:
            both = f"{ack_clause} and {clause}"
            clocks.append(promise_clock(ClockName.BACKSTOP, both, received_at, due.backstop, responded_at))
    return tuple(clock for clock in clocks if ended_at is None or clock.met_at is not None)


def promise_clock(
    name: ClockName, clause: str, began_at: datetime, due_on: date, met_at: datetime | None = None
) -> Clock:
    """The clock of what is owed by the end of a local date: an answer, an update, an action, a remedy, a review.

    Raises ValueError for a moment without a zone.
    """
    return Clock(name, clause, began_at, end_of(due_on), due_on, met_at)


@dataclass(frozen=True, slots=True)
class CountedDay:
    """A day in the reasoning: its running `number` on that clock, or None and the `reason` it does not count.

    A numbered day has a reason only where there is something to say: why day 0 is day 0, and "due".
    """

    clock: ClockName
    day: date
    number: int | None
    reason: str = ""


def explain(
    received_at: datetime,
    acknowledged_at: datetime | None,
    stage: int,
    calendar: WorkingCalendar,
    rules: Rules,
    extended: int | None = None,
) -> tuple[CountedDay, ...]:
    """How `due_dates` comes to its dates, day by day: acknowledgement, response, extension, any backstop.

    The extension is one of `extended` working days; without, the longest that needs no good reason. Counted one
    day at a time, not by `due_dates`' and `extension_until`'s shorter way. Raises BadInput as they do.
    """
    limits = limits_of(stage)
    due = due_dates(received_at, acknowledged_at, stage, calendar, rules)
    longer = limits.extend if extended is None else extended
    extension_until(due.response_due, longer, calendar)  # refuses what cannot be counted
    counts_as = rules.ack_day_counts_as
    if acknowledged_at is None:
        from_day, why = due.ack_due, "last day to acknowledge: provisional until acknowledged"
    else:
        from_day, why = local_date(acknowledged_at), "acknowledged"
    received = "received" if local_date(received_at) == due.deemed_received else "deemed received"
    days = [
        *_before_deemed_receipt(received_at, due.deemed_received, calendar, rules),
        *_count(ClockName.ACKNOWLEDGEMENT, due.deemed_received, received, limits.acknowledge, calendar),
        *_count(ClockName.RESPONSE, from_day, why, limits.respond, calendar, counts_as),
        *_count(ClockName.EXTENSION, due.response_due, "response due", longer, calendar),
    ]
    if due.backstop != due.response_due:
        why = "last day to acknowledge"
        days += _count(ClockName.BACKSTOP, due.ack_due, why, limits.respond, calendar, counts_as)
    return tuple(days)


def limits_of(stage: int) -> StageLimits:
    """What the Code allows at this stage. Raises BadInput for a stage other than 1 or 2 (5.3)."""
    if stage not in (1, 2):
        raise BadInput(f"the stage is 1 or 2, not {stage} (Code 5.3)")
    return STAGE_1 if stage == 1 else STAGE_2


def _check_moments(received_at: datetime, acknowledged_at: datetime | None) -> None:
    for name, moment in (("receipt", received_at), ("acknowledgement", acknowledged_at)):
        if moment is not None and moment.utcoffset() is None:
            raise BadInput(f"the time of {name} has no zone; give an offset such as +00:00")
    if acknowledged_at is not None and acknowledged_at.astimezone(UTC) < received_at.astimezone(UTC):
        raise BadInput("the complaint cannot have been acknowledged before it was received")


def _after_closing(received_at: datetime, rules: Rules) -> bool:
    return received_at.astimezone(LONDON).time() > rules.closing_time


def _response_due(day: date, limits: StageLimits, calendar: WorkingCalendar, rules: Rules) -> date:
    """The last working day of the response to something acknowledged on `day` (Code 6.3, 6.14)."""
    # Counting from the day before makes `day` itself day 1 where it is a working day; else nothing changes.
    return calendar.add(day - ONE_DAY * rules.ack_day_counts_as, limits.respond)


def _count(
    clock: ClockName, day: date, why: str, limit: int, calendar: WorkingCalendar, counts_as: int = 0
) -> Iterator[CountedDay]:
    """Day by day from `day`, which is day 0 because of `why`, or may be day 1, until `limit` days count."""
    number = 0
    if counts_as == 0:
        yield CountedDay(clock, day, 0, why)
        day += ONE_DAY
    while number < limit:
        reason = calendar.explain(day)
        number += reason is None
        said = "due" if number == limit else ""
        yield CountedDay(clock, day, number, said) if reason is None else CountedDay(clock, day, None, reason)
        day += ONE_DAY


def _before_deemed_receipt(
    received_at: datetime, deemed: date, calendar: WorkingCalendar, rules: Rules
) -> Iterator[CountedDay]:
    """The days from a receipt out of hours to the day it is deemed received, where that is the rule."""
    day = local_date(received_at)
    while day < deemed:
        reason = calendar.explain(day) or f"received after {rules.closing_time:%H:%M}"
        yield CountedDay(ClockName.ACKNOWLEDGEMENT, day, None, reason)
        day += ONE_DAY
