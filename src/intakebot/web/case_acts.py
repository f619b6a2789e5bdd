"""Case acts: each form of the case page becomes one act of casework, or comes back with its mistakes named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from aiohttp import web

from intakebot.casework import Casework
from intakebot.domain.case import TagType
from intakebot.domain.labels import Category, Flag, Kind, Need
from intakebot.errors import BadInput, Refused
from intakebot.web.case_page import REFERENCE, case_page
from intakebot.web.forms import Attempt, Form, Mistake, Mistakes
from intakebot.web.site import FORM, officer_of, site_of

Label = TypeVar("Label", bound=StrEnum)
Do = Callable[[Casework], None]


@dataclass(frozen=True, slots=True)
class Act:
    """How a form is read into an act, and the field that a refusal is shown at."""

    read: Callable[[Form, str], Do]
    field: str


def routes() -> list[web.RouteDef]:
    """Where the forms go."""
    return [
        web.post(f"/staff/cases/{REFERENCE}/preview", preview),
        web.post(f"/staff/cases/{REFERENCE}/{{act:{'|'.join(ACTS)}}}", act),
    ]


async def act(request: web.Request) -> web.Response:
    """Do what a form asks, then show the case again; or show what is wrong, with what was typed."""
    site, officer, form = site_of(request), officer_of(request), request[FORM]
    name, reference = request.match_info["act"], request.match_info["reference"].upper()
    wanted, now = ACTS[name], site.now()
    try:
        do = wanted.read(form, reference)
        await site.store.write(lambda work: do(Casework(work, site.landlord, officer, now)))
    except Mistakes as error:
        return await case_page(request, Attempt(name, form, error.mistakes))
    except (BadInput, Refused) as error:
        return await case_page(request, Attempt(name, form, (Mistake(wanted.field, str(error)),)))
    raise web.HTTPSeeOther(f"/staff/cases/{reference}?done={name}")


async def preview(request: web.Request) -> web.Response:
    """Show the acknowledgement as it would be read, before it goes. Nothing is changed."""
    form = request[FORM]
    return await case_page(request, Attempt("approve", form), preview=form.text("letter_text"))


def _approve(form: Form, reference: str) -> Do:
    subject, text = form.text("letter_subject"), form.text("letter_text")
    _require(("letter_subject", subject, "Enter a subject"), ("letter_text", text, "Write the letter"))
    return lambda casework: casework.approve(reference, subject, text + "\n")


def _otherwise(form: Form, reference: str) -> Do:
    how = form.text("otherwise_how")
    _require(("otherwise_how", how, "Say how, and what you told them"))
    return lambda casework: casework.acknowledged_otherwise(reference, how)


def _correct(form: Form, reference: str) -> Do:
    reason, kind = form.text("correct_reason"), form.text("correct_kind")
    _require(("correct_kind", kind, "Choose a kind"), ("correct_reason", reason, "Say why, for the record"))
    main = _labels(form, "correct_main", Category)
    categories = [*main, *(c for c in _labels(form, "correct_categories", Category) if c not in main)]
    flags, needs = _labels(form, "correct_flags", Flag), _labels(form, "correct_needs", Need)
    (kind_chosen,) = _labels(form, "correct_kind", Kind)[:1]
    return lambda casework: casework.correct(reference, kind_chosen, categories, flags, needs, reason)


def _wrong(form: Form, reference: str) -> Do:
    sort, _, label = form.text("tag").partition(":")
    if sort not in tuple(TagType):
        raise BadInput("Open the page again and choose once more")
    return lambda casework: casework.mark_wrong(reference, TagType(sort), label)


def _reassign(form: Form, reference: str) -> Do:
    to, reason = form.text("move_to"), form.text("move_reason")
    _require(("move_to", to, "Choose who the case goes to"), ("move_reason", reason, "Say why the case is moved"))
    sort, _, chosen = to.partition(":")
    if sort == "officer":
        officer_id = _number(chosen)
        return lambda casework: casework.reassign(reference, officer_id, form.text("team"), reason)
    return lambda casework: casework.reassign(reference, None, chosen, reason)


def _reply(form: Form, reference: str) -> Do:
    subject, text = form.text("reply_subject"), form.text("reply_text")
    _require(("reply_text", text, "Write something to send"))
    return lambda casework: casework.reply(reference, subject, text)


def _note(form: Form, reference: str) -> Do:
    text = form.text("note_text")
    _require(("note_text", text, "Write a note first"))
    return lambda casework: casework.note(reference, text)


def _read(form: Form, reference: str) -> Do:
    seen = _number(form.text("seen"))
    return lambda casework: casework.mark_read(reference, seen)


def _close(form: Form, reference: str) -> Do:
    reason = form.text("close_reason")
    _require(("close_reason", reason, "Say how it ended"))
    return lambda casework: casework.close(reference, reason)


ACTS = {
    "approve": Act(_approve, "letter_text"),
    "otherwise": Act(_otherwise, "otherwise_how"),
    "correct": Act(_correct, "correct_kind"),
    "wrong": Act(_wrong, "tags"),
    "reassign": Act(_reassign, "move_to"),
    "reply": Act(_reply, "reply_text"),
    "note": Act(_note, "note_text"),
    "read": Act(_read, "read"),
    "close": Act(_close, "close_reason"),
}


def _require(*fields: tuple[str, str, str]) -> None:
    """Every field that is empty becomes a mistake. Raises `Mistakes`."""
    missing = [Mistake(field, message) for field, value, message in fields if not value]
    if missing:
        raise Mistakes(missing)


def _labels(form: Form, field: str, labels: type[Label]) -> list[Label]:
    known = {label.value: label for label in labels}
    chosen = [value for value in form.all(field) if value]
    if any(value not in known for value in chosen):
        raise Mistakes([Mistake(field, "Choose from the list")])
    return [known[value] for value in chosen]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput("Open the page again and choose once more")
    return int(text)
