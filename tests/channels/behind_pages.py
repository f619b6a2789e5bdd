"""Channels whose messages our own pages take: the contract meets them there, over real HTTP, before a real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, CookieJar, web
from tests.web.staff_site import SaidHealth

from intakebot.channels.base import Accept, Accepted, Channel
from intakebot.domain.message import RawMessage
from intakebot.intake import Intake
from intakebot.landlord import Landlord
from intakebot.store.engine import Store, open_store
from intakebot.testing import NOW, ReceivingContract, RefusingContract, Sample
from intakebot.web.app import build

DYING_SECONDS = 0.1
"""How long a page that dies is waited for. A service that stops in order waits longer."""


@dataclass
class Served:
    """The pages as they are served at this moment, and what is behind them."""

    url: str
    store: Store


class BehindPages(ReceivingContract, RefusingContract):
    """What a channel owes that a page takes messages in for. The store outlives a restart, as the folder does."""

    @pytest.fixture(autouse=True)
    def nobody_yet(self) -> None:
        """Each test begins with no pages served and a browser that was nowhere."""
        self.served: Served | None = None
        self.up = asyncio.Event()
        self.cookies: CookieJar | None = None

    async def receive(self, channel: Channel, folder: Path, accept: Accept) -> None:
        """Serve the pages, and run the channel, until cancelled."""
        settings = self.settings(folder)
        store = open_store(settings)

        async def into_both(raw: RawMessage) -> Accepted:
            await accept(raw)
            return await Intake(store, lambda: NOW).accept(raw)

        landlord = Landlord.from_settings(settings, b"k" * 32)
        application = build(settings, store, landlord, lambda: NOW, SaidHealth(), into_both)
        runner = web.AppRunner(application, shutdown_timeout=DYING_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.served = Served(f"http://127.0.0.1:{runner.addresses[0][1]}", store)
            self.up.set()
            await channel.run(accept)
        finally:
            self.up.clear()
            await runner.cleanup()
            store.close()

    async def hand_over(self, channel: Channel, folder: Path, sample: Sample) -> bool:
        """Bring a sample to the pages; a connection that breaks is no "received"."""
        try:
            async with self.browser() as browser:
                return await self.bring(browser, sample)
        except ClientError:
            return False

    async def bring(self, browser: ClientSession, sample: Sample) -> bool:
        """Send the sample as its sender does; once more where it was sent before. Whether it says "received"."""
        raise NotImplementedError

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[ClientSession]:
        """A browser at the pages, with the cookies it had before."""
        await self.up.wait()
        self.cookies = self.cookies or CookieJar(unsafe=True)
        async with ClientSession(self.now_served().url, cookie_jar=self.cookies) as session:
            yield session

    def now_served(self) -> Served:
        """What is served now."""
        assert self.served is not None and self.up.is_set(), "no pages are served"
        return self.served
