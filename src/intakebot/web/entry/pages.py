"""Entry pages: staff choose how something came, type it in, check it, and get the case's reference.

Nothing is taken before the last button is pressed; what was typed and which files were added comes back with every
mistake. A form carries a number of its own, so that sending it twice is one message.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from intakebot.channels.assisted import (
    MOST_FILE_BYTES,
    MOST_FILES,
    EnteredFile,
    Entry,
    read_entry,
    transcript_of,
)
from intakebot.domain.message import Envelope, RawMessage
from intakebot.errors import StoreUnavailable
from intakebot.store.queues import InboxRow, Outcome, State
from intakebot.web.acts.fields import filled
from intakebot.web.conversation import speaker
from intakebot.web.entry.answers import read_entry_form, situation_of, warnings
from intakebot.web.entry.questions import ENTRY_FORMS, EntryForm
from intakebot.web.forms import Attempt, Form, Mistake, Mistakes
from intakebot.web.site import FORM, SESSION, Site, number_in, officer_of, page, site_of
from intakebot.web.uploads import Kept, UploadForm, kept_file
from intakebot.web.words import size

SOURCE: Final = "staff entry"
FILES: Final = "files"
_OURS: Final = ("csrf", "go", "nonce", "kept", "drop", FILES, "read_back")
_NONCE: Final = re.compile(r"[0-9a-f]{32}")
_LOOKS: Final = 15
LOOK_SECONDS = 0.1
"""How often, and how long apart, we look whether a worker has taken it, before the page says that it is being read."""


def routes() -> list[web.RouteDef]:
    """Where these pages are."""
    one = f"/staff/entry/{{channel:{'|'.join(ENTRY_FORMS)}}}"
    return [
        web.get("/staff/entry", choose),
        web.get(one, show),
        web.post(one, take),
        web.get(r"/staff/entry/sent/{inbox_id:\d{1,9}}", sent),
    ]


async def choose(request: web.Request) -> web.Response:
    """What is it?"""
    return page(request, "entry_choose.html", "Type in what reached you", forms=ENTRY_FORMS.values())


async def show(request: web.Request) -> web.Response:
    """The empty form."""
    asked = ENTRY_FORMS[request.match_info["channel"]]
    situation = situation_of(officer_of(request), site_of(request).now())
    form = filled(asked.fields, situation)
    return _draw(request, asked, Form((*form.fields, ("nonce", secrets.token_hex(16)))))


async def take(request: web.Request) -> web.Response:
    """Take the form: show what is wrong with it, or what will be sent, or send it."""
    asked, form = ENTRY_FORMS[request.match_info["channel"]], request[FORM]
    form, mistakes = await _keep_files(request, form)
    if form.text("go") == "back":
        return _draw(request, asked, form)
    try:
        entry = await _read(request, asked, form, mistakes)
        if form.text("go") == "send":
            return await _send(request, asked, form, entry)
    except Mistakes as error:
        return _draw(request, asked, form, error.mistakes)
    return _draw_check(request, asked, form, entry)


async def _read(request: web.Request, asked: EntryForm, form: Form, mistakes: tuple[Mistake, ...]) -> Entry:
    """The entry the form makes. Raises `Mistakes`: those in it, and those there were with its files."""
    site, landlord = site_of(request), site_of(request).landlord
    files = await _files(request, form)
    try:
        entry = read_entry_form(
            asked, form, files, officer_of(request), landlord.time_rules, landlord.hours, site.now()
        )
    except Mistakes as error:
        raise Mistakes((*error.mistakes, *mistakes)) from error
    if mistakes:
        raise Mistakes(mistakes)
    return entry


async def _keep_files(request: web.Request, form: Form) -> tuple[Form, tuple[Mistake, ...]]:
    """The form with its files kept as blobs and named in hidden fields, and what is wrong with them."""
    secret = request[SESSION].csrf
    kept = [file for signed in form.all("kept") if (file := kept_file(signed, secret)) is not None]
    kept = [file for file in kept if file.sha256 not in form.all("drop")]
    mistakes: tuple[Mistake, ...] = ()
    new = form.files if isinstance(form, UploadForm) else ()
    if isinstance(form, UploadForm) and form.too_large:
        mistakes = (
            Mistake(FILES, f"Add files of {size(MOST_FILE_BYTES)} together at most. Larger ones were left out"),
        )
    if len(kept) + len(new) > MOST_FILES:
        mistakes = (Mistake(FILES, f"Add {MOST_FILES} files at most. These {len(new)} were left out"),)
        new = ()
    if sum(file.size for file in kept) + sum(len(file.content) for file in new) > MOST_FILE_BYTES:
        mistakes = (
            Mistake(FILES, f"Add files of {size(MOST_FILE_BYTES)} together at most. The last ones were left out"),
        )
        new = ()
    try:
        names = await site_of(request).store.blobs.keep([file.content for file in new])
    except StoreUnavailable:
        names, mistakes = (), (Mistake(FILES, "The files could not be kept just now. Add them again in a minute"),)
    kept += [
        Kept(name, len(file.content), file.content_type, file.filename)
        for name, file in zip(names, new, strict=False)
        if name not in {known.sha256 for known in kept}
    ]
    typed = [pair for pair in form.fields if pair[0] not in ("kept", "drop", FILES, "nonce")]
    nonce = form.text("nonce") if _NONCE.fullmatch(form.text("nonce")) else secrets.token_hex(16)
    ours = [("nonce", nonce), *(("kept", file.signed(secret)) for file in kept)]
    return Form((*typed, *ours)), mistakes


def _kept(request: web.Request, form: Form) -> list[Kept]:
    found = (kept_file(signed, request[SESSION].csrf) for signed in form.all("kept"))
    return [file for file in found if file is not None]


async def _files(request: web.Request, form: Form) -> list[EnteredFile]:
    blobs = site_of(request).store.blobs
    return [
        EnteredFile.of(file.filename, file.content_type, await blobs.get(file.sha256)) for file in _kept(request, form)
    ]


async def _send(request: web.Request, asked: EntryForm, form: Form, entry: Entry) -> web.Response:
    """Hand the entry to intake. Sent twice, it is one message; what was changed in between is not lost either."""
    site = site_of(request)
    content = entry.to_bytes()
    external_id = f"entry-{form.text('nonce')}"
    raw = RawMessage(entry.channel, external_id, content, entry.received_at, Envelope(source=SOURCE))
    accepted = await site.accept(raw)
    if accepted.repeat and not await _is_the_same(site, accepted.inbox_id, entry):
        told = (
            "This form was sent before, and what you changed since is not in it. "
            "If the change is needed, check it and send it: it goes as a message of its own"
        )
        fresh = [pair for pair in form.fields if pair[0] not in ("nonce", "go")]
        again = Form((*fresh, ("nonce", secrets.token_hex(16))))
        return _draw(request, asked, again, (Mistake("entry", told),))
    raise web.HTTPSeeOther(f"/staff/entry/sent/{accepted.inbox_id}")


async def _is_the_same(site: Site, inbox_id: int, entry: Entry) -> bool:
    row = await site.store.read(lambda work: work.inbox.get(inbox_id))
    if row is None:
        return False
    before = read_entry(await site.store.blobs.get(row.sha256))
    # Who pressed the button again, and when, makes no other message of it.
    return before == entry.model_copy(update={"entered_at": before.entered_at, "entered_by": before.entered_by})


@dataclass(frozen=True, slots=True)
class Came:
    """What became of an entry. `waits`: no worker has taken it yet."""

    row: InboxRow
    entry: Entry

    @property
    def waits(self) -> bool:
        """Whether it is still to be read."""
        return self.row.state is State.WAITING

    @property
    def is_parked(self) -> bool:
        """Whether a person must say where it belongs."""
        return self.row.outcome == Outcome.PARKED

    @property
    def began_a_case(self) -> bool:
        """Whether it is a new case, and not added to another."""
        return self.row.outcome == Outcome.CASE_OPENED


async def sent(request: web.Request) -> web.Response:
    """What became of it: the case's reference, or that it is being read now."""
    site, inbox_id = site_of(request), number_in(request, "inbox_id")
    row = None
    for look in range(_LOOKS):
        row = await site.store.read(lambda work: work.inbox.get(inbox_id))
        if row is None or row.state is not State.WAITING:
            break
        if look < _LOOKS - 1:
            await asyncio.sleep(LOOK_SECONDS)
    if row is None or row.channel not in ENTRY_FORMS or row.envelope.source != SOURCE:
        raise web.HTTPNotFound
    came = Came(row, read_entry(await site.store.blobs.get(row.sha256)))
    return page(
        request,
        "entry_sent.html",
        "It is being read" if came.waits else "Typed in",
        came=came,
        entry=came.entry,
        asked=ENTRY_FORMS[row.channel],
    )


def _draw(request: web.Request, asked: EntryForm, form: Form, mistakes: tuple[Mistake, ...] = ()) -> web.Response:
    situation = situation_of(officer_of(request), site_of(request).now())
    wrong = {mistake.field for mistake in mistakes}
    begun = filled(asked.fields, situation).fields
    changed = {pair[0] for pair in form.fields if pair[1] and pair not in begun}
    return page(
        request,
        "entry_form.html",
        asked.title,
        status=400 if mistakes else 200,
        asked=asked,
        situation=situation,
        attempt=Attempt("entry", form, mistakes),
        nonce=form.text("nonce"),
        kept=_kept(request, form),
        signed=form.all("kept"),
        most_files=MOST_FILES,
        most_bytes=size(MOST_FILE_BYTES),
        unfolded={
            name
            for name, fields in (("rare", asked.rare), ("for_another", asked.for_another), ("needs", asked.needs))
            if any(field.focus in wrong or _begins(changed | wrong, field.name) for field in fields)
        },
    )


def _begins(names: set[str], field: str) -> bool:
    return any(name == field or name.startswith(f"{field}-") for name in names)


def _draw_check(request: web.Request, asked: EntryForm, form: Form, entry: Entry) -> web.Response:
    site = site_of(request)
    transcript = transcript_of(entry)
    return page(
        request,
        "entry_check.html",
        "Check what you typed in",
        asked=asked,
        entry=entry,
        transcript=transcript,
        speaker=speaker,
        warned=warnings(entry, site.landlord.time_rules, site.now()),
        attempt=Attempt("entry", form),
        carried=[pair for pair in form.fields if pair[0] not in _OURS],
        nonce=form.text("nonce"),
        kept=_kept(request, form),
        signed=form.all("kept"),
    )
