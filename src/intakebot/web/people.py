"""People: officers with their work and absences. Managers and administrators see everybody, officers themselves."""

from __future__ import annotations

from datetime import date

from aiohttp import web

from intakebot.domain.people import APPROVES, Absence, Officer
from intakebot.domain.working_days import local_date
from intakebot.errors import BadInput
from intakebot.store.engine import Work
from intakebot.web.forms import Attempt, Form, Mistake, Mistakes
from intakebot.web.site import FORM, officer_of, page, site_of

_NOTICES = {"added": "The absence is noted.", "removed": "The absence is taken back."}


def routes() -> list[web.RouteDef]:
    """Where these pages are."""
    return [
        web.get("/staff/people", show),
        web.post("/staff/people/absences", add),
        web.post("/staff/people/absences/remove", remove),
    ]


async def show(request: web.Request) -> web.Response:
    """Who there is, and who is away when."""
    return await _people(request, Attempt("", Form()))


async def _people(request: web.Request, attempt: Attempt) -> web.Response:
    site, viewer = site_of(request), officer_of(request)
    everybody = await site.store.read(lambda work: work.officers.all(with_workload=True))
    teams = {team.id: team.name for team in site.landlord.routing.teams}
    patches = {patch.id: patch.name for patch in site.landlord.routing.patches}
    return page(
        request,
        "people.html",
        "People" if _sees_all(viewer) else "Your absences",
        status=400 if attempt.mistakes else 200,
        officers=[o for o in everybody if _sees_all(viewer) or o.id == viewer.id],
        sees_all=_sees_all(viewer),
        teams=teams,
        patches=patches,
        today=local_date(site.now()),
        attempt=attempt,
        notice=_NOTICES.get(request.query.get("done", ""), ""),
    )


async def add(request: web.Request) -> web.Response:
    """Note an absence."""
    form = request[FORM]
    try:
        officer_id = _whose(request)
        first, last = _day(form, "first"), _day(form, "last")
        if first is None or last is None:
            wanted = [("first_day", first, "first"), ("last_day", last, "last")]
            raise Mistakes(
                [Mistake(f, f"Enter the {n} day away, for example 27 3 2026") for f, day, n in wanted if day is None]
            )
        absence = Absence(first, last)
        await site_of(request).store.write(lambda work: _note(work, officer_id, absence))
    except Mistakes as error:
        return await _people(request, Attempt("absence", form, error.mistakes))
    except BadInput as error:
        return await _people(request, Attempt("absence", form, (Mistake("last_day", str(error)),)))
    raise web.HTTPSeeOther("/staff/people?done=added")


def _note(work: Work, officer_id: int, absence: Absence) -> None:
    if work.officers.get(officer_id) is None:
        raise Mistakes([Mistake("officer", "Choose who is away")])
    work.officers.add_absence(officer_id, absence)


async def remove(request: web.Request) -> web.Response:
    """Take an absence back."""
    form, officer_id = request[FORM], _whose(request)
    try:
        first, last = date.fromisoformat(form.text("first")), date.fromisoformat(form.text("last"))
    except ValueError as error:
        raise BadInput("Open the page again and choose once more") from error
    await site_of(request).store.write(lambda work: work.officers.remove_absence(officer_id, first, last))
    raise web.HTTPSeeOther("/staff/people?done=removed")


def _sees_all(officer: Officer) -> bool:
    return officer.role in APPROVES


def _whose(request: web.Request) -> int:
    """Whose absence it is. Raises HTTPForbidden where an officer means somebody else."""
    viewer, chosen = officer_of(request), request[FORM].text("officer")
    if not chosen.isdecimal() or len(chosen) > 9:
        raise Mistakes([Mistake("officer", "Choose who is away")])
    if int(chosen) != viewer.id and not _sees_all(viewer):
        raise web.HTTPForbidden
    return int(chosen)


def _day(form: Form, name: str) -> date | None:
    parts = [form.text(f"{name}_{part}") for part in ("year", "month", "day")]
    if not all(part.isdecimal() and len(part) <= 4 for part in parts):
        return None
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return None
