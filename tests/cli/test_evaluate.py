"""`evaluate`: a labelled file in, a table or one JSON document out; one sentence for what is wrong with the file."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Commands

from intakebot.classifiers import baselines
from intakebot.classifiers.evaluation import MEASURES
from intakebot.classifiers.rules import RulesClassifier
from intakebot.domain.labels import Category, Flag, Kind, Need

RULES = {"classifier": "rules"}
VERSION = RulesClassifier.version


def _line(name: str, channel: str, text: str, kind: str, language: str = "en", **labels: list[str]) -> str:
    every = {"kind": kind, "categories": [], "flags": [], "needs": [], "language": language} | labels
    return json.dumps({"id": name, "channel": channel, "text": text, "labels": every}, ensure_ascii=False)


THREE = (
    _line(
        "a1",
        "web",
        "The boiler broke again and nobody came. I want to complain about it.",
        "complaint",
        categories=["repairs"],
        flags=["missed_appointment"],
    ),
    _line("a2", "email", "Subject: Automatic reply: Your case\n\nI am out of the office.", "not_for_us"),
    _line(
        "a3",
        "relay",
        "I can smell gas in the kitchen, please send somebody.",
        "enquiry",
        flags=["emergency_hazard", "accessibility_need"],
        needs=["relay_uk"],
    ),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(THREE) + "\n", "utf-8")
    return path


def test_json_holds_every_score(commands: Commands, file: Path) -> None:
    told: dict[str, Any] = commands.json("evaluate", file, **RULES)
    assert list(told) == [VERSION]
    found = told[VERSION]
    assert found["messages"] == 3
    assert set(found["measures"]) == set(MEASURES)
    assert found["measures"]["kind accuracy"]["value"] == 0.667
    assert set(found["measures"]["kind accuracy"]) == {"value", "low", "high"}
    assert found["measures"]["recall of complaint + escalation"]["value"] == 1.0
    assert found["flags"]["emergency_hazard"]["recall"]["value"] == 1.0
    assert found["flags"]["emergency_hazard"]["right"] == 1
    assert found["flags"]["hate_incident"]["recall"] == {"value": None, "low": None, "high": None}
    assert found["needs"]["relay_uk"]["f1"]["value"] == 1.0
    assert found["confusion"]["enquiry"]["service_request"] == 1
    assert found["slices"]["channel relay"]["messages"] == 1


def test_table_has_the_measures_every_label_the_confusion_and_the_slices(commands: Commands, file: Path) -> None:
    said = commands.ok("evaluate", file, **RULES).stdout
    rows = {line[:36].strip(): line[36:].split() for line in said.splitlines()}
    assert "3 messages" in said.splitlines()[0]
    assert VERSION in said
    assert rows["kind accuracy"][0] == "0.667"
    assert set(MEASURES) <= set(rows)
    assert {f"recall of {flag}" for flag in Flag} <= set(rows)
    assert rows["recall of hate_incident"] == ["–"]
    assert {label.value for labels in (Flag, Category, Need) for label in labels if label is not Need.OTHER} <= set(
        rows
    )
    assert rows["enquiry"] == ["1" if kind is Kind.SERVICE_REQUEST else "0" for kind in Kind]
    assert rows["channel relay"][0] == "1"
    assert {"English", "under 15 words", "channel email"} <= set(rows)


def test_the_same_file_gets_the_same_answer(commands: Commands, file: Path) -> None:
    assert commands.json("evaluate", file, **RULES) == commands.json("evaluate", file, **RULES)


def test_without_a_file_our_own_development_split_is_scored(commands: Commands) -> None:
    found = commands.json("evaluate", **RULES)[VERSION]
    assert found["messages"] >= 300
    assert found["measures"]["kind accuracy"]["value"] > 0.4


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "labelled.jsonl, line 5: "),
        ("7", "labelled.jsonl, line 5: it must be a JSON object"),
        ('{"id": "a4"}', "labelled.jsonl, line 5: labels is missing"),
        (THREE[0].replace('"complaint"', '"grumble"'), "labelled.jsonl, line 5: 'grumble' is not a valid Kind"),
        (THREE[0].replace('"web"', '"fax"'), "labelled.jsonl, line 5: channel must be one of email, telegram, web"),
        (THREE[0].replace('"repairs"', '"boilers"'), "labelled.jsonl, line 5: 'boilers' is not a valid Category"),
    ],
)
def test_a_bad_line_is_refused_in_one_sentence_that_names_it(
    commands: Commands, file: Path, line: str, said: str
) -> None:
    with file.open("a") as more:
        more.write(f"\n{line}\n")
    for form in ((), ("--json",)):
        sentence = commands.refused("evaluate", file, *form, **RULES)
        assert sentence.startswith(said)
        assert "\n" not in sentence


def test_a_file_that_holds_nothing_or_is_not_there_is_refused(commands: Commands, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    assert "has no messages" in commands.refused("evaluate", empty, **RULES)
    assert "cannot be read" in commands.refused("evaluate", tmp_path / "nothing.jsonl", **RULES)
    assert "cannot be read" in commands.refused("evaluate", tmp_path, **RULES)


def test_baselines_stand_beside_the_classifier(commands: Commands, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simple = {name: baselines.BASELINES[name] for name in ("majority", "rules")}
    monkeypatch.setattr(baselines, "BASELINES", simple)
    told = commands.json("evaluate", file, "--baselines", **RULES)
    assert list(told) == [VERSION, "majority", "rules"]
    assert told["rules"] == told[VERSION]
    assert told["majority"]["measures"]["kind accuracy"]["value"] == 0.333
    said = commands.ok("evaluate", file, "--baselines", **RULES).stdout
    (accuracy,) = [line for line in said.splitlines() if line.startswith("kind accuracy ")]
    assert [word for word in accuracy.split() if word.startswith("0.") and "–" not in word] == [
        "0.667",
        "0.333",
        "0.667",
    ]


def test_the_longest_headings_stay_apart(commands: Commands, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = list(baselines.BASELINES)
    monkeypatch.setattr(baselines, "BASELINES", dict.fromkeys(names, baselines.BASELINES["majority"]))
    said = commands.ok("evaluate", file, "--baselines", **RULES).stdout.splitlines()
    (heading,) = [line for line in said if VERSION in line and "majority" in line]
    assert re.split(r"\s{2,}", heading.strip()) == [VERSION, *names]
    (slices,) = [line for line in said if line.startswith("slice ")]
    assert "  kind accuracy  " in re.sub(r"\s{3,}", "  ", slices)


def test_baselines_without_what_they_need_are_refused_in_one_sentence(
    commands: Commands, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("sklearn", "sklearn.linear_model", "sklearn.feature_extraction.text"):
        monkeypatch.setitem(sys.modules, name, None)
    done = commands.run("evaluate", file, "--baselines", **RULES)
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].startswith("intakebot: this baseline needs the extra `train`")


def test_an_unknown_classifier_is_refused_with_those_there_are(commands: Commands, file: Path) -> None:
    assert "installed: " in commands.refused("evaluate", file, classifier="oracle")
