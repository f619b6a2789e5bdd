"""Parked and set aside: messages on no case. A person reads each and says what is to happen to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from intakebot.casework import Casework
from intakebot.domain.case import Case
from intakebot.domain.references import find_references
from intakebot.errors import BadInput, Refused
from intakebot.store.engine import Work
from intakebot.store.queues import Outcome, State
from intakebot.store.views import SetAside, StoredMessage
from intakebot.web.conversation import shown
from intakebot.web.forms import Attempt, Form, Mistake, Mistakes
from intakebot.web.site import FORM, number_in, officer_of, page, site_of
from intakebot.web.words import file_kind

MOST_SHOWN = 100
_MOST_CANDIDATES = 10
_ASIDE = (Outcome.AUTOMATIC, Outcome.NOT_FOR_US)
_DETAIL = r"/staff/{list:parked|set-aside}/{inbox_id:\d{1,9}}"
_NOTICES = {
    "put": "The message goes on that case. It is there in a few seconds.",
    "open": "A case is being opened from the message. It is in the queue in a few seconds.",
    "retry": "The message is being tried again.",
    "dismiss": "Nothing more is done about the message. It is kept under Set aside.",
}


@dataclass(frozen=True, slots=True)
class Looked:
    """A message on no case: its row, what could be read of it, and the cases it may belong to."""

    row: SetAside
    message: StoredMessage | None
    candidates: tuple[Case, ...]
    reference: str


def routes() -> list[web.RouteDef]:
    """Where these pages are."""
    return [
        web.get("/staff/parked", show_parked),
        web.get("/staff/set-aside", show_set_aside),
        web.get(_DETAIL, show),
        web.post(_DETAIL + "/{act:put|open|retry|dismiss}", act),
    ]


async def show_parked(request: web.Request) -> web.Response:
    """Messages that wait for a person."""
    return await _list(request, "Parked messages", "parked", (Outcome.PARKED,))


async def show_set_aside(request: web.Request) -> web.Response:
    """Automatic messages and those that are not for us: kept, in case software was wrong."""
    return await _list(request, "Set aside", "set-aside", _ASIDE)


async def _list(request: web.Request, title: str, kind: str, outcomes: tuple[Outcome, ...]) -> web.Response:
    rows = await site_of(request).store.read(lambda work: work.views.set_aside(outcomes, MOST_SHOWN))
    notice = _NOTICES.get(request.query.get("done", ""), "")
    return page(request, "parked_list.html", title, kind=kind, rows=rows, most=MOST_SHOWN, notice=notice)


async def show(request: web.Request) -> web.Response:
    """One message, with what can be done about it."""
    return await _detail(request, Attempt("", Form()))


async def _detail(request: web.Request, attempt: Attempt) -> web.Response:
    site, inbox_id = site_of(request), number_in(request, "inbox_id")
    found = await site.store.read(lambda work: _look(work, inbox_id))
    if found is None:
        raise web.HTTPNotFound
    parked = found.row.outcome == Outcome.PARKED
    return page(
        request,
        "parked.html",
        "Parked message" if parked else "Message set aside",
        status=400 if attempt.mistakes else 200,
        row=found.row,
        shown=shown(found.message) if found.message else None,
        candidates=found.candidates,
        reference=found.reference,
        parked=parked,
        attempt=attempt,
        file_kind=file_kind,
    )


def _look(work: Work, inbox_id: int) -> Looked | None:
    rows = work.views.set_aside((Outcome.PARKED, *_ASIDE), 1, inbox_id)
    if not rows or (rows[0].outcome == Outcome.PARKED and rows[0].state != State.PARKED):
        return None
    references = work.views.suggested_cases(inbox_id)[:_MOST_CANDIDATES]
    candidates = [work.cases.get(reference) for reference in references]
    return Looked(
        row=rows[0],
        message=work.views.message_of_inbox(inbox_id),
        candidates=tuple(case for case in candidates if case is not None),
        reference=work.desk.case_of(inbox_id),
    )


async def act(request: web.Request) -> web.Response:
    """Do what the person decided; the message goes back to intake with that decision."""
    site, form, officer, now = site_of(request), request[FORM], officer_of(request), site_of(request).now()
    name, kind, inbox_id = request.match_info["act"], request.match_info["list"], number_in(request, "inbox_id")
    try:
        do = _read(name, form, inbox_id, site.landlord.prefix)
        await site.store.write(lambda work: do(Casework(work, site.landlord, officer, now)))
    except Mistakes as error:
        return await _detail(request, Attempt(name, form, error.mistakes))
    except (BadInput, Refused) as error:
        field = {"put": "case", "dismiss": "dismiss_reason"}.get(name, name)
        return await _detail(request, Attempt(name, form, (Mistake(field, str(error)),)))
    raise web.HTTPSeeOther(f"/staff/{kind}?done={name}")


def _read(name: str, form: Form, inbox_id: int, prefix: str) -> Callable[[Casework], None]:
    """The act a form asks for. Raises `Mistakes`."""
    if name == "put":
        reference = _reference(form, prefix)
        return lambda casework: casework.put_on_case(inbox_id, reference)
    if name == "dismiss":
        reason = form.text("dismiss_reason")
        if not reason:
            raise Mistakes([Mistake("dismiss_reason", "Say why nothing is done, for the record")])
        return lambda casework: casework.dismiss(inbox_id, reason)
    if name == "retry":
        return lambda casework: casework.retry_received(inbox_id)
    return lambda casework: casework.open_case_from(inbox_id)


def _reference(form: Form, prefix: str) -> str:
    chosen, typed = form.text("case"), form.text("reference")
    if chosen and chosen != "other":
        return chosen
    found = find_references(typed, prefix)
    if found:
        return found[0]
    if typed:
        raise Mistakes([Mistake("reference", f"That is no reference of ours. One looks like {prefix}-4821-7360-Z")])
    field = "reference" if chosen == "other" or not form.has("case_offered") else "case"
    raise Mistakes([Mistake(field, "Say which case the message belongs to")])
