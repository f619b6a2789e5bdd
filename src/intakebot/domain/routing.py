"""Routing: which team and officer a case goes to, and the reason in a sentence a colleague can check."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from intakebot.domain.labels import DANGER_FLAGS, Category, Flag
from intakebot.domain.people import TAKES_CASES, Officer
from intakebot.domain.places import PatchArea


@dataclass(frozen=True, slots=True)
class TeamArea:
    """A team and the work that is its own: flags come before categories."""

    id: str
    name: str
    manager: str
    categories: tuple[Category, ...] = ()
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class RoutingTable:
    """The landlord's teams, in order of precedence, and patches."""

    teams: tuple[TeamArea, ...]
    patches: tuple[PatchArea, ...]
    default_team: str
    duty_officer: str

    def team(self, team_id: str) -> TeamArea | None:
        """The team with this id."""
        return next((team for team in self.teams if team.id == team_id), None)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where a case goes. `officer` is None when nobody can take it: it then waits in the team's queue."""

    team: str
    officer: Officer | None
    reason: str
    patch: str = ""
    tell_duty_officer: bool = False


def route(
    categories: Sequence[str],
    flags: Sequence[str],
    patch: PatchArea | None,
    text: str,
    table: RoutingTable,
    officers: Sequence[Officer],
    today: date,
) -> Assignment:
    """Choose a team and an officer. Never fails: with nobody to take it, the case waits for its team.

    The team is the first that owns one of the flags, else the one that owns the primary category. Within it:
    at work today, not named in a complaint about staff (Code 5.8), of the patch if anybody is, with room, and
    then whoever carries the smallest share of their capacity.
    """
    team, why_team = _choose_team(categories, flags, table)
    danger = sorted(set(flags) & DANGER_FLAGS)
    patch_id = patch.id if patch else ""
    members = [o for o in officers if o.active and o.team == team.id and o.role in TAKES_CASES]
    officer, why_officer = _choose_officer(members, patch, categories, text, today, team.name)
    return Assignment(team.id, officer, f"{why_team} {why_officer}", patch_id, bool(danger))


def _choose_team(categories: Sequence[str], flags: Sequence[str], table: RoutingTable) -> tuple[TeamArea, str]:
    for team in table.teams:
        for flag in team.flags:
            if flag in flags:
                return team, f"{team.name} deals with {_words([flag])}."
    for category in categories[:1]:
        for team in table.teams:
            if category in team.categories:
                return team, f"{team.name} deals with {_words([category])}."
    default = table.team(table.default_team) or TeamArea(table.default_team, "The complaints team", "")
    why = "no team has this category" if categories else "no category was found"
    return default, f"{default.name} takes it because {why}."


def _choose_officer(
    members: Sequence[Officer],
    patch: PatchArea | None,
    categories: Sequence[str],
    text: str,
    today: date,
    team_name: str,
) -> tuple[Officer | None, str]:
    if not members:
        return None, f"Nobody is in {team_name}, so it waits in the team's queue."
    present = [o for o in members if not o.is_away(today)]
    if not present:
        return None, f"Everybody in {team_name} is away today, so it waits in the team's queue."
    named = {o.id for o in present if Category.STAFF_CONDUCT in categories and _is_named(o.name, text)}
    free = [o for o in present if o.id not in named]
    if not free:
        return None, "The message names everybody who could take it, so the manager must choose (Code 5.8)."
    pool, why_patch = _by_patch(free, members, patch, today)
    with_room = [o for o in pool if o.open_cases < o.capacity]
    pool, why_room = (with_room, "has room") if with_room else (pool, "has the least work, though all are full")
    chosen = min(pool, key=lambda o: (o.open_cases / max(o.capacity, 1), o.id))
    load = f"{chosen.open_cases} of {chosen.capacity} cases"
    conflict = " An officer named in the message was passed over (Code 5.8)." if named else ""
    return chosen, f"{chosen.name} {why_patch} and {why_room} ({load}).{conflict}"


def _by_patch(
    free: Sequence[Officer], members: Sequence[Officer], patch: PatchArea | None, today: date
) -> tuple[list[Officer], str]:
    if patch is None:
        return list(free), "is at work"
    local = [o for o in free if patch.id in o.patches]
    if local:
        return local, f"looks after {patch.name}"
    away = [o for o in members if patch.id in o.patches and o.is_away(today)]
    if away:
        return list(free), f"covers {patch.name} while {away[0].name} is away"
    return list(free), f"is at work (nobody in the team has {patch.name})"


def _is_named(name: str, text: str) -> bool:
    return bool(re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE))


def _words(ids: Sequence[str]) -> str:
    return ", ".join(i.replace("_", " ") for i in ids)
