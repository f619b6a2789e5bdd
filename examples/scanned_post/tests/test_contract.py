"""Scanned post keeps what intakebot asks of every channel."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from intakebot.channels.base import Channel
from intakebot.config.settings import Settings
from intakebot.domain.message import Address, RawMessage
from intakebot.testing import NOW, ChannelContract, FarSide, Mood, Sample, outbound
from scanned_post import reading

PDF = b"%PDF-1.4\n%scan\n"
LETTERS = {
    "plain": {
        "0001.json": json.dumps(
            {
                "received_on": "2026-02-27",
                "from": {"name": "Ama Mensah", "address": "1 Tide Street, Larkmere", "phone": "01632 960123"},
                "files": ["0001.pdf", "0001.txt"],
                "needs": ["large_print"],
            }
        ).encode(),
        "0001.pdf": PDF,
        "0001.txt": b"Dear Sirs, the roof leaks.\x0cYours, A. Mensah",
    },
    "no words, two pages, for another": {
        "0002.json": json.dumps(
            {
                "received_on": "2026-03-02",
                "from": {"name": "Zoë Okafor", "address": "2 Tide Street"},
                "representative": {"name": "Jo Bell", "email": "jo@advice.example", "relation": "adviser"},
            }
        ).encode(),
        "0002.p1.png": b"\x89PNG\r\n\x1a\n1",
        "0002.p2.png": b"\x89PNG\r\n\x1a\n2",
    },
}


class TestScannedPost(ChannelContract):
    """Letters in a folder."""

    name = "scanned_post"

    def settings(self, folder: Path) -> Settings:
        options = {"folder": str(folder / "post"), "poll_seconds": "0.01"}
        return Settings(data=folder, channels=("email", self.name), channel_options={self.name: options})

    def samples(self) -> Sequence[Sample]:
        plain, pages = (reading.as_raw(self.name, files, NOW) for files in LETTERS.values())
        return (
            Sample("plain", plain, "the roof leaks", "tel:+441632960123", ("0001.pdf",)),
            Sample("no words, two pages, for another", pages, "", "jo@advice.example", ("0002.p1.png", "0002.p2.png")),
        )

    def broken(self) -> Sequence[bytes]:
        without = [
            {"0003.json": b"{"},
            {"0003.json": b"[]"},
            {"0003.json": b'{"from": {}}'},
            {"0003.json": b'{"from": 1}'},
        ]
        letters: list[RawMessage] = [reading.as_raw(self.name, {**files, "0003.pdf": PDF}, NOW) for files in without]
        return (b"", b"{}", b"[]", b"null", b'{"files": {"a": 1}}', b'{"files": []}', *(one.content for one in letters))

    async def hand_over(self, channel: Channel, folder: Path, sample: Sample) -> bool:
        scanner, files = folder / "post" / "in", LETTERS[sample.name]
        scanner.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (scanner / name).write_bytes(content)
        while any((scanner / name).exists() for name in files):  # noqa: ASYNC110  # a scanner is told nothing: they go
            await asyncio.sleep(0.01)
        return True

    @asynccontextmanager
    async def far_side(self, folder: Path, mood: Mood) -> AsyncIterator[FarSide]:
        out = folder / "post" / "out"
        if mood is Mood.NOT_NOW:  # as when the share with the printer is not there
            out.parent.mkdir(parents=True)
            out.write_text("not a folder")
        where = "ama@tenant.example" if mood is Mood.NEVER else "post:1 Tide Street, Larkmere, ZZ1 1ZZ"
        message = outbound(self.name, Address(where, "Ama Mensah"))
        yield FarSide(self.channel(folder), message, lambda: [one.read_text() for one in out.glob("*.html")])
