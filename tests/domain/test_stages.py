"""Stages: the clocks one stage has, and what reports may count as in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from intakebot.domain.stages import Extension, Outcome, Stage, clocks_of_stage
from intakebot.domain.timescales import ClockName, ClockStatus, Rules, due_dates, extension_until
from intakebot.domain.working_days import LONDON, england

CALENDAR = england()
RECEIVED = datetime(2026, 6, 1, 10, 0, tzinfo=LONDON)
ACKNOWLEDGED = RECEIVED + timedelta(days=2)
DUE = date(2026, 6, 17)


def stage(number: int = 1, **changes: object) -> Stage:
    due = due_dates(RECEIVED, ACKNOWLEDGED, number, CALENDAR, Rules())
    return replace(Stage(number, RECEIVED, due, ACKNOWLEDGED), **changes)  # type: ignore[arg-type]


def extension(from_day: date = DUE, working_days: int = 5, **changes: object) -> Extension:
    until = extension_until(from_day, working_days, CALENDAR)
    told = datetime(2026, 6, 10, 9, 0, tzinfo=LONDON)
    return replace(Extension(working_days, until, "A surveyor must look.", told), **changes)  # type: ignore[arg-type]


def names(of: Stage) -> list[str]:
    return [clock.name.value for clock in clocks_of_stage(of)]


def test_a_stage_has_the_clocks_of_where_it_stands() -> None:
    waiting = Stage(1, RECEIVED, due_dates(RECEIVED, None, 1, CALENDAR, Rules()))
    assert names(waiting) == ["acknowledgement", "backstop"]
    assert names(stage()) == ["acknowledgement", "response"]
    extended = stage(extensions=(extension(), extension(date(2026, 6, 24), 2)))
    assert names(extended) == ["acknowledgement", "extension"]
    assert clocks_of_stage(extended)[1].due_on == date(2026, 6, 26)
    assert names(stage(ended_at=ACKNOWLEDGED, outcome=Outcome.WITHDRAWN)) == ["acknowledgement"]


def test_an_answer_meets_the_clock_of_the_response_or_of_the_extension() -> None:
    on_the_day = datetime(2026, 6, 24, 23, 59, tzinfo=LONDON)
    for answered, late in (
        (stage(responded_at=on_the_day), True),
        (stage(responded_at=on_the_day, extensions=(extension(),)), False),
    ):
        last = clocks_of_stage(answered)[-1]
        assert last.status(on_the_day) == (ClockStatus.MET_LATE if late else ClockStatus.MET)


def test_the_next_agreed_update_is_watched_while_an_answer_is_owed() -> None:
    agreed = stage(update_days=7, next_update_on=date(2026, 6, 24))
    update = clocks_of_stage(agreed)[-1]
    assert (update.name, update.clause, update.due_on) == (ClockName.UPDATE, "5.9", date(2026, 6, 24))
    assert update.starts_at == ACKNOWLEDGED
    told = extension().told_at
    assert clocks_of_stage(replace(agreed, extensions=(extension(),)))[-1].starts_at == told
    for ended in ({"responded_at": told}, {"ended_at": told}):
        assert "update" not in names(replace(agreed, **ended))


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"told_at": datetime(2026, 6, 17, 23, 59, 59, tzinfo=LONDON)}, True),
        ({"told_at": datetime(2026, 6, 18, 0, 0, tzinfo=LONDON)}, False),
        ({"reason": " "}, False),
        ({"ombudsman_details": False}, False),
        ({"undelivered": True}, False),
        ({"working_days": 11}, False),
        ({"working_days": 11, "good_reason": "The only surveyor is away."}, True),
    ],
)
def test_an_extension_counts_in_reports_only_if_it_keeps_the_rules(changes: dict[str, object], counts: bool) -> None:
    one = extension(**changes)
    assert stage(extensions=(one,)).valid_extension == (one.until if counts else None)


def test_the_days_of_two_extensions_are_added_up_against_the_most() -> None:
    first = extension(working_days=6)
    second = extension(first.until, 5)
    assert stage(extensions=(first, second)).valid_extension == first.until
    assert stage(2, extensions=(first, second)).valid_extension == second.until
