"""A bot with a real store behind it and a Bot API of our own before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.channels.telegram.fake_api import TOKEN, BotApi, bot_api

from intakebot.channels.base import Accepted
from intakebot.channels.telegram import document
from intakebot.channels.telegram.bot import OurBot
from intakebot.channels.telegram.channel import bot_number, house
from intakebot.channels.telegram.polling import Poller
from intakebot.channels.telegram.receiving import Receiver
from intakebot.config.doors import Mail
from intakebot.config.settings import Landlord, Settings
from intakebot.domain.message import NormalisedMessage, RawMessage
from intakebot.errors import StoreUnavailable
from intakebot.intake import Intake
from intakebot.store import schema
from intakebot.store.dialogues import KeptDialogues, KeptOffsets
from intakebot.store.engine import Store


@dataclass
class World:
    """Everything about one bot. `pauses` are the seconds it was asked to wait and did not have to."""

    api: BotApi
    settings: Settings
    store: Store
    now: datetime
    pauses: list[float] = field(default_factory=list)
    taken: list[RawMessage] = field(default_factory=list)
    refusing: int = 0
    bots: list[OurBot] = field(default_factory=list)
    receivers: list[Receiver] = field(default_factory=list)

    async def accept(self, raw: RawMessage) -> Accepted:
        if self.refusing:
            self.refusing -= 1
            raise StoreUnavailable("the disk is full")
        accepted = await Intake(self.store, lambda: self.now).accept(raw)
        if not accepted.repeat:
            self.taken.append(raw)
        return accepted

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def start(self, wait: int = 0) -> tuple[Poller, Receiver]:
        """A bot as it is after a start: nothing in memory."""
        bot = OurBot(self.settings)
        dialogues, offsets = KeptDialogues(self.store, "telegram"), KeptOffsets(self.store, "telegram")
        number, clock = bot_number(self.settings), lambda: self.now
        receiver = Receiver(number, bot, self.accept, dialogues, house(self.settings), clock, pause=self.pause)
        poller = Poller(number, bot, receiver, offsets, clock, wait=wait, pause=self.pause)
        self.bots.append(bot)
        self.receivers.append(receiver)
        return poller, receiver

    async def asks(self) -> None:
        """One round: whatever waits is taken and answered."""
        if not self.receivers:
            self.poller, self.receiver = self.start()
        await self.poller.ask()
        await self.receiver.settle()

    async def hears(self, text: str = "", chat: int = 77, **more: Any) -> list[str]:
        """Somebody writes; what the bot says to it."""
        before = len(self.api.to(chat))
        self.api.writes(text, chat, **more)
        await self.asks()
        return self.api.to(chat)[before:]

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    @property
    def messages(self) -> list[NormalisedMessage]:
        """What was accepted, as it reads."""
        return [document.read(raw) for raw in self.taken]

    async def close(self) -> None:
        for receiver in self.receivers:
            await receiver.close()
        for bot in self.bots:
            await bot.close()


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with bot_api() as api:
        yield api


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    store = Store(database_url, tmp_path / "blobs")
    schema.metadata.create_all(store.engine)
    yield store
    store.close()


@pytest.fixture
def settings(api: BotApi, tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {
            "data": tmp_path,
            "telegram_token": TOKEN,
            "telegram_api_url": api.url,
            "landlord": Landlord(name="Harbour Homes", phone="01632 960001", emergency_phone="01632 960999"),
            "mail": Mail(address="complaints@landlord.example"),
        }
    )


@pytest.fixture
async def world(api: BotApi, settings: Settings, store: Store, now: datetime) -> AsyncIterator[World]:
    world = World(api, settings, store, now)
    yield world
    await world.close()
