"""The glossaries: every file holds what it must, and any message becomes rough English that leads back to its words."""

from __future__ import annotations

from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intakebot.classifiers import glossary as package
from intakebot.classifiers.glossary import Gloss, Glossary, fold, glossary, in_english, languages

_ENDING = "x"
_ALL = languages()


def _entries(language: str) -> list[tuple[str, str]]:
    lines = files(package).joinpath(f"{language}.tsv").read_text("utf-8").splitlines()
    return [
        (words, said)
        for line in lines
        if line and not line.startswith("#")
        for words, _, said in [line.partition("\t")]
    ]


def _of(language: str, *lines: str) -> Glossary:
    """A small glossary, written as the files are."""
    made = Glossary(language)
    for line in lines:
        words, said = line.split(" = ")
        *before, last = words.rstrip("*").split()
        if words.endswith("*"):
            made.stems.setdefault(tuple(before), {})[last] = said
        else:
            made.whole[*before, last] = said
    return made


def test_there_are_glossaries_of_the_languages_tenants_write_in() -> None:
    assert {"ar", "bn", "cy", "es", "fa", "fr", "gu", "pa", "pl", "pt", "ro", "so", "tr", "ur", "zh"} <= set(_ALL)


@pytest.mark.parametrize("language", _ALL)
def test_every_line_is_words_a_tab_and_plain_english(language: str) -> None:
    entries = _entries(language)
    wrong = [
        words
        for words, said in entries
        if not words.strip("* ") or not said.strip() or not said.isascii() or "\t" in said or "*" in words[:-1]
    ]
    assert wrong == []


@pytest.mark.parametrize("language", _ALL)
def test_a_glossary_is_large_enough_to_be_of_use(language: str) -> None:
    assert len(_entries(language)) > 300


@pytest.mark.parametrize("language", _ALL)
def test_no_two_lines_say_different_things_of_the_same_words(language: str) -> None:
    said_of: dict[str, set[str]] = {}
    for words, said in _entries(language):
        said_of.setdefault(" ".join(fold(words).split()), set()).add(said.strip())
    assert {words: said for words, said in said_of.items() if len(said) > 1} == {}


@pytest.mark.parametrize("language", _ALL)
def test_every_entry_is_found_by_its_own_words(language: str) -> None:
    own = glossary(language)
    assert own is not None
    exact = {" ".join(fold(words).split()) for words, _ in _entries(language)}
    lost = {}
    for words, said in _entries(language):
        written = words.strip().replace("*", "" if language == "zh" else _ENDING)
        if words.endswith("*") and fold(written) in exact:
            continue
        if (found := own.gloss(written).text) != said.strip():
            lost[words] = found
    assert lost == {}


def test_the_longest_phrase_wins() -> None:
    own = _of(
        "fr", "salle = hall", "bain = bath", "salle de bain = bathroom", "salle de bain bouchee = blocked bathroom"
    )
    assert own.gloss("La salle de bain, la salle, le bain").text == "La bathroom , la hall , le bath"
    assert own.gloss("salle de bain bouchée").text == "blocked bathroom"


def test_a_star_stands_for_any_ending_of_the_last_word() -> None:
    own = _of("pl", "dach* = roof", "dachow* = of roofs", "grzeje = heats", "nie grzej* = does not heat", "nie = not")
    assert own.gloss("Dachu dachowy dach").text == "roof of roofs roof"
    assert own.gloss("nie grzejnik nie").text == "does not heat not"
    assert own.gloss("grzejnik").text == "grzejnik", "an entry without a star is the whole word"


def test_phrases_do_not_jump_over_words_or_marks() -> None:
    own = _of("pl", "nie grzeje = does not heat")
    assert own.gloss("nie dobrze grzeje").text == "nie dobrze grzeje"
    assert own.gloss("nie. grzeje").text == "nie . grzeje"


@pytest.mark.parametrize(
    ("written", "language", "said"),
    [
        ("ŚCIANA ściany sciana", "pl", "wall wall wall"),
        ("والسقف بالسقف السَّقْف", "ar", "ceiling roof ceiling roof ceiling roof"),
        ("Salle de bains", "fr", "bathroom"),
        ("ছাদ ছাদে", "bn", "roof ceiling roof ceiling"),
        ("दीवार", "hi", "wall"),
        ("屋顶漏水", "zh", "roof"),
        ("kuleyl la'aan", "so", "no heating"),
    ],
)
def test_the_shipped_glossaries_read_what_tenants_write(written: str, language: str, said: str) -> None:
    assert in_english(written, language).text.startswith(said)


def test_a_small_word_written_as_one_with_the_next_is_taken_off() -> None:
    own = _of("ar", "سقف* = ceiling", "باب = door")
    assert own.gloss("والسقف والباب بباب").text == "ceiling door door"
    assert own.gloss("مباب").pieces == (), "only what is a small word"
    assert _of("ur", "سقف* = ceiling").gloss("والسقف").pieces == (), "only in Arabic"


def test_vowel_signs_keep_a_word_together_and_points_do_not_change_it() -> None:
    own = _of("bn", "পানি = water", "ছাদ = roof")
    assert own.gloss("ছাদ দিয়ে পানি।").text == "roof water"
    assert own.gloss("পান").text == ""
    assert _of("ar", "ماء = water").gloss("مَاءٌ").text == "water"


def test_chinese_is_read_without_spaces_and_english_within_it_is_kept() -> None:
    own = _of("zh", "没有 = no", "暖气 = heating", "没有暖气 = no heating", "漏 = leak")
    assert own.gloss("我家没有暖气了，boiler漏水 2天").text == "no heating ， boiler leak 2"


def test_words_without_a_gloss_stay_in_latin_letters_and_go_in_others() -> None:
    own = _of("uk", "немає = there is no")
    assert own.gloss("Немає boiler у квартирі 12, Oak Rd").text == "there is no boiler 12 , Oak Rd"


def test_rough_english_leads_back_to_the_words_it_came_from() -> None:
    text = "Dzień dobry,  nie grzeje kaloryfer w 12"
    gloss = _of("pl", "nie grzeje = does not heat", "kaloryfer* = radiator").gloss(text)
    assert gloss.text == "Dzień dobry , does not heat radiator w 12"
    for said, written in (
        ("heat", "nie grzeje"),
        ("radiator", "kaloryfer"),
        ("not heat radi", "nie grzeje kaloryfer"),
        ("12", "12"),
        (gloss.text, text),
    ):
        begin = gloss.text.index(said)
        assert text[slice(*gloss.original(begin, begin + len(said)))] == written


def test_nothing_of_the_rough_english_comes_from_nothing() -> None:
    gloss = _of("pl", "okno = window").gloss("okno")
    assert gloss.original(3, 3) == (0, 4)
    assert gloss.original(50, 60) == (0, 0)


@pytest.mark.parametrize("language", ["en", "und", "xx", "../pl", "", "pl.tsv"])
def test_a_text_in_a_language_without_a_glossary_stays_as_it_is(language: str) -> None:
    text = "Nie ma ogrzewania, no heating"
    gloss = in_english(text, language)
    assert gloss == Gloss(text)
    assert gloss.original(4, 9) == (4, 9)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pl", "kaloryfer nie grzeje, zimno. " * 3500),
        ("pl", "a" * 100_000),
        ("pl", "a'" * 50_000),
        ("ar", "و" * 100_000),
        ("ar", "لا يوجد ماء " * 8_500),
        ("zh", "我家没有暖气" * 17_000),
        ("zh", "a" * 100_000),
        ("hi", "\u0301" * 100_000),
        ("so", " \n" * 50_000),
    ],
)
def test_a_hundred_kilobytes_are_read_to_their_end(language: str, text: str) -> None:
    own = glossary(language)
    assert own is not None
    pieces = own.gloss(text + " ok").pieces
    assert pieces[-1][2:] == (len(text) + 1, len(text) + 3)


@settings(max_examples=200, deadline=None)
@given(
    language=st.sampled_from(_ALL),
    parts=st.lists(
        st.one_of(
            st.text(max_size=30),
            st.sampled_from([" ", "nie ", "والسقف ", "没有暖气", "পানি ", "\u200d", "İ", "ß'", "\ud800", "la'aan"]),
        ),
        max_size=12,
    ),
    ends=st.tuples(st.integers(0, 400), st.integers(0, 400)),
)
def test_any_text_is_glossed_and_every_piece_lies_in_it(language: str, parts: list[str], ends: tuple[int, int]) -> None:
    text = "".join(parts)
    gloss = in_english(text, language)
    assert all(0 <= p[0] <= p[1] <= len(gloss.text) and 0 <= p[2] < p[3] <= len(text) for p in gloss.pieces)
    assert all(first[1] < second[0] and first[3] <= second[2] for first, second in pairwise(gloss.pieces))
    assert " ".join(gloss.text[p[0] : p[1]] for p in gloss.pieces) == gloss.text
    begin, end = gloss.original(min(ends), max(ends)) if gloss.pieces else (0, 0)
    assert 0 <= begin <= end <= len(text)
