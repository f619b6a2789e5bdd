"""Correspondence: letters an officer sends about a case, drafted from it, checked for what the Code asks, and kept.

A letter goes to those whom `domain/disclosure.py` names, the resident or the representatives who act for them, by mail
or in their chat. Where neither reaches them, or another way suits them better, the officer gives it that way and says
how, and the letter is kept all the same (Code 5.12).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from intakebot import reaching
from intakebot.domain import need_acts, safety
from intakebot.domain.case import Case, Change, Event
from intakebot.domain.disclosure import Correspondents, correspondents
from intakebot.domain.letter_kinds import require_parts
from intakebot.domain.letters import LetterFacts, without_the_case
from intakebot.domain.message import Address, Purpose
from intakebot.domain.needs import Contact, prefers, size_of, way_of
from intakebot.domain.people import Person
from intakebot.domain.wording import plain
from intakebot.domain.working_days import local_date
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
    "authority_request": Purpose.AUTHORITY_REQUEST,
}
"""Each letter an officer sends, and why it is sent."""

_NOBODY = Person()
_DECISIONS = frozenset({Purpose.RESPONSE, Purpose.REFUSAL})
_IN_CHAT = "A decision goes into a chat only where they said that they like to be reached there"
_INSTEAD = "say how the letter is given instead"
_SET_ASIDE = "Reach them another way; or set the rule aside for today, with the reason, and send it then"


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter that is owed, as it would read if it went today. `to` is None where nothing of ours reaches them.

    `also` are the others it goes to, other representatives first, and then who gets a copy. `barred` says why their
    address must not be used, "" where it may. `print_pt` is the size of their large print in points; 0 for ordinary
    print.
    """

    to: Address | None
    letter: Letter
    facts: LetterFacts
    also: tuple[Address, ...] = ()
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
        purpose = PURPOSES[name]
        found = self._correspondents(case, purpose)
        person = found.to[0] if found.to else _NOBODY
        facts, barred = self._facts(case, name, person, said), self._barred(case, person, purpose)
        others = (p for p in (*found.to[1:], *found.copies) if not self._obstacle(case, p, purpose))
        also = tuple(address for p in others if (address := _address(case, p, purpose)))
        letter = self.landlord.letters.write(name, case=facts)
        return Draft(
            None if barred else _address(case, person, purpose), letter, facts, also, self._size(case, person), barred
        )

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

        Raises `Refused` where nobody may get it, nobody can, or how somebody may be reached forbids it.
        """
        found = self._correspondents(case, purpose)
        if not found.to:
            raise Refused("The resident has died. Record first who acts for the estate, and on what authority", "3.6")
        if given.strip():
            self._give(case, purpose, letter, found.to[0], given.strip())
            return
        obstacles = [self._obstacle(case, person, purpose) for person in found.to]
        if all(obstacles):
            raise Refused(obstacles[0])
        for person, obstacle in zip(found.to, obstacles, strict=True):
            if not obstacle:
                self._queue(case, purpose, letter, person)
        for person in found.copies:
            if not self._obstacle(case, person, purpose):
                copy = self.landlord.letters.write("copy", case.ombudsman, subject=letter.subject, text=letter.text)
                self._queue(case, purpose, copy, person)

    def formats(self, case: Case, purpose: Purpose) -> Change:
        """What a person must make of a letter that goes, for each who reads it, as tasks on the case (Code 5.10)."""
        found, landlord, events = self._correspondents(case, purpose), self.landlord, list[Event]()
        for reader in (*found.to, *found.copies):
            calendar = landlord.time_rules.calendar
            owed = need_acts.owe_formats(case, reader, purpose, calendar, landlord.formats, self.now)
            case, events = owed.case, [*events, *owed.events]
        return Change(case, tuple(events))

    def _facts(self, case: Case, name: str, reader: Person, said: str) -> LetterFacts:
        facts = self.landlord.facts(case, reader, said)
        return without_the_case(facts) if name == "authority_request" else facts

    def _queue(self, case: Case, purpose: Purpose, letter: Letter, person: Person) -> None:
        to = _address(case, person, purpose) or Address("")
        letter = self.landlord.with_link(letter, case, person, to, self.now)
        if points := self._size(case, person):
            letter = in_large_print(letter, points)
        message = self.landlord.to_resident(case, purpose, letter, to, self.now, automatic=False)
        answered = self.work.messages.latest_from(case.id, to.key)
        if answered:
            message = replace(message, in_reply_to=answered, references=(answered,))
        self.work.outbox.put(message, case.id, self.now)

    def _give(self, case: Case, purpose: Purpose, letter: Letter, person: Person, given: str) -> None:
        """Keep a letter that the officer gives by hand, by post or another way."""
        if person.id == case.resident.id and safety.home_forbidden(case, local_date(self.now)):
            raise Refused(f"Letters to the resident's home are not safe. {_SET_ASIDE}")
        if points := self._size(case, person):
            letter = in_large_print(letter, points)
        to = _address(case, person, purpose) or Address("", person.name)
        message = self.landlord.to_resident(case, purpose, letter, to, self.now, automatic=False)
        self.work.outbox.put_given(replace(message, channel="other"), case.id, given, self.now)

    def _obstacle(self, case: Case, person: Person, purpose: Purpose) -> str:
        """Why no letter can go to this person by itself, "" where one can."""
        to = _address(case, person, purpose)
        if to is None:
            return f"{_IN_CHAT if person.telegram else 'There is no mail address on the case'}; {_INSTEAD}"
        if barred := self._barred(case, person, purpose):
            return barred
        if to.channel == "email" and person.email_failure:
            return f"Mail to this address comes back ({person.email_failure}); say how it is given instead"
        return ""

    def _barred(self, case: Case, person: Person, purpose: Purpose) -> str:
        """Why a letter must not go to this person's address; "" where it may."""
        to = _address(case, person, purpose)
        if to is None:
            return ""
        users, today = (person, *self.work.people.at(to.key)), local_date(self.now)
        known = reaching.safety_at(self.work, to, users)
        if reaching.is_forbidden(known, to, users, case, today, by_officer=True):
            return f"{reaching.FORBIDDEN} {_SET_ASIDE}"
        if reaching.barred(case, person, to):
            return f"They must not be reached by {plain(way_of(to.email))}; {_INSTEAD}"
        return ""

    def _size(self, case: Case, person: Person) -> int:
        return size_of(need_acts.known_of(case).of(person.id), self.landlord.formats.print_pt)

    def _correspondents(self, case: Case, purpose: Purpose) -> Correspondents:
        """Whom we write to today (Code 3.6)."""
        wrote_it_all = self.work.messages.only_sender(case.id) if case.representatives else ""
        return correspondents(case, purpose, local_date(self.now), wrote_it_all)


def _address(case: Case, person: Person, purpose: Purpose) -> Address | None:
    """Where a letter reaches them without anybody's help: by mail, else in their chat.

    A decision goes into a chat only where they wish to be reached there: others may look at it (accessibility.md 7).
    """
    wishes = prefers(need_acts.known_of(case).of(person.id))
    shut = set() if purpose not in _DECISIONS or wishes is Contact.TELEGRAM else {"telegram"}
    return next((address for address in person.written_to if address.channel not in shut), None)


def _line(text: str) -> str:
    return " ".join(text.split())
