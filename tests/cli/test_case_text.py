"""`cases list` and `cases show` for people: what is owed and by when, and the whole record, in plain words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.cli.conftest import Commands
from tests.factories import NOW, OLIVE, TIME_RULES, a_case, acting, at_stage_2, demo_settings

from intakebot.cli.case_text import case_text
from intakebot.domain import circumstances, redress
from intakebot.domain.case import Case, clocks_of
from intakebot.domain.hazards import emergency, significant
from intakebot.domain.labels import Kind
from intakebot.domain.records import Records, RemedyType
from intakebot.domain.working_days import LONDON
from intakebot.service import wall_clock
from intakebot.store.engine import Work, open_store
from intakebot.store.views import CaseFile, StoredMessage
from intakebot.web.words import when

SUMMER = datetime(2026, 7, 6, 8, 30, tzinfo=UTC)


def keep(commands: Commands, *cases: Case) -> None:
    """Put cases into the store the commands will open."""
    store = open_store(demo_settings(commands.data))

    def insert(work: Work) -> None:
        for number, case in enumerate(cases, 1):
            kept = replace(case, reference=f"LH-000{number}", resident=work.people.add(case.resident), officer_id=None)
            work.cases.insert(kept, (), [(clock, None) for clock in clocks_of(kept)])

    store.write_now(insert)
    store.close()


def shown(case: Case, *messages: StoredMessage) -> str:
    """The page of a case."""
    file = CaseFile(case, "Olive Ferreira", messages, (), ())
    return case_text(file, {OLIVE: "Olive Ferreira"}, TIME_RULES.calendar, NOW + timedelta(days=20), 6)


@pytest.mark.parametrize(("age", "said"), [(2, "Make safe by"), (30, "Make safe: was due")])
def test_the_list_says_what_an_emergency_owes_and_by_when_in_london(commands: Commands, age: int, said: str) -> None:
    aware = wall_clock() - timedelta(hours=age)
    keep(commands, a_case(Kind.SERVICE_REQUEST, stages=(), records=Records(hazards=(emergency(aware),))))
    (line,) = commands.ok("cases", "list").stdout.splitlines()
    assert f"Emergency hazard. {said} " in line
    due = (aware + timedelta(hours=24)).astimezone(LONDON)
    assert f":{due.minute:02d}{'am' if due.hour < 12 else 'pm'}" in line or due.minute == 0
    assert ("Overdue by 6 hours" in line) == (age > 24)


def test_the_list_tells_a_hazard_beside_the_code_s_duty_and_what_is_overdue(commands: Commands) -> None:
    hazard = significant(wall_clock(), TIME_RULES.calendar)
    keep(commands, a_case(), a_case(records=Records(hazards=(hazard,))))
    first, second = commands.ok("cases", "list").stdout.splitlines()
    assert first.startswith("LH-0002  Complaint  Received  -  Significant hazard. Deal with the hazard by ")
    assert "; Acknowledge by " in first
    assert "Overdue by " in second and "hazard" not in second


def test_a_page_has_every_stage_with_its_dates_its_outcome_and_what_was_found() -> None:
    said = shown(at_stage_2())
    first, second = said.index("Stage 1\n"), said.index("Stage 2, an answer is owed\n")
    assert first < second
    for words in ("Outcome ", "Partly upheld by Olive Ferreira, ", "We should have come.", "The log shows it."):
        assert words in said[first:second]
    assert "Acknowledged            Not yet" in said[second:]


def test_records_are_told_in_words_and_what_is_kept_with_a_person_is_not() -> None:
    case = redress.offer(at_stage_2(), RemedyType.APOLOGY, "We say sorry", "Cold", acting(15)).case
    case = circumstances.disclose(case, case.resident, "A heart condition", acting(15)).case
    case = circumstances.agree_adjustment(
        case, case.resident, "Slow speech", "By phone", date(2026, 9, 1), acting(15)
    ).case
    hazard = emergency(SUMMER)
    said = shown(replace(case, records=replace(case.records, hazards=(hazard,))))
    assert "Apology: We say sorry, no date. Offered" in said
    assert "Emergency hazard: not confirmed yet" in said
    assert "Mon 6 July 2026 at 9:30am" in said
    assert "heart" not in said and "Slow speech" not in said
    for inside in ("None", "datetime", "{", "+00:00"):
        assert inside not in said


def test_nothing_is_a_dash_and_a_stranger_s_control_codes_are_left_out() -> None:
    message = StoredMessage(1, "in", "email", "a@tenant.example", "", "Hi", (("new", "Red\x1b[31m\nTwo"),), SUMMER, "")
    said = shown(a_case(Kind.SERVICE_REQUEST, stages=(), needs_review=False), message)
    for title in ("Due", "Stages", "Hazards", "Promises", "Also on the record", "History"):
        assert f"\n{title}\n  -" in said
    assert "Patch                   -\n" in said
    assert f"{when(SUMMER)}. From a@tenant.example, by email\n    Hi\n" in said
    assert "      Red[31m\n      Two\n" in said
