"""Ours without one of its parts: what is left out has no say, and the rest is as it was."""

from __future__ import annotations

from typing import Any

import pytest

from intakebot.classifiers.baselines import BASELINES, without_rules, without_words
from intakebot.classifiers.corpus import Example, shipped
from intakebot.classifiers.trained import TrainedClassifier


@pytest.fixture(scope="module")
def messages() -> list[Example]:
    return shipped("development")[:60]


def test_without_rules_nothing_is_seen_that_the_encoder_did_not_see_by_itself(messages: list[Example]) -> None:
    whole, bare = TrainedClassifier(), without_rules()
    told = [(whole.classify(m.text, m.channel), bare.classify(m.text, m.channel)) for m in messages]
    assert [a.kind.score for a, _ in told] == [b.kind.score for _, b in told], "the encoder is the same"
    assert sum(len(bare.flags) for _, bare in told) > 20
    by_rules = [made._nlp("There is a strong smell of gas in my kitchen.")._.rules for made in (whole, bare)]
    assert [found.has_flag("emergency_hazard") for found in by_rules] == [True, False]


def test_without_words_the_network_is_asked_twice_and_the_words_never(
    messages: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, bare = TrainedClassifier(), without_words()
    monkeypatch.setattr("intakebot.classifiers.words.Words.hear", _unheard)
    component: Any = bare._nlp.get_pipe("encoder")
    heard = component._encoder.hear("The boiler is broken.")
    monkeypatch.undo()
    assert heard.labels["categories.repairs"] > 0.5
    differ = [m for m in messages if whole.classify(m.text).kind.score != bare.classify(m.text).kind.score]
    assert len(differ) > len(messages) / 2


def _unheard(*_: object) -> object:
    raise AssertionError("the words were asked")


def test_both_stand_among_the_baselines() -> None:
    assert list(BASELINES)[-2:] == ["shipped, no rules", "shipped, no words"]
