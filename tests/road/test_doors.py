"""Whoever comes by another door than mail: known again, answered the way they came, and never mixed up."""

from __future__ import annotations

from dataclasses import replace

from tests.factories import classification, message
from tests.road.conftest import Road

from intakebot.domain.case import EventType
from intakebot.domain.labels import Kind
from intakebot.domain.message import Address, Declared, NormalisedMessage, Party, Purpose
from intakebot.domain.people import Authority
from intakebot.store.queues import Outcome

CHAT = Address("telegram:77000123", "Kim Bello")
PHONE = Address("tel:+447700900123", "Kim Bello")
KIM = Party(name="Kim Bello", phone="07700 900123", address="4 Elm Close")


def by(sender: Address, channel: str, text: str, declared: Declared | None = None) -> NormalisedMessage:
    said = message(text)
    return replace(
        said,
        channel=channel,
        external_id=f"{channel}-{text}",
        sender=sender,
        subject="",
        message_id="",
        in_reply_to=(),
        references=(),
        reply_to=None,
        declared=declared,
    )


def test_a_chat_is_answered_in_the_chat_and_its_next_words_land_on_the_case(road: Road) -> None:
    first = road.take(by(CHAT, "telegram", "The boiler is broken again."))
    (letter,) = road.letters()
    assert (letter.channel, letter.to[0].key, letter.reply_to) == ("telegram", CHAT.key, None)
    assert road.case(first.reference).resident.telegram == "77000123"
    update = classification(Kind.UPDATE)
    second = road.take(by(CHAT, "telegram", "It is cold in here."), update)
    assert (second.outcome, second.reference) == (Outcome.APPENDED, first.reference)


def test_another_chat_is_another_person(road: Road) -> None:
    first = road.take(by(CHAT, "telegram", "The boiler is broken again."))
    other = road.take(by(Address("telegram:77000124", "Kim Bello"), "telegram", "It is broken."))
    assert other.outcome is Outcome.CASE_OPENED
    assert other.reference != first.reference


def test_whoever_only_has_a_phone_is_known_again_and_told_by_a_person(road: Road) -> None:
    first = road.take(by(PHONE, "phone", "The boiler is broken again.", Declared(resident=KIM)))
    case = road.case(first.reference)
    assert (case.resident.phone, case.resident.address) == ("07700 900123", "4 Elm Close")
    assert not first.acknowledged
    assert road.letters() == []
    (withheld,) = [e for e in road.file(first.reference).events if e.type is EventType.ANSWER_WITHHELD]
    assert "by phone" in withheld.summary
    text = f"It is still cold. My reference is {first.reference}."
    second = road.take(by(PHONE, "relay", text, Declared(resident=KIM)), classification(Kind.UPDATE))
    assert (second.outcome, second.reference) == (Outcome.APPENDED, first.reference)


def test_a_number_written_as_it_is_dialled_through_relay_uk_is_the_same_phone(road: Road) -> None:
    typed = Declared(resident=replace(KIM, phone="18001 07700 900123"))
    first = road.take(by(PHONE, "relay", "The boiler is broken again.", typed))
    text = f"It is still cold. My reference is {first.reference}."
    second = road.take(by(PHONE, "phone", text, Declared(resident=KIM)), classification(Kind.UPDATE))
    assert (second.outcome, second.reference) == (Outcome.APPENDED, first.reference)


def test_a_form_with_a_mail_address_is_answered_by_mail(road: Road) -> None:
    kim = replace(KIM, email="kim@tenant.example")
    taken = road.take(by(Address("kim@tenant.example", "Kim Bello"), "web", "Broken again.", Declared(resident=kim)))
    assert taken.acknowledged
    (letter,) = road.letters()
    assert (letter.channel, letter.to[0].email) == ("email", "kim@tenant.example")
    assert road.case(taken.reference).resident.phone == "07700 900123"


def test_somebody_who_wrote_by_mail_is_the_same_person_in_a_form(road: Road) -> None:
    mail = replace(message("The boiler is broken."), sender=Address("kim@tenant.example", "Kim Bello"))
    before = road.case(road.take(mail).reference)
    kim = replace(KIM, email="Kim@tenant.example")
    form = by(Address("Kim@tenant.example", "Kim Bello"), "web", "Now the roof.", Declared(resident=kim))
    after = road.case(road.take(form).reference)
    assert after.resident.id == before.resident.id


def test_a_declared_representative_is_recorded_with_authority_pending(road: Road) -> None:
    asha = Party(name="Asha Roy", email="asha@advice.example")
    said = Declared(resident=KIM, representative=asha, relation="support worker")
    taken = road.take(by(Address("asha@advice.example", "Asha Roy"), "web", "For Kim: broken again.", said))
    case = road.case(taken.reference)
    assert case.resident.name == "Kim Bello"
    assert case.representative is not None
    assert (case.representative.person.email, case.representative.relation, case.representative.authority) == (
        "asha@advice.example",
        "support worker",
        Authority.PENDING,
    )
    (letter,) = [one for one in road.letters() if one.purpose in (Purpose.RECEIPT, Purpose.ACKNOWLEDGEMENT)]
    assert letter.to[0].email == "asha@advice.example"


def test_a_resident_whom_somebody_else_names_is_not_the_one_we_know(road: Road) -> None:
    """Else a stranger who names a neighbour would get into what we hold of them."""
    own = road.case(road.take(by(PHONE, "phone", "Broken again.", Declared(resident=KIM))).reference)
    said = Declared(resident=KIM, representative=Party(name="Asha Roy", email="asha@advice.example"))
    other = road.case(road.take(by(Address("asha@advice.example", "Asha Roy"), "web", "For Kim.", said)).reference)
    assert other.reference != own.reference
    assert other.resident.id != own.resident.id
