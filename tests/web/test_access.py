"""Who gets in: every staff page and form asks for a session, and every form for the session's own mark."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from itertools import product

from aiohttp import ClientSession, CookieJar
from tests.web.staff_site import Site, mark_of, read, send, sign_in

from intakebot.domain.message import Attachment
from intakebot.web.acts.catalogue import ACT_FORMS
from intakebot.web.app import build
from intakebot.web.case_acts import ACTS
from intakebot.web.site import SITE

OUTSIDE = {"/", "/healthz", "/readyz", "/metrics", "/staff/sign-in"}
PUBLIC = re.compile(r"/complain(/.*)?|/case/.*|/accessibility")
"""Open to everybody, or to whoever has a private or signed link: tests/web/complain says who gets in there."""
EXAMPLES = {
    "reference": ("HC-4821-7360-Z",),
    "act": (*ACTS, "put", "open", "retry", "dismiss"),
    "channel": ("relay", "letter"),
    "name": (*ACT_FORMS, "annual"),
    "letter": ("receipt", "closure"),
    "form": ("html",),
    "list": ("parked", "set-aside"),
    "inbox_id": ("1",),
    "letter_id": ("1",),
    "attachment_id": ("1",),
    "id": ("1",),
}


def addresses(site: Site, method: str, *, api: bool = False) -> list[str]:
    """Every address of the site, or of its API, that takes this method, with examples put in for what varies."""
    application = build(site.settings, site.store, site.landlord, site.clock, site.health)
    application[SITE].passwords.close()
    found = set()
    for route in application.router.routes():
        assert route.resource is not None
        plain, info = route.resource.canonical, route.resource.get_info()
        skipped = plain.startswith("/static/") or PUBLIC.fullmatch(plain) or plain.startswith("/api/") != api
        if route.method != method or skipped:
            continue
        names = re.findall(r"\{(\w+)\}", plain)
        for values in product(*(EXAMPLES[name] for name in names)):
            address = plain.format(**dict(zip(names, values, strict=True)))
            if "pattern" not in info or info["pattern"].fullmatch(address):
                found.add(address)
    return sorted(found)


async def test_every_staff_page_sends_strangers_to_sign_in(site: Site, client: ClientSession) -> None:
    seen = 0
    for path in addresses(site, "GET"):
        if path in OUTSIDE:
            continue
        assert path.startswith("/staff"), path
        async with client.get(path, allow_redirects=False) as response:
            assert response.status == 303, path
            assert response.headers["Location"].startswith("/staff/sign-in?next="), path
        seen += 1
    assert seen > 10, seen


async def test_every_form_is_refused_without_a_session(site: Site, client: ClientSession) -> None:
    seen = 0
    for path in addresses(site, "POST"):
        async with client.post(path, data={"csrf": "x", "note_text": "kept for me"}, allow_redirects=False) as response:
            assert response.status in (400, 403), path
            if path != "/staff/sign-in":
                assert "kept for me" in await response.text(), path
        seen += 1
    assert seen > 15


async def test_every_form_is_refused_without_the_sessions_mark(site: Site, officer: ClientSession) -> None:
    await site.receive()
    seen = 0
    for path in addresses(site, "POST"):
        if path == "/staff/sign-in":
            continue
        for fields in ({}, {"csrf": ""}, {"csrf": "not-the-mark"}):
            async with officer.post(path, data=fields or {"a": "b"}, allow_redirects=False) as response:
                assert response.status == 403, (path, fields)
        seen += 1
    assert seen > 15
    await read(officer, "/staff")  # still signed in: not even the sign-out form was taken


async def test_the_api_asks_everybody_for_a_token_also_signed_in_staff(site: Site, officer: ClientSession) -> None:
    seen = 0
    for method in ("GET", "POST"):
        for path in addresses(site, method, api=True):
            if path == "/api/v1/openapi.json":
                continue
            async with officer.request(method, path, json={} if method == "POST" else None) as response:
                assert (response.status, response.content_type) == (401, "application/problem+json"), path
            seen += 1
    assert seen >= 3


async def test_stale_form_shows_what_was_typed_and_changes_nothing(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    fields = {"csrf": "old", "note_text": "She rang: <b>come on Tuesday</b>"}
    async with officer.post(f"/staff/cases/{reference}/note", data=fields) as response:
        page = await response.text()
        assert response.status == 403
    assert "She rang: &lt;b&gt;come on Tuesday&lt;/b&gt;" in page
    assert "come on Tuesday" not in await read(officer, f"/staff/cases/{reference}")


async def test_form_from_another_site_is_refused_even_with_the_mark(site: Site, officer: ClientSession) -> None:
    reference, mark = (await site.receive()).reference, await mark_of(officer)
    path, fields = f"/staff/cases/{reference}/note", {"csrf": mark, "note_text": "x"}
    for headers, status in (
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": site.url}, 303),
    ):
        async with officer.post(path, data=fields, headers=headers, allow_redirects=False) as response:
            assert response.status == status, headers


async def test_session_ends_when_idle_when_old_and_when_the_account_is_switched_off(
    site: Site, officer: ClientSession
) -> None:
    site.clock.forward(timedelta(hours=7))
    await read(officer, "/staff")  # in use, so the eight hours begin again
    site.clock.forward(timedelta(hours=7))
    await read(officer, "/staff")
    site.clock.forward(timedelta(hours=8, minutes=1))
    await read(officer, "/staff", 303)
    await sign_in(officer, "officer@example.org")
    for _ in range(24):
        site.clock.forward(timedelta(hours=7))
        await read(officer, "/staff")
    site.clock.forward(timedelta(minutes=1))
    await read(officer, "/staff", 303)  # seven days, however busy
    await sign_in(officer, "officer@example.org")
    site.store.write_now(lambda work: work.officers.set_active(site.officers["officer@example.org"], False))
    await read(officer, "/staff", 303)


async def test_signing_out_ends_the_session_for_whoever_holds_its_cookie(site: Site, officer: ClientSession) -> None:
    cookie = next(c for c in officer.cookie_jar if c.key == "intakebot").value
    assert (await send(officer, "/staff/sign-out"))[0] == 303
    async with ClientSession(site.url, cookies={"intakebot": cookie}, cookie_jar=CookieJar(unsafe=True)) as thief:
        await read(thief, "/staff", 303)


async def test_headers_keep_pages_to_themselves(site: Site, officer: ClientSession) -> None:
    attached = Attachment("page.html", "text/html", b"<script>alert(1)</script>")
    reference = (await site.receive(attachments=(attached,))).reference
    for path in ("/", "/staff", f"/staff/cases/{reference}", "/staff/nowhere", "/staff/attachments/1", "/metrics"):
        async with officer.get(path) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "script-src" not in policy, path
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["Referrer-Policy"] == "same-origin"
    async with officer.get("/staff") as response:
        for part in ("form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'", "style-src 'self'"):
            assert part in response.headers["Content-Security-Policy"]


async def test_forms_beyond_two_megabytes_and_other_bodies_are_refused_in_words(officer: ClientSession) -> None:
    large, kind = BytesIO(b"x=" + b"a" * 2_200_000), {"Content-Type": "application/x-www-form-urlencoded"}
    async with officer.post("/staff/people/absences", data=large, headers=kind) as response:
        assert response.status == 413 and "2 MB" in await response.text()
    async with officer.post("/staff/people/absences", json={"csrf": "x"}) as response:
        assert response.status == 400
    many = [(f"f{n}", "1") for n in range(600)]
    async with officer.post("/staff/people/absences", data=many) as response:
        assert response.status == 400
