"""The sample years: they come in whole, into a store without cases, and every number of theirs is the planned one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest
from tests.factories import NOW, demo_settings
from tests.sample_years import reported as read_without_a_store

from intakebot.demo.years import load_years
from intakebot.domain.figures.reported import Period, Reported
from intakebot.domain.records import Remedy
from intakebot.errors import BadInput
from intakebot.landlord import Landlord
from intakebot.store.engine import Store, open_store
from intakebot.store.schema import cases, clocks, outbox

BOTH_YEARS_AND_AFTER = Period(date(2023, 4, 1), date(2025, 12, 31))


def counts(found: Reported) -> Counter[object]:
    """Everything reports count, whatever references the cases were given."""
    stages = [
        (s.stage, s.received_on, s.response_due, s.valid_until, s.ended_on, s.outcome, s.categories, s.tenure)
        for s in found.stages
    ]
    records = (*found.refusals, *found.ombudsman, *found.remedies, *found.actions, *found.learning)
    return Counter([*stages, *found.asb, *(_told(on.record) for on in records)])


def _told(record: object) -> object:
    """What a record says, without its number and the officer's, which are the store's own."""
    left_out = (
        "number",
        "officer_id",
        "basis",
        "approved_by",
        "claim_filed_on",
        "due_on" if isinstance(record, Remedy) else "",
    )
    return tuple(getattr(record, f.name) for f in fields(record) if f.name not in left_out)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path, database_url: str) -> Iterator[Store]:
    opened = open_store(demo_settings(tmp_path / "data", database_url=database_url))
    yield opened
    opened.close()


def test_what_comes_in_is_what_was_planned_and_comes_in_once(store: Store, tmp_path: Path) -> None:
    landlord = Landlord.from_settings(demo_settings(tmp_path), store.signing_key())
    assert load_years(store, landlord, NOW) == 430
    found = store.read_now(lambda work: work.reports.of(BOTH_YEARS_AND_AFTER))
    assert counts(found) == counts(read_without_a_store("2023-24")) + counts(read_without_a_store("2024-25"))
    with pytest.raises(BadInput, match="has cases already"):
        load_years(store, landlord, NOW)


def test_nothing_of_them_is_waiting_for_anybody(store: Store, tmp_path: Path) -> None:
    load_years(store, Landlord.from_settings(demo_settings(tmp_path), store.signing_key()), NOW)
    waiting = (cases.select().where(cases.c.open), clocks.select().where(clocks.c.met_at.is_(None)), outbox.select())
    for query in waiting:
        assert store.read_now(lambda work, q=query: work.connection.execute(q).all()) == []  # type: ignore[misc]
