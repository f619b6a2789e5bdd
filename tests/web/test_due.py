"""Due words: right at the edges of days, weekends, the clock change, and after a late acknowledgement."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from intakebot.domain.timescales import end_of
from intakebot.domain.working_days import england
from intakebot.store.clocks import StoredClock
from intakebot.store.views import QueueRow
from intakebot.web.due import of_clock, of_row

CALENDAR = england()
ROW = QueueRow(
    id=1,
    reference="HC-4821-7360-Z",
    kind="complaint",
    status="received",
    primary_category="repairs",
    subject="",
    danger=0,
    next_due_at=end_of(date(2026, 3, 9)),
    ack_due=date(2026, 3, 9),
    response_due=date(2026, 3, 23),
    acknowledged=False,
    hazard_due_at=None,
    received_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    resident="Ada",
    officer="",
    team="repairs",
    needs_review=False,
    unread=0,
)


@pytest.mark.parametrize(
    ("at", "left", "press"),
    [
        (datetime(2026, 3, 2, 9, 0, tzinfo=UTC), "5 working days left", ""),
        (datetime(2026, 3, 6, 9, 0, tzinfo=UTC), "1 working day left", ""),
        (datetime(2026, 3, 8, 12, 0, tzinfo=UTC), "1 working day left", ""),
        (datetime(2026, 3, 9, 23, 59, tzinfo=UTC), "Due today", "today"),
        (datetime(2026, 3, 10, 0, 0, tzinfo=UTC), "Overdue by 1 working day", "overdue"),
        (datetime(2026, 3, 14, 9, 0, tzinfo=UTC), "Overdue by 4 working days", "overdue"),
    ],
)
def test_acknowledgement_is_counted_in_working_days(at: datetime, left: str, press: str) -> None:
    (due,) = of_row(ROW, at, CALENDAR)
    assert (due.duty, due.left, due.press) == ("Acknowledge by Mon 9 March", left, press)


def test_due_on_a_friday_is_overdue_on_saturday_by_no_working_day_yet() -> None:
    friday = replace(ROW, ack_due=date(2026, 3, 6), next_due_at=end_of(date(2026, 3, 6)))
    (due,) = of_row(friday, datetime(2026, 3, 7, 9, 0, tzinfo=UTC), CALENDAR)
    assert (due.left, due.press) == ("Overdue", "overdue")


def test_emergency_comes_before_the_code_and_counts_hours_across_the_clock_change() -> None:
    told = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)  # the clocks go forward that night
    row = replace(ROW, hazard_due_at=told + timedelta(hours=24), danger=3)
    first, second = of_row(row, told, CALENDAR)
    assert (first.duty, first.left) == ("Make safe by 9pm Sun 29 March", "24 hours left")
    assert second.duty.startswith("Acknowledge by")
    first, _ = of_row(row, told + timedelta(hours=26, minutes=5), CALENDAR)
    assert (first.left, first.press) == ("Overdue by 2 hours", "overdue")
    first, _ = of_row(row, told + timedelta(hours=23, minutes=1), CALENDAR)
    assert first.left == "59 minutes left"


def test_response_after_a_late_acknowledgement_owns_up_to_the_time_lost() -> None:
    row = replace(
        ROW,
        acknowledged=True,
        response_due=date(2026, 3, 30),
        backstop=date(2026, 3, 23),
        next_due_at=end_of(date(2026, 3, 23)),
        status="acknowledged",
    )
    (due,) = of_row(row, datetime(2026, 3, 25, 9, 0, tzinfo=UTC), CALENDAR)
    assert (due.duty, due.left, due.press) == ("Respond by Mon 30 March", "Was due Mon 23 March", "overdue")


def test_an_extended_response_is_due_on_its_new_day() -> None:
    row = replace(
        ROW, acknowledged=True, extended_to=date(2026, 4, 6), backstop=date(2026, 3, 23), status="acknowledged"
    )
    row = replace(row, next_due_at=end_of(date(2026, 4, 6)))
    (due,) = of_row(row, datetime(2026, 3, 25, 9, 0, tzinfo=UTC), CALENDAR)
    assert (due.duty, due.left, due.press) == ("Respond by Mon 6 April (extended)", "6 working days left", "")


def test_an_answered_case_owes_no_answer_but_what_it_promised() -> None:
    row = replace(ROW, acknowledged=True, status="responded", next_due_at=datetime(2126, 1, 1, tzinfo=UTC))
    (due,) = of_row(row, datetime(2026, 3, 25, 9, 0, tzinfo=UTC), CALENDAR)
    assert (due.duty, due.press) == ("Response issued", "")
    late = replace(row, next_due_at=end_of(date(2026, 3, 24)))
    (due,) = of_row(late, datetime(2026, 3, 25, 9, 0, tzinfo=UTC), CALENDAR)
    assert (due.duty, due.left, due.press) == ("Was promised by Tue 24 March", "Overdue", "overdue")


def test_a_promise_that_is_late_is_told_beside_an_answer_that_is_not() -> None:
    row = replace(ROW, next_due_at=end_of(date(2026, 3, 2)))
    first, second = of_row(row, datetime(2026, 3, 4, 9, 0, tzinfo=UTC), CALENDAR)
    assert first.press == "" and (second.duty, second.press) == ("Was promised by Mon 2 March", "overdue")


def test_significant_hazard_is_due_by_a_day() -> None:
    row = replace(ROW, hazard_due_at=end_of(date(2026, 3, 16)), hazard_level="significant", danger=1)
    first, _ = of_row(row, datetime(2026, 3, 2, 9, 0, tzinfo=UTC), CALENDAR)
    assert (first.duty, first.press) == ("Deal with the hazard by Mon 16 March", "")


def test_case_without_a_clock_says_since_when_it_waits() -> None:
    row = replace(ROW, ack_due=None, response_due=None, next_due_at=datetime(2126, 1, 1, tzinfo=UTC))
    (due,) = of_row(row, datetime(2027, 1, 4, 9, 0, tzinfo=UTC), CALENDAR)
    assert due.duty == "No due date. Received Mon 2 March 2026"


def test_clock_lines_tell_in_time_from_late() -> None:
    clock = StoredClock(
        id=1,
        case_id=1,
        name="acknowledgement",
        clause="6.2",
        starts_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        due_at=end_of(date(2026, 3, 9)),
        due_on=date(2026, 3, 9),
        met_at=datetime(2026, 3, 9, 23, 59, tzinfo=UTC),
        steps_done=0,
    )
    now = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
    line = of_clock(clock, now, CALENDAR)
    assert (line.state, line.standing, line.clause) == ("met", "Done Mon 9 March, in time", "Code 6.2")
    line = of_clock(replace(clock, met_at=datetime(2026, 3, 10, 0, 0, tzinfo=UTC)), now, CALENDAR)
    assert (line.state, line.standing) == ("met_late", "Done Tue 10 March, late")
    assert of_clock(replace(clock, met_at=None), now, CALENDAR).state == "breached"
