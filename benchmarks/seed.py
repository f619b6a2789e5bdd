"""Seed: a store with very many open cases, made through the same taking in as live messages."""

from __future__ import annotations

import hashlib
import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from intakebot.demo.landlord import hire
from intakebot.domain.labels import Category, Classification, Flag, Kind, Tag
from intakebot.domain.message import Address, NormalisedMessage, RawMessage, Role, Segment
from intakebot.landlord import Landlord
from intakebot.reading import Reading
from intakebot.settings_file import load
from intakebot.store.engine import Work, open_store
from intakebot.taking import Roster, take_in

_BATCH = 100  # a repeated reference has its batch run again


def seeded(folder: Path, cases: int) -> Path:
    """A data folder with so many open cases; made once and kept."""
    made = folder / f"seed-{cases}"
    if not (made / "done").exists():
        shutil.rmtree(made, ignore_errors=True)
        _make(made, cases)
        (made / "done").write_text("")
    return made


def _make(data: Path, cases: int) -> None:
    settings = load(None, {"INTAKEBOT_DATA": str(data), "INTAKEBOT_DEMO_PASSWORD": "bench password"})
    store = open_store(settings)
    hire(settings, store)
    landlord = Landlord.from_settings(settings, store.signing_key())
    begin = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    roster = Roster(lambda: begin)
    draw = random.Random(7)  # the same store every time

    for first in range(0, cases, _BATCH):

        def batch(work: Work, first: int = first) -> None:
            for number in range(first, min(first + _BATCH, cases)):
                now = begin + timedelta(seconds=number)
                reading = _reading(number, now, draw)
                raw = RawMessage("email", f"seed-{number}", b"", now)
                work.inbox.add(raw, "0" * 64, now)
                (row,) = work.inbox.claim("seed", now, timedelta(minutes=5), 1)
                take_in(work, row, "seed", reading, (), landlord, roster, now)
            work.connection.exec_driver_sql("UPDATE outbox SET state = 'done' WHERE state = 'waiting'")

        store.write_now(batch)
    # Their clocks are long past. Telling of them all at once is an outage's work, not the intake that is measured.
    later = "UPDATE clocks SET next_step_at = '2999-01-01T00:00:00.000000+00:00'"
    store.write_now(lambda work: work.connection.exec_driver_sql(later))
    store.close()


def _reading(number: int, now: datetime, draw: random.Random) -> Reading:
    category = draw.choice(list(Category))
    flags = (Tag(draw.choice([Flag.VULNERABILITY, Flag.SIGNIFICANT_HAZARD, Flag.EMERGENCY_HAZARD]), 0.9),)
    found = Classification(
        kind=Tag(Kind.COMPLAINT, 0.9),
        categories=(Tag(category, 0.9, ("seeded",)),),
        flags=flags if draw.random() < 0.1 else (),
        version="seed",
    )
    message = NormalisedMessage(
        channel="email",
        external_id=f"seed-{number}",
        received_at=now,
        sender=Address(f"seed.{number}@tenant{number % 40}.example", f"Tenant {number}"),
        subject=f"Matter {number}",
        segments=(Segment(Role.NEW, f"The seeded matter number {number} at {number % 240} Elm Close. " * 20),),
        message_id=f"seed.{number}@tenant.example",
    )
    return Reading.of(message, found, hashlib.sha256(f"seed-{number}".encode()).hexdigest())
