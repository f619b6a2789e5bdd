"""What all SMTP conversations of one listener share: who may come in, which mail is ours, and handing it over.

Methods whose names begin with handle_ are hooks that aiosmtpd calls; `MISSING` lets its own answer stand.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from aiosmtpd.smtp import MISSING, SMTP
from aiosmtpd.smtp import Envelope as SmtpEnvelope
from aiosmtpd.smtp import Session as SmtpSession

from intakebot.channels.base import Accept, Accepted
from intakebot.channels.email import identity
from intakebot.channels.email.limits import Limits
from intakebot.config.doors import Mail
from intakebot.config.settings import Settings
from intakebot.domain.message import Envelope, RawMessage

RECEIVED = "250 2.0.0 Received"
STOPPING = "421 4.3.2 We are closing for a moment. Please try again later."
ENOUGH_FOR_ONE = "421 4.7.0 That is enough on one connection. Please connect again for the next message."
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients for one message. Please send the rest in another."
NOT_OURS = "550 5.1.1 There is no such address here. Please check it, or write to {address}"

_MAX_RECIPIENTS = 1000

_log = logging.getLogger(__name__)


class Caller(Protocol):
    """A client's connection, as the door sees it: its IP address, and how many messages it has given us."""

    peer: str
    taken: int

    def leave_when_idle(self) -> None:
        """Say goodbye now, or after the message that is arriving."""

    def cut(self) -> None:
        """End the connection without another word."""


class Door:
    """The shared state of one listener."""

    def __init__(self, settings: Settings, accept: Accept, now: Callable[[], datetime], channel: str) -> None:
        self.mail = settings.mail
        self.smtp = settings.smtp
        self.limits = Limits(settings.smtp)
        self.stopping = False
        self._accept = accept
        self._now = now
        self._channel = channel
        self._callers: set[Caller] = set()
        self._accepting: set[asyncio.Task[Accepted]] = set()
        self._all_gone = asyncio.Event()

    def enter(self, caller: Caller) -> str:
        """Count a caller in. Returns "" or the refusal to send; `leave` must follow in either case."""
        self._callers.add(caller)
        refusal = self.limits.connect(caller.peer, asyncio.get_running_loop().time())
        return STOPPING if self.stopping else refusal

    def leave(self, caller: Caller) -> None:
        """Count a caller out."""
        self._callers.discard(caller)
        self.limits.disconnect(caller.peer)
        if not self._callers:
            self._all_gone.set()

    async def empty(self, grace: float) -> None:
        """Send everybody away, waiting at most `grace` seconds for messages that are arriving."""
        self.stopping = True
        for caller in tuple(self._callers):
            caller.leave_when_idle()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self._callers:
                    self._all_gone.clear()
                    await self._all_gone.wait()
                if self._accepting:
                    await asyncio.wait(self._accepting)
        for caller in tuple(self._callers):
            caller.cut()

    async def take(self, content: bytes, envelope: SmtpEnvelope, peer: str) -> str:
        """Hand a whole message over; returns the reply. Goes on to the end even if the client hangs up.

        Raises whatever `accept` raises; the message was then not taken.
        """
        sender = envelope.mail_from or ""
        raw = RawMessage(
            channel=self._channel,
            external_id=identity.external_id(content, sender),
            content=content,
            received_at=self._now(),
            envelope=Envelope(
                sender="" if sender == "<>" else sender,
                recipients=tuple(envelope.rcpt_tos),
                peer=peer,
                source="smtp",
            ),
        )
        task = asyncio.ensure_future(self._accept(raw))
        self._accepting.add(task)
        task.add_done_callback(self._accepted)
        await asyncio.shield(task)
        return RECEIVED

    def _accepted(self, task: asyncio.Task[Accepted]) -> None:
        self._accepting.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("a message was not taken; its sender will try again: %s", type(error).__name__)

    async def handle_EHLO(
        self, server: SMTP, session: SmtpSession, envelope: SmtpEnvelope, host: str, replies: list[str]
    ) -> list[str]:
        """What we offer: never AUTH, since nobody has an account to send through."""
        session.host_name = host
        offered = [reply for reply in replies if not reply.startswith("250-AUTH")]
        return [*offered[:-1], "250-PIPELINING", offered[-1]]

    async def handle_MAIL(
        self, server: Caller, session: SmtpSession, envelope: SmtpEnvelope, sender: str, options: list[str]
    ) -> object:
        """Whether this caller may begin another message."""
        if server.taken >= self.smtp.max_messages_per_connection:
            return ENOUGH_FOR_ONE
        return self.limits.begin_message(server.peer, asyncio.get_running_loop().time()) or MISSING

    async def handle_RCPT(
        self, server: SMTP, session: SmtpSession, envelope: SmtpEnvelope, recipient: str, options: list[str]
    ) -> object:
        """Whether mail to this address is ours. Nothing else is ever taken: we relay for nobody."""
        if len(envelope.rcpt_tos) >= _MAX_RECIPIENTS:
            return TOO_MANY_RECIPIENTS
        if self.smtp.accept_any_recipient or is_ours(recipient, self.mail):
            return MISSING
        return NOT_OURS.format(address=self.mail.address)


def is_ours(recipient: str, mail: Mail) -> bool:
    """Whether an address is ours, ours with a +tag, or postmaster of one of our domains (RFC 5321 4.5.1)."""
    address = recipient.lower()
    local, _, domain = address.rpartition("@")
    if address in mail.all_addresses or address == "postmaster":
        return True
    if local == "postmaster":
        return domain in {ours.rpartition("@")[2] for ours in mail.all_addresses}
    return "+" in local and f"{local.partition('+')[0]}@{domain}" in mail.all_addresses
