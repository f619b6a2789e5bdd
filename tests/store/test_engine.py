"""Whole transactions: committed together or not at all, whatever goes wrong with the database."""

from __future__ import annotations

import asyncio
import fcntl
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.factories import NOW, demo_settings, raw

from intakebot.errors import BadInput, StoreUnavailable
from intakebot.store.engine import Store, Work, open_store


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(demo_settings(tmp_path, database_url=database_url))
    yield opened
    opened.close()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(demo_settings(tmp_path))
    yield opened
    opened.close()


def add(number: int):  # type: ignore[no-untyped-def]
    return lambda work: work.inbox.add(raw(b"%d" % number), "0" * 64, NOW)


async def test_many_writers_at_once_all_get_their_own_answer(store: Store) -> None:
    answers = await asyncio.gather(*(store.write(add(n)) for n in range(200)))
    assert len({row_id for row_id, _ in answers}) == 200
    assert await store.read(lambda w: w.inbox.waiting()) == 200


async def test_one_that_fails_undoes_only_itself(store: Store) -> None:
    def half(work: Work) -> None:
        add(1000)(work)
        raise BadInput("changed my mind")

    answers = await asyncio.gather(store.write(add(1)), store.write(half), store.write(add(2)), return_exceptions=True)
    assert isinstance(answers[1], BadInput)
    assert await store.read(lambda w: w.inbox.waiting()) == 2


async def test_a_database_fault_becomes_unavailable_without_its_details(store: Store) -> None:
    def wrong(work: Work) -> None:
        work.connection.execute(text("SELECT secret FROM nowhere"))

    with pytest.raises(StoreUnavailable) as caught:
        await store.write(wrong)
    assert "secret" not in str(caught.value)
    await store.write(add(1))


def test_a_locked_database_is_unavailable_and_recovers(embedded: Store, tmp_path: Path) -> None:
    with embedded.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=1")
    other = sqlite3.connect(tmp_path / "intakebot.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailable):
        embedded.write_now(add(1))
    other.execute("ROLLBACK")
    other.close()
    embedded.write_now(add(1))


def test_a_full_database_is_unavailable_loses_nothing_committed_and_recovers(embedded: Store) -> None:
    embedded.write_now(add(1))

    def limit(pages: str) -> None:
        embedded.write_now(lambda w: w.connection.execute(text(f"PRAGMA max_page_count={pages}")).all())

    limit("1")  # SQLite takes the present size as the least

    def fill(work: Work) -> None:
        for number in range(2, 2000):
            add(number)(work)

    with pytest.raises(StoreUnavailable):
        embedded.write_now(fill)
    assert embedded.read_now(lambda w: w.inbox.waiting()) == 1
    limit("1000000")
    embedded.write_now(fill)
    assert embedded.read_now(lambda w: w.inbox.waiting()) == 1999


def test_postgresql_gone_is_unavailable_and_back_again(postgres_database: str, tmp_path: Path) -> None:
    store = open_store(demo_settings(tmp_path, database_url=postgres_database))
    try:
        store.write_now(add(1))
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        kill = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"

        def cut(work: Work) -> None:
            work.connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

        with pytest.raises(StoreUnavailable):
            store.write_now(cut)
        store.read_now(lambda w: w.connection.execute(text(kill)).all())
        store.write_now(add(2))
        assert store.read_now(lambda w: w.inbox.waiting()) == 2
    finally:
        store.close()


def test_the_signing_key_is_made_once_and_shared(store: Store) -> None:
    assert store.signing_key() == store.signing_key()
    assert len(store.signing_key()) == 32


async def test_blobs_are_kept_by_content_and_come_back(store: Store) -> None:
    names = await store.blobs.keep([b"one", b"two", b"one"])
    assert names[0] == names[2] != names[1]
    assert await store.blobs.get(names[1]) == b"two"
    assert await store.blobs.keep([]) == ()
    with pytest.raises(StoreUnavailable):
        await store.blobs.get("0" * 64)


async def test_database_blobs_on_sqlite_too(tmp_path: Path) -> None:
    store = open_store(demo_settings(tmp_path, blobs="database"))
    try:
        (name,) = await store.blobs.keep([b"x"])
        assert await store.blobs.get(name) == b"x"
        assert not (tmp_path / "blobs").exists()
    finally:
        store.close()


def test_a_data_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be made"):
        open_store(demo_settings(tmp_path / "file" / "data"))


def test_a_server_that_is_not_there_says_so_without_the_password(tmp_path: Path) -> None:
    url = "postgresql://intakebot:secret@127.0.0.1:1/none"
    with pytest.raises(StoreUnavailable) as caught:
        open_store(demo_settings(tmp_path, database_url=url))
    assert "secret" not in str(caught.value)
    assert "is it running" in str(caught.value)


def test_who_is_waited_for_writes_before_the_patient(embedded: Store, tmp_path: Path) -> None:
    patient = open_store(demo_settings(tmp_path), patient=True)
    other = sqlite3.connect(tmp_path / "intakebot.db", isolation_level=None)
    order: list[str] = []
    try:
        for _ in range(5):
            other.execute("BEGIN IMMEDIATE")
            first = embedded.submit(lambda _: order.append("first"))
            while not turn_is_taken(tmp_path):
                pass
            later = patient.submit(lambda _: order.append("later"))
            other.execute("ROLLBACK")
            first.result()
            later.result()
    finally:
        other.close()
        patient.close()
    assert order == ["first", "later"] * 5


def test_a_turn_that_nobody_gives_back_is_not_waited_for_for_ever(
    embedded: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intakebot.store.embedded._LOCK_SECONDS", 0.01)
    embedded.write_now(add(1))
    with (tmp_path / "intakebot.db-turn").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        embedded.write_now(add(2))
    assert embedded.read_now(lambda w: w.inbox.waiting()) == 2


def turn_is_taken(folder: Path) -> bool:
    with (folder / "intakebot.db-turn").open() as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
