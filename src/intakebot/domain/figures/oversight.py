"""Oversight: what the Member Responsible for Complaints is told beside the year's tables (Code 9.7): what is open.

References and dates only: nothing here says what anybody wrote, or who.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from intakebot.domain.figures.annual import determined, investigations
from intakebot.domain.figures.reported import Period, Reported, day_words
from intakebot.domain.figures.tables import Cell, Table
from intakebot.domain.hazards import (
    EMERGENCY_LIMIT,
    FURTHER_WORK_DAYS,
    INVESTIGATION_DAYS,
    LATEST_START,
    SAFETY_WORK_DAYS,
    SUMMARY_DAYS,
    Hazard,
    HazardLevel,
    clocks,
)
from intakebot.domain.timescales import Clock, ClockName, ClockStatus
from intakebot.domain.wording import counted
from intakebot.domain.working_days import LONDON, local_date

_HOUR: Final = timedelta(hours=1)
_LIMITS: Final[Mapping[ClockName, str]] = {
    ClockName.HAZARD_EMERGENCY: f"{EMERGENCY_LIMIT // _HOUR} hours to look into it and make it safe",
    ClockName.HAZARD_INVESTIGATION: f"{INVESTIGATION_DAYS} working days to look into it",
    ClockName.HAZARD_SUMMARY: f"{SUMMARY_DAYS} working days for the written summary",
    ClockName.HAZARD_SAFETY_WORK: f"{SAFETY_WORK_DAYS} working days for the safety work",
    ClockName.HAZARD_FURTHER_WORK: f"{FURTHER_WORK_DAYS} working days to begin further work",
    ClockName.HAZARD_LATEST_START: f"{LATEST_START.days // 7} weeks to start work on the ground",
}


def ombudsman_table(reported: Reported, period: Period, today: date) -> Table:
    """Each investigation of the period, how it ended, and how far its orders are carried out (Code 9.7c).

    An older investigation stays on the list while an order of it is to be done.
    """
    of_period = {id(case) for case in investigations(reported, period)}
    rows: list[tuple[Cell, ...]] = []
    for on in reported.ombudsman:
        case = on.record
        waiting = [order for order in case.orders if order.done_at is None and not order.recommendation]
        if not (id(on) in of_period or (case.investigated and waiting)):
            continue
        late = sum(1 for order in waiting if order.due_on is not None and order.due_on < today)
        orders = sum(1 for order in case.orders if not order.recommendation)
        contacted = day_words(local_date(case.contacted_at))
        rows.append((on.reference, contacted, determined(case).capitalize(), orders, len(waiting), late))
    columns = ("Case", "First in touch", "Determined", "Orders", "To do", "Overdue")
    base = "Investigations begun in the period, and older ones with an order still to be carried out."
    return Table("investigations", "Ombudsman investigations", base, columns, tuple(rows))


def overdue_tables(reported: Reported, now: datetime) -> tuple[Table, ...]:
    """What should have been done by `now` and is not: about hazards, responses, actions, remedies, restrictions."""
    today = local_date(now)
    stages = ((f"{s.reference}, stage {s.stage}", s.valid_until) for s in reported.open_stages)
    actions = ((on.reference, on.record.due_on) for on in reported.actions if on.record.done_at is None)
    remedies = (
        (on.reference, on.record.due_on)
        for on in reported.remedies
        if on.record.waiting and on.record.due_on is not None
    )
    reviews = (
        (restriction.reference, restriction.review_on)
        for restriction in reported.restrictions
        if restriction.ended_on is None
    )
    return (
        _overdue_hazards(reported, now),
        _overdue(
            "overdue_responses", "Responses overdue", "Of every open stage, whenever it was received.", stages, today
        ),
        _overdue("overdue_actions", "Actions overdue", "Promised at any time (Code 6.6).", actions, today),
        _overdue("overdue_remedies", "Remedies overdue", "Offered at any time with a day (Code 7.3).", remedies, today),
        _overdue("overdue_reviews", "Restrictions to review", "In force, past their day (Code 5.14).", reviews, today),
    )


def _overdue(key: str, title: str, base: str, dues: Iterable[tuple[str, date]], today: date) -> Table:
    late = sorted((due, what) for what, due in dues if due < today)
    rows = tuple((what, day_words(due), (today - due).days) for due, what in late)
    return Table(key, title, base, ("What", "Due", "Days late"), rows)


def _overdue_hazards(reported: Reported, now: datetime) -> Table:
    """Every limit of Awaab's Law that has passed unmet, emergencies first, then by how long ago."""
    late = [
        (on.record.level is not HazardLevel.EMERGENCY, clock.due_at, on.reference, on.record, clock)
        for on in reported.hazards
        for clock in clocks(on.record)
        if clock.status(now) is ClockStatus.BREACHED
    ]
    rows = tuple(_late_hazard(*found[2:], now) for found in sorted(late, key=lambda found: found[:3]))
    base = "Limits of Awaab's Law that have passed, whenever we became aware. An emergency's hours run day and night."
    return Table("overdue_hazards", "Hazards overdue", base, ("Case", "Hazard", "Limit", "Due", "Late"), rows)


def _late_hazard(reference: str, hazard: Hazard, clock: Clock, now: datetime) -> tuple[Cell, ...]:
    if clock.due_on is not None:
        due, late = day_words(clock.due_on), counted((local_date(now) - clock.due_on).days, "day")
    else:
        hours = (now - clock.due_at) // _HOUR
        due = f"{day_words(local_date(clock.due_at))}, {clock.due_at.astimezone(LONDON):%H:%M}"
        late = counted(hours, "hour") if hours else "under an hour"
    return reference, hazard.level.value.capitalize(), _LIMITS[clock.name], due, late
