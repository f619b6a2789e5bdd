"""Serving: a fake mail server on a free port, gone with all its connections when the test is done with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol


class Fake(Protocol):
    """What a fake server knows: where it listens, and how to end its connections."""

    port: int

    def hang_up(self) -> None:
        """End every connection, without a word."""


@asynccontextmanager
async def serving(server: asyncio.Server, fake: Fake) -> AsyncIterator[None]:
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.close()
        fake.hang_up()
        await server.wait_closed()
