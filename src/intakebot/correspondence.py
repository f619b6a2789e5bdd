"""Correspondence: letters an officer sends about a case, drafted from it, checked for what the Code asks, and kept.

A letter goes by mail to those whom `domain/disclosure.py` names: the resident, or the representatives who act for
them. Where there is no mail address, or another way suits the person better, the officer gives it that way and says
how, and the letter is kept all the same (Code 5.12).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from intakebot.domain import safety
from intakebot.domain.case import Case
from intakebot.domain.disclosure import Correspondents, correspondents
from intakebot.domain.letter_kinds import require_parts
from intakebot.domain.letters import LetterFacts, without_the_case
from intakebot.domain.message import Address, Purpose
from intakebot.domain.people import Person
from intakebot.domain.working_days import local_date
from intakebot.errors import Refused
from intakebot.formats.letters import Letter, to_html
from intakebot.landlord import Landlord
from intakebot.store.engine import Work

PURPOSES = {
    "acknowledgement": Purpose.ACKNOWLEDGEMENT,
    "clarification": Purpose.CLARIFICATION,
    "extension": Purpose.EXTENSION,
    "update": Purpose.UPDATE,
    "refusal": Purpose.REFUSAL,
    "escalation_refused": Purpose.REFUSAL,
    "response_stage_1": Purpose.RESPONSE,
    "response_stage_2": Purpose.RESPONSE,
    "withdrawal_check": Purpose.WITHDRAWAL_CHECK,
    "choice": Purpose.CHOICE,
    "closure": Purpose.CLOSURE,
    "reply": Purpose.REPLY,
    "authority_request": Purpose.AUTHORITY_REQUEST,
}
"""Each letter an officer sends, and why it is sent."""

_NOBODY = Person()
_SET_ASIDE = "Reach them another way; or set the rule aside for today, with the reason, and send it then"


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter that is owed, as it would read if it went today. `to` is None where mail reaches nobody.

    `also` are the others it goes to, other representatives first, and then who gets a copy.
    """

    to: Address | None
    letter: Letter
    facts: LetterFacts
    also: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Letters about cases, inside a transaction."""

    work: Work
    landlord: Landlord
    now: datetime

    def draft(self, case: Case, name: str, said: str = "") -> Draft:
        """A letter about the case as it stands; `said` is the officer's own part, for letters that have one."""
        found = self._correspondents(case, PURPOSES[name])
        person = found.to[0] if found.to else _NOBODY
        facts = self._facts(case, name, person, said)
        also = tuple(a for p in (*found.to[1:], *found.copies) if (a := _address(p)) and not self._forbidden(case, p))
        return Draft(_address(person), self.landlord.letters.write(name, case=facts), facts, also)

    def send(self, case: Case, name: str, subject: str, text: str, *, given: str = "", said: str = "") -> None:
        """Send a letter as the officer left it; with `given`, keep it as given that way instead of by mail.

        Raises `Refused` naming every part the letter must have and lacks, with its clause; or where there is no
        way to send it and none is given.
        """
        found = self._correspondents(case, PURPOSES[name])
        facts = self._facts(case, name, found.to[0] if found.to else _NOBODY, said)
        require_parts(name, facts, subject, text, self.landlord.letters.common)
        body = text.strip() + "\n"
        self.post(case, PURPOSES[name], Letter(_line(subject), body, to_html(body)), given=given)

    def post(self, case: Case, purpose: Purpose, letter: Letter, *, given: str = "") -> None:
        """Queue a letter at each address we know, threaded to the person's last message; or keep one given by hand.

        Raises `Refused` where nobody may get it, nobody can, or a rule for somebody's safety forbids it.
        """
        found = self._correspondents(case, purpose)
        if not found.to:
            raise Refused("The resident has died. Record first who acts for the estate, and on what authority", "3.6")
        if given.strip():
            self._give(case, purpose, letter, found.to[0], given.strip())
            return
        obstacles = [self._obstacle(case, person) for person in found.to]
        if all(obstacles):
            raise Refused(obstacles[0])
        for person, obstacle in zip(found.to, obstacles, strict=True):
            if not obstacle:
                self._queue(case, purpose, letter, Address(person.email, person.name))
        for person in found.copies:
            if not self._obstacle(case, person):
                copy = self.landlord.letters.write("copy", case.ombudsman, subject=letter.subject, text=letter.text)
                self._queue(case, purpose, copy, Address(person.email, person.name))

    def _facts(self, case: Case, name: str, reader: Person, said: str) -> LetterFacts:
        facts = self.landlord.facts(case, reader, said)
        return without_the_case(facts) if name == "authority_request" else facts

    def _queue(self, case: Case, purpose: Purpose, letter: Letter, to: Address) -> None:
        message = self.landlord.to_resident(case, purpose, letter, to, self.now, automatic=False)
        answered = self.work.messages.latest_from(case.id, to.key)
        if answered:
            message = replace(message, in_reply_to=answered, references=(answered,))
        self.work.outbox.put(message, case.id, self.now)

    def _give(self, case: Case, purpose: Purpose, letter: Letter, person: Person, given: str) -> None:
        """Keep a letter that the officer gives by hand, by post or another way."""
        if person.id == case.resident.id and safety.home_forbidden(case, local_date(self.now)):
            raise Refused(f"Letters to the resident's home are not safe. {_SET_ASIDE}")
        to = _address(person) or Address("", person.name)
        message = self.landlord.to_resident(case, purpose, letter, to, self.now, automatic=False)
        self.work.outbox.put_given(replace(message, channel="other"), case.id, given, self.now)

    def _obstacle(self, case: Case, person: Person) -> str:
        """Why no letter can go to this person by mail, "" where one can."""
        if not person.email:
            return "There is no mail address on the case; say how the letter is given instead"
        if self._forbidden(case, person):
            return f"A rule for somebody's safety says not to write to this address. {_SET_ASIDE}"
        if person.email_failure:
            return f"Mail to this address comes back ({person.email_failure}); say how it is given instead"
        return ""

    def _forbidden(self, case: Case, person: Person) -> bool:
        rules, today = case.records.contact_rules, local_date(self.now)
        return safety.forbidding(rules, person, today, by_officer=True, at=person.email) is not None

    def _correspondents(self, case: Case, purpose: Purpose) -> Correspondents:
        """Whom we write to today (Code 3.6)."""
        wrote_it_all = self.work.messages.only_sender(case.id) if case.representatives else ""
        return correspondents(case, purpose, local_date(self.now), wrote_it_all)


def _address(person: Person) -> Address | None:
    return Address(person.email, person.name) if person.email else None


def _line(text: str) -> str:
    return " ".join(text.split())
