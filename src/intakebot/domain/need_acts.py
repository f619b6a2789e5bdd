"""Acts on needs: a case takes in what its people told, staff record and end it, and formats are owed and made.

Acts as in `complaints`: a case in, a changed case with its events out. The events say which need, never in whose
words; what somebody must avoid is said in no event. None of this ever stops intake, a letter of the Code or a clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from intakebot.domain.case import SYSTEM, Acting, Case, CaseTag, Change, Event, EventType, TagType
from intakebot.domain.labels import Classification, Need
from intakebot.domain.message import NormalisedMessage
from intakebot.domain.needs import (
    Contact,
    ContactRule,
    FormatKind,
    FormatRules,
    NeedsKnown,
    NeedTold,
    PersonNeed,
    Source,
    Telling,
    formats_owed,
    join_need,
    join_rule,
    owe,
)
from intakebot.domain.people import ENDED_AUTHORITY, Person
from intakebot.domain.phones import RELAY_CHANNELS
from intakebot.domain.wording import long_day, plain
from intakebot.domain.working_days import WorkingCalendar, local_date
from intakebot.errors import Refused

CLAUSE: Final = "5.10"
RESIDENT, REPRESENTATIVE = "resident", "representative"
_NO_LANGUAGE: Final = ("", "en", "und")


@dataclass(frozen=True, slots=True)
class NeedsTold:
    """What one message says of needs and of how to reach its people. `avoid` is in their words.

    `own` is what its writer needs, whoever the message is about: who rings through Relay UK is rung back so.
    """

    needs: tuple[NeedTold, ...] = ()
    prefers: Contact | None = None
    avoid: str = ""
    own: NeedTold | None = None

    @property
    def nothing(self) -> bool:
        """Whether it says nothing of the sort, as most messages do."""
        return not (self.needs or self.prefers or self.avoid or self.own)


NOTHING_TOLD: Final = NeedsTold()


def told_in(message: NormalisedMessage, classification: Classification) -> NeedsTold:
    """What a message tells: first what was said outright where its channel asks, then what was read in its words."""
    declared, own = message.declared, None
    if message.channel in RELAY_CHANNELS:
        own = NeedTold(Need.RELAY_UK, Source.SAID)
    if declared is None and own is None and not classification.needs:
        return NOTHING_TOLD
    language = "" if classification.language in _NO_LANGUAGE else classification.language
    needs: list[NeedTold] = []
    if declared is not None:
        asked = list(declared.needs)
        if declared.print_pt and Need.LARGE_PRINT not in asked:
            asked.append(Need.LARGE_PRINT)
        if declared.needs_note.strip() and not asked and own is not None:
            own = replace(own, words=declared.needs_note.strip())
        elif declared.needs_note.strip() and not asked:
            asked.append(Need.OTHER)
        needs += [_told(need, Source.SAID, declared.needs_note, declared.print_pt, language) for need in asked]
    outright = {told.need for told in (*needs, *([own] if own else ()))}
    known = {need.value for need in Need}
    needs += [
        _told(Need(tag.label), Source.READ, "; ".join(tag.evidence), 0, language)
        for tag in classification.needs
        if tag.label in known and tag.label not in outright  # a classifier from outside may have labels of its own
    ]
    if declared is None:
        return NeedsTold(tuple(needs), own=own)
    wish = declared.prefers if declared.prefers in {way.value for way in Contact} else ""
    return NeedsTold(tuple(needs), Contact(wish) if wish else None, declared.safe_contact.strip(), own)


def _told(need: Need, source: Source, words: str, print_pt: int, language: str) -> NeedTold:
    return NeedTold(
        need,
        source,
        words.strip(),
        print_pt if need is Need.LARGE_PRINT else 0,
        language if need is Need.INTERPRETER else "",
    )


def known_of(case: Case) -> NeedsKnown:
    """Everything recorded of the needs of the people on a case, in force and ended."""
    return NeedsKnown(case.records.needs, case.records.contact_rules)


def tell(case: Case, told: NeedsTold, writer: Person | None, at: datetime, channel: str, now: datetime) -> Change:
    """Keep what a message tells with the people of its case; `writer` is who wrote it, None where not one of them.

    Formats are the resident's, who the case is about. How to be reached is the writer's own, and so is a call through
    Relay UK: a representative's says nothing of how the resident rings. What to avoid holds for everybody on the case,
    until staff have read it. What somebody else tells is kept with nobody, and said.
    """
    if told.nothing:
        return Change(case, ())
    if writer is None or _has_ended(case, writer):
        why = "Needs were told by somebody who is not known to be on this case. Record them if they are true."
        return Change(case, (Event(now, SYSTEM, EventType.NEEDS_NOT_KEPT, why),))
    resident = case.resident
    by = RESIDENT if writer.id == resident.id else REPRESENTATIVE
    telling = Telling(at, channel, case.reference, Source.SAID, by)
    needs, said = case.records.needs, []
    for each in told.needs:
        needs, new = join_need(needs, resident.id, each, telling)
        said.append(new)
    events = []
    if any(said):
        words = "; ".join(part for part in said if part)
        events.append(Event(now, SYSTEM, EventType.NEEDS_TOLD, f"Kept with the resident: {words}."))
    if told.own:
        needs, new = join_need(needs, writer.id, told.own, telling)
        if new:
            events.append(Event(now, SYSTEM, EventType.NEEDS_TOLD, f"Kept with the {by}: {new}."))
    rules = join_rule(case.records.contact_rules, writer.id, told.prefers, told.avoid, telling)
    for other in case.parties if told.avoid else ():
        if other.id != writer.id and not _has_ended(case, other):
            rules = join_rule(rules, other.id, None, told.avoid, telling)
    if rules != case.records.contact_rules:
        events.append(Event(now, SYSTEM, EventType.CONTACT_TOLD, _contact_said(told)))
    records = replace(case.records, needs=needs, contact_rules=rules)
    return Change(replace(case, records=records), tuple(events))


def _contact_said(told: NeedsTold) -> str:
    wish = f" They like to be reached by {plain(told.prefers)}." if told.prefers else ""
    avoid = " They said what to avoid; a person must read it before anything goes by itself." if told.avoid else ""
    return f"They said how to reach them.{wish}{avoid}"


def _has_ended(case: Case, person: Person) -> bool:
    return any(r.person.id == person.id and r.authority in ENDED_AUTHORITY for r in case.representatives)


def owe_formats(
    case: Case, reader: Person, letter: str, calendar: WorkingCalendar, rules: FormatRules, now: datetime
) -> Change:
    """A letter to one of the people is decided: whatever a person must make of it is a task with a due date."""
    return _owe(case, reader, formats_owed(known_of(case).of(reader.id)), letter, calendar, rules, now)


def owe_safe_contact(
    case: Case, reader: Person, letter: str, calendar: WorkingCalendar, rules: FormatRules, now: datetime
) -> Change:
    """A letter did not go because of how somebody may be reached: a person must tell them another way."""
    return _owe(case, reader, (FormatKind.SAFE_CONTACT,), letter, calendar, rules, now)


def _owe(
    case: Case,
    reader: Person,
    kinds: tuple[FormatKind, ...],
    letter: str,
    calendar: WorkingCalendar,
    rules: FormatRules,
    now: datetime,
) -> Change:
    tasks, events = case.records.format_tasks, []
    for kind in kinds:
        days = rules.safe_contact_days if kind is FormatKind.SAFE_CONTACT else rules.days
        due_on = calendar.add(local_date(now), days)
        held, tasks = tasks, owe(tasks, reader.id, (kind,), letter, now, due_on)
        if len(tasks) > len(held):
            said = f"To be done by {long_day(due_on)}, so that the letters reach them: {plain(kind)}."
            events.append(Event(now, SYSTEM, EventType.FORMAT_OWED, said))
    if tasks == case.records.format_tasks:
        return Change(case, ())
    return Change(replace(case, records=replace(case.records, format_tasks=tasks)), tuple(events))


def format_done(case: Case, number: int, note: str, acting: Acting) -> Change:
    """Somebody made the format, or reached the person: how, and that it is done."""
    found = next((task for task in case.records.format_tasks if task.number == number and task.done_at is None), None)
    if found is None:
        raise Refused("That format is not waiting to be made", CLAUSE)
    if not note.strip():
        raise Refused("Say how it was done, and when it reached them", CLAUSE)
    done = replace(found, done_at=acting.now, done_by=acting.name, note=note.strip())
    tasks = tuple(done if task is found else task for task in case.records.format_tasks)
    event = acting.event(EventType.FORMAT_DONE, f"Done: {plain(found.kind)}. {note.strip()}")
    return Change(replace(case, records=replace(case.records, format_tasks=tasks)), (event,))


def record_need(
    case: Case,
    person: Person,
    need: Need,
    words: str,
    acting: Acting,
    *,
    print_pt: int = 0,
    language: str = "",
    review_on: date | None = None,
) -> Change:
    """Staff write down a need that somebody told them, or that they agreed (Code 5.10). It holds on every case."""
    _on_this_case(case, person)
    _to_come(review_on, acting)
    if not words.strip():
        raise Refused("Say what the person told you, or how you know", CLAUSE)
    telling = Telling(acting.now, "", case.reference, Source.STAFF, acting.name)
    told = NeedTold(need, Source.STAFF, words.strip(), print_pt, language.strip())
    needs, new = join_need(case.records.needs, person.id, told, telling)
    if review_on is not None:
        needs = tuple(
            replace(held, review_on=review_on)
            if (held.person_id, held.need, held.ended_on) == (person.id, need, None)
            else held
            for held in needs
        )
    if needs == case.records.needs:
        raise Refused("That is on the record already, in these words", CLAUSE)
    event = acting.event(EventType.NEEDS_TOLD, f"Kept with the {_who(case, person)}: {new or plain(need)}.")
    return Change(replace(case, records=replace(case.records, needs=needs)), (event,))


def end_need(case: Case, person_id: int, number: int, why: str, mistaken: bool, acting: Acting) -> Change:
    """Staff end a need, with the reason; with `mistaken` it had never been so. It stays on the record."""
    held = case.records.needs
    found = next((n for n in held if (n.person_id, n.number, n.ended_on) == (person_id, number, None)), None)
    if found is None:
        raise Refused("That need is not in force", CLAUSE)
    if not why.strip():
        raise Refused("Say why it ends, so that the record explains itself", CLAUSE)
    ended = _ended(found, why.strip(), mistaken, acting)
    event = acting.event(EventType.NEED_ENDED, f"Ended: {plain(found.need)}. {why.strip()}")
    needs = tuple(ended if need is found else need for need in held)
    return Change(replace(case, records=replace(case.records, needs=needs)), (event,))


def set_contact(
    case: Case,
    person: Person,
    wish: Contact | None,
    safe_times: str,
    avoid: str,
    barred: Iterable[Contact],
    why: str,
    review_on: date | None,
    acting: Acting,
) -> Change:
    """Staff settle how somebody may be reached; it replaces what was in force of theirs, which stays on the record.

    Every way barred means that nobody is written to by the machine. Raises `Refused` without a reason, or where the
    way they like is barred.
    """
    _on_this_case(case, person)
    _to_come(review_on, acting)
    never = tuple(way for way in Contact if way in set(barred))
    if not why.strip():
        raise Refused("Say what the person told you, or how you know", CLAUSE)
    if wish in never:
        raise Refused("The way they like to be reached cannot be one never to use", CLAUSE)
    today, held = local_date(acting.now), case.records.contact_rules
    rules = tuple(
        replace(rule, ended_on=today, ended_by=acting.name, ended_why=f"Replaced: {why.strip()}")
        if rule.person_id == person.id and rule.ended_on is None
        else rule
        for rule in held
    )
    telling = Telling(acting.now, "", case.reference, Source.STAFF, acting.name, why.strip())
    number = 1 + max((rule.number for rule in held if rule.person_id == person.id), default=0)
    new = ContactRule(number, person.id, telling, wish, safe_times.strip(), avoid.strip(), never, review_on)
    said = f"How the {_who(case, person)} may be reached was settled."
    if never:
        said += f" Never by: {', '.join(plain(way) for way in never)}."
    event = acting.event(EventType.CONTACT_TOLD, said)
    return Change(replace(case, records=replace(case.records, contact_rules=(*rules, new))), (event,))


def follow_tags(before: Case, change: Change, acting: Acting) -> Change:
    """Staff set a case's tags: a need they add is kept with the resident, and one they take off was a mistake.

    A need that somebody said outright, or that another case tells of too, stays: that is ended by itself.
    """
    case, events = change.case, list(change.events)
    was, now = set(before.labels(TagType.NEED)), set(case.labels(TagType.NEED))
    needs = case.records.needs
    telling = Telling(acting.now, "", case.reference, Source.STAFF, acting.name)
    for label in sorted(now - was):
        needs, new = join_need(needs, case.resident.id, NeedTold(Need(label), Source.STAFF), telling)
        if new:
            events.append(acting.event(EventType.NEEDS_TOLD, f"Kept with the resident: {new}."))
    for need in needs:
        here = all(t.reference == case.reference for t in need.tellings)
        if need.need in was - now and need.ended_on is None and not need.certain and here:
            ended = _ended(need, "Its tag was taken off as wrong.", True, acting)
            needs = tuple(ended if held is need else held for held in needs)
            events.append(acting.event(EventType.NEED_ENDED, f"Ended: {plain(need.need)}. {ended.ended_why}"))
    return Change(replace(case, records=replace(case.records, needs=needs)), tuple(events))


def untold(case: Case) -> tuple[CaseTag, ...]:
    """Tags of needs on a case that nobody's record holds: told by somebody unknown, or older than such records."""
    held = {need.need.value for need in case.records.needs if need.ended_on is None}
    return tuple(tag for tag in case.tags if tag.type is TagType.NEED and tag.label not in held)


def _ended(need: PersonNeed, why: str, mistaken: bool, acting: Acting) -> PersonNeed:
    today = local_date(acting.now)
    return replace(need, ended_on=today, ended_by=acting.name, ended_why=why, mistaken=mistaken)


def _who(case: Case, person: Person) -> str:
    return RESIDENT if person.id == case.resident.id else REPRESENTATIVE


def _to_come(review_on: date | None, acting: Acting) -> None:
    if review_on is not None and review_on < local_date(acting.now) + timedelta(days=1):
        raise Refused("Give a day to come on which it is reviewed", CLAUSE)


def _on_this_case(case: Case, person: Person) -> None:
    """The records of somebody else are not loaded with this case, so theirs could not be numbered."""
    if person.id not in [held.id for held in case.parties]:
        raise Refused("That person is not on this case", CLAUSE)
