"""Calibration: where each score of a trained model says yes, set by messages it was not taught.

The model is asked as it will be in use: in whole numbers, long messages in parts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from intakebot.classifiers.corpus import Example
from intakebot.classifiers.encoder import KINDS, LABELS, SETTINGS, Encoder
from intakebot.classifiers.glossary import in_english
from intakebot.classifiers.verdict import SAFETY_FLAGS
from intakebot.domain.labels import Kind
from intakebot.errors import BadInput

SAFETY_LABELS = {f"flags.{flag.value}" for flag in SAFETY_FLAGS}
_LEAST_PRECISION = 0.65
_SHRINK, _SHRINK_SAFETY = 40, 15
"""So many right examples weigh as much as what all labels of a group have in common."""
_CUTS = np.arange(-2.0, 2.51, 0.1)
_NEAR = 0.01
"""A cut whose F1 is this much lower than the best weighs a third of it: the very best is best by chance."""
_NEUTRAL = {"temperature": 1.0, "slopes": [1.0] * len(LABELS), "offsets": [0.0] * len(LABELS)}


def calibrate(folder: Path, examples: Sequence[Example], about: Mapping[str, Any]) -> None:
    """Write the settings of the model in a folder: what is told about it, and the figures that fit these examples.

    Raises BadInput where there are no examples.
    """
    if not examples:
        raise BadInput("there are too few messages to train on: one in ten is kept back to set where scores say yes")
    file = folder / SETTINGS
    file.write_text(json.dumps(_NEUTRAL), "utf-8")
    encoder = Encoder(folder)
    heard = [encoder.hear(in_english(example.text, example.language).text) for example in examples]
    kinds = np.log(np.array([[h.kinds[kind] for kind in KINDS] for h in heard]))
    likely = np.array([[h.labels[label] for label in LABELS] for h in heard])
    settings = _fitted(examples, kinds, np.log(likely / (1 - likely)))
    file.write_text(json.dumps({**settings, **about}, indent=1) + "\n", "utf-8")


def label_table(examples: Sequence[Example]) -> Any:
    """Which labels each has: a row a message, a column a label."""
    return np.array([[label in e.labels for label in LABELS] for e in examples])


def _fitted(examples: Sequence[Example], kinds: Any, labels: Any) -> dict[str, Any]:
    """Temperature of the kinds, and for each label the slope and offset that put "yes" above one half."""
    right = np.array([KINDS.index(e.kind) for e in examples])
    temperature = min(np.arange(0.5, 3.01, 0.1), key=lambda t: _surprise(kinds / t, right))
    held = label_table(examples)
    ours = right != KINDS.index(Kind.NOT_FOR_US)
    cuts = np.zeros(len(LABELS))
    for group in ("categories.", "flags.", "needs."):
        columns = [n for n, label in enumerate(LABELS) if label.startswith(group)]
        among = ours if group == "categories." else np.ones(len(examples), dtype=bool)
        common = _best_cut(labels[among][:, columns].ravel(), held[among][:, columns].ravel())
        for n in columns:
            is_safety = LABELS[n] in SAFETY_LABELS
            own = (_safe_cut if is_safety else _best_cut)(labels[among, n], held[among, n], common)
            count, shrink = int(held[among, n].sum()), _SHRINK_SAFETY if is_safety else _SHRINK
            cuts[n] = (count * own + shrink * common) / (count + shrink)
    slope = float(min(np.arange(0.3, 1.51, 0.05), key=lambda s: _doubt((labels - cuts) * s, held)))
    return {
        "temperature": round(float(temperature), 2),
        "slopes": [round(slope, 3)] * len(LABELS),
        "offsets": [round(float(-cut * slope), 4) for cut in cuts],
    }


def _surprise(scores: Any, right: Any) -> float:
    shifted = scores - scores.max(1, keepdims=True)
    chosen = shifted[np.arange(len(right)), right] - np.log(np.exp(shifted).sum(1))
    return float(-chosen.mean())


def _doubt(scores: Any, held: Any) -> float:
    return float(np.logaddexp(0, np.where(held, -scores, scores)).mean())


def _best_cut(scores: Any, held: Any, common: float = 0.0) -> float:
    """Where F1 is best: the mean of the cuts, the better the heavier. The common one where no example has the label."""
    if not held.any():
        return common
    worth = np.array([_f1(scores > cut, held) for cut in _CUTS])
    return float(np.average(_CUTS, weights=np.exp((worth - worth.max()) / _NEAR)))


def _safe_cut(scores: Any, held: Any, common: float) -> float:
    """As low as precision allows: what must not be missed may be said once too often."""
    for cut in _CUTS[common >= _CUTS]:
        said = scores > cut
        if said.any() and held[said].mean() >= _LEAST_PRECISION:
            return float(cut)
    return common


def _f1(said: Any, held: Any) -> float:
    both = (said & held).sum()
    return float(2 * both / max(said.sum() + held.sum(), 1))
