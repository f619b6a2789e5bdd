"""Act pages: one pair of addresses serves every act of the catalogue, one act to a page, and its letter on a second.

Nothing is done before the last button is pressed; what was typed comes back with every mistake, and on the way
back from the letter. A form that was sent twice, or drawn before somebody else's act, does nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from aiohttp import web

from intakebot.casework import Casework
from intakebot.correspondence import Draft
from intakebot.domain.letter_kinds import letter_kind, missing_parts
from intakebot.domain.letter_parts import Missing, Part
from intakebot.errors import BadInput, Refused
from intakebot.formats.reading_age import reading_age
from intakebot.store.engine import Work
from intakebot.web.acts.act import ActForm, fingerprint
from intakebot.web.acts.catalogue import ACT_FORMS
from intakebot.web.acts.fields import Answers, Rows, Situation, filled, read_fields
from intakebot.web.case_page import REFERENCE
from intakebot.web.forms import Attempt, Form, Mistake, Mistakes
from intakebot.web.letters_page import READING_AGE
from intakebot.web.site import FORM, Site, officer_of, page, site_of
from intakebot.web.words import counted

SUBJECT, TEXT, DRAFTED, GIVEN = "letter_subject", "letter_text", "letter_drafted", "letter_given"
_LETTER = (SUBJECT, TEXT, DRAFTED, GIVEN)
_OURS = ("csrf", "go", "seen")
_CHANGED = (
    "Something was recorded on this case since this page was opened, perhaps by this very form sent twice. "
    "Nothing was done now. Look at the case; if it is still needed, send this again"
)


@dataclass(frozen=True, slots=True)
class Opened:
    """The act a request asks for and what it is done in."""

    act: ActForm
    reference: str
    situation: Situation


@dataclass(frozen=True, slots=True)
class Checked:
    """A letter looked at before it goes: as it was drafted, the parts it lacks, and how hard it is to read."""

    name: str
    draft: Draft
    parts: tuple[Part, ...]
    missing: tuple[Missing, ...]
    age: float

    def lacking(self, part: Part) -> str:
        """How to mend a part that is missing, "" for one that is there."""
        return next((m.how_to_mend for m in self.missing if m.part == part.name), "")


def routes() -> list[web.RouteDef]:
    """Where every act is."""
    address = f"/staff/cases/{REFERENCE}/do/{{name:{'|'.join(ACT_FORMS)}}}"
    return [web.get(address, show), web.post(address, take)]


async def show(request: web.Request) -> web.Response:
    """The form of an act; the address may choose some of its answers."""
    opened = await _open(request, Form(tuple(request.query.items())))
    return _draw(request, opened, filled(opened.act.fields, opened.situation))


async def take(request: web.Request) -> web.Response:
    """Take the form: show what is wrong with it, or its letter, or do the act."""
    form: Form = request[FORM]
    opened = await _open(request, form)
    go = form.text("go")
    if go == "back":
        return _draw(request, opened, form)
    more = next((f for f in opened.act.fields if isinstance(f, Rows) and go == f"more-{f.name}"), None)
    if more is not None:
        return _draw(request, opened, more.one_more(form))
    try:
        answers = read_fields(opened.act.fields, form, opened.situation)
        if opened.act.letter:
            return await _letter(request, opened, form, answers)
        return await _do(request, opened, form, answers)
    except Mistakes as error:
        return _draw(request, opened, form, error.mistakes)
    except (BadInput, Refused) as error:
        return _draw(request, opened, form, (Mistake("act", str(error)),))


async def _open(request: web.Request, asked: Form) -> Opened:
    site, officer = site_of(request), officer_of(request)
    reference = request.match_info["reference"].upper()
    case, staff = await site.store.read(lambda work: (work.cases.get(reference), work.officers.all()))
    if case is None:
        raise web.HTTPNotFound
    situation = Situation(case, officer, staff, site.now(), asked, site.settings.calendar.escalation_window_days)
    return Opened(ACT_FORMS[request.match_info["name"]], reference, situation)


async def _do(request: web.Request, opened: Opened, form: Form, answers: Answers) -> web.Response:
    site, officer, now = site_of(request), officer_of(request), opened.situation.now

    def transaction(work: Work) -> str:
        _still_as_seen(work, opened.reference, form)
        return opened.act.run(Casework(work, site.landlord, officer, now), opened.reference, answers)

    other = await site.store.write(transaction)
    raise web.HTTPSeeOther(f"/staff/cases/{other or opened.reference}?done={opened.act.name}")


async def _letter(request: web.Request, opened: Opened, form: Form, answers: Answers) -> web.Response:
    """Show the letter of an act, or send it. Raises `Refused` where the act itself is not allowed."""
    site, officer, act = site_of(request), officer_of(request), opened.act
    name, said = act.letter_for(opened.situation.case), act.words(answers)

    def drafted(work: Work) -> Draft:
        casework = Casework(work, site.landlord, officer, opened.situation.now)
        return casework.draft(opened.reference, name, act.act(answers), said)

    draft = await site.store.read(drafted)
    form, older = _with_letter(form, draft)
    checked = _checked(site, name, draft, form)
    if form.text("go") != "send":
        return _draw_letter(request, opened, form, checked, older=older)
    if checked.missing:
        lacks = f"The letter lacks {counted(len(checked.missing), 'part')} that it must give"
        return _draw_letter(request, opened, form, checked, (Mistake(TEXT, lacks),))
    subject, text, given = form.text(SUBJECT), form.text(TEXT), form.text(GIVEN)

    def transaction(work: Work) -> None:
        _still_as_seen(work, opened.reference, form)
        casework = Casework(work, site.landlord, officer, opened.situation.now)
        casework.send(opened.reference, name, act.act(answers), subject, text, given=given, said=said)

    try:
        await site.store.write(transaction)
    except (BadInput, Refused) as error:
        return _draw_letter(request, opened, form, checked, (Mistake("act", str(error)),))
    raise web.HTTPSeeOther(f"/staff/cases/{opened.reference}?done={act.name}")


def _with_letter(form: Form, draft: Draft) -> tuple[Form, str]:
    """The form with its letter, and what the officer had written into one that the answers no longer fit.

    A letter that was changed stays so while the draft is the one it was changed from.
    """
    fresh = hashlib.sha256(f"{draft.letter.subject}\n{draft.letter.text}".encode()).hexdigest()[:16]
    if form.text("go") in ("send", "check") or form.text(DRAFTED) == fresh:
        return form, ""
    kept = tuple(pair for pair in form.fields if pair[0] not in (SUBJECT, TEXT, DRAFTED))
    new = ((SUBJECT, draft.letter.subject), (TEXT, draft.letter.text), (DRAFTED, fresh))
    return Form((*kept, *new)), form.text(TEXT)


def _still_as_seen(work: Work, reference: str, form: Form) -> None:
    case = work.cases.get(reference, lock=True)
    if case is None or fingerprint(case) != form.text("seen"):
        raise Refused(_CHANGED)


def _checked(site: Site, name: str, draft: Draft, form: Form) -> Checked:
    common, text = site.landlord.letters.common, form.text(TEXT)
    fixed = [detail for contact in common.ombudsmen.values() for detail in contact.details[1:]]
    missing = missing_parts(name, draft.facts, form.text(SUBJECT), text, common)
    return Checked(name, draft, letter_kind(name).parts, missing, reading_age(text, fixed))


def _draw(request: web.Request, opened: Opened, form: Form, mistakes: tuple[Mistake, ...] = ()) -> web.Response:
    return page(
        request,
        "act.html",
        opened.act.title,
        status=400 if mistakes else 200,
        act=opened.act,
        case=opened.situation.case,
        situation=opened.situation,
        about=opened.act.about(opened.situation),
        attempt=Attempt(opened.act.name, form, mistakes),
        carried=[pair for pair in form.fields if pair[0] in _LETTER],
        seen=fingerprint(opened.situation.case),
    )


def _draw_letter(
    request: web.Request,
    opened: Opened,
    form: Form,
    checked: Checked,
    mistakes: tuple[Mistake, ...] = (),
    *,
    older: str = "",
) -> web.Response:
    return page(
        request,
        "act_letter.html",
        f"Check the letter: {opened.act.title}",
        status=400 if mistakes else 200,
        act=opened.act,
        case=opened.situation.case,
        checked=checked,
        highest=READING_AGE,
        older=older,
        attempt=Attempt(opened.act.name, form, mistakes),
        carried=[pair for pair in form.fields if pair[0] not in (*_LETTER, *_OURS)],
        seen=fingerprint(opened.situation.case),
    )
