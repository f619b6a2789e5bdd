"""The acts on a case: what changes, what is recorded, and what the Code does not allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from tests.factories import NOW, a_case, acknowledged, acting, answered, at_stage_2, classification, officer, refuses

from intakebot.domain import acts, circumstances, complaints, endings, redress
from intakebot.domain.case import Case, Change, Event, EventType, Status, TagType, TimeRules, clocks_of
from intakebot.domain.hazards import HazardLevel, HazardStatus
from intakebot.domain.labels import Category, Classification, Flag, Kind, Need
from intakebot.domain.people import Person
from intakebot.domain.records import Action, Ombudsman, Records, RefusalReason, RemedyType
from intakebot.domain.routing import Assignment
from intakebot.domain.timescales import ClockName, Rules
from intakebot.domain.working_days import england
from intakebot.errors import Refused

RULES = TimeRules(england(()), Rules())
LATER = NOW + timedelta(hours=3)


def opened(found: Classification | None = None, received: datetime = NOW) -> Change:
    given = Assignment("maintenance", officer(7, "Olive Ferreira"), "Maintenance deals with repairs.", "riverside")
    return acts.open_case(
        "HC-0000-0000-A", "email", "Boiler", received, Person("Ama"), None, found or classification(), given, RULES, NOW
    )


def case(found: Classification | None = None) -> Case:
    return opened(found).case


def refused(before: Case | None = None) -> Case:
    why = RefusalReason.OTHER_POLICY_EXCLUSION
    return endings.refuse(before or a_case(), why, "Policy 4.2", "Read her letters", acting(20)).case


def closed(ended: Case) -> Case:
    return endings.close(redress.learn(ended, "", "", "", acting(21), nothing=True).case, acting(21)).case


def kinds(change: Change) -> list[EventType]:
    return [event.type for event in change.events]


def correct(before: Case, kind: Kind, reason: str = "Rang them", **changes: object) -> Change:
    labels: dict[str, object] = {
        "categories": [Category(c) for c in before.labels(TagType.CATEGORY)],
        "flags": [Flag(f) for f in before.labels(TagType.FLAG)],
        "needs": [Need(n) for n in before.labels(TagType.NEED)],
    } | changes
    return acts.correct(before, kind, reason=reason, actor="olive", time_rules=RULES, now=LATER, **labels)  # type: ignore[arg-type]


def test_a_complaint_opens_with_its_clock_officer_and_record() -> None:
    change = opened()
    assert change.case.status is Status.RECEIVED
    assert change.case.due is not None
    assert change.case.due.ack_due == date(2026, 3, 9)
    assert (change.case.officer_id, change.case.team, change.case.patch) == (7, "maintenance", "riverside")
    assert kinds(change) == [EventType.RECEIVED, EventType.LOGGED, EventType.ASSIGNED]
    assert change.events[2].summary == "Maintenance deals with repairs."
    assert change.case.unread == 1


@pytest.mark.parametrize(
    ("kind", "review", "runs"),
    [
        (Kind.COMPLAINT, False, True),
        (Kind.COMPLAINT, True, True),
        (Kind.ESCALATION, False, True),
        (Kind.SERVICE_REQUEST, False, False),
        (Kind.SERVICE_REQUEST, True, True),
        (Kind.ENQUIRY, False, False),
        (Kind.ENQUIRY, True, True),
        (Kind.UPDATE, True, False),
        (Kind.COMPLIMENT, False, False),
    ],
)
def test_the_codes_clocks_run_for_complaints_and_for_doubts_about_one(kind: Kind, review: bool, runs: bool) -> None:
    found = classification(kind, needs_review=review, review_reason="It may be either." if review else "")
    assert (case(found).due is not None) is runs
    assert bool(clocks_of(case(found))) is runs


def test_an_emergency_starts_a_clock_of_hours_from_receipt() -> None:
    change = opened(classification(flags=(Flag.EMERGENCY_HAZARD,)), NOW - timedelta(hours=1))
    assert change.case.hazard is not None
    assert change.case.hazard.level is HazardLevel.EMERGENCY
    assert change.case.hazard.due_at == NOW + timedelta(hours=23)
    assert EventType.HAZARD_RAISED in kinds(change)
    assert change.case.danger == 3


def test_a_further_message_adds_flags_and_needs_and_lowers_none() -> None:
    before = case(classification(flags=(Flag.SAFEGUARDING,), needs=(Need.LARGE_PRINT,)))
    more = classification(Kind.COMPLIMENT, ("rents",), (Flag.EMERGENCY_HAZARD,), (Need.BSL,))
    change = acts.add_message(before, more, LATER, RULES, LATER)
    assert change.case.labels(TagType.FLAG) == (Flag.SAFEGUARDING, Flag.EMERGENCY_HAZARD)
    assert change.case.labels(TagType.NEED) == (Need.LARGE_PRINT, Need.BSL)
    assert change.case.labels(TagType.CATEGORY) == before.labels(TagType.CATEGORY)
    assert (change.case.kind, change.case.due) == (before.kind, before.due)
    assert change.case.unread == 2
    assert change.case.hazard is not None
    assert change.case.hazard.aware_at == LATER
    assert "emergency hazard" in change.events[1].summary


def test_a_second_report_of_an_emergency_moves_no_clock() -> None:
    before = case(classification(flags=(Flag.EMERGENCY_HAZARD,)))
    change = acts.add_message(before, classification(flags=(Flag.EMERGENCY_HAZARD,)), LATER, RULES, LATER)
    assert change.case.hazard == before.hazard


def test_a_message_opens_a_closed_case_again() -> None:
    before = acts.close(case(classification(Kind.ENQUIRY)), "Answered by phone", "olive", NOW).case
    assert not before.open
    change = acts.add_message(before, classification(), LATER, RULES, LATER)
    assert change.case.open
    assert EventType.REOPENED in kinds(change)


def test_a_further_message_in_doubt_is_for_a_person_as_a_first_one_is() -> None:
    doubtful = classification(Kind.UPDATE, needs_review=True, review_reason="It may be a complaint.")
    after = acts.add_message(case(), doubtful, LATER, RULES, LATER).case
    assert (after.needs_review, after.review_reason) == (True, "It may be a complaint.")


def test_correcting_to_a_complaint_starts_the_clock_from_receipt() -> None:
    change = correct(case(classification(Kind.SERVICE_REQUEST)), Kind.COMPLAINT)
    assert change.case.due is not None
    assert change.case.due.ack_due == date(2026, 3, 9)
    assert EventType.KIND_DECIDED in kinds(change)
    assert change.events[0].summary.endswith("Rang them")


def test_correcting_away_from_a_complaint_ends_the_clock_unless_it_was_acknowledged() -> None:
    assert correct(case(), Kind.ENQUIRY).case.due is None
    for begun in (acknowledged(), answered(), at_stage_2(), refused(), refused(at_stage_2())):
        refuses("1.5", lambda begun=begun: correct(begun, Kind.ENQUIRY))  # type: ignore[misc]


BEGINNINGS: dict[str, Callable[[Case], Change]] = {
    "definition": lambda c: complaints.define(c, "The boiler fails", "", (), acting(1)),
    "clarification": lambda c: complaints.ask_to_clarify(c, "Which room?", acting(1)),
    "issue": lambda c: circumstances.add_issue(c, "The lift", False, "Another team", acting(1), own_case="HC-B"),
    "withdrawal": lambda c: endings.ask_to_withdraw(c, "Leave it", acting(1)),
    "action": lambda c: redress.open_action(c, "Fit a boiler", "Heatwell", date(2026, 4, 1), acting(1)),
    "remedy": lambda c: redress.offer(c, RemedyType.APOLOGY, "Sorry", "We were late", acting(1)),
    "ombudsman": lambda c: redress.ombudsman_contacted(c, Ombudsman.HOS, "2026-1", NOW, acting(1)),
}


@pytest.mark.parametrize("begin", BEGINNINGS.values(), ids=BEGINNINGS)
def test_what_was_begun_as_a_complaint_before_its_acknowledgement_stays_one(begin: Callable[[Case], Change]) -> None:
    begun = begin(a_case()).case
    assert begun.acknowledged_at is None
    refuses("1.5", lambda: correct(begun, Kind.SERVICE_REQUEST))
    assert correct(begun, Kind.COMPLAINT).case.stages == begun.stages


def test_a_request_on_which_something_was_promised_is_closed_once_it_is_done() -> None:
    promise = Action(1, 1, "Fit a boiler", "Heatwell", date(2026, 4, 1), NOW)
    promised = a_case(Kind.SERVICE_REQUEST, records=Records(actions=(promise,)))
    refuses("6.6", lambda: acts.close(promised, "Done", "olive", LATER), "promised")
    done = replace(promised, records=Records(actions=(replace(promise, done_at=LATER),)))
    assert acts.close(done, "Done", "olive", LATER).case.status is Status.CLOSED


def test_a_correction_takes_the_review_mark_and_keeps_the_evidence_of_what_stays() -> None:
    before = case(classification(categories=("repairs", "asb"), needs_review=True, review_reason="?"))
    change = correct(before, Kind.COMPLAINT, categories=[Category.RENTS, Category.REPAIRS])
    assert (change.case.needs_review, change.case.review_reason) == (False, "")
    rents, repairs = (tag for tag in change.case.tags if tag.type is TagType.CATEGORY)
    assert (rents.label, rents.source, repairs.source) == ("rents", "olive", "test")
    assert repairs.evidence == ("repairs",)
    assert change.events[0].summary.startswith("Added rents. Removed asb.")


def test_clearing_an_emergency_ends_its_clock_and_keeps_its_record_and_raising_it_again_begins_another() -> None:
    before = case(classification(flags=(Flag.EMERGENCY_HAZARD,)))
    cleared = correct(before, Kind.COMPLAINT, flags=[]).case
    assert cleared.hazard is None
    (record,) = cleared.records.hazards
    assert (record.status, record.cleared_at, record.reason) == (HazardStatus.CLEARED, LATER, "Rang them")
    assert ClockName.HAZARD_EMERGENCY not in [c.name for c in clocks_of(cleared)]
    again = correct(cleared, Kind.COMPLAINT, flags=[Flag.EMERGENCY_HAZARD])
    assert [h.number for h in again.case.records.hazards] == [1, 2]
    assert EventType.HAZARD_RAISED in kinds(again)
    assert again.case.hazard is not None
    assert again.case.hazard.aware_at == NOW, "we knew from the first message"


def test_nothing_is_moved_corrected_or_closed_without_a_reason() -> None:
    for reason in ("", "  "):
        with pytest.raises(Refused, match=r"[Ss]ay"):
            correct(case(), Kind.COMPLAINT, reason)
        with pytest.raises(Refused, match=r"[Ss]ay"):
            acts.assign(case(), 8, "estates", reason, "olive", LATER)
        with pytest.raises(Refused, match=r"[Ss]ay"):
            acts.close(case(classification(Kind.ENQUIRY)), reason, "olive", LATER)


def test_a_case_moves_with_its_reason() -> None:
    change = acts.assign(case(), 8, "estates", "It is the lift.", "olive", LATER)
    assert (change.case.officer_id, change.case.team, change.case.routing_reason) == (8, "estates", "It is the lift.")
    assert change.events == (Event(LATER, "olive", EventType.ASSIGNED, "It is the lift."),)


def test_a_complaint_is_answered_and_not_closed() -> None:
    with pytest.raises(Refused, match=r"6.3"):
        acts.close(case(), "tidy up", "olive", LATER)


def test_no_event_of_a_message_repeats_its_words() -> None:
    for event in opened(classification(needs_review=True, review_reason="It may be a request.")).events:
        assert "Boiler" not in event.summary


def test_a_message_makes_a_closed_complaint_what_it_was_before_and_new() -> None:
    for ended, status in ((answered(), Status.RESPONDED), (refused(), Status.REFUSED), (withdrawn(), Status.WITHDRAWN)):
        change = acts.add_message(closed(ended), classification(), LATER, RULES, LATER)
        assert change.case.status is status, "no acknowledgement is owed for a complaint that has ended"
        assert change.case.open
        assert EventType.REOPENED in kinds(change)


def withdrawn() -> Case:
    asked = endings.ask_to_withdraw(a_case(), "Leave it", acting(1)).case
    return endings.withdraw(asked, "By mail", acting(2)).case


def test_correcting_the_tags_of_a_closed_complaint_leaves_it_closed() -> None:
    change = correct(closed(answered()), Kind.COMPLAINT, categories=[Category.RENTS])
    assert change.case.status is Status.CLOSED
    assert EventType.REOPENED not in kinds(change)


def test_a_closed_enquiry_that_is_a_complaint_is_open_again() -> None:
    before = acts.close(case(classification(Kind.ENQUIRY)), "Answered", "olive", NOW).case
    change = correct(before, Kind.COMPLAINT)
    assert (change.case.status, change.case.stage) == (Status.RECEIVED, 1)
    assert EventType.REOPENED in kinds(change)


def test_staff_who_see_a_hazard_in_a_closed_complaint_open_it_again() -> None:
    change = correct(closed(answered()), Kind.COMPLAINT, flags=[Flag.EMERGENCY_HAZARD])
    assert change.case.status is Status.RESPONDED
    assert kinds(change)[-2:] == [EventType.HAZARD_RAISED, EventType.REOPENED]


def test_what_is_closed_is_not_closed_again() -> None:
    before = acts.close(case(classification(Kind.ENQUIRY)), "Answered", "olive", NOW).case
    with pytest.raises(Refused, match="closed already"):
        acts.close(before, "Again", "olive", LATER)


def test_a_message_received_earlier_makes_us_aware_earlier_and_says_so() -> None:
    before = case(classification(flags=(Flag.EMERGENCY_HAZARD,)))
    voicemail = NOW - timedelta(hours=5)
    change = acts.add_message(before, classification(flags=(Flag.EMERGENCY_HAZARD,)), voicemail, RULES, LATER)
    (hazard,) = change.case.records.hazards
    assert (hazard.aware_at, hazard.due_at) == (voicemail, NOW + timedelta(hours=19))
    (event,) = [e for e in change.events if e.type is EventType.HAZARD_STEP]
    assert "earlier" in event.summary
    assert change.case.received_at == before.received_at


def raised(received: datetime = NOW, why: str = "She is unhappy with the repair") -> Change:
    about = case(classification(Kind.SERVICE_REQUEST, flags=(Flag.EMERGENCY_HAZARD, Flag.VULNERABILITY)))
    return acts.raise_beside(about, "HC-0000-0000-B", received, why, Assignment("safety", None, "Queued."), acting(1))


def test_a_complaint_raised_beside_a_request_has_its_own_clock_and_not_its_hazard() -> None:
    change = raised(NOW + timedelta(hours=2))
    assert (change.case.kind, change.case.status, change.case.stage) == (Kind.COMPLAINT, Status.RECEIVED, 1)
    assert change.case.received_at == NOW + timedelta(hours=2)
    assert change.case.labels(TagType.FLAG) == (Flag.VULNERABILITY,)
    assert change.case.records.hazards == ()
    assert kinds(change) == [EventType.RECEIVED, EventType.LOGGED, EventType.ASSIGNED]
    assert "She is unhappy with the repair" in change.events[0].summary


def test_a_complaint_is_not_raised_without_a_reason_in_the_future_or_without_a_zone() -> None:
    refuses("1.5", lambda: raised(why=" "))
    refuses("5.12", lambda: raised(NOW + timedelta(days=2)), "future")
    refuses("5.12", lambda: raised(NOW.replace(tzinfo=None)), "zone")
