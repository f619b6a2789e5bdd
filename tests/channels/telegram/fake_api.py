"""A Bot API of our own over real HTTP: what is written to the bot, what the bot says, and every way to fail."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "700900:fake-token_for-tests"
DATE = 1_772_442_000  # Monday 2 March 2026, 09:00 UTC


@dataclass
class Said:
    """One thing the bot said."""

    chat: int
    text: str
    markup: dict[str, Any]

    @property
    def buttons(self) -> list[str]:
        return [b if isinstance(b, str) else b["text"] for row in self.markup.get("keyboard", []) for b in row]


@dataclass
class BotApi:
    """What Telegram is, as far as a bot can tell. `failing` holds answers to give before the right one, by method."""

    url: str = ""
    waiting: list[dict[str, Any]] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    failing: dict[str, list[tuple[int, dict[str, Any]]]] = field(default_factory=lambda: defaultdict(list))
    blocked: set[int] = field(default_factory=set)
    webhook: dict[str, str] = field(default_factory=dict)
    webhook_state: dict[str, Any] = field(default_factory=lambda: {"pending_update_count": 0})
    left: list[int] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    spoke: asyncio.Condition = field(default_factory=asyncio.Condition)
    numbers: Any = field(default_factory=lambda: count(501))

    def writes(self, text: str = "", chat: int = 77, **more: Any) -> dict[str, Any]:
        """Somebody writes to the bot. `more` goes into the message; `edits` makes it an edit."""
        kind = "edited_message" if more.pop("edits", False) else "message"
        number = next(self.numbers)
        message: dict[str, Any] = {
            "message_id": number,
            "date": DATE,
            "chat": {"id": chat, "type": more.pop("kind", "private")},
            "from": {"id": chat, "is_bot": False, "first_name": "Shirley", "last_name": "Amadi"},
            **({"text": text} if text else {}),
            **more,
        }
        update = {"update_id": number, kind: message}
        self.waiting.append(update)
        self.came.set()
        return update

    def fails(self, method: str, status: int, description: str = "no", **parameters: Any) -> None:
        """The next call of a method fails so; called twice, the next two."""
        answer = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
        self.failing[method].append((status, answer))

    async def answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        given = {**request.query, **{key: str(value) for key, value in (await request.post()).items()}}
        self.calls.append(method)
        if request.match_info["token"] != TOKEN:
            return _json({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401)
        if self.failing[method]:
            status, answer = self.failing[method].pop(0)
            return _json(answer, status)
        return _json({"ok": True, "result": await getattr(self, f"on_{method.lower()}")(given)})

    async def on_getupdates(self, given: dict[str, str]) -> list[dict[str, Any]]:
        self.asked.append(given)
        offset = int(given["offset"])
        if offset:
            self.waiting = [update for update in self.waiting if update["update_id"] >= offset]
        if not self.waiting and int(given["timeout"]):
            self.came.clear()
            await self.came.wait()
        return self.waiting[:100]

    async def on_sendmessage(self, given: dict[str, str]) -> dict[str, Any]:
        chat = int(given["chat_id"])
        if chat in self.blocked:
            raise web.HTTPForbidden(
                text=json.dumps(
                    {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
                ),
                content_type="application/json",
            )
        async with self.spoke:
            self.said.append(Said(chat, given["text"], json.loads(given.get("reply_markup", "{}"))))
            self.spoke.notify_all()
        return {"message_id": 9000 + len(self.said), "date": DATE, "chat": {"id": chat, "type": "private"}}

    async def on_getfile(self, given: dict[str, str]) -> dict[str, Any]:
        content = self.files[given["file_id"]]
        return {
            "file_id": given["file_id"],
            "file_unique_id": "u" + given["file_id"],
            "file_size": len(content),
            "file_path": f"files/{given['file_id']}",
        }

    async def on_leavechat(self, given: dict[str, str]) -> bool:
        self.left.append(int(given["chat_id"]))
        return True

    async def on_setwebhook(self, given: dict[str, str]) -> bool:
        async with self.spoke:
            self.webhook = given
            self.spoke.notify_all()
        return True

    async def on_getme(self, given: dict[str, str]) -> dict[str, Any]:
        return {"id": 700900, "is_bot": True, "first_name": "Harbour Homes", "username": "harbour_homes_bot"}

    async def on_getwebhookinfo(self, given: dict[str, str]) -> dict[str, Any]:
        return {"url": self.webhook.get("url", ""), "has_custom_certificate": False, **self.webhook_state}

    async def on_deletewebhook(self, given: dict[str, str]) -> bool:
        self.webhook = {}
        return True

    async def file(self, request: web.Request) -> web.Response:
        self.calls.append("file")
        if self.failing["file"]:
            status, answer = self.failing["file"].pop(0)
            return _json(answer, status)
        return web.Response(body=self.files[request.match_info["name"]])

    def to(self, chat: int = 77) -> list[str]:
        """What the bot said in a chat."""
        return [said.text for said in self.said if said.chat == chat]


@asynccontextmanager
async def bot_api() -> AsyncIterator[BotApi]:
    """Serve one."""
    api = BotApi()
    application = web.Application()
    application.router.add_route("*", "/bot{token}/{method}", api.answer)
    application.router.add_get("/file/bot{token}/files/{name}", api.file)
    async with TestServer(application) as server:
        api.url = str(server.make_url("")).rstrip("/")
        yield api


def _json(value: Any, status: int = 200) -> web.Response:
    return web.json_response(value, status=status)
