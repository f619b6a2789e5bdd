"""Acts for who acts for the resident: named, on what authority, what letters they get; and asking for authority."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from intakebot.casework import Act, Casework
from intakebot.domain import representation
from intakebot.domain.case import Case
from intakebot.domain.disclosure import who_may_be_told
from intakebot.domain.labels import Category
from intakebot.domain.people import ACTING_AUTHORITY, Authority, AuthorityBasis, Person, Representative
from intakebot.domain.working_days import LONDON
from intakebot.web import words
from intakebot.web.acts.act import ActForm, Group, always
from intakebot.web.acts.fields import (
    Answers,
    Check,
    Choose,
    MaybeDay,
    Option,
    Situation,
    Text,
    words_of,
)
from intakebot.web.acts.people import named, value_of
from intakebot.web.acts.several import ChooseSeveral


def _options(situation: Situation, only: frozenset[Authority]) -> Sequence[Option[Representative]]:
    return [
        Option(value_of(one), f"{named(one)}: {words.AUTHORITIES[one.authority].lower()}", one)
        for one in situation.case.representatives
        if one.authority in only
    ]


_ANY: Final = frozenset(Authority)
_MAY_END: Final = frozenset({Authority.PENDING, Authority.GIVEN, Authority.LIMITED, Authority.EXPIRED})
_WHO: Final = Choose(
    name="representative",
    label="Which representative?",
    missing="Choose the representative",
    options=lambda s: _options(s, _ANY),
)
_WHO_ENDS: Final = Choose(
    name="representative",
    label="Whose authority is withdrawn?",
    missing="Choose the representative",
    options=lambda s: _options(s, _MAY_END),
)
_NAME: Final = Text(name="name", label="Name", missing="Enter their name")
_EMAIL: Final = Text(name="email", label="Mail address")
_PHONE: Final = Text(name="phone", label="Telephone number")
_KIND: Final = Choose(
    name="kind",
    label="What are they to the resident?",
    missing="Choose what they are to the resident",
    options=words_of(words.REPRESENTATIVE_KINDS),
    list_box=True,
)
_RELATION: Final = Text(
    name="relation", label="More about that, if it helps", hint="For example daughter, councillor for Hill ward."
)
_AUTHORITY: Final = Choose(
    name="authority",
    label="May they act for the resident?",
    missing="Choose whether they may act",
    options=words_of(words.AUTHORITIES),
)
_BASIS: Final = Choose(
    name="basis",
    label="How was it given?",
    options=lambda _s: (
        Option("", "It was not given", None),
        *(Option(b.value, text, b) for b, text in words.AUTHORITY_BASES.items()),
    ),
    list_box=True,
)
_TOPICS: Final = ChooseSeveral(
    name="topics",
    label="For which matters?",
    hint="Only where the authority is for some matters. Letters of a case about anything else go to the resident.",
    options=words_of(words.CATEGORIES),
)
_GIVEN_ON: Final = MaybeDay(name="given", label="When was it given?", hint="Leave it empty for today.")
_EXPIRES: Final = MaybeDay(
    name="expires", label="Its last day", hint="Leave it empty where it lasts. By telephone it is always for a time."
)
_SHOWN_BY: Final = Text(
    name="evidence",
    label="What shows it?",
    hint="A signed form, a call with the resident and how you checked who they are, a court’s order.",
    rows=2,
)
_FILE: Final = Text(name="attachment", label="In which attachment?", hint="The name of the file on this case, if any.")
_HOW_KNOWN: Final = Text(
    name="evidence",
    label="How do you know?",
    hint="For example: the resident rang.",
    missing="Say how you know",
    rows=2,
)
_LETTERS: Final = Check(
    name="letters", label="Letters go to this representative while they may act", start=lambda _s: "yes"
)
_COPY: Final = Check(name="copy", label="The resident gets a copy")
_SAID: Final = Text(
    name="said",
    label="Anything else to say?",
    hint="Say nothing of the case: they may not be told.",
    rows=3,
)


def _represent(casework: Casework, reference: str, a: Answers) -> str:
    casework.represent(reference, Person(a[_NAME], a[_EMAIL], a[_PHONE]), a[_KIND], a[_RELATION])
    return ""


def _authority(a: Answers) -> Act:
    topics: tuple[Category, ...] = a[_TOPICS]
    basis: AuthorityBasis | None = a[_BASIS]
    return lambda case, acting: representation.record_authority(
        case, a[_WHO].number, a[_AUTHORITY], acting, evidence=a[_SHOWN_BY], attachment=a[_FILE], basis=basis,
        given_on=a[_GIVEN_ON], expires_on=a[_EXPIRES], topics=tuple(topic.value for topic in topics),
    )  # fmt: skip


def _withdraw(a: Answers) -> Act:
    return lambda case, acting: representation.record_authority(
        case, a[_WHO_ENDS].number, Authority.WITHDRAWN, acting, evidence=a[_HOW_KNOWN]
    )


def told(situation: Situation) -> str:
    """Who may be told what now, above the forms that change it."""
    today: date = situation.now.astimezone(LONDON).date()
    return who_may_be_told(situation.case, today)


def _represented(case: Case) -> bool:
    return bool(case.representatives)


REPRESENTATIVES: Final = (
    ActForm(
        name="represent",
        title="Name somebody who acts for the resident",
        group=Group.PEOPLE,
        clause="1.3, 3.6",
        fields=(_NAME, _EMAIL, _PHONE, _KIND, _RELATION),
        method=_represent,
        offered=always,
        intro="No clock waits for the authority. A case may have several. A relay assistant or interpreter is none.",
        about=told,
        done="The representative is on the record. Their authority is not given yet.",
    ),
    ActForm(
        name="authority",
        title="Record a representative’s authority",
        group=Group.PEOPLE,
        clause="3.6",
        fields=(_WHO, _AUTHORITY, _BASIS, _TOPICS, _GIVEN_ON, _EXPIRES, _SHOWN_BY, _FILE),
        do=_authority,
        offered=_represented,
        about=told,
        done="The authority is on the record.",
    ),
    ActForm(
        name="withdraw_authority",
        title="Withdraw a representative’s authority",
        group=Group.PEOPLE,
        clause="3.6",
        fields=(_WHO_ENDS, _HOW_KNOWN),
        do=_withdraw,
        offered=lambda case: any(r.authority in _MAY_END for r in case.representatives),
        intro="It holds at once: nothing more goes to them.",
        about=told,
        done="The authority is withdrawn.",
    ),
    ActForm(
        name="choose_letters",
        title="Choose who gets the letters",
        group=Group.PEOPLE,
        clause="3.6",
        fields=(_WHO, _LETTERS, _COPY),
        do=lambda a: (
            lambda case, acting: representation.choose_letters(case, a[_WHO].number, a[_LETTERS], a[_COPY], acting)
        ),
        offered=lambda case: any(r.authority in ACTING_AUTHORITY for r in case.representatives),
        about=told,
        done="The choice is on the record.",
    ),
    ActForm(
        name="ask_authority",
        title="Ask for authority again",
        group=Group.PEOPLE,
        clause="3.6",
        fields=(_SAID,),
        do=lambda _a: representation.ask,
        offered=lambda case: any(r.authority is Authority.PENDING for r in case.representatives),
        letter="authority_request",
        said=_SAID,
        done="The letter is on its way.",
    ),
)
