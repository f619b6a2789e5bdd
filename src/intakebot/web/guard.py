"""The guard: what every request passes on its way in and out. Errors in plain words, sign-in, forms that are ours.

Outermost first: `plain_errors` turns whatever goes wrong into a page that keeps what was typed; `door` lets
only signed-in staff behind `/staff`; and a form is taken only with the session's own mark, from our own pages.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from urllib.parse import quote, urlsplit

from aiohttp import web

from intakebot.channels.assisted import MOST_FILE_BYTES
from intakebot.domain.people import StaffRole
from intakebot.errors import IntakebotError, StoreUnavailable
from intakebot.store.officers import Session
from intakebot.web.forms import Form, read_form, reads_its_own_form
from intakebot.web.problems import is_api, without_message
from intakebot.web.site import FORM, SESSION, Site, page, site_of
from intakebot.web.uploads import read_upload

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

IDLE = timedelta(hours=8)
LONGEST = timedelta(days=7)
_TOUCH_AFTER = timedelta(minutes=5)
_SIGN_IN = "/staff/sign-in"
_FIGURES = "/staff/reports"
_WITH_FILES = "/staff/entry/"
_OWN_ACCOUNT = ("/staff/sign-out", "/staff/password")
_FROM_MACHINES = ("/telegram/",)
"""Where machines bring messages: no forms of ours, and each checks by itself who brings them."""
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# Not no-referrer: with that, browsers send `Origin: null` with our own forms and the check below could not tell.
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_PLAIN = {
    403: ("You cannot do that", "Your account may not do this. Your manager can, or can tell you who does."),
    404: ("Page not found", "Check the address, or go back and follow the link again."),
    405: ("That cannot be done here", "Go back to the page you came from and use its buttons."),
    413: ("That is too much at once", "A form may hold 2 MB. Shorten the text and send it again."),
}


class FormRefused(IntakebotError):
    """A form without this session's mark, or from somebody else's page. Nothing was done."""


class SignedOut(IntakebotError):
    """A form from a session that has ended. Nothing was done."""


async def secure(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on a response, unless the page set its own."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.pop("Server", None)


@web.middleware
async def plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error with a page that says what to do, and shows back what was typed."""
    if is_api(request):
        return await handler(request)
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        title, advice = _PLAIN.get(error.status, ("That did not work", "Go back and try again."))
        return _error_page(request, error.status, title, advice)
    except FormRefused:
        title = "This form could not be taken"
        advice = "It was open for a long time, or came from another page. Nothing was changed. Open the page again."
        return _error_page(request, 403, title, advice)
    except SignedOut:
        title = "You have been signed out"
        return _error_page(request, 403, title, "Nothing was changed. Sign in again, then send it again.")
    except StoreUnavailable as error:
        log.warning("a page could not be shown: %s", error)
        title = "The case store cannot be reached just now"
        advice = "Try again in a minute. Messages that arrive meanwhile are kept or sent again by the sender’s server."
        return _error_page(request, 503, title, advice, again=True)
    except IntakebotError as error:
        return _error_page(request, 400, "That could not be done", str(error))
    except Exception as error:
        mark = secrets.token_hex(4)
        log.error("page fault %s: %s", mark, type(error).__name__, exc_info=without_message(error))
        advice = f"Something went wrong on our side. Whoever looks after the service finds it in the log as {mark}."
        return _error_page(request, 500, "Sorry, that did not work", advice)


def _error_page(request: web.Request, status: int, title: str, advice: str, *, again: bool = False) -> web.Response:
    form = request.get(FORM) or Form()
    target = request.path_qs if again and request.method == "POST" else ""
    return page(request, "error.html", title, status=status, advice=advice, form=form, target=target)


@web.middleware
async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Read forms, know who is signed in, and keep everybody else out of `/staff`."""
    if is_api(request) or request.path.startswith(_FROM_MACHINES):
        return await handler(request)
    site, token = site_of(request), session_token(request)
    behind = _behind_the_door(request.path)
    session = await _session(site, token) if behind and token else None
    if request.method == "POST":
        if not reads_its_own_form(request):
            request[FORM] = await _form_of(request, MOST_FILE_BYTES if session else 0)
        if not _from_our_pages(request):
            raise FormRefused("a form from another page")
    if not behind:
        return await handler(request)
    if session is None:
        if request.method == "POST":
            raise SignedOut("the session has ended")
        raise web.HTTPSeeOther(f"{_SIGN_IN}?next={quote(request.path_qs, safe='')}")
    request[SESSION] = session
    if session.officer.role is StaffRole.MRC and not _figures_only(request.path):
        if request.path == "/staff":
            raise web.HTTPSeeOther(_FIGURES)
        raise web.HTTPForbidden
    if request.method == "POST" and not same(request[FORM].text("csrf"), session.csrf):
        raise FormRefused("a form without its mark")
    return await handler(request)


async def _form_of(request: web.Request, most: int) -> Form:
    """The form; files only from somebody signed in, and no more than so many bytes of them."""
    if request.path.startswith(_WITH_FILES) and request.content_type == "multipart/form-data":
        return await read_upload(request, most)
    return await read_form(request)


def _figures_only(path: str) -> bool:
    """What the Member Responsible for Complaints may open: figures and their own account, and no case (Code 9.5)."""
    return path in (_FIGURES, *_OWN_ACCOUNT) or path.startswith(f"{_FIGURES}/")


def _behind_the_door(path: str) -> bool:
    return (path == "/staff" or path.startswith("/staff/")) and path != _SIGN_IN


async def _session(site: Site, token: str) -> Session | None:
    now = site.now()
    session = await site.store.read(lambda work: work.officers.session(token, now, IDLE, LONGEST))
    if session is not None and now - session.seen_at > _TOUCH_AFTER:
        with suppress(StoreUnavailable):  # reading goes on while nothing can be written
            await site.store.write(lambda work: work.officers.touch_session(token, now))
    return session


def _from_our_pages(request: web.Request) -> bool:
    """Whether the browser says that one of our own pages sent this form; browsers that say nothing are believed."""
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    host = urlsplit(origin).netloc
    return host != "" and host in (request.host, urlsplit(site_of(request).settings.base_url).netloc)


def same(given: str, wanted: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell how much of them is."""
    return wanted != "" and hmac.compare_digest(given.encode(), wanted.encode())


def session_cookie(site: Site) -> str:
    """The session cookie's name. With `__Host-`, browsers hold it to this host, this path and HTTPS."""
    return "__Host-intakebot" if site.https else "intakebot"


def session_token(request: web.Request) -> str:
    """The token the browser brought, "" for none."""
    return request.cookies.get(session_cookie(site_of(request)), "")
