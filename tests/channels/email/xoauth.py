"""What a landlord's provider has, small but over real sockets: a token endpoint, and mail servers that take its tokens.

The endpoint gives out a new token each time. The mail servers take the tokens that are still in `Provider.good`, so
that one expires, or is called back, when a test takes it out.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from tests.channels.email.serving import serving

from intakebot.channels.email.oauth import Tokens
from intakebot.config.doors import OAuth

USER = "complaints@landlord.example"
SECRET = "s3cret~of.the-application"
REASON = base64.b64encode(b'{"status":"400","schemes":"bearer","scope":"mail"}').decode()


@dataclass
class Clock:
    """Seconds, which pass when a test says so."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Provider:
    """The endpoint's state: what it answers instead of a token, what it was asked, and which tokens are good."""

    answer: web.Response | None = None
    life: Any = 3600
    asked: list[dict[str, str]] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    good: set[str] = field(default_factory=set)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    slow: bool = False
    url: str = ""
    clock: Clock = field(default_factory=Clock)

    async def give(self, request: web.Request) -> web.Response:
        self.asked.append({name: str(value) for name, value in (await request.post()).items()})
        if self.slow:
            await self.waiting.wait()
        if self.answer is not None:
            return web.Response(status=self.answer.status, body=self.answer.body, headers=self.answer.headers)
        # As long as Microsoft's: a whole line of them is more than many a server likes.
        self.given.append(f"token-{len(self.given)}." + "Ab0_-" * 400)
        self.good.add(self.given[-1])
        told = {"token_type": "Bearer", "access_token": self.given[-1], "expires_in": self.life}
        return web.json_response(told if self.life is not None else {k: told[k] for k in ("access_token",)})

    def knows(self, said: bytes) -> bool:
        """Whether this is the right user with a token that is still good, in the form XOAUTH2 has."""
        return any(said == f"user={USER}\1auth=Bearer {token}\1\1".encode() for token in self.good)

    def tokens(self, **given: Any) -> Tokens:
        about = {"token_url": self.url, "client_id": "our-id", "client_secret": SECRET, "scope": "mail"}
        return Tokens(OAuth.model_validate(about | given), clock=self.clock, seconds=0.2 if self.slow else 20.0)


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    state = Provider()
    app = web.Application()
    app.router.add_post("/tenant/oauth2/v2.0/token", state.give)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    state.url = f"http://127.0.0.1:{runner.addresses[0][1]}/tenant/oauth2/v2.0/token"
    try:
        yield state
    finally:
        state.waiting.set()
        await runner.cleanup()


@dataclass
class ImapServer:
    """A mailbox that speaks as much IMAP as we do. `done` are the places of messages that got our keyword."""

    provider: Provider
    messages: list[bytes] = field(default_factory=list)
    done: set[int] = field(default_factory=set)
    port: int = 0
    mechanisms: str = "AUTH=XOAUTH2"
    opens: bool = True
    says_bye: bool = False
    sign_ins: list[bool] = field(default_factory=list)
    asked_after_refusal: list[bytes] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    clients: set[asyncio.StreamWriter] = field(default_factory=set)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients.add(writer)
        writer.write(b"* OK ready\r\n")
        try:
            while line := await reader.readline():
                tag, command = line.decode().rstrip().split(" ", 1)
                self.lines.append(command)
                if command == "AUTHENTICATE XOAUTH2":
                    answer = await self._sign_in(reader, writer)
                else:
                    answer = self._answer(command)
                writer.write("".join(f"{part}\r\n" for part in [*answer[:-1], f"{tag} {answer[-1]}"]).encode())
        except ConnectionError:
            pass
        finally:
            self.clients.discard(writer)
            writer.close()

    async def _sign_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[str]:
        writer.write(b"+ \r\n")
        known = self.provider.knows(base64.b64decode(await reader.readline()))
        self.sign_ins.append(known)
        if known:
            return ["OK signed in"]
        writer.write(f"+ {REASON}\r\n".encode())
        self.asked_after_refusal.append(await reader.readline())
        return [*(["* BYE"] if self.says_bye else []), "NO AUTHENTICATE failed."]

    def _answer(self, command: str) -> list[str]:
        match command.split():
            case ["CAPABILITY"]:
                return [f"* CAPABILITY IMAP4rev1 {self.mechanisms}", "OK done"]
            case ["SELECT" | "EXAMINE", _] if not self.opens:
                return ["BAD User is authenticated but not connected."]
            case ["SELECT" | "EXAMINE", _]:
                return [f"* {len(self.messages)} EXISTS", "* OK [PERMANENTFLAGS (\\Seen \\*)] ok", "OK [READ-WRITE]"]
            case ["UID", "SEARCH", *_]:
                waiting = (str(n) for n in range(1, len(self.messages) + 1) if n not in self.done)
                return [f"* SEARCH {' '.join(waiting)}", "OK done"]
            case ["UID", "FETCH", uids, *what]:
                return [*(self._fetched(int(uid), "RFC822.SIZE)" in what) for uid in uids.split(",")), "OK done"]
            case ["UID", "STORE", uids, *_]:
                self.done |= {int(uid) for uid in uids.split(",")}
                return ["OK done"]
            case ["LOGIN", _, password]:
                return ["OK done"] if password == '"right"' else ["NO who are you"]
            case ["LOGOUT"]:
                return ["* BYE", "OK done"]
            case _:
                return ["BAD unknown"]

    def _fetched(self, uid: int, only_size: bool) -> str:
        content = self.messages[uid - 1].decode()
        about = f'UID {uid} RFC822.SIZE {len(content)} INTERNALDATE "02-Mar-2026 08:15:00 +0000"'
        return f"* {uid} FETCH ({about}" + (")" if only_size else f" BODY[] {{{len(content)}}}\r\n{content})")

    def hang_up(self) -> None:
        for client in self.clients:
            client.transport.abort()


@asynccontextmanager
async def imap_server(provider: Provider, *messages: bytes) -> AsyncIterator[ImapServer]:
    state = ImapServer(provider, list(messages))
    server = await asyncio.start_server(state.talk, "127.0.0.1", 0)
    async with serving(server, state):
        yield state


class Strict(SMTP):
    """Its commands are at most 512 bytes long, lines of AUTH 12288: RFC 5321, 4.5.3.1.4, and RFC 4954, section 4."""

    line_length_limit = 12288


@dataclass
class SmtpServer:
    """A smarthost, and what it took. `answer` is what it says to a whole message."""

    provider: Provider
    answer: str = "250 2.0.0 queued"
    refusal: str = "535 5.7.3 Authentication unsuccessful"
    taken: list[Envelope] = field(default_factory=list)
    sign_ins: list[bool] = field(default_factory=list)
    connections: list[SMTP] = field(default_factory=list)
    port: int = 0

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        said = await server.challenge_auth("")
        known = isinstance(said, bytes) and self.provider.knows(said)
        self.sign_ins.append(known)
        if known:
            return AuthResult(success=True)
        assert await server.challenge_auth(REASON, encode_to_b64=False) == b""
        return AuthResult(success=False, handled=False, message=self.refusal)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            self.taken.append(envelope)
        return self.answer

    def hang_up(self) -> None:
        for connection in self.connections:
            if isinstance(connection.transport, asyncio.Transport):
                connection.transport.abort()


@asynccontextmanager
async def smtp_server(
    provider: Provider, *, by_token: bool = True, starttls: ssl.SSLContext | None = None
) -> AsyncIterator[SmtpServer]:
    state = SmtpServer(provider)
    loop = asyncio.get_running_loop()

    def connect() -> SMTP:
        excluded = ["LOGIN", "PLAIN"] + ([] if by_token else ["XOAUTH2"])
        about: dict[str, Any] = {"tls_context": starttls, "auth_require_tls": starttls is not None}
        server = Strict(state, hostname="relay.example", loop=loop, auth_exclude_mechanism=excluded, **about)
        state.connections.append(server)
        return server

    server = await loop.create_server(connect, "127.0.0.1", 0)
    async with serving(server, state):
        yield state


def refused(status: int, error: str, description: str = "") -> web.Response:
    """The endpoint's refusal, as RFC 6749 and Microsoft write one. What describes it must never be told on."""
    return web.json_response({"error": error, "error_description": f"{description} {SECRET} our-id"}, status=status)


def leaks(text: str, provider: Provider) -> list[str]:
    """What must not stand in a text and does: the secret, a token, or what goes over the line for one."""
    encoded = [base64.b64encode(f"user={USER}\1auth=Bearer {token}\1\1".encode()).decode() for token in provider.given]
    hidden = [SECRET, *(token[:12] for token in provider.given), *(line[60:90] for line in encoded)]
    return [one for one in hidden if one in text]
