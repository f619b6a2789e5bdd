"""People: managers see everybody; officers see themselves and note their own absences only."""

from __future__ import annotations

from datetime import date

import pytest
from aiohttp import ClientSession
from tests.web.staff_site import Site, read, send, sign_in
from tests.web.test_case import words

from intakebot.domain.people import Absence

AWAY = {"first_day": "3", "first_month": "3", "first_year": "2026", "last_day": "6", "last_month": "3"}


def absences(site: Site, email: str) -> tuple[Absence, ...]:
    officer = site.store.read_now(lambda work: work.officers.get(site.officers[email]))
    assert officer is not None
    return officer.absences


async def test_officer_notes_and_takes_back_their_own_absence(site: Site, officer: ClientSession) -> None:
    me = str(site.officers["officer@example.org"])
    page = words(await read(officer, "/staff/people"))
    assert "Your absences" in page and "Mina Rao" not in page
    status, where = await send(officer, "/staff/people/absences", officer=me, last_year="2026", **AWAY)
    assert status == 303
    assert absences(site, "officer@example.org") == (Absence(date(2026, 3, 3), date(2026, 3, 6)),)
    page = words(await read(officer, where))
    assert "The absence is noted." in page and "Tuesday 3 March 2026 to Friday 6 March 2026" in page
    await send(officer, "/staff/people/absences/remove", officer=me, first="2026-03-03", last="2026-03-06")
    assert absences(site, "officer@example.org") == ()


async def test_officer_cannot_send_a_colleague_away(site: Site, officer: ClientSession) -> None:
    other = str(site.officers["manager@example.org"])
    for path, fields in (
        ("/staff/people/absences", {**AWAY, "last_year": "2026"}),
        ("/staff/people/absences/remove", {"first": "2026-03-03", "last": "2026-03-06"}),
    ):
        assert (await send(officer, path, officer=other, **fields))[0] == 403
    assert absences(site, "manager@example.org") == ()


@pytest.mark.parametrize("who", ["manager@example.org", "admin@example.org"])
async def test_managers_and_administrators_see_everybody_with_their_work(
    site: Site, client: ClientSession, who: str
) -> None:
    await site.receive()
    await sign_in(client, who)
    page = words(await read(client, "/staff/people"))
    assert "Olu Bello" in page and "Ari Adams" in page and "of 30" in page
    officer_id = str(site.officers["officer@example.org"])
    await send(client, "/staff/people/absences", officer=officer_id, last_year="2026", **AWAY)
    assert len(absences(site, "officer@example.org")) == 1
    for unknown in ("", "999", "x"):
        status, page = await send(client, "/staff/people/absences", officer=unknown, last_year="2026", **AWAY)
        assert status == 400 and 'href="#officer"' in page and 'value="2026"' in page


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"first_day": "31", "first_month": "2"}, "first_day"),
        ({"first_year": ""}, "first_day"),
        ({"last_month": "March"}, "last_day"),
        ({"last_day": "1"}, "last_day"),
    ],
)
async def test_impossible_dates_come_back_with_what_was_typed(
    site: Site, officer: ClientSession, changed: dict[str, str], field: str
) -> None:
    fields = {**AWAY, "last_year": "2026", **changed, "officer": str(site.officers["officer@example.org"])}
    status, page = await send(officer, "/staff/people/absences", **fields)
    assert status == 400 and f'href="#{field}"' in page and "<title>Error: " in page
    for name, value in changed.items():
        assert f'name="{name}"' in page and (not value or f'value="{value}"' in page)
    assert absences(site, "officer@example.org") == ()
