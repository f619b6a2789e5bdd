"""Words: the plain half of the ear: which words, pairs of words and runs of letters a message has, weighed linearly.

It knows nothing of meaning and forgets nothing of spelling; the network is the other way round. Together they are
right more often than either. One file holds its features, how rare each is, and their weights in eight bits.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

FILE = "words.npz"
_WORD = re.compile(r"(?u)\b\w\w+\b")
_RUNS = (3, 4, 5)
_LONGEST_WORD = 40
_MARK = "~"
"""Stands before a run of letters."""


class Words:
    """The linear model, loaded once. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        with (folder / FILE).open("rb") as file, np.load(file, allow_pickle=False) as held:
            features = held["features"].tobytes().decode().split("\n")
            self._rarity: Any = held["rarity"].astype(np.float32)
            self._weights: Any = held["weights"].astype(np.float32)
            self._scales: Any = held["scales"]
            self._bias: Any = held["bias"]
        self._numbers = {feature: number for number, feature in enumerate(features)}
        self._runs: dict[str, tuple[int, ...]] = {}

    def hear(self, text: str) -> Any:
        """A score for each kind and then each label, before calibration: one row, higher is likelier."""
        row = self._bias.copy()
        for found in (self._known(words_of(text)), self._known_runs(text)):
            counts = Counter(found)
            if not counts:
                continue
            numbers = np.fromiter(counts, dtype=np.int64, count=len(counts))
            often = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
            values = (1 + np.log(often)) * self._rarity[numbers]
            values /= math.sqrt(float(values @ values))
            row += (values @ self._weights[numbers]) * self._scales
        return row

    def common(self) -> Iterator[str]:
        """The single words it knows, in lower case."""
        return (feature for feature in self._numbers if not feature.startswith(_MARK) and " " not in feature)

    def _known(self, features: Iterable[str]) -> Iterator[int]:
        return (number for number in map(self._numbers.get, features) if number is not None)

    def _known_runs(self, text: str) -> Iterator[int]:
        """The known runs of letters of every word. Those of common words are kept; a stranger's name never is."""
        for word in text.lower().split():
            known = self._runs.get(word)
            if known is None:
                known = tuple(self._known(_runs_of_word(word)))
                if word in self._numbers:
                    self._runs[word] = known
            yield from known


def words_of(text: str) -> Iterator[str]:
    """Words and pairs of neighbouring words, in lower case."""
    words = [word[:_LONGEST_WORD] for word in _WORD.findall(text.lower())]
    yield from words
    for first, second in pairwise(words):
        yield f"{first} {second}"


def runs_of(text: str) -> Iterator[str]:
    """Runs of letters within words, marked so that they are never taken for words."""
    for word in text.lower().split():
        yield from _runs_of_word(word)


def _runs_of_word(word: str) -> Iterator[str]:
    padded = f" {word[:_LONGEST_WORD]} "
    for length in _RUNS:
        for begin in range(max(1, len(padded) - length + 1)):
            yield f"{_MARK}{padded[begin : begin + length]}"


def save(folder: Path, features: Iterable[str], rarity: Any, weights: Any, bias: Any) -> None:
    """Write the model; `weights` has a row a feature and a column for each kind and label."""
    scales = np.maximum(np.abs(weights).max(0), 1e-9) / 127
    np.savez_compressed(
        folder / FILE,
        features=np.frombuffer("\n".join(features).encode(), dtype=np.uint8),
        rarity=rarity.astype(np.float16),
        weights=np.round(weights / scales).astype(np.int8),
        scales=scales.astype(np.float32),
        bias=bias.astype(np.float32),
    )
