"""Answers: who is written to about a message, and in which letter; and who must know of danger at once.

Nothing about a case goes to anybody but the people on it, at the address we know. An automatic letter is
never sent to a machine, to a forged sender, to ourselves, or too often.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from intakebot import reaching
from intakebot.domain import complaints, need_acts
from intakebot.domain.case import SYSTEM, Case, Event, EventType
from intakebot.domain.disclosure import is_party
from intakebot.domain.hazards import HazardLevel
from intakebot.domain.labels import DANGER_FLAGS, Classification, Kind
from intakebot.domain.letters import clock_time, greeting, may_acknowledge_at_once
from intakebot.domain.message import Address, NormalisedMessage, OutboundMessage, Purpose
from intakebot.domain.needs import NOTHING_KNOWN, NeedsKnown, size_of, way_of, why_not_by_itself
from intakebot.domain.people import Person
from intakebot.domain.phones import RELAY_CHANNELS, fuller_number
from intakebot.domain.working_days import local_date
from intakebot.formats.large_print import in_large_print
from intakebot.landlord import Landlord
from intakebot.store.engine import Work

_NO_REPLY = re.compile(r"^(?:no|do)[-_.]?(?:not[-_.]?)?reply", re.IGNORECASE)
_LETTER_OF_KIND = {
    Kind.SERVICE_REQUEST: "service_request",
    Kind.UPDATE: "service_request",
    Kind.ENQUIRY: "enquiry",
    Kind.COMPLIMENT: "compliment",
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What one message is answered with. `outgoing` gathers the letters until their case has a row to belong to."""

    work: Work
    landlord: Landlord
    message: NormalisedMessage
    classification: Classification
    now: datetime
    outgoing: list[OutboundMessage] = field(default_factory=list)
    known_at: dict[str, tuple[Person, ...]] = field(default_factory=dict)
    needs_at: dict[str, NeedsKnown] = field(default_factory=dict)
    safety_at: dict[str, reaching.Safety] = field(default_factory=dict)

    def first(self, case: Case, events: list[Event]) -> tuple[Case, bool]:
        """Receipt, or receipt and acknowledgement in one; else an officer is shown the acknowledgement to approve."""
        to = self.message.answer_to
        if to is None:
            events.append(self._withheld("It gives no address to answer."))
            return case, False
        to = Address(to.email, self._name_given())
        reader = self.writer(case) or (case.representative.person if case.representative else case.resident)
        if case.due is None:
            name = "receipt" if case.needs_review else _LETTER_OF_KIND.get(case.kind, "receipt")
            return self._answer(case, name, Purpose.RECEIPT, to, reader, events)
        defined = self.landlord.defined(case)
        if self.landlord.automatic_acknowledgement and may_acknowledge_at_once(defined):
            acknowledged = complaints.acknowledge(defined, self.landlord.acting(self.now))
            told, sent = self._answer(acknowledged.case, "acknowledgement", Purpose.ACKNOWLEDGEMENT, to, reader, events)
            if sent:
                events.extend(acknowledged.events)
                return told, True
            return replace(case, records=told.records), False
        return self._answer(case, "receipt", Purpose.RECEIPT, to, reader, events)

    def to_party(self, case: Case, events: list[Event]) -> tuple[Case, bool]:
        """Answer about a case only somebody who is on it, and only at the address we know them by."""
        person = self.writer(case)
        if person is None:
            events.append(self._withheld("The sender is not the resident or representative."))
            return case, False
        if self._told_in_chat:
            return case, False
        known = next(a.email for a in person.addresses if self.message.sender and a.key == self.message.sender.key)
        return self._answer(case, "added", Purpose.ADDED, Address(known, self._name_given()), person, events)

    def writer(self, case: Case) -> Person | None:
        """Which party to a case wrote this message; None where none did, or one who is a party no longer."""
        sender = self.message.sender.key if self.message.sender else ""
        today = local_date(self.now)
        people = [case.resident, *(r.person for r in case.representatives if is_party(case, r, today))]
        return next((p for p in people if sender in p.keys), None) if sender else None

    def keep_number(self, writer: Person | None) -> None:
        """Keep with whoever rang through Relay UK the number they rang from, where none is known or it is a TextNumber.

        Staff or a phone system saw it; what a form or a chat claims changes nobody's number.
        """
        said = self.message.declared
        if writer is None or said is None or self.message.channel not in RELAY_CHANNELS:
            return
        number = fuller_number(writer.phone, (said.representative or said.resident).phone)
        if number != writer.phone:
            self.work.people.learn(replace(writer, phone=number))

    def that_a_person_reads(self, inbox_id: int, reason: str) -> bool:
        """Say that a person will read it, and nothing of any case; tell the duty officer if it may report danger."""
        to = self.message.answer_to
        answered = to is not None and not (self._told_in_chat or self._why_withhold(to) or self._unsafe(to))
        if answered and to is not None:
            letter = self.landlord.letters.write("read_by_a_person", greeting=greeting(to.name))
            self.outgoing.append(self.landlord.without_case(letter, self.message, to, self.now))
        danger = danger_words(self.classification)
        if danger:
            link = f"{self.landlord.base_url}/staff/parked/{inbox_id}"
            letter = self.landlord.letters.write("waiting_notice", reason=reason, danger=danger, link=link)
            duty = self.landlord.routing.duty_officer
            self.outgoing.append(self.landlord.to_staff(Purpose.DUTY_NOTICE, letter, duty, self.now))
        return answered

    @property
    def _told_in_chat(self) -> bool:
        """Whether a bot has said at once that we have it: a letter for every line of a chat would bury what matters."""
        return self.message.chat is not None and self.message.chat.answered

    def tell_duty_officer(self, case: Case) -> Event:
        reasons = danger_words(self.classification)
        hazard = case.hazard if case.hazard and case.hazard.level is HazardLevel.EMERGENCY else None
        due = clock_time(hazard.due_at) if hazard else ""
        link = self.landlord.case_link(case.reference)
        letter = self.landlord.letters.write(
            "duty_notice", reference=case.reference, reasons=reasons, hazard_due=due, link=link
        )
        duty = self.landlord.routing.duty_officer
        self.outgoing.append(self.landlord.to_staff(Purpose.DUTY_NOTICE, letter, duty, self.now))
        return Event(self.now, SYSTEM, EventType.DUTY_OFFICER_TOLD, f"The duty officer was told: {reasons}.")

    def people_at(self, address: Address) -> tuple[Person, ...]:
        if address.key not in self.known_at:
            self.known_at[address.key] = self.work.people.at(address.key)
        return self.known_at[address.key]

    def known_needs(self, address: Address, *, hold: bool = False) -> NeedsKnown:
        """What the people at this address need: one read, and none for strangers. `hold` as the store has it."""
        if address.key not in self.needs_at:
            people = [person.id for person in self.people_at(address)]
            self.needs_at[address.key] = self.work.people.needs(people, hold=hold) if people else NOTHING_KNOWN
        return self.needs_at[address.key]

    def _safety_at(self, address: Address) -> reaching.Safety:
        if address.key not in self.safety_at:
            self.safety_at[address.key] = reaching.safety_at(self.work, address, self.people_at(address))
        return self.safety_at[address.key]

    def only_claims_to_be(self, person: Person) -> bool:
        """Whether this is somebody we knew before, and all that says so is an address anybody could have typed."""
        known = any(person.id == one.id for people in self.known_at.values() for one in people)
        return known and self.message.sender_only_typed

    @property
    def _avoids(self) -> bool:
        return self.message.declared is not None and bool(self.message.declared.safe_contact.strip())

    def forget(self, address: Address) -> None:
        """What is known of the people at this address has changed."""
        self.known_at.pop(address.key, None)
        self.safety_at.pop(address.key, None)

    @property
    def forged(self) -> bool:
        """Whether our own mail relay says that the From address is not genuine (DMARC, RFC 7489)."""
        return self.message.authentication.dmarc == "fail"

    def _name_given(self) -> str:
        """The name this message itself gives: a letter never tells its reader a name from our records."""
        sender, to = self.message.sender, self.message.answer_to
        return (sender.name if sender else "") or (to.name if to else "")

    def _answer(
        self, case: Case, letter_name: str, purpose: Purpose, to: Address, reader: Person, events: list[Event]
    ) -> tuple[Case, bool]:
        """Send a letter as its reader can read it, or say why not; what a person must do for it becomes a task."""
        calendar, rules = self.landlord.time_rules.calendar, self.landlord.formats
        if withheld := self._has_died(case, to) or self._why_withhold(to):
            events.append(self._withheld(withheld))
            return case, False
        if unsafe := self._unsafe(to, case, reader):
            events.append(self._withheld(unsafe))
            owed = need_acts.owe_safe_contact(case, reader, purpose, calendar, rules, self.now)
            events.extend(owed.events)
            return owed.case, False
        letter = self.landlord.with_link(self.landlord.write(letter_name, case, to.name), case, reader, to, self.now)
        if points := size_of(need_acts.known_of(case).of(reader.id), rules.print_pt):
            letter = in_large_print(letter, points)
        self.outgoing.append(self.landlord.to_resident(case, purpose, letter, to, self.now, answers=self.message))
        if purpose is not Purpose.ACKNOWLEDGEMENT:
            events.append(Event(self.now, SYSTEM, EventType.RECEIPT_SENT, "A receipt was queued for sending."))
        owed = need_acts.owe_formats(case, reader, purpose, calendar, rules, self.now)
        events.extend(owed.events)
        return owed.case, True

    def _unsafe(self, to: Address, case: Case | None = None, reader: Person | None = None) -> str:
        """Why nothing automatic may go to this address for the sake of how its people may be reached, "" if it may.

        What holds for the reader holds, and for everybody else who uses the address; so does every warning on the
        case that no member of staff has read.
        """
        users, today = self.people_at(to), local_date(self.now)
        if reaching.is_forbidden(self._safety_at(to), to, users, case, today, by_officer=False):
            return reaching.FORBIDDEN
        if reader is not None and self.only_claims_to_be(reader) and self._avoids:
            return "They said what to avoid in reaching them; a person must read that first."
        known = self.known_needs(to)
        if case is not None:
            known = need_acts.known_of(case).joined_with(known)
        if not (known.needs or known.rules):
            return ""
        way, ids = way_of(to.email), [*([reader.id] if reader else []), *(p.id for p in self.people_at(to))]
        mine = {rule.avoid for person_id in ids for rule in known.of(person_id).rules}
        warnings = NeedsKnown(
            rules=tuple(r for r in known.rules if not r.ended_on and r.unread and r.avoid not in mine)
        )
        found = (why_not_by_itself(part, way) for part in (*(known.of(i) for i in ids), warnings))
        return next((why for why in found if why), "")

    def _withheld(self, why: str) -> Event:
        return Event(self.now, SYSTEM, EventType.ANSWER_WITHHELD, f"No answer was sent. {why}")

    def _has_died(self, case: Case, to: Address) -> str:
        """That this address is that of somebody on the case who has died, "" where it is not."""
        dead = {d.person_id for d in (*self._safety_at(to).deaths, *case.records.deaths) if d.withdrawn_on is None}
        theirs = {person.id for person in case.parties if to.key in person.keys}
        return "We were told that they have died." if theirs and theirs <= dead else ""

    def _why_withhold(self, to: Address) -> str:
        """Why no automatic answer may go to this address, "" if one may."""
        if self.message.automatic is not None:
            return "A machine wrote it (RFC 3834)."
        if self.forged:
            return "Our mail relay says that the sender's address may be forged."
        if self.message.envelope.sender == "":
            return "It came with an empty return path, which asks for no answer (RFC 3834)."
        if to.key in self.landlord.own_addresses:
            return "Its address for answers is our own."
        if to.channel == "tel":
            return "They are reached by phone: somebody must tell them."
        if takes_no_mail(to):
            return "Its address for answers takes no mail; reach the person another way."
        if any(person.email_failure for person in self.people_at(to)):
            return "Mail to this address has come back before; reach the person another way."
        sent = self.work.outbox.automatic_since(to.key, self.now - timedelta(days=1))
        if sent >= self.landlord.answers_per_day:
            return f"{sent} automatic messages went to this address in a day; write to the person yourself."
        return ""


def takes_no_mail(address: Address) -> bool:
    """Whether the address says that nobody reads what comes to it."""
    return bool(_NO_REPLY.match(address.email))


def danger_flags(classification: Classification) -> list[str]:
    return [tag.label for tag in classification.flags if tag.label in DANGER_FLAGS]


def danger_words(classification: Classification) -> str:
    return ", ".join(label.replace("_", " ") for label in danger_flags(classification))
