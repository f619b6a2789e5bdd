"""Which language a message is in, as an ISO 639-1 code, among those tenants in England write in.

English is recognised by its small words first (tenants' spelling misleads letter statistics); only the rest is
put to py3langid, whose model is loaded at the first message that needs it.
"""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_LOADING = threading.Lock()
_LANGUAGES = (
    "ar am bg bn cs cy de el en es fa fr gu hi hr hu it ja ko ku lt lv ml ne nl pa pl ps pt ro ru sk so sq sr sw ta "
    "te th tl tr uk ur vi zh"
)
UNDETERMINED = "und"
_SAMPLE = 600
_FEW_LETTERS = 20
_HEADING = re.compile(r"\Asubject:\s*", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH_WORDS = (
    "the and is are was were be been my your our you we they he she it this that there have has had not no to of in on "
    "for with at from by but so if when what who how why can cant could would will wont dont do does did about out up "
    "still just get got me am im ive its please hello hi thanks thank need want help im again someone nobody any all "
    "after before since because been being them their his her an as or than then now here"
)


class LanguageFinder:
    """Names the language of a text. Safe to share between threads."""

    def __init__(self) -> None:
        self._english = frozenset(_ENGLISH_WORDS.split())

    def identify(self, text: str) -> str:
        """ISO 639-1 code; "und" where there is nothing to read. A text too short for statistics counts as English
        when it is written in plain Latin letters without accents."""
        sample = _HEADING.sub("", text[: 4 * _SAMPLE]).strip()[:_SAMPLE]
        words = _WORD.findall(sample.lower().replace("'", "").replace("’", ""))
        letters = sum(map(len, words))
        if letters == 0:
            return UNDETERMINED
        english = sum(map(self._english.__contains__, words))
        if english >= 2 and english >= 0.24 * len(words):
            return "en"
        if letters < _FEW_LETTERS and sample.isascii():
            return "en"
        return self._statistics(sample, english / len(words))

    def _statistics(self, sample: str, english: float) -> str:
        with _LOADING:
            identifier = _load()
        found, confidence = identifier.classify(sample)
        doubtful = sample.isascii() and (confidence < 0.5 or english >= 0.15)
        return "en" if doubtful else str(found)


@cache
def _load() -> LanguageIdentifier:
    """Its model takes 80 MB, so there is one for all."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # here, because NumPy comes with it

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in _LANGUAGES.split() if code in identifier.labels])
    return identifier
