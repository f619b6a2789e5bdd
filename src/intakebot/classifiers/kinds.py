"""Kinds: what a message asks of the landlord, by the first rule that fits; doubt is told, and leans to complaint."""

from __future__ import annotations

from dataclasses import dataclass

from intakebot.classifiers.context import Findings
from intakebot.classifiers.dangers import prejudice_of_staff
from intakebot.classifiers.phrases import Hit
from intakebot.domain.labels import Flag, Kind, Tag

_DOUBT = 0.45
_BRIEF = 12
_WATER = ("water_escape", "water_caught")
_FAULTS = ("repair_fault", "reports_fault", "no_heating", "damp", "pests", "lift_out", "door_open", *_WATER)
DOUBT_REASON = "It may be a complaint or a request for service: a person must say; until then it counts as a complaint."


@dataclass(frozen=True, slots=True)
class Verdict:
    """A kind, with the reason a person should look, if there is one."""

    tag: Tag
    doubt: str = ""

    @property
    def kind(self) -> Kind:
        return Kind(self.tag.label)


def kind_of(found: Findings, *, danger: bool, housing: bool, questions: int) -> Verdict:
    """The kind of a message.

    `danger`: whether a safety flag is set; `housing`: whether it has a housing topic; `questions`: question marks.
    """
    return (
        _not_for_us(found, danger=danger, housing=housing)
        or _escalation(found)
        or _update(found)
        or _complaint(found)
        or _compliment(found, housing=housing)
        or _question(found, questions=questions, danger=found.score(Flag.EMERGENCY_HAZARD) > 0)
        or _request(found, housing=housing or danger)
    )


def _verdict(found: Findings, kind: Kind, score: float, hits: tuple[Hit, ...], doubt: str = "") -> Verdict:
    return Verdict(found.tag(kind, score, hits), doubt)


def _not_for_us(found: Findings, *, danger: bool, housing: bool) -> Verdict | None:
    machine, elsewhere = found.hits("machine_mail"), found.hits("other_landlord")
    early = [hit for hit in machine if hit.first < found.reading.subject_words + 30]
    titled = any(hit.last < found.reading.subject_words for hit in early) or len(found.hits("job_hunt")) > 1
    if (early or elsewhere or titled) and not danger and (titled or not found.has("formal_complaint")):
        return _verdict(found, Kind.NOT_FOR_US, 0.9, (*early, *elsewhere, *found.hits("job_hunt")))
    hits = found.hits("selling", "phishing", "job_hunt", "other_body")
    enough = len(found.hits("selling")) >= 2 or found.has("phishing", "job_hunt", "other_body")
    if enough and (not housing or len(found.hits("selling")) > 2) and not danger and not found.has("formal_complaint"):
        return _verdict(found, Kind.NOT_FOR_US, min(0.6 + 0.12 * len(hits), 0.97), hits)
    return None


def _escalation(found: Findings) -> Verdict | None:
    strong = found.hits("escalate")
    if strong:
        return _verdict(found, Kind.ESCALATION, found.score(Kind.ESCALATION), strong)
    pair = found.near(["escalate_weak"], ["answer_given"], 40)
    return _verdict(found, Kind.ESCALATION, 0.75, pair) if pair else None


def _update(found: Findings) -> Verdict | None:
    facts, ending, ref = found.hits("adds_facts"), found.hits("withdrawing"), found.hits("case_ref")
    grievance = found.score(Kind.COMPLAINT)
    if ending and grievance < 0.9:
        return _verdict(found, Kind.UPDATE, 0.85, ending)
    points = len(facts) + len(ref)
    missed_only = found.has("no_show") and bool(ref) and _neutral(found)
    if missed_only:
        return _verdict(found, Kind.UPDATE, 0.7, (*facts, *ref))
    asked = len(found.hits("asks", "asks_you")) + len(found.hits(*_FAULTS))
    if grievance < _DOUBT and facts and points >= 2 and points >= asked:
        return _verdict(found, Kind.UPDATE, min(0.6 + 0.08 * points, 0.95), (*facts, *ref))
    if grievance < _DOUBT and facts and not asked and not found.has("asks_information"):
        return _verdict(found, Kind.UPDATE, 0.65, facts)
    return None


def _neutral(found: Findings) -> bool:
    """Whether the only dissatisfaction is that nobody came, and nothing more is made of it."""
    return not found.has("angry", "formal_complaint") and len(found.hits("aimed")) <= 1


def _complaint(found: Findings) -> Verdict | None:
    prejudice = found.hits("hate_words", "hate_by_landlord") if prejudice_of_staff(found) else ()
    aimed = prejudice + found.hits("formal_complaint", "aimed", "reply_failed", "staff_bad", "compensation")
    angry = found.hits("angry")
    score = found.score(Kind.COMPLAINT)
    if found.has("neighbour_grievance") and not found.has("aimed", "reply_failed"):
        return _verdict(found, Kind.SERVICE_REQUEST, 0.6, found.hits("neighbour_grievance"), DOUBT_REASON)
    if aimed:
        score = max(score, 0.75)
        doubt = DOUBT_REASON if score < 0.81 and len(aimed) + len(angry) < 2 else ""
        return _verdict(found, Kind.COMPLAINT, score, (*aimed, *angry), doubt)
    if score >= _DOUBT and not found.has("asb_named", "thanks", "staff_praise"):
        hits = (*angry, *found.hits("long_wait", "weary", "you_said", "complaint_word", "your"))
        return _verdict(found, Kind.COMPLAINT, max(score, 0.5), hits, DOUBT_REASON)
    return None


def _compliment(found: Findings, *, housing: bool) -> Verdict | None:
    praise = found.hits("thanks", "staff_praise")
    if not praise and len(found.reading.words) < _BRIEF and not housing:
        praise = found.hits("thanks_word")
    if not praise or found.has("asks", "asks_you", "asks_information"):
        return None
    if housing and len(praise) < 2 and found.has("reports_fault"):
        return None
    return _verdict(found, Kind.COMPLIMENT, max(found.score(Kind.COMPLIMENT), 0.6), praise)


def _question(found: Findings, *, questions: int, danger: bool) -> Verdict | None:
    asked = found.hits("asks_information")
    if not asked and not questions:
        return None
    if danger or (found.has("asks", "asks_you", *_FAULTS) and not found.has("asks_to_know")):
        return None
    return _verdict(found, Kind.ENQUIRY, 0.7 if asked else 0.5, asked)


def _request(found: Findings, *, housing: bool) -> Verdict:
    hits = found.hits("asks", "asks_you", *_FAULTS)
    if hits or housing:
        return _verdict(found, Kind.SERVICE_REQUEST, min(0.6 + 0.05 * len(hits), 0.9), hits)
    return _verdict(found, Kind.SERVICE_REQUEST, 0.2, (), "Nothing in it was recognised.")
