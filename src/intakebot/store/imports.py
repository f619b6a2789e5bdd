"""Imports in the store: what is there already, so that a file brought in twice is noticed and nothing doubled."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, func, select

from intakebot.store import schema

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class KnownCase:
    """What tells a case from any other where it has no reference of its own."""

    received_at: datetime
    kind: str
    subject: str = field(repr=False)
    name: str = field(repr=False)
    email: str = field(repr=False)


class Imports:
    """What an import asks of the store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def any_case(self) -> bool:
        """Whether there is a case at all."""
        return self._connection.execute(select(schema.cases.c.id).limit(1)).first() is not None

    def held(self, references: Collection[str]) -> set[str]:
        """Which of these references a case has."""
        rows, rest = schema.cases.c.reference, iter(references)
        found: set[str] = set()
        while some := list(islice(rest, _AT_ONCE)):
            found |= set(self._connection.execute(select(rows).where(rows.in_(some))).scalars())
        return found

    @property
    def alone(self) -> bool:
        """Whether nobody else can write while one transaction does."""
        return self._connection.dialect.name == "sqlite"

    def newest(self) -> int:
        """The id above which every later case will be; 0 where ids do not follow the order of commits."""
        query = select(func.coalesce(func.max(schema.cases.c.id), 0))
        newest: int = self._connection.execute(query).scalar_one() if self.alone else 0
        return newest

    def received(self, first: datetime, last: datetime, newer_than: int = 0) -> Iterator[KnownCase]:
        """Every case received between these moments, both included, whose id is above `newer_than`."""
        rows, people = schema.cases, schema.people
        query = (
            select(rows.c.received_at, rows.c.kind, rows.c.subject, people.c.name, people.c.email)
            .join(people, people.c.id == rows.c.resident_id)
            .where(rows.c.received_at >= first, rows.c.received_at <= last, rows.c.id > newer_than)
        )
        for row in self._connection.execute(query):
            yield KnownCase(*row)
