"""`calendar recount`: counts open cases anew with today's settings, and says on how many something moved."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.conftest import Commands
from tests.factories import demo_settings

from intakebot.landlord import Landlord
from intakebot.recounting import Recounting
from intakebot.service import wall_clock
from intakebot.store.engine import open_store


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


@pytest.mark.parametrize("cases", [0, 1])
def test_a_change_of_the_calendar_is_told_only_where_there_are_cases(
    commands: Commands, tmp_path: Path, caplog: pytest.LogCaptureFixture, cases: int
) -> None:
    file = tmp_path / "one.eml"
    file.write_text("From: Ama <ama@tenant.example>\nMessage-ID: <1@tenant.example>\n\nThe boiler is broken again.\n")
    if cases:
        commands.ok("ingest", file)
    caplog.set_level(logging.INFO, "intakebot.recounting")
    settings = demo_settings(commands.data)
    store = open_store(settings)
    asyncio.run(Recounting(store, Landlord.from_settings(settings, store.signing_key()), wall_clock).run_if_changed())
    store.close()
    assert ("the calendar changed" in caplog.text) == bool(cases)
