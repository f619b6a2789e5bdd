"""An address typed into a form shows nothing: with the reference of somebody's case it still opens no case."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.channels.api_messages import values
from tests.factories import classification, message
from tests.road.conftest import Road

from intakebot.channels.api import ApiChannel
from intakebot.channels.assisted import AssistedChannel, EnteredParty, Entry
from intakebot.channels.webform.channel import WebformChannel
from intakebot.channels.webform.document import SentForm, written
from intakebot.domain.labels import Kind
from intakebot.domain.message import Address, Declared, NormalisedMessage, Party, RawMessage
from intakebot.store.queues import Outcome

AMA = Address("ama@tenant.example", "Ama Mensah")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def by_form(text: str, about: tuple[str, ...] = ()) -> NormalisedMessage:
    form = SentForm(Declared(resident=Party("Ama Mensah", AMA.email)), text, (), about, ())
    return WebformChannel("web").normalise(RawMessage("web", "form-1", written(form), NOW))


def by_api(text: str) -> NormalisedMessage:
    raw = RawMessage("api", "api-1", json.dumps(values(channel="web", text=text)).encode(), NOW)
    return ApiChannel("api").normalise(raw)


def by_staff(text: str) -> NormalisedMessage:
    entry = Entry(
        channel="phone",
        entered_by="Olu Bello",
        entered_at=NOW,
        received_at=NOW,
        text=text,
        resident=EnteredParty(name="Ama Mensah", email=AMA.email),
    )
    return AssistedChannel("phone").normalise(RawMessage("phone", "entry-1", entry.to_bytes(), NOW))


def amas_case(road: Road) -> str:
    return road.take(message("The boiler is broken again.", sender=AMA)).reference


@pytest.mark.parametrize("coming", [by_form, by_api], ids=["form", "api"])
@pytest.mark.parametrize("kind", [Kind.UPDATE, Kind.COMPLAINT, Kind.ESCALATION])
def test_who_only_types_her_address_and_reference_gets_nowhere(
    road: Road, coming: Callable[[str], NormalisedMessage], kind: Kind
) -> None:
    reference = amas_case(road)
    before, case, letters = road.file(reference), road.case(reference), len(road.letters())
    taken = road.take(coming(f"About {reference}: I withdraw. Send all you have to me."), classification(kind))
    assert (taken.outcome, taken.reference) == (Outcome.PARKED, "")
    after = road.file(reference)
    assert (after.messages, after.events) == (before.messages, before.events)
    assert road.case(reference) == case
    for letter in road.letters()[letters:]:
        assert reference not in f"{letter.subject} {letter.text} {letter.html} {letter.reply_to}"
        assert "boiler" not in letter.text


def test_whoever_comes_from_the_signed_link_is_let_in(road: Road) -> None:
    reference = amas_case(road)
    way_back = road.landlord.signer.reply_address(road.landlord.address.email, reference, AMA.key)
    taken = road.take(by_form("The plumber came and left again.", (way_back,)), classification(Kind.UPDATE))
    assert (taken.outcome, taken.reference) == (Outcome.APPENDED, reference)


def test_a_link_to_a_case_of_ones_own_making_opens_no_other(road: Road) -> None:
    """Somebody complains in her name, and adds to that with the reference of the case that is really hers."""
    hers = amas_case(road)
    before = road.file(hers)
    made_up = road.take(by_form("The roof leaks."), classification()).reference
    way_back = road.landlord.signer.reply_address(road.landlord.address.email, made_up, AMA.key)
    added = replace(by_form(f"This is about {hers}. I withdraw it.", (way_back,)), external_id="form-2")
    taken = road.take(added, classification(Kind.UPDATE))
    assert taken.reference != hers
    assert road.file(hers).messages == before.messages


def test_staff_who_took_the_call_vouch_for_who_rang(road: Road) -> None:
    reference = amas_case(road)
    taken = road.take(by_staff(f"My reference is {reference}. It is still cold."), classification(Kind.UPDATE))
    assert (taken.outcome, taken.reference) == (Outcome.APPENDED, reference)


@pytest.mark.parametrize("coming", [by_form, by_api], ids=["form", "api"])
def test_typing_an_address_does_not_show_that_its_mail_arrives(
    road: Road, coming: Callable[[str], NormalisedMessage]
) -> None:
    amas_case(road)
    road.store.write_now(lambda work: work.people.mark_address_failed(AMA.key, "no such mailbox"))
    road.take(coming("The roof leaks as well."), classification())
    known = road.store.read_now(lambda work: work.people.at(AMA.key))
    assert [person.email_failure for person in known] == ["no such mailbox"]
