"""Letters page: every letter as its template stands now, what it must hold and whether it does, and how it reads."""

from __future__ import annotations

import asyncio

from aiohttp import web

from intakebot.errors import BadInput
from intakebot.formats.letter_check import CheckedLetter, check_letter, check_letters, misplaced
from intakebot.formats.letters import LetterBook
from intakebot.web.site import Site, page, site_of

READING_AGE = 11
"""What letters should not go beyond, in years; more is shown, not refused."""
# The letter as its reader gets it, with the styles that mail needs; nothing else may load and no script may run.
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; sandbox"


def routes() -> list[web.RouteDef]:
    """Where these pages are."""
    return [
        web.get("/staff/letters", show_all),
        web.get(r"/staff/letters/{letter:[a-z_0-9]{1,40}}", show),
        web.get(r"/staff/letters/{letter:[a-z_0-9]{1,40}}/page", show_as_page),
    ]


async def show_all(request: web.Request) -> web.Response:
    """Every letter, tried afresh: a landlord edits a template and looks here before starting the service again."""
    site = site_of(request)
    checked = await asyncio.to_thread(lambda: check_letters(_book(site)))
    folder = site.settings.letters
    strays = misplaced(folder) if folder else []
    return page(
        request,
        "letters.html",
        "Letters",
        letters=checked,
        strays=strays,
        own_folder=folder is not None,
        highest=READING_AGE,
    )


async def show(request: web.Request) -> web.Response:
    """One letter with made-up facts, and each part it must have."""
    checked = await _checked(request)
    return page(request, "letters.html", f"Letter: {checked.kind.name}", letter=checked, highest=READING_AGE)


async def show_as_page(request: web.Request) -> web.Response:
    """The letter as those see it whose mail shows pages."""
    checked = await _checked(request)
    if not checked.examples:
        raise web.HTTPNotFound
    headers = {"Content-Security-Policy": LETTER_POLICY}
    return web.Response(text=checked.examples[0].html, content_type="text/html", headers=headers)


async def _checked(request: web.Request) -> CheckedLetter:
    site, name = site_of(request), request.match_info["letter"]
    try:
        return await asyncio.to_thread(lambda: check_letter(_book(site), name))
    except BadInput as error:
        raise web.HTTPNotFound from error


def _book(site: Site) -> LetterBook:
    return LetterBook(site.settings.letters, site.settings.landlord, site.settings.mail.name)
