"""Calibration: where a trained model says yes, set by examples it was not taught."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from intakebot.classifiers.calibration import calibrate
from intakebot.classifiers.corpus import Example, shipped
from intakebot.classifiers.encoder import LABELS, SETTINGS, Encoder
from intakebot.classifiers.glossary import in_english
from intakebot.classifiers.model_folders import SHIPPED, description, fault_of
from intakebot.errors import BadInput

ABOUT = {**description(), "version": "of a test", "messages": 150, "seed": 7}


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return [example for example in shipped("development") if example.language == "en"][:150]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "model"))


def test_a_model_is_set_by_its_examples_whatever_it_was_set_to_before(model: Path, examples: list[Example]) -> None:
    calibrate(model, examples, ABOUT)
    first = (model / SETTINGS).read_text("utf-8")
    assert fault_of(model) == ""
    assert json.loads(first)["version"] == "of a test"
    skewed = {**json.loads(first), "temperature": 3.0, "offsets": [5.0] * len(LABELS)}
    (model / SETTINGS).write_text(json.dumps(skewed), "utf-8")
    calibrate(model, examples, ABOUT)
    assert (model / SETTINGS).read_text("utf-8") == first


def test_one_half_is_where_a_label_begins_to_be_right_more_often_than_wrong(
    model: Path, examples: list[Example]
) -> None:
    calibrate(model, examples, ABOUT)
    encoder, label = Encoder(model), "categories.repairs"
    said = {e.id for e in examples if encoder.hear(in_english(e.text, e.language).text).labels[label] > 0.5}
    right = {e.id for e in examples if label in e.labels}
    assert len(said & right) > 0.75 * len(right)
    assert len(said & right) > 0.75 * len(said)


def test_without_examples_nothing_can_be_set(model: Path) -> None:
    with pytest.raises(BadInput, match="too few messages"):
        calibrate(model, [], ABOUT)
    assert fault_of(model) == ""
