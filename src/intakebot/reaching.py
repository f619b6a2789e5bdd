"""Reaching: whether we may write to an address, looked at for everybody who uses it, whatever case a rule was made on.

Every letter passes here: answers, what officers send, what goes out by itself, and each letter again as it leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from intakebot.domain import need_acts, safety
from intakebot.domain.case import Case
from intakebot.domain.disclosure import MayBeTold, may_be_told
from intakebot.domain.message import STAFF_NOTICES, Address, OutboundMessage
from intakebot.domain.needs import barred_ways, way_of
from intakebot.domain.people import Person
from intakebot.domain.safety_records import Death, SafetyRule
from intakebot.domain.working_days import local_date
from intakebot.store.engine import Work

FORBIDDEN = "A rule for somebody's safety says not to write to this address."


class Safety(NamedTuple):
    """What is known for the safety of whoever uses an address."""

    rules: tuple[SafetyRule, ...]
    deaths: tuple[Death, ...]


def safety_at(work: Work, to: Address, users: Sequence[Person]) -> Safety:
    """Read once for a letter what is known for the safety of whoever uses this address; `users` are known at it."""
    return Safety(*work.people.safety_of([person.id for person in users], to.key))


def is_forbidden(
    known: Safety, to: Address, users: Sequence[Person], case: Case | None, today: date, *, by_officer: bool
) -> bool:
    """Whether a safety rule forbids writing to this address, or through anybody who uses it, on this local date.

    `users` are the people known at it, and `known` is `safety_at` it. With `by_officer`, today's overrides count.
    """
    held = (*known.rules, *(case.records.safety_rules if case else ()))
    if not held:
        return False
    theirs = (*users, *(p for p in (case.parties if case else ()) if to.key in p.keys), Person(email=to.email))
    return any(safety.forbidding(held, p, today, by_officer=by_officer, at=to.email) for p in theirs)


def why_not_now(work: Work, message: OutboundMessage, case_id: int | None) -> str:
    """Why a letter that was decided must not leave any more, in a sentence; "" where it may.

    Rules set, deaths told, ways barred and authority ended since then hold at once. What an officer set aside on the
    day they wrote it stays set aside for it.
    """
    if case_id is None or message.purpose in STAFF_NOTICES:
        return ""
    if not any(work.people.is_watched(to, case_id) for to in message.to):
        return ""
    by_officer, decided = message.auto_submitted == "", local_date(message.written_at)
    for to in message.to:
        users = work.people.at(to.key)
        known = safety_at(work, to, users)
        if is_forbidden(known, to, users, None, decided, by_officer=by_officer):
            return FORBIDDEN
        ids = [person.id for person in users]
        needs = work.people.needs(ids) if ids else None
        if needs and any(way_of(to.email) in barred_ways(needs.of(person_id)) for person_id in ids):
            return "They must not be reached this way."
        if known.deaths or work.cases.has_representatives(case_id):
            case = work.cases.get_by_id(case_id)
            if case is not None and not _still_told(case, to, decided, by_officer=by_officer):
                return "The reader has died, or acts for the resident no longer."
    return ""


def _still_party(case: Case, person: Person, today: date, *, by_officer: bool) -> bool:
    """Whether this party to a case lives and may be told anything of it on this local date."""
    if safety.is_dead(case, person):
        return False
    if person.id == case.resident.id:
        return True
    theirs = (r for r in case.representatives if r.person.id == person.id)
    return any(may_be_told(case, r, today, by_officer=by_officer) is not MayBeTold.NOTHING for r in theirs)


def _still_told(case: Case, to: Address, today: date, *, by_officer: bool) -> bool:
    """Whether somebody at this address still is a party; so is whoever is none, for a letter they were sent anyhow."""
    parties = [person for person in case.parties if to.key in person.keys]
    return not parties or any(_still_party(case, person, today, by_officer=by_officer) for person in parties)


def barred(case: Case, person: Person, to: Address) -> bool:
    """Whether this person must not be reached by the way of this address, as they or staff said."""
    return way_of(to.email) in barred_ways(need_acts.known_of(case).of(person.id))
