"""Receiving: one update becomes durable, its dialogue takes a turn, and its replies are sent. In this order.

`take` returns once what somebody wrote is in the inbox and their dialogue is kept with the replies it owes; only
then may Telegram be told that we have it. Dying anywhere before means that the update comes again: the inbox knows
it, and the dialogue knows what it has answered. Replies are sent at least once.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from intakebot.channels.base import Accept
from intakebot.channels.telegram import document, updates
from intakebot.channels.telegram.document import Fetched
from intakebot.channels.telegram.ports import DialogueKeeper, OurSide, TooFast
from intakebot.channels.telegram.updates import MOST_BYTES, FileRef, Json, Seen
from intakebot.domain.dialogue import CaseSeen, House, Incoming, take_turn
from intakebot.domain.message import Envelope, RawMessage
from intakebot.domain.safety import Caution
from intakebot.errors import DeliveryFailed, StoreUnavailable

log = logging.getLogger(__name__)

Pause = Callable[[float], Awaitable[None]]

_FETCHES = 3
_SAYS = 6
_LOST_RACES = 20
_UNFORESEEN = 3
_AT_ONCE = 16
_LEFT_BEHIND = timedelta(seconds=20)


class Receiver:
    """Takes updates of one bot, whichever way they come. `bot` is its number, which is in its token and no secret."""

    def __init__(
        self,
        bot: str,
        side: OurSide,
        accept: Accept,
        keeper: DialogueKeeper,
        house: House,
        now: Callable[[], datetime],
        *,
        channel: str = "telegram",
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._bot = bot
        self._side = side
        self._accept = accept
        self._keeper = keeper
        self._house = house
        self._now = now
        self._channel = channel
        self._pause = pause
        self._unforeseen: Counter[int] = Counter()
        self._paying: dict[int, asyncio.Task[None]] = {}
        self._sending = asyncio.Semaphore(_AT_ONCE)

    async def take(self, update: Json) -> None:
        """Make one update durable and answer it. Raises `StoreUnavailable`: then Telegram must bring it again.

        One that we stumble over is tried three times and then kept as it came, for a person.
        """
        seen = updates.see(update)
        try:
            if seen.message and seen.update_id:
                await self._take(update, seen)
        except StoreUnavailable:
            raise
        except Exception as error:  # whatever it holds, it must neither be lost nor stop what comes after it
            self._unforeseen[seen.update_id] += 1
            log.error("update %s: %s", seen.update_id, type(error).__name__)
            if self._unforeseen[seen.update_id] < _UNFORESEEN:
                raise StoreUnavailable("an update could not be taken; it is tried again") from None
            await self._accept(self._raw(seen, json.dumps(update).encode()))
        self._unforeseen.pop(seen.update_id, None)

    async def _take(self, update: Json, seen: Seen) -> None:
        files: Sequence[Fetched] | None = None
        for _ in range(_LOST_RACES):
            stands = await self._keeper.find(seen.key, self._now())
            before, cases = stands.dialogue, stands.cases
            if seen.update_id in before.seen:
                break
            if files is None:
                files = [await self._fetch(ref) for ref in seen.files]
            turn = take_turn(before, _incoming(seen, files), self._house, cases, stands.caution)
            if turn.keep:
                about = await self._about(seen, cases)
                free = stands.caution is Caution.NONE
                content = document.write(
                    update, files, turn.dialogue, turn.answers, about=about, answered=free, needs=turn.needs
                )
                await self._accept(self._raw(seen, content))
            if await self._keeper.keep(seen.key, before.turn, turn.dialogue, turn.replies, self._now()):
                break
        else:
            raise StoreUnavailable("this chat is too busy; its update is tried again")
        self.pay(seen.chat)

    async def _about(self, seen: Seen, cases: Sequence[CaseSeen]) -> str:
        """The reference of the case that they answer a message of ours about; "" for none, or more than one."""
        if not seen.replied or str(seen.replied_by) != self._bot:
            return ""
        named = [case.reference for case in cases if case.reference in seen.replied_words]
        return named[0] if len(named) == 1 else await self._keeper.written_about(seen.key, seen.replied)

    def _raw(self, seen: Seen, content: bytes) -> RawMessage:
        now = self._now()
        return RawMessage(
            channel=self._channel,
            external_id=updates.external_id(self._bot, seen.update_id),
            content=content,
            received_at=min(seen.sent_at or now, now),
            envelope=Envelope(sender=seen.key, source="telegram"),
        )

    async def _fetch(self, ref: FileRef) -> Fetched:
        if ref.size > MOST_BYTES:
            return Fetched(ref, why=f"A file was too big to take ({ref.size / 1_000_000:.0f} MB).")
        for attempt in range(1, _FETCHES + 1):
            try:
                content = await self._side.fetch(ref)
            except DeliveryFailed as error:
                if not error.temporary:
                    break
                if attempt < _FETCHES:
                    await self._pause(error.seconds if isinstance(error, TooFast) else attempt)
            else:
                too_big = len(content) > MOST_BYTES
                return Fetched(ref, why="A file was too big to take.") if too_big else Fetched(ref, content)
        log.warning("a file could not be fetched from Telegram")
        return Fetched(ref, why="A file could not be fetched from Telegram; they were asked to send it again.")

    def pay(self, chat: int) -> None:
        """Send what a chat is owed, in the background and in order."""
        running = self._paying.get(chat)
        task = asyncio.create_task(self._pay(chat, running), name="telegram-replies")
        self._paying[chat] = task
        task.add_done_callback(lambda done: self._paid(chat, done))

    def _paid(self, chat: int, done: asyncio.Task[None]) -> None:
        if self._paying.get(chat) is done:
            del self._paying[chat]
        if not done.cancelled() and (error := done.exception()) is not None:
            log.error("replies wait to be sent: %s", type(error).__name__)

    async def _pay(self, chat: int, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        key, tries = f"telegram:{chat}", 0
        while tries < _SAYS:
            owed = await self._keeper.owed(key, self._now())
            if not owed:
                return
            # Somebody who writes five messages in a row is not told the same five times.
            number, reply = owed[0]
            repeated = any(later == reply for _, later in owed[1:])
            try:
                if not repeated:
                    async with self._sending:
                        await self._side.say(chat, reply)
            except TooFast as error:
                tries += 1
                await self._pause(error.seconds)
                continue
            except DeliveryFailed as error:
                if error.temporary:
                    tries += 1
                    await self._pause(min(2.0**tries, 30.0))
                    continue
                log.info("a reply could not be given: %s", error)
            await self._keeper.paid(key, number)
            tries = 0

    async def pay_what_is_left(self, *, all_of_it: bool = False) -> None:
        """Send replies that were left behind: by a process that died, or because Telegram could not be reached."""
        now = self._now()
        before = now + _LEFT_BEHIND if all_of_it else now - _LEFT_BEHIND
        for key in await self._keeper.owing(before):
            chat = key.removeprefix("telegram:")
            if chat.lstrip("-").isdigit() and int(chat) not in self._paying:
                self.pay(int(chat))

    async def settle(self) -> None:
        """Wait until nothing is being sent."""
        while self._paying:
            await asyncio.wait(list(self._paying.values()))

    async def close(self) -> None:
        """Stop sending. What is still owed is sent at the next start."""
        tasks = list(self._paying.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _incoming(seen: Seen, files: Sequence[Fetched]) -> Incoming:
    missing = [one for one in files if one.content is None]
    too_big = sum("too big" in one.why for one in missing)
    return Incoming(
        update_id=seen.update_id,
        words=seen.words,
        files=len(files) - len(missing),
        too_big=too_big,
        lost=len(missing) - too_big,
        place=seen.place,
        phone=seen.phone,
        profile=seen.name,
        edited=seen.edited,
        private=seen.private,
        album=seen.album,
        readable=seen.readable,
        number=seen.number,
    )
