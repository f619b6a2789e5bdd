"""A listener on a real socket, and clients that say exactly what a test tells them to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from intakebot.channels.base import Accepted
from intakebot.channels.email.listener import Listener, serve
from intakebot.config.doors import Mail, Smtp
from intakebot.config.settings import Settings
from intakebot.domain.message import RawMessage

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HANGS = 60
US = "complaints@landlord.example"
MESSAGE = b"From: ama@tenant.example\r\nSubject: Damp\r\n\r\nThe wall is wet.\r\n"


@dataclass
class Store:
    """What `accept` took, in order; `before` runs first and may wait or fail."""

    taken: list[RawMessage] = field(default_factory=list)
    before: Callable[[], Awaitable[None]] | None = None

    async def accept(self, raw: RawMessage) -> Accepted:
        if self.before is not None:
            await self.before()
        self.taken.append(raw)
        return Accepted(len(self.taken))

    @property
    def contents(self) -> list[bytes]:
        return [raw.content for raw in self.taken]


class Client:
    """A sender that says exactly what it is told to, byte for byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def reply(self) -> str:
        """The next reply, all its lines; "" once the server has hung up."""
        lines = []
        while line := (await self.reader.readline()).decode():
            lines.append(line.rstrip("\r\n"))
            if line[3:4] != "-":
                break
        return "\n".join(lines)

    async def say(self, command: bytes | str) -> str:
        await self.write((command.encode() if isinstance(command, str) else command) + b"\r\n")
        return await self.reply()

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def envelope(self, sender: str = "ama@tenant.example", *recipients: str) -> str:
        """Everything up to DATA; returns the reply to it."""
        assert (await self.say(f"MAIL FROM:<{sender}>")).startswith("250")
        for recipient in recipients or (US,):
            assert (await self.say(f"RCPT TO:<{recipient}>")).startswith("250")
        return await self.say("DATA")

    async def send(self, data: bytes = MESSAGE, sender: str = "ama@tenant.example", *recipients: str) -> str:
        assert (await self.envelope(sender, *recipients)).startswith("354")
        return await self.say(data + b".")

    async def gone(self) -> bool:
        """Whether the server hangs up, having nothing more to say."""
        return await self.reader.read() == b""


@dataclass
class House:
    """A running listener and its store."""

    listener: Listener
    store: Store

    @asynccontextmanager
    async def client(self, greet: bool = True) -> AsyncIterator[Client]:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.listener.port))
        try:
            if greet:
                assert (await client.reply()).startswith("220 landlord.example")
                assert (await client.say("EHLO tenant.example")).startswith("250")
            yield client
        finally:
            client.writer.close()


@asynccontextmanager
async def house(store: Store | None = None, mail: Mail | None = None, **smtp: Any) -> AsyncIterator[House]:
    store = store or Store()
    settings = Settings(smtp_port=0, mail=mail or Mail(), smtp=Smtp(**smtp))
    listener = await serve(settings, store.accept, lambda: NOW)
    try:
        async with asyncio.timeout(HANGS):
            yield House(listener, store)
    finally:
        await listener.close()
