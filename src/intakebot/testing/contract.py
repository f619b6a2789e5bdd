"""The contract of a channel: its duties in `channels/base.py`, each a test that any channel's package can run.

A channel is made of what it owes. All of them read; most take messages in; and each sends, or refuses to for good.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from intakebot.channels.base import Accept, Channel
from intakebot.domain.message import Address, Receipt
from intakebot.errors import DeliveryFailed, StoreUnavailable
from intakebot.testing.reading import ReadingContract
from intakebot.testing.scene import (
    GRACE_SECONDS,
    PATIENCE_SECONDS,
    FarSide,
    Inbox,
    Mood,
    Sample,
    cancelled,
    outbound,
    passing,
    play_out,
    reached,
)


class ReceivingContract(ReadingContract):
    """What a channel owes that takes messages in, by `run` or by a page that stands before it."""

    async def hand_over(self, channel: Channel, folder: Path, sample: Sample) -> bool:
        """Be the sender of this sample: bring it to the running `channel`, and return when you know.

        True: you were told that it is received, and would forget it. False: you were told that it is not, and
        would try again. Where your sender is never told, be who looks whether it was taken away. Override.
        """
        raise NotImplementedError

    async def receive(self, channel: Channel, folder: Path, accept: Accept) -> None:
        """Take messages in until cancelled. Override only where more than `run` does, as where a page takes them.

        Cancelled is dead: what was under way then is broken off, and no sender is told anything any more.
        """
        await channel.run(accept)

    def test_the_sender_is_told_only_after_the_message_is_kept(self, tmp_path: Path) -> None:
        """`run` says "received" only after `accept` has returned."""

        async def play() -> None:
            gate = asyncio.Event()
            inbox = Inbox(before=lambda: passing(gate))
            channel = self.channel(tmp_path)
            running = await self._started(channel, tmp_path, inbox)
            sending = asyncio.create_task(self.hand_over(channel, tmp_path, self.samples()[0]))
            await reached(inbox.came, sending)
            await asyncio.wait([sending], timeout=GRACE_SECONDS)
            assert not sending.done(), "the sender was told before the message was kept"
            gate.set()
            assert await sending, "the sender was never told that it is received"
            assert len(inbox.taken) == 1
            await cancelled(running)

        play_out(play())

    def test_every_sample_comes_in_and_is_read(self, tmp_path: Path) -> None:
        """What `run` hands over is what `normalise` reads."""

        async def play() -> None:
            inbox, channel = Inbox(), self.channel(tmp_path)
            running = await self._started(channel, tmp_path, inbox)
            for number, sample in enumerate(self.samples(), 1):
                assert await self.hand_over(channel, tmp_path, sample), f"{sample.name} was not taken"
                assert len(inbox.taken) == number, f"{sample.name} was taken for a repeat of another"
                raw = inbox.taken[-1]
                assert raw.channel == self.name and raw.external_id
                assert sample.text in channel.normalise(raw).text
            await cancelled(running)

        play_out(play())

    def test_a_repeat_has_the_same_external_id(self, tmp_path: Path) -> None:
        """The same message from the same sender, twice, is one; also after a restart."""

        async def play() -> None:
            inbox, sample = Inbox(), self.samples()[0]
            for _ in range(2):
                channel = self.channel(tmp_path)
                running = await self._started(channel, tmp_path, inbox)
                assert await self.hand_over(channel, tmp_path, sample)
                await cancelled(running)
            assert len(inbox.taken) == 1, "a repeat has another external_id"

        play_out(play())

    def test_nothing_is_lost_while_the_store_cannot_take_it(self, tmp_path: Path) -> None:
        """`accept` raises `StoreUnavailable`: the sender keeps the message, or the channel tries again by itself."""

        async def play() -> None:
            failures = iter([True])

            async def fails_once() -> None:
                if next(failures, False):
                    raise StoreUnavailable("the disk is full")

            inbox, channel, sample = Inbox(before=fails_once), self.channel(tmp_path), self.samples()[0]
            running = await self._started(channel, tmp_path, inbox)
            told = await self.hand_over(channel, tmp_path, sample)
            assert told == bool(inbox.taken), "the sender was told what is not so"
            if not told:
                assert not running.done(), "run must go on when the store cannot take a message"
                assert await self.hand_over(channel, tmp_path, sample), "the second try was not taken"
            assert len(inbox.taken) == 1
            assert len({raw.external_id for raw in inbox.offered}) == 1
            await cancelled(running)

        play_out(play())

    def test_nothing_is_lost_when_it_stops_before_the_message_is_kept(self, tmp_path: Path) -> None:
        """`run` may be stopped anywhere before `accept` returns: the sender still has it, and it comes in later."""

        async def play() -> None:
            gate, sample = asyncio.Event(), self.samples()[0]

            async def never_kept() -> None:
                await gate.wait()
                raise StoreUnavailable("the service stops")

            inbox, channel = Inbox(before=never_kept), self.channel(tmp_path)
            running = await self._started(channel, tmp_path, inbox)
            sending = asyncio.create_task(self.hand_over(channel, tmp_path, sample))
            await reached(inbox.came, sending)
            running.cancel()
            gate.set()
            await asyncio.wait([running], timeout=PATIENCE_SECONDS)
            assert running.done(), "run did not end when it was cancelled"
            await asyncio.wait([sending], timeout=GRACE_SECONDS)
            if sending.done() and sending.exception() is None:
                assert not sending.result(), "the sender was told that a message is received which nobody has"
            sending.cancel()
            await asyncio.wait([sending])

            after, again = Inbox(), self.channel(tmp_path)
            running = await self._started(again, tmp_path, after)
            assert await self.hand_over(again, tmp_path, sample)
            assert {raw.external_id for raw in after.taken} == {inbox.offered[0].external_id}
            await cancelled(running)

        play_out(play())

    def test_a_death_just_after_the_message_is_kept_makes_no_second(self, tmp_path: Path) -> None:
        """`run` may die after `accept` kept it and before anybody was told: it comes again, under the same id.

        Only the store may say that it has it: a channel that dies here cannot know.
        """

        async def play() -> None:
            sample, inbox = self.samples()[0], Inbox(after=_never)
            channel = self.channel(tmp_path)
            running = await self._started(channel, tmp_path, inbox)
            sending = asyncio.create_task(self.hand_over(channel, tmp_path, sample))
            await reached(inbox.kept, sending)
            await cancelled(running)
            sending.cancel()
            await asyncio.wait([sending])

            held, inbox.after = len(inbox.offered), None
            again = self.channel(tmp_path)
            running = await self._started(again, tmp_path, inbox)
            assert await self.hand_over(again, tmp_path, sample)
            assert len(inbox.offered) > held, "it was not handed over again: only the store may say what it has"
            assert len(inbox.taken) == 1, "it has another external_id"
            await cancelled(running)

        play_out(play())

    async def _started(self, channel: Channel, folder: Path, inbox: Inbox) -> asyncio.Task[None]:
        return asyncio.create_task(self.receive(channel, folder, inbox.accept))


class SendingContract(ReadingContract):
    """What a channel owes by which something goes out."""

    def far_side(self, folder: Path, mood: Mood) -> AbstractAsyncContextManager[FarSide]:
        """A channel in front of a far side of this mood, and a message to send to it. Override."""
        raise NotImplementedError

    def test_what_is_sent_arrives(self, tmp_path: Path) -> None:
        """`send` gives a receipt once the far side has it; sending the same again is no error."""

        async def play() -> None:
            async with self.far_side(tmp_path, Mood.TAKES) as far:
                assert isinstance(await far.channel.send(far.message), Receipt)
                assert any(far.message.text[:20] in one for one in far.received()), "its words did not arrive"
                assert isinstance(await far.channel.send(far.message), Receipt)

        play_out(play())

    def test_a_far_side_that_refuses_for_now_is_tried_again(self, tmp_path: Path) -> None:
        """`send` raises `DeliveryFailed(temporary=True)`."""
        assert play_out(self._refused(tmp_path, Mood.NOT_NOW)).temporary

    def test_a_far_side_that_refuses_for_good_is_not(self, tmp_path: Path) -> None:
        """`send` raises `DeliveryFailed(temporary=False)`."""
        assert not play_out(self._refused(tmp_path, Mood.NEVER)).temporary

    async def _refused(self, folder: Path, mood: Mood) -> DeliveryFailed:
        async with self.far_side(folder, mood) as far:
            with pytest.raises(DeliveryFailed) as refused:
                await far.channel.send(far.message)
        assert far.message.text not in str(refused.value), "an error must not hold the message's words"
        return refused.value


class RefusingContract(ReadingContract):
    """What a channel owes by which nothing goes out."""

    def test_every_message_to_send_is_refused_for_good(self, tmp_path: Path) -> None:
        """`send` raises `DeliveryFailed(temporary=False)`, so that a person sees it at once and nothing tries again."""
        message = outbound(self.name, Address("ama@tenant.example"))

        async def play() -> None:
            with pytest.raises(DeliveryFailed) as refused:
                await self.channel(tmp_path).send(message)
            assert not refused.value.temporary
            assert len(str(refused.value)) > 10, "say in a sentence why nothing can be sent"
            assert message.text not in str(refused.value), "an error must not hold the message's words"

        play_out(play())


class ChannelContract(ReceivingContract, SendingContract):
    """What a channel owes that does both, as most do."""


async def _never() -> None:
    await asyncio.Event().wait()
