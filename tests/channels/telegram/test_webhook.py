"""The webhook: only with our secret, "yes" only once it is durable, and nothing that Telegram sends can break it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from tests.channels.telegram.conftest import World

from intakebot.channels.telegram.channel import WEBHOOK
from intakebot.channels.telegram.webhook import MOST_BYTES, SECRET_HEADER, handler

SECRET = "a-secret-of-ours-0123456789"
OURS = {SECRET_HEADER: SECRET}


@pytest.fixture
async def client(world: World) -> AsyncIterator[ClientSession]:
    world.poller, world.receiver = world.start()
    application = web.Application()
    application.router.add_post(WEBHOOK, handler(world.receiver, SECRET))
    async with TestServer(application) as server, ClientSession(server.make_url("")) as session:
        yield session


async def test_an_update_is_durable_before_it_is_answered(world: World, client: ClientSession) -> None:
    async with client.post(WEBHOOK, json=world.api.writes("The boiler is broken"), headers=OURS) as answer:
        assert answer.status == 200
        assert [message.text for message in world.messages] == ["The boiler is broken"]
    await world.receiver.settle()
    assert len(world.api.said) == 1


@pytest.mark.parametrize("given", [{}, {SECRET_HEADER: ""}, {SECRET_HEADER: SECRET[:-1]}, {SECRET_HEADER: "é" * 20}])
async def test_without_our_secret_nothing_is_taken(world: World, client: ClientSession, given: dict[str, str]) -> None:
    async with client.post(WEBHOOK, json=world.api.writes("Let me in"), headers=given) as answer:
        assert answer.status == 403
    await world.receiver.settle()
    assert world.taken == [] and world.api.said == []


async def test_when_it_cannot_be_kept_telegram_must_bring_it_again(world: World, client: ClientSession) -> None:
    update = world.api.writes("The boiler is broken")
    world.refusing = 1
    async with client.post(WEBHOOK, json=update, headers=OURS) as answer:
        assert answer.status == 503
    for _ in range(2):
        async with client.post(WEBHOOK, json=update, headers=OURS) as answer:
            assert answer.status == 200
    await world.receiver.settle()
    assert len(world.taken) == 1 and len(world.api.said) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"[1]", 400), (b"{", 400), (b"[" * 100_000, 400), (b"{}", 200), (b" " * (MOST_BYTES + 1), 413)],
    ids=["nothing", "a list", "half", "too deep", "no message", "too much"],
)
async def test_what_is_no_update_is_refused(world: World, client: ClientSession, body: bytes, status: int) -> None:
    async with client.post(WEBHOOK, data=body, headers=OURS) as answer:
        assert answer.status == status
    assert world.taken == []
