"""Training of the linear model over words (`words`). Needs scikit-learn (the extra `train`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from intakebot.classifiers.encoder import KINDS
from intakebot.classifiers.words import runs_of, save, words_of

_FEATURES = 46_000
_RARE_WORD, _RARE_RUN = 2, 4
_LOOSENESS = 4.0
_NEVER = -4.0
"""The log odds of what no message was an example of."""


def train_words(texts: Sequence[str], kinds: Sequence[int], labels: Any, folder: Path) -> None:
    """Fit on these texts, with the number of each one's kind and a row of its labels; keep what tells most."""
    every = [_vectoriser(words_of, _RARE_WORD).fit(texts), _vectoriser(runs_of, _RARE_RUN).fit(texts)]
    weights, _ = _fitted(hstack([v.transform(texts) for v in every]).tocsr(), kinds, labels)
    names = np.concatenate([v.get_feature_names_out() for v in every])
    telling = np.argsort(-np.square(weights).sum(1))[:_FEATURES]
    chosen = {str(names[number]) for number in telling}
    kept = [sorted(chosen & set(map(str, v.get_feature_names_out()))) for v in every]
    again = [_vectoriser(analyzer, 1, own).fit(texts) for analyzer, own in zip((words_of, runs_of), kept, strict=True)]
    weights, bias = _fitted(hstack([v.transform(texts) for v in again]).tocsr(), kinds, labels)
    save(folder, [*kept[0], *kept[1]], np.concatenate([v.idf_ for v in again]), weights, bias)


def _vectoriser(analyzer: Any, least: int, vocabulary: Sequence[str] | None = None) -> Any:
    return TfidfVectorizer(analyzer=analyzer, sublinear_tf=True, min_df=least, vocabulary=vocabulary)


def _fitted(rows: Any, kinds: Sequence[int], labels: Any) -> tuple[Any, Any]:
    """Weights, a column for each kind and label, and what is added to each."""
    weights = np.zeros((rows.shape[1], len(KINDS) + labels.shape[1]))
    bias = np.concatenate([np.full(len(KINDS), _NEVER), np.where(labels.all(0), -_NEVER, _NEVER)])
    present = sorted(set(kinds))
    bias[present] = 0.0
    if len(present) > 1:
        model = _regression().fit(rows, kinds)
        held = np.column_stack([model.coef_, model.intercept_])
        held = held if len(present) > 2 else np.vstack([-held, held]) / 2  # two kinds are told apart by one row
        weights[:, present], bias[present] = held[:, :-1].T, held[:, -1]
    for column in np.flatnonzero(labels.any(0) & ~labels.all(0)):
        one = _regression().fit(rows, labels[:, column])
        weights[:, len(KINDS) + column], bias[len(KINDS) + column] = one.coef_[0], one.intercept_[0]
    return weights, bias


def _regression() -> Any:
    return LogisticRegression(C=_LOOSENESS, max_iter=400, class_weight="balanced")
