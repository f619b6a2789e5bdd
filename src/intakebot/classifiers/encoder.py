"""Encoder: what reads a message and says how likely each label is, and which words it went by.

A small transformer, run by ONNX Runtime in whole numbers of eight bits, and beside it a linear model over words. A
message longer than the network's window is read in parts that overlap: for the kind the parts are weighed together,
any other label needs only one of them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from intakebot.classifiers.words import Words
from intakebot.domain.labels import Category, Flag, Kind, Need

KINDS: tuple[Kind, ...] = tuple(Kind)
LABELS: tuple[str, ...] = (
    *(f"categories.{c.value}" for c in Category),
    *(f"flags.{f.value}" for f in Flag if f is not Flag.ACCESSIBILITY_NEED),  # that one follows from the needs
    *(f"needs.{n.value}" for n in Need),
)
NETWORK, TOKENIZER, SETTINGS = "network.onnx", "tokenizer.json", "settings.json"
WINDOW = 400
"""Word pieces read at once."""
_OVERLAP = 60
_SLOWER = ["SkipLayerNormFusion"]
"""What ONNX Runtime joins to be faster, and is slower: the two steps as one take four times as long."""
_WORTH_QUOTING = -1.4
"""A label this unlikely, as log odds, needs no evidence."""
_MOST_PARTS = 12
"""A message of 1 MB is read at its beginning, its end and evenly between: nobody writes so much by hand."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the network makes of one message: calibrated scores, and the stretch of text that each label hangs on."""

    kinds: dict[Kind, float]
    labels: dict[str, float]
    spans: dict[str, tuple[int, int]]
    """By label, and under "kind": begin and end in the text, in characters."""


@dataclass(frozen=True, slots=True)
class _Part:
    ids: Sequence[int]
    offsets: Sequence[tuple[int, int]]
    """Where each piece begins and ends in the text; (0, 0) for the marks of beginning and end."""

    def text(self, whole: str) -> str:
        """The words of this part."""
        return whole[self.offsets[1][0] : self.offsets[-2][1]] if len(self.offsets) > 2 else ""


class Encoder:
    """Loads the network once. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(folder / NETWORK), options, ["CPUExecutionProvider"], disabled_optimizers=_SLOWER
        )
        self._inputs = {given.name for given in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._first, self._last = (self._tokenizer.token_to_id(mark) or 0 for mark in ("[CLS]", "[SEP]"))
        self._words = Words(folder)
        self.settings: dict[str, Any] = json.loads((folder / SETTINGS).read_text("utf-8"))
        self._slopes = np.array(self.settings["slopes"], dtype=np.float32)
        self._offsets = np.array(self.settings["offsets"], dtype=np.float32)
        self._temperature = float(self.settings["temperature"])

    def common_words(self) -> Iterator[str]:
        """The words its linear model knows, in lower case: those that several messages of the corpus had."""
        return self._words.common()

    def hear(self, text: str) -> Heard:
        """Read one message."""
        parts = self._parts(text)
        kind_sums, best, spans = np.zeros(len(KINDS)), np.full(len(LABELS), -np.inf), {}
        for part in parts:
            ids = np.array([part.ids], dtype=np.int64)
            given = {"ids": ids, "mask": np.ones_like(ids)}  # a model trained before version 3 asks for the mask
            kinds, labels, attention = self._session.run(None, {name: given[name] for name in self._inputs})
            by_words = self._words.hear(part.text(text))
            kind_sums += together(kinds[0], by_words[: len(KINDS)]) * math.sqrt(len(part.ids))
            calibrated = together(labels[0], by_words[len(KINDS) :]) * self._slopes + self._offsets
            if "kind" not in spans:
                spans["kind"] = _stretch(attention[0, :, 0], part.offsets)
            for number in np.flatnonzero((calibrated > best) & (calibrated > _WORTH_QUOTING)):
                spans[LABELS[number]] = _stretch(attention[0, :, number + 1], part.offsets)
            best = np.maximum(best, calibrated)
        weight = sum(math.sqrt(len(part.ids)) for part in parts)
        likely = _softmax(kind_sums / weight / self._temperature)
        scores = 1 / (1 + np.exp(-np.clip(best, -30, 30)))
        return Heard(
            {kind: float(score) for kind, score in zip(KINDS, likely, strict=True)},
            {label: float(score) for label, score in zip(LABELS, scores, strict=True)},
            spans,
        )

    def _parts(self, text: str) -> list[_Part]:
        """The message as the network reads it: word pieces between its marks of beginning and end."""
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        ids, offsets = encoded.ids, encoded.offsets
        room = WINDOW - 2
        begins = list(range(0, max(1, len(ids) - _OVERLAP), room - _OVERLAP))
        if len(begins) > _MOST_PARTS:
            begins = [begins[round(n * (len(begins) - 1) / (_MOST_PARTS - 1))] for n in range(_MOST_PARTS)]
        return [
            _Part([self._first, *ids[b : b + room], self._last], [(0, 0), *offsets[b : b + room], (0, 0)])
            for b in begins
        ]


def together(network: Any, words: Any) -> Any:
    """What the network and the linear model say, each as much as the other."""
    return 0.5 * network + 0.5 * words


def _softmax(values: Any) -> Any:
    powers = np.exp(values - values.max())
    return powers / powers.sum()


def _stretch(weights: Any, offsets: Sequence[tuple[int, int]], most: int = 8) -> tuple[int, int]:
    """The words looked at most: the best stretch of so many pieces."""
    words = weights[1:-1]  # without the marks of beginning and end
    if not len(words):
        return 0, 0
    most = min(most, len(words))
    sums = np.cumsum(np.concatenate(([0.0], words)))
    begin = 1 + int((sums[most:] - sums[:-most]).argmax())
    return offsets[begin][0], offsets[begin + most - 1][1]
