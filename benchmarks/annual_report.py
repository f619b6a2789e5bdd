"""An annual report over 200,000 stages, all of England's landlords for a year: read from SQLite, counted, written.

Run by itself with `python -m benchmarks.annual_report [STAGES]`; the asked figure is ten seconds.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from intakebot.domain.figures.reported import Homes, Period
from intakebot.domain.labels import Category
from intakebot.domain.timescales import Rules, due_dates
from intakebot.domain.working_days import england
from intakebot.formats.report.forms import Form, write
from intakebot.reporting import ReportName, report
from intakebot.settings_file import load
from intakebot.store import schema
from intakebot.store.engine import Store, open_store

STAGES = 200_000
SECONDS_ASKED = 10
_BATCH = 5_000
_YEAR = Period(date(2025, 4, 1), date(2026, 3, 31))


def measure(stages: int = STAGES) -> dict[str, Any]:
    """Seconds for the whole report as JSON, and what of them was reading."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load(None, {"INTAKEBOT_DATA": folder})
        store = open_store(settings)
        try:
            _seed(store, stages)
            begun = time.perf_counter()
            reported = store.read_now(lambda work: work.reports.of(_YEAR))
            read = time.perf_counter()
            homes = Homes(4_000_000, 200_000)
            document = report(ReportName.ANNUAL, settings, reported, _YEAR, homes, datetime(2026, 6, 1, 9, tzinfo=UTC))
            size = len(write(document, Form.JSON))
            done = time.perf_counter()
        finally:
            store.close()
    if len(reported.stages) != stages:
        raise RuntimeError(f"{len(reported.stages)} of {stages} stages were read")
    return {
        "stages": stages,
        "seconds": round(done - begun, 2),
        "of_these_reading": round(read - begun, 2),
        "bytes": size,
        "asked_seconds": SECONDS_ASKED,
    }


def _seed(store: Store, stages: int) -> None:
    draw, calendar = random.Random(11), england()
    days = [datetime(2025, 4, 1, 9, tzinfo=UTC) + timedelta(days=n) for n in range(365)]
    categories = [category.value for category in Category]
    dues = {(day, stage): due_dates(day, day, stage, calendar, Rules()) for day in days for stage in (1, 2)}
    with store.engine.begin() as connection:
        tenures = [{"name": "", "tenure": tenure} for tenure in ("lcra", "lcra", "lcra", "lcho", "leaseholder")]
        connection.execute(insert(schema.people), tenures)
        for first in range(0, stages, _BATCH):
            rows: dict[str, list[dict[str, Any]]] = {"cases": [], "stages": [], "tags": [], "case_records": []}
            for case_id in range(first + 1, min(first + _BATCH, stages) + 1):
                day, stage = draw.choice(days), 2 if case_id % 8 == 0 else 1
                category = draw.choice(categories)
                rows["cases"].append(_case(case_id, day, stage, category))
                rows["stages"].append(_stage(case_id, day, stage, draw, dues[day, stage]))
                rows["tags"] += _tags(case_id, category, draw)
                rows["case_records"] += _records(case_id, day)
            for table, values in rows.items():
                connection.execute(insert(schema.metadata.tables[table]), values)


def _case(case_id: int, day: datetime, stage: int, category: str) -> dict[str, Any]:
    return {
        "id": case_id,
        "reference": f"LH-{case_id:08d}",
        "kind": "complaint",
        "status": "responded",
        "open": False,
        "stage": stage,
        "channel": "email",
        "opened_at": day,
        "received_at": day,
        "resident_id": case_id % 5 + 1,
        "primary_category": category,
        "team": "maintenance",
        "patch": "north",
        "next_due_at": day,
    }


def _stage(case_id: int, day: datetime, stage: int, draw: random.Random, due: Any) -> dict[str, Any]:
    names = ("deemed_received", "ack_due", "response_due", "extended_due", "backstop")
    return {
        "case_id": case_id,
        "number": stage,
        "received_at": day,
        "acknowledged_at": day,
        "responded_at": day + timedelta(days=draw.randrange(5, 25)),
        "outcome": draw.choice(("upheld", "partially_upheld", "not_upheld")),
        **{name: getattr(due, name) for name in names},
    }


def _tags(case_id: int, category: str, draw: random.Random) -> Iterator[dict[str, Any]]:
    labels = dict.fromkeys((category, draw.choice(list(Category)).value) if case_id % 4 == 0 else (category,))
    for position, label in enumerate(labels):
        yield {
            "case_id": case_id,
            "type": "category",
            "label": label,
            "score": 0.9,
            "evidence": [],
            "position": position,
        }


def _records(case_id: int, day: datetime) -> Iterator[dict[str, Any]]:
    at = (day + timedelta(days=30)).isoformat()
    learned = {"number": 1, "recorded_at": at, "by": "Olive Ferreira", "nothing": True}
    yield {"case_id": case_id, "type": "learning", "number": 1, "fields": learned}
    if case_id % 5 == 0:
        remedy = {"number": 1, "stage": 1, "type": "money", "what": "For the time.", "impact": "", "amount": "50.00"}
        remedy |= {"offered_at": at, "completed_at": at}
        yield {"case_id": case_id, "type": "remedies", "number": 1, "fields": remedy}


def main() -> None:
    """Print the figures as one JSON document."""
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else STAGES), indent=2))


if __name__ == "__main__":
    main()
