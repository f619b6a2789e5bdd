"""Reports read from the store: a whole shipped year kept as cases gives the same figures as its lines do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update
from tests.sample_years import CALENDAR, YEAR_2023, YEAR_2024, case_of, lines, reported, stage_of

from intakebot.domain import hazard_life
from intakebot.domain.case import Case, CaseTag, Status, TagType
from intakebot.domain.figures.annual import ReportRules, annual_figures
from intakebot.domain.figures.oversight import overdue_tables
from intakebot.domain.figures.reported import Homes, OpenStage, Period, Reported
from intakebot.domain.hazards import emergency, significant
from intakebot.domain.labels import Kind
from intakebot.domain.people import Person
from intakebot.domain.records import Ombudsman, Records
from intakebot.domain.stages import Extension, Outcome, Stage
from intakebot.domain.timescales import Rules, due_dates
from intakebot.store import schema
from intakebot.store.engine import Store, Work

TODAY = date(2026, 3, 2)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store(database_url, None)
    schema.metadata.create_all(opened.engine)
    yield opened
    opened.close()


def keep(store: Store, case: Case, person: Person) -> None:
    def transaction(work: Work) -> None:
        work.cases.insert(replace(case, resident=work.people.add(person)), (), ())

    store.write_now(transaction)


def complaint(reference: str, received: datetime, **changes: object) -> Case:
    """A repairs complaint at stage 1, not acknowledged."""
    due = due_dates(received, None, 1, CALENDAR, Rules())
    values: dict[str, object] = {
        "reference": reference,
        "kind": Kind.COMPLAINT,
        "status": Status.RECEIVED,
        "channel": "email",
        "subject": "Boiler",
        "opened_at": received,
        "received_at": received,
        "resident": Person(),
        "stages": (Stage(1, received, due),),
        "tags": (CaseTag(TagType.CATEGORY, "repairs"), CaseTag(TagType.FLAG, "vulnerability")),
    }
    return Case(**(values | changes))  # type: ignore[arg-type]  # a test's own choice of fields


def read(store: Store, period: Period) -> Reported:
    return store.read_now(lambda work: work.reports.of(period))


def test_shipped_years_come_back_as_they_are_in_their_files(store: Store) -> None:
    for year in ("2023-24", "2024-25"):
        for number, line in enumerate(lines(year), 1):
            person = Person(tenure=line["tenure"])
            keep(store, case_of(f"LH-{number:04d}-{year}", line, person), person)
    for year, period in (("2023-24", YEAR_2023), ("2024-25", YEAR_2024)):
        found, wanted = (
            annual_figures(one, period, Homes(4215), ReportRules(), TODAY)
            for one in (read(store, period), reported(year))
        )
        assert found.tables == wanted.tables
        assert found.measures == wanted.measures
        assert found.final


def test_days_are_london_days_at_both_ends_of_the_period(store: Store) -> None:
    period = Period(date(2025, 4, 1), date(2026, 3, 31))
    before = datetime(2025, 3, 31, 22, 59, tzinfo=UTC)  # 23:59 in London, where summer time has begun
    for number, at in enumerate((before, before + timedelta(minutes=1), datetime(2026, 3, 31, 22, 59, tzinfo=UTC))):
        keep(store, complaint(f"LH-{number}", at), Person(tenure="lcra"))
    assert sorted((s.reference, s.received_on) for s in read(store, period).stages) == [
        ("LH-1", date(2025, 4, 1)),
        ("LH-2", date(2026, 3, 31)),
    ]


def test_only_extensions_that_keep_the_rules_move_the_last_day(store: Store) -> None:
    received = datetime(2025, 5, 6, 9, tzinfo=UTC)
    due = due_dates(received, received, 1, CALENDAR, Rules())
    until = CALENDAR.add(due.response_due, 5)
    told = datetime(2025, 5, 14, 9, tzinfo=UTC)
    kept = Stage(1, received, due, received, extensions=(Extension(5, until, "A survey.", told),))
    broken = Stage(1, received, due, received, extensions=(Extension(5, until, "", told),))
    keep(store, complaint("LH-1", received, stages=(kept,)), Person())
    keep(store, complaint("LH-2", received, stages=(broken,)), Person())
    last_days = {s.reference: s.valid_until for s in read(store, Period(date(2025, 5, 1), date(2025, 5, 31))).stages}
    assert last_days == {"LH-1": until, "LH-2": due.response_due}


def test_categories_come_in_their_order_and_what_is_no_complaint_is_left_out(store: Store) -> None:
    received = datetime(2025, 5, 6, 9, tzinfo=UTC)
    labels = ("staff_conduct", "repairs", "asb")
    tags = (*(CaseTag(TagType.CATEGORY, label) for label in labels), CaseTag(TagType.FLAG, "hate_incident"))
    keep(store, complaint("LH-1", received, tags=tags, contractor="Larch Roofing", team="estates"), Person())
    keep(store, complaint("LH-2", received, kind=Kind.SERVICE_REQUEST, needs_review=True), Person())
    keep(store, complaint("LH-3", received, kind=Kind.SERVICE_REQUEST, stages=(), tags=tags), Person(tenure="lcho"))
    keep(store, complaint("LH-4", received, ombudsman=Ombudsman.LGSCO), Person())
    found = read(store, Period(date(2025, 5, 6), date(2025, 5, 6)))
    told = {s.reference: (s.categories, s.contractor, s.team, s.landlord_matter) for s in found.stages}
    assert told == {
        "LH-1": (labels, "Larch Roofing", "estates", True),
        "LH-4": (("repairs",), "", "", False),
    }
    assert [(case.hate_incident, case.tenure) for case in found.asb] == [(True, "lcho")]
    assert found.undecided == 1
    assert found.kept.service_requests == 2


def test_old_records_come_only_while_something_is_to_be_done(store: Store) -> None:
    line = next(one for one in lines("2023-24") if one["actions"])
    keep(store, case_of("LH-1", line, Person()), Person())
    later = Period(date(2026, 1, 1), date(2026, 1, 31))
    assert read(store, later).actions == ()
    undone = {**line, "actions": [{**line["actions"][0], "done_at": None}]}
    keep(store, case_of("LH-2", undone, Person()), Person())
    found = read(store, later)
    assert [on.reference for on in found.actions] == ["LH-2"]
    assert found.learning == ()


def test_open_stages_come_whenever_they_were_received(store: Store) -> None:
    received = datetime(2025, 5, 6, 9, tzinfo=UTC)
    due = due_dates(received, received, 1, CALENDAR, Rules())
    until = CALENDAR.add(due.response_due, 5)
    more = Extension(5, until, "A survey.", datetime(2025, 5, 14, 9, tzinfo=UTC))
    answered = Stage(1, received, due, received, responded_at=received, outcome=Outcome.UPHELD, ended_at=received)
    second = Stage(2, received + timedelta(days=9), due_dates(received, None, 2, CALENDAR, Rules()))
    keep(store, complaint("LH-1", received), Person())
    keep(store, complaint("LH-2", received, stages=(Stage(1, received, due, received, extensions=(more,)),)), Person())
    keep(store, complaint("LH-3", received, stages=(answered, second)), Person())
    keep(store, complaint("LH-4", received, stages=(answered,), status=Status.RESPONDED), Person())
    keep(store, complaint("LH-5", received, kind=Kind.SERVICE_REQUEST, stages=()), Person())
    for period in (Period(date(2024, 1, 1), date(2024, 1, 31)), Period(date(2025, 5, 1), date(2025, 5, 31))):
        found = read(store, period).open_stages
        assert found == (
            OpenStage("LH-1", 1, due_dates(received, None, 1, CALENDAR, Rules()).response_due),
            OpenStage("LH-2", 1, until),
            OpenStage("LH-3", 2, second.due.response_due),
        )
        assert all(isinstance(one.valid_until, date) for one in found)


def test_hazards_of_open_cases_are_there_whenever_they_were_raised(store: Store) -> None:
    received = datetime(2025, 3, 3, 9, tzinfo=UTC)
    gas, damp = emergency(received, number=1), significant(received, CALENDAR, number=2)
    wrong = hazard_life.clear(gas, "A wrong number.", received)
    safe = hazard_life.made_safe(hazard_life.investigated(gas, received, CALENDAR, received), received, received)
    keep(store, complaint("LH-1", received, records=Records(hazards=(gas, damp))), Person())
    keep(store, complaint("LH-2", received, records=Records(hazards=(wrong, damp))), Person())
    ended = {"status": Status.CLOSED, "stages": ()}
    keep(store, complaint("LH-3", received, kind=Kind.SERVICE_REQUEST, **ended), Person())
    keep(store, complaint("LH-4", received, records=Records(hazards=(safe,)), **ended), Person())
    found = read(store, Period(date(2026, 1, 1), date(2026, 1, 31))).hazards
    assert [(on.reference, on.record) for on in found] == [("LH-1", gas), ("LH-1", damp), ("LH-2", damp)]
    late = overdue_tables(Reported(hazards=found), datetime(2026, 3, 2, 9, tzinfo=UTC))[0]
    assert [row[:2] for row in late.rows] == [("LH-1", "Emergency"), ("LH-1", "Significant"), ("LH-2", "Significant")]


def test_second_stage_counts_by_its_own_day(store: Store) -> None:
    line = next(one for one in lines("2023-24") if len(one["stages"]) == 2)
    keep(store, case_of("LH-1", line, Person()), Person())
    second = stage_of(line, 2).received_at
    found = read(store, Period(second.date(), second.date()))
    assert [(s.reference, s.stage) for s in found.stages] == [("LH-1", 2)]
    store.write_now(lambda work: work.connection.execute(update(schema.cases).values(kind="compliment")))
    assert read(store, Period(second.date(), second.date())).stages == ()
