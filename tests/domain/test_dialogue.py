"""The dialogue of a chat: nothing lost, one question at a time, no question twice too often, and help at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intakebot.domain.dialogue import ASKED_ONCE, TRIES, CaseSeen, Dialogue, House, Incoming, Question, Turn, take_turn
from intakebot.domain.dialogue_hearing import Order, name_given, order_in, place_given, says_danger, stated_name
from intakebot.domain.dialogue_others import (
    Whose,
    needs_answered,
    needs_stated,
    whose_answered,
    whose_stated,
    without_the_kin,
)
from intakebot.domain.labels import Need

HOUSE = House("Harbour Homes", "Ring 999. For gas, ring 0800 111 999.", "complaints@landlord.example", "01632 960001")
CASE = CaseSeen("HC-1234-5678-K", "received", True, date(2026, 3, 2), date(2026, 3, 9))
NAME, PLACE, OUTCOME = "What is your name?", "What is your address?", "What would you like us to do"
WHOSE, NEEDS = "Is this about your own home", "Is there anything we should know"
QUESTIONS = {
    Question.NAME: NAME,
    Question.WHOSE: WHOSE,
    Question.WHOM: "What is the name of the person",
    Question.RELATION: "What are you to them?",
    Question.PLACE: "What is your address?",
    Question.OUTCOME: OUTCOME,
    Question.NEEDS: NEEDS,
}
OTHERS_PLACE = "What is the address of their home?"
WORDS = st.sampled_from(
    [
        "The boiler is broken again and nobody comes", "Sam Okafor", "12 Rowan Court", "07700 900123", "skip", "stop",
        "start again", "where is my complaint", "hello", "no", "yes", "Somebody else", "My mum",
        "large print please", "ok", "I can smell gas", "My name is Ann Lee",
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
        asked = [question for question, words in QUESTIONS.items() if words in text]
        asked += [Question.PLACE] if OTHERS_PLACE in text else []
        assert len(asked) <= 1
        if asked:
            assert asked[0] is asking
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
    asked = sum(any(words in said(turn) for words in (*QUESTIONS.values(), OTHERS_PLACE)) for turn in turns)
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
        "The boiler has been broken for three weeks", "Sam Okafor", "My own home", "12 Rowan Court, ZZ1 1AA",
        "A boiler that works", "No", "It is cold again", cases=(CASE,),
    )  # fmt: skip
    assert all(turn.keep for turn in turns)
    answered = [turn.answers for turn in turns]
    assert answered == [None, Question.NAME, Question.WHOSE, Question.PLACE, Question.OUTCOME, None, None]
    assert "Harbour Homes has your message" in said(turns[0])
    for turn, question in zip(turns, (NAME, WHOSE, PLACE, OUTCOME, NEEDS), strict=False):
        assert question in said(turn)
    assert "HC-1234-5678-K" in said(turns[5])
    assert said(turns[6]) == "I have added that. Your reference is HC-1234-5678-K."
    end = turns[-1].dialogue
    assert (end.name, end.place, end.outcome) == ("Sam Okafor", "12 Rowan Court, ZZ1 1AA", "A boiler that works")
    assert {turn.dialogue.thread for turn in turns} == {1}


def test_what_was_said_already_is_not_asked() -> None:
    (turn,) = talk("My name is Ann Lee, I live at 12 Rowan Court and the lift is broken")
    assert (turn.dialogue.name, turn.dialogue.asking) == ("Ann Lee", Question.OUTCOME)


def test_buttons_offer_the_profile_name_a_phone_number_and_skipping() -> None:
    first, whose, second, third, needs, end = talk("The lift is broken", "Shirley Amadi", *["skip"] * 4)
    assert first.replies[-1].buttons == ("Shirley Amadi", "Skip")
    assert whose.replies[-1].buttons == ("My own home", "Somebody else", "Skip")
    assert needs.replies[-1].buttons[0] == "No"
    assert second.replies[-1].asks_phone and second.replies[-1].buttons == ("Skip",)
    assert third.replies[-1].buttons == ("Skip",) and end.replies[-1].buttons == ()
    assert end.dialogue.let_be == (Question.WHOSE, Question.PLACE, Question.OUTCOME, Question.NEEDS)


def test_a_shared_phone_number_or_place_is_an_answer_too() -> None:
    for came in (Incoming(3, phone="+447700900123"), Incoming(3, place="Map position 51.5, 0.1")):
        turn = talk("My kitchen is cold", "Ann Lee", came)[-1]
        assert turn.answers is Question.PLACE and turn.dialogue.asking is Question.OUTCOME


def test_more_of_the_complaint_is_no_answer_and_a_question_is_let_be_in_the_end() -> None:
    turns = talk("The boiler is broken", *["and it is cold in the bedroom"] * TRIES)
    assert [turn.dialogue.asking for turn in turns] == [Question.NAME] * TRIES + [Question.WHOSE]
    assert turns[-1].dialogue.name == ""


def test_no_is_kept_though_it_skips() -> None:
    turn = talk("The boiler is broken", "no")[-1]
    assert turn.keep and turn.dialogue.asking is Question.WHOSE  # it may answer an officer who wrote meanwhile


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
    turns = talk("My kitchen is cold", "Ann Lee", "12 Rowan Court", "Mend it", "No", "start again", "My roof leaks")
    assert "What you wrote before is kept" in said(turns[5]) and not turns[5].keep
    assert turns[6].dialogue.thread == 7 and turns[6].dialogue.asking is Question.OUTCOME
    assert "That is all I need to ask" in said(talk("Mend it", start=turns[6].dialogue)[0]), "needs are not asked twice"


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


def test_who_writes_for_somebody_else_is_asked_for_whom_and_what_they_are_to_them() -> None:
    turns = talk(
        "The lift is stuck",
        "Jo Penn",
        "Somebody else",
        "It is my mum, Ama Mensah",
        "Relative",
        "14 Rowan Court",
        "Mend it",
    )
    asked = [turn.dialogue.asking for turn in turns]
    assert asked == [
        Question.NAME, Question.WHOSE, Question.WHOM, Question.RELATION, Question.PLACE, Question.OUTCOME,
        Question.NEEDS,
    ]  # fmt: skip
    assert OTHERS_PLACE in said(turns[4]) and turns[3].replies[-1].buttons[0] == "Relative"
    end = turns[-1].dialogue
    assert (end.whose, end.whom, end.relation) == (Whose.OTHERS, "Ama Mensah", "Relative")


@pytest.mark.parametrize(
    ("words", "whose", "relation"),
    [
        ("I am writing for my mother. Her boiler is broken", Whose.OTHERS, "writing for my mother"),
        ("My nan’s flat is full of mould", Whose.OTHERS, "My nan's flat"),
        ("I'm her support worker and the lift is stuck", Whose.OTHERS, "I'm her support worker"),
        ("On behalf of Ama Mensah: the lift is stuck", Whose.OTHERS, "On behalf of Ama Mensah"),
        ("My boiler is broken", Whose.OWN, ""),
        ("I live at number 4 and the lift is stuck", Whose.OWN, ""),
        ("My neighbour is loud and my mum is ill", Whose.UNSAID, ""),
        ("The lift is stuck", Whose.UNSAID, ""),
    ],
)
def test_whose_home_it_is_is_not_asked_where_they_said_it(words: str, whose: Whose, relation: str) -> None:
    now = talk(words)[0].dialogue
    assert (now.whose, now.relation) == (whose, relation)
    asked = [turn.dialogue.asking for turn in talk(words, "Ann Lee", *["skip"] * 5)]
    assert (Question.WHOSE in asked) is (whose is Whose.UNSAID)
    assert (Question.WHOM in asked) is (whose is Whose.OTHERS)


@pytest.mark.parametrize("words", ["For my dad", "somebody else", "Someone else's, my friend's", "No, my neighbour"])
def test_for_somebody_else_may_be_typed_in_many_ways(words: str) -> None:
    assert talk("The lift is stuck", "Ann Lee", words)[-1].dialogue.whose is Whose.OTHERS


@pytest.mark.parametrize("words", ["Mine", "my own", "yes", "Yes, my own home", "It's my flat", "me"])
def test_ones_own_home_may_be_typed_in_many_ways(words: str) -> None:
    assert talk("The lift is stuck", "Ann Lee", words)[-1].dialogue.whose is Whose.OWN


@pytest.mark.parametrize("question", sorted(ASKED_ONCE))
def test_gentle_questions_are_asked_once_and_what_follows_is_more_of_the_complaint(question: Question) -> None:
    asked = Dialogue(
        1, asking=question, tries=1, name="Ann", place="4 Elm Close", outcome="Mend it", turn=9,
        whose=Whose.UNSAID if question is Question.WHOSE else Whose.OTHERS,
    )  # fmt: skip
    turn = talk("and it drips on the floor all day and all night long", start=asked)[0]
    assert turn.keep and turn.answers is None and turn.dialogue.asking is not question
    assert question in turn.dialogue.let_be


AT_NEEDS = Dialogue(1, asking=Question.NEEDS, tries=1, name="Ann", place="x", outcome="x", whose=Whose.OWN, turn=9)


@pytest.mark.parametrize(
    ("words", "needs", "avoid"),
    [
        ("Large print", [Need.LARGE_PRINT], False),
        ("An interpreter", [Need.INTERPRETER], False),
        ("Only write, do not ring", [Need.WRITTEN_ONLY], False),
        ("I can't read, so only ring me", [Need.PHONE_ONLY], False),
        ("large print and BSL please", [Need.LARGE_PRINT, Need.BSL], False),
        ("Don't ring me before noon", [], True),
        ("after six only", [], True),
        ("please don't ring, my husband listens to my calls", [Need.WRITTEN_ONLY], True),
        ("it is not safe to write to my home", [], True),
    ],
)
def test_needs_and_warnings_are_heard_in_the_answer(words: str, needs: list[Need], avoid: bool) -> None:
    turn = talk(words, start=AT_NEEDS)[0]
    assert (list(turn.needs.needs), turn.needs.avoid) == (needs, words if avoid else "")
    assert turn.answers is Question.NEEDS and turn.keep and "That is all I need to ask" in said(turn)
    assert ("before anybody gets in touch" in said(turn)) is avoid


@pytest.mark.parametrize("words", ["No", "no thanks", "Skip", "the damp is worse", "nobody came on Monday, not at all"])
def test_no_needs_are_made_up_and_they_are_not_asked_for_again(words: str) -> None:
    turn = talk(words, start=AT_NEEDS)[0]
    assert turn.needs.nothing and turn.dialogue.asking is None and Question.NEEDS in turn.dialogue.let_be


def test_a_warning_said_at_once_is_heard_and_not_asked_for() -> None:
    words = "My kitchen is cold. It is not safe to ring me."
    turns = talk(words, "Ann Lee", "4 Elm Close", "Mend it")
    assert turns[0].needs.avoid == words and turns[0].dialogue.told_needs
    assert "That is all I need to ask" in said(turns[-1])


def test_twelve_messages_in_a_row_are_kept_and_the_questions_stay_few() -> None:
    turns = talk(*[f"and on day {n} nobody came to mend it" for n in range(12)])
    assert all(turn.keep for turn in turns)
    asked = [turn.dialogue.asking for turn in turns]
    assert max(asked.count(question) for question in Question) <= TRIES
    assert all(asked.count(question) <= 1 for question in ASKED_ONCE)


@PLAIN
@given(st.text(max_size=300))
def test_hearing_of_others_never_fails_on_any_text(words: str) -> None:
    whose_stated(words), whose_answered(words), needs_stated(words), needs_answered(words), without_the_kin(words)


def test_help_shows_the_open_question_again_and_lets_none_be() -> None:
    for tries in range(1, TRIES + 1):
        asked = talk("The boiler is broken", *["and it is cold in the bedroom"] * (tries - 1))[-1].dialogue
        turn = talk("help", start=asked)[0]
        assert asked.asking is turn.dialogue.asking is Question.NAME and NAME in said(turn)
