"""Deadlines: wakes up, finds clocks near or past their time, and tells the officer and then the manager.

Everything one person is due to hear at one waking goes into one mail: on a Monday morning that is one list,
not eighty messages. Clocks of days speak in working hours; an emergency's clock at any hour.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from intakebot.domain.case import OPEN_STATUSES, SYSTEM, Case, Event, EventType
from intakebot.domain.message import OutboundMessage, Purpose
from intakebot.domain.people import Officer
from intakebot.domain.timescales import Clock, ClockName
from intakebot.domain.watching import DUTIES, WatchStep
from intakebot.domain.working_days import LONDON
from intakebot.errors import StoreUnavailable
from intakebot.landlord import Landlord
from intakebot.store.clocks import StoredClock
from intakebot.store.engine import Store, Work

log = logging.getLogger(__name__)

_WAKE_SECONDS = 30.0
_BATCH = 500
_OF_THE_ANSWER = frozenset(
    {
        ClockName.ACKNOWLEDGEMENT,
        ClockName.RESPONSE,
        ClockName.EXTENSION,
        ClockName.BACKSTOP,
        ClockName.UPDATE,
    }
)
"""Clocks nobody waits for once a case has been answered or ended. Promises and hazards are watched until kept."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of somebody's list."""

    reference: str
    what: str
    when: str
    link: str
    breach: bool


class Deadlines:
    """Watches the clocks."""

    def __init__(self, store: Store, landlord: Landlord, now: Callable[[], datetime]) -> None:
        self._store = store
        self._landlord = landlord
        self._now = now

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            try:
                while await self._store.write(lambda work: self.tell(work, self._now())) == _BATCH:
                    pass
            except StoreUnavailable as error:
                log.warning("the clocks cannot be read now: %s", error)
            await asyncio.sleep(_WAKE_SECONDS)

    def tell(self, work: Work, now: datetime) -> int:
        """Queue every notice that is due now, one mail for each person. Returns how many clocks were looked at."""
        due = work.clocks.due(now, _BATCH)
        officers = {officer.id: officer for officer in work.officers.all()} if due else {}
        lists: dict[str, list[_Line]] = defaultdict(list)
        for stored in due:
            case = work.cases.get_by_id(stored.case_id)
            if case is None:
                continue
            self._tell_of_clock(work, stored, case, officers, lists, now)
        for address, lines in lists.items():
            work.outbox.put(self._notice(address, lines, now), None, now)
        return len(due)

    def _tell_of_clock(
        self,
        work: Work,
        stored: StoredClock,
        case: Case,
        officers: dict[int, Officer],
        lists: dict[str, list[_Line]],
        now: datetime,
    ) -> None:
        clock = Clock(
            ClockName(stored.name), stored.clause, stored.starts_at, stored.due_at, stored.due_on, stored.met_at
        )
        steps = self._landlord.steps_of(clock)
        passed = [step for step in steps if step.at <= now]
        following = next((step.at for step in steps if step.at > now), None)
        work.clocks.stepped(stored.id, len(passed), following)
        # A clock found late, after an outage or a late log, is told of once: the newest step for each person.
        newest = {step.who: step for step in passed[stored.steps_done :]}
        if not newest or (clock.name in _OF_THE_ANSWER and case.status not in OPEN_STATUSES):
            return
        for step in newest.values():
            address = self._address(step, case, officers)
            lists[address].append(self._line(clock, case, step))
        breach = any(step.what == "breach" for step in newest.values())
        kind = EventType.CLOCK_BREACHED if breach else EventType.CLOCK_WARNED
        told = " and ".join(f"the {who}" for who in newest)
        what = "Not met in time" if breach else "Due soon"
        summary = f"{what}: {DUTIES[clock.name]} (Code {clock.clause}). Told {told}."
        work.cases.add_events(case.id, [Event(now, SYSTEM, kind, summary)])

    def _address(self, step: WatchStep, case: Case, officers: dict[int, Officer]) -> str:
        if step.who == "officer":
            return self._landlord.officer_address(tuple(officers.values()), case)
        team = self._landlord.routing.team(case.team)
        return (team.manager if team else "") or self._landlord.routing.duty_officer

    def _line(self, clock: Clock, case: Case, step: WatchStep) -> _Line:
        breach = step.what == "breach"
        if clock.due_on is not None:
            when = f"{clock.due_on:%A} {clock.due_on.day} {clock.due_on:%B}"
        else:
            local = clock.due_at.astimezone(LONDON)
            when = f"{local.day} {local:%B at %H:%M}"
        return _Line(
            reference=case.reference,
            what=f"{DUTIES[clock.name]} {'was' if breach else 'is'} due",
            when=f"by {when} (Code {clock.clause})",
            link=self._landlord.case_link(case.reference),
            breach=breach,
        )

    def _notice(self, address: str, lines: list[_Line], now: datetime) -> OutboundMessage:
        late = [line for line in lines if line.breach]
        soon = [line for line in lines if not line.breach]
        groups = [{"title": title, "lines": group} for title, group in (("Overdue", late), ("Due soon", soon)) if group]
        subject = f"{len(late)} overdue, {len(soon)} due soon" if late else f"{len(soon)} due soon"
        link = f"{self._landlord.base_url}/staff"
        letter = self._landlord.letters.write("clock_notice", subject=f"Cases: {subject}", groups=groups, link=link)
        return self._landlord.to_staff(Purpose.CLOCK_NOTICE, letter, address, now)
