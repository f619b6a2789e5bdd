"""Roles: all staff open cases, but the Member Responsible for Complaints sees figures and no case (Code 9.5)."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession
from tests.web.staff_site import ADA, Site, read, sign_in

from intakebot.domain.people import StaffRole


@pytest.mark.parametrize("role", [role for role in StaffRole if role is not StaffRole.MRC])
async def test_every_role_but_the_members_opens_cases(site: Site, client: ClientSession, role: StaffRole) -> None:
    taken = await site.receive("The boiler is broken again.", sender=ADA)
    site.add_officer("Somebody", "somebody@example.org", role)
    assert await sign_in(client, "somebody@example.org") == 303
    assert taken.reference in await read(client, f"/staff/cases/{taken.reference}")


async def test_the_member_responsible_sees_figures_and_no_case(site: Site, client: ClientSession) -> None:
    taken = await site.receive("The boiler is broken again.", sender=ADA)
    site.add_officer("Mo Member", "mo@example.org", StaffRole.MRC)
    assert await sign_in(client, "mo@example.org") == 303
    async with client.get("/staff", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/staff/reports")
    assert "report" in (await read(client, "/staff/reports")).lower()
    for path in (
        f"/staff/cases/{taken.reference}",
        "/staff/people",
        "/staff/parked",
        "/staff/outgoing",
        "/staff/set-aside",
        "/staff/letters",
        "/staff/reportsx",
    ):
        await read(client, path, 403)


async def test_cases_are_given_to_those_who_work_them(site: Site) -> None:
    for role in (StaffRole.MRC, StaffRole.SENIOR_LEAD, StaffRole.ADMIN):
        site.add_officer(f"Only {role}", f"only.{role}@example.org", role, "repairs")
    given = set()
    for number in range(6):
        taken = await site.receive(f"The boiler is broken again, {number}.", sender=ADA, subject=f"Boiler {number}")
        case = site.store.read_now(lambda work, reference=taken.reference: work.cases.get(reference))
        assert case is not None
        given.add(case.officer_id)
    names = {o.name for o in site.store.read_now(lambda work: work.officers.all()) if o.id in given}
    assert not [name for name in names if name.startswith("Only")]
