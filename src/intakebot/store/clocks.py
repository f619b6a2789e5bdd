"""Clocks in the store: each with how far its warnings have got and when it next needs looking at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from intakebot.domain.timescales import Clock
from intakebot.store import schema
from intakebot.store.prepared import Prepared


@dataclass(frozen=True, slots=True)
class StoredClock:
    """A clock of a case. `steps_done` counts the warnings and breaches already told."""

    id: int
    case_id: int
    name: str
    clause: str
    starts_at: datetime
    due_at: datetime
    due_on: date | None
    met_at: datetime | None
    steps_done: int


class Clocks:
    """Clocks by when they next need looking at."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, case_id: int, steps: Sequence[tuple[Clock, datetime | None]]) -> None:
        """Keep a new case's clocks, each with the time of its first step."""
        rows = [_columns(clock) | {"case_id": case_id, "next_step_at": at} for clock, at in steps]
        _INSERT.each(self._connection, rows)

    def update(self, case_id: int, steps: Sequence[tuple[Clock, datetime | None]]) -> None:
        """Make the stored clocks these. One gone is removed.

        One whose due time changed, or that was met and is owed again, starts its warnings over.
        """
        rows = schema.clocks
        held = {row.name: row for row in self._connection.execute(select(rows).where(rows.c.case_id == case_id))}
        for clock, next_step_at in steps:
            row = held.pop(clock.name.value, None)
            if row is None:
                self.begin(case_id, [(clock, next_step_at)])
                continue
            values = _columns(clock)
            if row.due_at != clock.due_at or (row.met_at is not None and clock.met_at is None):
                values |= {"next_step_at": next_step_at, "steps_done": 0}
            self._connection.execute(update(rows).where(rows.c.id == row.id).values(**values))
        if held:
            self._connection.execute(delete(rows).where(rows.c.id.in_([row.id for row in held.values()])))

    def due(self, now: datetime, limit: int) -> tuple[StoredClock, ...]:
        """Running clocks with a step at or before now. Two watchers on PostgreSQL never get the same one."""
        rows = schema.clocks
        query = (
            select(rows)
            .where(rows.c.met_at.is_(None), rows.c.next_step_at <= now)
            .order_by(rows.c.next_step_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return tuple(_clock(row) for row in self._connection.execute(query))

    def stepped(self, clock_id: int, steps_done: int, next_step_at: datetime | None) -> None:
        """So many steps are done; the next is then, or there is none."""
        rows = schema.clocks
        self._connection.execute(
            update(rows).where(rows.c.id == clock_id).values(steps_done=steps_done, next_step_at=next_step_at)
        )

    def of_case(self, case_id: int) -> tuple[StoredClock, ...]:
        """The clocks of a case, soonest first."""
        rows = schema.clocks
        query = select(rows).where(rows.c.case_id == case_id).order_by(rows.c.due_at, rows.c.id)
        return tuple(_clock(row) for row in self._connection.execute(query))


_INSERT = Prepared(insert(schema.clocks))


def _columns(clock: Clock) -> dict[str, Any]:
    return {
        "name": clock.name.value,
        "clause": clock.clause,
        "starts_at": clock.starts_at,
        "due_at": clock.due_at,
        "due_on": clock.due_on,
        "met_at": clock.met_at,
    }


def _clock(row: Any) -> StoredClock:
    return StoredClock(
        row.id, row.case_id, row.name, row.clause, row.starts_at, row.due_at, row.due_on, row.met_at, row.steps_done
    )
