"""Stages and records come back from both databases as they went in, and nothing written down is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError
from tests.factories import (
    DAY,
    NOW,
    TIME_RULES,
    a_case,
    acknowledged,
    acting,
    answered,
    classification,
    demo_settings,
)

from intakebot.domain import acts, circumstances, complaints, undelivered
from intakebot.domain.case import Acting, Case, Change
from intakebot.domain.hazards import Exclusion, Hazard, HazardLevel, HazardStatus
from intakebot.domain.labels import Kind, Need
from intakebot.domain.message import Purpose
from intakebot.domain.needs import Contact, ContactRule, FormatKind, FormatTask, PersonNeed, Source, Telling
from intakebot.domain.people import Officer, Person, Representative
from intakebot.domain.records import (
    Action,
    Adjustment,
    Choice,
    ChoiceOffered,
    Clarification,
    Conflict,
    Correction,
    Determination,
    Disability,
    Finding,
    Issue,
    Labelling,
    Learning,
    Meeting,
    Ombudsman,
    OmbudsmanCase,
    Order,
    Payer,
    Records,
    Refusal,
    RefusalReason,
    Remedy,
    RemedyType,
    Restriction,
    Withdrawal,
)
from intakebot.domain.stages import Outcome
from intakebot.errors import StoreUnavailable
from intakebot.store import schema
from intakebot.store.engine import Store, Work, open_store

ON = date(2026, 4, 1)
TOLD = Telling(NOW, "web", "HC-A", Source.STAFF, "Olive", "My “eyes” 😀")


def every_record(person: int) -> Records:
    """One record of each type, with every field filled with something other than its default."""
    return Records(
        choices=(ChoiceOffered(1, NOW, "Olive", Choice.NEITHER, NOW + DAY),),
        clarifications=(Clarification(1, 2, "Which “room”? 😀", NOW, NOW + DAY),),
        refusals=(
            Refusal(
                1, 2, RefusalReason.PROCEEDINGS_FILED, "Claim", "Read it", 1, "Olive", NOW, ON, "HC-1", NOW + DAY, ON,
            ),
        ),
        withdrawals=(Withdrawal(1, 2, NOW, "Leave it", NOW + DAY, "By mail"),),
        conflicts=(Conflict(1, 1, "Olive", True, "My cousin", NOW),),
        meetings=(Meeting(1, NOW, "Ama\nher sister", "Photos"),),
        issues=(Issue(1, 2, "The lift", True, "Related", NOW, "HC-1"),),
        actions=(Action(1, 2, "Paint", "Heatwell", ON, NOW, NOW + DAY), Action(2, 1, "Door", "Olive", ON, NOW)),
        remedies=(
            Remedy(
                1, 2, RemedyType.MONEY, "Money", "Cold", NOW, ON, True, Decimal("150.10"), Payer.CONTRACTOR,
                "policy", "Lin", NOW + DAY, NOW + 2 * DAY, NOW + 3 * DAY,
            ),
        ),
        ombudsman=(
            OmbudsmanCase(
                1, Ombudsman.LGSCO, NOW, "2026-1", True, NOW + DAY,
                (Finding("Repairs", Determination.SEVERE_MALADMINISTRATION),),
                (Order("Apologise", ON, True, NOW + DAY), Order("Pay")), True,
            ),
        ),
        learning=(Learning(1, NOW, "Olive", "Ring back", "New script", "repairs", True),),
        hazards=(
            Hazard(
                HazardLevel.SIGNIFICANT, NOW, NOW + DAY, ON, 1, "damp_mould", HazardStatus.CONFIRMED, "Olive",
                "Outside", "Seen", NOW, NOW, False, False, ON, ON, ON, ON, NOW, NOW, NOW, "No part", NOW, NOW, NOW,
                Exclusion.CLADDING,
            ),
        ),
        corrections=(
            Correction(
                1, NOW, "Olive", "She rang", Labelling(Kind.UPDATE, ("rents", "asb"), ("hate_incident",), ("bsl",)),
                Labelling(Kind.COMPLAINT, ("asb",), ("legal_action",), ("braille",)), "test-1", True,
            ),
        ),
        restrictions=(Restriction(1, person, "HC-A", "One call", "Calls", "None", "Lin", ON, ON, ON, ("Kept",)),),
        adjustments=(Adjustment(1, person, "HC-A", "Large print", "18 point", ON, ON, ON, ("Kept",)),),
        disabilities=(Disability(1, person, "Low vision", ON),),
        format_tasks=(
            FormatTask(1, person, FormatKind.BRAILLE, ("receipt", "reply"), NOW, ON, NOW + DAY, "Olive", "Posted"),
        ),
        needs=(PersonNeed(1, person, Need.LARGE_PRINT, (TOLD,), 24, "pl", ON, ON, "Olive", "Over", True),),
        contact_rules=(
            ContactRule(
                1, person, TOLD, Contact.POST, "Mornings", "The post", (Contact.PHONE, Contact.TEXT), ON, ON, "Olive",
                "Replaced",
            ),
        ),
    )  # fmt: skip


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(demo_settings(tmp_path, database_url=database_url))
    try:
        yield opened
    finally:
        opened.close()


def person(store: Store, name: str = "Ama") -> Person:
    return store.write_now(lambda work: work.people.add(Person(name, f"{name.lower()}@tenant.example")))


def officer(store: Store) -> int:
    return store.write_now(lambda work: work.officers.add(Officer(0, "Olive", "olive@example.org"), "hash"))


def keep(store: Store, case: Case) -> Case:
    """The case as it comes back from the store."""
    store.write_now(lambda work: work.cases.insert(case, (), ()))
    return load(store, case.reference)


def load(store: Store, reference: str = "HC-0000-0000-A") -> Case:
    found = store.read_now(lambda work: work.cases.get(reference))
    assert found is not None
    return found


def do(store: Store, act: Callable[[Case, Acting], Change], reference: str = "HC-0000-0000-A") -> Case:
    """Do an act as casework does: load, act, save."""

    def transaction(work: Work) -> None:
        before = work.cases.get(reference, lock=True)
        assert before is not None
        change = act(before, acting(30, None, "Olive"))
        work.cases.save(before, change.case, change.events, ())

    store.write_now(transaction)
    return load(store, reference)


@pytest.mark.parametrize("name", [part.name for part in fields(Records)])
def test_every_type_of_record_comes_back_as_it_went_in(store: Store, name: str) -> None:
    ama = person(store)
    whole = getattr(every_record(ama.id), name)
    for record in whole[:1]:
        defaults = {f.name for f in fields(record) if f.default is getattr(record, f.name) and f.default is not True}
        assert defaults <= {"number"}, f"say something other than the default for {defaults}"
    case = keep(store, a_case(resident=ama, officer_id=None, records=Records(**{name: whole})))
    assert getattr(case.records, name) == whole
    assert case.records == Records(**{name: whole})


def test_both_stages_come_back_with_all_that_was_written(store: Store) -> None:
    ama, olive = person(store), officer(store)
    first = answered(acknowledged(a_case(resident=ama), by=olive), by=olive)
    agreed = complaints.agree_updates(acknowledged(by=olive), 7, ON, acting(3)).case
    extended = complaints.extend(agreed, 12, "Survey", acting(4), good_reason="Asbestos", approved_by="Lin").case
    lost = undelivered.letter_failed(extended, Purpose.EXTENSION, "status 5.1.1", acting(5)).case
    second = complaints.escalate(first, NOW + 14 * DAY, acting(14)).case
    case = replace(first, stages=(*first.stages, replace(lost.stages[0], number=2)), officer_id=None)
    assert keep(store, case).stages == case.stages
    other = replace(second, reference="HC-0000-0000-B", officer_id=None)
    assert keep(store, other).stages == second.stages
    ended = replace(second.stages[-1], ended_at=NOW + 15 * DAY, outcome=Outcome.WITHDRAWN)
    third = replace(other, reference="HC-0000-0000-C", stages=(first.stages[0], ended))
    assert keep(store, third).stages == third.stages


def test_a_case_without_records_has_none(store: Store) -> None:
    case = keep(store, a_case(Kind.ENQUIRY, resident=person(store), officer_id=None))
    assert (case.stages, case.records) == ((), Records())


def test_a_changed_record_replaces_itself_and_others_stay(store: Store) -> None:
    ama = person(store)
    before = keep(store, a_case(resident=ama, officer_id=None, records=every_record(ama.id)))
    done = replace(before.records.actions[1], done_at=NOW + DAY)
    learned = Learning(2, NOW, "Olive", "Another")
    after = replace(
        before.records, actions=(before.records.actions[0], done), learning=(*before.records.learning, learned)
    )
    assert do(store, lambda case, _: Change(replace(case, records=after), ())).records == after
    count = store.read_now(lambda w: len(w.connection.execute(select(schema.case_records.c.number)).all()))
    assert count == 16


def test_what_is_agreed_with_a_person_holds_in_every_case_of_theirs(store: Store) -> None:
    ama, jo = person(store), person(store, "Jo")
    keep(store, a_case(resident=ama, representative=Representative(jo), officer_id=None))
    keep(store, a_case(resident=ama, officer_id=None, reference="HC-0000-0000-B"))
    do(store, lambda c, a: circumstances.agree_adjustment(c, ama, "Large print", "18 point", None, a))
    do(store, lambda c, a: circumstances.agree_adjustment(c, jo, "Calls", "By relay", None, a))
    do(store, lambda c, a: circumstances.disclose(c, ama, "Low vision", a), "HC-0000-0000-B")
    do(store, lambda c, a: circumstances.agree_adjustment(c, ama, "A visit", "At noon", None, a), "HC-0000-0000-B")
    first, second = load(store), load(store, "HC-0000-0000-B")
    assert [(a.person_id, a.need) for a in first.records.adjustments] == [
        (ama.id, "Large print"),
        (ama.id, "A visit"),
        (jo.id, "Calls"),
    ]
    assert [a.need for a in second.records.adjustments] == ["Large print", "A visit"], "Jo is not on this case"
    assert first.records.disabilities == second.records.disabilities
    assert [d.disclosed for d in first.records.disabilities] == ["Low vision"]


def test_a_review_is_seen_in_every_case_of_theirs(store: Store) -> None:
    ama = person(store)
    for reference in ("HC-0000-0000-A", "HC-0000-0000-B"):
        keep(store, a_case(resident=ama, officer_id=None, reference=reference))
    do(store, lambda c, a: circumstances.restrict(c, ama, "One call", "Calls", "None", "Lin", date(2026, 9, 1), a))
    do(store, lambda c, a: circumstances.review_restriction(c, ama.id, 1, "Calm now", None, a), "HC-0000-0000-B")
    (restriction,) = load(store).records.restrictions
    assert restriction.ended_on == acting(30).now.date()
    assert restriction.reviews


def at_once(store: Store, act: Callable[[str, Case, Acting], Change]) -> None:
    """An officer does the act on one case; another does it on the other case before the first has finished."""
    has_read, has_written = threading.Event(), threading.Event()

    def slowly(case: Case, by: Acting) -> Change:
        has_read.set()
        while not (has_written.is_set() or waits_for_us(store)):
            has_written.wait(0.01)
        return act("HC-0000-0000-A", case, by)

    def slow() -> None:
        do(store, slowly)

    def quick() -> None:
        do(store, lambda case, by: act("HC-0000-0000-B", case, by), "HC-0000-0000-B")
        has_written.set()

    first, second = threading.Thread(target=slow), threading.Thread(target=quick)
    first.start()
    has_read.wait()
    second.start()
    first.join()
    second.join()


def waits_for_us(store: Store) -> bool:
    """Whether another transaction waits for ours; SQLite has one writer, so there it always does."""
    if store.engine.dialect.name == "sqlite":
        return True
    with store.engine.connect() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar())


def two_cases(store: Store) -> Person:
    ama = person(store)
    for reference in ("HC-0000-0000-A", "HC-0000-0000-B"):
        keep(store, a_case(resident=ama, officer_id=None, reference=reference))
    return ama


def test_two_officers_at_once_on_two_cases_of_one_person_both_keep_what_they_wrote(store: Store) -> None:
    ama = two_cases(store)
    at_once(store, lambda on, c, by: circumstances.agree_adjustment(c, ama, f"Said on {on}", "So", None, by))
    kept = load(store).records.adjustments
    assert [a.number for a in kept] == [1, 2]
    assert {a.need for a in kept} == {"Said on HC-0000-0000-A", "Said on HC-0000-0000-B"}


def test_two_officers_at_once_who_review_one_restriction_from_two_cases_both_keep_what_they_found(store: Store) -> None:
    ama = two_cases(store)
    until = date(2026, 9, 1)
    do(store, lambda c, a: circumstances.restrict(c, ama, "One call", "Calls", "None", "Lin", until, a))
    at_once(store, lambda on, c, by: circumstances.review_restriction(c, ama.id, 1, f"Read {on}", until, by))
    (restriction,) = load(store).records.restrictions
    assert [said.split(": ")[1] for said in restriction.reviews] == ["Read HC-0000-0000-A", "Read HC-0000-0000-B"]


def test_the_database_refuses_a_third_stage(store: Store) -> None:
    case = keep(store, a_case(resident=person(store), officer_id=None))

    def third(work: Work) -> Any:
        rows = schema.stages
        row = work.connection.execute(select(rows).where(rows.c.case_id == case.id)).one()
        return work.connection.execute(insert(rows).values(**dict(row._mapping) | {"number": 3}))

    with pytest.raises((StoreUnavailable, IntegrityError)):
        store.write_now(third)
    assert load(store).stages == case.stages


def test_a_complaint_that_turns_out_to_be_a_request_loses_its_empty_stage_and_keeps_its_records(store: Store) -> None:
    ama = person(store)
    records = Records(choices=every_record(ama.id).choices)
    case = keep(store, a_case(resident=ama, officer_id=None, records=records))
    request = do(
        store, lambda c, a: acts.correct(c, Kind.SERVICE_REQUEST, [], [], [], "A repair", a.name, TIME_RULES, a.now)
    )
    assert (request.stages, request.records.choices) == ((), records.choices)
    back = do(store, lambda c, a: acts.correct(c, Kind.COMPLAINT, [], [], [], "No", a.name, TIME_RULES, a.now))
    assert back.stages == case.stages
    first, second = back.records.corrections
    assert (first.number, first.by, first.why, first.after.kind) == (1, "Olive", "A repair", "service_request")
    assert (second.number, second.why, second.before, second.after) == (2, "No", first.after, first.before)


def test_a_hazard_told_of_later_is_a_new_record_beside_the_first(store: Store) -> None:
    keep(store, a_case(resident=person(store), officer_id=None))
    for flag in ("emergency_hazard", "significant_hazard"):
        found = classification(flags=(flag,))
        do(store, lambda c, a, found=found: acts.add_message(c, found, NOW, TIME_RULES, a.now))  # type: ignore[misc]
    assert [(h.number, h.level) for h in load(store).records.hazards] == [
        (1, HazardLevel.EMERGENCY),
        (2, HazardLevel.SIGNIFICANT),
    ]
