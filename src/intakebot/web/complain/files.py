"""Files of the form: several at a time, kept at once each by itself, and taken out again one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from intakebot.store.drafts import Draft, DraftFile
from intakebot.web import words
from intakebot.web.complain.answers import path
from intakebot.web.complain.drafting import AT, DANGER, LINK, already_sent, draft_of, key_of, link, nowhere
from intakebot.web.complain.uploads import KINDS_IN_WORDS, Upload, read_upload
from intakebot.web.forms import Attempt, Form, Mistake, brings_files
from intakebot.web.site import Site, page, site_of

MOST_FILES: Final = 20
MOST_BYTES: Final = 25 * 1000 * 1000
"""Of all files of a form together: they travel inside one message."""
_MOST_NAMED = 5


def routes() -> list[web.RouteDef]:
    """Where this page is."""
    return [web.get(f"{LINK}/files", show), web.post(f"{LINK}/files", change)]


async def show(request: web.Request) -> web.Response:
    """The files there are, and a place to add more."""
    draft = await draft_of(request)
    if draft is None:
        return nowhere(request)
    if draft.sent_at:
        raise web.HTTPSeeOther(link(request, "sent"))
    return _listed(request, draft)


@brings_files
async def change(request: web.Request) -> web.Response:
    """Add the files that come, take out the one that is to go, and go on where that was the button pressed."""
    site, now, key = site_of(request), site_of(request).now(), key_of(request.match_info["secret"])
    before = await draft_of(request)
    if before is None:
        return nowhere(request)
    if before.sent_at:
        return already_sent(request)
    upload = await read_upload(request, lambda name, kind, content: _keep(site, key, name, kind, content))
    going = upload.form.text("go")
    if going.startswith("remove-") and going[7:].isdecimal() and len(going) < 20:
        await site.store.write(lambda work: work.drafts.remove_file(key, int(going[7:]), now))
    mistakes = _mistakes(upload)
    onwards = {"on": "check", "later": "later"}.get(going, "files")
    at = "files" if mistakes or onwards == "files" else "check"
    draft = await site.store.write(lambda work: work.drafts.change(key, {AT: at}, now))
    if draft is None:
        return nowhere(request)
    if mistakes:
        return _listed(request, draft, mistakes)
    raise web.HTTPSeeOther(link(request, onwards))


async def _keep(site: Site, key: str, name: str, kind: str, content: bytes) -> str:
    now = site.now()
    (sha256,) = await site.store.blobs.keep([content])
    file = DraftFile(name, kind, len(content), sha256)
    kept = await site.store.write(lambda work: work.drafts.add_file(key, file, MOST_FILES, MOST_BYTES, now))
    return "" if kept else f"{name} was not added: there is room for {MOST_FILES} files and 25 MB together"


def _mistakes(upload: Upload) -> list[Mistake]:
    told = upload.problems[:_MOST_NAMED]
    if len(upload.problems) > _MOST_NAMED:
        told.append(f"{words.counted(len(upload.problems) - _MOST_NAMED, 'more file')} could not be added either")
    if upload.too_much:
        told.append("That was more than we can take at once. Add fewer or smaller files")
    if upload.cut_off:
        told.append("The files did not arrive whole. Those in the list did; choose the others again")
    return [Mistake("files", one) for one in told]


def _listed(request: web.Request, draft: Draft, mistakes: Sequence[Mistake] = ()) -> web.Response:
    return page(
        request,
        "complain/files.html",
        "Photos and documents",
        status=400 if mistakes else 200,
        attempt=Attempt("files", Form(), tuple(mistakes)),
        files=draft.files,
        room=MOST_FILES - len(draft.files),
        most=MOST_FILES,
        kinds=KINDS_IN_WORDS,
        back=link(request, path(draft.fields)[-3]),
        target=request.path,
        danger=draft.fields.get(DANGER) == "yes",
    )
