"""The contract finds the faults it is there for: a channel with one of them fails the test of that duty."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from intakebot.channels.base import Accept, Channel
from intakebot.domain.message import Address, NormalisedMessage, OutboundMessage, RawMessage, Receipt, Role, Segment
from intakebot.errors import DeliveryFailed, StoreUnavailable, Unreadable
from intakebot.testing import (
    NOW,
    ChannelContract,
    FarSide,
    Mood,
    ReadingContract,
    ReceivingContract,
    RefusingContract,
    Sample,
    SendingContract,
    outbound,
)

WORDS = ("the lift", "the roof")
DUTIES: dict[str, tuple[str, ...]] = {
    "tells first": ("told_only_after", "while_the_store", "stops_before"),
    "forgets what the store refuses": ("while_the_store",),
    "dies when the store refuses": ("while_the_store",),
    "another id each time": ("repeat", "while_the_store", "stops_before", "a_death"),
    "one id for all": ("every_sample_comes_in",),
    "ends by itself": ("ends_when",),
    "swallows the repeat itself": ("a_death",),
    "breaks on bytes": ("no_bytes",),
    "reads anything": ("is_unreadable",),
    "remembers what it read": ("is_pure",),
    "loses a word": ("read_as_it_should",),
    "any fault is for good": ("for_now",),
    "any fault is for now": ("for_good",),
    "raises what it likes": ("for_now",),
    "sends nothing": ("arrives",),
    "quotes the message": ("for_now",),
}
REFUSALS = ("any fault is for now", "raises what it likes", "quotes the message", "sends it all the same", "is mute")


class Box:
    """A letter box: what lies in it waits until it is taken out. Its channel has one fault, "" for none."""

    name = "box"

    def __init__(self, box: list[bytes], out: list[str], fault: str, mood: Mood, numbers: Callable[[], int]) -> None:
        self.box, self.out, self.fault, self.mood, self.number = box, out, fault, mood, numbers
        self.read: list[bytes] = []
        self.known: set[bytes] = set()

    async def run(self, accept: Accept) -> None:
        while self.fault != "ends by itself":
            for content in tuple(self.box):
                await self._take(content, accept)
            await asyncio.sleep(0.001)

    async def _take(self, content: bytes, accept: Accept) -> None:
        if self.fault == "tells first":
            self.box.remove(content)
        if not (self.fault == "swallows the repeat itself" and self.number() > 1):
            try:
                await accept(self.raw(content))
            except StoreUnavailable:
                if self.fault == "dies when the store refuses":
                    raise
                if self.fault != "forgets what the store refuses":
                    return
        with suppress(ValueError):
            self.box.remove(content)

    def raw(self, content: bytes) -> RawMessage:
        name = {"another id each time": str(self.number()), "one id for all": "1"}.get(self.fault, content.decode())
        return RawMessage("box", name, content, NOW)

    def normalise(self, raw: RawMessage) -> NormalisedMessage:
        try:
            text = raw.content.decode("ascii")
        except UnicodeDecodeError as error:
            if self.fault == "breaks on bytes":
                raise
            if self.fault != "reads anything":
                raise Unreadable("It is not written in ASCII.") from error
            text = "?"
        self.read.append(raw.content)
        if self.fault == "remembers what it read":
            text += f" {len(self.read)}"
        if self.fault == "loses a word":
            text = text.removeprefix("the ")
        return NormalisedMessage("box", raw.external_id, NOW, None, segments=(Segment(Role.NEW, text),))

    async def send(self, message: OutboundMessage) -> Receipt:
        if self.fault == "sends it all the same":
            return Receipt()
        if self.mood is not Mood.TAKES:
            if self.fault == "raises what it likes":
                raise OSError("gone")
            temporary = self.fault != "any fault is for good" and self.mood is Mood.NOT_NOW
            why = {"quotes the message": message.text, "is mute": "no"}.get(self.fault, "the box is shut")
            raise DeliveryFailed(why, temporary=temporary or self.fault == "any fault is for now")
        if self.fault != "sends nothing":
            self.out.append(message.text)
        return Receipt()


class Boxes(ReadingContract):
    """A letter box, as a contract meets it."""

    name = "box"
    fault = ""
    mood = Mood.TAKES

    def __init__(self) -> None:
        self.box: list[bytes] = []
        self.out: list[str] = []
        self.numbers = itertools.count(1)

    def made(self, mood: Mood | None = None) -> Box:
        return Box(self.box, self.out, self.fault, mood or self.mood, lambda: next(self.numbers))

    def channel(self, folder: Path) -> Channel:
        return self.made()

    def samples(self) -> Sequence[Sample]:
        return [Sample(words, RawMessage("box", words, words.encode(), NOW), words) for words in WORDS]

    def broken(self) -> Sequence[bytes]:
        return (b"\xff",)


class BoxContract(Boxes, ChannelContract):
    """The whole contract, met by a letter box."""

    async def hand_over(self, channel: Channel, folder: Path, sample: Sample) -> bool:
        self.box.append(sample.raw.content)
        while sample.raw.content in self.box:  # noqa: ASYNC110  # a box tells nobody that it was emptied
            await asyncio.sleep(0.001)
        return True

    @asynccontextmanager
    async def far_side(self, folder: Path, mood: Mood) -> AsyncIterator[FarSide]:
        yield FarSide(self.made(mood), outbound("box", Address("ama@tenant.example")), lambda: self.out)


class ShutBoxContract(Boxes, RefusingContract):
    """The contract of a channel that sends nothing, met by a letter box that is shut."""

    mood = Mood.NEVER


def failing(of: type[Boxes], fault: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The tests of the contract that a box with this fault does not pass."""
    monkeypatch.setattr("intakebot.testing.contract.PATIENCE_SECONDS", 2)
    monkeypatch.setattr("intakebot.testing.scene.PATIENCE_SECONDS", 2)
    found = set()
    for name in duties(of):
        if "process_of_its_own" in name:  # no package brings this box
            continue
        contract = of()
        contract.fault = fault
        try:
            getattr(contract, name)(folder)
        except pytest.skip.Exception as skipped:
            raise AssertionError(f"{name} was skipped: what is not owed must not be composed in") from skipped
        except (Exception, pytest.fail.Exception):
            found.add(name)
    return found


def duties(of: type[ReadingContract]) -> set[str]:
    """The names of a contract's tests."""
    return {name for name in dir(of) if name.startswith("test_")}


@pytest.mark.parametrize("of", [BoxContract, ShutBoxContract])
def test_a_channel_without_fault_passes(of: type[Boxes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing(of, "", tmp_path, monkeypatch) == set()


@pytest.mark.parametrize("fault", DUTIES)
def test_a_fault_is_found_by_the_test_of_its_duty(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = failing(BoxContract, fault, tmp_path, monkeypatch)
    for duty in DUTIES[fault]:
        assert any(duty in name for name in found), f"nobody noticed that it {fault}: {duty}"


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_channel_that_does_not_refuse_for_good_is_found(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert failing(ShutBoxContract, fault, tmp_path, monkeypatch) == {"test_every_message_to_send_is_refused_for_good"}


def test_a_contract_is_made_of_what_is_owed() -> None:
    reads, sends, takes = duties(ReadingContract), duties(SendingContract), duties(ReceivingContract)
    assert len(reads) >= 8 and reads < sends and reads < takes and sends & takes == reads
    assert duties(ChannelContract) == sends | takes
    assert len(duties(RefusingContract) - reads) == 1
