"""Circumstances: what is recorded of the people and the setting of a case beside the complaint itself.

The choice to complain, conflicts of interest, meetings, further issues, group complaints, restrictions,
adjustments and disabilities. Acts as in `complaints`; none of them ever stops intake or a clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import TypeVar

from intakebot.domain.case import Acting, Case, Change, EventType
from intakebot.domain.complaints import running
from intakebot.domain.people import Person
from intakebot.domain.records import (
    Adjustment,
    Choice,
    ChoiceOffered,
    Conflict,
    Disability,
    Issue,
    Meeting,
    Ombudsman,
    Restriction,
)
from intakebot.domain.stages import Point
from intakebot.domain.wording import long_day, plain
from intakebot.domain.working_days import local_date
from intakebot.errors import Refused

_Reviewed = TypeVar("_Reviewed", bound=Restriction | Adjustment)
_FACTS = {
    "affects": "affects",
    "ombudsman": "Ombudsman",
    "issue_on": "arose on",
    "aware_on": "known on",
    "contractor": "contractor",
}
"""The facts `set_facts` sets, as its event names them."""


def offer_choice(case: Case, acting: Acting) -> Change:
    """Offer a resident who is dissatisfied the choice to complain (Code 1.3). Owes the letter that offers it."""
    if case.stages:
        raise Refused("It is a complaint already", "1.3")
    offered = ChoiceOffered(len(case.records.choices) + 1, acting.now, acting.name)
    records = replace(case.records, choices=(*case.records.choices, offered))
    event = acting.event(EventType.CHOICE_OFFERED, "The resident was offered the choice to make a complaint.")
    return Change(replace(case, records=records), (event,))


def choose(case: Case, choice: Choice, chosen_at: datetime, acting: Acting) -> Change:
    """Record what the resident chose, and when. To complain, the caller raises a complaint beside it (Code 1.5)."""
    waiting = [c for c in case.records.choices if c.choice is None]
    if not waiting:
        raise Refused("Offer the choice first", "1.3")
    if chosen_at.utcoffset() is None:
        raise Refused("The time of the choice has no zone", "1.3")
    if not waiting[-1].offered_at <= chosen_at <= acting.now:
        raise Refused("They chose after the choice was offered, and not in the future", "1.3")
    made = replace(waiting[-1], choice=choice, chosen_at=chosen_at)
    records = replace(case.records, choices=tuple(made if c.number == made.number else c for c in case.records.choices))
    event = acting.event(EventType.CHOICE_MADE, f"The resident chose: {plain(choice)}.")
    return Change(replace(case, records=records), (event,))


def declare_conflict(case: Case, conflicted: bool, note: str, acting: Acting) -> Change:
    """An officer declares a conflict of interest, or that there is none (Code 5.8). A conflicted one gives it up."""
    if acting.officer_id is None:
        raise Refused("An officer declares it for themselves", "5.8")
    if conflicted and not note.strip():
        raise Refused("Say what the conflict is", "5.8")
    declared = Conflict(
        len(case.records.conflicts) + 1, acting.officer_id, acting.name, conflicted, note.strip(), acting.now
    )
    changed = replace(case, records=replace(case.records, conflicts=(*case.records.conflicts, declared)))
    said = "a conflict of interest" if conflicted else "no conflict of interest"
    events = [acting.event(EventType.CONFLICT_CHECKED, f"{acting.name} declared {said}.")]
    if conflicted and case.officer_id == acting.officer_id:
        changed = replace(changed, officer_id=None, routing_reason="Its officer has a conflict of interest (Code 5.8).")
        events.append(acting.event(EventType.ASSIGNED, changed.routing_reason))
    return Change(changed, tuple(events))


def meet(case: Case, held_at: datetime, attendees: str, note: str, acting: Acting) -> Change:
    """Record a meeting or call about the case, and who came with the resident (Code 3.6, 5.8b)."""
    if held_at.utcoffset() is None:
        raise Refused("The time of the meeting has no zone", "3.6")
    if held_at > acting.now:
        raise Refused("Record a meeting once it was held", "3.6")
    if not attendees.strip():
        raise Refused("Say who was there", "3.6")
    meeting = Meeting(len(case.records.meetings) + 1, held_at, attendees.strip(), note.strip())
    records = replace(case.records, meetings=(*case.records.meetings, meeting))
    event = acting.event(EventType.MEETING_HELD, "A meeting or call about the case was recorded.")
    return Change(replace(case, records=records), (event,))


def add_issue(case: Case, what: str, merge: bool, reason: str, acting: Acting, *, own_case: str = "") -> Change:
    """A further issue: take it into this complaint, or give it a case of its own, and say why (Code 6.8).

    Raises `Refused` for merging once stage 1 is answered, or without a reason. A merged issue becomes a point.
    """
    if not what.strip() or not reason.strip():
        raise Refused("Say what the further issue is, and why it is merged or kept apart", "6.8")
    if merge and (case.stage != 1 or case.responded_at is not None):
        raise Refused("Stage 1 has been answered; a new issue is a new complaint", "6.8")
    changed = case
    if merge:
        stage = running(case, "6.8")
        from_issue = replace(stage, points=(*stage.points, Point(what.strip())))
        changed = replace(case, stages=(*case.stages[:-1], from_issue))
    elif not own_case:
        raise Refused("Name the case the issue was given", "6.8")
    issue = Issue(len(case.records.issues) + 1, case.stage, what.strip(), merge, reason.strip(), acting.now, own_case)
    changed = replace(changed, records=replace(changed.records, issues=(*case.records.issues, issue)))
    where = "taken into this complaint" if merge else f"given a case of its own, {own_case}"
    return Change(changed, (acting.event(EventType.MERGED_OR_SPLIT, f"A further issue was {where}: {reason.strip()}"),))


def set_facts(
    case: Case,
    group: bool,
    ombudsman: Ombudsman,
    issue_on: date | None,
    aware_on: date | None,
    acting: Acting,
    *,
    contractor: str = "",
) -> Change:
    """Set whom it affects (Code 1.2), which Ombudsman it may go to, when the matter arose and was known (2.3).

    And the contractor it is about, if any: their part stays on this case and inside its two stages (5.4, 5.5).
    """
    today = local_date(acting.now)
    if any(day is not None and day > today for day in (issue_on, aware_on)):
        raise Refused("The matter cannot have arisen in the future", "2.3")
    changed = replace(
        case,
        affects="group" if group else "individual",
        ombudsman=ombudsman,
        issue_on=issue_on,
        aware_on=aware_on,
        contractor=contractor.strip(),
    )
    was_and_is = "; ".join(
        f"{words} {_said(getattr(case, name))} → {_said(getattr(changed, name))}"
        for name, words in _FACTS.items()
        if getattr(case, name) != getattr(changed, name)
    )
    if not was_and_is:
        return Change(case, ())
    return Change(changed, (acting.event(EventType.NOTED, f"The facts of the case were changed: {was_and_is}."),))


def _said(value: object) -> str:
    if isinstance(value, date):
        return long_day(value)
    return str(value) if value else "not recorded"


def restrict(
    case: Case, person: Person, what: str, evidence: str, equality_check: str, approved_by: str, review_on: date,
    acting: Acting,
) -> Change:  # fmt: skip
    """Restrict somebody's contact for unacceptable behaviour (Code 5.14, 5.15). What they send still comes in."""
    if not what.strip() or not evidence.strip() or not approved_by.strip():
        raise Refused("Say what is restricted, on what evidence, and who approved it", "5.14")
    if not equality_check.strip():
        raise Refused("Say how disability and adjustments were considered before restricting anybody", "5.15")
    today = local_date(acting.now)
    if review_on <= today:
        raise Refused("Give a day to come on which it is reviewed", "5.14")
    _on_this_case(case, person, "5.14")
    held = case.records.restrictions
    number = _next_number(held, person)
    restriction = Restriction(
        number, person.id, case.reference, what.strip(), evidence.strip(), equality_check.strip(),
        approved_by.strip(), today, review_on,
    )  # fmt: skip
    records = replace(case.records, restrictions=(*held, restriction))
    event = acting.event(EventType.RESTRICTION_SET, f"Contact restricted, to be reviewed by {long_day(review_on)}.")
    return Change(replace(case, records=records), (event,))


def review_restriction(
    case: Case, person_id: int, number: int, finding: str, review_on: date | None, acting: Acting
) -> Change:
    """Review a restriction: keep it until another day, or with None end it (Code 5.14)."""
    held = case.records.restrictions
    restrictions, said = _reviewed(held, person_id, number, finding, review_on, acting, "restriction", "5.14")
    event = acting.event(EventType.RESTRICTION_REVIEWED, said)
    return Change(replace(case, records=replace(case.records, restrictions=restrictions)), (event,))


def agree_adjustment(case: Case, person: Person, need: str, how: str, review_on: date | None, acting: Acting) -> Change:
    """Agree a reasonable adjustment with somebody, and how it is given (Code 5.10). It holds for all their cases."""
    if not need.strip() or not how.strip():
        raise Refused("Say what the person needs, and how it will be given", "5.10")
    _on_this_case(case, person, "5.10")
    today = local_date(acting.now)
    if review_on is not None and review_on <= today:
        raise Refused("Give a day to come on which it is reviewed", "5.10")
    held = case.records.adjustments
    number = _next_number(held, person)
    agreed = Adjustment(number, person.id, case.reference, need.strip(), how.strip(), today, review_on)
    event = acting.event(EventType.ADJUSTMENT_AGREED, "A reasonable adjustment was agreed.")
    return Change(replace(case, records=replace(case.records, adjustments=(*held, agreed))), (event,))


def review_adjustment(
    case: Case, person_id: int, number: int, finding: str, review_on: date | None, acting: Acting
) -> Change:
    """Review an adjustment: keep it until another day, or with None end it (Code 5.10)."""
    held = case.records.adjustments
    adjustments, said = _reviewed(held, person_id, number, finding, review_on, acting, "adjustment", "5.10")
    event = acting.event(EventType.ADJUSTMENT_AGREED, said)
    return Change(replace(case, records=replace(case.records, adjustments=adjustments)), (event,))


def disclose(case: Case, person: Person, disclosed: str, acting: Acting) -> Change:
    """Record a disability somebody told us of (Code 5.10). The event does not say what it is."""
    if not disclosed.strip():
        raise Refused("Write what the person told us", "5.10")
    _on_this_case(case, person, "5.10")
    held = case.records.disabilities
    number = _next_number(held, person)
    told = Disability(number, person.id, disclosed.strip(), local_date(acting.now))
    event = acting.event(EventType.DISABILITY_DISCLOSED, "A disability was disclosed; it is kept with the person.")
    return Change(replace(case, records=replace(case.records, disabilities=(*held, told))), (event,))


def _reviewed(
    held: tuple[_Reviewed, ...],
    person_id: int,
    number: int,
    finding: str,
    review_on: date | None,
    acting: Acting,
    what: str,
    clause: str,
) -> tuple[tuple[_Reviewed, ...], str]:
    """The records with this one reviewed, and the sentence for the event. Raises `Refused`, naming the clause."""
    found = next(
        (n for n, r in enumerate(held) if (r.person_id, r.number) == (person_id, number) and not r.ended_on), -1
    )
    if found < 0:
        raise Refused(f"That {what} is not in force", clause)
    if not finding.strip():
        raise Refused("Say what the review found", clause)
    today = local_date(acting.now)
    if review_on is not None and review_on <= today:
        raise Refused("Give a day to come on which it is reviewed again", clause)
    record = held[found]
    reviews = (*record.reviews, f"{long_day(today)}, {acting.name}: {finding.strip()}")
    if review_on:
        reviewed = replace(record, reviews=reviews, review_on=review_on)
        said = f"kept, to be reviewed by {long_day(review_on)}"
    else:
        reviewed, said = replace(record, reviews=reviews, ended_on=today), "ended"
    return (*held[:found], reviewed, *held[found + 1 :]), f"The {what} was reviewed and {said}."


def _next_number(held: Iterable[Restriction | Adjustment | Disability], person: Person) -> int:
    """Records of one sort are counted within a person, over all their cases."""
    return 1 + max((record.number for record in held if record.person_id == person.id), default=0)


def _on_this_case(case: Case, person: Person, clause: str) -> None:
    """The records of somebody else are not loaded with this case, so theirs could not be numbered."""
    if person.id not in [held.id for held in case.parties]:
        raise Refused("That person is not on this case", clause)
