"""What the Telegram channel asks to be kept for it. It never sees where: `store/dialogues.py` keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from intakebot.channels.telegram.updates import FileRef
from intakebot.domain.dialogue import Dialogue, Reply, Standing
from intakebot.errors import DeliveryFailed


class TooFast(DeliveryFailed):
    """Telegram asks us to wait so many seconds before we ask or say anything again (HTTP 429)."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"Telegram asks us to wait for {seconds:.0f} seconds.", temporary=True)


class OurSide(Protocol):
    """What receiving needs of our bot. Both raise `DeliveryFailed`."""

    async def fetch(self, ref: FileRef) -> bytes:
        """The bytes of a file."""

    async def say(self, chat: int, reply: Reply) -> None:
        """Say something in a chat."""


class OffsetKeeper(Protocol):
    """Keeps how far a bot's updates have been taken, and sees to it that one process at a time asks for them."""

    async def hold(self, bot: str, holder: str, now: datetime, until: datetime) -> bool:
        """Whether `holder` may ask for updates until then. Nobody else may meanwhile; asking again renews it."""

    async def let_go(self, bot: str, holder: str) -> None:
        """Let the next one ask at once."""

    async def offset(self, bot: str) -> int:
        """The number of the first update not yet taken, 0 where none was."""

    async def keep_offset(self, bot: str, offset: int) -> None:
        """Note that every update before this one is durable. It never goes back."""


class DialogueKeeper(Protocol):
    """Keeps where each chat stands and which replies it is still owed. All of them raise `StoreUnavailable`."""

    async def find(self, chat: str, now: datetime) -> Standing:
        """Where a chat stands now, with a new dialogue where nothing is known."""

    async def written_about(self, chat: str, number: int) -> str:
        """The reference of the case about which we wrote the letter with this number into the chat; "" for none."""

    async def keep(self, chat: str, before: int, dialogue: Dialogue, replies: Sequence[Reply], now: datetime) -> bool:
        """Keep a dialogue and owe its replies, together. False, and nothing kept, if its turn is not `before` now."""

    async def owed(self, chat: str, now: datetime) -> tuple[tuple[int, Reply], ...]:
        """The replies not yet sent, in order, each with its number; none, ever, where nothing may be said now."""

    async def paid(self, chat: str, number: int) -> None:
        """Every reply up to this number was sent, or never can be."""

    async def owing(self, before: datetime) -> tuple[str, ...]:
        """Chats that are still owed replies decided before then."""
