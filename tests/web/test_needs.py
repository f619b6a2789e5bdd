"""Needs on the pages: the banner on every case, what letters are held back by, and the formats to make."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from lxml import html
from playwright.async_api import Page
from tests.web.doing import fill
from tests.web.staff_site import ADA, Site, flags, read, send
from tests.web.staff_site import sign_in as sign_in_again
from tests.web.test_browser import assert_accessible, page, sign_in

from intakebot.domain.labels import Need
from intakebot.domain.message import Address, Declared, NormalisedMessage, Party

assert page  # the fixture of the browser tests


def saying(**changes: Any) -> Any:
    """A message whose writer says this outright."""
    said = Declared(Party("Ada Tenant", ADA.email), **changes)

    def change(message: NormalisedMessage) -> NormalisedMessage:
        return replace(message, declared=said, channel="web")

    return change


def banner_of(text: str) -> str:
    found = html.fromstring(text).xpath("//*[@aria-label='What this person needs']")
    return " ".join(found[0].text_content().split()) if found else ""


async def test_the_banner_stands_on_every_case_of_the_person_with_words_and_since_when(
    site: Site, officer: ClientSession
) -> None:
    said = saying(needs=(Need.LARGE_PRINT,), print_pt=24, needs_note="<b>My eyes</b>", prefers="post")
    first = (await site.receive(message_changes=said)).reference
    second = (await site.receive("The lift too.", subject="The lift")).reference
    assert first != second
    for reference, where in ((first, ""), (second, f", on {first}")):
        banner = banner_of(await read(officer, f"/staff/cases/{reference}"))
        assert "This person needs: Large print, 24 point “<b>My eyes</b>”" in banner
        assert f"said by the resident by the form{where}, since 2 March 2026" in banner
        assert "Likes to be reached by: post" in banner


async def test_a_warning_is_shown_and_nothing_goes_until_it_is_settled(site: Site, officer: ClientSession) -> None:
    taken = await site.receive(message_changes=saying(safe_contact="He reads my mail"))
    path = f"/staff/cases/{taken.reference}"
    banner = banner_of(await read(officer, path))
    assert "To avoid: He reads my mail" in banner
    assert "Nothing goes by itself until somebody has read it" in banner
    assert "To be done by Tuesday 3 March 2026: Reach them in a safe way" in banner
    status, done = await fill(officer, taken.reference, "contact", {"words": "I rang her.", "never_email": "yes"})
    assert status == 303, " ".join(
        html.fromstring(done).xpath("string(//*[contains(@class, 'error-summary')])").split()
    )
    shown = await read(officer, path)
    assert "Never use: email." in banner_of(shown)
    assert "Nothing goes by itself" not in banner_of(shown)
    status, refused = await send(officer, f"{path}/reply", reply_subject="Hello", reply_text="Dear Ada")
    assert status == 400
    assert "They must not be reached by email" in refused


async def test_formats_to_make_are_listed_by_their_due_date_until_done(site: Site, officer: ClientSession) -> None:
    assert "Nothing is waiting to be made" in await read(officer, "/staff/formats")
    reference = (await site.receive(classification=flags(needs=("braille",)))).reference
    site.clock.forward(timedelta(days=1))
    await sign_in_again(officer, "officer@example.org")
    later = (
        await site.receive(sender=Address("ola@tenant.example", "Ola"), classification=flags(needs=("bsl",)))
    ).reference
    listed = await read(officer, "/staff/formats")
    assert listed.index(reference) < listed.index(later)
    assert "Mon 9 March" in listed
    site.clock.forward(timedelta(days=20))
    await sign_in_again(officer, "officer@example.org")
    assert "Overdue" in await read(officer, "/staff/formats")
    status, _ = await fill(officer, reference, "format_done", {"note": "Posted."})
    assert status == 303
    assert reference not in await read(officer, "/staff/formats")


async def test_a_letter_is_printed_in_large_print(site: Site, officer: ClientSession) -> None:
    await site.receive()
    for query, size in (("?pt=28", "28pt"), ("", "18pt")):
        assert f"font-size: {size}" in await read(officer, f"/staff/outgoing/1/large-print{query}")
    for wrong in ("?pt=12", "?pt=29", "?pt=x"):
        status = 200 if wrong == "?pt=x" else 404
        await read(officer, f"/staff/outgoing/1/large-print{wrong}", status)
    await read(officer, "/staff/outgoing/99/large-print", 404)


@pytest.mark.browser
async def test_the_pages_of_needs_are_accessible_and_print_is_as_large_as_it_says(
    site: Site,
    page: Page,
) -> None:
    said = saying(needs=tuple(Need), print_pt=28, needs_note="x" * 90, safe_contact="He reads " + "y" * 90)
    reference = (await site.receive(message_changes=said)).reference
    await site.receive(sender=Address("ola@tenant.example", "Ola"), classification=flags(needs=("bsl", "audio")))
    await sign_in(page, site)
    for path in (
        f"/staff/cases/{reference}",
        "/staff/formats",
        *(f"/staff/cases/{reference}/do/{act}" for act in ("need", "end_need", "contact", "format_done")),
    ):
        await page.goto(site.url + path)
        await assert_accessible(page, path)
    await page.goto(f"{site.url}/staff/outgoing/1/large-print?pt=28")
    sizes = await page.eval_on_selector_all(
        "p, li, h2", "all => [...new Set(all.map(e => getComputedStyle(e).fontSize))]"
    )
    assert [round(float(size.removesuffix("px")), 1) for size in sizes] == [37.3]  # 28 points at 96 to the inch
    style = "getComputedStyle(document.querySelector('p'))"
    assert await page.evaluate(f"parseFloat({style}.lineHeight) / parseFloat({style}.fontSize)") == pytest.approx(1.5)
