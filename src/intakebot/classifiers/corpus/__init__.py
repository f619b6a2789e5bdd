"""The corpus: messages written and labelled by us, in JSON Lines, and labelled files from outside in the same form.

`training/` teaches, `development/` judges; no writer, template or scenario is in both. What each label means stands in
docs/labelling.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from intakebot.domain.labels import Category, Flag, Kind, Need
from intakebot.errors import BadInput

CHANNELS = ("email", "telegram", "web", "relay")
_Label = TypeVar("_Label", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Example:
    """A message with its right labels. `register` is how it is written, "" where nobody said."""

    id: str
    channel: str
    text: str
    kind: Kind
    categories: tuple[Category, ...]
    flags: tuple[Flag, ...]
    needs: tuple[Need, ...]
    language: str
    register: str = ""

    @property
    def labels(self) -> frozenset[str]:
        """Everything but the kind and the language, each as "categories.repairs"."""
        groups = (("categories", self.categories), ("flags", self.flags), ("needs", self.needs))
        return frozenset(f"{group}.{label.value}" for group, labels in groups for label in labels)


def shipped(split: str) -> list[Example]:
    """Our own corpus: `training` or `development`."""
    folder = files(__name__).joinpath(split)
    named = sorted((f for f in folder.iterdir() if f.name.endswith(".jsonl")), key=lambda f: f.name)
    return [e for file in named for e in parse(_lines(file.read_text("utf-8")), f"{split}/{file.name}")]


def read_file(path: Path) -> list[Example]:
    """A labelled file. Raises BadInput naming the first line that is wrong, and what is wrong with it."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read as UTF-8 text: {error}") from error
    found = list(parse(_lines(text), path.name))
    if not found:
        raise BadInput(f"{path} has no messages: it must be JSON Lines of id, channel, text and labels")
    return found


def _lines(text: str) -> list[str]:
    """Lines as JSON Lines counts them: a message may hold other signs that end a line."""
    return text.split("\n")


def parse(lines: Iterable[str], name: str) -> Iterator[Example]:
    """Examples from JSON Lines; empty lines are passed over. Raises BadInput."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield _example(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            what = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            raise BadInput(f"{name}, line {number}: {what}") from error


def _example(data: Any) -> Example:
    if not isinstance(data, dict):
        raise TypeError("it must be a JSON object")
    labels = data["labels"]
    if not isinstance(labels, dict):
        raise TypeError("labels must be an object")
    channel, text = data["channel"], data["text"]
    if not isinstance(text, str):
        raise TypeError("text must be a string")
    if channel not in CHANNELS:
        raise ValueError(f"channel must be one of {', '.join(CHANNELS)}")
    return Example(
        id=str(data["id"]),
        channel=channel,
        text=text,
        kind=Kind(labels["kind"]),
        categories=_several(Category, labels["categories"]),
        flags=_several(Flag, labels["flags"]),
        needs=_several(Need, labels["needs"]),
        language=str(labels["language"]),
        register=str(data.get("register", "")),
    )


def _several(labels: type[_Label], values: Sequence[str]) -> tuple[_Label, ...]:
    if not isinstance(values, list):
        raise TypeError("categories, flags and needs must be lists")
    return tuple(labels(value) for value in values)


def near_duplicates(examples: Sequence[Example], alike: float = 0.5) -> list[tuple[str, str]]:
    """Pairs of messages that share so much of their five-word runs that one teaches nothing new."""
    runs = [_runs(e.text) for e in examples]
    holders: dict[tuple[str, ...], list[int]] = {}
    for number, own in enumerate(runs):
        for run in own:
            holders.setdefault(run, []).append(number)
    shared: dict[tuple[int, int], int] = {}
    for held in holders.values():
        for place, first in enumerate(held):
            for second in held[place + 1 :]:
                shared[first, second] = shared.get((first, second), 0) + 1
    return [
        (examples[first].id, examples[second].id)
        for (first, second), count in sorted(shared.items())
        if count / min(len(runs[first]), len(runs[second])) >= alike
    ]


def _runs(text: str) -> set[tuple[str, ...]]:
    words = "".join(c if c.isalnum() else " " for c in text.casefold()).split()
    return {tuple(words[n : n + 5]) for n in range(max(1, len(words) - 4))}
