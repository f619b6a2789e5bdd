"""Reading and its workers: a message may hang, fail or kill its reader, and only the message to blame suffers."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from tests.factories import demo_settings, raw
from tests.plugging import plug_in

from intakebot.classifiers.rules import RulesClassifier
from intakebot.config.settings import Settings
from intakebot.errors import Unreadable
from intakebot.intake import Intake
from intakebot.reading import Reader
from intakebot.store.engine import Store, open_store
from intakebot.store.queues import InboxRow, State
from intakebot.workforce import Workforce

SOURCE = """
    import ctypes, os, time
    from intakebot.domain.labels import Classification, Tag

    class Bomb:
        version = "bomb"
        def classify(self, text, channel):
            if "kill" in text:
                os._exit(9)
            if "hang deaf" in text:
                ctypes.PyDLL(None).sleep(600)  # keeps the interpreter's lock: no signal gets through
            while "hang" in text:
                try:
                    time.sleep(0.01)
                except Exception:
                    pass
            if "deep" in text:
                self.classify(text, channel)
            if "fail" in text:
                raise ValueError(text)
            return Classification(Tag("complaint", 0.9), version=self.version)

    class Channel:
        def __init__(self, name, inner):
            self.name, self._inner = name, inner
        @classmethod
        def from_settings(cls, name, settings, now):
            from intakebot.channels.email.channel import EmailChannel
            return cls(name, EmailChannel.from_settings(name, settings, now))
        async def run(self, accept): ...
        async def send(self, message): ...
        def normalise(self, raw):
            while b"hang" in raw.content:
                try:
                    time.sleep(0.01)
                except Exception:
                    pass
            def down():
                down()
            if b"deep" in raw.content:
                down()
            return self._inner.normalise(raw)
"""


@pytest.fixture
def bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, tmp_path / "p", "p-bomb", SOURCE, classifiers={"bomb": "Bomb"}, channels={"other": "Channel"})


def mail(text: str, number: int = 0) -> bytes:
    """A mail with these words."""
    head = f"From: t{number}@tenant.example\r\nMessage-ID: <{number}.{text[:4]}@tenant.example>\r\nSubject: x\r\n\r\n"
    return f"{head}{text}\r\n".encode()


def clock() -> datetime:
    """The wall clock: workers of their own processes cannot share a test's."""
    return datetime.now(UTC)


@pytest.mark.parametrize(("text", "why"), [("hang", "too long"), ("deep", "too deeply")])
def test_what_hangs_or_nests_without_end_is_unreadable(bomb: None, tmp_path: Path, text: str, why: str) -> None:
    reader = Reader(demo_settings(tmp_path, classifier="bomb", read_timeout=1))
    message = raw(mail("fine"))
    other = raw(mail(text))
    other = type(other)("other", other.external_id, other.content, other.received_at, other.envelope)
    assert reader.read(message).message.new_text.strip() == "fine"
    with pytest.raises(Unreadable, match=why):
        reader.read(other)
    assert reader.read(message).message.subject == "x", "the reader goes on"


def test_a_classifier_that_fails_leaves_the_message_to_a_person(bomb: None, tmp_path: Path) -> None:
    found = Reader(demo_settings(tmp_path, classifier="bomb")).read(raw(mail("fail"))).classification
    assert found.needs_review
    assert "ValueError" in found.review_reason


def test_a_classifier_that_is_not_there_is_named_and_the_rules_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = Reader(demo_settings(tmp_path, classifier="gone")).read(raw(mail("The boiler is broken"))).classification
    assert found.version == RulesClassifier.version
    assert "no classifier named gone" in caplog.text
    assert "boiler" not in caplog.text


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[tuple[Store, Intake, Workforce]]:
    """Workers at work on a store."""
    store = open_store(settings)
    workforce = Workforce(settings, store, clock)
    task = asyncio.create_task(workforce.run())
    try:
        yield store, Intake(store, clock, workforce.wake), workforce
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        store.close()


async def settled(store: Store, row_id: int) -> InboxRow:
    """The row, once it is done or parked."""
    async with asyncio.timeout(60):
        while True:
            row = await store.read(lambda work: work.inbox.get(row_id))
            assert row is not None
            if row.state is not State.WAITING:
                return row
            await asyncio.sleep(0.02)


async def test_a_message_that_kills_its_reader_is_parked_and_takes_no_other_with_it(bomb: None, tmp_path: Path) -> None:
    async with at_work(demo_settings(tmp_path, classifier="bomb", workers=1)) as (store, intake, _):
        texts = ["fine", "kill", "also fine", "fine too"]
        rows = [(await intake.accept(raw(mail(text, n)))).inbox_id for n, text in enumerate(texts)]
        ends = [await settled(store, row) for row in rows]
    assert [end.state for end in ends] == [State.DONE, State.PARKED, State.DONE, State.DONE]
    assert "died" in ends[1].reason


async def test_a_worker_that_is_killed_blocks_nobody_and_is_replaced(tmp_path: Path) -> None:
    async with at_work(demo_settings(tmp_path, workers=1)) as (store, intake, workforce):
        first = await settled(store, (await intake.accept(raw(mail("The boiler is broken again", 1)))).inbox_id)
        (worker,) = [p for p in psutil.Process().children() if "spawn_main" in " ".join(p.cmdline())]
        os.kill(worker.pid, signal.SIGKILL)
        for _ in range(100_000):
            workforce.wake()
        second = await settled(store, (await intake.accept(raw(mail("The boiler is broken again", 2)))).inbox_id)
        assert "died" in workforce.trouble
    assert (first.state, second.state) == (State.DONE, State.DONE)
    assert worker.pid not in {p.pid for p in psutil.Process().children()}


async def test_workers_finish_and_leave_when_the_service_stops(tmp_path: Path) -> None:
    async with at_work(demo_settings(tmp_path, workers=2)) as (store, intake, _):
        await settled(store, (await intake.accept(raw(mail("The boiler is broken again", 1)))).inbox_id)
        workers = [p for p in psutil.Process().children() if "spawn_main" in " ".join(p.cmdline())]
        assert len(workers) == 2
    assert psutil.wait_procs(workers, timeout=20)[1] == []
