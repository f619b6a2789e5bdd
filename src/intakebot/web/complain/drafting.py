"""Drafting: from a private link to the draft behind it. The secret in the link is also what shows a form to be ours.

Nobody is signed in here and there is no cookie: whoever can send a form to a draft's address knows its secret, so a
mark against forged forms would add nothing. The secret itself is not kept, but for a letter
with the link that waits to leave; and no log names an address.
"""

from __future__ import annotations

import hashlib
import secrets

from aiohttp import web

from intakebot.store.drafts import Draft
from intakebot.web.forms import Form
from intakebot.web.site import FORM, page, site_of

LINK = "/complain/{secret:[^/]{1,200}}"
DANGER = "danger"
"""The answer of ours that says whether danger was told of: "yes" or ""."""
AT = "at"
"""The answer of ours that says which page comes next."""


def new_secret() -> str:
    """A secret nobody can guess: 256 bits."""
    return secrets.token_urlsafe(32)


def key_of(secret: str) -> str:
    """What a draft is kept under."""
    return hashlib.sha256(secret.encode()).hexdigest()


def link(request: web.Request, step: str = "") -> str:
    """The address of a page of the draft that is asked for."""
    return f"/complain/{request.match_info['secret']}" + (f"/{step}" if step else "")


async def draft_of(request: web.Request) -> Draft | None:
    """The draft a private link leads to; None where it leads nowhere."""
    key = key_of(request.match_info["secret"])
    return await site_of(request).store.read(lambda work: work.drafts.get(key))


def nowhere(request: web.Request) -> web.Response:
    """A private link that was cut short, made up, or whose draft is long forgotten. Shows back what was typed."""
    advice = (
        "It may have been cut short when it was copied, or it is for a form that was not sent within 90 days. "
        "Open the link again as it was given to you, or begin again from the front page."
    )
    return _told(request, 404, "This private link does not work", advice)


def already_sent(request: web.Request) -> web.Response:
    """A page of a form that was sent. What was typed into it is shown back, because it was not added."""
    advice = (
        "It cannot be changed now. What you typed on this page was not added to it. You can send it as more "
        "information: copy it from here, then use your private link again."
    )
    return _told(request, 409, "Your complaint has been sent already", advice)


def _told(request: web.Request, status: int, title: str, advice: str) -> web.Response:
    form = request.get(FORM) or Form()
    return page(request, "error.html", title, status=status, advice=advice, form=form, target="")
