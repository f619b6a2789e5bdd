"""The web application: every page at its address, behind the guard. Built once from what the service hands it."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import datetime
from importlib import resources

from aiohttp import web

from intakebot.channels.base import Accept
from intakebot.config.settings import Settings
from intakebot.errors import BadSettings
from intakebot.intake import Intake
from intakebot.landlord import Landlord
from intakebot.store.engine import Store
from intakebot.web import (
    act_pages,
    api,
    case_acts,
    case_page,
    downloads,
    formats,
    letters_page,
    monitoring,
    outgoing,
    parked,
    people,
    public,
    queue,
    reporting,
    sign_in,
    statement,
    status,
)
from intakebot.web.complain import danger, files, pages, saving, sending
from intakebot.web.entry import pages as entry
from intakebot.web.forms import MOST_BYTES
from intakebot.web.guard import door, plain_errors, secure
from intakebot.web.health import Health
from intakebot.web.limits import HOUR, MINUTE, Limit
from intakebot.web.pages import Pages
from intakebot.web.passwords import Passwords
from intakebot.web.problems import problems
from intakebot.web.site import SITE, Site

_PAGES = (
    public,
    statement,
    sign_in,
    queue,
    case_page,
    case_acts,
    act_pages,
    entry,
    parked,
    outgoing,
    formats,
    people,
    letters_page,
    reporting,
    downloads,
    monitoring,
    api,
)
_FORM = (pages, files, saving, sending, status)


def build(
    settings: Settings,
    store: Store,
    landlord: Landlord,
    now: Callable[[], datetime],
    health: Health,
    accept: Accept | None = None,
    doors: Iterable[web.RouteDef] = (),
) -> web.Application:
    """Build the application. Raises `BadSettings` where the stylesheet was not built.

    It opens nothing by itself: the service chooses host and port, and closes the store after it. `accept` makes
    messages durable and wakes the workers; without it they are found when workers look next. `doors` are where other
    machines bring messages: no forms, and each checks by itself who brings them.
    """
    style = _stylesheet()
    address = f"/static/intakebot.{hashlib.sha256(style).hexdigest()[:12]}.css"
    accept = accept or Intake(store, now).accept
    begun, sent = Limit(settings.form.begun_per_hour, HOUR), Limit(settings.form.sent_per_hour, HOUR)
    site = Site(settings, store, landlord, now, health, Pages(address), Passwords(), accept, begun, sent)
    application = web.Application(middlewares=[problems, plain_errors, door], client_max_size=MOST_BYTES)
    application[SITE] = site
    application[api.RATES] = Limit(settings.api.requests_per_minute, MINUTE)
    application.on_response_prepare.append(secure)
    application.cleanup_ctx.append(_threads)
    application.router.add_get(address, _serve(style))
    for group in (*_PAGES, *(_FORM if "web" in settings.channels else ())):
        application.router.add_routes(group.routes())
    application.router.add_routes(doors)
    return application


async def _threads(application: web.Application) -> AsyncIterator[None]:
    loading = asyncio.create_task(danger.be_ready())
    yield
    await loading
    application[SITE].passwords.close()


def _stylesheet() -> bytes:
    try:
        return (resources.files("intakebot.web") / "static" / "govuk" / "intakebot.css").read_bytes()
    except OSError as error:
        raise BadSettings(["the pages' stylesheet is missing; run `make setup`, which builds it"]) from error


def _serve(style: bytes) -> Callable[[web.Request], Awaitable[web.Response]]:
    # The address changes with the content, so a browser may keep it for good.
    headers = {
        "Content-Type": "text/css; charset=utf-8",
        "Cache-Control": "public, max-age=31536000, immutable",
        "Vary": "Accept-Encoding",
    }
    packed = gzip.compress(style, 9, mtime=0)

    async def stylesheet(request: web.Request) -> web.Response:
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=packed, headers={**headers, "Content-Encoding": "gzip"})
        return web.Response(body=style, headers=headers)

    return stylesheet
