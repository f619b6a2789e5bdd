"""From a chat to a case: later messages of its thread land on the case, and the chat can ask where it is."""

from __future__ import annotations

from typing import Any

from tests.factories import NOW
from tests.road.conftest import Road

from intakebot import plugins
from intakebot.channels.telegram import document
from intakebot.domain.dialogue import Dialogue, Question, Reply
from intakebot.domain.message import NormalisedMessage, RawMessage
from intakebot.store.dialogues import KeptDialogues
from intakebot.store.queues import Outcome


def update(number: int, text: str, chat: int = 77) -> dict[str, Any]:
    who = {"id": chat, "type": "private", "first_name": "Shirley"}
    return {"update_id": number, "message": {"date": 1_772_442_000, "chat": who, "from": who, "text": text}}


def read(road: Road, number: int, text: str, dialogue: Dialogue, chat: int = 77) -> NormalisedMessage:
    """As a worker reads it: by the channel's name, with neither bot nor store."""
    content = document.write(update(number, text, chat), (), dialogue, Question.NAME if number > 1 else None)
    channel = plugins.channel("telegram", road.settings, lambda: NOW)
    return channel.normalise(RawMessage("telegram", f"700900:{number}", content, NOW))


async def test_later_messages_of_a_thread_land_on_its_case_and_strangers_do_not(road: Road) -> None:
    thread = Dialogue(thread=1, name="Shirley Amadi")
    first = road.take(read(road, 1, "The boiler has been broken for three weeks", thread))
    second = road.take(read(road, 2, "Shirley Amadi", thread))
    assert (first.outcome, second.outcome) == (Outcome.CASE_OPENED, Outcome.APPENDED)
    assert second.reference == first.reference
    assert road.take(read(road, 3, "My lift is stuck", Dialogue(thread=3), chat=78)).reference != first.reference
    cases = (await KeptDialogues(road.store, "telegram").find("telegram:77", NOW)).cases
    assert [(case.reference, case.status, case.open) for case in cases] == [(first.reference, "acknowledged", True)]
    assert cases[0].due is not None and cases[0].received_on.isoformat() == "2026-03-02"


async def test_a_dialogue_comes_back_as_it_was_kept_and_only_from_where_it_stood(road: Road) -> None:
    kept = KeptDialogues(road.store, "telegram")
    told = Dialogue(
        thread=1, asking=Question.PLACE, name="Ann", let_be=(Question.NAME,), told_privacy=True, seen=(1, 2), turn=1
    )
    replies = (Reply("One", ("Skip",), asks_phone=True), Reply("Two"))
    assert await kept.keep("telegram:77", 0, told, replies, NOW)
    assert not await kept.keep("telegram:77", 0, told, replies, NOW)
    assert (await kept.find("telegram:77", NOW)).dialogue == told
    owed = await kept.owed("telegram:77", NOW)
    assert [reply for _, reply in owed] == list(replies)
    await kept.paid("telegram:77", owed[0][0])
    assert [reply for _, reply in await kept.owed("telegram:77", NOW)] == [replies[1]]
    assert await kept.owing(NOW.replace(hour=23)) == ("telegram:77",) and await kept.owing(NOW) == ()
    await kept.paid("telegram:77", owed[1][0])
    assert await kept.owing(NOW.replace(hour=23)) == ()
