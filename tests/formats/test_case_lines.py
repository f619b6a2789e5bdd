"""Case lines: the shape of one line, and every mistake in it as a sentence that names the field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.case_lines import RECEIVED, case, line, request, second, stage, unanswered

from intakebot.domain.labels import Category
from intakebot.formats.case_lines import CaseLine, cited, read_line


def said(given: dict[str, Any] | bytes) -> tuple[str, ...]:
    """The mistakes of a line."""
    read = read_line(given if isinstance(given, bytes) else json.dumps(given).encode())
    assert not isinstance(read, CaseLine)
    return read


def extended(**changes: Any) -> dict[str, Any]:
    extension = {"working_days": 5, "reason": "More to do.", "told_at": "2025-06-05T09:00:00+01:00"} | changes
    return case(stages=[stage(extensions=[extension])])


def remedied(**changes: Any) -> dict[str, Any]:
    remedy = {"type": "money", "what": "Money.", "impact": "Worry.", "offered_at": "2025-06-11T15:00:00+01:00"}
    return case(remedies=[remedy | changes])


def test_a_whole_line_is_read() -> None:
    read = line(case())
    assert read.categories == (Category.REPAIRS,)
    assert read.received_at.isoformat() == RECEIVED
    assert (read.stages[0].decision, read.reference, read.closed_at) == ("", "", None)


def test_what_is_not_known_may_be_null_or_left_out() -> None:
    empty = dict.fromkeys(("reference", "patch", "team", "officer", "issue_on", "closed_at"))
    assert line(case(**empty)) == line(case())


def test_names_and_subjects_become_one_line() -> None:
    read = line(case(subject=" The\r\nboiler\t again ", resident={"name": "Gwen\n Pryce "}))
    assert (read.subject, read.resident.name) == ("The boiler again", "Gwen Pryce")


MOMENT = "is not a date and time such as 2024-03-01T09:30:00+00:00"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (case(received_at="2025-06-02T10:00:00"), "received_at: the time has no zone; write an offset such as +00:00 "
         "(Code 6.2)"),
        (case(stages=[stage(), second(responded_at="2025-07-01 15:00")]),
         "stages 2, responded_at: the time has no zone; write an offset such as +00:00 (Code 6.14)"),
        (case(received_at="2025-06-02"), f"received_at: {MOMENT} (Code 6.2)"),
        (case(received_at=1748854800), f"received_at: {MOMENT} (Code 6.2)"),
        (case(received_at="2025-02-30T10:00:00Z"), f"received_at: {MOMENT} (Code 6.2)"),
        (case(received_at="0001-01-01T00:00:00+14:00"), "received_at: lies outside the years 2015 to 2043"),
        (case(closed_at="9999-12-31T23:59:59-12:00"), "closed_at: lies outside the years 2015 to 2043"),
        (case(issue_on="2024-01-05T00:00:00Z"), "issue_on: is not a date such as 2024-03-01 (Code 2.3)"),
        (case(kind="gripe"), "kind: 'gripe' is not one of 'complaint', 'service_request', 'enquiry' or 'compliment' "
         "(Code 1.4)"),
        (case(channel="relay"), "channel: 'relay' is not one of 'email', 'web', 'telegram', 'relay_uk', 'phone', "
         "'in_person', 'letter', 'social_media' or 'other'"),
        (extended(ombudsman_details="yes"), "stages 1, extensions 1, ombudsman_details: is neither true nor false "
         "(Code 6.5)"),
        (case(tenure="castle"), "tenure: 'castle' is not one of 'lcra', 'lcho', 'leaseholder', 'applicant', 'other' "
         "or ''"),
        (case(stages=[stage(outcome="settled")]), "stages 1, outcome: 'settled' is not one of 'upheld', "
         "'partially_upheld', 'not_upheld', 'withdrawn' or 'refused' (Code 6.9)"),
        (case(categories=["repairs", "repairs"]), "categories: names one twice"),
        (case(stages=[]), "a complaint has at least stage 1 (Code 6.2)"),
        (request(stages=[stage()]), "only a complaint has stages; if they are right, its kind is complaint (Code 1.4)"),
        (case(stages=[stage(stage=2)]), "there is no stage 2 without stage 1 (Code 6.10)"),
        (case(stages=[stage(stage=2), second(stage=1)]), "the stages stand in their order"),
        (case(stages=[stage(), second(), second()]), "stages: has more than 2 entries (Code 5.3)"),
        (case(stages=[stage(received_at="2025-06-03T10:00:00Z")]),
         "the case and its stage 1 are received at the same time (Code 6.2)"),
        (case(subject="x" * 201), "subject: is longer than 200 characters"),
        (case(stages=[stage(decision="x" * 20_001)]),
         "stages 1, decision: is longer than 20000 characters (Code 6.9)"),
        (case(resident={"name": "  "}), "resident, name: is empty"),
        (case(resident={"name": "A", "email": "a b@example.org"}),
         "resident, email: is not a mail address such as someone@example.org"),
        (case(resident={"name": "A\u0000"}), "resident, name: holds a control character"),
        (case(resident="Gwen"), "resident: is not an object"),
        (case(stages="none"), "stages: is not a list (Code 5.3)"),
        (case(reference="old 7/1"), "reference: is not written as this field is"),
        (case(reference="A" * 21), "reference: is longer than 20 characters"),
        (case(colour="blue"), "colour: is not a field of this format"),
        (extended(working_days=0), "stages 1, extensions 1, working_days: is below 1 (Code 6.4)"),
        (extended(working_days="five"), "stages 1, extensions 1, working_days: is not a whole number (Code 6.4)"),
        (extended(told_at=None), f"stages 1, extensions 1, told_at: {MOMENT} (Code 6.4)"),
        (remedied(amount="a lot"), "remedies 1, amount: is not a sum such as 120.00 (Code 7.1)"),
        (remedied(amount="NaN"), "remedies 1, amount: is not a sum such as 120.00 (Code 7.1)"),
        (remedied(amount="10.005"), "remedies 1, amount: is not in pounds and pence (Code 7.1)"),
        (remedied(amount=-5), "remedies 1, amount: is not above 0 (Code 7.1)"),
        (remedied(agreed="yes"), "remedies 1, agreed: is neither true nor false"),
        (case(ombudsman=[{"ombudsman": "HOS", "contacted_at": RECEIVED, "orders": [{"what": "Pay."}]}]),
         "ombudsman 1: findings and orders need determined_at, when the Ombudsman decided (Code 9.7)"),
    ],
)  # fmt: skip
def test_a_mistake_is_a_sentence_with_its_field_and_clause(given: dict[str, Any], sentence: str) -> None:
    assert said(given) == (sentence,)


def test_every_mistake_of_a_line_is_named() -> None:
    found = said(case(tenure="castle", kind="gripe", stages=[unanswered(colour="blue", outcome=5)]))
    assert [sentence.split(":")[0] for sentence in found] == [
        "kind",
        "tenure",
        "stages 1, outcome",
        "stages 1, colour",
    ]


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ('"subject": "One", "subject": "Two"', ["subject"]),
        ('"resident": {"name": "A", "email": "a@example.org", "name": "A", "name": "B"}',
         ["resident", "resident, name"]),
        ('"actions": [{}, {"what": "x", "what": "x"}], "colour": 1, "colour": 1.5', ["colour", "actions 2, what"]),
    ],
)  # fmt: skip
def test_a_key_that_stands_twice_is_told_and_neither_is_taken(given: str, places: list[str]) -> None:
    found = said(f"{json.dumps(case())[:-1]}, {given}}}".encode())
    told = [sentence for sentence in found if "more than once" in sentence]
    assert told == [f"{place}: is given more than once" for place in places]


def test_what_is_said_never_shows_whose_case_it_is() -> None:
    found = " ".join(said(case(resident={"name": ["Gwen Pryce"], "email": "gwen pryce", "phone": 7700})))
    assert "wen" not in found
    assert "7700" not in found


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"subject": "\\ud800"}', b"{} {}"])
def test_what_is_not_json_is_said_to_be_none(data: bytes) -> None:
    (sentence,) = said(data)
    assert sentence.startswith("is not JSON (")


@pytest.mark.parametrize("data", [b"[]", b"5", b"null", b'"text"'])
def test_json_that_is_no_case_is_said_to_be_none(data: bytes) -> None:
    assert said(data) == ("is not an object",)


def test_clauses_follow_the_stage() -> None:
    assert (cited("acknowledged_at"), cited("acknowledged_at", 2)) == (" (Code 6.2)", " (Code 6.11)")
    assert cited("subject") == ""
