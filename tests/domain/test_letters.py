"""What letters may say of a case, and when one may go without a person's look."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.factories import NOW, classification

from intakebot.domain.acts import case_tags
from intakebot.domain.case import Case, CaseTag, Status, TagType
from intakebot.domain.labels import Category, Flag, Kind
from intakebot.domain.letters import (
    CONFIDENTIAL_FLAGS,
    ActionFacts,
    CategoryWords,
    ExtensionFacts,
    PointFacts,
    RemedyFacts,
    StageFacts,
    greeting,
    letter_facts,
    long_date,
    may_acknowledge_at_once,
    pounds,
)
from intakebot.domain.people import Authority, Person, Representative
from intakebot.domain.records import (
    Action,
    Clarification,
    Ombudsman,
    Payer,
    Records,
    Refusal,
    RefusalReason,
    Remedy,
    RemedyType,
)
from intakebot.domain.stages import Extension, Outcome, Point, Stage
from intakebot.domain.timescales import DueDates, Rules, due_dates
from intakebot.domain.working_days import england

WORDS = {
    "repairs": CategoryWords("repairs in your home", "We repair it.", "Not what is yours."),
    "asb": CategoryWords("nuisance", "We look into it."),
}


def dates(acknowledged: datetime | None = None) -> DueDates:
    return due_dates(NOW, acknowledged, 1, england(()), Rules())


def complaint(categories: tuple[str, ...] = ("repairs",), flags: tuple[str, ...] = (), **changes: object) -> Case:
    case = Case(
        reference="HC-0000-0000-A",
        kind=Kind.COMPLAINT,
        status=Status.RECEIVED,
        channel="email",
        subject="Boiler",
        opened_at=NOW,
        received_at=NOW,
        resident=Person("Ama Mensah", "ama@tenant.example"),
        tags=case_tags(classification(Kind.COMPLAINT, categories, flags)),
        stages=(Stage(1, NOW, dates()),),
    )
    return replace(case, **changes)  # type: ignore[arg-type]


def test_a_letter_states_dates_for_reading_and_the_landlords_words() -> None:
    facts = letter_facts(complaint(("asb", "repairs")), WORDS, "Ama Mensah")
    assert facts.greeting == "Dear Ama Mensah"
    assert facts.received_on == "Monday 2 March 2026"
    assert facts.ack_due == "Monday 9 March 2026"
    assert facts.about == ("nuisance", "repairs in your home")
    assert facts.responsible_for == ("We look into it.", "We repair it.")
    assert facts.not_responsible_for == ("Not what is yours.",)
    assert not facts.emergency
    assert not facts.representing


def test_a_date_is_the_one_in_london() -> None:
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    stage = Stage(1, late, dates())
    assert letter_facts(complaint(stages=(stage,)), WORDS, "").received_on == "Wednesday 1 July 2026"
    assert letter_facts(complaint(received_at=late, stages=()), WORDS, "").received_on == "Wednesday 1 July 2026"
    assert long_date(date(2026, 12, 25)) == "Friday 25 December 2026"


def test_a_category_without_words_is_left_out() -> None:
    assert letter_facts(complaint(("rents", "repairs")), WORDS, "").about == ("repairs in your home",)


@pytest.mark.parametrize("flag", sorted(CONFIDENTIAL_FLAGS))
def test_what_a_resident_confided_is_never_named(flag: Flag) -> None:
    facts = letter_facts(complaint(("repairs", "asb"), (flag,)), WORDS, "Ama")
    assert facts.about == facts.responsible_for == facts.not_responsible_for == ()


def test_without_a_clock_no_date_is_promised() -> None:
    facts = letter_facts(complaint(stages=()), WORDS, "")
    assert (facts.ack_due, facts.response_due) == ("", "")
    assert facts.stage == StageFacts()
    assert facts.stage.number == 0


@pytest.mark.parametrize(("authority", "needed"), [(a, a is Authority.PENDING) for a in Authority])
def test_a_representative_is_asked_for_authority_only_while_there_is_none(authority: Authority, needed: bool) -> None:
    case = complaint(representative=Representative(Person("Jo Penn"), "adviser", authority))
    facts = letter_facts(case, WORDS, "Jo Penn")
    assert (facts.representing, facts.authority_needed) == (True, needed)


@pytest.mark.parametrize(
    "name",
    [
        "Ama Mensah",
        "Shirley O'Neill-Amadi",
        "José Álvarez",
        "Ngọc Trần",
        "आशा देवी",
        "محمد علي",
        "J. R. Hartley",
        "Dr. Ama",
        "Mensah, Ama",
        "ama",
        "Flat Owner (Ama)",
    ],
)
def test_a_name_is_used_as_it_is_written(name: str) -> None:
    assert greeting(name) == f"Dear {name}"


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "http://spam.example",
        "Win at spam.example",
        "Visit www.spam.example now",
        "spam。example",
        "ring 07700 900999",
        "<script>alert(1)</script>",
        "a@b.example",
        "x" * 61,
        "Ama\nBcc: all",
        "Ama\u202egpj",
        "Ama\x00",
        "£££ free",
        "[click](x)",
    ],
)
def test_what_does_not_read_like_a_name_is_not_repeated(name: str) -> None:
    assert greeting(name) == "Hello"


DEFINED = Stage(1, NOW, dates(), definition="You are unhappy about repairs.", responsible_for="We repair it.")


def test_a_plain_complaint_may_be_acknowledged_at_once() -> None:
    assert may_acknowledge_at_once(complaint(stages=(DEFINED,)))


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": Kind.ESCALATION},
        {"stages": ()},
        {"stages": (replace(DEFINED, definition=""),)},
        {"stages": (replace(DEFINED, responsible_for=""),)},
        {"needs_review": True},
        {"tags": ()},
        {"tags": (CaseTag(TagType.FLAG, Flag.MISSED_APPOINTMENT),)},
        {"language": "cy"},
        {"language": "und"},
        {"representative": Representative(Person("Jo Penn"))},
    ],
)
def test_what_needs_a_persons_care_waits_for_one(changes: dict[str, Any]) -> None:
    assert not may_acknowledge_at_once(replace(complaint(stages=(DEFINED,)), **changes))


@pytest.mark.parametrize(
    ("flag", "at_once"),
    [
        (Flag.EMERGENCY_HAZARD, False),
        (Flag.SAFEGUARDING, False),
        (Flag.DOMESTIC_ABUSE, False),
        (Flag.HATE_INCIDENT, False),
        (Flag.LEGAL_ACTION, False),
        (Flag.MISSED_APPOINTMENT, True),
        (Flag.COMPENSATION_REQUEST, True),
    ],
)
def test_danger_confidence_and_law_wait_for_a_person(flag: Flag, at_once: bool) -> None:
    assert may_acknowledge_at_once(complaint(flags=(flag,), stages=(DEFINED,))) is at_once


@pytest.mark.parametrize(
    ("categories", "flags", "wanted"),
    [
        ((Category.REPAIRS,), (), ("the problem put right",)),
        ((Category.RENTS,), (), ()),
        ((Category.DAMP_MOULD,), (Flag.COMPENSATION_REQUEST,), ("the problem put right", "money to make up for it")),
        ((Category.RENTS,), (Flag.MISSED_APPOINTMENT,), ("an explanation of what went wrong",)),
        ((Category.COMPLAINT_HANDLING,), (), ("an explanation of what went wrong",)),
    ],
)
def test_what_the_resident_wants_is_said_as_far_as_it_is_known(
    categories: tuple[str, ...], flags: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    assert letter_facts(complaint(categories, flags), WORDS, "").outcomes_sought == wanted


def answered(**changes: Any) -> Stage:
    """A stage with everything an officer wrote down for its response."""
    stage = Stage(
        1,
        NOW,
        dates(),
        definition=" You had no heating. ",
        outcomes_sought="the boiler mended\n\n an apology",
        responsible_for="We mend boilers.",
        not_responsible_for="Your cooker is yours.\nSo is your kettle.",
        points=(Point("No heating", "That is right.", Outcome.UPHELD), Point("A missed visit")),
        outcome=Outcome.PARTIALLY_UPHELD,
        decision="We were late.",
        reasons="It took 19 days.",
        update_days=5,
        next_update_on=date(2026, 3, 23),
    )
    return replace(stage, **changes)


def test_what_an_officer_wrote_down_comes_before_what_the_tags_say() -> None:
    facts = letter_facts(complaint(stages=(answered(),)), WORDS, "Ama")
    assert facts.definition == "You had no heating."
    assert facts.outcomes_sought == ("the boiler mended", "an apology")
    assert facts.responsible_for == ("We mend boilers.",)
    assert facts.not_responsible_for == ("Your cooker is yours.", "So is your kettle.")
    assert facts.about == ("repairs in your home",)


def test_a_stage_is_stated_with_its_answer_in_words() -> None:
    stage = letter_facts(complaint(stages=(answered(),)), WORDS, "Ama").stage
    assert (stage.number, stage.finding) == (1, "partly upheld")
    assert (stage.decision, stage.reasons) == ("We were late.", "It took 19 days.")
    assert stage.points == (PointFacts("No heating", "That is right.", "upheld"), PointFacts("A missed visit", "", ""))
    assert (stage.next_update_on, stage.update_days) == ("Monday 23 March 2026", 5)
    assert stage.extension is None


@pytest.mark.parametrize("outcome", [None, Outcome.WITHDRAWN, Outcome.REFUSED])
def test_what_is_no_answer_has_no_finding(outcome: Outcome | None) -> None:
    assert letter_facts(complaint(stages=(answered(outcome=outcome),)), WORDS, "").stage.finding == ""


def test_letters_are_about_the_current_stage() -> None:
    second = Stage(2, datetime(2026, 4, 20, 9, 0, tzinfo=UTC), dates(), definition="Still cold.")
    facts = letter_facts(complaint(stages=(answered(), second)), WORDS, "")
    assert (facts.stage.number, facts.definition, facts.received_on) == (2, "Still cold.", "Monday 20 April 2026")
    assert facts.stage.decision == ""


def test_an_extension_states_the_day_it_replaces_and_moves_the_day_of_the_answer() -> None:
    first = Extension(5, date(2026, 3, 30), "A survey.", NOW)
    second = Extension(5, date(2026, 4, 8), " The surveyor was ill. ", NOW)
    one = letter_facts(complaint(stages=(answered(extensions=(first,)),)), WORDS, "")
    two = letter_facts(complaint(stages=(answered(extensions=(first, second)),)), WORDS, "")
    assert one.stage.extension == ExtensionFacts("Monday 30 March 2026", long_date(dates().response_due), "A survey.")
    assert one.response_due == "Monday 30 March 2026"
    assert two.stage.extension == ExtensionFacts(
        "Wednesday 8 April 2026", "Monday 30 March 2026", "The surveyor was ill."
    )


def test_remedies_are_those_of_the_stage_still_on_offer_with_sum_payer_and_day() -> None:
    offered = Remedy(
        1,
        1,
        RemedyType.MONEY,
        "Money",
        "Cold",
        NOW,
        date(2026, 3, 30),
        amount=Decimal("112.50"),
        payer=Payer.CONTRACTOR,
    )
    records = Records(
        remedies=(
            offered,
            Remedy(2, 1, RemedyType.APOLOGY, "An apology", "", NOW),
            replace(offered, number=3, stage=2),
            replace(offered, number=4, declined_at=NOW),
        )
    )
    assert letter_facts(complaint(stages=(answered(),), records=records), WORDS, "").stage.remedies == (
        RemedyFacts("Money", "Cold", "£112.50", "our contractor", "Monday 30 March 2026"),
        RemedyFacts("An apology", "", "", "us", ""),
    )


def test_every_action_not_done_is_stated_whichever_stage_promised_it() -> None:
    pump = Action(1, 1, "Fit a pump", "Larkmere Repairs", date(2026, 3, 20), NOW)
    records = Records(actions=(pump, replace(pump, number=2, done_at=NOW), replace(pump, number=3, stage=2)))
    actions = letter_facts(complaint(stages=(answered(),), records=records), WORDS, "").stage.actions
    assert actions == (ActionFacts("Fit a pump", "Larkmere Repairs", "Friday 20 March 2026"),) * 2


@pytest.mark.parametrize(
    ("reason", "changes", "said"),
    [
        (RefusalReason.OVER_12_MONTHS, {}, "it is about something that happened more than 12 months ago"),
        (
            RefusalReason.PROCEEDINGS_FILED,
            {"claim_filed_on": date(2026, 2, 3)},
            "a claim about the same matter was filed at court on Tuesday 3 February 2026",
        ),
        (RefusalReason.PROCEEDINGS_FILED, {}, "a claim about the same matter was filed at court"),
        (
            RefusalReason.ALREADY_CONSIDERED,
            {"earlier_case": "LH-1"},
            "we have answered a complaint about the same matter, under the reference LH-1",
        ),
        (RefusalReason.OTHER_POLICY_EXCLUSION, {}, "our complaints policy does not cover it"),
    ],
)
def test_a_refusal_gives_its_reason_in_words(reason: RefusalReason, changes: dict[str, Any], said: str) -> None:
    refused = Refusal(1, 2, reason, " Evidence. ", "Considered.", 7, "Olive Ferreira", NOW, **changes)
    found = letter_facts(complaint(records=Records(refusals=(refused,))), WORDS, "").refusal
    assert found is not None
    assert (found.reason, found.evidence, found.consideration) == (said, "Evidence.", "Considered.")
    assert found.escalation


def test_the_question_is_the_last_one_without_an_answer() -> None:
    asked = tuple(Clarification(n, 1, f"Question {n}?", NOW, NOW if n == 3 else None) for n in (1, 2, 3))
    assert letter_facts(complaint(records=Records(clarifications=asked)), WORDS, "").question == "Question 2?"
    assert letter_facts(complaint(), WORDS, "").question == ""


def test_the_ombudsman_is_the_cases_and_the_officers_words_are_passed_on() -> None:
    facts = letter_facts(complaint(ombudsman=Ombudsman.LGSCO), WORDS, "", " We have the part. ")
    assert (facts.ombudsman, facts.said) == (Ombudsman.LGSCO, "We have the part.")


@pytest.mark.parametrize(("amount", "written"), [("150", "£150"), ("1250.00", "£1,250"), ("0.5", "£0.50")])
def test_sums_are_written_to_the_penny(amount: str, written: str) -> None:
    assert pounds(Decimal(amount)) == written
