"""Standing: what the case page says of stages, promises, hazards and the rest of the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.factories import DAY, NOW, OLIVE, TIME_RULES, a_case, acknowledged, acting, answered, at_stage_2

from intakebot.domain import case_hazards, circumstances, complaints, endings, hazard_life, redress
from intakebot.domain.case import Case, EventType, Status
from intakebot.domain.hazards import Exclusion, Hazard, HazardLevel
from intakebot.domain.labels import Kind
from intakebot.domain.records import (
    Determination,
    Finding,
    Ombudsman,
    OmbudsmanCase,
    Order,
    Records,
    RefusalReason,
    RemedyType,
)
from intakebot.store.views import CaseFile
from intakebot.web.standing import also_on_record, hazards_shown, kept, promises_shown, stages_shown

LATER = NOW + 20 * DAY


def test_the_current_stage_comes_first_and_the_first_keeps_its_outcome() -> None:
    second, first = stages_shown(at_stage_2(), {OLIVE: "Olive Ferreira"}, LATER)
    assert (second.number, second.running, first.number, first.running) == (2, True, 1, False)
    lines = dict(first.lines)
    assert lines["Outcome"].startswith("Partly upheld by Olive Ferreira, ")
    assert (lines["Decision"], lines["Reasons"]) == ("We were late.", "The log shows it.")
    assert [(p.finding, p.answer) for p in first.points] == [("Upheld", "We should have come.")] * 2
    assert dict(second.lines)["Acknowledged"] == "Not yet" and [p.answer for p in second.points] == ["", ""]


def test_extensions_say_who_approved_them_and_one_that_breaks_the_rules_is_marked() -> None:
    case = complaints.agree_updates(acknowledged(), 7, date(2026, 3, 9), acting(2)).case
    case = complaints.extend(case, 12, "A part.", acting(2), good_reason="None is made.", approved_by="Mina Rao").case
    (shown,) = stages_shown(case, {}, LATER)
    said = dict(shown.lines)["Extended"]
    assert said.startswith("By 12 working days, to ") and said.endswith("A part. None is made. Approved by Mina Rao.")
    assert "Careful" not in dict(shown.lines)
    told_late = replace(case.stages[0].extensions[0], ombudsman_details=False)
    (shown,) = stages_shown(case.with_current(extensions=(told_late,)), {}, LATER)
    assert "reports do not count it" in dict(shown.lines)["Careful"]


def test_promises_still_to_be_kept_come_first_by_date_and_say_how_late_they_are() -> None:
    case = redress.open_action(answered(), "Fit it", "Gas", date(2026, 3, 30), acting(8)).case
    case = redress.open_action(case, "Ring her", "Olive", date(2026, 3, 22), acting(8)).case
    case = redress.open_action(case, "Book it", "Gas", date(2026, 3, 12), acting(8)).case
    case = redress.open_action(case, "Written", "Olive", date(2026, 3, 10), acting(8)).case
    case = redress.action_done(case, 4, acting(9)).case
    case = redress.offer(case, RemedyType.APOLOGY, "We say sorry", "Cold", acting(8)).case
    shown = promises_shown(case, LATER)
    assert [(p.what, p.press, p.standing) for p in shown] == [
        ("Book it (Gas)", "overdue", "Overdue"),
        ("Ring her (Olive)", "today", "Due today"),
        ("Fit it (Gas)", "", ""),
        ("Apology: We say sorry", "", "Offered"),
        ("Written (Olive)", "", "Done Wed 11 March"),
    ]
    assert shown[0].links == (("Record that it is done", "do/action_done?action=3"),) and shown[4].links == ()
    assert (shown[2].due, shown[3].due) == ("by Mon 30 March", "no date")


def test_orders_and_reviews_are_promises_too() -> None:
    case = redress.ombudsman_contacted(answered(), Ombudsman.HOS, "2026", NOW + 8 * DAY, acting(8)).case
    findings = [Finding("Repairs", Determination.MALADMINISTRATION)]
    orders = [Order("Pay £200", date(2026, 4, 1)), Order("Train staff", recommendation=True)]
    at = NOW + 9 * DAY
    case = redress.ombudsman_determined(case, 1, findings, orders, at, acting(9), failure_order=True).case
    case = circumstances.agree_adjustment(case, case.resident, "Braille", "Post", date(2026, 5, 1), acting(9)).case
    assert [p.what for p in promises_shown(case, LATER)] == [
        "Ombudsman’s order: Pay £200",
        "Review the adjustment: Braille",
        "Ombudsman’s recommendation: Train staff",
    ]
    said = dict(also_on_record(case, LATER))["Ombudsman"]
    assert said == (
        "Housing Ombudsman 2026, in touch Tue 10 March. Repairs: maladministration. "
        "A Complaint Handling Failure Order was made."
    )


def test_a_hazard_says_what_is_done_what_is_due_and_what_to_record_next() -> None:
    case = case_hazards.raise_hazard(a_case(), HazardLevel.SIGNIFICANT, NOW, "damp_mould", acting(0)).case
    (shown,) = hazards_shown(case, NOW)
    assert (shown.title, shown.status, shown.open) == ("Significant hazard, damp and mould", "Not confirmed yet", True)
    assert dict(shown.lines)["Investigated"] == "Not yet: due Mon 16 March"
    assert next(text for text, _ in shown.links) == "Confirm it"

    def looked(hazard: Hazard) -> Hazard:
        return hazard_life.investigated(hazard, NOW + DAY, TIME_RULES.calendar, NOW + DAY)

    case = case_hazards.change_hazard(case, 1, looked, EventType.HAZARD_STEP, "x", acting(1)).case
    lines = dict(hazards_shown(case, NOW)[0].lines)
    assert lines["Made safe"] == "Not yet: due Tue 10 March"
    assert lines["Written summary"] == "Not yet: due Fri 6 March"
    assert lines["Somewhere else to stay"] == "Offer it by Tue 10 March, unless the home is safe by then"
    assert "do/hazard_accommodation?hazard=1" in [link for _, link in hazards_shown(case, NOW)[0].links]

    def cleared(hazard: Hazard) -> Hazard:
        return hazard_life.clear(hazard, "Taped vents.", NOW + DAY, Exclusion.TENANT_BREACH)

    case = case_hazards.change_hazard(case, 1, cleared, EventType.HAZARD_DECIDED, "x", acting(1)).case
    (shown,) = hazards_shown(case, NOW)
    assert (shown.status, shown.open, shown.links) == ("Cleared", False, ())
    assert dict(shown.lines)["Decision"] == "Taped vents."


def test_a_closed_case_says_from_when_it_may_be_deleted_or_what_holds_it() -> None:
    def said(case: Case) -> str:
        closed = acting(1).event(EventType.CLOSED, "")
        return dict(kept(CaseFile(case, "", (), (closed,), ()), 6)).get("How long it is kept", "")

    closed = a_case(Kind.ENQUIRY, status=Status.CLOSED)
    until = "It may be deleted from 3 March 2032, 6 years after it was closed. Nothing is deleted by itself."
    assert said(closed) == until
    assert said(a_case()) == ""
    theirs = OmbudsmanCase(1, Ombudsman.HOS, NOW)
    held = replace(closed, records=Records(ombudsman=(theirs,)))
    assert said(held) == "It must be kept for now: the Ombudsman is in touch and has not decided."
    case = endings.refuse(
        a_case(), RefusalReason.PROCEEDINGS_FILED, "K.", "Help.", acting(1), claim_filed_on=NOW.date()
    ).case  # fmt: skip
    both = replace(closed, records=replace(case.records, ombudsman=(theirs,)))
    assert said(both).endswith("has not decided; a claim was filed at court, and its end is not recorded.")


def test_refusals_and_withdrawals_are_on_the_record() -> None:
    case = endings.refuse(a_case(), RefusalReason.OTHER_POLICY_EXCLUSION, "Section 3.", "She has help.", acting(1)).case
    said = dict(also_on_record(case, LATER))["Not accepted"]
    assert said == "Another exclusion of our policy. Section 3. She has help. Olive Ferreira."
    case = endings.accept_as_directed(case, "The Ombudsman", acting(2)).case
    assert "directed that it be accepted" in dict(also_on_record(case, LATER))["Not accepted"]
    case = endings.ask_to_withdraw(case, "Leave it.", acting(2)).case
    assert "does not count" in dict(also_on_record(case, LATER))["Withdrawal"]
