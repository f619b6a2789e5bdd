"""Oversight: what the Member Responsible for Complaints is told beside the year's tables (Code 9.7): what is open.

References and dates only: nothing here says what anybody wrote, or who.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from intakebot.domain.figures.annual import determined, investigations
from intakebot.domain.figures.reported import Period, Reported, day_words
from intakebot.domain.figures.tables import Cell, Table
from intakebot.domain.working_days import local_date


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


def overdue_tables(reported: Reported, today: date) -> tuple[Table, ...]:
    """What should have been done by `today` and is not: responses, actions, remedies, reviews of restrictions."""
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
