"""The store: whole transactions, run off the event loop, on SQLite or PostgreSQL.

A transaction is a plain function of a `Work`. On SQLite one writer thread runs them, several to a commit
(each in a savepoint), because the disk's sync is what costs; on PostgreSQL a small pool runs one each. Either
way `await store.write(function)` returns only when it is committed, and raises `StoreUnavailable` with
nothing written when it could not be. Reads go through connections of their own and never wait for writers.
"""

from __future__ import annotations

import asyncio
import queue
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from intakebot.config.settings import Settings
from intakebot.errors import BadInput, IntakebotError, StoreUnavailable
from intakebot.store import embedded, schema
from intakebot.store.blobs import Blobs, DatabaseBlobs, FolderBlobs
from intakebot.store.cases import Cases
from intakebot.store.clocks import Clocks
from intakebot.store.corrections import Corrections
from intakebot.store.desk import Desk
from intakebot.store.drafts import Drafts
from intakebot.store.imports import Imports
from intakebot.store.instance import Instance
from intakebot.store.messages import Messages
from intakebot.store.migrations import prepare
from intakebot.store.officers import Officers
from intakebot.store.outbox import Outbox
from intakebot.store.people import People
from intakebot.store.prepared import run_on_sqlite
from intakebot.store.queues import Inbox
from intakebot.store.recount import Recount
from intakebot.store.reports import Reports
from intakebot.store.tokens import Tokens
from intakebot.store.views import Views

T = TypeVar("T")
_BATCH = 64
_PATIENT_BATCH = 8
"""A short transaction lets others in soon; the disk's sync is then shared by fewer, which costs a little."""
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction: everything done through it is committed together or not at all."""

    connection: Connection

    def one_at_a_time(self, what: str) -> None:
        """Let no two transactions about the same thing overlap. SQLite's writers take turns anyway."""
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": what})

    @property
    def inbox(self) -> Inbox:
        """Messages accepted and not yet worked."""
        return Inbox(self.connection)

    @property
    def outbox(self) -> Outbox:
        """Messages decided and not yet sent."""
        return Outbox(self.connection)

    @property
    def cases(self) -> Cases:
        """Cases with their events, tags and clocks."""
        return Cases(self.connection)

    @property
    def clocks(self) -> Clocks:
        """Clocks by when they next need looking at."""
        return Clocks(self.connection)

    @property
    def corrections(self) -> Corrections:
        """Messages whose labels staff have set, to learn from."""
        return Corrections(self.connection)

    @property
    def messages(self) -> Messages:
        """Messages as read, on a case or not."""
        return Messages(self.connection)

    @property
    def people(self) -> People:
        """Residents and representatives."""
        return People(self.connection)

    @property
    def officers(self) -> Officers:
        """Staff, absences, sign-in."""
        return Officers(self.connection)

    @property
    def desk(self) -> Desk:
        """Read models for what is beside the cases: letters, what is parked, figures."""
        return Desk(self.connection)

    @property
    def drafts(self) -> Drafts:
        """Web forms that are being filled in."""
        return Drafts(self.connection)

    @property
    def imports(self) -> Imports:
        """What an import from an older system asks of the store."""
        return Imports(self.connection)

    @property
    def instance(self) -> Instance:
        """What this installation remembers."""
        return Instance(self.connection)

    @property
    def recount(self) -> Recount:
        """Open cases as a recount of their due dates sees them."""
        return Recount(self.connection)

    @property
    def reports(self) -> Reports:
        """What a report on a period is made from."""
        return Reports(self.connection)

    @property
    def tokens(self) -> Tokens:
        """Tokens of other software."""
        return Tokens(self.connection)

    @property
    def views(self) -> Views:
        """Read models for pages and commands."""
        return Views(self.connection)


class Store:
    """The case store. Build it once, `close` it at the end.

    A `patient` one lets every other process on an embedded database write first: nobody waits for what it does.
    """

    def __init__(self, url: str, blob_folder: Path | None, *, patient: bool = False) -> None:
        self._sqlite = url.startswith("sqlite")
        self.engine = embedded.writing(url, patient=patient) if self._sqlite else _postgresql_engine(url)
        self._reading = embedded.reading(url) if self._sqlite else self.engine
        self._readers = ThreadPoolExecutor(4, "store-read")
        self._writer: _GroupWriter | _PooledWriter = (
            _GroupWriter(self.engine, _PATIENT_BATCH if patient else _BATCH)
            if self._sqlite
            else _PooledWriter(self.engine)
        )
        self.blobs: Blobs = FolderBlobs(blob_folder) if blob_folder else DatabaseBlobs(self)

    async def write(self, function: Callable[[Work], T]) -> T:
        """Run `function` in a transaction and return its result once committed. It may be run more than once."""
        return await asyncio.wrap_future(self._writer.submit(function))

    def submit(self, function: Callable[[Work], T]) -> Future[T]:
        """As `write`, without waiting: what is submitted together shares a commit on SQLite."""
        return self._writer.submit(function)

    def write_now(self, function: Callable[[Work], T]) -> T:
        """As `write`, for callers without an event loop."""
        return self._writer.submit(function).result()

    async def read(self, function: Callable[[Work], T]) -> T:
        """Run a function that only reads, on a snapshot of what is committed."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, function)

    def read_now(self, function: Callable[[Work], T]) -> T:
        """As `read`, for callers without an event loop."""
        try:
            with self._reading.connect() as connection, connection.begin():
                return function(Work(connection))
        except SQLAlchemyError as error:
            raise _translate(error) from error

    def signing_key(self) -> bytes:
        """The instance's secret for signed tokens, the same for every machine; made the first time."""
        rows = schema.instance
        query = select(rows.c.value).where(rows.c.key == "signing_key")

        def get_or_make(work: Work) -> str:
            held = work.connection.execute(query).scalar()
            if held is None:
                held = secrets.token_hex(32)
                work.connection.execute(insert(rows).values(key="signing_key", value=held))
            return held

        return bytes.fromhex(self.write_now(get_or_make))

    def close(self) -> None:
        """Finish what was submitted and let go of the database."""
        self._writer.close()
        self._readers.shutdown()
        self.engine.dispose()
        self._reading.dispose()


class _GroupWriter:
    """One thread that commits several transactions at a time. SQLite has one writer anyway."""

    def __init__(self, engine: Engine, most: int) -> None:
        self._engine = engine
        self._most = most
        self._waiting: queue.SimpleQueue[tuple[Callable[[Work], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store-write", daemon=True)
        self._thread.start()

    def submit(self, function: Callable[[Work], T]) -> Future[T]:
        future: Future[T] = Future()
        self._waiting.put((function, future))
        return future

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch, ended = [first], False
            while len(batch) < self._most:
                try:
                    following = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    ended = True
                    break
                batch.append(following)
            self._commit(batch)
            if ended:
                return

    def _commit(self, batch: list[tuple[Callable[[Work], Any], Future[Any]]]) -> None:
        results: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with self._engine.connect() as connection, connection.begin():
                for function, future in batch:
                    if future.set_running_or_notify_cancel():
                        results.append((future, *_run_in_savepoint(connection, function)))
        except Exception as error:
            broken = _translate(error)
            for _, future in batch:
                if not future.done() and not future.cancelled():
                    with suppress(Exception):
                        future.set_exception(broken)
            return
        for future, result, failure in results:
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)


def _run_in_savepoint(connection: Connection, function: Callable[[Work], Any]) -> tuple[Any, BaseException | None]:
    """Run one function so that its failure undoes only its own changes. A fault of the database undoes the batch."""
    for attempt in range(_TRIES):
        run_on_sqlite(connection, "SAVEPOINT one")
        try:
            result = function(Work(connection))
            run_on_sqlite(connection, "RELEASE one")
        except OperationalError:
            raise
        except Exception as error:
            run_on_sqlite(connection, "ROLLBACK TO one")
            if isinstance(error, IntegrityError) and attempt < _TRIES - 1:
                continue  # two drew the same reference: the next draw will differ
            return None, _translate(error)
        return result, None
    return None, StoreUnavailable("the database is too busy; try again")


class _PooledWriter:
    """A few threads, one transaction each; what lost a race (a deadlock, a unique key) is run again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(8, "store-write")

    def submit(self, function: Callable[[Work], T]) -> Future[T]:
        return self._pool.submit(self._run, function)

    def close(self) -> None:
        self._pool.shutdown()

    def _run(self, function: Callable[[Work], T]) -> T:
        for attempt in range(_TRIES):
            try:
                with self._engine.connect() as connection, connection.begin():
                    return function(Work(connection))
            except (OperationalError, IntegrityError) as error:
                lost_race = isinstance(error, IntegrityError) or _sqlstate(error) in ("40001", "40P01")
                if not lost_race or attempt == _TRIES - 1:
                    raise _translate(error) from error
            except SQLAlchemyError as error:
                raise _translate(error) from error
        raise StoreUnavailable("the database is too busy; try again")


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", "") or ""


def _translate(error: BaseException) -> BaseException:
    """Database faults become `StoreUnavailable` without their details, which may hold message text."""
    if isinstance(error, IntakebotError) or not isinstance(error, SQLAlchemyError):
        return error
    if isinstance(error, DBAPIError):
        unavailable = StoreUnavailable(f"the database refused ({type(error.orig).__name__}); nothing was written")
        unavailable.__cause__ = error.orig.with_traceback(None) if error.orig else None
        return unavailable
    return StoreUnavailable(f"the database cannot be used now ({type(error).__name__}); nothing was written")


def _postgresql_engine(url: str) -> Engine:
    return create_engine(url, pool_size=12, max_overflow=4, pool_pre_ping=True, connect_args={"connect_timeout": 5})


def open_store(settings: Settings, *, patient: bool = False) -> Store:
    """Open the case store, creating or upgrading it where that is safe; a `patient` one lets other writers go first.

    Raises BadInput in words that say what to do where the folder or the database cannot be used.
    """
    url = settings.effective_database_url
    if settings.uses_sqlite and settings.database_url == "":
        try:
            settings.data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"the data folder {settings.data} cannot be made: {error.strerror}") from error
    try:
        store = Store(url, None if settings.blobs_in_database else settings.data / "blobs", patient=patient)
    except (SQLAlchemyError, ImportError) as error:
        raise BadInput("database_url cannot be understood; see docs/configuration.md") from error
    try:
        prepare(store.engine)
    except SQLAlchemyError as error:
        store.close()
        what = type(error.orig).__name__ if isinstance(error, DBAPIError) and error.orig else type(error).__name__
        raise StoreUnavailable(
            f"the database cannot be opened ({what}); is it running, and is the address right?"
        ) from error
    except BadInput:
        store.close()
        raise
    return store
