"""Measures: rates and percentages, whether a stage was in time, and who is counted in CH01, CH02 and NM01."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intakebot.domain.figures.measures import (
    REQUIREMENTS_VERSION,
    Timing,
    WithdrawnRule,
    per_thousand,
    percentage,
    tenant_satisfaction,
    timing_of,
)
from intakebot.domain.figures.reported import AsbCase, Homes, Period, Reported, StageRecord, Tenure, reporting_year
from intakebot.domain.stages import Outcome
from intakebot.errors import BadInput

TODAY = date(2026, 6, 1)
DUE = date(2025, 6, 16)
EXTENDED = date(2025, 6, 30)


def stage(**changes: Any) -> StageRecord:
    """A tenant's stage 1 complaint, due on 16 June 2025, extended to 30 June, answered on its due day."""
    values: dict[str, Any] = {
        "reference": "LH-1",
        "stage": 1,
        "received_on": date(2025, 5, 27),
        "ack_due": date(2025, 6, 3),
        "response_due": DUE,
        "valid_until": EXTENDED,
        "acknowledged_on": date(2025, 6, 2),
        "ended_on": DUE,
        "outcome": Outcome.UPHELD,
        "tenure": Tenure.LCRA,
    }
    return StageRecord(**(values | changes))


@pytest.mark.parametrize(
    ("count", "homes", "rate"),
    [
        (20, 4215, "4.7"),
        (2, 4215, "0.5"),
        (148, 4215, "35.1"),
        (0, 4215, "0.0"),
        (1, 80_000, "0.0"),
        (1, 20_000, "0.1"),
    ],
)
def test_rates_are_per_thousand_homes_rounded_half_up(count: int, homes: int, rate: str) -> None:
    assert per_thousand(count, homes) == Decimal(rate)


def test_percentages_round_half_up_and_not_to_even() -> None:
    assert str(percentage(13, 20)) == "65.0"
    assert str(percentage(2, 2)) == "100.0"
    assert str(percentage(1, 160)) == "0.6"  # 0.625
    assert str(percentage(9, 160)) == "5.6"  # 5.625
    assert str(percentage(1, 2000)) == "0.1"  # 0.05 exactly, which half-even would make 0.0


def test_there_is_no_rate_over_nothing() -> None:
    assert per_thousand(3, 0) is None
    assert percentage(0, 0) is None
    measures = tenant_satisfaction(Reported(), Homes(0), WithdrawnRule.IN_TIME, TODAY)
    assert {m.shown for m in measures.measures} == {"n/a"}


@pytest.mark.parametrize(
    ("ended_on", "timing"),
    [
        (DUE, Timing.WITHIN_BASE),
        (DUE + timedelta(days=1), Timing.WITHIN_EXTENSION),
        (EXTENDED, Timing.WITHIN_EXTENSION),
        (EXTENDED + timedelta(days=1), Timing.LATE),
    ],
)
def test_answer_is_in_time_up_to_the_end_of_a_valid_extension(ended_on: date, timing: Timing) -> None:
    assert timing_of(stage(ended_on=ended_on), WithdrawnRule.IN_TIME, TODAY) is timing


def test_open_stage_is_overdue_the_day_after_its_last_day() -> None:
    still_open = stage(ended_on=None, outcome="")
    assert timing_of(still_open, WithdrawnRule.IN_TIME, EXTENDED) is Timing.NOT_YET_DUE
    assert timing_of(still_open, WithdrawnRule.IN_TIME, EXTENDED + timedelta(days=1)) is Timing.OVERDUE


@pytest.mark.parametrize(
    ("rule", "in_time", "after"),
    [
        (WithdrawnRule.IN_TIME, Timing.WITHIN_BASE, Timing.LATE),
        (WithdrawnRule.NOT_IN_TIME, Timing.LATE, Timing.LATE),
        (WithdrawnRule.EXCLUDE, Timing.LEFT_OUT, Timing.LEFT_OUT),
    ],
)
def test_withdrawals_follow_the_rule(rule: WithdrawnRule, in_time: Timing, after: Timing) -> None:
    withdrawn = stage(outcome=Outcome.WITHDRAWN)
    assert timing_of(withdrawn, rule, TODAY) is in_time
    assert timing_of(withdrawn._replace(ended_on=EXTENDED + timedelta(days=1)), rule, TODAY) is after


def test_withdrawal_rule_changes_ch02_and_never_ch01() -> None:
    reported = Reported(
        stages=(stage(), stage(outcome=Outcome.WITHDRAWN), stage(ended_on=EXTENDED + timedelta(days=9)))
    )
    found = {
        rule: (told.shown("CH01(1)"), told.shown("CH02(1)"))
        for rule in WithdrawnRule
        if (told := tenant_satisfaction(reported, Homes(1000), rule, TODAY))
    }
    assert found == {
        WithdrawnRule.IN_TIME: ("3.0", "66.7%"),
        WithdrawnRule.NOT_IN_TIME: ("3.0", "33.3%"),
        WithdrawnRule.EXCLUDE: ("3.0", "50.0%"),
    }


def test_stock_types_are_apart_and_everybody_else_is_outside() -> None:
    told = tenant_satisfaction(
        Reported(
            stages=(
                stage(),
                stage(stage=2),
                stage(tenure=Tenure.LCHO),
                stage(tenure=Tenure.LEASEHOLDER),
                stage(tenure=Tenure.APPLICANT),
                stage(tenure=Tenure.UNKNOWN),
                stage(landlord_matter=False),
                stage(outcome=Outcome.REFUSED),
            )
        ),
        Homes(1000, 500),
        WithdrawnRule.IN_TIME,
        TODAY,
    )
    assert (told.shown("CH01(1)"), told.shown("CH01(2)"), told.shown("CH01(1)", "LCHO")) == ("1.0", "1.0", "2.0")
    assert dict(told.outside) == {
        "by leaseholders": 1,
        "by applicants for a home": 1,
        "by people whose tenure is not recorded": 1,
        "outside the landlord’s role": 1,
    }
    assert told.tenure_unknown == 1
    assert told.requirements_version == REQUIREMENTS_VERSION


def test_open_stages_are_not_in_time_and_are_told() -> None:
    reported = Reported(stages=(stage(), stage(ended_on=None, outcome="")))
    told = tenant_satisfaction(reported, Homes(1000), WithdrawnRule.IN_TIME, TODAY)
    (ch02,) = (m for m in told.measures if m.code == "CH02(1)" and m.stock == "LCRA")
    assert (ch02.shown, ch02.still_open, told.still_open) == ("50.0%", 1, 1)


def test_asb_is_over_both_stocks_together_and_includes_hate() -> None:
    day = date(2025, 5, 1)
    asb = (
        AsbCase(day, False, Tenure.LCRA),
        AsbCase(day, True, Tenure.LCHO),
        AsbCase(day, True, Tenure.LEASEHOLDER),
    )
    told = tenant_satisfaction(Reported(asb=asb), Homes(600, 400), WithdrawnRule.IN_TIME, TODAY)
    assert told.shown("NM01(1)", "LCRA and LCHO") == "2.0"
    assert told.shown("NM01(2)", "LCRA and LCHO") == "1.0"


def test_not_one_is_shown_as_nil_and_few_as_rounded() -> None:
    quiet = tenant_satisfaction(Reported(stages=(stage(),)), Homes(90_000), WithdrawnRule.IN_TIME, TODAY)
    assert quiet.shown("NM01(2)", "LCRA and LCHO") == "0"
    assert quiet.shown("CH01(1)") == "0.0"
    with pytest.raises(LookupError, match=r"CH03\(1\) for LCRA"):
        quiet.shown("CH03(1)")


@given(st.integers(0, 10_000), st.integers(1, 500_000))
def test_rounding_is_never_more_than_half_a_tenth_off(count: int, homes: int) -> None:
    rate = per_thousand(count, homes)
    assert rate is not None
    assert abs(rate - Decimal(count) * 1000 / homes) <= Decimal("0.05")


def test_period_has_both_its_days_and_must_run_forward() -> None:
    period = Period(date(2025, 4, 1), date(2026, 3, 31))
    assert date(2025, 4, 1) in period and date(2026, 3, 31) in period and date(2026, 4, 1) not in period
    assert reporting_year(date(2026, 4, 1)) == period
    assert reporting_year(date(2026, 3, 31)).last == date(2025, 3, 31)
    with pytest.raises(BadInput, match="before it begins"):
        replace(period, last=date(2025, 3, 31))
    with pytest.raises(BadInput, match="0 or more"):
        Homes(-1)
