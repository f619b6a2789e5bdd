"""How a complaint ends other than by its answer, and when it may be closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from tests.factories import NOW, SANA, TIME_RULES, a_case, acknowledged, acting, answered, at_stage_2, refuses

from intakebot.domain import case_hazards, complaints, endings, redress
from intakebot.domain.case import SYSTEM, Acting, Case, Change, EventType, Status, clocks_of
from intakebot.domain.hazards import HazardLevel
from intakebot.domain.labels import Kind
from intakebot.domain.records import (
    Determination,
    Finding,
    Ombudsman,
    Order,
    RefusalReason,
    RemedyType,
)
from intakebot.domain.stages import Outcome
from intakebot.domain.timescales import ClockName
from intakebot.errors import Refused

ENQUIRY = a_case(Kind.ENQUIRY)
POLICY = RefusalReason.OTHER_POLICY_EXCLUSION
SERVICE = Acting(SYSTEM, None, TIME_RULES, NOW)


def refuse(case: Case, reason: RefusalReason = POLICY, by: Acting | None = None, **said: object) -> Change:
    words: dict[str, object] = {"evidence": " Policy 4.2 ", "consideration": " She was in hospital "} | said
    return endings.refuse(case, reason, acting=by or acting(20, SANA), **words)  # type: ignore[arg-type]


def withdrawn(case: Case) -> Case:
    asked = endings.ask_to_withdraw(case, "Leave it", acting(20, SANA)).case
    return endings.withdraw(asked, "By mail on Friday", acting(21, SANA)).case


def learned(case: Case) -> Case:
    return redress.learn(case, "", "", "", acting(22), nothing=True).case


# Refusing


@pytest.mark.parametrize(
    ("case", "stage", "what"),
    [
        (a_case(), 1, "The complaint"),
        (acknowledged(), 1, "The complaint"),
        (at_stage_2(), 2, "The request for stage 2"),
        (acknowledged(at_stage_2(), 15, SANA), 2, "The request for stage 2"),
    ],
)
def test_a_refusal_is_a_persons_reasoned_record_and_ends_the_clocks(case: Case, stage: int, what: str) -> None:
    change = refuse(case)
    (refusal,) = change.case.records.refusals
    assert (refusal.number, refusal.stage, refusal.reason, refusal.evidence) == (1, stage, POLICY, "Policy 4.2")
    assert (refusal.consideration, refusal.officer_id) == ("She was in hospital", SANA)
    assert (change.case.status, change.case.outcome) == (Status.REFUSED, Outcome.REFUSED)
    assert [c for c in clocks_of(change.case) if c.met_at is None] == []
    assert change.case.stages[:-1] == case.stages[:-1]
    assert change.events[0].type is EventType.REFUSED
    assert change.events[0].summary.startswith(f"{what} was not accepted (other policy exclusion)")


@pytest.mark.parametrize(("case", "clause"), [(a_case(), "2.1"), (at_stage_2(), "5.11")])
def test_no_rule_refuses_and_nothing_is_refused_unexplained(case: Case, clause: str) -> None:
    refuses(clause, lambda: refuse(case, by=SERVICE), "named officer")
    refuses(clause, lambda: refuse(case, evidence=" "), "evidence")
    refuses("2.5", lambda: refuse(case, consideration=" "), "circumstances")


@pytest.mark.parametrize(
    ("case", "clause"),
    [(ENQUIRY, "2.1"), (answered(), "2.1"), (withdrawn(a_case()), "2.1"), (withdrawn(at_stage_2()), "5.11")],
)
def test_only_what_runs_is_refused(case: Case, clause: str) -> None:
    refuses(clause, lambda: refuse(case, by=acting(30)))


@pytest.mark.parametrize(
    ("issue", "aware", "over"),
    [
        (None, None, False),
        (date(2025, 3, 2), None, False),  # a year to the day is within 12 months
        (date(2025, 3, 1), None, True),
        (date(2020, 1, 1), date(2025, 3, 2), False),  # the later of the two counts
        (date(2020, 1, 1), date(2025, 3, 1), True),
        (None, date(2025, 3, 1), True),
    ],
)
def test_twelve_months_count_from_the_later_day_to_the_complaint(
    issue: date | None, aware: date | None, over: bool
) -> None:
    case = a_case(issue_on=issue, aware_on=aware)
    assert endings.needs_discretion(case) is over
    if over:
        assert refuse(case, RefusalReason.OVER_12_MONTHS).case.status is Status.REFUSED
    else:
        refuses("2.3", lambda: refuse(case, RefusalReason.OVER_12_MONTHS), "over 12 months")


@pytest.mark.parametrize(
    ("issue", "received", "over"),
    [
        (date(2024, 1, 1), datetime(2025, 1, 1, 9, tzinfo=UTC), False),  # 366 days, and 12 months
        (date(2024, 2, 29), datetime(2025, 3, 1, 9, tzinfo=UTC), False),
        (date(2024, 2, 29), datetime(2025, 3, 2, 9, tzinfo=UTC), True),
        (date(2025, 6, 1), datetime(2026, 6, 1, 23, 30, tzinfo=UTC), True),  # already 2 June in London
    ],
)
def test_twelve_months_are_calendar_months_in_london(issue: date, received: datetime, over: bool) -> None:
    assert endings.needs_discretion(a_case(received_at=received, issue_on=issue)) is over


def test_our_own_delay_makes_no_complaint_too_old() -> None:
    case = replace(at_stage_2(), issue_on=date(2025, 3, 10))
    refuses("2.3", lambda: refuse(case, RefusalReason.OVER_12_MONTHS, acting(20)))


def test_proceedings_need_the_day_the_claim_was_filed() -> None:
    reason = RefusalReason.PROCEEDINGS_FILED
    refuses("2.2", lambda: refuse(a_case(), reason), "letter before claim is not enough")
    refuses("2.2", lambda: refuse(a_case(), reason, acting(1), claim_filed_on=date(2026, 3, 4)), "future")
    change = refuse(a_case(), reason, acting(1), claim_filed_on=date(2026, 3, 3))
    assert change.case.records.refusals[0].claim_filed_on == date(2026, 3, 3)


def test_what_was_considered_before_is_named_and_is_another_case() -> None:
    reason = RefusalReason.ALREADY_CONSIDERED
    refuses("2.2", lambda: refuse(a_case(), reason), "Name the case")
    refuses("2.2", lambda: refuse(a_case(), reason, earlier_case=" HC-0000-0000-A "), "Name the case")
    assert refuse(a_case(), reason, earlier_case=" HC-1 ").case.records.refusals[0].earlier_case == "HC-1"


@pytest.mark.parametrize(
    ("case", "status"),
    [
        (a_case(), Status.RECEIVED),
        (acknowledged(), Status.ACKNOWLEDGED),
        (at_stage_2(), Status.RECEIVED),
        (acknowledged(at_stage_2(), 15, SANA), Status.ACKNOWLEDGED),
    ],
)
@pytest.mark.parametrize("after", [lambda case: case, lambda case: endings.close(learned(case), acting(23)).case])
def test_the_ombudsman_may_direct_that_it_is_accepted_and_its_clocks_run_on(
    case: Case, status: Status, after: Callable[[Case], Case]
) -> None:
    change = endings.accept_as_directed(after(refuse(case).case), "Ombudsman's letter of 1 April", acting(30))
    assert change.case.status is status
    assert change.case.stages == case.stages
    assert clocks_of(change.case) == clocks_of(case)
    assert change.case.records.refusals[0].directed_at == acting(30).now
    assert "Ombudsman's letter" in change.events[0].summary
    assert refuse(change.case).case.records.refusals[1].number == 2


def test_only_a_refused_complaint_is_directed_and_by_somebody() -> None:
    for case in (ENQUIRY, a_case(), answered(), withdrawn(a_case())):
        refuses("2.4", lambda case=case: endings.accept_as_directed(case, "x", acting(30)))  # type: ignore[misc]
    refuses("2.4", lambda: endings.accept_as_directed(refuse(a_case()).case, " ", acting(30)), "who directed")


# Withdrawing


@pytest.mark.parametrize("case", [a_case(), acknowledged(), at_stage_2(), acknowledged(at_stage_2(), 15, SANA)])
def test_a_withdrawal_counts_once_confirmed_and_not_before(case: Case) -> None:
    asked = endings.ask_to_withdraw(case, " Leave it ", acting(20))
    assert (asked.case.status, asked.case.stages) == (case.status, case.stages)
    assert clocks_of(asked.case) == clocks_of(case)
    assert asked.case.records.withdrawals[0].said == "Leave it"
    change = endings.withdraw(asked.case, " By mail ", acting(21))
    (record,) = change.case.records.withdrawals
    assert (record.stage, record.confirmed_at, record.how) == (case.stage, acting(21).now, "By mail")
    assert (change.case.status, change.case.outcome) == (Status.WITHDRAWN, Outcome.WITHDRAWN)
    assert [c for c in clocks_of(change.case) if c.met_at is None] == []


def test_a_withdrawal_is_never_inferred() -> None:
    refuses("5.12", lambda: endings.withdraw(a_case(), "By mail", acting(1)), "Ask the resident")
    refuses("5.12", lambda: endings.ask_to_withdraw(a_case(), " ", acting(1)), "what the resident said")
    refuses("5.12", lambda: endings.ask_to_withdraw(ENQUIRY, "Leave it", acting(1)), "not a complaint")
    refuses("5.12", lambda: endings.ask_to_withdraw(answered(), "Leave it", acting(9)), "ended")
    asked = endings.ask_to_withdraw(a_case(), "Leave it", acting(1)).case
    refuses("5.12", lambda: endings.withdraw(asked, " ", acting(2)), "how the resident confirmed")
    refuses("5.12", lambda: endings.withdraw(asked, "By mail", SERVICE), "person")
    refuses("5.12", lambda: endings.withdraw(withdrawn(a_case()), "By mail", acting(30)), "ended")


def test_what_they_said_at_stage_1_does_not_withdraw_stage_2() -> None:
    asked = endings.ask_to_withdraw(acknowledged(), "Leave it", acting(2)).case
    second = complaints.escalate(answered(asked), acting(14).now, acting(14)).case
    refuses("5.12", lambda: endings.withdraw(second, "By mail", acting(15)), "Ask the resident")


# Closing


@pytest.mark.parametrize(
    "case",
    [answered(), answered(acknowledged(at_stage_2(), 15, SANA), 20, SANA), refuse(a_case()).case, withdrawn(a_case())],
)
def test_a_complaint_that_ended_is_closed_with_its_lesson(case: Case) -> None:
    refuses("9.1", lambda: endings.close(case, acting(30)), "learned")
    change = endings.close(replace(learned(case), unread=2), acting(30))
    assert (change.case.status, change.case.open, change.case.unread) == (Status.CLOSED, False, 0)
    assert [e.type for e in change.events] == [EventType.CLOSED]
    refuses("", lambda: endings.close(change.case, acting(30)), "closed already")


@pytest.mark.parametrize(
    ("case", "clause"),
    [(ENQUIRY, "6.3"), (a_case(), "6.3"), (acknowledged(), "6.3"), (at_stage_2(), "6.14")],
)
def test_a_complaint_without_an_answer_is_not_closed(case: Case, clause: str) -> None:
    refuses(clause, lambda: endings.close(learned(case), acting(30)))


DUE = date(2026, 12, 1)


def action(case: Case) -> Case:
    return redress.open_action(case, "Fit a boiler", "Heatwell Ltd", DUE, acting(8)).case


def remedy(case: Case) -> Case:
    return redress.offer(case, RemedyType.MONEY, "x", "y", acting(8), amount=Decimal(50), approved_by="Lin").case


def order(case: Case) -> Case:
    case = redress.ombudsman_contacted(case, Ombudsman.HOS, "2026-1", acting(8).now, acting(8)).case
    found = [Finding("Repairs", Determination.MALADMINISTRATION)]
    return redress.ombudsman_determined(case, 1, found, [Order("Apologise")], acting(9).now, acting(9)).case


def hazard(case: Case) -> Case:
    return case_hazards.raise_hazard(case, HazardLevel.SIGNIFICANT, NOW, "damp_mould", acting(8)).case


@pytest.mark.parametrize(
    ("owe", "clause"),
    [(action, "6.6"), (remedy, "7.3"), (order, "9.7"), (hazard, "")],
    ids=["action", "remedy", "order", "hazard"],
)
def test_nothing_is_closed_while_something_is_owed_and_what_is_owed_later_opens_it(
    owe: Callable[[Case], Case], clause: str
) -> None:
    refuses(clause, lambda: endings.close(owe(learned(answered())), acting(30)))
    closed = endings.close(learned(answered()), acting(30)).case
    opened = owe(closed)
    assert opened.status is Status.RESPONDED


def test_what_is_owed_no_more_can_be_closed() -> None:
    case = redress.action_done(action(learned(answered())), 1, acting(10)).case
    case = redress.declined(remedy(case), 1, acting(10)).case
    case = redress.order_done(order(case), 1, 1, acting(10)).case
    assert endings.close(case, acting(30)).case.status is Status.CLOSED
    assert ClockName.ORDER not in [c.name for c in clocks_of(case)]


def test_closing_says_plainly_what_is_missing() -> None:
    with pytest.raises(Refused) as error:
        endings.close(action(answered()), acting(30))
    assert str(error.value) == "Actions that were promised are still open (Code 6.6)"
