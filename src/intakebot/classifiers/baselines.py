"""Baselines: what simpler classifiers reach, and ours without one of its parts, so that a score says something.

Each learns from the same training corpus. Those that need scikit-learn or the base network need the extra `train`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from intakebot.classifiers.base import Classifier
from intakebot.classifiers.corpus import Example, shipped
from intakebot.classifiers.encoder import KINDS, LABELS
from intakebot.classifiers.glossary import in_english
from intakebot.classifiers.language import LanguageFinder
from intakebot.classifiers.rules import RulesClassifier
from intakebot.classifiers.trained import TrainedClassifier
from intakebot.classifiers.verdict import verdict
from intakebot.domain.labels import Classification, Kind, Tag
from intakebot.errors import BadInput

_NEEDS_TRAIN = "this baseline needs the extra `train`: where the source is, .venv/bin/pip install '.[train]'"
_NO_RULES = Classification(Tag(Kind.COMPLAINT.value, 0.0))


class Majority:
    """Says the commonest kind and the commonest category of every message."""

    version = "majority"

    def __init__(self) -> None:
        examples = shipped("training")
        kind = Counter(e.kind.value for e in examples).most_common(1)[0][0]
        category = Counter(c.value for e in examples for c in e.categories).most_common(1)[0][0]
        self._always = Classification(Tag(kind, 1.0), (Tag(category, 1.0),), version=self.version)

    def classify(self, text: str, channel: str = "email") -> Classification:
        """The same for every message."""
        return self._always


class Linear:
    """A linear model for the kind and for every label, over features of the text."""

    def __init__(
        self,
        version: str,
        features: Callable[[Sequence[str], Sequence[str]], tuple[Any, Any]],
        asked: Sequence[Example],
    ) -> None:
        """Learn from our corpus, and answer what will be asked: features of many are made faster than one by one."""
        self.version = version
        self._known: dict[str, Classification] = {}
        self._learn(features, shipped("training"), asked)

    def _learn(
        self,
        features: Callable[[Sequence[str], Sequence[str]], tuple[Any, Any]],
        taught: Sequence[Example],
        asked: Sequence[Example],
    ) -> None:
        try:
            from sklearn.linear_model import LogisticRegression
        except ImportError as error:
            raise BadInput(_NEEDS_TRAIN) from error
        finder = LanguageFinder()
        languages = [finder.identify(e.text) for e in asked]
        texts = [in_english(e.text, language).text for e, language in zip(asked, languages, strict=True)]
        known, new = features([in_english(e.text, e.language).text for e in taught], texts)
        kinds = LogisticRegression(C=4.0, max_iter=400, class_weight="balanced")
        kinds.fit(known, [e.kind.value for e in taught])
        likely = kinds.predict_proba(new)
        scores = np.zeros((len(asked), len(LABELS)))
        for column, label in enumerate(LABELS):
            right = [label in e.labels for e in taught]
            if any(right):
                model = LogisticRegression(C=4.0, max_iter=400, class_weight="balanced").fit(known, right)
                scores[:, column] = model.predict_proba(new)[:, 1]
        for row, example in enumerate(asked):
            self._known[example.text] = verdict(
                {kind: float(likely[row, list(kinds.classes_).index(kind.value)]) for kind in KINDS},
                dict(zip(LABELS, map(float, scores[row]), strict=True)),
                {},
                _NO_RULES,
                example.channel,
                languages[row],
                self.version,
            )

    def classify(self, text: str, channel: str = "email") -> Classification:
        """The answer prepared for this text."""
        return self._known[text]


def without_rules() -> TrainedClassifier:
    """The shipped model with rules that find nothing: no second look, and nobody to see what it does not."""
    made = TrainedClassifier()
    rules: Any = made._nlp.get_pipe("rules")
    rules._rules = _Silent()
    return made


class _Silent:
    """Rules that find nothing."""

    def classify(self, text: str, channel: str) -> Classification:
        return _NO_RULES


def without_words() -> TrainedClassifier:
    """The shipped model with the network alone in its encoder. Its cut-offs were set for both together."""
    made = TrainedClassifier()
    component: Any = made._nlp.get_pipe("encoder")
    encoder = component._encoder
    encoder._session = encoder._words = _Echo(encoder._session)
    return made


class _Echo:
    """The network, and in the place of the words one that says what the network has just said."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self._said: Any = None

    def run(self, *given: Any) -> Any:
        found = kinds, labels, _ = self._network.run(*given)
        self._said = np.concatenate([kinds[0], labels[0]])
        return found

    def hear(self, text: str) -> Any:
        return self._said


def words(taught: Sequence[str], asked: Sequence[str]) -> tuple[Any, Any]:
    """Words, pairs of words, and runs of three to five letters, by how telling they are (TF-IDF)."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_union
    except ImportError as error:
        raise BadInput(_NEEDS_TRAIN) from error
    made = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=3),
    )
    return made.fit_transform(taught), made.transform(asked)


def sentence_vectors(taught: Sequence[str], asked: Sequence[str]) -> tuple[Any, Any]:
    """The base network's own sentence vectors, nothing of it trained for this."""
    try:
        from intakebot.classifiers.training import base_vectors
    except ImportError as error:
        raise BadInput(_NEEDS_TRAIN) from error
    return base_vectors(taught), base_vectors(asked)


BASELINES: dict[str, Callable[[Sequence[Example]], Classifier]] = {
    "majority": lambda _: Majority(),
    "rules": lambda _: RulesClassifier(),
    "words, linear": lambda asked: Linear("words, linear", words, asked),
    "sentence vectors, linear": lambda asked: Linear("sentence vectors, linear", sentence_vectors, asked),
    "shipped, no rules": lambda _: without_rules(),
    "shipped, no words": lambda _: without_words(),
}
