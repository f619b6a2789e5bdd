"""Inbox and outbox: rows that wait, are claimed under a lease, and end done or parked. One mechanism, two tables.

Claiming counts an attempt and moves `run_at` to the end of the lease, so a row whose worker dies is simply
due again. Whoever finishes a row must still hold its lease: two workers can never both finish one.
On PostgreSQL claims skip rows that others are claiming; on SQLite writers take turns anyway.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Connection, Table, Update, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningUpdate

from intakebot.domain.message import Envelope, RawMessage
from intakebot.errors import BadInput, IntakebotError
from intakebot.store import schema
from intakebot.store.prepared import Prepared


class State(StrEnum):
    """The life of a row."""

    WAITING = "waiting"
    DONE = "done"
    PARKED = "parked"


class Outcome(StrEnum):
    """What became of an inbox row; the words of the contract."""

    CASE_OPENED = "case_opened"
    APPENDED = "appended"
    DUPLICATE = "duplicate"
    NOT_FOR_US = "not_for_us"
    AUTOMATIC = "automatic"
    PARKED = "parked"


class LeaseLost(IntakebotError):
    """Another worker has taken the row over; what this one did must not be committed."""


INBOX_ATTEMPTS = 10
"""How often a message is tried before a person sees it: some half an hour."""
_FIRST_DELAY = 2.0
_LONGEST_DELAY = 1800.0


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after so many attempts: from two seconds, doubling, to half an hour; a quarter of jitter."""
    seconds = min(_FIRST_DELAY * 2 ** min(attempts, 20), _LONGEST_DELAY)
    return timedelta(seconds=seconds * (0.75 + secrets.randbelow(1000) / 2000))


def finishing(rows: Table, *columns: str) -> Prepared:
    waiting = rows.c.state == State.WAITING.value
    mine = (rows.c.id == bindparam("held_id"), rows.c.lease == bindparam("held_by"), waiting)
    return Prepared(update(rows).where(*mine), "lease", *columns)


def claiming(rows: Table, among: Sequence[int] = (), attempted: bool | None = None) -> ReturningUpdate[Any]:
    due = select(rows.c.id).where(rows.c.state == State.WAITING.value, rows.c.run_at <= bindparam("now"))
    if attempted is not None:
        due = due.where(rows.c.attempts > 0 if attempted else rows.c.attempts == 0)
    if among:
        due = due.where(rows.c.id.in_(among))
    due = due.order_by(rows.c.run_at).limit(bindparam("most")).with_for_update(skip_locked=True)
    taken = {"lease": bindparam("worker"), "attempts": rows.c.attempts + 1, "run_at": bindparam("until")}
    return update(rows).where(rows.c.id.in_(due.scalar_subquery())).values(**taken).returning(rows)


class Queue:
    """What inbox and outbox share."""

    table: ClassVar[Table]
    most_attempts: ClassVar[int]

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _claim(
        self, statement: Prepared | ReturningUpdate[Any], worker: str, now: datetime, lease: timedelta, limit: int
    ) -> list[Any]:
        values = {"worker": worker, "now": now, "until": now + lease, "most": limit}
        if isinstance(statement, Prepared):
            rows = statement.all(self._connection, values)
        else:
            rows = self._connection.execute(statement, values).all()
        return sorted(rows, key=lambda row: int(row.id))

    def _finish(self, row_id: int, worker: str, values: dict[str, Any], prepared: Prepared | None = None) -> None:
        ending = prepared or finishing(self.table, *values)
        held = {"held_id": row_id, "held_by": worker}
        if ending.changed(self._connection, {"lease": "", **values, **held}) != 1:
            raise LeaseLost("this row is in other hands now")

    def retry_or_park(self, row_id: int, attempts: int, worker: str, reason: str, now: datetime) -> bool:
        """After a temporary failure: try again later, or park once tried often enough. True if parked."""
        if attempts >= self.most_attempts:
            self.park(row_id, worker, f"{reason} (tried {attempts} times)", now)
            return True
        self._finish(row_id, worker, {"run_at": now + retry_delay(attempts), "reason": reason})
        return False

    def park(self, row_id: int, worker: str, reason: str, now: datetime) -> None:
        """Set a row aside for a person, with the reason. Nothing is deleted by failing."""
        self._finish(row_id, worker, {"state": State.PARKED, "reason": reason, "done_at": now})

    def release_leases(self, now: datetime, worker: str = "") -> int:
        """Make due what a worker held that is known to be dead; without a name, what any did.

        All of them only for a store with one service, when that service starts.
        """
        rows = self.table
        held = rows.c.lease == worker if worker else rows.c.lease != ""
        result = self._connection.execute(
            update(rows).where(rows.c.state == State.WAITING, held).values(run_at=now, lease="")
        )
        return int(result.rowcount)

    def retry_parked(self, row_id: int, now: datetime) -> None:
        """Put a parked row back to work. Raises `BadInput` if it is not parked."""
        rows = self.table
        result = self._connection.execute(
            update(rows)
            .where(rows.c.id == row_id, rows.c.state == State.PARKED)
            .values(state=State.WAITING, run_at=now, attempts=0, lease="", reason="", done_at=None)
        )
        if result.rowcount != 1:
            raise BadInput(f"{row_id} is not parked; `intakebot parked list` shows what is")

    def waiting(self) -> int:
        """How many rows wait or are being worked."""
        rows = self.table
        return self._connection.execute(
            select(func.count()).select_from(rows).where(rows.c.state == State.WAITING)
        ).scalar_one()


@dataclass(frozen=True, slots=True)
class InboxRow:
    """An accepted message, without its bytes: `sha256` names them.

    `directive` is what a person, `directed_by`, decided where software may not: "open", or the reference to put it on.
    `reference` and `answered` say which case it went to, and whether its sender was sent an answer.
    """

    id: int
    channel: str
    external_id: str
    sha256: str
    envelope: Envelope
    received_at: datetime
    attempts: int
    state: State
    outcome: str
    reason: str
    directive: str
    directed_by: str
    reference: str
    answered: bool

    def raw(self, content: bytes) -> RawMessage:
        """The raw message again, given its bytes."""
        return RawMessage(self.channel, self.external_id, content, self.received_at, self.envelope)


class Inbox(Queue):
    """Messages accepted and durable, waiting to be read and put on a case."""

    table = schema.inbox
    most_attempts = INBOX_ATTEMPTS

    def add(self, raw: RawMessage, sha256: str, now: datetime) -> tuple[int, bool]:
        """Put a message in. Returns its row's id and whether it was there already."""
        envelope = raw.envelope
        values = {
            "channel": raw.channel,
            "external_id": raw.external_id,
            "sha256": sha256,
            "size": len(raw.content),
            "envelope": [envelope.sender, list(envelope.recipients), envelope.peer, envelope.source],
            "received_at": raw.received_at,
            "run_at": now,
        }
        if self._connection.dialect.name == "postgresql":
            inserted = self._connection.execute(_ADD_POSTGRESQL, values).scalar()
        else:
            inserted = _ADD_SQLITE.scalar(self._connection, values)
        if inserted is not None:
            return int(inserted), False
        found = self._connection.execute(_FIND, {"channel": raw.channel, "external_id": raw.external_id})
        return int(found.scalar_one()), True

    def claim(
        self,
        worker: str,
        now: datetime,
        lease: timedelta,
        limit: int,
        only: Sequence[int] = (),
        *,
        again: bool = False,
    ) -> tuple[InboxRow, ...]:
        """Take up to `limit` due rows: never tried yet, or with `again` those that were. `only` is from among these."""
        prepared = _CLAIM_AGAIN if again else _CLAIM_NEW
        statement = claiming(schema.inbox, only, again) if only else prepared
        return tuple(_inbox_row(row) for row in self._claim(statement, worker, now, lease, limit))

    def get(self, row_id: int) -> InboxRow | None:
        """One row."""
        row = self._connection.execute(select(schema.inbox).where(schema.inbox.c.id == row_id)).first()
        return _inbox_row(row) if row else None

    def of_external_id(self, channel: str, external_id: str) -> InboxRow | None:
        """The message that a channel handed in under this id."""
        rows = schema.inbox
        named = (rows.c.channel == channel, rows.c.external_id == external_id)
        row = self._connection.execute(select(rows).where(*named)).first()
        return _inbox_row(row) if row else None

    def end(
        self, row_id: int, worker: str, outcome: Outcome, reference: str, answered: bool, reason: str, now: datetime
    ) -> None:
        """The message is dealt with, or parked for a person. Raises `LeaseLost` if another worker has the row."""
        state = State.PARKED if outcome is Outcome.PARKED else State.DONE
        values = {"state": state, "outcome": outcome, "reference": reference, "answered": answered}
        self._finish(row_id, worker, values | {"reason": reason, "done_at": now}, _END)

    def park(self, row_id: int, worker: str, reason: str, now: datetime) -> None:
        self.end(row_id, worker, Outcome.PARKED, "", False, reason, now)

    def dismiss(self, row_id: int, reason: str, now: datetime) -> None:
        """A person says there is nothing to do about a parked message. Raises `BadInput` if it is not parked."""
        rows = schema.inbox
        values = {"state": State.DONE, "outcome": Outcome.NOT_FOR_US, "reason": reason, "done_at": now}
        self._decide(update(rows).where(rows.c.id == row_id, rows.c.state == State.PARKED).values(**values))

    def direct(self, row_id: int, directive: str, by: str, now: datetime) -> None:
        """A person says what is to happen to a message that is on no case; it goes back to work at once.

        Raises `BadInput` if it is on a case, or being worked.
        """
        rows = schema.inbox
        self._decide(
            update(rows)
            .where(
                rows.c.id == row_id,
                rows.c.state.in_([State.PARKED, State.DONE]),
                rows.c.outcome.in_([Outcome.PARKED, Outcome.NOT_FOR_US, Outcome.AUTOMATIC]),
            )
            .values(
                state=State.WAITING,
                outcome="",
                directive=directive,
                directed_by=by,
                run_at=now,
                attempts=0,
                reason="",
                done_at=None,
            )
        )

    def _decide(self, statement: Update) -> None:
        if self._connection.execute(statement).rowcount != 1:
            raise BadInput("Somebody else has dealt with this message already")


def _inbox_row(row: Any) -> InboxRow:
    sender, recipients, peer, source = row.envelope
    return InboxRow(
        id=row.id,
        channel=row.channel,
        external_id=row.external_id,
        sha256=row.sha256,
        envelope=Envelope(sender, tuple(recipients), peer, source),
        received_at=row.received_at,
        attempts=row.attempts,
        state=State(row.state),
        outcome=row.outcome,
        reason=row.reason,
        directive=row.directive,
        directed_by=row.directed_by,
        reference=row.reference,
        answered=row.answered,
    )


_KEY = (schema.inbox.c.channel, schema.inbox.c.external_id)
_ADD_SQLITE = Prepared(
    sqlite.insert(schema.inbox).on_conflict_do_nothing(index_elements=_KEY).returning(schema.inbox.c.id)
)
_ADD_POSTGRESQL = (
    postgresql.insert(schema.inbox).on_conflict_do_nothing(index_elements=_KEY).returning(schema.inbox.c.id)
)
_FIND = select(schema.inbox.c.id).where(
    schema.inbox.c.channel == bindparam("channel"), schema.inbox.c.external_id == bindparam("external_id")
)
_CLAIM_NEW = Prepared(claiming(schema.inbox, attempted=False))
_CLAIM_AGAIN = Prepared(claiming(schema.inbox, attempted=True))
_END = finishing(schema.inbox, "state", "outcome", "reference", "answered", "reason", "done_at")
