"""Mail in by SMTP, over real sockets: nothing is lost, nothing is smuggled in, and nothing inside is shown."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intakebot.channels.base import Accepted
from intakebot.channels.email import conversation, door, limits
from intakebot.channels.email.conversation import Conversation
from intakebot.channels.email.listener import Listener, serve
from intakebot.config import Mail, Settings, Smtp
from intakebot.domain.message import RawMessage
from intakebot.errors import BadInput, BadSettings, StoreUnavailable

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


# Nothing is lost


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


# Exactly the message, whatever is in it


@pytest.mark.parametrize(
    "ending",
    [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r.\r\n", b"\r\n.\r", b"\n\n.\r\n", b"\r\n\x00.\r\n"],
    ids=["LF.LF", "LF.CRLF", "CR.CR", "CRLF.LF", "CR.CRLF", "CRLF.CR", "LFLF.CRLF", "CRLF-NUL.CRLF"],
)
async def test_an_ending_that_is_not_crlf_dot_crlf_smuggles_nothing(ending: bytes) -> None:
    smuggled = b"MAIL FROM:<ceo@landlord.example>\r\nRCPT TO:<complaints@landlord.example>\r\nDATA\r\nPay me\r\n"
    async with house() as here, here.client() as client:
        assert await client.send(MESSAGE + b"end" + ending + smuggled) == door.RECEIVED
        assert (await client.say("NOOP")).startswith("250")
    assert here.store.contents == [MESSAGE + b"end" + ending + smuggled]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"", b""),
        (b"..\r\n", b".\r\n"),
        (b"..leading\r\n", b".leading\r\n"),
        (b"...\r\n..\r\n", b"..\r\n.\r\n"),
        (b"\r\n", b"\r\n"),
        (b"\r\n\r\n\r\n", b"\r\n\r\n\r\n"),
        (b"x\n..y\r\n", b"x\n..y\r\n"),
        (b"\x00nul\x00\r\n", b"\x00nul\x00\r\n"),
        (b"\xff\xfe\r\n", b"\xff\xfe\r\n"),
        (b"long " + b"x" * 300_000 + b"\r\n", b"long " + b"x" * 300_000 + b"\r\n"),
    ],
    ids=["empty", "dot", "dot-word", "dots", "blank", "blanks", "lf-dots", "nul", "8-bit", "long-line"],
)
async def test_dots_and_odd_bytes_come_through(sent: bytes, kept: bytes) -> None:
    async with house() as here, here.client() as client:
        assert await client.send(sent) == door.RECEIVED
        assert await client.send() == door.RECEIVED
    assert here.store.contents == [kept, MESSAGE]


_PARTS = st.sampled_from([b"\r\n", b"\r", b"\n", b".", b"..", b"x", b"y" * 50, b"z" * 140])


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(_PARTS, max_size=30), cuts=st.lists(st.integers(0, 400), max_size=6))
def test_any_bytes_in_any_packets_come_through_unchanged(parts: list[bytes], cuts: list[int]) -> None:
    content = b"".join(parts) + b"\r\n"
    stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"
    edges = sorted({0, len(stuffed), *(cut for cut in cuts if cut < len(stuffed))})

    async def send() -> list[bytes]:
        async with house() as here, here.client() as client:
            assert (await client.envelope()).startswith("354")
            for begin, end in pairwise(edges):
                await client.write(stuffed[begin:end])
                await asyncio.sleep(0)
            assert await client.reply() == door.RECEIVED
            assert (await client.say("NOOP")).startswith("250")
        return here.store.contents

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Conversation, "line_length_limit", 64)
        assert asyncio.run(send()) == [content]


async def test_commands_sent_ahead_are_all_answered_in_order() -> None:
    turn = f"MAIL FROM:<a@tenant.example>\r\nRCPT TO:<{US}>\r\nDATA\r\n".encode()
    async with house() as here, here.client() as client:
        await client.write(turn)
        assert [(await client.reply())[:3] for _ in range(3)] == ["250", "250", "354"]
        await client.write(b"one\r\n.\r\n" + turn + b"two\r\n.\r\nQUIT\r\n")
        replies = [(await client.reply())[:3] for _ in range(6)]
    assert replies == ["250", "250", "250", "354", "250", "221"]
    assert here.store.contents == [b"one\r\n", b"two\r\n"]


# Size


async def test_a_message_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    fits = b"x" * 65534 + b"\r\n"
    async with house(max_size=65536) as here, here.client() as client:
        assert await client.send(fits) == door.RECEIVED
        assert await client.send(b"x" + fits) == conversation.TOO_BIG
        assert await client.send(b"y" * 1_000_000 + b"\r\n") == conversation.TOO_BIG
        assert await client.send() == door.RECEIVED
    assert here.store.contents == [fits, MESSAGE]


async def test_a_size_announced_over_the_limit_is_refused_before_it_is_sent() -> None:
    async with house(max_size=65536) as here, here.client() as client:
        assert (await client.say("MAIL FROM:<a@tenant.example> SIZE=65537")).startswith("552")
        assert (await client.say("MAIL FROM:<a@tenant.example> SIZE=65536 BODY=8BITMIME SMTPUTF8")).startswith("250")
    assert here.store.taken == []


async def test_large_messages_arriving_together_wait_their_turn() -> None:
    arrived, released = asyncio.Queue[None](), asyncio.Event()

    async def slowly() -> None:
        arrived.put_nowait(None)
        await released.wait()

    big = b"x" * 60_000 + b"\r\n"
    async with (
        house(Store(before=slowly), max_size=65536) as here,
        here.client() as one,
        here.client() as two,
        here.client() as three,
        here.client() as four,
    ):
        sending = []
        for client in (one, two, three):
            sending.append(asyncio.create_task(client.send(big)))
            await arrived.get()
        assert await four.send(big) == limits.NO_ROOM
        released.set()
        assert await asyncio.gather(*sending) == [door.RECEIVED] * 3
        assert await four.send(big) == door.RECEIVED


# Who may send what to whom


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


# Limits


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


# TLS and what is offered


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
