"""One SMTP client's conversation: commands in, replies out, and each message read in large pieces.

Only CR LF . CR LF ends a message (RFC 5321 4.1.1.4); every other ending stays inside it, so no second message
can be smuggled in. Lines may be of any length up to the size limit.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections import defaultdict
from contextlib import suppress
from typing import AnyStr

from aiosmtpd.smtp import SMTP, syntax
from aiosmtpd.smtp import Envelope as SmtpEnvelope

from intakebot.channels.email.door import STOPPING, Door
from intakebot.channels.email.limits import NO_ROOM, canonical_peer

TRY_LATER = "451 4.3.0 We cannot take your message just now. Please try again later."
TIMED_OUT = "421 4.4.2 You were silent for too long. Please connect again."
TOO_MANY_ERRORS = "421 4.7.0 Too many errors. Please connect again."
TOO_BIG = "552 5.3.4 Your message is too large. Please send it in parts, or without the largest attachments."
SWITCHED_OFF = "502 5.5.1 That command is switched off here."

_END = b"\r\n.\r\n"
_PIECE = 2**17
_MAX_ERRORS = 20
_MAX_COMMAND = 2048
_SIMPLE_PATH = re.compile(r"<([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+)>(?: +(\S.*))?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_log = logging.getLogger(__name__)


class Conversation(SMTP):
    """A connection. Methods whose names begin with smtp_ are SMTP commands, as aiosmtpd wants them."""

    line_length_limit = _PIECE
    command_size_limit = _MAX_COMMAND

    def __init__(self, door: Door, tls: ssl.SSLContext | None) -> None:
        # aiosmtpd keeps these limits on the class, and clears them for everybody at each new connection.
        self.command_size_limits = defaultdict(lambda: _MAX_COMMAND)
        super().__init__(
            door,
            data_size_limit=door.smtp.max_size,
            enable_SMTPUTF8=True,
            hostname=door.mail.domain,
            ident="intakebot",
            tls_context=tls,
            require_starttls=door.smtp.require_starttls,
            timeout=door.smtp.timeout,
            loop=asyncio.get_running_loop(),
        )
        self.peer = ""
        self.taken = 0
        self._door = door
        self._entered = False
        self._refusal = ""
        self._errors = 0
        self._in_message = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not self._entered:  # STARTTLS comes here a second time
            self._entered = True
            self.peer = canonical_peer((transport.get_extra_info("peername") or ("",))[0])
            self._refusal = self._door.enter(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if self._entered:  # a failed STARTTLS comes here twice
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

    def _hang_up(self, words: str) -> None:
        transport = self.transport
        if not isinstance(transport, asyncio.WriteTransport):
            return
        if not transport.is_closing():
            transport.write(words.encode() + b"\r\n")
            if not transport.get_write_buffer_size():
                transport.close()
                return
        transport.abort()  # it does not read what we send, and waiting for it might never end

    def _timeout_cb(self) -> None:
        self._hang_up(TIMED_OUT)

    async def _handle_client(self) -> None:
        with suppress(ConnectionError):
            if self._refusal:
                await self.push(self._refusal)
            else:
                await super()._handle_client()

    async def push(self, status: AnyStr) -> None:
        """Send a reply; after too many errors, or a 421, end the connection (RFC 5321 3.8)."""
        reply = status if isinstance(status, str) else status.decode()
        if reply.startswith("5"):
            self._errors += 1
            if self._errors > _MAX_ERRORS:
                reply = TOO_MANY_ERRORS
        await super().push(reply)
        if reply.startswith("421") and self.transport is not None:
            self.transport.close()

    async def handle_exception(self, error: Exception) -> str:
        """The reply to anything that went wrong: fixed words, where aiosmtpd would show the exception."""
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
        """Read a message and hand it over; the envelope is used up whatever becomes of it."""
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
        # A message begins at a line's beginning. With the line end before it put back into the buffer, the end
        # mark and the doubled dots are found by one rule, also where the message begins with them.
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
        """Not offered: it would tell strangers which addresses exist."""
        await self.push(SWITCHED_OFF)

    async def smtp_EXPN(self, arg: str) -> None:
        """Not offered, as VRFY."""
        await self.push(SWITCHED_OFF)

    async def smtp_AUTH(self, arg: str) -> None:
        """Not offered: nobody sends through us."""
        await self.push(SWITCHED_OFF)
