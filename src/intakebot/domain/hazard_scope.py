"""Where Awaab's Law reaches: which hazards, in whose homes, from which day. Outside it another duty holds.

The law comes into force by phases, so its reach is a table of dates a landlord's settings can add to; only what
is in force stands in it by default. A hazard outside is recorded and told of all the same: the home must be
fit to live in, and the Ombudsman judges by that. The exclusions that turn on the facts of a home (`Exclusion`)
are never decided here: staff find them, with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from intakebot.domain.hazards import CROWDING, DAMP_MOULD, HAZARD_TYPES, Hazard, HazardLevel
from intakebot.domain.wording import long_day
from intakebot.domain.working_days import local_date

EVERY: Final = "all"
REACHABLE: Final = frozenset(HAZARD_TYPES) - {CROWDING} | {EVERY}
"""What a period may name: any hazard but overcrowding, which the law never reaches, or all of those."""

_NOT_TENANTS: Final[Mapping[str, str]] = {
    "leaseholder": "leaseholders",
    "lcho": "shared owners",
    "shared_owner": "shared owners",
    "licensee": "licensees",
}
"""Tenures outside the law. Every other, and one that is not known, counts as a tenant's: flag first."""

_OMBUDSMAN: Final = "The Ombudsman judges it by the duty to keep a home fit to live in, not by Awaab's Law."


@dataclass(frozen=True, slots=True)
class ScopePeriod:
    """What the law reaches where the landlord became aware on or after `since`, a local date.

    For each level the ids of hazards, or EVERY among them.
    """

    since: date
    significant: frozenset[str]
    emergency: frozenset[str] = frozenset({EVERY})

    def reaches(self, level: HazardLevel, hazard_type: str) -> bool:
        """Whether the law reaches a hazard of this level and type; a type not known yet counts as one it reaches."""
        reached = self.emergency if level is HazardLevel.EMERGENCY else self.significant
        return hazard_type != CROWDING and (not hazard_type or EVERY in reached or hazard_type in reached)


IN_FORCE: Final = (ScopePeriod(date(2025, 10, 27), frozenset({DAMP_MOULD})),)
"""Phase 1. The phases announced for 2026 and 2027 had no commencement regulations when this was written."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the Regulations' clocks apply, and if not `why_not`, in sentences for staff."""

    why_not: str = ""

    @property
    def applies(self) -> bool:
        """Whether they apply."""
        return not self.why_not


def in_scope(
    level: HazardLevel, hazard_type: str, tenure: str, on: date, scope: Sequence[ScopePeriod] = IN_FORCE
) -> Standing:
    """Whether Awaab's Law applies to a hazard the landlord became aware of on a local date, and if not, why.

    The period that counts is the newest of `scope` begun by then. A tenure or type that is not known counts as
    within the law, so that a doubt starts the clocks.
    """
    period = max((p for p in scope if p.since <= on), key=lambda p: p.since, default=None)
    if group := _NOT_TENANTS.get(tenure.strip().casefold()):
        return _outside(f"Awaab's Law is for tenants, not {group}.")
    if hazard_type == CROWDING:
        return _outside("Awaab's Law never covers overcrowding.")
    if period is None:
        return _outside(f"We knew of it on {long_day(on)}, when Awaab's Law was not in force.")
    if not period.reaches(level, hazard_type):
        return _outside(f"Awaab's Law does not cover {level.value} hazards of this type yet.")
    return Standing()


def weighed(hazard: Hazard, tenure: str, scope: Sequence[ScopePeriod] = IN_FORCE) -> Hazard:
    """The hazard with `outside` said anew: whenever its level, type or awareness, or the tenure, has changed."""
    standing = in_scope(hazard.level, hazard.type, tenure, local_date(hazard.aware_at), scope)
    return replace(hazard, outside=standing.why_not)


def _outside(sentence: str) -> Standing:
    return Standing(f"{sentence} {_OMBUDSMAN}")
