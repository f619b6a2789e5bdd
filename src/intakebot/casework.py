"""Casework: what an officer does. The same domain acts as intake's, each in one transaction with its event.

Most acts of the Code are run by `act`, `draft` and `send`, which take the domain's function: what is a legal
move, and which clause says so, stands there. Here is what needs the store besides.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from intakebot.correspondence import PURPOSES, Correspondence, Draft
from intakebot.domain import acts, circumstances, complaints, need_acts, representation
from intakebot.domain.case import Acting, Case, Change, Event, EventType, TagType
from intakebot.domain.labels import Category, Flag, Kind, Need
from intakebot.domain.message import Purpose
from intakebot.domain.people import Authority, Officer, Person, RepresentativeKind
from intakebot.domain.records import Choice
from intakebot.domain.references import make_reference
from intakebot.domain.routing import Assignment
from intakebot.errors import BadInput, Refused
from intakebot.landlord import Landlord
from intakebot.store.engine import Work
from intakebot.taking import OPEN

Act = Callable[[Case, Acting], Change]


@dataclass(frozen=True, slots=True)
class Casework:
    """An officer's acts. Each method runs inside a transaction and raises `Refused` or `BadInput` in plain words."""

    work: Work
    landlord: Landlord
    officer: Officer
    now: datetime

    @property
    def acting(self) -> Acting:
        """The officer, now."""
        return Acting(self.officer.name, self.officer.id, self.landlord.time_rules, self.now)

    @property
    def _letters(self) -> Correspondence:
        return Correspondence(self.work, self.landlord, self.now)

    def _case(self, reference: str, *, lock: bool = True) -> Case:
        case = self.work.cases.get(reference, lock=lock)
        if case is None:
            raise BadInput(f"There is no case {reference}")
        return case

    def _save(self, before: Case, change: Change) -> Case:
        after = change.case
        self.work.cases.save(before, after, change.events, self.landlord.first_steps(after))
        if after.records is not before.records:
            self._watch_reviews(before, after)
        return after

    def _watch_reviews(self, before: Case, after: Case) -> None:
        """A person's restriction or adjustment, reviewed on this case, is watched on the case it was made in."""
        was, held = before.records, after.records
        restricted = {r.reference for r in {*held.restrictions} - {*was.restrictions}}
        adjusted = {a.reference for a in {*held.adjustments} - {*was.adjustments}}
        needed = {n.reference for n in {*held.needs} - {*was.needs}}
        reached = {r.reference for r in {*held.contact_rules} - {*was.contact_rules}}
        for reference in (restricted | adjusted | needed | reached) - {after.reference}:
            other = self.work.cases.get(reference, lock=True)
            if other is not None:
                self.work.cases.watch(other, self.landlord.first_steps(other))

    def act(self, reference: str, act: Act) -> Case:
        """Do an act that writes no letter."""
        case = self._case(reference)
        return self._save(case, self._checked(act(case, self.acting)))

    def draft(self, reference: str, letter: str, act: Act, said: str = "") -> Draft:
        """The letter an act owes, as it would read if the act were done now. Nothing is changed."""
        change = act(self._case(reference, lock=False), self.acting)
        return self._letters.draft(change.case, letter, said)

    def send(
        self, reference: str, letter: str, act: Act, subject: str, text: str, *, given: str = "", said: str = ""
    ) -> Case:
        """Do an act and send the letter it owes, as the officer left it; with `given`, keep it as given that way.

        Raises `Refused` naming each part of the letter that is missing, with its clause; then nothing is done.
        """
        case = self._case(reference)
        change = self._looked_over(self._checked(act(case, self.acting)), PURPOSES[letter])
        self._letters.send(change.case, letter, subject, text, given=given, said=said)
        owed = self._letters.formats(change.case, PURPOSES[letter])
        how = f" It was given another way: {given.strip()}" if given.strip() else ""
        event = Event(self.now, self.officer.name, EventType.REPLY_SENT, f"Letter: {letter.replace('_', ' ')}.{how}")
        return self._save(case, Change(owed.case, (*change.events, event, *owed.events)))

    def _looked_over(self, change: Change, purpose: Purpose) -> Change:
        """Authority that is over is on record as such before a letter goes; and why the resident gets the response."""
        expired = representation.expire(change.case, self.acting)
        events = [*change.events, *expired.events]
        pending = any(r.authority is Authority.PENDING for r in expired.case.representatives)
        if purpose is Purpose.RESPONSE and pending:
            said = "A representative's authority was not given in time: they do not get the response."
            events.append(self.acting.event(EventType.NOTED, said))
        return Change(expired.case, tuple(events))

    def _checked(self, change: Change) -> Change:
        """A matter already considered was considered in a case there is (Code 2.2). Raises BadInput."""
        for refusal in change.case.records.refusals[-1:]:
            if refusal.earlier_case:
                self._case(refusal.earlier_case, lock=False)
        return change

    def acknowledgement(self, reference: str) -> Draft | None:
        """The acknowledgement this case is owed, written afresh: its response date depends on the day it goes.

        None where none is owed (not a complaint, acknowledged already, or ended), or where the definition and
        responsibilities must be written first.
        """
        case = self.landlord.defined(self._case(reference, lock=False))
        stage = case.current
        if stage is None or not stage.open or stage.acknowledged_at is not None:
            return None
        if not (stage.definition and stage.responsible_for):
            return None
        return self.draft(reference, "acknowledgement", self._acknowledge)

    def _acknowledge(self, case: Case, acting: Acting) -> Change:
        """Acknowledge; definition and responsibilities come from the topics where nobody wrote others (5.6, 5.7)."""
        return complaints.acknowledge(self.landlord.defined(case), acting)

    def approve(self, reference: str, subject: str, text: str) -> None:
        """Send an acknowledgement as the officer left it; the response clock starts (Code 6.2, 6.3)."""
        self.send(reference, "acknowledgement", self._acknowledge, subject, text)

    def acknowledged_otherwise(self, reference: str, how: str) -> None:
        """Record that the officer acknowledged the complaint without us: by phone, in person, by post (Code 6.2)."""
        if not how.strip():
            raise Refused("Say how it was acknowledged, and what was said (Code 5.6, 5.7)")
        case = self._case(reference)
        change = self._acknowledge(case, self.acting)
        event = Event(self.now, self.officer.name, EventType.NOTED, f"Acknowledged another way: {how.strip()}")
        self._save(case, Change(change.case, (*change.events, event)))

    def represent(self, reference: str, person: Person, kind: RepresentativeKind, relation: str) -> None:
        """Record somebody who wishes to act for the resident; `person.id` is 0 for somebody new (Code 3.6)."""
        known = person if person.id else self.work.people.add(person)
        self.act(reference, lambda case, acting: representation.name(case, known, kind, relation, acting))

    def raise_complaint(self, reference: str, received_at: datetime, why: str, *, of_handling: bool = True) -> str:
        """Raise a complaint beside a service request, or of another matter; both stay open (Code 1.5, 6.8).

        A complaint of how it was handled goes to another officer (5.8). Returns its reference.
        """
        about = self._case(reference)
        new_reference = make_reference(self.landlord.prefix, secrets.randbelow)
        assignment = self._route(about, without=about.officer_id if of_handling else None)
        raised = acts.raise_beside(about, new_reference, received_at, why, assignment, self.acting)
        self.work.cases.insert(raised.case, raised.events, self.landlord.first_steps(raised.case))
        said = f"A complaint was raised beside it, {new_reference}: {why.strip()}"
        event = Event(self.now, self.officer.name, EventType.COMPLAINT_RAISED, said)
        self._save(about, Change(about, (event,)))
        return new_reference

    def choose(self, reference: str, choice: Choice, chosen_at: datetime | None = None) -> str:
        """Record what the resident chose (Code 1.3); to complain raises the complaint, whose reference is returned."""
        at = chosen_at or self.now
        self.act(reference, lambda case, acting: circumstances.choose(case, choice, at, acting))
        if choice is not Choice.COMPLAINT:
            return ""
        return self.raise_complaint(reference, at, "The resident chose to complain when asked.")

    def split(self, reference: str, what: str, received_at: datetime, why: str) -> str:
        """Give a further issue a case of its own, with its own date of receipt (Code 6.8). Returns its reference."""
        said = f"{what.strip()} {why.strip()}".strip()
        own = self.raise_complaint(reference, received_at, said, of_handling=False)
        self.act(reference, lambda case, acting: circumstances.add_issue(case, what, False, why, acting, own_case=own))
        return own

    def escalate(self, reference: str, received_at: datetime, reason: str = "") -> None:
        """Record the request for stage 2 and find somebody else to decide it (Code 6.10 to 6.13)."""
        case = self._case(reference)
        change = complaints.escalate(case, received_at, self.acting, reason=reason)
        if change.case.officer_id is None:
            chosen = self._route(change.case, without=case.stages[0].decided_by)
            officer = chosen.officer.id if chosen.officer else None
            moved = acts.assign(change.case, officer, chosen.team, chosen.reason, self.officer.name, self.now)
            change = Change(moved.case, (*change.events, *moved.events))
        self._save(case, change)

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
        self._save(case, need_acts.follow_tags(case, change, self.acting))

    def mark_wrong(self, reference: str, tag_type: TagType, label: str) -> None:
        """Take one tag off that is wrong; the officer decides nothing else by it."""
        case = self._case(reference)
        change = acts.mark_wrong(case, tag_type, label, self.officer.name, self.now)
        self._save(case, need_acts.follow_tags(case, change, self.acting))

    def reassign(self, reference: str, officer_id: int | None, team: str, reason: str) -> None:
        """Give the case to a named officer, or with None to a team's queue."""
        case = self._case(reference)
        officer = self.work.officers.get(officer_id) if officer_id is not None else None
        if officer_id is not None and (officer is None or not officer.active):
            raise BadInput("Choose an officer who has an account")
        team_id = officer.team if officer and officer.team else team
        if self.landlord.routing.team(team_id) is None:
            raise BadInput("Choose a team")
        if officer_id is not None:
            complaints.check_decider(case, officer_id)
        self._save(case, acts.assign(case, officer_id, team_id, reason, self.officer.name, self.now))

    def suggest(self, reference: str) -> str:
        """Whom routing would choose now, in a sentence: a hint beside the form."""
        return self._route(self._case(reference, lock=False)).reason

    def _route(self, case: Case, without: int | None = None) -> Assignment:
        """Whom routing chooses for the case now, leaving out one officer."""
        return self.landlord.route_again(case, self.work.officers.all(with_workload=True), self.now, without)

    def reply(self, reference: str, subject: str, text: str) -> None:
        """Write to the resident, or to the representative who acts for them, in the officer's own words."""
        case = self._case(reference)
        if not text.strip():
            raise Refused("Write something to send")
        line = " ".join(subject.split()) or f"About {reference}"
        letter = self.landlord.letters.write("reply", case.ombudsman, subject=line, text=text.strip())
        change = self._looked_over(Change(case, ()), Purpose.REPLY)
        self._letters.post(change.case, Purpose.REPLY, letter)
        owed = self._letters.formats(change.case, Purpose.REPLY)
        event = Event(self.now, self.officer.name, EventType.REPLY_SENT, "A reply was queued for sending.")
        self._save(case, Change(owed.case, (*change.events, event, *owed.events)))

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
        self.act(reference, lambda case, acting: acts.close(case, reason, acting.name, acting.now))

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
