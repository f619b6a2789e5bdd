"""Recounting in the store: open cases read by the thousand, and what moved written back with no more than it takes.

A changed calendar can move every open case, so this goes past the ordinary loading and saving: it reads only what
due dates hang on, and writes only the columns that hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from intakebot.domain.case import SYSTEM, EventType
from intakebot.domain.hazards import Hazard
from intakebot.domain.stages import Extension, Stage
from intakebot.domain.timescales import Clock, ClockName, DueDates
from intakebot.store import schema
from intakebot.store.clocks import Clocks
from intakebot.store.prepared import run_on_sqlite
from intakebot.store.records import extensions as written_extensions


class OpenCase(NamedTuple):
    """What the due dates of one open case hang on: the stage that is still to be answered, if any, and its hazards.

    `number` is None without such a stage. `counted` are its due dates as they are stored, only to be compared.
    """

    id: int
    number: int | None
    received_at: datetime
    acknowledged_at: datetime | None
    counted: tuple[Any, ...]
    extensions: str | None
    hazards: tuple[Hazard, ...]

    @property
    def stage(self) -> Stage | None:
        """The stage, as far as it is read: its number, moments, due dates and extensions."""
        if self.number is None:
            return None
        ack_due, response_due, extended_due, backstop, deemed = map(_day, self.counted)
        due = DueDates(ack_due, response_due, extended_due, backstop, deemed, self.acknowledged_at is None)
        return Stage(self.number, self.received_at, due, self.acknowledged_at, extensions=self.granted)

    @property
    def granted(self) -> tuple[Extension, ...]:
        """The stage's extensions, in the order they were told."""
        return written_extensions().validate_json(self.extensions) if self.extensions else ()


@dataclass(frozen=True, slots=True)
class MovedClock:
    """A clock's new last day, the midnight after it, and when its warnings begin again; None where it is met."""

    name: ClockName
    due_on: date
    due_at: datetime
    next_step_at: datetime | None


@dataclass(frozen=True, slots=True)
class Moved:
    """What a recount changed on a case: the stage, None where it stayed; hazards; clocks; and the words for staff.

    `hazard_due_at` is the limit of the case's most urgent hazard. `begun` are clocks that were not watched before,
    each with its first step, `gone` those no longer watched. Of a stage without extensions only the number and the
    due dates are kept, so one value serves every case that is counted alike.
    """

    stage: Stage | None
    hazards: tuple[Hazard, ...]
    hazard_due_at: datetime | None
    clocks: tuple[MovedClock, ...]
    begun: tuple[tuple[Clock, datetime | None], ...]
    gone: tuple[ClockName, ...]
    said: str


class Recount:
    """Open cases as a recount sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open_cases(self, after: int, limit: int) -> list[OpenCase]:
        """The next open cases by id; where several services share a database, locked until this transaction ends."""
        if self._connection.dialect.name == "postgresql":
            rows = schema.cases
            ids = select(rows.c.id).where(rows.c.id > after, schema.IS_OPEN).order_by(rows.c.id).limit(limit)
            self._connection.execute(ids.with_for_update()).all()
        found = self._run(_OPEN, (after, limit))
        hazards: dict[int, list[Hazard]] = {}
        for case_id, fields in self._run(_HAZARDS, (found[0][0], found[-1][0])) if found else ():
            hazards.setdefault(case_id, []).append(_hazard().validate_json(fields))
        return [
            OpenCase(
                case_id,
                number,
                _moment(received) or _NO_STAGE,
                _moment(acknowledged),
                tuple(counted),
                extensions,
                tuple(hazards.get(case_id, ())),
            )
            for case_id, number, received, acknowledged, extensions, *counted in found
        ]

    def save(self, moves: Sequence[tuple[Moved, Sequence[int]]], now: datetime) -> None:
        """Keep what moved, each for the cases with these ids, and on every one an event that says so."""
        self._each(_END_CLOCK, moves, lambda move: ((name.value,) for name in move.gone))
        for move, case_ids in moves:
            for case_id in case_ids if move.begun else ():
                Clocks(self._connection).begin(case_id, move.begun)
        self._each(_SET_CLOCK, moves, _clock_values)
        self._each(_SET_STAGE, moves, _stage_values)
        self._each(_SET_CASE, moves, _case_values)
        self._each(_SET_HAZARD, moves, _hazard_values)
        self._each(_SET_HAZARD_DUE, moves, lambda move: ((_text(move.hazard_due_at),) if move.hazards else (),))
        said = (_text(now), SYSTEM, EventType.CLOCKS_RECOUNTED.value)
        self._each(_SAY, moves, lambda move: ((*said, move.said) if move.said else (),))

    def _each(
        self,
        statement: str,
        moves: Sequence[tuple[Moved, Sequence[int]]],
        values: Callable[[Moved], Iterable[tuple[Any, ...]]],
    ) -> None:
        """Run a statement with every tuple of values a move has, each followed by the id of every case it moved."""
        rows = [(*row, case_id) for move, case_ids in moves for row in values(move) if row for case_id in case_ids]
        if rows and self._connection.dialect.name == "sqlite":
            run_on_sqlite(self._connection, statement, *rows)
        elif rows:
            self._connection.exec_driver_sql(_for_postgresql(statement), rows)

    def _run(self, query: str, values: tuple[Any, ...]) -> Sequence[Any]:
        """Rows as the driver gives them: SQLAlchemy's conversions would take longer than the database."""
        if self._connection.dialect.name == "sqlite":
            return run_on_sqlite(self._connection, query, values).fetchall()
        return self._connection.exec_driver_sql(_for_postgresql(query), values).all()


_OPEN = """
    SELECT cases.id, stages.number, stages.received_at, stages.acknowledged_at,
        CASE WHEN stages.extended_to IS NOT NULL THEN CAST(stages.extensions AS text) END,
        stages.ack_due, stages.response_due, stages.extended_due, stages.backstop, stages.deemed_received
    FROM cases LEFT JOIN stages ON stages.case_id = cases.id AND stages.number = cases.stage
        AND stages.responded_at IS NULL AND stages.ended_at IS NULL
    WHERE cases.id > ? AND cases.open ORDER BY cases.id LIMIT ?"""
_HAZARDS = """
    SELECT case_id, CAST(fields AS text) FROM case_records
    WHERE type = 'hazards' AND case_id BETWEEN ? AND ? ORDER BY case_id, number"""
_NEXT_DUE = """next_due_at = coalesce(
    (SELECT min(due_at) FROM clocks WHERE clocks.case_id = cases.id AND clocks.met_at IS NULL), next_due_at)"""
_END_CLOCK = "DELETE FROM clocks WHERE name = ? AND case_id = ?"
_SET_CLOCK = "UPDATE clocks SET due_on = ?, due_at = ?, next_step_at = ?, steps_done = 0 WHERE name = ? AND case_id = ?"
_SET_STAGE = """
    UPDATE stages SET ack_due = ?, response_due = ?, extended_due = ?, backstop = ?, deemed_received = ?,
        extended_to = ?, valid_extension = ?, extensions = ?
    WHERE number = ? AND case_id = ?"""
_SET_CASE = f"""
    UPDATE cases SET ack_due = ?, response_due = ?, extended_due = ?, backstop = ?, extended_to = ?, {_NEXT_DUE}
    WHERE id = ?"""  # noqa: S608 - nothing in it comes from outside
_SET_HAZARD = "UPDATE case_records SET fields = ? WHERE type = 'hazards' AND number = ? AND case_id = ?"
_SET_HAZARD_DUE = f"UPDATE cases SET hazard_due_at = ?, {_NEXT_DUE} WHERE id = ?"  # noqa: S608 - as above
_SAY = "INSERT INTO events (at, actor, type, summary, case_id) VALUES (?, ?, ?, ?, ?)"
_NO_STAGE = datetime.min.replace(tzinfo=UTC)


@cache
def _hazard() -> TypeAdapter[Hazard]:
    return TypeAdapter(Hazard)


def _clock_values(move: Moved) -> Iterator[tuple[Any, ...]]:
    for clock in move.clocks:
        yield _text(clock.due_on), _text(clock.due_at), _text(clock.next_step_at), clock.name.value


def _stage_values(move: Moved) -> Iterator[tuple[Any, ...]]:
    if stage := move.stage:
        due = stage.due
        days = (due.ack_due, due.response_due, due.extended_due, due.backstop, due.deemed_received)
        extended = (_text(stage.extended_to), _text(stage.valid_extension))
        yield *map(_text, days), *extended, written_extensions().dump_json(stage.extensions).decode(), stage.number


def _case_values(move: Moved) -> Iterator[tuple[Any, ...]]:
    if stage := move.stage:
        due = stage.due
        yield tuple(map(_text, (due.ack_due, due.response_due, due.extended_due, due.backstop, stage.extended_to)))


def _hazard_values(move: Moved) -> Iterator[tuple[Any, ...]]:
    for hazard in move.hazards:
        yield _hazard().dump_json(hazard).decode(), hazard.number


def _for_postgresql(statement: str) -> str:
    return statement.replace("?", "%s")


def _text(when: date | datetime | None) -> str | None:
    """A day or a moment as SQLite keeps it and PostgreSQL reads it."""
    if isinstance(when, datetime):
        return when.astimezone(UTC).isoformat(timespec="microseconds")
    return when.isoformat() if when is not None else None


def _moment(stored: str | datetime | None) -> datetime | None:
    """A moment as either driver gives it."""
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored


def _day(stored: str | date) -> date:
    """A day as either driver gives it."""
    return date.fromisoformat(stored) if isinstance(stored, str) else stored
