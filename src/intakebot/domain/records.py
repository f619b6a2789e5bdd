"""Records: what the Code asks to be written down of a case beside its stages, each a value with a number.

Records are never removed. Within one case, and for `PersonRecord`s within one person, `number` counts those of
one type from 1; a record with a changed field replaces the one with its number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from intakebot.domain.hazards import Hazard
from intakebot.domain.labels import Kind
from intakebot.domain.needs import ContactRule, FormatTask, PersonNeed
from intakebot.domain.safety_records import Death, SafetyRule


class Ombudsman(StrEnum):
    """Which Ombudsman a matter goes to: landlord matters to HOS, a council's other duties to LGSCO."""

    HOS = "HOS"
    LGSCO = "LGSCO"


class RefusalReason(StrEnum):
    """Why a complaint may fairly not be accepted (Code 2.2)."""

    OVER_12_MONTHS = "over_12_months"
    PROCEEDINGS_FILED = "proceedings_filed"
    ALREADY_CONSIDERED = "already_considered"
    OTHER_POLICY_EXCLUSION = "other_policy_exclusion"


class RemedyType(StrEnum):
    """The ways of putting right that the Code names (7.1)."""

    APOLOGY = "apology"
    ACKNOWLEDGEMENT = "acknowledgement"
    EXPLANATION = "explanation"
    ACTION_ON_DELAY = "action_on_delay"
    CHANGED_DECISION = "changed_decision"
    CORRECTED_RECORD = "corrected_record"
    MONEY = "money"
    CHANGED_POLICY = "changed_policy"


class Payer(StrEnum):
    """Who pays compensation. A contractor that misses an appointment may pay it itself."""

    LANDLORD = "landlord"
    CONTRACTOR = "contractor"


class Determination(StrEnum):
    """What the Ombudsman may find on one element of a complaint."""

    SEVERE_MALADMINISTRATION = "severe_maladministration"
    MALADMINISTRATION = "maladministration"
    SERVICE_FAILURE = "service_failure"
    PARTIAL_MALADMINISTRATION = "partial_maladministration"
    REASONABLE_REDRESS = "reasonable_redress"
    NO_MALADMINISTRATION = "no_maladministration"
    OUTSIDE_JURISDICTION = "outside_jurisdiction"
    RESOLVED_WITH_INTERVENTION = "resolved_with_intervention"
    WITHDRAWN = "withdrawn"


class Choice(StrEnum):
    """What a resident who is dissatisfied chose when offered (Code 1.3)."""

    COMPLAINT = "complaint"
    SERVICE_REQUEST = "service_request"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class ChoiceOffered:
    """The choice to complain was offered, and what the resident chose, once they did (Code 1.3)."""

    number: int
    offered_at: datetime
    by: str
    choice: Choice | None = None
    chosen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Clarification:
    """The resident was asked what is unclear (Code 5.6). It stops no clock."""

    number: int
    stage: int
    question: str
    asked_at: datetime
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A complaint, or a request to escalate, not accepted (Code 2.1 to 2.5, 5.11): reason, evidence, who and why.

    `consideration` is how this person's circumstances were weighed (2.5). `claim_filed_on` is the local date the
    claim form and particulars were filed, and `proceedings_ended_on` the one it was over; `earlier_case` the reference
    already answered. `directed_at` is when the Ombudsman directed that it be accepted after all (2.4).
    """

    number: int
    stage: int
    reason: RefusalReason
    evidence: str
    consideration: str
    officer_id: int | None
    officer: str
    refused_at: datetime
    claim_filed_on: date | None = None
    earlier_case: str = ""
    directed_at: datetime | None = None
    proceedings_ended_on: date | None = None

    @property
    def at_court(self) -> bool:
        """Whether a claim was filed and is not known to be over."""
        return self.claim_filed_on is not None and self.proceedings_ended_on is None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The resident said they wish to withdraw; it counts only once they confirm it."""

    number: int
    stage: int
    asked_at: datetime
    said: str
    confirmed_at: datetime | None = None
    how: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """An officer declared that they have a conflict of interest in the case, or that they have none (Code 5.8)."""

    number: int
    officer_id: int
    officer: str
    conflicted: bool
    note: str
    declared_at: datetime


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting or call about the complaint, and who came with the resident (Code 3.6, 5.8b)."""

    number: int
    held_at: datetime
    attendees: str
    note: str


@dataclass(frozen=True, slots=True)
class Issue:
    """A further issue raised while the complaint ran: taken into it, or given a case of its own, and why (Code 6.8)."""

    number: int
    stage: int
    what: str
    merged: bool
    reason: str
    raised_at: datetime
    own_case: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """Something promised in a response and still to be done (Code 6.6, 6.17); `due_on` is a local date."""

    number: int
    stage: int
    what: str
    owner: str
    due_on: date
    opened_at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Remedy:
    """Something offered to put it right (Code 7.1 to 7.3). `amount` is in pounds, for money only.

    `impact` is what the failing meant for this resident (7.2). `basis` is statutory, policy or discretionary.
    `due_on` is the local date it is promised by; `agreed` whether the resident agreed to that.
    """

    number: int
    stage: int
    type: RemedyType
    what: str
    impact: str
    offered_at: datetime
    due_on: date | None = None
    agreed: bool = False
    amount: Decimal | None = None
    payer: Payer = Payer.LANDLORD
    basis: str = ""
    approved_by: str = ""
    accepted_at: datetime | None = None
    declined_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def waiting(self) -> bool:
        """Whether it has still to be carried out."""
        return self.completed_at is None and self.declined_at is None


@dataclass(frozen=True, slots=True)
class Finding:
    """What the Ombudsman found on one element."""

    element: str
    determination: Determination


@dataclass(frozen=True, slots=True)
class Order:
    """Something the Ombudsman ordered or recommended; `due_on` is a local date."""

    what: str
    due_on: date | None = None
    recommendation: bool = False
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OmbudsmanCase:
    """An Ombudsman's involvement: contact, findings on each element, orders with due dates (Code 8.1c, 9.7c).

    `investigated` is whether it became an investigation; `failure_order` whether a Complaint Handling Failure
    Order was made.
    """

    number: int
    ombudsman: Ombudsman
    contacted_at: datetime
    their_reference: str = ""
    investigated: bool = False
    determined_at: datetime | None = None
    findings: tuple[Finding, ...] = ()
    orders: tuple[Order, ...] = ()
    failure_order: bool = False


@dataclass(frozen=True, slots=True)
class Learning:
    """What the landlord learned from the case (Code 9.1); `nothing` says plainly that there was nothing."""

    number: int
    recorded_at: datetime
    by: str
    lesson: str = ""
    change: str = ""
    category: str = ""
    nothing: bool = False


@dataclass(frozen=True, slots=True)
class Labelling:
    """What a case is labelled with: its kind, and the ids of its labels, the primary category first.

    Ids, and not `Category` and so on: a classifier from outside may have labels of its own.
    """

    kind: Kind
    categories: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """Staff set kind and labels, or took one label off. The classifier can learn from it.

    Where `before` and `after` are the same, they confirmed what was there. `classifier` is the version that had
    labelled the case, "" where nothing says; `in_doubt` whether the kind still had to be checked afterwards.
    """

    number: int
    at: datetime
    by: str
    why: str
    before: Labelling
    after: Labelling
    classifier: str = ""
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Restriction:
    """How somebody's contact is restricted for unacceptable behaviour (Code 5.14, 5.15). It never stops intake.

    `equality_check` says how disability and adjustments were considered before it was made; `reference` is the
    case it was made in.
    """

    number: int
    person_id: int
    reference: str
    what: str
    evidence: str
    equality_check: str
    approved_by: str
    starts_on: date
    review_on: date
    ended_on: date | None = None
    reviews: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A reasonable adjustment agreed with somebody (Code 5.10): what they need, how it is given, when reviewed.

    `reference` is the case it was agreed in; it holds for every case of theirs.
    """

    number: int
    person_id: int
    reference: str
    need: str
    how: str
    agreed_on: date
    review_on: date | None = None
    ended_on: date | None = None
    reviews: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Disability:
    """A disability somebody told us of (Code 5.10). Read by few: never in letters, lists or reports."""

    number: int
    person_id: int
    disclosed: str = field(repr=False)
    disclosed_on: date


@dataclass(frozen=True, slots=True)
class Records:
    """Every record of a case and, of the last five types, of the people on it."""

    choices: tuple[ChoiceOffered, ...] = ()
    clarifications: tuple[Clarification, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    issues: tuple[Issue, ...] = ()
    actions: tuple[Action, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    ombudsman: tuple[OmbudsmanCase, ...] = ()
    learning: tuple[Learning, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    corrections: tuple[Correction, ...] = ()
    format_tasks: tuple[FormatTask, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    disabilities: tuple[Disability, ...] = ()
    needs: tuple[PersonNeed, ...] = ()
    contact_rules: tuple[ContactRule, ...] = ()
    safety_rules: tuple[SafetyRule, ...] = ()
    deaths: tuple[Death, ...] = ()

    @property
    def formats_waiting(self) -> tuple[FormatTask, ...]:
        """What somebody still has to make or do so that letters reach their readers."""
        return tuple(task for task in self.format_tasks if task.done_at is None)

    @property
    def safety(self) -> bool:
        """Whether a safety rule is in force, or somebody of the case has died."""
        return any(r.ended_on is None for r in self.safety_rules) or any(d.withdrawn_on is None for d in self.deaths)

    @property
    def promises_waiting(self) -> bool:
        """Whether an action, a remedy or an Ombudsman's order has still to be carried out (Code 6.6, 7.3, 9.7)."""
        orders = (order for theirs in self.ombudsman for order in theirs.orders)
        return (
            any(action.done_at is None for action in self.actions)
            or any(remedy.waiting for remedy in self.remedies)
            or any(order.done_at is None for order in orders)
        )


NO_RECORDS = Records()
