"""An act with a page: what its form asks, when the case page offers it, and how the answers become an act.

Whether an act is allowed, the domain says; `offered` only keeps links off the page that would be refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any

from intakebot.casework import Act, Casework
from intakebot.domain.case import Case
from intakebot.domain.people import APPROVES
from intakebot.web.acts.fields import Answers, Choose, Field, Option, Situation, Start, empty


class Group(StrEnum):
    """Where the case page lists an act; the value is the heading."""

    BEGIN = "The complaint"
    ANSWER = "The answer"
    RIGHT = "Putting it right"
    OMBUDSMAN = "The Ombudsman and learning"
    HAZARDS = "Hazards"
    PEOPLE = "The people"
    END = "Ending it"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActForm:
    """An act as its page has it. Exactly one of `do` and `method` is set.

    `do` makes the domain's act of the answers. `method` is for what casework does beyond one case; it gives the
    reference of a case it opened, or "". With `letter` the act goes together with the letter of that name (at
    stage 2 `letter_at_2`, where it is another), in which `said` are the officer's own words. `done` is the
    notice afterwards, `clause` the provision the act stands under.
    """

    name: str
    title: str
    group: Group
    clause: str
    done: str
    offered: Callable[[Case], bool]
    do: Callable[[Answers], Act] | None = None
    method: Callable[[Casework, str, Answers], str] | None = None
    fields: tuple[Field[Any], ...] = ()
    letter: str = ""
    letter_at_2: str = ""
    said: Field[str] | None = None
    intro: str = ""
    about: Callable[[Situation], str] = lambda _situation: ""
    button: str = "Save"

    def letter_for(self, case: Case) -> str:
        """The letter that goes with the act on this case; "" for none."""
        return self.letter_at_2 if self.letter_at_2 and case.stage == 2 else self.letter

    def words(self, answers: Answers) -> str:
        """The officer's own words in the letter."""
        return answers[self.said] if self.said else ""

    def run(self, casework: Casework, reference: str, answers: Answers) -> str:
        """Do the act. Gives the reference of a case it opened, or ""."""
        if self.method is not None:
            return self.method(casework, reference, answers)
        casework.act(reference, self.act(answers))
        return ""

    def act(self, answers: Answers) -> Act:
        """The domain's act. Raises LookupError for an act that is casework's own."""
        if self.do is None:
            raise LookupError(self.name)
        return self.do(answers)


def fingerprint(case: Case) -> str:
    """What is recorded of a case, in a few letters: a form sent twice, or after somebody else's act, is noticed."""
    facts = (case.affects, case.ombudsman, case.issue_on, case.aware_on, case.contractor)
    somebody = [astuple(one) for one in case.representatives]  # its repr leaves out who it is
    held = case.records
    kept = [*map(astuple, held.needs), *map(astuple, held.contact_rules)]
    kept += [*map(astuple, held.safety_rules), *map(astuple, held.deaths)]
    recorded = repr((case.status, case.kind, case.stages, case.records, facts, somebody, kept))
    return hashlib.sha256(recorded.encode()).hexdigest()[:16]


def complaint(case: Case) -> bool:
    """A complaint, whatever has become of it."""
    return bool(case.stages)


def answer_owed(case: Case) -> bool:
    """A complaint whose current stage still runs."""
    return case.current is not None and case.current.open


def acknowledged(case: Case) -> bool:
    """A running stage that has been acknowledged."""
    return answer_owed(case) and case.acknowledged_at is not None


def always(_case: Case) -> bool:
    """On every case."""
    return True


def signers(
    name: str, label: str, *, hint: str = "", nobody: str = "", missing: str = "", start: Start = empty
) -> Choose[str]:
    """Which of those who may approve (Code 4.2) did so. `nobody` is the choice of none, `missing` what is said of it
    where somebody must have.
    """

    def options(situation: Situation) -> tuple[Option[str], ...]:
        may = [o.name for o in situation.staff if o.active and o.role in APPROVES]
        none = (Option("", nobody, ""),) if nobody else ()
        return (*none, *(Option(name, name, name) for name in may))

    return Choose(name=name, label=label, hint=hint, missing=missing, start=start, options=options, list_box=True)
