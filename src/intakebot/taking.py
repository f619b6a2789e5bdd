"""Taking in: one read message becomes part of a case, in one transaction with everything that follows from it.

Duplicate? Automatic? Not for us? A case's, a new case's, or must a person say? Then clocks, officer, answer
and notices, and "inbox row done", all committed together or not at all. Plain and synchronous: read it from
top to bottom.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from intakebot.answers import Answers, danger_flags
from intakebot.belonging import Belonging, goes_on
from intakebot.domain import acts, complaints, need_acts, representation
from intakebot.domain.case import SYSTEM, Case, Change, Event, EventType, has_code_clock
from intakebot.domain.labels import Classification, Kind
from intakebot.domain.matching import Append, AskPerson
from intakebot.domain.message import NormalisedMessage
from intakebot.domain.needs import NOTHING_KNOWN, NeedsKnown
from intakebot.domain.people import Officer, Person, Representative
from intakebot.domain.places import find_patch
from intakebot.domain.references import make_reference
from intakebot.domain.routing import route
from intakebot.domain.working_days import local_date
from intakebot.introductions import Introductions
from intakebot.landlord import Landlord
from intakebot.reading import Reading
from intakebot.returned import take_automatic
from intakebot.store.cases import CaseFacts
from intakebot.store.engine import Work
from intakebot.store.queues import InboxRow, Outcome

OPEN = "open"
"""The directive to begin a case; any other is the reference of one."""

_ROSTER_AGE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message. `acknowledged` is whether an answer to its sender was queued."""

    outcome: Outcome
    reference: str = ""
    acknowledged: bool = False
    reason: str = ""


class Roster:
    """Officers with their workload, read afresh every few seconds and counted up in between."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._read_at: datetime | None = None
        self._officers: dict[int, Officer] = {}

    def officers(self, work: Work) -> Sequence[Officer]:
        """Everybody, with how many open cases each has."""
        now = self._now()
        if self._read_at is None or now - self._read_at > _ROSTER_AGE:
            self._officers = {o.id: o for o in work.officers.all(with_workload=True)}
            self._read_at = now
        return tuple(self._officers.values())

    def gave(self, officer: Officer | None) -> None:
        """An officer was given a case."""
        if officer is not None:
            current = self._officers[officer.id]
            self._officers[officer.id] = replace(current, open_cases=current.open_cases + 1)


def take_in(
    work: Work,
    row: InboxRow,
    worker: str,
    reading: Reading,
    attachment_blobs: Sequence[str],
    landlord: Landlord,
    roster: Roster,
    now: datetime,
) -> Taken:
    """Do everything one message asks for and mark its row done. Raises `LeaseLost` if another worker has it."""
    # A sender's clock, or another machine's, may be ahead of ours; nothing is received in the future.
    if reading.message.received_at > now:
        reading = replace(reading, message=replace(reading.message, received_at=now))
    # A message and its own follow-up, worked on two machines at once, must still become one case.
    work.one_at_a_time(reading.message.sender.key if reading.message.sender else reading.fingerprint)
    answers = Answers(work, landlord, reading.message, reading.classification, now)
    taken = _Taking(work, row, reading, attachment_blobs, landlord, roster, now, answers).take()
    work.inbox.end(row.id, worker, taken.outcome, taken.reference, taken.acknowledged, taken.reason, now)
    return taken


@dataclass(frozen=True, slots=True)
class _Taking:
    """One message being taken in."""

    work: Work
    row: InboxRow
    reading: Reading
    attachment_blobs: Sequence[str]
    landlord: Landlord
    roster: Roster
    now: datetime
    answers: Answers

    @property
    def message(self) -> NormalisedMessage:
        return self.reading.message

    @property
    def classification(self) -> Classification:
        return self.reading.classification

    @property
    def _introductions(self) -> Introductions:
        return Introductions(self.work, self.landlord, self.reading, self.answers, self.now)

    def take(self) -> Taken:
        if self.row.directive:
            return self._as_directed(self.row.directive)
        known = self.work.messages.known(self.reading.fingerprint)
        if known is not None:
            return self._duplicate(known[1])
        if self.message.automatic is not None:
            reference = take_automatic(self.work, self.message, self.landlord, self._keep, self.now)
            return Taken(Outcome.AUTOMATIC, reference, reason=self.message.automatic_reason)
        facts, match = Belonging(self.work, self.landlord, self.message, self.answers).find()
        if isinstance(match, AskPerson):
            return self._ask_person(match, facts)
        if isinstance(match, Append):
            return self._append_or_complain(match)
        if self.classification.kind.label == Kind.NOT_FOR_US and not self.classification.needs_review:
            self._keep(None)
            return Taken(Outcome.NOT_FOR_US, reason="Nothing for this landlord to do.")
        return self._open(match.related)

    def _as_directed(self, directive: str) -> Taken:
        """A person has decided. What was read before is read again, and goes where they said."""
        self.work.messages.forget_reading(self.row.id)
        if directive == OPEN:
            return self._open(())
        return self._append(Append(directive, "A member of staff put it on this case."))

    def _duplicate(self, case_id: int | None) -> Taken:
        case = self.work.cases.get_by_id(case_id) if case_id else None
        reason = "The same message came before, by another way or again."
        return Taken(Outcome.DUPLICATE, case.reference if case else "", reason=reason)

    def _keep(self, case_id: int | None) -> None:
        self.work.messages.add(self.message, self.row.id, self.reading.fingerprint, case_id, self.attachment_blobs)

    def _send(self, case_id: int | None) -> None:
        for outgoing in self.answers.outgoing:
            self.work.outbox.put(outgoing, case_id, self.now)

    def _ask_person(self, match: AskPerson, facts: Sequence[CaseFacts]) -> Taken:
        self._keep(None)
        ids = [fact.id for fact in facts if fact.reference in match.candidates]
        self.work.messages.suggest_cases(self.row.id, ids)
        answered = self.answers.that_a_person_reads(self.row.id, match.reason)
        self._send(None)
        return Taken(Outcome.PARKED, "", answered, match.reason)

    def _append_or_complain(self, match: Append) -> Taken:
        """Put it on the case; or, where it complains of what is no complaint yet, begin one beside it (Code 1.5).

        Both then stay open, each with the other's reference. Later complaints of the same go on the first.
        """
        about = self.work.cases.get(match.reference)
        kind = Kind(self.classification.kind.label)
        complains = has_code_clock(kind, self.classification.needs_review)
        # In a chat people just go on, and then they mean the newest.
        if about is None or about.due is not None or not (complains or goes_on(self.message)):
            return self._append(match)
        raised = self.work.cases.complaint_raised_from(about.id)
        if raised is not None:
            return self._append(Append(raised, "It is about the same as a complaint that is open."))
        if not complains:
            return self._append(match)
        return self._open((match.reference,), raised_from=about)

    def _append(self, match: Append) -> Taken:
        before = self.work.cases.get(match.reference, lock=True)
        if before is None:
            raise LookupError("a case found for matching is gone")
        change = self._asks_for_stage_2(
            before,
            acts.add_message(before, self.classification, self.message.received_at, self.landlord.time_rules, self.now),
        )
        change = self._introductions.told_since(change)
        change = self._with_needs(change, self.answers.writer(change.case))
        events = [*change.events, *self._address_works(), *self._decided(match.reason)]
        if danger_flags(self.classification):  # also where the case has the flag: it may be another danger
            events.append(self.answers.tell_duty_officer(change.case))
        case, answered = self.answers.to_party(change.case, events)
        self.work.cases.save(before, case, events, self.landlord.first_steps(case))
        self._keep(before.id)
        self._send(before.id)
        return Taken(Outcome.APPENDED, before.reference, answered, match.reason)

    def _asks_for_stage_2(self, before: Case, change: Change) -> Change:
        """Somebody who answers our stage 1 response with a request to escalate need not say it twice (Code 6.10, 6.12).

        What only may be one, an officer decides; the clock then still starts from this message.
        """
        if not complaints.may_ask_for_stage_2(before, self.classification):
            return change
        at = self.message.received_at
        crossed = before.responded_at is not None and at < before.responded_at  # our answer and their mail, in the post
        if (
            crossed
            or self.classification.kind.label != Kind.ESCALATION
            or self.classification.needs_review
            or self.answers.forged
        ):
            why = "They wrote after the stage 1 response: do they ask for stage 2?"
            return Change(replace(change.case, needs_review=True, review_reason=why), change.events)
        asked = complaints.escalate(change.case, at, self.landlord.acting(self.now))
        case, events = asked.case, (*change.events, *asked.events)
        if case.officer_id is None:
            officers, decider = self.roster.officers(self.work), before.stages[0].decided_by
            chosen = self.landlord.route_again(case, officers, self.now, decider)
            self.roster.gave(chosen.officer)
            officer_id = chosen.officer.id if chosen.officer else None
            moved = acts.assign(case, officer_id, chosen.team, chosen.reason, SYSTEM, self.now)
            case, events = moved.case, (*events, *moved.events)
        return Change(case, events)

    def _decided(self, reason: str) -> tuple[Event, ...]:
        """Who decided, where a person did (Code 5.12, 6.8)."""
        if not self.row.directed_by:
            return ()
        return (Event(self.now, self.row.directed_by, EventType.MESSAGE_ADDED, reason),)

    def _address_works(self) -> tuple[Event, ...]:
        """Mail from an address that failed before shows that it works again; forged or only typed it shows nothing."""
        sender, nothing = self.message.sender, self.answers.forged or self.message.sender_only_typed
        if sender is None or nothing or not any(p.email_failure for p in self.answers.people_at(sender)):
            return ()
        self.work.people.clear_address_failure(sender.key)
        self.answers.forget(sender)
        return (Event(self.now, SYSTEM, EventType.ADDRESS_WORKS, "They wrote from the address that had failed."),)

    def _open(self, related: Sequence[str], raised_from: Case | None = None) -> Taken:
        text = self.message.own_words
        works = self._address_works()
        resident, representative = self._people(raised_from)
        flags = [tag.label for tag in self.classification.flags]
        categories = [tag.label for tag in self.classification.categories]
        patch = find_patch(f"{resident.address} {text}", self.landlord.routing.patches)
        officers = self.roster.officers(self.work)
        today = local_date(self.now)
        assignment = route(categories, flags, patch, text, self.landlord.routing, officers, today)
        self.roster.gave(assignment.officer)
        change = acts.open_case(
            make_reference(self.landlord.prefix, secrets.randbelow),
            self.message.channel,
            self.message.subject,
            self.message.received_at,
            resident,
            representative,
            self.classification,
            assignment,
            self.landlord.time_rules,
            self.now,
        )
        ombudsman = self.landlord.ombudsman_of(change.case)
        case = replace(change.case, ombudsman=ombudsman)
        if raised_from is not None:
            case = replace(case, raised_from=raised_from.id, further=raised_from.further)
        change, held = self._begun_with_needs(Change(case, change.events))
        case = change.case
        events = [*change.events, *works, *self._decided("A member of staff opened a case from this message.")]
        if related:
            others = ", ".join(related)
            events.append(Event(self.now, SYSTEM, EventType.LOGGED, f"The same person has other open cases: {others}."))
        if case.representative is not None and raised_from is None:
            events.append(representation.logged(case.representative, self.landlord.acting(self.now)))
        if assignment.tell_duty_officer:
            events.append(self.answers.tell_duty_officer(case))
        case, answered = self.answers.first(case, events)
        for other in related:
            self.work.cases.note(other, Event(self.now, SYSTEM, EventType.LOGGED, f"See also {case.reference}."))
        case_id = self.work.cases.insert(case, events, self.landlord.first_steps(case), held)
        self._keep(case_id)
        self._send(case_id)
        return Taken(Outcome.CASE_OPENED, case.reference, answered, assignment.reason)

    def _people(self, raised_from: Case | None) -> tuple[Person, Representative | None]:
        """Whose case it is and who acts for them: of a complaint raised beside a case, those of the case (Code 1.5)."""
        if raised_from is None:
            return self._introductions.parties()
        return raised_from.resident, raised_from.representative

    def _begun_with_needs(self, change: Change) -> tuple[Change, NeedsKnown]:
        """A new case with what is known of its people's needs and what this message tells; and what is kept already."""
        case = change.case
        first = case.representative.person if case.representative else case.resident
        writer, people = self.answers.writer(case) or first, [person.id for person in case.parties]
        hold = not need_acts.told_in(self.message, self.classification).nothing
        known = self.answers.known_needs(self._introductions.writes_from, hold=hold)
        if self.message.declared is not None or case.raised_from:  # known by an address they do not write from
            known = self.work.people.needs(people, hold=hold).joined_with(known)
        held = known.among(people)
        if held is not NOTHING_KNOWN:
            case = replace(case, records=replace(case.records, needs=held.needs, contact_rules=held.rules))
        proven = case.raised_from is not None or not self.answers.only_claims_to_be(writer)
        return self._with_needs(Change(case, change.events), writer if proven else None), held

    def _with_needs(self, change: Change, writer: Person | None) -> Change:
        """Keep with the people what the message tells of their needs; nothing that may be forged is theirs."""
        told, message = need_acts.told_in(self.message, self.classification), self.message
        if told.nothing:
            return change
        genuine = None if self.answers.forged else writer
        self.answers.keep_number(genuine)
        kept = need_acts.tell(change.case, told, genuine, message.received_at, message.channel, self.now)
        return Change(kept.case, (*change.events, *kept.events))
