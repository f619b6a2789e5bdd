"""Representatives in the store: each with its authority, kept with the case and found by the person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, insert, select

from intakebot.domain.people import Person, Representative
from intakebot.store import schema

_NOBODY = Person()


@dataclass(frozen=True, slots=True)
class Held:
    """A representative as stored: whose they are, and the rest of it."""

    person_id: int
    value: Representative

    def of(self, people: Mapping[int, Person]) -> Representative:
        """The representative with the person."""
        return replace(self.value, person=people[self.person_id])


class Representatives:
    """The representatives of cases, all of them; who comes first stands in `cases` as well."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_case(self, case_id: int) -> tuple[Held, ...]:
        """Those of a case, in order."""
        rows = schema.representatives
        query = select(rows.c.person_id, rows.c.fields).where(rows.c.case_id == case_id).order_by(rows.c.number)
        found = self._connection.execute(query)
        return tuple(Held(row.person_id, _adapter().validate_python(row.fields)) for row in found)

    def save(self, case_id: int, before: Sequence[Representative], after: Sequence[Representative]) -> None:
        """Keep those of a case as they are now."""
        if tuple(before) == tuple(after):
            return
        rows = schema.representatives
        if before:
            self._connection.execute(delete(rows).where(rows.c.case_id == case_id))
        values = [
            {
                "case_id": case_id,
                "number": one.number,
                "person_id": one.person.id,
                "fields": _adapter().dump_python(replace(one, person=_NOBODY), mode="json"),
            }
            for one in after
        ]
        if values:
            self._connection.execute(insert(rows), values)

    def cases_of(self, person_ids: Collection[int]) -> set[int]:
        """The cases, by id, on which one of these people is a representative."""
        rows = schema.representatives
        query = select(rows.c.case_id).where(rows.c.person_id.in_(person_ids))
        return set(self._connection.execute(query).scalars())

    def people_of(self, case_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
        """The people, by id, who are representatives on each of these cases."""
        rows = schema.representatives
        query = select(rows.c.case_id, rows.c.person_id).where(rows.c.case_id.in_(case_ids))
        found: dict[int, tuple[int, ...]] = {}
        for row in self._connection.execute(query.order_by(rows.c.case_id, rows.c.number)):
            found[row.case_id] = (*found.get(row.case_id, ()), row.person_id)
        return found


@cache
def _adapter() -> TypeAdapter[Representative]:
    return TypeAdapter(Representative)


def details(row: Any) -> Representative:
    """A first representative of whom only the case's own columns say something."""
    return _adapter().validate_python({"person": {}, "relation": row.relation, "authority": row.authority or "pending"})
