"""Who may send what to whom, how much at once, and what strangers are told."""

from __future__ import annotations

from typing import Any

import pytest
from tests.channels.email.smtp import MESSAGE, US, house

from intakebot.channels.email import conversation, door, limits
from intakebot.channels.email.conversation import Conversation
from intakebot.config.doors import Mail


@pytest.mark.parametrize(
    "recipient",
    (
        f"{US} {US.upper()} complaints+anything@landlord.example housing@landlord.example postmaster "
        "Postmaster@landlord.example postmaster@other.example HELP+x+y@other.example"
    ).split(),
)
async def test_mail_to_our_addresses_is_taken(recipient: str) -> None:
    mail = Mail(other_addresses=("Housing@landlord.example", "help@other.example"))
    async with house(mail=mail) as here, here.client() as client:
        assert await client.send(MESSAGE, "a@tenant.example", recipient) == door.RECEIVED
    assert here.store.taken[0].envelope.recipients == (recipient,)


@pytest.mark.parametrize(
    "recipient",
    [
        "someone@elsewhere.example",
        "complaint@landlord.example",
        "+complaints@landlord.example",
        "a@b@c.example",
        "complaints@elsewhere.example",
        "complaints%elsewhere.example@landlord.example",
        "postmaster@x.example",
    ],
)
async def test_nothing_is_relayed_and_strange_addresses_get_a_helpful_answer(recipient: str) -> None:
    async with house() as here, here.client() as client:
        await client.say("MAIL FROM:<a@tenant.example>")
        reply = await client.say(f"RCPT TO:<{recipient}>")
        assert reply.startswith("55")
        assert (await client.say("DATA")).startswith("503")
        assert (await client.say(f"RCPT TO:<{US}>")).startswith("250")
    assert here.store.taken == []


async def test_a_wrong_address_is_told_the_right_one() -> None:
    async with house() as here, here.client() as client:
        await client.say("MAIL FROM:<a@tenant.example>")
        assert await client.say("RCPT TO:<x@landlord.example>") == (
            "550 5.1.1 There is no such address here. Please check it, or write to complaints@landlord.example"
        )


async def test_any_recipient_is_taken_where_the_settings_say_so() -> None:
    async with house(accept_any_recipient=True) as here, here.client() as client:
        assert await client.send(MESSAGE, "a@tenant.example", "anyone@landlord.example") == door.RECEIVED


@pytest.mark.parametrize(
    "command",
    ["MAIL FROM:<", "MAIL FROM:<[x]@[y", "MAIL FROM:\x00<a@b.example>", "MAIL FROM:<a\x01@b.example>"],
)
async def test_a_broken_sender_is_refused_without_showing_anything_inside(command: str) -> None:
    async with house() as here, here.client() as client:
        reply = await client.say(command)
        assert reply[:3] in {"501", "553"}
        assert "Error: (" not in reply
        assert await client.send() == door.RECEIVED


async def test_commands_that_help_only_attackers_are_off() -> None:
    async with house() as here, here.client() as client:
        for command in (f"VRFY {US}", "EXPN staff", "AUTH PLAIN AGEAYg=="):
            assert await client.say(command) == conversation.SWITCHED_OFF


async def test_data_needs_a_greeting_and_a_recipient() -> None:
    async with house() as here, here.client(greet=False) as client:
        await client.reply()
        assert (await client.say("DATA")).startswith("503")
        await client.say("HELO tenant.example")
        assert (await client.say("DATA")).startswith("503")
        await client.say("MAIL FROM:<a@tenant.example>")
        assert (await client.say("DATA")).startswith("503")
        await client.say(f"RCPT TO:<{US}>")
        assert (await client.say("DATA now")).startswith("501")
        assert (await client.say("DATA")).startswith("354")
        assert await client.say(".") == door.RECEIVED
        assert (await client.say("DATA")).startswith("503")


async def test_too_many_connections_are_asked_to_come_back() -> None:
    async with house(max_connections=1) as here, here.client(), here.client(greet=False) as second:
        assert await second.reply() == limits.FULL
        assert await second.gone()


async def test_too_many_connections_from_one_address() -> None:
    few: dict[str, Any] = {"max_connections_per_address": 1, "unlimited_peers": ()}
    async with house(**few) as here, here.client(), here.client(greet=False) as second:
        assert await second.reply() == limits.TOO_MANY_FROM_YOU
        assert await second.gone()


async def test_too_many_messages_a_minute_from_one_address() -> None:
    async with house(max_messages_per_address_per_minute=2, unlimited_peers=()) as here, here.client() as client:
        assert [await client.send() for _ in range(2)] == [door.RECEIVED] * 2
        assert await client.say("MAIL FROM:<a@tenant.example>") == limits.TOO_FAST
    assert len(here.store.taken) == 2


async def test_too_many_messages_on_one_connection() -> None:
    async with house(max_messages_per_connection=2) as here, here.client() as client:
        assert [await client.send() for _ in range(2)] == [door.RECEIVED] * 2
        assert await client.say("MAIL FROM:<a@tenant.example>") == door.ENOUGH_FOR_ONE
        assert await client.gone()


async def test_a_client_that_only_makes_mistakes_is_hung_up_on() -> None:
    async with house() as here, here.client() as client:
        await client.say("MAIL FROM:<a@tenant.example>")
        replies = [await client.say(f"RCPT TO:<guess{n}@landlord.example>") for n in range(21)]
        assert all(reply.startswith("550") for reply in replies[:20])
        assert replies[20] == conversation.TOO_MANY_ERRORS
        assert await client.gone()


async def test_a_client_that_falls_silent_is_told_so_and_hung_up_on() -> None:
    async with house() as here, here.client() as client:
        (silent,) = here.listener._door._callers
        assert isinstance(silent, Conversation)
        silent._reset_timeout(0.01)
        assert await client.reply() == conversation.TIMED_OUT
        assert await client.gone()
