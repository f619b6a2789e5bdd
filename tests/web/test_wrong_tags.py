"""A wrong tag costs one click: every tag has its button, and those that somebody's safety hangs on lead to the form."""

from __future__ import annotations

import re

import pytest
from aiohttp import ClientSession
from playwright.async_api import Page
from tests.web.staff_site import PASSWORD, Site, flags, read, send
from tests.web.test_browser import assert_accessible
from tests.web.test_case import case_of, words

from intakebot.domain.case import TagType
from intakebot.domain.labels import GUARDED_FLAGS, Flag

NEEDS = ("large_print", "relay_uk")


async def opened(site: Site, *chosen: Flag, **changed: object) -> str:
    return (await site.receive(classification=flags(*chosen, needs=NEEDS, **changed))).reference  # type: ignore[arg-type]


def section(page: str) -> str:
    return page.partition('id="tags"')[2].partition("</details>")[0]


async def test_every_tag_stands_open_with_its_score_evidence_and_button(site: Site, officer: ClientSession) -> None:
    reference = await opened(site, Flag.LEGAL_ACTION, Flag.VULNERABILITY)
    page = await read(officer, f"/staff/cases/{reference}")
    assert '<details class="govuk-details intakebot-fold" id="tags" open>' in page
    shown = words("<main" + section(page))
    for line in (
        "Complaint 0.90 None noted Change the kind",
        "Repairs 0.90 rules-1 None noted Wrong",
        "Legal action 0.95 rules-1 “words for legal_action” Wrong",
        "Vulnerability 0.95 rules-1 “words for vulnerability” Wrong",
        "Large print 0.90 rules-1 None noted Wrong",
    ):
        assert line in shown, line
    assert re.findall(r'aria-label="(Wrong: [^"]+)"', section(page)) == [
        "Wrong: repairs",
        "Wrong: legal action",
        "Wrong: vulnerability",
        "Wrong: large print",
        "Wrong: Calls through Relay UK",
    ]
    assert re.findall(r'<button [^>]*type="submit" name="tag" value="([^"]+)"', section(page)) == [
        "category:repairs",
        "flag:legal_action",
        "flag:vulnerability",
        "need:large_print",
        "need:relay_uk",
    ]


@pytest.mark.parametrize("tag", ["category:repairs", "flag:legal_action", "need:large_print"])
async def test_one_click_takes_a_tag_off_and_records_the_correction(
    site: Site, officer: ClientSession, tag: str
) -> None:
    doubt = {"needs_review": True, "review_reason": "It may be a request."}
    reference = await opened(site, Flag.LEGAL_ACTION, **doubt)
    before = case_of(site, reference)
    status, where = await send(officer, f"/staff/cases/{reference}/wrong", tag=tag)
    assert (status, where) == (303, f"/staff/cases/{reference}?done=wrong")
    after, (sort, _, label) = case_of(site, reference), tag.partition(":")
    assert {(t.type, t.label) for t in before.tags} - {(t.type, t.label) for t in after.tags} == {(sort, label)}
    assert (after.kind, after.needs_review, after.stages) == (before.kind, True, before.stages)
    (correction,) = after.records.corrections
    assert (correction.by, correction.why, correction.classifier) == ("Olu Bello", "Marked as wrong", "rules-1")
    page = words(await read(officer, where))
    assert "The tag is taken off." in page and "Marked as wrong" in page


@pytest.mark.parametrize("flag", sorted(GUARDED_FLAGS))
async def test_a_flag_that_somebodys_safety_hangs_on_leads_to_the_form_with_the_reason(
    site: Site, officer: ClientSession, flag: Flag
) -> None:
    reference = await opened(site, flag)
    path = f"/staff/cases/{reference}"
    page = section(await read(officer, path))
    assert f'value="flag:{flag.value}"' not in page
    (link,) = re.findall(r'<a [^>]*aria-label="Wrong: [^"]+" href="([^"]+)">Wrong<', page)
    assert link == f"{path}?open=correct#correct"
    form = (await read(officer, link)).partition('id="correct" open')[2].partition("</details>")[0]
    assert re.search(rf'value="{flag.value}" checked', form) and 'name="correct_reason"' in form
    status, refused = await send(officer, f"{path}/wrong", tag=f"flag:{flag.value}")
    assert status == 400 and "Somebody’s safety may hang on this" in refused and 'href="#tags"' in refused
    assert case_of(site, reference).labels(TagType.FLAG) == (flag,)


async def test_a_button_pressed_twice_or_made_up_does_nothing(site: Site, officer: ClientSession) -> None:
    reference = await opened(site)
    path = f"/staff/cases/{reference}/wrong"
    assert (await send(officer, path, tag="category:repairs"))[0] == 303
    for tag in ("category:repairs", "category:tea", "kind:complaint", "", "nonsense"):
        status, page = await send(officer, path, tag=tag)
        assert status == 400 and 'href="#tags"' in page, tag
    assert len(case_of(site, reference).records.corrections) == 1


async def test_a_button_of_another_page_is_not_ours(site: Site, officer: ClientSession) -> None:
    reference = await opened(site)
    path = f"/staff/cases/{reference}/wrong"
    for csrf in ("", "x" * 43):
        async with officer.post(path, data={"csrf": csrf, "tag": "category:repairs"}, allow_redirects=False) as answer:
            assert answer.status == 403
    assert case_of(site, reference).labels(TagType.CATEGORY) == ("repairs",)


@pytest.mark.browser
async def test_without_script_one_press_of_the_named_button_does_it(site: Site, browser_page: Page) -> None:
    reference = await opened(site, Flag.EMERGENCY_HAZARD, Flag.LEGAL_ACTION)
    browser = browser_page.context.browser
    assert browser is not None
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{site.url}/staff/cases/{reference}")
    await page.fill("#email", "officer@example.org")
    await page.fill("#password", PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Wrong: repairs", exact=True).click()
    await page.get_by_text("The tag is taken off.").wait_for()
    assert case_of(site, reference).labels(TagType.CATEGORY) == ()
    await page.get_by_role("link", name="Wrong: emergency hazard", exact=True).click()
    assert await page.locator("#correct_reason").is_visible()
    await context.close()


@pytest.mark.browser
async def test_the_tags_are_accessible_before_and_after_and_when_refused(
    site: Site, officer: ClientSession, browser_page: Page
) -> None:
    reference = await opened(site, Flag.HATE_INCIDENT, Flag.LEGAL_ACTION)
    page = browser_page
    await page.goto(f"{site.url}/staff/cases/{reference}")
    await page.fill("#email", "officer@example.org")
    await page.fill("#password", PASSWORD)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await assert_accessible(page, "tags")
    async with page.expect_navigation():
        await page.get_by_role("button", name="Wrong: legal action", exact=True).click()
    await assert_accessible(page, "a tag taken off")
    await send(officer, f"/staff/cases/{reference}/wrong", tag="category:repairs")  # a colleague was quicker
    async with page.expect_navigation():
        await page.get_by_role("button", name="Wrong: repairs", exact=True).click()
    await page.locator(".govuk-error-summary:focus").wait_for(timeout=5000)
    assert await page.locator(".govuk-error-summary__list a").get_attribute("href") == "#tags"
    await assert_accessible(page, "refused", unfold=False)
