"""Signing in: the right password and nothing else, without telling strangers who has an account."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer
from tests.web.staff_site import PASSWORD, Site, field_of, read, sign_in

from intakebot.web.app import build
from intakebot.web.sign_in import local_path


async def test_right_password_opens_the_queue_with_a_careful_cookie(client: ClientSession) -> None:
    page = await read(client, "/staff/sign-in")
    fields = {"csrf": field_of(page, "csrf"), "email": " Officer@Example.org ", "password": PASSWORD}
    async with client.post("/staff/sign-in", data=fields, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/staff")
        cookie = next(c for c in response.headers.getall("Set-Cookie") if c.startswith("intakebot="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    assert "Olu Bello" in await read(client, "/staff")


async def test_cookies_are_held_to_https_where_the_pages_are_reached_by_it(site: Site) -> None:
    settings = site.settings.model_copy(update={"public_url": "https://staff.landlord.example"})
    application = build(settings, site.store, site.landlord, site.clock, site.health)
    async with TestServer(application) as server, ClientSession(cookie_jar=CookieJar(unsafe=True)) as client:
        async with client.get(server.make_url("/staff/sign-in")) as response:
            mark = response.cookies["intakebot-form"].value
            assert response.cookies["intakebot-form"]["secure"]
        fields = {"csrf": mark, "email": "officer@example.org", "password": PASSWORD}
        headers = {"Cookie": f"intakebot-form={mark}", "Origin": "https://staff.landlord.example"}
        address = server.make_url("/staff/sign-in")
        async with client.post(address, data=fields, headers=headers, allow_redirects=False) as response:
            cookie = response.cookies["__Host-intakebot"]
            assert response.status == 303 and cookie["secure"] and cookie["path"] == "/" and not cookie["domain"]


async def test_unknown_account_and_wrong_password_are_answered_alike(site: Site, client: ClientSession) -> None:
    pages = []
    for email, password in (("nobody@example.org", "x"), ("officer@example.org", "x")):
        mark = field_of(await read(client, "/staff/sign-in"), "csrf")
        fields = {"csrf": mark, "email": email, "password": password}
        async with client.post("/staff/sign-in", data=fields) as response:
            assert response.status == 400
            pages.append((await response.text()).replace(email, "").replace(mark, ""))
    assert pages[0] == pages[1]
    assert "The email address or password is not right" in pages[0] and "Error: Sign in" in pages[0]


async def test_account_without_a_password_or_switched_off_cannot_sign_in(site: Site, client: ClientSession) -> None:
    officer_id = site.officers["officer@example.org"]
    site.store.write_now(lambda work: work.officers.set_password(officer_id, ""))
    assert await sign_in(client, "officer@example.org", "") == 400
    assert await sign_in(client, "officer@example.org") == 400
    site.store.write_now(lambda work: work.officers.set_active(site.officers["manager@example.org"], False))
    assert await sign_in(client, "manager@example.org") == 400


async def test_ten_wrong_passwords_close_the_account_for_a_quarter_of_an_hour(
    site: Site, client: ClientSession
) -> None:
    for _ in range(10):
        assert await sign_in(client, "officer@example.org", "guess") == 400
    assert await sign_in(client, "officer@example.org") == 400
    assert await sign_in(client, "manager@example.org") == 303  # others are not held up
    site.clock.forward(timedelta(minutes=16))
    assert await sign_in(client, "officer@example.org") == 303


async def test_signing_in_makes_a_new_token_and_ends_the_old_one(site: Site, officer: ClientSession) -> None:
    old = next(c for c in officer.cookie_jar if c.key == "intakebot").value
    await sign_in(officer, "officer@example.org")
    new = next(c for c in officer.cookie_jar if c.key == "intakebot").value
    assert new != old
    async with ClientSession(site.url, cookies={"intakebot": old}, cookie_jar=CookieJar(unsafe=True)) as other:
        await read(other, "/staff", 303)


async def test_only_a_hash_of_the_token_is_kept(site: Site, officer: ClientSession) -> None:
    token = next(c for c in officer.cookie_jar if c.key == "intakebot").value
    for file in site.settings.data.glob("intakebot.db*"):
        assert token.encode() not in file.read_bytes()


async def test_sign_in_returns_to_the_page_asked_for(site: Site, client: ClientSession) -> None:
    async with client.get("/staff/parked?done=put") as response:  # follows to the sign-in form
        page = await response.text()
    assert field_of(page, "next") == "/staff/parked?done=put"
    fields = {"csrf": field_of(page, "csrf"), "email": "officer@example.org", "password": PASSWORD}
    fields["next"] = field_of(page, "next")
    async with client.post("/staff/sign-in", data=fields, allow_redirects=False) as response:
        assert response.headers["Location"] == "/staff/parked?done=put"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/staff",
        "//elsewhere.example/staff",
        "/\\elsewhere.example",
        "/staff\\..\\x",
        "/staffroom",
        "/staff/sign-out",
        "javascript:alert(1)",
        "/staff\r\nSet-Cookie: a=b",
        "",
    ],
)
def test_sign_in_never_leads_away(wanted: str) -> None:
    assert local_path(wanted) == "/staff"


def test_local_pages_are_returned_to() -> None:
    assert local_path("/staff/cases/HC-4821-7360-Z?done=note") == "/staff/cases/HC-4821-7360-Z?done=note"


async def test_missing_fields_are_named_together_and_the_address_is_kept(client: ClientSession) -> None:
    mark = field_of(await read(client, "/staff/sign-in"), "csrf")
    async with client.post("/staff/sign-in", data={"csrf": mark, "email": "", "password": ""}) as response:
        page = await response.text()
    assert 'href="#email"' in page and 'href="#password"' in page
    async with client.post("/staff/sign-in", data={"csrf": mark, "email": "me@example.org"}) as response:
        page = await response.text()
    assert 'value="me@example.org"' in page and 'href="#password"' in page
    assert not re.search(r'type="password"[^>]*value=', page)


async def test_sign_in_form_of_another_visit_is_not_taken(site: Site, client: ClientSession) -> None:
    await read(client, "/staff/sign-in")
    fields = {"csrf": "planted", "email": "officer@example.org", "password": PASSWORD}
    async with client.post("/staff/sign-in", data=fields, allow_redirects=False) as response:
        assert response.status == 400
    await read(client, "/staff", 303)
