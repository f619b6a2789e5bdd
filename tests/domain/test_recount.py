"""Recounting: a changed calendar moves what is still to be done, by the oracle's counting, and says so in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain import oracle

from intakebot.domain.hazard_life import clear
from intakebot.domain.hazards import significant
from intakebot.domain.recount import fingerprint, recount, recount_hazards, what_moved
from intakebot.domain.stages import Extension, Stage, clocks_of_stage
from intakebot.domain.timescales import Rules, due_dates, extension_until
from intakebot.domain.working_days import LONDON, england

CALENDAR = england()
RULES = Rules()
RECEIVED = datetime(2026, 6, 1, 10, 0, tzinfo=LONDON)
ACKNOWLEDGED = RECEIVED + timedelta(days=2)
MOMENTS = st.integers(1_640_995_200, 1_924_991_999).map(lambda s: datetime.fromtimestamp(s, UTC))  # 2022 to 2030


def stage(acknowledged: datetime | None = ACKNOWLEDGED, extensions: tuple[int, ...] = (), number: int = 1) -> Stage:
    due = due_dates(RECEIVED, acknowledged, number, CALENDAR, RULES)
    until, made = due.response_due, []
    for days in extensions:
        until = extension_until(until, days, CALENDAR)
        made.append(Extension(days, until, "A surveyor must look.", ACKNOWLEDGED + timedelta(days=1)))
    return Stage(number, RECEIVED, due, acknowledged, extensions=tuple(made))


def said(before: Stage, after: Stage) -> str:
    return what_moved(clocks_of_stage(before), clocks_of_stage(after))


@settings(deadline=None)
@given(
    MOMENTS,
    st.none() | st.integers(0, 20),
    st.sampled_from([1, 2]),
    st.sets(st.integers(0, 60), max_size=5),
    st.lists(st.integers(1, 12), max_size=2),
)
def test_a_stage_recounted_is_as_if_the_calendar_had_always_been_so(
    received: datetime, wait: int | None, number: int, days_off: set[int], extensions: list[int]
) -> None:
    acknowledged = None if wait is None else received + timedelta(days=wait)
    closed = frozenset(received.date() + timedelta(days=n) for n in days_off)
    made = tuple(Extension(n, received.date(), "Why", received) for n in extensions)
    before = Stage(number, received, due_dates(received, acknowledged, number, CALENDAR, RULES), acknowledged)
    after = recount(replace(before, extensions=made), england(closed), RULES)
    told = oracle.answer(
        received, acknowledged, number, deemed=False, ack_day_counts_as=0, closing=time(17), closed=closed
    )
    assert (after.due.ack_due, after.due.response_due) == (told.ack_due, told.response_due)
    assert (after.due.extended_due, after.due.backstop) == (told.extended_due, told.backstop)
    until = told.response_due
    for extension, length in zip(after.extensions, extensions, strict=True):
        until = oracle.count_on(until, length, closed)
        assert extension.until == until
    assert replace(after, due=before.due, extensions=()) == before


def test_nothing_has_moved_under_the_same_calendar() -> None:
    for before in (stage(), stage(None), stage(extensions=(3, 4))):
        after = recount(before, CALENDAR, RULES)
        assert after == before
        assert said(before, after) == ""


def test_what_moved_names_each_duty_with_both_days() -> None:
    before = stage(None)
    after = recount(before, england([date(2026, 6, 4)]), RULES)
    assert said(before, after) == (
        "The calendar changed: the acknowledgement is now due by 9 June 2026, was 8 June 2026; "
        "the response, had it been acknowledged in time, is now due by 23 June 2026, was 22 June 2026."
    )


def test_a_day_the_resident_was_told_that_moves_earlier_is_said_plainly() -> None:
    closed = england([date(2026, 6, 10)])
    counted = recount(stage(extensions=(5,)), closed, RULES)
    back = recount(counted, CALENDAR, RULES)
    assert counted.extended_to == date(2026, 6, 25)
    assert said(counted, back).endswith("The resident was told the later day: answer by the earlier one, or tell them.")
    assert "told the later day" not in said(back, counted)


def test_a_hazard_still_to_be_seen_to_is_recounted_and_one_that_was_cleared_is_history() -> None:
    waiting = significant(RECEIVED, CALENDAR)
    cleared = clear(waiting, "A stain, not mould", RECEIVED + timedelta(days=1))
    now_waiting, still_cleared = recount_hazards([waiting, cleared], england([date(2026, 6, 4)]))
    assert (now_waiting.due_on, waiting.due_on) == (date(2026, 6, 16), date(2026, 6, 15))
    assert still_cleared == cleared


@pytest.mark.parametrize("other", [Rules("deemed"), Rules(ack_day_counts_as=1), Rules("deemed", 0, time(16))])
def test_another_rule_or_another_day_off_is_another_fingerprint(other: Rules) -> None:
    same = fingerprint(england(), Rules())
    assert same == fingerprint(CALENDAR, RULES)
    assert len({same, fingerprint(CALENDAR, other), fingerprint(england([date(2026, 12, 29)]), RULES)}) == 3
