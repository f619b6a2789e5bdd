"""The regular report: sent once to the Member Responsible for Complaints when a period has ended, in working hours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.factories import classification, message
from tests.road.conftest import Road

from intakebot import regular_report
from intakebot.config.settings import Governance
from intakebot.errors import BadInput, StoreUnavailable
from intakebot.formats.report.document import Document
from intakebot.regular_report import RegularReport, last_whole
from intakebot.store.engine import open_store

MONDAY = datetime(2026, 4, 13, 8, 30, tzinfo=UTC)


def regular(road: Road, now: Callable[[], datetime] | None = None) -> RegularReport:
    settings = road.settings.model_copy(update={"governance": Governance(mrc="mrc@example.org", every="quarter")})
    return RegularReport(road.store, settings, road.landlord, now or (lambda: road.now))


async def test_it_goes_once_when_the_quarter_has_ended(road: Road) -> None:
    opened = road.take(message("The boiler is broken again."), classification())
    report = regular(road)
    assert await report.send_if_due(MONDAY)
    assert not await report.send_if_due(MONDAY)
    letter = road.letters()[-1]
    assert letter.to[0].email == "mrc@example.org"
    assert "1 January 2026 to 31 March 2026" in letter.subject
    assert "stage one" in letter.text.lower() and "<table" in letter.html
    assert "Shirley" not in letter.text and opened.reference


async def test_it_waits_for_working_hours(road: Road) -> None:
    report = regular(road)
    assert not await report.send_if_due(datetime(2026, 4, 12, 12, 0, tzinfo=UTC))  # a Sunday
    assert not await report.send_if_due(datetime(2026, 4, 13, 5, 0, tzinfo=UTC))
    assert await report.send_if_due(MONDAY)


async def test_the_next_period_is_sent_too(road: Road) -> None:
    report = regular(road)
    assert await report.send_if_due(MONDAY)
    assert not await report.send_if_due(replace_month(MONDAY, 6))
    assert await report.send_if_due(replace_month(MONDAY, 7))


async def test_two_machines_at_once_send_one(road: Road) -> None:
    both = (regular(road), regular(road))
    assert sorted(await asyncio.gather(*(report.send_if_due(MONDAY) for report in both))) == [False, True]
    assert len(road.letters()) == 1


async def test_it_is_made_while_others_write(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """By another connection, as another process would: a report on a year takes seconds."""
    other = open_store(road.settings)
    real, written = regular_report.report, []

    def slow(*given: Any) -> Document:
        other.write_now(lambda work: work.instance.keep("written", "meanwhile"))
        written.append(True)
        return real(*given)

    monkeypatch.setattr(regular_report, "report", slow)
    assert await regular(road).send_if_due(MONDAY)
    other.close()
    assert written and len(road.letters()) == 1


@pytest.mark.parametrize("error", [BadInput("the labels overlap"), StoreUnavailable("the disk is full")])
async def test_what_cannot_be_made_is_said_and_ends_nothing(
    road: Road, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    looks, again = [], asyncio.Event()

    def now() -> datetime:
        looks.append(MONDAY)
        if len(looks) == 2:
            again.set()
        return MONDAY

    def fails(*_: Any) -> Document:
        raise error

    monkeypatch.setattr(regular_report, "report", fails)
    monkeypatch.setattr(regular_report, "_LOOK_SECONDS", 0.0)
    running = asyncio.create_task(regular(road, now=now).run())
    await asyncio.wait_for(again.wait(), 20)
    running.cancel()
    assert f"the regular report cannot be made now: {error}" in caplog.text


def replace_month(moment: datetime, month: int) -> datetime:
    """The 14th of another month, a weekday in 2026 for those used here."""
    return moment.replace(month=month, day=14 if month != 6 else 15)


@pytest.mark.parametrize(
    ("every", "today", "first", "last"),
    [
        ("month", date(2026, 1, 1), date(2025, 12, 1), date(2025, 12, 31)),
        ("month", date(2026, 3, 31), date(2026, 2, 1), date(2026, 2, 28)),
        ("quarter", date(2026, 1, 1), date(2025, 10, 1), date(2025, 12, 31)),
        ("quarter", date(2026, 6, 30), date(2026, 1, 1), date(2026, 3, 31)),
    ],
)
def test_the_last_whole_period(every: str, today: date, first: date, last: date) -> None:
    period = last_whole(every, today)
    assert (period.first, period.last) == (first, last)
