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
import threading
from collections.abc import Callable
from datetime import datetime
from multiprocessing.synchronize import Event

from intakebot.config import Settings
from intakebot.errors import IntakebotError
from intakebot.landlord import Landlord
from intakebot.reading import Reader
from intakebot.store.engine import Store, open_store
from intakebot.worker import Worker

log = logging.getLogger(__name__)

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_spawn = multiprocessing.get_context("spawn")
_MOST_WORKERS = 4
_IDLE_SECONDS = 1.0
_REPLACE_SECONDS = 0.5
_STOP_SECONDS = 20.0


class Workforce:
    """The worker processes of this service."""

    def __init__(self, settings: Settings, store: Store, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._store = store
        self._now = now
        self._news = _spawn.Event()
        self._stop = _spawn.Event()

    def wake(self) -> None:
        """Something new was accepted."""
        self._news.set()

    async def run(self) -> None:
        """Keep the workers at work until cancelled; then let each finish what it holds."""
        self._stop.clear()
        async with asyncio.TaskGroup() as places:
            for _ in range(self._settings.workers or min(os.cpu_count() or 1, _MOST_WORKERS)):
                places.create_task(self._fill_place())

    async def _fill_place(self) -> None:
        while True:
            name = f"worker-{secrets.token_hex(8)}"
            process = _spawn.Process(target=_work, args=(self._settings, self._now, name, self._news, self._stop))
            process.start()
            try:
                await asyncio.to_thread(process.join)
            except asyncio.CancelledError:
                self._stop.set()
                self._news.set()
                process.join(_STOP_SECONDS)
                process.kill()
                process.join()
                raise
            log.error("a worker died (exit status %s); another takes its place", process.exitcode)
            await self._release(name)
            await asyncio.sleep(_REPLACE_SECONDS)

    async def _release(self, name: str) -> None:
        """What the dead worker held is due again at once."""
        try:
            await self._store.write(lambda work: work.inbox.release_leases(self._now(), name))
        except IntakebotError as error:
            log.warning("a dead worker's messages wait for their lease to run out: %s", error)


def _work(settings: Settings, now: Callable[[], datetime], name: str, news: Event, stop: Event) -> None:
    """The life of one worker process."""
    for ignored in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)  # the service is told to stop, and tells its workers
    threading.Thread(target=_leave_with_the_service, daemon=True).start()
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    try:
        store = open_store(settings)
    except IntakebotError as error:
        log.warning("this worker cannot begin: %s", error)
        raise SystemExit(1) from None
    try:
        landlord = Landlord.from_settings(settings, store.signing_key())

        def wait() -> bool:
            news.wait(_IDLE_SECONDS)
            news.clear()
            return not stop.is_set()

        worker = Worker(store, landlord, Reader(settings), now, name)
        gc.freeze()  # what was loaded stays; looking through it again and again would cost a tenth of the time
        gc.set_threshold(20_000, 20, 50)
        worker.work(wait)
    finally:
        store.close()


def _leave_with_the_service() -> None:
    """A service that was killed cannot stop its workers; they notice and go."""
    service = multiprocessing.parent_process()
    if service is not None:
        service.join()
        os._exit(1)
