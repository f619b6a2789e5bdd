"""Workforce: the workers' processes, started, watched and replaced.

Workers have processes of their own because reading and taking in is work for the processor, which would keep
the listener waiting, and because what a message does to its reader must not reach anything else.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import multiprocessing
import os
import secrets
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from multiprocessing.connection import Connection

from intakebot.config.settings import Settings
from intakebot.errors import IntakebotError
from intakebot.landlord import Landlord
from intakebot.reading import Reader
from intakebot.store.engine import Store, open_store
from intakebot.worker import Worker

log = logging.getLogger(__name__)

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_spawn = multiprocessing.get_context("spawn")
_MOST_WORKERS = 4
_REPLACE_SECONDS = 0.5
_STOP_SECONDS = 20.0
_WELL_SECONDS = 10.0
"""A worker that lives so long has begun."""


class Workforce:
    """The worker processes of this service.

    Each is woken, and told to stop, through a pipe of its own: a byte, or the end. A worker may be killed at any
    moment, so nothing is shared with it that could be left locked.
    """

    def __init__(self, settings: Settings, store: Store, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._store = store
        self._now = now
        self._bells: set[Connection] = set()
        self.trouble = ""
        """Why messages may not be read just now, "" while workers live: for people."""

    def wake(self) -> None:
        """Something new was accepted. Never waits."""
        for bell in self._bells:
            with suppress(BlockingIOError, OSError):  # full: it has been rung often enough; broken: it is dead
                os.write(bell.fileno(), b"!")

    async def run(self) -> None:
        """Keep the workers at work until cancelled; then let each finish what it holds."""
        async with asyncio.TaskGroup() as places:
            for _ in range(self._settings.workers or min(os.cpu_count() or 1, _MOST_WORKERS)):
                places.create_task(self._fill_place())

    async def _fill_place(self) -> None:
        while True:
            name = f"worker-{secrets.token_hex(8)}"
            ear, bell = _spawn.Pipe(duplex=False)
            os.set_blocking(bell.fileno(), False)
            process = _spawn.Process(target=_work, args=(self._settings, self._now, name, ear))
            process.start()
            ear.close()
            self._bells.add(bell)
            well = asyncio.get_running_loop().call_later(_WELL_SECONDS, self._all_is_well)
            try:
                await asyncio.to_thread(process.join)
            except asyncio.CancelledError:
                well.cancel()
                self._bells.discard(bell)
                bell.close()
                process.join(_STOP_SECONDS)
                process.kill()
                process.join()
                raise
            well.cancel()
            self._bells.discard(bell)
            bell.close()
            self.trouble = f"a process that reads messages died (exit status {process.exitcode})"
            log.error("a worker died (exit status %s); another takes its place", process.exitcode)
            await self._release(name)
            await asyncio.sleep(_REPLACE_SECONDS)

    def _all_is_well(self) -> None:
        self.trouble = ""

    async def _release(self, name: str) -> None:
        """What the dead worker held is due again at once."""
        try:
            await self._store.write(lambda work: work.inbox.release_leases(self._now(), name))
        except IntakebotError as error:
            log.warning("a dead worker's messages wait for their lease to run out: %s", error)


def _work(settings: Settings, now: Callable[[], datetime], name: str, ear: Connection) -> None:
    """The life of one worker process. It ends when its pipe does: the service closed it, or was killed."""
    for ignored in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)  # the service is told to stop, and tells its workers
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    try:
        store = open_store(settings, patient=True)
        landlord = Landlord.from_settings(settings, store.signing_key())
        worker = Worker(store, landlord, Reader(settings), now, name)
    except IntakebotError as error:
        log.error("this worker cannot begin: %s", error)
        raise SystemExit(1) from None
    gc.freeze()  # what was loaded stays; looking through it again and again would cost a tenth of the time
    gc.set_threshold(20_000, 20, 50)
    try:
        worker.work(lambda seconds: _listen(ear, seconds))
    finally:
        store.close()


def _listen(ear: Connection, seconds: float) -> bool:
    """Wait so long for something new; False when there will be nothing more."""
    return not ear.poll(seconds) or os.read(ear.fileno(), 65536) != b""
