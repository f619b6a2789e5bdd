"""Where Awaab's Law reaches: by date, level, type and tenure. A doubt starts the clocks; nothing is lost outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from intakebot.config.settings import Hazards
from intakebot.domain.hazard_scope import EVERY, IN_FORCE, REACHABLE, ScopePeriod, in_scope, weighed
from intakebot.domain.hazards import HAZARD_TYPES, HazardLevel, clocks, emergency, significant
from intakebot.domain.working_days import LONDON, england

EMERGENCY, SIGNIFICANT = HazardLevel.EMERGENCY, HazardLevel.SIGNIFICANT
FIRST = date(2025, 10, 27)
NOW = date(2026, 11, 22)
PHASE_2 = ScopePeriod(date(2027, 2, 1), frozenset({"damp_mould", "excess_cold", "fire"}))
PHASE_3 = ScopePeriod(date(2028, 2, 1), frozenset({EVERY}))


def test_phase_1_is_in_force_and_no_later_one() -> None:
    reached = {level: {t for t in HAZARD_TYPES if in_scope(level, t, "", NOW).applies} for level in HazardLevel}
    assert reached[SIGNIFICANT] == {"damp_mould"}
    assert reached[EMERGENCY] == set(HAZARD_TYPES) - {"crowding_space"}
    assert len(IN_FORCE) == 1
    assert Hazards().periods == IN_FORCE


def test_nothing_before_the_first_day_is_within_the_law() -> None:
    assert in_scope(EMERGENCY, "fire", "lcra", FIRST).applies
    before = in_scope(EMERGENCY, "fire", "lcra", date(2025, 10, 26))
    assert not before.applies
    assert "26 October 2025" in before.why_not


def test_the_day_is_the_local_day_of_becoming_aware() -> None:
    midnight = datetime(2025, 10, 27, 0, 0, tzinfo=LONDON)
    assert weighed(emergency(midnight), "").outside == ""
    assert weighed(emergency(midnight.replace(day=26)), "").outside != ""
    summer = ScopePeriod(date(2026, 7, 1), frozenset({"noise"}))
    at = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # 00:30 on 1 July in London
    raised = significant(at, england(), hazard_type="noise")
    assert weighed(raised, "", (*IN_FORCE, summer)).outside == ""
    assert weighed(raised, "").outside != ""


@pytest.mark.parametrize("tenure", ["leaseholder", "LCHO", "shared_owner", " Licensee "])
def test_who_does_not_rent_is_outside_and_told_of_the_ombudsman_instead(tenure: str) -> None:
    standing = in_scope(EMERGENCY, "fuel_gas", tenure, NOW)
    assert not standing.applies
    assert "Awaab's Law is for tenants" in standing.why_not
    assert "The Ombudsman judges it by the duty to keep a home fit" in standing.why_not


@pytest.mark.parametrize("tenure", ["", "lcra", "other", "applicant", "something new"])
def test_a_tenure_that_is_not_known_to_be_outside_counts_as_a_tenants(tenure: str) -> None:
    assert in_scope(EMERGENCY, "fuel_gas", tenure, NOW).applies
    assert in_scope(SIGNIFICANT, "damp_mould", tenure, NOW).applies


@pytest.mark.parametrize("level", list(HazardLevel))
def test_a_type_that_is_not_known_yet_starts_the_clocks(level: HazardLevel) -> None:
    assert in_scope(level, "", "", NOW).applies


@pytest.mark.parametrize("level", list(HazardLevel))
def test_overcrowding_is_never_within_the_law(level: HazardLevel) -> None:
    standing = in_scope(level, "crowding_space", "lcra", date(2030, 1, 1), (*IN_FORCE, PHASE_3))
    assert "never covers overcrowding" in standing.why_not
    assert not PHASE_3.reaches(level, "crowding_space")
    assert "crowding_space" not in REACHABLE


def test_a_later_phase_counts_from_its_day_in_whatever_order_the_table_stands() -> None:
    for scope in ((*IN_FORCE, PHASE_2, PHASE_3), (PHASE_3, PHASE_2, *IN_FORCE)):
        assert not in_scope(SIGNIFICANT, "excess_cold", "", date(2027, 1, 31), scope).applies
        assert in_scope(SIGNIFICANT, "excess_cold", "", date(2027, 2, 1), scope).applies
        assert not in_scope(SIGNIFICANT, "noise", "", date(2028, 1, 31), scope).applies
        assert in_scope(SIGNIFICANT, "noise", "", date(2028, 2, 1), scope).applies
    assert "does not cover significant hazards of this type yet" in in_scope(SIGNIFICANT, "noise", "", NOW).why_not


def test_a_hazard_outside_is_kept_without_clocks_and_comes_back_when_the_tenure_is_put_right() -> None:
    raised = emergency(datetime(2026, 11, 22, 9, 0, tzinfo=UTC), hazard_type="fire")
    outside = weighed(raised, "leaseholder")
    assert clocks(outside) == ()
    assert outside.open
    assert replace(outside, outside="") == raised
    assert weighed(outside, "lcra") == raised
