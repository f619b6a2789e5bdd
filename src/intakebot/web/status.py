"""Status: where a case stands and what comes next, for a party to it, by a signed link and nothing else.

The link says which case and which person. It is right only for somebody who still is a party: the resident, or the
representative while their authority has not ended. The page repeats nothing that anybody wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web

from intakebot.domain.case import Case, Status
from intakebot.domain.disclosure import MayBeTold, may_be_told
from intakebot.domain.letters import long_date
from intakebot.domain.people import Person
from intakebot.domain.working_days import local_date
from intakebot.web.complain.drafting import key_of, new_secret
from intakebot.web.complain.questions import ABOUT, ASKS
from intakebot.web.forms import Form
from intakebot.web.parties import party_of
from intakebot.web.site import FORM, page, site_of

_MARK = "{mark:[^/]{1,120}}"
_STAGE_2 = "stage2"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case is, what comes next and when, each in plain sentences."""

    where: str
    following: str


def routes() -> list[web.RouteDef]:
    """Where these pages are."""
    return [web.get(f"/case/{_MARK}", show), web.post(f"/case/{_MARK}", write)]


async def show(request: web.Request) -> web.Response:
    """Where the case stands."""
    site, mark = site_of(request), request.match_info["mark"]
    found = await party_of(site, mark)
    if found is None:
        return _nowhere(request)
    case, person = found
    told = _may_be_told(case, person, local_date(site.now()))
    return page(
        request,
        "status.html",
        "Where your complaint is" if case.stages else "Where your case is",
        reference=case.reference,
        standing=standing_of(case, site.now()) if told else _WAITING_FOR_AUTHORITY,
        stage_2=told and may_ask_for_stage_2(case),
        target=f"/case/{mark}",
    )


async def write(request: web.Request) -> web.Response:
    """Begin to add information, or to ask for stage 2: a form of its own, saved and sent like any other."""
    site, mark, secret = site_of(request), request.match_info["mark"], new_secret()
    found = await party_of(site, mark)
    if found is None:
        return _nowhere(request)
    case, person = found
    may_ask = may_ask_for_stage_2(case) and _may_be_told(case, person, local_date(site.now()))
    asks = _STAGE_2 if request[FORM].text("go") == _STAGE_2 and may_ask else ""
    begun, now = {ABOUT: mark, ASKS: asks}, site.now()
    await site.store.write(lambda work: work.drafts.begin(key_of(secret), now, begun))
    raise web.HTTPSeeOther(f"/complain/{secret}/{asks or 'more'}")


def _nowhere(request: web.Request) -> web.Response:
    advice = (
        "It may have been cut short when it was copied, or it is not valid any more. Open the link again as it was "
        "given to you, or ring or write to us with your reference."
    )
    form = request.get(FORM) or Form()
    return page(request, "error.html", "This link does not work", status=404, advice=advice, form=form, target="")


def _may_be_told(case: Case, person: Person, today: date) -> bool:
    theirs = (r for r in case.representatives if r.person.id == person.id)
    return person.id == case.resident.id or any(may_be_told(case, r, today) is MayBeTold.CASE for r in theirs)


_WAITING_FOR_AUTHORITY = Standing(
    "We have what you sent, and we have begun to look into it.",
    "Before we tell you more we need to know that the resident agrees. We have asked for that; nothing waits for it.",
)


def may_ask_for_stage_2(case: Case) -> bool:
    """Whether stage 1 has been answered and stage 2 not asked for (Code 6.10)."""
    return case.stage == 1 and case.responded_at is not None


def standing_of(case: Case, now: datetime) -> Standing:
    """Where a case stands, without repeating anything that anybody wrote of it."""
    stage, today = case.current, local_date(now)
    if stage is None:
        if case.open:
            return Standing("We have what you sent.", "A member of staff deals with it and writes to you or rings you.")
        return Standing("We have dealt with this.", "If you are not happy with it, add that below: it is a complaint.")
    answered = case.responded_at
    if case.status is Status.REFUSED:
        return Standing(
            "We did not accept this complaint. Our letter says why.",
            "You can ask the Ombudsman whether that was right.",
        )
    if case.status is Status.WITHDRAWN:
        return Standing("You withdrew this complaint.", "If you want us to go on with it, tell us below.")
    if answered is not None:
        where = f"We answered at stage {stage.number} on {long_date(local_date(answered))}."
        if stage.number == 1:
            return Standing(where, "If you are not happy with our answer, you can ask for stage 2.")
        return Standing(where, "That is our final answer. If you are not happy with it, you can go to the Ombudsman.")
    if case.acknowledged_at is None:
        due = stage.due.ack_due
        late = "We should have written by then, and are sorry that we are late." if due < today else ""
        return Standing(
            f"We have your complaint, and an officer is reading it (stage {stage.number}).",
            f"By {long_date(due)} we write or ring to say what we understand it to be. {late}".strip(),
        )
    due = stage.extended_to or stage.due.response_due
    late = "That day has passed, and we are sorry. We are still working on it." if due < today else ""
    return Standing(
        f"We are looking into your complaint (stage {stage.number}).",
        f"By {long_date(due)} we answer it. {late}".strip(),
    )
