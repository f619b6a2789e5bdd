"""Our bot at Telegram: updates as they come, files, and what we say. Faults become errors of ours, without secrets.

Only `Bot` is used of python-telegram-bot. Its `Updater` confirms updates to Telegram once they are in memory, and
what dies there is lost; here nothing is confirmed before it is durable. Updates are taken as Telegram wrote them,
so that a kind of message the library does not know yet can stop nobody.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from telegram import Bot, KeyboardButton, LinkPreviewOptions, ReplyKeyboardMarkup, ReplyKeyboardRemove
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from intakebot.channels.telegram.ports import TooFast
from intakebot.channels.telegram.updates import MOST_BYTES, FileRef, Json
from intakebot.config.settings import Settings
from intakebot.domain.dialogue import Reply
from intakebot.errors import DeliveryFailed

KINDS = ("message", "edited_message")
_CONNECTIONS = 32
_SECONDS = 20.0


class OurBot:
    """The bot whose token the settings hold. Build it where it is used, `close` it at the end."""

    def __init__(self, settings: Settings) -> None:
        # Both write whole addresses into their logs, and an address of the Bot API holds the token.
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).setLevel(logging.WARNING)
        os.environ.setdefault("PTB_TIMEDELTA", "true")  # the library's next way to say how long to wait
        token, server = settings.telegram_token.get_secret_value(), settings.telegram_api_url.rstrip("/")
        times: dict[str, Any] = {"connect_timeout": _SECONDS, "read_timeout": _SECONDS, "write_timeout": _SECONDS}
        self._asking = HTTPXRequest(connection_pool_size=1, pool_timeout=_SECONDS, **times)
        self._sending = HTTPXRequest(connection_pool_size=_CONNECTIONS, pool_timeout=_SECONDS, **times)
        self._bot = Bot(
            token,
            base_url=f"{server}/bot",
            base_file_url=f"{server}/file/bot",
            request=self._sending,
            get_updates_request=self._asking,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._asking.shutdown()
        await self._sending.shutdown()

    async def updates(self, offset: int, wait: int) -> list[Json]:
        """What has come since, waiting up to `wait` seconds for something. Raises `DeliveryFailed`.

        Asking for an offset confirms to Telegram what is before it.
        """
        kinds = "[" + ",".join(f'"{kind}"' for kind in KINDS) + "]"
        query = urlencode({"offset": offset, "timeout": wait, "limit": 100, "allowed_updates": kinds})
        try:
            found = await self._asking.post(f"{self._bot.base_url}/getUpdates?{query}", read_timeout=wait + _SECONDS)
        except TelegramError as error:
            raise translated(error) from None
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    async def use_polling(self) -> None:
        """Take updates by asking: end a webhook that was set before. Nothing that waits is dropped."""
        await self._call(self._bot.delete_webhook(drop_pending_updates=False))

    async def use_webhook(self, url: str, secret: str) -> None:
        """Let Telegram bring updates to this address, with this secret. Nothing that waits is dropped."""
        await self._call(self._bot.set_webhook(url, secret_token=secret, allowed_updates=KINDS))

    async def trouble(self, webhook: str) -> str:
        """What is wrong with the bot, in words; "" for nothing. `webhook` is where we want updates, "" where we ask.

        Nothing is changed at Telegram.
        """
        try:
            await self._call(self._bot.get_me())
            told = await self._call(self._bot.get_webhook_info())
        except DeliveryFailed as error:
            return str(error)
        if told.url and not webhook:
            return (
                "Telegram brings this bot's messages to a webhook, and we want to ask for them. Starting the service "
                "ends the webhook; if another service has set it, give each a bot of its own."
            )
        if told.url and told.url != webhook:
            return (
                "Telegram brings this bot's messages to another address than ours. Start the service again if "
                "public_url has changed; if another service has the bot, give each one of its own."
            )
        if told.url and told.pending_update_count and told.last_error_message:
            return (
                f"{told.pending_update_count} messages wait because Telegram cannot bring them to {told.url}: "
                f"{told.last_error_message}"
            )
        return ""

    async def fetch(self, ref: FileRef) -> bytes:
        """The bytes of a file. Raises `DeliveryFailed`, permanent where it can never be had."""
        found = await self._call(self._bot.get_file(ref.file_id))
        if (found.file_size or 0) > MOST_BYTES:
            raise DeliveryFailed("The file is too big.", temporary=False)
        return bytes(await self._call(found.download_as_bytearray()))

    async def say(self, chat: int, reply: Reply) -> None:
        """Say something with its buttons. Raises `DeliveryFailed`."""
        await self._call(
            self._bot.send_message(
                chat, reply.text, reply_markup=_buttons(reply), link_preview_options=LinkPreviewOptions(True)
            )
        )
        if reply.leaves:
            await self._call(self._bot.leave_chat(chat))

    async def write(self, chat: int, text: str) -> int:
        """Send text as it is, no longer than Telegram takes. Returns its number there. Raises `DeliveryFailed`."""
        sent = await self._call(
            self._bot.send_message(chat, text, link_preview_options=LinkPreviewOptions(is_disabled=True))
        )
        return int(sent.message_id)

    async def _call(self, asked: Any) -> Any:
        try:
            return await asked
        except TelegramError as error:
            raise translated(error) from None


def translated(error: TelegramError) -> DeliveryFailed:
    """The same fault in our words, because the library's may hold the token; permanent where trying again is no use."""
    match error:
        case RetryAfter():
            after = error.retry_after
            return TooFast(after.total_seconds() if isinstance(after, timedelta) else float(after))
        case Forbidden():
            return DeliveryFailed("They have blocked our bot, or left Telegram.", temporary=False)
        case InvalidToken():
            return DeliveryFailed("Telegram does not know our bot; check telegram_token.", temporary=True)
        case Conflict():
            words = "Somebody else takes this bot's messages; only one service may have its token."
            return DeliveryFailed(words, temporary=True)
        case BadRequest():
            return DeliveryFailed("Telegram does not take this message for this chat.", temporary=False)
        case NetworkError():
            return DeliveryFailed("Telegram cannot be reached.", temporary=True)
        case _:
            return DeliveryFailed(f"Telegram refused ({type(error).__name__}).", temporary=True)


def _buttons(reply: Reply) -> ReplyKeyboardMarkup | ReplyKeyboardRemove:
    words: Sequence[str | KeyboardButton] = reply.buttons
    if reply.asks_phone:
        words = (KeyboardButton("Share my phone number", request_contact=True), *words)
    if not words:
        return ReplyKeyboardRemove()
    rows = [[word] for word in words]
    return ReplyKeyboardMarkup(rows, resize_keyboard=True, one_time_keyboard=True)
