"""Sign-in: staff prove who they are and get a session. It says the same, as slowly, whoever does not get in."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from aiohttp import web

from intakebot.store.engine import Work
from intakebot.web.forms import Attempt, Form, Mistake
from intakebot.web.guard import LONGEST, same, session_cookie, session_token
from intakebot.web.site import FORM, Site, page, site_of

_FAILURES = 10
_WITHIN = timedelta(minutes=15)
_FORM_COOKIE = "intakebot-form"
_WRONG = "The email address or password is not right"
_WAIT = "Too many wrong passwords for this address. Wait 15 minutes, or ask an administrator to set a new one"


def routes() -> list[web.RouteDef]:
    """Where these pages are."""
    return [
        web.get("/staff/sign-in", show),
        web.post("/staff/sign-in", sign_in),
        web.post("/staff/sign-out", sign_out),
    ]


async def show(request: web.Request) -> web.Response:
    """The sign-in form."""
    return _form(request, Attempt("sign-in", Form((("next", request.query.get("next", "")),))))


def _form(request: web.Request, attempt: Attempt) -> web.Response:
    site = site_of(request)
    mark = request.cookies.get(_FORM_COOKIE) or secrets.token_urlsafe(24)
    facts = {"attempt": attempt, "csrf": mark, "next": attempt.form.text("next"), "signed_out": "out" in request.query}
    status = 400 if attempt.mistakes else 200
    response = page(request, "sign_in.html", "Sign in", status=status, **facts)
    response.set_cookie(_FORM_COOKIE, mark, path="/staff/sign-in", httponly=True, samesite="Lax", secure=site.https)
    return response


async def sign_in(request: web.Request) -> web.Response:
    """Check the password; begin a new session; go on to the page that was asked for."""
    site, form = site_of(request), request[FORM]
    if not same(form.text("csrf"), request.cookies.get(_FORM_COOKIE, "")):
        return _again(request, Mistake("email", "The form was out of date. Sign in once more"))
    # Passwords are taken to the letter; only the address is trimmed.
    email, password = form.text("email"), next(iter(form.all("password")), "")
    missing = []
    if not email:
        missing.append(Mistake("email", "Enter your email address"))
    if not password:
        missing.append(Mistake("password", "Enter your password"))
    if missing:
        return _again(request, *missing)
    token = secrets.token_urlsafe(32)
    refusal = await _refusal(site, email, password, token, session_token(request))
    if refusal:
        return _again(request, Mistake("email", refusal))
    response = web.HTTPSeeOther(local_path(form.text("next")))
    response.set_cookie(session_cookie(site), token, path="/", httponly=True, samesite="Lax", secure=site.https)
    response.del_cookie(_FORM_COOKIE, path="/staff/sign-in")
    raise response


def _again(request: web.Request, *mistakes: Mistake) -> web.Response:
    return _form(request, Attempt("sign-in", request[FORM], mistakes))


async def _refusal(site: Site, email: str, password: str, token: str, old_token: str) -> str:
    """Begin a session with `token`, or say why not."""
    now = site.now()
    failures, account = await site.store.read(
        lambda work: (work.officers.failures_since(email, now - _WITHIN), work.officers.by_email(email))
    )
    if failures >= _FAILURES:
        return _WAIT
    officer, stored = account or (None, "")
    right = await site.passwords.match(stored, password)
    if officer is None or not right or not officer.active:
        await site.store.write(lambda work: work.officers.note_failure(email, now))
        return _WRONG
    await site.store.write(lambda work: _begin(work, officer.id, token, old_token, now))
    return ""


def _begin(work: Work, officer_id: int, token: str, old_token: str, now: datetime) -> None:
    work.officers.forget_sessions(now - LONGEST)
    if old_token:
        work.officers.end_session(old_token)
    work.officers.begin_session(token, officer_id, secrets.token_urlsafe(32), now)


async def sign_out(request: web.Request) -> web.Response:
    """End the session."""
    site, token = site_of(request), session_token(request)
    await site.store.write(lambda work: work.officers.end_session(token))
    response = web.HTTPSeeOther("/staff/sign-in?out=1")
    response.del_cookie(session_cookie(site), path="/", httponly=True, samesite="Lax", secure=site.https)
    raise response


def local_path(wanted: str) -> str:
    """`wanted` if it is one of our staff pages, else the queue: sign-in must not send people to other sites.

    >>> local_path("/staff/cases/HC-4821-7360-Z"), local_path("//elsewhere.example/staff"), local_path("/staff\\\\x")
    ('/staff/cases/HC-4821-7360-Z', '/staff', '/staff')
    """
    parts = urlsplit(wanted) if wanted.startswith("/staff") and wanted.isprintable() else None
    if parts is None or parts.scheme or parts.netloc or "\\" in wanted or parts.path.startswith("/staff/sign-"):
        return "/staff"
    return wanted if parts.path == "/staff" or parts.path.startswith("/staff/") else "/staff"
