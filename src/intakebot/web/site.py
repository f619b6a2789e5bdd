"""The site: what every page is given, and how a page is written out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from intakebot.channels.base import Accept
from intakebot.config.settings import Settings
from intakebot.domain.people import Officer
from intakebot.landlord import Landlord
from intakebot.store.engine import Store
from intakebot.store.officers import Session
from intakebot.web.forms import Form
from intakebot.web.health import Health
from intakebot.web.limits import Limit
from intakebot.web.pages import Pages
from intakebot.web.passwords import Passwords


@dataclass(frozen=True, slots=True)
class Site:
    """Everything the pages stand on. `accept` makes a message durable, as for every channel."""

    settings: Settings
    store: Store
    landlord: Landlord
    now: Callable[[], datetime]
    health: Health
    pages: Pages
    passwords: Passwords
    accept: Accept
    begun: Limit
    sent: Limit

    @property
    def https(self) -> bool:
        """Whether cookies go over encrypted connections only."""
        return self.settings.secure_cookies or self.settings.public_url.lower().startswith("https:")


SITE = web.AppKey("site", Site)
SESSION = web.RequestKey("session", Session)
FORM = web.RequestKey("form", Form)


def site_of(request: web.Request) -> Site:
    """The site a request came to."""
    return request.app[SITE]


def officer_of(request: web.Request) -> Officer:
    """Who is signed in. Only for pages behind the door."""
    return request[SESSION].officer


def number_in(request: web.Request, name: str) -> int:
    """A number in the page's address; its route admits digits only."""
    return int(request.match_info[name])


def page(request: web.Request, template: str, title: str, *, status: int = 200, **facts: Any) -> web.Response:
    """A page, written out. `title` is what stands in the browser's tab, without the landlord's name."""
    site = site_of(request)
    html = site.pages.write(
        template,
        title=title,
        landlord=site.settings.landlord,
        session=request.get(SESSION),
        path=request.path,
        **facts,
    )
    return web.Response(text=html, content_type="text/html", status=status)
