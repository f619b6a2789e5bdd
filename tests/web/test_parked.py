"""Parked and set-aside messages: shown with the reason, the words and the original, and dealt with by a person."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import ClientSession
from tests.web.staff_site import ADA, Site, read, send
from tests.web.test_case import words

from intakebot.domain.labels import Classification, Tag
from intakebot.domain.message import Address, Automatic, NormalisedMessage
from intakebot.store.queues import InboxRow, Outcome, State

STRANGER = Address("stan@tenant.example", "Stan Ger")


async def ask_person(site: Site) -> tuple[str, int]:
    """A case, and a stranger's message that names it; the case's reference and the message's inbox id."""
    reference = (await site.receive()).reference
    taken = await site.receive("I am his brother.", sender=STRANGER, subject=f"Re: {reference}")
    assert taken.outcome is Outcome.PARKED
    return reference, newest(site)


def newest(site: Site) -> int:
    rows = site.store.read_now(lambda work: work.views.set_aside(tuple(Outcome), 1))
    return rows[0].id


def row_of(site: Site, inbox_id: int) -> InboxRow:
    row = site.store.read_now(lambda work: work.inbox.get(inbox_id))
    assert row is not None
    return row


async def test_parked_message_is_shown_with_all_that_is_needed_to_decide(site: Site, officer: ClientSession) -> None:
    reference, inbox_id = await ask_person(site)
    assert "not the resident or representative" in words(await read(officer, "/staff/parked"))
    page = words(await read(officer, f"/staff/parked/{inbox_id}"))
    for said in (
        "I am his brother.",
        "stan@tenant.example",
        f"{reference}: Ada Tenant",
        "ada@tenant.example",
        "No hot",
    ):
        assert said in page, said


async def test_parked_message_is_put_on_the_case_offered(site: Site, officer: ClientSession) -> None:
    reference, inbox_id = await ask_person(site)
    status, where = await send(officer, f"/staff/parked/{inbox_id}/put", case=reference, case_offered="1")
    assert (status, where) == (303, "/staff/parked?done=put")
    assert (row_of(site, inbox_id).state, row_of(site, inbox_id).directive) == (State.WAITING, reference)
    assert "goes on that case" in words(await read(officer, where))
    await read(officer, f"/staff/parked/{inbox_id}", 404)  # it is in work now


async def test_another_case_is_named_as_people_write_references(site: Site, officer: ClientSession) -> None:
    _, inbox_id = await ask_person(site)
    other = (await site.receive(sender=Address("z@tenant.example"))).reference
    typed = other.replace("-", " ").lower()
    path = f"/staff/parked/{inbox_id}/put"
    for fields, field in (
        ({"case_offered": "1"}, "case"),
        ({"case": "other", "reference": ""}, "reference"),
        ({"case": "other", "reference": "HC-0000-0000-Z"}, "reference"),
        ({"case": "HC-4821-7360-Z"}, "case"),
    ):
        status, page = await send(officer, path, **fields)
        assert status == 400 and f'href="#{field}"' in page and f'id="{field}"' in page, fields
    assert (await send(officer, path, case="other", reference=typed))[0] == 303
    assert row_of(site, inbox_id).directive == other


async def test_unreadable_message_is_tried_again_opened_or_left(site: Site, officer: ClientSession) -> None:
    for act, state, fields in (
        ("retry", State.WAITING, {}),
        ("open", State.WAITING, {}),
        ("dismiss", State.DONE, {"dismiss_reason": "An empty test message."}),
    ):
        inbox_id = await site.park("It cannot be read as a message.")
        page = words(await read(officer, f"/staff/parked/{inbox_id}"))
        assert "It cannot be read as a message." in page and "Download the original message" in page
        assert (await send(officer, f"/staff/parked/{inbox_id}/{act}", **fields))[0] == 303
        assert row_of(site, inbox_id).state is state, act
    assert "Olu Bello: An empty test message." in words(await read(officer, "/staff/set-aside"))


async def test_nothing_to_do_needs_a_reason(site: Site, officer: ClientSession) -> None:
    inbox_id = await site.park("It cannot be read.")
    status, page = await send(officer, f"/staff/parked/{inbox_id}/dismiss", dismiss_reason=" ")
    assert status == 400 and 'href="#dismiss_reason"' in page
    assert row_of(site, inbox_id).state is State.PARKED


async def test_second_officer_learns_that_it_is_done(site: Site, officer: ClientSession) -> None:
    inbox_id = await site.park("It cannot be read.")
    await send(officer, f"/staff/parked/{inbox_id}/dismiss", dismiss_reason="Nothing in it.")
    status, page = await send(officer, f"/staff/parked/{inbox_id}/dismiss", dismiss_reason="Mine too.")
    assert status == 400 and "Somebody else has dealt with this message already" in page


async def test_message_not_for_us_can_become_a_case_after_all(site: Site, officer: ClientSession) -> None:
    spam = Classification(Tag("not_for_us", 0.9), version="rules-1")
    assert (await site.receive("Cheap boilers!", sender=ADA, classification=spam)).outcome is Outcome.NOT_FOR_US
    inbox_id = newest(site)
    assert "ada@tenant.example" in words(await read(officer, "/staff/set-aside"))
    page = words(await read(officer, f"/staff/set-aside/{inbox_id}"))
    assert "Cheap boilers!" in page and "Open a new case from it" in page and "Nothing to do" not in page
    assert (await send(officer, f"/staff/set-aside/{inbox_id}/open"))[0] == 303
    assert row_of(site, inbox_id).directive == "open"


async def test_automatic_message_on_a_case_leads_to_it(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    case = site.store.read_now(lambda work: work.cases.get(reference))
    assert case is not None
    (_, ours, *_) = site.store.read_now(lambda work: work.views.messages(case.id))

    def automatic(message: NormalisedMessage) -> NormalisedMessage:
        return replace(message, automatic=Automatic.AUTO_REPLY, in_reply_to=(ours.external_id,))

    await site.receive("I am away.", message_changes=automatic)
    page = await read(officer, f"/staff/set-aside/{newest(site)}")
    assert f'href="/staff/cases/{reference}"' in page and "Open a new case" not in page


async def test_message_already_on_a_case_is_not_offered_here(site: Site, officer: ClientSession) -> None:
    await site.receive()
    await read(officer, "/staff/parked/1", 404)
    await read(officer, "/staff/set-aside/1", 404)
    await read(officer, "/staff/parked/999999999", 404)
