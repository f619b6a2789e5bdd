"""Reading: raw bytes become a normalised message and its classification. Pure work, with a limit on its time.

Reading meets whatever anybody sends, so it has three guards: caps inside the channels, a limit of seconds
here, and a process that may die without taking anything else with it (`worker`).
"""

from __future__ import annotations

import hashlib
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import FrameType

from intakebot import plugins
from intakebot.channels.base import Channel
from intakebot.channels.email.identity import fingerprint
from intakebot.classifiers.base import Classifier
from intakebot.config.settings import Settings
from intakebot.domain.labels import Classification, Kind, Tag
from intakebot.domain.message import NormalisedMessage, RawMessage
from intakebot.domain.places import find_address, find_phone
from intakebot.errors import PluginError, Unreadable

log = logging.getLogger(__name__)

_DEAF_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """What one message says. `fingerprint` is the same for copies of one message, however they came.

    `address` and `phone` are the first home and the first phone number its own words name, "" without one.
    """

    message: NormalisedMessage
    classification: Classification
    fingerprint: str
    address: str
    phone: str

    @classmethod
    def of(cls, message: NormalisedMessage, classification: Classification, fingerprint: str) -> Reading:
        """A reading, with the places the message names looked up: here, because no transaction waits for it."""
        words = message.own_words
        return cls(message, classification, fingerprint, find_address(words), find_phone(words))


class Reader:
    """Reads messages. Channels are loaded as messages of theirs come."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._channels: dict[str, Channel] = {}
        self._classifier = _classifier(settings)

    def read(self, raw: RawMessage) -> Reading:
        """Read one message, in the main thread of its process. Raises `Unreadable`, also where it takes too long."""
        try:
            with _limit(self._settings.read_timeout):
                channel = self._channels.get(raw.channel)
                if channel is None:
                    channel = self._channels[raw.channel] = plugins.channel(raw.channel, self._settings, _no_clock)
                message = channel.normalise(raw)
                return Reading.of(message, self._classify(message), _fingerprint(message))
        except _TooLong as error:
            raise Unreadable("It takes too long to read.") from error
        except RecursionError as error:
            raise Unreadable("It is nested too deeply to read.") from error
        except MemoryError as error:
            raise Unreadable("It needs more memory than there is.") from error

    def _classify(self, message: NormalisedMessage) -> Classification:
        try:
            return self._classifier.classify(message.to_classify, message.channel)
        except Exception as error:  # a classifier from outside may fail in any way; the message still goes on
            reason = f"The classifier failed ({type(error).__name__})."
            return Classification(Tag(Kind.COMPLAINT, 0.0), needs_review=True, review_reason=reason, version="none")


def _classifier(settings: Settings) -> Classifier:
    """The one chosen; where it does not load, the rules: lighter, and intake goes on. `intakebot doctor` says why."""
    try:
        return plugins.classifier(settings.classifier, settings)
    except PluginError as error:
        log.error("messages are classified by the rules alone: %s", error)
        return plugins.classifier("rules", settings)


class _TooLong(BaseException):
    """The limit was reached. Not an Exception, so that no guard on the way takes it for a fault of its own."""


@contextmanager
def _limit(seconds: int) -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    # Code that keeps the interpreter to itself hears no handler; this signal has none and ends the process.
    signal.setitimer(signal.ITIMER_PROF, seconds + _DEAF_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ring(_signal: int, _frame: FrameType | None) -> None:
    raise _TooLong


def _no_clock() -> datetime:
    raise RuntimeError("reading a message needs no clock; its time of receipt comes with it")


def _fingerprint(message: NormalisedMessage) -> str:
    if message.message_id:
        return fingerprint(message)
    return hashlib.sha256(f"{message.channel}\0{message.external_id}".encode()).hexdigest()
