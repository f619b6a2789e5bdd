"""A case: our record of one matter, its tags, events and clocks. What may happen to it is in `acts`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from intakebot.domain.hazard_scope import IN_FORCE, ScopePeriod
from intakebot.domain.hazards import Hazard, HazardLevel, clocks_of_hazards, most_urgent
from intakebot.domain.labels import Flag, Kind
from intakebot.domain.message import require_aware
from intakebot.domain.needs import ContactRule, PersonNeed
from intakebot.domain.people import ACTING_AUTHORITY, Person, Representative
from intakebot.domain.records import NO_RECORDS, Adjustment, Ombudsman, Records, Restriction
from intakebot.domain.stages import Stage, clocks_of_stage
from intakebot.domain.timescales import Clock, ClockName, DueDates, Rules, promise_clock
from intakebot.domain.working_days import WorkingCalendar

SYSTEM = "intakebot"


class Status(StrEnum):
    """Where a case stands: received → acknowledged → responded, and again at stage 2; or it ended another way."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    RESPONDED = "responded"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


OPEN_STATUSES = frozenset({Status.RECEIVED, Status.ACKNOWLEDGED})


class EventType(StrEnum):
    """What can happen to a case, in the past tense; the Code file's event list and what else we do."""

    RECEIVED = "received"
    LOGGED = "logged"
    RECEIPT_SENT = "receipt_sent"
    KIND_DECIDED = "kind_decided"
    CHOICE_OFFERED = "choice_offered"
    CHOICE_MADE = "choice_made"
    COMPLAINT_RAISED = "complaint_raised"
    ACKNOWLEDGED = "acknowledged"
    ACKNOWLEDGEMENT_FAILED = "acknowledgement_failed"
    LETTER_FAILED = "letter_failed"
    DEFINITION_SET = "definition_set"
    CLARIFICATION_REQUESTED = "clarification_requested"
    CLARIFICATION_RECEIVED = "clarification_received"
    CONFLICT_CHECKED = "conflict_checked"
    MEETING_HELD = "meeting_held"
    REPRESENTATIVE_NAMED = "representative_named"
    AUTHORITY_RECORDED = "authority_recorded"
    AUTHORITY_EXPIRED = "authority_expired"
    AUTHORITY_CHASED = "authority_chased"
    LETTERS_CHOSEN = "letters_chosen"
    SAFETY_RULE_SET = "safety_rule_set"
    SAFETY_RULE_OVERRIDDEN = "safety_rule_overridden"
    SAFETY_RULE_ENDED = "safety_rule_ended"
    DEATH_RECORDED = "death_recorded"
    MERGED_OR_SPLIT = "merged_or_split"
    EXTENSION_NOTIFIED = "extension_notified"
    UPDATES_AGREED = "updates_agreed"
    UPDATE_SENT = "update_sent"
    RESPONSE_ISSUED = "response_issued"
    ESCALATION_REQUESTED = "escalation_requested"
    REFUSED = "refused"
    DIRECTED = "directed"
    PROCEEDINGS_ENDED = "proceedings_ended"
    WITHDRAWAL_ASKED = "withdrawal_asked"
    WITHDRAWN = "withdrawn"
    ACTION_OPENED = "action_opened"
    ACTION_DONE = "action_done"
    REMEDY_OFFERED = "remedy_offered"
    REMEDY_ACCEPTED = "remedy_accepted"
    REMEDY_DECLINED = "remedy_declined"
    REMEDY_COMPLETED = "remedy_completed"
    OMBUDSMAN_CONTACTED = "ombudsman_contacted"
    OMBUDSMAN_DETERMINED = "ombudsman_determined"
    ORDER_DONE = "order_done"
    RESTRICTION_SET = "restriction_set"
    RESTRICTION_REVIEWED = "restriction_reviewed"
    ADJUSTMENT_AGREED = "adjustment_agreed"
    DISABILITY_DISCLOSED = "disability_disclosed"
    NEEDS_TOLD = "needs_told"
    NEEDS_NOT_KEPT = "needs_not_kept"
    NEED_ENDED = "need_ended"
    CONTACT_TOLD = "contact_told"
    FORMAT_OWED = "format_owed"
    FORMAT_DONE = "format_done"
    LEARNING_RECORDED = "learning_recorded"
    CLOCKS_RECOUNTED = "clocks_recounted"
    ASSIGNED = "assigned"
    MESSAGE_ADDED = "message_added"
    AUTOMATIC_RECORDED = "automatic_recorded"
    REPLY_SENT = "reply_sent"
    TAGS_CORRECTED = "tags_corrected"
    HAZARD_RAISED = "hazard_raised"
    HAZARD_DECIDED = "hazard_decided"
    HAZARD_STEP = "hazard_step"
    DUTY_OFFICER_TOLD = "duty_officer_told"
    ADDRESS_FAILED = "address_failed"
    ADDRESS_WORKS = "address_works"
    ANSWER_WITHHELD = "answer_withheld"
    CLOCK_WARNED = "clock_warned"
    CLOCK_BREACHED = "clock_breached"
    DELIVERY_PARKED = "delivery_parked"
    NOTED = "noted"
    CLOSED = "closed"
    REOPENED = "reopened"


class TagType(StrEnum):
    """What sort of label a tag on a case is."""

    CATEGORY = "category"
    FLAG = "flag"
    NEED = "need"


@dataclass(frozen=True, slots=True)
class CaseTag:
    """A label on a case. `source` is the classifier's version, or the officer who set it."""

    type: TagType
    label: str
    score: float = 1.0
    evidence: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a case. `summary` is a plain sentence without message text."""

    at: datetime
    actor: str
    type: EventType
    summary: str

    def __post_init__(self) -> None:
        require_aware(self.at)


@dataclass(frozen=True, slots=True)
class Case:
    """One case. Times are aware; due dates are Europe/London dates.

    `stages` are those of a complaint, the current one last; where no Code clock runs there are none. `records`
    holds everything else the Code asks to be written down. `received_at` is the first receipt on any channel.
    `kind_score` and `kind_evidence` are the classifier's; `needs_review` asks an officer to confirm the kind;
    `unread` counts messages no officer has marked as read; `raised_from` is the case, by its `id`, whose handling
    this one complains of (Code 1.5). `affects` says whether one resident or a group is complaining (1.2);
    `issue_on` and `aware_on` are the local dates the matter arose and the resident learned of it (2.3);
    `contractor` is the firm it is about, which acts for the landlord on the same case (5.4). `further` are the
    representatives after the first; there are none without a first.
    """

    reference: str
    kind: Kind
    status: Status
    channel: str
    subject: str = field(repr=False)
    opened_at: datetime
    received_at: datetime
    resident: Person
    stages: tuple[Stage, ...] = ()
    records: Records = NO_RECORDS
    kind_score: float = 0.0
    kind_evidence: tuple[str, ...] = ()
    representative: Representative | None = None
    tags: tuple[CaseTag, ...] = ()
    language: str = "en"
    needs_review: bool = False
    review_reason: str = ""
    officer_id: int | None = None
    team: str = ""
    patch: str = ""
    routing_reason: str = ""
    unread: int = 0
    raised_from: int | None = None
    affects: Literal["individual", "group"] = "individual"
    ombudsman: Ombudsman = Ombudsman.HOS
    issue_on: date | None = None
    aware_on: date | None = None
    contractor: str = ""
    further: tuple[Representative, ...] = ()
    id: int = 0

    @property
    def representatives(self) -> tuple[Representative, ...]:
        """Everybody who acts for the resident or wishes to, the first one first."""
        return (self.representative, *self.further) if self.representative else ()

    @property
    def parties(self) -> tuple[Person, ...]:
        """The resident, and every representative."""
        return (self.resident, *(r.person for r in self.representatives))

    @property
    def current(self) -> Stage | None:
        """The stage the complaint is at; None where this is no complaint."""
        return self.stages[-1] if self.stages else None

    @property
    def stage(self) -> int:
        """The number of the current stage; 1 for what is no complaint."""
        return self.stages[-1].number if self.stages else 1

    @property
    def due(self) -> DueDates | None:
        """The current stage's due dates, None where no Code clock runs."""
        return self.stages[-1].due if self.stages else None

    @property
    def acknowledged_at(self) -> datetime | None:
        """When the current stage was acknowledged."""
        return self.stages[-1].acknowledged_at if self.stages else None

    @property
    def responded_at(self) -> datetime | None:
        """When the current stage's response was issued."""
        return self.stages[-1].responded_at if self.stages else None

    @property
    def outcome(self) -> str:
        """How the current stage ended, "" while it has not."""
        ended = self.stages[-1].outcome if self.stages else None
        return ended.value if ended else ""

    @property
    def hazard(self) -> Hazard | None:
        """The hazard that is most urgent now, None where none is waiting for anything."""
        return most_urgent(self.records.hazards)

    @property
    def open(self) -> bool:
        """Whether somebody must work on this case: an answer, promise or format owed, a hazard, a message, a doubt."""
        owed = self.status in OPEN_STATUSES or self.hazard is not None or self.records.promises_waiting
        return (
            owed
            or bool(self.records.formats_waiting)
            or self.unread > 0
            or (self.needs_review and self.status is not Status.CLOSED)
        )

    def with_current(self, **changes: object) -> Case:
        """This case with some fields of its current stage changed. Raises LookupError where it has none."""
        if not self.stages:
            raise LookupError("this case has no stage")
        return replace(self, stages=(*self.stages[:-1], replace(self.stages[-1], **changes)))  # type: ignore[arg-type]

    def labels(self, tag_type: TagType) -> tuple[str, ...]:
        """The labels of one type, in order; for categories the first is the primary one."""
        return tuple(tag.label for tag in self.tags if tag.type is tag_type)

    @property
    def danger(self) -> int:
        """How dangerous to leave unread, for ordering the queue: 3 emergency, 2 a person at risk, 1 serious, 0."""
        flags = set(self.labels(TagType.FLAG))
        level = self.hazard.level if self.hazard else None
        if level is HazardLevel.EMERGENCY:
            return 3
        if flags & {Flag.SAFEGUARDING, Flag.DOMESTIC_ABUSE}:
            return 2
        return 1 if level is HazardLevel.SIGNIFICANT or Flag.HATE_INCIDENT in flags else 0


@dataclass(frozen=True, slots=True)
class Change:
    """A changed case and the events that record what changed."""

    case: Case
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class TimeRules:
    """How days are counted here: the calendar, the landlord's choices where the Code is silent, and the law's reach."""

    calendar: WorkingCalendar
    rules: Rules
    hazard_scope: tuple[ScopePeriod, ...] = IN_FORCE


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, when, and how days are counted here.

    `officer_id` is None for the service itself, and for somebody without an account (a record brought in from an
    older system).
    """

    name: str
    officer_id: int | None
    time_rules: TimeRules
    now: datetime

    @property
    def is_person(self) -> bool:
        """Whether a person acts: only a person decides or refuses a complaint (Code 2.1, 5.8)."""
        return self.name != SYSTEM

    def event(self, event_type: EventType, summary: str) -> Event:
        """An event of this act."""
        return Event(self.now, self.name, event_type, summary)


def has_code_clock(kind: Kind, needs_review: bool) -> bool:
    """Whether the Code's clocks run. A doubt between complaint and service request runs them (Code 1.4, 6.2)."""
    doubtful = (Kind.SERVICE_REQUEST, Kind.ENQUIRY)
    return kind in (Kind.COMPLAINT, Kind.ESCALATION) or (needs_review and kind in doubtful)


def clocks_of(case: Case) -> tuple[Clock, ...]:
    """Every clock the case has, met or running: the Code's, Awaab's Law's, and the dates we have promised.

    At most one of each name: of several promises of one sort, the one due soonest.
    """
    current = case.stages[-1:]
    clocks = [clock for stage in current for clock in clocks_of_stage(stage)]
    return (*clocks, *clocks_of_hazards(case.records.hazards), *_promises(case))


def _promises(case: Case) -> Iterator[Clock]:
    """The next date promised of each sort: action, remedy, Ombudsman's order, review, format."""
    records = case.records
    actions = [(a.due_on, a.opened_at) for a in records.actions if a.done_at is None]
    remedies = [(r.due_on, r.offered_at) for r in records.remedies if r.due_on and r.waiting]
    orders = [
        (order.due_on, theirs.determined_at or theirs.contacted_at)
        for theirs in records.ombudsman
        for order in theirs.orders
        if order.due_on and order.done_at is None
    ]
    formats = [(task.due_on, task.asked_at) for task in records.formats_waiting]
    over = case.status in (Status.REFUSED, Status.WITHDRAWN, Status.CLOSED)
    acting = [r for r in case.representatives if r.authority in ACTING_AUTHORITY and not over]
    ends = [(r.expires_on, case.opened_at) for r in acting if r.expires_on]
    dated: tuple[Restriction | Adjustment | PersonNeed | ContactRule, ...] = (
        *records.restrictions,
        *records.adjustments,
        *records.needs,
        *records.contact_rules,
    )
    agreed = [p for p in dated if p.reference == case.reference]
    reviews = [(p.review_on, case.opened_at) for p in agreed if p.review_on and p.ended_on is None]
    for name, clause, waiting in (
        (ClockName.ACTION, "6.6", actions),
        (ClockName.REMEDY, "7.3", remedies),
        (ClockName.ORDER, "9.7", orders),
        (ClockName.AUTHORITY, "3.6", ends),
        (ClockName.REVIEW, "5.10 and 5.14", reviews),
        (ClockName.FORMAT, "5.10", formats),
    ):
        if waiting:
            due_on, since = min(waiting)
            yield promise_clock(name, clause, since, due_on)
