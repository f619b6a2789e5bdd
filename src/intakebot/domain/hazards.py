"""Hazards: what is known of a danger in a home, and the clocks of Awaab's Law that run beside a complaint's own.

Landlord and Tenant Act 1985 s.10A and the Hazards in Social Housing (Prescribed Requirements) (England)
Regulations 2025 (SI 2025/1042). The clock starts when the landlord becomes aware, by whatever route. How
severe a hazard is, staff decide: what they may do with one is in `hazard_life`, where the law reaches in
`hazard_scope`. Instants are kept in UTC; due days are local dates in Europe/London.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from intakebot.domain.message import require_aware
from intakebot.domain.timescales import Clock, ClockName, end_of
from intakebot.domain.working_days import WorkingCalendar, local_date

CLAUSE: Final = "Awaab's Law"
INVESTIGATION_CLAUSE: Final = f"{CLAUSE} reg 6"
SUMMARY_CLAUSE: Final = f"{CLAUSE} reg 9"
WORK_CLAUSE: Final = f"{CLAUSE} reg 11"

EMERGENCY_LIMIT: Final = timedelta(hours=24)
INVESTIGATION_DAYS: Final = 10
SUMMARY_DAYS: Final = 3
SAFETY_WORK_DAYS: Final = 5
FURTHER_WORK_DAYS: Final = 5
LATEST_START: Final = timedelta(weeks=12)

DAMP_MOULD: Final = "damp_mould"
CROWDING: Final = "crowding_space"
HAZARD_TYPES: Final[Mapping[str, str]] = {
    DAMP_MOULD: "Damp and mould",
    "excess_cold": "Excess cold",
    "excess_heat": "Excess heat",
    "asbestos_mmf": "Asbestos and man-made mineral fibres",
    "biocides": "Biocides",
    "carbon_monoxide": "Carbon monoxide and other fumes of burning fuel",
    "lead": "Lead",
    "radiation": "Radiation",
    "fuel_gas": "Unburnt fuel gas",
    "vocs": "Volatile organic compounds",
    CROWDING: "Crowding and space",
    "intruders": "Entry by intruders",
    "lighting": "Lighting",
    "noise": "Noise",
    "hygiene_pests_refuse": "Domestic hygiene, pests and refuse",
    "food_safety": "Food safety",
    "sanitation_drainage": "Personal hygiene, sanitation and drainage",
    "water_supply": "Water supply",
    "falls_baths": "Falls associated with baths and showers",
    "falls_level": "Falls on level surfaces",
    "falls_stairs": "Falls on stairs and steps",
    "falls_between_levels": "Falls between levels",
    "electrical": "Electrical hazards",
    "fire": "Fire",
    "hot_surfaces": "Flames and hot surfaces",
    "collision_entrapment": "Collision and entrapment",
    "explosions": "Explosions",
    "amenities": "Position and working of amenities",
    "structural_collapse": "Structural collapse and falling parts",
}
"""The 29 hazards of the Housing Health and Safety Rating System: id to plain title."""


class HazardLevel(StrEnum):
    """How soon a hazard must be dealt with."""

    EMERGENCY = "emergency"
    SIGNIFICANT = "significant"


class HazardStatus(StrEnum):
    """What a person has made of it: nothing yet, that it is there, or that it is not one. No record is removed."""

    POSSIBLE = "possible"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"


class Exclusion(StrEnum):
    """Why the Regulations leave a hazard out. Only staff find this, with a reason; intake never does."""

    NOT_OUR_DUTY = "not_our_duty"
    NOT_DISREPAIR = "not_disrepair"
    OUTSIDE_CONTROL = "outside_control"
    TENANT_BREACH = "tenant_breach"
    CLADDING = "cladding"
    OVERCROWDING = "overcrowding"


@dataclass(frozen=True, slots=True)
class Hazard:
    """A hazard somebody told the landlord of; `number` counts those of one case from 1.

    `aware_at` is the earliest receipt on any channel. `due_at` is the limit that follows from it: 24 elapsed
    hours for an emergency, whose `due_on` is None; else the midnight that ends the last day to investigate.
    `type` is an id of HAZARD_TYPES, "" while unknown. `reason` is that of the last decision about it.
    `outside` says why the Regulations do not apply, "" where they do (`hazard_scope.weighed`). The days after
    the investigation are None where nothing is owed. `cannot_start_reason` is set where steps were taken but
    further work could not begin; `physically_started_at` is when it then did.
    """

    level: HazardLevel
    aware_at: datetime
    due_at: datetime
    due_on: date | None = None
    number: int = 1
    type: str = ""
    status: HazardStatus = HazardStatus.POSSIBLE
    raised_by: str = ""
    outside: str = ""
    reason: str = ""
    decided_at: datetime | None = None
    investigated_at: datetime | None = None
    safety_work_needed: bool = True
    further_work_needed: bool = True
    summary_due: date | None = None
    safety_work_due: date | None = None
    further_work_due: date | None = None
    latest_start: date | None = None
    summary_sent_at: datetime | None = None
    made_safe_at: datetime | None = None
    further_work_begun_at: datetime | None = None
    cannot_start_reason: str = ""
    physically_started_at: datetime | None = None
    accommodation_offered_at: datetime | None = None
    cleared_at: datetime | None = None
    exclusion: Exclusion | None = None

    @property
    def open(self) -> bool:
        """Whether anything is still to be done about it, in or outside the law's reach."""
        if self.status is HazardStatus.CLEARED:
            return False
        return any(duty.met_at is None for duty in _duties(self))

    @property
    def next_due_at(self) -> datetime | None:
        """When the next thing the law still asks for is due, in UTC; None where it asks for nothing more."""
        return min((clock.due_at for clock in clocks(self) if clock.met_at is None), default=None)

    @property
    def accommodation_due_at(self) -> datetime | None:
        """By when the tenant must be offered somewhere else to stay, if the home is not safe by then; in UTC.

        None where none is owed: cleared, outside the law, made safe, offered already, or not yet investigated.
        """
        settled = self.made_safe_at or self.accommodation_offered_at or self.cleared_at
        if settled or self.outside or not self.safety_work_needed:
            return None
        if self.level is HazardLevel.EMERGENCY:
            return self.due_at
        return end_of(self.safety_work_due) if self.safety_work_due else None


def emergency(aware_at: datetime, *, number: int = 1, raised_by: str = "", hazard_type: str = "") -> Hazard:
    """Investigate and make safe within 24 elapsed hours: nights, days off and clock changes do not stop it.

    Raises ValueError if `aware_at` has no zone.
    """
    aware_at = require_aware(aware_at).astimezone(UTC)
    due_at = aware_at + EMERGENCY_LIMIT
    return Hazard(HazardLevel.EMERGENCY, aware_at, due_at, number=number, type=hazard_type, raised_by=raised_by)


def significant(
    aware_at: datetime, calendar: WorkingCalendar, *, number: int = 1, raised_by: str = "", hazard_type: str = ""
) -> Hazard:
    """Investigate within 10 working days; the local day of becoming aware is day 0.

    Raises ValueError if `aware_at` has no zone, BadInput outside the calendar.
    """
    at = require_aware(aware_at).astimezone(UTC)
    new = Hazard(HazardLevel.SIGNIFICANT, at, at, number=number, type=hazard_type, raised_by=raised_by)
    return recounted(new, calendar)


def recounted(hazard: Hazard, calendar: WorkingCalendar) -> Hazard:
    """The same facts with every due date counted anew from them: after an act, or when the calendar changed.

    Working days are counted from the local date of becoming aware or of the investigation's end, which is day
    0; the 12 weeks are calendar weeks. Raises BadInput outside the calendar.
    """
    if hazard.level is HazardLevel.EMERGENCY:
        return replace(
            hazard,
            due_at=hazard.aware_at + EMERGENCY_LIMIT,
            due_on=None,
            summary_due=None,
            safety_work_due=None,
            further_work_due=None,
            latest_start=None,
        )
    due_on = calendar.add(local_date(hazard.aware_at), INVESTIGATION_DAYS)
    counted = replace(hazard, due_at=end_of(due_on), due_on=due_on)
    if hazard.investigated_at is None:
        return counted
    concluded_on = local_date(hazard.investigated_at)
    further = hazard.further_work_needed
    return replace(
        counted,
        summary_due=calendar.add(concluded_on, SUMMARY_DAYS),
        safety_work_due=calendar.add(concluded_on, SAFETY_WORK_DAYS) if hazard.safety_work_needed else None,
        further_work_due=calendar.add(concluded_on, FURTHER_WORK_DAYS) if further else None,
        latest_start=concluded_on + LATEST_START if further else None,
    )


def clocks(hazard: Hazard) -> tuple[Clock, ...]:
    """The clocks of one hazard, met or running: none once it is cleared, and none outside the law's reach.

    An emergency has one, met when it is both investigated and made safe. A significant hazard has the
    investigation's and, when that is done, one for each thing that follows from it.
    """
    if hazard.status is HazardStatus.CLEARED or hazard.outside:
        return ()
    return tuple(_duties(hazard))


def clocks_of_hazards(hazards: Iterable[Hazard]) -> tuple[Clock, ...]:
    """The clocks of all hazards of a case, at most one of each name: the unmet one that is due first.

    Where all of a name are met it is the one met last. What is unmet comes first, by when it is due.
    """
    chosen: dict[ClockName, Clock] = {}
    for clock in (clock for hazard in hazards for clock in clocks(hazard)):
        held = chosen.get(clock.name)
        if held is None or _more_pressing(clock, held):
            chosen[clock.name] = clock
    return tuple(sorted(chosen.values(), key=lambda clock: (clock.met_at is not None, clock.due_at)))


def most_urgent(hazards: Iterable[Hazard]) -> Hazard | None:
    """The open hazard to see to first: an emergency before the rest, then by when it is due; None without one."""
    waiting = [hazard for hazard in hazards if hazard.open]
    return min(waiting, key=lambda h: (h.level is not HazardLevel.EMERGENCY, h.due_at), default=None)


def _more_pressing(clock: Clock, held: Clock) -> bool:
    if clock.met_at is not None and held.met_at is not None:
        return clock.met_at > held.met_at
    if clock.met_at is None and held.met_at is None:
        return clock.due_at < held.due_at
    return clock.met_at is None


def _duties(hazard: Hazard) -> Iterator[Clock]:
    """Everything to be done about a hazard that is one, whether or not the law sets a time for it here."""
    investigated_at, made_safe_at = hazard.investigated_at, hazard.made_safe_at
    if hazard.level is HazardLevel.EMERGENCY:
        safe_at = made_safe_at if hazard.safety_work_needed else investigated_at
        both = max(investigated_at, safe_at) if investigated_at and safe_at else None
        yield Clock(ClockName.HAZARD_EMERGENCY, CLAUSE, hazard.aware_at, hazard.due_at, met_at=both)
        return
    yield Clock(
        ClockName.HAZARD_INVESTIGATION,
        INVESTIGATION_CLAUSE,
        hazard.aware_at,
        hazard.due_at,
        hazard.due_on,
        investigated_at,
    )
    if investigated_at is None:
        return
    latest_start = hazard.latest_start if hazard.cannot_start_reason else None
    for name, clause, due_on, met_at in (
        (ClockName.HAZARD_SUMMARY, SUMMARY_CLAUSE, hazard.summary_due, hazard.summary_sent_at),
        (ClockName.HAZARD_SAFETY_WORK, WORK_CLAUSE, hazard.safety_work_due, made_safe_at),
        (ClockName.HAZARD_FURTHER_WORK, WORK_CLAUSE, hazard.further_work_due, hazard.further_work_begun_at),
        (ClockName.HAZARD_LATEST_START, WORK_CLAUSE, latest_start, hazard.physically_started_at),
    ):
        if due_on is not None:
            yield Clock(name, clause, investigated_at, end_of(due_on), due_on, met_at)
