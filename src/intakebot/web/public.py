"""The front page: what this service is, and the ways to complain."""

from __future__ import annotations

from aiohttp import web

from intakebot.web.site import page, site_of


def routes() -> list[web.RouteDef]:
    """Where this page is."""
    return [web.get("/", show)]


async def show(request: web.Request) -> web.Response:
    """The front page, for residents and those who write for them."""
    return page(request, "public.html", "Complain to us", mail=site_of(request).settings.mail)
