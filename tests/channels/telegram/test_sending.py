"""Letters into a chat: whole, in pieces that fit, each piece once; and which failures end it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.channels.telegram.conftest import World
from tests.channels.telegram.fake_api import TOKEN

from intakebot.channels.base import Channel
from intakebot.channels.telegram.channel import WEBHOOK, TelegramChannel, house
from intakebot.channels.telegram.sending import LONGEST, Letters, pieces
from intakebot.config.settings import Landlord, Settings
from intakebot.domain.message import Address, OutboundMessage, Purpose
from intakebot.errors import BadInput, DeliveryFailed


def letter(text: str, to: str = "telegram:77") -> OutboundMessage:
    now = datetime.fromisoformat("2026-03-02T09:00:00+00:00")
    return OutboundMessage("telegram", Purpose.RECEIPT, "m1", (Address(to),), "Your complaint", text, now)


@pytest.fixture
def letters(world: World) -> Letters:
    world.start()
    return Letters(world.bots[-1], world.pause)


async def test_a_letter_goes_as_its_text(world: World, letters: Letters) -> None:
    receipt = await letters.send(letter("Dear Shirley,\n\nWe have it. *Not* <b>marked up</b>."))
    assert world.api.to() == ["Dear Shirley,\n\nWe have it. *Not* <b>marked up</b>."]
    assert receipt.note == "Telegram messages 9001"


async def test_a_long_letter_goes_in_pieces_each_once_though_it_breaks_off(world: World, letters: Letters) -> None:
    long = "\n\n".join(f"Paragraph {n} " + "word " * 200 for n in range(9))
    world.api.failing["sendMessage"] = []
    with pytest.raises(DeliveryFailed) as broken:
        world.api.failing["sendMessage"] = []
        await _send_breaking_off(world, letters, long)
    assert broken.value.temporary
    await letters.send(letter(long))
    assert len(world.api.to()) == len(pieces(long)) == len(set(world.api.to())) == 3


async def _send_breaking_off(world: World, letters: Letters, long: str) -> None:
    first_piece = pieces(long)[0]
    write = letters._side.write

    async def breaks_off(chat: int, text: str) -> int:
        if text != first_piece:
            world.api.fails("sendMessage", 502)
        return await write(chat, text)

    letters._side.write = breaks_off  # type: ignore[method-assign]
    try:
        await letters.send(letter(long))
    finally:
        letters._side.write = write  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("status", "description", "temporary"),
    [
        (403, "Forbidden: bot was blocked by the user", False),
        (400, "Bad Request: chat not found", False),
        (500, "Internal Server Error", True),
        (401, "Unauthorized", True),
    ],
)
async def test_which_failures_end_it(
    world: World, letters: Letters, status: int, description: str, temporary: bool
) -> None:
    world.api.fails("sendMessage", status, description)
    with pytest.raises(DeliveryFailed) as failed:
        await letters.send(letter("Dear Shirley"))
    assert failed.value.temporary is temporary and "700900" not in str(failed.value)


async def test_told_to_wait_a_little_it_waits_and_told_to_wait_long_it_comes_back(
    world: World, letters: Letters
) -> None:
    world.api.fails("sendMessage", 429, "Too Many Requests", retry_after=3)
    await letters.send(letter("Dear Shirley"))
    assert world.pauses == [3.0] and len(world.api.said) == 1
    world.api.fails("sendMessage", 429, "Too Many Requests", retry_after=600)
    with pytest.raises(DeliveryFailed) as failed:
        await letters.send(letter("Dear Shirley"))
    assert failed.value.temporary and world.pauses == [3.0]


@pytest.mark.parametrize("to", ["shirley@tenant.example", "telegram:", "telegram:x", "tel:+447700900123"])
async def test_an_address_that_is_no_chat_is_refused_for_good(world: World, letters: Letters, to: str) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        await letters.send(letter("Dear Shirley", to))
    assert not failed.value.temporary and world.api.calls == []


@given(st.text(alphabet="ab \n😀é", max_size=200), st.integers(1, 120))
def test_pieces_fit_and_lose_no_word(text: str, times: int) -> None:
    whole = text * times
    found = pieces(whole)
    assert all(len(piece.encode("utf-16-le")) // 2 <= LONGEST for piece in found)
    assert "".join("".join(found).split()) == "".join(whole.split())


async def test_the_channel_keeps_the_port_and_needs_a_token_and_keepers_to_run(world: World) -> None:
    channel = TelegramChannel.from_settings("telegram", world.settings, lambda: world.now)
    assert isinstance(channel, Channel)
    with pytest.raises(BadInput, match="only in the service"):
        await channel.run(world.accept)
    await channel.send(letter("Dear Shirley"))
    await channel.close()
    assert world.api.to() == ["Dear Shirley"]
    without = TelegramChannel.from_settings("telegram", Settings(), lambda: world.now)
    with pytest.raises(BadInput, match="telegram_token"):
        await without.send(letter("Dear Shirley"))


def test_999_is_named_whatever_a_landlord_writes() -> None:
    assert "999" in house(Settings()).emergency and "0800 111 999" in house(Settings()).emergency
    own = house(Settings(landlord=Landlord(emergency_advice="For gas, ring 0800 111 999.", emergency_phone="01632 1")))
    assert "ring 999" in own.emergency and "01632 1" in own.emergency


def bot_with(world: World, **changes: Any) -> TelegramChannel:
    values = {"telegram_api_url": world.api.url, "data": world.settings.data}
    return TelegramChannel.from_settings("telegram", Settings(**(values | changes)), lambda: world.now)


OURS = "https://complaints.landlord.example"
BY_WEBHOOK = {"public_url": OURS, "telegram_webhook_secret": "a-secret-of-ours-0123456789"}


@pytest.mark.parametrize("more", [{}, BY_WEBHOOK], ids=["polling", "webhook"])
async def test_a_bot_that_telegram_knows_has_no_trouble_and_asking_changes_nothing(
    world: World, more: dict[str, str]
) -> None:
    assert await bot_with(world, telegram_token=TOKEN, **more).trouble() == ""
    world.api.webhook = {"url": OURS + WEBHOOK} if more else {}
    assert await bot_with(world, telegram_token=TOKEN, **more).trouble() == ""
    assert set(world.api.calls) == {"getMe", "getWebhookInfo"}


async def test_what_is_wrong_with_the_bot_is_said_in_words_without_the_token(world: World) -> None:
    stranger = await bot_with(world, telegram_token="9:stranger-token_for-tests-0000").trouble()
    assert "check telegram_token" in stranger and "stranger" not in stranger
    far = {"telegram_token": TOKEN, "telegram_api_url": "http://127.0.0.1:9"}
    assert "cannot be reached" in await bot_with(world, **far).trouble()
    world.api.webhook = {"url": "https://elsewhere.example/hook"}
    assert "webhook" in await bot_with(world, telegram_token=TOKEN).trouble()
    assert "another address" in await bot_with(world, telegram_token=TOKEN, **BY_WEBHOOK).trouble()
    world.api.webhook = {"url": OURS + WEBHOOK}
    world.api.webhook_state = {
        "pending_update_count": 3,
        "last_error_date": 1_772_442_000,
        "last_error_message": "Wrong response from the webhook: 404 Not Found",
    }
    waiting = await bot_with(world, telegram_token=TOKEN, **BY_WEBHOOK).trouble()
    assert waiting.startswith("3 messages wait") and "404 Not Found" in waiting
