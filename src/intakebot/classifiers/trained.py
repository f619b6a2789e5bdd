"""The trained classifier: the shipped model, or the one trained here, behind the port every classifier has."""

from __future__ import annotations

import threading
from pathlib import Path

from intakebot.classifiers import pipeline
from intakebot.classifiers.encoder import SETTINGS
from intakebot.config.settings import Settings
from intakebot.domain.labels import Classification

SHIPPED = Path(__file__).with_name("model")
OWN = "model"
"""The folder, within the data folder, of a model trained here."""


class TrainedClassifier:
    """Classifies by a spaCy pipeline around a small transformer, with the rules beside it. Safe to share."""

    def __init__(self, model: Path = SHIPPED) -> None:
        self._nlp = pipeline.load(model)
        self._lock = threading.Lock()
        self.version = f"trained-{self._nlp.meta['version']}"

    @classmethod
    def from_settings(cls, settings: Settings) -> TrainedClassifier:
        """With the model that was trained here, if one is installed in the data folder."""
        own = settings.data / OWN
        return cls(own if is_model(own) else SHIPPED)

    def classify(self, text: str, channel: str = "email") -> Classification:
        """Classify one message; never raises, whatever the text. See `intakebot.classifiers.base`."""
        with self._lock:
            found: Classification = pipeline.classify(self._nlp, text, channel)
        return found


def is_model(folder: Path) -> bool:
    """Whether a model that was trained lies in this folder."""
    return (folder / SETTINGS).is_file()
