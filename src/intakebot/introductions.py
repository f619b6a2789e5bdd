"""Introductions: who a message is from, whose home it is about, and what they say of themselves later, in a chat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from intakebot.answers import Answers, takes_no_mail
from intakebot.domain import representation
from intakebot.domain.case import SYSTEM, Change, Event, EventType
from intakebot.domain.labels import Flag
from intakebot.domain.message import Address, Declared, Party
from intakebot.domain.people import Person, Representative, same_person
from intakebot.domain.working_days import local_date
from intakebot.errors import Refused
from intakebot.landlord import Landlord
from intakebot.reading import Reading
from intakebot.store.engine import Work


@dataclass(frozen=True, slots=True)
class Introductions:
    """The people of one message."""

    work: Work
    landlord: Landlord
    reading: Reading
    answers: Answers
    now: datetime

    @property
    def writes_from(self) -> Address:
        """The address of whoever writes: where a form wrote for them, the one it gives for answers."""
        sender = self.reading.message.sender or Address("")
        return self.reading.message.reply_to if self.reading.message.reply_to and takes_no_mail(sender) else sender

    def parties(self) -> tuple[Person, Representative | None]:
        """The resident of a new case and, where somebody else writes, who acts for them."""
        if self.reading.message.declared is not None:
            return self._declared(self.reading.message.declared)
        sender = self.writes_from
        if not self.reading.classification.has_flag(Flag.REPRESENTATIVE):
            return self._person(sender, self.reading.address, self.reading.phone), None
        relation = next((t for t in self.reading.classification.flags if t.label == Flag.REPRESENTATIVE), None)
        words = "; ".join(relation.evidence[:1]) if relation else ""
        # Somebody unproven names a resident: never the person we know by that address, until authority is given.
        theirs = self.reading.message.forwarded_from or Address("")
        resident = self._stranger(theirs, self.reading.address, self.reading.phone)
        return resident, self._representing(self._person(sender), words)

    def _representing(self, person: Person, relation: str) -> Representative:
        """Logged at once; authority is pending, but where the landlord takes it as given from a genuine address."""
        mail = self.reading.message.sender.key if self.reading.message.sender else ""
        genuine = self.reading.message.authentication.dmarc == "pass"
        domain = mail.rpartition("@")[2] if "@" in mail else ""
        rules, today = self.landlord.kind_rules, local_date(self.now)
        return representation.first_known(person, relation, domain, genuine, rules, today)

    def _person(self, mail: Address, home: str = "", phone: str = "") -> Person:
        return same_person(self.answers.people_at(mail), mail.name) or self._stranger(mail, home, phone)

    def _stranger(self, mail: Address, home: str, phone: str) -> Person:
        return self.work.people.add(Person.at(mail, home, phone))

    def _declared(self, said: Declared) -> tuple[Person, Representative | None]:
        """Whoever said outright who they are. Of a resident somebody else names, nothing we know is taken."""
        if said.representative is None:
            return self._known(said.resident), None
        resident = self.work.people.add(_person_of(said.resident))
        return resident, self._representing(self._known(said.representative), said.relation)

    def _known(self, party: Party) -> Person:
        """The person we know by that name at the address they write from; else somebody new.

        Where staff have spoken to them, also at any other address they gave; and what we did not know is kept.
        """
        person, message = _person_of(party), self.reading.message
        vouched = not message.sender_only_typed and message.chat is None
        writes_from = message.sender.key if message.sender else ""
        for address in person.addresses:
            if not (vouched or address.key == writes_from):
                continue
            if known := same_person(self.answers.people_at(address), person.name):
                return self._also_reached(known, person) if vouched else known
        return self.work.people.add(person)

    def _also_reached(self, known: Person, told: Person) -> Person:
        also = replace(
            known,
            name=known.name or told.name,
            email=known.email or told.email,
            phone=known.phone or told.phone,
            telegram=known.telegram or told.telegram,
            address=known.address or told.address,
        )
        if also != known:
            self.work.people.learn(also)
        return also

    def told_since(self, change: Change) -> Change:
        """In a chat people say only bit by bit who they are, and whether they write for somebody else.

        Only a case that came of this chat alone can have taken its writer for the resident.
        """
        said, sender, case = self.reading.message.declared, self.reading.message.sender, change.case
        if self.reading.message.chat is None or said is None or sender is None:
            return change
        if said.representative is None:
            if sender.key in case.resident.keys:
                self._learn(case.resident, said.resident)
            return change
        acting = self.landlord.acting(self.now)
        acts_already = next((r for r in case.representatives if sender.key in r.person.keys), None)
        if acts_already is not None:
            self._learn(acts_already.person, said.representative)
            if not case.resident.addresses:  # nobody we know: only somebody they named here
                self._learn(case.resident, said.resident)
            told = representation.say_relation(case, acts_already.person, said.relation, acting)
        elif sender.key in case.resident.keys and self.work.messages.only_sender(case.id) == sender.key:
            try:
                writer = self._learn(case.resident, said.representative)
                named = self._representing(writer, said.relation)
                resident = _person_of(said.resident)
                told = representation.turns_out_to_act_for(case, resident, named, acting)
            except Refused as refused:
                event = Event(self.now, SYSTEM, EventType.NOTED, f"They write for somebody else. {refused}.")
                told = Change(case, (event,))
            else:
                told = replace(told, case=replace(told.case, resident=self.work.people.add(resident)))
        else:
            return change
        return Change(told.case, (*change.events, *told.events))

    def _learn(self, person: Person, told: Party) -> Person:
        """Fill in what we did not know of somebody. The name of their account gives way to the one they say."""
        account = self.reading.message.chat.profile if self.reading.message.chat else ""
        name = told.name if told.name and person.name in ("", account) else person.name
        known = replace(person, name=name, phone=person.phone or told.phone, address=person.address or told.address)
        if known != person:
            self.work.people.learn(known)
        return known


def _person_of(party: Party) -> Person:
    return Person(party.name, party.email, party.phone, party.telegram, party.address, party.tenure)
