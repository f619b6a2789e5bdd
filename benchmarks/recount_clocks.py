"""How long a changed calendar takes: every clock of very many open cases recounted, store included, as JSON.

`python -m benchmarks.recount_clocks [cases]`. Three changes are measured, each on a fresh copy of the same store: one
that moves nothing, one new bank holiday, and one that moves what is due on every case.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import insert

from intakebot.domain.hazards import Hazard, clocks_of_hazards, significant
from intakebot.domain.stages import Extension, Stage, clocks_of_stage
from intakebot.domain.timescales import Rules, due_dates, extension_until
from intakebot.domain.working_days import WorkingCalendar
from intakebot.landlord import Landlord
from intakebot.recounting import Recounting
from intakebot.settings_file import load
from intakebot.store import schema
from intakebot.store.engine import Store, Work, open_store

CASES = 1_000_000
ASKED_SECONDS = 60
NOW = datetime(2026, 6, 12, 9, 0, tzinfo=UTC)
CHANGES: dict[str, list[date]] = {
    "nothing moves": [date(2026, 12, 29)],
    "one bank holiday": [date(2026, 6, 19)],
    "everything moves": [date(2026, 4, 8) + timedelta(days=n) for n in range(0, 120, 7)],
}
_DIFFERENT = 20_000


def main() -> None:
    """Seed once, measure each change on a copy, print one JSON document."""
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else CASES), indent=2))


def measure(count: int = CASES) -> dict[str, Any]:
    """Seconds to count every open case anew, for each sort of change."""
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=results) as folder:
        seeded = Path(folder) / "seeded"
        _seed(seeded, count)
        measured = {name: _measure(seeded, Path(folder) / "copy", days) for name, days in CHANGES.items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"cases": count, "asked_seconds": ASKED_SECONDS, "changes": measured, "peak_mb": peak}


def _measure(seeded: Path, copy: Path, holidays: list[date]) -> dict[str, Any]:
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(seeded, copy)
    store, landlord = _opened(copy, holidays)
    wall, processor = time.perf_counter(), time.process_time()
    done = asyncio.run(Recounting(store, landlord, lambda: NOW).run())
    took = {"seconds": time.perf_counter() - wall, "processor_seconds": time.process_time() - processor}
    store.close()
    return {"moved": done.moved, **{name: round(value, 1) for name, value in took.items()}}


def _opened(data: Path, holidays: list[date]) -> tuple[Store, Landlord]:
    listed = json.dumps([day.isoformat() for day in holidays])
    settings = load(None, {"INTAKEBOT_DATA": str(data), "INTAKEBOT_CALENDAR__EXTRA_HOLIDAYS": listed})
    store = open_store(settings)
    return store, Landlord.from_settings(settings, b"k" * 32)


def _seed(data: Path, count: int) -> None:
    store, landlord = _opened(data, [])
    draw = random.Random(3)  # the same store every time
    calendar, rules = landlord.time_rules.calendar, landlord.time_rules.rules
    store.write_now(lambda work: work.connection.execute(insert(schema.people).values(id=1)))
    made: dict[str, list[dict[str, Any]]] = {"cases": [], "stages": [], "clocks": [], "case_records": []}
    for number in range(1, min(count, _DIFFERENT) + 1):
        for table, row in _case(number, draw, landlord, calendar, rules):
            made[table].append(row)
    for table, rows in made.items():
        store.write_now(lambda work, table=table, rows=rows: _insert(work, table, rows))  # type: ignore[misc]
    for first in range(_DIFFERENT, count, _DIFFERENT):
        store.write_now(lambda work, first=first: _again(work, first))  # type: ignore[misc]
    store.close()


def _insert(work: Work, table: str, rows: list[dict[str, Any]]) -> None:
    work.connection.execute(insert(schema.metadata.tables[table]), rows)


def _again(work: Work, first: int) -> None:
    """The same cases once more, with ids and references that go on from `first`."""
    changed = {"id": f"id + {first}", "case_id": f"case_id + {first}", "reference": f"'HC' || (id + {first})"}
    for name, key in (("cases", "id"), ("stages", "case_id"), ("clocks", "case_id"), ("case_records", "case_id")):
        columns = [c.name for c in schema.metadata.tables[name].c if not (name == "clocks" and c.name == "id")]
        values = ", ".join(changed.get(column, f'"{column}"') for column in columns)
        named = ", ".join(f'"{column}"' for column in columns)
        work.connection.exec_driver_sql(
            f"INSERT INTO {name} ({named}) SELECT {values} FROM {name} WHERE {key} <= {_DIFFERENT}"
        )


def _case(
    number: int, draw: random.Random, landlord: Landlord, calendar: WorkingCalendar, rules: Rules
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of one case: a third not yet acknowledged, a sixth at stage 2, some extended, some with a hazard."""
    stage = _stage(draw, calendar, rules)
    hazards = [significant(stage.received_at, calendar)] if draw.random() < 0.03 else []
    clocks = (*clocks_of_stage(stage), *clocks_of_hazards(hazards))
    due = stage.due
    days = {
        "ack_due": due.ack_due,
        "response_due": due.response_due,
        "extended_due": due.extended_due,
        "backstop": due.backstop,
        "extended_to": stage.extended_to,
    }
    moments = {"received_at": stage.received_at, "acknowledged_at": stage.acknowledged_at}
    yield (
        "cases",
        {
            "id": number,
            "reference": f"HC{number}",
            "kind": "complaint",
            "status": "acknowledged" if stage.acknowledged_at else "received",
            "open": True,
            "stage": stage.number,
            "channel": "email",
            "subject": f"Matter {number} at Elm Close",
            "opened_at": stage.received_at,
            "resident_id": 1,
            "officer_id": None,
            "team": f"team-{number % 5}",
            "danger": 1 if hazards else 0,
            "next_due_at": min(clock.due_at for clock in clocks if clock.met_at is None),
            **days,
            **moments,
        },
    )
    yield (
        "stages",
        {
            "case_id": number,
            "number": stage.number,
            "deemed_received": due.deemed_received,
            "valid_extension": stage.valid_extension,
            "definition": "The boiler has failed three times since the winter and nobody has called back. " * 3,
            "extensions": TypeAdapter(tuple[Extension, ...]).dump_python(stage.extensions, mode="json"),
            **days,
            **moments,
        },
    )
    for clock in clocks:
        step = landlord.steps_of(clock)[0].at if clock.met_at is None and number % 50 == 0 else clock.due_at
        yield (
            "clocks",
            {
                "case_id": number,
                "name": clock.name.value,
                "clause": clock.clause,
                "starts_at": clock.starts_at,
                "due_at": clock.due_at,
                "due_on": clock.due_on,
                "met_at": clock.met_at,
                "next_step_at": None if clock.met_at else step,
            },
        )
    for hazard in hazards:
        fields = TypeAdapter(Hazard).dump_python(hazard, mode="json")
        yield ("case_records", {"case_id": number, "type": "hazards", "number": 1, "fields": fields})


def _stage(draw: random.Random, calendar: WorkingCalendar, rules: Rules) -> Stage:
    number = 2 if draw.random() < 1 / 6 else 1
    received = NOW - timedelta(seconds=draw.randrange(40 * 86_400))
    acknowledged = received + timedelta(seconds=draw.randrange(8 * 86_400)) if draw.random() < 2 / 3 else None
    stage = Stage(number, received, due_dates(received, acknowledged, number, calendar, rules), acknowledged)
    if acknowledged is None or draw.random() > 0.15:
        return stage
    days = draw.choice([5, 10])
    until = extension_until(stage.due.response_due, days, calendar)
    told = acknowledged + timedelta(days=3)
    return replace(stage, extensions=(Extension(days, until, "A surveyor's report is awaited.", told),))


if __name__ == "__main__":
    main()
