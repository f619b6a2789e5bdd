"""The accessibility statement: what the public pages can do, how that is known, and whom to tell of a problem."""

from __future__ import annotations

from aiohttp import web

from intakebot.web.site import page, site_of


def routes() -> list[web.RouteDef]:
    """Where this page is."""
    return [web.get("/accessibility", show)]


async def show(request: web.Request) -> web.Response:
    """The statement (Public Sector Bodies Accessibility Regulations 2018; Equality Act 2010)."""
    settings = site_of(request).settings
    form, email = "web" in settings.channels, "email" in settings.channels
    return page(request, "statement.html", "Accessibility statement", mail=settings.mail, form=form, email=email)
