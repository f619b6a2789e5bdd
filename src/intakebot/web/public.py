"""The front page: what this service is, and the ways to complain."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from intakebot.web.site import page, site_of


def routes() -> list[web.RouteDef]:
    """Where this page is."""
    return [web.get("/", show)]


async def show(request: web.Request) -> web.Response:
    """The front page, for residents and those who write for them."""
    settings = site_of(request).settings
    bot = settings.landlord.telegram if "telegram" in settings.channels else ""
    form, email = "web" in settings.channels, "email" in settings.channels
    ways = ((form, "use the form"), (email, "write by email"), (bot, "write by Telegram"))
    at_once = " or ".join(words for there, words in ways if there)
    facts: dict[str, Any] = {"mail": settings.mail, "form": form, "email": email, "bot": bot, "at_once": at_once}
    return page(request, "public.html", "Complain to us", **facts)
