"""`deadlines`: every row of the Code's tables, and everything that may be asked wrongly."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Commands

DATA = Path(__file__).parents[1] / "domain" / "data"
RECEIVED = "2026-03-02T09:00:00+00:00"


@pytest.mark.parametrize(("table", "rule"), [("timelines.csv", "calendar"), ("timelines-deemed.csv", "deemed")])
def test_every_row_of_the_tables_comes_out_as_it_says(commands: Commands, table: str, rule: str) -> None:
    with (DATA / table).open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    asked = [
        {"received": r["received_at"], "acknowledged": r["acknowledged_at"], "stage": r["stage"], "receipt_rule": rule}
        for r in rows
    ]
    answers = commands.lines("deadlines", "--jsonl", give="\n".join(map(json.dumps, asked)))
    wrong = [
        (row["note"], key, row[key], answer[key])
        for row, answer in zip(rows, answers, strict=True)
        for key in ("ack_due", "response_due", "extended_due")
        if row[key] != answer[key]
    ]
    assert len(rows) >= 4
    assert wrong == []


def test_one_answer_with_its_reasoning_day_by_day(commands: Commands) -> None:
    answer = commands.json("deadlines", "--received", RECEIVED, "--acknowledged", "2026-03-04T10:00:00+00:00")
    assert (answer["ack_due"], answer["response_due"], answer["extended_due"]) == (
        "2026-03-09",
        "2026-03-18",
        "2026-04-01",
    )
    counted = [day for day in answer["reasoning"] if day["number"] is not None]
    assert counted
    assert all(set(day) >= {"clock", "date", "number", "reason"} for day in answer["reasoning"])
    said = commands.ok("deadlines", "--received", RECEIVED).stdout
    assert "ack_due        2026-03-09" in said
    assert "backstop" in said


def test_an_extension_is_counted_day_by_day(commands: Commands) -> None:
    asked = ("deadlines", "--received", RECEIVED, "--acknowledged", "2026-03-20T10:00:00+00:00", "--extended", "3")
    answer = commands.json(*asked)
    assert (answer["response_due"], answer["extended_to"], answer["beyond_limit"]) == ("2026-04-07", "2026-04-10", "")
    days = [(d["date"], d["number"], d["reason"]) for d in answer["reasoning"] if d["clock"] == "extension"]
    assert days == [
        ("2026-04-07", 0, "response due"),
        ("2026-04-08", 1, ""),
        ("2026-04-09", 2, ""),
        ("2026-04-10", 3, "due"),
    ]
    assert ("response", "2026-04-03", None, "Good Friday") in [tuple(day.values()) for day in answer["reasoning"]]
    said = commands.ok(*asked).stdout
    assert "extended_to    2026-04-10" in said
    assert "response         Fri 2026-04-03       Good Friday\n" in said
    assert commands.json("deadlines", "--received", RECEIVED)["extended_to"] is None


def test_an_extension_past_the_codes_most_says_what_it_needs(commands: Commands) -> None:
    for stage, most, clause in (("1", 10, "6.4"), ("2", 20, "6.15")):
        asked = ("deadlines", "--received", RECEIVED, "--stage", stage, "--extended")
        assert (
            f"More than {most} working days need a good reason (Code {clause})" in commands.ok(*asked, most + 1).stdout
        )
        assert "good reason" not in commands.ok(*asked, most).stdout


def test_the_settings_choose_the_receipt_rule_unless_asked(commands: Commands) -> None:
    late = "2026-03-02T18:00:00+00:00"
    assert commands.json("deadlines", "--received", late)["ack_due"] == "2026-03-09"
    assert commands.json("deadlines", "--received", late, calendar__receipt_rule="deemed")["ack_due"] == "2026-03-10"
    assert commands.json("deadlines", "--received", late, "--receipt-rule", "deemed")["ack_due"] == "2026-03-10"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([], "--received"),
        (["--received", "2026-03-02T09:00:00"], "received has no zone"),
        (["--received", "yesterday"], "received is not a time"),
        (["--received", RECEIVED, "--acknowledged", "2026-03-03"], "acknowledged has no zone"),
        (["--received", RECEIVED, "--acknowledged", "2026-03-01T09:00:00Z"], "before it was received"),
        (["--received", RECEIVED, "--stage", "3"], "stage is 1 or 2"),
        (["--received", RECEIVED, "--receipt-rule", "lunar"], "calendar or deemed"),
        (["--received", RECEIVED, "--extended", "0"], "one working day or more"),
        (["--received", RECEIVED, "--extended", "9000"], "leaves the working-day calendar"),
        (["--received", "9999-12-31T23:00:00Z"], "outside the working-day calendar"),
        (["--received", "0001-01-01T00:00:00+14:00"], "outside the working-day calendar"),
    ],
)
def test_a_wrong_question_is_refused_in_a_sentence(commands: Commands, asked: list[str], said: str) -> None:
    assert said in commands.refused("deadlines", *asked)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nonsense", "line 2 is not JSON"),
        ("[1]", "line 2 is not a JSON object"),
        ("{}", "line 2: received is not a time"),
        ('{"received": "2026-03-02T09:00:00"}', "line 2: received has no zone"),
        ('{"received": 7}', "line 2: received is not a time"),
        (json.dumps({"received": RECEIVED, "stage": "one"}), "line 2: the stage is 1 or 2"),
        (json.dumps({"received": RECEIVED, "extended": "long"}), "line 2: the extension is a number of working days"),
        (json.dumps({"received": RECEIVED, "receipt_rule": ["calendar"]}), "line 2: the receipt rule"),
        (
            json.dumps({"received": RECEIVED, "id": "7", "acknowleged": RECEIVED}),
            "line 2: there is no acknowleged; a line may have received, acknowledged, stage, receipt_rule, ext",
        ),
        ("[" * 100_000, "line 2 is not JSON"),
    ],
)
def test_a_wrong_line_is_named_by_its_number_and_the_lines_before_it_are_answered(
    commands: Commands, line: str, said: str
) -> None:
    good: dict[str, Any] = {"received": RECEIVED}
    done = commands.run("deadlines", "--jsonl", give=f"{json.dumps(good)}\n{line}\n")
    assert done.exit_code == 2
    assert said in done.stderr
    assert json.loads(done.stdout)["ack_due"] == "2026-03-09"
