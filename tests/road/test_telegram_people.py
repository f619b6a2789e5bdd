"""Who writes in a chat, for whom, and what they need: told bit by bit, and on the case as it is told."""

from __future__ import annotations

import pytest
from tests.factories import classification, message
from tests.road.conftest import Road
from tests.road.test_telegram_chats import Chat, letters
from tests.road.test_telegram_safety import do

from intakebot.domain import need_acts, representation
from intakebot.domain.case import EventType
from intakebot.domain.labels import Need
from intakebot.domain.message import Address
from intakebot.domain.people import Authority, Person, RepresentativeKind
from intakebot.store.queues import Outcome

WRITES_FOR = classification(flags=("representative",))


@pytest.fixture
def chat(road: Road) -> Chat:
    return Chat(road)


async def test_what_they_say_of_themselves_later_is_on_the_case(chat: Chat, road: Road) -> None:
    ref = (await chat.writes("The boiler has been broken for three weeks")).reference
    for words in ("Sam Okafor", "My own home", "12 Rowan Court, ZZ1 1AA", "A boiler that works", "No"):
        assert (await chat.writes(words)).reference == ref
    case = road.case(ref)
    assert (case.resident.name, case.resident.address) == ("Sam Okafor", "12 Rowan Court, ZZ1 1AA")
    assert case.representatives == () and case.resident.telegram == "77"
    assert "That is all I need to ask" in chat.words()[-1] and ref in chat.words()[-1]


async def test_what_we_knew_of_somebody_is_not_written_over(chat: Chat, road: Road) -> None:
    known = Person("Shirley Amadi", phone="07700 900001", telegram="77", address="1 Elm Close")
    road.store.write_now(lambda work: work.people.add(known))
    ref = (await chat.writes("The boiler has been broken for three weeks")).reference
    for words in ("Shirley Amadi", "My own home", "99 Other Road"):
        await chat.writes(words)
    resident = road.case(ref).resident
    assert (resident.phone, resident.address) == ("07700 900001", "1 Elm Close")


async def test_who_turns_out_to_write_for_somebody_else_is_a_representative_with_authority_pending(
    chat: Chat, road: Road
) -> None:
    ref = (await chat.writes("The boiler has been broken for three weeks")).reference
    told = ("Jo Penn", "Somebody else", "Ama Mensah", "Support worker or carer", "14 Rowan Court")
    for words in told:
        assert (await chat.writes(words)).reference == ref, words
    case = road.case(ref)
    (one,) = case.representatives
    assert (one.person.name, one.person.telegram, one.authority) == ("Jo Penn", "77", Authority.PENDING)
    assert one.kind is RepresentativeKind.SUPPORT_WORKER
    assert (case.resident.name, case.resident.telegram, case.resident.address) == ("Ama Mensah", "", "14 Rowan Court")
    events = [event.type for event in road.file(ref).events]
    assert events.count(EventType.REPRESENTATIVE_NAMED) == 2, "that they act, and then what they are"


async def test_who_says_at_once_that_they_write_for_somebody_else_is_one_from_the_first_word(
    chat: Chat, road: Road
) -> None:
    ref = (await chat.writes("I am writing for my mother. Her boiler is broken", WRITES_FOR)).reference
    (one,) = road.case(ref).representatives
    assert (one.kind, one.person.telegram) == (RepresentativeKind.RELATIVE, "77")
    assert "permission" in letters(road)[0].text
    await chat.writes("Jo Penn")
    await chat.writes("Ama Mensah")
    assert road.case(ref).resident.name == "Ama Mensah"
    assert not any("own home" in words for words in chat.words())


async def test_naming_somebody_we_know_in_a_chat_gives_nobody_their_record(chat: Chat, road: Road) -> None:
    theirs = road.take(message("Mine", sender=Address("ama@tenant.example", "Ama Mensah"))).reference
    known = road.case(theirs).resident
    ref = (await chat.writes("The boiler has been broken for three weeks")).reference
    for words in ("Jo Penn", "Somebody else", "Ama Mensah", "Friend or neighbour"):
        await chat.writes(words)
    resident = road.case(ref).resident
    assert resident.name == "Ama Mensah" and resident.id != known.id and resident.email == ""


async def test_who_has_a_case_by_another_way_is_not_taken_out_of_it_by_a_word_in_a_chat(chat: Chat, road: Road) -> None:
    ref = road.take(message()).reference
    resident = road.case(ref).resident
    chatting = Person("Jo Penn", telegram="77")
    known = road.store.write_now(lambda work: work.people.add(chatting))
    do(road, ref, lambda c, a: representation.name(c, known, RepresentativeKind.OTHER, "", a))
    taken = await chat.writes(f"I write on behalf of my mother about {ref}")
    assert (taken.outcome, taken.reference) == (Outcome.APPENDED, ref)
    case = road.case(ref)
    assert case.resident == resident
    assert case.representatives[0].kind is RepresentativeKind.RELATIVE, "it says what they are"


async def test_a_need_told_in_a_chat_is_kept_and_what_staff_end_does_not_come_back(chat: Chat, road: Road) -> None:
    ref = (await chat.writes("My boiler has been broken for three weeks")).reference
    for words in ("Sam Okafor", "12 Rowan Court", "A boiler that works", "Large print, 20 point"):
        await chat.writes(words)
    (need,) = road.case(ref).records.needs
    assert (need.need, need.print_pt) == (Need.LARGE_PRINT, 20)
    do(road, ref, lambda c, a: need_acts.end_need(c, need.person_id, need.number, "She said so.", True, a))
    await chat.writes("It is still cold")
    assert [n.ended_why for n in road.case(ref).records.needs] == ["She said so."]


async def test_a_warning_told_in_a_chat_is_a_rule_that_a_person_must_read(chat: Chat, road: Road) -> None:
    words = "My boiler is broken. It is not safe to write to my home."
    ref = (await chat.writes(words)).reference
    (rule,) = road.case(ref).records.contact_rules
    assert rule.avoid == words and rule.unread
    assert EventType.CONTACT_TOLD in [event.type for event in road.file(ref).events]
