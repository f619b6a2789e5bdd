"""Formats: what somebody still has to make so that letters reach their readers, and letters in large print to print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from aiohttp import web

from intakebot.domain.needs import LARGEST_PT, SMALLEST_PT
from intakebot.domain.working_days import local_date
from intakebot.formats.large_print import page_in_large_print
from intakebot.store.desk import FormatWaiting
from intakebot.web import words
from intakebot.web.letters_page import LETTER_POLICY
from intakebot.web.site import number_in, page, site_of

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class FormatLine:
    """A format to make, on its page. `press` is "overdue", "today" or ""."""

    waiting: FormatWaiting
    what: str
    letters: str
    due: str
    press: str
    team: str


def routes() -> list[web.RouteDef]:
    """Where these pages are."""
    return [
        web.get("/staff/formats", show_formats),
        web.get(r"/staff/outgoing/{letter_id:\d{1,9}}/large-print", show_large_print),
    ]


async def show_formats(request: web.Request) -> web.Response:
    """Everything somebody still has to make or do so that letters reach their readers."""
    site = site_of(request)
    today = local_date(site.now())
    waiting = await site.store.read(lambda work: work.desk.formats(MOST_SHOWN))
    teams = {team.id: team.name for team in site.landlord.routing.teams}
    lines = [_line(each, today, teams.get(each.team, each.team)) for each in waiting]
    return page(request, "formats.html", "Formats to make", lines=lines, most=MOST_SHOWN)


def _line(waiting: FormatWaiting, today: date, team: str) -> FormatLine:
    task = waiting.task
    press = "overdue" if task.due_on < today else "today" if task.due_on == today else ""
    letters = ", ".join(words.inside(words.PURPOSES.get(name, name)) for name in task.letters)  # type: ignore[call-overload]
    return FormatLine(waiting, words.FORMATS[task.kind], letters, words.short_day(task.due_on, today), press, team)


async def show_large_print(request: web.Request) -> web.Response:
    """A letter in large print, to print on A4: at the size the address asks for, else the usual one."""
    site, letter_id = site_of(request), number_in(request, "letter_id")
    letter = await site.store.read(lambda work: work.desk.letter(letter_id))
    if letter is None or not letter.message.html:
        raise web.HTTPNotFound
    asked = request.query.get("pt", "")
    size = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else site.landlord.formats.print_pt
    if not SMALLEST_PT <= size <= LARGEST_PT:
        raise web.HTTPNotFound
    html = page_in_large_print(letter.message.html, size)
    return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": LETTER_POLICY})
