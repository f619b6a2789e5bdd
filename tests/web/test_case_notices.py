"""What the case page says unasked: incidents, a late request, what must be written first, and folds that stand open."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from aiohttp import ClientSession
from tests.web.doing import case_of, day, fill, path
from tests.web.staff_site import Site, flags, read, send, sign_in
from tests.web.test_acts import DOINGS, REQUEST, prepare
from tests.web.test_case import words

from intakebot.config.settings import Calendar, Incident, Settings
from intakebot.domain.labels import Classification, Flag, Tag
from intakebot.domain.message import Address

TOPICLESS = Classification(Tag("complaint", 0.93), version="rules-1")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The landlord's settings with two incidents, and a policy on when stage 2 is asked for."""
    incidents = (
        Incident(since=date(2026, 1, 5), until=date(2026, 1, 9), what="The telephones failed."),
        Incident(
            since=date(2026, 2, 28),
            what="Our repairs system is locked.",
            told_residents="Our website says so; all is well by 9 March.",
        ),
    )
    return settings.model_copy(update={"incidents": incidents, "calendar": Calendar(escalation_window_days=28)})


async def test_an_incident_is_shown_on_the_cases_it_touches_and_stops_no_clock(
    site: Site, officer: ClientSession
) -> None:
    reference = (await site.receive()).reference
    page = words(await read(officer, f"/staff/cases/{reference}"))
    assert (
        "Since Sat 28 February: Our repairs system is locked. Residents were told: Our website says so; all is well "
        "by 9 March. The clocks go on (Code 8.5)." in page
    )
    assert "The telephones failed" not in page
    assert "Acknowledge by Mon 9 March" in page


async def test_a_request_after_the_policys_window_is_warned_of_and_never_refused(
    site: Site, officer: ClientSession
) -> None:
    reference = (await site.receive()).reference
    await prepare(officer, reference, ("respond",))
    site.clock.forward(timedelta(days=28))
    await sign_in(officer, "officer@example.org")
    assert "28 days" not in words(await read(officer, path(reference, "escalate")))
    site.clock.forward(timedelta(days=1))
    await sign_in(officer, "officer@example.org")
    said = words(await read(officer, path(reference, "escalate")))
    assert "more than 28 days" in said and "Mon 30 March" in said and "never refused" in said
    assert (await fill(officer, reference, "escalate", day("received", "31 3 2026", "9:00")))[0] == 303
    assert case_of(site, reference).stage == 2


async def test_where_nothing_can_be_acknowledged_yet_the_definition_comes_first(
    site: Site, officer: ClientSession
) -> None:
    reference = (await site.receive(classification=TOPICLESS)).reference
    page = await read(officer, f"/staff/cases/{reference}")
    assert next_steps(page)[0] == ("Write the complaint definition", path(reference, "define"))
    assert "Acknowledgement to approve" not in page
    assert "Acknowledge it once the complaint definition is written" in words(page)
    assert (await fill(officer, reference, "define", DOINGS["define"].fields))[0] == 303
    page = await read(officer, f"/staff/cases/{reference}")
    assert next_steps(page)[0] == ("Acknowledge", "#acknowledge")
    assert "Acknowledgement to approve" in page and "Acknowledge it once" not in page


async def test_points_that_the_resident_was_told_of_stay_and_more_may_be_added(
    site: Site, officer: ClientSession
) -> None:
    reference = (await site.receive()).reference
    await prepare(officer, reference, ("define", "acknowledged"))
    assert "may be added, not taken away" in words(await read(officer, path(reference, "define")))
    status, page = await fill(officer, reference, "define", {"points": "The boiler broke"})
    assert status == 400 and "answer them instead: Nobody came (Code 6.7)" in words(page)
    more = {"points": "The boiler broke\nNobody came\nNobody rang"}
    assert (await fill(officer, reference, "define", more))[0] == 303
    assert [p.text for p in case_of(site, reference).stages[0].points][2:] == ["Nobody rang"]


async def test_a_step_that_is_done_in_a_fold_leads_to_it_standing_open(site: Site, officer: ClientSession) -> None:
    doubtful = Classification(Tag("complaint", 0.4), (Tag("repairs", 0.9),), version="rules-1", needs_review=True)
    doubt = (await site.receive(classification=doubtful)).reference
    request = (await site.receive(classification=REQUEST, sender=Address("b@tenant.example", "Bo"))).reference
    for reference, text, fold in ((doubt, "Confirm the kind", "correct"), (request, "Close the case", "close")):
        page = await read(officer, f"/staff/cases/{reference}")
        link = dict(next_steps(page))[text]
        assert link == f"/staff/cases/{reference}?open={fold}#{fold}"
        assert not is_open(page, fold)
        page = await read(officer, link.partition("#")[0])
        assert is_open(page, fold)
        assert not is_open(page, "note") and not is_open(page, "reply")
    assert f'href="/staff/cases/{doubt}?open=correct#correct"' in await read(officer, f"/staff/cases/{doubt}")


async def test_stage_2_with_nobody_leads_to_the_open_form_that_moves_it(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive(classification=flags())).reference
    await prepare(officer, reference, ("escalate",))
    await send(officer, f"/staff/cases/{reference}/reassign", move_to="team:homes", move_reason="He is away.")
    page = await read(officer, f"/staff/cases/{reference}")
    link = dict(next_steps(page))["Give it to somebody who did not decide stage 1"]
    assert is_open(await read(officer, link.partition("#")[0]), "reassign")


async def test_somewhere_else_to_stay_is_offered_in_time(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive(classification=flags(Flag.EMERGENCY_HAZARD))).reference
    page = await read(officer, f"/staff/cases/{reference}")
    assert "Somewhere else to stay Offer it by Tue 3 March 2026 at 9am, unless the home is safe by then" in words(page)
    assert "Offer somewhere else to stay" not in dict(next_steps(page))
    site.clock.forward(timedelta(hours=18))
    await sign_in(officer, "officer@example.org")
    page = await read(officer, f"/staff/cases/{reference}")
    link = dict(next_steps(page))["Offer somewhere else to stay"]
    assert link == f"{path(reference, 'hazard_accommodation')}?hazard=1"
    assert (await fill(officer, reference, "hazard_accommodation", DOINGS["hazard_accommodation"].fields))[0] == 303
    page = await read(officer, f"/staff/cases/{reference}")
    assert "Offer somewhere else" not in page and "Offer it by" not in page


def next_steps(page: str) -> list[tuple[str, str]]:
    """The buttons of "What to do next": their words and where they lead."""
    section = page.partition('id="next"')[2].partition("</section>")[0]
    found = re.findall(r'href="([^"]*)">([^<]*)<', section)
    return [(text, link) for link, text in found]


def is_open(page: str, fold: str) -> bool:
    """Whether a fold stands open."""
    found = re.search(rf'<details[^>]* id="{fold}"([^>]*)>', page)
    assert found, fold
    return "open" in found[1]
