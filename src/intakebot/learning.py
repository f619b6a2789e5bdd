"""Learning: a model trained anew, also on what staff have corrected, judged beside the present one and installed.

Everything stays on this machine. Who trains and who loads a model is given, so that nothing here needs PyTorch.
"""

from __future__ import annotations

import fcntl
import json
import math
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from intakebot import __version__
from intakebot.classifiers.base import Classifier
from intakebot.classifiers.corpus import CHANNELS, Example
from intakebot.classifiers.encoder import SETTINGS
from intakebot.classifiers.evaluation import evaluate
from intakebot.classifiers.trained import OWN, SHIPPED, TrainedClassifier, is_model
from intakebot.classifiers.verdict import SAFETY_FLAGS
from intakebot.domain.labels import Category, Classification, Flag, Kind, Need
from intakebot.domain.redaction import redact
from intakebot.errors import BadInput
from intakebot.store.corrections import CorrectedMessage

Say = Callable[[str], None]
Trainer = Callable[[Sequence[Example], Path, str, Say], None]
"""Trains on the examples and writes a model of this version into the folder; raises BadInput where it cannot."""

CANDIDATE, BEFORE = f"{OWN}-candidate", f"{OWN}-before"
_DROPPED, _SWAPPED, _LOCK = f"{OWN}-dropped", f"{OWN}-swapped", f"{OWN}.lock"
_MOST_LOWER = 0.005
"""How much lower the mean of the main measures may be."""
_MAIN = (
    "kind accuracy",
    "recall of complaint + escalation",
    "categories macro-F1",
    "categories hit@1",
    "needs micro-F1",
)
_SAFETY = [flag for flag in Flag if flag in SAFETY_FLAGS]
_CHANNELS = {"relay_uk": "relay"} | {channel: channel for channel in CHANNELS}
_CATEGORIES = {label.value: label for label in Category}
_FLAGS = {label.value: label for label in Flag}
_NEEDS = {label.value: label for label in Need}


@dataclass(frozen=True, slots=True)
class Score:
    """One measure of both models, from 0 to 1; None where there was nothing to measure, or no model."""

    name: str
    present: float | None
    new: float | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A new model beside the present one: its scores, and each way in which it is worse, in a sentence."""

    present: str
    new: str
    scores: tuple[Score, ...]
    worse: tuple[str, ...]


def lessons(corrected: Sequence[CorrectedMessage]) -> list[Example]:
    """Corrected messages as examples to learn from."""
    return [_example(message, message.text) for message in corrected]


def redacted_lines(corrected: Sequence[CorrectedMessage], staff: Sequence[str]) -> Iterator[str]:
    """Corrected messages as JSON Lines of the evaluation format, redacted; `staff` are names to take out too."""
    for message in corrected:
        known = replace(message.known, names=(*message.known.names, *staff))
        yield json.dumps(_line(_example(message, redact(message.text, known))), ensure_ascii=False)


def _example(message: CorrectedMessage, text: str) -> Example:
    """A message with the labels staff gave it, brought to what the labelling guide says of labels together."""
    given, ours = message.labels, message.labels.kind is not Kind.NOT_FOR_US
    needs = tuple(_NEEDS[n] for n in given.needs if n in _NEEDS and ours)
    flags = [_FLAGS[f] for f in given.flags if f in _FLAGS and ours and f != Flag.ACCESSIBILITY_NEED]
    if Flag.EMERGENCY_HAZARD in flags:
        flags = [flag for flag in flags if flag is not Flag.SIGNIFICANT_HAZARD]
    return Example(
        id=f"corrected-{message.case_id}",
        channel=_CHANNELS.get(message.channel, "web"),
        text=text,
        kind=given.kind,
        categories=tuple(_CATEGORIES[c] for c in given.categories if c in _CATEGORIES and ours),
        flags=(*flags, *((Flag.ACCESSIBILITY_NEED,) if needs else ())),
        needs=needs,
        language=message.language,
    )


def _line(example: Example) -> dict[str, Any]:
    labels = {
        "kind": example.kind,
        "categories": example.categories,
        "flags": example.flags,
        "needs": example.needs,
        "language": example.language,
    }
    return {"id": example.id, "channel": example.channel, "text": example.text, "labels": labels}


def judge(
    examples: Sequence[Example], present: Sequence[Classification] | None, new: Sequence[Classification]
) -> tuple[tuple[Score, ...], tuple[str, ...]]:
    """The scores of both models on messages that neither was trained on, and each way in which the new one is worse.

    It is worse where, of the messages that should be a complaint or an escalation, or have one of the safety flags, it
    misses more than one beyond chance. Chance is the square root of the number of those on which the two differ. And
    it is worse where the mean of the main measures is lower by more than 0.005.
    """
    before = _measured(examples, present) if present is not None else {}
    after = _measured(examples, new)
    scores = tuple(Score(name, before.get(name), value) for name, value in after.items())
    if present is None:
        return scores, ()
    worse = [said for name, hits in _HITS.items() if (said := _misses_more(name, hits, examples, present, new))]
    main = [(s.present, s.new) for s in scores if s.name in (*_MAIN, _SAFETY_F1)]
    pairs = [(old, found) for old, found in main if old is not None and found is not None]
    lower = round(sum(old - found for old, found in pairs) / len(pairs), 6) if pairs else 0.0
    if lower > _MOST_LOWER:
        worse.append(f"the mean of the main measures is {lower:.3f} lower; {_MOST_LOWER} is allowed")
    return scores, tuple(worse)


_SAFETY_F1 = "safety flags macro-F1"


def _measured(examples: Sequence[Example], found: Sequence[Classification]) -> dict[str, float | None]:
    whole = evaluate(examples, found)
    flags = [whole.flags[flag.value] for flag in _SAFETY]
    there = [score.f1.value for score in flags if score.f1.value is not None]
    return {
        **{name: whole.measures[name].value for name in _MAIN},
        _SAFETY_F1: sum(there) / len(there) if there else None,
        **{f"recall of {flag.value}": s.recall.value for flag, s in zip(_SAFETY, flags, strict=True)},
    }


_Hit = Callable[[Example, Classification], bool | None]
"""Whether a message is found for what it is; None for one that is something else."""


def _complains(example: Example, found: Classification) -> bool | None:
    complaining = (Kind.COMPLAINT, Kind.ESCALATION)
    return found.kind.label in complaining if example.kind in complaining else None


def _flagged(flag: Flag) -> _Hit:
    return lambda example, found: found.has_flag(flag) if flag in example.flags else None


_HITS: Mapping[str, _Hit] = {"complaints and escalations": _complains} | {
    f"messages with {flag.value}": _flagged(flag) for flag in _SAFETY
}


def _misses_more(
    name: str,
    hit: _Hit,
    examples: Sequence[Example],
    present: Sequence[Classification],
    new: Sequence[Classification],
) -> str:
    pairs = [(hit(e, old), hit(e, found)) for e, old, found in zip(examples, present, new, strict=True)]
    lost, gained = pairs.count((True, False)), pairs.count((False, True))
    if lost - gained <= 1 + math.sqrt(lost + gained):
        return ""
    return f"of {name} it misses {lost} that the present one finds, and finds {gained} that the present one misses"


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one data folder: the present one, the one before, and a candidate for its place."""

    data: Path
    load: Callable[[Path], Classifier] = TrainedClassifier
    shipped: Path = SHIPPED

    @property
    def candidate(self) -> Path:
        """Where a model is trained that may be installed."""
        return self.data / CANDIDATE

    @property
    def present(self) -> Path | None:
        """The model in use: the one installed here, else the one shipped; None where there is neither."""
        return next((folder for folder in (self.data / OWN, self.shipped) if is_model(folder)), None)

    def make(
        self, train: Trainer, examples: Sequence[Example], held_out: Sequence[Example], folder: Path, say: Say
    ) -> Judgement:
        """Train into a folder, in place of what is there, and judge on the messages held out.

        Raises BadInput for a folder that holds something else or cannot be written, and where a model does not load.
        """
        if folder.exists() and not (is_model(folder) or folder == self.candidate):
            raise BadInput(f"{folder} is there and holds no model; name another folder")
        unseen = {example.text for example in held_out}
        taught = [example for example in examples if example.text not in unseen]
        present, known, version = self.present, "", f"{__version__}-{_digest(taught)}"
        if present:
            say("scoring the present model")
            known = version_of(present)
        answered = self._answers(present, held_out) if present else None
        part = folder.with_name(f"{folder.name}-part")
        with _writing(folder):
            shutil.rmtree(part, ignore_errors=True)
            train(taught, part, version, say)
            shutil.rmtree(folder, ignore_errors=True)
            part.rename(folder)
        say("scoring the new one")
        scores, worse = judge(held_out, answered, self._answers(folder, held_out))
        return Judgement(known, version, scores, worse)

    def _answers(self, folder: Path, examples: Sequence[Example]) -> list[Classification]:
        try:
            classifier = self.load(folder)
        except Exception as error:  # whatever the libraries say of a broken file, it is this folder that is wrong
            raise BadInput(f"the model in {folder} cannot be loaded ({type(error).__name__}); move it away") from error
        return [classifier.classify(example.text, example.channel) for example in examples]

    def install(self) -> None:
        """Put the candidate in the place of the model installed here, which is kept. A service takes it at its start.

        Whole folders are renamed, so that no process ever finds half a model; for a moment it may find none, and
        takes the shipped one. Stopped halfway, it is undone by the next act here.
        """
        own, before, dropped = (self.data / name for name in (OWN, BEFORE, _DROPPED))
        with _writing(own):
            self._mend()
            if not _rename(before, dropped):
                dropped.mkdir()
            _rename(own, before)
            self.candidate.rename(own)
            shutil.rmtree(dropped, ignore_errors=True)

    def go_back(self) -> str:
        """Put back what was in use before the last time, and keep what is in use now: doing it twice changes nothing.

        Returns the version now in use, "" for the one shipped. Raises BadInput where nothing was ever installed.
        """
        own, before, swapped = (self.data / name for name in (OWN, BEFORE, _SWAPPED))
        with _writing(own):
            self._mend()
            if not own.exists() and not before.exists():
                raise BadInput("there is nothing to go back to: no model was installed here")
            _rename(own, swapped)
            _rename(before, own)
            _rename(swapped, before)
        return version_of(own) if is_model(own) else ""

    def _mend(self) -> None:
        """Finish or undo what was stopped halfway."""
        own, before, dropped, swapped = (self.data / name for name in (OWN, BEFORE, _DROPPED, _SWAPPED))
        _rename(swapped, before if own.exists() else own)
        if dropped.exists():  # an installation: without its last step, all of it is undone
            if not own.exists():
                _rename(before, own)
            if before.exists() or not is_model(dropped):
                shutil.rmtree(dropped)
            _rename(dropped, before)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else trains or installs in this data folder meanwhile. Raises BadInput if somebody does."""
        with _writing(self.data):
            self.data.mkdir(parents=True, exist_ok=True)
            handle = (self.data / _LOCK).open("w")
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise BadInput(f"another training is under way in {self.data}; wait for it to end") from error
            yield


def version_of(folder: Path) -> str:
    """The version of the model in a folder, "" where it does not say."""
    with suppress(OSError, ValueError, KeyError):
        return str(json.loads((folder / SETTINGS).read_text("utf-8"))["version"])
    return ""


def _digest(examples: Sequence[Example]) -> str:
    """A mark of what a model was taught: the same examples, the same mark."""
    return sha256("\n".join(json.dumps(_line(e)) for e in examples).encode()).hexdigest()[:8]


def _rename(folder: Path, to: Path) -> bool:
    """Rename a folder that is there. Returns whether it was."""
    there = folder.exists()
    if there:
        folder.rename(to)
    return there


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror or error}") from error
