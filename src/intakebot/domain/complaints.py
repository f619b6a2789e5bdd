"""Complaints: the two stages' life under the Complaint Handling Code, from acknowledgement to response and on.

Each act is a function from a case to a changed case and its events. What the Code does not allow is `Refused`,
naming the clause; so no illegal move can be made, from a page, a command or an import. No act pauses a clock.
Writing to the resident is the caller's part: each act that owes a letter says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from intakebot.domain.case import Acting, Case, Change, EventType, Status, has_code_clock
from intakebot.domain.labels import Classification, Kind
from intakebot.domain.records import Clarification
from intakebot.domain.stages import FINDINGS, Extension, Outcome, Point, Stage, recounted_extensions
from intakebot.domain.timescales import due_dates, end_of, limits_of
from intakebot.domain.wording import counted, long_day, plain
from intakebot.domain.working_days import local_date
from intakebot.errors import Refused


def has_begun(case: Case) -> bool:
    """Whether anything was done with it as a complaint: then it cannot turn out to be something else (Code 1.5)."""
    records = case.records
    dealt = (records.clarifications, records.refusals, records.withdrawals, records.issues)
    promised = (records.actions, records.remedies, records.ombudsman)
    return len(case.stages) > 1 or any(
        stage.acknowledged_at or not stage.open or stage.definition or stage.points or stage.extensions
        or any(dealt) or any(promised)
        for stage in case.stages
    )  # fmt: skip


def acknowledge(case: Case, acting: Acting) -> Change:
    """Record the acknowledgement of the current stage: the response clock starts (Code 6.2, 6.3; 6.11, 6.14).

    What was doubtful is a complaint from now on (1.4). Owes the acknowledgement letter. Raises `Refused` where no
    complaint clock runs, it is acknowledged already, or the definition (5.6) or responsibilities (5.7) are missing.
    """
    clause = clause_of(case, "6.2", "6.11")
    stage = running(case, clause)
    if stage.acknowledged_at is not None:
        raise Refused("This stage has been acknowledged already", clause)
    if not stage.definition.strip():
        raise Refused("Write the complaint definition first: what we understand it to be", "5.6")
    if not stage.responsible_for.strip() and not _from_older_system(acting):
        raise Refused("Write first what we are, and are not, responsible for in it", "5.7")
    rules = acting.time_rules
    due = due_dates(stage.received_at, acting.now, stage.number, rules.calendar, rules.rules)
    late = acting.now >= end_of(due.ack_due)
    extensions = recounted_extensions(stage.extensions, due.response_due, rules.calendar)
    changed = replace(case, status=Status.ACKNOWLEDGED)
    changed = changed.with_current(acknowledged_at=acting.now, due=due, extensions=extensions)
    summary = f"Stage {stage.number} acknowledged{' late' if late else ''}; the response is due by "
    events = [acting.event(EventType.ACKNOWLEDGED, summary + f"{long_day(due.response_due)}.")]
    if not has_code_clock(case.kind, False):
        changed = replace(changed, kind=Kind.COMPLAINT, kind_score=1.0, needs_review=False, review_reason="")
        events.append(acting.event(EventType.KIND_DECIDED, "Acknowledged, and so decided to be a complaint."))
    return Change(changed, tuple(events))


def define(case: Case, definition: str, outcomes_sought: str, points: Sequence[str], acting: Acting) -> Change:
    """Write down the complaint definition: what it is, the outcomes sought, each point (Code 5.6, 6.7).

    Points already answered keep their answers. Raises `Refused` without a definition, once the stage is answered,
    or for leaving out a point once the resident was told of them: it is answered instead.
    """
    stage = running(case, "5.6")
    if not definition.strip():
        raise Refused("Say what you understand the complaint to be", "5.6")
    held = {point.text: point for point in stage.points}
    texts = list(dict.fromkeys(text.strip() for text in points if text.strip()))
    left_out = [text for text in held if text not in texts]
    if left_out and stage.acknowledged_at is not None:
        raise Refused(
            f"These points stand since the acknowledgement; answer them instead: {'; '.join(left_out)}",
            clause_of(case, "6.7", "6.18"),
        )
    changed = case.with_current(
        definition=definition.strip(),
        outcomes_sought=outcomes_sought.strip(),
        points=tuple(held.get(text) or Point(text) for text in texts),
    )
    summary = f"The complaint definition of stage {stage.number} was written, with {counted(len(texts), 'point')}."
    return Change(changed, (acting.event(EventType.DEFINITION_SET, summary),))


def set_responsibilities(case: Case, responsible_for: str, not_responsible_for: str, acting: Acting) -> Change:
    """Write what the landlord is and is not responsible for in this complaint (Code 5.7)."""
    running(case, "5.7")
    if not responsible_for.strip():
        raise Refused("Say which parts of the complaint we are responsible for", "5.7")
    changed = case.with_current(
        responsible_for=responsible_for.strip(), not_responsible_for=not_responsible_for.strip()
    )
    return Change(changed, (acting.event(EventType.DEFINITION_SET, "What we are responsible for was written down."),))


def ask_to_clarify(case: Case, question: str, acting: Acting) -> Change:
    """Ask the resident what is unclear (Code 5.6). The clocks go on. Owes the clarification letter."""
    stage = running(case, "5.6")
    if not question.strip():
        raise Refused("Write what you want to ask", "5.6")
    asked = Clarification(len(case.records.clarifications) + 1, stage.number, question.strip(), acting.now)
    records = replace(case.records, clarifications=(*case.records.clarifications, asked))
    event = acting.event(EventType.CLARIFICATION_REQUESTED, "The resident was asked to clarify. The clocks go on.")
    return Change(replace(case, records=records), (event,))


def clarified(case: Case, acting: Acting) -> Change:
    """The resident has answered what was asked."""
    asked = case.records.clarifications
    if all(c.answered_at is not None for c in asked):
        raise Refused("Nothing was asked that is not answered", "5.6")
    answered = tuple(replace(c, answered_at=acting.now) if c.answered_at is None else c for c in asked)
    records = replace(case.records, clarifications=answered)
    event = acting.event(EventType.CLARIFICATION_RECEIVED, "The resident has clarified the complaint.")
    return Change(replace(case, records=records), (event,))


def extend(
    case: Case, working_days: int, reason: str, acting: Acting, *,
    good_reason: str = "", approved_by: str = "", ombudsman_details: bool = True,
) -> Change:  # fmt: skip
    """Take more time for the response (Code 6.4, 6.15). Owes the extension letter with the Ombudsman's details.

    Days are counted from the day the response was due. Raises `Refused` before the acknowledgement, once the
    response is late (the resident must be told before it is due), without a reason, or past the Code's most
    days in all without a good reason and who approved it. `ombudsman_details` is False only for a notice of an
    older system that is not known to have given them.
    """
    stage = acknowledged_stage(case, clause_of(case, "6.4", "6.15"))
    limits = limits_of(stage.number)
    clause = limits.extend_clause
    due = stage.extended_to or stage.due.response_due
    if acting.now >= end_of(due):
        raise Refused(
            f"The response was due by {long_day(due)}: it is too late to extend it. Agree with the resident when "
            "you will update them instead (Code 5.9), and answer as soon as you can",
            clause,
        )
    if working_days < 1:
        raise Refused("An extension is one working day or more", clause)
    if not reason.strip():
        raise Refused("Give the reason, as the resident will read it", clause)
    in_all = working_days + sum(e.working_days for e in stage.extensions)
    if in_all > limits.extend and not (good_reason.strip() and approved_by.strip()):
        raise Refused(
            f"Extensions of stage {stage.number} come to {in_all} working days; more than {limits.extend} needs a "
            "written good reason and the name of who approved it",
            clause,
        )
    if in_all > limits.extend and stage.update_days is None and not _from_older_system(acting):
        raise Refused("Agree first with the resident how often they hear from you", "5.9")
    until = acting.time_rules.calendar.add(due, working_days)
    extension = Extension(
        working_days, until, reason.strip(), acting.now, ombudsman_details, good_reason.strip(), approved_by.strip()
    )
    changed = case.with_current(extensions=(*stage.extensions, extension))
    summary = f"Extended by {counted(working_days, 'working day')}, to {long_day(until)}: {reason.strip()}"
    return Change(changed, (acting.event(EventType.EXTENSION_NOTIFIED, summary),))


def agree_updates(case: Case, days: int, next_on: date, acting: Acting) -> Change:
    """Agree with the resident how often they hear from us where the response is late or long (Code 5.9)."""
    running(case, "5.9")
    if not 1 <= days <= 60:
        raise Refused("Updates are agreed for every 1 to 60 days", "5.9")
    if next_on <= local_date(acting.now):
        raise Refused("The next update is on a day to come", "5.9")
    changed = case.with_current(update_days=days, next_update_on=next_on)
    summary = f"Agreed with the resident: an update every {counted(days, 'day')}, the next by {long_day(next_on)}."
    return Change(changed, (acting.event(EventType.UPDATES_AGREED, summary),))


def update(case: Case, acting: Acting) -> Change:
    """Record an update to the resident; the next falls due an interval later (Code 5.9). Owes the update letter."""
    stage = running(case, "5.9")
    next_on = stage.next_update_on
    if stage.update_days is not None:
        next_on = local_date(acting.now) + timedelta(days=stage.update_days)
    changed = case.with_current(next_update_on=next_on)
    return Change(changed, (acting.event(EventType.UPDATE_SENT, "The resident was given an update."),))


def answer_point(case: Case, text: str, answer: str, finding: Outcome, acting: Acting) -> Change:
    """Answer one point of the complaint, with reasons (Code 6.7, 6.18)."""
    clause = clause_of(case, "6.7", "6.18")
    stage = running(case, clause)
    if text not in [point.text for point in stage.points]:
        raise Refused("That point is not part of the complaint definition", clause)
    if not answer.strip():
        raise Refused("Answer the point, with the reasons", clause)
    _check_finding(finding, clause)
    answered = tuple(Point(p.text, answer.strip(), finding) if p.text == text else p for p in stage.points)
    event = acting.event(EventType.DEFINITION_SET, f"A point was answered: {plain(finding)}.")
    return Change(case.with_current(points=answered), (event,))


def respond(
    case: Case, outcome: Outcome, decision: str, reasons: str, acting: Acting, *, contributors: str = ""
) -> Change:
    """Issue the response of the current stage (Code 6.3, 6.9; 6.14, 6.19). Owes the response letter, checked for
    its seven parts.

    It goes when the answer is known, not when the work is done: actions stay open after it (6.6). Raises
    `Refused` before the acknowledgement, without a definition, with a point unanswered (6.7), without decision or
    reasons, or by an officer with a conflict of interest (5.8), or at stage 2 by who decided stage 1 (6.13).
    """
    clause = clause_of(case, "6.9", "6.19")
    stage = acknowledged_stage(case, clause)
    if not acting.is_person:
        raise Refused("A named officer decides a complaint", "5.8")
    check_decider(case, acting.officer_id)
    _check_finding(outcome, clause)
    if not stage.definition.strip():
        raise Refused("Write the complaint definition first", "5.6")
    if not stage.points:
        raise Refused("Write down each point of the complaint first, and answer it", clause_of(case, "6.7", "6.18"))
    unanswered = [point for point in stage.points if not point.answer]
    if unanswered:
        raise Refused(
            f"{counted(len(unanswered), 'point')} of the complaint not answered yet", clause_of(case, "6.7", "6.18")
        )
    if not decision.strip() or not reasons.strip():
        raise Refused("Give the decision and the reasons for it", clause)
    late = acting.now >= end_of(stage.extended_to or stage.due.response_due)
    changed = replace(case, status=Status.RESPONDED).with_current(
        responded_at=acting.now,
        outcome=outcome,
        decision=decision.strip(),
        reasons=reasons.strip(),
        contributors=contributors.strip(),
        decided_by=acting.officer_id,
        next_update_on=None,
    )
    summary = f"Stage {stage.number} answered{' late' if late else ''}: {plain(outcome)}."
    return Change(changed, (acting.event(EventType.RESPONSE_ISSUED, summary),))


def may_ask_for_stage_2(case: Case, classification: Classification) -> bool:
    """Whether a message on this case may be a request for stage 2: stage 1 is answered and they are not satisfied."""
    unhappy = classification.kind.label in (Kind.ESCALATION, Kind.COMPLAINT)
    return unhappy and case.stage == 1 and case.responded_at is not None


def escalate(case: Case, received_at: datetime, acting: Acting, *, reason: str = "") -> Change:
    """The resident asks for stage 2 (Code 6.10 to 6.12); they need give no reason. Its clocks start at the request.

    Raises `Refused` where there is no stage 1 response, at stage 2 already (5.3, 6.20), or where the request
    would lie before the response or in the future.
    """
    stage = case.current
    if stage is None:
        raise Refused("There is no complaint to escalate; raise one first", "1.5")
    if stage.number == 2:
        raise Refused("Stage 2 is the final response; the resident can go to the Ombudsman", "6.20")
    if stage.responded_at is None:
        raise Refused("Stage 1 has not been answered; there is no stage 2 without it", "6.10")
    if received_at.utcoffset() is None:
        raise Refused("The time of the request has no zone", "6.11")
    if received_at < stage.responded_at or received_at > acting.now:
        raise Refused("Stage 2 is asked for after the stage 1 response, and not in the future", "6.10")
    rules = acting.time_rules
    due = due_dates(received_at, None, 2, rules.calendar, rules.rules)
    second = Stage(
        2, received_at, due, definition=stage.definition, outcomes_sought=stage.outcomes_sought,
        responsible_for=stage.responsible_for, not_responsible_for=stage.not_responsible_for,
        points=tuple(Point(point.text) for point in stage.points),
    )  # fmt: skip
    changed = replace(case, stages=(*case.stages, second), status=Status.RECEIVED)
    if acting.is_person:  # who have read what came after the response, and so answered what there was to ask
        changed = replace(changed, needs_review=False, review_reason="")
    said = f" They say: {reason.strip()}" if reason.strip() else ""
    events = [acting.event(EventType.ESCALATION_REQUESTED, f"The resident asked for stage 2.{said}")]
    if case.officer_id is not None and case.officer_id == stage.decided_by:
        changed = replace(changed, officer_id=None, routing_reason="Somebody else must decide stage 2 (Code 6.13).")
        events.append(acting.event(EventType.ASSIGNED, changed.routing_reason))
    return Change(changed, tuple(events))


def status_of(case: Case) -> Status:
    """The status that the case's current stage amounts to: what a closed case goes back to when it is opened again."""
    stage = case.current
    if stage is None:
        return Status.RECEIVED
    if stage.outcome is Outcome.REFUSED:
        return Status.REFUSED
    if stage.outcome is Outcome.WITHDRAWN:
        return Status.WITHDRAWN
    if stage.responded_at is not None:
        return Status.RESPONDED
    return Status.ACKNOWLEDGED if stage.acknowledged_at else Status.RECEIVED


def open_again(change: Change, why: str, acting: Acting) -> Change:
    """The same change, of a case that is open again if it was closed, because something is owed once more."""
    if change.case.status is not Status.CLOSED:
        return change
    reopened = acting.event(EventType.REOPENED, f"Open again: {why}")
    return Change(replace(change.case, status=status_of(change.case)), (*change.events, reopened))


def running(case: Case, clause: str) -> Stage:
    """The current stage, if something can still be done to it. Raises `Refused`, naming the clause, if not."""
    stage = case.current
    if stage is None:
        raise Refused("This is not a complaint; change its kind first if it is one", clause)
    if not stage.open:
        raise Refused("This stage has ended; nothing more can be done to it", clause)
    return stage


def _from_older_system(acting: Acting) -> bool:
    """Whether a record is brought in of what somebody without an account did: what it lacks cannot be asked for."""
    return acting.is_person and acting.officer_id is None


def acknowledged_stage(case: Case, clause: str) -> Stage:
    """The current stage, if it is acknowledged and can still be answered. Raises `Refused` if not."""
    stage = running(case, clause)
    if stage.acknowledged_at is None:
        raise Refused("Acknowledge the complaint first", "6.2" if stage.number == 1 else "6.11")
    return stage


def clause_of(case: Case, first: str, second: str) -> str:
    """The clause of stage 1, or at stage 2 the second."""
    return second if case.stage == 2 else first


def _check_finding(outcome: Outcome, clause: str) -> None:
    if outcome not in FINDINGS:
        raise Refused("A response finds the complaint upheld, partially upheld or not upheld", clause)


def may_decide(case: Case, officer_id: int) -> bool:
    """Whether an officer may decide the case's current stage: see `check_decider`."""
    try:
        check_decider(case, officer_id)
    except Refused:
        return False
    return True


def check_decider(case: Case, officer_id: int | None) -> None:
    """Raises `Refused` for a decider with a conflict of interest (Code 5.8), or the same at both stages (6.13)."""
    if officer_id is None:
        return
    declared = [c.conflicted for c in case.records.conflicts if c.officer_id == officer_id]
    if declared and declared[-1]:
        raise Refused("This officer has declared a conflict of interest; somebody else must decide", "5.8")
    if len(case.stages) == 2 and case.stages[0].decided_by == officer_id:
        raise Refused("Whoever decided stage 1 must not decide stage 2; move the case to somebody else", "6.13")
