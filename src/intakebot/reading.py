"""Reading: raw bytes become a normalised message and its classification, in processes of their own.

Reading is pure work for the processor and the part most likely to meet something nobody foresaw. In its own
process it leaves the service free, has a limit on its time, and may die without taking anything with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import datetime
from types import FrameType

from intakebot import plugins
from intakebot.channels.base import Channel
from intakebot.channels.email.identity import fingerprint
from intakebot.classifiers.base import Classifier
from intakebot.config import Settings
from intakebot.domain.labels import Classification, Kind, Tag
from intakebot.domain.message import NormalisedMessage, RawMessage
from intakebot.errors import IntakebotError, Unreadable


@dataclass(frozen=True, slots=True)
class Reading:
    """What one message says. `fingerprint` is the same for copies of one message, however they came."""

    message: NormalisedMessage
    classification: Classification
    fingerprint: str


class ReaderDied(IntakebotError):
    """The process that was reading died. The message is tried again, by itself."""


class Reader:
    """Reads messages in this process."""

    def __init__(self, settings: Settings, channels: dict[str, Channel] | None = None) -> None:
        self._settings = settings
        self._channels: dict[str, Channel] = channels or {}
        self.classifier: Classifier = plugins.classifier(settings.classifier)

    def read(self, raw: RawMessage) -> Reading:
        """Read one message. Raises `Unreadable`."""
        channel = self._channels.get(raw.channel)
        if channel is None:
            channel = self._channels[raw.channel] = plugins.channel(raw.channel, self._settings, _no_clock)
        message = channel.normalise(raw)
        return Reading(message, self._classify(message), _fingerprint(message))

    def _classify(self, message: NormalisedMessage) -> Classification:
        text = f"Subject: {message.subject}\n\n{message.new_text}" if message.channel == "email" else message.new_text
        try:
            return self.classifier.classify(text, message.channel)
        except Exception as error:  # a classifier from outside may fail in any way; the message still goes on
            reason = f"The classifier failed ({type(error).__name__})."
            doubt = Classification(Tag(Kind.COMPLAINT, 0.0), needs_review=True, review_reason=reason)
            return replace(doubt, version="none")


def _no_clock() -> datetime:
    raise RuntimeError("reading a message needs no clock; its time of receipt comes with it")


def _fingerprint(message: NormalisedMessage) -> str:
    if message.message_id:
        return fingerprint(message)
    return hashlib.sha256(f"{message.channel}\0{message.external_id}".encode()).hexdigest()


class ReadingRoom:
    """Readers in processes of their own, each message with a limit of time (seconds)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._alone = asyncio.Lock()
        self._pool = self._new_pool(settings.readers)

    def _new_pool(self, readers: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            readers, multiprocessing.get_context("spawn"), initializer=_sit_down, initargs=(self._settings,)
        )

    async def read(self, raw: RawMessage) -> Reading:
        """Read one message. Raises `Unreadable`, also where it takes too long; `ReaderDied` if it kills its reader.

        When a reader dies, everything in its process is lost with it; each message is then read once more,
        alone, so that only the one to blame fails.
        """
        loop = asyncio.get_running_loop()
        pool = self._pool
        try:
            return await loop.run_in_executor(pool, _read, raw)
        except BrokenProcessPool:
            pass
        async with self._alone:
            if self._pool is pool:
                pool.shutdown(wait=False)
                self._pool = self._new_pool(self._settings.readers)
            with self._new_pool(1) as single:
                try:
                    return await loop.run_in_executor(single, _read, raw)
                except BrokenProcessPool as error:
                    raise ReaderDied("The process that read this message died.") from error

    def close(self) -> None:
        """Send the readers home."""
        self._pool.shutdown(wait=True, cancel_futures=True)


_seated: list[tuple[Reader, int]] = []
"""The one reader of this process: a pool's tasks have no other way to find what its initializer made."""


def _sit_down(settings: Settings) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which then sends readers home
    signal.signal(signal.SIGALRM, _too_long)
    threading.Thread(target=_leave_with_the_service, daemon=True).start()
    _seated[:] = [(Reader(settings), settings.read_timeout)]


def _leave_with_the_service() -> None:
    """A service that was killed cannot send its readers home; they notice and go."""
    service = multiprocessing.parent_process()
    if service is not None:
        service.join()
        os._exit(1)


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise Unreadable("It takes too long to read.")


def _read(raw: RawMessage) -> Reading:
    reader, limit = _seated[0]
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        return reader.read(raw)
    except RecursionError as error:
        raise Unreadable("It is nested too deeply to read.") from error
    except MemoryError as error:
        raise Unreadable("It needs more memory than there is.") from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
