"""What a message may hold: any bytes, up to the size limit, and nothing in it is taken for a command."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.channels.email.smtp import MESSAGE, US, Store, house

from intakebot.channels.email import conversation, door, limits
from intakebot.channels.email.conversation import Conversation


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
