"""Outgoing: letters that wait, that could not be sent, and that went. The same letters lie in the mail-out folder."""

from __future__ import annotations

from aiohttp import web

from intakebot.casework import Casework
from intakebot.errors import BadInput
from intakebot.store.queues import State
from intakebot.web.site import number_in, officer_of, page, site_of

MOST_SHOWN = 100
_LETTER = r"/staff/outgoing/{letter_id:\d{1,9}}"


def routes() -> list[web.RouteDef]:
    """Where these pages are."""
    return [
        web.get("/staff/outgoing", show_all),
        web.get(_LETTER, show),
        web.post(f"{_LETTER}/retry", retry),
    ]


async def show_all(request: web.Request) -> web.Response:
    """Letters: those that need somebody first."""
    site = site_of(request)
    parked, waiting, sent = await site.store.read(
        lambda work: tuple(
            work.desk.letters([state], MOST_SHOWN) for state in (State.PARKED, State.WAITING, State.DONE)
        )
    )
    notice = "The letter is being tried again." if request.query.get("done") == "retry" else ""
    return page(
        request,
        "outgoing.html",
        "Outgoing letters",
        parked=parked,
        waiting=waiting,
        sent=sent,
        most=MOST_SHOWN,
        as_files=site.settings.smarthost is None,
        notice=notice,
    )


async def show(request: web.Request) -> web.Response:
    """One letter."""
    return await _letter(request, "")


async def _letter(request: web.Request, problem: str) -> web.Response:
    letter_id = number_in(request, "letter_id")
    letter = await site_of(request).store.read(lambda work: work.desk.letter(letter_id))
    if letter is None:
        raise web.HTTPNotFound
    status = 400 if problem else 200
    return page(request, "letter.html", "Letter", status=status, letter=letter, problem=problem)


async def retry(request: web.Request) -> web.Response:
    """Try to send a parked letter again."""
    site, officer, now = site_of(request), officer_of(request), site_of(request).now()
    letter_id = number_in(request, "letter_id")
    try:
        await site.store.write(lambda work: Casework(work, site.landlord, officer, now).retry_outgoing(letter_id))
    except BadInput:
        return await _letter(request, "Somebody else has dealt with this letter already")
    raise web.HTTPSeeOther("/staff/outgoing?done=retry")
