"""The queue: what is dangerous and due stands first, says so in words, and is found again page by page."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aiohttp import ClientSession
from tests.web.staff_site import Site, flags, read, send, sign_in

from intakebot.domain.labels import Classification, Flag, Kind, Tag
from intakebot.domain.message import Address
from intakebot.store.engine import Work
from intakebot.store.views import QueuePlace
from intakebot.web.queue import PAGE, place, written


def references(page: str) -> list[str]:
    """The references on a page of the queue, in order."""
    return re.findall(r'<a class="govuk-link" href="/staff/cases/([A-Z0-9-]+)">', page)


def row_of(page: str, reference: str) -> str:
    """One case's row, as text."""
    row = page.partition(f"/staff/cases/{reference}")[2].partition("</tr>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", row).split())


async def test_danger_comes_first_then_what_is_due_soonest(site: Site, officer: ClientSession) -> None:
    site.clock.now = datetime(2026, 2, 20, 9, 0, tzinfo=UTC)
    early = (await site.receive()).reference
    site.clock.now = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
    late = (await site.receive(sender=Address("bo@tenant.example"))).reference
    risk = (await site.receive(classification=flags(Flag.SAFEGUARDING), sender=Address("c@tenant.example"))).reference
    gas = (await site.receive(classification=flags(Flag.EMERGENCY_HAZARD), sender=Address("d@x.example"))).reference
    damp = (await site.receive(classification=flags(Flag.SIGNIFICANT_HAZARD), sender=Address("e@x.example"))).reference
    site.clock.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    page = await read(officer, "/staff")
    assert references(page) == [gas, risk, damp, early, late]
    assert "Emergency" in row_of(page, gas) and "Make safe by 8pm today 11 hours left" in row_of(page, gas)
    assert "Acknowledge by Fri 27 February Overdue by 1 working day" in row_of(page, early)
    assert "Acknowledge by Fri 6 March 4 working days left" in row_of(page, late)
    assert re.search(r"5 cases waiting,\s*<strong[^>]*>1 case overdue</strong>, 1 due today\.", page)


async def test_row_says_who_what_and_what_is_new(site: Site, officer: ClientSession) -> None:
    doubtful = flags(Flag.MISSED_APPOINTMENT, needs_review=True, review_reason="Could be a service request.")
    reference = (await site.receive(classification=doubtful, subject="Nobody came")).reference
    row = row_of(await read(officer, "/staff"), reference)
    for said in ("New message", "Check kind", "Repairs complaint", "Nobody came", "Ada Tenant", "Repairs"):
        assert said in row, said


async def test_views_narrow_the_queue(site: Site, officer: ClientSession) -> None:
    enquiry = Classification(Tag("enquiry", 0.9), version="rules-1")
    rents = Classification(Tag("complaint", 0.9), (Tag("rents", 0.9),), version="rules-1")
    doubtful = flags(needs_review=True, review_reason="Doubt.")
    asked = (await site.receive(classification=enquiry, sender=Address("a@tenant.example"))).reference
    rent = (await site.receive(classification=rents, sender=Address("b@tenant.example"))).reference
    doubt = (await site.receive(classification=doubtful, sender=Address("c@tenant.example"))).reference
    mine = site.officers["officer@example.org"]

    def give(work: Work) -> None:
        case = work.cases.get(rent)
        assert case is not None
        work.cases.save(case, replace(case, officer_id=mine, team="homes"), (), ())

    site.store.write_now(give)
    assert references(await read(officer, "/staff?kind=enquiry")) == [asked]
    assert references(await read(officer, "/staff?category=rents")) == [rent]
    assert references(await read(officer, "/staff?view=check")) == [doubt]
    assert rent in references(await read(officer, "/staff?view=mine"))
    assert rent not in references(await read(officer, "/staff?view=team"))
    assert references(await read(officer, "/staff?view=overdue")) == []
    assert "No cases here." in await read(officer, "/staff?view=overdue")
    assert len(references(await read(officer, "/staff?kind=nonsense&category=%00&view=x&after=zzz"))) == 3


async def test_every_case_is_on_exactly_one_page(site: Site, officer: ClientSession) -> None:
    site.clock.now = datetime(2026, 2, 20, 9, 0, tzinfo=UTC)
    put = set()
    for number in range(PAGE * 2 + 7):
        site.clock.forward(timedelta(seconds=number % 3))  # many due at the same moment
        chosen = flags(Flag.SIGNIFICANT_HAZARD) if number % 10 == 0 else flags()
        put.add((await site.receive(sender=Address(f"t{number}@tenant.example"), classification=chosen)).reference)
    found, path = [], "/staff?kind=complaint"
    for _ in range(5):
        page = await read(officer, path)
        found += references(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            break
        path = following[1].replace("&amp;", "&")
        assert "kind=complaint" in path
    assert len(found) == len(put) == len(set(found)) and set(found) == put
    assert "Back to the start" in page


def test_place_in_the_queue_survives_the_address() -> None:
    there = QueuePlace(3, datetime(2026, 3, 2, 9, 0, 0, 123457, tzinfo=UTC), 12)
    assert place(written(there)) == there
    assert [place(text) for text in ("", "4.1.1", "1.2", "1.999999999999999999.1", "1.-5.2")] == [None] * 5


async def test_parked_messages_and_unsent_letters_are_announced(site: Site, officer: ClientSession) -> None:
    assert "could not be sent" not in await read(officer, "/staff")
    await site.receive()
    await site.park("It cannot be read.")

    site.fail_first_letter("The address does not exist.")
    page = " ".join(re.sub(r"<[^>]*>", "", await read(officer, "/staff")).split())
    assert "1 message waits for a person to say where it belongs." in page
    assert "1 letter could not be sent." in page


async def test_closed_cases_leave_the_queue(site: Site, client: ClientSession) -> None:
    taken = await site.receive(classification=Classification(Tag(Kind.COMPLIMENT.value, 0.9), version="rules-1"))
    await sign_in(client, "officer@example.org")
    assert references(await read(client, "/staff")) == [taken.reference]
    await send(client, f"/staff/cases/{taken.reference}/close", close_reason="Passed on to the team.")
    assert references(await read(client, "/staff")) == []


async def test_staff_see_when_mail_is_refused_or_letters_wait(site: Site, officer: ClientSession) -> None:
    assert "refused" not in await read(officer, "/staff")
    site.health.said = ("New messages are refused for now: the data folder is full <now>",)
    assert "New messages are refused for now: the data folder is full &lt;now&gt;" in await read(officer, "/staff")
