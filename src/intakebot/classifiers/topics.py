"""Topics: the categories of a message, the primary one first; a passing mention is not a topic."""

from __future__ import annotations

from intakebot.classifiers.context import Findings
from intakebot.classifiers.dangers import prejudice_of_staff
from intakebot.classifiers.phrases import Hit
from intakebot.domain.labels import Category, Flag, Kind, Need, Tag

_ENOUGH = 0.55
_SHARE_OF_FIRST = 0.22
_SUBJECT_COUNTS = 1.6
_LONG = 60
_PARTS = (
    ("home_part", Category.REPAIRS),
    ("shared_part", Category.COMMUNAL_AREAS),
    ("rent_part", Category.RENTS),
    ("asb_part", Category.ASB),
    ("tenancy_part", Category.TENANCY_MANAGEMENT),
)
_SHARED_DANGERS = ("fire_door", "blocked_escape", "damp", "structure", "somebody_fell", "fire_now", "fire_told")
_FORMATS = tuple(f"need_{need}" for need in Need if need is not Need.OTHER)
_NEED_DEFECT = ("damp",)
_ABOUT_SERVICE = (Category.COMPLAINT_HANDLING, Category.STAFF_CONDUCT)


def topics(found: Findings, kind: Kind, flags: list[Tag]) -> list[Tag]:
    """Categories in order, for a message of this kind with these flags."""
    if kind is Kind.NOT_FOR_US:
        return []
    strength = _strengths(found)
    _relate(found, kind, strength)
    if not strength:
        return _welfare(flags)
    first = max(total for total, _ in strength.values())
    floor = first * _SHARE_OF_FIRST if len(found.reading.words) > _LONG else 0.0
    ordered = sorted(strength.items(), key=lambda item: (-item[1][0], item[1][1][0].first))
    tags = []
    for category, (total, hits) in ordered:
        score = found.score(category) or 0.7
        if score >= _ENOUGH and total >= floor:
            tags.append(found.tag(category, score, hits))
    return tags or _welfare(flags)


def _strengths(found: Findings) -> dict[str, tuple[float, list[Hit]]]:
    """For each category how much is said of it, and where; what stands in the subject counts more."""
    subject = found.reading.subject_words
    strength: dict[str, tuple[float, list[Hit]]] = {}
    for category in Category:
        if category in found.by_label:
            hits = list(found.by_label[category])
            total = sum(hit.signal.weights[category] * (_SUBJECT_COUNTS if hit.last < subject else 1.0) for hit in hits)
            strength[category] = (total, hits)
    return strength


def _relate(found: Findings, kind: Kind, strength: dict[str, tuple[float, list[Hit]]]) -> None:
    """The rules that need more than one signal, or the kind."""
    if found.has("damp") and kind is not Kind.ENQUIRY and Category.REPAIRS not in strength:
        pair = found.near(_NEED_DEFECT, ["repair_defect"], 12)
        if pair:
            strength[Category.REPAIRS] = (0.7, [pair[1]])
    blamed = [hit for hit in found.hits("staff_named") if hit.last < found.reading.subject_words]
    if blamed and kind is Kind.COMPLAINT and not strength:
        strength[Category.STAFF_CONDUCT] = (0.6, blamed)
    if not found.has("adult_risk", "child_risk"):
        _fall_back(found, strength)
    if found.has("lift_out") and found.has("housebound", "cut_off") and Category.BUILDING_SAFETY not in strength:
        strength[Category.BUILDING_SAFETY] = (0.7, list(found.hits("housebound", "cut_off")))
    praise = kind is Kind.COMPLIMENT
    if not praise and not found.has("staff_bad") and not blamed:
        strength.pop(Category.STAFF_CONDUCT, None)
    if kind in (Kind.ENQUIRY, Kind.COMPLIMENT) and found.has("about_complaints"):
        strength.setdefault(Category.COMPLAINT_HANDLING, (1.0, list(found.hits("about_complaints"))))
    elif not found.has("reply_failed", "answer_wrong") or (
        kind is not Kind.ESCALATION and not found.has("reply_failed")
    ):
        strength.pop(Category.COMPLAINT_HANDLING, None)
    ignored = found.near(_FORMATS, ["asked_before"], 20)
    if ignored and kind is Kind.COMPLAINT:
        strength.setdefault(Category.COMPLAINT_HANDLING, (0.8, list(ignored)))
    if prejudice_of_staff(found):
        strength.pop(Category.ASB, None)
        strength.setdefault(Category.STAFF_CONDUCT, (0.9, list(found.hits("hate_by_landlord", "hate_words"))))
    if found.has("abuse_told", "abuse_named") and not found.has("asb_named", "abuse_heard"):
        strength.pop(Category.ASB, None)
    shared = found.near(_SHARED_DANGERS, ["communal_place"], 6)
    if shared and Category.COMMUNAL_AREAS not in strength:
        strength[Category.COMMUNAL_AREAS] = (0.7, [shared[1]])


def _fall_back(found: Findings, strength: dict[str, tuple[float, list[Hit]]]) -> None:
    """A part of the home or the building named without a fault is the topic when no other is."""
    if any(category not in _ABOUT_SERVICE for category in strength):
        return
    named = [(found.hits(signal), category) for signal, category in _PARTS]
    parts, category = max(named, key=lambda part: len(part[0]))
    if parts:
        strength[category] = (0.6, list(parts))


def _welfare(flags: list[Tag]) -> list[Tag]:
    """A welfare concern with no other topic belongs under `other`."""
    worry = [tag for tag in flags if tag.label == Flag.SAFEGUARDING]
    abuse = any(tag.label == Flag.DOMESTIC_ABUSE for tag in flags)
    return [Tag(Category.OTHER, 0.6, worry[0].evidence)] if worry and not abuse else []
