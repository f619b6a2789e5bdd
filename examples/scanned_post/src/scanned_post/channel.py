"""The channel: what intakebot meets. It looks into the scanner's folder, reads letters, and writes letters to print."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from intakebot.channels.base import Accept
from intakebot.config.settings import Settings
from intakebot.domain.message import NormalisedMessage, OutboundMessage, RawMessage, Receipt
from intakebot.errors import BadInput, StoreUnavailable
from scanned_post import printing, reading
from scanned_post.folder import Folder

log = logging.getLogger(__name__)

OPTIONS = {"folder", "poll_seconds"}
_POLL_SECONDS = 10.0


class ScannedPost:
    """Post, in and out. `folder` holds `in`, where the scanner leaves letters, `done`, and `out`, to be printed."""

    def __init__(self, name: str, folder: Path, poll_seconds: float, now: Callable[[], datetime]) -> None:
        self.name = name
        self._folder = Folder(folder)
        self._poll_seconds = poll_seconds
        self._now = now

    @classmethod
    def from_settings(cls, name: str, settings: Settings, now: Callable[[], datetime]) -> ScannedPost:
        """Build it from `[channel_options.scanned_post]`. Raises `BadInput`. Touches no file: readers build it too."""
        options: Mapping[str, object] = settings.channel_options.get(name, {})
        if wrong := set(options) - OPTIONS:
            raise BadInput(f"channel_options.{name}: there is no option {', '.join(sorted(wrong))}")
        try:
            seconds = float(str(options.get("poll_seconds", _POLL_SECONDS)))
        except ValueError:
            seconds = 0.0
        if not 0.01 <= seconds <= 3600:
            raise BadInput(f"channel_options.{name}.poll_seconds must be a number of seconds up to 3600")
        folder = options.get("folder")
        return cls(name, Path(str(folder)) if folder else settings.data / "post", seconds, now)

    async def run(self, accept: Accept) -> None:
        """Look every `poll_seconds`, until cancelled. A letter is moved away only after `accept` has returned."""
        await asyncio.to_thread(self._folder.prepare)
        while True:
            for letter in await asyncio.to_thread(self._folder.complete):
                raw = reading.as_raw(self.name, letter.files, self._now())
                try:
                    await accept(raw)
                except StoreUnavailable as error:
                    log.warning("post cannot be taken now, and stays where it is: %s", error)
                    break
                await asyncio.to_thread(self._folder.put_away, letter, raw.external_id)
            await asyncio.sleep(self._poll_seconds)

    def normalise(self, raw: RawMessage) -> NormalisedMessage:
        """Read a letter. Raises `Unreadable`."""
        return reading.read(raw)

    async def send(self, message: OutboundMessage) -> Receipt:
        """Write a letter to be printed into `out`. Raises `DeliveryFailed`."""
        return Receipt(note=await asyncio.to_thread(printing.write, message, self._folder.out))
