"""Model folders: which trained model of a data folder is in use, and whether a folder holds one that fits.

A model trained here lies in a folder of its own that is never written again. One small file, `model.json`, names the
one in use and the one before it; it is replaced in one step, so that whoever reads it and then loads can never meet
the files of two models.
"""

from __future__ import annotations

import json
import math
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from intakebot.classifiers.encoder import KINDS, LABELS, NETWORK, SETTINGS, TOKENIZER
from intakebot.classifiers.words import FILE as WORDS

SHIPPED = Path(__file__).with_name("model")
POINTER = "model.json"
FORMAT = 1
"""Of a model's files. One that does not say its format is of format 1, from before formats were written down."""
_OWN, _OWN_BEFORE = "model", "model-before"
"""Where models lay before there was a pointer, and where a person may copy one by hand."""


class UnfitModel(ValueError):
    """There is no model that this version can use; the text says why, without a path."""


@dataclass(frozen=True, slots=True)
class InUse:
    """Which models of a data folder are in use: names of folders in it, "" for the model that is shipped."""

    present: str = ""
    before: str = ""


def in_use(data: Path) -> InUse | None:
    """What is in use in this data folder; None where no model was ever installed. Raises `UnfitModel`."""
    try:
        told = json.loads((data / POINTER).read_text("utf-8"))
        found = InUse(str(told["present"]), str(told["before"]))
    except FileNotFoundError:
        names = [name if is_model(data / name) else "" for name in (_OWN, _OWN_BEFORE)]
        return InUse(*names) if any(names) else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnfitModel(f"{POINTER}, which names it, cannot be read") from error
    if any(Path(name).name != name for name in (found.present, found.before)):
        raise UnfitModel(f"{POINTER} names what is no folder beside it")
    return found


def put_in_use(data: Path, chosen: InUse) -> None:
    """Have these used from now on: whoever looks finds what was chosen before, or this, and nothing between."""
    part = data / f"{POINTER}-part"
    with part.open("w", encoding="utf-8") as file:
        json.dump(asdict(chosen), file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(data / POINTER)


def own_model(data: Path) -> Path | None:
    """The folder of the model trained here that is in use; None where it is the shipped one. Raises `UnfitModel`."""
    chosen = in_use(data)
    return data / chosen.present if chosen and chosen.present else None


def description() -> dict[str, Any]:
    """What a model's settings say of its form, so that a later version knows whether it can still read it."""
    return {"format": FORMAT, "kinds": [kind.value for kind in KINDS], "labels": list(LABELS)}


def fault_of(folder: Path) -> str:
    """Why the model in a folder does not fit this version of intakebot, in words without paths; "" where it fits.

    Its labels must be ours, in our order: a score knows its label only by its place.
    """
    if missing := [name for name in (SETTINGS, NETWORK, TOKENIZER, WORDS) if not (folder / name).is_file()]:
        return f"{missing[0]} is missing"
    try:
        told = json.loads((folder / SETTINGS).read_text("utf-8"))
        figures = [*told["slopes"], *told["offsets"], told["temperature"]]
        form, kinds, labels = (told.get(name) for name in ("format", "kinds", "labels"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"{SETTINGS} cannot be read"
    if form not in (FORMAT, None):
        return f"it is of format {form!s:.20}, and this version reads format {FORMAT}"
    ours = description()
    if len(told["slopes"]) != len(LABELS) or len(told["offsets"]) != len(LABELS):
        return "it has another number of labels"
    if not all(isinstance(figure, int | float) and math.isfinite(figure) for figure in figures):
        return f"{SETTINGS} holds what is no figure"
    if form is not None and (kinds, labels) != (ours["kinds"], ours["labels"]):
        return "its labels are others, or in another order"
    return ""


def is_model(folder: Path) -> bool:
    """Whether a model that was trained lies in this folder, whole or not."""
    return (folder / SETTINGS).is_file()


def version_of(folder: Path) -> str:
    """The version of the model in a folder, "" where it does not say."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads((folder / SETTINGS).read_text("utf-8"))["version"])
    return ""
