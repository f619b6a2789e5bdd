"""Putting things right: actions, remedies, the Ombudsman's part and what was learned, at both stages and after."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from tests.factories import DAY, NOW, SANA, a_case, acknowledged, acting, answered, at_stage_2, refuses

from intakebot.domain import endings, redress
from intakebot.domain.case import Case, Change, EventType, clocks_of
from intakebot.domain.labels import Kind
from intakebot.domain.records import (
    Determination,
    Finding,
    Ombudsman,
    Order,
    Payer,
    RefusalReason,
    RemedyType,
)
from intakebot.domain.timescales import ClockName

ENQUIRY = a_case(Kind.ENQUIRY)
LATER = acting(25)
DUE = date(2026, 4, 30)
NAIVE = datetime(2026, 3, 20, 9, 0)  # noqa: DTZ001  # a naive time is the point
FOUND = [Finding("Repairs", Determination.MALADMINISTRATION), Finding("Rent", Determination.REASONABLE_REDRESS)]
CASES = (a_case(), acknowledged(), answered(), at_stage_2(), answered(acknowledged(at_stage_2(), 15, SANA), 20, SANA))


def due(case: Case, name: ClockName) -> date | None:
    return next((c.due_on for c in clocks_of(case) if c.name is name), None)


@pytest.mark.parametrize("case", CASES)
def test_an_action_is_promised_and_done_before_or_after_the_answer(case: Case) -> None:
    change = redress.open_action(case, " Fit a boiler ", " Heatwell Ltd ", DUE, LATER)
    (action,) = change.case.records.actions
    assert (action.number, action.stage, action.what, action.owner) == (1, case.stage, "Fit a boiler", "Heatwell Ltd")
    assert due(change.case, ClockName.ACTION) == DUE
    assert (change.case.status, change.case.stages) == (case.status, case.stages)
    assert change.events[0].summary == "Promised by 30 April 2026: Fit a boiler (Heatwell Ltd)."
    done = redress.action_done(change.case, 1, LATER)
    assert done.case.records.actions[0].done_at == LATER.now
    assert due(done.case, ClockName.ACTION) is None
    refuses("6.6", lambda: redress.action_done(done.case, 1, LATER), "not open")


def test_the_next_action_is_the_one_watched() -> None:
    case = redress.open_action(answered(), "Paint", "Heatwell Ltd", DUE, LATER).case
    case = redress.open_action(case, "Rehang the door", "Heatwell Ltd", DUE - 7 * DAY, LATER).case
    assert due(case, ClockName.ACTION) == DUE - 7 * DAY
    assert due(redress.action_done(case, 2, LATER).case, ClockName.ACTION) == DUE


def test_what_is_no_action() -> None:
    refuses("6.6", lambda: redress.open_action(ENQUIRY, "x", "y", DUE, LATER), "not a complaint")
    refuses("6.6", lambda: redress.open_action(answered(), " ", "y", DUE, LATER), "what will be done")
    refuses("6.6", lambda: redress.open_action(answered(), "x", " ", DUE, LATER), "who does it")
    refuses("6.6", lambda: redress.open_action(answered(), "x", "y", LATER.now.date() - DAY, LATER), "a day to come")
    refuses("6.6", lambda: redress.action_done(answered(), 1, LATER), "not open")
    assert redress.open_action(answered(), "x", "y", LATER.now.date(), LATER).events, "today is in time"


def offer(case: Case, remedy_type: RemedyType = RemedyType.APOLOGY, **said: object) -> Change:
    words: dict[str, object] = {"what": " We are sorry ", "impact": " A cold month "} | said
    return redress.offer(case, remedy_type, acting=LATER, **words)  # type: ignore[arg-type]


def money(case: Case, amount: str = "150.50", **said: object) -> Change:
    words: dict[str, object] = {"approved_by": " Lin Okafor ", "basis": " policy "} | said
    return offer(case, RemedyType.MONEY, amount=Decimal(amount), **words)


@pytest.mark.parametrize("remedy_type", list(RemedyType))
@pytest.mark.parametrize("case", CASES)
def test_a_remedy_is_offered_at_any_stage_with_its_impact(case: Case, remedy_type: RemedyType) -> None:
    sum_of_money = {"amount": Decimal("99.99"), "approved_by": "Lin"} if remedy_type is RemedyType.MONEY else {}
    change = offer(case, remedy_type, due_on=DUE, agreed=True, **sum_of_money)
    (remedy,) = change.case.records.remedies
    assert (remedy.stage, remedy.type, remedy.what, remedy.impact) == (
        case.stage,
        remedy_type,
        "We are sorry",
        "A cold month",
    )
    assert (remedy.agreed, remedy.waiting, due(change.case, ClockName.REMEDY)) == (True, True, DUE)


def test_money_says_how_much_from_whom_and_is_paid_once_accepted() -> None:
    change = money(answered(), payer=Payer.CONTRACTOR)
    assert change.events[0].summary == "Offered: money, £150.50 from the contractor."
    remedy = change.case.records.remedies[0]
    assert (remedy.amount, remedy.approved_by, remedy.basis) == (Decimal("150.50"), "Lin Okafor", "policy")
    refuses("7.3", lambda: redress.completed(change.case, 1, LATER), "accepts the offer before")
    accepted = redress.accepted(change.case, 1, LATER)
    assert accepted.events[0].summary == "Money: accepted."
    refuses("7.3", lambda: redress.accepted(accepted.case, 1, LATER), "already")
    paid = redress.completed(accepted.case, 1, LATER)
    assert paid.case.records.remedies[0].completed_at == LATER.now
    assert paid.events[0].type is EventType.REMEDY_COMPLETED
    for act in (redress.accepted, redress.declined, redress.completed):
        refuses("7.3", lambda act=act: act(paid.case, 1, LATER), "not open")  # type: ignore[misc]


def test_a_declined_remedy_waits_no_more_and_others_need_no_acceptance() -> None:
    declined = redress.declined(money(answered(), due_on=DUE).case, 1, LATER)
    assert not declined.case.records.remedies[0].waiting
    assert due(declined.case, ClockName.REMEDY) is None
    both = offer(declined.case).case
    assert redress.completed(both, 2, LATER).case.records.remedies[1].completed_at == LATER.now
    assert both.records.remedies[0] == declined.case.records.remedies[0]


@pytest.mark.parametrize("amount", ["0", "-1", "1.005", "NaN", "Infinity"])
def test_what_is_no_sum_of_money(amount: str) -> None:
    refuses("7.1", lambda: money(answered(), amount), "pounds and pence")


def test_what_is_no_remedy() -> None:
    refused = endings.refuse(a_case(), RefusalReason.OTHER_POLICY_EXCLUSION, "4.2", "Read it", LATER).case
    refuses("7.1", lambda: money(ENQUIRY), "formal complaint")
    refuses("2.4", lambda: offer(refused), "not accepted")
    refuses("7.2", lambda: offer(answered(), what=" "))
    refuses("7.2", lambda: offer(answered(), impact=" "), "meant for this resident")
    refuses("7.1", lambda: offer(answered(), RemedyType.MONEY), "has a sum")
    refuses("7.1", lambda: offer(answered(), amount=Decimal(5)), "no other remedy")
    refuses("4.2", lambda: money(answered(), approved_by=" "), "approved")
    refuses("7.3", lambda: offer(answered(), due_on=LATER.now.date() - DAY), "a day to come")
    refuses("7.3", lambda: redress.accepted(answered(), 1, LATER), "not open")


def contacted(case: Case) -> Case:
    return redress.ombudsman_contacted(case, Ombudsman.HOS, " 2026-1 ", NOW + 20 * DAY, LATER).case


def determined(case: Case, **changes: object) -> Change:
    orders = [Order("Apologise", DUE), Order("Review the policy", DUE - DAY, recommendation=True)]
    values: dict[str, object] = {"findings": FOUND, "orders": orders, "at": NOW + 22 * DAY, "number": 1} | changes
    return redress.ombudsman_determined(case, acting=LATER, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", CASES)
def test_the_ombudsman_may_be_in_touch_at_any_stage_find_and_order(case: Case) -> None:
    before = contacted(case)
    assert before.records.ombudsman[0].their_reference == "2026-1"
    assert before.stages == case.stages
    change = determined(before, failure_order=True)
    (theirs,) = change.case.records.ombudsman
    assert (theirs.investigated, theirs.failure_order, theirs.findings) == (True, True, tuple(FOUND))
    assert change.events[0].summary == (
        "The Ombudsman (HOS) found: Repairs: maladministration; Rent: reasonable redress."
    )
    assert due(change.case, ClockName.ORDER) == DUE - DAY
    one = redress.order_done(change.case, 1, 2, LATER)
    assert due(one.case, ClockName.ORDER) == DUE
    assert [o.done_at for o in one.case.records.ombudsman[0].orders] == [None, LATER.now]
    assert one.events[0].summary == "The Ombudsman's order is carried out: Review the policy."


def test_what_the_ombudsman_did_not_do() -> None:
    contact = lambda at, case=None: redress.ombudsman_contacted(  # noqa: E731
        case or answered(), Ombudsman.HOS, "", at, LATER
    )
    refuses("3.7", lambda: contact(NOW + DAY, ENQUIRY), "not a complaint")
    refuses("5.12", lambda: contact(LATER.now + DAY), "future")
    refuses("5.12", lambda: contact(NOW - DAY), "after the complaint was received")
    refuses("5.12", lambda: contact(NAIVE), "zone")
    refuses("3.7", lambda: determined(answered()), "contact first")
    before = contacted(answered())
    refuses("9.7", lambda: determined(before, findings=[]), "finding")
    refuses("9.7", lambda: determined(before, findings=[Finding(" ", Determination.WITHDRAWN)]), "about")
    refuses("9.7", lambda: determined(before, orders=[Order(" ")]), "order")
    refuses("5.12", lambda: determined(before, at=NOW + 19 * DAY), "first contact")
    refuses("5.12", lambda: determined(before, at=LATER.now + DAY), "future")
    refuses("5.12", lambda: determined(before, at=NAIVE), "zone")


def test_a_decision_of_the_ombudsman_is_not_written_over() -> None:
    first = determined(contacted(answered())).case
    refuses("9.7", lambda: determined(first, findings=FOUND[:1], orders=[]), "already")
    second = determined(contacted(first), number=2).case
    assert [o.number for o in second.records.ombudsman] == [1, 2]
    assert second.records.ombudsman[0] == first.records.ombudsman[0]


@pytest.mark.parametrize(("number", "position"), [(2, 1), (1, 0), (1, 3)])
def test_only_an_order_that_is_open_is_done(number: int, position: int) -> None:
    before = determined(contacted(answered())).case
    refuses("9.7", lambda: redress.order_done(before, number, position, LATER), "not open")
    done = redress.order_done(before, 1, 1, LATER).case
    refuses("9.7", lambda: redress.order_done(done, 1, 1, LATER), "not open")


def test_a_lesson_or_plainly_none_is_recorded() -> None:
    change = redress.learn(answered(), " Ring back in two days ", " New script ", "repairs", LATER)
    (learned,) = change.case.records.learning
    assert (learned.lesson, learned.change, learned.category, learned.by) == (
        "Ring back in two days",
        "New script",
        "repairs",
        "Olive Ferreira",
    )
    assert change.events[0].summary == "Learned: Ring back in two days"
    none = redress.learn(change.case, "", "", "", LATER, nothing=True)
    assert (none.case.records.learning[1].number, none.case.records.learning[1].nothing) == (2, True)
    refuses("9.1", lambda: redress.learn(answered(), " ", "", "", LATER))
    refuses("9.1", lambda: redress.learn(answered(), "Something", "", "", LATER, nothing=True))
