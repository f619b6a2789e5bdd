"""The life of a hazard: staff decide what it is and record what was done. Each act is hazard in, hazard out.

What cannot be is `Refused`, naming the provision: an order that makes no sense, a moment still to come, a
decision without a reason, anything on a hazard that was cleared. Moments are aware; `at` is when something
happened, `now` when it is recorded, and how late it was the clocks show. Clearing never removes the record.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from intakebot.domain.hazards import (
    CLAUSE,
    HAZARD_TYPES,
    INVESTIGATION_CLAUSE,
    SUMMARY_CLAUSE,
    WORK_CLAUSE,
    Exclusion,
    Hazard,
    HazardLevel,
    HazardStatus,
    recounted,
)
from intakebot.domain.working_days import WorkingCalendar
from intakebot.errors import BadInput, Refused


def confirm(hazard: Hazard, hazard_type: str, reason: str, now: datetime) -> Hazard:
    """A person says that the hazard is there, and of which type. Raises BadInput for a type there is not."""
    _still_one(hazard)
    if hazard_type not in HAZARD_TYPES:
        raise BadInput(f"there is no hazard type {hazard_type!r}; docs/hazards.md lists them")
    return _decided(replace(hazard, status=HazardStatus.CONFIRMED, type=hazard_type), reason, now)


def regrade(hazard: Hazard, level: HazardLevel, reason: str, calendar: WorkingCalendar, now: datetime) -> Hazard:
    """Another level. The time still runs from when we became aware, so an emergency found late may be late at once."""
    _still_one(hazard)
    if level is hazard.level:
        raise Refused(f"This is a hazard of that level already: {level.value}", CLAUSE)
    return _decided(recounted(replace(hazard, level=level), calendar), reason, now)


def clear(hazard: Hazard, reason: str, now: datetime, exclusion: Exclusion | None = None) -> Hazard:
    """It is no hazard or, with an exclusion, not one of the Regulations'. Its clocks end; the record stays.

    Refused while the written summary of an investigation is owed: the tenant is told of it when none was found.
    """
    _still_one(hazard)
    summary_owed = hazard.summary_due and hazard.summary_sent_at is None and not hazard.outside
    if summary_owed and exclusion is None:
        raise Refused("It was investigated; send the tenant the written summary of the findings first", SUMMARY_CLAUSE)
    cleared = replace(hazard, status=HazardStatus.CLEARED, cleared_at=now.astimezone(UTC), exclusion=exclusion)
    return _decided(cleared, reason, now)


def earlier_awareness(hazard: Hazard, aware_at: datetime, calendar: WorkingCalendar, now: datetime) -> Hazard:
    """We, or a contractor of ours, knew earlier than we thought: every time counted from knowing moves earlier.

    Refused for a later moment: what we know now cannot buy time.
    """
    _still_one(hazard)
    aware_at = _in_the_past(aware_at, now, "The moment we became aware")
    if aware_at >= hazard.aware_at:
        raise Refused("We knew of the hazard by then already; the moment only ever moves earlier", CLAUSE)
    return recounted(replace(hazard, aware_at=aware_at), calendar)


def investigated(
    hazard: Hazard,
    at: datetime,
    calendar: WorkingCalendar,
    now: datetime,
    *,
    safety_work: bool = True,
    further_work: bool = True,
) -> Hazard:
    """The investigation concluded. For a significant hazard the days for what follows are counted from then.

    `safety_work` and `further_work`: whether it found that work of that sort is needed.
    """
    at = _since_aware(hazard, at, now, "The end of the investigation")
    _once(hazard.investigated_at, "The investigation", INVESTIGATION_CLAUSE)
    found = replace(hazard, investigated_at=at, safety_work_needed=safety_work, further_work_needed=further_work)
    return recounted(found, calendar)


def summary_sent(hazard: Hazard, at: datetime, now: datetime) -> Hazard:
    """The written summary of the findings went to the tenant."""
    at = _since_aware(hazard, at, now, "The written summary")
    _once(hazard.summary_sent_at, "The written summary", SUMMARY_CLAUSE)
    if hazard.investigated_at is None or at < hazard.investigated_at:
        raise Refused("The written summary tells what the investigation found, so it cannot go first", SUMMARY_CLAUSE)
    return replace(hazard, summary_sent_at=at)


def made_safe(hazard: Hazard, at: datetime, now: datetime) -> Hazard:
    """The safety work is done. It may come before the investigation is concluded."""
    at = _since_aware(hazard, at, now, "The safety work")
    _once(hazard.made_safe_at, "The safety work", WORK_CLAUSE)
    return replace(hazard, made_safe_at=at)


def further_work_begun(
    hazard: Hazard, at: datetime, now: datetime, *, steps_only: bool = False, cannot_start_reason: str = ""
) -> Hazard:
    """Preventive work began or, with `steps_only`, steps were taken to begin it, and why it cannot begin yet.

    After steps alone the work must physically start within 12 weeks of the investigation.
    """
    at = _since_aware(hazard, at, now, "The further work")
    _once(hazard.further_work_begun_at, "The start of further work", WORK_CLAUSE)
    if hazard.investigated_at is None:
        raise Refused("What further work is needed, the investigation must say first", WORK_CLAUSE)
    if not hazard.further_work_needed:
        raise Refused("The investigation found that no further work is needed", WORK_CLAUSE)
    why = cannot_start_reason.strip()
    if steps_only != bool(why):
        raise Refused("Say why the work cannot begin yet where only steps were taken, and nowhere else", WORK_CLAUSE)
    return replace(hazard, further_work_begun_at=at, cannot_start_reason=why)


def physically_started(hazard: Hazard, at: datetime, now: datetime) -> Hazard:
    """Further work for which only steps had been taken has started on the ground."""
    at = _since_aware(hazard, at, now, "The physical start")
    _once(hazard.physically_started_at, "The physical start", WORK_CLAUSE)
    begun_at = hazard.further_work_begun_at
    if begun_at is None or not hazard.cannot_start_reason:
        raise Refused("Only work for which steps alone were recorded is still to start", WORK_CLAUSE)
    if at < begun_at:
        raise Refused("The work cannot have started before the steps to begin it were taken", WORK_CLAUSE)
    return replace(hazard, physically_started_at=at)


def accommodation_offered(hazard: Hazard, at: datetime, now: datetime) -> Hazard:
    """Somewhere suitable to stay was offered at the landlord's expense. It stops no clock."""
    at = _since_aware(hazard, at, now, "The offer of somewhere else to stay")
    _once(hazard.accommodation_offered_at, "The offer of somewhere else to stay", CLAUSE)
    return replace(hazard, accommodation_offered_at=at)


def _still_one(hazard: Hazard) -> None:
    if hazard.status is HazardStatus.CLEARED:
        raise Refused("This hazard was cleared; if there is one after all, raise it anew", CLAUSE)


def _decided(hazard: Hazard, reason: str, now: datetime) -> Hazard:
    if not reason.strip():
        raise Refused("Say why: a decision about a hazard needs its reason", CLAUSE)
    return replace(hazard, reason=reason.strip(), decided_at=now.astimezone(UTC))


def _in_the_past(at: datetime, now: datetime, what: str) -> datetime:
    if at.tzinfo is None:
        raise BadInput(f"{what} needs a time with its zone, such as +00:00")
    if at > now:
        raise Refused(f"{what} cannot lie in the future", CLAUSE)
    return at.astimezone(UTC)


def _since_aware(hazard: Hazard, at: datetime, now: datetime, what: str) -> datetime:
    _still_one(hazard)
    at = _in_the_past(at, now, what)
    if at < hazard.aware_at:
        raise Refused(f"{what} cannot lie before we became aware; if we knew earlier, record that first", CLAUSE)
    return at


def _once(recorded: datetime | None, what: str, clause: str) -> None:
    if recorded is not None:
        raise Refused(f"{what} is recorded already; what was recorded stays", clause)
