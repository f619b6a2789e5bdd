"""Acts for the people of a case: adjustments, disabilities they told us of, and restrictions of their contact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from intakebot.casework import Act
from intakebot.domain import circumstances
from intakebot.domain.people import Person, Representative
from intakebot.web.acts.act import ActForm, Group, always, signers
from intakebot.web.acts.fields import (
    Answers,
    Choose,
    Day,
    MaybeDay,
    Option,
    Situation,
    Text,
    days_from_now,
)

_REVIEW_AFTER_DAYS: Final = 180


def named(representative: Representative) -> str:
    """How a representative is called where somebody is to be chosen."""
    return representative.person.name or representative.person.email or "not named"


def value_of(representative: Representative) -> str:
    """What a form sends for a representative: the first one as it always was."""
    return "representative" if representative.number == 1 else f"representative-{representative.number}"


def people_of(situation: Situation) -> Sequence[Option[Person]]:
    """Everybody on the case."""
    resident = situation.case.resident
    return [
        Option("resident", f"The resident, {resident.name or resident.email or 'not named'}", resident),
        *(
            Option(value_of(one), f"A representative, {named(one)}", one.person)
            for one in situation.case.representatives
        ),
    ]


def _agreed(situation: Situation) -> Sequence[Option[tuple[int, int]]]:
    return [
        Option(f"{a.person_id}.{a.number}", a.need, (a.person_id, a.number))
        for a in situation.case.records.adjustments
        if a.ended_on is None
    ]


def _in_force(situation: Situation) -> Sequence[Option[tuple[int, int]]]:
    return [
        Option(f"{r.person_id}.{r.number}", r.what, (r.person_id, r.number))
        for r in situation.case.records.restrictions
        if r.ended_on is None
    ]


WHO: Final = Choose(name="person", label="Who?", missing="Choose who", options=people_of)
_NEED: Final = Text(name="need", label="What do they need?", missing="Say what they need", rows=2)
_HOW: Final = Text(name="how", label="How will it be given?", missing="Say how it will be given", rows=2)
_LOOK_AGAIN: Final = MaybeDay(name="review", label="When is it reviewed?", hint="Leave it empty where it lasts.")
_TOLD: Final = Text(
    name="disclosed",
    label="What did they tell us?",
    hint="Only the case’s officer and those who approve read it here. It is never in letters, lists or reports.",
    missing="Write what they told us",
    rows=3,
)
_RESTRICTED: Final = Text(name="what", label="What is restricted?", missing="Say what is restricted", rows=2)
_EVIDENCE: Final = Text(name="evidence", label="On what evidence?", missing="Give the evidence", rows=4)
_EQUALITY: Final = Text(
    name="equality_check",
    label="How were disability and adjustments considered?",
    missing="Say how disability and adjustments were considered",
    rows=3,
)
_APPROVED: Final = signers(
    "approved_by", "Who approved it?", missing="Say who approved it", start=lambda situation: situation.officer.name
)
_REVIEW: Final = Day(
    name="review",
    label="When is it reviewed?",
    missing="Enter when it is reviewed",
    start=days_from_now(_REVIEW_AFTER_DAYS),
)
_WHICH: Final = Choose(
    name="restriction", label="Which restriction?", missing="Choose the restriction", options=_in_force
)
_FOUND: Final = Text(name="finding", label="What did the review find?", missing="Say what the review found", rows=3)
_AGAIN: Final = MaybeDay(
    name="review", label="When is it reviewed again?", hint="Leave it empty to end the restriction now."
)


_ADJUSTMENT: Final = Choose(
    name="adjustment", label="Which adjustment?", missing="Choose the adjustment", options=_agreed
)
_KEPT_UNTIL: Final = MaybeDay(
    name="review", label="When is it reviewed again?", hint="Leave it empty to end the adjustment now."
)


def _review_adjustment(a: Answers) -> Act:
    person_id, number = a[_ADJUSTMENT]
    return lambda case, acting: circumstances.review_adjustment(
        case, person_id, number, a[_FOUND], a[_KEPT_UNTIL], acting
    )


def _review(a: Answers) -> Act:
    person_id, number = a[_WHICH]
    return lambda case, acting: circumstances.review_restriction(case, person_id, number, a[_FOUND], a[_AGAIN], acting)


PEOPLE: Final = (
    ActForm(
        name="adjustment",
        title="Agree a reasonable adjustment",
        group=Group.PEOPLE,
        clause="5.10",
        fields=(WHO, _NEED, _HOW, _LOOK_AGAIN),
        do=lambda a: (
            lambda case, acting: circumstances.agree_adjustment(case, a[WHO], a[_NEED], a[_HOW], a[_LOOK_AGAIN], acting)
        ),
        offered=always,
        intro="It holds for every case of this person, and stands at the top of each.",
        done="The adjustment is agreed.",
    ),
    ActForm(
        name="review_adjustment",
        title="Review an adjustment",
        group=Group.PEOPLE,
        clause="5.10",
        fields=(_ADJUSTMENT, _FOUND, _KEPT_UNTIL),
        do=_review_adjustment,
        offered=lambda case: any(a.ended_on is None for a in case.records.adjustments),
        done="The review is on the record.",
    ),
    ActForm(
        name="disability",
        title="Record a disability they told us of",
        group=Group.PEOPLE,
        clause="5.10",
        fields=(WHO, _TOLD),
        do=lambda a: lambda case, acting: circumstances.disclose(case, a[WHO], a[_TOLD], acting),
        offered=always,
        done="What they told us is kept with the person.",
    ),
    ActForm(
        name="restrict",
        title="Restrict somebody’s contact",
        group=Group.PEOPLE,
        clause="5.14, 5.15",
        fields=(WHO, _RESTRICTED, _EVIDENCE, _EQUALITY, _APPROVED, _REVIEW),
        do=lambda a: (
            lambda case, acting: circumstances.restrict(
                case, a[WHO], a[_RESTRICTED], a[_EVIDENCE], a[_EQUALITY], a[_APPROVED], a[_REVIEW], acting
            )
        ),
        offered=always,
        intro="What they send still comes in, and is answered as the Code asks.",
        done="The restriction is on the record.",
    ),
    ActForm(
        name="review_restriction",
        title="Review a restriction",
        group=Group.PEOPLE,
        clause="5.14",
        fields=(_WHICH, _FOUND, _AGAIN),
        do=_review,
        offered=lambda case: any(r.ended_on is None for r in case.records.restrictions),
        done="The review is on the record.",
    ),
)
