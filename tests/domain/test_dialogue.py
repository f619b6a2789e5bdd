"""The dialogue of a chat: nothing lost, one question at a time, no question twice too often, and help at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intakebot.domain.dialogue import TRIES, CaseSeen, Dialogue, House, Incoming, Question, Turn, take_turn
from intakebot.domain.dialogue_hearing import Order, name_given, order_in, place_given, says_danger, stated_name

HOUSE = House("Harbour Homes", "Ring 999. For gas, ring 0800 111 999.", "complaints@landlord.example", "01632 960001")
CASE = CaseSeen("HC-1234-5678-K", "received", True, date(2026, 3, 2), date(2026, 3, 9))
QUESTIONS = ("What is your name?", "What is your address?", "What would you like us to do")
WORDS = st.sampled_from(
    [
        "The boiler is broken again and nobody comes", "Sam Okafor", "12 Rowan Court", "07700 900123", "skip", "stop",
        "start again", "where is my complaint", "hello", "no", "yes", "ok", "I can smell gas", "My name is Ann Lee",
        "/start", "I want it mended", "and the damp is worse", "Stop the leak please", "", "x" * 4000,
    ]
)  # fmt: skip

PLAIN = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def chats(draw: st.DrawFn) -> list[Incoming]:
    """A private chat: words, files and places in any order, edits and albums among them."""
    return [
        Incoming(
            update_id=number,
            words=draw(WORDS),
            files=draw(st.integers(0, 1)),
            too_big=draw(st.sampled_from([0, 0, 0, 1])),
            lost=draw(st.sampled_from([0, 0, 0, 1])),
            place=draw(st.sampled_from(["", "", "Map position 51.5, 0.1"])),
            phone=draw(st.sampled_from(["", "", "+447700900123"])),
            profile=draw(st.sampled_from(["", "Shirley Amadi", "🦄"])),
            edited=draw(st.booleans()) and draw(st.booleans()),
            album=draw(st.sampled_from(["", "", "a1"])),
        )
        for number in range(1, draw(st.integers(1, 12)) + 1)
    ]


def talk(*came: Incoming | str, start: Dialogue | None = None, cases: tuple[CaseSeen, ...] = ()) -> list[Turn]:
    """The turns that follow from these, one after another."""
    dialogue, turns = start or Dialogue(), []
    for one in came:
        incoming = one if isinstance(one, Incoming) else Incoming(dialogue.turn + 1, one, profile="Shirley Amadi")
        turn = take_turn(dialogue, incoming, HOUSE, cases)
        dialogue = turn.dialogue
        turns.append(turn)
    return turns


def said(turn: Turn) -> str:
    return "\n".join(reply.text for reply in turn.replies)


@PLAIN
@given(chats())
def test_everything_but_orders_to_the_bot_is_kept(chat: list[Incoming]) -> None:
    dialogue = Dialogue()
    for came in chat:
        turn = take_turn(dialogue, came, HOUSE, (CASE,))
        bare = not (came.files or came.too_big or came.lost or came.place or came.phone or came.edited)
        to_the_bot = bare and (order_in(came.words) is not None or (not dialogue.thread and came.words == "hello"))
        assert turn.keep or to_the_bot
        dialogue = turn.dialogue


@PLAIN
@given(chats())
def test_one_question_at_a_time_and_never_for_what_is_known_or_let_be(chat: list[Incoming]) -> None:
    dialogue = Dialogue()
    for came in chat:
        turn = take_turn(dialogue, came, HOUSE, ())
        text, asking = said(turn), turn.dialogue.asking
        asked = [question for question in QUESTIONS if question in text]
        assert len(asked) <= 1
        if asked:
            assert QUESTIONS.index(asked[0]) == list(Question).index(asking or Question.NAME)
            known = {"name": turn.dialogue.name, "place": turn.dialogue.place or turn.dialogue.phone}
            assert asking is not None and asking not in turn.dialogue.let_be
            assert not known.get(asking.value)
        assert all(0 < len(reply.text) <= 4096 for reply in turn.replies)
        dialogue = turn.dialogue


@PLAIN
@given(chats())
def test_the_same_update_twice_changes_nothing(chat: list[Incoming]) -> None:
    once = talk(*chat)
    twice = talk(*(came for one in chat for came in (one, one)))
    assert twice[-1].dialogue == once[-1].dialogue
    assert [turn for turn in twice if turn.replies or turn.keep] == [turn for turn in once if turn.replies or turn.keep]


@PLAIN
@given(st.lists(st.text(min_size=1, max_size=200).filter(lambda t: order_in(t) is None), min_size=20, max_size=30))
def test_questions_come_to_an_end_whatever_is_answered(words: list[str]) -> None:
    turns = talk("The boiler is broken", *words)
    asked = sum(any(question in said(turn) for question in QUESTIONS) for turn in turns)
    assert asked <= TRIES * len(Question)
    assert turns[-1].dialogue.asking is None


@PLAIN
@given(st.text(max_size=300))
def test_hearing_never_fails_on_any_text(words: str) -> None:
    assert order_in(words) in (None, *Order)
    assert name_given(words) == "" or len(name_given(words)) <= max(len(words), 1)
    place_given(words), says_danger(words), stated_name(words)


def test_a_whole_complaint_typed() -> None:
    turns = talk(
        "The boiler has been broken for three weeks", "Sam Okafor", "12 Rowan Court, ZZ1 1AA", "A boiler that works",
        "It is cold again", cases=(CASE,),
    )  # fmt: skip
    assert all(turn.keep for turn in turns)
    assert [turn.answers for turn in turns] == [None, Question.NAME, Question.PLACE, Question.OUTCOME, None]
    assert "Harbour Homes has your message" in said(turns[0]) and QUESTIONS[0] in said(turns[0])
    assert QUESTIONS[1] in said(turns[1]) and QUESTIONS[2] in said(turns[2])
    assert "HC-1234-5678-K" in said(turns[3])
    assert said(turns[4]) == "I have added that. Your reference is HC-1234-5678-K."
    end = turns[-1].dialogue
    assert (end.name, end.place, end.outcome) == ("Sam Okafor", "12 Rowan Court, ZZ1 1AA", "A boiler that works")
    assert {turn.dialogue.thread for turn in turns} == {1}


def test_what_was_said_already_is_not_asked() -> None:
    (turn,) = talk("My name is Ann Lee, I live at 12 Rowan Court and the lift is broken")
    assert (turn.dialogue.name, turn.dialogue.asking) == ("Ann Lee", Question.OUTCOME)


def test_buttons_offer_the_profile_name_a_phone_number_and_skipping() -> None:
    first, second, third, end = talk("The lift is broken", "Shirley Amadi", "skip", "Skip")
    assert first.replies[-1].buttons == ("Shirley Amadi", "Skip")
    assert second.replies[-1].asks_phone and second.replies[-1].buttons == ("Skip",)
    assert third.replies[-1].buttons == ("Skip",) and end.replies[-1].buttons == ()
    assert end.dialogue.let_be == (Question.PLACE, Question.OUTCOME)


def test_a_shared_phone_number_or_place_is_an_answer_too() -> None:
    for came in (Incoming(3, phone="+447700900123"), Incoming(3, place="Map position 51.5, 0.1")):
        turn = talk("The lift is broken", "Ann Lee", came)[-1]
        assert turn.answers is Question.PLACE and turn.dialogue.asking is Question.OUTCOME


def test_more_of_the_complaint_is_no_answer_and_a_question_is_let_be_in_the_end() -> None:
    turns = talk("The boiler is broken", *["and it is cold in the bedroom"] * TRIES)
    assert [turn.dialogue.asking for turn in turns] == [Question.NAME] * TRIES + [Question.PLACE]
    assert turns[-1].dialogue.name == ""


def test_no_is_kept_though_it_skips() -> None:
    turn = talk("The boiler is broken", "no")[-1]
    assert turn.keep and turn.dialogue.asking is Question.PLACE  # it may answer an officer who wrote meanwhile


@pytest.mark.parametrize(
    "words",
    ["I can smell gas", "there is a strong smell of gas", "smoke coming from the socket", "the ceiling has collapsed",
     "the carbon monoxide alarm went off", "water is pouring through the lights", "he will kill me",
     "I got a shock off the cooker", "I can’t breathe"],
)  # fmt: skip
def test_emergency_words_are_answered_first_and_at_once(words: str) -> None:
    for turns in (talk(words), talk("The lift is broken", words), talk("The lift is broken", "stop", words)):
        assert "999" in turns[-1].replies[0].text and "0800 111 999" in turns[-1].replies[0].text
        assert turns[-1].keep


@pytest.mark.parametrize("words", ["The gas bill is too high", "My fence fell over", "The tap drips", "fireplace"])
def test_ordinary_words_are_no_emergency(words: str) -> None:
    assert not says_danger(words)


def test_privacy_is_told_once() -> None:
    for turns in (talk("/start", "The lift is broken", "Ann Lee"), talk("The lift is broken", "Ann Lee", "skip")):
        assert sum("not end-to-end encrypted" in said(turn) for turn in turns) == 1
        assert "not end-to-end encrypted" in said(turns[0])


def test_stop_ends_the_questions_and_later_words_still_land() -> None:
    turns = talk("The lift is broken", "stop", "It is stuck again", cases=(CASE,))
    assert turns[1].keep and turns[1].replies[0].buttons == ()
    assert turns[2].keep and said(turns[2]) == "I have added that. Your reference is HC-1234-5678-K."


def test_stop_before_anything_keeps_nothing() -> None:
    (turn,) = talk("stop")
    assert not turn.keep and "kept nothing" in said(turn)


def test_start_again_begins_another_complaint_and_asks_nothing_twice() -> None:
    turns = talk("The lift is broken", "Ann Lee", "12 Rowan Court", "Mend it", "start again", "The roof leaks")
    assert "What you wrote before is kept" in said(turns[4]) and not turns[4].keep
    assert turns[5].dialogue.thread == 6 and turns[5].dialogue.asking is Question.OUTCOME


@pytest.mark.parametrize(
    "words", ["where is my complaint", "Where's my complaint?", "/status", "Where is my case please"]
)
def test_where_is_my_complaint(words: str) -> None:
    (turn,) = talk(words, cases=(CASE,))
    assert "HC-1234-5678-K" in said(turn) and "9 March 2026" in said(turn) and not turn.keep
    assert "I know of no complaint" in said(talk(words)[0])
    assert "no reference yet" in said(talk("The lift is broken", words)[1])


@pytest.mark.parametrize("status", ["received", "acknowledged", "responded", "refused", "withdrawn", "closed", "new"])
def test_every_status_has_its_sentence(status: str) -> None:
    (turn,) = talk("status", cases=(replace(CASE, status=status),))
    assert len(said(turn)) > 60


def test_a_group_is_refused_politely_and_once() -> None:
    here = Incoming(1, "The lift is broken", private=False)
    turn = take_turn(Dialogue(), here, HOUSE, ())
    assert not turn.keep and turn.replies[0].leaves and "private" in turn.replies[0].text
    again = take_turn(turn.dialogue, replace(here, update_id=2), HOUSE, ())
    assert not again.keep and again.replies == ()


def test_an_album_is_thanked_for_once() -> None:
    turns = talk(*(Incoming(n, files=1, album="a1") for n in (1, 2, 3)))
    assert [turn.keep for turn in turns] == [True] * 3
    assert [bool(turn.replies) for turn in turns] == [True, False, False]


def test_an_edit_is_kept_beside_what_was_written_first() -> None:
    turn = talk("The lift is broken", Incoming(2, "The lift is stuck", edited=True))[-1]
    assert turn.keep and "what you wrote first" in said(turn) and turn.answers is None


def test_a_sticker_is_answered_and_not_kept() -> None:
    (turn,) = talk(Incoming(1, readable=False))
    assert not turn.keep and "cannot read" in said(turn)


def test_a_file_that_did_not_reach_us_is_told_of() -> None:
    assert "too big" in said(talk(Incoming(1, too_big=1))[0])
    assert "send it again" in said(talk(Incoming(1, lost=1))[0])
