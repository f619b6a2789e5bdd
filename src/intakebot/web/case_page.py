"""The case page: one case with everything on it, what it asks for next, and where every act of an officer begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from intakebot.casework import Casework
from intakebot.correspondence import Draft
from intakebot.domain.case import TagType
from intakebot.domain.disclosure import correspondents, who_may_be_told
from intakebot.domain.endings import needs_discretion
from intakebot.domain.labels import GUARDED_FLAGS
from intakebot.domain.message import Purpose
from intakebot.domain.people import Officer
from intakebot.domain.ringing import numbers_of
from intakebot.domain.working_days import local_date
from intakebot.store.engine import Work
from intakebot.store.views import CaseFile
from intakebot.web import standing, words
from intakebot.web.acts.act import answer_owed
from intakebot.web.acts.advice import asked_for
from intakebot.web.acts.catalogue import ACT_FORMS, offered_on
from intakebot.web.conversation import shown
from intakebot.web.due import of_clock
from intakebot.web.forms import Attempt, Form
from intakebot.web.site import Site, officer_of, page, site_of

REFERENCE = r"{reference:[A-Za-z]{1,4}-\d{4}-\d{4}-[A-Za-z]}"

NOTICES = {
    "approve": "The acknowledgement is on its way. The response clock has started.",
    "otherwise": "The acknowledgement is on the record. The response clock has started.",
    "correct": "The kind and tags are changed.",
    "wrong": "The tag is taken off.",
    "reassign": "The case is moved.",
    "reply": "Your reply is on its way.",
    "note": "Your note is on the record.",
    "read": "The case is marked as read.",
    "close": "The case is closed.",
    **{form.name: form.done for form in ACT_FORMS.values()},
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A case with what its forms need: an acknowledgement to approve, whom routing would choose, and who there is."""

    file: CaseFile
    draft: Draft | None
    suggestion: str
    officers: tuple[Officer, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody the case can go to: `value` is "officer:7" or "team:repairs"."""

    value: str
    text: str


def routes() -> list[web.RouteDef]:
    """Where this page is."""
    return [web.get(f"/staff/cases/{REFERENCE}", show)]


async def show(request: web.Request) -> web.Response:
    """A case."""
    return await case_page(request, Attempt("", Form()), notice=NOTICES.get(request.query.get("done", ""), ""))


async def case_page(request: web.Request, attempt: Attempt, *, notice: str = "", preview: str = "") -> web.Response:
    """A case, with a form that was not taken, the notice of one that was, or a letter to look at before it goes."""
    site, officer, now = site_of(request), officer_of(request), site_of(request).now()
    reference = request.match_info["reference"].upper()
    opened = await site.store.read(lambda work: _open(work, site, reference, officer, now))
    if opened is None:
        raise web.HTTPNotFound
    case, calendar = opened.file.case, site.landlord.time_rules.calendar
    team = site.landlord.routing.team(case.team)
    return page(
        request,
        "case.html",
        f"Case {case.reference}",
        status=400 if attempt.mistakes else 200,
        file=opened.file,
        case=case,
        categories=_tags(opened, TagType.CATEGORY),
        flags=_tags(opened, TagType.FLAG),
        needs=_tags(opened, TagType.NEED),
        guarded=GUARDED_FLAGS,
        clocks=sorted((of_clock(c, now, calendar) for c in opened.file.clocks), key=lambda line: line.done),
        messages=[shown(message) for message in opened.file.messages],
        asked=asked_for(case, now, can_acknowledge=opened.draft is not None)[:2],
        incidents=standing.incidents_shown(case, site.landlord.incidents, now),
        define_first=answer_owed(case) and case.acknowledged_at is None and opened.draft is None,
        unfolded=attempt.name or request.query.get("open", ""),
        stages=standing.stages_shown(case, {o.id: o.name for o in opened.officers}, now),
        promises=standing.promises_shown(case, now),
        hazards=standing.hazards_shown(case, now),
        also=standing.also_on_record(case, now) + standing.kept(opened.file, site.settings.retention_years),
        disabilities=standing.disabilities_for(case, officer),
        old=needs_discretion(case),
        groups=tuple(offered_on(case)),
        draft=opened.draft,
        suggestion=opened.suggestion,
        choices=_choices(opened.officers, site, now),
        team=team.name if team else case.team,
        told=who_may_be_told(case, local_date(now)) if case.representatives or case.records.safety else "",
        next_letter=correspondents(case, Purpose.REPLY, local_date(now)),
        language=words.language(case.language),
        numbers=numbers_of(case),
        attempt=attempt,
        notice=notice,
        preview=preview,
        all_kinds=words.KINDS,
        all_categories=words.CATEGORIES,
        all_flags=words.FLAGS,
        all_needs=words.NEEDS,
        file_kind=words.file_kind,
    )


def _open(work: Work, site: Site, reference: str, officer: Officer, now: datetime) -> Opened | None:
    file = work.views.case_file(reference)
    if file is None:
        return None
    casework = Casework(work, site.landlord, officer, now)
    return Opened(
        file=file,
        draft=casework.acknowledgement(reference),
        suggestion=casework.suggest(reference),
        officers=work.officers.all(with_workload=True),
    )


def _tags(opened: Opened, tag_type: TagType) -> list[object]:
    return [tag for tag in opened.file.case.tags if tag.type is tag_type]


def _choices(officers: tuple[Officer, ...], site: Site, now: datetime) -> list[Choice]:
    """Every team and every officer with an account, in words that help to choose."""
    teams = [Choice(f"team:{team.id}", f"{team.name}: the team’s queue") for team in site.landlord.routing.teams]
    return teams + [Choice(f"officer:{o.id}", _described(o, site, now)) for o in officers if o.active]


def _described(officer: Officer, site: Site, now: datetime) -> str:
    team = site.landlord.routing.team(officer.team)
    today = local_date(now)
    away = next((a for a in officer.absences if a.covers(today)), None)
    until = f", away until {words.short_day(away.last, today)}" if away else ""
    load = f"{officer.open_cases} of {words.counted(officer.capacity, 'case')}"
    return f"{officer.name} ({team.name if team else 'no team'}, {load}{until})"
