"""Letters of acts: read before they go, changed, checked again, given another way; nothing happens before they go."""

from __future__ import annotations

from html import unescape

import pytest
from aiohttp import ClientSession
from tests.web.doing import case_of, fill, form_in, path, press
from tests.web.staff_site import Site, read
from tests.web.test_act_refusals import error_of
from tests.web.test_acts import DOINGS, prepare

from intakebot.domain.case import EventType
from intakebot.domain.message import Address, OutboundMessage
from intakebot.store.queues import State

READY = ("acknowledged", "define", "answer_point", "answer_second", "offer", "open_action")
ANSWER = DOINGS["respond"].fields


def waiting(site: Site, purpose: str) -> list[OutboundMessage]:
    letters = site.store.read_now(lambda work: work.desk.letters([State.WAITING]))
    return [letter.message for letter in letters if letter.message.purpose == purpose]


async def test_nothing_is_done_before_the_letter_is_sent_as_it_was_left(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    await prepare(officer, reference, READY)
    before = case_of(site, reference)
    status, page = await fill(officer, reference, "respond", ANSWER)
    assert status == 200 and case_of(site, reference) == before
    letter = form_in(page)["letter_text"]
    for said in ("We were late.", "Nobody booked the visit.", "For the weeks without heat", "Fit the part"):
        assert said in letter
    status, where = await press(officer, reference, "respond", page, "send", letter_text=letter + "\nI will ring.")
    assert (status, where) == (303, f"/staff/cases/{reference}?done=respond")
    (sent,) = waiting(site, "response")
    assert sent.text.endswith("I will ring.\n") and sent.to == (Address("ada@tenant.example", "Ada Tenant"),)
    assert case_of(site, reference).responded_at == site.clock.now


async def test_missing_parts_are_named_with_their_clauses_and_the_letter_is_held(
    site: Site, officer: ClientSession
) -> None:
    reference = (await site.receive()).reference
    await prepare(officer, reference, READY)
    _, page = await fill(officer, reference, "respond", ANSWER)
    assert ">Missing</strong>" not in page and page.count(">Found</strong>") > 8
    letter = form_in(page)["letter_text"].replace("Nobody booked the visit.", "")
    for go, status in (("check", 200), ("send", 400)):
        got, page = await press(officer, reference, "respond", page, go, letter_text=letter)
        assert got == status
        assert "the reasons for the decision (Code 6.9d)" in page and ">Missing</strong>" in page
        assert form_in(page)["letter_text"] == letter
    assert "The letter lacks 1 part that it must give" in error_of(page)
    assert not waiting(site, "response") and case_of(site, reference).responded_at is None


async def test_going_back_keeps_what_was_typed_and_coming_again_keeps_the_changed_letter(
    site: Site, officer: ClientSession
) -> None:
    reference = (await site.receive()).reference
    await prepare(officer, reference, READY)
    _, page = await fill(officer, reference, "respond", ANSWER)
    mine = form_in(page)["letter_text"] + "\nI will ring."
    status, page = await press(officer, reference, "respond", page, "back", letter_text=mine, letter_given="By hand")
    assert status == 200
    assert ANSWER.items() <= form_in(page).items()
    status, page = await press(officer, reference, "respond", page, "")
    assert form_in(page)["letter_text"] == mine and form_in(page)["letter_given"] == "By hand"
    _, page = await press(officer, reference, "respond", page, "back", letter_text=mine)
    status, page = await press(officer, reference, "respond", page, "", decision="We were very late.")
    assert "We were very late." in form_in(page)["letter_text"]
    assert "I will ring." not in form_in(page)["letter_text"] and "I will ring." in page
    assert "What you had written before your answers changed" in page


async def test_letter_given_another_way_is_kept_and_not_mailed(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    status, page = await fill(officer, reference, "clarify", {"question": "Which room is it?"})
    assert status == 200
    status, _ = await press(officer, reference, "clarify", page, "send", letter_given="Read out on the phone")
    assert status == 303
    assert not waiting(site, "clarification")
    page = await read(officer, f"/staff/cases/{reference}")
    assert "Read out on the phone" in page and "Which room is it?" in page


async def test_where_mail_reaches_nobody_the_officer_must_say_how_it_is_given(
    site: Site, officer: ClientSession
) -> None:
    reference = (await site.receive()).reference
    site.store.write_now(lambda work: work.people.mark_address_failed("ada@tenant.example", "no such address"))
    _, page = await fill(officer, reference, "clarify", {"question": "Which room is it?"})
    status, page = await press(officer, reference, "clarify", page, "send")
    assert status == 400 and "say how it is given instead" in error_of(page)
    status, _ = await press(officer, reference, "clarify", page, "send", letter_given="By post")
    assert status == 303


async def test_case_that_changed_meanwhile_is_looked_at_again(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    _, page = await fill(officer, reference, "clarify", {"question": "Which room is it?"})
    assert (await fill(officer, reference, "learn", {"nothing": "yes"}))[0] == 303
    status, page = await press(officer, reference, "clarify", page, "send")
    assert status == 400 and "Nothing was done now" in error_of(page) and "Which room is it?" in page
    assert not waiting(site, "clarification")
    status, _ = await press(officer, reference, "clarify", page, "send")
    assert status == 303 and len(waiting(site, "clarification")) == 1


async def test_letter_sent_twice_goes_once(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    await prepare(officer, reference, ("agree_updates",))
    _, page = await fill(officer, reference, "update", {"said": "The part has come."})
    assert (await press(officer, reference, "update", page, "send"))[0] == 303
    status, again = await press(officer, reference, "update", page, "send")
    events = site.store.read_now(lambda work: work.views.case_file(reference))
    assert events is not None
    sent = [event for event in events.events if event.type is EventType.UPDATE_SENT]
    assert (status, len(sent), len(waiting(site, "update"))) == (400, 1, 1), error_of(again)


@pytest.mark.parametrize("written", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
async def test_what_is_typed_is_only_ever_text(site: Site, officer: ClientSession, written: str) -> None:
    reference = (await site.receive()).reference
    status, page = await fill(officer, reference, "clarify", {"question": written})
    assert status == 200 and written not in page and written in unescape(page)
    assert form_in(page)["question"] == written
    status, page = await press(officer, reference, "clarify", page, "send")
    assert status == 303
    page = await read(officer, f"/staff/cases/{reference}")
    assert written not in page and written in unescape(page)
    page = await read(officer, path(reference, "learn") + "?lesson=" + "%3Cscript%3E")
    assert "<script" not in page
