"""START HERE. Intake: a raw message is made durable, read, and put on a case with clocks, officer and answer.

`accept` is all a channel needs: it returns when the bytes and one inbox row are committed, and not before.
The workers then claim rows, read each in a process of its own, and hand it to `taking.take_in`, which does
everything else in one transaction. A worker may be killed at any point: the row's lease runs out and
somebody else does it, once.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from types import TracebackType

from intakebot.channels.base import Accepted
from intakebot.domain.message import RawMessage
from intakebot.errors import IntakebotError, StoreUnavailable, Unreadable
from intakebot.landlord import Landlord
from intakebot.reading import ReadingRoom
from intakebot.store.blobs import digest
from intakebot.store.engine import Store, Work
from intakebot.store.queues import InboxRow, LeaseLost
from intakebot.taking import Roster, Taken, take_in

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
_AT_ONCE = 32
_IDLE_SECONDS = 1.0
_GATHER_SECONDS = 0.05
"""Under load a short wait lets several messages share one claim and one commit."""


class Intake:
    """Accepts messages and works the inbox."""

    def __init__(self, store: Store, landlord: Landlord, room: ReadingRoom, now: Callable[[], datetime]) -> None:
        self._store = store
        self._landlord = landlord
        self._room = room
        self._now = now
        self._roster = Roster(now)
        self._worker = f"intake-{secrets.token_hex(8)}"
        self._arrived = asyncio.Event()
        self.trouble = ""
        """Why the last message could not be taken, "" when it could: for people, without details."""

    async def accept(self, raw: RawMessage) -> Accepted:
        """Make a message durable. Raises `StoreUnavailable` with nothing promised; a repeat gives the first receipt."""
        now = self._now()
        try:
            (blob,) = await self._store.blobs.keep([raw.content])
            inbox_id, repeat = await self._store.write(lambda work: work.inbox.add(raw, blob, now))
        except StoreUnavailable as error:
            self.trouble = str(error)
            raise
        self.trouble = ""
        if not repeat:
            self._arrived.set()
        return Accepted(inbox_id, repeat)

    async def run(self, *, until_empty: bool = False, only: Sequence[int] = ()) -> None:
        """Work the inbox until cancelled, or until nothing of it is due. With `only`, just these rows."""
        working: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as tasks:
            while True:
                while len(working) > _AT_ONCE // 2:  # claiming costs the same for many as for one
                    await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
                self._arrived.clear()
                rows = await self._claim(_AT_ONCE - len(working), only)
                for row in rows:
                    task = tasks.create_task(self._work(row))
                    working.add(task)
                    task.add_done_callback(working.discard)
                if not rows:
                    if until_empty:
                        return
                    await self._wait()
                elif len(rows) < _AT_ONCE // 2 and not until_empty:
                    await asyncio.sleep(_GATHER_SECONDS)

    async def _claim(self, limit: int, only: Sequence[int]) -> tuple[InboxRow, ...]:
        try:
            return await self._store.write(lambda work: work.inbox.claim(self._worker, self._now(), LEASE, limit, only))
        except StoreUnavailable as error:
            log.warning("the inbox cannot be read now: %s", error)
            return ()

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_IDLE_SECONDS):
                await self._arrived.wait()

    async def _work(self, row: InboxRow) -> None:
        try:
            taken = await self._take(row)
            log.info("inbox %s: %s %s", row.id, taken.outcome, taken.reference)
        except LeaseLost:
            log.info("inbox %s: taken over by another worker", row.id)
        except Unreadable as error:
            await self._give_up(row, str(error), park=True)
        except Exception as error:  # whatever it is, the message is kept and tried again, then parked
            reason = str(error) if isinstance(error, IntakebotError) else f"Unexpected fault: {type(error).__name__}."
            if not isinstance(error, IntakebotError):
                log.error("inbox %s: %s", row.id, type(error).__name__, exc_info=_without_message(error))
            await self._give_up(row, reason, park=False)

    async def _take(self, row: InboxRow) -> Taken:
        content = await self._store.blobs.get(row.sha256)
        if digest(content) != row.sha256:
            raise StoreUnavailable("a stored original does not match its checksum")
        reading = await self._room.read(row.raw(content))
        kept = await self._store.blobs.keep([a.content for a in reading.message.attachments])

        def transaction(work: Work) -> Taken:
            return take_in(work, row, self._worker, reading, kept, self._landlord, self._roster, self._now())

        return await self._store.write(transaction)

    async def _give_up(self, row: InboxRow, reason: str, *, park: bool) -> None:
        now = self._now()

        def transaction(work: Work) -> None:
            if park:
                work.inbox.park(row.id, self._worker, reason, now)
            else:
                work.inbox.retry_or_park(row.id, row.attempts, self._worker, reason, now)

        try:
            await self._store.write(transaction)
        except IntakebotError as error:
            log.warning("inbox %s: left for its lease to run out: %s", row.id, error)


def _without_message(error: Exception) -> tuple[type[Exception], Exception, TracebackType | None]:
    """Where it went wrong, without the words of the exception, which may hold message text."""
    return (Exception, Exception(type(error).__name__), error.__traceback__)
