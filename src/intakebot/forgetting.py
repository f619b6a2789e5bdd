"""Forgetting: once a day, what was typed into the public form and is kept no longer is deleted.

Drafts only; cases are deleted by people (`domain/retention.py`). How long a draft is kept stands with the drafts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from intakebot.domain.working_days import local_date
from intakebot.errors import IntakebotError
from intakebot.store.engine import Store, Work

log = logging.getLogger(__name__)

_LOOK_SECONDS = 900.0
_KEY = "drafts_forgotten"


class Forgetting:
    """Forgets drafts."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    async def run(self) -> None:
        """Forget what is due, once a day, until cancelled."""
        while True:
            try:
                await self.forget_if_due(self._now())
            except IntakebotError as error:
                log.warning("old drafts of the form cannot be deleted now: %s", error)
            await asyncio.sleep(_LOOK_SECONDS)

    async def forget_if_due(self, now: datetime) -> int:
        """Forget old drafts unless it was done today (Europe/London), by this machine or another. How many went."""
        if not await self._store.read(lambda work: _is_due(work, now)):
            return 0
        return await self._store.write(lambda work: _forget(work, now))


def _is_due(work: Work, now: datetime) -> bool:
    return work.instance.value(_KEY) < local_date(now).isoformat()


def _forget(work: Work, now: datetime) -> int:
    work.one_at_a_time(_KEY)
    if not _is_due(work, now):
        return 0
    work.instance.keep(_KEY, local_date(now).isoformat())
    return work.drafts.purge(now)
