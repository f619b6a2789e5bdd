"""Who a message is from, and what its writer may so become or change: staff vouch, a typed address does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.factories import classification, message
from tests.road.conftest import Road
from tests.road.test_representatives import AMA, JO, authority, do, from_jo, reply, went_to
from tests.road.test_telegram_road import read as chat

from intakebot.correspondence import Correspondence
from intakebot.domain import need_acts, safety
from intakebot.domain.case import EventType
from intakebot.domain.dialogue import Dialogue
from intakebot.domain.labels import Kind, Need
from intakebot.domain.message import Address, Declared, NormalisedMessage, Party, Purpose
from intakebot.domain.needs import Contact
from intakebot.domain.people import Authority
from intakebot.errors import Refused
from intakebot.formats.letters import Letter
from intakebot.store.engine import Work
from intakebot.store.queues import Outcome

REQUEST = classification(Kind.SERVICE_REQUEST, flags=("representative",))
COMPLAINT = classification(Kind.COMPLAINT)


def form(words: str, said: Declared, sender: Address, **changes: object) -> NormalisedMessage:
    typed = message(words, channel="web", sender=sender, message_id="", declared=said, external_id=words)
    return replace(typed, sender_only_typed=True, **changes)  # type: ignore[arg-type]


def test_a_complaint_beside_a_request_keeps_its_people_their_authority_and_their_rules(road: Road) -> None:
    said = Declared(Party("Ama Mensah", AMA.email, "07700 900123"), Party("Jo Penn", JO.email), "support worker")
    first = road.take(form("Please mend the tap.", said, JO), REQUEST).reference
    authority(road, first)
    do(road, first, lambda c, a: safety.avoid(c, c.resident, "He reads it", a, at=AMA.email))
    token = road.landlord.signer.reply_address(road.landlord.address.email, first, JO.email)
    more = form("I complain that nobody came.", said, JO, recipients=(Address(token),))
    second = road.take(more, COMPLAINT)
    before, beside = road.case(first), road.case(second.reference)
    assert (second.outcome, beside.raised_from) == (Outcome.CASE_OPENED, before.id)
    assert beside.resident.id == before.resident.id
    assert [(r.person.id, r.authority) for r in beside.representatives] == [
        (before.representatives[0].person.id, Authority.GIVEN)
    ]
    assert beside.records.safety_rules == before.records.safety_rules
    assert went_to(reply(road, second.reference)) == [JO.email]


def test_by_mail_too_a_representative_does_not_become_the_resident(road: Road) -> None:
    first = road.take(from_jo(), REQUEST).reference
    second = road.take(message("I complain that nobody came.", sender=JO, subject=f"Re: {first}"), COMPLAINT)
    assert road.case(second.reference).resident.id == road.case(first).resident.id


def test_a_typed_address_changes_nothing_of_somebody_known(road: Road) -> None:
    first = road.take(message("It is cold.", sender=AMA)).reference
    said = Declared(Party("Ama Mensah", AMA.email), needs=(Need.BRAILLE,), safe_contact="Do not contact me in any way.")
    second = road.take(form("My neighbour is noisy.", said, AMA))
    known = road.case(first)
    assert (known.records.needs, known.records.contact_rules) == ((), ())
    assert EventType.NEEDS_NOT_KEPT in [e.type for e in road.file(second.reference).events]
    assert not second.acknowledged, "what they said to avoid holds for this message until somebody has read it"
    assert road.take(message("It is still cold.", sender=AMA, subject=f"Re: {first}")).acknowledged


def test_whoever_is_new_is_believed_of_themselves(road: Road) -> None:
    said = Declared(Party("Kim Bello", "kim@tenant.example"), needs=(Need.BRAILLE,))
    taken = road.take(form("It is cold.", said, Address("kim@tenant.example", "Kim Bello")))
    assert [n.need for n in road.case(taken.reference).records.needs] == [Need.BRAILLE]


def test_a_chat_of_somebody_known_by_phone_goes_on_in_the_chat(road: Road) -> None:
    said = Declared(Party("Ama Mensah", AMA.email, "07700 900123"))
    road.take(message("It is cold.", sender=AMA, declared=said))
    talk = Dialogue(thread=1, name="Ama Mensah", phone="07700 900123")
    first = road.take(chat(road, 1, "The lift is stuck", talk))
    second = road.take(chat(road, 2, "It is still stuck", talk))
    assert (second.outcome, second.reference) == (Outcome.APPENDED, first.reference)
    assert road.case(first.reference).resident.telegram


def test_a_mail_address_a_caller_gives_to_staff_is_kept_and_one_typed_in_a_form_is_a_new_person(road: Road) -> None:
    phone = Address("tel:+447700900123", "Ama Mensah")
    rang = Declared(Party("Ama Mensah", "", "07700 900123"))
    first = road.take(message("It is cold.", channel="phone", sender=phone, declared=rang, message_id=""))
    with_mail = Declared(Party("Ama Mensah", "new@tenant.example", "07700 900123"))
    again = message("It is damp.", channel="phone", sender=phone, declared=with_mail, message_id="", external_id="2")
    second = road.take(again)
    case = road.case(second.reference)
    assert (case.resident.id, case.resident.email) == (road.case(first.reference).resident.id, "new@tenant.example")
    evil = Declared(Party("Ama Mensah", "other@tenant.example", "07700 900123"))
    third = road.take(form("It is loud.", evil, Address("other@tenant.example", "Ama Mensah")))
    stranger = road.case(third.reference).resident
    assert (stranger.id != case.resident.id, stranger.email) == (True, "other@tenant.example")


def test_a_decision_goes_into_a_chat_only_where_they_asked_for_that(road: Road) -> None:
    ref = road.take(chat(road, 1, "The boiler is broken", Dialogue(thread=1, name="Ama"))).reference
    decision = Letter("Our answer", "We uphold it.\n", "<p>We uphold it.</p>")

    def answer(work: Work) -> None:
        case = work.cases.get(ref)
        assert case is not None
        Correspondence(work, road.landlord, road.now).post(case, Purpose.RESPONSE, decision)

    with pytest.raises(Refused, match="A decision goes into a chat only where"):
        road.store.write_now(answer)
    assert reply(road, ref)[0].channel == "telegram", "other letters go into the chat"
    wish = "He asked for it"
    do(road, ref, lambda c, a: need_acts.set_contact(c, c.resident, Contact.TELEGRAM, "", "", (), wish, None, a))
    road.store.write_now(answer)
    assert road.letters()[-1].channel == "telegram"
