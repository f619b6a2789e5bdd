"""The contract of a channel: its duties in `channels/base.py`, each a test that any channel's package can run."""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from intakebot import plugins
from intakebot.channels.base import Channel
from intakebot.config.settings import Settings
from intakebot.domain.message import Address, NormalisedMessage, OutboundMessage, Receipt
from intakebot.errors import DeliveryFailed, StoreUnavailable, Unreadable
from intakebot.testing.scene import (
    GRACE_SECONDS,
    NOW,
    PATIENCE_SECONDS,
    FarSide,
    Inbox,
    Mood,
    Sample,
    cancelled,
    damaged,
    outbound,
    passing,
    play_out,
    read_elsewhere,
)


class ChannelContract:
    """What every channel owes. Subclass it, and override what says `Override`."""

    name: ClassVar[str]
    """The name of the channel's entry point. Override."""
    receives: ClassVar[bool] = True
    """False where `run` takes nothing in, because a page does."""
    sends: ClassVar[bool] = True
    """False where nothing goes out this way; `send` then always refuses for good."""

    def settings(self, folder: Path) -> Settings:
        """The service's settings, with everything of it in `folder`. Override to add your channel's own."""
        return Settings(data=folder, channels=(self.name,))

    def samples(self) -> Sequence[Sample]:
        """Messages your channel makes. Override; give at least two, one of them awkward."""
        raise NotImplementedError

    def broken(self) -> Sequence[bytes]:
        """Contents that cannot be read at all. Override. Where everything can be, as with mail, give none."""
        raise NotImplementedError

    async def hand_over(self, channel: Channel, folder: Path, sample: Sample) -> bool:
        """Be the sender of this sample: bring it to the running `channel`, and return when you know.

        True: you were told that it is received, and would forget it. False: you were told that it is not, and
        would try again. Where your sender is never told, be who looks whether it was taken away. Override.
        """
        raise NotImplementedError

    def far_side(self, folder: Path, mood: Mood) -> AbstractAsyncContextManager[FarSide]:
        """A channel in front of a far side of this mood, and a message to send to it. Override."""
        raise NotImplementedError

    def channel(self, folder: Path) -> Channel:
        """The channel as the service builds it; a second one is the same channel after a restart."""
        return plugins.channel(self.name, self.settings(folder), lambda: NOW)

    # The duties of `normalise`.

    def test_the_channel_is_installed_under_its_name(self, tmp_path: Path) -> None:
        """Entry point, name, and the four parts of the protocol."""
        channel = self.channel(tmp_path)
        assert channel.name == self.name
        assert isinstance(channel, Channel)

    def test_every_sample_is_read_as_it_should_be(self, tmp_path: Path) -> None:
        """`normalise`: the one form, with everything in it."""
        channel, samples = self.channel(tmp_path), self.samples()
        assert len(samples) >= 2, "give at least two samples"
        for sample in samples:
            read = channel.normalise(sample.raw)
            assert sample.text in read.text, f"{sample.name}: its words are not in the text"
            assert (read.sender.key if read.sender else "") == sample.sender.casefold(), f"{sample.name}: sender"
            names = tuple(attachment.filename for attachment in read.attachments)
            assert names == sample.attachments, f"{sample.name}: attachments"
            assert (read.external_id, read.received_at) == (sample.raw.external_id, sample.raw.received_at)
            assert read.channel, f"{sample.name}: no channel"

    def test_reading_is_pure(self, tmp_path: Path) -> None:
        """`normalise`: the same bytes give the same message, also by a channel that has read others."""
        used = self.channel(tmp_path)
        first = [used.normalise(sample.raw) for sample in self.samples()]
        again = [used.normalise(sample.raw) for sample in reversed(self.samples())]
        other = [self.channel(tmp_path / "elsewhere").normalise(sample.raw) for sample in self.samples()]
        assert first == again[::-1] == other

    def test_what_is_read_can_be_pickled(self, tmp_path: Path) -> None:
        """`normalise`: messages cross from one process to another."""
        for sample in self.samples():
            read = self.channel(tmp_path).normalise(sample.raw)
            assert pickle.loads(pickle.dumps(read)) == read  # noqa: S301  # our own, a line above
            assert pickle.loads(pickle.dumps(sample.raw)) == sample.raw  # noqa: S301

    def test_reading_works_in_a_process_of_its_own_without_a_clock(self, tmp_path: Path) -> None:
        """`normalise` is called where nothing else of the channel runs, and where nobody knows the time."""
        raws = [sample.raw for sample in self.samples()]
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as elsewhere:
            read = elsewhere.submit(read_elsewhere, self.name, self.settings(tmp_path), raws).result(PATIENCE_SECONDS)
        assert read == [self.channel(tmp_path).normalise(raw) for raw in raws]

    def test_what_cannot_be_read_is_unreadable(self, tmp_path: Path) -> None:
        """`normalise` raises `Unreadable`, with a sentence for people that holds nothing of the message."""
        channel, raw = self.channel(tmp_path), self.samples()[0].raw
        for content in self.broken():
            with pytest.raises(Unreadable) as refused:
                channel.normalise(replace(raw, content=content))
            assert len(str(refused.value)) > 10, "say in a sentence why it cannot be read"

    def test_no_bytes_whatever_break_the_reader(self, tmp_path: Path) -> None:
        """`normalise`: any bytes are a message or `Unreadable`, never another error; so is a sample cut or changed."""
        channel, samples = self.channel(tmp_path), self.samples()

        @hypothesis_settings(max_examples=150, deadline=None, database=None, derandomize=True)
        @given(st.one_of(st.binary(max_size=400), damaged(samples)))
        def reads(content: bytes) -> None:
            try:
                read = channel.normalise(replace(samples[0].raw, content=content))
            except Unreadable:
                return
            assert isinstance(read, NormalisedMessage)

        reads()

    # The duties of `run`.

    def test_run_ends_when_it_is_cancelled(self, tmp_path: Path) -> None:
        """`run` lasts until cancelled, and not longer."""

        async def play() -> None:
            running = await self._started(self.channel(tmp_path), Inbox())
            await asyncio.sleep(0)
            assert not running.done(), "run ended by itself"
            await cancelled(running)

        play_out(play())

    def test_the_sender_is_told_only_after_the_message_is_kept(self, tmp_path: Path) -> None:
        """`run` says "received" only after `accept` has returned."""
        self._needs_to_receive()

        async def play() -> None:
            gate = asyncio.Event()
            inbox = Inbox(before=lambda: passing(gate))
            channel = self.channel(tmp_path)
            running = await self._started(channel, inbox)
            sending = asyncio.create_task(self.hand_over(channel, tmp_path, self.samples()[0]))
            await inbox.came.wait()
            await asyncio.wait([sending], timeout=GRACE_SECONDS)
            assert not sending.done(), "the sender was told before the message was kept"
            gate.set()
            assert await sending, "the sender was never told that it is received"
            assert len(inbox.taken) == 1
            await cancelled(running)

        play_out(play())

    def test_every_sample_comes_in_and_is_read(self, tmp_path: Path) -> None:
        """What `run` hands over is what `normalise` reads."""
        self._needs_to_receive()

        async def play() -> None:
            inbox, channel = Inbox(), self.channel(tmp_path)
            running = await self._started(channel, inbox)
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
        self._needs_to_receive()

        async def play() -> None:
            inbox, sample = Inbox(), self.samples()[0]
            for _ in range(2):
                channel = self.channel(tmp_path)
                running = await self._started(channel, inbox)
                assert await self.hand_over(channel, tmp_path, sample)
                await cancelled(running)
            assert len(inbox.offered) == 2, "the repeat was not handed over: only the store may say what it has"
            assert len(inbox.taken) == 1, "a repeat has another external_id"

        play_out(play())

    def test_nothing_is_lost_while_the_store_cannot_take_it(self, tmp_path: Path) -> None:
        """`accept` raises `StoreUnavailable`: the sender keeps the message, or the channel tries again by itself."""
        self._needs_to_receive()

        async def play() -> None:
            failures = iter([True])

            async def fails_once() -> None:
                if next(failures, False):
                    raise StoreUnavailable("the disk is full")

            inbox, channel, sample = Inbox(before=fails_once), self.channel(tmp_path), self.samples()[0]
            running = await self._started(channel, inbox)
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
        self._needs_to_receive()

        async def play() -> None:
            gate, sample = asyncio.Event(), self.samples()[0]

            async def never_kept() -> None:
                await gate.wait()
                raise StoreUnavailable("the service stops")

            inbox, channel = Inbox(before=never_kept), self.channel(tmp_path)
            running = await self._started(channel, inbox)
            sending = asyncio.create_task(self.hand_over(channel, tmp_path, sample))
            await inbox.came.wait()
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
            running = await self._started(again, after)
            assert await self.hand_over(again, tmp_path, sample)
            assert {raw.external_id for raw in after.taken} == {inbox.offered[0].external_id}
            await cancelled(running)

        play_out(play())

    # The duties of `send`.

    def test_what_is_sent_arrives(self, tmp_path: Path) -> None:
        """`send` gives a receipt once the far side has it; sending the same again is no error."""
        self._needs_to_send()

        async def play() -> None:
            async with self.far_side(tmp_path, Mood.TAKES) as far:
                assert isinstance(await far.channel.send(far.message), Receipt)
                assert any(far.message.text[:20] in one for one in far.received()), "its words did not arrive"
                assert isinstance(await far.channel.send(far.message), Receipt)

        play_out(play())

    def test_a_far_side_that_refuses_for_now_is_tried_again(self, tmp_path: Path) -> None:
        """`send` raises `DeliveryFailed(temporary=True)`."""
        self._needs_to_send()
        assert play_out(self._refused(tmp_path, Mood.NOT_NOW)).temporary

    def test_a_far_side_that_refuses_for_good_is_not(self, tmp_path: Path) -> None:
        """`send` raises `DeliveryFailed(temporary=False)`."""
        if not self.sends:
            message = outbound(self.name, Address("ama@tenant.example"))
            with pytest.raises(DeliveryFailed) as refused:
                asyncio.run(self._sent(self.channel(tmp_path), message))
            assert not refused.value.temporary
            return
        assert not play_out(self._refused(tmp_path, Mood.NEVER)).temporary

    async def _sent(self, channel: Channel, message: OutboundMessage) -> Receipt:
        return await channel.send(message)

    async def _refused(self, folder: Path, mood: Mood) -> DeliveryFailed:
        async with self.far_side(folder, mood) as far:
            with pytest.raises(DeliveryFailed) as refused:
                await far.channel.send(far.message)
        assert far.message.text not in str(refused.value), "an error must not hold the message's words"
        return refused.value

    async def _started(self, channel: Channel, inbox: Inbox) -> asyncio.Task[None]:
        return asyncio.create_task(channel.run(inbox.accept))

    def _needs_to_receive(self) -> None:
        if not self.receives:
            pytest.skip("a page takes this channel's messages in")

    def _needs_to_send(self) -> None:
        if not self.sends:
            pytest.skip("nothing goes out by this channel")
