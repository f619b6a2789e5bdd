"""Transcripts: every character stays, every sign of a relay call is understood, and no word of a resident's is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories import message

from intakebot.domain.abbreviations import written_out
from intakebot.domain.message import Role, Segment, text_to_classify
from intakebot.domain.transcripts import Speaker, label_of, read_transcript

R, S, A, N = Speaker.RESIDENT, Speaker.STAFF, Speaker.ASSISTANT, Speaker.NOT_SAID
PIECES = st.sampled_from(
    ["R: ", "S:", "RO 4521: ", "Ada: ", "Dave: ", "GA", " ga\n", "GA TO SK", "SKSK", "BIBI", "\n", "\r\n", " ", "XXX",
     "(", ")", "[", "]", "Q", "MY BOILER IS OFF", "PLS HD", "10:02 ", "\t", "é", ":", "SK 4", "\x0c", "\u2028"]
)  # fmt: skip


def said(text: str, **options: object) -> list[tuple[Speaker, str]]:
    return [(turn.speaker, turn.reading) for turn in read_transcript(text, **options).spoken]  # type: ignore[arg-type]


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200), st.booleans())
def test_turns_give_the_transcript_back_unaltered(text: str, by_relay: bool) -> None:
    read = read_transcript(text, residents=["Ada Tenant"], staff=["Olu Bello"], by_relay=by_relay)
    assert read.text == text
    assert all(turn.text for turn in read.turns)


@given(
    st.lists(st.sampled_from(["R: ", "S: ", "(x) ", "GA ", "\n", "Dave: ", "SK ", "word "]), max_size=30).map("".join)
)
def test_no_word_that_is_not_plainly_staffs_or_the_assistants_goes_unread(text: str) -> None:
    read = read_transcript(text)
    kept = sum(turn.text.count("word") for turn in read.turns if turn.speaker in (R, N))
    theirs = sum(turn.text.count("word") for turn in read.turns if turn.speaker is S)
    assert kept + theirs == text.count("word"), "words outside brackets are never the assistant's"
    assert read.to_classify.count("word") == kept


@pytest.mark.parametrize("text", ["", " \n ", "GA", "GA SK\n\nSKSK", "R:\nS: GA", "BIBI", "XXX", "()", "Q"])
def test_a_transcript_in_which_nothing_is_said_is_read_calmly(text: str) -> None:
    read = read_transcript(text)
    assert read.text == text
    assert [turn for turn in read.spoken if turn.said not in ("?",)] == []
    assert text_to_classify("relay", "", text) is not None


def test_labels_and_ga_part_the_turns() -> None:
    text = "RO 4521: Hello this is Relay UK GA\nStaff: Housing GA\nR: NO HEATING GA\nS: since when Q GA\nR: MON SKSK"
    assert said(text) == [
        (A, "Hello this is Relay UK"),
        (S, "Housing"),
        (R, "NO HEATING"),
        (S, "since when?"),
        (R, "MON"),
    ]


@pytest.mark.parametrize(
    "label", ["RO", "CA", "RA", "OPR", "Relay assistant", "Interpreter", "A", "ro 17", "[10:02] RA"]
)
def test_the_assistant_is_nobodys_party(label: str) -> None:
    text = f"R: MY ROOF LEAKS GA\n{label}: the caller is upset GA"
    assert said(text) == [(R, "MY ROOF LEAKS"), (A, "the caller is upset")]
    assert "upset" not in read_transcript(text).to_classify


def test_people_may_stand_there_by_name() -> None:
    names = {"residents": ["Ada Tenant"], "staff": ["Olu Bello"]}
    assert said("OLU: Hello GA\nAda: HI GA\nMs. Tenant: BYE SK", **names)[:2] == [(S, "Hello"), (R, "HI")]
    both = {"residents": ["Olu Tenant"], "staff": ["Olu Bello"]}
    assert said("Olu: MY GAS LEAKS GA", **both) == [(R, "MY GAS LEAKS")], "in doubt it is the resident's"


def test_a_name_we_do_not_know_is_told_and_read() -> None:
    read = read_transcript("Dave: HELLO GA\nS: hello GA\nDave: IT LEAKS GA")
    assert read.unknown == ("Dave",)
    assert [turn.speaker for turn in read.spoken] == [N, S, N]
    assert read.to_classify == "HELLO\nIT LEAKS"
    assert read_transcript("PROBLEM: the roof").unknown == (), "once is no name"


def test_only_staff_labelled_leaves_the_rest_to_the_resident() -> None:
    text = "HI ABT MY RENT GA\nAgent: your address? GA\n14 MOSS ROW GA"
    assert [speaker for speaker, _ in said(text)] == [R, S, R]


def test_without_labels_nobody_is_guessed() -> None:
    assert said("BOILER OFF GA\nSince when? GA\nMON SK") == [(N, "BOILER OFF"), (N, "Since when?"), (N, "MON")]


def test_a_turn_goes_on_over_lines_until_it_is_handed_over() -> None:
    text = "R: MY BOILER\nIS OFF\nS: sorry\nabout that GA\nR: OK SK"
    assert said(text) == [(R, "MY BOILER\nIS OFF"), (S, "sorry\nabout that"), (R, "OK")]


def test_brackets_are_between_them_and_the_assistant() -> None:
    text = "R: MY SON (CALLER IS TYPING) COUGHS [pause] ALL NIGHT GA"
    assert said(text) == [(R, "MY SON"), (A, "CALLER IS TYPING"), (R, "COUGHS"), (A, "pause"), (R, "ALL NIGHT")]
    assert read_transcript(text).to_classify == "MY SON\nCOUGHS\nALL NIGHT"


def test_brackets_that_may_be_the_residents_own_are_still_read() -> None:
    text = "R: MY SON (HE HAS ASTHMA) COUGHS GA\nS: I see (we come at 9) GA"
    assert (A, "HE HAS ASTHMA") in said(text)
    assert read_transcript(text).to_classify == "MY SON\nHE HAS ASTHMA\nCOUGHS"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("WHEN WILL YOU COME Q GA", "WHEN WILL YOU COME?"),
        ("HELLO QQ GA", "HELLO?"),
        ("when q ga", "when?"),
        ("IT SAYS 480 Q I THOUGHT HB PAID IT GA", "IT SAYS 480? I THOUGHT HB PAID IT"),
        ("MY BOLIER XXXX BOILER GA", "MY BOLIER BOILER"),
        ("THX GA TO SK", "THANKS"),
        ("BYE BIBI SKSK", "BYE"),
        ("TNX GA OR SK", "THANKS"),
        ("PLS HLD GA", ""),
        ("HD", ""),
        ("MY HD TV IS WET", "MY HD TV IS WET"),
        ("I LIVE AT SK4 2AB", "I LIVE AT SK4 2AB"),
        ("GAS LEAK, MY SKIN ITCHES", "GAS LEAK, MY SKIN ITCHES"),
        ("BARBECUE", "BARBECUE"),
    ],
)
def test_signs_are_taken_out_of_the_words_and_nothing_else(typed: str, meant: str) -> None:
    (turn, *more) = read_transcript(f"R: {typed}").turns
    assert (turn.reading, [t.said for t in more if t.said]) == (meant, [])


def test_signing_off_and_corrections_are_noticed() -> None:
    assert read_transcript("R: BYE SKSK").signed_off and read_transcript("R: BYE\nS: bye bibi").signed_off
    assert not read_transcript("R: I AM READY GA TO SK").signed_off, "only nearly"
    assert read_transcript("R: BOLIER XXX BOILER XXXX GA").corrections == 2


def test_notes_of_an_ordinary_call_have_no_signs() -> None:
    text = "R: she lives in GA XXX (Georgia) Q\nS: I see"
    assert said(text, by_relay=False) == [(R, "she lives in GA XXX (Georgia) Q"), (S, "I see")]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("U AND UR DR TMW", "YOU AND YOUR DR TOMORROW"),
        ("MY DR SAYS", "MY DOCTOR SAYS"),
        ("12 ROWAN DR", "12 ROWAN DR"),
        ("CD U COME", "COULD YOU COME"),
        ("THE CD IS SCRATCHED", "THE CD IS SCRATCHED"),
        ("I CLD NOT, U SHD", "I COULD NOT, YOU SHOULD"),
        ("PLS RING ON NBR 07700 900123", "PLEASE RING ON NUMBER 07700 900123"),
        ("NBR CAR IS ON THE DROP KERB", "NBR CAR IS ON THE DROP KERB"),
        ("OIC thx", "Oh I see thanks"),
        ("pls come asap", "please come as soon as possible"),
        ("R U COMING, THEY R NOT", "ARE YOU COMING, THEY ARE NOT"),
        ("MTG", "MEETING"),
        ("u/s, SOU, T-U", "u/s, SOU, T-U"),
    ],
)
def test_abbreviations_are_written_out_where_they_are_plain(typed: str, meant: str) -> None:
    assert written_out(typed) == meant


def test_the_classifier_gets_the_residents_words_and_the_record_the_original() -> None:
    segments = (Segment(Role.NEW, "R: WHEN WILL U COME Q GA\n"), Segment(Role.QUOTED, "S: tomorrow GA"))
    read = message(channel="relay", segments=segments, subject="")
    assert read.to_classify == "WHEN WILL YOU COME?"
    assert read.text == "R: WHEN WILL U COME Q GA\nS: tomorrow GA"
    assert message(channel="phone", segments=segments, subject="").to_classify == "R: WHEN WILL U COME Q GA\n"


def test_a_label_is_found_at_the_beginning_of_a_line() -> None:
    assert [label_of(line) for line in ("Olu: hi", "[10:02] Olu 7: hi", "https://x.example", "no label", "")] == [
        "Olu",
        "Olu",
        "",
        "",
        "",
    ]


def test_a_long_transcript_is_read_in_time_that_grows_with_it() -> None:
    for piece in ("( ", "[(", "GA ", "A A A A ", "R:", "x.y'z-", "X", "10:02 ", "Q "):
        text = piece * 20_000
        assert read_transcript(text).text == text
