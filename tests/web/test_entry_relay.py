"""Relay UK from the entry to every page: what to dial stands with each number, and nobody in between is a party."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession
from tests.web.staff_site import Site, read
from tests.web.test_entry import BY_CHANNEL, Fields, call, enter, fill, no_waiting, press, work
from tests.web.test_needs import banner_of

from intakebot.cli.case_text import case_text
from intakebot.domain.case import EventType
from intakebot.domain.people import Authority, RepresentativeKind
from intakebot.store.queues import Outcome
from intakebot.store.views import QueueFilter

assert no_waiting  # the fixture: no test waits for a worker


async def test_a_text_number_stands_nowhere_with_18002(site: Site, officer: ClientSession) -> None:
    fields = call(phone="01632 960005", text_number="yes")
    _, check = await fill(officer, "relay", fields)
    _, place = await press(officer, "relay", check, "send")
    work(site)
    done = await read(officer, place)
    (reference,) = site.store.read_now(lambda w: [r.reference for r in w.views.queue(QueueFilter())])
    case = await read(officer, f"/staff/cases/{reference}")
    file = site.store.read_now(lambda w: w.views.case_file(reference))
    assert file is not None
    shown = case_text(file, {}, site.landlord.time_rules.calendar, site.clock.now, 6)
    for text in (check, done, case, shown):
        assert "ing back on 01632 960005" in text
    for text in (check, done, case, shown, await read(officer, "/staff")):
        assert "18002" not in text
    assert "Safety" not in case, "how they like to be reached is no rule for their safety"
    assert [e.summary for e in file.events if e.type is EventType.NEEDS_TOLD] == ["Kept with the resident: Relay UK."]
    assert "TextNumber" in case and "Calls through Relay UK: ring back on 01632 960005" in case


@pytest.mark.parametrize("mark", [{}, {"text_number": "yes"}])
async def test_a_call_that_waits_for_a_person_shows_its_number_only_with_what_to_dial(
    site: Site, officer: ClientSession, mark: Fields
) -> None:
    taken = await site.receive()
    await enter(officer, "relay", call(words=f"R: ABT {taken.reference} NOTHING HAPPENS SK", **mark))
    work(site)
    (row,) = site.store.read_now(lambda w: w.views.set_aside([Outcome.PARKED]))
    listed, one = await read(officer, "/staff/parked"), await read(officer, f"/staff/parked/{row.id}")
    assert row.sender == "tel:+447700900123"
    assert "a caller through Relay UK" in listed and "a caller through Relay UK" in one
    assert "7700" not in listed and f"Ring back on {'' if mark else '18002 '}07700 900123" in one
    assert "+447700900123" not in one


async def test_speaking_for_somebody_by_relay_leaves_authority_pending_and_the_assistant_out(
    site: Site, officer: ClientSession
) -> None:
    fields = call(acting="representative", resident_name="Ama Amadi", relation="ward councillor", home="12 Rowan Court")
    await enter(officer, "relay", fields)
    work(site)
    (row,) = site.store.read_now(lambda w: w.views.queue(QueueFilter()))
    case = site.store.read_now(lambda w: w.cases.get(row.reference))
    assert case is not None and case.resident.name == "Ama Amadi"
    (only,) = case.representatives
    assert (only.person.name, only.kind, only.authority) == (
        "Shirley Amadi",
        RepresentativeKind.COUNCILLOR,
        Authority.PENDING,
    )
    page = await read(officer, f"/staff/cases/{row.reference}")
    banner = banner_of(page)
    assert "The representative needs:" in banner and "This person needs:" not in banner
    assert "Calls through Relay UK: ring back on 18002 07700 900123" in banner


async def test_an_interpreter_or_assistant_is_never_a_representative(site: Site, officer: ClientSession) -> None:
    firm = {"interpreter_firm": "SignWell", "interpreter_id": "I-17"}
    for channel, fields in (("video_relay", BY_CHANNEL["video_relay"] | firm), ("relay", call())):
        await enter(officer, channel, fields)
    work(site)
    rows = site.store.read_now(lambda w: w.views.queue(QueueFilter()))
    cases = site.store.read_now(lambda w: [w.cases.get(row.reference) for row in rows])
    assert cases and all(case is not None and case.representatives == () for case in cases)
