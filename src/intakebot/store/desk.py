"""The desk: read models for the staff pages beside the cases. Letters out, what waits for a person, figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, func, select

from intakebot.domain.message import OutboundMessage, Purpose
from intakebot.domain.needs import FormatTask
from intakebot.store import schema
from intakebot.store.outbound_json import from_json
from intakebot.store.queues import Outcome, State


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter of ours. `reference` is its case's, "" for none; `receipt` is what the far side said when it took it."""

    id: int
    reference: str
    purpose: str
    state: str
    reason: str
    receipt: str
    attempts: int
    created_at: datetime
    done_at: datetime | None
    message: OutboundMessage


def _shown(message: OutboundMessage) -> OutboundMessage:
    """A letter as staff may read it: the private link of somebody's form is for them alone."""
    if message.purpose is not Purpose.SAVED_FORM:
        return message
    return replace(message, text="It holds the private link of a form, which is for its reader alone.", html="")


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted for Prometheus. `outcomes` pairs each final outcome with how many messages had it."""

    inbox_waiting: int
    inbox_parked: int
    outbox_waiting: int
    outbox_parked: int
    acknowledgements_owed: int
    cases_open: int
    cases_overdue: int
    outcomes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FormatWaiting:
    """A format somebody still has to make: on which case, for whom, and who has the case; "" for nobody."""

    reference: str
    task: FormatTask
    person: str
    officer: str
    team: str


class Desk:
    """Read models for the staff pages beside the cases."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def letters(self, states: Sequence[State], limit: int = 100) -> tuple[Letter, ...]:
        """Letters in these states, the newest first."""
        return self._letters(schema.outbox.c.state.in_(list(states)), limit)

    def letter(self, letter_id: int) -> Letter | None:
        """One letter."""
        found = self._letters(schema.outbox.c.id == letter_id, 1)
        return found[0] if found else None

    def _letters(self, where: Any, limit: int) -> tuple[Letter, ...]:
        sent, rows = schema.outbox, schema.cases
        query = select(sent, rows.c.reference).outerjoin(rows, rows.c.id == sent.c.case_id).where(where)
        return tuple(
            Letter(
                id=row.id,
                reference=row.reference or "",
                purpose=row.purpose,
                state=row.state,
                reason=row.reason,
                receipt=row.receipt,
                attempts=row.attempts,
                created_at=row.created_at,
                done_at=row.done_at,
                message=_shown(from_json(row.message)),
            )
            for row in self._connection.execute(query.order_by(sent.c.id.desc()).limit(limit))
        )

    def parked(self) -> tuple[int, int]:
        """How many received messages, and how many letters, wait for a person."""
        arrived, sent = schema.inbox, schema.outbox
        received = self._count(arrived, arrived.c.outcome == Outcome.PARKED, arrived.c.state == State.PARKED)
        return received, self._count(sent, sent.c.state == State.PARKED)

    def formats(self, limit: int) -> tuple[FormatWaiting, ...]:
        """What somebody still has to make or do so that letters reach their readers, the soonest due first."""
        held, rows, people, staff = schema.case_records, schema.cases, schema.people, schema.staff
        task = held.c.fields
        query = (
            select(rows.c.reference, rows.c.team, task, people.c.name, people.c.email, staff.c.name.label("officer"))
            .join(rows, rows.c.id == held.c.case_id)
            .join(people, people.c.id == task["person_id"].as_integer())
            .outerjoin(staff, staff.c.id == rows.c.officer_id)
            .where(held.c.type == "format_tasks", task["done_at"].as_string().is_(None))
            .order_by(task["due_on"].as_string(), held.c.case_id, held.c.number)
        )
        read = TypeAdapter(FormatTask).validate_python
        return tuple(
            FormatWaiting(row.reference, read(row.fields), row.name or row.email, row.officer or "", row.team)
            for row in self._connection.execute(query.limit(limit))
        )

    def case_of(self, inbox_id: int) -> str:
        """The reference of the case a received message is on, "" for none."""
        read, rows = schema.messages, schema.cases
        query = select(rows.c.reference).join(read, read.c.case_id == rows.c.id).where(read.c.inbox_id == inbox_id)
        return self._connection.execute(query).scalar() or ""

    def figures(self, now: datetime) -> Figures:
        """Everything Prometheus is told, counted now."""
        arrived, sent, cases = schema.inbox, schema.outbox, schema.cases
        parked_in, parked_out = self.parked()
        by_outcome = select(arrived.c.outcome, func.count()).where(arrived.c.outcome != "").group_by(arrived.c.outcome)
        counted = {row[0]: row[1] for row in self._connection.execute(by_outcome)}
        return Figures(
            inbox_waiting=self._count(arrived, arrived.c.state == State.WAITING),
            inbox_parked=parked_in,
            outbox_waiting=self._count(sent, sent.c.state == State.WAITING),
            outbox_parked=parked_out,
            acknowledgements_owed=self._count(
                cases, schema.IS_OPEN, cases.c.ack_due.is_not(None), cases.c.acknowledged_at.is_(None)
            ),
            cases_open=self._count(cases, schema.IS_OPEN),
            cases_overdue=self._count(cases, schema.IS_OPEN, cases.c.next_due_at <= now),
            outcomes=tuple(
                (outcome.value, counted.get(outcome, 0)) for outcome in Outcome if outcome is not Outcome.PARKED
            ),
        )

    def _count(self, table: Any, *where: Any) -> int:
        return self._connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()
