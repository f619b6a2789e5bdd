"""The acts' pages in a real browser: accessible in every state, at phone width, by keyboard, and without any script."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from playwright.async_api import Page
from tests.web.doing import case_of, do, path
from tests.web.staff_site import PASSWORD, Site, flags
from tests.web.test_acts import DOINGS, prepare
from tests.web.test_browser import assert_accessible, assert_error, page, sign_in, submit, tab_to

from intakebot.domain.labels import Flag
from intakebot.domain.message import Address
from intakebot.web.acts.catalogue import ACT_FORMS

pytestmark = pytest.mark.browser

__all__ = ["page"]

FULL = (
    *("acknowledged", "define", "answer_point", "offer", "open_action", "extend", "agree_updates", "facts", "meeting"),
    *("adjustment", "restrict", "clarify", "disability", "learn", "conflict", "ask_to_withdraw", "determined"),
    *("merge_issue", "hazard_investigated", "represent", "avoid_contact"),
)


@pytest.fixture
async def full(site: Site, officer: ClientSession) -> AsyncIterator[str]:
    """A complaint on which nearly everything has happened."""
    needs = ("large_print", "written_only")
    reference = (await site.receive(classification=flags(Flag.SIGNIFICANT_HAZARD, needs=needs))).reference
    await prepare(officer, reference, FULL)
    yield reference


SORTS = (
    *("clarified", "define", "determined", "extend", "facts", "hazard_raise", "learn", "offer", "restrict", "respond"),
    *("authority", "avoid_contact"),
)


def test_every_sort_of_field_is_looked_at() -> None:
    every = {field.sort for form in ACT_FORMS.values() for field in form.fields}
    assert {field.sort for name in SORTS for field in ACT_FORMS[name].fields} == every


async def test_acts_are_accessible_and_fit_a_phone(page: Page, site: Site, full: str) -> None:
    await sign_in(page, site)
    for name in SORTS:
        await page.goto(site.url + path(full, name))
        assert await page.inner_text("h1") == ACT_FORMS[name].title
        await assert_accessible(page, name)


async def test_case_page_is_accessible_at_every_turn(page: Page, site: Site, full: str, officer: ClientSession) -> None:
    await sign_in(page, site)
    await page.goto(f"{site.url}/staff/cases/{full}?done=offer")
    await assert_accessible(page, "full")
    other = (await site.receive(sender=Address("bea@tenant.example", "Bea"))).reference
    await prepare(officer, other, DOINGS["respond"].after)
    for turn in ("respond", "escalate", "refuse", "directed"):
        await do(officer, other, turn, DOINGS)
        await page.goto(f"{site.url}/staff/cases/{other}")
        await assert_accessible(page, turn)
        await page.goto(f"{site.url}/staff")
        await assert_accessible(page, f"queue: {turn}")


async def test_letter_and_its_errors_are_accessible(page: Page, site: Site, full: str) -> None:
    await sign_in(page, site, "officer@example.org")
    await page.goto(site.url + path(full, "clarify"))
    await submit(page, "text=Go on to the letter")
    await assert_error(page, "nothing asked")
    await page.fill("#question", "Which room?")
    await submit(page, "text=Go on to the letter")
    assert await page.inner_text("h1") == "Check the letter"
    await assert_accessible(page, "letter")
    await page.fill("#letter_text", "Hello.")
    await submit(page, "text=Check again")
    await assert_accessible(page, "checked")
    await submit(page, "text=Send the letter")
    await assert_error(page, "parts missing")
    await page.goto(site.url + path(full, "determined"))
    await submit(page, "text=Add another finding")
    assert await page.locator("legend:text('Finding 3')").count() == 1
    await assert_accessible(page, "rows")
    await page.fill("#findings-3-element", "Repairs")
    await submit(page, "#act button.govuk-button:text-is('Save')")
    await assert_error(page, "rows with mistakes")
    await page.goto(site.url + path(full, "hazard_raise"))
    await submit(page, "text=Raise the hazard")
    await assert_error(page, "dates")
    await page.goto(site.url + path(full, "directed"))
    await page.fill("#directed_by", "x")
    await submit(page, "button:text('Accept it')")
    await assert_error(page, "refused")


async def test_letter_goes_by_keyboard_without_script_on_a_phone(site: Site, page: Page) -> None:
    reference = (await site.receive()).reference
    browser = page.context.browser
    assert browser is not None
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700})
    phone = await context.new_page()
    await phone.goto(f"{site.url}/staff/sign-in")
    await phone.fill("#email", "officer@example.org")
    await phone.fill("#password", PASSWORD)
    await submit(phone, "main button")
    await phone.goto(site.url + path(reference, "clarify"))
    await tab_to(phone, "What do you want to ask?")
    await phone.keyboard.type("Which room is it?")
    await tab_to(phone, "Go on to the letter")
    await _enter(phone)
    await tab_to(phone, "Subject")
    await _enter(phone)
    assert not case_of(site, reference).records.clarifications, "the return key sends nothing"
    assert await phone.input_value("#letter_subject")
    await tab_to(phone, "Back to my answers")
    await _enter(phone)
    assert await phone.input_value("#question") == "Which room is it?"
    await tab_to(phone, "Go on to the letter")
    await _enter(phone)
    await tab_to(phone, "Send the letter")
    await _enter(phone)
    assert "The question is on its way." in await phone.inner_text("main")
    assert case_of(site, reference).records.clarifications[0].question == "Which room is it?"
    await context.close()


async def _enter(phone: Page) -> None:
    async with phone.expect_navigation():
        await phone.keyboard.press("Enter")


async def test_return_key_goes_on_and_adds_no_row(page: Page, site: Site, full: str) -> None:
    await sign_in(page, site)
    await page.goto(site.url + path(full, "determined"))
    await page.focus("#findings-1-element")
    await _enter(page)
    assert (await page.title()).startswith("Error: ")
    assert await page.locator("legend:text('Finding 3')").count() == 0


async def test_what_is_asked_next_leads_to_its_act(page: Page, site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    await prepare(officer, reference, ("acknowledged", "define", "answer_point"))
    await sign_in(page, site)
    await page.goto(f"{site.url}/staff/cases/{reference}")
    await submit(page, "text=Answer the remaining 1 point")
    assert await page.inner_text("h1") == "Answer a point"
    assert await page.is_checked("input[name=point][value='2']")
    await page.fill("#answer", "Nobody came.")
    await page.check("input[name=finding][value=upheld]")
    await submit(page, "text=Save the answer")
    assert await page.locator("a.govuk-button:text('Write the response')").count() == 1
