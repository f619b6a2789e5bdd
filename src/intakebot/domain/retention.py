"""Retention: from which day a closed case may be deleted, and what holds it for longer. Nothing here deletes any.

No law sets the years; six after closing, as the Limitation Act has it, is usual. A landlord sets them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from intakebot.domain.case import Case, Event, EventType, Status
from intakebot.domain.timescales import end_of
from intakebot.domain.working_days import local_date, years_after, years_before


class Hold(StrEnum):
    """What keeps a case although it is closed: something that is not finished elsewhere."""

    OMBUDSMAN = "ombudsman"
    PROCEEDINGS = "proceedings"


def closed_at(events: Iterable[Event]) -> datetime | None:
    """When a case was closed, the last time if it was open again in between; None where it never was."""
    return max((event.at for event in events if event.type is EventType.CLOSED), default=None)


def holds(case: Case) -> tuple[Hold, ...]:
    """What holds the case: an Ombudsman who has not decided, a claim at court whose end is not recorded."""
    undecided = any(theirs.determined_at is None for theirs in case.records.ombudsman)
    at_court = any(refusal.at_court for refusal in case.records.refusals)
    found = ((Hold.OMBUDSMAN, undecided), (Hold.PROCEEDINGS, at_court))
    return tuple(hold for hold, applies in found if applies)


def retention_due(case: Case, closed: datetime | None, years: int) -> date | None:
    """The local day from which a case closed at this moment may be deleted: so many years after that of its closing.

    None while it is open, while anything on it is still to be done, and while something holds it. Closed on 29
    February it is 1 March in a year that has none.
    """
    if closed is None or case.status is not Status.CLOSED or case.open or holds(case):
        return None
    return years_after(local_date(closed), years)


def closed_before(today: date, years: int) -> datetime:
    """The first moment of closing, in UTC, that is too late for a case's day to have come by `today`."""
    return end_of(years_before(today, years))
