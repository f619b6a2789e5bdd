"""Sends letters into a chat: as text, in pieces that Telegram takes, each piece once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from intakebot.channels.telegram.ports import TooFast
from intakebot.channels.telegram.receiving import Pause
from intakebot.domain.message import OutboundMessage, Receipt
from intakebot.errors import DeliveryFailed

LONGEST = 4096
"""Characters in one message of Telegram, counted as UTF-16 does."""

_PATIENCE = 30.0
_REMEMBERED = 1000


class Writing(Protocol):
    """What sending needs of our bot."""

    async def write(self, chat: int, text: str) -> int:
        """Send text; returns its number there. Raises `DeliveryFailed`."""


class Letters:
    """Sends letters. A letter that broke off half-way goes on where it stopped, while this process lives."""

    def __init__(self, side: Writing, pause: Pause = asyncio.sleep) -> None:
        self._side = side
        self._pause = pause
        self._begun: dict[str, list[int]] = {}

    async def send(self, message: OutboundMessage) -> Receipt:
        """Send a letter. Raises `DeliveryFailed`; where Telegram asks us to wait a little, it waits."""
        chat = chat_of(message.to[0].email)
        sent = self._begun.setdefault(message.message_id, [])
        try:
            for piece in pieces(message.text)[len(sent) :]:
                sent.append(await self._write(chat, piece))
        except DeliveryFailed as error:
            if not error.temporary or not sent or len(self._begun) > _REMEMBERED:
                del self._begun[message.message_id]
            raise
        del self._begun[message.message_id]
        return Receipt(receipt_of(sent))

    async def _write(self, chat: int, piece: str) -> int:
        try:
            return await self._side.write(chat, piece)
        except TooFast as error:
            if error.seconds > _PATIENCE:
                raise
            await self._pause(error.seconds)
            return await self._side.write(chat, piece)


def receipt_of(numbers: Sequence[int]) -> str:
    """What is kept of a letter that went, with the numbers that its pieces have in their chat."""
    return f"Telegram messages {', '.join(map(str, numbers))}"


def chat_of(address: str) -> int:
    """The chat's number in an address such as telegram:1234. Raises `DeliveryFailed` where there is none."""
    kind, _, number = address.strip().partition(":")
    if kind.casefold() != "telegram" or not number.lstrip("-").isdecimal():
        raise DeliveryFailed("This is no address of a Telegram chat.", temporary=False)
    return int(number)


def pieces(text: str) -> tuple[str, ...]:
    """The text in pieces that Telegram takes, broken between paragraphs, lines or words where that can be."""
    found, rest = [], text.strip()
    while _length(rest) > LONGEST:
        fits = _longest_beginning(rest)
        cut = next((at for mark in ("\n\n", "\n", " ") if (at := fits.rfind(mark)) > len(fits) // 2), len(fits))
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return (*found, rest) if rest or not found else tuple(found)


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def _longest_beginning(text: str) -> str:
    beginning = text[:LONGEST]
    while _length(beginning) > LONGEST:
        beginning = beginning[: len(beginning) - (_length(beginning) - LONGEST + 1) // 2]
    return beginning
