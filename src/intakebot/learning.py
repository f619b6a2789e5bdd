"""Learning: a model trained anew, also on what staff have corrected, judged beside the present one and installed.

Everything stays on this machine. Who trains and who loads a model is given, so that nothing here needs PyTorch.
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from intakebot import __version__
from intakebot.classifiers.base import Classifier
from intakebot.classifiers.corpus import CHANNELS, Example
from intakebot.classifiers.judging import Judged, Measured, judge, measured
from intakebot.classifiers.model_folders import SHIPPED, InUse, UnfitModel, in_use, is_model, put_in_use, version_of
from intakebot.classifiers.trained import TrainedClassifier
from intakebot.domain.labels import Category, Classification, Flag, Kind, Need
from intakebot.domain.redaction import redact
from intakebot.errors import BadInput
from intakebot.store.corrections import CorrectedMessage
from intakebot.store.engine import Work

Say = Callable[[str], None]
Trainer = Callable[[Sequence[Example], Path, str, Say, int], None]
"""Trains on the examples, by this seed, and writes a model of this version into the folder; raises BadInput."""

SEED = 7
CANDIDATE = "model-candidate"
_LOCK = "model.lock"
_CHANNELS = {"relay_uk": "relay"} | {channel: channel for channel in CHANNELS}
_CATEGORIES = {label.value: label for label in Category}
_FLAGS = {label.value: label for label in Flag}
_NEEDS = {label.value: label for label in Need}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A new model's version and measures, and each model it could replace, by "which: version"."""

    version: str
    measures: Measured
    beside: dict[str, Judged]

    @property
    def worse(self) -> tuple[str, ...]:
        """Each way in which it is worse than one of them, in a sentence."""
        return tuple(said for judged in self.beside.values() for said in judged.worse)


def corrections(work: Work) -> tuple[tuple[CorrectedMessage, ...], list[str]]:
    """What staff have corrected, and the names of staff, which are redacted with everybody else's."""
    return work.corrections.messages(), [officer.name for officer in work.officers.all()]


def lessons(corrected: Sequence[CorrectedMessage], staff: Sequence[str]) -> list[Example]:
    """Corrected messages as examples to learn from, redacted: a model may remember words that came twice.

    `staff` are names to take out too, beside those on each case.
    """
    return [_example(message, _redacted(message, staff)) for message in corrected]


def redacted_lines(corrected: Sequence[CorrectedMessage], staff: Sequence[str]) -> Iterator[str]:
    """Corrected messages as JSON Lines of the evaluation format, redacted; `staff` are names to take out too."""
    for example in lessons(corrected, staff):
        yield json.dumps(_line(example), ensure_ascii=False)


def _redacted(message: CorrectedMessage, staff: Sequence[str]) -> str:
    return redact(message.text, replace(message.known, names=(*message.known.names, *staff)))


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


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one data folder: the one in use, the one before, and a candidate for its place."""

    data: Path
    load: Callable[[Path], Classifier] = TrainedClassifier.proved
    shipped: Path = SHIPPED

    @property
    def candidate(self) -> Path:
        """Where a model is trained that may be installed."""
        return self.data / CANDIDATE

    @property
    def present(self) -> Path | None:
        """The model in use: the one installed here, else the one shipped; None where there is neither."""
        chosen = self._in_use()
        folders = [self.data / chosen.present] if chosen and chosen.present else []
        return next((folder for folder in (*folders, self.shipped) if is_model(folder)), None)

    def _in_use(self) -> InUse | None:
        with suppress(UnfitModel):
            return in_use(self.data)
        return None

    def make(
        self, train: Trainer, examples: Sequence[Example], held_out: Sequence[Example], folder: Path, say: Say
    ) -> Judgement:
        """Train into a folder, in place of what is there, and judge on the messages held out.

        It is judged beside the present model and the shipped one, so that many small steps do not lead far down.
        Raises BadInput for a folder that holds something else or cannot be written, and where the new model, or
        every other, does not load.
        """
        if folder.exists() and not (is_model(folder) or folder == self.candidate):
            raise BadInput(f"{folder} is there and holds no model; name another folder")
        unseen = {example.text for example in held_out}
        taught = [example for example in examples if example.text not in unseen]
        version = f"{__version__}-{_digest(taught)}"
        others = self._answers_of_others(held_out, say)
        part = folder.with_name(f"{folder.name}-part")
        with _writing(folder):
            shutil.rmtree(part, ignore_errors=True)
            train(taught, part, version, say, SEED)
            shutil.rmtree(folder, ignore_errors=True)
            part.rename(folder)
        say("scoring the new one")
        found = self._answers(folder, held_out)
        beside = {
            f"{name}: {version_of(other)}": judge(held_out, old, found, name) for name, (other, old) in others.items()
        }
        return Judgement(version, measured(held_out, found), beside)

    def _answers_of_others(self, examples: Sequence[Example], say: Say) -> dict[str, tuple[Path, list[Classification]]]:
        """What the present model and the shipped one say, by those names; a broken one of our own is passed over."""
        present = self.present
        found = {}
        if present is not None and present != self.shipped:
            say("scoring the present model")
            try:
                found["present"] = (present, self._answers(present, examples))
            except BadInput as error:
                say(f"{error}. The new model is compared with the shipped one alone")
        if is_model(self.shipped):
            say("scoring the shipped model")
            found["shipped"] = (self.shipped, self._answers(self.shipped, examples))
        return found

    def _answers(self, folder: Path, examples: Sequence[Example]) -> list[Classification]:
        try:
            classifier = self.load(folder)
        except Exception as error:  # whatever is wrong with it, it is this folder that is wrong
            why = str(error) if isinstance(error, UnfitModel) else type(error).__name__
            raise BadInput(f"the model in {folder} cannot be used: {why}") from error
        return [classifier.classify(example.text, example.channel) for example in examples]

    def install(self) -> None:
        """Have the candidate used from now on, and keep the one in use. A service takes it at its start.

        It gets a folder of its own, and then one file is replaced that names it: nobody finds half a model, or half of
        each of two. Stopped halfway, the one in use is still in use.
        """
        was = self._in_use() or InUse()
        kept = {was.present, was.before} - {""}
        with _writing(self.data):
            name = self._free_name(kept)
            self.candidate.rename(self.data / name)
            put_in_use(self.data, InUse(name, was.present))
            if was.before and was.before != was.present:
                shutil.rmtree(self.data / was.before, ignore_errors=True)

    def _free_name(self, kept: set[str]) -> str:
        """A name for the candidate's folder. A folder that was left there by an installation cut short is removed."""
        stem = "model-" + re.sub(r"[^\w.-]", "_", version_of(self.candidate))
        names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(kept) + 2))
        name = next(name for name in names if name not in kept)
        if is_model(self.data / name):
            shutil.rmtree(self.data / name)
        return name

    def go_back(self) -> str:
        """Have used what was in use before the last time, and keep what is in use now: twice changes nothing.

        Returns the version now in use, "" for the one shipped. Raises BadInput where nothing was ever installed.
        """
        try:
            was = in_use(self.data)
        except UnfitModel as error:
            raise BadInput(f"{error}; remove that file, and the shipped model is used") from error
        if was is None:
            raise BadInput("there is nothing to go back to: no model was installed here")
        with _writing(self.data):
            put_in_use(self.data, InUse(was.before, was.present))
        return version_of(self.data / was.before) if was.before else ""

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


def _digest(examples: Sequence[Example]) -> str:
    """A mark of what a model was taught and by which seed: the same, the same mark."""
    told = [str(SEED), *(json.dumps(_line(e)) for e in examples)]
    return sha256("\n".join(told).encode()).hexdigest()[:8]


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror or error}") from error
