"""START HERE. Intake: a raw message is made durable. Only then is its sender told anything.

`accept` is all a channel needs: it returns when the bytes and one inbox row are committed, and not before.
Workers in processes of their own (`worker`) then claim rows, read them, and put them on cases (`taking`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from intakebot.channels.base import Accepted
from intakebot.domain.message import RawMessage
from intakebot.errors import StoreUnavailable
from intakebot.store.engine import Store


class Intake:
    """Accepts messages. `wake` is called when there is something new to work."""

    def __init__(self, store: Store, now: Callable[[], datetime], wake: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._now = now
        self._wake = wake
        self.trouble = ""
        """Why the last message could not be taken, "" when it could: for people, without details."""

    async def accept(self, raw: RawMessage) -> Accepted:
        """Make a message durable. Raises `StoreUnavailable` with nothing promised; a repeat gives the first receipt."""
        now = self._now()
        try:
            (blob,) = await self._store.blobs.keep([raw.content])
            inbox_id, repeat = await self._store.write(lambda work: work.inbox.add(raw, blob, now))
        except StoreUnavailable as error:
            self.trouble = str(error)
            raise
        self.trouble = ""
        if not repeat:
            self._wake()
        return Accepted(inbox_id, repeat)
