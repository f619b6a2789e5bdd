"""Saving for later: the private link, shown to keep and sent by mail where somebody asks for it."""

from __future__ import annotations

import secrets
from datetime import timedelta

from aiohttp import web

from intakebot.config.values import is_mail_address
from intakebot.domain.message import Address, OutboundMessage, Purpose
from intakebot.landlord import AUTO_REPLIED
from intakebot.store.drafts import Draft
from intakebot.store.engine import Work
from intakebot.web.complain.answers import path
from intakebot.web.complain.drafting import AT, LINK, draft_of, link, nowhere
from intakebot.web.forms import Attempt, Form, Mistake
from intakebot.web.site import FORM, Site, page, site_of

_WITHIN = timedelta(days=1)


def routes() -> list[web.RouteDef]:
    """Where this page is."""
    return [web.get(f"{LINK}/later", show), web.post(f"{LINK}/later", send_link)]


async def show(request: web.Request) -> web.Response:
    """The private link."""
    draft = await draft_of(request)
    return _page(request, draft) if draft else nowhere(request)


async def send_link(request: web.Request) -> web.Response:
    """Send the private link to a mail address. The letter says nothing that anybody typed."""
    site, email = site_of(request), request[FORM].text("link_email")
    draft = await draft_of(request)
    if draft is None:
        return nowhere(request)
    if not is_mail_address(email) or len(email) > 254:
        return _page(request, draft, Mistake("link_email", "Enter the email address like this: name@example.org"))
    message = _letter(site, site.settings.base_url + link(request), email)
    if not await site.store.write(lambda work: _put(work, site, message)):
        told = "We have sent many emails to this address today. Copy the link instead, or ask again tomorrow"
        return _page(request, draft, Mistake("link_email", told))
    raise web.HTTPSeeOther(link(request, "later?done=sent"))


def _letter(site: Site, private_link: str, email: str) -> OutboundMessage:
    letter = site.landlord.letters.write("saved_form", link=private_link)
    return OutboundMessage(
        channel="email",
        purpose=Purpose.SAVED_FORM,
        message_id=f"{secrets.token_hex(12)}@{site.landlord.domain}",
        to=(Address(email),),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        written_at=site.now(),
        auto_submitted=AUTO_REPLIED,
    )


def _put(work: Work, site: Site, message: OutboundMessage) -> bool:
    """Decide to send it, unless that address has had its share of automatic mail: nobody is to be pestered by us."""
    now, landlord = site.now(), site.landlord
    key = message.to[0].key
    if key in landlord.own_addresses or work.outbox.links_since(key, now - _WITHIN) >= landlord.answers_per_day:
        return False
    work.outbox.put(message, None, now)
    return True


def _page(request: web.Request, draft: Draft, *mistakes: Mistake) -> web.Response:
    at = draft.fields.get(AT, "")
    form = request.get(FORM) or Form((("link_email", draft.fields.get("email", "")),))
    return page(
        request,
        "complain/later.html",
        "Save and come back later",
        status=400 if mistakes else 200,
        attempt=Attempt("later", form, mistakes),
        private_link=site_of(request).settings.base_url + link(request),
        target=link(request, "later"),
        back=link(request, at if at in path(draft.fields) else path(draft.fields)[0]),
        notice="The link is on its way to you by email." if request.query.get("done") == "sent" else "",
    )
