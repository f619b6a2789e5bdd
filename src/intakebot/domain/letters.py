"""Letters: the facts each letter states, gathered from a case. Wording is in templates a landlord can edit.

Automatic letters never repeat what the sender wrote: a forged sender must not turn us into a relay for
somebody's text, and a shared screen must not show what a resident confided.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from intakebot.domain.case import Case, TagType
from intakebot.domain.labels import DANGER_FLAGS, Category, Flag, Kind
from intakebot.domain.people import Authority
from intakebot.domain.working_days import LONDON, local_date


@dataclass(frozen=True, slots=True)
class CategoryWords:
    """A category in the landlord's words: its title, and what they are and are not responsible for (Code 5.7)."""

    title: str
    responsible_for: str
    not_responsible_for: str = ""


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What letters to residents may say of a case. Dates are written out for reading."""

    reference: str
    greeting: str
    kind: str
    received_on: str
    ack_due: str
    response_due: str
    about: tuple[str, ...]
    outcomes_sought: tuple[str, ...]
    responsible_for: tuple[str, ...]
    not_responsible_for: tuple[str, ...]
    emergency: bool
    representing: bool
    authority_needed: bool


_LONGEST_NAME = 60
_NOT_A_NAME = re.compile(r"""[\d_/:@<>{}\[\]|\\"!?%&=+#*$£€;。．｡]|\.\w{2}""")
CONFIDENTIAL_FLAGS = frozenset({Flag.SAFEGUARDING, Flag.DOMESTIC_ABUSE, Flag.HATE_INCIDENT})
"""With one of these, an automatic letter says nothing of what the message is about: others may read it."""


def letter_facts(case: Case, words: Mapping[str, CategoryWords], to_name: str) -> LetterFacts:
    """The facts of a case that a letter to somebody with this name states."""
    flags = case.labels(TagType.FLAG)
    confidential = bool(set(flags) & CONFIDENTIAL_FLAGS)
    about = () if confidential else tuple(words[c] for c in case.labels(TagType.CATEGORY) if c in words)
    return LetterFacts(
        reference=case.reference,
        greeting=greeting(to_name),
        kind=case.kind.value,
        received_on=long_date(local_date(case.received_at)),
        ack_due=long_date(case.due.ack_due) if case.due else "",
        response_due=long_date(case.due.response_due) if case.due else "",
        about=tuple(w.title for w in about),
        outcomes_sought=_outcomes_sought(case),
        responsible_for=tuple(w.responsible_for for w in about if w.responsible_for),
        not_responsible_for=tuple(w.not_responsible_for for w in about if w.not_responsible_for),
        emergency=Flag.EMERGENCY_HAZARD in flags,
        representing=case.representative is not None,
        authority_needed=case.representative is not None and case.representative.authority is Authority.PENDING,
    )


def greeting(name: str) -> str:
    """How a letter begins. A sender may call himself anything; only what reads like a name is repeated.

    >>> greeting("Shirley O'Neill-Amadi"), greeting("Win at spam.example")
    ("Dear Shirley O'Neill-Amadi", 'Hello')
    """
    fit = name.strip() and name.isprintable() and len(name) <= _LONGEST_NAME and not _NOT_A_NAME.search(name)
    return f"Dear {name}" if fit else "Hello"


def may_acknowledge_at_once(case: Case) -> bool:
    """Whether an acknowledgement may go without an officer reading it first (Code 6.2, 5.6, 5.7).

    Only for a complaint that needs no review, whose subject is known, in English, and where nobody is at risk:
    those letters need a person's care.
    """
    flags = set(case.labels(TagType.FLAG))
    return (
        case.kind is Kind.COMPLAINT
        and case.due is not None
        and not case.needs_review
        and bool(case.labels(TagType.CATEGORY))
        and case.language == "en"
        and not flags & (DANGER_FLAGS | CONFIDENTIAL_FLAGS | {Flag.LEGAL_ACTION})
        and case.representative is None
    )


def _outcomes_sought(case: Case) -> tuple[str, ...]:
    """What the resident plainly wants (Code 5.6), as far as the tags show it; the letter asks for the rest."""
    flags, categories = case.labels(TagType.FLAG), case.labels(TagType.CATEGORY)
    wanted = []
    if {Category.REPAIRS, Category.DAMP_MOULD, Category.BUILDING_SAFETY, Category.COMMUNAL_AREAS} & set(categories):
        wanted.append("the problem put right")
    if Category.COMPLAINT_HANDLING in categories or Flag.MISSED_APPOINTMENT in flags:
        wanted.append("an explanation of what went wrong")
    if Flag.COMPENSATION_REQUEST in flags:
        wanted.append("money to make up for it")
    return tuple(wanted)


def long_date(day: date) -> str:
    """A date as letters write it.

    >>> long_date(date(2026, 3, 2))
    'Monday 2 March 2026'
    """
    return f"{day:%A} {day.day} {day:%B %Y}"


def clock_time(moment: datetime) -> str:
    """A moment as notices write it, Europe/London.

    >>> clock_time(datetime(2026, 6, 1, 12, 0, tzinfo=UTC))
    '1 June 2026 at 13:00'
    """
    local = moment.astimezone(LONDON)
    return f"{local.day} {local:%B %Y at %H:%M}"
