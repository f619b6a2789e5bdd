"""People in the store: residents and representatives, found by the address they write from."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Text, bindparam, cast, exists, insert, literal, or_, select, text, update

from intakebot.domain.message import Address
from intakebot.domain.needs import NeedsKnown
from intakebot.domain.people import Person
from intakebot.domain.phones import phone_key
from intakebot.domain.safety_records import Death, SafetyRule
from intakebot.store import schema
from intakebot.store.prepared import Prepared
from intakebot.store.records import CaseRecords


def person_of(row: Any) -> Person:
    """A person from a row of `people`."""
    return Person(
        id=row.id,
        name=row.name,
        email=row.email,
        phone=row.phone,
        telegram=row.telegram,
        address=row.address,
        tenure=row.tenure,
        email_failure=row.email_failure,
    )


class People:
    """Residents and representatives."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, person: Person) -> Person:
        """Keep a new person; returns them with their id."""
        values = {"name": person.name, **_reached_at(person), "address": person.address, "tenure": person.tenure}
        return replace(person, id=_INSERT.scalar(self._connection, values))

    def learn(self, person: Person) -> None:
        """Keep what is known of somebody since: everything but their tenure, as it is in `person`."""
        query = update(schema.people).where(schema.people.c.id == person.id)
        self._connection.execute(query.values(**_reached_at(person), name=person.name, address=person.address))

    def at(self, address_key: str) -> tuple[Person, ...]:
        """Everybody who uses this address (its key), the longest known first; a household may share one."""
        if not address_key:
            return ()
        way, held = Address(address_key).channel, address_key.partition(":")[2]
        found, key = (_AT_WAY[way], held) if way in _AT_WAY and held else (_AT, address_key)
        return tuple(person_of(row) for row in found.all(self._connection, {"key": key}))

    def needs(self, person_ids: Sequence[int], *, hold: bool = False) -> NeedsKnown:
        """What is known of these people's needs; with `hold`, nobody else changes it until this transaction ends."""
        return CaseRecords(self._connection).needs(person_ids, hold=hold)

    def safety_of(
        self, person_ids: Collection[int], address_key: str = ""
    ) -> tuple[tuple[SafetyRule, ...], tuple[Death, ...]]:
        """The safety rules and deaths of these people, whatever case they were recorded on; and rules of anybody's
        that name this address."""
        rows, found = schema.person_records, []
        if person_ids:
            theirs = rows.c.person_id.in_(person_ids) & rows.c.type.in_(("safety_rules", "deaths"))
            query = select(rows.c.type, rows.c.fields).where(theirs).order_by(rows.c.person_id, rows.c.number)
            found = [*self._connection.execute(query)]
        if address_key:
            found += _NAMING.all(self._connection, {"named": json.dumps(address_key)})
        return (
            tuple(_RULE.validate_python(row.fields) for row in found if row.type == "safety_rules"),
            tuple(_DEATH.validate_python(row.fields) for row in found if row.type == "deaths"),
        )

    def is_watched(self, address: Address, case_id: int) -> bool:
        """Whether anything recorded of anybody might forbid a letter on this case to this address. One quick look."""
        way, held = address.channel, address.key.partition(":")[2]
        found, key = (_WATCHED_WAY[way], held) if way in _WATCHED_WAY and held else (_WATCHED, address.key)
        values = {"key": key, "named": json.dumps(address.key), "case_id": case_id}
        return found.scalar(self._connection, values) is not None

    def mark_address_failed(self, address_key: str, reason: str) -> int:
        """Note that mail to this address comes back. Returns how many people have it."""
        rows = schema.people
        result = self._connection.execute(
            update(rows).where(rows.c.email_key == address_key).values(email_failure=reason)
        )
        return int(result.rowcount)

    def clear_address_failure(self, address_key: str) -> None:
        """Somebody wrote from this address: it works."""
        rows = schema.people
        self._connection.execute(update(rows).where(rows.c.email_key == address_key).values(email_failure=""))


def _reached_at(person: Person) -> dict[str, str]:
    return {
        "email": person.email,
        "email_key": Address(person.email).key,
        "phone": person.phone,
        "phone_key": phone_key(person.phone),
        "telegram": person.telegram,
    }


_RULE = TypeAdapter(SafetyRule)
_NAMES_IT = (text("type = 'safety_rules'"), cast(schema.person_records.c.fields, Text).contains(bindparam("named")))
"""Rules that name an address: few rows, in an index of their own."""
_NAMING = Prepared(select(schema.person_records.c.type, schema.person_records.c.fields).where(*_NAMES_IT))
_DEATH = TypeAdapter(Death)
_INSERT = Prepared(insert(schema.people).returning(schema.people.c.id))


def _used_by(column: Any) -> Prepared:
    rows = schema.people
    return Prepared(select(rows).where(column == bindparam("key"), column != "").order_by(rows.c.id).limit(50))


def _watched(column: Any) -> Prepared:
    rows, records, cases = schema.people, schema.person_records, schema.cases
    theirs = exists().where(
        rows.c.id == records.c.person_id,
        column == bindparam("key"),
        column != "",
        text("person_records.type IN ('safety_rules', 'deaths', 'contact_rules')"),
    )
    names_it = exists().where(*_NAMES_IT)
    acted_for = exists().where(cases.c.id == bindparam("case_id"), cases.c.representative_id.is_not(None))
    return Prepared(select(literal(1)).where(or_(theirs, names_it, acted_for)))


_WATCHED = _watched(schema.people.c.email_key)
_WATCHED_WAY = {"telegram": _watched(schema.people.c.telegram), "tel": _watched(schema.people.c.phone_key)}
_AT = _used_by(schema.people.c.email_key)
_AT_WAY = {"telegram": _used_by(schema.people.c.telegram), "tel": _used_by(schema.people.c.phone_key)}
