"""A complaint's life: each act at both stages, and what the Code does not allow, with its clause."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.factories import (
    DAY,
    NOW,
    OLIVE,
    SANA,
    TIME_RULES,
    a_case,
    acknowledged,
    acting,
    answered,
    at_stage_2,
    classification,
    defined,
    refuses,
)

from intakebot.domain import circumstances, complaints, endings, undelivered
from intakebot.domain.case import SYSTEM, Acting, Case, Change, EventType, Status, clocks_of
from intakebot.domain.labels import Kind
from intakebot.domain.message import Purpose
from intakebot.domain.records import RefusalReason
from intakebot.domain.stages import Outcome
from intakebot.domain.timescales import ClockName
from intakebot.errors import BadInput

STAGES = (1, 2)
ENQUIRY = a_case(Kind.ENQUIRY)


def begun(stage: int) -> Case:
    """At this stage, and nothing of it acknowledged."""
    return a_case() if stage == 1 else at_stage_2()


def running(stage: int) -> Case:
    """At this stage, acknowledged with two points: on day 1 by Olive, or on day 15 by Sana."""
    return acknowledged() if stage == 1 else acknowledged(at_stage_2(), 15, SANA)


def done(stage: int) -> Case:
    """Answered at this stage: on day 7 by Olive, or on day 20 by Sana."""
    return answered() if stage == 1 else answered(running(2), 20, SANA)


def later(stage: int) -> Acting:
    """Who acts after `running`, and when: Olive on day 3, or Sana on day 17."""
    return acting(3) if stage == 1 else acting(17, SANA, "Sana Iqbal")


def clock(case: Case, name: ClockName) -> date | None:
    return next((c.due_on for c in clocks_of(case) if c.name is name), None)


# Acknowledging


@pytest.mark.parametrize(("stage", "due"), [(1, date(2026, 3, 19)), (2, date(2026, 4, 20))])
def test_an_acknowledgement_starts_the_response_clock(stage: int, due: date) -> None:
    change = complaints.acknowledge(defined(begun(stage), 1 if stage == 1 else 15), later(stage))
    assert change.case.status is Status.ACKNOWLEDGED
    assert change.case.acknowledged_at == later(stage).now
    assert clock(change.case, ClockName.RESPONSE) == due
    (event,) = change.events
    assert event.type is EventType.ACKNOWLEDGED
    assert event.summary == f"Stage {stage} acknowledged; the response is due by {due.day} {due:%B %Y}."


def test_an_acknowledgement_is_late_at_midnight_and_not_before() -> None:
    last, after = datetime(2026, 3, 9, 23, 59, tzinfo=UTC), datetime(2026, 3, 10, 0, 0, tzinfo=UTC)
    assert "late" not in complaints.acknowledge(defined(), replace(acting(), now=last)).events[0].summary
    assert "acknowledged late" in complaints.acknowledge(defined(), replace(acting(), now=after)).events[0].summary


@pytest.mark.parametrize("stage", STAGES)
def test_an_acknowledgement_says_what_the_complaint_is_and_what_we_are_responsible_for(stage: int) -> None:
    ready = defined(begun(stage), 1 if stage == 1 else 15)
    refuses("5.6", lambda: complaints.acknowledge(ready.with_current(definition=" "), later(stage)), "definition")
    unsaid = ready.with_current(responsible_for=" ")
    refuses("5.7", lambda: complaints.acknowledge(unsaid, later(stage)), "responsible for")
    older = acting(17, None, "A. Predecessor")
    assert complaints.acknowledge(unsaid, older).case.acknowledged_at == older.now, "older systems did not write it"
    refuses("5.6", lambda: complaints.acknowledge(unsaid.with_current(definition=""), older))
    refuses("5.7", lambda: complaints.acknowledge(unsaid, acting(17, None, SYSTEM)))


@pytest.mark.parametrize(("stage", "clause"), [(1, "6.2"), (2, "6.11")])
def test_a_stage_is_acknowledged_once(stage: int, clause: str) -> None:
    refuses(clause, lambda: complaints.acknowledge(running(stage), later(stage)), "already")


@pytest.mark.parametrize("case", [ENQUIRY, done(1), done(2)])
def test_only_a_running_complaint_is_acknowledged(case: Case) -> None:
    refuses("6.11" if case.stage == 2 else "6.2", lambda: complaints.acknowledge(case, acting(30)))


@pytest.mark.parametrize("stage", STAGES)
def test_an_acknowledgement_that_never_arrived_is_owed_again(stage: int) -> None:
    change = undelivered.acknowledgement_failed(running(stage), "status 5.1.1", later(stage))
    assert (change.case.status, change.case.acknowledged_at) == (Status.RECEIVED, None)
    assert change.case.due == begun(stage).due
    assert change.case.needs_review
    assert [e.type for e in change.events] == [EventType.ACKNOWLEDGEMENT_FAILED]


@pytest.mark.parametrize("case", [ENQUIRY, begun(1), done(1)])
def test_an_acknowledgement_that_is_not_owed_cannot_have_failed(case: Case) -> None:
    assert undelivered.acknowledgement_failed(case, "status 5.1.1", acting(9)) == Change(case, ())


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "purpose",
    [
        Purpose.CHOICE,
        Purpose.CLARIFICATION,
        Purpose.EXTENSION,
        Purpose.UPDATE,
        Purpose.REFUSAL,
        Purpose.RESPONSE,
        Purpose.WITHDRAWAL_CHECK,
    ],
)
def test_a_letter_of_the_code_that_never_arrived_is_for_a_person_to_give(stage: int, purpose: Purpose) -> None:
    case = done(stage) if purpose is Purpose.RESPONSE else running(stage)
    change = undelivered.letter_failed(case, purpose, "status 5.1.1", later(stage))
    assert change.case == replace(case, needs_review=True, review_reason=change.case.review_reason)
    assert "did not arrive (status 5.1.1)" in change.case.review_reason
    assert [e.type for e in change.events] == [EventType.LETTER_FAILED]


def test_of_other_letters_only_the_acknowledgement_is_owed_again() -> None:
    case = running(1)
    for purpose in (Purpose.RECEIPT, Purpose.ADDED, Purpose.REPLY):
        assert undelivered.letter_failed(case, purpose, "status 5.1.1", acting(3)) == Change(case, ())
    acknowledgement = undelivered.letter_failed(case, Purpose.ACKNOWLEDGEMENT, "status 5.1.1", acting(3))
    assert acknowledgement == undelivered.acknowledgement_failed(case, "status 5.1.1", acting(3))


# Defining


@pytest.mark.parametrize("stage", STAGES)
def test_the_definition_is_written_with_its_points_and_keeps_answers(stage: int) -> None:
    case = complaints.answer_point(running(stage), "The boiler fails", "It did", Outcome.UPHELD, later(stage)).case
    points = [" The boiler fails ", "The boiler fails", "", "Nobody rang back", "No heating for a week"]
    change = complaints.define(case, " No heating ", " Heating ", points, later(stage))
    assert change.case.current is not None
    assert (change.case.current.definition, change.case.current.outcomes_sought) == ("No heating", "Heating")
    assert [(p.text, p.answer) for p in change.case.current.points] == [
        ("The boiler fails", "It did"),
        ("Nobody rang back", ""),
        ("No heating for a week", ""),
    ]
    assert change.events[0].summary == f"The complaint definition of stage {stage} was written, with 3 points."


@pytest.mark.parametrize(("stage", "clause"), [(1, "6.7"), (2, "6.18")])
def test_a_point_the_resident_was_told_of_is_answered_and_not_left_out(stage: int, clause: str) -> None:
    define = lambda case: complaints.define(case, "No heating", "", ["The boiler fails"], later(stage))  # noqa: E731
    refuses(clause, lambda: define(running(stage)), "Nobody rang back")
    before = define(defined(begun(stage), 1 if stage == 1 else 15)).case
    assert before.current is not None
    assert [point.text for point in before.current.points] == ["The boiler fails"], "nobody was told of them yet"


@pytest.mark.parametrize("stage", STAGES)
def test_there_is_no_definition_of_nothing_nor_once_answered(stage: int) -> None:
    refuses("5.6", lambda: complaints.define(running(stage), " ", "", (), later(stage)), "understand")
    refuses("5.6", lambda: complaints.define(done(stage), "x", "", (), acting(30)), "ended")
    refuses("5.6", lambda: complaints.define(ENQUIRY, "x", "", (), acting(1)), "not a complaint")


@pytest.mark.parametrize("stage", STAGES)
def test_responsibilities_are_written_and_not_left_empty(stage: int) -> None:
    change = complaints.set_responsibilities(running(stage), " Repairs ", " Bins ", later(stage))
    assert change.case.current is not None
    assert (change.case.current.responsible_for, change.case.current.not_responsible_for) == ("Repairs", "Bins")
    refuses("5.7", lambda: complaints.set_responsibilities(running(stage), "", "Bins", later(stage)))
    refuses("5.7", lambda: complaints.set_responsibilities(done(stage), "Repairs", "", acting(30)))


@pytest.mark.parametrize("stage", STAGES)
def test_asking_to_clarify_stops_no_clock_and_is_answered(stage: int) -> None:
    before = running(stage)
    change = complaints.ask_to_clarify(before, "Which room?", later(stage))
    assert clocks_of(change.case) == clocks_of(before)
    (asked,) = change.case.records.clarifications
    assert (asked.number, asked.stage, asked.question, asked.answered_at) == (1, stage, "Which room?", None)
    again = complaints.clarified(change.case, later(stage))
    assert again.case.records.clarifications[0].answered_at == later(stage).now
    assert clocks_of(again.case) == clocks_of(before)
    refuses("5.6", lambda: complaints.clarified(again.case, later(stage)), "Nothing was asked")
    refuses("5.6", lambda: complaints.ask_to_clarify(before, " ", later(stage)))
    refuses("5.6", lambda: complaints.ask_to_clarify(done(stage), "Which room?", acting(30)))


# Extending and updating


@pytest.mark.parametrize(
    ("stage", "most", "until", "clause"), [(1, 10, date(2026, 3, 31), "6.4"), (2, 20, date(2026, 5, 15), "6.15")]
)
def test_an_extension_counts_from_the_day_the_response_was_due(stage: int, most: int, until: date, clause: str) -> None:
    change = complaints.extend(running(stage), most, "We await the survey", later(stage))
    assert change.case.current is not None
    assert change.case.current.extended_to == change.case.current.valid_extension == until
    (running_clock,) = [c for c in clocks_of(change.case) if c.met_at is None]
    assert (running_clock.name, running_clock.clause, running_clock.due_on) == (ClockName.EXTENSION, clause, until)
    assert change.events[0].summary.endswith(f"to {until.day} {until:%B %Y}: We await the survey")


@pytest.mark.parametrize(("stage", "most", "clause"), [(1, 10, "6.4"), (2, 20, "6.15")])
def test_more_than_the_most_in_all_needs_a_good_reason_and_approval(stage: int, most: int, clause: str) -> None:
    case = complaints.extend(running(stage), most - 1, "Survey", later(stage)).case
    case = complaints.extend(case, 1, "Survey again", later(stage)).case
    for good, who in (("", ""), ("Asbestos found", ""), ("", "Lin Okafor"), (" ", " ")):
        refuses(
            clause,
            lambda good=good, who=who: complaints.extend(  # type: ignore[misc]
                case, 1, "Survey", later(stage), good_reason=good, approved_by=who
            ),
            f"{most + 1} working days; more than {most}",
        )
    good_reason = {"good_reason": "Asbestos", "approved_by": "Lin Okafor"}
    refuses("5.9", lambda: complaints.extend(case, 1, "Survey", later(stage), **good_reason), "how often")
    today = later(stage).now.date()
    agreed = complaints.agree_updates(case, 7, today + 7 * DAY, later(stage)).case
    change = complaints.extend(agreed, 1, "Survey", later(stage), **good_reason)
    assert change.case.current is not None
    assert change.case.current.valid_extension == change.case.current.extended_to
    assert change.case.current.extensions[-1].approved_by == "Lin Okafor"


@pytest.mark.parametrize(("stage", "due", "clause"), [(1, date(2026, 3, 17), "6.4"), (2, date(2026, 4, 16), "6.15")])
def test_an_extension_is_told_before_the_response_is_due(stage: int, due: date, clause: str) -> None:
    last = datetime(due.year, due.month, due.day, 22, 59, tzinfo=UTC)
    after = datetime(due.year, due.month, due.day, 23, 59, tzinfo=UTC) + timedelta(minutes=1)
    assert complaints.extend(running(stage), 1, "Survey", replace(acting(), now=last)).events
    too_late = replace(acting(), now=after)
    refuses(clause, lambda: complaints.extend(running(stage), 1, "Survey", too_late), r"too late.*5\.9")


@pytest.mark.parametrize(("stage", "clause"), [(1, "6.4"), (2, "6.15")])
def test_what_is_no_extension(stage: int, clause: str) -> None:
    refuses("6.2" if stage == 1 else "6.11", lambda: complaints.extend(begun(stage), 5, "Survey", later(stage)))
    refuses(clause, lambda: complaints.extend(running(stage), 0, "Survey", later(stage)), "one working day")
    refuses(clause, lambda: complaints.extend(running(stage), -3, "Survey", later(stage)), "one working day")
    refuses(clause, lambda: complaints.extend(running(stage), 5, " ", later(stage)), "reason")
    refuses(clause, lambda: complaints.extend(done(stage), 5, "Survey", acting(30)), "ended")
    agreed = complaints.agree_updates(running(stage), 7, later(stage).now.date() + 7 * DAY, later(stage)).case
    with pytest.raises(BadInput):
        complaints.extend(agreed, 10_000, "x", later(stage), good_reason="x", approved_by="y")


def extended(stage: int) -> Case:
    return complaints.extend(running(stage), 5, "A surveyor must look", later(stage)).case


@pytest.mark.parametrize("stage", STAGES)
def test_an_extension_whose_letter_came_back_does_not_count_until_they_are_told(stage: int) -> None:
    case = extended(stage)
    lost = undelivered.letter_failed(case, Purpose.EXTENSION, "status 5.1.1", later(stage)).case
    assert case.current is not None
    assert lost.current is not None
    assert case.current.valid_extension is not None
    assert (lost.current.valid_extension, lost.needs_review) == (None, True)
    change = undelivered.extension_told(lost, replace(later(stage), now=later(stage).now + DAY))
    assert change.case.current is not None
    assert change.case.current.valid_extension == case.current.valid_extension
    assert change.case.current.extensions[-1].told_at == later(stage).now + DAY
    assert [e.type for e in change.events] == [EventType.EXTENSION_NOTIFIED]


def test_told_of_an_extension_too_late_it_does_not_count() -> None:
    lost = undelivered.letter_failed(extended(1), Purpose.EXTENSION, "status 5.1.1", acting(3)).case
    told = undelivered.extension_told(lost, acting(18)).case
    assert told.current is not None
    assert told.current.valid_extension is None


@pytest.mark.parametrize(("stage", "clause"), [(1, "6.4"), (2, "6.15")])
def test_what_they_know_of_is_not_told_again(stage: int, clause: str) -> None:
    for case in (running(stage), extended(stage)):
        refuses(clause, lambda case=case: undelivered.extension_told(case, later(stage)), "has been told")  # type: ignore[misc]


@pytest.mark.parametrize("stage", STAGES)
def test_updates_are_agreed_and_each_sets_the_next(stage: int) -> None:
    today = later(stage).now.date()
    case = complaints.agree_updates(running(stage), 7, today + 5 * DAY, later(stage)).case
    assert clock(case, ClockName.UPDATE) == today + 5 * DAY
    change = complaints.update(case, later(stage))
    assert clock(change.case, ClockName.UPDATE) == today + 7 * DAY
    assert change.events[0].type is EventType.UPDATE_SENT


@pytest.mark.parametrize("stage", STAGES)
def test_an_update_without_an_agreed_interval_is_recorded_and_promises_none(stage: int) -> None:
    change = complaints.update(running(stage), later(stage))
    assert clock(change.case, ClockName.UPDATE) is None
    assert [e.type for e in change.events] == [EventType.UPDATE_SENT]


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_no_agreement_about_updates(stage: int) -> None:
    today = later(stage).now.date()
    for days in (0, 61):
        refuses("5.9", lambda days=days: complaints.agree_updates(running(stage), days, today + DAY, later(stage)))  # type: ignore[misc]
    refuses("5.9", lambda: complaints.agree_updates(running(stage), 7, today, later(stage)), "to come")
    refuses("5.9", lambda: complaints.agree_updates(done(stage), 7, date(2027, 1, 1), acting(30)))
    refuses("5.9", lambda: complaints.update(ENQUIRY, acting(1)), "not a complaint")


# Answering


@pytest.mark.parametrize(("stage", "clause"), [(1, "6.7"), (2, "6.18")])
def test_each_point_is_answered_with_reasons(stage: int, clause: str) -> None:
    answer = lambda text, said, finding=Outcome.UPHELD: complaints.answer_point(  # noqa: E731
        running(stage), text, said, finding, later(stage)
    )
    change = answer("The boiler fails", " It did ")
    assert change.case.current is not None
    first, second = change.case.current.points
    assert (first.answer, first.finding, second.answer, second.finding) == ("It did", Outcome.UPHELD, "", None)
    refuses(clause, lambda: answer("The lift", "x"), "not part")
    refuses(clause, lambda: answer("The boiler fails", " "), "Answer the point")
    for wrong in (Outcome.WITHDRAWN, Outcome.REFUSED):
        refuses(clause, lambda wrong=wrong: answer("The boiler fails", "x", wrong), "upheld")  # type: ignore[misc]


def respond(
    case: Case, by: Acting, outcome: Outcome = Outcome.UPHELD, decision: str = "d", reasons: str = "r"
) -> Change:
    return complaints.respond(case, outcome, decision, reasons, by, contributors=" Surveyor ")


def ready(stage: int) -> Case:
    """Every point answered, and nothing decided."""
    case = running(stage)
    for text in ("The boiler fails", "Nobody rang back"):
        case = complaints.answer_point(case, text, "Yes", Outcome.UPHELD, later(stage)).case
    return case


@pytest.mark.parametrize("outcome", [Outcome.UPHELD, Outcome.PARTIALLY_UPHELD, Outcome.NOT_UPHELD])
@pytest.mark.parametrize("stage", STAGES)
def test_a_response_meets_the_clock_and_names_who_decided(stage: int, outcome: Outcome) -> None:
    case = complaints.agree_updates(ready(stage), 7, date(2026, 12, 1), later(stage)).case
    change = respond(case, later(stage), outcome)
    assert change.case.current is not None
    assert (change.case.status, change.case.outcome) == (Status.RESPONDED, outcome.value)
    assert change.case.current.decided_by == later(stage).officer_id
    assert change.case.current.contributors == "Surveyor"
    assert all(c.met_at == later(stage).now for c in clocks_of(change.case) if c.name is ClockName.RESPONSE)
    assert clock(change.case, ClockName.UPDATE) is None
    assert change.events[0].summary == f"Stage {stage} answered: {outcome.value.replace('_', ' ')}."


def test_a_response_is_late_at_midnight_unless_extended() -> None:
    due, extended = datetime(2026, 3, 18, tzinfo=UTC), complaints.extend(ready(1), 5, "Survey", acting(3)).case
    at = replace(acting(), now=due)
    assert "answered late" in respond(ready(1), at).events[0].summary
    assert "late" not in respond(extended, at).events[0].summary
    assert "late" not in respond(ready(1), replace(at, now=due - timedelta(seconds=1))).events[0].summary


@pytest.mark.parametrize(("stage", "letter", "points", "ack"), [(1, "6.9", "6.7", "6.2"), (2, "6.19", "6.18", "6.11")])
def test_a_response_goes_only_with_everything_in_it(stage: int, letter: str, points: str, ack: str) -> None:
    refuses(ack, lambda: respond(begun(stage), later(stage)), "Acknowledge")
    refuses("5.6", lambda: respond(ready(stage).with_current(definition=" "), later(stage)), "definition")
    refuses(points, lambda: respond(ready(stage).with_current(points=()), later(stage)), "each point")
    refuses(points, lambda: respond(running(stage), later(stage)), "2 points of the complaint")
    refuses(letter, lambda: respond(ready(stage), later(stage), decision=" "), "decision")
    refuses(letter, lambda: respond(ready(stage), later(stage), reasons=" "), "reasons")
    refuses(letter, lambda: respond(ready(stage), later(stage), Outcome.REFUSED), "upheld")
    refuses(letter, lambda: respond(done(stage), acting(30)), "ended")
    refuses(letter, lambda: respond(ENQUIRY, acting(1)) if stage == 1 else respond(done(2), acting(30)))


@pytest.mark.parametrize("stage", STAGES)
def test_only_a_person_without_a_conflict_decides(stage: int) -> None:
    refuses("5.8", lambda: respond(ready(stage), Acting(SYSTEM, None, TIME_RULES, later(stage).now)), "named officer")
    declared = circumstances.declare_conflict(ready(stage), True, "My cousin", later(stage)).case
    refuses("5.8", lambda: respond(declared, later(stage)), "conflict")
    cleared = circumstances.declare_conflict(declared, False, "", later(stage)).case
    assert respond(cleared, later(stage)).events, "the newest declaration counts"


def test_who_decided_stage_1_does_not_decide_stage_2() -> None:
    refuses("6.13", lambda: respond(ready(2), acting(17, OLIVE)), "stage 1")
    assert respond(ready(2), acting(17, SANA)).events


def test_a_record_of_an_older_system_is_answered_by_somebody_without_an_account() -> None:
    change = respond(ready(1), Acting("Kit Marsh", None, TIME_RULES, NOW + 3 * DAY))
    assert change.case.current is not None
    assert change.case.current.decided_by is None


# Escalating


def test_stage_2_starts_at_the_request_with_what_stage_1_knew_and_somebody_else() -> None:
    asked = NOW + 14 * DAY
    change = complaints.escalate(answered(), asked, acting(15), reason=" It broke again ")
    case = change.case
    assert (case.status, case.stage, len(case.stages)) == (Status.RECEIVED, 2, 2)
    assert case.due is not None
    assert case.due.ack_due == date(2026, 3, 23)
    assert case.current is not None
    assert (case.current.received_at, case.acknowledged_at, case.responded_at) == (asked, None, None)
    assert case.current.definition == "The boiler fails"
    assert [(p.text, p.answer, p.finding) for p in case.current.points] == [
        ("The boiler fails", "", None),
        ("Nobody rang back", "", None),
    ]
    assert case.stages[0] == answered().stages[0], "the first stage's record stays as it was"
    assert case.officer_id is None, "Olive decided stage 1"
    assert [e.type for e in change.events] == [EventType.ESCALATION_REQUESTED, EventType.ASSIGNED]
    assert change.events[0].summary == "The resident asked for stage 2. They say: It broke again"


def test_no_reason_is_needed_to_escalate_and_another_officer_keeps_the_case() -> None:
    change = complaints.escalate(replace(answered(), officer_id=SANA), NOW + 8 * DAY, acting(8))
    assert change.case.officer_id == SANA
    assert [e.summary for e in change.events] == ["The resident asked for stage 2."]


def test_an_officer_who_escalates_has_answered_the_question_whether_to() -> None:
    asked = replace(answered(), needs_review=True, review_reason="Do they ask for stage 2?")
    assert not complaints.escalate(asked, NOW + 8 * DAY, acting(8)).case.needs_review
    service = Acting(SYSTEM, None, TIME_RULES, NOW + 8 * DAY)
    assert complaints.escalate(asked, NOW + 8 * DAY, service).case.needs_review


def test_a_closed_complaint_can_still_go_to_stage_2() -> None:
    assert complaints.escalate(replace(answered(), status=Status.CLOSED), NOW + 9 * DAY, acting(9)).case.open


def test_what_cannot_be_escalated() -> None:
    escalate = lambda case, at=NOW + 8 * DAY, day=9: complaints.escalate(case, at, acting(day))  # noqa: E731
    refuses("1.5", lambda: escalate(ENQUIRY), "raise one first")
    refuses("6.10", lambda: escalate(running(1)), "has not been answered")
    refuses("6.20", lambda: escalate(running(2), NOW + 18 * DAY, 18), "final response")
    refuses("6.20", lambda: escalate(done(2), NOW + 21 * DAY, 21), "final response")
    refuses("6.10", lambda: escalate(answered(), NOW + 6 * DAY), "after the stage 1 response")
    refuses("6.10", lambda: escalate(answered(), NOW + 10 * DAY), "not in the future")
    naive = datetime(2026, 3, 10, 9, 0)  # noqa: DTZ001  # a naive time is the point
    refuses("6.11", lambda: escalate(answered(), naive), "zone")
    policy = RefusalReason.OTHER_POLICY_EXCLUSION
    refused = endings.refuse(a_case(), policy, "Policy 4.2", "Read her letters", acting(2)).case
    refuses("6.10", lambda: escalate(refused), "has not been answered")


@pytest.mark.parametrize(
    ("case", "kind", "may"),
    [
        (answered(), Kind.ESCALATION, True),
        (answered(), Kind.COMPLAINT, True),
        (answered(), Kind.COMPLIMENT, False),
        (answered(), Kind.UPDATE, False),
        (running(1), Kind.ESCALATION, False),
        (running(2), Kind.ESCALATION, False),
        (done(2), Kind.ESCALATION, False),
        (ENQUIRY, Kind.COMPLAINT, False),
    ],
)
def test_who_is_unhappy_after_the_stage_1_response_may_ask_for_stage_2(case: Case, kind: Kind, may: bool) -> None:
    assert complaints.may_ask_for_stage_2(case, classification(kind)) is may


@pytest.mark.parametrize("status", list(Status))
def test_a_closed_case_opens_again_as_what_its_stage_came_to(status: Status) -> None:
    policy = RefusalReason.OTHER_POLICY_EXCLUSION
    asked = endings.ask_to_withdraw(a_case(), "Leave it", acting(1)).case
    cases = {
        Status.RECEIVED: ENQUIRY,
        Status.ACKNOWLEDGED: running(2),
        Status.RESPONDED: done(2),
        Status.REFUSED: endings.refuse(a_case(), policy, "Policy", "Read it", acting(2)).case,
        Status.WITHDRAWN: endings.withdraw(asked, "By mail", acting(2)).case,
    }
    if status is not Status.CLOSED:
        assert complaints.status_of(replace(cases[status], status=Status.CLOSED)) is status
