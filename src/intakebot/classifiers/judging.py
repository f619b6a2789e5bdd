"""Judging: a new model beside those it could replace, on messages that none was trained on, and in what it is worse."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from intakebot.classifiers.corpus import Example
from intakebot.classifiers.evaluation import evaluate
from intakebot.classifiers.verdict import SAFETY_FLAGS
from intakebot.domain.labels import Classification, Flag, Kind

_MOST_LOWER, _MOST_LOWER_OF_ONE = 0.005, 0.02
"""How much lower the mean of the measures may be, and how much lower any one of them."""
_MEASURES = (
    "kind accuracy",
    "kind macro-F1",
    "recall of complaint + escalation",
    "categories macro-F1",
    "categories hit@1",
    "other flags macro-F1",
    "needs micro-F1",
    "language accuracy",
)
_SAFETY_F1 = "safety flags macro-F1"
_SAFETY = [flag for flag in Flag if flag in SAFETY_FLAGS]

Measured = Mapping[str, float | None]
"""Each measure from 0 to 1; None where there was nothing to measure."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A model's measures, and each way in which a new one is worse than it, in a sentence."""

    measures: Measured
    worse: tuple[str, ...] = ()


def measured(examples: Sequence[Example], found: Sequence[Classification]) -> Measured:
    """What models are compared by."""
    whole = evaluate(examples, found)
    flags = [whole.flags[flag.value] for flag in _SAFETY]
    there = [score.f1.value for score in flags if score.f1.value is not None]
    return {
        **{name: whole.measures[name].value for name in _MEASURES},
        _SAFETY_F1: sum(there) / len(there) if there else None,
        **{f"recall of {flag.value}": s.recall.value for flag, s in zip(_SAFETY, flags, strict=True)},
    }


def judge(
    examples: Sequence[Example], old: Sequence[Classification], new: Sequence[Classification], name: str = "present"
) -> Judged:
    """The old model, called by this name, and in what the new one is worse than it.

    It is worse where, of the messages that should be a complaint or an escalation, or have one of the safety flags, it
    misses more than one beyond chance. Chance is the square root of the number of those on which the two differ. And
    it is worse where the mean of the measures is lower by more than 0.005, or any one of them by more than 0.02.
    """
    before, after = measured(examples, old), measured(examples, new)
    worse = [said for what, hits in _HITS.items() if (said := _misses_more(what, hits, examples, old, new, name))]
    pairs = {
        what: (was, found)
        for what in (*_MEASURES, _SAFETY_F1)
        if (was := before[what]) is not None and (found := after[what]) is not None
    }
    lower = {what: round(was - found, 6) for what, (was, found) in pairs.items()}
    mean = round(sum(lower.values()) / len(lower), 6) if lower else 0.0
    if mean > _MOST_LOWER:
        worse.append(f"the mean of the measures is {mean:.3f} lower than the {name} one's; {_MOST_LOWER} is allowed")
    worse += [
        f"{what} is {by:.3f} lower than the {name} one's; {_MOST_LOWER_OF_ONE} is allowed"
        for what, by in lower.items()
        if by > _MOST_LOWER_OF_ONE
    ]
    return Judged(before, tuple(worse))


_Hit = Callable[[Example, Classification], bool | None]
"""Whether a message is found for what it is; None for one that is something else."""


def _complains(example: Example, found: Classification) -> bool | None:
    complaining = (Kind.COMPLAINT, Kind.ESCALATION)
    return found.kind.label in complaining if example.kind in complaining else None


def _flagged(flag: Flag) -> _Hit:
    return lambda example, found: found.has_flag(flag) if flag in example.flags else None


_HITS: Mapping[str, _Hit] = {"complaints and escalations": _complains} | {
    f"messages with {flag.value}": _flagged(flag) for flag in _SAFETY
}


def _misses_more(
    what: str,
    hit: _Hit,
    examples: Sequence[Example],
    old: Sequence[Classification],
    new: Sequence[Classification],
    name: str,
) -> str:
    pairs = [(hit(e, was), hit(e, found)) for e, was, found in zip(examples, old, new, strict=True)]
    lost, gained = pairs.count((True, False)), pairs.count((False, True))
    if lost - gained <= 1 + math.sqrt(lost + gained):
        return ""
    return f"of {what} it misses {lost} that the {name} one finds, and finds {gained} that the {name} one misses"
