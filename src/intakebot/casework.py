"""Casework: what an officer does. The same domain acts as intake's, each in one transaction with its event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from intakebot.domain import acts
from intakebot.domain.case import Case, Change, Event, EventType, TagType
from intakebot.domain.labels import Category, Flag, Kind, Need
from intakebot.domain.letters import letter_facts
from intakebot.domain.message import Address, Purpose
from intakebot.domain.people import Officer, Person
from intakebot.domain.routing import route
from intakebot.domain.working_days import local_date
from intakebot.errors import BadInput, Refused
from intakebot.formats.letters import Letter, to_html
from intakebot.landlord import Landlord
from intakebot.store.engine import Work
from intakebot.taking import OPEN

Act = Callable[[Case], Change]


@dataclass(frozen=True, slots=True)
class Draft:
    """An acknowledgement that is owed, as it would read if it went today. `to` is None where mail reaches nobody."""

    to: Address | None
    letter: Letter


@dataclass(frozen=True, slots=True)
class Casework:
    """An officer's acts. Each method runs inside a transaction and raises `Refused` or `BadInput` in plain words."""

    work: Work
    landlord: Landlord
    officer: Officer
    now: datetime

    def _case(self, reference: str, *, lock: bool = True) -> Case:
        case = self.work.cases.get(reference, lock=lock)
        if case is None:
            raise BadInput(f"There is no case {reference}")
        return case

    def _save(self, before: Case, change: Change) -> Case:
        after = change.case
        self.work.cases.save(before, after, change.events, self.landlord.first_steps(after))
        return after

    def acknowledgement(self, reference: str) -> Draft | None:
        """The acknowledgement this case is owed, written afresh: its response date depends on the day it goes.

        None where none is owed: not a complaint, or acknowledged already.
        """
        case = self._case(reference, lock=False)
        if case.acknowledged_at is not None or case.due is None:
            return None
        today = acts.acknowledge(case, self.officer.name, self.landlord.time_rules, self.now).case
        person = _correspondent(case)
        return Draft(_address(person), self.landlord.write("acknowledgement", today, person.name))

    def approve(self, reference: str, subject: str, text: str) -> None:
        """Send an acknowledgement as the officer left it; the response clock starts (Code 6.2, 6.3).

        Raises `Refused` if it is not owed, or if the letter lost the date of the response or the reference.
        """
        case = self._case(reference)
        change = acts.acknowledge(case, self.officer.name, self.landlord.time_rules, self.now)
        facts = letter_facts(change.case, self.landlord.words, "")
        if facts.response_due not in text:
            raise Refused(f"The letter must say when the answer is due: {facts.response_due}", "6.3")
        if reference not in text and reference not in subject:
            raise Refused(f"The letter must give the reference {reference}")
        if self.landlord.ombudsman_phone not in text:
            raise Refused("The letter must say how to reach the Ombudsman", "3.7")
        body = text.strip() + "\n"
        self._send(case, Purpose.ACKNOWLEDGEMENT, Letter(_line(subject), body, to_html(body)))
        self._save(case, change)

    def acknowledged_otherwise(self, reference: str, how: str) -> None:
        """Record that the officer acknowledged the complaint without us: by phone, in person, by post (Code 6.2)."""
        case = self._case(reference)
        if not how.strip():
            raise Refused("Say how it was acknowledged, and what was said (Code 5.6, 5.7)")
        change = acts.acknowledge(case, self.officer.name, self.landlord.time_rules, self.now)
        event = Event(self.now, self.officer.name, EventType.NOTED, f"Acknowledged another way: {how.strip()}")
        self._save(case, Change(change.case, (*change.events, event)))

    def correct(
        self,
        reference: str,
        kind: Kind,
        categories: Sequence[Category],
        flags: Sequence[Flag],
        needs: Sequence[Need],
        reason: str,
    ) -> None:
        """Set kind and tags; clocks follow."""
        case = self._case(reference)
        change = acts.correct(
            case, kind, categories, flags, needs, reason, self.officer.name, self.landlord.time_rules, self.now
        )
        self._save(case, change)

    def reassign(self, reference: str, officer_id: int | None, team: str, reason: str) -> None:
        """Give the case to a named officer, or with None to a team's queue."""
        case = self._case(reference)
        officer = self.work.officers.get(officer_id) if officer_id is not None else None
        if officer_id is not None and (officer is None or not officer.active):
            raise BadInput("Choose an officer who has an account")
        team_id = officer.team if officer and officer.team else team
        if self.landlord.routing.team(team_id) is None:
            raise BadInput("Choose a team")
        self._save(case, acts.assign(case, officer_id, team_id, reason, self.officer.name, self.now))

    def suggest(self, reference: str) -> str:
        """Whom routing would choose now, in a sentence: a hint beside the form."""
        case = self._case(reference, lock=False)
        patch = next((p for p in self.landlord.routing.patches if p.id == case.patch), None)
        officers = self.work.officers.all(with_workload=True)
        labels = case.labels
        chosen = route(
            labels(TagType.CATEGORY),
            labels(TagType.FLAG),
            patch,
            "",
            self.landlord.routing,
            officers,
            local_date(self.now),
        )
        return chosen.reason

    def reply(self, reference: str, subject: str, text: str) -> None:
        """Write to the resident, or to the representative who acts for them, in the officer's own words."""
        case = self._case(reference)
        if not text.strip():
            raise Refused("Write something to send")
        letter = self.landlord.letters.write("reply", subject=_line(subject) or f"About {reference}", text=text.strip())
        self._send(case, Purpose.REPLY, letter)
        event = Event(self.now, self.officer.name, EventType.REPLY_SENT, "A reply was queued for sending.")
        self._save(case, Change(case, (event,)))

    def _send(self, case: Case, purpose: Purpose, letter: Letter) -> None:
        """Queue a letter to the resident or representative, at the address we know, threaded to their last message."""
        person = _correspondent(case)
        to = _address(person)
        if person.email_failure:
            raise Refused(f"Mail to this address comes back ({person.email_failure}); reach the person another way")
        if to is None:
            raise Refused("There is no mail address on the case; reach the person another way and note it")
        message = self.landlord.to_resident(case, purpose, letter, to, self.now, automatic=False)
        answered = self.work.messages.latest_from(case.id, to.key)
        if answered:
            message = replace(message, in_reply_to=answered, references=(answered,))
        self.work.outbox.put(message, case.id, self.now)

    def note(self, reference: str, text: str) -> None:
        """Write something on the case's record."""
        case = self._case(reference)
        if not text.strip():
            raise Refused("Write a note first")
        event = Event(self.now, self.officer.name, EventType.NOTED, text.strip())
        self._save(case, Change(case, (event,)))

    def mark_read(self, reference: str, seen: int) -> None:
        """The officer has read the `seen` new messages that the page showed; what came since stays new."""
        case = self._case(reference)
        self._save(case, Change(replace(case, unread=max(case.unread - max(seen, 0), 0)), ()))

    def close(self, reference: str, reason: str) -> None:
        """Close a case that is not a complaint."""
        case = self._case(reference)
        self._save(case, acts.close(case, reason, self.officer.name, self.now))

    def open_case_from(self, inbox_id: int) -> None:
        """A message on no case begins one: it goes back to intake with that decision."""
        self.work.inbox.direct(inbox_id, OPEN, self.officer.name, self.now)

    def put_on_case(self, inbox_id: int, reference: str) -> None:
        """A message on no case belongs to this one: it goes back to intake with that decision."""
        self._case(reference)
        self.work.inbox.direct(inbox_id, reference, self.officer.name, self.now)

    def retry_received(self, inbox_id: int) -> None:
        """Try a parked message again from the start."""
        self.work.messages.forget_reading(inbox_id)
        self.work.inbox.retry_parked(inbox_id, self.now)

    def retry_outgoing(self, outbox_id: int) -> None:
        """Try to send a parked letter again."""
        self.work.outbox.retry_parked(outbox_id, self.now)

    def dismiss(self, inbox_id: int, reason: str) -> None:
        """There is nothing to do about a parked message. It is kept."""
        if not reason.strip():
            raise Refused("Say why nothing is done, so that the record explains itself")
        self.work.inbox.dismiss(inbox_id, f"{self.officer.name}: {reason.strip()}", self.now)


def _correspondent(case: Case) -> Person:
    return case.representative.person if case.representative else case.resident


def _address(person: Person) -> Address | None:
    return Address(person.email, person.name) if person.email else None


def _line(text: str) -> str:
    return " ".join(text.split())
