"""People in the store: residents and representatives, found by the address they write from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, insert, select, update

from intakebot.domain.message import Address
from intakebot.domain.people import Person
from intakebot.domain.safety_records import ContactRule, Death
from intakebot.store import schema
from intakebot.store.prepared import Prepared


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
        values = {
            "name": person.name,
            "email": person.email,
            "email_key": Address(person.email).key,
            "phone": person.phone,
            "telegram": person.telegram,
            "address": person.address,
            "tenure": person.tenure,
        }
        return replace(person, id=_INSERT.scalar(self._connection, values))

    def at(self, address_key: str) -> tuple[Person, ...]:
        """Everybody who uses this address (lower case), the longest known first; a household may share one."""
        if not address_key:
            return ()
        return tuple(person_of(row) for row in _AT.all(self._connection, {"key": address_key}))

    def safety_of(self, person_ids: Collection[int]) -> tuple[tuple[ContactRule, ...], tuple[Death, ...]]:
        """The contact rules and deaths of these people, whatever case they were recorded on."""
        if not person_ids:
            return (), ()
        rows = schema.person_records
        query = select(rows.c.type, rows.c.fields).where(
            rows.c.person_id.in_(person_ids), rows.c.type.in_(("contact_rules", "deaths"))
        )
        found = self._connection.execute(query.order_by(rows.c.person_id, rows.c.number)).all()
        return (
            tuple(_RULE.validate_python(row.fields) for row in found if row.type == "contact_rules"),
            tuple(_DEATH.validate_python(row.fields) for row in found if row.type == "deaths"),
        )

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


_RULE = TypeAdapter(ContactRule)
_DEATH = TypeAdapter(Death)
_INSERT = Prepared(insert(schema.people).returning(schema.people.c.id))
_AT = Prepared(
    select(schema.people).where(schema.people.c.email_key == bindparam("key")).order_by(schema.people.c.id).limit(50)
)
