"""Embedded: SQLite for one machine, several of whose processes write. Who waits for whom is said here.

SQLite has one writer at a time, and whoever asks first after a commit is the next, which is mostly whoever has just
committed. So that a sender waiting for their 250 does not stand behind the workers' whole backlog, writers first
take a turn (a lock on a file beside the database): the impatient keep it until the database is theirs, and the
patient only pass through, so they wait while anybody else does.
"""

from __future__ import annotations

import fcntl
import os
import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from intakebot.store.prepared import run_on_sqlite

_LOCK_SECONDS = 10.0
_LOCK_POLL_SECONDS = 0.0005
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-65536",
    "wal_autocheckpoint=8000",
    "mmap_size=268435456",
)


def reading(url: str) -> Engine:
    """Connections that only read: each transaction a snapshot, which waits for nobody."""
    engine = _engine(url, "query_only=ON")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def writing(url: str, *, patient: bool) -> Engine:
    """Connections that write, one transaction at a time over all processes."""
    engine = _engine(url, "busy_timeout=0")
    turn = _Turn(f"{engine.url.database}-turn")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        # SQLite's own waiting sleeps for up to a tenth of a second at a time; other processes write for a few
        # milliseconds, so this asks more often.
        end = time.monotonic() + _LOCK_SECONDS
        while not turn.take() and time.monotonic() < end:
            time.sleep(_LOCK_POLL_SECONDS)
        if patient:
            turn.give()
        try:
            while True:
                try:
                    run_on_sqlite(connection, "BEGIN IMMEDIATE")
                    return
                except OperationalError:
                    if time.monotonic() > end:
                        raise
                    time.sleep(_LOCK_POLL_SECONDS)
        finally:
            turn.give()

    @event.listens_for(engine, "engine_disposed")
    def _disposed(_engine: Engine) -> None:
        turn.close()

    return engine


class _Turn:
    """A lock between processes that ends with its holder. Whoever cannot have it in time goes on without."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Try to take it."""
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def give(self) -> None:
        """Let others have it."""
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _engine(url: str, pragma: str) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False}, pool_size=8, max_overflow=4)

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: we say BEGIN IMMEDIATE, so writers never deadlock.
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout=10000").close()  # while another process turns the journal to WAL
        for each in (*_PRAGMAS, pragma):
            connection.execute(f"PRAGMA {each}").close()

    return engine
