"""The outbox: messages of ours, from the decision to send one until the far side has taken it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from intakebot.domain.message import OutboundMessage, Purpose
from intakebot.store import schema
from intakebot.store.outbound_json import from_json, to_json
from intakebot.store.prepared import Prepared
from intakebot.store.queues import Queue, State, claiming, finishing

OUTBOX_ATTEMPTS = 100
"""How often a letter is tried: about two days, because a smarthost may be down for a night."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message decided and not yet sent."""

    id: int
    case_id: int | None
    channel: str
    attempts: int
    state: State
    message: OutboundMessage


class Outbox(Queue):
    """Messages decided in the same transaction as what they are about, waiting to be sent."""

    table = schema.outbox
    most_attempts = OUTBOX_ATTEMPTS

    def put(self, message: OutboundMessage, case_id: int | None, now: datetime) -> int:
        """Decide to send a message."""
        values = {
            "case_id": case_id,
            "channel": message.channel,
            "purpose": message.purpose.value,
            "message_id": message.message_id,
            "recipient_key": message.to[0].key,
            "automatic": bool(message.auto_submitted),
            "created_at": now,
            "message": to_json(message),
            "state": State.WAITING.value,
            "run_at": now,
        }
        return int(_PUT.scalar(self._connection, values))

    def put_given(self, message: OutboundMessage, case_id: int, how: str, now: datetime) -> None:
        """Keep a letter that an officer gave the person another way: it is done, and never sent by us."""
        row_id = self.put(message, case_id, now)
        rows = schema.outbox
        given = {"state": State.DONE.value, "receipt": how, "done_at": now}
        self._connection.execute(update(rows).where(rows.c.id == row_id).values(**given))

    def claim(self, worker: str, now: datetime, lease: timedelta, limit: int) -> tuple[OutboxRow, ...]:
        """Take up to `limit` due rows for `worker`."""
        return tuple(_outbox_row(row) for row in self._claim(_CLAIM_LETTERS, worker, now, lease, limit))

    def get(self, row_id: int) -> OutboxRow | None:
        """One row."""
        row = self._connection.execute(select(schema.outbox).where(schema.outbox.c.id == row_id)).first()
        return _outbox_row(row) if row else None

    def sent(self, row_id: int, worker: str, receipt: str, now: datetime) -> None:
        """The far side has taken it."""
        self._finish(row_id, worker, {"state": State.DONE, "receipt": receipt, "reason": "", "done_at": now}, _SENT)

    def forget_words(self, row_id: int) -> None:
        """Keep of a message only that it went, when, and to whom."""
        rows = schema.outbox
        row = self._connection.execute(select(rows.c.message).where(rows.c.id == row_id)).one()
        blank = to_json(replace(from_json(row.message), text="", html=""))
        self._connection.execute(update(rows).where(rows.c.id == row_id).values(message=blank))

    def automatic_since(self, address_key: str, since: datetime) -> int:
        """How many automatic messages about cases were decided for this address since then."""
        values = {"key": address_key, "since": since}
        return int(_AUTOMATIC_SINCE.scalar(self._connection, values))

    def links_since(self, address_key: str, since: datetime) -> int:
        """How many links to saved forms were sent to this address since then: anybody may have asked for them."""
        rows = schema.outbox
        links = (rows.c.recipient_key == address_key, rows.c.created_at >= since, rows.c.purpose == Purpose.SAVED_FORM)
        return int(self._connection.execute(select(func.count()).select_from(rows).where(*links)).scalar_one())

    def of_message_id(self, message_id: str) -> OutboxRow | None:
        """The message we sent under this Message-ID."""
        rows = schema.outbox
        row = self._connection.execute(select(rows).where(rows.c.message_id == message_id)).first()
        return _outbox_row(row) if row else None


def _outbox_row(row: Any) -> OutboxRow:
    return OutboxRow(row.id, row.case_id, row.channel, row.attempts, State(row.state), from_json(row.message))


_PUT = Prepared(insert(schema.outbox).returning(schema.outbox.c.id))
_CLAIM_LETTERS = Prepared(claiming(schema.outbox))
_SENT = finishing(schema.outbox, "state", "receipt", "reason", "done_at")
_AUTOMATIC_SINCE = Prepared(
    select(func.count())
    .select_from(schema.outbox)
    .where(
        schema.outbox.c.recipient_key == bindparam("key"),
        schema.outbox.c.created_at >= bindparam("since"),
        schema.outbox.c.automatic,
        schema.outbox.c.purpose != Purpose.SAVED_FORM.value,
    )
)
