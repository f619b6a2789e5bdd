"""Messages from Telegram by polling: never lost, never twice, whatever breaks, over real HTTP into a real store."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta

import pytest
from tests.channels.telegram.conftest import World
from tests.channels.telegram.fake_api import TOKEN

from intakebot.channels.telegram import document
from intakebot.channels.telegram.bot import OurBot
from intakebot.domain.dialogue import Dialogue
from intakebot.domain.message import RawMessage, Role
from intakebot.errors import DeliveryFailed, StoreUnavailable, Unreadable
from intakebot.store.dialogues import KeptOffsets, forget_who_asked


async def test_first_words_are_accepted_at_once_and_answered(world: World) -> None:
    (reply,) = await world.hears("The boiler has been broken for three weeks")
    assert "Harbour Homes has your message" in reply and reply.endswith("What is your name?")
    (raw,), (message,) = world.taken, world.messages
    assert (raw.channel, raw.external_id) == ("telegram", "700900:501")
    assert raw.received_at.isoformat() == "2026-03-02T09:00:00+00:00"
    assert message.text == "The boiler has been broken for three weeks"
    assert message.sender is not None and message.sender.key == "telegram:77"
    assert message.declared is not None and message.declared.resident.telegram == "77"
    assert message.declared.resident.name == "Shirley Amadi"
    assert world.api.said[0].buttons == ["Shirley Amadi", "Skip"]


async def test_a_whole_dialogue_is_messages_of_one_thread_with_what_was_declared(world: World) -> None:
    await world.hears("The boiler has been broken for three weeks")
    await world.hears("Sam Okafor")
    await world.hears("My own home")
    await world.hears(contact={"phone_number": "447700900123", "user_id": 77, "first_name": "S"})
    await world.hears("A boiler that works")
    (end,) = await world.hears("No")
    assert "That is all I need to ask" in end and world.api.said[-1].markup == {"remove_keyboard": True}
    first, *rest = world.messages
    assert first.references == () and {m.references for m in rest} == {(first.message_id,)}
    told = rest[-1].declared
    assert told is not None and (told.resident.name, told.resident.phone) == ("Sam Okafor", "+447700900123")
    assert told.outcomes_sought == "A boiler that works"
    assert [s.role for s in rest[0].segments] == [Role.QUOTED, Role.NEW] and rest[0].new_text == "Sam Okafor"


async def test_offset_moves_only_after_accepting(world: World) -> None:
    world.refusing = 1
    world.api.writes("The boiler is broken")
    with pytest.raises(StoreUnavailable):
        await world.asks()
    assert world.api.said == [] and world.taken == []
    await world.asks()
    await world.asks()
    assert [asked["offset"] for asked in world.api.asked] == ["0", "501", "502"]
    assert len(world.taken) == 1 and len(world.api.said) == 1


async def test_one_that_fails_holds_back_its_own_chat_only(world: World) -> None:
    world.api.writes("The boiler is broken", chat=77)
    world.api.writes("The lift is stuck", chat=78)
    world.refusing = 1
    with pytest.raises(StoreUnavailable):
        await world.asks()
    assert len(world.taken) == 1
    await world.asks()
    assert sorted(message.text for message in world.messages) == ["The boiler is broken", "The lift is stuck"]
    assert len(world.api.said) == 2


async def test_restart_between_accepting_and_the_offset_repeats_nothing(world: World) -> None:
    update = world.api.writes("The boiler is broken")
    _, receiver = world.start()
    await receiver.take(update)
    await receiver.settle()
    await receiver.close()  # dies here, before the offset is kept
    world.poller, world.receiver = world.start()
    await world.asks()
    assert len(world.taken) == 1 and len(world.api.said) == 1
    assert world.api.asked[-1]["offset"] == "0"
    await world.asks()
    assert world.api.asked[-1]["offset"] == "502"


async def test_restart_between_accepting_and_the_dialogue_asks_once(world: World) -> None:
    update = world.api.writes("The boiler is broken")
    world.poller, world.receiver = world.start()
    content = document.write(update, (), Dialogue(thread=501), None)
    await world.accept(RawMessage("telegram", "700900:501", content, world.now))  # dies here
    await world.asks()
    assert len(world.taken) == 1 and len(world.api.said) == 1


async def test_replies_left_behind_by_a_death_are_sent_at_the_next_start(world: World) -> None:
    world.api.failing["sendMessage"] = [(502, {"ok": False, "description": "Bad Gateway"})] * 6
    await world.hears("The boiler is broken")
    assert world.api.said == [] and len(world.taken) == 1
    _, receiver = world.start()
    await receiver.pay_what_is_left(all_of_it=True)
    await receiver.settle()
    assert len(world.api.said) == 1
    await receiver.pay_what_is_left(all_of_it=True)
    await receiver.settle()
    assert len(world.api.said) == 1


async def test_the_same_update_brought_again_is_taken_once(world: World) -> None:
    update = world.api.writes("The boiler is broken")
    await world.asks()
    world.api.waiting = [update, update]
    await world.asks()
    assert len(world.taken) == 1 and len(world.api.said) == 1


async def test_two_processes_with_one_update_keep_and_answer_it_once(world: World) -> None:
    update = world.api.writes("The boiler is broken")
    (_, one), (_, other) = world.start(), world.start()
    await asyncio.gather(one.take(update), other.take(update))
    await one.settle()
    await other.settle()
    assert len(world.taken) == 1
    assert set(world.api.to()) == {world.api.to()[0]}


async def test_a_flood_from_many_chats_is_all_kept(world: World) -> None:
    for number in range(150):
        world.api.writes(f"Message {number}: the boiler is broken", chat=1000 + number % 30)
    await world.asks()
    await world.asks()
    assert len(world.taken) == 150
    assert {said.chat for said in world.api.said} == set(range(1000, 1030))
    for chat in (1000, 1029):
        mine = [m.text for m in world.messages if m.sender and m.sender.key == f"telegram:{chat}"]
        assert mine == [f"Message {n}: the boiler is broken" for n in range(chat - 1000, 150, 30)]


async def test_told_to_wait_it_waits_that_long_and_says_it_then(world: World) -> None:
    world.api.fails("sendMessage", 429, "Too Many Requests", retry_after=17)
    assert len(await world.hears("The boiler is broken")) == 1
    assert world.pauses == [17.0]


async def test_told_to_wait_with_asking_it_waits_that_long(world: World) -> None:
    world.api.fails("getUpdates", 429, "Too Many Requests", retry_after=9)
    world.api.writes("The boiler is broken")
    world.poller, world.receiver = world.start(wait=25)
    running = asyncio.create_task(world.poller.run())
    try:
        async with asyncio.timeout(30), world.api.spoke:
            await world.api.spoke.wait_for(lambda: world.api.said)
    finally:
        running.cancel()
        await asyncio.wait([running])
    assert world.pauses[0] == 9.0 and len(world.taken) == 1


async def test_somebody_who_blocks_the_bot_stops_nobody(world: World) -> None:
    world.api.blocked.add(77)
    world.api.writes("The boiler is broken", chat=77)
    await world.hears("The lift is stuck", chat=78)
    assert len(world.taken) == 2 and [said.chat for said in world.api.said] == [78]
    world.api.blocked.clear()
    world.later(minutes=5)
    await world.receiver.pay_what_is_left()
    await world.receiver.settle()
    assert len(world.api.said) == 1


async def test_a_group_is_refused_left_and_not_read(world: World) -> None:
    (reply,) = await world.hears("Our lift is broken", chat=-500, kind="supergroup")
    assert "private" in reply and world.api.left == [-500] and world.taken == []
    assert await world.hears("and the door", chat=-500, kind="supergroup") == []


async def test_an_edit_lands_beside_what_was_written_first(world: World) -> None:
    await world.hears("The lift is broken")
    await world.hears("The lift is stuck with me in it", edits=True, edit_date=1_772_442_060)
    first, edit = world.messages
    assert edit.text == "The lift is stuck with me in it" and edit.notes == ("An edit of an earlier message.",)
    assert first.text == "The lift is broken"


async def test_photos_voice_documents_and_places_come_with_their_bytes(world: World) -> None:
    world.api.files |= {"small": b"s", "big": b"\xff\xd8photo", "voice": b"OggS", "paper": b"%PDF-1.4"}
    sizes = [{"file_id": "small", "width": 90, "height": 90}, {"file_id": "big", "width": 900, "height": 900}]
    await world.hears(caption="The mould in my room", photo=sizes)
    await world.hears(voice={"file_id": "voice", "duration": 3, "mime_type": "audio/ogg"})
    await world.hears(document={"file_id": "paper", "file_name": "../rent book.pdf", "mime_type": "application/pdf"})
    await world.hears(location={"latitude": 51.44637, "longitude": 0.21437})
    photo, voice, paper, place = world.messages
    assert photo.text == "The mould in my room" and photo.attachments[0].content == b"\xff\xd8photo"
    assert voice.attachments[0].content == b"OggS" and voice.attachments[0].filename.endswith(".ogg")
    assert (paper.attachments[0].filename, paper.attachments[0].content) == ("rent book.pdf", b"%PDF-1.4")
    assert place.new_text == "Place shared: Map position 51.44637, 0.21437"


async def test_a_file_too_big_is_not_fetched_but_the_words_are_kept(world: World) -> None:
    replies = await world.hears(
        caption="Look at this", video={"file_id": "film", "file_size": 25_000_000, "mime_type": "video/mp4"}
    )
    assert any("too big" in reply for reply in replies) and "getFile" not in world.api.calls
    (message,) = world.messages
    assert message.text == "Look at this" and message.attachments == ()
    assert message.notes == ("A file was too big to take (25 MB).",)


async def test_a_file_that_lies_about_its_size_is_not_taken(world: World) -> None:
    world.api.files["film"] = b"x" * 10_000_001
    replies = await world.hears(video={"file_id": "film", "file_size": 5, "mime_type": "video/mp4"})
    assert replies and world.messages[0].attachments == ()


async def test_a_file_is_tried_again_and_then_asked_for_again(world: World) -> None:
    world.api.files["voice"] = b"OggS"
    world.api.fails("getFile", 502)
    await world.hears(voice={"file_id": "voice"})
    assert world.messages[0].attachments[0].content == b"OggS"
    for _ in range(3):
        world.api.fails("file", 502)
    replies = await world.hears(voice={"file_id": "voice"})
    assert any("send it again" in reply for reply in replies)
    assert world.messages[1].notes[0].startswith("A file could not be fetched")


async def test_an_update_we_stumble_over_is_kept_for_a_person(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbles(*_: object) -> None:
        raise KeyError("of all things")

    monkeypatch.setattr("intakebot.channels.telegram.receiving.take_turn", stumbles)
    world.api.writes("The boiler is broken")
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await world.asks()
    await world.asks()
    assert "The boiler is broken" in json.loads(world.taken[0].content)["message"]["text"]
    with pytest.raises(Unreadable):
        document.read(world.taken[0])


async def test_what_is_no_message_is_passed_over(world: World) -> None:
    world.api.waiting = [{"update_id": 5}, {"update_id": 6, "poll": {}}, {"update_id": 7, "message": "?"}]
    await world.asks()
    await world.asks()
    assert world.taken == [] and world.api.asked[-1]["offset"] == "8"


async def test_a_place_that_cannot_be_stops_nobody(world: World) -> None:
    """A number that no computer holds as a fraction: the words beside it are taken, and so is what comes after."""
    world.api.writes("It is here", location={"latitude": 10**400, "longitude": 0.2})
    await world.hears("The lift is stuck")
    assert [message.new_text for message in world.messages] == ["It is here", "The lift is stuck"]


async def test_only_one_process_asks(world: World) -> None:
    offsets = KeptOffsets(world.store, "telegram")
    until = world.now + timedelta(seconds=90)
    assert await offsets.hold("1", "a", world.now, until)
    assert not await offsets.hold("1", "b", world.now, until)
    assert await offsets.hold("2", "b", world.now, until) and await offsets.hold("1", "a", world.now, until)
    assert await offsets.hold("1", "b", until, until + timedelta(seconds=90))
    await offsets.let_go("1", "a")
    assert not await offsets.hold("1", "a", until, until)
    await offsets.let_go("1", "b")
    assert await offsets.hold("1", "a", world.now, until)
    world.store.write_now(lambda work: forget_who_asked(work, "telegram", "1"))
    assert await offsets.hold("1", "b", world.now, until)


async def test_the_offset_never_goes_back(world: World) -> None:
    offsets = KeptOffsets(world.store, "telegram")
    await offsets.keep_offset("1", 12)
    await offsets.keep_offset("1", 7)
    assert await offsets.offset("1") == 12 and await offsets.offset("2") == 0


async def test_no_secret_and_no_words_reach_a_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.api.fails("sendMessage", 429, "slow down", retry_after=1)
    await world.hears("The boiler is broken", voice={"file_id": "gone"})
    stranger = OurBot(world.settings.model_copy(update={"telegram_token": type(world.settings.telegram_token)("9:x")}))
    world.bots.append(stranger)
    with pytest.raises(DeliveryFailed, match="check telegram_token") as refused:
        await stranger.updates(0, 0)
    assert refused.value.temporary
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith(("asyncio", "aiohttp"))]
    assert len(ours) > 0
    assert not [line for line in ours if TOKEN in line or "boiler" in line or "Shirley" in line or "9:x" in line]


async def test_where_is_my_complaint_and_the_reference_come_from_the_cases_of_the_chat(world: World) -> None:
    await world.hears("The boiler is broken")
    (reply,) = await world.hears("where is my complaint")
    assert "no reference yet" in reply and len(world.taken) == 1


async def test_twelve_messages_in_a_row_are_kept_in_order_with_a_reply_each_at_most(world: World) -> None:
    for number in range(12):
        world.api.writes(f"and on day {number} nobody came to mend it")
    await world.asks()
    words = [message.new_text for message in world.messages]
    assert words == [f"and on day {n} nobody came to mend it" for n in range(12)]
    said = world.api.to()
    assert 0 < len(said) <= 12 and all(text.count("?") <= 1 for text in said)
    assert {message.references for message in world.messages[1:]} == {(world.messages[0].message_id,)}


async def test_who_blocks_the_bot_in_the_middle_and_comes_back_goes_on_where_they_were(world: World) -> None:
    await world.hears("The boiler is broken")
    world.api.blocked.add(77)
    assert await world.hears("Sam Okafor") == []
    world.api.blocked.clear()
    (reply,) = await world.hears("It is my own home, and it is cold")
    assert "What is your address?" in reply or "own home" in reply
    assert len(world.taken) == 3 and world.messages[-1].sender is not None
    assert world.messages[-1].sender.name == "Sam Okafor"


@pytest.mark.parametrize(
    "replied",
    ["?", 7, {}, {"message_id": "x"}, {"message_id": 9001}, {"message_id": -1, "from": "?"}, {"from": {"id": 700900}},
     {"message_id": 2**70, "from": {"id": 700900}, "text": 5}, {"message_id": 9001, "from": {"id": True}}],
    ids=repr,
)  # fmt: skip
async def test_an_answer_to_nothing_we_know_is_an_ordinary_message(world: World, replied: object) -> None:
    await world.hears("The boiler is broken")
    assert len(await world.hears("and it is cold", reply_to_message=replied)) == 1
    first, second = world.messages
    assert second.text == "and it is cold" and second.chat is not None and second.chat.about == ""
    assert second.references == (first.message_id,)


async def test_script_in_names_and_words_is_only_text(world: World) -> None:
    who = {"id": 77, "first_name": "<script>alert(1)</script>", "last_name": "x" * 5000}
    await world.hears("<b>My</b> boiler; DROP TABLE people; {{ 7*7 }} %s \x00\u202e", **{"from": who})
    (message,) = world.messages
    assert message.sender is not None and len(message.sender.name) <= 200
    assert "<script>" in message.sender.name and "{{ 7*7 }}" in message.text and "\x00" not in message.text
    assert not any("script" in button for button in world.api.said[0].buttons)


async def test_a_flood_in_groups_and_channels_is_answered_once_each_and_kept_nowhere(world: World) -> None:
    for number in range(60):
        kind = ("group", "supergroup", "channel")[number % 3]
        world.api.writes(f"Our lift {number} is broken", chat=-500 - number % 3, kind=kind)
    world.api.waiting.append({"update_id": 900, "channel_post": {"message_id": 1, "chat": {"id": -9}, "text": "x"}})
    await world.asks()
    assert world.taken == [] and sorted(said.chat for said in world.api.said) == [-502, -501, -500]
    await world.asks()
    assert world.api.asked[-1]["offset"] == "901"
