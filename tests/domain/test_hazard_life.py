"""What staff may do with a hazard, and everything that is refused, with the provision named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intakebot.domain.hazard_life import (
    accommodation_offered,
    clear,
    confirm,
    earlier_awareness,
    further_work_begun,
    investigated,
    made_safe,
    physically_started,
    regrade,
    summary_sent,
)
from intakebot.domain.hazards import (
    Exclusion,
    Hazard,
    HazardLevel,
    HazardStatus,
    clocks,
    emergency,
    recounted,
    significant,
)
from intakebot.domain.timescales import ClockName, ClockStatus, end_of
from intakebot.domain.working_days import LONDON, england
from intakebot.errors import BadInput, Refused

CALENDAR = england()
AWARE = datetime(2026, 4, 2, 15, 0, tzinfo=LONDON)
CONCLUDED = datetime(2026, 4, 20, 16, 0, tzinfo=LONDON)
NOW = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

Act = Callable[[Hazard, datetime], Hazard]
RECORDED: dict[str, Act] = {
    "investigated": lambda hazard, at: investigated(hazard, at, CALENDAR, NOW),
    "summary_sent": lambda hazard, at: summary_sent(hazard, at, NOW),
    "made_safe": lambda hazard, at: made_safe(hazard, at, NOW),
    "further_work_begun": lambda hazard, at: further_work_begun(hazard, at, NOW),
    "physically_started": lambda hazard, at: physically_started(hazard, at, NOW),
    "accommodation_offered": lambda hazard, at: accommodation_offered(hazard, at, NOW),
}
"""Every act that records when something happened."""


def slow() -> Hazard:
    return significant(AWARE, CALENDAR, raised_by="intakebot")


def looked_at() -> Hazard:
    return investigated(slow(), CONCLUDED, CALENDAR, NOW)


def steps_taken() -> Hazard:
    at = CONCLUDED + HOUR
    return further_work_begun(looked_at(), at, NOW, steps_only=True, cannot_start_reason="Parts are on order.")


def test_a_person_confirms_a_hazard_with_its_type_and_why() -> None:
    found = confirm(slow(), "damp_mould", " Seen on the visit. ", NOW)
    assert (found.status, found.type) == (HazardStatus.CONFIRMED, "damp_mould")
    assert (found.reason, found.decided_at) == ("Seen on the visit.", NOW)
    assert clocks(found) == clocks(slow())


def test_a_type_there_is_not_is_named() -> None:
    with pytest.raises(BadInput, match="no hazard type 'ghosts'"):
        confirm(slow(), "ghosts", "Heard.", NOW)


def test_an_upgrade_runs_from_when_we_knew_and_may_be_late_at_once() -> None:
    urgent = regrade(looked_at(), HazardLevel.EMERGENCY, "The baby is in hospital.", CALENDAR, NOW)
    assert (urgent.aware_at, urgent.due_at) == (AWARE, AWARE + 24 * HOUR)
    (clock,) = clocks(urgent)
    assert clock.status(NOW) is ClockStatus.BREACHED
    assert (urgent.due_on, urgent.summary_due, urgent.safety_work_due) == (None, None, None)
    assert (urgent.reason, urgent.decided_at) == ("The baby is in hospital.", NOW)


def test_a_downgrade_keeps_when_we_knew_and_what_was_done() -> None:
    done = investigated(made_safe(emergency(AWARE), AWARE + HOUR, NOW), AWARE + 2 * HOUR, CALENDAR, NOW)
    calmer = regrade(done, HazardLevel.SIGNIFICANT, "Not dangerous within a day.", CALENDAR, NOW)
    assert (calmer.aware_at, calmer.due_on) == (AWARE, date(2026, 4, 20))
    assert (calmer.investigated_at, calmer.made_safe_at) == (done.investigated_at, done.made_safe_at)
    assert calmer.summary_due == date(2026, 4, 9)  # counted from the investigation, past Easter
    back = regrade(calmer, HazardLevel.EMERGENCY, "It is, after all.", CALENDAR, NOW)
    assert (back.due_at, back.summary_due) == (done.due_at, None)


def test_clearing_ends_the_clocks_and_keeps_the_record() -> None:
    cleared = clear(slow(), "A stain of tea.", NOW)
    assert (cleared.status, cleared.cleared_at, cleared.exclusion) == (HazardStatus.CLEARED, NOW, None)
    assert (cleared.aware_at, cleared.due_on, cleared.reason) == (AWARE, date(2026, 4, 20), "A stain of tea.")
    assert clocks(cleared) == ()
    assert not cleared.open


@pytest.mark.parametrize("exclusion", list(Exclusion))
def test_staff_exclude_with_a_code_and_a_reason(exclusion: Exclusion) -> None:
    cleared = clear(looked_at(), "Found on the visit.", NOW, exclusion)
    assert (cleared.exclusion, cleared.reason) == (exclusion, "Found on the visit.")
    with pytest.raises(Refused, match="Say why"):
        clear(slow(), "  ", NOW, exclusion)


def test_what_an_investigation_found_is_told_before_the_hazard_is_cleared() -> None:
    with pytest.raises(Refused, match=r"written summary .* first \(Awaab's Law reg 9\)"):
        clear(looked_at(), "None found.", NOW)
    told = summary_sent(looked_at(), CONCLUDED + HOUR, NOW)
    assert clear(told, "None found.", NOW).cleared_at == NOW


def test_earlier_knowledge_moves_every_time_earlier() -> None:
    contractor = datetime(2026, 3, 30, 8, 0, tzinfo=LONDON)
    moved = earlier_awareness(slow(), contractor, CALENDAR, NOW)
    assert moved == recounted(significant(contractor, CALENDAR, raised_by="intakebot"), CALENDAR)
    assert moved.due_on == date(2026, 4, 15)
    assert earlier_awareness(emergency(AWARE), contractor, CALENDAR, NOW).due_at == contractor + 24 * HOUR
    after = earlier_awareness(looked_at(), contractor, CALENDAR, NOW)
    assert after.investigated_at == CONCLUDED
    assert clocks(after)[0].status(NOW) is ClockStatus.MET_LATE


@settings(deadline=None)
@given(st.integers(-40 * 86_400, 28 * 86_400), st.sampled_from(HazardLevel))
def test_the_moment_we_knew_never_moves_later(seconds: int, level: HazardLevel) -> None:
    raised = emergency(AWARE) if level is HazardLevel.EMERGENCY else slow()
    at = AWARE.astimezone(UTC) + timedelta(seconds=seconds)  # elapsed time: not every wall clock time exists
    if seconds >= 0:
        with pytest.raises(Refused, match="only ever moves earlier"):
            earlier_awareness(raised, at, CALENDAR, NOW)
    else:
        moved = earlier_awareness(raised, at, CALENDAR, NOW)
        assert moved.aware_at == at
        assert moved.due_at <= raised.due_at


def test_the_life_of_a_significant_hazard_to_its_end() -> None:
    hazard = confirm(slow(), "damp_mould", "Seen.", NOW)
    hazard = accommodation_offered(hazard, AWARE + HOUR, NOW)
    hazard = investigated(hazard, CONCLUDED, CALENDAR, NOW)
    hazard = summary_sent(hazard, CONCLUDED + HOUR, NOW)
    hazard = made_safe(hazard, CONCLUDED + 2 * HOUR, NOW)
    hazard = further_work_begun(hazard, CONCLUDED + 3 * HOUR, NOW, steps_only=True, cannot_start_reason="Scaffolding.")
    assert hazard.open
    hazard = physically_started(hazard, CONCLUDED + 4 * HOUR, NOW)
    assert not hazard.open
    assert {clock.status(NOW) for clock in clocks(hazard)} == {ClockStatus.MET}
    assert {clock.name for clock in clocks(hazard)} == {n for n in ClockName if n.startswith("hazard_")} - {
        ClockName.HAZARD_EMERGENCY
    }
    assert hazard.physically_started_at == CONCLUDED + 4 * HOUR
    assert hazard.accommodation_offered_at == AWARE + HOUR


def test_done_at_the_last_second_is_in_time() -> None:
    at = end_of(date(2026, 4, 23)) - timedelta(seconds=1)
    for sent_at, status in ((at, ClockStatus.MET), (at + timedelta(seconds=1), ClockStatus.MET_LATE)):
        found = {clock.name: clock.status(NOW) for clock in clocks(summary_sent(looked_at(), sent_at, NOW))}
        assert found[ClockName.HAZARD_SUMMARY] is status


@pytest.mark.parametrize("name", RECORDED)
def test_nothing_is_recorded_before_we_knew_nor_in_the_future_nor_without_a_zone(name: str) -> None:
    hazard = steps_taken() if name == "physically_started" else slow()
    with pytest.raises(Refused, match=r"before we became aware.*\(Awaab's Law\)"):
        RECORDED[name](hazard, AWARE - timedelta(seconds=1))
    with pytest.raises(Refused, match="in the future"):
        RECORDED[name](hazard, NOW + timedelta(seconds=1))
    with pytest.raises(BadInput, match="needs a time with its zone"):
        RECORDED[name](hazard, CONCLUDED.replace(tzinfo=None))


def test_what_we_knew_in_the_future_or_without_a_zone_is_refused() -> None:
    with pytest.raises(Refused, match="in the future"):
        earlier_awareness(slow(), NOW + HOUR, CALENDAR, NOW)
    with pytest.raises(BadInput, match="zone"):
        earlier_awareness(slow(), AWARE.replace(tzinfo=None), CALENDAR, NOW)


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded_stays(name: str) -> None:
    hazard = steps_taken() if name == "physically_started" else looked_at()
    act = RECORDED[name]
    if name != "investigated":
        hazard = act(hazard, CONCLUDED + HOUR)
    with pytest.raises(Refused, match="recorded already"):
        act(hazard, CONCLUDED + 2 * HOUR)


@pytest.mark.parametrize(
    "act",
    [
        *(lambda hazard, act=act: act(hazard, NOW) for act in RECORDED.values()),
        lambda hazard: confirm(hazard, "fire", "Why.", NOW),
        lambda hazard: regrade(hazard, HazardLevel.EMERGENCY, "Why.", CALENDAR, NOW),
        lambda hazard: clear(hazard, "Why.", NOW),
        lambda hazard: earlier_awareness(hazard, AWARE - HOUR, CALENDAR, NOW),
    ],
)
def test_nothing_more_is_done_with_a_hazard_that_was_cleared(act: Callable[[Hazard], Hazard]) -> None:
    with pytest.raises(Refused, match=r"was cleared; if there is one after all, raise it anew \(Awaab's Law\)"):
        act(clear(slow(), "None.", NOW))


@pytest.mark.parametrize(
    "act",
    [
        lambda hazard: confirm(hazard, "fire", " ", NOW),
        lambda hazard: regrade(hazard, HazardLevel.EMERGENCY, "", CALENDAR, NOW),
        lambda hazard: clear(hazard, "\n", NOW),
    ],
)
def test_no_decision_goes_without_a_reason(act: Callable[[Hazard], Hazard]) -> None:
    with pytest.raises(Refused, match="Say why"):
        act(slow())


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: regrade(slow(), HazardLevel.SIGNIFICANT, "Why.", CALENDAR, NOW), "of that level already: significant"),
        (lambda: summary_sent(slow(), CONCLUDED, NOW), "cannot go first"),
        (lambda: summary_sent(looked_at(), CONCLUDED - HOUR, NOW), "cannot go first"),
        (lambda: further_work_begun(slow(), CONCLUDED, NOW), "investigation must say first"),
        (lambda: further_work_begun(looked_at(), CONCLUDED, NOW, steps_only=True), "why the work cannot begin yet"),
        (
            lambda: further_work_begun(looked_at(), CONCLUDED, NOW, cannot_start_reason="Parts."),
            "why the work cannot begin yet",
        ),
        (
            lambda: further_work_begun(
                investigated(slow(), CONCLUDED, CALENDAR, NOW, further_work=False), CONCLUDED, NOW
            ),
            "no further work is needed",
        ),
        (lambda: physically_started(looked_at(), CONCLUDED, NOW), "steps alone were recorded"),
        (
            lambda: physically_started(further_work_begun(looked_at(), CONCLUDED, NOW), NOW, NOW),
            "steps alone were recorded",
        ),
        (lambda: physically_started(steps_taken(), CONCLUDED, NOW), "before the steps"),
    ],
)
def test_orders_that_make_no_sense_are_refused(act: Callable[[], Hazard], said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        act()
    assert refused.value.clause.startswith("Awaab's Law")
    assert "(Code" not in str(refused.value)


def test_moments_are_kept_in_utc() -> None:
    found = looked_at()
    assert found.investigated_at is not None
    assert found.investigated_at.utcoffset() == timedelta(0)
    assert clear(slow(), "None.", NOW.astimezone(LONDON)).cleared_at == NOW


def test_an_emergency_that_needed_no_work_is_dealt_with_once_it_was_looked_into() -> None:
    looked_into = investigated(emergency(AWARE), AWARE + HOUR, CALENDAR, NOW, safety_work=False)
    assert not looked_into.open
    assert looked_into.accommodation_due_at is None
    assert [clock.met_at for clock in clocks(looked_into)] == [AWARE + HOUR]
    assert investigated(emergency(AWARE), AWARE + HOUR, CALENDAR, NOW).open
