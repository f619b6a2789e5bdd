"""Mail in by SMTP, over real sockets: nothing is lost, and 250 means that it is kept."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
from tests.channels.email.smtp import MESSAGE, NOW, US, Store, house

from intakebot.channels.email import conversation, door
from intakebot.channels.email.listener import serve
from intakebot.config.doors import Smtp
from intakebot.config.settings import Settings
from intakebot.errors import BadInput, BadSettings, StoreUnavailable


async def test_a_message_is_kept_exactly_with_its_envelope() -> None:
    async with house() as here, here.client() as client:
        assert await client.send(MESSAGE, "Ama@Tenant.example", US, "Complaints+c.1a2b@LANDLORD.example") == (
            door.RECEIVED
        )
    (raw,) = here.store.taken
    assert raw.content == MESSAGE
    assert raw.received_at == NOW
    assert raw.channel == "email"
    assert raw.external_id
    assert raw.envelope.sender == "Ama@Tenant.example"
    assert raw.envelope.recipients == (US, "Complaints+c.1a2b@LANDLORD.example")
    assert (raw.envelope.peer, raw.envelope.source) == ("127.0.0.1", "smtp")


async def test_250_is_said_only_after_the_message_is_durable() -> None:
    happened: list[str] = []
    arrived, released = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        arrived.set()
        await released.wait()
        happened.append("durable")

    async with house(Store(before=slowly)) as here, here.client() as client, here.client() as other:

        async def send() -> None:
            happened.append(await client.send())

        sending = asyncio.create_task(send())
        await arrived.wait()
        for _ in range(5):  # whatever had been said by now would have been heard
            await other.say("NOOP")
        assert happened == []
        released.set()
        await sending
    assert happened == ["durable", door.RECEIVED]


@pytest.mark.parametrize(
    "error",
    [StoreUnavailable("the disk is full at /srv/secret"), OSError(28, "No space left"), RuntimeError("secret")],
    ids=lambda error: type(error).__name__,
)
async def test_a_store_that_fails_means_try_later_in_fixed_words(error: Exception) -> None:
    async def fail() -> None:
        raise error

    async with house(Store(before=fail)) as here, here.client() as client:
        assert await client.send() == conversation.TRY_LATER
        here.store.before = None
        assert await client.send() == door.RECEIVED
    assert here.store.contents == [MESSAGE]


async def test_a_client_that_vanishes_in_the_middle_leaves_nothing() -> None:
    async with house() as here:
        async with here.client() as client:
            assert (await client.envelope()).startswith("354")
            await client.write(MESSAGE + b"and then")
        async with here.client() as client:
            assert await client.send() == door.RECEIVED
    assert here.store.contents == [MESSAGE]


async def test_a_client_that_hangs_up_before_the_reply_does_not_undo_the_message() -> None:
    arrived, released = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        arrived.set()
        await released.wait()

    async with house(Store(before=slowly)) as here:
        async with here.client() as client:
            assert (await client.envelope()).startswith("354")
            await client.write(MESSAGE + b".\r\n")
            await arrived.wait()
            client.writer.transport.abort()
        async with here.client():
            released.set()
    assert here.store.contents == [MESSAGE]


async def test_the_null_sender_and_unreadable_senders_are_kept_as_text() -> None:
    async with house() as here, here.client() as client:
        await client.send(MESSAGE, "")
        assert (await client.say(b"MAIL FROM:<\xe9l\xe8ve@tenant.example>")).startswith("250")
        await client.say(f"RCPT TO:<{US}>")
        await client.say("DATA")
        await client.say(MESSAGE + b".")
        assert await client.send(MESSAGE, "élève@tenant.example") == door.RECEIVED
    senders = [raw.envelope.sender for raw in here.store.taken]
    assert senders == ["", "\ufffdl\ufffdve@tenant.example", "élève@tenant.example"]


async def test_stopping_lets_a_message_in_progress_finish_and_sends_the_others_away() -> None:
    async with house() as here, here.client() as busy, here.client() as idle:
        assert (await busy.envelope()).startswith("354")
        await busy.write(MESSAGE)
        closing = asyncio.create_task(here.listener.close())
        assert await idle.reply() == door.STOPPING
        assert await idle.gone()
        assert await busy.say(".") == door.RECEIVED
        assert await busy.reply() == door.STOPPING
        await closing
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", here.listener.port)
    assert here.store.contents == [MESSAGE]


async def test_stopping_does_not_wait_for_ever() -> None:
    async with house() as here, here.client() as client:
        assert (await client.envelope()).startswith("354")
        await here.listener.close(grace=0)
        with pytest.raises(ConnectionError):
            await client.say(MESSAGE + b".")
            await client.say("NOOP")
            raise ConnectionResetError if await client.gone() else AssertionError
    assert here.store.taken == []


async def test_what_is_offered(certificate: tuple[Path, Path]) -> None:
    tls: dict[str, Any] = {"certificate": certificate[0], "key": certificate[1]}
    async with house(max_size=70000, **tls) as here, here.client(greet=False) as client:
        await client.reply()
        offered = {line[4:] for line in (await client.say("EHLO tenant.example")).splitlines()[1:]}
    assert offered == {"SIZE 70000", "8BITMIME", "SMTPUTF8", "STARTTLS", "PIPELINING", "HELP"}


async def test_mail_over_starttls(certificate: tuple[Path, Path]) -> None:
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    tls: dict[str, Any] = {"certificate": certificate[0], "key": certificate[1], "require_starttls": True}
    async with house(**tls) as here, here.client() as client:
        assert (await client.say("MAIL FROM:<a@tenant.example>")).startswith("530")
        await client.write(b"STARTTLS\r\nNOOP injected before the handshake\r\n")
        assert (await client.reply()).startswith("220")
        await client.writer.start_tls(trust, server_hostname="localhost")
        assert "AUTH" not in await client.say("EHLO tenant.example")
        assert await client.send(MESSAGE * 5000) == door.RECEIVED
        assert (await client.say("QUIT")).startswith("221")
    assert here.store.contents == [MESSAGE * 5000]


async def test_settings_that_cannot_work_are_named(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    missing = tmp_path / "missing.pem"
    for smtp in (Smtp(require_starttls=True), Smtp(certificate=missing), Smtp(certificate=certificate[1])):
        with pytest.raises(BadSettings, match=r"smtp\.certificate"):
            await serve(Settings(smtp_port=0, smtp=smtp), Store().accept, lambda: NOW)


async def test_a_port_in_use_is_said_plainly() -> None:
    async with house() as here:
        with pytest.raises(BadInput, match=f"port {here.listener.port}: "):
            await serve(Settings(smtp_port=here.listener.port), Store().accept, lambda: NOW)
