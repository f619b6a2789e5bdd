"""Incidents: times when something kept the landlord from following the Code, shown on the cases they touch (Code 8.5).

They stop no clock: the landlord tells the Ombudsman and the residents, and says when all will be well again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from intakebot.domain.case import Case
from intakebot.domain.working_days import local_date


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident between two local dates, both included; `until` is None while it lasts."""

    since: date
    until: date | None
    what: str
    told_residents: str = ""


def incidents_during(case: Case, incidents: Sequence[Incident], today: date) -> tuple[Incident, ...]:
    """The incidents during which an answer was owed on this case."""
    first = local_date(case.received_at)
    ends = [at for stage in case.stages for at in (stage.responded_at or stage.ended_at,) if at]
    last = today if case.open or not ends else local_date(max(ends))
    return tuple(i for i in incidents if i.since <= last and (i.until is None or i.until >= first))
