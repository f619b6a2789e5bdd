"""Telegram keeps what `intakebot.testing` asks of every channel, by polling and by the webhook, over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import pytest
from aiohttp import ClientError, ClientSession, web
from tests.channels.behind_pages import DYING_SECONDS
from tests.channels.telegram.fake_api import DATE, TOKEN, BotApi, bot_api

from intakebot.channels.base import Accept, Channel
from intakebot.channels.telegram import document
from intakebot.channels.telegram.channel import WEBHOOK, Keepers, TelegramChannel
from intakebot.channels.telegram.document import Fetched
from intakebot.channels.telegram.updates import see
from intakebot.channels.telegram.webhook import SECRET_HEADER
from intakebot.config.settings import Settings
from intakebot.domain.dialogue import Dialogue, Question
from intakebot.domain.message import Address, Envelope, RawMessage
from intakebot.store.dialogues import KeptDialogues, KeptOffsets
from intakebot.store.engine import Store, open_store
from intakebot.testing import NOW, ChannelContract, FarSide, Mood, Sample, outbound

T = TypeVar("T")

SECRET = "a-secret-of-ours-0123456789"
PHOTO = b"\xff\xd8a photo"


def update(number: int, **message: Any) -> dict[str, Any]:
    """An update as Telegram writes it."""
    whole = {
        "message_id": number,
        "date": DATE,
        "chat": {"id": 77, "type": "private"},
        "from": {"id": 77, "is_bot": False, "first_name": "Shirley", "last_name": "Amadi"},
        **message,
    }
    return {"update_id": number, "message": whole}


UPDATES = {
    "words": update(501, text="The boiler is broken 😀"),
    "a photo with a caption": update(
        502, caption="The mould\x00 in my room", photo=[{"file_id": "photo", "width": 900, "height": 900}]
    ),
    "a place alone": update(503, location={"latitude": 51.44637, "longitude": 0.21437}),
}


@dataclass
class Telegram:
    """The Bot API in a thread and a loop of its own, so that it outlives the loop that each scene plays in."""

    api: BotApi = field(default_factory=BotApi)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def serve(self) -> Iterator[Telegram]:
        """Serve it until the generator goes on."""
        thread = Thread(target=self.loop.run_forever, name="bot-api")
        thread.start()
        serving = bot_api()
        try:
            self.api = self.there(serving.__aenter__()).result()
            self.api.files["photo"] = PHOTO
            yield self
        finally:
            self.there(self._end(serving)).result()
            self.loop.call_soon_threadsafe(self.loop.stop)
            thread.join()
            self.loop.close()

    def there(self, job: Coroutine[Any, Any, T]) -> Future[T]:
        """Do something in its loop."""
        return asyncio.run_coroutine_threadsafe(job, self.loop)

    async def _end(self, serving: Any) -> None:
        self.api.came.set()  # whoever waits for updates is let go
        await serving.__aexit__(None, None, None)

    async def brings(self, given: dict[str, Any]) -> None:
        """Have an update wait for the bot until it says that it has it."""

        async def there() -> None:
            if given not in self.api.waiting:
                self.api.waiting.append(given)
            self.api.came.set()

        await asyncio.wrap_future(self.there(there()))

    async def asked_past(self, given: dict[str, Any]) -> None:
        """Wait until the bot said that it has this update: then Telegram has forgotten it."""
        while given in self.api.waiting:  # noqa: ASYNC110  # another loop's list, which announces nothing
            await asyncio.sleep(0.01)


class TestPolling(ChannelContract):
    """Our bot asks for updates. The store outlives a restart, as the folder does."""

    name = "telegram"

    @pytest.fixture(autouse=True)
    def at_telegram(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """A Bot API for each test, and stores that are closed at its end. Nobody waits before a further try."""
        monkeypatch.setattr("intakebot.channels.telegram.polling._LONGEST_DELAY", 0.01)
        self.stores: dict[Path, Store] = {}
        for self.telegram in Telegram().serve():
            yield
        for store in self.stores.values():
            store.close()

    def settings(self, folder: Path) -> Settings:
        told = {"telegram_token": TOKEN, "telegram_api_url": self.telegram.api.url, "classifier": "rules"}
        return Settings.model_validate({"data": folder, "channels": (self.name,), **told})

    def channel(self, folder: Path) -> TelegramChannel:
        """The channel as the service builds it, with who keeps its dialogues and its place."""
        settings = self.settings(folder)
        if folder not in self.stores:
            self.stores[folder] = open_store(settings)
        store = self.stores[folder]
        keepers = Keepers(KeptOffsets(store, self.name), KeptDialogues(store, self.name))
        return TelegramChannel.from_settings(self.name, settings, lambda: NOW, keepers)

    def samples(self) -> Sequence[Sample]:
        answers = (None, Question.PLACE, Question.OUTCOME)
        words, photo, place = (_raw(given, asked) for given, asked in zip(UPDATES.values(), answers, strict=True))
        return (
            Sample("words", words, "The boiler is broken 😀", "telegram:77"),
            Sample("a photo with a caption", photo, "The mould in my room", "telegram:77", ("photo-502.jpg",)),
            Sample("a place alone", place, "Place shared: Map position 51.44637, 0.21437", "telegram:77"),
        )

    def broken(self) -> Sequence[bytes]:
        whole = json.loads(_raw(UPDATES["a photo with a caption"], None).content)
        (photo,) = whole["files"]
        spoilt: list[dict[str, Any]] = [
            {"format": "intakebot-telegram-99"},
            {"update": {"update_id": 1}},
            {"update": "?"},
            {"thread": float("inf")},
            {"files": [photo | {"sha256": "0" * 64}]},
            {"files": [photo | {"content": "not base64!"}]},
            {"told": []},
        ]
        return (
            *(b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000),
            *(json.dumps(whole | one).encode() for one in spoilt),
        )

    async def receive(self, channel: Channel, folder: Path, accept: Accept) -> None:
        assert isinstance(channel, TelegramChannel)
        try:
            await channel.run(accept)
        finally:
            await channel.close()

    async def hand_over(self, channel: Channel, folder: Path, sample: Sample) -> bool:
        await self.telegram.brings(UPDATES[sample.name])
        await self.telegram.asked_past(UPDATES[sample.name])
        return True

    @asynccontextmanager
    async def far_side(self, folder: Path, mood: Mood) -> AsyncIterator[FarSide]:
        api = self.telegram.api
        if mood is Mood.NOT_NOW:
            api.fails("sendMessage", 502, "Bad Gateway")
        if mood is Mood.NEVER:
            api.blocked.add(77)
        channel = self.channel(folder)
        try:
            yield FarSide(channel, outbound(self.name, Address("telegram:77")), lambda: api.to(77))
        finally:
            await channel.close()


class TestWebhook(TestPolling):
    """Telegram brings updates to an address of ours."""

    @pytest.fixture(autouse=True)
    def no_address_yet(self) -> None:
        """Nothing is served yet."""
        self.up = asyncio.Event()
        self.url = ""

    def settings(self, folder: Path) -> Settings:
        told = {"telegram_webhook_secret": SECRET, "public_url": "https://complaints.landlord.example"}
        return Settings.model_validate(super().settings(folder).model_dump() | told)

    async def receive(self, channel: Channel, folder: Path, accept: Accept) -> None:
        assert isinstance(channel, TelegramChannel)
        takes = channel.webhook(accept)
        assert takes is not None
        application = web.Application()
        application.router.add_post(WEBHOOK, takes)
        runner = web.AppRunner(application, shutdown_timeout=DYING_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            self.up.set()
            await super().receive(channel, folder, accept)
        finally:
            self.up.clear()
            await runner.cleanup()

    async def hand_over(self, channel: Channel, folder: Path, sample: Sample) -> bool:
        await self.up.wait()
        try:
            async with (
                ClientSession(self.url) as telegram,
                telegram.post(WEBHOOK, json=UPDATES[sample.name], headers={SECRET_HEADER: SECRET}) as answer,
            ):
                assert answer.status in (200, 503), answer.status
                return answer.status == 200
        except ClientError:
            return False


def _raw(given: dict[str, Any], answers: Question | None) -> RawMessage:
    files = [Fetched(ref, PHOTO) for ref in see(given).files]
    content = document.write(given, files, Dialogue(thread=501, name="Shirley Amadi"), answers)
    return RawMessage("telegram", "700900:501", content, NOW, Envelope(sender="telegram:77", source="telegram"))
