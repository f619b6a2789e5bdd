"""Hazards and safety: which flags the signals of a message add up to, by the definitions of the labels.

Where a definition joins two things (no heating and a baby and cold; water and electrics), the joining is here.
Recall goes before precision; what is harmless has been taken back by context before it comes here.
"""

from __future__ import annotations

from intakebot.classifiers.context import Findings
from intakebot.classifiers.phrases import Hit
from intakebot.domain.labels import Flag, Tag


def danger_flags(found: Findings, frail: tuple[Hit, ...]) -> list[Tag]:
    """emergency_hazard or significant_hazard (never both), safeguarding, domestic_abuse, hate_incident.

    `frail` are the hits that say a resident is old, ill, pregnant or an infant, ages included.
    """
    tags = [tag for tag in (_abuse(found), _hate(found)) if tag]
    safeguarding = _safeguarding(found, abuse=any(tag.label == Flag.DOMESTIC_ABUSE for tag in tags))
    if safeguarding:
        tags.append(safeguarding)
    hazard = _emergency(found, frail) or _significant(found, frail)
    return [hazard, *tags] if hazard else tags


def _emergency(found: Findings, frail: tuple[Hit, ...]) -> Tag | None:
    direct = found.by_label.get(Flag.EMERGENCY_HAZARD, ())
    if direct:
        return found.tag(Flag.EMERGENCY_HAZARD, found.score(Flag.EMERGENCY_HAZARD), direct)
    joined = (
        _ceiling_still_falling(found)
        or _cold_and_frail(found, frail)
        or _trapped_now(found)
        or _cut_off_by_lift(found)
        or _mould_and_baby(found)
        or _violent_with_keys(found)
    )
    return found.tag(Flag.EMERGENCY_HAZARD, 0.85, joined) if joined else None


def _ceiling_still_falling(found: Findings) -> tuple[Hit, ...]:
    return found.near(["ceiling_fallen"], ["more_to_come"], 15) or found.near(["ceiling_fallen"], ["just_now"], 8) or ()


def _cold_and_frail(found: Findings, frail: tuple[Hit, ...]) -> tuple[Hit, ...]:
    cold = found.hits("cold_stated")
    out = found.hits("no_heating")
    return (out[0], cold[0], frail[0]) if out and cold and frail else ()


def _trapped_now(found: Findings) -> tuple[Hit, ...]:
    return found.near(["stuck_in_lift"], ["just_now"], 8) or ()


def _cut_off_by_lift(found: Findings) -> tuple[Hit, ...]:
    out = found.hits("lift_out")
    return (out[0], found.hits("cut_off")[0]) if out and found.has("cut_off") else ()


def _mould_and_baby(found: Findings) -> tuple[Hit, ...]:
    pair = found.near(["baby"], ["breath_trouble"], 12)
    damp = found.hits("damp")
    return (damp[0], *pair) if damp and pair else ()


def _violent_with_keys(found: Findings) -> tuple[Hit, ...]:
    violent = found.by_label.get(Flag.DOMESTIC_ABUSE, ())
    keys = found.hits("keys_held")
    return (violent[0], keys[0]) if violent and keys else ()


def _significant(found: Findings, frail: tuple[Hit, ...]) -> Tag | None:
    direct = found.by_label.get(Flag.SIGNIFICANT_HAZARD, ())
    score = found.score(Flag.SIGNIFICANT_HAZARD)
    if direct:
        return found.tag(Flag.SIGNIFICANT_HAZARD, score, direct)
    lost = found.hits("no_heating", "gas_capped")
    if lost and frail:
        return found.tag(Flag.SIGNIFICANT_HAZARD, 0.75, (lost[0], frail[0]))
    fall = found.near(["somebody_fell"], ["trip_place"], 12)
    if fall:
        return found.tag(Flag.SIGNIFICANT_HAZARD, 0.75, fall)
    breaking = found.near(["asbestos"], ["breaking_up"], 25)
    if breaking:
        return found.tag(Flag.SIGNIFICANT_HAZARD, 0.8, breaking)
    fallen = found.hits("ceiling_fallen")
    return found.tag(Flag.SIGNIFICANT_HAZARD, 0.6, fallen) if fallen else None


def _abuse(found: Findings) -> Tag | None:
    hits = found.by_label.get(Flag.DOMESTIC_ABUSE, ())
    return found.tag(Flag.DOMESTIC_ABUSE, found.score(Flag.DOMESTIC_ABUSE), hits) if hits else None


def _safeguarding(found: Findings, *, abuse: bool) -> Tag | None:
    hits = found.by_label.get(Flag.SAFEGUARDING, ())
    if hits:
        return found.tag(Flag.SAFEGUARDING, found.score(Flag.SAFEGUARDING), hits)
    if abuse:
        contact = found.near(["abuse_named", "abuse_told"], ["abuse_now"], 25)
        if contact and not found.near(["abuse_named", "abuse_told"], ["settled"], 12):
            return found.tag(Flag.SAFEGUARDING, 0.75, contact)
    return None


def prejudice_of_staff(found: Findings) -> bool:
    """Whether the prejudice told of is the landlord's own, with nobody else near the words."""
    if not found.has("hate_words", "hate_by_landlord") or found.near(["hate_words"], ["hate_by_others"], 12):
        return False
    return found.has("hate_by_landlord") or found.near(["hate_words"], ["staff_named"], 25) is not None


def _hate(found: Findings) -> Tag | None:
    """Hostility by others. Unequal treatment or a prejudiced word by the landlord's staff is staff_conduct only."""
    hits = found.by_label.get(Flag.HATE_INCIDENT, ())
    if not hits:
        return None
    return None if prejudice_of_staff(found) else found.tag(Flag.HATE_INCIDENT, found.score(Flag.HATE_INCIDENT), hits)
