"""Safety: where and through whom somebody must not be reached, and who has died. Kept with the person.

No automatic letter ever breaks a safety rule. An officer's may, on the one day for which an override says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum

from intakebot.domain.case import Acting, Case, Change, EventType
from intakebot.domain.message import Address
from intakebot.domain.needs import NeedsKnown, barred_ways, way_of, why_not_by_itself
from intakebot.domain.people import Person
from intakebot.domain.phones import phone_key
from intakebot.domain.safety_records import Death, RuleOverride, SafetyRule
from intakebot.domain.wording import long_day
from intakebot.domain.working_days import local_date
from intakebot.errors import Refused

_CLAUSE = "3.6"


def address_key(address: str) -> str:
    """A mail address, telephone number or Telegram chat as safety rules compare it; "" for none.

    >>> address_key("Ama@Tenant.Example"), address_key("07700 900123"), address_key("telegram:42")
    ('ama@tenant.example', 'tel:+447700900123', 'telegram:42')
    """
    phone = phone_key(address.strip().removeprefix("tel:"))
    return f"tel:{phone}" if phone else Address(address).key


def forbidding(
    rules: Iterable[SafetyRule], person: Person, today: date, *, by_officer: bool, at: str = ""
) -> SafetyRule | None:
    """The first rule that forbids writing to this person; with `at`, to this one address only. None where none does."""
    keys = {address_key(at)} if at else person.keys
    for rule in rules:
        theirs = rule.through and rule.through == person.id
        if rule.holds(today, by_officer=by_officer) and (theirs or keys & set(rule.at)):
            return rule
    return None


class Caution(StrEnum):
    """How much a machine may say at an address: anything, a few fixed words that name nothing, or nothing at all."""

    NONE = "none"
    FEW_WORDS = "few_words"
    SILENT = "silent"


def caution_at(
    address: str,
    people: Sequence[Person],
    rules: Iterable[SafetyRule],
    deaths: Iterable[Death],
    known: NeedsKnown,
    today: date,
) -> Caution:
    """How much may be said by itself to somebody who has just written from this address.

    `people` use it; `rules`, `deaths` and `known` are theirs and those of the cases they wrote about. What must not be
    used is silent, whoever writes from it; what a person has still to read or to talk over gets a few words.
    """
    held, way, each = tuple(rules), way_of(address), [known.of(person.id) for person in people]
    theirs = (*people, Person(email=address))
    if any(forbidding(held, person, today, by_officer=False, at=address) for person in theirs):
        return Caution.SILENT
    if any(way in barred_ways(part) for part in each):
        return Caution.SILENT
    dead = {death.person_id for death in deaths if death.withdrawn_on is None}
    if dead & {person.id for person in people} or any(why_not_by_itself(part, way) for part in each):
        return Caution.FEW_WORDS
    return Caution.NONE


def home_forbidden(case: Case, today: date) -> SafetyRule | None:
    """The rule that makes letters to the resident's home unsafe, unless an officer has set it aside for today."""
    return next((r for r in case.records.safety_rules if r.home and r.holds(today, by_officer=True)), None)


def is_dead(case: Case, person: Person) -> bool:
    """Whether we were told that this person of the case has died."""
    return any(d.person_id == person.id and d.withdrawn_on is None for d in case.records.deaths)


def avoid(
    case: Case, person: Person, reason: str, acting: Acting, *,
    through: Person | None = None, at: str = "", home: bool = False,
) -> Change:  # fmt: skip
    """Record how somebody of the case must not be reached. It holds at once, for every letter on every case of theirs.

    Raises `Refused` without a reason, or without anything to avoid. The event says neither reason nor address.
    """
    _of_case(case, person)
    if not reason.strip():
        raise Refused("Say why, so that nobody lifts it by mistake")
    keys = (*sorted(through.keys if through else ()), *filter(None, (address_key(at),)))
    if not (through or keys or home):
        raise Refused("Say through whom, or at which address, they must not be reached")
    rule = SafetyRule(
        _next(case.records.safety_rules, person), person.id, case.reference, reason.strip(), acting.name,
        local_date(acting.now), through.id if through else 0, keys, home,
    )  # fmt: skip
    records = replace(case.records, safety_rules=(*case.records.safety_rules, rule))
    event = acting.event(EventType.SAFETY_RULE_SET, "A rule for somebody's safety says how not to reach them.")
    return Change(replace(case, records=records), (event,))


def override(case: Case, person_id: int, number: int, reason: str, acting: Acting) -> Change:
    """Set a safety rule aside for today's letters of officers, and say why. Raises `Refused` without a reason."""
    rule = _standing(case, person_id, number)
    if not acting.is_person:
        raise Refused("Only a person may set a rule for somebody's safety aside")
    if not reason.strip():
        raise Refused("Say why the rule is broken")
    today = local_date(acting.now)
    changed = replace(rule, overrides=(*rule.overrides, RuleOverride(today, acting.name, reason.strip())))
    said = f"A safety rule was set aside for {long_day(today)}; the reason is with the rule."
    return Change(_with(case, rule, changed), (acting.event(EventType.SAFETY_RULE_OVERRIDDEN, said),))


def end_rule(case: Case, person_id: int, number: int, reason: str, acting: Acting) -> Change:
    """End a safety rule for good, and say why. Raises `Refused` without a reason."""
    rule = _standing(case, person_id, number)
    if not acting.is_person or not reason.strip():
        raise Refused("Say why the rule may end")
    changed = replace(rule, ended_on=local_date(acting.now), ended_why=reason.strip())
    said = "A safety rule was ended; the reason is with the rule."
    return Change(_with(case, rule, changed), (acting.event(EventType.SAFETY_RULE_ENDED, said),))


def record_death(case: Case, person: Person, died_on: date | None, note: str, acting: Acting) -> Change:
    """Somebody of the case has died. From now on no letter is addressed to them, and what they permitted has ended.

    Raises `Refused` without who told us, for a day to come, or where it is recorded already.
    """
    _of_case(case, person)
    today = local_date(acting.now)
    if not note.strip():
        raise Refused("Say who told us, and how")
    if died_on is not None and died_on > today:
        raise Refused("The day lies in the future")
    if is_dead(case, person):
        raise Refused("It is recorded already")
    death = Death(_next(case.records.deaths, person), person.id, case.reference, today, note.strip(), died_on)
    records = replace(case.records, deaths=(*case.records.deaths, death))
    who = "The resident" if person.id == case.resident.id else "A representative"
    said = f"{who} has died. No letter is addressed to them."
    return Change(replace(case, records=records), (acting.event(EventType.DEATH_RECORDED, said),))


def take_back_death(case: Case, person: Person, reason: str, acting: Acting) -> Change:
    """It was recorded by mistake that somebody had died. Raises `Refused` without the reason, or where nothing was."""
    if not is_dead(case, person) or not reason.strip():
        raise Refused("Say why it was wrong; it must be on the record")
    today = local_date(acting.now)
    deaths = tuple(
        replace(d, withdrawn_on=today, withdrawn_why=reason.strip())
        if d.person_id == person.id and d.withdrawn_on is None
        else d
        for d in case.records.deaths
    )
    said = "It was wrong that somebody had died; the reason is with that record."
    changed = replace(case, records=replace(case.records, deaths=deaths))
    return Change(changed, (acting.event(EventType.DEATH_RECORDED, said),))


def _of_case(case: Case, person: Person) -> None:
    if person.id not in [p.id for p in case.parties]:
        raise Refused("That person is not on this case", _CLAUSE)


def _standing(case: Case, person_id: int, number: int) -> SafetyRule:
    found = (r for r in case.records.safety_rules if (r.person_id, r.number) == (person_id, number))
    rule = next((r for r in found if r.ended_on is None), None)
    if rule is None:
        raise Refused("That rule is not in force")
    return rule


def _with(case: Case, was: SafetyRule, now: SafetyRule) -> Case:
    rules = tuple(now if held is was else held for held in case.records.safety_rules)
    return replace(case, records=replace(case.records, safety_rules=rules))


def _next(held: Iterable[SafetyRule | Death], person: Person) -> int:
    return 1 + max((record.number for record in held if record.person_id == person.id), default=0)
