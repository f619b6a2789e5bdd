"""`intakebot letters`: the templates tried, the missing part named, one letter read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Commands

from intakebot.domain.letter_kinds import LETTER_KINDS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one letter that has lost its reasons."""
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "update.txt").write_text(
        "Subject: {{ case.reference }}\n\n{{ case.said }}\n\n{% include '_closing.txt' %}\n"
    )
    return folder


def test_check_lists_every_letter_and_finds_nothing_wrong_as_shipped(commands: Commands) -> None:
    lines = commands.ok("letters", "check").stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [["ok", kind.name] for kind in LETTER_KINDS]
    assert any("11 of 11 parts" in line and "reading age" in line for line in lines)
    found = commands.json("letters", "check")
    assert found["faults"] == []
    first = found["letters"][0]
    assert (first["name"], first["problem"], first["reader"]) == ("receipt", None, "the resident")
    assert {"part": "the Ombudsman's details", "clause": "3.7", "stage_2_clause": None, "found": True} in first["parts"]
    assert 5 < first["reading_age"] < 12


def test_check_names_what_is_missing_and_what_is_wrong(commands: Commands, folder: Path) -> None:
    (folder / "receipt.txt").write_text("Subject: x\n\n{{ case.refrence }}\n")
    (folder / "reciept.txt").write_text("")
    done = commands.run("letters", "check", letters=str(folder))
    assert done.exit_code == 1
    assert any(line.split()[:5] == ["wrong", "update", "4", "of", "5"] for line in done.stdout.splitlines())
    assert "letter update.txt: it does not give the day of the next update (Code 5.9)." in done.stderr
    assert "letter receipt.txt, line 3" in done.stderr
    assert "letter reciept.txt: there is no such letter" in done.stderr
    done = commands.run("letters", "check", "--json", letters=str(folder))
    assert done.exit_code == 1
    letters = {letter["name"]: letter for letter in json.loads(done.stdout)["letters"]}
    assert [part["part"] for part in letters["update"]["parts"] if not part["found"]] == ["the day of the next update"]
    assert "line 3" in letters["receipt"]["problem"]
    assert letters["receipt"]["reading_age"] is None


def test_preview_writes_one_letter_with_made_up_facts(commands: Commands, folder: Path) -> None:
    text = commands.ok("letters", "preview", "response_stage_2").stdout
    assert text.startswith("Subject: Our final answer to your complaint: HC-0000-0000-A\n\nDear Ama Mensah\n")
    assert "<h2" in commands.ok("letters", "preview", "response_stage_2", "--html").stdout
    assert len(commands.json("letters", "preview", "response_stage_2")["examples"]) == 3
    done = commands.run("letters", "preview", "update", letters=str(folder))
    assert done.exit_code == 1
    assert "We have the part now." in done.stdout and "(Code 5.9)" in done.stderr
    assert "there is no letter updates, only receipt" in commands.refused("letters", "preview", "updates")
