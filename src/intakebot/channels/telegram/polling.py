"""Polling: asks Telegram for updates, one process at a time, and moves on only past what is durable."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from intakebot.channels.telegram import updates
from intakebot.channels.telegram.ports import OffsetKeeper, TooFast
from intakebot.channels.telegram.receiving import Pause, Receiver
from intakebot.channels.telegram.updates import Json
from intakebot.errors import IntakebotError

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
"""How long one process may ask by itself: longer than it waits for an answer, and takes what comes."""

_WAIT = 25
_ASK_AGAIN = 5.0
_LONGEST_DELAY = 60.0


@dataclass(frozen=True, slots=True)
class PollingState:
    """How it goes, for a person: `last_error` is a sentence, "" when all is well; `last_checked` has a zone."""

    last_error: str = ""
    last_checked: datetime | None = None


class Asking(Protocol):
    """What polling needs of our bot. Both raise `DeliveryFailed`."""

    async def updates(self, offset: int, wait: int) -> list[Json]:
        """What has come since."""

    async def use_polling(self) -> None:
        """Take updates by asking."""


class Poller:
    """Asks for one bot's updates. `state` may be read at any time."""

    def __init__(
        self,
        bot: str,
        side: Asking,
        receiver: Receiver,
        keeper: OffsetKeeper,
        now: Callable[[], datetime],
        *,
        wait: int = _WAIT,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self.state = PollingState()
        self._bot = bot
        self._side = side
        self._receiver = receiver
        self._keeper = keeper
        self._now = now
        self._wait = wait
        self._pause = pause
        self._holder = secrets.token_hex(8)

    async def run(self) -> None:
        """Ask until cancelled. Raises nothing else: whatever fails is tried again with growing delay."""
        failures, ready = 0, False
        try:
            while True:
                try:
                    if not ready:
                        await self._side.use_polling()
                        ready = True
                    if await self._may_ask():
                        await self.ask()
                    else:
                        await self._pause(_ASK_AGAIN)
                    failures = 0
                except IntakebotError as error:
                    failures += 1
                    self.state = PollingState(str(error), self.state.last_checked)
                    log.warning("Telegram: %s (%d in a row)", error, failures)
                    growing = min(2.0 ** min(failures, 10), _LONGEST_DELAY)
                    await self._pause(error.seconds if isinstance(error, TooFast) else growing)
        finally:
            with suppress(IntakebotError):  # the lease runs out by itself
                await asyncio.shield(self._keeper.let_go(self._bot, self._holder))

    async def ask(self) -> None:
        """Ask once, take what comes, and note how far that is. Raises `DeliveryFailed`, `StoreUnavailable`."""
        offset = await self._keeper.offset(self._bot)
        found = sorted(await self._side.updates(offset, self._wait), key=_number)
        if found:
            await self._take(found, offset)
        self.state = PollingState(last_checked=self._now())

    async def _may_ask(self) -> bool:
        now = self._now()
        return await self._keeper.hold(self._bot, self._holder, now, now + LEASE)

    async def _take(self, found: Sequence[Json], offset: int) -> None:
        """Chats side by side, each one's updates in order; past the first that was not taken we do not move on."""
        chats: dict[int, list[Json]] = {}
        for update in found:
            chats.setdefault(updates.see(update).chat, []).append(update)
        results = await asyncio.gather(*(self._take_chat(of_one) for of_one in chats.values()))
        failed = [result for result in results if result is not None]
        reached = min([number for number, _ in failed], default=_number(found[-1]) + 1)
        if reached > offset:
            await self._keeper.keep_offset(self._bot, reached)
        if failed:
            raise failed[0][1]

    async def _take_chat(self, of_one: Sequence[Json]) -> tuple[int, IntakebotError] | None:
        for update in of_one:
            try:
                await self._receiver.take(update)
            except IntakebotError as error:
                return _number(update), error
        return None


def _number(update: Json) -> int:
    return updates.see(update).update_id
