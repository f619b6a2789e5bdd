"""`intakebot report`: every form of every report from a real store, and plain sentences for what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.case_lines import case, written
from tests.cli.conftest import Commands
from tests.factories import demo_settings
from tests.sample_years import case_of, lines

from intakebot.domain.people import Person
from intakebot.store.engine import Work, open_store

YEAR = ("--from", "2023-04-01", "--to", "2024-03-31")


@pytest.fixture
def year(commands: Commands) -> Commands:
    """The command line over a store that holds the shipped year 2023-24."""
    store = open_store(demo_settings(commands.data))

    def keep(work: Work) -> None:
        for number, line in enumerate(lines("2023-24"), 1):
            person = work.people.add(Person(tenure=line["tenure"]))
            work.cases.insert(case_of(f"LH-{number:04d}", line, person), (), ())

    store.write_now(keep)
    store.close()
    return commands


def test_annual_report_has_the_figures_of_the_store(year: Commands) -> None:
    told = json.loads(year.ok("report", "annual", *YEAR, "--homes-lcra", 4215, "--format", "json").stdout)
    assert told["tables"]["number"]["total"] == ["Total", 30]
    shown = {m["code"]: m["shown"] for m in told["measures"]["values"] if m["stock"] != "LCHO"}
    assert shown == {
        "CH01(1)": "4.7",
        "CH01(2)": "0.5",
        "CH02(1)": "65.0%",
        "CH02(2)": "100.0%",
        "NM01(1)": "35.1",
        "NM01(2)": "0",
    }


def test_loaded_demo_has_the_year_to_the_last_figure(commands: Commands) -> None:
    commands.ok("demo")
    said = commands.ok("report", "annual", *YEAR, "--homes-lcra", 4215, "--format", "csv").stdout
    for line in (
        "number,Total,Number,30",
        "reasons,Repairs and maintenance,Number,15",
        "timescales,Complaints responded to within timescales,Number,21",
        "outcomes,Complaint not upheld,Number,16",
        "measures,CH02(1) LCRA,Value,65.0%",
    ):
        assert line in said.splitlines()


def test_rule_for_withdrawals_is_a_setting_and_printed(year: Commands) -> None:
    asked = ("report", "annual", *YEAR, "--homes-lcra", 4215, "--format", "md")
    said = year.ok(*asked, reports__withdrawn_in_ch02="exclude").stdout
    assert "63.2%" in said and "A withdrawn complaint is left out" in said


def test_labels_are_those_of_the_year(year: Commands) -> None:
    labels = '[{"since": "2020-04-01", "labels": [{"label": "Homes", "categories": ["repairs", "damp_mould"]}]}]'
    asked = ("report", "annual", *YEAR, "--homes-lcra", 4215, "--format", "md")
    assert "| Homes | 13 |" in year.ok(*asked, reports__labels=labels).stdout
    later = labels.replace("2020", "2024")
    assert "| Repairs and maintenance | 15 |" in year.ok(*asked, reports__labels=later).stdout


@pytest.mark.parametrize("form", ["html", "pdf", "csv", "md", "json"])
def test_each_form_goes_to_standard_output_or_a_file(year: Commands, tmp_path: Path, form: str) -> None:
    out = tmp_path / f"report.{form}"
    year.ok("report", "mrc", *YEAR, "--format", form, "--output", out)
    begins = {"html": b"<!DOCTYPE html>", "pdf": b"%PDF-", "csv": b"table,row,", "md": b"# Report to", "json": b"{"}[
        form
    ]
    assert out.read_bytes().startswith(begins)
    assert year.ok("report", "mrc", *YEAR, "--format", form).stdout_bytes.startswith(begins)


def test_file_s_ending_chooses_the_form(year: Commands, tmp_path: Path) -> None:
    for name, begins in (("a.pdf", b"%PDF-"), ("a.CSV", b"table,row,"), ("a", b"<!DOCTYPE html>")):
        year.ok("report", "mrc", *YEAR, "--output", tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(begins)
    year.ok("report", "mrc", *YEAR, "--format", "md", "--output", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_bytes().startswith(b"# Report to")


def test_ending_that_says_otherwise_is_refused(commands: Commands, tmp_path: Path) -> None:
    out = tmp_path / "a.pdf"
    assert "do not agree" in commands.refused("report", "mrc", "--format", "csv", "--output", out)
    assert "html, pdf, csv, md, json" in commands.refused("report", "mrc", "--output", tmp_path / "a.doc")
    assert list(tmp_path.glob("a.*")) == []


def test_self_assessment_is_prefilled(year: Commands) -> None:
    said = year.ok("report", "self-assessment", *YEAR, "--format", "md").stdout
    assert "| 6.13 |" in said and "https://larkmere.example/complaints-policy" in said


def test_what_is_not_final_is_said_aside(commands: Commands) -> None:
    done = commands.ok("report", "annual", "--from", "2020-01-01", "--to", "2999-12-31", "--homes-lcra", 1)
    assert "not final: The period runs until 31 December 2999." in done.stderr


def test_lcho_homes_left_out_are_a_warning_where_there_are_lcho_cases(commands: Commands, tmp_path: Path) -> None:
    commands.ok("import", written(tmp_path / "a.jsonl", case(tenure="lcho")), "--by", "Olive")
    asked = ("report", "annual", "--from", "2025-04-01", "--to", "2025-06-30", "--homes-lcra", 4215, "--format", "json")
    done = commands.ok(*asked)
    told = json.loads(done.stdout)
    (warning,) = told["warnings"]
    assert "1 stage and 0 ASB cases" in warning and told["final"]
    assert f"warning: {warning}" in done.stderr
    assert json.loads(commands.ok(*asked, "--homes-lcho", 20).stdout)["warnings"] == []


def test_wrong_days_and_files_are_one_plain_sentence(commands: Commands, tmp_path: Path) -> None:
    def refused(*arguments: object) -> str:
        return commands.refused("report", "annual", "--homes-lcra", 1, *arguments)

    assert "--from is not a day such as 2026-03-31" in refused("--from", "last April", "--to", "2024-03-31")
    assert "--to is not a day" in refused("--from", "2023-04-01", "--to", "soon")
    for half in (("--from", "2023-04-01"), ("--to", "2023-04-01")):
        assert refused(*half) == "give both --from and --to, or neither"
    assert "before it begins" in refused("--from", "2024-04-01", "--to", "2023-03-31")
    assert "0 or more" in refused("--homes-lcho", "-1")
    nowhere = tmp_path / "no" / "report.html"
    assert "cannot be written" in refused("--output", nowhere)
