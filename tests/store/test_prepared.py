"""Prepared statements do what SQLAlchemy's own execution does: types, defaults, faults, and one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Date, Integer, MetaData, Table, Text, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from tests.factories import NOW, demo_settings

from intakebot.errors import BadInput, StoreUnavailable
from intakebot.store.engine import Store, Work, open_store
from intakebot.store.prepared import Prepared
from intakebot.store.schema import Moment

_THINGS = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("at", Moment, nullable=False),
    Column("day", Date),
    Column("words", JSON, nullable=False),
    Column("sure", Boolean, nullable=False, default=True),
    Column("note", Text, default="none yet"),
)
_INSERT = Prepared(insert(_THINGS).returning(_THINGS.c.id))
_INSERT_EACH = Prepared(insert(_THINGS))
_NAMED = Prepared(select(_THINGS).where(_THINGS.c.name == bindparam("wanted")).limit(5))
_RENAME = Prepared(update(_THINGS).where(_THINGS.c.name == bindparam("old"), _THINGS.c.sure), "name")


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(demo_settings(tmp_path, database_url=database_url))
    opened.write_now(lambda work: _THINGS.create(work.connection))
    yield opened
    opened.close()


def thing(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "at": NOW, "words": ["one", {"two": 2}], **more}


def names(store: Store) -> list[str]:
    return store.read_now(lambda w: sorted(w.connection.execute(select(_THINGS.c.name)).scalars()))


def test_values_come_back_as_what_they_were(store: Store) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5)))
    row_id = store.write_now(lambda w: _INSERT.scalar(w.connection, thing("a", at=elsewhere, day=NOW.date())))
    (prepared,) = store.read_now(lambda w: _NAMED.all(w.connection, {"wanted": "a"}))
    (ordinary,) = store.read_now(lambda w: w.connection.execute(select(_THINGS)).all())
    assert tuple(prepared) == tuple(ordinary)
    assert (prepared.id, prepared.name, prepared.at) == (row_id, "a", NOW)
    assert prepared.at.tzinfo is UTC
    assert (prepared.day, prepared.words) == (NOW.date(), ["one", {"two": 2}])
    assert prepared.sure is True


def test_what_an_insert_is_not_given_gets_its_default(store: Store) -> None:
    store.write_now(lambda w: _INSERT_EACH.each(w.connection, [thing("a")]))
    store.write_now(lambda w: _INSERT_EACH.each(w.connection, [thing("b", sure=False, note=None)]))
    rows = store.read_now(lambda w: [_NAMED.all(w.connection, {"wanted": name})[0] for name in ("a", "b")])
    assert [(row.sure, row.note, row.day) for row in rows] == [(True, "none yet", None), (False, None, None)]


def test_an_update_says_how_many_rows_it_changed(store: Store) -> None:
    def rename(work: Work) -> list[int]:
        _INSERT_EACH.each(work.connection, [thing("a", sure=True), thing("b", sure=False)])
        return [_RENAME.changed(work.connection, {"old": old, "name": "c"}) for old in ("a", "b", "nobody")]

    assert store.write_now(rename) == [1, 0, 0]
    assert names(store) == ["b", "c"]


def test_none_and_nothing(store: Store) -> None:
    assert store.read_now(lambda w: _NAMED.scalar(w.connection, {"wanted": "a"})) is None
    store.write_now(lambda w: _INSERT_EACH.each(w.connection, []))
    assert names(store) == []


def test_it_is_undone_with_its_transaction_and_only_with_it(store: Store) -> None:
    def change_of_mind(work: Work) -> None:
        _INSERT.scalar(work.connection, thing("undone"))
        raise BadInput("changed my mind")

    futures = [
        store.submit(lambda w: _INSERT.scalar(w.connection, thing("first"))),
        store.submit(change_of_mind),
        store.submit(lambda w: _INSERT.scalar(w.connection, thing("last"))),
    ]
    assert [type(future.exception()) for future in futures] == [type(None), BadInput, type(None)]
    assert names(store) == ["first", "last"]


def test_a_fault_is_sqlalchemys_without_the_values_and_is_tried_again(store: Store) -> None:
    store.write_now(lambda w: _INSERT.scalar(w.connection, thing("taken")))
    seen: list[SQLAlchemyError] = []

    def once_more(work: Work) -> None:
        try:
            _INSERT_EACH.each(work.connection, [thing("free"), thing("taken" if len(seen) < 2 else "other")])
        except SQLAlchemyError as error:
            seen.append(error)
            raise

    store.write_now(once_more)
    assert [type(error) for error in seen] == [IntegrityError, IntegrityError]
    assert names(store) == ["free", "other", "taken"]
    with pytest.raises(StoreUnavailable) as caught:
        store.write_now(lambda w: _INSERT.scalar(w.connection, thing("taken")))
    assert "taken" not in str(caught.value)


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises((ValueError, StoreUnavailable)):
        store.write_now(lambda w: _INSERT.scalar(w.connection, thing("a", at=datetime(2026, 3, 2))))  # noqa: DTZ001
    assert names(store) == []
