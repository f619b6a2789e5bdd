"""Delivery: outbox rows go out through their channels; temporary failures are tried again, the rest parked.

A message may be sent twice if the service dies between the far side's yes and our commit; its Message-ID is
the same both times. A parked message is shown to staff, noted on its case, and its officer is told.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from intakebot import reaching
from intakebot.channels.base import Channel
from intakebot.domain.case import SYSTEM, Event, EventType
from intakebot.domain.message import STAFF_NOTICES, Purpose, Receipt
from intakebot.domain.undelivered import letter_failed
from intakebot.errors import DeliveryFailed, IntakebotError, StoreUnavailable
from intakebot.landlord import Landlord
from intakebot.store.engine import Store, Work
from intakebot.store.outbox import OutboxRow

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)
_BATCH = 20
_IDLE_SECONDS = 0.5


class Delivery:
    """Works the outbox."""

    def __init__(
        self, store: Store, landlord: Landlord, channels: Mapping[str, Channel], now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._landlord = landlord
        self._channels = channels
        self._now = now
        self._worker = f"delivery-{secrets.token_hex(8)}"
        self.trouble = ""
        """Why the last letter that was tried has to wait, "" when one went: for people, without addresses."""

    async def run(self, *, until_empty: bool = False) -> None:
        """Send what is due until cancelled, or until nothing is."""
        while True:
            try:
                rows = await self._store.write(self._claim)
            except StoreUnavailable as error:
                log.warning("the outbox cannot be read now: %s", error)
                rows = []
            await asyncio.gather(*(self._deliver(row, why_not) for row, why_not in rows))
            if not rows and until_empty:
                return
            if len(rows) < _BATCH:
                await asyncio.sleep(0 if until_empty else _IDLE_SECONDS)

    def _claim(self, work: Work) -> list[tuple[OutboxRow, str]]:
        """The next letters, each with why it must not leave any more, "" where it may."""
        rows = work.outbox.claim(self._worker, self._now(), LEASE, _BATCH)
        return [(row, reaching.why_not_now(work, row.message, row.case_id)) for row in rows]

    async def _deliver(self, row: OutboxRow, why_not: str) -> None:
        try:
            channel = self._channels.get(row.channel)
            if channel is None:
                raise DeliveryFailed(f"the channel {row.channel} is not set up here", temporary=True)
            if why_not:
                raise DeliveryFailed(why_not, temporary=False)
            receipt = await channel.send(row.message)
            await self._store.write(lambda work: self._sent(work, row, receipt))
            self.trouble = ""
            log.debug("outbox %s: sent", row.id)
        except DeliveryFailed as error:
            await self._failed(row, str(error), temporary=error.temporary)
        except StoreUnavailable as error:
            log.warning("outbox %s: sent, but not noted yet: %s", row.id, error)
        except Exception as error:  # unknown faults are temporary
            log.error("outbox %s: %s", row.id, type(error).__name__)
            await self._failed(row, f"Unexpected fault: {type(error).__name__}.", temporary=True)

    def _sent(self, work: Work, row: OutboxRow, receipt: Receipt) -> None:
        now = self._now()
        work.outbox.sent(row.id, self._worker, receipt.note, now)
        if row.message.purpose is Purpose.SAVED_FORM:
            work.outbox.forget_words(row.id)  # whoever has the link in it can read the form
        if receipt.refused and row.case_id:
            summary = f"{len(receipt.refused)} of the addresses did not take our letter."
            work.cases.add_events(row.case_id, [Event(now, SYSTEM, EventType.DELIVERY_PARKED, summary)])

    async def _failed(self, row: OutboxRow, reason: str, *, temporary: bool) -> None:
        self.trouble = reason if temporary else ""
        log.warning("outbox %s: %s (%s)", row.id, reason, "temporary" if temporary else "permanent")
        try:
            await self._store.write(lambda work: self._note_failure(work, row, reason, temporary))
        except IntakebotError as error:
            log.warning("outbox %s: left for its lease to run out: %s", row.id, error)

    def _note_failure(self, work: Work, row: OutboxRow, reason: str, temporary: bool) -> None:
        now = self._now()
        if temporary:
            if not work.outbox.retry_or_park(row.id, row.attempts, self._worker, reason, now):
                return
        else:
            work.outbox.park(row.id, self._worker, reason, now)
        case = work.cases.get_by_id(row.case_id, lock=True) if row.case_id else None
        if case is None or row.message.purpose in STAFF_NOTICES:
            return  # a notice about a notice would go the same lost way; the pages show it
        change = letter_failed(case, row.message.purpose, reason, self._landlord.acting(now))
        event = Event(now, SYSTEM, EventType.DELIVERY_PARKED, f"A letter could not be sent: {reason}")
        work.cases.save(case, change.case, (event, *change.events), self._landlord.first_steps(change.case))
        link = self._landlord.case_link(case.reference)
        letter = self._landlord.letters.write("parked_notice", reference=case.reference, reason=reason, link=link)
        to = self._landlord.officer_address(work.officers.all(), case)
        work.outbox.put(self._landlord.to_staff(Purpose.PARKED_NOTICE, letter, to, now), case.id, now)
