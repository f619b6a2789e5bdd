"""Verdict: what the encoder heard and what the rules found become one classification. Pure.

For the safety flags either is enough. Scores near the line, and a kind that hangs between a complaint and something
less, go to a person: a complaint taken for anything else is the failure that costs most (Code 1.2 to 1.6).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from intakebot.classifiers.language import UNDETERMINED
from intakebot.domain.labels import DANGER_FLAGS, Category, Classification, Flag, Kind, Need, Tag
from intakebot.domain.phones import RELAY_CHANNELS

SAFETY_FLAGS: Final = DANGER_FLAGS | {Flag.HATE_INCIDENT}
_LIKELY = 0.5
_ENOUGH: Final = {Flag.EMERGENCY_HAZARD: 0.45, Flag.DOMESTIC_ABUSE: 0.35, Flag.HATE_INCIDENT: 0.4}
"""Some are told in hints more often than in words, and missed at a person's cost: less is enough."""
_RULES_ALONE = 0.6
"""Where only the rules see danger, they must be this sure."""
_UNHEARD = 0.3
"""And the encoder not surer than this that there is none: it has read the whole, and they a phrase."""
_RATHER_EMERGENCY = 1.0
"""Of two hazards that never stand together the surer is said; in doubt, by so much in log odds, the emergency."""
_TOPIC_AT_LEAST = 0.2
_SURE_OF_KIND = 0.6
_LIKELY_COMPLAINT = 0.3
"""So likely a complaint counts as one: to take a request for a complaint is a courtesy, the reverse a breach."""
_MAYBE_COMPLAINT = 0.15
_COMPLAINING = (Kind.COMPLAINT, Kind.ESCALATION)
_HARMLESS = (Kind.COMPLIMENT, Kind.UPDATE, Kind.ENQUIRY)
_QUOTES = 3


def verdict(
    kinds: Mapping[Kind, float],
    labels: Mapping[str, float],
    quotes: Mapping[str, str],
    rules: Classification,
    channel: str,
    language: str,
    version: str,
) -> Classification:
    """Join the scores with what the rules say. `quotes` are the encoder's words of evidence, by label and "kind"."""
    if language == UNDETERMINED:
        return replace(rules, language=language, version=version)  # no words: whatever was heard is chance
    flags = _flags(labels, quotes, rules)
    kind, reason = _kind(kinds, flags, language)
    if kind is not Kind.NOT_FOR_US and _maybe_emergency(labels, flags):
        reason = reason or "Its hazard may be an emergency."
    tag = Tag(kind.value, round(kinds[kind], 3), _evidence(quotes.get("kind", ""), rules.kind, kind.value))
    result = Classification(tag, language=language, version=version, needs_review=bool(reason), review_reason=reason)
    if kind is Kind.NOT_FOR_US:
        return result
    needs = _needs(labels, quotes, rules, channel)
    if needs:
        words = tuple(words for need in needs for words in need.evidence)[:_QUOTES]
        flags.append(Tag(Flag.ACCESSIBILITY_NEED.value, max(need.score for need in needs), words))
    return Classification(
        tag, _categories(kind, labels, quotes, rules), tuple(flags), needs, language, bool(reason), reason, version
    )


def _kind(kinds: Mapping[Kind, float], flags: Sequence[Tag], language: str) -> tuple[Kind, str]:
    """The kind, and why a person must look, "" if nobody need."""
    kind = max(kinds, key=kinds.__getitem__)
    complaining = sum(kinds[k] for k in _COMPLAINING)
    if kind not in _COMPLAINING and complaining > _LIKELY_COMPLAINT:
        kind = max(_COMPLAINING, key=kinds.__getitem__)
    danger = any(flag.label in SAFETY_FLAGS for flag in flags)
    if kind is Kind.NOT_FOR_US and danger:
        kind = max((k for k in kinds if k is not Kind.NOT_FOR_US), key=kinds.__getitem__)
        return kind, "It reads like nothing for us, but speaks of danger."
    if kind in _HARMLESS and danger:
        return kind, "It speaks of danger, but asks for nothing."
    if language != "en":
        return kind, "It is not in English, and was read through a word list."
    if kind not in _COMPLAINING and complaining >= _MAYBE_COMPLAINT:
        return kind, "It may be a complaint."
    if kinds[kind] < _SURE_OF_KIND and not (kind in _COMPLAINING and complaining >= _SURE_OF_KIND):
        return kind, "It is not clear what they ask for."
    return kind, ""


def _flags(labels: Mapping[str, float], quotes: Mapping[str, str], rules: Classification) -> list[Tag]:
    found = {tag.label: tag for tag in rules.flags}
    flags = []
    for flag in Flag:
        if flag is Flag.ACCESSIBILITY_NEED:
            continue
        name, ruled = f"flags.{flag.value}", found.get(flag.value)
        score = labels[name]
        alone = flag in SAFETY_FLAGS and ruled is not None and ruled.score >= _RULES_ALONE and score >= _UNHEARD
        if flag is Flag.EMERGENCY_HAZARD and not alone and _rather_significant(labels):
            continue
        if score > _ENOUGH.get(flag, _LIKELY) or alone:
            score = max(score, ruled.score) if ruled and alone else score
            flags.append(Tag(flag.value, round(score, 3), _evidence(quotes.get(name, ""), ruled, flag.value)))
    if any(tag.label == Flag.EMERGENCY_HAZARD for tag in flags):
        flags = [tag for tag in flags if tag.label != Flag.SIGNIFICANT_HAZARD]
    return flags


def _rather_significant(labels: Mapping[str, float]) -> bool:
    """Whether the encoder is much surer of a hazard that can wait a day than of one that cannot."""
    emergency, significant = (
        _log_odds(labels[f"flags.{flag.value}"]) for flag in (Flag.EMERGENCY_HAZARD, Flag.SIGNIFICANT_HAZARD)
    )
    return significant > max(emergency + _RATHER_EMERGENCY, 0.0)


def _maybe_emergency(labels: Mapping[str, float], flags: Sequence[Tag]) -> bool:
    """Whether an emergency was heard and another hazard is said instead."""
    heard = labels["flags.emergency_hazard"] > _ENOUGH[Flag.EMERGENCY_HAZARD]
    return heard and any(tag.label == Flag.SIGNIFICANT_HAZARD for tag in flags)


def _log_odds(score: float) -> float:
    return math.log(max(score, 1e-9) / max(1 - score, 1e-9))


def _needs(
    labels: Mapping[str, float], quotes: Mapping[str, str], rules: Classification, channel: str
) -> tuple[Tag, ...]:
    found = {tag.label: tag for tag in rules.needs}
    needs = []
    for need in Need:
        name = f"needs.{need.value}"
        if need is Need.RELAY_UK and channel in RELAY_CHANNELS:
            needs.append(Tag(need.value, 1.0, ("It came by Relay UK.",)))
        elif labels[name] > _LIKELY:
            evidence = _evidence(quotes.get(name, ""), found.get(need.value), need.value)
            needs.append(Tag(need.value, round(labels[name], 3), evidence))
    return tuple(needs)


def _categories(
    kind: Kind, labels: Mapping[str, float], quotes: Mapping[str, str], rules: Classification
) -> tuple[Tag, ...]:
    """What the encoder heard, the surest first; of two heard alike, the one that the rules find too."""
    found = {tag.label: tag for tag in rules.categories}
    heard = {c.value: labels[f"categories.{c.value}"] for c in Category}
    joined = {label: _surer(score, found.get(label)) for label, score in heard.items()}
    in_order = sorted(((score, label) for label, score in joined.items()), reverse=True)
    chosen = [(score, label) for score, label in in_order if heard[label] > _LIKELY]
    if not chosen and heard[in_order[0][1]] >= _TOPIC_AT_LEAST:
        chosen = in_order[:1]  # somebody must have it: better the likeliest topic than none
    return tuple(
        Tag(label, round(score, 3), _evidence(quotes.get(f"categories.{label}", ""), found.get(label), label))
        for score, label in chosen
    )


def _surer(score: float, ruled: Tag | None) -> float:
    """The score, raised by as much in log odds as the rules are sure of the same."""
    return 1 / (1 + math.exp(-_log_odds(score) - ruled.score)) if ruled else score


def _evidence(heard: str, ruled: Tag | None, label: str) -> tuple[str, ...]:
    """The words of the message for a label: what the rules found, if they found it too, else what the encoder read."""
    if ruled is not None and ruled.label == label and ruled.evidence:
        return ruled.evidence[:_QUOTES]
    return (heard,) if heard else ()
