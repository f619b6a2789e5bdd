"""Regular report: the Member Responsible for Complaints is sent figures when a month or quarter has ended.

The Code asks that they get regular insight (9.6, 9.7). The letter goes through the outbox like every other, on
the first working day after the period, once, however often the service is started.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from intakebot.config.settings import Settings
from intakebot.domain.figures.reported import Homes, Period
from intakebot.domain.message import OutboundMessage, Purpose
from intakebot.domain.working_days import local_date
from intakebot.errors import IntakebotError
from intakebot.formats.letters import Letter
from intakebot.formats.report.forms import Form, write
from intakebot.landlord import Landlord
from intakebot.reporting import ReportName, report
from intakebot.store.engine import Store, Work

log = logging.getLogger(__name__)

_LOOK_SECONDS = 900.0
_KEY = "regular_report"


class RegularReport:
    """Sends the report, where the settings name whom to."""

    def __init__(self, store: Store, settings: Settings, landlord: Landlord, now: Callable[[], datetime]) -> None:
        self._store = store
        self._settings = settings
        self._landlord = landlord
        self._now = now

    async def run(self) -> None:
        """Send what falls due until cancelled; nothing where nobody is to get one."""
        while self._settings.governance.mrc:
            try:
                await self.send_if_due(self._now())
            except IntakebotError as error:
                log.warning("the regular report cannot be made now: %s", error)
            await asyncio.sleep(_LOOK_SECONDS)

    async def send_if_due(self, now: datetime) -> bool:
        """Queue the report on the newest whole period, unless it went already or nobody is at work. True if queued."""
        at_work = self._landlord.time_rules.calendar.next_working_moment(now, self._landlord.hours) == now
        period = last_whole(self._settings.governance.every, local_date(now))
        if not at_work or not await self._store.read(lambda work: _is_due(work, period)):
            return False
        message = await self._store.read(lambda work: self._written(work, period, now))
        return await self._store.write(lambda work: _queue(work, message, period, now))

    def _written(self, work: Work, period: Period, now: datetime) -> OutboundMessage:
        """The report as a letter. It can take seconds, so nothing is held meanwhile that anybody waits for."""
        document = report(ReportName.MRC, self._settings, work.reports.of(period), period, Homes(0), now)
        text, html = write(document, Form.MD).decode(), write(document, Form.HTML).decode()
        letter = Letter(f"{document.title}: {period.words}", text, html)
        return self._landlord.to_staff(Purpose.REGULAR_REPORT, letter, self._settings.governance.mrc, now)


def _is_due(work: Work, period: Period) -> bool:
    return work.instance.value(_KEY) < period.last.isoformat()


def _queue(work: Work, message: OutboundMessage, period: Period, now: datetime) -> bool:
    """Queue it, unless another machine was quicker."""
    work.one_at_a_time(_KEY)
    if not _is_due(work, period):
        return False
    work.outbox.put(message, None, now)
    work.instance.keep(_KEY, period.last.isoformat())
    return True


def last_whole(every: str, today: date) -> Period:
    """The last whole "month", or "quarter" of the reporting year, before a local date.

    >>> last_whole("quarter", date(2026, 3, 31)).words
    '1 October 2025 to 31 December 2025'
    """
    months = 3 if every == "quarter" else 1
    first_of_next = date(today.year, today.month - (today.month - 1) % months, 1)
    last = first_of_next - timedelta(days=1)
    back = last.year * 12 + last.month - months
    return Period(date(back // 12, back % 12 + 1, 1), last)
