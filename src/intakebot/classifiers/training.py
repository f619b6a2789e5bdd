"""Training: a corpus becomes the encoder's files. Needs the extra `train`; reproducible for one machine and seed.

A tenth of the messages is kept from the network and used to set where each score says yes. Noise (lost punctuation,
slips of the finger, capitals) is put on written messages; no message is made up.
"""

from __future__ import annotations

import ctypes
import json
import math
import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from intakebot.classifiers.calibration import SAFETY_LABELS, calibrate, label_table
from intakebot.classifiers.corpus import Example
from intakebot.classifiers.encoder import KINDS, LABELS, NETWORK, TOKENIZER, WINDOW
from intakebot.classifiers.glossary import in_english
from intakebot.classifiers.model_folders import description
from intakebot.classifiers.network import Network, base_folder
from intakebot.classifiers.word_training import train_words

EPOCHS = 5
_RATE, _HEAD_RATE = 1.5e-4, 1e-3
_AT_ONCE = 16
_WARM_UP = 0.1
_THREADS = 2
"""However many cores there are: sums split otherwise come out otherwise, and so would the model."""
_STEADY = 0.99
"""What is kept is the mean of the last hundred or so steps: steadier than any one of them."""
_EMPHASIS = torch.tensor([2.0 if label in SAFETY_LABELS else 1.0 for label in LABELS])
"""A flag of safety counts double: what it is wrong in costs a person."""
_KEPT_BACK = 10
_MALLOC = ((-3, 2_000_000_000), (-1, 2_000_000_000), (-2, 2**28))
"""M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD of mallopt(3)."""


@dataclass(frozen=True, slots=True)
class _Row:
    ids: list[int]
    kind: int
    labels: list[float]


def train(
    examples: Sequence[Example],
    folder: Path,
    version: str,
    say: Callable[[str], None],
    seed: int = 7,
    epochs: int = EPOCHS,
) -> None:
    """Train on the examples and write the encoder's files into `folder`. Raises BadInput without the extra `train`."""
    _keep_memory()
    torch.set_num_threads(_THREADS)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    base, draw = base_folder(), random.Random(seed)  # noqa: S311 - chance that can be repeated, not a secret
    folder.mkdir(parents=True, exist_ok=True)
    pieces = _keep_latin(base / "tokenizer.json", folder / TOKENIZER)
    tokenizer = _tokenizer(folder / TOKENIZER)
    kept_back = [e for e in examples if _tenth(e) == 0]
    taught = [e for e in examples if _tenth(e) != 0]
    say("the linear model over words")
    texts = [in_english(e.text, e.language).text for e in taught]
    train_words(texts, [KINDS.index(e.kind) for e in taught], label_table(taught), folder)
    network = Network(len(pieces))
    network.begin(pieces)
    _fit(network, taught, tokenizer, draw, epochs, say)
    _export(network, folder)
    say("setting where each score says yes")
    about = description() | {"version": version, "messages": len(examples), "seed": seed}
    calibrate(folder, kept_back, about)


def _keep_memory() -> None:
    """Keep freed memory in this process: asked for anew at every step, it takes a third of the training's time."""
    with suppress(AttributeError, OSError, TypeError):  # only the GNU C library can
        library = ctypes.CDLL(None)
        for option, value in _MALLOC:
            library.mallopt(option, value)


def _keep_latin(base: Path, kept: Path) -> list[int]:
    """Write the tokenizer without the word pieces of other scripts, which never reach it; give the old numbers."""
    held = json.loads(base.read_text("utf-8"))
    old: dict[str, int] = held["model"]["vocab"]
    latin = (piece for piece in old if piece.isascii() and not piece.startswith("[unused"))
    pieces = sorted(latin, key=old.__getitem__)
    held["model"]["vocab"] = new = {piece: number for number, piece in enumerate(pieces)}
    held["added_tokens"] = [t | {"id": new[t["content"]]} for t in held["added_tokens"] if t["content"] in new]
    for mark in held["post_processor"]["special_tokens"].values():
        mark["ids"] = [new[piece] for piece in mark["tokens"]]
    kept.write_text(json.dumps(held, ensure_ascii=False), "utf-8")
    return [old[piece] for piece in pieces]


def _tokenizer(file: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _tenth(example: Example) -> int:
    return sha256(example.id.encode()).digest()[0] % _KEPT_BACK


def _fit(
    network: Network,
    taught: Sequence[Example],
    tokenizer: Tokenizer,
    draw: random.Random,
    epochs: int,
    say: Callable[[str], None],
) -> None:
    of_layers = [p for n, p in network.named_parameters() if p.requires_grad and n.startswith(("layers", "norm"))]
    of_heads = [p for n, p in network.named_parameters() if p.requires_grad and not n.startswith(("layers", "norm"))]
    optimiser = torch.optim.AdamW(
        [{"params": of_layers}, {"params": of_heads}], lr=_RATE, weight_decay=0.01, fused=True
    )
    rows = [_row(e, tokenizer, None) for e in taught]
    kind_weights, label_weights = _weights(rows)
    smooth = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(_STEADY)
    )
    steps, step = epochs * math.ceil(len(rows) / _AT_ONCE), 0
    for epoch in range(epochs):
        network.train()
        rows = [_row(e, tokenizer, draw) for e in taught]
        lost = 0.0
        for batch in _batches(rows, draw):
            step += 1
            share = min(step / (_WARM_UP * steps), 1.0) * max(0.02, 1 - step / steps)
            for group, rate in zip(optimiser.param_groups, (_RATE, _HEAD_RATE), strict=True):
                group["lr"] = rate * share
            loss = _loss(network, batch, kind_weights, label_weights)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            smooth.update_parameters(network)
            lost += float(loss.detach())
        say(f"round {epoch + 1} of {epochs}: loss {lost / math.ceil(len(rows) / _AT_ONCE):.2f}")
    network.load_state_dict(smooth.module.state_dict())


def _loss(network: Network, batch: Sequence[_Row], kind_weights: Tensor, label_weights: Tensor) -> Tensor:
    ids, mask = _padded([row.ids for row in batch])
    kind, labels = torch.tensor([r.kind for r in batch]), torch.tensor([r.labels for r in batch])
    with _half():
        kinds_said, labels_said, _ = network(ids, mask)
    of_kind = functional.cross_entropy(kinds_said.float(), kind, weight=kind_weights, label_smoothing=0.05)
    of_labels = functional.binary_cross_entropy_with_logits(
        labels_said.float(), labels, weight=_EMPHASIS, pos_weight=label_weights
    )
    return of_kind + 12 * of_labels


def _half() -> AbstractContextManager[Any]:
    """Half the digits where the processor does them faster; the optimiser keeps all."""
    half: AbstractContextManager[Any] = torch.autocast("cpu", dtype=torch.bfloat16)
    return half


def _weights(rows: Sequence[_Row]) -> tuple[Tensor, Tensor]:
    """Rare kinds and labels count for more, by the root of how rare they are."""
    kinds = torch.bincount(torch.tensor([r.kind for r in rows]), minlength=len(KINDS)).clamp(min=1)
    labels = torch.tensor([r.labels for r in rows]).sum(0)
    rarity = ((len(rows) - labels) / labels.clamp(min=1)).clamp(max=30)
    return (len(rows) / kinds / len(KINDS)).sqrt(), rarity.sqrt()


def _row(example: Example, tokenizer: Tokenizer, draw: random.Random | None) -> _Row:
    text = in_english(example.text, example.language).text
    if draw is not None and draw.random() < 0.6:
        text = _noisy(text, draw)
    ids = tokenizer.encode(text).ids
    if len(ids) > WINDOW:
        begin = draw.randrange(1, len(ids) - WINDOW + 2) if draw is not None and draw.random() < 0.3 else 1
        ids = [ids[0], *ids[begin : begin + WINDOW - 2], ids[-1]]
    held = example.labels
    return _Row(ids, KINDS.index(example.kind), [float(label in held) for label in LABELS])


def _noisy(text: str, draw: random.Random) -> str:
    chance = draw.random()
    if chance < 0.2:
        text = text.lower()
    elif chance < 0.25:
        text = text.upper()
    if draw.random() < 0.25:
        text = "".join(c for c in text if c not in ".,;:!?'\"" or draw.random() < 0.3)
    if draw.random() < 0.3:
        text = " ".join(
            _slip(word, draw) if len(word) > 3 and draw.random() < 0.07 else word for word in text.split(" ")
        )
    return text


def _slip(word: str, draw: random.Random) -> str:
    """A letter lost, two swapped, or one doubled."""
    at, how = draw.randrange(1, len(word) - 1), draw.random()
    if how < 0.4:
        return word[:at] + word[at + 1 :]
    if how < 0.7:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at] + word[at:]


def _batches(rows: Sequence[_Row], draw: random.Random) -> list[list[_Row]]:
    """Messages of like length together, in an order drawn anew."""
    order = list(rows)
    draw.shuffle(order)
    made = []
    for first in range(0, len(order), _AT_ONCE * 20):
        alike = sorted(order[first : first + _AT_ONCE * 20], key=lambda row: len(row.ids))
        made += [alike[n : n + _AT_ONCE] for n in range(0, len(alike), _AT_ONCE)]
    draw.shuffle(made)
    return made


def _padded(ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    longest = max(map(len, ids))
    padded, mask = torch.zeros(len(ids), longest, dtype=torch.long), torch.zeros(len(ids), longest, dtype=torch.long)
    for number, own in enumerate(ids):
        padded[number, : len(own)], mask[number, : len(own)] = torch.tensor(own), 1
    return padded, mask


def _export(network: Network, folder: Path) -> None:
    """Write the network for ONNX Runtime, its weights in eight bits."""
    network.eval()
    whole = folder / "whole.onnx"
    torch.onnx.export(
        network,
        (torch.ones(1, 8, dtype=torch.long),),
        str(whole),
        input_names=["ids"],
        output_names=["kinds", "labels", "attention"],
        dynamic_axes={"ids": {1: "piece"}, "attention": {1: "piece"}},
        opset_version=17,
        custom_opsets={"com.microsoft": 1},
        dynamo=False,
    )
    quantize_dynamic(whole, folder / NETWORK, weight_type=QuantType.QInt8, per_channel=True)
    whole.unlink()


def base_vectors(texts: Sequence[str]) -> Any:
    """Sentence vectors of the weights that training begins with: the mean over the words, of length one."""
    tokenizer = _tokenizer(base_folder() / "tokenizer.json")
    network = Network(tokenizer.get_vocab_size())
    network.begin(range(tokenizer.get_vocab_size()))
    network.eval()
    made = []
    with torch.no_grad():
        for text in texts:
            ids = tokenizer.encode(text).ids
            whole = network.whole(*_padded([ids if len(ids) <= WINDOW else [*ids[: WINDOW - 1], ids[-1]]]))[0]
            made.append((whole / whole.norm()).numpy())
    return np.array(made)
