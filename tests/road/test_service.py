"""The service's own part: which jobs live and die together."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from tests.factories import NOW, demo_settings

from intakebot.deadlines import Deadlines
from intakebot.regular_report import RegularReport
from intakebot.service import Service


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
