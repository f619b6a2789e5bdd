"""A case: our record of one matter, its tags, events and clocks. What may happen to it is in `acts`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from intakebot.domain.hazards import Hazard
from intakebot.domain.labels import Flag, Kind
from intakebot.domain.message import require_aware
from intakebot.domain.people import Person, Representative
from intakebot.domain.timescales import Clock, DueDates, Rules, stage_clocks
from intakebot.domain.working_days import WorkingCalendar

SYSTEM = "intakebot"


class Status(StrEnum):
    """Where a case stands: received → acknowledged → responded → closed."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    RESPONDED = "responded"
    CLOSED = "closed"


OPEN_STATUSES = frozenset({Status.RECEIVED, Status.ACKNOWLEDGED})


class EventType(StrEnum):
    """What can happen to a case, in the past tense; the Code file's event list, as far as it is built."""

    RECEIVED = "received"
    LOGGED = "logged"
    RECEIPT_SENT = "receipt_sent"
    KIND_DECIDED = "kind_decided"
    ACKNOWLEDGED = "acknowledged"
    ACKNOWLEDGEMENT_FAILED = "acknowledgement_failed"
    ASSIGNED = "assigned"
    MESSAGE_ADDED = "message_added"
    AUTOMATIC_RECORDED = "automatic_recorded"
    REPLY_SENT = "reply_sent"
    TAGS_CORRECTED = "tags_corrected"
    HAZARD_RAISED = "hazard_raised"
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
    """One case. Times are aware; due dates are Europe/London dates. `due` is None where no Code clock runs.

    `kind_score` and `kind_evidence` are the classifier's; `needs_review` asks an officer to confirm the kind;
    `unread` counts messages no officer has marked as read; `raised_from` is the case, by its `id`, whose handling
    this one complains of (Code 1.5).
    """

    reference: str
    kind: Kind
    status: Status
    channel: str
    subject: str = field(repr=False)
    opened_at: datetime
    received_at: datetime
    resident: Person
    stage: int = 1
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
    due: DueDates | None = None
    acknowledged_at: datetime | None = None
    responded_at: datetime | None = None
    outcome: str = ""
    hazard: Hazard | None = None
    hazard_ended_at: datetime | None = None
    unread: int = 0
    raised_from: int | None = None
    id: int = 0

    @property
    def open(self) -> bool:
        """Whether the landlord still owes something on this case."""
        return self.status in OPEN_STATUSES

    def labels(self, tag_type: TagType) -> tuple[str, ...]:
        """The labels of one type, in order; for categories the first is the primary one."""
        return tuple(tag.label for tag in self.tags if tag.type is tag_type)

    @property
    def danger(self) -> int:
        """How dangerous to leave unread, for ordering the queue: 3 emergency, 2 a person at risk, 1 serious, 0."""
        flags = set(self.labels(TagType.FLAG))
        if Flag.EMERGENCY_HAZARD in flags:
            return 3
        if flags & {Flag.SAFEGUARDING, Flag.DOMESTIC_ABUSE}:
            return 2
        return 1 if flags & {Flag.SIGNIFICANT_HAZARD, Flag.HATE_INCIDENT} else 0


@dataclass(frozen=True, slots=True)
class Change:
    """A changed case and the events that record what changed."""

    case: Case
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class TimeRules:
    """How days are counted here: the calendar and the landlord's choices where the Code is silent."""

    calendar: WorkingCalendar
    rules: Rules


def has_code_clock(kind: Kind, needs_review: bool) -> bool:
    """Whether the Code's clocks run. A doubt between complaint and service request runs them (Code 1.4, 6.2)."""
    doubtful = (Kind.SERVICE_REQUEST, Kind.ENQUIRY)
    return kind in (Kind.COMPLAINT, Kind.ESCALATION) or (needs_review and kind in doubtful)


def clocks_of(case: Case) -> tuple[Clock, ...]:
    """Every clock the case has, met or running, as the Code and Awaab's Law set them."""
    clocks: list[Clock] = []
    if case.due is not None:
        clocks += stage_clocks(case.due, case.stage, case.received_at, case.acknowledged_at, case.responded_at)
    if case.hazard:
        clocks.append(replace(case.hazard.clock, met_at=case.hazard_ended_at))
    return tuple(clocks)
