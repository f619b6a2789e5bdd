"""Hazards of a case: raised by words or by staff, decided and dealt with, with the flags that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.factories import DAY, NOW, TIME_RULES, a_case, acting, classification, refuses

from intakebot.domain import case_hazards, hazard_life
from intakebot.domain.acts import case_tags
from intakebot.domain.case import SYSTEM, Case, EventType, Status, TagType, clocks_of
from intakebot.domain.hazards import Hazard, HazardLevel, HazardStatus
from intakebot.domain.labels import Category, Flag, Kind
from intakebot.domain.people import Person
from intakebot.domain.records import Records
from intakebot.domain.timescales import ClockName

EMERGENCY, SIGNIFICANT = HazardLevel.EMERGENCY, HazardLevel.SIGNIFICANT
TENANT = Person("Ama")
HOUR = timedelta(hours=1)


def read(
    *flags: Flag, at: datetime = NOW, held: Sequence[Hazard] = (), topic: str = "repairs", who: Person = TENANT
) -> tuple[Hazard, ...]:
    """The hazards once a message with these flags is read."""
    return case_hazards.hazards_in(classification(categories=(topic,), flags=flags), at, who, TIME_RULES, held)


def raised(level: HazardLevel = EMERGENCY, case: Case | None = None, at: datetime = NOW) -> Case:
    return case_hazards.raise_hazard(case or a_case(), level, at, "", acting(1)).case


def test_words_of_danger_raise_a_possible_hazard_of_each_level() -> None:
    first, second = read(Flag.EMERGENCY_HAZARD, Flag.SIGNIFICANT_HAZARD, topic=Category.DAMP_MOULD)
    assert (first.number, first.level, first.due_at) == (1, EMERGENCY, NOW + 24 * HOUR)
    assert (second.number, second.level, second.type) == (2, SIGNIFICANT, "damp_mould")
    assert {h.status for h in (first, second)} == {HazardStatus.POSSIBLE}
    assert first.raised_by == SYSTEM
    assert read(Flag.VULNERABILITY) == ()


def test_a_hazard_outside_the_law_is_recorded_with_why_and_has_no_clock() -> None:
    (hazard,) = read(Flag.EMERGENCY_HAZARD, who=Person("Kit", tenure="leaseholder"))
    assert "leaseholders" in hazard.outside
    case = a_case(Kind.SERVICE_REQUEST, records=Records(hazards=(hazard,)))
    assert clocks_of(case) == ()
    assert case.hazard == hazard, "somebody must see to it all the same"
    assert "leaseholders" in case_hazards.hazard_event(hazard, SYSTEM, NOW).summary


def test_the_same_danger_again_is_the_same_hazard_and_an_earlier_word_of_it_counts() -> None:
    held = read(Flag.EMERGENCY_HAZARD)
    assert read(Flag.EMERGENCY_HAZARD, at=NOW + HOUR, held=held) == held
    (earlier,) = read(Flag.EMERGENCY_HAZARD, at=NOW - 3 * HOUR, held=held)
    assert (earlier.aware_at, earlier.due_at) == (NOW - 3 * HOUR, NOW + 21 * HOUR)


def test_danger_after_the_hazard_is_over_is_another_hazard() -> None:
    held = tuple(hazard_life.clear(h, "A false alarm", NOW + HOUR) for h in read(Flag.EMERGENCY_HAZARD))
    again = read(Flag.EMERGENCY_HAZARD, at=NOW + DAY, held=held)
    assert again[:1] == held
    assert (again[1].number, again[1].aware_at) == (2, NOW + DAY)


def test_staff_set_flags_and_hazards_follow() -> None:
    tags = case_tags(classification(flags=(Flag.EMERGENCY_HAZARD,)))
    case = a_case(tags=tags, records=Records(hazards=read(Flag.EMERGENCY_HAZARD)))
    cleared, new = case_hazards.hazards_as_flagged(
        case, [Flag.SIGNIFICANT_HAZARD], "Mould, no danger now", "olive", TIME_RULES, NOW + HOUR
    )
    assert (cleared.status, cleared.reason) == (HazardStatus.CLEARED, "Mould, no danger now")
    assert (new.number, new.level, new.aware_at, new.raised_by) == (2, SIGNIFICANT, NOW, "olive")
    same = case_hazards.hazards_as_flagged(case, [Flag.EMERGENCY_HAZARD], "Yes", "olive", TIME_RULES, NOW + HOUR)
    assert same == case.records.hazards


@pytest.mark.parametrize(
    ("level", "flag", "words"),
    [
        (EMERGENCY, Flag.EMERGENCY_HAZARD, "Possible emergency hazard: 24 hours"),
        (SIGNIFICANT, Flag.SIGNIFICANT_HAZARD, "Possible significant hazard: 10 working days"),
    ],
)
@pytest.mark.parametrize("kind", [Kind.COMPLAINT, Kind.SERVICE_REQUEST])
def test_staff_raise_a_hazard_from_when_anybody_knew(kind: Kind, level: HazardLevel, flag: Flag, words: str) -> None:
    before = a_case(kind)
    change = case_hazards.raise_hazard(before, level, NOW - DAY, "damp_mould", acting(1))
    (hazard,) = change.case.records.hazards
    assert (hazard.level, hazard.aware_at, hazard.type) == (level, NOW - DAY, "damp_mould")
    assert change.case.labels(TagType.FLAG) == (flag,)
    assert (change.case.stages, change.case.received_at) == (before.stages, before.received_at)
    assert change.events[0].type is EventType.HAZARD_RAISED
    assert change.events[0].summary.startswith(words)


def test_what_cannot_be_raised() -> None:
    raise_at = lambda at, of="": case_hazards.raise_hazard(a_case(), EMERGENCY, at, of, acting(1))  # noqa: E731
    refuses("Awaab's Law", lambda: raise_at(NOW + 2 * DAY), "future")
    refuses("Awaab's Law", lambda: raise_at(NOW.replace(tzinfo=None)), "zone")
    refuses("Awaab's Law", lambda: raise_at(NOW, "ghosts"), "from the list")


def test_a_hazard_opens_a_closed_case_again() -> None:
    change = case_hazards.raise_hazard(a_case(Kind.ENQUIRY, status=Status.CLOSED), EMERGENCY, NOW, "", acting(1))
    assert change.case.status is Status.RECEIVED
    assert [e.type for e in change.events] == [EventType.HAZARD_RAISED, EventType.REOPENED]


def test_a_step_changes_one_hazard_and_the_flags_follow() -> None:
    two = raised(SIGNIFICANT, raised())
    cleared = case_hazards.change_hazard(
        two,
        1,
        lambda hazard: hazard_life.clear(hazard, "No gas found", acting(2).now),
        EventType.HAZARD_DECIDED,
        "Cleared: no gas found.",
        acting(2),
    )
    first, second = cleared.case.records.hazards
    assert (first.status, second) == (HazardStatus.CLEARED, two.records.hazards[1])
    assert cleared.case.labels(TagType.FLAG) == (Flag.SIGNIFICANT_HAZARD,)
    assert [c.name for c in clocks_of(cleared.case) if c.name.startswith("hazard")] == [ClockName.HAZARD_INVESTIGATION]
    (event,) = cleared.events
    assert (event.type, event.summary) == (EventType.HAZARD_DECIDED, "Cleared: no gas found.")


def test_a_regraded_hazard_keeps_its_time_of_knowing_and_changes_its_flag() -> None:
    change = case_hazards.change_hazard(
        raised(SIGNIFICANT),
        1,
        lambda hazard: hazard_life.regrade(hazard, EMERGENCY, "Gas", TIME_RULES.calendar, acting(1).now),
        EventType.HAZARD_DECIDED,
        "Regraded.",
        acting(1),
    )
    assert change.case.labels(TagType.FLAG) == (Flag.EMERGENCY_HAZARD,)
    assert change.case.records.hazards[0].due_at == NOW + 24 * HOUR
    assert change.case.danger == 3


def test_there_must_be_such_a_hazard_and_the_law_of_hazards_speaks() -> None:
    clear = lambda hazard: hazard_life.clear(hazard, "", NOW + DAY)  # noqa: E731
    act = lambda number: case_hazards.change_hazard(  # noqa: E731
        raised(), number, clear, EventType.HAZARD_DECIDED, "x", acting(1)
    )
    refuses("Awaab's Law", lambda: act(2), "not on this case")
    refuses("Awaab's Law", lambda: act(1), "reason")


def test_other_flags_stay_when_a_hazards_flag_goes() -> None:
    tagged = replace(raised(), tags=case_tags(classification(flags=(Flag.VULNERABILITY, Flag.EMERGENCY_HAZARD))))
    cleared = case_hazards.change_hazard(
        tagged, 1, lambda h: hazard_life.clear(h, "None", NOW + DAY), EventType.HAZARD_DECIDED, "x", acting(1)
    )
    assert cleared.case.labels(TagType.FLAG) == (Flag.VULNERABILITY,)
    assert cleared.case.labels(TagType.CATEGORY) == ("repairs",)
