"""Acts: what happens to a case, each a function from a case to a changed case and the events that record it.

Events are append-only; nothing is overwritten without one. What the Code or the case's state does not allow
is `Refused`, naming the clause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from intakebot.domain.case import (
    SYSTEM,
    Acting,
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
from intakebot.domain.case_hazards import hazard_event, hazards_as_flagged, hazards_in
from intakebot.domain.complaints import has_begun, open_again, status_of
from intakebot.domain.labels import GUARDED_FLAGS, Category, Classification, Flag, Kind, Need
from intakebot.domain.people import Person, Representative
from intakebot.domain.records import Correction, Labelling, Records
from intakebot.domain.routing import Assignment
from intakebot.domain.stages import Stage
from intakebot.domain.timescales import due_dates
from intakebot.domain.wording import plain
from intakebot.errors import Refused

MARKED_AS_WRONG = "Marked as wrong"


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
    stages: tuple[Stage, ...] = ()
    if has_code_clock(kind, classification.needs_review):
        stages = (first_stage(received_at, time_rules),)
    hazards = hazards_in(classification, received_at, resident, time_rules, ())
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
        stages=stages,
        records=Records(hazards=hazards),
        unread=1,
    )
    review = f" A person should check: {classification.review_reason}" if classification.needs_review else ""
    events = [
        Event(received_at, SYSTEM, EventType.RECEIVED, f"Received by {channel}."),
        Event(now, SYSTEM, EventType.LOGGED, f"Logged as {plain(kind)}.{review}"),
        Event(now, SYSTEM, EventType.ASSIGNED, assignment.reason),
    ]
    events += [hazard_event(hazard, SYSTEM, now) for hazard in hazards]
    return Change(case, tuple(events))


def first_stage(received_at: datetime, time_rules: TimeRules) -> Stage:
    """Stage 1 of a complaint received then, nothing of it acknowledged yet (Code 6.2)."""
    return Stage(1, received_at, due_dates(received_at, None, 1, time_rules.calendar, time_rules.rules))


def raise_beside(
    about: Case, reference: str, received_at: datetime, why: str, assignment: Assignment, acting: Acting
) -> Change:
    """Begin a complaint beside another case, of the same people, on the same topics (Code 1.5, 6.8).

    `received_at` is when the resident said they were unhappy. The other case stays as it is, hazards and all.
    Raises `Refused` without a reason, or for a moment in the future.
    """
    if not why.strip():
        raise Refused("Say why a complaint is raised, so that the record explains itself", "1.5")
    if received_at.utcoffset() is None:
        raise Refused("The time it was received has no zone", "5.12")
    if received_at > acting.now:
        raise Refused("It cannot have been received in the future", "5.12")
    case = Case(
        reference=reference,
        kind=Kind.COMPLAINT,
        status=Status.RECEIVED,
        channel=about.channel,
        subject=about.subject,
        opened_at=acting.now,
        received_at=received_at,
        resident=about.resident,
        stages=(first_stage(received_at, acting.time_rules),),
        kind_score=1.0,
        representative=about.representative,
        further=about.further,
        tags=tuple(tag for tag in about.tags if tag.label not in (Flag.EMERGENCY_HAZARD, Flag.SIGNIFICANT_HAZARD)),
        language=about.language,
        officer_id=assignment.officer.id if assignment.officer else None,
        team=assignment.team,
        patch=about.patch,
        routing_reason=assignment.reason,
        raised_from=about.id,
        ombudsman=about.ombudsman,
        affects=about.affects,
    )
    events = (
        Event(received_at, acting.name, EventType.RECEIVED, f"Raised beside {about.reference}: {why.strip()}"),
        acting.event(EventType.LOGGED, "Logged as complaint by an officer."),
        acting.event(EventType.ASSIGNED, assignment.reason),
    )
    return Change(case, events)


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


def add_message(
    case: Case, classification: Classification, received_at: datetime, time_rules: TimeRules, now: datetime
) -> Change:
    """Record a further message. Flags and needs it brings are added; nothing a message says lowers one.

    Where it is doubtful what it asks for, a person must look, as they must at a first message.

    A case that was closed is open again: somebody must read what came. An answered, refused or withdrawn
    complaint stays so, with the message marked new.
    """
    held = {(tag.type, tag.label) for tag in case.tags}
    brought = tuple(
        tag
        for tag in case_tags(classification)
        if tag.type is not TagType.CATEGORY and (tag.type, tag.label) not in held
    )
    changed = replace(case, tags=case.tags + brought, unread=case.unread + 1)
    if classification.needs_review and not case.needs_review:
        changed = replace(changed, needs_review=True, review_reason=classification.review_reason)
    events = [Event(received_at, SYSTEM, EventType.MESSAGE_ADDED, "A message was added.")]
    if case.status is Status.CLOSED:
        changed = replace(changed, status=status_of(changed))
        events.append(Event(now, SYSTEM, EventType.REOPENED, "Open again, because a message came after it was closed."))
    if brought:
        labels = ", ".join(plain(tag.label) for tag in brought)
        events.append(Event(now, SYSTEM, EventType.TAGS_CORRECTED, f"The new message added: {labels}."))
    hazards = hazards_in(classification, received_at, case.resident, time_rules, case.records.hazards)
    if hazards != case.records.hazards:
        events += [
            Event(now, SYSTEM, EventType.HAZARD_STEP, f"A message received earlier tells of the {hazard.level} hazard.")
            for hazard, held_one in zip(hazards, case.records.hazards, strict=False)
            if hazard != held_one
        ]
        events += [hazard_event(hazard, SYSTEM, now) for hazard in hazards[len(case.records.hazards) :]]
        changed = replace(changed, records=replace(case.records, hazards=hazards))
    return Change(changed, tuple(events))


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
    """An officer sets kind and tags, and a record of it is kept. The review mark goes; clocks follow the kind.

    Raises `Refused` without a reason, or where a complaint acknowledged or ended would stop being one (Code 1.5).
    """
    if not reason.strip():
        raise Refused("Say why, so that the record explains itself")
    if has_begun(case) and not has_code_clock(kind, False):
        raise Refused("It has been dealt with as a complaint and cannot become something else", "1.5")
    new = [(TagType.CATEGORY, c.value) for c in categories]
    new += [(TagType.FLAG, f.value) for f in flags] + [(TagType.NEED, n.value) for n in needs]
    held = {(tag.type, tag.label): tag for tag in case.tags}
    tags = tuple(held.get((t, label)) or CaseTag(t, label, 1.0, (), actor) for t, label in new)
    stages = case.stages if has_code_clock(kind, False) else ()
    if has_code_clock(kind, False) and not stages:
        stages = (first_stage(case.received_at, time_rules),)
    changed = replace(
        case,
        kind=kind,
        kind_score=1.0,
        tags=tags,
        stages=stages,
        records=replace(case.records, hazards=hazards_as_flagged(case, flags, reason, actor, time_rules, now)),
        needs_review=False,
        review_reason="",
    )
    changed, corrected = _on_record(case, changed, reason, actor, now)
    events = [corrected]
    if kind is not case.kind:
        events.append(Event(now, actor, EventType.KIND_DECIDED, f"Decided to be {plain(kind)}: {reason}"))
    raised = changed.records.hazards[len(case.records.hazards) :]
    events += [hazard_event(hazard, actor, now) for hazard in raised]
    change, acting = Change(changed, tuple(events)), Acting(actor, None, time_rules, now)
    if stages and not case.stages:
        return open_again(change, "it is a complaint.", acting)
    return open_again(change, "there is a hazard.", acting) if changed.hazard else change


def mark_wrong(case: Case, tag_type: TagType, label: str, actor: str, now: datetime) -> Change:
    """An officer says that one tag is wrong, and it goes. Nothing else is decided: a kind in doubt stays in doubt.

    With the last need goes the flag that says there is one. Raises `Refused` for a flag that somebody's safety
    hangs on, which `correct` takes off with a reason, and for a tag that is not there.
    """
    if tag_type is TagType.FLAG and label in GUARDED_FLAGS:
        raise Refused("Somebody’s safety may hang on this: correct the tags, and say why it does not")
    if label not in case.labels(tag_type):
        raise Refused("That tag is no longer on the case")
    tags = tuple(tag for tag in case.tags if (tag.type, tag.label) != (tag_type, label))
    if tag_type is TagType.NEED and not any(tag.type is TagType.NEED for tag in tags):
        tags = tuple(tag for tag in tags if (tag.type, tag.label) != (TagType.FLAG, Flag.ACCESSIBILITY_NEED))
    changed, corrected = _on_record(case, replace(case, tags=tags), MARKED_AS_WRONG, actor, now)
    return Change(changed, (corrected,))


def _on_record(before: Case, after: Case, why: str, by: str, now: datetime) -> tuple[Case, Event]:
    """The changed case with its correction among its records, and the event that tells of it."""
    made = before.records.corrections
    # A tag that staff set carries no evidence; what the classifier said is found in any other.
    versions = [tag.source for tag in before.tags if tag.evidence or tag.score < 1.0]
    correction = Correction(
        number=len(made) + 1,
        at=now,
        by=by,
        why=why.strip(),
        before=_labelling(before),
        after=_labelling(after),
        classifier=next(iter(versions), made[-1].classifier if made else ""),
        in_doubt=after.needs_review,
    )
    changed = replace(after, records=replace(after.records, corrections=(*made, correction)))
    return changed, Event(now, by, EventType.TAGS_CORRECTED, f"{_difference(before, after)} {why}".strip())


def _labelling(case: Case) -> Labelling:
    return Labelling(case.kind, case.labels(TagType.CATEGORY), case.labels(TagType.FLAG), case.labels(TagType.NEED))


def close(case: Case, reason: str, actor: str, now: datetime) -> Change:
    """Close a case that is not a complaint: dealt with, or opened by mistake.

    Raises `Refused` for a complaint: that ends with a response or a withdrawal the resident confirms.
    """
    if case.stages:
        raise Refused("A complaint is not closed; it is answered, or withdrawn by the resident", "6.3")
    if case.status is Status.CLOSED:
        raise Refused("It is closed already")
    if case.hazard is not None:
        raise Refused("A hazard on it is not dealt with yet; record how it was made safe, or clear it with a reason")
    if case.records.promises_waiting:
        raise Refused("Something that was promised is still to be done", "6.6")
    if not reason.strip():
        raise Refused("Say how it ended")
    return Change(replace(case, status=Status.CLOSED, unread=0), (Event(now, actor, EventType.CLOSED, reason),))


def _difference(before: Case, after: Case) -> str:
    old = {(t.type, t.label) for t in before.tags}
    new = {(t.type, t.label) for t in after.tags}
    added = ", ".join(sorted(plain(label) for _, label in new - old))
    removed = ", ".join(sorted(plain(label) for _, label in old - new))
    parts = [f"Added {added}." if added else "", f"Removed {removed}." if removed else ""]
    return " ".join(part for part in parts if part) or "Confirmed."
