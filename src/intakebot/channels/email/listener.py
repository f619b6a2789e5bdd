"""Receives mail by SMTP, and says 250 only once `accept` has made it durable.

Built on aiosmtpd, with the message itself read in large pieces instead of line by line: lines may be of any
length up to the size limit, and large mail costs far less. Only CR LF . CR LF ends a message (RFC 5321
4.1.1.4); every other ending stays inside it, so no second message can be smuggled in. Nothing is relayed.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import AnyStr

from aiosmtpd.smtp import MISSING, SMTP, syntax
from aiosmtpd.smtp import Envelope as SmtpEnvelope
from aiosmtpd.smtp import Session as SmtpSession

from intakebot.channels.base import Accept, Accepted
from intakebot.channels.email import identity
from intakebot.channels.email.limits import NO_ROOM, Limits, canonical_peer
from intakebot.config import Mail, Settings
from intakebot.domain.message import Envelope, RawMessage
from intakebot.errors import BadInput, BadSettings

RECEIVED = "250 2.0.0 Received"
TRY_LATER = "451 4.3.0 We cannot take your message just now. Please try again later."
STOPPING = "421 4.3.2 We are closing for a moment. Please try again later."
TIMED_OUT = "421 4.4.2 You were silent for too long. Please connect again."
TOO_MANY_ERRORS = "421 4.7.0 Too many errors. Please connect again."
ENOUGH_FOR_ONE = "421 4.7.0 That is enough on one connection. Please connect again for the next message."
TOO_BIG = "552 5.3.4 Your message is too large. Please send it in parts, or without the largest attachments."
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients for one message. Please send the rest in another."
NOT_OURS = "550 5.1.1 There is no such address here. Please check it, or write to {address}"
SWITCHED_OFF = "502 5.5.1 That command is switched off here."

_log = logging.getLogger(__name__)

_END = b"\r\n.\r\n"
_PIECE = 2**17
_MAX_ERRORS = 20
_MAX_RECIPIENTS = 1000
_MAX_COMMAND = 2048
_SIMPLE_PATH = re.compile(r"<([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+)>(?: +(\S.*))?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Listener:
    """A listener that is running. `port` is the port it really has, also where the settings said 0."""

    def __init__(self, server: asyncio.Server, door: _Door) -> None:
        self._server = server
        self._door = door
        self.port: int = server.sockets[0].getsockname()[1]

    async def close(self, grace: float = 10.0) -> None:
        """Stop listening; let messages that are arriving finish, for at most `grace` seconds; send others away.

        A message cut off by this has had no 250, so its sender keeps it and tries again.
        """
        self._server.close()
        await self._door.empty(grace)
        await self._server.wait_closed()


async def serve(
    settings: Settings, accept: Accept, now: Callable[[], datetime], channel: str = "email"
) -> Listener:
    """Listen at `settings.smtp_host` and `smtp_port` in the running loop. `now` gives aware times.

    Raises `BadSettings` if the certificate cannot be used and `BadInput` if the port cannot be had.
    """
    # aiosmtpd writes every address and command it sees to this log.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
    door = _Door(settings, accept, now, channel)
    host, port = settings.smtp_host, settings.smtp_port
    try:
        server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(door), host, port, backlog=512
        )
    except OSError as error:
        raise BadInput(f"cannot listen for mail at {host} port {port}: {error.strerror or error}") from error
    return Listener(server, door)


def is_ours(recipient: str, mail: Mail) -> bool:
    """Whether this address is ours, ours with a +tag, or postmaster of one of our domains (RFC 5321 4.5.1)."""
    address = recipient.lower()
    local, _, domain = address.rpartition("@")
    if address in mail.all_addresses or address == "postmaster":
        return True
    if local == "postmaster":
        return domain in {ours.rpartition("@")[2] for ours in mail.all_addresses}
    return "+" in local and f"{local.partition('+')[0]}@{domain}" in mail.all_addresses


class _Door:
    """What all connections of one listener share. The handle_ methods are called by aiosmtpd."""

    def __init__(self, settings: Settings, accept: Accept, now: Callable[[], datetime], channel: str) -> None:
        self.mail = settings.mail
        self.smtp = settings.smtp
        self.limits = Limits(settings.smtp)
        self.tls = _tls_context(settings)
        self.stopping = False
        self._accept = accept
        self._now = now
        self._channel = channel
        self._connections: set[_Connection] = set()
        self._accepting: set[asyncio.Task[Accepted]] = set()
        self._gone = asyncio.Event()

    def enter(self, connection: _Connection, at: float) -> str:
        self._connections.add(connection)
        refusal = self.limits.connect(connection.peer, at)
        return STOPPING if self.stopping else refusal

    def leave(self, connection: _Connection) -> None:
        self._connections.discard(connection)
        self.limits.disconnect(connection.peer)
        if not self._connections:
            self._gone.set()

    async def empty(self, grace: float) -> None:
        self.stopping = True
        for connection in tuple(self._connections):
            connection.leave_when_idle()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self._connections:
                    self._gone.clear()
                    await self._gone.wait()
                if self._accepting:
                    await asyncio.wait(self._accepting)
        for connection in tuple(self._connections):
            connection.cut()

    async def take(self, content: bytes, envelope: SmtpEnvelope, peer: str) -> str:
        """Hand a whole message over; returns the reply. Goes on to the end even if the client hangs up."""
        sender = envelope.mail_from or ""
        raw = RawMessage(
            channel=self._channel,
            external_id=identity.external_id(content),
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
            _log.warning("a message was not taken, its sender will try again: %s", type(error).__name__)

    async def handle_EHLO(
        self, server: SMTP, session: SmtpSession, envelope: SmtpEnvelope, host: str, replies: list[str]
    ) -> list[str]:
        session.host_name = host
        offered = [reply for reply in replies if not reply.startswith("250-AUTH")]
        return [*offered[:-1], "250-PIPELINING", offered[-1]]

    async def handle_MAIL(
        self,
        server: _Connection,
        session: SmtpSession,
        envelope: SmtpEnvelope,
        sender: str,
        options: list[str],
    ) -> object:
        if server.taken >= self.smtp.max_messages_per_connection:
            return ENOUGH_FOR_ONE
        return self.limits.begin_message(server.peer, server.loop.time()) or MISSING

    async def handle_RCPT(
        self, server: SMTP, session: SmtpSession, envelope: SmtpEnvelope, recipient: str, options: list[str]
    ) -> object:
        if len(envelope.rcpt_tos) >= _MAX_RECIPIENTS:
            return TOO_MANY_RECIPIENTS
        if self.smtp.accept_any_recipient or is_ours(recipient, self.mail):
            return MISSING
        return NOT_OURS.format(address=self.mail.address)


class _Connection(SMTP):
    """One client's conversation. Names beginning smtp_ are SMTP commands, as aiosmtpd wants them."""

    line_length_limit = _PIECE
    command_size_limit = _MAX_COMMAND

    def __init__(self, door: _Door) -> None:
        # aiosmtpd keeps these limits on the class and clears them for every connection at each new one.
        self.command_size_limits = defaultdict(lambda: _MAX_COMMAND)
        super().__init__(
            door,
            data_size_limit=door.smtp.max_size,
            enable_SMTPUTF8=True,
            hostname=door.mail.domain,
            ident="intakebot",
            tls_context=door.tls,
            require_starttls=door.smtp.require_starttls,
            timeout=door.smtp.timeout,
            loop=asyncio.get_running_loop(),
        )
        self.peer = ""
        self.taken = 0
        self._door = door
        self._refusal = ""
        self._errors = 0
        self._in_message = False
        self._entered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not self._entered:  # STARTTLS comes here a second time
            self._entered = True
            self.peer = canonical_peer((transport.get_extra_info("peername") or ("",))[0])
            self._refusal = self._door.enter(self, self.loop.time())
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if self._entered:
            self._entered = False
            self._door.leave(self)

    def leave_when_idle(self) -> None:
        """Say goodbye now, or after the message that is arriving."""
        if not self._in_message:
            self._hang_up(STOPPING)

    def cut(self) -> None:
        """End the connection without another word."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def _handle_client(self) -> None:
        with suppress(ConnectionError):
            if self._refusal:
                await self.push(self._refusal)
            else:
                await super()._handle_client()

    def _timeout_cb(self) -> None:
        self._hang_up(TIMED_OUT)

    def _hang_up(self, words: str) -> None:
        transport = self.transport
        if not isinstance(transport, asyncio.WriteTransport):
            return
        transport.write(words.encode() + b"\r\n")
        if transport.get_write_buffer_size():
            transport.abort()  # it does not read what we send, so waiting for it would never end
        else:
            transport.close()

    async def push(self, status: AnyStr) -> None:
        reply = status if isinstance(status, str) else status.decode()
        if reply.startswith("5"):
            self._errors += 1
            if self._errors > _MAX_ERRORS:
                reply = TOO_MANY_ERRORS
        await super().push(reply)
        if reply.startswith("421") and self.transport is not None:
            self.transport.close()

    async def handle_exception(self, error: Exception) -> str:
        """The reply to anything unforeseen: fixed words, where aiosmtpd would show the exception."""
        _log.warning("a mail connection met %s; its sender will try again", type(error).__name__)
        return TRY_LATER

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        if simple := _SIMPLE_PATH.fullmatch(arg):
            return simple[1], simple[2] or ""
        try:
            address, rest = super()._getaddr(arg)
        except Exception:  # the standard library's parser raises several kinds on broken addresses
            return None, None
        if address is None or _CONTROL.search(address):
            return None, None
        # Bytes that are not UTF-8 arrive as surrogates, which no store can write.
        return address.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), rest

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        if await self.check_helo_needed():
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Send RCPT first")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        self._in_message = True
        try:
            await self.push(await self._receive(self.envelope))
        finally:
            self._in_message = False
            self.envelope = self._create_envelope()
        if self._door.stopping:
            await self.push(STOPPING)

    async def _receive(self, envelope: SmtpEnvelope) -> str:
        """Read one message and hand it over; returns the reply."""
        # The message begins at a line's beginning. With the line end before it in the buffer, the end
        # mark and the doubled dots are found by one rule, also in a message that begins with them.
        self._reader._buffer[:0] = b"\r\n"  # type: ignore[attr-defined]  # asyncio has no public way to put back
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        pieces: list[bytes] = []
        held, refusal, ended = 0, "", False
        try:
            while not ended:
                piece, ended = await self._piece()
                if refusal:
                    continue  # read on to the end (RFC 5321 4.2.5), but keep nothing and give no more time
                if held + len(piece) - len(_END) > self._door.smtp.max_size:
                    refusal = TOO_BIG
                elif not self._door.limits.hold(len(piece)):
                    refusal = NO_ROOM
                else:
                    held += len(piece)
                    pieces.append(piece)
                    self._reset_timeout()
                    continue
                pieces.clear()
            if refusal:
                return refusal
            content = b"".join(pieces)
            pieces.clear()
            content = content.replace(b"\r\n..", b"\r\n.")[2 : -len(b".\r\n")]
            reply = await self._door.take(content, envelope, self.peer)
            self.taken += 1
            return reply
        finally:
            self._door.limits.release(held)

    async def _piece(self) -> tuple[bytes, bool]:
        """The next piece of the message, and whether it is the last, which ends with the end mark."""
        try:
            return await self._reader.readuntil(_END), True
        except asyncio.LimitOverrunError as more:
            return await self._reader.readexactly(more.consumed), False

    async def smtp_VRFY(self, arg: str) -> None:
        await self.push(SWITCHED_OFF)

    async def smtp_EXPN(self, arg: str) -> None:
        await self.push(SWITCHED_OFF)

    async def smtp_AUTH(self, arg: str) -> None:
        await self.push(SWITCHED_OFF)


def _tls_context(settings: Settings) -> ssl.SSLContext | None:
    smtp = settings.smtp
    if smtp.certificate is None:
        if smtp.require_starttls:
            raise BadSettings(["smtp.require_starttls needs smtp.certificate and smtp.key"])
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(smtp.certificate, smtp.key)
    except (OSError, ValueError) as error:
        raise BadSettings([f"smtp.certificate and smtp.key cannot be used: {error}"]) from error
    return context
