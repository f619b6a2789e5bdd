"""The REST API: other software hands messages in, asks what became of them, and reads cases; each by its token.

A message is answered 202 only once it is durable. Its Idempotency-Key makes a repeat harmless: the key and its token
are the message's external id, so the inbox itself knows a repeat, and whether it says the same as the first.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from aiohttp import web
from pydantic import ValidationError

from intakebot.case_json import as_json, case_file_json, local
from intakebot.channels.api import SentMessage, mistakes
from intakebot.domain.message import Envelope, RawMessage
from intakebot.domain.references import find_references
from intakebot.errors import StoreUnavailable
from intakebot.store.blobs import digest
from intakebot.store.queues import InboxRow
from intakebot.store.tokens import ApiToken, Scope, to_be_noted
from intakebot.web.api_description import description
from intakebot.web.limits import Limit
from intakebot.web.problems import Problem
from intakebot.web.site import site_of

CHANNEL: Final = "api"
RATES = web.AppKey("rates", Limit)
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,200}")
_LARGE: Final = 65536
_MOST_ID: Final = 2**31 - 1


def routes() -> list[web.RouteDef]:
    """Where the API is."""
    return [
        web.post("/api/v1/messages", take_message),
        web.get(r"/api/v1/messages/{id:\d+}", tell_outcome),
        web.get("/api/v1/cases/{reference}", show_case),
        web.get("/api/v1/openapi.json", describe),
    ]


async def describe(request: web.Request) -> web.Response:
    """What the API takes and gives, as an OpenAPI document. It needs no token."""
    return web.json_response(description(site_of(request).settings.base_url))


async def take_message(request: web.Request) -> web.Response:
    """Take a message in. It is durable before this answers 202 with the id it is known by."""
    site = site_of(request)
    token = await _allowed(request, Scope.WRITE)
    if CHANNEL not in site.settings.channels:
        raise Problem(403, "Not switched on", "This landlord's settings do not list the channel api.")
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        detail = "Send the header Idempotency-Key: 1 to 255 characters without spaces, another for each message."
        raise Problem(400, "No key", detail)
    if request.content_type != "application/json":
        raise Problem(415, "Not JSON", "Send the message as application/json.")
    body = await _body(request, site.settings.api.max_size)
    now = site.now()
    sent, content = await asyncio.to_thread(_read, body) if len(body) > _LARGE else _read(body)
    if sent.received_at is not None and sent.received_at > now:
        errors = [{"pointer": "/received_at", "detail": "this is in the future"}]
        raise Problem(422, "The message cannot be taken", "Mend what the errors name and send it again.", errors)
    raw = RawMessage(CHANNEL, _external_id(token, key), content, sent.received_at or now, _envelope(request, token))
    accepted = await site.accept(raw)
    if accepted.repeat:
        row = await site.store.read(lambda work: work.inbox.get(accepted.inbox_id))
        if row is None or row.sha256 != digest(content):
            detail = "This Idempotency-Key came before with another message. Nothing was taken; choose another key."
            raise Problem(422, "The key is used", detail)
    address = f"/api/v1/messages/{accepted.inbox_id}"
    answer = {"id": accepted.inbox_id, "state": "accepted", "url": f"{site.settings.base_url}{address}"}
    return _json(answer, status=202, headers={"Location": address})


async def tell_outcome(request: web.Request) -> web.Response:
    """What became of a message that this token handed in."""
    token = await _allowed(request, Scope.WRITE)
    number = int(request.match_info["id"][:20])
    row = None
    if number <= _MOST_ID:
        row = await site_of(request).store.read(lambda work: work.inbox.get(number))
    if row is None or row.channel != CHANNEL or not row.external_id.startswith(f"{token.id}:"):
        raise Problem(404, "Not found", "This token handed in no message with this id.")
    return _json(_outcome(row))


async def show_case(request: web.Request) -> web.Response:
    """One case with everything on it, in the shape of the outside contract."""
    await _allowed(request, Scope.READ)
    site = site_of(request)
    given = request.match_info["reference"][:40].upper()
    found = find_references(given, site.landlord.prefix)
    file = await site.store.read(lambda work: work.views.case_file(found[0])) if found else None
    if file is None:
        raise Problem(404, "Not found", "There is no case with this reference.")
    return _json(case_file_json(file, site.settings.retention_years))


def _json(document: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(text=as_json(document), status=status, headers=headers, content_type="application/json")


def _outcome(row: InboxRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state.value,
        "outcome": row.outcome or None,
        "reference": row.reference or None,
        "acknowledged": row.answered,
        "reason": row.reason or None,
        "received_at": local(row.received_at),
    }


async def _allowed(request: web.Request, scope: Scope) -> ApiToken:
    """Whose request this is. Raises `Problem` for no token, a wrong one, another scope, or too many requests."""
    site = site_of(request)
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    token = None
    if kind.lower() == "bearer" and _TOKEN.fullmatch(given.strip()):
        token = await site.store.read(lambda work: work.tokens.find(given.strip()))
    if token is None:
        detail = "Send the header Authorization: Bearer TOKEN, with a token from `intakebot tokens add`."
        raise Problem(401, "No valid token", detail, headers={"WWW-Authenticate": 'Bearer realm="intakebot"'})
    now = site.now()
    wait = request.app[RATES].wait(str(token.id), now)
    if wait:
        detail = f"A token may make {site.settings.api.requests_per_minute} requests a minute."
        raise Problem(429, "Too many requests", detail, headers={"Retry-After": str(wait)})
    if scope not in token.scopes:
        challenge = f'Bearer realm="intakebot", error="insufficient_scope", scope="{scope}"'
        detail = f"This token is not for this; it needs the scope {scope}."
        raise Problem(403, "Not for this token", detail, headers={"WWW-Authenticate": challenge})
    await _note_use(request, token, now)
    return token


async def _note_use(request: web.Request, token: ApiToken, now: datetime) -> None:
    if to_be_noted(token, now):
        with suppress(StoreUnavailable):  # what was asked for goes on while nothing can be written
            await site_of(request).store.write(lambda work: work.tokens.used(token.id, now))


async def _body(request: web.Request, most: int) -> bytes:
    """The body, read no further than the limit."""
    too_much = Problem(413, "Too large", f"A request may hold {most} bytes; attachments may be 10 MB together.")
    if (request.content_length or 0) > most:
        raise too_much
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > most:
            raise too_much
    return bytes(body)


def _read(body: bytes) -> tuple[SentMessage, bytes]:
    """The message, and the same document in its one form, so that spaces and order make no other message of it."""
    try:
        sent = SentMessage.model_validate_json(body)
    except ValidationError as error:
        detail = "Mend what the errors name and send it again."
        raise Problem(422, "The message cannot be taken", detail, mistakes(error)) from None
    content = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sent, content.encode()


def _external_id(token: ApiToken, key: str) -> str:
    return f"{token.id}:{hashlib.sha256(key.encode()).hexdigest()}"


def _envelope(request: web.Request, token: ApiToken) -> Envelope:
    return Envelope(peer=request.remote or "", source=f"api: {token.name}")
