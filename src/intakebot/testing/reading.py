"""What every channel owes: it is installed, it reads what it makes, and it runs until it is told to stop."""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
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
from intakebot.domain.message import NormalisedMessage
from intakebot.errors import Unreadable
from intakebot.testing.scene import (
    NOW,
    PATIENCE_SECONDS,
    Inbox,
    Sample,
    cancelled,
    damaged,
    play_out,
    read_elsewhere,
)


class ReadingContract:
    """What every channel owes, whichever way its messages come. Subclass it, and override what says `Override`."""

    name: ClassVar[str]
    """The name of the channel's entry point. Override."""

    def settings(self, folder: Path) -> Settings:
        """The service's settings, with everything of it in `folder`. Override to add your channel's own."""
        return Settings(data=folder, channels=(self.name,))

    def samples(self) -> Sequence[Sample]:
        """Messages your channel makes. Override; give at least two, one of them awkward."""
        raise NotImplementedError

    def broken(self) -> Sequence[bytes]:
        """Contents that cannot be read at all. Override. Where everything can be, as with mail, give none."""
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

    # The duty of `run` that every channel has.

    def test_run_ends_when_it_is_cancelled(self, tmp_path: Path) -> None:
        """`run` lasts until cancelled, and not longer."""

        async def play() -> None:
            running = asyncio.create_task(self.channel(tmp_path).run(Inbox().accept))
            await asyncio.sleep(0)
            assert not running.done(), "run ended by itself"
            await cancelled(running)

        play_out(play())
