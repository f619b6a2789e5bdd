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


def test_a_case_is_shown_with_everything_the_code_asks_for_and_nothing_private(
    commands: Commands, tmp_path: Path
) -> None:
    extension = {"working_days": 5, "reason": "A survey.", "told_at": "2025-06-10T09:00:00+01:00"}
    money = {"type": "money", "what": "Money.", "impact": "Worry.", "amount": "120.50", "approved_by": "Mandeep Gill",
             "offered_at": "2025-06-20T15:00:00+01:00"}  # fmt: skip
    theirs = {"ombudsman": "HOS", "contacted_at": "2025-08-01T09:00:00+01:00", "investigated": True,
              "determined_at": "2025-11-03T09:00:00+00:00", "orders": [{"what": "Apologise."}],
              "findings": [{"element": "the repair", "determination": "service_failure"}]}  # fmt: skip
    first = stage(extensions=[extension], responded_at="2025-06-20T15:00:00+01:00", reasons="Nobody came.")
    line = case(reference="OLD-1", issue_on="2025-05-01", remedies=[money], ombudsman=[theirs],
                stages=[first, unanswered(received_at="2025-06-24T11:00:00+01:00")])  # fmt: skip
    commands.ok("import", written(tmp_path / "a.jsonl", line), "--by", "Olive")
    shown = commands.json("cases", "show", "OLD-1")
    one, two = shown["stages"]
    assert (one["number"], one["outcome"], one["reasons"]) == (1, "upheld", "Nobody came.")
    assert (one["response_due"], one["extended_to"], one["valid_extension"]) == ("2025-06-18", "2025-06-25", None)
    assert one["responded_at"] == "2025-06-20T15:00:00+01:00"
    assert one["points"] == [
        {
            "text": "The boiler was not mended.",
            "answer": "The older system holds the decision.",
            "finding": "upheld",
        }
    ]
    assert one["extensions"][0]["ombudsman_details"] is False
    assert (two["number"], two["acknowledged_at"], two["outcome"]) == (2, None, None)
    assert two["ack_due"] == "2025-07-01"
    assert shown["records"]["remedies"][0]["amount"] == "120.50"
    (case_there,) = shown["records"]["ombudsman"]
    assert case_there["findings"] == [{"element": "the repair", "determination": "service_failure"}]
    assert case_there["orders"][0]["done_at"] is None
    told = ("choices", "clarifications", "refusals", "withdrawals", "conflicts", "meetings", "issues", "actions",
            "remedies", "ombudsman", "learning", "hazards", "corrections", "format_tasks")  # fmt: skip
    assert tuple(shown["records"]) == told, "fields may be added, never removed; what is a person's own is not told"
    listed = {"ombudsman": "HOS", "affects": "individual", "contractor": None, "issue_on": "2025-05-01",
              "aware_on": None, "extended_to": None}  # fmt: skip
    (found,) = commands.json("cases", "list")
    assert {name: found[name] for name in listed} == {name: shown[name] for name in listed} == listed


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
        (["absent.jsonl"], "--by is missing: who brings them in"),
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
