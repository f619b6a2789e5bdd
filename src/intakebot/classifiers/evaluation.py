"""Evaluation: how well a classifier does on labelled messages, with intervals and slices. Pure.

The measures are those of docs/labelling.md. A rate has the 95% interval of Wilson (1927), which knows doubt
even where all or none were right; F1 and F2 have the middle 95 of 100 bootstrap samples of the messages (fixed seed).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from intakebot.classifiers.corpus import Example
from intakebot.domain.labels import Category, Classification, Flag, Kind, Need

_SAMPLES = 400
_TWO_SIDES = 1.959964
"""How many standard deviations either side hold 95 of 100."""
_SEED = 11
_SHORT = 15
_COMPLAINING = (Kind.COMPLAINT.value, Kind.ESCALATION.value)
_KINDS = [kind.value for kind in Kind]


@dataclass(frozen=True, slots=True)
class Measure:
    """A score with its interval; None where there was nothing to measure."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class LabelScore:
    """How well one label is set. `right` is how many messages should have it."""

    right: int
    precision: Measure
    recall: Measure
    f1: Measure
    f2: Measure


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All scores of one classifier on one file."""

    messages: int
    measures: Mapping[str, Measure]
    flags: Mapping[str, LabelScore]
    categories: Mapping[str, LabelScore]
    needs: Mapping[str, LabelScore]
    confusion: Mapping[str, Mapping[str, int]]
    """By right kind: how often each kind was said."""
    slices: Mapping[str, Mapping[str, float | None]]
    """By slice ("channel relay", "not English", …): messages, and the main measures."""


def evaluate(examples: Sequence[Example], found: Sequence[Classification]) -> Evaluation:
    """Score the answers to these messages, in the same order."""
    marks = _Marks(examples, found)
    draws = np.random.default_rng(_SEED).integers(0, len(examples), (_SAMPLES, len(examples)))
    return Evaluation(
        messages=len(examples),
        measures={name: _measured(name, marks, draws) for name in MEASURES},
        flags=_of_group(marks.flags, [f.value for f in Flag], draws),
        categories=_of_group(marks.categories.where(marks.for_us), [c.value for c in Category], draws),
        needs=_of_group(marks.needs, [n.value for n in Need], draws),
        confusion=_confusion(marks),
        slices=_slices(examples, marks),
    )


class _Pairs:
    """Right and said, a row a message and a column a label."""

    def __init__(self, right: Any, said: Any) -> None:
        self.right, self.said = right, said

    def where(self, chosen: Any) -> _Pairs:
        return _Pairs(self.right & chosen[:, None], self.said & chosen[:, None])

    def rows(self, chosen: Any) -> _Pairs:
        return _Pairs(self.right[chosen], self.said[chosen])


class _Marks:
    """The right labels and the ones said, as tables."""

    def __init__(self, examples: Sequence[Example], found: Sequence[Classification]) -> None:
        self.kind = np.array([e.kind.value for e in examples])
        self.kind_said = np.array([str(f.kind.label) for f in found])
        self.for_us = self.kind != Kind.NOT_FOR_US.value
        self.language = np.array([e.language for e in examples])
        self.language_said = np.array([f.language for f in found])
        self.categories = _pairs([e.categories for e in examples], [f.categories for f in found], list(Category))
        self.flags = _pairs([e.flags for e in examples], [f.flags for f in found], list(Flag))
        self.needs = _pairs([e.needs for e in examples], [f.needs for f in found], list(Need))
        first = [str(f.categories[0].label) if f.categories else "" for f in found]
        self.hit = np.array([top in {c.value for c in e.categories} for top, e in zip(first, examples, strict=True)])

    def rows(self, chosen: Any) -> _Marks:
        part = object.__new__(_Marks)
        for name, held in vars(self).items():
            setattr(part, name, held.rows(chosen) if isinstance(held, _Pairs) else held[chosen])
        return part


def _pairs(right: Sequence[Sequence[Any]], said: Sequence[Sequence[Any]], labels: Sequence[Any]) -> _Pairs:
    def table(rows: Sequence[set[str]]) -> Any:
        return np.array([[label.value in row for label in labels] for row in rows], dtype=bool)

    return _Pairs(
        table([{r.value for r in row} for row in right]), table([{str(t.label) for t in row} for row in said])
    )


def _kind_f1(marks: _Marks) -> float | None:
    scores = []
    for kind in _KINDS:
        right, said = marks.kind == kind, marks.kind_said == kind
        if right.any():
            scores.append(2 * (right & said).sum() / (right.sum() + said.sum()))
    return float(np.mean(scores)) if scores else None


def _macro(pairs: _Pairs, columns: Sequence[int] | None = None) -> float | None:
    """Mean F1 of the labels that some message should have."""
    right, said = (pairs.right, pairs.said) if columns is None else (pairs.right[:, columns], pairs.said[:, columns])
    there = right.any(0)
    both = (right & said).sum(0)[there]
    return float(np.mean(2 * both / (right.sum(0) + said.sum(0))[there])) if there.any() else None


def _micro(pairs: _Pairs) -> float | None:
    total = pairs.right.sum() + pairs.said.sum()
    return float(2 * (pairs.right & pairs.said).sum() / total) if total else None


def _mean(values: Any) -> float | None:
    return float(values.mean()) if len(values) else None


_RATES: Mapping[str, Callable[[_Marks], Any]] = {
    "kind accuracy": lambda m: m.kind == m.kind_said,
    "recall of complaint + escalation": lambda m: np.isin(m.kind_said, _COMPLAINING)[np.isin(m.kind, _COMPLAINING)],
    "categories exact match": lambda m: (m.categories.right == m.categories.said).all(1)[m.for_us],
    "categories hit@1": lambda m: m.hit[m.for_us],
    "language accuracy": lambda m: m.language == m.language_said,
}
"""By measure: whether each message that it is about was right."""

_SAFETY = (Flag.EMERGENCY_HAZARD, Flag.SAFEGUARDING, Flag.DOMESTIC_ABUSE, Flag.HATE_INCIDENT)
_OTHER_FLAGS = [n for n, flag in enumerate(Flag) if flag not in _SAFETY]

MEASURES: Mapping[str, Callable[[_Marks], float | None]] = {
    "kind accuracy": lambda m: _mean(_RATES["kind accuracy"](m)),
    "kind macro-F1": _kind_f1,
    "recall of complaint + escalation": lambda m: _mean(_RATES["recall of complaint + escalation"](m)),
    "categories macro-F1": lambda m: _macro(m.categories.rows(m.for_us)),
    "categories micro-F1": lambda m: _micro(m.categories.rows(m.for_us)),
    "categories exact match": lambda m: _mean(_RATES["categories exact match"](m)),
    "categories hit@1": lambda m: _mean(_RATES["categories hit@1"](m)),
    "other flags macro-F1": lambda m: _macro(m.flags, _OTHER_FLAGS),
    "needs micro-F1": lambda m: _micro(m.needs),
    "language accuracy": lambda m: _mean(_RATES["language accuracy"](m)),
}
_IN_SLICES = ("kind accuracy", "recall of complaint + escalation", "categories macro-F1", "categories hit@1")


def _measured(name: str, marks: _Marks, draws: Any) -> Measure:
    if name in _RATES:
        right = _RATES[name](marks)
        return _rate(float(right.sum()), len(right))
    return _with_interval(MEASURES[name](marks), [MEASURES[name](marks.rows(draw)) for draw in draws])


def _rate(right: float, of: float) -> Measure:
    """So many right of so many, with Wilson's score interval."""
    if not of:
        return Measure(None)
    share, doubt = right / of, _TWO_SIDES**2 / of
    middle = (share + doubt / 2) / (1 + doubt)
    half = math.sqrt(share * (1 - share) * doubt + doubt**2 / 4) / (1 + doubt)
    return Measure(round(share, 3), round(max(0.0, middle - half), 3), round(min(1.0, middle + half), 3))


def _with_interval(value: float | None, sampled: Sequence[float | None]) -> Measure:
    known = [s for s in sampled if s is not None]
    if value is None or not known:
        return Measure(None)
    low, high = np.percentile(known, [2.5, 97.5])
    return Measure(round(value, 3), round(float(low), 3), round(float(high), 3))


def _of_group(pairs: _Pairs, labels: Sequence[str], draws: Any) -> dict[str, LabelScore]:
    return {label: _label_score(pairs.right[:, n], pairs.said[:, n], draws) for n, label in enumerate(labels)}


def _label_score(right: Any, said: Any, draws: Any) -> LabelScore:
    samples = [_f1_and_f2(right[draw], said[draw]) for draw in draws]
    both = float((right & said).sum())
    f1, f2 = (_with_interval(v, [s[n] for s in samples]) for n, v in enumerate(_f1_and_f2(right, said)))
    return LabelScore(int(right.sum()), _rate(both, float(said.sum())), _rate(both, float(right.sum())), f1, f2)


def _f1_and_f2(right: Any, said: Any) -> tuple[float | None, float | None]:
    """F1, and F2, which counts recall four times."""
    both, all_right, all_said = float((right & said).sum()), float(right.sum()), float(said.sum())
    if not all_right:
        return None, None
    return 2 * both / (all_right + all_said), 5 * both / (4 * all_right + all_said)


def _confusion(marks: _Marks) -> dict[str, dict[str, int]]:
    return {
        right: {said: int(((marks.kind == right) & (marks.kind_said == said)).sum()) for said in _KINDS}
        for right in _KINDS
    }


def _slices(examples: Sequence[Example], marks: _Marks) -> dict[str, dict[str, float | None]]:
    words = np.array([len(e.text.split()) for e in examples])
    chosen = {
        f"channel {c}": np.array([e.channel == c for e in examples]) for c in sorted({e.channel for e in examples})
    }
    chosen["English"] = marks.language == "en"
    chosen["not English"] = marks.language != "en"
    chosen[f"under {_SHORT} words"] = words < _SHORT
    chosen["over 200 words"] = words > 200
    for register in sorted({e.register for e in examples} - {""}):
        chosen[f"register {register}"] = np.array([e.register == register for e in examples])
    return {name: _slice(marks.rows(rows)) for name, rows in chosen.items() if rows.any()}


def _slice(marks: _Marks) -> dict[str, float | None]:
    scores = {name: MEASURES[name](marks) for name in _IN_SLICES}
    return {"messages": len(marks.kind), **{n: None if v is None else round(v, 3) for n, v in scores.items()}}
