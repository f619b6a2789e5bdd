"""Training, for real, on few messages with one layer: its files load and fit, and come out the same every time.

Needs PyTorch, so it is run by `make test-training` and is no part of `make test`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from intakebot.classifiers import network, training
from intakebot.classifiers.corpus import Example, shipped
from intakebot.classifiers.encoder import NETWORK, SETTINGS, TOKENIZER
from intakebot.classifiers.model_folders import description, fault_of, version_of
from intakebot.classifiers.trained import TrainedClassifier
from intakebot.classifiers.words import FILE as WORDS
from intakebot.domain.labels import Kind
from intakebot.learning import Models, Say

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")

FILES = {NETWORK, TOKENIZER, SETTINGS, WORDS}
EACH = 24


@pytest.fixture(scope="module")
def few() -> list[Example]:
    """Some of every kind, and the same of them each time."""
    every = shipped("training")
    return [example for kind in Kind for example in [e for e in every if e.kind is kind][:EACH]]


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "LAYERS", 1)


def train(examples: Sequence[Example], folder: Path, seed: int = 7) -> Path:
    training.train(examples, folder, f"tiny-{seed}", lambda _: None, seed, epochs=1)
    return folder


def test_what_it_writes_loads_fits_and_answers(few: list[Example], tmp_path: Path) -> None:
    folder = train(few, tmp_path / "a")
    assert {file.name for file in folder.iterdir()} == FILES
    assert (fault_of(folder), version_of(folder)) == ("", "tiny-7")
    told = json.loads((folder / SETTINGS).read_text())
    assert {name: told[name] for name in description()} == description()
    assert (told["messages"], told["seed"]) == (len(few), 7)
    found = TrainedClassifier.proved(folder)
    assert found.version == "trained-tiny-7"
    right = [found.classify(e.text, e.channel).kind.label == e.kind for e in few]
    assert sum(right) > len(few) / 3, "taught these very messages it must know more than chance, one in seven"


def test_the_same_messages_and_seed_give_the_same_model_on_any_number_of_threads(
    few: list[Example], tmp_path: Path
) -> None:
    first = train(few, tmp_path / "a")
    torch.set_num_threads(1)
    second, other = train(few, tmp_path / "b"), train(few, tmp_path / "c", seed=8)
    assert torch.get_num_threads() == 2
    assert [name for name in FILES if (first / name).read_bytes() != (second / name).read_bytes()] == []
    assert (first / NETWORK).read_bytes() != (other / NETWORK).read_bytes()


def test_a_model_is_made_judged_beside_the_shipped_one_and_refused(few: list[Example], tmp_path: Path) -> None:
    def quick(examples: Sequence[Example], folder: Path, version: str, say: Say, seed: int) -> None:
        training.train(examples, folder, version, say, seed, epochs=1)

    models, told = Models(tmp_path), list[str]()
    judgement = models.make(quick, few, shipped("development")[::20], models.candidate, told.append)
    assert any(line.startswith("round 1 of 1") for line in told)
    assert version_of(models.candidate) == judgement.version
    assert judgement.worse, "a layer and a hundred messages are no match"
