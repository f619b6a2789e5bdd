"""Worker: claims accepted messages, reads each, and takes it in. Plain and synchronous; any number may run.

A worker may be killed at any point. Its rows' leases run out, or are released by whoever notices, and another
does them, once: `taking.take_in` finishes a row only under the lease it was claimed with. A message that has
failed before is worked by itself, so that one that kills its process takes no other with it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from types import TracebackType

from intakebot.errors import IntakebotError, StoreUnavailable, Unreadable
from intakebot.landlord import Landlord
from intakebot.reading import Reader, Reading
from intakebot.store.blobs import digest
from intakebot.store.engine import Store, Work
from intakebot.store.queues import InboxRow, LeaseLost
from intakebot.taking import Roster, Taken, take_in

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=300)
_BATCH = 16
_DEATHS = 3
_IDLE_SECONDS = 1.0
_GATHER_SECONDS = 0.03
"""Under load a short wait lets several messages share one claim and one commit."""
_LOOK_BACK = 8
"""After so many batches of new messages, one that has failed before has its turn."""
_MOST_HELD = 16 * 2**20
"""Attachments held in memory, in bytes, before what was read is taken in."""


class Worker:
    """Works the inbox. `name` marks the rows it holds."""

    def __init__(
        self, store: Store, landlord: Landlord, reader: Reader, now: Callable[[], datetime], name: str
    ) -> None:
        self._store = store
        self._landlord = landlord
        self._reader = reader
        self._now = now
        self._name = name
        self._roster = Roster(now)
        self._batches = 0

    def work(self, wait: Callable[[float], bool]) -> None:
        """Work until told to stop. `wait` waits so many seconds for something new, and says whether to go on."""
        done = _BATCH
        while wait(0.0 if done >= _BATCH else _GATHER_SECONDS if done else _IDLE_SECONDS):
            done = self._step(())

    def work_off(self, only: Sequence[int] = ()) -> None:
        """Work until nothing is due; with `only`, nothing of these."""
        while self._step(only):
            pass

    def _step(self, only: Sequence[int]) -> int:
        """One batch of new messages; and without any, or now and then, one that has failed before.

        Returns how many were worked.
        """
        new = self._claim(only, again=False)
        self._take(new)
        self._batches += 1
        if new and self._batches % _LOOK_BACK:
            return len(new)
        failed = self._claim(only, again=True)
        self._take(failed)
        return len(new) + len(failed)

    def _claim(self, only: Sequence[int], *, again: bool) -> tuple[InboxRow, ...]:
        limit = 1 if again else _BATCH
        try:
            return self._store.write_now(
                lambda work: work.inbox.claim(self._name, self._now(), LEASE, limit, only, again=again)
            )
        except StoreUnavailable as error:
            log.warning("the inbox cannot be read now: %s", error)
            return ()

    def _take(self, rows: Sequence[InboxRow]) -> None:
        """Read them one after another, then take them in together.

        Nothing is read while the transaction is open: everybody who wants to write would wait for it.
        """
        read, held = [], 0
        for row in rows:
            try:
                reading, blobs = self._read(row)
            except Exception as error:  # whatever it is, the message is kept and tried again, then parked
                self._give_up(row, error)
                continue
            read.append((row, self._transaction(row, reading, blobs)))
            held += sum(len(attachment.content) for attachment in reading.message.attachments)
            if held > _MOST_HELD:
                self._take_in(read)
                read, held = [], 0
        self._take_in(read)

    def _take_in(self, read: Sequence[tuple[InboxRow, Callable[[Work], Taken]]]) -> None:
        """One commit for all, each in its own savepoint."""
        for row, future in [(row, self._store.submit(transaction)) for row, transaction in read]:
            try:
                taken = future.result()
                log.debug("inbox %s: %s %s", row.id, taken.outcome, taken.reference)
            except Exception as error:
                self._give_up(row, error)

    def _transaction(self, row: InboxRow, reading: Reading, blobs: Sequence[str]) -> Callable[[Work], Taken]:
        name, landlord, roster = self._name, self._landlord, self._roster
        return lambda work: take_in(work, row, name, reading, blobs, landlord, roster, self._now())

    def _read(self, row: InboxRow) -> tuple[Reading, Sequence[str]]:
        if row.attempts > _DEATHS and not row.reason:  # a try that merely failed has noted a reason
            raise Unreadable("The process that read it died, each time it was tried.")
        content = self._store.blobs.get_now(row.sha256)
        if digest(content) != row.sha256:
            raise StoreUnavailable("a stored original does not match its checksum")
        reading = self._reader.read(row.raw(content))
        return reading, [self._store.blobs.keep_now(a.content) for a in reading.message.attachments]

    def _give_up(self, row: InboxRow, error: Exception) -> None:
        """Park what trying again cannot help; try the rest later, and park it when it has been tried often enough."""
        if isinstance(error, LeaseLost):
            log.info("inbox %s: taken over by another worker", row.id)
            return
        if isinstance(error, IntakebotError):
            reason = str(error)
            log.warning("inbox %s: %s", row.id, reason)
        else:
            reason = f"Unexpected fault: {type(error).__name__}."
            log.error("inbox %s: %s", row.id, reason, exc_info=_without_words(error))
        now = self._now()

        def note(work: Work) -> None:
            if isinstance(error, IntakebotError) and not error.temporary:
                work.inbox.park(row.id, self._name, reason, now)
            else:
                work.inbox.retry_or_park(row.id, row.attempts, self._name, reason, now)

        try:
            self._store.write_now(note)
        except IntakebotError as fault:
            log.warning("inbox %s: left for its lease to run out: %s", row.id, fault)


def _without_words(error: Exception) -> tuple[type[Exception], Exception, TracebackType | None]:
    """Where it went wrong, without the words of the exception, which may hold message text."""
    return (Exception, Exception(type(error).__name__), error.__traceback__)
