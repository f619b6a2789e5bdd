"""`classify`: JSON Lines in, JSON Lines out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Commands

COMPLAINT = {
    "id": "a7",
    "channel": "email",
    "text": "The boiler broke again and nobody came. I want to complain about it.",
}


def check_shape(line: dict[str, Any]) -> None:
    assert isinstance(line["kind"]["id"], str)
    assert 0 <= line["kind"]["score"] <= 1
    for group in ("categories", "flags"):
        assert all(
            isinstance(t["id"], str) and 0 <= t["score"] <= 1 and isinstance(t["evidence"], list) for t in line[group]
        )
    assert isinstance(line["needs"], list)
    assert isinstance(line["language"], str)
    assert isinstance(line["needs_review"], bool)
    assert line["why"] is None or isinstance(line["why"], str)


def test_from_standard_input_and_from_a_file_alike(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "messages.jsonl"
    given = f"{json.dumps(COMPLAINT)}\n\n{json.dumps({'id': 2, 'text': 'Thank you, lovely plumber.'})}\n"
    file.write_text(given, encoding="utf-8")
    from_file = commands.lines("classify", file)
    assert from_file == commands.lines("classify", give=given)
    assert [line["id"] for line in from_file] == ["a7", 2]
    for line in from_file:
        check_shape(line)
    assert from_file[0]["kind"]["id"] == "complaint"
    assert "repairs" in [c["id"] for c in from_file[0]["categories"]]


@pytest.mark.parametrize(
    "text", ["", " ", "\x00\x01", "🏚" * 5000, "a" * 200_000, "مكيف مكسور", "\ud800 boiler", "boiler\u2028again"]
)
def test_any_text_at_all_gets_one_line(commands: Commands, text: str) -> None:
    (line,) = commands.lines("classify", give=json.dumps({"id": text[:3], "text": text}) + "\n")
    check_shape(line)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2 is not JSON"),
        ("7", "line 2 is not a JSON object"),
        ("{}", "line 2 needs a text"),
        ('{"text": 1}', "line 2 needs a text"),
        ('{"text": null}', "line 2 needs a text"),
    ],
)
def test_a_wrong_line_is_named_by_its_number(commands: Commands, line: str, said: str) -> None:
    done = commands.run("classify", give=f"{json.dumps(COMPLAINT)}\n{line}\n")
    assert (done.exit_code, len(done.stdout.splitlines())) == (2, 1)
    assert said in done.stderr


def test_a_file_that_is_not_there_or_not_a_file_is_refused(commands: Commands, tmp_path: Path) -> None:
    assert "there is no" in commands.refused("classify", tmp_path / "nothing.jsonl")
    assert "cannot be read" in commands.refused("classify", tmp_path)


def test_bytes_that_are_not_text_are_read_as_well_as_can_be(commands: Commands, tmp_path: Path) -> None:
    latin = b'{"id": 1, "text": "caf\xe9 boiler broken"}\n'
    file = tmp_path / "latin.jsonl"
    file.write_bytes(latin)
    assert commands.lines("classify", file) == commands.lines("classify", give=latin)


def test_an_unknown_classifier_is_refused_with_those_there_are(commands: Commands) -> None:
    assert "installed: " in commands.refused("classify", give="", classifier="oracle")
