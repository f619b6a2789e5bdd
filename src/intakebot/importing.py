"""Importing: cases of an older system come in from a file, all of them or none, each with its history.

A file is read once. Every case is lived through beside the store, where every mistake is found; only if there is
none are the finished cases copied into the store, in one transaction as short as can be. Nobody is written to: no
letter goes out, and of a clock that runs only what is still to come is told.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from intakebot.domain import acts
from intakebot.domain.case import Case, Change, clocks_of
from intakebot.domain.people import Person, same_person
from intakebot.domain.references import make_reference
from intakebot.domain.timescales import Clock
from intakebot.domain.wording import counted
from intakebot.errors import BadInput
from intakebot.formats.case_lines import CaseLine, read_line
from intakebot.landlord import Landlord
from intakebot.replaying import Replaying
from intakebot.store.engine import Store, Work
from intakebot.store.imports import KnownCase
from intakebot.store.staging import Staging, staging
from intakebot.taking import Roster

K = TypeVar("K")
LARGEST_FILE = 200_000_000
LONGEST_LINE = 1_000_000
_MOST_SHOWN = 1000
_DRAWN_AT_ONCE = 200
MOST_UNNOTICED = 15_000
"""How many cases are kept on SQLite before others who write are held up for some seconds."""
_KEPT_A_SECOND = 3500
_HELD_UP = (
    "{} cases are ready. Keeping them holds the database for about {} seconds: a service beside this tells mail to "
    "come again, and a page that is saved may say so too"
)

Progress = Callable[[int], None]
"""Told how many bytes more have been read."""
Told = Callable[[str], None]
"""Told, in a sentence, what whoever waits should know."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in: how many cases, how many of them are open, and how many of those are overdue."""

    cases: int
    open: int
    overdue: int


@dataclass(slots=True)
class _Mistakes:
    """The mistakes of one file, a sentence each, up to as many as anybody reads."""

    path: Path
    count: int = 0
    sentences: list[str] = field(default_factory=list)

    def add(self, number: int, sentence: str) -> None:
        self.count += 1
        if len(self.sentences) < _MOST_SHOWN:
            self.sentences.append(f"  line {number}: {sentence}")

    def raise_any(self) -> None:
        if self.count:
            more = [f"  and {self.count - _MOST_SHOWN} more"] if self.count > _MOST_SHOWN else []
            heading = f"{self.path}: {counted(self.count, 'mistake')}, and nothing was brought in"
            raise BadInput("\n".join([heading, *self.sentences, *more]))


@dataclass(slots=True)
class _Seen:
    """The cases of a file by what they are known by, each with its line: the reference, else who, what and when."""

    references: dict[str, int] = field(default_factory=dict)
    facts: dict[bytes, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None

    def add(self, line: CaseLine, number: int) -> int | None:
        """Remember a line. Returns the earlier line that is the same case, if there is one."""
        if line.reference:
            return _earlier(self.references, line.reference, number)
        at = line.received_at
        self.first, self.last = min(self.first or at, at), max(self.last or at, at)
        known = KnownCase(at, line.kind, line.subject, line.resident.name, line.resident.email)
        return _earlier(self.facts, _fingerprint(known), number)

    def there_already(self, work: Work, newer_than: int = 0) -> Iterator[int]:
        """The lines whose cases are in the store; where they have no reference, among cases above this id."""
        for reference in work.imports.held(self.references):
            yield self.references[reference]
        if self.first is not None and self.last is not None:
            for known in work.imports.received(self.first, self.last, newer_than):
                number = self.facts.get(_fingerprint(known))
                if number is not None:
                    yield number


def _earlier(held: dict[K, int], key: K, number: int) -> int | None:
    first = held.setdefault(key, number)
    return first if first != number else None


def _fingerprint(known: KnownCase) -> bytes:
    at = known.received_at.astimezone(UTC).isoformat()
    parts = (at, known.kind, known.subject, known.name.casefold(), known.email.casefold())
    return hashlib.sha256("\0".join(parts).encode()).digest()[:16]


@dataclass(frozen=True, slots=True)
class Importing:
    """Brings files in for somebody, `by` name, at one moment."""

    store: Store
    landlord: Landlord
    by: str
    now: datetime

    def bring_in(self, path: Path, progress: Progress = lambda _: None, told: Told = lambda _: None) -> Imported:
        """Bring in every case of a file. Raises BadInput that names every mistake in it; then nothing is kept.

        `told` hears beforehand if keeping them holds up everybody else who writes.
        """
        with staging() as ready:
            seen, done = self._make_ready(path, ready, progress)
            known, newest, alone = self.store.read_now(lambda work: self._look(work, path, seen, ready))
            if alone and done.cases > MOST_UNNOTICED:
                told(_HELD_UP.format(f"{done.cases:,}", round(done.cases / _KEPT_A_SECOND)))
            self.store.write_now(lambda work: self._keep(work, path, seen, newest, ready, known))
        return done

    def _make_ready(self, path: Path, ready: Staging, progress: Progress) -> tuple[_Seen, Imported]:
        """Live through every case of the file. Raises BadInput for all that is wrong with it."""
        roster = Roster(lambda: self.now)  # which stands still, so that officers are read once
        officers = {o.email.lower(): o for o in self.store.read_now(roster.officers)}
        replaying = Replaying(self.landlord, officers, self.by, self.now)
        mistakes, seen, references = _Mistakes(path), _Seen(), self._references()
        cases = still_open = overdue = 0
        for number, data in _lines(path, progress):
            cases += 1
            line = _read(data)
            found = _lived_through(line, replaying, references) if isinstance(line, CaseLine) else line
            earlier = seen.add(line, number) if isinstance(line, CaseLine) else None
            if not isinstance(found, Change):
                for sentence in found:
                    mistakes.add(number, sentence)
            if earlier is not None:
                mistakes.add(number, f"is the same case as line {earlier}")
            if isinstance(line, CaseLine) and isinstance(found, Change) and not mistakes.count:
                kept = self._prepare(ready.work, line, found, roster)
                still_open += kept.open
                overdue += any(clock.met_at is None and clock.due_at <= self.now for clock in clocks_of(kept))
        if not cases:
            raise BadInput(f"{path} holds no cases")
        if mistakes.count:
            self.store.read_now(lambda work: _name_repeats(work, seen, mistakes))
        mistakes.raise_any()
        return seen, Imported(cases, still_open, overdue)

    def _look(self, work: Work, path: Path, seen: _Seen, ready: Staging) -> tuple[dict[int, int], int, bool]:
        """What is in the store: nothing of the file, or BadInput; whom of it we know; and the newest case."""
        mistakes = _Mistakes(path)
        _name_repeats(work, seen, mistakes)
        mistakes.raise_any()
        same = ((person.id, _same_as(work, person)) for person in ready.people())
        return {here: known.id for here, known in same if known}, work.imports.newest(), work.imports.alone

    def _keep(self, work: Work, path: Path, seen: _Seen, newest: int, ready: Staging, known: Mapping[int, int]) -> None:
        """The transaction. What may have come meanwhile is looked for again."""
        work.one_at_a_time("import")
        mistakes = _Mistakes(path)
        _name_repeats(work, seen, mistakes, newest)
        mistakes.raise_any()
        ready.copy_into(work, known)

    def _references(self) -> Iterator[str]:
        """References that no case has."""
        drawn: set[str] = set()
        while True:
            batch = {make_reference(self.landlord.prefix, secrets.randbelow) for _ in range(_DRAWN_AT_ONCE)} - drawn
            drawn |= batch
            yield from batch - self.store.read_now(partial(_held, batch))

    def _prepare(self, work: Work, line: CaseLine, change: Change, roster: Roster) -> Case:
        """Write a case as it is to be kept, to the staging database."""
        resident = _same_as(work, change.case.resident) or work.people.add(change.case.resident)
        case, events = replace(change.case, resident=resident), change.events
        if case.open:
            given = self._given_to_somebody(work, case, line.team, roster)
            case, events = given.case, (*events, *given.events)
        case_id = work.cases.insert(case, events, self.landlord.first_steps(case))
        if any(clock.met_at is None for clock in clocks_of(case)):
            self._watch_from_now(work, case_id, case)
        return case

    def _given_to_somebody(self, work: Work, case: Case, team: str, roster: Roster) -> Change:
        """Who has a case that is still open: its officer if they are here, else the queue of its team if it names
        one, else whom routing chooses now."""
        officers = roster.officers(work)
        held = next((o for o in officers if o.id == case.officer_id and o.active), None)
        if held is not None or team:
            roster.gave(held)
            return Change(replace(case, officer_id=held.id if held else None), ())
        decider = case.stages[0].decided_by if case.stage == 2 else None
        chosen = self.landlord.route_again(case, officers, self.now, decider)
        roster.gave(chosen.officer)
        officer_id = chosen.officer.id if chosen.officer else None
        return acts.assign(case, officer_id, chosen.team, chosen.reason, f"Imported by {self.by}", self.now)

    def _watch_from_now(self, work: Work, case_id: int, case: Case) -> None:
        """What would have been told of a running clock before today is not told now; what is to come is."""
        running: dict[str, Clock] = {clock.name.value: clock for clock in clocks_of(case)}
        for stored in work.clocks.of_case(case_id):
            if stored.met_at is None:
                steps = [step.at for step in self.landlord.steps_of(running[stored.name])]
                coming = [at for at in steps if at > self.now]
                work.clocks.stepped(stored.id, len(steps) - len(coming), min(coming, default=None))


def _lived_through(line: CaseLine, replaying: Replaying, references: Iterator[str]) -> Change | tuple[str, ...]:
    """The case as it is today; or what is wrong: ids that are unknown here, and else the first act refused."""
    unknown = replaying.unknown(line)
    if unknown:
        return unknown
    try:
        return replaying.replay(line, line.reference or next(references))
    except BadInput as error:
        return (str(error),)


def _name_repeats(work: Work, seen: _Seen, mistakes: _Mistakes, newer_than: int = 0) -> None:
    for number in sorted(set(seen.there_already(work, newer_than))):
        mistakes.add(number, "this case is here already; a file is brought in once")


def _same_as(work: Work, person: Person) -> Person | None:
    """The person as known, where name, address and tenure agree; a report counts by the tenure they had."""
    known = [one for one in work.people.at(person.email.casefold()) if one.tenure == person.tenure]
    same = same_person(known, person.name)
    return same if same is not None and same.name else None


def _lines(path: Path, progress: Progress) -> Iterator[tuple[int, bytes]]:
    """Each line that is not blank, with its number. A line too long to hold comes cut off, one byte too long."""
    size = 0
    try:
        if not path.is_file():
            raise BadInput(f"{path} is not a file")
        with path.open("rb") as handle:
            number = 0
            while data := handle.readline(LONGEST_LINE + 1):
                number += 1
                rest = data
                while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
                    rest = handle.readline(LONGEST_LINE + 1)
                    size += len(rest)
                size += len(data)
                if size > LARGEST_FILE:
                    raise BadInput(
                        f"{path} is larger than {LARGEST_FILE // 1_000_000} MB; split it, a case is one line"
                    )
                progress(len(data))
                line = data.removeprefix(b"\xef\xbb\xbf") if number == 1 else data
                if line.strip():
                    yield number, line
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error


def _held(references: set[str], work: Work) -> set[str]:
    return work.imports.held(references)


def _read(data: bytes) -> CaseLine | tuple[str, ...]:
    if len(data) > LONGEST_LINE:
        return (f"is longer than {LONGEST_LINE:,} bytes",)
    return read_line(data)
