"""Replaying: a line lived through again by the domain's own acts; what the Code does not allow is refused by clause."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.case_lines import case, line, request, second, stage, unanswered
from tests.factories import demo_settings

from intakebot.errors import BadInput
from intakebot.landlord import Landlord
from intakebot.replaying import Replaying

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def replaying() -> Replaying:
    landlord = Landlord.from_settings(demo_settings(Path("nowhere")), b"a key for tests of 32 bytes, no more")
    return Replaying(landlord, {}, "Olive Ferreira", NOW)


CODE_REFUSES = [
    ("before ack", case(stages=[stage(acknowledged_at="2025-06-12T09:00:00+01:00")]),
     "stages 1, responded_at: Acknowledge the complaint first (Code 6.2)"),
    ("no ack", case(stages=[stage(acknowledged_at=None)]),
     "stages 1, responded_at: Acknowledge the complaint first (Code 6.2)"),
    ("no ack at 2", case(stages=[stage(), second(acknowledged_at=None)]),
     "stages 2, responded_at: Acknowledge the complaint first (Code 6.11)"),
    ("ack before receipt", case(stages=[stage(acknowledged_at="2025-06-01T09:00:00+01:00")]),
     "stages 1, acknowledged_at: lies before the case was received (Code 6.2)"),
    ("late extension", case(stages=[stage(responded_at="2025-06-30T09:00:00+01:00", extensions=[
        {"working_days": 5, "reason": "More to do.", "told_at": "2025-06-19T09:00:00+01:00"}])]),
     "stages 1, extensions 1, told_at: The response was due by 18 June 2025: it is too late to extend it"),
    ("extension without reason", case(stages=[stage(extensions=[
        {"working_days": 5, "reason": " ", "told_at": "2025-06-05T09:00:00+01:00"}])]),
     "Give the reason, as the resident will read it (Code 6.4)"),
    ("long extension", case(stages=[stage(extensions=[
        {"working_days": 11, "reason": "More to do.", "told_at": "2025-06-05T09:00:00+01:00"}])]),
     "more than 10 needs a written good reason and the name of who approved it (Code 6.4)"),
    ("stage 2 before the answer", case(stages=[stage(), second(received_at="2025-06-10T11:00:00+01:00")]),
     "stages 2, received_at: Stage 1 has not been answered; there is no stage 2 without it (Code 6.10)"),
    ("stage 2 acknowledged before it was asked for",
     case(stages=[stage(), second(acknowledged_at="2025-06-13T09:00:00+01:00")]),
     "lies before stage 2 was asked for (Code 6.10)"),
    ("answered without outcome", case(stages=[stage(outcome=None)]),
     "stages 1, responded_at: a response needs an outcome that is a finding (Code 6.9)"),
    ("answered as refused", case(stages=[stage(outcome="refused")]),
     "stages 1, responded_at: a response needs an outcome that is a finding (Code 6.9)"),
    ("outcome without answer", case(stages=[stage(responded_at=None)]),
     "stages 1, outcome: says upheld, but responded_at is not given (Code 6.9)"),
    ("refused without refusal", case(stages=[unanswered(outcome="refused")]),
     "stages 1, outcome: says refused, but no refusal of this stage is given (Code 6.9)"),
    ("withdrawn without its time", case(stages=[unanswered(outcome="withdrawn")]),
     "stages 1, outcome: says withdrawn, but withdrawn_at is not given (Code 6.9)"),
    ("an end without outcome", case(stages=[unanswered(withdrawn_at="2025-06-05T09:00:00+01:00")]),
     "stages 1, outcome: says no outcome, but its end is given (Code 6.9)"),
    ("answered and withdrawn", case(stages=[stage(withdrawn_at="2025-06-10T09:00:00+01:00")]),
     "stages 1, responded_at: This stage has ended; nothing more can be done to it (Code 6.7)"),
    ("in the future", case(stages=[stage(responded_at="2027-06-11T15:00:00+01:00")]),
     "stages 1, responded_at: lies in the future (Code 6.3)"),
    ("closed without a lesson", case(closed_at="2025-07-01T09:00:00+01:00"),
     "closed_at: Record what was learned from it, or that there was nothing to learn (Code 9.1)"),
    ("money paid unasked", case(remedies=[{"type": "money", "what": "Money.", "impact": "Worry.", "amount": 10,
     "approved_by": "A", "offered_at": "2025-06-11T15:00:00+01:00", "completed_at": "2025-06-12T15:00:00+01:00"}]),
     "remedies 1, completed_at: Record that the resident accepts the offer before it is paid (Code 7.3)"),
    ("a remedy on a request", request(remedies=[{"type": "apology", "what": "Sorry.", "impact": "Worry.",
     "offered_at": "2025-06-11T15:00:00+01:00"}]),
     "belong to a formal complaint; raise one first (Code 7.1)"),
    ("an old refusal", case(stages=[unanswered(outcome="refused")], refusals=[{"reason": "over_12_months",
     "evidence": "E", "consideration": "C", "officer": "O", "refused_at": "2025-06-05T09:00:00+01:00"}]),
     "refusals 1, refused_at: Record when the matter arose"),
    ("a refusal without evidence", case(stages=[unanswered(outcome="refused")], refusals=[{
     "reason": "other_policy_exclusion", "evidence": "", "consideration": "C", "officer": "O",
     "refused_at": "2025-06-05T09:00:00+01:00"}]),
     "Give the evidence for the reason (Code 2.1)"),
    ("an action of a stage that was not yet", case(actions=[{"stage": 2, "what": "Paint.", "owner": "M",
     "due_on": "2025-07-01", "opened_at": "2025-06-12T15:00:00+01:00"}]),
     "actions 1, opened_at: lies before stage 2 was asked for (Code 6.10)"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "said"), [c[1:] for c in CODE_REFUSES], ids=[c[0] for c in CODE_REFUSES])
def test_what_the_code_does_not_allow_is_refused_with_its_clause(
    replaying: Replaying, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadInput) as caught:
        replaying.replay(line(given), "OLD-1")
    assert said in str(caught.value)


def test_the_place_named_is_the_one_in_the_line(replaying: Replaying) -> None:
    late = {"what": "Paint.", "owner": "M", "due_on": "2025-07-01", "opened_at": "2025-06-13T15:00:00+01:00"}
    early = late | {"opened_at": "2025-06-12T15:00:00+01:00", "what": " "}
    with pytest.raises(BadInput, match="actions 2, opened_at: Say what will be done"):
        replaying.replay(line(case(actions=[late, early])), "OLD-1")


def test_what_happened_at_one_moment_happened_in_the_codes_order(replaying: Replaying) -> None:
    at = "2025-06-04T09:00:00+01:00"
    remedy = {"type": "apology", "what": "Sorry.", "impact": "Worry.", "offered_at": at, "completed_at": at}
    learned = {"recorded_at": at, "by": "Ama Boateng", "nothing": True}
    both = [stage(responded_at=at), second(received_at=at, acknowledged_at=at, responded_at=at)]
    found = replaying.replay(line(case(stages=both, remedies=[remedy], learning=[learned], closed_at=at)), "OLD-1").case
    assert [one.outcome for one in found.stages] == ["upheld", "not_upheld"]
    assert (found.status, found.records.remedies[0].stage) == ("closed", 2)


def test_the_record_says_who_did_it_as_far_as_that_is_known(replaying: Replaying) -> None:
    change = replaying.replay(line(case()), "OLD-1")
    assert {event.actor for event in change.events} == {"Imported by Olive Ferreira"}
    assert change.events[-1].at == NOW
    assert change.case.opened_at == change.case.received_at


def test_a_service_request_has_no_clock_and_is_closed_as_the_older_system_did(replaying: Replaying) -> None:
    change = replaying.replay(line(request(closed_at="2025-06-10T09:00:00+01:00")), "OLD-1")
    assert (change.case.stages, change.case.status, change.case.open) == ((), "closed", False)
