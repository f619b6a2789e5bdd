"""The Telegram channel: messages in by polling or a webhook, the bot's side of the dialogue, and letters out.

Reader processes import this module only to call `normalise`, so python-telegram-bot is imported where it is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from intakebot.channels.base import Accept
from intakebot.channels.telegram import document
from intakebot.channels.telegram.ports import DialogueKeeper, OffsetKeeper
from intakebot.config.settings import Settings
from intakebot.domain.dialogue import House
from intakebot.domain.message import NormalisedMessage, OutboundMessage, RawMessage, Receipt
from intakebot.errors import BadInput, IntakebotError

if TYPE_CHECKING:
    from aiohttp import web

    from intakebot.channels.telegram.bot import OurBot
    from intakebot.channels.telegram.polling import Poller, PollingState
    from intakebot.channels.telegram.receiving import Receiver
    from intakebot.channels.telegram.sending import Letters

WEBHOOK = "/telegram/webhook"
"""Where Telegram brings updates, under `public_url`, where a webhook is set up."""

_LEFT_BEHIND_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Keepers:
    """Who keeps for the channel what must outlive it."""

    offsets: OffsetKeeper
    dialogues: DialogueKeeper


class TelegramChannel:
    """Telegram, in and out. Without `keepers` it reads and sends, and cannot `run`."""

    def __init__(
        self, name: str, settings: Settings, now: Callable[[], datetime], keepers: Keepers | None = None
    ) -> None:
        self.name = name
        self._settings = settings
        self._now = now
        self._keepers = keepers
        self._bot: OurBot | None = None
        self._letters: Letters | None = None
        self._receiver: Receiver | None = None
        self._poller: Poller | None = None

    @classmethod
    def from_settings(
        cls, name: str, settings: Settings, now: Callable[[], datetime], keepers: Keepers | None = None
    ) -> TelegramChannel:
        """Build the channel. `now` gives aware times."""
        return cls(name, settings, now, keepers)

    async def run(self, accept: Accept) -> None:
        """Take messages and answer them until cancelled. Raises `BadInput` at once where there is no token."""
        receiver = self.receiver(accept)
        try:
            await receiver.pay_what_is_left(all_of_it=True)
            tasks = [asyncio.create_task(job) for job in (self._take(receiver), self._pay_late(receiver))]
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            await receiver.close()

    async def _take(self, receiver: Receiver) -> None:
        from intakebot.channels.telegram.polling import Poller

        secret = self._settings.telegram_webhook_secret.get_secret_value()
        if secret:
            await self._our_bot().use_webhook(self._webhook_address, secret)
            return
        self._poller = Poller(bot_number(self._settings), self._our_bot(), receiver, self._kept().offsets, self._now)
        await self._poller.run()

    async def _pay_late(self, receiver: Receiver) -> None:
        while True:
            await asyncio.sleep(_LEFT_BEHIND_SECONDS)
            try:
                await receiver.pay_what_is_left()
            except IntakebotError:
                continue  # the store is away: there is nothing to be sent until it is back

    def receiver(self, accept: Accept) -> Receiver:
        """What takes updates, the same for `run` and the webhook."""
        if self._receiver is None:
            from intakebot.channels.telegram.receiving import Receiver

            self._receiver = Receiver(
                bot_number(self._settings),
                self._our_bot(),
                accept,
                self._kept().dialogues,
                house(self._settings),
                self._now,
                channel=self.name,
            )
        return self._receiver

    def webhook(self, accept: Accept) -> Callable[[web.Request], Awaitable[web.Response]] | None:
        """What answers at `WEBHOOK`; None where no webhook is set up."""
        secret = self._settings.telegram_webhook_secret.get_secret_value()
        if not (secret and self._settings.telegram_token.get_secret_value()):
            return None
        from intakebot.channels.telegram.webhook import handler

        return handler(self.receiver(accept), secret)

    @property
    def _webhook_address(self) -> str:
        return f"{self._settings.base_url}{WEBHOOK}"

    async def trouble(self) -> str:
        """What is wrong with our bot and its webhook, in words for a person; "" for nothing. Changes nothing."""
        wanted = bool(self._settings.telegram_webhook_secret.get_secret_value())
        try:
            return await self._our_bot().trouble(self._webhook_address if wanted else "")
        finally:
            await self.close()

    @property
    def state(self) -> PollingState | None:
        """How asking for messages goes, for a person; None where this process asks for none."""
        return self._poller.state if self._poller is not None else None

    def normalise(self, raw: RawMessage) -> NormalisedMessage:
        """Read a message. Raises `Unreadable`."""
        return document.read(raw)

    async def send(self, message: OutboundMessage) -> Receipt:
        """Send a letter into its chat. Raises `DeliveryFailed`."""
        if self._letters is None:
            from intakebot.channels.telegram.sending import Letters

            self._letters = Letters(self._our_bot())
        return await self._letters.send(message)

    async def close(self) -> None:
        """Stop sending replies and close the connections. A later `send` opens others."""
        if self._receiver is not None:
            await self._receiver.close()
        if self._bot is not None:
            await self._bot.close()
        self._bot = self._letters = self._receiver = None

    def _our_bot(self) -> OurBot:
        if self._bot is None:
            if not self._settings.telegram_token.get_secret_value():
                raise BadInput("telegram_token is not set; docs/operations.md says how to get one")
            from intakebot.channels.telegram.bot import OurBot

            self._bot = OurBot(self._settings)
        return self._bot

    def _kept(self) -> Keepers:
        if self._keepers is None:
            raise BadInput("the Telegram channel can take messages only in the service, which keeps its dialogues")
        return self._keepers


def bot_number(settings: Settings) -> str:
    """The number of our bot, which stands before the colon of its token and is no secret."""
    return settings.telegram_token.get_secret_value().partition(":")[0]


def house(settings: Settings) -> House:
    """Who the bot speaks for. 999 is always named, whatever a landlord writes."""
    landlord = settings.landlord
    advice = [landlord.emergency_advice.strip()]
    if "999" not in landlord.emergency_advice.replace("0800 111 999", ""):
        advice.append("If anybody is in danger now, ring 999.")
    if landlord.emergency_phone:
        advice.append(f"For an emergency repair, ring us on {landlord.emergency_phone}, at any hour.")
    return House(landlord.name, " ".join(advice).strip(), settings.mail.address, landlord.phone)
