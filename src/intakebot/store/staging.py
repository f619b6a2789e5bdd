"""Staging: cases made ready in a database of their own, so that the store is held only while finished rows are copied.

That database has no name. SQLite keeps it in memory until it grows, and then in a file that no directory lists; so
nothing is left behind, however this process ends.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Boolean, Column, Connection, StaticPool, Table, create_engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from intakebot.domain.people import Person
from intakebot.errors import StoreUnavailable
from intakebot.store import schema
from intakebot.store.engine import Work
from intakebot.store.people import person_of

_AT_ONCE = 2000
_CACHE_KIB = 65_536
_OF_A_CASE = (schema.stages, schema.case_records, schema.tags, schema.events, schema.clocks)


class Staging:
    """Cases that are ready to be kept. `work` writes to them as it would to the store."""

    def __init__(self, connection: Connection) -> None:
        self.work = Work(connection)
        # Rows as SQLite has them: SQLAlchemy's conversions would take longer than the copying.
        self._driver = cast(sqlite3.Connection, connection.connection.driver_connection)

    def people(self) -> Iterator[Person]:
        """Everybody whose case is here, with the id they have here."""
        rows = schema.people
        for row in self.work.connection.execute(select(rows).order_by(rows.c.id)):
            yield person_of(row)

    def copy_into(self, work: Work, known: Mapping[int, int]) -> None:
        """Copy every case into the store, in the caller's transaction. It may be called again.

        `known` maps the ids that people have here to the ids of the same people in the store.
        """
        strangers = [here for here in range(1, self._count(schema.people) + 1) if here not in known]
        new = dict(zip(strangers, _ids(work.connection, schema.people, len(strangers)), strict=True))
        case_count = self._count(schema.cases)
        case_ids = zip(range(1, case_count + 1), _ids(work.connection, schema.cases, case_count), strict=True)
        for name, pairs in (
            ("new_people", new.items()),
            ("all_people", {**known, **new}.items()),
            ("all_cases", case_ids),
        ):
            self._driver.execute(f"DROP TABLE IF EXISTS {name}")
            self._driver.execute(f"CREATE TABLE {name} (here INTEGER PRIMARY KEY, there INTEGER)")
            self._driver.executemany(f"INSERT INTO {name} VALUES (?, ?)", pairs)  # noqa: S608 - our names
        self._copy(work.connection, schema.people, {"id": "new_people"})
        self._copy(work.connection, schema.cases, {"id": "all_cases", "resident_id": "all_people"})
        for table in _OF_A_CASE:
            self._copy(work.connection, table, {"case_id": "all_cases"})

    def _count(self, table: Table) -> int:
        return self.work.connection.execute(select(func.count()).select_from(table)).scalar_one()

    def _copy(self, store: Connection, table: Table, ids: Mapping[str, str]) -> None:
        """Copy a table; these columns get the ids that stand there for theirs. Its own id is else given anew."""
        others = [column for column in table.c if column.key not in ids and column.key != "id"]
        names = ", ".join(store.dialect.identifier_preparer.quote(name) for name in (*ids, *(c.key for c in others)))
        read = ", ".join((*(f"{there}.there" for there in ids.values()), *(_as_read(store, c) for c in others)))
        joined = " ".join(f"JOIN {there} ON {there}.here = {table.name}.{name}" for name, there in ids.items())
        found = self._driver.execute(f"SELECT {read} FROM {table.name} {joined} ORDER BY {table.name}.rowid")  # noqa: S608 - our names
        given = ", ".join(("?" if store.dialect.name == "sqlite" else "%s",) * (len(ids) + len(others)))
        while part := found.fetchmany(_AT_ONCE):
            store.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({given})", part)  # noqa: S608 - our names


@contextmanager
def staging() -> Iterator[Staging]:
    """A staging database, for as long as it is used. Raises StoreUnavailable where there is no room for it."""
    # No foreign keys: officers are the store's. Another thread copies, while this one waits for it.
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect("", check_same_thread=False), poolclass=StaticPool
    )
    try:
        with engine.connect() as connection:
            for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{_CACHE_KIB}"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            schema.metadata.create_all(connection)
            yield Staging(connection)
    except SQLAlchemyError as error:
        why = type(getattr(error, "orig", None) or error).__name__
        raise StoreUnavailable(f"the cases cannot be made ready ({why}); nothing was kept, try again") from error
    finally:
        engine.dispose()


def _ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """As many new ids of a table of the store."""
    if connection.dialect.name == "sqlite":  # nobody else writes before this transaction ends
        last: int = connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
        return range(last + 1, last + 1 + count)
    drawn = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return connection.execute(drawn, {"name": table.name, "count": count}).scalars().all()


def _as_read(store: Connection, column: Column[Any]) -> str:
    """How a column is read: SQLite keeps truth as 0 and 1, where PostgreSQL takes words; it reads the rest as text."""
    name = f'{column.table.name}."{column.key}"'
    if store.dialect.name == "sqlite" or not isinstance(column.type, Boolean):
        return name
    return f"CASE {name} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"
