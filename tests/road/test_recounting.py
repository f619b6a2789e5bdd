"""A changed calendar: every open case is counted anew and says so; what is stored is what a fresh count would store."""

from __future__ import annotations

import gc
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.factories import classification, demo_settings, message
from tests.road.conftest import Road

from intakebot import recounting
from intakebot.deadlines import Deadlines
from intakebot.domain.case import Case, EventType, Status, clocks_of
from intakebot.domain.hazards import significant
from intakebot.domain.message import Address
from intakebot.domain.recount import recount, recount_hazards
from intakebot.domain.stages import Extension, Outcome, Stage
from intakebot.domain.timescales import due_dates, extension_until
from intakebot.errors import BadInput
from intakebot.landlord import Landlord
from intakebot.recounting import Recounted, Recounting
from intakebot.store import schema

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NEW_DAYS_OFF = [date(2026, 3, 5), date(2026, 3, 18)]


def landlord_with(days_off: list[date], data: Path) -> Landlord:
    listed = json.dumps([day.isoformat() for day in days_off])
    return Landlord.from_settings(demo_settings(data, calendar__extra_holidays=listed), b"k" * 32)


@pytest.fixture
def changed(tmp_path: Path) -> Landlord:
    """The same landlord with two more days off."""
    return landlord_with(NEW_DAYS_OFF, tmp_path)


def keep(road: Road, reference: str, **changes: Any) -> None:
    """Store a case as if its life had brought it there."""
    before = road.case(reference)
    after = replace(before, **changes)
    road.store.write_now(lambda work: work.cases.save(before, after, [], road.landlord.first_steps(after)))


def complaint(road: Road, number: int, hours: float = 0) -> str:
    sent = message(
        f"boiler {number}",
        subject=f"Boiler {number}",
        sender=Address(f"t{number}@tenant.example"),
        received_at=START + timedelta(hours=hours),
    )
    road.now = START + timedelta(hours=hours)
    return road.take(sent, classification(needs_review=True, review_reason="?")).reference


def stage(road: Road, received: datetime, acknowledged: datetime | None, number: int = 1, **more: Any) -> Stage:
    rules = road.landlord.time_rules
    return Stage(
        number, received, due_dates(received, acknowledged, number, rules.calendar, rules.rules), acknowledged, **more
    )


def populated(road: Road) -> list[str]:
    """Cases of every sort: waiting, acknowledged early and late, extended, at stage 2, with hazards, answered."""
    refs = [complaint(road, number, hours=number * 1.3) for number in range(48)]
    calendar = road.landlord.time_rules.calendar
    for number, ref in enumerate(refs):
        at = road.case(ref).received_at
        acknowledged = stage(road, at, at + timedelta(days=number // 16 * 4))
        until = extension_until(acknowledged.due.response_due, 3, calendar)
        further = extension_until(until, 2, calendar)
        told = at + timedelta(days=9)
        extended = replace(
            acknowledged,
            extensions=(Extension(3, until, "A survey", told), Extension(2, further, "Its report", told)),
        )
        answered = replace(acknowledged, responded_at=at + timedelta(days=10), outcome=Outcome.UPHELD)
        second = stage(road, at + timedelta(days=10), at + timedelta(days=13) if number % 2 else None, 2)
        hazards = replace(road.case(ref).records, hazards=(significant(at, calendar),))
        match number % 8:
            case 1 | 2:
                keep(road, ref, stages=(acknowledged,), status=Status.ACKNOWLEDGED)
            case 3:
                keep(road, ref, stages=(extended,), status=Status.ACKNOWLEDGED)
            case 4:
                keep(road, ref, stages=(answered, second), status=Status.ACKNOWLEDGED)
            case 5:
                keep(road, ref, stages=(acknowledged,), status=Status.ACKNOWLEDGED, records=hazards)
            case 6:
                keep(road, ref, stages=(answered,), status=Status.RESPONDED, unread=0)
            case 7:
                keep(road, ref, stages=(answered,), status=Status.RESPONDED, unread=0, records=hazards)
    return refs


def expected(before: Case, landlord: Landlord) -> Case:
    """What the case would be had its days always been counted so."""
    rules, current = landlord.time_rules, before.stages[-1]
    records = replace(before.records, hazards=recount_hazards(before.records.hazards, rules.calendar))
    stages = (*before.stages[:-1], recount(current, rules.calendar, rules.rules)) if current.open else before.stages
    return replace(before, stages=stages, records=records)


def stored_clocks(road: Road, case_id: int) -> list[tuple[Any, ...]]:
    rows = schema.clocks.c
    query = select(rows.name, rows.clause, rows.starts_at, rows.due_on, rows.due_at, rows.met_at, rows.next_step_at)
    found = road.store.read_now(lambda work: work.connection.execute(query.where(rows.case_id == case_id)).all())
    return sorted((*row[:6], row.next_step_at if row.met_at is None else None) for row in found)


def next_due(road: Road, case_id: int) -> datetime:
    rows = schema.cases.c
    query = select(rows.next_due_at).where(rows.id == case_id)
    found: datetime = road.store.read_now(lambda work: work.connection.execute(query).scalar_one())
    return found


@pytest.mark.parametrize("warned_before", [2, 5, 10])
async def test_every_case_is_stored_as_a_fresh_count_would_store_it(
    road: Road, changed: Landlord, monkeypatch: pytest.MonkeyPatch, warned_before: int
) -> None:
    """With warnings so early that they would come before the clocks start, too: those hang on the very moment."""
    monkeypatch.setattr(recounting, "_BATCH", 20)
    road.landlord = replace(road.landlord, officer_days=warned_before)
    changed = replace(changed, officer_days=warned_before)
    before = {ref: road.case(ref) for ref in populated(road)}
    done = await Recounting(road.store, changed, lambda: road.now).run()
    moved = 0
    for ref, was in before.items():
        case, wanted = road.case(ref), expected(was, changed)
        assert case == wanted, ref
        steps = [
            (c.name.value, c.clause, c.starts_at, c.due_on, c.due_at, c.met_at, at)
            for c, at in changed.first_steps(wanted)
        ]
        assert stored_clocks(road, case.id) == sorted(steps), ref
        running = [clock.due_at for clock in clocks_of(wanted) if clock.met_at is None]
        if running:
            assert next_due(road, case.id) == min(running)
        said = [e for e in road.file(ref).events if e.type == EventType.CLOCKS_RECOUNTED]
        assert len(said) == (wanted != was), ref
        moved += wanted != was
    assert done == Recounted(sum(case.open for case in before.values()), moved)
    assert 0 < moved < len(before)
    assert await Recounting(road.store, changed, lambda: road.now).run() == Recounted(done.cases, 0), "once is enough"


async def test_it_happens_at_a_start_after_a_change_and_not_again(road: Road, changed: Landlord) -> None:
    ref = complaint(road, 1)
    for landlord, day in ((road.landlord, 9), (road.landlord, 9), (changed, 10), (changed, 10), (road.landlord, 9)):
        await Recounting(road.store, landlord, lambda: road.now).run_if_changed()
        due = road.case(ref).due
        assert due is not None
        assert due.ack_due == date(2026, 3, day)
    said = [e.summary for e in road.file(ref).events if e.type == EventType.CLOCKS_RECOUNTED]
    assert len(said) == 2
    assert said[0].startswith("The calendar changed: the acknowledgement is now due by 10 March 2026, was 9 March 2026")


async def test_warnings_begin_again_where_a_day_moved(road: Road, changed: Landlord) -> None:
    complaint(road, 1)

    def told(landlord: Landlord, at: datetime) -> int:
        road.now = at
        before = len(road.letters())
        watch = Deadlines(road.store, landlord, lambda: at)
        road.store.write_now(lambda work: watch.tell(work, at))
        return len(road.letters()) - before

    warned_on = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
    assert told(road.landlord, warned_on) == 1
    await Recounting(road.store, changed, lambda: road.now).run_if_changed()
    assert told(changed, warned_on + timedelta(hours=1)) == 0
    assert told(changed, datetime(2026, 3, 6, 9, 0, tzinfo=UTC)) == 1


async def test_stopped_halfway_it_begins_again_and_says_nothing_twice(
    road: Road, changed: Landlord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recounting, "_BATCH", 2)
    refs = [complaint(road, number) for number in range(6)]
    times: list[datetime] = []

    def now() -> datetime:
        times.append(road.now)
        if len(times) == 3:
            raise BadInput("the machine stopped")
        return road.now

    with pytest.raises(BadInput):
        await Recounting(road.store, changed, now).run()
    await Recounting(road.store, changed, lambda: road.now).run_if_changed()
    for ref in refs:
        kinds = [e.type for e in road.file(ref).events]
        assert kinds.count(EventType.CLOCKS_RECOUNTED) == 1


@pytest.mark.parametrize("collects", [True, False])
@pytest.mark.parametrize("fails", [True, False])
async def test_python_looks_for_garbage_afterwards_as_it_did_before(
    road: Road, changed: Landlord, collects: bool, fails: bool
) -> None:
    complaint(road, 1)
    seen: list[bool] = []

    def now() -> datetime:
        seen.append(gc.isenabled())
        if fails:
            raise BadInput("the machine stopped")
        return road.now

    found = gc.isenabled()
    (gc.enable if collects else gc.disable)()
    try:
        with suppress(BadInput):
            await Recounting(road.store, changed, now).run()
        assert gc.isenabled() == collects
    finally:
        (gc.enable if found else gc.disable)()
    assert seen and not any(seen)
