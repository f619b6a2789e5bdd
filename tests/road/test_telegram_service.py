"""The service with a Telegram bot: its role runs where there is a token, and the webhook stands among the pages."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import ClientSession
from tests.channels.telegram.fake_api import TOKEN, BotApi, bot_api
from tests.factories import NOW, demo_settings

from intakebot.channels.telegram.channel import WEBHOOK
from intakebot.channels.telegram.webhook import SECRET_HEADER
from intakebot.errors import BadSettings
from intakebot.service import Service

SECRET = "a-secret-of-ours-0123456789"


async def test_role_takes_messages_and_answers_them(tmp_path: Path) -> None:
    async with bot_api() as api:
        settings = demo_settings(tmp_path, telegram_token=TOKEN, telegram_api_url=api.url)
        async with Service(settings, ["telegram"], lambda: NOW) as service:
            running = asyncio.create_task(service.run())
            try:
                api.writes("The boiler has been broken for three weeks")
                await _spoken(api)
                assert await service.store.read(lambda work: work.inbox.waiting()) == 1
                assert service.health.warnings() == () and "deleteWebhook" in api.calls
            finally:
                running.cancel()
                await asyncio.wait([running])


async def test_webhook_stands_among_the_pages_and_is_told_to_telegram(tmp_path: Path) -> None:
    async with bot_api() as api:
        settings = demo_settings(
            tmp_path,
            telegram_token=TOKEN,
            telegram_api_url=api.url,
            telegram_webhook_secret=SECRET,
            public_url="https://complaints.landlord.example",
            http_port=0,
        )
        ready = asyncio.Event()
        async with Service(settings, ["telegram", "web"], lambda: NOW) as service:
            running = asyncio.create_task(service.run(ready.set))
            try:
                async with asyncio.timeout(30):
                    await ready.wait()
                update, url = api.writes("The boiler is broken"), f"http://127.0.0.1:{service.http_port}{WEBHOOK}"
                async with ClientSession() as telegram:
                    async with telegram.post(url, json=update) as refused:
                        assert refused.status == 403
                    async with telegram.post(url, json=update, headers={SECRET_HEADER: SECRET}) as answer:
                        assert answer.status == 200
                await _spoken(api)
                async with asyncio.timeout(30), api.spoke:
                    await api.spoke.wait_for(lambda: api.webhook)
                assert await service.store.read(lambda work: work.inbox.waiting()) == 1
                assert api.webhook["url"] == f"https://complaints.landlord.example{WEBHOOK}"
                assert api.webhook["secret_token"] == SECRET and "getUpdates" not in api.calls
            finally:
                running.cancel()
                await asyncio.wait([running])


async def test_without_a_token_there_is_no_telegram(tmp_path: Path) -> None:
    async with Service(demo_settings(tmp_path), ["telegram"], lambda: NOW) as service:
        assert service.telegram is None


def test_settings_that_do_not_fit_are_named(tmp_path: Path) -> None:
    for wrong in ({"telegram_token": "nonsense"}, {"telegram_webhook_secret": SECRET}, {"telegram_api_url": "x"}):
        with pytest.raises(BadSettings) as named:
            demo_settings(tmp_path, **wrong)
        assert next(iter(wrong)) in str(named.value).lower() and "nonsense" not in str(named.value)


async def _spoken(api: BotApi) -> None:
    async with asyncio.timeout(30), api.spoke:
        await api.spoke.wait_for(lambda: api.said)
