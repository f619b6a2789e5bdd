"""Acts for safety: how somebody must not be reached, breaking such a rule for a day, and a death."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from intakebot.casework import Act
from intakebot.domain import safety
from intakebot.domain.people import Person
from intakebot.web.acts.act import ActForm, Group, always
from intakebot.web.acts.fields import Answers, Check, Choose, MaybeDay, Option, Situation, Text
from intakebot.web.acts.people import named, people_of, value_of
from intakebot.web.acts.representatives import told


def _through(situation: Situation) -> Sequence[Option[Person | None]]:
    return [
        Option("", "Nobody in particular", None),
        *(Option(value_of(one), named(one), one.person) for one in situation.case.representatives),
    ]


def _rules(situation: Situation) -> Sequence[Option[tuple[int, int]]]:
    return [
        Option(
            f"{r.person_id}.{r.number}",
            f"Set by {r.set_by} on {r.set_on:%d/%m/%Y}: {r.reason}",
            (r.person_id, r.number),
        )
        for r in situation.case.records.safety_rules
        if r.ended_on is None
    ]


def _living(situation: Situation) -> Sequence[Option[Person]]:
    return [option for option in people_of(situation) if not safety.is_dead(situation.case, option.meaning)]


_WHO: Final = Choose(name="person", label="Who must be kept safe?", missing="Choose who", options=people_of)
_THROUGH: Final = Choose(name="through", label="Through whom must we not reach them?", options=_through, list_box=True)
_AT: Final = Text(
    name="at", label="Which address or number must we not use?", hint="A mail address or a telephone number."
)
_HOME: Final = Check(name="home", label="Letters to their home are not safe")
_REASON: Final = Text(name="reason", label="Why?", hint="It stays on this page.", missing="Say why", rows=3)
_RULE: Final = Choose(name="rule", label="Which rule?", missing="Choose the rule", options=_rules)
_WHY: Final = Text(name="reason", label="Why is it right to do so?", missing="Say why", rows=3)
_DEAD: Final = Choose(name="person", label="Who has died?", missing="Choose who", options=_living)
_MISTAKEN: Final = Choose(
    name="person",
    label="Who has not died?",
    missing="Choose who",
    options=lambda s: [o for o in people_of(s) if safety.is_dead(s.case, o.meaning)],
)
_DIED: Final = MaybeDay(name="died", label="When?", hint="Leave it empty where you do not know.")
_TOLD_BY: Final = Text(name="note", label="Who told us, and how?", missing="Say who told us", rows=2)


def _avoid(a: Answers) -> Act:
    return lambda case, acting: safety.avoid(
        case, a[_WHO], a[_REASON], acting, through=a[_THROUGH], at=a[_AT], home=a[_HOME]
    )


def _override(a: Answers) -> Act:
    person_id, number = a[_RULE]
    return lambda case, acting: safety.override(case, person_id, number, a[_WHY], acting)


def _end(a: Answers) -> Act:
    person_id, number = a[_RULE]
    return lambda case, acting: safety.end_rule(case, person_id, number, a[_WHY], acting)


PROTECTION: Final = (
    ActForm(
        name="avoid_contact",
        title="Say how somebody must not be reached",
        group=Group.PEOPLE,
        clause="3.6",
        fields=(_WHO, _THROUGH, _AT, _HOME, _REASON),
        do=_avoid,
        offered=always,
        intro="For their safety: violence at home, or somebody who controls them. It holds at once for every letter "
        "on every case of theirs.",
        about=told,
        done="The rule is on the record and holds now.",
    ),
    ActForm(
        name="override_contact",
        title="Set a safety rule aside for today",
        group=Group.PEOPLE,
        clause="3.6",
        fields=(_RULE, _WHY),
        do=_override,
        offered=lambda case: any(r.ended_on is None for r in case.records.safety_rules),
        intro="Only letters that you send today may then break it. Letters that go by themselves never do.",
        done="The rule is set aside for today.",
    ),
    ActForm(
        name="end_contact_rule",
        title="End a safety rule",
        group=Group.PEOPLE,
        clause="3.6",
        fields=(_RULE, _WHY),
        do=_end,
        offered=lambda case: any(r.ended_on is None for r in case.records.safety_rules),
        done="The rule is ended.",
    ),
    ActForm(
        name="died",
        title="Record that somebody has died",
        group=Group.PEOPLE,
        clause="3.6",
        fields=(_DEAD, _DIED, _TOLD_BY),
        do=lambda a: lambda case, acting: safety.record_death(case, a[_DEAD], a[_DIED], a[_TOLD_BY], acting),
        offered=lambda case: any(not safety.is_dead(case, person) for person in case.parties),
        intro="No letter is addressed to them from now on. What they permitted has ended; an executor, administrator "
        "or next of kin may act for the estate.",
        about=told,
        done="It is on the record. No letter is addressed to them.",
    ),
    ActForm(
        name="not_died",
        title="Take back that somebody has died",
        group=Group.PEOPLE,
        clause="3.6",
        fields=(_MISTAKEN, _WHY),
        do=lambda a: lambda case, acting: safety.take_back_death(case, a[_MISTAKEN], a[_WHY], acting),
        offered=lambda case: any(safety.is_dead(case, person) for person in case.parties),
        done="It is taken back.",
    ),
)
