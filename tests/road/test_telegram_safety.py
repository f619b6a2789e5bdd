"""Rules for somebody's safety and how they may be reached, in chats: the bot obeys them as letters do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.factories import message
from tests.road.conftest import Road
from tests.road.test_telegram_chats import Chat, answer_to, letters

from intakebot.casework import Casework
from intakebot.channels.telegram import document
from intakebot.domain import need_acts, representation, safety
from intakebot.domain.case import Acting, Case, Change, EventType
from intakebot.domain.dialogue import Reply
from intakebot.domain.message import Address, Declared, Party
from intakebot.domain.needs import Contact
from intakebot.domain.people import Authority, Person, RepresentativeKind
from intakebot.domain.safety import Caution
from intakebot.store.dialogues import KeptDialogues
from intakebot.store.queues import Outcome

HERS = "telegram:77"
LISTENS = "Not by phone or chat: he listens."


@pytest.fixture
def chat(road: Road) -> Chat:
    return Chat(road)


def do(road: Road, reference: str, act: Callable[[Case, Acting], Change]) -> None:
    officer = road.store.read_now(lambda work: work.officers.all()[0])
    road.store.write_now(lambda work: Casework(work, road.landlord, officer, road.now).act(reference, act))


def never_by_telegram(case: Case, acting: Acting) -> Change:
    never = (Contact.TELEGRAM,)
    return need_acts.set_contact(case, case.resident, None, "", "", never, "He reads it.", None, acting)


def not_at_the_chat(case: Case, acting: Acting) -> Change:
    return safety.avoid(case, case.resident, "He reads her chats.", acting, at=HERS)


BARRED = pytest.mark.parametrize("rule", [never_by_telegram, not_at_the_chat], ids=["barred way", "safety rule"])


@BARRED
async def test_a_barred_chat_hears_nothing_and_everything_written_is_kept(
    chat: Chat, road: Road, rule: Callable[[Case, Acting], Change]
) -> None:
    ref = (await chat.writes("The boiler has been broken for three weeks")).reference
    do(road, ref, rule)
    said, sent = len(chat.said), len(letters(road))
    taken = await chat.writes("I can smell gas")
    assert (taken.outcome, taken.reference, taken.acknowledged) == (Outcome.APPENDED, ref, False)
    for order in ("where is my complaint", "help", "stop", "start again", "skip"):
        await chat.types(order)
    await chat.types("", sticker={"file_id": "s"})
    assert (await chat.writes("The lift is stuck too")).acknowledged is False
    assert (len(chat.said), len(letters(road))) == (said, sent), chat.words()[said:]
    file = road.file(ref)
    assert EventType.ANSWER_WITHHELD in [event.type for event in file.events]
    assert file.case.records.format_tasks, "a person must reach them another way"


@BARRED
async def test_replies_that_wait_when_a_chat_is_barred_never_go(
    chat: Chat, road: Road, rule: Callable[[Case, Acting], Change]
) -> None:
    ref = (await chat.writes("The boiler has been broken for three weeks")).reference
    kept = KeptDialogues(road.store, "telegram")
    stands = await kept.find(HERS, road.now)
    assert await kept.keep(HERS, stands.dialogue.turn, stands.dialogue, (Reply("What is your name?"),), road.now)
    do(road, ref, rule)
    said = len(chat.said)
    await chat.receiver.pay_what_is_left(all_of_it=True)
    await chat.receiver.settle()
    assert len(chat.said) == said
    assert await kept.owing(road.now + timedelta(days=1)) == ()


async def test_a_warning_no_person_has_read_leaves_a_few_words_that_name_nothing(chat: Chat, road: Road) -> None:
    ref = (await chat.writes("The boiler has been broken for three weeks")).reference
    web = Declared(Party("Shirley Amadi", telegram="77"), safe_contact=LISTENS)
    road.take(message("Be careful", channel="web", sender=Address(HERS, "Shirley Amadi"), subject=ref, declared=web))
    said = len(chat.said)
    await chat.writes("It is still broken")
    await chat.types("where is my complaint")
    assert chat.words()[said:] == ["Thank you. A person will read this."] * 2
    await chat.writes("I can smell gas")
    assert "999" in chat.words()[-2] and chat.words()[-1] == "Thank you. A person will read this."
    assert not any(ref in words for words in chat.words()[said:])


async def test_once_a_person_has_settled_it_the_bot_speaks_again(chat: Chat, road: Road) -> None:
    ref = (await chat.writes("The boiler has been broken for three weeks")).reference
    do(road, ref, never_by_telegram)
    await chat.writes("It is still broken")
    do(road, ref, lambda c, a: need_acts.set_contact(c, c.resident, None, "", "", (), "She asked.", None, a))
    said = len(chat.said)
    await chat.writes("It is still cold")
    assert len(chat.said) == said + 1 and "What is your name?" in chat.words()[-1]


async def test_writing_in_a_chat_undoes_nothing_that_staff_settled_about_it(chat: Chat, road: Road) -> None:
    ref = (await chat.writes("The boiler has been broken for three weeks")).reference
    settled = lambda c, a: need_acts.set_contact(c, c.resident, Contact.POST, "", "", (), "She said.", None, a)  # noqa: E731
    do(road, ref, settled)
    before = road.case(ref).records.contact_rules
    await chat.writes("It is still broken")
    assert road.case(ref).records.contact_rules == before


async def test_somebody_through_whom_the_resident_must_not_be_reached_hears_nothing_of_the_case(
    chat: Chat, road: Road
) -> None:
    ref = (await chat.writes("My wife's boiler is broken")).reference
    do(road, ref, lambda c, a: safety.avoid(c, c.resident, "He controls her.", a, through=c.representatives[0].person))
    said = len(chat.said)
    await chat.types("where is my complaint")
    assert len(chat.said) == said


@pytest.mark.parametrize("state", [Authority.REFUSED, Authority.WITHDRAWN])
async def test_who_acts_for_nobody_any_more_is_told_of_no_case(chat: Chat, road: Road, state: Authority) -> None:
    ref = road.take(message("Her boiler is broken")).reference
    jo = road.store.write_now(lambda work: work.people.add(Person("Jo Penn", telegram="77")))
    do(road, ref, lambda c, a: representation.name(c, jo, RepresentativeKind.ADVISER, "adviser", a))
    await chat.writes(f"About {ref}: any news?")
    await chat.types("where is my complaint")
    assert ref in chat.words()[-1]
    do(road, ref, lambda c, a: representation.record_authority(c, 1, state, a, evidence="She rang us."))
    await chat.types("where is my complaint")
    assert ref not in chat.words()[-1]


async def test_a_chat_whose_words_staff_put_on_somebody_elses_case_is_told_nothing_of_it(
    chat: Chat, road: Road
) -> None:
    theirs = road.take(message("The lift is stuck")).reference
    raw = await chat.types(f"About {theirs}: me too")
    assert chat.works(raw).outcome is Outcome.PARKED
    officer = road.store.read_now(lambda work: work.officers.all()[0])
    road.store.write_now(lambda work: Casework(work, road.landlord, officer, road.now).put_on_case(road.count, theirs))
    assert raw is not None and road.work_again(document.read(raw)).reference == theirs
    await chat.types("where is my complaint")
    assert theirs not in chat.words()[-1]
    assert (await KeptDialogues(road.store, "telegram").find(HERS, road.now)).caution is Caution.NONE
    assert (await chat.writes("So?", reply_to_message=answer_to(1, theirs))).reference != theirs
