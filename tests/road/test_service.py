"""The service's own part: which jobs live and die together."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from tests.factories import NOW, demo_settings
from tests.plugging import plug_in

from intakebot.deadlines import Deadlines
from intakebot.domain.message import Address
from intakebot.errors import BadInput, PluginError
from intakebot.regular_report import RegularReport
from intakebot.service import Service
from intakebot.testing import outbound

CARRIER = """
    import asyncio
    from intakebot.domain.message import RawMessage, Receipt
    class Carrier:
        def __init__(self, name, now):
            self.name, self.now, self.sent, self.accepted = name, now, asyncio.Queue(), asyncio.Queue()
        @classmethod
        def from_settings(cls, name, settings, now):
            return cls(name, now)
        async def run(self, accept):
            self.accepted.put_nowait(await accept(RawMessage(self.name, "1", b"coo", self.now())))
            await asyncio.Event().wait()
        def normalise(self, raw): ...
        async def send(self, message):
            self.sent.put_nowait(message)
            return Receipt()
"""


async def test_when_one_watch_fails_the_other_ends_so_that_they_start_again_together(tmp_path: Path) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def fails() -> None:
        await began.wait()
        raise OSError(5, "the disk is gone")

    async def goes_on() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with Service(demo_settings(tmp_path), ["clocks"], lambda: NOW) as service:
        service.deadlines = cast(Deadlines, SimpleNamespace(run=fails))
        service.regular_report = cast(RegularReport, SimpleNamespace(run=goes_on))
        running = asyncio.create_task(service.run())
        try:
            async with asyncio.timeout(20):
                await ended.wait()
            assert not running.done(), "the role is started again"
        finally:
            running.cancel()
            await asyncio.wait([running])


@pytest.mark.parametrize("roles", [("channels", "delivery"), ("carrier", "delivery")])
async def test_a_channel_from_outside_receives_and_sends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, roles: tuple[str, ...]
) -> None:
    plug_in(monkeypatch, tmp_path / "package", f"p-{roles[0]}", CARRIER, channels={"carrier": "Carrier"})
    settings = demo_settings(tmp_path / "data", channels='["email", "carrier"]')
    letter = outbound("carrier", Address("post:1 Tide Street"))
    async with Service(settings, roles, lambda: NOW) as service:
        await service.store.write(lambda work: work.outbox.put(letter, None, NOW))
        running = asyncio.create_task(service.run())
        try:
            async with asyncio.timeout(60):
                channel = service.others["carrier"]
                assert (await channel.accepted.get()).inbox_id > 0  # type: ignore[attr-defined]  # our own, above
                assert await channel.sent.get() == letter  # type: ignore[attr-defined]
        finally:
            running.cancel()
            await asyncio.wait([running])


async def test_a_channel_that_is_not_installed_or_not_in_use_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="no channel named pigeon; installed: api, email"):
        async with Service(demo_settings(tmp_path, channels='["email", "pigeon"]'), ["clocks"], lambda: NOW):
            pass
    with pytest.raises(BadInput, match="no role pigeon; choose from smtp"):
        Service(demo_settings(tmp_path), ["pigeon"])


async def test_no_channel_takes_the_name_of_a_role(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no channel may be named intake"):
        async with Service(demo_settings(tmp_path, channels='["email", "intake"]'), ["clocks"], lambda: NOW):
            pass


async def test_without_email_among_the_channels_no_mail_is_taken_in(tmp_path: Path) -> None:
    settings = demo_settings(tmp_path, channels='["api"]', smtp_port=0)
    ready = asyncio.Event()
    async with Service(settings, ["smtp", "mailbox"], lambda: NOW) as service:
        running = asyncio.create_task(service.run(ready.set))
        try:
            async with asyncio.timeout(60):
                await ready.wait()
            assert service.smtp_port == 0, "nobody listens"
        finally:
            running.cancel()
            await asyncio.wait([running])
