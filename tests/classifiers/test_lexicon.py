"""The lexicon and its phrase language: what a phrase finds, and what makes a lexicon file wrong."""

from __future__ import annotations

import pytest

from intakebot.classifiers import phrases
from intakebot.classifiers.context import sift
from intakebot.classifiers.phrases import Lexicon
from intakebot.classifiers.reading import read
from intakebot.domain.labels import Category, Flag, Kind, Need
from intakebot.errors import BadInput


@pytest.fixture(scope="module")
def shipped() -> Lexicon:
    return phrases.load()


def _lexicon(*spoken: str, **more: object) -> Lexicon:
    signal = {"name": "it", "phrases": "\n".join(spoken), **more}
    sets = {"negator": "no not wasnt", "bridge": "any", "kin": "mum nan"}
    return phrases.build({"words.toml": {"fillers": "the a of", "sets": sets, "signal": [signal]}})


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("smell gas", "I smell the gas", True),
        ("smell gas", "gas smell", False),
        ("smell+ gas", "smelling of gas", True),
        ("smell|whiff gas", "a whiff of gas", True),
        ("smell .. gas", "smell like some gas", True),
        ("smell .. gas", "smell like some kind of strong gas", False),
        ("smell ... gas", "smell like some kind of strong gas", True),
        ("smell & gas", "gas, there is a smell", True),
        ("smell gas", "I smell. Gas is off", False),
        ("<kin> fell", "my nan fell", True),
        ("cant stop", "I can not stop it", True),
        ("cant stop", "I CAN'T stop it", True),
        ("noone came", "no one came", True),
    ],
)
def test_a_phrase_finds(phrase: str, text: str, found: bool) -> None:
    lexicon = _lexicon(phrase)
    assert bool(lexicon.find(read(text, lexicon.speller))) is found


def test_a_slip_of_the_finger_in_a_long_word_is_mended_but_another_word_is_left_alone() -> None:
    lexicon = _lexicon("leaking", "ceiling", "eating")
    assert [lexicon.speller.plain(word) for word in ("leakng", "leakking", "laeking")] == ["leaking"] * 3
    assert [lexicon.speller.plain(word) for word in ("leaving", "eaten", "heating")] == ["leaving", "eaten", "heating"]


def test_a_mask_hides_its_words_from_other_signals(shipped: Lexicon) -> None:
    found = sift(shipped, read("my heart sinks, this new kitchen sparks joy by the socket", shipped.speller))
    assert not found.has("electric_danger")


def test_only_the_danger_is_taken_back_by_context_and_the_topic_stays(shipped: Lexicon) -> None:
    found = sift(shipped, read("There was mould in the hall but it was all fixed last week.", shipped.speller))
    assert not found.has("damp")
    assert found.score(Flag.SIGNIFICANT_HAZARD) == 0.0
    assert found.score(Category.DAMP_MOULD) > 0.5


def test_every_label_of_the_lexicon_exists(shipped: Lexicon) -> None:
    known = {*Kind, *Category, *Flag, *(f"need_{need}" for need in Need)}
    used = {label for signal in shipped.signals.values() for label, _ in signal.labels}
    assert used <= known
    assert {f"need_{need}" for need in Need} <= used
    assert {*Category} <= used


def test_every_context_a_signal_names_exists(shipped: Lexicon) -> None:
    contexts = {"negated", "fixed", "past", "imagined"} | set(shipped.signals)
    named = {guard for signal in shipped.signals.values() for guard in signal.unless}
    assert named
    assert named <= contexts


@pytest.mark.parametrize(
    "entry",
    [
        {"phrases": "smell gas"},
        {"name": "it", "phrases": "the"},
        {"name": "it", "phrases": "<nobody> fell"},
    ],
)
def test_a_wrong_lexicon_is_refused_with_a_sentence(entry: dict[str, str]) -> None:
    with pytest.raises(BadInput, match=r"lexicon|phrase"):
        phrases.build({"x.toml": {"fillers": "the", "signal": [entry]}})
