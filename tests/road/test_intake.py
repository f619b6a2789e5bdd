"""Accepting: durable before anybody is told, once however often it comes, and nothing promised when it fails."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.factories import NOW, raw
from tests.road.conftest import Road

from intakebot.channels.base import Accepted
from intakebot.domain.message import Envelope
from intakebot.errors import StoreUnavailable
from intakebot.intake import Intake
from intakebot.store.blobs import digest
from intakebot.store.queues import State


@pytest.fixture
def woken() -> list[bool]:
    return []


@pytest.fixture
def intake(road: Road, woken: list[bool]) -> Intake:
    return Intake(road.store, lambda: NOW, lambda: woken.append(True))


def test_a_message_is_durable_with_its_bytes_and_the_workers_are_woken(
    road: Road, intake: Intake, woken: list[bool]
) -> None:
    message = raw(b"From: a@tenant.example\r\n\r\n\x00\xff boiler", received_at=NOW)
    accepted = asyncio.run(intake.accept(message))
    row = road.store.read_now(lambda work: work.inbox.get(accepted.inbox_id))
    assert row is not None
    assert (row.state, row.sha256, row.attempts) == (State.WAITING, digest(message.content), 0)
    assert asyncio.run(road.store.blobs.get(row.sha256)) == message.content
    assert row.raw(message.content) == message
    assert (accepted.repeat, woken, intake.trouble) == (False, [True], "")


def test_a_repeat_gives_the_first_receipt_and_wakes_nobody(road: Road, intake: Intake, woken: list[bool]) -> None:
    async def both() -> list[Accepted]:
        return [await intake.accept(raw()), await intake.accept(raw(received_at=NOW))]

    first, second = asyncio.run(both())
    assert (second.inbox_id, second.repeat) == (first.inbox_id, True)
    assert len(woken) == 1
    assert road.store.read_now(lambda work: work.inbox.waiting()) == 1


def test_the_same_message_at_the_same_moment_is_one(road: Road, intake: Intake) -> None:
    async def many() -> list[Accepted]:
        return await asyncio.gather(*(intake.accept(raw()) for _ in range(12)))

    accepted = asyncio.run(many())
    assert len({a.inbox_id for a in accepted}) == 1
    assert [a.repeat for a in accepted].count(False) == 1
    assert road.store.read_now(lambda work: work.inbox.waiting()) == 1


def test_the_envelope_comes_through(road: Road, intake: Intake) -> None:
    envelope = Envelope("a@tenant.example", ("complaints@larkmere.example", "ü@example.org"), "192.0.2.1", "smtp")
    message = raw()
    given = type(message)("email", "x", message.content, NOW, envelope)
    accepted = asyncio.run(intake.accept(given))
    row = road.store.read_now(lambda work: work.inbox.get(accepted.inbox_id))
    assert row is not None
    assert row.envelope == envelope


@pytest.mark.parametrize("fails", ["bytes", "row"])
def test_where_the_store_fails_nothing_is_promised_and_people_are_told_until_it_works(
    road: Road, intake: Intake, woken: list[bool], monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    async def full(*_: object) -> object:
        raise StoreUnavailable("the data folder cannot be written: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(road.store.blobs, "keep", full) if fails == "bytes" else patch.setattr(road.store, "write", full)
        with pytest.raises(StoreUnavailable):
            asyncio.run(intake.accept(raw()))
    assert intake.trouble
    assert woken == []
    assert road.store.read_now(lambda work: work.inbox.waiting()) == 0
    assert not asyncio.run(intake.accept(raw())).repeat
    assert intake.trouble == ""


def test_a_half_written_original_is_never_taken_for_whole(road: Road, intake: Intake, tmp_path: Path) -> None:
    message = raw()  # on PostgreSQL originals are rows, and nothing in the folder matters
    folder = road.settings.data / "blobs" / digest(message.content)[:2]
    folder.mkdir(parents=True)
    (folder / ".0123456789abcdef").write_bytes(message.content[:5])  # as a killed service leaves it
    accepted = asyncio.run(intake.accept(message))
    row = road.store.read_now(lambda work: work.inbox.get(accepted.inbox_id))
    assert row is not None
    assert asyncio.run(road.store.blobs.get(row.sha256)) == message.content
