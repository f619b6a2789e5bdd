"""Outgoing letters: the ones that need somebody first, each to read, and a parked one to try again."""

from __future__ import annotations

from aiohttp import ClientSession
from tests.web.staff_site import Site, read, send
from tests.web.test_case import words


async def test_letters_are_listed_by_state_and_can_be_read(site: Site, officer: ClientSession) -> None:
    assert "No letters yet." in await read(officer, "/staff/outgoing")
    reference = (await site.receive()).reference
    page = words(await read(officer, "/staff/outgoing"))
    assert "letters do not leave this machine" in page
    assert f"Waiting to be sent Letter To Case When We have your message: {reference} Receipt" in page
    letter = words(await read(officer, "/staff/outgoing/1"))
    assert "Ada Tenant <ada@tenant.example>" in letter and "A person will read it." in letter
    await read(officer, "/staff/outgoing/999", 404)


async def test_parked_letter_is_tried_again_once(site: Site, officer: ClientSession) -> None:
    await site.receive()
    letter_id = site.fail_first_letter("550 no such address")
    page = words(await read(officer, "/staff/outgoing"))
    assert "Could not be sent" in page and "550 no such address" in page
    assert "Try to send it again" in await read(officer, f"/staff/outgoing/{letter_id}")
    status, where = await send(officer, f"/staff/outgoing/{letter_id}/retry")
    assert status == 303 and "being tried again" in await read(officer, where)
    status, page = await send(officer, f"/staff/outgoing/{letter_id}/retry")
    assert status == 400 and "Somebody else has dealt with this letter already" in page
