"""A model trained here is used where it is whole and fits, and replaced in one step; else the shipped one is used."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
from tests.cli.conftest import Commands
from tests.factories import demo_settings, raw

from intakebot import plugins
from intakebot.classifiers.encoder import LABELS, NETWORK, SETTINGS, TOKENIZER
from intakebot.classifiers.model_folders import SHIPPED, InUse, description, fault_of, put_in_use
from intakebot.classifiers.trained import TrainedClassifier
from intakebot.classifiers.words import FILE as WORDS
from intakebot.reading import Reader

Break = Callable[[Path], None]


def own(data: Path, version: str = "here-1", name: str = "model-here-1", **changes: Any) -> Path:
    """A copy of the shipped model, in use in this data folder. Its large files are shared with the shipped one."""
    folder = data / name
    shutil.copytree(SHIPPED, folder, copy_function=os.link)
    told = json.loads((folder / SETTINGS).read_text()) | description() | {"version": version} | changes
    write(folder / SETTINGS, json.dumps(told).encode())
    put_in_use(data, InUse(name))
    return folder


def write(file: Path, content: bytes) -> None:
    """Write a file anew: what was linked to it stays as it was."""
    file.unlink()
    file.write_bytes(content)


def settle(folder: Path, **changes: Any) -> None:
    told = json.loads((folder / SETTINGS).read_text()) | changes
    write(folder / SETTINGS, json.dumps({name: value for name, value in told.items() if value is not None}).encode())


def cut(name: str) -> Break:
    """A file that ends early, as after a full disk."""
    return lambda folder: write(folder / name, (folder / name).read_bytes()[:-5000])


def missing(name: str) -> Break:
    return lambda folder: (folder / name).unlink()


def set_to(**changes: Any) -> Break:
    return lambda folder: settle(folder, **changes)


BROKEN: dict[str, tuple[Break, str]] = {
    "without a network": (missing(NETWORK), "network.onnx is missing"),
    "without words": (missing(WORDS), "words.npz is missing"),
    "without a tokenizer": (missing(TOKENIZER), "tokenizer.json is missing"),
    "without settings": (missing(SETTINGS), "settings.json is missing"),
    "settings cut short": (lambda f: write(f / SETTINGS, b'{"version": "x", '), "settings.json cannot be read"),
    "settings that are a list": (lambda f: write(f / SETTINGS, b"[]"), "settings.json cannot be read"),
    "a network cut short": (cut(NETWORK), "one of its files cannot be used"),
    "words cut short": (cut(WORDS), "one of its files cannot be used"),
    "a tokenizer cut short": (cut(TOKENIZER), "one of its files cannot be used"),
    "a later format": (set_to(format=2), "it is of format 2, and this version reads format 1"),
    "labels in another order": (set_to(labels=[*LABELS[1:], LABELS[0]]), "its labels are others, or in another order"),
    "kinds in another order": (set_to(kinds=description()["kinds"][::-1]), "its labels are others"),
    "a label fewer": (set_to(slopes=[1.0] * 33, offsets=[0.0] * 33), "it has another number of labels"),
    "no figure": (set_to(temperature=float("nan")), "settings.json holds what is no figure"),
    "no version": (set_to(version=None), "one of its files cannot be used"),
}


def test_a_model_trained_here_comes_before_the_shipped_one(tmp_path: Path) -> None:
    own(tmp_path / "data")
    assert plugins.classifier("trained", demo_settings(tmp_path / "data")).version == "trained-here-1"
    assert plugins.classifier("trained", demo_settings(tmp_path)).version == TrainedClassifier().version


@pytest.mark.parametrize("name", BROKEN)
def test_where_it_is_broken_the_shipped_one_takes_its_place_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    spoil, why = BROKEN[name]
    spoil(own(tmp_path))
    with caplog.at_level(logging.DEBUG):
        found = Reader(demo_settings(tmp_path, classifier="trained")).read(
            raw(b"From: t@tenant.example\r\nSubject: quagmire\r\n\r\nThe boiler is broken.\r\n")
        )
    assert found.classification.version == TrainedClassifier().version
    (line,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert line.getMessage().startswith(f"the model trained here is not used: {why}")
    assert "The one that ships with intakebot takes its place" in line.getMessage()
    assert str(tmp_path) not in caplog.text and "quagmire" not in caplog.text and "boiler" not in caplog.text


@pytest.mark.parametrize("written", ["", '{"present": 7', '{"present": "/etc", "before": ""}'])
def test_where_nobody_can_tell_which_is_in_use_the_shipped_one_is(tmp_path: Path, written: str) -> None:
    own(tmp_path)
    (tmp_path / "model.json").write_text(written)
    chosen = TrainedClassifier.from_settings(demo_settings(tmp_path))
    assert chosen.version == TrainedClassifier().version
    assert chosen.problem.startswith("the model trained here is not used: model.json")


def test_a_folder_that_is_gone_is_told_too(tmp_path: Path) -> None:
    shutil.rmtree(own(tmp_path))
    assert "settings.json is missing" in TrainedClassifier.from_settings(demo_settings(tmp_path)).problem


def test_a_model_from_before_formats_were_written_fits_where_it_has_as_many_labels(tmp_path: Path) -> None:
    folder = own(tmp_path, format=None, kinds=None, labels=None)
    assert fault_of(folder) == ""
    settle(folder, offsets=[0.0] * (len(LABELS) + 1))
    assert fault_of(folder) == "it has another number of labels"


def test_a_model_that_is_whole_has_no_fault_and_says_what_its_scores_are_of(tmp_path: Path) -> None:
    assert fault_of(SHIPPED) == ""
    assert fault_of(own(tmp_path)) == ""
    assert TrainedClassifier.from_settings(demo_settings(tmp_path)).problem == ""


def test_a_worker_that_starts_while_another_model_is_installed_reads_the_files_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network is read first, then the other takes its place, then the words and settings are read."""
    own(tmp_path, "first", "model-first")
    begin = onnxruntime.InferenceSession

    def slow(*given: Any, **options: Any) -> Any:
        session = begin(*given, **options)
        monkeypatch.setattr(onnxruntime, "InferenceSession", begin)
        own(tmp_path, "second", "model-second")
        for name in (WORDS, SETTINGS, NETWORK):
            assert (tmp_path / "model-first" / name).is_file()
        return session

    monkeypatch.setattr(onnxruntime, "InferenceSession", slow)
    first = TrainedClassifier.from_settings(demo_settings(tmp_path))
    assert (first.version, first.problem) == ("trained-first", "")
    assert TrainedClassifier.from_settings(demo_settings(tmp_path)).version == "trained-second"


def test_doctor_says_why_the_model_trained_here_is_not_used(tmp_path: Path) -> None:
    commands = Commands(tmp_path)
    assert _adapters(commands) is None
    (own(commands.data) / NETWORK).unlink()
    problem = _adapters(commands)
    assert problem is not None
    assert problem.startswith("the model trained here is not used: network.onnx is missing.")


def _adapters(commands: Commands) -> str | None:
    (found,) = [
        one
        for one in json.loads(commands.run("doctor", "--json", classifier="trained").stdout)
        if one["check"] == "adapters"
    ]
    problem: str | None = found["problem"]
    return problem
