"""`calendar recount`: counts open cases anew with today's settings, and says on how many something moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.cli.conftest import Commands


def test_a_new_day_off_moves_open_cases_once(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_text(
        "From: Ama <ama@tenant.example>\nMessage-ID: <1@tenant.example>\nSubject: Boiler\n\nBroken again.\n"
    )
    commands.ok("ingest", file)
    assert commands.json("calendar", "recount") == {"cases": 1, "moved": 0}
    today = datetime.now(UTC).date()
    week = "[" + ", ".join(f'"{today + timedelta(days=n)}"' for n in range(1, 8)) + "]"
    assert commands.json("calendar", "recount", calendar__extra_holidays=week) == {"cases": 1, "moved": 1}
    again = commands.ok("calendar", "recount", calendar__extra_holidays=week)
    assert again.stderr.strip() == "1 open case was counted anew; something has moved on 0."
