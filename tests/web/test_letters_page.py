"""Letters page: what every letter must hold, how hard it reads, and templates as they stand now, right or wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp import ClientSession
from tests.web.staff_site import Site, read
from tests.web.test_case import words

from intakebot.config.settings import Settings
from intakebot.domain.letter_kinds import LETTER_KINDS


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """The landlord has a folder for letters of its own."""
    (tmp_path / "letters").mkdir()
    return settings.model_copy(update={"letters": tmp_path / "letters"})


async def test_every_letter_is_listed_with_its_parts_and_reading_age(site: Site, officer: ClientSession) -> None:
    page = await read(officer, "/staff/letters")
    assert [kind.name for kind in LETTER_KINDS if f'href="/staff/letters/{kind.name}"' not in page] == []
    assert "response_stage_1 the answer at stage 1 the resident All 11 found" in words(page)
    assert "duty_notice at any hour, when a message reports danger the duty officer None" in words(page)
    assert "Missing" not in page and "Wrong" not in page
    assert len(re.findall(r'data-label="Reading age">\d+\.\d', page)) == len(LETTER_KINDS)


async def test_a_letter_shows_each_part_with_its_clause_and_how_it_reads(site: Site, officer: ClientSession) -> None:
    page = words(await read(officer, "/staff/letters/response_stage_2"))
    assert "the reasons for the decision Code 6.19d case.stage.reasons Found" in page
    assert "the reference Our own rule case.reference Found" in page
    assert "Our final answer to your complaint: HC-0000-0000-A" in page
    assert "Local Government and Social Care Ombudsman" in page, "the example of a council's other duties"
    assert "Code 6.2, at stage 2 6.11" in words(await read(officer, "/staff/letters/acknowledgement"))


async def test_the_letter_as_a_page_may_load_and_run_nothing(site: Site, officer: ClientSession) -> None:
    async with officer.get("/staff/letters/receipt/page") as response:
        page, policy = await response.text(), response.headers["Content-Security-Policy"]
    assert "<h2" in page and "Dear Ama Mensah" in page
    assert "default-src 'none'" in policy and "sandbox" in policy and "script-src" not in policy
    assert "frame-ancestors 'none'" in policy


async def test_a_template_is_shown_as_it_stands_now(site: Site, officer: ClientSession, tmp_path: Path) -> None:
    own = tmp_path / "letters" / "closure.txt"
    own.write_text("Subject: <b>Done</b>\n\n{{ case.reference }} is done.\n\n{% include '_closing.txt' %}\n")
    page = await read(officer, "/staff/letters/closure")
    assert "This letter cannot be used as it is" in page and "<b>Done" not in page
    assert "it does not give what you have to say" in words(page)
    assert "1 missing" in words(await read(officer, "/staff/letters"))
    own.write_text("Subject: Done\n\n{{ case.refrence }}\n")
    (tmp_path / "letters" / "closing.txt").write_text("")
    assert "letter closure.txt, line 3" in words(await read(officer, "/staff/letters/closure"))
    page = words(await read(officer, "/staff/letters"))
    assert "Wrong" in page and "letter closing.txt: there is no such letter" in page
    await read(officer, "/staff/letters/closure/page", 404)
    own.unlink()
    assert "All 4 found" in words(await read(officer, "/staff/letters"))


async def test_a_letter_there_is_not_is_not_found(site: Site, officer: ClientSession) -> None:
    await read(officer, "/staff/letters/reciept", 404)
    await read(officer, "/staff/letters/_closing", 404)
    await read(officer, "/staff/letters/reciept/page", 404)
