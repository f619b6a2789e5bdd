"""Stages: what is recorded of each of a complaint's two stages, from receipt to response.

A complaint has stage 1 and, if the resident asks, stage 2; never more (Code 5.3). Each stage keeps its own
definition, outcome and dates: the second never overwrites the first (Code 5.12).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from intakebot.domain.timescales import (
    Clock,
    ClockName,
    DueDates,
    end_of,
    extension_until,
    limits_of,
    promise_clock,
    stage_clocks,
)
from intakebot.domain.working_days import WorkingCalendar


class Outcome(StrEnum):
    """How one stage ended. A refusal is not an answer, and is counted apart (Code 2.1, 8.1b)."""

    UPHELD = "upheld"
    PARTIALLY_UPHELD = "partially_upheld"
    NOT_UPHELD = "not_upheld"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


FINDINGS = (Outcome.UPHELD, Outcome.PARTIALLY_UPHELD, Outcome.NOT_UPHELD)
"""What a response can find, for a whole stage or for one point of it."""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing complained of. A response must answer every one, with reasons (Code 6.7, 6.18)."""

    text: str
    answer: str = ""
    finding: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """More time for one response (Code 6.4, 6.5, 6.15, 6.16).

    `working_days` are counted from the day the response was due; `until` is the new last day. `told_at` is when
    the resident was told, `ombudsman_details` whether that notice named the Ombudsman. Past the Code's most
    days it needs a `good_reason` and the name of who approved it. `undelivered`: the letter came back, so they do not
    know of it.
    """

    working_days: int
    until: date
    reason: str
    told_at: datetime
    ombudsman_details: bool = True
    good_reason: str = ""
    approved_by: str = ""
    undelivered: bool = False


def recounted_extensions(
    extensions: tuple[Extension, ...], response_due: date, calendar: WorkingCalendar
) -> tuple[Extension, ...]:
    """The extensions of a response due on another day, or by another calendar: each counted from the one before."""
    counted, until = [], response_due
    for extension in extensions:
        until = extension_until(until, extension.working_days, calendar)
        counted.append(replace(extension, until=until))
    return tuple(counted)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a complaint.

    `received_at` is when the complaint (stage 2: the request to escalate) was first had by anybody working for
    the landlord; `due` its due dates, local. The complaint definition is `definition` with `outcomes_sought`
    (Code 5.6); `responsible_for` and `not_responsible_for` are what the acknowledgement says (5.7).
    `decided_by` is the officer, by `id`, who decides. `update_days` is the agreed number of days between updates
    where a response is late (5.9), and `next_update_on` the local date of the next.
    """

    number: int
    received_at: datetime
    due: DueDates
    acknowledged_at: datetime | None = None
    definition: str = ""
    outcomes_sought: str = ""
    responsible_for: str = ""
    not_responsible_for: str = ""
    points: tuple[Point, ...] = ()
    extensions: tuple[Extension, ...] = ()
    update_days: int | None = None
    next_update_on: date | None = None
    decided_by: int | None = None
    contributors: str = ""
    responded_at: datetime | None = None
    outcome: Outcome | None = None
    decision: str = ""
    reasons: str = ""
    ended_at: datetime | None = None

    @property
    def extended_to(self) -> date | None:
        """The last day of the newest extension, or None."""
        return self.extensions[-1].until if self.extensions else None

    @property
    def valid_extension(self) -> date | None:
        """The last day allowed by extensions that keep the Code's rules: what reports may count as in time."""
        due, used, until = self.due.response_due, 0, None
        for extension in self.extensions:
            used += extension.working_days
            if not self._keeps_the_rules(extension, due, used):
                break
            due = until = extension.until
        return until

    def _keeps_the_rules(self, extension: Extension, due: date, working_days: int) -> bool:
        """Told before the deadline, with reasons and the Ombudsman's details; good reason past the cap (6.4, 6.5)."""
        within = working_days <= limits_of(self.number).extend or bool(extension.good_reason.strip())
        told_in_time = extension.told_at < end_of(due)
        told = told_in_time and extension.ombudsman_details and not extension.undelivered
        return told and within and bool(extension.reason.strip())

    @property
    def open(self) -> bool:
        """Whether an answer is still owed."""
        return self.responded_at is None and self.ended_at is None


def clocks_of_stage(stage: Stage) -> tuple[Clock, ...]:
    """Every clock of one stage, met or running: the Code's, and the next update's while an answer is owed (5.9)."""
    extension = stage.extensions[-1] if stage.extensions else None
    clocks = stage_clocks(
        stage.due,
        stage.number,
        stage.received_at,
        stage.acknowledged_at,
        stage.responded_at,
        extended_at=extension.told_at if extension else None,
        extended_to=extension.until if extension else None,
        ended_at=stage.ended_at,
    )
    if stage.next_update_on is None or not stage.open:
        return clocks
    agreed_at = extension.told_at if extension else stage.acknowledged_at or stage.received_at
    return (*clocks, promise_clock(ClockName.UPDATE, "5.9", agreed_at, stage.next_update_on))
