"""`cases list --retention-due` and the day in a case's JSON and page: what may be deleted, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.case_lines import case, request, stage, unanswered, written
from tests.cli.conftest import Commands

from intakebot.domain.working_days import local_date, years_after, years_before
from intakebot.service import wall_clock

LEARNED = [{"recorded_at": "2016-06-20T10:00:00+01:00", "by": "Olive", "nothing": True}]


@pytest.fixture
def kept(commands: Commands, database_url: str) -> Commands:
    """Commands on a database of each kind."""
    commands.settings["database_url"] = database_url
    return commands


def old(reference: str, **changes: Any) -> dict[str, Any]:
    """A complaint answered in June 2015 and closed in June 2016."""
    first = stage(
        received_at="2015-06-02T10:00:00+01:00",
        acknowledged_at="2015-06-04T09:00:00+01:00",
        responded_at="2015-06-11T15:00:00+01:00",
    )
    given = {"received_at": first["received_at"], "stages": [first], "learning": LEARNED}
    return case(reference=reference, closed_at="2016-06-30T23:30:00+01:00", subject=reference) | given | changes


def line_closed_on(reference: str, day: date) -> dict[str, Any]:
    return request(
        reference=reference, subject=reference, received_at="2016-01-04T10:00:00Z", closed_at=f"{day}T12:00:00Z"
    )


def references(commands: Commands, *arguments: str, **settings: str) -> list[str]:
    found = commands.json("cases", "list", "--retention-due", *arguments, **settings)
    return sorted(str(one["reference"]) for one in found)


def test_cases_whose_day_has_come_are_listed_and_none_that_is_open_or_held(kept: Commands, tmp_path: Path) -> None:
    theirs = {"ombudsman": "HOS", "contacted_at": "2016-08-01T09:00:00+01:00"}
    decided = theirs | {
        "determined_at": "2016-11-03T09:00:00+00:00",
        "findings": [{"element": "the repair", "determination": "no_maladministration"}],
    }
    refusal = {
        "reason": "proceedings_filed", "evidence": "Claim K00.", "consideration": "She has help.", "officer": "Olive",
        "refused_at": "2015-06-11T15:00:00+01:00", "claim_filed_on": "2015-06-08",
    }  # fmt: skip
    at_court = unanswered(received_at="2015-06-02T10:00:00+01:00") | {"outcome": "refused"}
    today, years = local_date(wall_clock()), 6
    lines = [
        old("OLD-1"),
        old("OLD-2", closed_at=None),
        old("OLD-3", ombudsman=[theirs]),
        old("OLD-4", ombudsman=[decided]),
        old("OLD-5", stages=[at_court], refusals=[refusal]),
        old("OLD-6", stages=[at_court], refusals=[refusal | {"proceedings_ended_on": "2018-03-01"}]),
        line_closed_on("OLD-7", years_before(today, years)),
        line_closed_on("OLD-8", years_before(today, years) + timedelta(days=2)),
    ]
    kept.ok("import", written(tmp_path / "a.jsonl", *lines), "--by", "Olive")
    assert references(kept) == ["OLD-1", "OLD-4", "OLD-6", "OLD-7"]
    assert references(kept, "--limit", "2") == ["OLD-1", "OLD-4"], "those that are held do not count"
    assert references(kept, "--kind", "service_request") == ["OLD-7"]
    assert references(kept, retention_years="1") == ["OLD-1", "OLD-4", "OLD-6", "OLD-7", "OLD-8"]
    assert references(kept, retention_years="40") == []
    listed = kept.ok("cases", "list", "--retention-due")
    first, *_, last = [line.split("  ") for line in listed.stdout.splitlines()]
    assert (first[0], first[-1]) == ("OLD-1", "May be deleted from 30 June 2022")
    assert last[-1].startswith(f"May be deleted from {today.day} {today:%B %Y}")
    assert listed.stderr.strip() == "4 cases"
    assert len(kept.json("cases", "list", "--all")) == 8, "nothing is deleted by being listed"


def test_the_day_is_in_a_case_s_json_and_on_its_page(kept: Commands, tmp_path: Path) -> None:
    kept.ok("import", written(tmp_path / "a.jsonl", old("OLD-1"), old("OLD-2", closed_at=None)), "--by", "Olive")
    assert kept.json("cases", "show", "OLD-1")["retention_due"] == "2022-06-30"
    assert kept.json("cases", "show", "OLD-1", retention_years="2")["retention_due"] == "2018-06-30"
    assert kept.json("cases", "show", "OLD-2")["retention_due"] is None
    found = {one["reference"]: one["retention_due"] for one in kept.json("cases", "list", "--all")}
    assert found == {"OLD-1": "2022-06-30", "OLD-2": None}
    assert "It may be deleted from 30 June 2022" in kept.ok("cases", "show", "OLD-1").stdout
    assert "deleted" not in kept.ok("cases", "show", "OLD-2").stdout


def test_a_case_closed_at_night_is_closed_on_london_s_day(kept: Commands, tmp_path: Path) -> None:
    night = old("OLD-1", closed_at="2016-06-30T23:30:00+00:00")
    kept.ok("import", written(tmp_path / "a.jsonl", night), "--by", "Olive")
    assert kept.json("cases", "show", "OLD-1")["retention_due"] == str(years_after(date(2016, 7, 1), 6))


def test_years_are_a_whole_number_of_at_least_one(commands: Commands) -> None:
    assert "INTAKEBOT_RETENTION_YEARS" in commands.refused("cases", "list", retention_years="0")
