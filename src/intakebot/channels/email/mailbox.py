"""Takes mail from a mailbox: everything in it that is not marked done, marked done only once it is durable.

A message that cannot be taken stays where it is and is tried again with growing delay, after the others and by
itself, so that it holds nobody up. If we die between taking and marking, the message is taken again and
recognised as the same.
"""

from __future__ import annotations

import asyncio
import imaplib
import logging
import secrets
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

from intakebot.channels.base import Accept
from intakebot.channels.email import identity
from intakebot.channels.email.imap import Fetched, ImapSession, MailboxTrouble
from intakebot.channels.email.oauth import SignInTrouble, Tokens, sign_in
from intakebot.config.doors import Mailbox
from intakebot.domain.message import Envelope, RawMessage

_P = ParamSpec("_P")
_T = TypeVar("_T")

_LONGEST_DELAY = 300.0
_CLOSING = 2.0
_BATCH_MESSAGES = 50
_BATCH_BYTES = 8_000_000
_SIZES_AT_ONCE = 500
_MISSES_IN_A_ROUND = 5
_OLDEST = datetime(2000, 1, 1, tzinfo=UTC)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MailboxState:
    """How it goes, for a person: `last_error` is a sentence, "" when all is well; `last_checked` has a zone."""

    connected: bool = False
    last_error: str = ""
    last_checked: datetime | None = None


def growing_delay(failures: int) -> float:
    """Seconds to wait after so many failures in a row: doubling up to five minutes, each a little by chance."""
    longest = min(_LONGEST_DELAY, 2.0 ** min(failures, 20))
    return longest * secrets.SystemRandom().uniform(0.5, 1.0)


class MailboxWatch:
    """Watches one mailbox, signing in with `tokens` where it takes no password. `state` may be read at any time."""

    def __init__(
        self,
        mailbox: Mailbox,
        accept: Accept,
        now: Callable[[], datetime],
        *,
        channel: str = "email",
        tokens: Tokens | None = None,
        delay: Callable[[int], float] = growing_delay,
    ) -> None:
        self.state = MailboxState()
        self._mailbox = mailbox
        self._accept = accept
        self._now = now
        self._channel = channel
        self._tokens = tokens
        self._delay = delay
        self._failures = 0
        self._refused: dict[str, int] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mailbox")

    async def run(self) -> None:
        """Take mail until cancelled, connecting again whenever the connection breaks. Raises nothing else."""
        try:
            while True:
                session = ImapSession(self._mailbox)
                try:
                    await self._watch(session)
                except Exception as error:
                    self._trouble(_words(error), connected=False)
                finally:
                    await self._end(session)
                await asyncio.sleep(self._delay(self._failures))
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _watch(self, session: ImapSession) -> None:
        await sign_in(self._tokens, lambda token: self._blocking(session.connect, token))
        self.state = replace(self.state, connected=True)
        while True:
            waiting = await self._blocking(session.waiting)
            self._refused = {uid: self._refused[uid] for uid in waiting if uid in self._refused}
            await self._take_all(session, waiting)
            if self._refused:
                count = len(self._refused)
                words = f"{count} message(s) could not be taken; they stay in the mailbox and are tried again"
                self._trouble(words, connected=True)
                await self._pause(session, self._delay(self._failures))
            else:
                self._failures = 0
                self.state = MailboxState(connected=True, last_checked=self._now())
                if not waiting:
                    await self._pause(session, self._mailbox.poll_seconds)

    async def _take_all(self, session: ImapSession, waiting: Sequence[str]) -> None:
        """Take what waits: new messages in batches, then those refused before, one by one, least refused first."""
        fresh = [uid for uid in waiting if uid not in self._refused]
        again = sorted(self._refused, key=lambda uid: (self._refused[uid], int(uid)))
        for start in range(0, len(fresh), _SIZES_AT_ONCE):
            some = fresh[start : start + _SIZES_AT_ONCE]
            for batch in _batches(some, await self._blocking(session.sizes, some)):
                if not await self._take(session, batch):
                    return  # the store is probably away, and there is no use in fetching the rest
        misses = 0
        for uid in again:
            misses += not await self._take(session, [uid])
            if misses == _MISSES_IN_A_ROUND:
                return

    async def _take(self, session: ImapSession, uids: Sequence[str]) -> bool:
        """Take one batch; returns whether any was taken. What was not is remembered, to come last next time."""
        for uid in uids:
            self._refused[uid] = self._refused.get(uid, 0) + 1
        fetched = await self._blocking(session.fetch, uids)
        results = await asyncio.gather(
            *(self._accept(self._raw(message)) for message in fetched), return_exceptions=True
        )
        done = []
        for message, result in zip(fetched, results, strict=True):
            if isinstance(result, BaseException):
                _log.warning("a message stays in the mailbox for now: %s", type(result).__name__)
            else:
                done.append(message.uid)
        if done:
            await self._blocking(session.mark_done, done)
        for uid in done:
            del self._refused[uid]
        return bool(done)

    def _raw(self, message: Fetched) -> RawMessage:
        now = self._now()
        arrived = message.arrived
        return RawMessage(
            channel=self._channel,
            external_id=identity.external_id(message.content),
            content=message.content,
            received_at=arrived if arrived is not None and _OLDEST < arrived <= now else now,
            envelope=Envelope(source="imap"),
        )

    async def _pause(self, session: ImapSession, seconds: float) -> None:
        if session.can_idle:
            await self._blocking(session.wait, seconds)
        else:
            await asyncio.sleep(seconds)

    def _trouble(self, words: str, *, connected: bool) -> None:
        self._failures += 1
        self.state = replace(self.state, connected=connected, last_error=words)
        _log.warning("mailbox: %s (%d in a row)", words, self._failures)

    async def _end(self, session: ImapSession) -> None:
        """Free the connection, breaking off whatever the thread still waits for; not waiting long for it."""
        session.interrupt()
        closing = asyncio.get_running_loop().run_in_executor(self._thread, session.close)
        await asyncio.wait({closing}, timeout=_CLOSING)

    async def _blocking(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: call(*args, **kwargs))


async def trouble(mailbox: Mailbox, tokens: Tokens | None) -> str:
    """What keeps us out of the mailbox, in words; "" for nothing. Signs in to find out, and changes nothing there."""
    session = ImapSession(mailbox)
    try:
        await sign_in(tokens, lambda token: asyncio.to_thread(session.connect, token, only_look=True))
    except Exception as error:
        return _words(error)
    finally:
        await asyncio.to_thread(session.close)
    return ""


def _batches(uids: Sequence[str], sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """Batches to fetch at once, small enough to hold in memory. Messages that have gone are left out."""
    batch: list[str] = []
    room = _BATCH_BYTES
    for uid in uids:
        if uid not in sizes:
            continue
        if batch and (len(batch) == _BATCH_MESSAGES or sizes[uid] > room):
            yield batch
            batch, room = [], _BATCH_BYTES
        batch.append(uid)
        room -= sizes[uid]
    if batch:
        yield batch


def _words(error: Exception) -> str:
    match error:
        case MailboxTrouble() | SignInTrouble():
            return str(error)
        case ssl.SSLError():
            return "no secure connection with the mail server; check mailbox.security and mailbox.ca_file"
        case socket.gaierror():
            return "the name in mailbox.host is not known"
        case TimeoutError():
            return "the mail server did not answer in time"
        case ConnectionRefusedError():
            return "the mail server is not there; check mailbox.host and mailbox.port"
        case OSError() | imaplib.IMAP4.error():
            return "the connection with the mail server broke"
        case _:
            return f"an unforeseen fault ({type(error).__name__})"
