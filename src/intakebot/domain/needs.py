"""Needs: which formats somebody needs and how they may be reached, kept with the person and obeyed on every case.

Values and rules, no I/O. What a person told us is never dropped: it joins what is known, and only staff end it,
with a reason. No format stops a clock of the Code (Equality Act 2010 s.20(6); Code 5.10; accessibility.md 3, 4).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from intakebot.domain.labels import Need
from intakebot.domain.wording import plain

SMALLEST_PT: Final = 16
LARGEST_PT: Final = 28
"""The sizes of large print, in points: 16 is the smallest that counts as such (UKAAF), 28 the largest made here."""
_MOST_TELLINGS: Final = 20


class Contact(StrEnum):
    """A way to reach somebody."""

    EMAIL = "email"
    PHONE = "phone"
    TEXT = "text"
    RELAY_UK = "relay_uk"
    TELEGRAM = "telegram"
    POST = "post"


class Source(StrEnum):
    """How we know a need: said outright where a channel asks, read out of their words, or written down by staff."""

    SAID = "said"
    READ = "read"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Telling:
    """One occasion on which something was told: when, by which channel, on which case, by whom, in which words.

    `by` is "resident", "representative", or the name of the member of staff who wrote it down.
    """

    at: datetime
    channel: str
    reference: str
    source: Source
    by: str
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PersonNeed:
    """A format or way of contact somebody needs, on every case of theirs, since its first telling.

    `print_pt` is the size of large print in points, 0 where they gave none; `language` the one an interpreter is
    needed for, "" where not known. `ended_on` is the local date staff ended it, `ended_why` their reason, and
    `mistaken` whether it had never been so.
    """

    number: int
    person_id: int
    need: Need
    tellings: tuple[Telling, ...]
    print_pt: int = 0
    language: str = ""
    review_on: date | None = None
    ended_on: date | None = None
    ended_by: str = ""
    ended_why: str = ""
    mistaken: bool = False

    @property
    def since(self) -> datetime:
        """When it was first told."""
        return self.tellings[0].at

    @property
    def reference(self) -> str:
        """The case it was first told on."""
        return self.tellings[0].reference

    @property
    def words(self) -> tuple[str, ...]:
        """The words it was told in, each once."""
        return tuple(dict.fromkeys(telling.words for telling in self.tellings if telling.words))

    @property
    def certain(self) -> bool:
        """Whether somebody said it outright or staff wrote it down: it is not only read out of their words."""
        return any(telling.source is not Source.READ for telling in self.tellings)


@dataclass(frozen=True, slots=True)
class ContactRule:
    """How somebody wishes to be reached and what is safe. `avoid` is in their words, so a person must read it.

    `barred` are ways never to be used, which only staff set: all of them means that we do not contact the person.
    """

    number: int
    person_id: int
    telling: Telling
    prefers: Contact | None = None
    safe_times: str = field(default="", repr=False)
    avoid: str = field(default="", repr=False)
    barred: tuple[Contact, ...] = ()
    review_on: date | None = None
    ended_on: date | None = None
    ended_by: str = ""
    ended_why: str = ""

    @property
    def reference(self) -> str:
        """The case it was told on."""
        return self.telling.reference

    @property
    def unread(self) -> bool:
        """Whether it says what to avoid and no member of staff has settled yet what that means."""
        return bool(self.avoid) and self.telling.source is not Source.STAFF


@dataclass(frozen=True, slots=True)
class NeedTold:
    """A need as it is told now, before it joins what is known."""

    need: Need
    source: Source
    words: str = field(default="", repr=False)
    print_pt: int = 0
    language: str = ""


class FormatKind(StrEnum):
    """What a person makes or does so that a letter reaches its reader. Large print is none: the machine makes it."""

    BRAILLE = "braille"
    AUDIO = "audio"
    EASY_READ = "easy_read"
    BSL = "bsl"
    INTERPRETER = "interpreter"
    PHONE_CALL = "phone_call"
    SAFE_CONTACT = "safe_contact"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FormatTask:
    """Something a person makes or does so that letters on a case reach their reader; no clock of the Code waits for it.

    `letters` are those it is for, by purpose, in order. `due_on` is a local date. `note` says how it was done.
    """

    number: int
    person_id: int
    kind: FormatKind
    letters: tuple[str, ...]
    asked_at: datetime
    due_on: date
    done_at: datetime | None = None
    done_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class FormatRules:
    """The landlord's choices: working days for a format and for a safe way to reach somebody, and the usual size.

    `print_pt` is for people who need large print and gave no size, in points.
    """

    days: int = 5
    safe_contact_days: int = 1
    print_pt: int = 18


@dataclass(frozen=True, slots=True)
class NeedsKnown:
    """What is known of the needs of some people, in force and ended."""

    needs: tuple[PersonNeed, ...] = ()
    rules: tuple[ContactRule, ...] = ()

    def of(self, person_id: int) -> NeedsKnown:
        """The part of it that is one person's, as far as it is in force."""
        return NeedsKnown(
            tuple(need for need in self.needs if need.person_id == person_id and need.ended_on is None),
            tuple(rule for rule in self.rules if rule.person_id == person_id and rule.ended_on is None),
        )

    def among(self, person_ids: Collection[int]) -> NeedsKnown:
        """The part of it that is theirs, in force and ended."""
        if not (self.needs or self.rules):
            return self
        return NeedsKnown(
            tuple(need for need in self.needs if need.person_id in person_ids),
            tuple(rule for rule in self.rules if rule.person_id in person_ids),
        )

    def joined_with(self, other: NeedsKnown) -> NeedsKnown:
        """Both; where both have a record, that of `self`."""
        if not (other.needs or other.rules):
            return self
        needs = {(n.person_id, n.number) for n in self.needs}
        rules = {(r.person_id, r.number) for r in self.rules}
        return NeedsKnown(
            (*self.needs, *(n for n in other.needs if (n.person_id, n.number) not in needs)),
            (*self.rules, *(r for r in other.rules if (r.person_id, r.number) not in rules)),
        )


NOTHING_KNOWN: Final = NeedsKnown()

_TASKS: Final = {
    Need.BRAILLE: FormatKind.BRAILLE,
    Need.AUDIO: FormatKind.AUDIO,
    Need.EASY_READ: FormatKind.EASY_READ,
    Need.BSL: FormatKind.BSL,
    Need.INTERPRETER: FormatKind.INTERPRETER,
    Need.PHONE_ONLY: FormatKind.PHONE_CALL,
}
_EVERY_WAY: Final = r"any ?way|any ?thing|every ?thing|at all|do not contact|don.?t contact|never contact|writ"
_NAMED: Final = {
    Contact.EMAIL: re.compile(rf"mail|inbox|online|internet|computer|laptop|account|messag|{_EVERY_WAY}", re.I),
    Contact.TELEGRAM: re.compile(rf"telegram|chat|phone|mobile|\bapp|messag|{_EVERY_WAY}", re.I),
}
"""Words that may be about a way of contact. They only ever hold a message back."""


def way_of(address: str) -> Contact:
    """The way an address is reached by.

    >>> way_of("telegram:42"), way_of("tel:+447700900123"), way_of("ama@tenant.example")
    (<Contact.TELEGRAM: 'telegram'>, <Contact.PHONE: 'phone'>, <Contact.EMAIL: 'email'>)
    """
    scheme = address.strip().casefold().partition(":")[0]
    return {"telegram": Contact.TELEGRAM, "tel": Contact.PHONE}.get(scheme, Contact.EMAIL)


def print_size(points: int) -> int:
    """A size of large print within what is made here, in points; 0 stays 0.

    >>> print_size(0), print_size(12), print_size(24), print_size(72)
    (0, 16, 24, 28)
    """
    return min(max(points, SMALLEST_PT), LARGEST_PT) if points > 0 else 0


def join_need(
    held: Sequence[PersonNeed], person_id: int, told: NeedTold, telling: Telling
) -> tuple[tuple[PersonNeed, ...], str]:
    """What is known once somebody has told of a need, and what is new in it as a part of a sentence, "" for nothing.

    `held` are the person's records, also the ended ones. The newest size and language count. What was only read out
    of their words, and staff have ended as a mistake, is not kept again, and that is said.
    """
    telling, name = replace(telling, source=told.source, words=told.words), plain(told.need)
    mine = [need for need in held if need.person_id == person_id]
    found = next((need for need in mine if need.need is told.need and need.ended_on is None), None)
    if found is None:
        wrong = next((need for need in reversed(mine) if need.need is told.need and need.mistaken), None)
        if wrong is not None and told.source is Source.READ:
            return tuple(held), f"not {name}, which {wrong.ended_by} ended as a mistake"
        number = 1 + max((need.number for need in mine), default=0)
        new = PersonNeed(number, person_id, told.need, (telling,), print_size(told.print_pt), told.language)
        return (*held, new), _described(new)
    size, language = print_size(told.print_pt) or found.print_pt, told.language or found.language
    same = (size, language) == (found.print_pt, found.language)
    known = not told.words or told.words in found.words or len(found.tellings) >= _MOST_TELLINGS
    surer = told.source is not Source.READ and not found.certain
    if same and not surer and (known or (told.source is Source.READ and found.certain)):
        return tuple(held), ""
    again = replace(found, tellings=(*found.tellings, telling), print_pt=size, language=language)
    return tuple(again if need is found else need for need in held), _described(again)


def join_rule(
    held: Sequence[ContactRule], person_id: int, prefers: Contact | None, avoid: str, telling: Telling
) -> tuple[ContactRule, ...]:
    """The rules once somebody has told how to reach them and what to avoid. What is in force already is not repeated.

    Nothing that was told before ends by it: of several wishes the newest counts, and every warning stands.
    """
    mine = [rule for rule in held if rule.person_id == person_id]
    in_force = [rule for rule in mine if rule.ended_on is None]
    wish = next((rule.prefers for rule in reversed(in_force) if rule.prefers), None)
    if (not avoid or any(rule.avoid == avoid for rule in in_force)) and prefers in (None, wish):
        return tuple(held)
    number = 1 + max((rule.number for rule in mine), default=0)
    return (*held, ContactRule(number, person_id, telling, prefers, avoid=avoid))


def barred_ways(known: NeedsKnown) -> frozenset[Contact]:
    """The ways one person must not be reached by; `known` is what is in force of theirs."""
    barred = {way for rule in known.rules for way in rule.barred}
    if any(need.need is Need.WRITTEN_ONLY for need in known.needs):
        barred.add(Contact.PHONE)
    return frozenset(barred)


def prefers(known: NeedsKnown) -> Contact | None:
    """How one person likes to be reached, as they said last; None where they did not."""
    return next((rule.prefers for rule in reversed(known.rules) if rule.prefers), None)


def why_not_by_itself(known: NeedsKnown, way: Contact) -> str:
    """Why no automatic message may go to somebody this way, "" where one may; `known` is what is in force of theirs.

    A warning in their own words that staff have not read yet holds everything back, but for the way they asked for
    in the same breath, where the warning cannot be about that.
    """
    if way in barred_ways(known):
        return f"It is not safe, or not wished, to reach them by {plain(way)}; reach the person another way."
    for rule in known.rules:
        if not rule.unread:
            continue
        named = _NAMED.get(way)
        if rule.prefers is not way or named is None or named.search(rule.avoid):
            return "They said what to avoid in reaching them; a person must read that first."
    return ""


def size_of(known: NeedsKnown, usual: int) -> int:
    """The size of one person's letters in points, 0 for ordinary print; `usual` is for those who gave no size."""
    needed = next((need for need in known.needs if need.need is Need.LARGE_PRINT), None)
    return print_size(needed.print_pt or usual) if needed else 0


def formats_owed(known: NeedsKnown) -> tuple[FormatKind, ...]:
    """What a person must make or do for each letter to somebody; `known` is what is in force of theirs.

    Who can only be told by phone, and must not be rung, needs somebody to find a safe way.
    """
    kinds = [_TASKS[need.need] for need in known.needs if need.need in _TASKS]
    if any(need.need is Need.OTHER and need.certain for need in known.needs):
        kinds.append(FormatKind.OTHER)
    if Contact.PHONE in barred_ways(known):
        kinds = [FormatKind.SAFE_CONTACT if kind is FormatKind.PHONE_CALL else kind for kind in kinds]
    return tuple(dict.fromkeys(kinds))


def contradict(known: NeedsKnown) -> bool:
    """Whether one person's needs cannot both be kept, so that somebody must ask them."""
    needs = {need.need for need in known.needs}
    wish = prefers(known)
    return {Need.WRITTEN_ONLY, Need.PHONE_ONLY} <= needs or (wish is not None and wish in barred_ways(known))


def owe(
    tasks: Sequence[FormatTask], person_id: int, kinds: Iterable[FormatKind], letter: str, now: datetime, due_on: date
) -> tuple[FormatTask, ...]:
    """The tasks of a case once a letter to somebody is decided. A letter joins a task that still waits, and its date.

    A letter is named once in a task, however often it goes.
    """
    held = list(tasks)
    for kind in kinds:
        waiting = next(
            (n for n, t in enumerate(held) if (t.person_id, t.kind) == (person_id, kind) and t.done_at is None), -1
        )
        if waiting < 0:
            number = 1 + max((task.number for task in held), default=0)
            held.append(FormatTask(number, person_id, kind, (letter,), now, due_on))
        elif letter not in held[waiting].letters:
            held[waiting] = replace(held[waiting], letters=(*held[waiting].letters, letter))
    return tuple(held)


def _described(need: PersonNeed) -> str:
    """A need as part of a sentence: "large print (18 point)"."""
    detail = f" ({need.print_pt} point)" if need.print_pt and need.need is Need.LARGE_PRINT else ""
    return f"{plain(need.need)}{detail}"
