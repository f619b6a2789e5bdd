"""The web application: every page at its address, behind the guard. Built once from what the service hands it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from importlib import resources

from aiohttp import web

from intakebot.channels.base import Accept
from intakebot.config import Settings
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
    letters_page,
    monitoring,
    outgoing,
    parked,
    people,
    public,
    queue,
    reporting,
    sign_in,
)
from intakebot.web.forms import MOST_BYTES
from intakebot.web.guard import door, plain_errors, secure
from intakebot.web.health import Health
from intakebot.web.pages import Pages
from intakebot.web.passwords import Passwords
from intakebot.web.problems import problems
from intakebot.web.rates import Rates
from intakebot.web.site import SITE, Site

_PAGES = (
    public,
    sign_in,
    queue,
    case_page,
    case_acts,
    act_pages,
    parked,
    outgoing,
    people,
    letters_page,
    reporting,
    downloads,
    monitoring,
    api,
)


def build(
    settings: Settings,
    store: Store,
    landlord: Landlord,
    now: Callable[[], datetime],
    health: Health,
    accept: Accept | None = None,
) -> web.Application:
    """Build the application. Raises `BadSettings` where the stylesheet was not built.

    `accept` takes the messages that come by a page; without it they are kept, and found by the workers by and by.

    It opens nothing by itself: the service chooses host and port, and closes the store after it.
    """
    style = _stylesheet()
    address = f"/static/intakebot.{hashlib.sha256(style).hexdigest()[:12]}.css"
    site = Site(
        settings, store, landlord, now, health, Pages(address), Passwords(), accept or Intake(store, now).accept
    )
    application = web.Application(middlewares=[problems, plain_errors, door], client_max_size=MOST_BYTES)
    application[SITE] = site
    application[api.RATES] = Rates(settings.api.requests_per_minute)
    application.on_response_prepare.append(secure)
    application.cleanup_ctx.append(_threads)
    application.router.add_get(address, _serve(style))
    for pages in _PAGES:
        application.router.add_routes(pages.routes())
    return application


async def _threads(application: web.Application) -> AsyncIterator[None]:
    yield
    application[SITE].passwords.close()


def _stylesheet() -> bytes:
    try:
        return (resources.files("intakebot.web") / "static" / "govuk" / "intakebot.css").read_bytes()
    except OSError as error:
        raise BadSettings(["the pages' stylesheet is missing; run `make setup`, which builds it"]) from error


def _serve(style: bytes) -> Callable[[web.Request], Awaitable[web.Response]]:
    # The address changes with the content, so a browser may keep it for good.
    headers = {"Content-Type": "text/css; charset=utf-8", "Cache-Control": "public, max-age=31536000, immutable"}

    async def stylesheet(_request: web.Request) -> web.Response:
        return web.Response(body=style, headers=headers)

    return stylesheet
