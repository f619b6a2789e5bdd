"""Sends our mail: through a smarthost, or into a folder as `.eml` files where none is configured.

Both may be called again for the same message: it carries the same Message-ID, and in the folder the same name.
The reasons in errors carry the server's codes but never its text, which may name people.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import ssl
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import aiosmtplib
from aiosmtplib.auth import auth_xoauth2_encode

from intakebot.channels.email.compose import Composed, compose
from intakebot.channels.email.oauth import SignInTrouble, TokenRefused, Tokens, sign_in
from intakebot.config.doors import Mail
from intakebot.config.doors import Smarthost as SmarthostSettings
from intakebot.domain.message import OutboundMessage, Receipt
from intakebot.errors import DeliveryFailed

# A server that wants a password, or refuses ours, says nothing about the message: the set-up must be mended.
_SETUP_CODES = frozenset({530, 534, 535, 538})
# Exchange: whoever we signed in as may not send from our address.
_NOT_AS_SENDER = frozenset({"550 5.7.60", "554 5.2.252"})
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
_UNSAFE = re.compile(r"[^A-Za-z0-9@._-]")
_LONGEST_NAME = 120


class Smarthost:
    """The server our mail leaves through. One connection is kept open between messages.

    With `tokens` we sign in by OAuth, else by the password in the settings, if there is one.
    """

    def __init__(self, smarthost: SmarthostSettings, mail: Mail, tokens: Tokens | None = None) -> None:
        self._settings = smarthost
        self._mail = mail
        self._tokens = tokens
        self._client: aiosmtplib.SMTP | None = None
        self._lock = asyncio.Lock()

    async def send(self, message: OutboundMessage) -> Receipt:
        """Send a message. The receipt lists the recipients that were refused while others were accepted.

        Raises `DeliveryFailed`: temporary for what can pass (4xx answers, the network, names, TLS, time-outs) and
        for faults of the set-up (a wrong password or token, a 5xx greeting), so that nothing is lost while they
        are mended; permanent where the server refuses the message, or all its recipients, with 5xx.
        """
        composed = compose(message, self._mail)
        async with self._lock:
            client = await self._connected()
            try:
                refused, answer = await client.sendmail(
                    composed.sender,
                    composed.recipients,
                    composed.content,
                    mail_options=["BODY=8BITMIME", "SMTPUTF8"] if composed.smtputf8 else [],
                )
            except (aiosmtplib.SMTPException, OSError, ValueError) as error:
                raise _refusal(error) from error
            except asyncio.CancelledError:
                client.close()  # an answer may still be on its way, and must not be read as the next one's
                raise
        codes = tuple((who, _code(response.code, response.message)) for who, response in refused.items())
        return Receipt(note=" ".join(answer.split())[:200], refused=codes)

    async def close(self) -> None:
        """Say goodbye to the server. A later `send` connects again."""
        async with self._lock:
            client, self._client = self._client, None
            if client is not None and client.is_connected:
                with suppress(aiosmtplib.SMTPException, OSError):
                    await client.quit()
                client.close()

    async def trouble(self) -> str:
        """What keeps us from sending, in words; "" for nothing. Signs in to find out, and sends nothing."""
        try:
            async with self._lock:
                await self._connected()
        except DeliveryFailed as error:
            return str(error)
        finally:
            await self.close()
        return ""

    async def _connected(self) -> aiosmtplib.SMTP:
        """The open connection if it still works, else a new one. Raises `DeliveryFailed`, always temporary."""
        if self._client is not None and self._client.is_connected:
            try:
                await self._client.rset()
            except (aiosmtplib.SMTPException, OSError):
                self._client.close()
            else:
                return self._client
        try:
            self._client = client = await sign_in(self._tokens, self._connect)
        except SignInTrouble as error:
            raise DeliveryFailed(str(error), temporary=True) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise DeliveryFailed(_no_connection(error), temporary=True) from error
        return client

    async def _connect(self, token: str) -> aiosmtplib.SMTP:
        settings = self._settings
        by_password = bool(settings.user) and not token
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=settings.timeout,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            cert_bundle=str(settings.ca_file) if settings.ca_file else None,
            username=settings.user if by_password else None,
            password=settings.password.get_secret_value() if by_password else None,
            local_hostname=self._mail.domain,
        )
        await client.connect()
        try:
            if token:
                await self._present(client, token)
        except BaseException:
            client.close()
            raise
        return client

    async def _present(self, client: aiosmtplib.SMTP, token: str) -> None:
        """Sign in by XOAUTH2. The token goes on a line of its own, since it is longer than a command may be (RFC 4954).

        aiosmtplib's own way puts it into the command, which strict servers refuse as too long.
        """
        await client.ehlo()
        if "xoauth2" not in client.server_auth_methods:
            raise SignInTrouble(
                "the mail server does not offer sign-in by OAuth (XOAUTH2); check smarthost.host and security"
            )
        # What it may ask after that is its reason for refusing us, which an empty line answers.
        words = (auth_xoauth2_encode(self._settings.user.encode(), token), b"")
        answer = await client.execute_command(b"AUTH", b"XOAUTH2")
        for line in words:
            if answer.code == aiosmtplib.SMTPStatus.auth_continue:
                answer = await client.execute_command(line)
        if answer.code != aiosmtplib.SMTPStatus.auth_successful:
            code = _code(answer.code, answer.message)
            if 400 <= answer.code < 500:
                raise SignInTrouble(f"the mail server cannot sign us in now ({code})")
            raise TokenRefused(
                f"the mail server refused our token for smarthost.user ({code}); see "
                "that the application may send from that mailbox (role, consent, registration, permission, SMTP "
                "switched on: operations.md, Microsoft 365)"
            )


class MailFolder:
    """The folder outgoing mail is written to until a smarthost is configured: one `.eml` file for each message."""

    def __init__(self, folder: Path, mail: Mail) -> None:
        self._folder = folder
        self._mail = mail

    async def send(self, message: OutboundMessage) -> Receipt:
        """Write a message. Sent again, it replaces its file. Raises `DeliveryFailed`, temporary if the disk fails."""
        composed = compose(message, self._mail)
        file = self._folder / file_name(message.message_id)
        try:
            await asyncio.to_thread(_write, file, composed)
        except OSError as error:
            reason = f"the folder for outgoing mail cannot be written: {error.strerror or 'unknown fault'}"
            raise DeliveryFailed(reason, temporary=True) from error
        return Receipt(note=f"written to {file.name}")

    async def close(self) -> None:
        """Nothing stays open."""


def file_name(message_id: str) -> str:
    """A safe file name for a message, the same each time and different for different messages."""
    name = _UNSAFE.sub("_", message_id)[:_LONGEST_NAME].lstrip(".")
    if name != message_id or not name:
        name = f"{name or 'message'}-" + hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{name}.eml"


def _write(file: Path, composed: Composed) -> None:
    """Replace `file` in one step, on the disk before this returns."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(composed.content)
            handle.flush()
            os.fsync(handle.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _refusal(error: Exception) -> DeliveryFailed:
    """What an error after connecting means."""
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            answers = [(one.code, one.message) for one in error.recipients]
            words = "the mail server refused every recipient"
        case aiosmtplib.SMTPResponseException():
            answers = [(error.code, error.message)]
            words = "the mail server refused the message"
        case aiosmtplib.SMTPNotSupported():
            return DeliveryFailed("the mail server cannot send to addresses beyond ASCII", temporary=False)
        case ValueError():
            return DeliveryFailed("an address in this message cannot be sent to", temporary=False)
        case _:
            return DeliveryFailed(_no_connection(error), temporary=True)
    codes = sorted({_code(code, text) for code, text in answers})
    if not _NOT_AS_SENDER.isdisjoint(codes):
        words = "the mail server does not let smarthost.user send from mail.address"
    return DeliveryFailed(f"{words} ({', '.join(codes)})", temporary=not _permanent(codes))


def _permanent(codes: Iterable[str]) -> bool:
    numbers = {code: int(code.partition(" ")[0]) for code in codes}
    return all(
        500 <= number < 600 and number not in _SETUP_CODES and code not in _NOT_AS_SENDER
        for code, number in numbers.items()
    )


def _code(code: int, text: str) -> str:
    enhanced = _ENHANCED.match(text)
    return f"{code} {enhanced[0]}" if enhanced else str(code)


def _no_connection(error: Exception) -> str:
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return f"the mail server refused our user name or password ({_code(error.code, error.message)})"
        case aiosmtplib.SMTPResponseException():
            return f"the mail server would not talk to us ({_code(error.code, error.message)})"
        case TimeoutError():
            return "the mail server did not answer in time"
        case aiosmtplib.SMTPServerDisconnected():
            return "the mail server hung up"
        case aiosmtplib.SMTPConnectError() if isinstance(error.__cause__, ssl.SSLError):
            return "no secure connection with the mail server; check smarthost.security and ca_file"
        case ssl.SSLError():
            return "no secure connection with the mail server; check smarthost.security and ca_file"
        case aiosmtplib.SMTPConnectError():
            return "the mail server cannot be reached; check smarthost.host and port"
        case FileNotFoundError():
            return "smarthost.ca_file does not exist"
        case ConnectionError():
            return "the connection with the mail server broke"
        case _:
            return f"the mail server cannot be used as smarthost.security and user say ({type(error).__name__})"
