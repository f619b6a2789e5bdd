"""The status page: only by its link, only for a party, and what is added there comes in on the case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from tests.factories import NOW, a_case, acknowledged, answered, at_stage_2
from tests.web.complain.filling import JPEG, add_files, fill, handed_in, links_in, read, save, work
from tests.web.staff_site import Site
from tests.web.staff_site import read as page_at

from intakebot.domain.case import Case, Status
from intakebot.domain.message import Address
from intakebot.domain.people import Authority, Person, Representative
from intakebot.store.queues import Outcome
from intakebot.web.parties import link_to
from intakebot.web.status import standing_of


@pytest.fixture(autouse=True)
def no_waiting_for_workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("intakebot.web.complain.sending.REFERENCE_TRIES", 1)
    yield


async def status_link(site: Site, client: ClientSession) -> tuple[str, str]:
    """Complain by the form; the link to its status page from the confirmation, and the reference."""
    link = await fill(client)
    await save(client, link, "check")
    taken = await work(site, handed_in(site)[-1])
    (found,) = [one for one in links_in(await page_at(client, f"{link}/sent")) if one.startswith("/case/")]
    return found, taken.reference


async def begin(client: ClientSession, link: str, go: str) -> tuple[str, str]:
    """Press a button of the status page; the draft it begins, and its first page."""
    async with client.post(link, data={"go": go}, allow_redirects=False) as response:
        assert response.status == 303
        draft, _, step = response.headers["Location"].rpartition("/")
        return draft, step


def case_of(site: Site, reference: str) -> Case:
    found = site.store.read_now(lambda work: work.cases.get(reference))
    assert found is not None
    return found


async def test_the_confirmation_leads_to_where_the_complaint_is(site: Site, client: ClientSession) -> None:
    link, reference = await status_link(site, client)
    page = await page_at(client, link)
    assert reference in page and "By Monday 9 March 2026 we write or ring" in page
    assert "boiler" not in page and "Ama" not in page, "it repeats nothing anybody wrote"
    assert "Ask for stage 2" not in page


async def test_information_is_added_to_the_case_with_its_files(site: Site, client: ClientSession) -> None:
    link, reference = await status_link(site, client)
    draft, step = await begin(client, link, "more")
    assert step == "more"
    assert (await save(client, draft, "more"))[0] == 400
    assert await save(client, draft, "more", more="The plumber came and left again.") == (303, "files")
    assert await add_files(client, draft, ("mould.jpg", JPEG), go="on") == (303, "check")
    assert "The plumber came" in await page_at(client, f"{draft}/check")
    assert await save(client, draft, "check") == (303, "sent")
    assert await save(client, draft, "check") == (303, "sent")
    rows = handed_in(site)
    assert len(rows) == 2
    message = await read(site, rows[1])
    assert message.sender == Address("ama@tenant.example", "Ama Mensah")
    taken = await work(site, rows[1])
    assert (taken.outcome, taken.reference) == (Outcome.APPENDED, reference)
    stored = site.store.read_now(lambda work: work.views.messages(case_of(site, reference).id))
    assert [a.filename for a in stored[1].attachments] == ["mould.jpg"]
    page = await page_at(client, f"{draft}/sent")
    assert reference in page and link in links_in(page)


async def test_stage_2_is_asked_for_by_a_button(site: Site, client: ClientSession) -> None:
    link, reference = await status_link(site, client)
    before = case_of(site, reference)
    stage = replace(before.stages[0], acknowledged_at=NOW, responded_at=NOW)
    done = replace(before, status=Status.RESPONDED, stages=(stage,))
    site.store.write_now(lambda work: work.cases.save(before, done, (), ()))
    site.clock.forward(timedelta(days=3))
    assert "Ask for stage 2" in await page_at(client, link)
    draft, step = await begin(client, link, "stage2")
    assert step == "stage2"
    assert await save(client, draft, "stage2", why="Nothing was mended.") == (303, "files")
    assert await save(client, draft, "check") == (303, "sent")
    taken = await work(site, handed_in(site)[-1])
    assert (taken.outcome, taken.reference) == (Outcome.APPENDED, reference)
    after = case_of(site, reference)
    assert (after.stage, after.current and after.current.received_at) == (2, site.clock.now)


@pytest.mark.parametrize(
    "forge",
    [
        lambda link: link[:-1],
        lambda link: link[:-1] + ("a" if link[-1] != "a" else "b"),
        lambda link: link.replace("/case/hc", "/case/hd"),
        lambda link: "/case/" + "x" * 100,
        lambda link: "/case/%00.%ff",
        lambda link: link.partition(".")[0] + ".é",
    ],
)
async def test_a_forged_link_opens_nothing(site: Site, client: ClientSession, forge: Callable[[str], str]) -> None:
    link, reference = await status_link(site, client)
    for method in ("get", "post"):
        async with client.request(method, forge(link), data={"go": "more"} if method == "post" else None) as response:
            page = await response.text()
            assert response.status == 404 and "This link does not work" in page and reference not in page


async def test_a_link_is_for_one_person_and_only_while_they_are_a_party(site: Site, client: ClientSession) -> None:
    _, reference = await status_link(site, client)
    before = case_of(site, reference)
    gail = site.store.write_now(lambda work: work.people.add(Person("Gail", "gail@advice.example")))
    link = link_to(site, before, gail)  # type: ignore[arg-type]  # it has what a link needs
    await page_at(client, link, 404)

    def save_with(authority: Authority) -> None:
        case = case_of(site, reference)
        acting = replace(case, representative=Representative(gail, "adviser", authority))
        site.store.write_now(lambda work: work.cases.save(case, acting, (), ()))

    save_with(Authority.PENDING)
    page = await page_at(client, link)
    assert "resident agrees" in page and "March" not in page
    save_with(Authority.GIVEN)
    assert "9 March 2026" in await page_at(client, link)
    save_with(Authority.WITHDRAWN)
    await page_at(client, link, 404)


async def test_two_representatives_each_have_a_page_of_their_own(site: Site, client: ClientSession) -> None:
    _, reference = await status_link(site, client)
    people = [Person("Gail", "gail@advice.example"), Person("Cllr Roy", "roy@council.example")]
    gail, roy = (site.store.write_now(lambda work, one=one: work.people.add(one)) for one in people)  # type: ignore[misc]
    before = case_of(site, reference)
    first, second = (
        Representative(gail, "adviser", Authority.GIVEN),
        Representative(roy, "", Authority.PENDING, number=2),
    )
    both = replace(before, representative=first, further=(second,))
    site.store.write_now(lambda work: work.cases.save(before, both, (), ()))
    links = [site.landlord.status_path(both, one) for one in (gail, roy, both.resident)]
    assert len(set(links)) == 3
    told = ["By Monday 9 March 2026" in await page_at(client, link) for link in links]
    assert told == [True, False, True], "each page tells what its own reader may be told"
    draft, _ = await begin(client, links[1], "more")
    await save(client, draft, "more", more="I am her councillor, and this is still not mended.")
    await save(client, draft, "check")
    message = await read(site, handed_in(site)[-1])
    assert message.sender == Address("roy@council.example", "Cllr Roy")
    assert (await work(site, handed_in(site)[-1])).reference == reference


async def test_a_mail_address_typed_into_the_form_opens_nobody_elses_case(site: Site, client: ClientSession) -> None:
    _, reference = await status_link(site, client)
    link = await fill(client, what=f"About {reference}: where is my answer? Nobody came again.")
    await save(client, link, "check")
    taken = await work(site, handed_in(site)[-1])
    links = links_in(await page_at(client, f"{link}/sent"))
    assert taken.outcome is Outcome.PARKED and not [one for one in links if one.startswith("/case/")]


@pytest.mark.parametrize(
    ("case", "days", "where", "following"),
    [
        (acknowledged(), 2, "looking into", "we answer it"),
        (acknowledged(), 60, "looking into", "we are sorry"),
        (answered(), 8, "answered at stage 1", "stage 2"),
        (at_stage_2(), 15, "stage 2", "By "),
        (replace(a_case(), stages=()), 1, "We have what you sent", "deals with it"),
        (replace(a_case(), status=Status.REFUSED), 1, "did not accept", "Ombudsman"),
        (replace(a_case(), status=Status.WITHDRAWN), 1, "withdrew", "tell us"),
    ],
)
def test_where_a_case_stands_is_said_plainly(case: Case, days: int, where: str, following: str) -> None:
    said = standing_of(case, NOW + timedelta(days=days))
    assert where in said.where and following in said.following
