"""The linear model over words: its features, what is kept of it in eight bits, and the baselines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intakebot.classifiers import baselines
from intakebot.classifiers.corpus import Example, shipped
from intakebot.classifiers.encoder import KINDS, LABELS
from intakebot.classifiers.word_training import train_words
from intakebot.classifiers.words import Words, runs_of, save, words_of
from intakebot.domain.labels import Kind


@pytest.fixture(scope="module")
def taught() -> list[Example]:
    return [e for e in shipped("training") if e.language == "en"][::12]


@pytest.fixture(scope="module")
def model(taught: list[Example], tmp_path_factory: pytest.TempPathFactory) -> Words:
    folder = tmp_path_factory.mktemp("words")
    labels = np.array([[label in e.labels for label in LABELS] for e in taught])
    train_words([e.text for e in taught], [KINDS.index(e.kind) for e in taught], labels, folder)
    return Words(folder)


@pytest.mark.parametrize("kinds", [{Kind.COMPLAINT}, {Kind.COMPLAINT, Kind.ENQUIRY}, set(Kind) - {Kind.COMPLIMENT}])
def test_a_corpus_may_lack_kinds(kinds: set[Kind], taught: list[Example], tmp_path: Path) -> None:
    some = [example for example in taught if example.kind in kinds][:80]
    labels = np.array([[label in e.labels for label in LABELS] for e in some])
    train_words([e.text for e in some], [KINDS.index(e.kind) for e in some], labels, tmp_path)
    words, right = Words(tmp_path), 0
    for example in some:
        heard = KINDS[int(np.argmax(words.hear(example.text)[: len(KINDS)]))]
        assert heard in kinds
        right += heard is example.kind
    assert right > 0.9 * len(some)


def test_words_and_pairs_in_lower_case() -> None:
    assert list(words_of("No heat, no HOT water")) == [
        "no",
        "heat",
        "no",
        "hot",
        "water",
        "no heat",
        "heat no",
        "no hot",
        "hot water",
    ]


def test_runs_stay_within_words_and_are_never_taken_for_words() -> None:
    runs = set(runs_of("a leak"))
    assert {"~ le", "~lea", "~eak ", "~ a "} <= runs
    assert not any("a l" in run for run in runs)


def test_a_word_of_a_megabyte_is_cut() -> None:
    assert sum(1 for _ in runs_of("a" * 1_000_000)) < 200


def test_weights_survive_in_eight_bits(tmp_path: Path) -> None:
    weights = np.array([[1.0, -2.0], [0.5, 0.25]])
    save(tmp_path, ["leak", "~lea"], np.array([1.0, 1.0]), weights, np.array([0.1, -0.1]))
    heard = Words(tmp_path).hear("leak")
    assert heard == pytest.approx([0.1 + 1.0 + 0.5, -0.1 - 2.0 + 0.25], abs=0.02)


def test_it_learns_what_tells_the_kinds_apart(model: Words, taught: list[Example]) -> None:
    right = [KINDS[int(model.hear(e.text)[: len(KINDS)].argmax())] == e.kind for e in taught]
    assert sum(right) / len(right) > 0.9


def test_it_does_better_on_what_it_never_saw_than_saying_always_the_same(model: Words) -> None:
    unseen = shipped("development")
    right = [KINDS[int(model.hear(e.text)[: len(KINDS)].argmax())] == e.kind for e in unseen]
    always = sum(e.kind is Kind.COMPLAINT for e in unseen)
    assert sum(right) > always * 1.3


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=300))
def test_any_text_has_a_finite_score(model: Words, text: str) -> None:
    assert np.isfinite(model.hear(text)).all()


def test_what_is_kept_between_messages_changes_no_score_and_holds_no_name(model: Words) -> None:
    message = "the boiler of Quillfeather drips and the boiler bangs"
    first = model.hear(message)
    assert {"boiler", "drips"} & set(model._runs)
    assert "quillfeather" not in model._runs
    assert set(model._runs) <= set(model.common())
    assert (model.hear(message) == first).all()


def test_the_linear_baseline_answers_what_it_was_asked() -> None:
    asked = shipped("development")[:20]
    made = baselines.Linear("words, linear", baselines.words, asked)
    assert made.classify(asked[0].text).version == "words, linear"


def test_the_majority_baseline_says_the_same_of_everything() -> None:
    always = baselines.Majority()
    assert always.classify("thank you").kind.label == always.classify("gas leak").kind.label == Kind.COMPLAINT
