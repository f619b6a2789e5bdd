"""Stages and records in the store: what the Code asks to be written down of a case, loaded and saved as values.

Stages have a table with a column for each field, because reports count them. Every other record is a row with
its type, number and fields as JSON: there are many types of few rows, always read together with their case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from intakebot.domain.case import Case
from intakebot.domain.needs import NOTHING_KNOWN, ContactRule, NeedsKnown, PersonNeed
from intakebot.domain.records import NO_RECORDS, Records
from intakebot.domain.stages import Extension, Outcome, Point, Stage
from intakebot.domain.timescales import DueDates
from intakebot.store import schema
from intakebot.store.prepared import Prepared

_OF_PEOPLE = ("restrictions", "adjustments", "disabilities", "needs", "contact_rules", "safety_rules", "deaths")
_AT_ONCE = 8
_PERSONS = [f"person_{number}" for number in range(_AT_ONCE)]


class CaseRecords:
    """Stages and records of cases."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def stages(self, case_id: int) -> tuple[Stage, ...]:
        """The stages of a case, in order."""
        rows = schema.stages
        query = select(rows).where(rows.c.case_id == case_id).order_by(rows.c.number)
        return tuple(_stage(row) for row in self._connection.execute(query))

    def records(self, case_id: int, person_ids: Collection[int]) -> Records:
        """The records of a case and of the people on it."""
        cases, people = schema.case_records, schema.person_records
        of_case = select(cases.c.type, cases.c.fields).where(cases.c.case_id == case_id)
        of_people = select(people.c.type, people.c.fields).where(people.c.person_id.in_(person_ids))
        held: dict[str, list[Any]] = {}
        for query in (
            of_case.order_by(cases.c.type, cases.c.number),
            of_people.order_by(people.c.type, people.c.person_id, people.c.number),
        ):
            for row in self._connection.execute(query):
                held.setdefault(row.type, []).append(_adapters()[row.type].validate_python(row.fields))
        return Records(**{name: tuple(values) for name, values in held.items()}) if held else NO_RECORDS

    def needs(self, person_ids: Sequence[int], *, hold: bool = False) -> NeedsKnown:
        """What is known of these people's needs; with `hold`, nobody else changes it until this transaction ends."""
        if hold and self._connection.dialect.name == "postgresql":
            rows = schema.people
            query = select(rows.c.id).where(rows.c.id.in_(person_ids)).order_by(rows.c.id)
            self._connection.execute(query.with_for_update(key_share=True)).all()
        needs: list[PersonNeed] = []
        rules: list[ContactRule] = []
        for first in range(0, len(person_ids), _AT_ONCE):
            some = list(person_ids[first : first + _AT_ONCE])
            some += some[:1] * (_AT_ONCE - len(some))
            for row in _NEEDS_OF.all(self._connection, dict(zip(_PERSONS, some, strict=True))):
                record = _adapters()[row.type].validate_python(row.fields)
                (needs if row.type == "needs" else rules).append(record)
        return NeedsKnown(tuple(needs), tuple(rules)) if needs or rules else NOTHING_KNOWN

    def insert(self, case_id: int, new: Case, held: NeedsKnown = NOTHING_KNOWN) -> None:
        """Keep a new case's stages and records. `held` are those of its people's needs that are kept already."""
        if new.stages:
            _INSERT_STAGE.each(self._connection, [_columns(case_id, stage) for stage in new.stages])
        fresh = [
            {"case_id": case_id, "type": name, "number": record.number, "fields": _fields(name, record)}
            for name, record in _changed(NO_RECORDS, new.records)
            if name not in _OF_PEOPLE
        ]
        _INSERT_RECORD.each(self._connection, fresh)
        of_people = {name: getattr(new.records, name) for name in _OF_PEOPLE}
        if any(of_people.values()):
            self._insert_records(case_id, Records(needs=held.needs, contact_rules=held.rules), Records(**of_people))

    def save(self, before: Case, after: Case) -> None:
        """Keep what changed. A stage goes only where a case turned out to be no complaint; a record never does."""
        rows = schema.stages
        held = {stage.number: stage for stage in before.stages}
        for stage in after.stages:
            was = held.pop(stage.number, None)
            values = _columns(after.id, stage)
            if was is None:
                self._connection.execute(insert(rows).values(**values))
            elif was != stage:
                where = (rows.c.case_id == after.id, rows.c.number == stage.number)
                self._connection.execute(update(rows).where(*where).values(**values))
        if held:
            self._connection.execute(delete(rows).where(rows.c.case_id == after.id, rows.c.number.in_(held)))
        if before.records is not after.records:
            self._insert_records(after.id, before.records, after.records)

    def _insert_records(self, case_id: int, before: Records, after: Records) -> None:
        """Keep what changed. A new record never replaces one: two officers at once may both number theirs the same.

        The second then fails on the key, and the store runs its transaction again, which numbers it anew.
        """
        for name, record in _changed(before, after):
            of_person = name in _OF_PEOPLE
            table = schema.person_records if of_person else schema.case_records
            owner = table.c.person_id if of_person else table.c.case_id
            key = record.person_id if of_person else case_id
            values = {"fields": _fields(name, record)}
            if _key(record) in {_key(held) for held in getattr(before, name)}:
                where = (owner == key, table.c.type == name, table.c.number == record.number)
                self._connection.execute(update(table).where(*where).values(**values))
            else:
                row = {owner.name: key, "type": name, "number": record.number, **values}
                self._connection.execute(insert(table).values(**row))


def _changed(before: Records, after: Records) -> Iterator[tuple[str, Any]]:
    """Every record that is new or differs, with its type. Records are never removed."""
    for part in fields(Records):
        held = getattr(before, part.name)
        for record in getattr(after, part.name):
            if record not in held:
                yield part.name, record


def _key(record: Any) -> tuple[int, int]:
    """What tells a record from others of its type, on one case."""
    return getattr(record, "person_id", 0), record.number


def _fields(name: str, record: Any) -> Any:
    return _adapters()[name].dump_python(record, mode="json")


@cache
def _adapters() -> dict[str, TypeAdapter[Any]]:
    """How each type of record is written as JSON and read back, by its name in `Records`."""
    return {name: TypeAdapter(get_args(hint)[0]) for name, hint in get_type_hints(Records).items()}


@cache
def _points() -> TypeAdapter[tuple[Point, ...]]:
    return TypeAdapter(tuple[Point, ...])


@cache
def extensions() -> TypeAdapter[tuple[Extension, ...]]:
    """How the extensions of a stage are written as JSON and read back."""
    return TypeAdapter(tuple[Extension, ...])


_INSERT_STAGE = Prepared(insert(schema.stages))
_INSERT_RECORD = Prepared(insert(schema.case_records))
_NEEDS_OF = Prepared(
    select(schema.person_records.c.type, schema.person_records.c.fields)
    .where(
        schema.person_records.c.person_id.in_([bindparam(name) for name in _PERSONS]),
        (schema.person_records.c.type == "needs") | (schema.person_records.c.type == "contact_rules"),
    )
    .order_by(schema.person_records.c.type, schema.person_records.c.person_id, schema.person_records.c.number)
)
"""Run for messages from people we know: at most once a message, and for a stranger not at all."""

_PLAIN = (
    "number",
    "received_at",
    "acknowledged_at",
    "responded_at",
    "ended_at",
    "extended_to",
    "valid_extension",
    "decided_by",
    "definition",
    "outcomes_sought",
    "responsible_for",
    "not_responsible_for",
    "update_days",
    "next_update_on",
    "contributors",
    "decision",
    "reasons",
)
_DUE = ("deemed_received", "ack_due", "response_due", "extended_due", "backstop")
_DERIVED = ("extended_to", "valid_extension")


def _columns(case_id: int, stage: Stage) -> dict[str, Any]:
    return {
        "case_id": case_id,
        **{name: getattr(stage, name) for name in _PLAIN},
        **{name: getattr(stage.due, name) for name in _DUE},
        "outcome": stage.outcome.value if stage.outcome else "",
        "points": _points().dump_python(stage.points, mode="json") if stage.points else [],
        "extensions": extensions().dump_python(stage.extensions, mode="json") if stage.extensions else [],
    }


def _stage(row: Any) -> Stage:
    due = DueDates(**{name: getattr(row, name) for name in _DUE}, provisional=row.acknowledged_at is None)
    return Stage(
        due=due,
        points=_points().validate_python(row.points),
        extensions=extensions().validate_python(row.extensions),
        outcome=Outcome(row.outcome) if row.outcome else None,
        **{name: getattr(row, name) for name in _PLAIN if name not in _DERIVED},
    )
