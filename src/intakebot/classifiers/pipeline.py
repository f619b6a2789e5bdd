"""Pipeline: the classifier as spaCy components: language, rough English, encoder, rules, second look, verdict.

`pipeline.cfg` says which and in what order; each is registered with spaCy, so a landlord's engineer may put one of
their own between. A document carries its scores in `doc.cats`, and the whole answer in `doc._.classification`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry

from intakebot.classifiers.encoder import Encoder, Heard
from intakebot.classifiers.glossary import Gloss, in_english
from intakebot.classifiers.language import LanguageFinder
from intakebot.classifiers.rules import RulesClassifier
from intakebot.classifiers.verdict import SAFETY_FLAGS, verdict
from intakebot.domain.labels import Tag

CONFIG = Path(__file__).with_name("pipeline.cfg")
_WORD = re.compile(r"(\S{1,100}|\s)( ?)")
_LONGEST_QUOTE = 160
_HALF = re.compile("[\ud800-\udfff]")
_NEAR, _NEAR_CHARACTERS = 4, 80
_HEARD = 0.5

for _name, _default in (("channel", "email"), ("language", "en"), ("gloss", None), ("heard", None), ("rules", None)):
    Doc.set_extension(_name, default=_default, force=True)
Doc.set_extension("classification", default=None, force=True)


def load(model: Path) -> Language:
    """The pipeline with the encoder in this folder."""
    nlp = spacy.util.load_model_from_config(
        spacy.util.load_config(CONFIG, overrides={"components.encoder.folder": str(model)}), auto_fill=True
    )
    nlp.max_length = sys.maxsize
    return nlp


def _words() -> Callable[[Language], Callable[[str], Doc]]:
    """Words at white space, in linear time: spaCy's own tokenizer takes minutes over a megabyte without a space."""

    def of_language(nlp: Language) -> Callable[[str], Doc]:
        def words(text: str) -> Doc:
            found = _WORD.findall(_HALF.sub("\ufffd", text))
            return Doc(nlp.vocab, [word for word, _ in found], [bool(space) for _, space in found])

        return words

    return of_language


registry.tokenizers("intakebot_words")(_words)


@Language.factory("intakebot_language")
class _FindLanguage:
    """Names the language."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._finder = LanguageFinder()

    def __call__(self, doc: Doc) -> Doc:
        doc._.language = self._finder.identify(doc.text)
        return doc


@Language.component("intakebot_gloss")
def _gloss(doc: Doc) -> Doc:
    """Makes rough English of another language."""
    doc._.gloss = in_english(doc.text, doc._.language)
    return doc


@Language.factory("intakebot_encoder", default_config={"folder": ""})
class _Encode:
    """Scores every label, and finds the words each hangs on."""

    def __init__(self, nlp: Language, name: str, folder: str) -> None:
        self._encoder = Encoder(Path(folder))
        nlp.meta["version"] = str(self._encoder.settings["version"])
        for word in self._encoder.common_words():
            nlp.vocab[word]  # else spaCy makes it anew for every message, a twentieth of the time one takes

    def hear(self, text: str, language: str) -> Heard:
        """What is heard in a part of a message."""
        return self._encoder.hear(in_english(text, language).text)

    def __call__(self, doc: Doc) -> Doc:
        doc._.heard = heard = self._encoder.hear(doc._.gloss.text)
        doc.cats = {f"kind.{kind.value}": score for kind, score in heard.kinds.items()} | heard.labels
        return doc


@Language.factory("intakebot_rules")
class _Rules:
    """The lexicon's own answer: the second pair of eyes for what must not be missed."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._rules = RulesClassifier()

    def __call__(self, doc: Doc) -> Doc:
        doc._.rules = self._rules.classify(doc.text, doc._.channel)
        return doc


@Language.factory("intakebot_second_look", default_config={"encoder": "encoder"})
class _LookAgain:
    """Where only the rules see danger, has the encoder read the words about it alone: among much else it is drowned."""

    def __init__(self, nlp: Language, name: str, encoder: str) -> None:
        self._nlp, self._encoder = nlp, encoder

    def __call__(self, doc: Doc) -> Doc:
        heard: Heard = doc._.heard
        unheard = {
            f"flags.{tag.label}": tag
            for tag in doc._.rules.flags
            if tag.label in SAFETY_FLAGS and heard.labels[f"flags.{tag.label}"] <= _HEARD
        }
        found = {label: max(heard.labels[label], self._score(doc, label, tag)) for label, tag in unheard.items()}
        doc._.heard = replace(heard, labels=heard.labels | found)
        doc.cats = doc.cats | found
        return doc

    def _score(self, doc: Doc, label: str, tag: Tag) -> float:
        stretches = {_around(doc.text, words) for words in tag.evidence} - {""}
        encoder: Any = self._nlp.get_pipe(self._encoder)
        return float(max((encoder.hear(s, doc._.language).labels[label] for s in stretches), default=0.0))


@Language.factory("intakebot_verdict")
class _Verdict:
    """Joins what was heard with what the rules say."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._nlp = nlp

    def __call__(self, doc: Doc) -> Doc:
        heard, text = doc._.heard, doc.text  # spaCy puts a text together anew each time it is asked for
        quotes = {label: _quote(text, doc._.gloss, span) for label, span in heard.spans.items()}
        version = f"trained-{self._nlp.meta['version']}"
        doc._.classification = verdict(
            heard.kinds, heard.labels, quotes, doc._.rules, doc._.channel, doc._.language, version
        )
        return doc


def _quote(text: str, gloss: Gloss, span: tuple[int, int]) -> str:
    """The writer's own words behind a stretch of what the encoder read, not cut inside a word."""
    begin, end = gloss.original(*span)
    if begin == end:
        return ""
    while begin > 0 and text[begin - 1].isalnum():
        begin -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return " ".join(text[begin:end].split())[:_LONGEST_QUOTE]


def _around(text: str, words: str) -> str:
    """These words of the text with the few on either side, enough for who, where and "not"."""
    found = re.search(r"\s+".join(map(re.escape, words.split())), text) if words else None
    if found is None:
        return ""
    before = text[max(0, found.start() - _NEAR_CHARACTERS) : found.start()].split()[-_NEAR:]
    after = text[found.end() : found.end() + _NEAR_CHARACTERS].split()[:_NEAR]
    return " ".join([*before, found[0], *after])


def classify(nlp: Language, text: str, channel: str) -> Any:
    """The classification of one message."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()  # half of a character, as broken programs write it
    with nlp.memory_zone():  # else every new word anybody writes would be remembered for good
        doc = nlp.make_doc(text)
        doc._.channel = channel
        return nlp(doc)._.classification
