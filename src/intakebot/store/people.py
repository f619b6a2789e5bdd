"""People in the store: residents and representatives, found by the address they write from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, insert, select, update

from intakebot.domain.message import Address
from intakebot.domain.people import Person
from intakebot.store import schema


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
        inserted = self._connection.execute(
            insert(schema.people)
            .values(
                name=person.name,
                email=person.email,
                email_key=Address(person.email).key,
                phone=person.phone,
                telegram=person.telegram,
                address=person.address,
                tenure=person.tenure,
            )
            .returning(schema.people.c.id)
        ).scalar_one()
        return replace(person, id=inserted)

    def find(self, address: Address) -> Person | None:
        """The person who writes from this address under this name; households share addresses, so the name counts."""
        rows = schema.people
        found = self._connection.execute(
            select(rows).where(rows.c.email_key == address.key).order_by(rows.c.id).limit(50)
        ).all()
        wanted = " ".join(address.name.casefold().split())
        same = [row for row in found if not wanted or not row.name or " ".join(row.name.casefold().split()) == wanted]
        return person_of(same[0]) if same else None

    def mark_address_failed(self, address_key: str, reason: str) -> int:
        """Note that mail to this address comes back. Returns how many people have it."""
        rows = schema.people
        result = self._connection.execute(
            update(rows).where(rows.c.email_key == address_key).values(email_failure=reason)
        )
        return int(result.rowcount)

    def address_failed(self, address_key: str) -> bool:
        """Whether mail to this address is known to come back."""
        rows = schema.people
        query = select(rows.c.id).where(rows.c.email_key == address_key, rows.c.email_failure != "").limit(1)
        return self._connection.execute(query).first() is not None
