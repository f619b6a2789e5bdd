"""Needs: the banner on every case of what its people need, since when and in whose words, and how to reach them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from intakebot.domain.case import Case
from intakebot.domain.labels import Need
from intakebot.domain.need_acts import known_of, untold
from intakebot.domain.needs import (
    Contact,
    NeedsKnown,
    PersonNeed,
    Source,
    Telling,
    barred_ways,
    contradict,
    prefers,
)
from intakebot.domain.people import Person
from intakebot.domain.ringing import to_dial
from intakebot.domain.working_days import local_date
from intakebot.web import words


@dataclass(frozen=True, slots=True)
class NeedShown:
    """One line of the banner: what is needed, in whose words, and where we know it from; `links` lead to acts on it."""

    what: str
    words: tuple[str, ...]
    told: str
    link: str


@dataclass(frozen=True, slots=True)
class Banner:
    """What one person of a case needs and how they may be reached. `press` are lines nobody may overlook."""

    who: str
    press: tuple[str, ...]
    needs: tuple[NeedShown, ...]
    contact: tuple[tuple[str, str], ...]


def banners(case: Case) -> tuple[Banner, ...]:
    """What the people of a case need, each who needs anything."""
    known = known_of(case)
    people = [("This person", case.resident), *(("The representative", r.person) for r in case.representatives)]
    found = (_banner(case, who, person, known.of(person.id)) for who, person in people)
    return tuple(banner for banner in found if banner.press or banner.needs or banner.contact)


def _banner(case: Case, who: str, person: Person, known: NeedsKnown) -> Banner:
    needs = [_need(case, person, need) for need in known.needs]
    if person is case.resident:
        needs += [
            NeedShown(_named(case, person, Need(tag.label)), tag.evidence[:1], "on this case only", "")
            for tag in untold(case)
            if tag.label in set(Need)
        ]
    return Banner(who, tuple(_pressing(known)), tuple(needs), tuple(_contact(known)))


def _pressing(known: NeedsKnown) -> Iterator[str]:
    barred = barred_ways(known)
    if barred == frozenset(Contact):
        yield "Do not contact this person in any way."
    elif barred:
        ways = ", ".join(words.inside(words.CONTACTS[way]) for way in Contact if way in barred)
        yield f"Never use: {ways}."
    if any(rule.unread for rule in known.rules):
        yield "They said what to avoid. Nothing goes by itself until somebody has read it and settled what is safe."
    if contradict(known):
        yield "What they told us does not fit together: ask them, in a safe way."


def _named(case: Case, person: Person, need: Need) -> str:
    """A need in words; of Relay UK with what to dial."""
    dialled = to_dial(case, person) if need is Need.RELAY_UK else ""
    return f"{words.NEEDS[need]}: ring back on {dialled}" if dialled else words.NEEDS[need]


def _need(case: Case, person: Person, need: PersonNeed) -> NeedShown:
    what = _named(case, person, need.need)
    if need.need is Need.LARGE_PRINT and need.print_pt:
        what = f"{what}, {need.print_pt} point"
    if need.need is Need.INTERPRETER and words.language(need.language):
        what = f"{what}: {words.language(need.language)}"
    elif need.need is Need.INTERPRETER and need.language:
        what = f"{what}: {need.language}"
    link = f"do/end_need?need={need.person_id}.{need.number}"
    return NeedShown(what, need.words[-2:], _told(need.tellings[0], case), link)


def _told(telling: Telling, case: Case) -> str:
    """Since when we know it, and from whom."""
    where = "" if telling.reference == case.reference else f", on {telling.reference}"
    channel = f" by {words.channel(telling.channel)}" if telling.channel else ""
    who = {
        Source.SAID: f"said by the {telling.by}{channel}",
        Source.READ: f"read in the {telling.by}’s words{channel}",
        Source.STAFF: f"written down by {telling.by}",
    }[telling.source]
    day = local_date(telling.at)
    return f"{who}{where}, since {day.day} {day:%B %Y}"


def _contact(known: NeedsKnown) -> Iterator[tuple[str, str]]:
    wish = prefers(known)
    if wish is not None:
        yield "Likes to be reached by", words.inside(words.CONTACTS[wish])
    for rule in known.rules:
        if rule.safe_times:
            yield "Safe times", rule.safe_times
        if rule.avoid:
            yield "To avoid", rule.avoid
