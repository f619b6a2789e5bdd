"""The trained classifier: the shipped model, or the one trained here, behind the port every classifier has."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from intakebot.classifiers import pipeline
from intakebot.classifiers.model_folders import SHIPPED, UnfitModel, fault_of, own_model
from intakebot.config.settings import Settings
from intakebot.domain.labels import Classification

log = logging.getLogger(__name__)

_SAMPLE = "The boiler is broken."


class TrainedClassifier:
    """Classifies by a spaCy pipeline around a small transformer, with the rules beside it. Safe to share."""

    problem = ""
    """Why the model trained here is not used, in a sentence; "" where it is, or where there is none."""

    def __init__(self, model: Path = SHIPPED) -> None:
        """Load the model in this folder. Raises whatever the libraries raise where that cannot be done."""
        self._nlp = pipeline.load(model)
        self._lock = threading.Lock()
        self.version = f"trained-{self._nlp.meta['version']}"

    @classmethod
    def from_settings(cls, settings: Settings) -> TrainedClassifier:
        """With the model that was trained here, if one is in use; where that is broken, with the shipped one."""
        try:
            own = own_model(settings.data)
            return cls.proved(own) if own else cls(SHIPPED)
        except UnfitModel as error:
            why = str(error)
        shipped = cls(SHIPPED)
        shipped.problem = (
            f"the model trained here is not used: {why}. The one that ships with intakebot takes its "
            "place. Train it anew with `intakebot train`, or put back the one before with `intakebot train --go-back`"
        )
        log.warning("%s", shipped.problem)
        return shipped

    @classmethod
    def proved(cls, model: Path) -> TrainedClassifier:
        """Load a model that may be anything, and try it on a message. Raises `UnfitModel`."""
        if fault := fault_of(model):
            raise UnfitModel(fault)
        try:
            made = cls(model)
            made.classify(_SAMPLE, "web")
        except Exception as error:  # the libraries' own words name paths; what kind of error it is says enough
            raise UnfitModel(f"one of its files cannot be used ({type(error).__name__})") from error
        return made

    def classify(self, text: str, channel: str = "email") -> Classification:
        """Classify one message; never raises, whatever the text. See `intakebot.classifiers.base`."""
        with self._lock:
            found: Classification = pipeline.classify(self._nlp, text, channel)
        return found
