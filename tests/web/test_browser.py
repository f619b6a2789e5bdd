"""The pages in a real browser: accessible in every state, at phone width, by keyboard, and without any script."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.async_api import Page
from tests.web.staff_site import PASSWORD, Site, flags

from intakebot.domain.labels import Flag
from intakebot.domain.message import Address, Attachment, Authentication, NormalisedMessage, Role, Segment

pytestmark = pytest.mark.browser

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SCRIPT = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


@dataclass(frozen=True)
class Furnished:
    """A site with something of everything: a dangerous case, one with all sorts of text, and messages aside."""

    danger: str
    full: str
    parked: int
    unreadable: int


@pytest.fixture
async def furnished(site: Site) -> Furnished:
    needs = ("large_print", "written_only")
    danger = await site.receive(classification=flags(Flag.EMERGENCY_HAZARD, Flag.VULNERABILITY, needs=needs))
    roles = (
        Segment(Role.NEW, "Please read below. " + "W" * 120 + "\n"),
        Segment(Role.FORWARDED, "The lift is broken and https://tenant.example/" + "long/" * 40 + "\n"),
        Segment(Role.QUOTED, "> We will come\n"),
        Segment(Role.SIGNATURE, "-- \nGail\n"),
        Segment(Role.DISCLAIMER, "Confidential.\n"),
    )
    chosen = flags(Flag.REPRESENTATIVE, needs=needs, needs_review=True, review_reason="A doubt.", language="pl")

    def noted(message: NormalisedMessage) -> NormalisedMessage:
        return replace(message, notes=("Read as windows-1252.",))

    full = await site.receive(
        subject="FW: the lift " + "x" * 90,
        sender=Address("gail@advice.example", "Gail Price"),
        segments=roles,
        classification=chosen,
        attachments=(Attachment("a-very-" + "long-" * 30 + "name.pdf", "application/pdf", b"x" * 5000),),
        authentication=Authentication("pass", "fail", "fail"),
        message_changes=noted,
    )
    await site.receive("His brother.", sender=Address("stan@tenant.example"), subject=f"Re: {danger.reference}")
    parked = site.store.read_now(lambda work: work.views.set_aside(("parked",), 1))[0].id  # type: ignore[arg-type]
    unreadable = await site.park("It cannot be read as a message.")
    site.fail_first_letter("550 5.1.1 no such address")
    return Furnished(danger.reference, full.reference, parked, unreadable)


@pytest.fixture
async def page(site: Site, browser_page: Page) -> AsyncIterator[Page]:
    """A browser with nobody signed in; the site's pages must ask it for nothing and report no faults."""
    complaints: list[str] = []
    browser_page.on("pageerror", lambda error: complaints.append(str(error)))
    browser_page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    yield browser_page
    assert complaints == []


async def submit(page: Page, button: str) -> None:
    """Press a button that sends a form, and wait for the page that answers."""
    async with page.expect_navigation():
        await page.locator(button).first.click()


async def sign_in(page: Page, site: Site, email: str = "manager@example.org") -> None:
    await page.goto(f"{site.url}/staff/sign-in")
    await page.fill("#email", email)
    await page.fill("#password", PASSWORD)
    await submit(page, "main button")
    assert await page.inner_text("h1") == "Queue"


async def assert_accessible(page: Page, what: str, *, unfold: bool = True) -> None:
    """No fault that axe can find, one first heading, a title, and nothing to scroll sideways for at 320 pixels."""
    for fold in await page.query_selector_all("details:not([open]) > summary") if unfold else ():
        await fold.click()
    found = await Axe().run(page, options=AXE)
    faults = [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found.response["violations"]]
    assert faults == [], what
    assert await page.locator("h1").count() == 1, what
    assert "Harbour Homes" in await page.title(), what
    await page.set_viewport_size({"width": 320, "height": 800})
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320, f"{what}: {width} pixels wide"
    await page.set_viewport_size({"width": 1280, "height": 800})


async def test_every_page_is_accessible_and_fits_a_phone(page: Page, site: Site, furnished: Furnished) -> None:
    for path in ("/", "/staff/sign-in", "/nowhere"):
        await page.goto(site.url + path)
        await assert_accessible(page, path)
    await sign_in(page, site)
    paths = [
        "/staff",
        "/staff?view=overdue",
        f"/staff/cases/{furnished.danger}",
        f"/staff/cases/{furnished.full}?done=note",
        "/staff/parked",
        f"/staff/parked/{furnished.parked}",
        f"/staff/parked/{furnished.unreadable}",
        "/staff/set-aside",
        "/staff/outgoing",
        "/staff/outgoing/1",
        "/staff/people",
        "/staff/nowhere",
    ]
    for path in paths:
        await page.goto(site.url + path)
        await assert_accessible(page, path)


async def test_every_error_is_accessible_and_takes_the_focus(page: Page, site: Site, furnished: Furnished) -> None:
    await page.goto(f"{site.url}/staff/sign-in")
    await submit(page, "main button")
    await assert_error(page, "sign-in")
    await sign_in(page, site)
    for name in ("correct", "reassign", "reply", "note", "otherwise"):
        await page.goto(f"{site.url}/staff/cases/{furnished.full}")
        await page.click(f"#{name} > summary")
        await submit(page, f"#{name} form button")
        assert await page.get_attribute(f"#{name}", "open") is not None, name
        await assert_error(page, name)
    await page.goto(f"{site.url}/staff/cases/{furnished.full}")
    await page.fill("#letter_text", "Too short.")
    await submit(page, "button:text('Approve and send')")
    await assert_error(page, "approve")
    await page.goto(f"{site.url}/staff/parked/{furnished.parked}")
    await submit(page, "button:text('Put it on the case')")
    await assert_error(page, "parked")
    await page.goto(f"{site.url}/staff/people")
    await submit(page, "button:text('Note the absence')")
    await assert_error(page, "absence")


async def assert_error(page: Page, what: str) -> None:
    assert (await page.title()).startswith("Error: "), what
    await page.locator(".govuk-error-summary:focus").wait_for(timeout=5000)
    for link in await page.query_selector_all(".govuk-error-summary__list a"):
        target = await link.get_attribute("href")
        assert target is not None and await page.locator(f"[id='{target[1:]}']").count() == 1, (what, target)
    await assert_accessible(page, what, unfold=False)


async def test_lost_form_page_is_accessible(page: Page, site: Site, furnished: Furnished) -> None:
    await sign_in(page, site)
    await page.goto(f"{site.url}/staff/cases/{furnished.full}")
    await page.context.clear_cookies()
    await page.click("#note > summary")
    await page.fill("#note_text", "Kept for me")
    await submit(page, "#note form button")
    assert await page.inner_text("h1") == "You have been signed out"
    assert "Kept for me" in await page.inner_text("main")
    await assert_accessible(page, "signed out")


async def test_sign_in_and_approve_by_keyboard_without_script(site: Site, browser_page: Page) -> None:
    reference = (await site.receive()).reference
    browser = browser_page.context.browser
    assert browser is not None
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700})
    page = await context.new_page()
    await page.goto(f"{site.url}/staff/cases/{reference}")
    await tab_to(page, "Email address")
    await page.keyboard.type("officer@example.org")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert reference in await page.inner_text("h1")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Skip to main content"
    await page.keyboard.press("Enter")
    await tab_to(page, "Approve and send")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert "The acknowledgement is on its way." in await page.inner_text("main")
    await context.close()
    case = site.store.read_now(lambda work: work.cases.get(reference))
    assert case is not None and case.acknowledged_at == site.clock.now


NAME_OF_FOCUS = """() => {
    const e = document.activeElement;
    const label = e.labels && e.labels[0] ? e.labels[0].textContent : e.textContent;
    const style = getComputedStyle(e);
    const marked = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
    return [label.trim(), marked || e === document.body];
}"""


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until the thing of this name has the focus; everything on the way shows that it has it."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        label, marked = await page.evaluate(NAME_OF_FOCUS)
        assert marked, f"the focus on “{label}” cannot be seen"
        if label == name:
            return
    raise AssertionError(f"{name} cannot be reached by keyboard")


async def test_nothing_in_a_message_can_run(page: Page, site: Site) -> None:
    taken = await site.receive(
        SCRIPT,
        subject=SCRIPT,
        sender=Address('"><script>@tenant.example', SCRIPT),
        attachments=(Attachment(SCRIPT + ".html", "text/html", SCRIPT.encode()),),
        classification=flags(Flag.EMERGENCY_HAZARD, language=SCRIPT[:8]),
        message_changes=lambda m: replace(m, notes=(SCRIPT,), authentication=Authentication(SCRIPT, SCRIPT, SCRIPT)),
    )
    await site.receive(SCRIPT, sender=Address("s@tenant.example", SCRIPT), subject=f"{taken.reference} {SCRIPT}")
    await site.park(SCRIPT)
    await sign_in(page, site)
    dialogs: list[Any] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog))
    paths = ["/staff", f"/staff/cases/{taken.reference}", "/staff/parked", "/staff/parked/2", "/staff/parked/3"]
    for path in [*paths, "/staff/outgoing", "/staff/outgoing/1", f"/staff/nowhere/{SCRIPT}", f"/staff?view={SCRIPT}"]:
        await page.goto(site.url + path)
        assert "Harbour Homes" in await page.title() and "owned" not in await page.title(), path
        assert await page.locator("script").count() == 0, path
        assert await page.locator("main img").count() == 0, path
        if path.startswith(("/staff/cases", "/staff/parked/2")):
            assert SCRIPT in await page.inner_text("main"), path
    assert dialogs == []


async def test_pages_hold_up_in_forced_colours_and_large_spacing(page: Page, site: Site, furnished: Furnished) -> None:
    await sign_in(page, site)
    await page.emulate_media(forced_colors="active")
    await page.goto(f"{site.url}/staff/cases/{furnished.danger}")
    border = await page.evaluate("getComputedStyle(document.querySelector('.intakebot-alarm')).borderLeftStyle")
    assert border == "solid" and "Emergency" in await page.inner_text(".intakebot-alarm")
    spacing = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }"
    await page.set_viewport_size({"width": 320, "height": 700})
    for path in ("/staff", f"/staff/cases/{furnished.full}"):
        await page.goto(site.url + path)
        # Past the policy, as a reader's own browser extension would.
        await page.evaluate(
            "css => { const s = new CSSStyleSheet(); s.replaceSync(css); document.adoptedStyleSheets = [s] }", spacing
        )
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, path


async def test_touch_targets_are_large_enough(page: Page, site: Site, furnished: Furnished) -> None:
    await sign_in(page, site)
    for path in ("/staff", f"/staff/cases/{furnished.full}", "/staff/people"):
        await page.goto(site.url + path)
        for button in await page.query_selector_all("button, .govuk-radios__input, .govuk-checkboxes__input"):
            box = await button.bounding_box()
            if box is not None:
                assert box["width"] >= 24 and box["height"] >= 24, (path, await button.inner_text())
