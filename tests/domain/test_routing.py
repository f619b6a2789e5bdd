"""Who gets a case, and the sentence that says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.factories import officer

from intakebot.domain.labels import Category, Flag
from intakebot.domain.people import Absence, Officer, StaffRole
from intakebot.domain.places import PatchArea
from intakebot.domain.routing import Assignment, RoutingTable, TeamArea, route

TODAY = date(2026, 3, 2)
NORTH = PatchArea("north", "Larkmere North", ("ZZ1 1",), ("Elm",))
TABLE = RoutingTable(
    teams=(
        TeamArea("safety", "Safeguarding team", "s@example.org", flags=(Flag.SAFEGUARDING, Flag.DOMESTIC_ABUSE)),
        TeamArea("maintenance", "Maintenance", "m@example.org", (Category.REPAIRS, Category.STAFF_CONDUCT)),
        TeamArea("complaints", "Complaints team", "c@example.org"),
    ),
    patches=(NORTH,),
    default_team="complaints",
    duty_officer="duty@example.org",
)
BEN = officer(1, "Ben Castle", patches=("north",), open_cases=10)
NUALA = officer(2, "Nuala Reid", open_cases=2)


def go(
    categories: tuple[str, ...] = ("repairs",),
    flags: tuple[str, ...] = (),
    patch: PatchArea | None = None,
    text: str = "",
    officers: tuple[Officer, ...] = (BEN, NUALA),
) -> Assignment:
    return route(categories, flags, patch, text, TABLE, officers, TODAY)


def test_the_primary_category_chooses_the_team_and_the_lightest_load_the_officer() -> None:
    chosen = go()
    assert (chosen.team, chosen.officer) == ("maintenance", NUALA)
    assert chosen.reason == "Maintenance deals with repairs. Nuala Reid is at work and has room (2 of 30 cases)."


def test_the_officer_of_the_patch_comes_first() -> None:
    chosen = go(patch=NORTH)
    assert chosen.officer == BEN
    assert "looks after Larkmere North" in chosen.reason


def test_somebody_covers_a_patch_whose_officer_is_away_and_the_reason_names_both() -> None:
    away = replace(BEN, absences=(Absence(TODAY, TODAY),))
    chosen = go(patch=NORTH, officers=(away, NUALA))
    assert chosen.officer == NUALA
    assert "covers Larkmere North while Ben Castle is away" in chosen.reason


def test_a_full_officer_is_passed_over_and_when_all_are_full_it_says_so() -> None:
    full = replace(NUALA, open_cases=30)
    assert go(officers=(BEN, full)).officer == BEN
    everybody = go(officers=(replace(BEN, open_cases=40), full))
    assert everybody.officer == full
    assert "all are full" in everybody.reason


def test_nobody_at_work_leaves_it_in_the_teams_queue() -> None:
    away = (replace(BEN, absences=(Absence(TODAY, TODAY),)), replace(NUALA, active=False))
    chosen = go(officers=away)
    assert chosen.officer is None
    assert "Everybody in Maintenance is away today" in chosen.reason


def test_an_officer_named_in_a_complaint_about_staff_does_not_get_it() -> None:
    chosen = go(("repairs", "staff_conduct"), text="nuala reid shouted at my mum")
    assert chosen.officer == BEN
    assert "Code 5.8" in chosen.reason
    alone = go(("staff_conduct",), text="Nuala Reid shouted", officers=(NUALA,))
    assert alone.officer is None
    assert "the manager must choose" in alone.reason


def test_a_flag_comes_before_the_category_and_tells_the_duty_officer() -> None:
    chosen = go(flags=("domestic_abuse",))
    assert chosen.team == "safety"
    assert chosen.tell_duty_officer
    assert "domestic abuse" in chosen.reason


def test_an_emergency_stays_with_its_team_and_tells_the_duty_officer() -> None:
    chosen = go(flags=("emergency_hazard",))
    assert chosen.team == "maintenance"
    assert chosen.tell_duty_officer


def test_no_category_goes_to_the_default_team() -> None:
    chosen = go(())
    assert chosen.team == "complaints"
    assert chosen.reason.startswith("Complaints team takes it because no category was found.")


def test_admins_get_no_cases() -> None:
    assert go(officers=(replace(NUALA, role=StaffRole.ADMIN),)).officer is None
