"""Casework: what an officer does. The same domain acts as intake's, each in one transaction with its event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from intakebot.domain import case as acts
from intakebot.domain.case import Case, Change, Event, EventType
from intakebot.domain.labels import Category, Flag, Kind, Need
from intakebot.domain.letters import letter_facts
from intakebot.domain.message import Address, OutboundMessage, Purpose
from intakebot.domain.people import Officer
from intakebot.domain.routing import route
from intakebot.domain.working_days import local_date
from intakebot.errors import BadInput, Refused
from intakebot.formats.letters import Letter, to_html
from intakebot.landlord import Landlord
from intakebot.store.engine import Work
from intakebot.store.queues import State
from intakebot.taking import OPEN

Act = Callable[[Case], Change]


@dataclass(frozen=True, slots=True)
class Draft:
    """An acknowledgement waiting for approval: its outbox row, and the letter as it would go today."""

    id: int
    to: Address
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
        after = replace(change.case, unread=0)
        self.work.cases.save(before, after, change.events, self.landlord.first_steps(after))
        return after

    def drafts(self, reference: str) -> tuple[Draft, ...]:
        """Acknowledgements waiting for approval, written afresh: the response date depends on the day it goes."""
        case = self._case(reference, lock=False)
        if case.acknowledged_at is not None or case.due is None:
            return ()
        today = acts.acknowledge(case, self.officer.name, self.landlord.time_rules, self.now).case
        letter = self.landlord.write("acknowledgement", today)
        return tuple(Draft(i, m.to[0], letter) for i, m in self.work.views.drafts_of(case.id))

    def approve(self, reference: str, draft_id: int, subject: str, text: str) -> None:
        """Send an acknowledgement as the officer left it; the response clock starts (Code 6.2, 6.3).

        Raises `Refused` if the letter lost what the Code asks of it: the date of the response, or the Ombudsman.
        """
        case = self._case(reference)
        draft = self._draft(case, draft_id)
        change = acts.acknowledge(case, self.officer.name, self.landlord.time_rules, self.now)
        facts = letter_facts(change.case, self.landlord.words)
        if facts.response_due not in text:
            raise Refused(f"The letter must say when the answer is due: {facts.response_due}", "6.3")
        if reference not in text and reference not in subject:
            raise Refused(f"The letter must give the reference {reference}")
        self.work.outbox.approve(
            draft_id,
            replace(draft, subject=_line(subject), text=text, html=to_html(text), written_at=self.now),
            self.now,
        )
        self._save(case, change)

    def discard(self, reference: str, draft_id: int, reason: str) -> None:
        """Do not send a draft, with the reason. The acknowledgement stays due."""
        case = self._case(reference)
        self._draft(case, draft_id)
        if not reason.strip():
            raise Refused("Say why the draft is not sent")
        self.work.outbox.discard(draft_id, self.now)
        event = Event(self.now, self.officer.name, EventType.ANSWER_WITHHELD, f"Draft not sent: {reason}")
        self._save(case, Change(case, (event,)))

    def _draft(self, case: Case, draft_id: int) -> OutboundMessage:
        row = self.work.outbox.get(draft_id)
        if row is None or row.case_id != case.id or row.state is not State.DRAFT:
            raise BadInput("Somebody else has dealt with this draft already")
        return row.message

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
            labels(acts.TagType.CATEGORY),
            labels(acts.TagType.FLAG),
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
        person = case.representative.person if case.representative else case.resident
        if not person.email:
            raise Refused("There is no mail address on the case; reach the person another way and note it")
        if person.email_failure:
            raise Refused(f"Mail to this address comes back ({person.email_failure}); reach the person another way")
        letter = Letter(_line(subject) or f"About {reference}", text.strip() + "\n", to_html(text))
        last = self.work.messages.latest_on(case.id)
        message = self.landlord.to_resident(
            case, Purpose.REPLY, letter, Address(person.email, person.name), self.now, automatic=False
        )
        if last:
            message = replace(message, in_reply_to=last, references=(last,))
        self.work.outbox.put(message, case.id, self.now)
        event = Event(self.now, self.officer.name, EventType.REPLY_SENT, "A reply was queued for sending.")
        self._save(case, Change(case, (event,)))

    def note(self, reference: str, text: str) -> None:
        """Write something on the case's record."""
        case = self._case(reference)
        if not text.strip():
            raise Refused("Write a note first")
        event = Event(self.now, self.officer.name, EventType.NOTED, text.strip())
        self._save(case, Change(case, (event,)))

    def mark_read(self, reference: str) -> None:
        """The officer has read what is new."""
        case = self._case(reference)
        self._save(case, Change(case, ()))

    def close(self, reference: str, reason: str) -> None:
        """Close a case that is not a complaint."""
        case = self._case(reference)
        self._save(case, acts.close(case, reason, self.officer.name, self.now))

    def open_case_from(self, inbox_id: int) -> None:
        """A message on no case begins one: it goes back to intake with that decision."""
        self.work.inbox.direct(inbox_id, OPEN, self.now)

    def put_on_case(self, inbox_id: int, reference: str) -> None:
        """A message on no case belongs to this one: it goes back to intake with that decision."""
        self._case(reference)
        self.work.inbox.direct(inbox_id, reference, self.now)

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


def _line(text: str) -> str:
    return " ".join(text.split())
