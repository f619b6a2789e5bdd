"""Read models: what pages and commands show. They only read, and return values, never rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select, text

from intakebot.domain.case import Case, Event, EventType, Status
from intakebot.domain.message import Address
from intakebot.store import schema
from intakebot.store.cases import Cases
from intakebot.store.clocks import Clocks, StoredClock
from intakebot.store.outbound_json import from_json
from intakebot.store.queues import Outcome, State


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which cases to list; an empty field does not narrow. `overdue_at` keeps cases due before that moment.

    `closed_before` keeps cases that are closed, and were before that moment.
    """

    team: str = ""
    officer_id: int | None = None
    kind: str = ""
    status: str = ""
    category: str = ""
    needs_review: bool = False
    overdue_at: datetime | None = None
    closed_before: datetime | None = None
    open_only: bool = True


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a page of the queue ended, so that the next begins after it."""

    danger: int
    next_due_at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A case in a list. `due_on` is the date its nearest clock ends, None where none runs."""

    id: int
    reference: str
    kind: str
    status: str
    primary_category: str
    subject: str
    danger: int
    next_due_at: datetime
    ack_due: date | None
    response_due: date | None
    acknowledged: bool
    hazard_due_at: datetime | None
    received_at: datetime
    resident: str
    officer: str
    team: str
    needs_review: bool
    unread: int
    stage: int = 1
    extended_to: date | None = None
    backstop: date | None = None
    hazard_level: str = ""

    @property
    def place(self) -> QueuePlace:
        """Where this row stands in the queue."""
        return QueuePlace(self.danger, self.next_due_at, self.id)

    @property
    def due_on(self) -> date | None:
        """The date of the Code duty that is next, extended where it was."""
        return (self.extended_to or self.response_due) if self.acknowledged else self.ack_due


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """An attachment of a stored message."""

    id: int
    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message on a case or set aside. `direction` is "in" or "out"; `state` is an outgoing one's delivery."""

    id: int
    direction: str
    channel: str
    sender: str
    sender_name: str
    subject: str
    segments: tuple[tuple[str, str], ...]
    received_at: datetime
    external_id: str
    inbox_id: int = 0
    automatic: str = ""
    attachments: tuple[StoredAttachment, ...] = ()
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    notes: tuple[str, ...] = ()
    purpose: str = ""
    state: str = ""
    reason: str = ""
    html: str = ""
    recipients: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(text for _, text in self.segments)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything about one case."""

    case: Case
    officer: str
    messages: tuple[StoredMessage, ...]
    events: tuple[Event, ...]
    clocks: tuple[StoredClock, ...]


@dataclass(frozen=True, slots=True)
class SetAside:
    """An inbox or outbox row that is not on its way: parked, automatic, or not for us."""

    id: int
    channel: str
    state: str
    outcome: str
    reason: str
    received_at: datetime
    size: int
    attempts: int
    sha256: str
    sender: str
    subject: str
    readable: bool


class Views:
    """Read models for pages and commands."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def queue(self, wanted: QueueFilter, after: QueuePlace | None = None, limit: int = 50) -> tuple[QueueRow, ...]:
        """A page of cases, most dangerous first, then by what is due soonest."""
        rows = schema.cases
        query = _queue_columns().where(*_narrow(wanted))
        if after is not None:
            query = query.where(
                (rows.c.danger < after.danger)
                | (
                    (rows.c.danger == after.danger)
                    & (
                        (rows.c.next_due_at > after.next_due_at)
                        | ((rows.c.next_due_at == after.next_due_at) & (rows.c.id > after.id))
                    )
                )
            )
        query = query.order_by(*_QUEUE_ORDER).limit(limit)
        return tuple(_queue_row(row) for row in self._connection.execute(query))

    def count(self, wanted: QueueFilter, up_to: int) -> int:
        """How many cases the filter finds, counted no further than `up_to`."""
        # In the queue's order, for its index holds what narrows it; without, SQLite may read every case instead.
        limited = select(schema.cases.c.id).where(*_narrow(wanted)).order_by(*_QUEUE_ORDER).limit(up_to).subquery()
        return self._connection.execute(select(func.count()).select_from(limited)).scalar_one()

    def case_file(self, reference: str) -> CaseFile | None:
        """Everything about the case with this reference."""
        found = Cases(self._connection).get(reference)
        if found is None:
            return None
        events = self._connection.execute(
            select(schema.events).where(schema.events.c.case_id == found.id).order_by(schema.events.c.id)
        )
        officer = self._connection.execute(
            select(schema.staff.c.name).where(schema.staff.c.id == found.officer_id)
        ).scalar()
        return CaseFile(
            case=found,
            officer=officer or "",
            messages=self.messages(found.id),
            events=tuple(Event(e.at, e.actor, EventType(e.type), e.summary) for e in events),
            clocks=Clocks(self._connection).of_case(found.id),
        )

    def messages(self, case_id: int) -> tuple[StoredMessage, ...]:
        """Messages in and out of a case, in the order they came and went."""
        rows, sent = schema.messages, schema.outbox
        received = self._stored(select(rows).where(rows.c.case_id == case_id))
        letters = self._connection.execute(select(sent).where(sent.c.case_id == case_id))
        both = [*received, *(outward(row) for row in letters)]
        return tuple(sorted(both, key=lambda m: (m.received_at, m.direction, m.id)))

    def message_of_inbox(self, inbox_id: int) -> StoredMessage | None:
        """The message read from an inbox row."""
        found = self._stored(select(schema.messages).where(schema.messages.c.inbox_id == inbox_id))
        return found[0] if found else None

    def _stored(self, query: Select[Any]) -> list[StoredMessage]:
        found = self._connection.execute(query).all()
        files: dict[int, list[StoredAttachment]] = {}
        held = schema.attachments
        for row in self._connection.execute(
            select(held).where(held.c.message_id.in_([m.id for m in found])).order_by(held.c.id)
        ):
            files.setdefault(row.message_id, []).append(
                StoredAttachment(row.id, row.filename, row.content_type, row.size, row.sha256, row.inline)
            )
        return [_inward(row, tuple(files.get(row.id, ()))) for row in found]

    def attachment(self, attachment_id: int) -> tuple[StoredAttachment, int | None] | None:
        """An attachment and the case its message is on."""
        held, rows = schema.attachments, schema.messages
        row = self._connection.execute(
            select(held, rows.c.case_id).join(rows, rows.c.id == held.c.message_id).where(held.c.id == attachment_id)
        ).first()
        if row is None:
            return None
        return StoredAttachment(row.id, row.filename, row.content_type, row.size, row.sha256, row.inline), row.case_id

    def set_aside(self, outcomes: Sequence[Outcome], limit: int = 100, inbox_id: int = 0) -> tuple[SetAside, ...]:
        """Inbox rows with these outcomes, the newest first; with `inbox_id`, only that one."""
        rows, read = schema.inbox, schema.messages
        query = (
            select(rows, read.c.sender_email, read.c.subject, read.c.id.label("read_id"))
            .outerjoin(read, read.c.inbox_id == rows.c.id)
            .where(rows.c.outcome.in_(list(outcomes)))
            .order_by(rows.c.id.desc())
            .limit(limit)
        )
        if inbox_id:
            query = query.where(rows.c.id == inbox_id)
        if tuple(outcomes) == (Outcome.PARKED,):
            query = query.where(rows.c.state == State.PARKED)
        return tuple(
            SetAside(
                id=row.id,
                channel=row.channel,
                state=row.state,
                outcome=row.outcome,
                reason=row.reason,
                received_at=row.received_at,
                size=row.size,
                attempts=row.attempts,
                sha256=row.sha256,
                sender=row.sender_email or (row.envelope[0] or ""),
                subject=row.subject or "",
                readable=row.read_id is not None,
            )
            for row in self._connection.execute(query)
        )

    def suggested_cases(self, inbox_id: int) -> tuple[str, ...]:
        """References of the cases a parked message may belong to."""
        noted, rows = schema.candidates, schema.cases
        query = select(rows.c.reference).join(noted, noted.c.case_id == rows.c.id).where(noted.c.inbox_id == inbox_id)
        return tuple(self._connection.execute(query.order_by(noted.c.id)).scalars())


_QUEUE_ORDER = (schema.cases.c.danger.desc(), schema.cases.c.next_due_at, schema.cases.c.id)


def _queue_columns() -> Select[Any]:
    rows = schema.cases
    return (
        select(rows, schema.people.c.name.label("resident_name"), schema.people.c.email.label("resident_email"))
        .add_columns(schema.staff.c.name.label("officer_name"))
        .join(schema.people, schema.people.c.id == rows.c.resident_id)
        .outerjoin(schema.staff, schema.staff.c.id == rows.c.officer_id)
    )


def _narrow(wanted: QueueFilter) -> list[Any]:
    rows = schema.cases
    where: list[Any] = [schema.IS_OPEN] if wanted.open_only else []
    if wanted.team:
        where.append(rows.c.team == wanted.team)
    if wanted.officer_id is not None:
        where.append(rows.c.officer_id == wanted.officer_id)
    if wanted.kind:
        where.append(rows.c.kind == wanted.kind)
    if wanted.status:
        where.append(rows.c.status == wanted.status)
    if wanted.category:
        tags = schema.tags
        tagged = select(tags.c.id).where(tags.c.case_id == rows.c.id, tags.c.label == wanted.category)
        where.append(tagged.where(tags.c.type == "category").exists())
    if wanted.needs_review:
        where.append(text("cases.needs_review"))
    if wanted.overdue_at is not None:
        where.append(rows.c.next_due_at <= wanted.overdue_at)
    if wanted.closed_before is not None:
        events = schema.events
        closings = select(func.max(events.c.at)).where(events.c.case_id == rows.c.id, events.c.type == EventType.CLOSED)
        where += [rows.c.status == Status.CLOSED, closings.scalar_subquery() < wanted.closed_before]
    return where


def _queue_row(row: Any) -> QueueRow:
    return QueueRow(
        id=row.id,
        reference=row.reference,
        kind=row.kind,
        status=row.status,
        primary_category=row.primary_category,
        subject=row.subject,
        danger=row.danger,
        next_due_at=row.next_due_at,
        ack_due=row.ack_due,
        response_due=row.response_due,
        acknowledged=row.acknowledged_at is not None,
        hazard_due_at=row.hazard_due_at,
        received_at=row.received_at,
        resident=row.resident_name or row.resident_email,
        officer=row.officer_name or "",
        team=row.team,
        needs_review=row.needs_review,
        unread=row.unread,
        stage=row.stage,
        extended_to=row.extended_to,
        backstop=row.backstop,
        hazard_level=row.hazard_level,
    )


def _inward(row: Any, files: tuple[StoredAttachment, ...]) -> StoredMessage:
    return StoredMessage(
        id=row.id,
        direction="in",
        channel=row.channel,
        sender=row.sender_email,
        sender_name=row.sender_name,
        subject=row.subject,
        segments=tuple((role, text) for role, text in row.segments),
        received_at=row.received_at,
        external_id=row.message_id,
        inbox_id=row.inbox_id,
        automatic=row.automatic,
        attachments=files,
        spf=row.spf,
        dkim=row.dkim,
        dmarc=row.dmarc,
        notes=tuple(row.notes),
        recipients=tuple(str(Address(*pair)) for pair in row.recipients),
    )


def outward(row: Any) -> StoredMessage:
    message = from_json(row.message)
    return StoredMessage(
        id=row.id,
        direction="out",
        channel=row.channel,
        sender="",
        sender_name="",
        subject=message.subject,
        segments=(("new", message.text),),
        received_at=row.created_at,
        external_id=message.message_id,
        automatic=message.auto_submitted,
        purpose=row.purpose,
        state=row.state,
        reason=row.reason,
        html=message.html,
        recipients=tuple(str(a) for a in (*message.to, *message.cc)),
    )
