"""Acts: what happens to a case, each a function from a case to a changed case and the events that record it.

Events are append-only; nothing is overwritten without one. What the Code or the case's state does not allow
is `Refused`, naming the clause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from intakebot.domain.case import (
    SYSTEM,
    Case,
    CaseTag,
    Change,
    Event,
    EventType,
    Status,
    TagType,
    TimeRules,
    has_code_clock,
)
from intakebot.domain.hazards import Hazard, emergency
from intakebot.domain.labels import Category, Classification, Flag, Kind, Need
from intakebot.domain.people import Person, Representative
from intakebot.domain.routing import Assignment
from intakebot.domain.timescales import due_dates, end_of
from intakebot.errors import Refused

HAZARD_SUMMARY = "Possible emergency hazard: 24 hours from when we knew to investigate and make it safe."


def open_case(
    reference: str,
    channel: str,
    subject: str,
    received_at: datetime,
    resident: Person,
    representative: Representative | None,
    classification: Classification,
    assignment: Assignment,
    time_rules: TimeRules,
    now: datetime,
) -> Change:
    """Begin a case from a first message: kind, tags, clocks (Code 6.2), hazard (Awaab's Law) and officer."""
    kind = Kind(classification.kind.label)
    due = None
    if has_code_clock(kind, classification.needs_review):
        due = due_dates(received_at, None, 1, time_rules.calendar, time_rules.rules)
    case = Case(
        reference=reference,
        kind=kind,
        status=Status.RECEIVED,
        channel=channel,
        subject=subject,
        opened_at=now,
        received_at=received_at,
        resident=resident,
        representative=representative,
        kind_score=classification.kind.score,
        kind_evidence=classification.kind.evidence,
        tags=case_tags(classification),
        language=classification.language,
        needs_review=classification.needs_review,
        review_reason=classification.review_reason,
        officer_id=assignment.officer.id if assignment.officer else None,
        team=assignment.team,
        patch=assignment.patch,
        routing_reason=assignment.reason,
        due=due,
        hazard=_hazard(classification, received_at),
        unread=1,
    )
    review = f" A person should check: {classification.review_reason}" if classification.needs_review else ""
    events = [
        Event(received_at, SYSTEM, EventType.RECEIVED, f"Received by {channel}."),
        Event(now, SYSTEM, EventType.LOGGED, f"Logged as {_plain(kind)}.{review}"),
        Event(now, SYSTEM, EventType.ASSIGNED, assignment.reason),
    ]
    if case.hazard:
        events.append(_hazard_event(case.hazard, now))
    return Change(case, tuple(events))


def case_tags(classification: Classification) -> tuple[CaseTag, ...]:
    """A classification's tags as a case keeps them."""
    groups = (
        (TagType.CATEGORY, classification.categories),
        (TagType.FLAG, classification.flags),
        (TagType.NEED, classification.needs),
    )
    return tuple(
        CaseTag(tag_type, tag.label, tag.score, tag.evidence, classification.version)
        for tag_type, tags in groups
        for tag in tags
    )


def add_message(case: Case, classification: Classification, received_at: datetime, now: datetime) -> Change:
    """Record a further message. Flags and needs it brings are added; nothing a message says lowers one.

    A case that was closed is open again: somebody must read what came.
    """
    held = {(tag.type, tag.label) for tag in case.tags}
    brought = tuple(
        tag
        for tag in case_tags(classification)
        if tag.type is not TagType.CATEGORY and (tag.type, tag.label) not in held
    )
    changed = replace(case, tags=case.tags + brought, unread=case.unread + 1)
    events = [Event(received_at, SYSTEM, EventType.MESSAGE_ADDED, "A message was added.")]
    if case.status is Status.CLOSED:
        changed = replace(changed, status=Status.RECEIVED)
        events.append(Event(now, SYSTEM, EventType.REOPENED, "Open again, because a message came after it was closed."))
    if brought:
        labels = ", ".join(_plain(tag.label) for tag in brought)
        events.append(Event(now, SYSTEM, EventType.TAGS_CORRECTED, f"The new message added: {labels}."))
    hazard = _hazard(classification, received_at)
    if hazard and case.hazard is None:
        changed = replace(changed, hazard=hazard)
        events.append(_hazard_event(hazard, now))
    return Change(changed, tuple(events))


def acknowledge(case: Case, actor: str, time_rules: TimeRules, now: datetime) -> Change:
    """Record the acknowledgement (Code 6.2, 5.6, 5.7): the response clock starts (6.3).

    Raises `Refused` where no complaint clock runs or the case is already acknowledged.
    """
    if case.due is None:
        raise Refused("Only a complaint is acknowledged; change its kind first if this is one", "6.2")
    if case.acknowledged_at is not None:
        raise Refused("This stage has been acknowledged already", "6.2")
    due = due_dates(case.received_at, now, case.stage, time_rules.calendar, time_rules.rules)
    late = now >= end_of(due.ack_due)
    changed = replace(case, status=Status.ACKNOWLEDGED, acknowledged_at=now, due=due)
    summary = f"Acknowledged{' late' if late else ''}; the response is due by {_day(due.response_due)}."
    return Change(changed, (Event(now, actor, EventType.ACKNOWLEDGED, summary),))


def assign(case: Case, officer_id: int | None, team: str, reason: str, actor: str, now: datetime) -> Change:
    """Give the case to another officer or team, with the reason."""
    if not reason.strip():
        raise Refused("Say why the case is moved, so that the next reader understands")
    changed = replace(case, officer_id=officer_id, team=team, routing_reason=reason)
    return Change(changed, (Event(now, actor, EventType.ASSIGNED, reason),))


def correct(
    case: Case,
    kind: Kind,
    categories: Sequence[Category],
    flags: Sequence[Flag],
    needs: Sequence[Need],
    reason: str,
    actor: str,
    time_rules: TimeRules,
    now: datetime,
) -> Change:
    """An officer sets kind and tags. The review mark goes; clocks start, or stop being owed, with the kind.

    Raises `Refused` without a reason, or where a complaint already acknowledged would stop being one (Code 1.5).
    """
    if not reason.strip():
        raise Refused("Say why, so that the record explains itself")
    if case.acknowledged_at and not has_code_clock(kind, False):
        raise Refused("It has been acknowledged as a complaint and cannot become something else", "1.5")
    new = [(TagType.CATEGORY, c.value) for c in categories]
    new += [(TagType.FLAG, f.value) for f in flags] + [(TagType.NEED, n.value) for n in needs]
    held = {(tag.type, tag.label): tag for tag in case.tags}
    tags = tuple(held.get((t, label)) or CaseTag(t, label, 1.0, (), actor) for t, label in new)
    due = case.due
    if has_code_clock(kind, False) and due is None:
        due = due_dates(case.received_at, None, case.stage, time_rules.calendar, time_rules.rules)
    elif not has_code_clock(kind, False):
        due = None
    hazard, ended = case.hazard, case.hazard_ended_at
    if Flag.EMERGENCY_HAZARD in flags:
        hazard, ended = hazard or emergency(case.received_at), None
    elif hazard is not None:
        ended = ended or now
    changed = replace(
        case,
        kind=kind,
        kind_score=1.0,
        tags=tags,
        due=due,
        hazard=hazard,
        hazard_ended_at=ended,
        needs_review=False,
        review_reason="",
    )
    reopened = case.status is Status.CLOSED and due is not None
    if reopened:
        changed = replace(changed, status=Status.RECEIVED)
    events = [Event(now, actor, EventType.TAGS_CORRECTED, f"{_difference(case, changed)} {reason}".strip())]
    if kind is not case.kind:
        events.append(Event(now, actor, EventType.KIND_DECIDED, f"Decided to be {_plain(kind)}: {reason}"))
    if reopened:
        events.append(Event(now, actor, EventType.REOPENED, "Open again: it is a complaint."))
    if hazard and case.hazard is None:
        events.append(_hazard_event(hazard, now))
    return Change(changed, tuple(events))


def acknowledgement_failed(case: Case, reason: str, time_rules: TimeRules, now: datetime) -> Change:
    """The acknowledgement never arrived, so the complaint is not acknowledged: it is owed again (Code 6.2)."""
    if case.acknowledged_at is None or case.responded_at is not None:
        return Change(case, ())
    due = due_dates(case.received_at, None, case.stage, time_rules.calendar, time_rules.rules)
    why = f"The acknowledgement did not arrive ({reason}); acknowledge it another way."
    changed = replace(case, status=Status.RECEIVED, acknowledged_at=None, due=due, needs_review=True, review_reason=why)
    return Change(changed, (Event(now, SYSTEM, EventType.ACKNOWLEDGEMENT_FAILED, why),))


def close(case: Case, reason: str, actor: str, now: datetime) -> Change:
    """Close a case that is not a complaint: dealt with, or opened by mistake.

    Raises `Refused` for a complaint: that ends with a response or a withdrawal the resident confirms.
    """
    if case.due is not None:
        raise Refused("A complaint is not closed; it is answered, or withdrawn by the resident", "6.3")
    if case.hazard is not None and case.hazard_ended_at is None:
        raise Refused("Its emergency clock is running; clear the emergency flag first, saying how it was made safe")
    if not reason.strip():
        raise Refused("Say how it ended")
    return Change(replace(case, status=Status.CLOSED), (Event(now, actor, EventType.CLOSED, reason),))


def _hazard(classification: Classification, aware_at: datetime) -> Hazard | None:
    if classification.has_flag(Flag.EMERGENCY_HAZARD):
        return emergency(aware_at)
    return None


def _hazard_event(hazard: Hazard, now: datetime) -> Event:
    return Event(now, SYSTEM, EventType.HAZARD_RAISED, HAZARD_SUMMARY)


def _difference(before: Case, after: Case) -> str:
    old = {(t.type, t.label) for t in before.tags}
    new = {(t.type, t.label) for t in after.tags}
    added = ", ".join(sorted(_plain(label) for _, label in new - old))
    removed = ", ".join(sorted(_plain(label) for _, label in old - new))
    parts = [f"Added {added}." if added else "", f"Removed {removed}." if removed else ""]
    return " ".join(part for part in parts if part) or "Confirmed."


def _plain(label: str) -> str:
    return label.replace("_", " ")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
