"""The Code's timescales: worked cases, a second way of counting, the reasoning, and the clocks."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.domain import oracle

from intakebot.domain.timescales import (
    Clock,
    ClockName,
    ClockStatus,
    CountedDay,
    DueDates,
    Rules,
    after_window,
    due_dates,
    end_of,
    explain,
    extension_until,
    promise_clock,
    stage_clocks,
)
from intakebot.domain.working_days import LONDON, england, local_date
from intakebot.errors import BadInput

CALENDAR = england()
DEFAULT = Rules()
DEEMED = Rules(receipt_rule="deemed")
DATA = Path(__file__).parent / "data"
RECEIVED = datetime(2025, 6, 2, 10, 0, tzinfo=LONDON)

NONE: frozenset[date] = frozenset()

MOMENTS = st.integers(1_640_995_200, 1_924_991_999).map(lambda s: datetime.fromtimestamp(s, UTC))  # 2022 to 2030
CLOSED = st.sampled_from([NONE, frozenset({date(y, 12, d) for y in range(2022, 2031) for d in (24, 29, 30, 31)})])
GAPS = st.none() | st.integers(0, 40 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
RULES = st.builds(
    Rules,
    st.sampled_from(["calendar", "deemed"]),
    st.sampled_from([0, 1]),
    st.sampled_from([time(16), time(17)]),
)


def moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def dates_of_row(row: dict[str, str], rules: Rules) -> DueDates:
    received = datetime.fromisoformat(row["received_at"])
    return due_dates(received, moment(row["acknowledged_at"]), int(row["stage"]), CALENDAR, rules)


def check_row(row: dict[str, str], due: DueDates) -> None:
    assert due.ack_due.isoformat() == row["ack_due"]
    assert due.response_due.isoformat() == row["response_due"]
    assert due.extended_due.isoformat() == row["extended_due"]
    assert due.provisional == (not row["acknowledged_at"])
    if "backstop " in row["note"]:
        assert due.backstop.isoformat() == row["note"].partition("backstop ")[2][:10]


def test_every_worked_case_of_the_default_rule() -> None:
    cases = rows("timelines.csv")
    assert len(cases) == 50
    for row in cases:
        check_row(row, dates_of_row(row, DEFAULT))


def test_every_worked_case_of_deemed_receipt() -> None:
    cases = rows("timelines-deemed.csv")
    assert len(cases) == 21
    for row in cases:
        due = dates_of_row(row, DEEMED)
        check_row(row, due)
        assert f"deemed received {due.deemed_received} (" in row["note"]
        assert f"ack_due {dates_of_row(row, DEFAULT).ack_due}" in row["note"]


def test_worked_cases_not_among_the_deemed_do_not_depend_on_the_receipt_rule() -> None:
    differing = {(row["received_at"], row["acknowledged_at"], row["stage"]) for row in rows("timelines-deemed.csv")}
    for row in rows("timelines.csv"):
        same = dates_of_row(row, DEEMED).ack_due == dates_of_row(row, DEFAULT).ack_due
        assert same == ((row["received_at"], row["acknowledged_at"], row["stage"]) not in differing)


# --- the oracle: a second way of counting that shares nothing with ours -----------------------------------


def test_the_oracle_knows_the_holidays_and_the_clock_changes() -> None:
    days = [date(2022, 1, 1) + timedelta(days=n) for n in range((date(2031, 5, 31) - date(2022, 1, 1)).days)]
    assert [day for day in days if oracle.works(day) != CALENDAR.is_working_day(day)] == []
    assert len(oracle.BANK_HOLIDAYS) > 75


@settings(deadline=None, max_examples=300)
@given(MOMENTS, GAPS, st.sampled_from([1, 2]), RULES, CLOSED)
@example(datetime(2022, 6, 1, 20, 0, tzinfo=UTC), timedelta(days=2), 2, Rules("deemed", 1), NONE)  # Platinum Jubilee
@example(datetime(2027, 12, 24, 17, 0, tzinfo=UTC), timedelta(days=1), 1, Rules("deemed", 1), NONE)  # 17:00 exactly
@example(datetime(2025, 10, 25, 23, 30, tzinfo=UTC), timedelta(0), 1, Rules("deemed", 1), NONE)  # 00:30 that Sunday
def test_due_dates_agree_with_the_oracle(
    received: datetime, gap: timedelta | None, stage: int, rules: Rules, closed: frozenset[date]
) -> None:
    acknowledged = None if gap is None else received + gap
    due = due_dates(received, acknowledged, stage, england(closed) if closed else CALENDAR, rules)
    said = oracle_answer(received, acknowledged, stage, rules, closed)
    assert (due.deemed_received, due.ack_due, due.response_due) == (
        said.deemed_received,
        said.ack_due,
        said.response_due,
    )
    assert (due.extended_due, due.backstop) == (said.extended_due, said.backstop)
    assert due.provisional == (gap is None)


@settings(deadline=None)
@given(MOMENTS, GAPS, st.sampled_from([1, 2]), RULES, st.lists(st.integers(1, 15), max_size=3))
def test_extensions_agree_with_the_oracle(
    received: datetime, gap: timedelta | None, stage: int, rules: Rules, extensions: list[int]
) -> None:
    acknowledged = None if gap is None else received + gap
    until = due_dates(received, acknowledged, stage, CALENDAR, rules).response_due
    for days in extensions:
        until = extension_until(until, days, CALENDAR)
    said = oracle_answer(received, acknowledged, stage, rules, NONE)
    assert until == oracle.count_on(said.response_due, sum(extensions))


def oracle_answer(
    received: datetime, acknowledged: datetime | None, stage: int, rules: Rules, closed: frozenset[date]
) -> oracle.Answer:
    return oracle.answer(
        received,
        acknowledged,
        stage,
        deemed=rules.receipt_rule == "deemed",
        ack_day_counts_as=rules.ack_day_counts_as,
        closing=rules.closing_time,
        closed=closed,
    )


@settings(deadline=None)
@given(MOMENTS, GAPS, st.sampled_from([1, 2]), RULES, st.none() | st.integers(1, 30))
def test_the_reasoning_ends_on_the_due_dates(
    received: datetime, gap: timedelta | None, stage: int, rules: Rules, extended: int | None
) -> None:
    acknowledged = None if gap is None else received + gap
    due = due_dates(received, acknowledged, stage, CALENDAR, rules)
    days = explain(received, acknowledged, stage, CALENDAR, rules, extended)
    longer = 10 * stage if extended is None else extended
    expected = {
        ClockName.ACKNOWLEDGEMENT: (due.ack_due, 5),
        ClockName.RESPONSE: (due.response_due, 10 * stage),
        ClockName.EXTENSION: (extension_until(due.response_due, longer, CALENDAR), longer),
    }
    if due.backstop != due.response_due:
        expected[ClockName.BACKSTOP] = (due.backstop, 10 * stage)
    assert {day.clock: (day.day, day.number) for day in days} == expected  # the last row of each clock
    for name in expected:
        rows_of_clock = [day for day in days if day.clock == name]
        steps = {b.day - a.day for a, b in pairwise(rows_of_clock)}
        assert steps == {timedelta(days=1)}
        numbers = [day.number for day in rows_of_clock if day.number is not None]
        assert numbers == list(range(numbers[0], expected[name][1] + 1))
        assert all(day.reason for day in rows_of_clock if day.number is None)
        assert rows_of_clock[-1].reason == "due"


def test_the_reasoning_names_each_day_that_does_not_count() -> None:
    received = datetime(2025, 4, 17, 14, 0, tzinfo=LONDON)
    days = explain(received, None, 1, CALENDAR, DEFAULT)
    first = [day for day in days if day.clock == ClockName.ACKNOWLEDGEMENT]
    clock = ClockName.ACKNOWLEDGEMENT
    assert first == [
        CountedDay(clock, date(2025, 4, 17), 0, "received"),
        CountedDay(clock, date(2025, 4, 18), None, "Good Friday"),
        CountedDay(clock, date(2025, 4, 19), None, "Saturday"),
        CountedDay(clock, date(2025, 4, 20), None, "Sunday"),
        CountedDay(clock, date(2025, 4, 21), None, "Easter Monday"),
        CountedDay(clock, date(2025, 4, 22), 1),
        CountedDay(clock, date(2025, 4, 23), 2),
        CountedDay(clock, date(2025, 4, 24), 3),
        CountedDay(clock, date(2025, 4, 25), 4),
        CountedDay(clock, date(2025, 4, 26), None, "Saturday"),
        CountedDay(clock, date(2025, 4, 27), None, "Sunday"),
        CountedDay(clock, date(2025, 4, 28), 5, "due"),
    ]
    assert "provisional" in next(day for day in days if day.clock == ClockName.RESPONSE).reason


def test_the_reasoning_shows_a_deemed_receipt() -> None:
    friday_night = datetime(2025, 6, 6, 23, 50, tzinfo=LONDON)
    shown = [(day.day.day, day.number, day.reason) for day in explain(friday_night, None, 1, CALENDAR, DEEMED)[:5]]
    assert shown == [
        (6, None, "received after 17:00"),
        (7, None, "Saturday"),
        (8, None, "Sunday"),
        (9, 0, "deemed received"),
        (10, 1, ""),
    ]


# --- what the Code leaves open ---------------------------------------------------------------------------


def test_day_of_acknowledgement_can_count_as_day_one() -> None:
    monday = datetime(2025, 6, 9, 9, 5, tzinfo=LONDON)
    one = Rules(ack_day_counts_as=1)
    assert due_dates(RECEIVED, monday, 1, CALENDAR, DEFAULT).response_due == date(2025, 6, 23)
    assert due_dates(RECEIVED, monday, 1, CALENDAR, one).response_due == date(2025, 6, 20)
    sunday = datetime(2025, 6, 8, 9, 5, tzinfo=LONDON)
    for rules in (DEFAULT, one):  # a Sunday cannot be day 1
        assert due_dates(RECEIVED, sunday, 1, CALENDAR, rules).response_due == date(2025, 6, 20)


def test_deemed_receipt_is_later_than_closing_time_not_at_it() -> None:
    at_closing = datetime(2025, 6, 6, 17, 0, tzinfo=LONDON)
    assert due_dates(at_closing, None, 1, CALENDAR, DEEMED).deemed_received == date(2025, 6, 6)
    after = at_closing + timedelta(seconds=1)
    assert due_dates(after, None, 1, CALENDAR, DEEMED).deemed_received == date(2025, 6, 9)
    later_office = Rules(receipt_rule="deemed", closing_time=time(18))
    assert due_dates(after, None, 1, CALENDAR, later_office).deemed_received == date(2025, 6, 6)


def test_backstop_ignores_how_late_the_acknowledgement_is() -> None:
    backstops = {due_dates(RECEIVED, RECEIVED + timedelta(days=n), 1, CALENDAR, DEFAULT).backstop for n in range(60)}
    assert backstops == {date(2025, 6, 23)}


@pytest.mark.parametrize("stage", [0, 3, -1])
def test_there_are_two_stages(stage: int) -> None:
    with pytest.raises(BadInput, match=r"1 or 2.*Code 5.3"):
        due_dates(RECEIVED, None, stage, CALENDAR, DEFAULT)


def test_wrong_moments_are_refused_in_plain_words() -> None:
    naive = RECEIVED.replace(tzinfo=None)
    with pytest.raises(BadInput, match="time of receipt has no zone"):
        due_dates(naive, None, 1, CALENDAR, DEFAULT)
    with pytest.raises(BadInput, match="time of acknowledgement has no zone"):
        due_dates(RECEIVED, naive, 1, CALENDAR, DEFAULT)
    with pytest.raises(BadInput, match="before it was received"):
        due_dates(RECEIVED, RECEIVED - timedelta(seconds=1), 1, CALENDAR, DEFAULT)
    with pytest.raises(BadInput, match="covers 2015"):
        due_dates(RECEIVED.replace(year=1025), None, 1, CALENDAR, DEFAULT)
    assert due_dates(RECEIVED, RECEIVED, 1, CALENDAR, DEFAULT).response_due == date(2025, 6, 16)


def test_order_of_moments_holds_in_the_hour_that_comes_twice() -> None:
    first = datetime(2025, 10, 26, 1, 45, tzinfo=LONDON)
    second = datetime(2025, 10, 26, 1, 15, tzinfo=LONDON, fold=1)  # half an hour later, though the wall says less
    assert due_dates(first, second, 1, CALENDAR, DEFAULT).response_due == date(2025, 11, 7)
    with pytest.raises(BadInput, match="before it was received"):
        due_dates(second, first, 1, CALENDAR, DEFAULT)


def test_unknown_rules_are_refused() -> None:
    with pytest.raises(BadInput, match="calendar or deemed"):
        Rules(receipt_rule="posted")  # type: ignore[arg-type]  # what a command line could pass
    with pytest.raises(BadInput, match="day 0 or day 1"):
        Rules(ack_day_counts_as=2)  # type: ignore[arg-type]  # as above


# --- clocks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "instant"),
    [
        (date(2025, 6, 9), "2025-06-10T00:00:00+01:00"),
        (date(2026, 1, 9), "2026-01-10T00:00:00+00:00"),
        (date(2026, 3, 29), "2026-03-30T00:00:00+01:00"),
        (date(2025, 10, 26), "2025-10-27T00:00:00+00:00"),
    ],
)
def test_a_due_day_ends_at_the_local_midnight(day: date, instant: str) -> None:
    assert end_of(day) == datetime.fromisoformat(instant)
    assert local_date(end_of(day) - timedelta(microseconds=1)) == day


def test_a_clock_of_days_is_met_until_the_last_second_of_its_day() -> None:
    due = due_dates(RECEIVED, None, 1, CALENDAR, DEFAULT)
    clock = stage_clocks(due, 1, RECEIVED)[0]
    last = datetime(2025, 6, 9, 23, 59, 59, tzinfo=LONDON)
    midnight = datetime(2025, 6, 10, 0, 0, tzinfo=LONDON)
    assert clock.status(last) == ClockStatus.RUNNING
    assert clock.status(midnight) == ClockStatus.BREACHED
    assert replace(clock, met_at=last).status(midnight) == ClockStatus.MET
    assert replace(clock, met_at=midnight).status(midnight) == ClockStatus.MET_LATE


def test_a_clock_of_hours_is_met_at_its_last_instant() -> None:
    clock = Clock(ClockName.HAZARD_EMERGENCY, "Awaab's Law", RECEIVED, RECEIVED + timedelta(hours=24))
    at, tick = clock.due_at, timedelta(seconds=1)
    assert clock.status(at - tick) == ClockStatus.RUNNING
    assert clock.status(at) == ClockStatus.BREACHED
    assert replace(clock, met_at=at).status(at) == ClockStatus.MET
    assert replace(clock, met_at=at + tick).status(at + tick) == ClockStatus.MET_LATE


def test_clocks_compare_instants_in_the_hour_that_comes_twice() -> None:
    starts = datetime(2025, 10, 25, 12, 0, tzinfo=UTC)
    due = datetime(2025, 10, 26, 1, 15, tzinfo=LONDON, fold=1)
    clock = Clock(ClockName.HAZARD_EMERGENCY, "Awaab's Law", starts, due)
    half_an_hour_before = datetime(2025, 10, 26, 1, 45, tzinfo=LONDON)
    assert clock.status(half_an_hour_before) == ClockStatus.RUNNING
    assert replace(clock, met_at=half_an_hour_before).status(due) == ClockStatus.MET


def test_clocks_need_zones() -> None:
    naive = RECEIVED.replace(tzinfo=None)
    with pytest.raises(ValueError, match="no zone"):
        Clock(ClockName.RESPONSE, "6.3", naive, RECEIVED)
    with pytest.raises(ValueError, match="no zone"):
        Clock(ClockName.RESPONSE, "6.3", RECEIVED, RECEIVED).status(naive)


def clocks(acknowledged: datetime | None, stage: int) -> list[tuple[str, str, date | None]]:
    due = due_dates(RECEIVED, acknowledged, stage, CALENDAR, DEFAULT)
    return [(c.name.value, c.clause, c.due_on) for c in stage_clocks(due, stage, RECEIVED, acknowledged)]


def test_clocks_of_a_stage_and_the_clauses_they_stand_on() -> None:
    in_time = datetime(2025, 6, 5, 11, 20, tzinfo=LONDON)
    late = datetime(2025, 6, 20, 9, 0, tzinfo=LONDON)
    ack = ("acknowledgement", "6.2", date(2025, 6, 9))
    backstop = ("backstop", "6.2 and 6.3", date(2025, 6, 23))
    assert clocks(None, 1) == [ack, backstop]
    assert clocks(in_time, 1) == [ack, ("response", "6.3", date(2025, 6, 19))]
    assert clocks(late, 1) == [ack, ("response", "6.3", date(2025, 7, 4)), backstop]
    assert [clause for _, clause, _ in clocks(late, 2)] == ["6.11", "6.14", "6.11 and 6.14"]


def test_clocks_of_a_stage_are_met_by_acknowledging_and_responding() -> None:
    late = datetime(2025, 6, 20, 9, 0, tzinfo=LONDON)
    responded = datetime(2025, 6, 27, 9, 0, tzinfo=LONDON)
    due = due_dates(RECEIVED, late, 1, CALENDAR, DEFAULT)
    statuses = [clock.status(responded) for clock in stage_clocks(due, 1, RECEIVED, late, responded)]
    assert statuses == [ClockStatus.MET_LATE, ClockStatus.MET, ClockStatus.MET_LATE]


def extended(stage: int, **more: datetime) -> list[Clock]:
    late = datetime(2025, 6, 20, 9, 0, tzinfo=LONDON)
    told = datetime(2025, 7, 1, 9, 0, tzinfo=LONDON)
    due = due_dates(RECEIVED, late, stage, CALENDAR, DEFAULT)
    until = extension_until(due.response_due, 4, CALENDAR)
    return list(stage_clocks(due, stage, RECEIVED, late, extended_at=told, extended_to=until, **more))


def test_an_extension_takes_the_place_of_the_response_and_of_the_backstop() -> None:
    ack, extension = extended(1)
    assert (ack.name, ack.status(ack.due_at)) == (ClockName.ACKNOWLEDGEMENT, ClockStatus.MET_LATE)
    assert (extension.name, extension.clause, extension.due_on) == (ClockName.EXTENSION, "6.4", date(2025, 7, 10))
    assert extension.starts_at == datetime(2025, 7, 1, 9, 0, tzinfo=LONDON)
    assert extended(2)[1].clause == "6.15"
    answered = datetime(2025, 7, 10, 23, 59, tzinfo=LONDON)
    assert extended(1, responded_at=answered)[1].status(answered) == ClockStatus.MET


def test_a_stage_that_ended_without_an_answer_keeps_only_what_was_done() -> None:
    ended = datetime(2025, 7, 2, 9, 0, tzinfo=LONDON)
    assert [clock.name for clock in extended(1, ended_at=ended)] == [ClockName.ACKNOWLEDGEMENT]
    due = due_dates(RECEIVED, None, 1, CALENDAR, DEFAULT)
    assert stage_clocks(due, 1, RECEIVED, ended_at=ended) == ()


def test_a_promise_is_a_clock_of_days_until_the_end_of_its_day() -> None:
    clock = promise_clock(ClockName.ACTION, "6.6", RECEIVED, date(2025, 7, 10))
    assert clock.due_at == datetime(2025, 7, 11, 0, 0, tzinfo=LONDON)
    assert replace(clock, met_at=clock.due_at - timedelta(seconds=1)).status(clock.due_at) == ClockStatus.MET


def test_an_extension_is_counted_in_whole_working_days_from_one_up() -> None:
    assert extension_until(date(2025, 4, 17), 1, CALENDAR) == date(2025, 4, 22)  # over Easter
    for days in (0, -1):
        with pytest.raises(BadInput, match=r"one working day or more \(Code 6.4"):
            extension_until(date(2025, 4, 17), days, CALENDAR)
    with pytest.raises(BadInput, match="one working day or more"):
        explain(RECEIVED, None, 1, CALENDAR, DEFAULT, 0)


def test_a_window_for_asking_for_stage_2_is_counted_in_local_days_and_there_is_none_by_default() -> None:
    final = datetime(2025, 6, 2, 23, 30, tzinfo=UTC)  # 3 June in London
    assert not after_window(final, final + timedelta(days=4000), None)
    assert not after_window(final, datetime(2025, 7, 1, 22, 59, tzinfo=UTC), 28)
    assert after_window(final, datetime(2025, 7, 1, 23, 0, tzinfo=UTC), 28)
