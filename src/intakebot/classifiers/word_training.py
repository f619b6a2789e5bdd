"""Training of the linear model over words (`words`). Needs scikit-learn (the extra `train`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from intakebot.classifiers.words import runs_of, save, words_of

_FEATURES = 46_000
_RARE_WORD, _RARE_RUN = 2, 4
_LOOSENESS = 4.0


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
    model = LogisticRegression(C=_LOOSENESS, max_iter=400, class_weight="balanced").fit(rows, kinds)
    weights, bias = [model.coef_.T], [model.intercept_]
    for column in range(labels.shape[1]):
        if not labels[:, column].any():
            weights.append(np.zeros((rows.shape[1], 1)))
            bias.append(np.array([-4.0]))
            continue
        one = LogisticRegression(C=_LOOSENESS, max_iter=400, class_weight="balanced").fit(rows, labels[:, column])
        weights.append(one.coef_.T)
        bias.append(one.intercept_)
    return np.hstack(weights), np.concatenate(bias)
