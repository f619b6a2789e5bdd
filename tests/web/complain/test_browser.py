"""The form in a real browser: accessible on every page and in every error, by keyboard, on a phone, without script."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.async_api import Page
from tests.web.complain.filling import JPEG, handed_in, work
from tests.web.staff_site import Site

pytestmark = pytest.mark.browser

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
ON = "button:text-is('Continue')"
DANGER = "I can smell gas in the hall and nobody came."
SPACING = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
TOO_SMALL = """() => [...document.querySelectorAll('a, button, input, textarea, select')].filter(e => {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (!box.width || e.closest('.intakebot-not-for-people, .intakebot-first-button, .govuk-skip-link')) return false;
    const inline = e.tagName === 'A' && style.display === 'inline';  // WCAG 2.5.8 leaves out links in a sentence
    return !inline && e.className !== 'govuk-skip-link' && (box.width < 24 || box.height < 24);
}).map(e => e.outerHTML.slice(0, 90))"""
FOCUS = """() => {
    const e = document.activeElement, style = getComputedStyle(e);
    const choice = e.type === 'radio' || e.type === 'checkbox';  // drawn by their labels
    const seen = choice || style.outlineStyle !== 'none' || style.boxShadow !== 'none';
    return [(e.id || e.textContent.trim()).slice(0, 60), seen, e.getBoundingClientRect().width];
}"""


@pytest.fixture(autouse=True)
def no_waiting_for_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intakebot.web.complain.sending.REFERENCE_TRIES", 1)


@pytest.fixture
async def page(site: Site, browser_page: Page) -> AsyncIterator[Page]:
    """A browser without JavaScript at phone width: nothing here may need more. axe runs all the same."""
    browser_page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
    faults: list[str] = []
    yield browser_page
    assert faults == []


async def press(page: Page, button: str = ON) -> None:
    async with page.expect_navigation():
        await page.locator(button).first.click()


async def look(page: Page, what: str) -> None:
    """No fault that axe can find, one heading, no sideways scrolling, targets large enough, also in forced colours."""
    found = await Axe().run(page, options=AXE)
    faults = [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found.response["violations"]]
    assert faults == [], what
    assert await page.locator("h1").count() == 1, what
    assert (await page.title()).endswith("Harbour Homes"), what
    assert await page.get_attribute("html", "lang") == "en-GB"
    await page.set_viewport_size({"width": 320, "height": 800})
    assert await page.evaluate(TOO_SMALL) == [], what
    for css in ("", SPACING):
        style = "css => { const s = new CSSStyleSheet(); s.replaceSync(css); document.adoptedStyleSheets = [s] }"
        await page.evaluate(style, css)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, what
    await page.emulate_media(forced_colors="active")
    for button in await page.locator(".govuk-button, .govuk-input, .govuk-textarea").all():
        edge = await button.evaluate("e => getComputedStyle(e).borderTopStyle + getComputedStyle(e).borderTopWidth")
        assert edge.startswith("solid") and not edge.endswith("solid0px"), what
    await page.emulate_media(forced_colors="none")
    await page.set_viewport_size({"width": 1280, "height": 800})


async def look_at_error(page: Page, what: str) -> None:
    """As `look`; and the summary comes first, has the focus, and each of its links leads to its field."""
    assert (await page.title()).startswith("Error: "), what
    await page.locator(".govuk-error-summary:focus").wait_for(timeout=15000)
    links = await page.locator(".govuk-error-summary__list a").all()
    assert links, what
    for link in links:
        target = (await link.get_attribute("href") or "")[1:]
        await link.click()
        focus = await page.evaluate("document.activeElement.id || location.hash.slice(1)")
        assert await page.locator(f"[id='{target}']").count() == 1 and focus == target, (what, target)
    await look(page, what)


async def test_every_page_is_accessible_from_beginning_to_end(page: Page, site: Site) -> None:
    for path in ("/", "/accessibility", "/complain", "/complain/forged/what"):
        await page.goto(site.url + path)
        await look(page, path)
    await page.goto(site.url + "/complain")
    await press(page, "button:text-is('Start now')")
    await look(page, "who")
    await page.check("text=Somebody else")
    await press(page)
    await look(page, "you")
    await page.fill("#name", "Gail Price")
    await press(page)
    await look(page, "resident")
    await press(page)
    await look(page, "contact")
    assert await page.get_attribute("#email", "autocomplete") == "email"
    assert await page.get_attribute("#phone", "autocomplete") == "tel"
    await page.fill("#phone", "07700 900123")
    await press(page)
    await look(page, "what")
    await page.fill("#what", DANGER)
    await press(page)
    assert "0800 111 999" in await page.inner_text("main")
    await look(page, "danger")
    await press(page, "text=Go on with the complaint")
    await look(page, "right")
    await press(page)
    await look(page, "needs")
    await page.check("text=Large print")
    await press(page)
    await look(page, "files")
    await page.set_input_files("#files", {"name": "mould.jpg", "mimeType": "image/jpeg", "buffer": JPEG})
    await press(page, "button:text-is('Add these files') >> visible=true")
    await look(page, "files added")
    await press(page)
    await look(page, "check")
    await press(page, "text=Save and come back later")
    await look(page, "later")
    await press(page, "text=Go on with the complaint now")
    assert await page.inner_text("h1") == "Check your answers"
    await press(page, "button:text-is('Send')")
    await look(page, "sent, being read")
    taken = await work(site, handed_in(site)[0])
    await press(page, "text=show my reference")
    assert taken.reference in await page.inner_text(".govuk-panel")
    await look(page, "sent")
    await press(page, "text=See where your complaint is")
    await look(page, "status")
    await press(page, "button:text-is('Add information')")
    await look(page, "more")
    await press(page)
    await look_at_error(page, "more")


async def test_every_error_is_accessible_takes_the_focus_and_leads_to_its_field(page: Page, site: Site) -> None:
    await page.goto(site.url + "/complain")
    await press(page, "button:text-is('Start now')")
    link = page.url.removesuffix("/who")
    await page.goto(link + "/you")
    await page.fill("#name", "x" * 300)
    await press(page)
    await look_at_error(page, "you")
    await page.goto(link + "/contact")
    await page.fill("#email", "not an address")
    await page.check("text=Relay UK")
    await press(page)
    assert await page.input_value("#email") == "not an address"
    await look_at_error(page, "contact")
    await page.goto(link + "/what")
    await press(page)
    await look_at_error(page, "what")
    await page.goto(link + "/files")
    await page.set_input_files("#files", {"name": "a.exe", "mimeType": "image/jpeg", "buffer": b"MZ"})
    await press(page, "button:text-is('Add these files') >> visible=true")
    await look_at_error(page, "files")
    await page.goto(link + "/check")
    await press(page, "button:text-is('Send')")
    await look_at_error(page, "check")
    await page.goto(link + "/later")
    await page.fill("#link_email", "nobody")
    await press(page, "button:text-is('Send the link')")
    await look_at_error(page, "later")


async def tab_order(page: Page) -> list[str]:
    """What the Tab key comes to, in order; each must show that it has the focus."""
    order: list[str] = []
    for _ in range(40):
        await page.keyboard.press("Tab")
        name, seen, width = await page.evaluate(FOCUS)
        if "Accessibility statement" in name:
            return order
        assert seen and width > 1, f"the focus on {name} cannot be seen"
        order.append(name)
    raise AssertionError(f"the end of the page is never reached: {order}")


async def test_by_keyboard_on_a_phone_without_javascript_in_reading_order(site: Site, browser_page: Page) -> None:
    browser = browser_page.context.browser
    assert browser is not None
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700})
    page = await context.new_page()
    await page.goto(site.url + "/complain")
    await press(page, "button:text-is('Start now')")
    link = page.url.removesuffix("/who")
    await page.goto(link + "/contact")
    order = await tab_order(page)
    wanted = ["Skip to main content", "Harbour Homes", "Back", "prefers", "email", "phone", "times", "Continue"]
    assert [name for name in order if name in wanted] == wanted
    await page.focus("#email")
    await page.keyboard.type("ama@tenant.example")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert await page.inner_text("h1") == "What happened?"
    await page.keyboard.press("Tab")
    await page.focus("#what")
    await page.keyboard.type("No heating since Friday")
    await page.keyboard.press("Tab")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert await page.inner_text("h1") == "What would put it right?"
    await page.go_back()
    assert await page.input_value("#what") == "No heating since Friday", "nothing is lost on the way back"
    await page.goto(link + "/check")
    assert "company_website" not in await tab_order(page), "no trap for people"
    async with page.expect_navigation():
        await page.press("#send", "Enter")
    assert await page.inner_text("h1") == "We have your complaint"
    await context.close()
    assert len(handed_in(site)) == 1


async def test_first_load_is_light(site: Site, browser_page: Page) -> None:
    """Everything the browser fetches for each page's first visit, as it comes over the wire, is under 60 KB."""
    fetched: list[Any] = []
    browser_page.on("requestfinished", lambda request: fetched.append(request))
    weights = {}
    for path in ("/", "/complain", "/accessibility"):
        fetched.clear()
        await browser_page.context.clear_cookies()
        await browser_page.goto(site.url + path, wait_until="networkidle")
        sizes = [await request.sizes() for request in fetched if request.url.startswith("http")]
        weights[path] = sum(s["responseBodySize"] + s["responseHeadersSize"] for s in sizes)
    print(f"bytes of a first load: {weights}")
    assert weights["/"] > 5_000, "the stylesheet was not counted"
    assert max(weights.values()) < 60_000
