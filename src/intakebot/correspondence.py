"""Correspondence: letters an officer sends about a case, drafted from it, checked for what the Code asks, and kept.

A letter goes by mail to the resident, or to the representative who acts for them; where there is no mail address,
or another way suits the person better, the officer gives it that way and says how, and the letter is kept all
the same (Code 5.12).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from intakebot.domain import need_acts
from intakebot.domain.case import Case, Change
from intakebot.domain.letter_kinds import require_parts
from intakebot.domain.letters import LetterFacts, letter_facts
from intakebot.domain.message import Address, Purpose
from intakebot.domain.needs import barred_ways, size_of, way_of
from intakebot.domain.people import Authority, Person
from intakebot.domain.wording import plain
from intakebot.errors import Refused
from intakebot.formats.large_print import in_large_print
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
}
"""Each letter an officer sends, and why it is sent."""

_BEFORE_AUTHORITY = frozenset({Purpose.ACKNOWLEDGEMENT, Purpose.CLARIFICATION, Purpose.REPLY, Purpose.CHOICE})


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter that is owed, as it would read if it went today. `to` is None where mail reaches nobody.

    `barred` says that mail must not be used for its reader, "" where it may. `print_pt` is the size of their large
    print in points; 0 for ordinary print.
    """

    to: Address | None
    letter: Letter
    facts: LetterFacts
    print_pt: int = 0
    barred: str = ""


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Letters about cases, inside a transaction."""

    work: Work
    landlord: Landlord
    now: datetime

    def draft(self, case: Case, name: str, said: str = "") -> Draft:
        """A letter about the case as it stands; `said` is the officer's own part, for letters that have one."""
        person = self._correspondent(case, PURPOSES[name])
        facts = letter_facts(case, self.landlord.words, person.name, said)
        to = _address(person)
        barred = self._barred(case, person, to)
        letter = self.landlord.letters.write(name, case=facts)
        return Draft(None if barred else to, letter, facts, self._size(case, person), barred)

    def send(self, case: Case, name: str, subject: str, text: str, *, given: str = "", said: str = "") -> None:
        """Send a letter as the officer left it; with `given`, keep it as given that way instead of by mail.

        Raises `Refused` naming every part the letter must have and lacks, with its clause; or where there is no
        way to send it and none is given.
        """
        person = self._correspondent(case, PURPOSES[name])
        facts = letter_facts(case, self.landlord.words, person.name, said)
        require_parts(name, facts, subject, text, self.landlord.letters.common)
        body = text.strip() + "\n"
        self.post(case, PURPOSES[name], Letter(_line(subject), body, to_html(body)), given=given)

    def post(self, case: Case, purpose: Purpose, letter: Letter, *, given: str = "") -> None:
        """Queue a letter at the address we know, threaded to the person's last message; or keep one given by hand."""
        person = self._correspondent(case, purpose)
        to = _address(person)
        if points := self._size(case, person):
            letter = in_large_print(letter, points)
        if given.strip():
            to = to or Address("", person.name)
            message = self.landlord.to_resident(case, purpose, letter, to, self.now, automatic=False)
            self.work.outbox.put_given(replace(message, channel="other"), case.id, given.strip(), self.now)
            return
        if person.email_failure:
            raise Refused(f"Mail to this address comes back ({person.email_failure}); say how it is given instead")
        if to is None:
            raise Refused("There is no mail address on the case; say how the letter is given instead")
        if barred := self._barred(case, person, to):
            raise Refused(f"{barred}; say how the letter is given instead")
        message = self.landlord.to_resident(case, purpose, letter, to, self.now, automatic=False)
        answered = self.work.messages.latest_from(case.id, to.key)
        if answered:
            message = replace(message, in_reply_to=answered, references=(answered,))
        self.work.outbox.put(message, case.id, self.now)

    def formats(self, case: Case, purpose: Purpose) -> Change:
        """What a person must make of a letter that goes, for whoever reads it, as tasks on the case (Code 5.10)."""
        reader, landlord = self._correspondent(case, purpose), self.landlord
        return need_acts.owe_formats(case, reader, purpose, landlord.time_rules.calendar, landlord.formats, self.now)

    def _barred(self, case: Case, person: Person, to: Address | None) -> str:
        """Why a letter must not go to this address, for the sake of its reader; "" where it may."""
        way = way_of(to.email) if to else None
        if way is None or way not in barred_ways(need_acts.known_of(case).of(person.id)):
            return ""
        return f"They must not be reached by {plain(way)}"

    def _size(self, case: Case, person: Person) -> int:
        return size_of(need_acts.known_of(case).of(person.id), self.landlord.formats.print_pt)

    def _correspondent(self, case: Case, purpose: Purpose) -> Person:
        """Whom we write to: the representative who acts for the resident, else the resident (Code 3.6).

        While a representative's authority is not proven they get only the answers to a complaint they sent
        themselves; once it is refused, withdrawn or expired they get nothing.
        """
        representative = case.representative
        if representative is None:
            return case.resident
        if representative.authority in (Authority.GIVEN, Authority.LIMITED):
            return representative.person
        pending = representative.authority is Authority.PENDING and purpose in _BEFORE_AUTHORITY
        began_it = self.work.messages.first_sender(case.id) in representative.person.keys
        return representative.person if pending and began_it else case.resident


def _address(person: Person) -> Address | None:
    """Where a letter reaches them without anybody's help: by mail, else in their chat."""
    return next((address for address in person.addresses if address.channel != "tel"), None)


def _line(text: str) -> str:
    return " ".join(text.split())
