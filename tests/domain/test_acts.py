"""The acts on a case: what changes, what is recorded, and what the Code does not allow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.factories import NOW, classification, officer

from intakebot.domain import acts
from intakebot.domain.case import Case, Change, Event, EventType, Status, TagType, TimeRules, clocks_of
from intakebot.domain.hazards import HazardLevel
from intakebot.domain.labels import Category, Classification, Flag, Kind, Need
from intakebot.domain.people import Person
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


def test_an_acknowledgement_starts_the_response_clock_and_happens_once() -> None:
    change = acts.acknowledge(case(), "olive", RULES, NOW + timedelta(days=1))
    assert change.case.status is Status.ACKNOWLEDGED
    assert change.case.due is not None
    assert change.case.due.response_due == date(2026, 3, 17)
    assert change.events[0].summary == "Acknowledged; the response is due by 17 March 2026."
    assert next(c.name for c in clocks_of(change.case) if c.met_at is None) is ClockName.RESPONSE
    with pytest.raises(Refused, match=r"6.2"):
        acts.acknowledge(change.case, "olive", RULES, LATER)


def test_a_late_acknowledgement_says_so_to_the_minute() -> None:
    last, after = datetime(2026, 3, 9, 23, 59, tzinfo=UTC), datetime(2026, 3, 10, 0, 0, tzinfo=UTC)
    assert "late" not in acts.acknowledge(case(), "olive", RULES, last).events[0].summary
    assert acts.acknowledge(case(), "olive", RULES, after).events[0].summary.startswith("Acknowledged late")


def test_only_a_complaint_is_acknowledged() -> None:
    with pytest.raises(Refused, match=r"6.2"):
        acts.acknowledge(case(classification(Kind.ENQUIRY)), "olive", RULES, LATER)


def test_a_further_message_adds_flags_and_needs_and_lowers_none() -> None:
    before = case(classification(flags=(Flag.SAFEGUARDING,), needs=(Need.LARGE_PRINT,)))
    more = classification(Kind.COMPLIMENT, ("rents",), (Flag.EMERGENCY_HAZARD,), (Need.BSL,))
    change = acts.add_message(before, more, LATER, LATER)
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
    change = acts.add_message(before, classification(flags=(Flag.EMERGENCY_HAZARD,)), LATER, LATER)
    assert change.case.hazard == before.hazard


def test_a_message_opens_a_closed_case_again() -> None:
    closed = acts.close(case(classification(Kind.ENQUIRY)), "Answered by phone", "olive", NOW).case
    assert not closed.open
    change = acts.add_message(closed, classification(), LATER, LATER)
    assert change.case.open
    assert EventType.REOPENED in kinds(change)


def test_correcting_to_a_complaint_starts_the_clock_from_receipt() -> None:
    change = correct(case(classification(Kind.SERVICE_REQUEST)), Kind.COMPLAINT)
    assert change.case.due is not None
    assert change.case.due.ack_due == date(2026, 3, 9)
    assert EventType.KIND_DECIDED in kinds(change)
    assert change.events[0].summary.endswith("Rang them")


def test_correcting_away_from_a_complaint_ends_the_clock_unless_it_was_acknowledged() -> None:
    assert correct(case(), Kind.ENQUIRY).case.due is None
    acknowledged = acts.acknowledge(case(), "olive", RULES, NOW).case
    with pytest.raises(Refused, match=r"1.5"):
        correct(acknowledged, Kind.ENQUIRY)


def test_a_correction_takes_the_review_mark_and_keeps_the_evidence_of_what_stays() -> None:
    before = case(classification(categories=("repairs", "asb"), needs_review=True, review_reason="?"))
    change = correct(before, Kind.COMPLAINT, categories=[Category.RENTS, Category.REPAIRS])
    assert (change.case.needs_review, change.case.review_reason) == (False, "")
    rents, repairs = (tag for tag in change.case.tags if tag.type is TagType.CATEGORY)
    assert (rents.label, rents.source, repairs.source) == ("rents", "olive", "test")
    assert repairs.evidence == ("repairs",)
    assert change.events[0].summary.startswith("Added rents. Removed asb.")


def test_clearing_an_emergency_ends_its_clock_and_raising_it_again_resumes_it() -> None:
    before = case(classification(flags=(Flag.EMERGENCY_HAZARD,)))
    cleared = correct(before, Kind.COMPLAINT, flags=[]).case
    assert cleared.hazard == before.hazard
    assert cleared.hazard_ended_at == LATER
    (clock,) = [c for c in clocks_of(cleared) if c.name is ClockName.HAZARD_EMERGENCY]
    assert clock.met_at == LATER
    assert correct(cleared, Kind.COMPLAINT, flags=[Flag.EMERGENCY_HAZARD]).case.hazard_ended_at is None
    raised = correct(case(), Kind.COMPLAINT, flags=[Flag.EMERGENCY_HAZARD])
    assert EventType.HAZARD_RAISED in kinds(raised)
    assert raised.case.hazard is not None
    assert raised.case.hazard.aware_at == NOW


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


def test_an_acknowledgement_that_could_not_be_sent_is_owed_again() -> None:
    sent = acts.acknowledge(case(), "olive", RULES, NOW).case
    change = acts.acknowledgement_failed(sent, "The address does not exist", RULES, LATER)
    assert (change.case.status, change.case.acknowledged_at) == (Status.RECEIVED, None)
    assert change.case.due == case().due
    assert change.events
