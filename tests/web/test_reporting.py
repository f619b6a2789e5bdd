"""The reports page: the form, the figures under it, each report as a file, and every mistake named."""

from __future__ import annotations

import json

import pytest
from aiohttp import ClientSession
from lxml import html
from playwright.async_api import Page
from tests.sample_years import case_of, lines
from tests.web.staff_site import Site, read
from tests.web.test_browser import assert_accessible, sign_in
from tests.web.test_case import words

from intakebot.domain.people import Person
from intakebot.store.engine import Work

ASKED = "from=2023-04-01&to=2024-03-31&homes_lcra=4,215&homes_lcho="


def keep_year(site: Site) -> None:
    def keep(work: Work) -> None:
        for number, line in enumerate(lines("2023-24"), 1):
            person = work.people.add(Person(tenure=line["tenure"]))
            work.cases.insert(case_of(f"LH-{number:04d}", line, person), (), ())

    site.store.write_now(keep)


async def test_reports_are_for_staff(site: Site, client: ClientSession) -> None:
    await read(client, "/staff/reports", 303)
    await read(client, f"/staff/reports/annual.json?{ASKED}", 303)


async def test_form_begins_with_the_last_whole_reporting_year(site: Site, officer: ClientSession) -> None:
    page = html.fromstring(await read(officer, "/staff/reports"))
    fields = {field.get("name"): field.get("value") for field in page.xpath("//main//input")}
    assert (fields["from"], fields["to"]) == ("2024-04-01", "2025-03-31")
    assert page.xpath("//nav//a[@href='/staff/reports' and @aria-current='page']")


async def test_page_shows_the_figures_with_charts_and_their_tables(site: Site, officer: ClientSession) -> None:
    keep_year(site)
    page = await read(officer, f"/staff/reports?report=annual&{ASKED}")
    shown = words(page)
    assert "Repairs and maintenance 15" in shown and "Number of stage one complaints opened 26" in shown
    assert "CH02(1) LCRA Stage 1 complaints answered within the Code’s timescales 65.0% 13 20" in shown
    tree = html.fromstring(page)
    assert len(tree.xpath("//*[local-name()='svg'][@role='img']")) == 4
    assert [heading.text for heading in tree.iter("h1")] == ["Annual complaints report"]
    assert tree.xpath("//@style") == []
    assert "Harbour Homes" in shown


async def test_every_file_comes_as_one_to_keep(site: Site, officer: ClientSession) -> None:
    keep_year(site)
    page = html.fromstring(await read(officer, f"/staff/reports?report=annual&{ASKED}"))
    links = page.xpath("//main//a/@href")
    types = {}
    for link in links:
        async with officer.get(link) as response:
            assert response.status == 200
            assert response.headers["Content-Disposition"].startswith('attachment; filename="annual-2023-04-01-to-')
            types[response.content_type] = await response.read()
    assert set(types) == {"text/html", "application/pdf", "text/csv", "text/markdown", "application/json"}
    assert json.loads(types["application/json"])["tables"]["outcomes"]["total"] == ["Total", 30]


async def test_other_reports_need_no_homes(site: Site, officer: ClientSession) -> None:
    days = "from=2023-04-01&to=2024-03-31&homes_lcra=&homes_lcho="
    assert "Issues and trends (9.7b)" in words(await read(officer, f"/staff/reports?report=mrc&{days}"))
    assert "6.13" in words(await read(officer, f"/staff/reports?report=self-assessment&{days}"))


async def test_every_mistake_is_named_and_what_was_typed_stays(site: Site, officer: ClientSession) -> None:
    page = await read(
        officer, "/staff/reports?report=annual&from=April&to=2024-03-31&homes_lcra=many&homes_lcho=0", 400
    )
    tree = html.fromstring(page)
    assert tree.xpath("//*[@class='govuk-error-summary']//a/@href") == ["#from", "#homes_lcra"]
    assert 'value="April"' in page and tree.xpath("//title")[0].text.strip().startswith("Error: Reports")
    reverse = "/staff/reports?report=annual&from=2024-04-01&to=2023-03-31&homes_lcra=1&homes_lcho=0"
    assert "must not be before the first day" in await read(officer, reverse, 400)
    await read(officer, "/staff/reports/annual.pdf?from=x", 400)
    await read(officer, "/staff/reports/annual.exe", 404)


@pytest.mark.browser
async def test_every_report_and_mistake_is_accessible_and_fits_a_phone(site: Site, browser_page: Page) -> None:
    keep_year(site)
    await sign_in(browser_page, site)
    days = "from=2023-04-01&to=2024-03-31&homes_lcra=4215&homes_lcho=0"
    for query in ("", f"?report=annual&{days}", f"?report=mrc&{days}", f"?report=self-assessment&{days}", "?from=x"):
        await browser_page.goto(f"{site.url}/staff/reports{query}")
        await assert_accessible(browser_page, query)


@pytest.mark.browser
async def test_page_of_its_own_is_accessible_too(site: Site, officer: ClientSession, browser_page: Page) -> None:
    keep_year(site)
    await browser_page.set_content(await read(officer, f"/staff/reports/annual.html?{ASKED}"))
    await assert_accessible(browser_page, "annual.html")
