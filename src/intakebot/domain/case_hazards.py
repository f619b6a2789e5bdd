"""Hazards of a case: raised by a message or by staff, decided and dealt with, and the flags that follow them.

Intake raises a hazard whenever the words may mean one, and never decides that there is none. Each act is a
function from a case to a changed case and its events, as in `complaints`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from intakebot.domain.case import SYSTEM, Acting, Case, CaseTag, Change, Event, EventType, TagType, TimeRules
from intakebot.domain.complaints import open_again
from intakebot.domain.hazard_life import clear, earlier_awareness
from intakebot.domain.hazard_scope import weighed
from intakebot.domain.hazards import CLAUSE, HAZARD_TYPES, Hazard, HazardLevel, HazardStatus, emergency, significant
from intakebot.domain.labels import Category, Classification, Flag
from intakebot.domain.people import Person
from intakebot.errors import Refused

_FLAGS = {Flag.EMERGENCY_HAZARD: HazardLevel.EMERGENCY, Flag.SIGNIFICANT_HAZARD: HazardLevel.SIGNIFICANT}


def hazards_in(
    classification: Classification, aware_at: datetime, resident: Person, time_rules: TimeRules, held: Sequence[Hazard]
) -> tuple[Hazard, ...]:
    """The hazards of a case once this message is read: one more for each level it speaks of that is not open.

    What a message received earlier speaks of makes us aware earlier (a voicemail typed in late).
    """
    hazards = list(held)
    for flag, level in _FLAGS.items():
        if not classification.has_flag(flag):
            continue
        same = next((h for h in hazards if h.level is level and h.open), None)
        if same is None:
            of_damp = any(tag.label == Category.DAMP_MOULD for tag in classification.categories)
            hazards.append(_new(level, aware_at, resident, time_rules, len(hazards) + 1, SYSTEM, of_damp))
        elif aware_at < same.aware_at:
            earlier = earlier_awareness(same, aware_at, time_rules.calendar, same.aware_at)
            hazards[hazards.index(same)] = weighed(earlier, resident.tenure, time_rules.hazard_scope)
    return tuple(hazards)


def hazards_as_flagged(
    case: Case, flags: Sequence[Flag], reason: str, actor: str, time_rules: TimeRules, now: datetime
) -> tuple[Hazard, ...]:
    """The hazards of a case once staff have set its flags: one raised for each new flag, those unflagged cleared."""
    hazards = list(case.records.hazards)
    for flag, level in _FLAGS.items():
        uncleared = [h for h in hazards if h.level is level and h.status is not HazardStatus.CLEARED]
        if flag in flags and not uncleared:
            aware_at, number = case.received_at, len(hazards) + 1
            hazards.append(_new(level, aware_at, case.resident, time_rules, number, actor, False))
        elif flag not in flags:
            for hazard in uncleared:
                hazards[hazards.index(hazard)] = clear(hazard, reason, now)
    return tuple(hazards)


def raise_hazard(case: Case, level: HazardLevel, aware_at: datetime, hazard_type: str, acting: Acting) -> Change:
    """Staff raise a hazard: its clocks run from when anybody working for the landlord first knew of it."""
    if aware_at.utcoffset() is None:
        raise Refused("The moment we became aware has no zone", CLAUSE)
    if aware_at > acting.now:
        raise Refused("We cannot have become aware in the future", CLAUSE)
    if hazard_type and hazard_type not in HAZARD_TYPES:
        raise Refused("Choose the type of hazard from the list", CLAUSE)
    number = len(case.records.hazards) + 1
    hazard = _new(level, aware_at, case.resident, acting.time_rules, number, acting.name, False)
    hazard = weighed(replace(hazard, type=hazard_type), case.resident.tenure, acting.time_rules.hazard_scope)
    changed = _with(case, (*case.records.hazards, hazard), acting.name)
    return open_again(Change(changed, (hazard_event(hazard, acting.name, acting.now),)), "there is a hazard.", acting)


def change_hazard(
    case: Case, number: int, step: Callable[[Hazard], Hazard], event_type: EventType, summary: str, acting: Acting
) -> Change:
    """Do one act of `hazard_life` to one of the case's hazards, and let its flags follow. `summary` says what."""
    held = next((h for h in case.records.hazards if h.number == number), None)
    if held is None:
        raise Refused("That hazard is not on this case", CLAUSE)
    after = weighed(step(held), case.resident.tenure, acting.time_rules.hazard_scope)
    hazards = tuple(after if h is held else h for h in case.records.hazards)
    return Change(_with(case, hazards, acting.name), (acting.event(event_type, summary),))


def hazard_event(hazard: Hazard, actor: str, now: datetime) -> Event:
    """The event that a hazard was raised."""
    if hazard.outside:
        limit = hazard.outside
    elif hazard.level is HazardLevel.EMERGENCY:
        limit = "24 hours from when we knew to investigate and make it safe."
    else:
        limit = "10 working days from when we knew to investigate."
    return Event(now, actor, EventType.HAZARD_RAISED, f"Possible {hazard.level} hazard: {limit}")


def _new(
    level: HazardLevel, aware_at: datetime, resident: Person, time_rules: TimeRules, number: int, by: str, damp: bool
) -> Hazard:
    if level is HazardLevel.EMERGENCY:
        hazard = emergency(aware_at, number=number, raised_by=by)
    else:
        of_type = "damp_mould" if damp else ""
        hazard = significant(aware_at, time_rules.calendar, number=number, raised_by=by, hazard_type=of_type)
    return weighed(hazard, resident.tenure, time_rules.hazard_scope)


def _with(case: Case, hazards: tuple[Hazard, ...], actor: str) -> Case:
    """The case with these hazards, a hazard flag for each level of which one is not cleared, and no other."""
    levels = {h.level for h in hazards if h.status is not HazardStatus.CLEARED}
    tags = [tag for tag in case.tags if tag.type is not TagType.FLAG or tag.label not in _FLAGS]
    held = {tag.label: tag for tag in case.tags if tag.type is TagType.FLAG and tag.label in _FLAGS}
    for flag, level in _FLAGS.items():
        if level in levels:
            tags.append(held.get(flag) or CaseTag(TagType.FLAG, flag.value, 1.0, (), actor))
    return replace(case, tags=tuple(tags), records=replace(case.records, hazards=hazards))
