"""What letters may say of a case, and when one may go without a person's look."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.factories import NOW, classification

from intakebot.domain.acts import case_tags
from intakebot.domain.case import Case, CaseTag, Status, TagType
from intakebot.domain.labels import Category, Flag, Kind
from intakebot.domain.letters import (
    CONFIDENTIAL_FLAGS,
    CategoryWords,
    greeting,
    letter_facts,
    long_date,
    may_acknowledge_at_once,
)
from intakebot.domain.people import Authority, Person, Representative
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
        due=dates(),
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
    assert letter_facts(complaint(received_at=late), WORDS, "").received_on == "Wednesday 1 July 2026"
    assert long_date(date(2026, 12, 25)) == "Friday 25 December 2026"


def test_a_category_without_words_is_left_out() -> None:
    assert letter_facts(complaint(("rents", "repairs")), WORDS, "").about == ("repairs in your home",)


@pytest.mark.parametrize("flag", sorted(CONFIDENTIAL_FLAGS))
def test_what_a_resident_confided_is_never_named(flag: Flag) -> None:
    facts = letter_facts(complaint(("repairs", "asb"), (flag,)), WORDS, "Ama")
    assert facts.about == facts.responsible_for == facts.not_responsible_for == ()


def test_without_a_clock_no_date_is_promised() -> None:
    facts = letter_facts(complaint(due=None), WORDS, "")
    assert (facts.ack_due, facts.response_due) == ("", "")


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


def test_a_plain_complaint_may_be_acknowledged_at_once() -> None:
    assert may_acknowledge_at_once(complaint())


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": Kind.ESCALATION},
        {"due": None},
        {"needs_review": True},
        {"tags": ()},
        {"tags": (CaseTag(TagType.FLAG, Flag.MISSED_APPOINTMENT),)},
        {"language": "cy"},
        {"language": "und"},
        {"representative": Representative(Person("Jo Penn"))},
    ],
)
def test_what_needs_a_persons_care_waits_for_one(changes: dict[str, Any]) -> None:
    assert not may_acknowledge_at_once(replace(complaint(), **changes))


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
    assert may_acknowledge_at_once(complaint(flags=(flag,))) is at_once


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
