"""Advice: the one or two things a tired officer is told to do next, the most pressing first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.factories import DAY, NOW, TIME_RULES, a_case, acknowledged, acting, answered, at_stage_2

from intakebot.domain import case_hazards, circumstances, complaints, endings, hazard_life, redress
from intakebot.domain.case import Case, EventType
from intakebot.domain.hazards import Hazard, HazardLevel
from intakebot.domain.labels import Kind
from intakebot.domain.records import Determination, Finding, Ombudsman, Order, RemedyType
from intakebot.domain.stages import Outcome
from intakebot.web.acts.advice import asked_for


def said(case: Case, days: float = 1) -> list[str]:
    return [asked.text for asked in asked_for(case, NOW + days * DAY)]


def with_hazard(case: Case, level: HazardLevel) -> Case:
    return case_hazards.raise_hazard(case, level, NOW, "damp_mould", acting(0)).case


def investigated(case: Case) -> Case:
    def step(hazard: Hazard) -> Hazard:
        return hazard_life.investigated(hazard, NOW + DAY, TIME_RULES.calendar, NOW + DAY)

    return case_hazards.change_hazard(case, 1, step, EventType.HAZARD_STEP, "x", acting(1)).case


def test_a_complaint_is_led_from_acknowledgement_to_response() -> None:
    assert said(a_case()) == ["Acknowledge"]
    assert [(a.text, a.link) for a in asked_for(a_case(), NOW, can_acknowledge=False)] == [
        ("Write the complaint definition", "do/define")
    ]
    imported = acknowledged().with_current(definition="", points=())
    assert said(imported) == ["Write the complaint definition"]
    assert said(acknowledged().with_current(points=())) == ["Write the points to answer"]
    case = acknowledged()
    assert said(case) == ["Answer the remaining 2 points"]
    case = complaints.answer_point(case, "The boiler fails", "It did.", Outcome.UPHELD, acting(2)).case
    (asked,) = asked_for(case, NOW + 2 * DAY)
    assert (asked.text, asked.link) == ("Answer the remaining 1 point", "do/answer_point?point=2")
    case = complaints.answer_point(case, "Nobody rang back", "No.", Outcome.UPHELD, acting(2)).case
    assert said(case) == ["Write the response"]
    assert said(case, 30) == ["Write the response", "It is late: agree updates"]


def test_update_is_asked_for_when_it_is_due_and_comes_first_then() -> None:
    case = complaints.agree_updates(acknowledged(), 7, date(2026, 3, 6), acting(1)).case
    assert said(case, 3) == ["Answer the remaining 2 points"]
    assert said(case, 4) == ["Send the update", "Answer the remaining 2 points"]


def test_after_the_answer_promises_then_learning_then_closing() -> None:
    case = redress.open_action(acknowledged(), "Fit it", "Gas", date(2026, 4, 1), acting(2)).case
    assert said(case) == ["Answer the remaining 2 points"], "not due yet"
    case = redress.offer(case, RemedyType.APOLOGY, "Sorry", "Cold", acting(2)).case
    case = answered(case)
    assert said(case, 8) == ["Record what was done", "Record whether they accept", "Record what was learned"]
    case = redress.action_done(case, 1, acting(8)).case
    case = redress.accepted(case, 1, acting(8)).case
    assert said(case, 8)[0] == "Record that the remedy is carried out"
    case = redress.learn(redress.completed(case, 1, acting(8)).case, "", "", "", acting(8), nothing=True).case
    assert said(case, 8) == ["Close the complaint"]
    assert said(endings.close(case, acting(9)).case, 9) == []


def test_an_order_of_the_ombudsman_is_carried_out_before_the_complaint_is_closed() -> None:
    case = redress.learn(answered(), "", "", "", acting(8), nothing=True).case
    case = redress.ombudsman_contacted(case, Ombudsman.HOS, "", NOW + 8 * DAY, acting(8)).case
    findings, orders = [Finding("Repairs", Determination.SERVICE_FAILURE)], [Order("Pay £50", date(2026, 4, 1))]
    case = redress.ombudsman_determined(case, 1, findings, orders, NOW + 8 * DAY, acting(8)).case
    (asked,) = asked_for(case, NOW + 8 * DAY)
    assert asked.link == "do/order_done?order=1.1"


def test_a_promise_that_is_due_comes_before_an_answer_that_is_not() -> None:
    case = redress.open_action(acknowledged(), "Fit it", "Gas", date(2026, 3, 3), acting(1)).case
    assert said(case) == ["Record what was done", "Answer the remaining 2 points"]


def test_an_emergency_comes_before_everything_a_significant_hazard_by_its_date() -> None:
    emergency = with_hazard(a_case(), HazardLevel.EMERGENCY)
    assert said(replace(emergency, needs_review=True), days=0.5) == [
        "Record the investigation of the hazard",
        "Say how the hazard was made safe",
        "Confirm the kind",
        "Acknowledge",
    ]
    significant = with_hazard(a_case(), HazardLevel.SIGNIFICANT)
    assert said(significant)[:2] == ["Acknowledge", "Record the investigation of the hazard"]
    looked = investigated(with_hazard(acknowledged(), HazardLevel.SIGNIFICANT))
    assert said(looked)[:3] == [
        "Record the written summary to the tenant",
        "Say how the hazard was made safe",
        "Record the start of further work",
    ]


def test_somewhere_else_to_stay_is_asked_for_when_the_time_to_make_it_safe_runs_out() -> None:
    offer = "Offer somewhere else to stay"
    emergency = with_hazard(a_case(), HazardLevel.EMERGENCY)
    assert offer not in said(emergency, days=17.9 / 24)
    assert said(emergency, days=18 / 24)[:2] == ["Record the investigation of the hazard", offer]
    assert offer in said(emergency, days=3)
    significant = investigated(with_hazard(acknowledged(), HazardLevel.SIGNIFICANT))  # safe by 10 March
    assert offer not in said(significant, days=6)
    (asked,) = [a for a in asked_for(significant, NOW + 7 * DAY) if a.text == offer]
    assert asked.link == "do/hazard_accommodation?hazard=1"


def test_stage_2_without_an_officer_is_given_to_somebody_first() -> None:
    assert said(at_stage_2(), 15) == ["Give it to somebody who did not decide stage 1", "Acknowledge"]


def test_a_message_after_the_answer_may_ask_for_stage_2() -> None:
    assert "They ask for stage 2" in said(replace(answered(), unread=1), 8)
    assert "They ask for stage 2" not in said(answered(), 8)


def test_what_is_no_complaint_is_closed_once_the_choice_is_made() -> None:
    request = circumstances.offer_choice(a_case(Kind.SERVICE_REQUEST), acting(0)).case
    assert said(request) == ["Record what they chose", "Close the case"]


def test_a_withdrawal_that_was_asked_about_waits_to_be_confirmed() -> None:
    case = endings.ask_to_withdraw(acknowledged(), "Leave it.", acting(1)).case
    assert said(case) == ["Answer the remaining 2 points", "They have confirmed that they withdraw"]
