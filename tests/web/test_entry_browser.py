"""Assisted entry in a real browser: accessible in every state, at phone width, by keyboard, without any script."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from playwright.async_api import Page
from tests.web.staff_site import PASSWORD, Site
from tests.web.test_browser import SCRIPT, assert_accessible, assert_error, page, sign_in, submit, tab_to
from tests.web.test_entry import TRANSCRIPT, call, entered, work

from intakebot.channels.assisted import NAMES
from intakebot.web.entry import pages

pytestmark = pytest.mark.browser

__all__ = ["page"]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "LOOK_SECONDS", 0)


async def type_in(page: Page, fields: Mapping[str, str]) -> None:
    """Fill in what can be seen."""
    for name, value in fields.items():
        if name not in ("acting", "mode", "ended"):
            await page.fill(f"[id='{name}']", value)


async def test_entry_is_accessible_from_the_choice_to_the_reference(page: Page, site: Site) -> None:
    await sign_in(page, site)
    await page.goto(f"{site.url}/staff/entry")
    await assert_accessible(page, "choice")
    for channel in NAMES:
        await page.goto(f"{site.url}/staff/entry/{channel}")
        await assert_accessible(page, channel)
    await page.goto(f"{site.url}/staff/entry/relay")
    await type_in(page, call(words=f"{TRANSCRIPT}\nR: {'W' * 300}", name=SCRIPT))
    await page.set_input_files("#files", {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"})
    await submit(page, "button:text('Check it')")
    assert await page.inner_text("h1") == "Check what you typed in"
    assert "scan.pdf" in await page.inner_text("main") and await page.locator("script").count() == 0
    await assert_accessible(page, "check")
    await submit(page, "button:text('Change something')")
    await assert_accessible(page, "with a file kept")
    await submit(page, "button:text('Check it')")
    await submit(page, "button:text('Send it')")
    assert await page.inner_text("h1") == "It is being read now"
    await assert_accessible(page, "being read")
    work(site)
    await submit(page, "a:text('Look again')")
    await assert_accessible(page, "sent")
    assert "Ring back on 18002 07700 900123" in await page.inner_text("main")
    assert entered(site).files[0].attachment().content == b"%PDF-1.4"
    await submit(page, "a:text('Open the case')")
    await assert_accessible(page, "the case")


async def test_mistakes_take_the_focus_also_inside_what_was_folded(page: Page, site: Site) -> None:
    await sign_in(page, site)
    await page.goto(f"{site.url}/staff/entry/social")
    await page.fill("#link", "javascript:alert(1)")
    await page.fill("[id='began-time']", "8:00")
    await page.fill("#name", "Stan")
    await page.fill("#words", "My roof leaks")
    await page.click("#needs > summary")
    await page.fill("#safe_contact", "x" * 5001)
    await submit(page, "button:text('Check it')")
    await assert_error(page, "mistakes")
    assert await page.get_attribute("#needs", "open") is not None
    assert await page.input_value("#words") == "My roof leaks"


async def test_a_call_is_typed_in_by_keyboard_without_script(site: Site, browser_page: Page) -> None:
    browser = browser_page.context.browser
    assert browser is not None
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700})
    page = await context.new_page()
    await page.goto(f"{site.url}/staff/entry/relay")
    await page.fill("#email", "officer@example.org")
    await page.fill("#password", PASSWORD)
    await submit(page, "main button")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Skip to main content"
    await page.keyboard.press("Enter")
    for label, typed in (
        ("Time: When the call began", "8:30"),
        ("The transcript", "R: MY BOILER IS OFF AGAIN. I COMPLAIN SK"),
        ("Their name", "Shirley Amadi"),
    ):
        await tab_to(page, label)
        await page.keyboard.type(typed)
    await tab_to(page, "Check it")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await tab_to(page, "Send it")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert await page.inner_text("h1") == "It is being read now"
    await context.close()
    assert entered(site).text == "R: MY BOILER IS OFF AGAIN. I COMPLAIN SK"


async def test_touch_targets_are_large_enough_and_colours_may_be_forced(page: Page, site: Site) -> None:
    await sign_in(page, site)
    await page.emulate_media(forced_colors="active")
    await page.goto(f"{site.url}/staff/entry/relay")
    for box in [await b.bounding_box() for b in await page.query_selector_all("button, input:not([type=hidden])")]:
        if box is not None and box["width"] > 1:
            assert box["width"] >= 24 and box["height"] >= 24
    back = page.locator(".govuk-back-link")
    box = await back.bounding_box()
    assert box is not None and box["height"] >= 24
    assert await back.evaluate("e => parseFloat(getComputedStyle(e).paddingLeft)") >= 12, "its arrow hides no letter"
