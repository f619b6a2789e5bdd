"""Deadlines: wakes up, finds clocks near or past their time, and tells the officer and then the manager.

Everything one person is due to hear at one waking goes into one mail: on a Monday morning that is one list,
not eighty messages. Clocks of days speak in working hours; an emergency's clock at any hour.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from intakebot import reaching
from intakebot.answers import takes_no_mail
from intakebot.domain import need_acts, representation, safety
from intakebot.domain.case import OPEN_STATUSES, SYSTEM, Case, Event, EventType
from intakebot.domain.letters import without_the_case
from intakebot.domain.message import OutboundMessage, Purpose
from intakebot.domain.needs import way_of, why_not_by_itself
from intakebot.domain.people import Officer, Representative
from intakebot.domain.timescales import Clock, ClockName
from intakebot.domain.watching import DUTIES, WatchStep
from intakebot.domain.working_days import LONDON, local_date
from intakebot.errors import StoreUnavailable
from intakebot.landlord import Landlord
from intakebot.store.clocks import StoredClock
from intakebot.store.engine import Store, Work

log = logging.getLogger(__name__)

_ASK_ANOTHER_WAY = "They could not be asked by mail: ask them another way."
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
        if newest.pop("representative", None) and case.status in OPEN_STATUSES:
            self._chase(work, case, officers, lists, now)
        if clock.name is ClockName.AUTHORITY and "breach" in {step.what for step in newest.values()}:
            self._expire(work, case, now)
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

    def _expire(self, work: Work, case: Case, now: datetime) -> None:
        """An authority's last day is past: it is on record as expired, and its clock ends."""
        before = work.cases.get_by_id(case.id, lock=True) or case
        change = representation.expire(before, self._landlord.acting(now))
        if change.events:
            work.cases.save(before, change.case, change.events, self._landlord.first_steps(change.case))

    def _chase(
        self, work: Work, case: Case, officers: dict[int, Officer], lists: dict[str, list[_Line]], now: datetime
    ) -> None:
        """Ask every representative without authority once more, before the response is due (Code 3.6).

        Where mail may not or cannot go, the officer is told to ask another way.
        """
        before = work.cases.get_by_id(case.id, lock=True) or case
        after = before
        events: list[Event] = []
        for one in representation.to_chase(before):
            asked = self._ask(work, before, one, now)
            how = "They were asked for it again, before the response is due." if asked else _ASK_ANOTHER_WAY
            change = representation.chased(
                after, one.number, f"Authority is not given yet. {how}", self._landlord.acting(now)
            )
            after, events = change.case, [*events, *change.events]
            if not asked:
                link = self._landlord.case_link(case.reference)
                line = _Line(case.reference, "a representative's authority is needed", _ASK_ANOTHER_WAY, link, False)
                lists[self._landlord.officer_address(tuple(officers.values()), case)].append(line)
        if events:
            work.cases.save(before, after, events, self._landlord.first_steps(after))

    def _ask(self, work: Work, case: Case, one: Representative, now: datetime) -> bool:
        """Queue the request for authority; whether there was a safe address that works."""
        person, today = one.person, local_date(now)
        to = next(iter(person.written_to), None)
        if to is None or (to.channel == "email" and person.email_failure) or safety.is_dead(case, person):
            return False
        if takes_no_mail(to) or to.key in self._landlord.own_addresses or work.messages.may_be_forged(case.id, to.key):
            return False
        known, users = need_acts.known_of(case).of(person.id), (person, *work.people.at(to.key))
        safety_known = reaching.safety_at(work, to, users)
        forbidden = reaching.is_forbidden(safety_known, to, users, case, today, by_officer=False)
        if forbidden or why_not_by_itself(known, way_of(to.email)):
            return False
        facts = without_the_case(self._landlord.facts(case, person))
        letter = self._landlord.letters.write("authority_request", case=facts)
        letter = self._landlord.with_link(letter, case, person, to, now)
        message = self._landlord.to_resident(case, Purpose.AUTHORITY_REQUEST, letter, to, now)
        answered = work.messages.latest_from(case.id, to.key)
        threaded = (answered,) if answered else ()
        work.outbox.put(replace(message, in_reply_to=answered, references=threaded), case.id, now)
        return True

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
