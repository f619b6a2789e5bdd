"""Chats through the real service road: read by the channel, taken in, and answered once, by the bot or by a letter."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from tests.factories import classification, message
from tests.road.conftest import Road

from intakebot import plugins
from intakebot.casework import Casework
from intakebot.channels.telegram import document, updates
from intakebot.channels.telegram.receiving import Receiver
from intakebot.channels.telegram.sending import receipt_of
from intakebot.domain.case import EventType
from intakebot.domain.dialogue import House, Reply
from intakebot.domain.labels import Classification, Kind
from intakebot.domain.message import OutboundMessage, Purpose, RawMessage
from intakebot.store.dialogues import KeptDialogues
from intakebot.store.engine import Work
from intakebot.store.queues import Outcome
from intakebot.taking import Taken

BOT = 700900
SERVICE_REQUEST = classification(Kind.SERVICE_REQUEST)
AN_UPDATE = classification(Kind.UPDATE)


@dataclass
class Chat:
    """One person's chat: the real receiver, dialogue and reader, on the road. `said` is what the bot said."""

    road: Road
    number: int = 77
    said: list[Reply] = field(default_factory=list)
    raws: list[RawMessage] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(501))

    def __post_init__(self) -> None:
        kept = KeptDialogues(self.road.store, "telegram")
        house = House("Harbour Homes", "Ring 999.")
        self.receiver = Receiver(str(BOT), self, self._accept, kept, house, lambda: self.road.now)

    async def fetch(self, ref: updates.FileRef) -> bytes:
        return b""

    async def say(self, chat: int, reply: Reply) -> None:
        self.said.append(reply)

    async def _accept(self, raw: RawMessage) -> None:
        self.raws.append(raw)

    async def types(self, text: str, **more: Any) -> RawMessage | None:
        """They write; the bot answers. Returns what was accepted, not yet taken in."""
        number = next(self.numbers)
        kind = "edited_message" if "edit_date" in more else "message"
        who = {"id": self.number, "type": "private", "first_name": "Shirley", "last_name": "Amadi"}
        message = {"message_id": number, "date": 1_772_442_000, "chat": who, "from": who, "text": text, **more}
        before = len(self.raws)
        await self.receiver.take({"update_id": 10_000 + number, kind: message})
        await self.receiver.settle()
        return self.raws[-1] if len(self.raws) > before else None

    def works(self, raw: RawMessage | None, found: Classification | None = None) -> Taken:
        """A worker takes in what was accepted."""
        assert raw is not None
        return self.road.take(document.read(raw), found)

    async def writes(self, text: str, found: Classification | None = None, **more: Any) -> Taken:
        """They write, and it is taken in at once."""
        return self.works(await self.types(text, **more), found)

    async def begins_again(self) -> None:
        assert await self.types("start again") is None

    def words(self) -> list[str]:
        return [reply.text for reply in self.said]


@pytest.fixture
def chat(road: Road) -> Chat:
    return Chat(road)


def letters(road: Road, to: str = "telegram:77") -> list[OutboundMessage]:
    return [letter for letter in road.letters() if letter.to[0].email == to]


def answer_to(number: int, text: str = "Good news", by: int = BOT) -> dict[str, Any]:
    return {"message_id": number, "text": text, "from": {"id": by, "is_bot": by == BOT}, "chat": {"id": 77}}


async def test_a_chat_gets_one_letter_with_its_reference_and_no_letter_for_every_line(chat: Chat, road: Road) -> None:
    first = await chat.writes("The boiler has been broken for three weeks")
    for line in [f"And on day {n} nobody came" for n in range(12)]:
        taken = await chat.writes(line)
        assert (taken.outcome, taken.reference) == (Outcome.APPENDED, first.reference)
    (receipt,) = letters(road)
    assert receipt.purpose is Purpose.ACKNOWLEDGEMENT and first.reference in receipt.text
    assert len(chat.said) == 13, "the bot has answered each at once"
    read = [m for m in road.file(first.reference).messages if m.direction == "in"]
    assert len(read) == 13
    assert EventType.ANSWER_WITHHELD not in [event.type for event in road.file(first.reference).events]


async def test_mail_is_still_answered_by_a_letter_each_time(road: Road) -> None:
    ref = road.take(message()).reference
    road.take(message("More", subject=ref))
    assert [letter.purpose for letter in letters(road, "shirley.amadi@tenant.example")][-1] is Purpose.ADDED


async def test_a_parked_line_is_not_told_twice_that_a_person_reads_it(chat: Chat, road: Road) -> None:
    other = Chat(road, 78)
    ref = (await other.writes("The lift is stuck")).reference
    taken = await chat.writes(f"About {ref}: let me in")
    assert (taken.outcome, taken.acknowledged, letters(road)) == (Outcome.PARKED, False, [])
    assert "a person will read it" in chat.words()[0]


async def test_start_again_begins_another_case_and_later_words_land_on_it(chat: Chat) -> None:
    first = await chat.writes("The boiler has been broken for three weeks")
    await chat.begins_again()
    second = await chat.writes("The lift is stuck")
    assert second.outcome is Outcome.CASE_OPENED and second.reference != first.reference
    assert (await chat.writes("It is still stuck")).reference == second.reference


async def test_later_words_of_another_complaint_taken_in_before_its_first_make_one_case(chat: Chat) -> None:
    first = await chat.writes("The boiler has been broken for three weeks")
    await chat.begins_again()
    begins, goes_on = await chat.types("The lift is stuck"), await chat.types("It is still stuck")
    second, again = chat.works(goes_on), chat.works(begins)  # two workers, and the later message was quicker
    assert second.outcome is Outcome.CASE_OPENED and second.reference == again.reference != first.reference


async def two_cases(chat: Chat) -> tuple[str, str]:
    first = await chat.writes("The boiler has been broken for three weeks")
    await chat.begins_again()
    return first.reference, (await chat.writes("The lift is stuck")).reference


async def test_an_answer_to_a_letter_goes_on_its_case_though_another_is_newer(chat: Chat, road: Road) -> None:
    first, second = await two_cases(chat)
    sent_as(road, first, 9001)
    assert (await chat.writes("Thank you", reply_to_message=answer_to(9001))).reference == first
    assert (await chat.writes("Thank you")).reference == second
    assert (await chat.writes("Thank you", reply_to_message=answer_to(900))).reference == second, "no such letter"
    forged = answer_to(9001, f"Your reference is {first}.", by=4711)
    assert (await chat.writes("Thank you all", reply_to_message=forged)).reference == second, "not our words"


async def test_an_answer_to_the_bots_own_words_goes_on_the_case_they_name(chat: Chat) -> None:
    first, second = await two_cases(chat)
    named = answer_to(4, f"I have added that. Your reference is {first}.")
    assert (await chat.writes("And the radiator", reply_to_message=named)).reference == first
    both = answer_to(5, f"{first}: We have it. {second}: We have it.")
    assert (await chat.writes("And the door", reply_to_message=both)).reference == second


async def test_an_answer_to_ones_own_message_and_an_edit_go_where_that_message_is(chat: Chat) -> None:
    first, second = await two_cases(chat)
    own = answer_to(501, "The boiler has been broken for three weeks", by=77)
    assert (await chat.writes("It is worse now", reply_to_message=own)).reference == first
    edit = {"message_id": 501, "edit_date": 1_772_442_060}
    assert (await chat.writes("The boiler has been broken for four weeks", **edit)).reference == first
    assert (await chat.writes("Hurry up")).reference == second


async def test_a_reference_somebody_writes_outranks_the_message_they_answer(chat: Chat, road: Road) -> None:
    first, second = await two_cases(chat)
    sent_as(road, first, 9001)
    assert (await chat.writes(f"This is on {second}", reply_to_message=answer_to(9001))).reference == second


async def test_a_letter_to_somebody_else_is_no_way_in(chat: Chat, road: Road) -> None:
    other = Chat(road, 78)
    theirs = (await other.writes("My neighbour is loud")).reference
    sent_as(road, theirs, 9001)
    mine = (await chat.writes("Hello there, what is this?", reply_to_message=answer_to(9001))).reference
    assert mine != theirs
    named = answer_to(4, f"Your reference is {theirs}.")
    assert (await chat.writes("And this?", reply_to_message=named)).reference == mine


async def test_when_the_newest_is_closed_they_go_on_with_the_one_that_is_open(chat: Chat, road: Road) -> None:
    first, second = (
        (await chat.writes("Please mend the gate", SERVICE_REQUEST)).reference,
        await another(chat, "Please mend the bell", SERVICE_REQUEST),
    )
    close(road, second)
    assert (await chat.writes("Any time this week is fine", AN_UPDATE)).reference == first
    close(road, first)
    assert (await chat.writes("It is broken again", AN_UPDATE)).reference == second, "the talk they were in opens again"


async def test_after_a_service_request_has_become_a_complaint_they_go_on_with_the_complaint(chat: Chat) -> None:
    request = await chat.writes("Please mend the gate", SERVICE_REQUEST)
    complaint = await chat.writes("Nobody came and I am fed up. I complain.")
    assert complaint.outcome is Outcome.CASE_OPENED and complaint.reference != request.reference
    assert (await chat.writes("They were here today", AN_UPDATE)).reference == complaint.reference


async def another(chat: Chat, text: str, found: Classification) -> str:
    await chat.begins_again()
    return (await chat.writes(text, found)).reference


def sent_as(road: Road, reference: str, number: int) -> None:
    """The newest letter on a case went into its chat as the message with this number."""

    def note(work: Work) -> None:
        rows = work.outbox.claim("test", road.now, timedelta(minutes=1), 50)
        (case,) = [case for case in [work.cases.get(reference)] if case]
        mine = [row for row in rows if row.case_id == case.id and row.channel == "telegram"]
        work.outbox.sent(mine[-1].id, "test", receipt_of([number]), road.now)
        work.outbox.release_leases(road.now)

    road.store.write_now(note)


def close(road: Road, reference: str) -> None:
    def transaction(work: Work) -> None:
        found = work.officers.by_email("officer@example.org")
        assert found is not None
        casework = Casework(work, road.landlord, found[0], road.now)
        casework.close(reference, "Done.")

    road.store.write_now(transaction)


async def test_it_is_the_channel_of_the_settings_that_reads(chat: Chat, road: Road) -> None:
    raw = await chat.types("The boiler is broken")
    assert raw is not None
    channel = plugins.channel("telegram", road.settings, lambda: road.now)
    assert channel.normalise(raw) == document.read(raw)
