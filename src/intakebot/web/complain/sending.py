"""Sending: the answers are checked and read back, then handed in as one message, however often Send is pressed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from aiohttp import web

from intakebot.channels.webform.document import SentForm, written
from intakebot.domain.channels import Channel
from intakebot.domain.labels import Need
from intakebot.domain.message import Attachment, Envelope, RawMessage
from intakebot.store.blobs import digest
from intakebot.store.drafts import Draft
from intakebot.store.queues import InboxRow, Outcome
from intakebot.web.complain.answers import addition_of, form_of, path, unfinished
from intakebot.web.complain.drafting import DANGER, LINK, draft_of, key_of, link, nowhere
from intakebot.web.complain.questions import ABOUT, HONEYPOT, STEPS, Question, adds_to_case, for_another
from intakebot.web.forms import Attempt, Form, Mistake
from intakebot.web.limits import address_of
from intakebot.web.parties import as_party, link_to, party_of, way_back
from intakebot.web.site import FORM, Site, page, site_of

REFERENCE_TRIES = 15
_TRY_SECONDS = 0.1
_JUST_SENT = timedelta(seconds=10)
_ASKED_TWICE = "asked_twice"
_MAYBE_A_PROGRAM = "A field that people do not see was filled in, twice: a program may have written this."


def routes() -> list[web.RouteDef]:
    """Where these pages are."""
    return [
        web.get(f"{LINK}/check", check),
        web.post(f"{LINK}/check", send),
        web.get(f"{LINK}/sent", sent),
    ]


async def check(request: web.Request) -> web.Response:
    """Everything that was answered, to be read before it is sent."""
    draft = await draft_of(request)
    if draft is None:
        return nowhere(request)
    if draft.sent_at:
        raise web.HTTPSeeOther(link(request, "sent"))
    return _read_back(request, draft)


async def send(request: web.Request) -> web.Response:
    """Hand the form in. It is marked as sent only once its message is durable."""
    site, now = site_of(request), site_of(request).now()
    draft = await draft_of(request)
    if draft is None:
        return nowhere(request)
    if draft.sent_at:
        raise web.HTTPSeeOther(link(request, "sent"))
    wrong = [Mistake(f"{step.id}-{mistake.field}", mistake.message) for step, mistake in unfinished(draft.fields)]
    if wrong:
        return _read_back(request, draft, wrong)
    trapped, asked_twice = bool(request[FORM].text(HONEYPOT)), bool(draft.fields.get(_ASKED_TWICE))
    if trapped and not asked_twice:
        await site.store.write(lambda work: work.drafts.change(draft.key, {_ASKED_TWICE: "yes"}, now))
        told = "We could not tell that a person pressed Send. Nothing is lost: press it once more"
        return _read_back(request, draft, [Mistake("send", told)])
    if site.sent.wait(address_of(request, site.settings.form.proxies), now):
        told = (
            "Many complaints came from your connection in the last hour. Yours is kept: press Send again in a while, "
            "or ring us"
        )
        return _read_back(request, draft, [Mistake("send", told)], status=429)
    if not await _hand_in(request, draft, [_MAYBE_A_PROGRAM] if trapped else []):
        told = "The link to your case is not valid any more. What you typed is kept: ring or write to us about it"
        return _read_back(request, draft, [Mistake("send", told)])
    raise web.HTTPSeeOther(link(request, "sent"))


async def _hand_in(request: web.Request, draft: Draft, notes: Sequence[str]) -> bool:
    """Make the message durable, then mark the draft. A second press meets the first's message, or the mark.

    What another tab saved meanwhile is handed in too. False where it would add to a case whose link is not valid any
    more.
    """
    site = site_of(request)
    while await _made_durable(site, draft, notes):
        handed_in = draft
        if await site.store.write(lambda work, was=handed_in: work.drafts.mark_sent(was, site.now())):  # type: ignore[misc]
            return True
        draft = await draft_of(request) or handed_in
    return False


async def _made_durable(site: Site, draft: Draft, notes: Sequence[str]) -> bool:
    now = site.now()
    files = [Attachment(f.filename, f.content_type, await site.store.blobs.get(f.sha256)) for f in draft.files]
    if adds_to_case(draft.fields):
        form = await _addition(site, draft, files)
        if form is None:
            return False
    else:
        form = form_of(draft.fields, files, notes)
    content = await asyncio.to_thread(lambda: written(form))
    raw = RawMessage(Channel.WEB.value, draft.key, content, now, Envelope(source="form"))
    accepted = await site.accept(raw)
    if accepted.repeat:
        # Only where we died between the two: was anything changed since, it is a message of its own.
        first = await site.store.read(lambda work: work.inbox.get(accepted.inbox_id))
        if first is not None and first.sha256 != digest(content):
            await site.accept(replace(raw, external_id=f"{draft.key}-{digest(content)[:16]}"))
    return True


async def _addition(site: Site, draft: Draft, files: Sequence[Attachment]) -> SentForm | None:
    """The form as a message on its case, by the party whose link it was begun with."""
    found = await party_of(site, draft.fields[ABOUT])
    if found is None:
        return None
    case, person = found
    writer = as_party(person)
    for_whom = as_party(case.resident) if person != case.resident else None
    return addition_of(draft.fields, files, writer, for_whom, way_back(site, case, writer.reached_at))


async def sent(request: web.Request) -> web.Response:
    """We have it: with the reference, which is there within a second or so."""
    site, key = site_of(request), key_of(request.match_info["secret"])
    draft = await draft_of(request)
    if draft is None:
        return nowhere(request)
    if draft.sent_at is None:
        raise web.HTTPSeeOther(link(request, "check"))
    adds = adds_to_case(draft.fields)
    just_sent = site.now() - draft.sent_at < _JUST_SENT
    row = await _read_already(site, key, REFERENCE_TRIES if just_sent else 1)
    return page(
        request,
        "complain/sent.html",
        "We have what you sent" if adds else "We have your complaint",
        adds=adds,
        status_link=await _status_link(site, draft, row),
        reference=row.reference if row else "",
        read=row is not None and row.outcome != "",
        email=draft.fields.get("email", ""),
        danger=draft.fields.get(DANGER) == "yes",
        here=request.path,
        private_link=site.settings.base_url + link(request),
    )


async def _status_link(site: Site, draft: Draft, row: InboxRow | None) -> str:
    """Where whoever sent the form sees how their case stands; "" where there is none.

    Only for the case that this form began: a mail address typed into it does not show that somebody else's is theirs.
    """
    if adds_to_case(draft.fields):
        found = await party_of(site, draft.fields[ABOUT])
        return f"/case/{draft.fields[ABOUT]}" if found else ""
    if row is None or row.outcome != Outcome.CASE_OPENED:
        return ""
    case = await site.store.read(lambda work: work.cases.get(row.reference))
    if case is None:
        return ""
    theirs = case.representative
    person = theirs.person if theirs is not None and for_another(draft.fields) else case.resident
    return link_to(site, case, person)


async def _read_already(site: Site, key: str, tries: int) -> InboxRow | None:
    """The message's row, once a worker has said what became of it or after so many looks."""
    for left in range(tries, 0, -1):
        row = await site.store.read(lambda work: work.inbox.of_external_id(Channel.WEB.value, key))
        if row is not None and row.outcome:
            return row
        if left > 1:
            await asyncio.sleep(_TRY_SECONDS)
    return row


def _matters(question: Question, draft: Draft) -> bool:
    """Whether an answer is worth reading back: on a phone every line that says nothing is one more to scroll past."""
    chosen = Need.LARGE_PRINT in draft.fields.get("needs", "").split()
    return question.name != "print_pt" or chosen or bool(draft.fields.get("print_pt"))


def _read_back(request: web.Request, draft: Draft, mistakes: Sequence[Mistake] = (), status: int = 400) -> web.Response:
    sections = []
    for step in STEPS:
        if step.asked(draft.fields):
            lines = [(q, q.said(draft.fields.get(q.name, ""))) for q in step.shown(draft.fields) if _matters(q, draft)]
            sections.append((step, lines, link(request, f"{step.id}?check=1")))
    return page(
        request,
        "complain/check.html",
        "Check your answers",
        status=status if mistakes else 200,
        attempt=Attempt("check", Form(), tuple(mistakes)),
        sections=sections,
        files=draft.files,
        files_link=link(request, "files"),
        back=link(request, path(draft.fields)[-2]),
        target=link(request, "check"),
        honeypot=HONEYPOT,
        danger=draft.fields.get(DANGER) == "yes",
    )
