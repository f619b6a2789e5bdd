"""Importing: cases of an older system come in from a file, all of them or none, each with its history.

A file is read twice: once to find every mistake in it, and only if there is none a second time to keep its cases
in one transaction. Nobody is written to: no letter goes out, and of a clock that runs only what is still to come
is told.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
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
from intakebot.taking import Roster

K = TypeVar("K")
LARGEST_FILE = 200_000_000
LONGEST_LINE = 1_000_000
_MOST_SHOWN = 1000
_DRAWN_AT_ONCE = 200
_UNSAVED = "UNSAVED"

Progress = Callable[[int], None]
"""Told how many bytes more have been read."""


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

    def there_already(self, work: Work) -> Iterator[int]:
        """The lines whose cases are in the store."""
        for reference in work.imports.held(self.references):
            yield self.references[reference]
        if self.first is not None and self.last is not None:
            for known in work.imports.received(self.first, self.last):
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

    def bring_in(self, path: Path, progress: Progress = lambda _: None) -> Imported:
        """Bring in every case of a file. Raises BadInput that names every mistake in it; then nothing is kept.

        The file is read twice, and `progress` is told of both readings.
        """
        officers = self.store.read_now(lambda work: work.officers.all())
        replaying = Replaying(self.landlord, {o.email.lower(): o for o in officers}, self.by, self.now)
        seen = self._check(path, replaying, progress)
        return self.store.write_now(lambda work: self._keep_all(work, path, replaying, seen, progress))

    def _check(self, path: Path, replaying: Replaying, progress: Progress) -> _Seen:
        """Find every mistake; raise them together. Returns the cases of the file."""
        mistakes, seen, cases = _Mistakes(path), _Seen(), 0
        for number, data in _lines(path, progress):
            cases += 1
            line = _read(data)
            if not isinstance(line, CaseLine):
                for sentence in line:
                    mistakes.add(number, sentence)
                continue
            for sentence in _lived_through(line, replaying):
                mistakes.add(number, sentence)
            earlier = seen.add(line, number)
            if earlier is not None:
                mistakes.add(number, f"is the same case as line {earlier}")
        if not cases:
            raise BadInput(f"{path} holds no cases")
        self.store.read_now(lambda work: _name_repeats(work, seen, mistakes))
        mistakes.raise_any()
        return seen

    def _keep_all(self, work: Work, path: Path, replaying: Replaying, seen: _Seen, progress: Progress) -> Imported:
        """The transaction. Everything is checked again: the file or the store may have changed meanwhile."""
        work.one_at_a_time("import")
        mistakes = _Mistakes(path)
        _name_repeats(work, seen, mistakes)
        mistakes.raise_any()
        roster, references = Roster(lambda: self.now), self._references(work, seen)
        cases, still_open, overdue = 0, 0, 0
        for number, data in _lines(path, progress):
            line = _read(data)
            if not isinstance(line, CaseLine):
                raise BadInput(f"{path} was changed while it was read; nothing was brought in")
            try:
                change = replaying.replay(line, line.reference or next(references))
            except BadInput as error:
                raise BadInput(f"{path}: line {number}: {error}") from error
            kept = self._keep(work, line, change, roster)
            cases += 1
            still_open += kept.open
            overdue += any(clock.met_at is None and clock.due_at <= self.now for clock in clocks_of(kept))
        return Imported(cases, still_open, overdue)

    def _references(self, work: Work, seen: _Seen) -> Iterator[str]:
        """References that no case has, nor any line of the file."""
        drawn = set(seen.references)
        while True:
            batch = {make_reference(self.landlord.prefix, secrets.randbelow) for _ in range(_DRAWN_AT_ONCE)} - drawn
            drawn |= batch
            yield from batch - work.imports.held(batch)

    def _keep(self, work: Work, line: CaseLine, change: Change, roster: Roster) -> Case:
        case, events = replace(change.case, resident=_resident(work, change.case.resident)), change.events
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


def _lived_through(line: CaseLine, replaying: Replaying) -> tuple[str, ...]:
    """What is wrong with a line whose shape is right: ids that are unknown here, and else the first act refused."""
    unknown = replaying.unknown(line)
    if unknown:
        return unknown
    try:
        replaying.replay(line, line.reference or _UNSAVED)
    except BadInput as error:
        return (str(error),)
    return ()


def _name_repeats(work: Work, seen: _Seen, mistakes: _Mistakes) -> None:
    for number in sorted(set(seen.there_already(work))):
        mistakes.add(number, "this case is here already; a file is brought in once")


def _resident(work: Work, person: Person) -> Person:
    """The person as known, where name, address and tenure agree; a report counts by the tenure they had."""
    known = [one for one in work.people.at(person.email.casefold()) if one.tenure == person.tenure]
    same = same_person(known, person.name)
    return same if same is not None and same.name else work.people.add(person)


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


def _read(data: bytes) -> CaseLine | tuple[str, ...]:
    if len(data) > LONGEST_LINE:
        return (f"is longer than {LONGEST_LINE:,} bytes",)
    return read_line(data)
