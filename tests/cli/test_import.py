"""`import` and `demo`: files come in whole or not at all, and the sample years make the year's figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.case_lines import case, request, stage, unanswered, written
from tests.cli.conftest import Commands
from tests.factories import demo_settings

from intakebot.demo.landlord import hire
from intakebot.store.engine import open_store


def test_a_file_comes_in_and_its_cases_are_listed(commands: Commands, tmp_path: Path) -> None:
    file = written(tmp_path / "a.jsonl", case(reference="OLD-1"), case(subject="b", stages=[unanswered()]), request())
    said = commands.ok("import", file, "--by", "Olive Ferreira").stderr
    assert f"{file}: 3 cases brought in, 2 still open, 1 of them overdue; `intakebot cases list --overdue`" in said
    assert commands.json("cases", "show", "OLD-1")["events"][-1]["actor"] == "Imported by Olive Ferreira"
    assert len(commands.json("cases", "list", "--overdue")) == 1


def test_a_file_with_mistakes_is_refused_whole_and_the_others_come_in(commands: Commands, tmp_path: Path) -> None:
    wrong = written(tmp_path / "wrong.jsonl", case(subject="x"), "{", case(stages=[stage(acknowledged_at=None)]))
    right = written(tmp_path / "right.jsonl", case())
    done = commands.run("import", wrong, right, "--by", "Olive")
    assert done.exit_code == 2
    assert f"intakebot: {wrong}: 2 mistakes, and nothing was brought in\n  line 2: is not JSON" in done.stderr
    assert "line 3: stages 1, responded_at: Acknowledge the complaint first (Code 6.2)" in done.stderr
    assert f"{right}: 1 case brought in, none still open" in done.stderr
    assert len(commands.json("cases", "list", "--all")) == 1


def test_the_same_file_twice_is_refused(commands: Commands, tmp_path: Path) -> None:
    file = written(tmp_path / "a.jsonl", case())
    done = commands.run("import", file, file, "--by", "Olive")
    assert done.exit_code == 2
    assert "line 1: this case is here already; a file is brought in once" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["absent.jsonl", "--by", "Olive"], "absent.jsonl is not a file"),
        (["absent.jsonl", "--by", " "], "--by names who brings the cases in"),
        (["absent.jsonl"], "Missing option '--by'"),
    ],
)
def test_what_is_missing_is_said(commands: Commands, arguments: list[str], said: str) -> None:
    done = commands.run("import", *arguments)
    assert done.exit_code == 2
    assert said in done.stderr


def test_the_demo_loads_the_sample_years_and_they_make_the_years_figures(commands: Commands) -> None:
    said = commands.ok("demo").stderr
    assert "Larkmere Homes is loaded, with 430 cases." in said
    assert "report annual --from 2023-04-01 --to 2024-03-31 --homes-lcra 4215" in said
    assert commands.json("cases", "list") == []
    period = ("--from", "2023-04-01", "--to", "2024-03-31", "--homes-lcra", "4215")
    figures = json.dumps(json.loads(commands.ok("report", "annual", *period, "--format", "json").stdout))
    for figure in ("4.7", "0.5", "65.0", "100.0", "35.1"):
        assert figure in figures


def test_the_demo_goes_into_a_database_without_cases_only(commands: Commands, tmp_path: Path) -> None:
    commands.ok("import", written(tmp_path / "a.jsonl", case()), "--by", "Olive")
    done = commands.run("demo")
    assert done.exit_code == 2
    assert "the database has cases already" in done.stderr
    assert len(commands.json("cases", "list", "--all")) == 1


def test_the_demo_keeps_the_accounts_that_serving_made(commands: Commands) -> None:
    settings = demo_settings(commands.data, demo_password="a password for tests")
    store = open_store(settings)
    hire(settings, store)
    store.close()
    assert "with the password you have" in commands.ok("demo").stderr
