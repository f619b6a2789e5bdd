"""Disclosure: who may be told what of a case, and so to whom its letters go (Code 1.3, 3.6; accessibility.md 6).

Without authority nobody is told anything of a case but what they wrote themselves, and that we need authority.
Authority is looked at on the day a letter is written, not on the day it was recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from intakebot.domain import safety
from intakebot.domain.case import Case, TagType
from intakebot.domain.labels import Flag
from intakebot.domain.message import Purpose
from intakebot.domain.people import ENDED_AUTHORITY, Authority, Person, Representative
from intakebot.domain.representation import authority_on
from intakebot.domain.wording import long_day, plain

BEFORE_AUTHORITY: Final = frozenset({Purpose.RECEIPT, Purpose.ACKNOWLEDGEMENT, Purpose.ADDED, Purpose.CHOICE})
"""Letters that say nothing but what the only one who wrote has told us, and what happens with it."""
_NEVER_COPIED: Final = frozenset({Flag.SAFEGUARDING, Flag.DOMESTIC_ABUSE})


class MayBeTold(StrEnum):
    """What somebody may be told: nothing, what they wrote themselves with a request for authority, or the case."""

    NOTHING = "nothing"
    OWN_WORDS = "own_words"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class Correspondents:
    """To whom a letter goes: each of `to`, and each of `copies` with a word that it is one. Both empty for nobody."""

    to: tuple[Person, ...] = ()
    copies: tuple[Person, ...] = ()


def may_be_told(case: Case, representative: Representative, today: date, *, by_officer: bool = False) -> MayBeTold:
    """What a representative may be told on this local date; with `by_officer`, today's overrides count.

    A limited authority covers a case only where every category of it is among its topics: a letter says it all.
    """
    rules, person = case.records.safety_rules, representative.person
    if safety.is_dead(case, person) or safety.forbidding(rules, person, today, by_officer=by_officer):
        return MayBeTold.NOTHING
    match authority_on(case, representative, today):
        case Authority.GIVEN:
            return MayBeTold.CASE
        case Authority.LIMITED:
            about = set(case.labels(TagType.CATEGORY))
            return MayBeTold.CASE if about and about <= set(representative.topics) else MayBeTold.OWN_WORDS
        case Authority.PENDING:
            return MayBeTold.OWN_WORDS
        case _:
            return MayBeTold.NOTHING


def correspondents(
    case: Case, purpose: Purpose, today: date, wrote_it_all: str = "", *, by_officer: bool = True
) -> Correspondents:
    """To whom a letter of this purpose goes on this local date.

    Representatives who may be told of the case get its letters, and by choice the resident a copy. Before that,
    only the first answers go to a representative, and only to one who wrote everything there is: `wrote_it_all`
    is the key of the address all messages came from, "" where they came from several. Else the resident gets
    them; and where the resident has died, nobody.
    """
    told = {r.number: may_be_told(case, r, today, by_officer=by_officer) for r in case.representatives}
    acting = [r for r in case.representatives if r.letters and told[r.number] is MayBeTold.CASE]
    dead = safety.is_dead(case, case.resident)
    if purpose is Purpose.AUTHORITY_REQUEST:
        return Correspondents(tuple(r.person for r in case.representatives if _is_asked(case, r, today, told)))
    if acting:
        wanted = any(r.copy_to_resident for r in acting) and not dead and may_copy(case)
        return Correspondents(tuple(r.person for r in acting), (case.resident,) if wanted else ())
    if purpose in BEFORE_AUTHORITY and wrote_it_all:
        for one in case.representatives:
            if told[one.number] is MayBeTold.OWN_WORDS and wrote_it_all in one.person.keys:
                return Correspondents((one.person,))
    return Correspondents() if dead else Correspondents((case.resident,))


def _is_asked(case: Case, one: Representative, today: date, told: Mapping[int, MayBeTold]) -> bool:
    return told[one.number] is MayBeTold.OWN_WORDS and authority_on(case, one, today) is Authority.PENDING


def may_copy(case: Case) -> bool:
    """Whether a letter may be copied by itself: never where somebody may be at risk from whoever reads it."""
    at_risk = _NEVER_COPIED & set(case.labels(TagType.FLAG))
    return not at_risk and all(rule.ended_on is not None for rule in case.records.safety_rules)


def is_party(case: Case, representative: Representative, today: date) -> bool:
    """Whether what they send is answered at all: not once their authority is refused, withdrawn or expired, nor from
    the address of one who has died."""
    ended = authority_on(case, representative, today) in ENDED_AUTHORITY
    return not ended and not safety.is_dead(case, representative.person)


def may_follow(case: Case, today: date) -> tuple[Person, ...]:
    """Who has a status page of their own: the resident, and each representative who may be told anything that day."""
    told = (r.person for r in case.representatives if may_be_told(case, r, today) is not MayBeTold.NOTHING)
    return (case.resident, *told)


def who_may_be_told(case: Case, today: date) -> str:
    """Who may be told what of the case on this local date, in one line for staff."""
    to = correspondents(case, Purpose.REPLY, today)
    names = " and ".join(_called(case, person) for person in to.to) or "nobody: the resident has died"
    copy = ", with a copy to the resident" if to.copies else ""
    parts = [f"Letters go to {names}{copy}."]
    for one in case.representatives:
        told = may_be_told(case, one, today)
        state = plain(authority_on(case, one, today))
        until = f" until {long_day(one.expires_on)}" if one.expires_on and told is MayBeTold.CASE else ""
        topics = f", for {', '.join(plain(t) for t in one.topics)}" if one.topics else ""
        parts.append(f"{_called(case, one.person)} {_TOLD[told]} (authority {state}{topics}{until}).")
    if any(rule.ended_on is None for rule in case.records.safety_rules):
        parts.append("A rule for somebody’s safety says how not to reach them.")
    return " ".join(parts)


_TOLD: Final = {
    MayBeTold.NOTHING: "must be told nothing",
    MayBeTold.OWN_WORDS: "may be told only what they wrote themselves",
    MayBeTold.CASE: "may be told everything about this case",
}


def _called(case: Case, person: Person) -> str:
    if person.id == case.resident.id:
        return "the resident"
    return person.name or person.email or "a representative not named"
