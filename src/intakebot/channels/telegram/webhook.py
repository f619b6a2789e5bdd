"""The webhook: Telegram brings updates to an address of ours. Taken only with our secret; "yes" only once durable."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from intakebot.channels.telegram.receiving import Receiver
from intakebot.errors import StoreUnavailable

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (a header's name)
MOST_BYTES = 1_000_000


def handler(receiver: Receiver, secret: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    """What answers Telegram: 200 once an update is durable, 503 to bring it again, 403 without the secret."""

    async def take(request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode()):
            log.warning("an update came without our secret and was refused")
            return web.Response(status=403, text="This is not for you.")
        body = await request.content.read(MOST_BYTES + 1)
        while len(body) <= MOST_BYTES and (more := await request.content.read(MOST_BYTES + 1 - len(body))):
            body += more
        if len(body) > MOST_BYTES:
            return web.Response(status=413, text="That is too much.")
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            update = None
        if not isinstance(update, dict):
            return web.Response(status=400, text="That is no update.")
        try:
            await receiver.take(update)
        except StoreUnavailable:
            return web.Response(status=503, text="Not now; bring it again.", headers={"Retry-After": "5"})
        return web.Response(text="ok")

    return take
