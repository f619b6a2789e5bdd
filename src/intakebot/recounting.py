"""Recounting: after the calendar or its rules changed, every open case is counted anew and says what has moved.

It runs when a service that watches the clocks starts, if days are counted otherwise than when cases were last
counted, and by `intakebot calendar recount`. Stopped halfway, it begins again; what was done stays done.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from intakebot.domain.hazards import Hazard, clocks_of_hazards, most_urgent
from intakebot.domain.recount import fingerprint, recount, recount_hazards, what_moved
from intakebot.domain.stages import Extension, Stage, clocks_of_stage, recounted_extensions
from intakebot.domain.timescales import Clock, ClockName, deemed_received, end_of, promise_clock
from intakebot.domain.working_days import local_date
from intakebot.landlord import Landlord
from intakebot.store.engine import Store, Work
from intakebot.store.recount import Moved, MovedClock, OpenCase

log = logging.getLogger(__name__)

_KEY = "calendar"
_BATCH = 10_000
_LONG_AGO = timedelta(days=400)
_NEVER = datetime.max.replace(tzinfo=UTC)
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Recounted:
    """How many open cases were looked at, and on how many something moved."""

    cases: int
    moved: int


class Recounting:
    """Counts open cases anew."""

    def __init__(self, store: Store, landlord: Landlord, now: Callable[[], datetime]) -> None:
        self._store = store
        self._landlord = landlord
        self._now = now
        self._fingerprint = fingerprint(landlord.time_rules.calendar, landlord.time_rules.rules)

    async def run_if_changed(self) -> None:
        """Count anew unless open cases were last counted by this same calendar. Raises StoreUnavailable."""
        if await self._store.read(lambda work: work.instance.value(_KEY)) != self._fingerprint:
            done = await self.run()
            if done.cases:  # a fresh database has none, and nothing to say
                log.info("the calendar changed: %d open cases recounted, %d of them moved", done.cases, done.moved)

    async def run(self) -> Recounted:
        """Count every open case anew, some thousands to a transaction. Raises StoreUnavailable."""
        counter = _Counter(self._landlord)
        last: int | None = 0
        cases = moved = 0
        while last is not None:
            batch = await self._store.write(partial(self._batch, counter, last))
            last, cases, moved = batch.last, cases + batch.cases, moved + batch.moved
        await self._store.write(lambda work: work.instance.keep(_KEY, self._fingerprint))
        return Recounted(cases, moved)

    def _batch(self, counter: _Counter, after: int, work: Work) -> _Batch:
        """Recount the next cases, in one transaction."""
        work.one_at_a_time("recount")
        moves: dict[int, tuple[Moved, list[int]]] = {}
        with _nothing_collected():
            found = work.recount.open_cases(after, _BATCH)
            for case in found:
                if move := counter.moved(case):
                    moves.setdefault(id(move), (move, []))[1].append(case.id)
            work.recount.save(list(moves.values()), self._now())
        return _Batch(found[-1].id if found else None, len(found), sum(len(ids) for _, ids in moves.values()))


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Let Python look for no cycles meanwhile: among so many rows it looks often, and there are none to find."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


class _Batch(NamedTuple):
    """The last case's id, None where there was none; how many there were; on how many something moved."""

    last: int | None
    cases: int
    moved: int


@dataclass(frozen=True, slots=True)
class _Alike:
    """What moves on every case counted alike whose stage came to its present point by `no_later`; None: nothing."""

    moved: Moved | None
    no_later: datetime


class _Counter:
    """Works out what moves on a case. It remembers its answers: very many cases are counted alike."""

    def __init__(self, landlord: Landlord) -> None:
        self._landlord = landlord
        self._calendar, self._rules = landlord.time_rules.calendar, landlord.time_rules.rules
        self._alike: dict[tuple[Any, ...], _Alike] = {}
        self._warnings: dict[tuple[ClockName, date], datetime] = {}

    def moved(self, case: OpenCase) -> Moved | None:
        """What moves on this case; None where nothing does."""
        if case.number is None or case.hazards:
            return self._by_itself(case.stage, case.hazards)
        extensions = case.granted
        acknowledged_on = local_date(case.acknowledged_at) if case.acknowledged_at else None
        deemed = deemed_received(case.received_at, self._calendar, self._rules)
        extended = tuple((extension.working_days, extension.until) for extension in extensions)
        key = (case.number, deemed, acknowledged_on, case.counted, extended)
        alike = self._alike.get(key)
        if alike is None:
            alike = self._alike[key] = self._of_all_like(case)
        moments = (case.acknowledged_at or case.received_at, *(extension.told_at for extension in extensions))
        if max(moments) > alike.no_later:
            return self._by_itself(case.stage, ())
        return self._in_own_words(alike.moved, extensions) if extensions else alike.moved

    def _in_own_words(self, moved: Moved | None, extensions: tuple[Extension, ...]) -> Moved | None:
        """What moves on all like it, with what this case's extensions say beside their days."""
        if moved is None or moved.stage is None:
            return moved
        counted = recounted_extensions(extensions, moved.stage.due.response_due, self._calendar)
        return replace(moved, stage=replace(moved.stage, extensions=counted))

    def _of_all_like(self, case: OpenCase) -> _Alike:
        moved = self._by_itself(case.stage, ())
        if moved is None:
            return _Alike(None, _NEVER)
        if moved.begun or moved.gone:  # clocks that begin bear moments of their own case
            return _Alike(None, _BEFORE_ALL)
        waiting = [clock for clock in moved.clocks if clock.next_step_at is not None]
        warned = {clock.name: self._warning(clock.name, clock.due_on) for clock in waiting}
        clocks = tuple(
            replace(clock, next_step_at=warned[clock.name]) if clock in waiting else clock for clock in moved.clocks
        )
        return _Alike(replace(moved, clocks=clocks), min(warned.values(), default=_NEVER))

    def _by_itself(self, stage: Stage | None, hazards: tuple[Hazard, ...]) -> Moved | None:
        now_stage = recount(stage, self._calendar, self._rules) if stage else None
        now_hazards = recount_hazards(hazards, self._calendar)
        if (now_stage, now_hazards) == (stage, hazards):
            return None
        before, after = _clocks(stage, hazards), _clocks(now_stage, now_hazards)
        urgent = most_urgent(now_hazards)
        return Moved(
            stage=now_stage if now_stage != stage else None,
            hazards=tuple(now for was, now in zip(hazards, now_hazards, strict=True) if was != now),
            hazard_due_at=urgent.due_at if urgent else None,
            clocks=tuple(
                MovedClock(clock.name, clock.due_on, clock.due_at, self._next_step(clock))
                for which, clock in after.items()
                if which in before and clock.due_on is not None and clock.due_on != before[which].due_on
            ),
            begun=tuple((clock, self._next_step(clock)) for which, clock in after.items() if which not in before),
            gone=tuple(clock.name for which, clock in before.items() if which not in after),
            said=what_moved(before.values(), after.values()),
        )

    def _next_step(self, clock: Clock) -> datetime | None:
        """When the clock's warnings begin again; None once it is met."""
        if clock.met_at is not None:
            return None
        if clock.due_on is not None and clock.starts_at <= (planned := self._warning(clock.name, clock.due_on)):
            return planned
        return self._landlord.steps_of(clock)[0].at

    def _warning(self, name: ClockName, due_on: date) -> datetime:
        """When the first step of such a clock due on this day is planned, however late the clock starts."""
        if (name, due_on) not in self._warnings:
            clock = promise_clock(name, "", end_of(due_on) - _LONG_AGO, due_on)
            self._warnings[name, due_on] = self._landlord.steps_of(clock)[0].at
        return self._warnings[name, due_on]


_Which = tuple[ClockName, str, datetime, datetime | None]


def _clocks(stage: Stage | None, hazards: Sequence[Hazard]) -> dict[_Which, Clock]:
    """The clocks by all that a recount leaves as it is; two clocks that differ in it are not the same clock."""
    clocks = (*(clocks_of_stage(stage) if stage else ()), *clocks_of_hazards(hazards))
    return {(clock.name, clock.clause, clock.starts_at, clock.met_at): clock for clock in clocks}
