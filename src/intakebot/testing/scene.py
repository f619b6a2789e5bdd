"""The scene a channel is tested in: what comes from outside, an inbox that can be made to wait or fail, a far side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from hypothesis import strategies as st

from intakebot import plugins
from intakebot.channels.base import Accepted, Channel
from intakebot.config.settings import Settings
from intakebot.domain.message import Address, NormalisedMessage, OutboundMessage, Purpose, RawMessage

T = TypeVar("T")

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""Monday 2 March 2026, nine in the morning: what channels are told the time is."""
PATIENCE_SECONDS = 60
GRACE_SECONDS = 0.3
"""How long a channel is given to tell its sender too soon. Nothing can announce what does not happen."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One message as your channel makes it, and what must be read from it.

    `text` are words that must stand in it; `sender` the address it is from, "" where none is known.
    """

    name: str
    raw: RawMessage
    text: str
    sender: str = ""
    attachments: tuple[str, ...] = ()


class Mood(StrEnum):
    """What the far side does with what we send."""

    TAKES = "takes"
    NOT_NOW = "not_now"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class FarSide:
    """A channel in front of a far side. `received` gives all that reached it so far, each message as text."""

    channel: Channel
    message: OutboundMessage
    received: Callable[[], Sequence[str]] = field(default=lambda: ())


def outbound(
    channel: str, to: Address, text: str = "We have your letter. Your reference is HC-4821-7360-Z."
) -> OutboundMessage:
    """A message of ours to send by this channel."""
    return OutboundMessage(
        channel=channel,
        purpose=Purpose.RECEIPT,
        message_id="contract.1@landlord.example",
        to=(to,),
        subject="We have your complaint",
        text=text,
        written_at=NOW,
        auto_submitted="auto-replied",
    )


Step = Callable[[], Coroutine[None, None, None]]


class Inbox:
    """What a channel hands its messages to. `before` runs first, `after` once it is kept; both may wait, or fail."""

    def __init__(self, before: Step | None = None, after: Step | None = None) -> None:
        self.taken: list[RawMessage] = []
        self.offered: list[RawMessage] = []
        self.came, self.kept = asyncio.Event(), asyncio.Event()
        self.after = after
        self._before = before

    async def accept(self, raw: RawMessage) -> Accepted:
        self.offered.append(raw)
        self.came.set()
        if self._before is not None:
            await self._before()
        number = next((n for n, held in enumerate(self.taken, 1) if held.external_id == raw.external_id), 0)
        if not number:
            self.taken.append(raw)
        self.kept.set()
        if self.after is not None:
            await self.after()
        return Accepted(number or len(self.taken), repeat=bool(number))


def damaged(samples: Sequence[Sample]) -> st.SearchStrategy[bytes]:
    """A sample that was cut, or in which some bytes are others."""
    contents = st.sampled_from([sample.raw.content for sample in samples])
    place = st.integers(0, 2**20)
    return st.builds(_damage, contents, place, place, st.binary(max_size=8))


def _damage(content: bytes, start: int, length: int, instead: bytes) -> bytes:
    if not content:
        return instead
    start %= len(content)
    return content[:start] + instead + content[start + length % (len(content) - start + 1) :]


def read_elsewhere(name: str, settings: Settings, raws: Sequence[RawMessage]) -> list[NormalisedMessage]:
    channel = plugins.channel(name, settings, _no_clock)
    return [channel.normalise(raw) for raw in raws]


def _no_clock() -> datetime:
    raise AssertionError("reading a message needs no clock; its time of receipt comes with it")


async def passing(gate: asyncio.Event) -> None:
    await gate.wait()


async def reached(moment: asyncio.Event, sending: asyncio.Task[bool]) -> None:
    """Wait until a message came so far. A sender who ends before raises its own error, or is asked what it was told."""
    waiting = asyncio.create_task(moment.wait())
    await asyncio.wait([waiting, sending], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not moment.is_set():
        raise AssertionError(f"the sender was told {await sending}, and nothing was handed to accept")


async def cancelled(running: asyncio.Task[None]) -> None:
    """Cancel `run`, and see that it ends; an error it ended with before is raised."""
    if running.done():
        await running
        raise AssertionError("run ended by itself")
    running.cancel()
    await asyncio.wait([running], timeout=PATIENCE_SECONDS)
    assert running.done(), "run did not end when it was cancelled"
    if not running.cancelled():
        await running


def play_out(scene: Coroutine[None, None, T]) -> T:
    """Run a scene in an event loop of its own, for at most a minute."""

    async def limited() -> T:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await scene

    return asyncio.run(limited())
