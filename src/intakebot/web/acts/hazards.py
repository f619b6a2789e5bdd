"""Acts on hazards: raised, decided by a person, and dealt with step by step (Awaab's Law)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from intakebot.casework import Act
from intakebot.domain import hazard_life
from intakebot.domain.case import Acting, Case, Change, EventType
from intakebot.domain.case_hazards import change_hazard, raise_hazard
from intakebot.domain.hazards import (
    CLAUSE,
    HAZARD_TYPES,
    INVESTIGATION_CLAUSE,
    SUMMARY_CLAUSE,
    WORK_CLAUSE,
    Exclusion,
    Hazard,
    HazardLevel,
    HazardStatus,
)
from intakebot.web import words
from intakebot.web.acts.act import ActForm, Group, always
from intakebot.web.acts.fields import Answers, Check, Choose, Field, Moment, Option, Situation, Text

_UNKNOWN: Final = Option("", "Not known yet", "")
_TYPES: Final = [Option(value, text, value) for value, text in HAZARD_TYPES.items()]


def title(hazard: Hazard) -> str:
    """A hazard by its number, level and type: "1: Emergency hazard, electrical hazards"."""
    of_type = f", {HAZARD_TYPES[hazard.type].lower()}" if hazard.type else ""
    return f"{hazard.number}: {words.HAZARD_LEVELS[hazard.level]}{of_type}"


def _standing(situation: Situation) -> Sequence[Option[int]]:
    held = [h for h in situation.case.records.hazards if h.status is not HazardStatus.CLEARED]
    return [Option(str(h.number), title(h), h.number) for h in held]


_HAZARD: Final = Choose(name="hazard", label="Which hazard?", missing="Choose the hazard", options=_standing)
_LEVEL: Final = Choose(
    name="level",
    label="How dangerous is it?",
    missing="Choose how dangerous it is",
    options=lambda _s: (
        Option("emergency", "Emergency", HazardLevel.EMERGENCY, "A danger to health now: safe within 24 hours."),
        Option(
            "significant", "Significant", HazardLevel.SIGNIFICANT, "A risk of harm: looked into within 10 working days."
        ),
    ),
)
_AWARE: Final = Moment(
    name="aware",
    label="When did we first know?",
    hint="When anybody working for us, or for a contractor of ours, first knew, by any way.",
    missing="Enter when we first knew",
)
_TYPE: Final = Choose(name="type", label="What sort of hazard?", options=lambda _s: [_UNKNOWN, *_TYPES], list_box=True)
_TYPE_KNOWN: Final = Choose(
    name="type",
    label="What sort of hazard?",
    missing="Choose what sort of hazard",
    options=lambda _s: _TYPES,
    list_box=True,
)
_WHY: Final = Text(name="reason", label="Why?", hint="For the record.", missing="Say why", rows=3)
_NONE: Final[Option[Exclusion | None]] = Option("", "There is no hazard", None)
_EXCLUSIONS: Final = [Option(e.value, text, e) for e, text in words.EXCLUSIONS.items()]
_LEFT_OUT: Final[Choose[Exclusion | None]] = Choose(
    name="exclusion",
    label="Why is it not one of Awaab’s Law?",
    list_box=True,
    options=lambda _situation: (_NONE, *_EXCLUSIONS),
)
_AT: Final = Moment(name="at", label="When was it?", missing="Enter when it was")
_SAFETY: Final = Check(
    name="safety", label="It found that work to make the home safe is needed", start=lambda _s: "yes"
)
_FURTHER: Final = Check(name="further", label="It found that further work is needed", start=lambda _s: "yes")
_STEPS_ONLY: Final = Check(name="steps_only", label="Only steps were taken: the work cannot begin yet")
_CANNOT: Final = Text(name="cannot_start", label="If so, why not?", rows=2)

Step = Callable[[Hazard, Acting], Hazard]


def _changes(make: Callable[[Answers], Step], event: EventType, summary: str) -> Callable[[Answers], Act]:
    """The act that does one step to the hazard the form names."""

    def do(answers: Answers) -> Act:
        number, step = answers[_HAZARD], make(answers)

        def act(case: Case, acting: Acting) -> Change:
            said = f"Hazard {number}: {summary}"
            return change_hazard(case, number, lambda hazard: step(hazard, acting), event, said, acting)

        return act

    return do


def _form(
    name: str,
    title: str,
    clause: str,
    fields: tuple[Field[Any], ...],
    do: Callable[[Answers], Act],
    fits: Callable[[Hazard], bool] = lambda _hazard: True,
    intro: str = "",
) -> ActForm:
    def offered(case: Case) -> bool:
        return any(h.status is not HazardStatus.CLEARED and fits(h) for h in case.records.hazards)

    return ActForm(
        name=f"hazard_{name}",
        title=title,
        group=Group.HAZARDS,
        clause=clause,
        fields=(_HAZARD, *fields),
        do=do,
        offered=offered,
        intro=intro,
        done="The hazard’s record is up to date.",
    )


def _decided(make: Callable[[Answers], Step], summary: str) -> Callable[[Answers], Act]:
    return _changes(make, EventType.HAZARD_DECIDED, summary)


def _done(step: Callable[[Hazard, datetime, datetime], Hazard], summary: str) -> Callable[[Answers], Act]:
    return _changes(lambda a: lambda hazard, acting: step(hazard, a[_AT], acting.now), EventType.HAZARD_STEP, summary)


def _clear(a: Answers) -> Step:
    return lambda hazard, acting: hazard_life.clear(hazard, a[_WHY], acting.now, a[_LEFT_OUT])


def _investigated(a: Answers) -> Step:
    return lambda hazard, acting: hazard_life.investigated(
        hazard,
        a[_AT],
        acting.time_rules.calendar,
        acting.now,
        safety_work=a[_SAFETY],
        further_work=a[_FURTHER],
    )


def _begun(a: Answers) -> Step:
    return lambda hazard, acting: hazard_life.further_work_begun(
        hazard, a[_AT], acting.now, steps_only=a[_STEPS_ONLY], cannot_start_reason=a[_CANNOT]
    )


HAZARDS: Final = (
    ActForm(
        name="hazard_raise",
        title="Raise a hazard",
        group=Group.HAZARDS,
        clause=CLAUSE,
        fields=(_LEVEL, _AWARE, _TYPE),
        do=lambda a: lambda case, acting: raise_hazard(case, a[_LEVEL], a[_AWARE], a[_TYPE], acting),
        offered=always,
        intro="Its clocks run beside the complaint’s, from when we first knew.",
        done="The hazard is raised. Its clocks run.",
        button="Raise the hazard",
    ),
    _form(
        "confirm",
        "Confirm a hazard and say of which sort",
        CLAUSE,
        (_TYPE_KNOWN, _WHY),
        _decided(lambda a: lambda h, acting: hazard_life.confirm(h, a[_TYPE_KNOWN], a[_WHY], acting.now), "confirmed."),
        lambda hazard: hazard.status is HazardStatus.POSSIBLE,
    ),
    _form(
        "regrade",
        "Change how dangerous a hazard is",
        CLAUSE,
        (_LEVEL, _WHY),
        _decided(
            lambda a: (
                lambda h, acting: hazard_life.regrade(h, a[_LEVEL], a[_WHY], acting.time_rules.calendar, acting.now)
            ),
            "its level was changed.",
        ),
        intro="The time still runs from when we first knew.",
    ),
    _form(
        "earlier",
        "We knew of a hazard earlier",
        CLAUSE,
        (_AWARE,),
        _decided(
            lambda a: (
                lambda h, acting: hazard_life.earlier_awareness(h, a[_AWARE], acting.time_rules.calendar, acting.now)
            ),
            "we knew of it earlier.",
        ),
        intro="Every time that is counted from knowing moves earlier.",
    ),
    _form(
        "clear",
        "Clear a hazard",
        CLAUSE,
        (_LEFT_OUT, _WHY),
        _decided(_clear, "cleared."),
        intro="Where there is none, or the law leaves it out. What was made safe is not cleared. Its record stays.",
    ),
    _form(
        "investigated",
        "A hazard was investigated",
        INVESTIGATION_CLAUSE,
        (_AT, _SAFETY, _FURTHER),
        _changes(_investigated, EventType.HAZARD_STEP, "investigated."),
        lambda hazard: hazard.investigated_at is None,
    ),
    _form(
        "summary",
        "The written summary went to the tenant",
        SUMMARY_CLAUSE,
        (_AT,),
        _done(hazard_life.summary_sent, "the written summary went to the tenant."),
        lambda hazard: hazard.investigated_at is not None and hazard.summary_sent_at is None,
    ),
    _form(
        "made_safe",
        "A hazard was made safe",
        WORK_CLAUSE,
        (_AT,),
        _done(hazard_life.made_safe, "made safe."),
        lambda hazard: hazard.made_safe_at is None,
    ),
    _form(
        "further_work",
        "Further work on a hazard has begun",
        WORK_CLAUSE,
        (_AT, _STEPS_ONLY, _CANNOT),
        _changes(_begun, EventType.HAZARD_STEP, "further work was begun."),
        lambda hazard: hazard.investigated_at is not None and hazard.further_work_begun_at is None,
    ),
    _form(
        "started",
        "Further work has started on the ground",
        WORK_CLAUSE,
        (_AT,),
        _done(hazard_life.physically_started, "further work started on the ground."),
        lambda hazard: bool(hazard.cannot_start_reason) and hazard.physically_started_at is None,
    ),
    _form(
        "accommodation",
        "Somewhere else to stay was offered",
        CLAUSE,
        (_AT,),
        _done(hazard_life.accommodation_offered, "somewhere else to stay was offered."),
        lambda hazard: hazard.accommodation_offered_at is None,
        "At our expense, where the home cannot be made safe in time. It stops no clock.",
    ),
)
