"""Reported: what a report reads of stages, cases and records, as plain values, and the period it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from intakebot.domain.hazards import Hazard
from intakebot.domain.records import Action, Learning, OmbudsmanCase, Refusal, Remedy, Restriction
from intakebot.domain.stages import Outcome
from intakebot.errors import BadInput

T = TypeVar("T")


class Tenure(StrEnum):
    """How somebody holds their home. Only the first two are the Regulator's stock types; "" is not recorded."""

    LCRA = "lcra"
    LCHO = "lcho"
    LEASEHOLDER = "leaseholder"
    APPLICANT = "applicant"
    OTHER = "other"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Period:
    """The local dates a report is about, first and last included. Raises BadInput when they are the wrong way round."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise BadInput(f"the period ends on {self.last}, before it begins on {self.first}")

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    @property
    def words(self) -> str:
        """The period as people write it: "1 April 2023 to 31 March 2024"."""
        return f"{day_words(self.first)} to {day_words(self.last)}"


def day_words(day: date) -> str:
    """A date as people write it.

    >>> day_words(date(2024, 3, 31))
    '31 March 2024'
    """
    return f"{day.day} {day:%B %Y}"


def reporting_year(today: date) -> Period:
    """The last reporting year, 1 April to 31 March, that is over.

    >>> reporting_year(date(2026, 3, 31)).words
    '1 April 2024 to 31 March 2025'
    """
    ends = today.year if today >= date(today.year, 4, 1) else today.year - 1
    return Period(date(ends - 1, 4, 1), date(ends, 3, 31))


@dataclass(frozen=True, slots=True)
class Homes:
    """How many homes of each stock type the landlord owned at the end of the period. They are told, never counted."""

    lcra: int
    lcho: int = 0

    def __post_init__(self) -> None:
        if self.lcra < 0 or self.lcho < 0:
            raise BadInput("the number of homes is 0 or more")

    @property
    def both(self) -> int:
        """Homes of both stock types, the base of NM01."""
        return self.lcra + self.lcho


class StageRecord(NamedTuple):
    """One stage of one complaint, as reports read it. Days are local dates.

    `response_due` is the first due date; `valid_until` the last day in time, counting extensions that keep the
    Code's rules. `outcome` is an `Outcome`, "" while the stage is open; `ended_on` is the day of the response,
    the withdrawal or the refusal. The first of `categories` is the primary one; `tenure` is a `Tenure`.
    `landlord_matter` is False where the Local Government and Social Care Ombudsman is the one to go to.
    """

    reference: str
    stage: int
    received_on: date
    ack_due: date
    response_due: date
    valid_until: date
    acknowledged_on: date | None = None
    ended_on: date | None = None
    outcome: str = ""
    categories: tuple[str, ...] = ()
    tenure: str = Tenure.UNKNOWN
    channel: str = ""
    team: str = ""
    patch: str = ""
    landlord_matter: bool = True
    contractor: str = ""

    @property
    def withdrawn(self) -> bool:
        """Whether the resident withdrew it."""
        return self.outcome == Outcome.WITHDRAWN


class OpenStage(NamedTuple):
    """A stage still to be answered, whenever it was received. `valid_until` is as in `StageRecord`."""

    reference: str
    stage: int
    valid_until: date


class AsbCase(NamedTuple):
    """A report of anti-social behaviour, a case of its own and no complaint. Perception makes a hate incident."""

    opened_on: date
    hate_incident: bool
    tenure: str = Tenure.UNKNOWN


@dataclass(frozen=True, slots=True)
class OnCase(Generic[T]):
    """A record and the case it is on; the first of `categories` is the case's primary one."""

    reference: str
    record: T
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """How many of the period's cases hold what a provision asks to be kept, for the self-assessment."""

    service_requests: int = 0
    raised_from_another: int = 0
    group_complaints: int = 0
    represented: int = 0
    choices_offered: int = 0
    clarifications: int = 0
    conflict_checks: int = 0
    meetings: int = 0
    issues_merged: int = 0
    issues_given_a_case: int = 0
    adjustments: int = 0


@dataclass(frozen=True, slots=True)
class Reported:
    """Everything a report is made from.

    `stages` are those received in the period; so are the ASB cases. `open_stages` are all that are open, whenever
    received. Of records, those made in the period are here and also every older one with something still to be
    done; `hazards` are those of open cases that were not cleared. `learning` leaves out what says that there was
    nothing to learn, which `nothing_learned` counts for the period. `undecided` counts cases whose clocks run
    although nobody has said yet whether they are complaints.
    """

    stages: tuple[StageRecord, ...] = ()
    open_stages: tuple[OpenStage, ...] = ()
    asb: tuple[AsbCase, ...] = ()
    ombudsman: tuple[OnCase[OmbudsmanCase], ...] = ()
    learning: tuple[OnCase[Learning], ...] = ()
    actions: tuple[OnCase[Action], ...] = ()
    remedies: tuple[OnCase[Remedy], ...] = ()
    refusals: tuple[OnCase[Refusal], ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    hazards: tuple[OnCase[Hazard], ...] = ()
    kept: Kept = Kept()
    nothing_learned: int = 0
    undecided: int = 0

    @property
    def accepted(self) -> tuple[StageRecord, ...]:
        """The stages that count as complaints: a refusal is counted by itself (Code 2.1, 8.1b)."""
        return tuple(stage for stage in self.stages if stage.outcome != Outcome.REFUSED)
