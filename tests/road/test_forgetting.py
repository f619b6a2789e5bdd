"""Forgetting: drafts nobody sends are deleted in their time, once a day, by the service itself."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from tests.factories import NOW
from tests.road.conftest import Road

from intakebot import forgetting
from intakebot.errors import StoreUnavailable
from intakebot.forgetting import Forgetting
from intakebot.service import Service
from intakebot.store.drafts import KEPT
from intakebot.store.engine import Work

OLD, NEW, SENT = "0" * 64, "1" * 64, "2" * 64


def begin(road: Road) -> None:
    """A draft left at once, one begun a month before the first one's time, and one that was sent."""
    typed = {"what": "The boiler is broken."}
    road.store.write_now(lambda work: work.drafts.begin(OLD, NOW, typed))
    road.store.write_now(lambda work: work.drafts.begin(SENT, NOW, typed))
    road.store.write_now(lambda work: sent(work, SENT, NOW))
    road.store.write_now(lambda work: work.drafts.begin(NEW, NOW + timedelta(days=60), typed))


def there(road: Road) -> dict[str, bool]:
    """Each draft there is, and whether it still holds what was typed."""
    found = ((key, road.store.read_now(lambda work, key=key: work.drafts.get(key))) for key in (OLD, NEW, SENT))  # type: ignore[misc]
    return {key: bool(draft.fields) for key, draft in found if draft is not None}


async def test_a_draft_goes_when_its_time_is_over_and_not_before(road: Road) -> None:
    begin(road)
    job = Forgetting(road.store, lambda: road.now)
    assert await job.forget_if_due(NOW + KEPT) == 0
    assert there(road) == {OLD: True, NEW: True, SENT: True}
    assert await job.forget_if_due(NOW + KEPT + timedelta(days=1)) == 1
    assert there(road) == {NEW: True, SENT: False}, "the link of one that was sent still leads to its case"


async def test_once_a_day_is_enough_for_all_machines(road: Road) -> None:
    begin(road)
    late = NOW + KEPT + timedelta(days=1)
    jobs = [Forgetting(road.store, lambda: late) for _ in range(2)]
    assert sorted(await asyncio.gather(*(job.forget_if_due(late) for job in jobs))) == [0, 1]
    road.store.write_now(lambda work: work.drafts.begin(OLD, NOW, {"what": "Again."}))
    assert await jobs[0].forget_if_due(late + timedelta(hours=1)) == 0
    assert await jobs[1].forget_if_due(late + timedelta(days=1)) == 1


async def test_a_store_that_is_away_is_asked_again(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "_LOOK_SECONDS", 0)
    looks, done = [StoreUnavailable("away")], asyncio.Event()

    class Watched(Forgetting):
        async def forget_if_due(self, now: object) -> int:
            if looks:
                raise looks.pop()
            done.set()
            return 0

    running = asyncio.create_task(Watched(road.store, lambda: road.now).run())
    await asyncio.wait_for(done.wait(), 30)
    running.cancel()


async def test_the_service_forgets_them(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(road)
    done, really = asyncio.Event(), Forgetting.forget_if_due

    async def watched(job: Forgetting, now: datetime) -> int:
        gone = await really(job, now)
        done.set()
        return gone

    monkeypatch.setattr(Forgetting, "forget_if_due", watched)
    late = NOW + KEPT + timedelta(days=1)
    async with Service(road.settings.model_copy(update={"workers": 1}), ("clocks",), lambda: late) as service:
        running = asyncio.create_task(service.run())
        await asyncio.wait_for(done.wait(), 30)
        running.cancel()
    assert there(road) == {NEW: True, SENT: False}


def sent(work: Work, key: str, at: datetime) -> None:
    """The draft as it stands was handed in."""
    found = work.drafts.get(key)
    assert found is not None
    assert work.drafts.mark_sent(found, at)
