"""Glossaries: a message in another language, word by word, in rough English.

The model reads English. Rough English is enough for it to tell a leak from a neighbour's noise, and a person reads
the original. One file a language: a word or phrase, a tab, its gloss; `*` at the end stands for any ending.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

_WITHOUT_SPACES = frozenset({"zh", "ja", "th"})
_MARKS = r"\s!-/:-@\[-`{-~¡-¿‐-‧‰-⁞、-〟،؛؟۔।॥፡-፨！-／：-＠"
_WORD = re.compile(rf"[^{_MARKS}]+(?:['’`-][^{_MARKS}]+)*|[{_MARKS}]")
_LATIN_RUN = re.compile(r"[!-~]+")
_JOINED_BEFORE = {"ar": ("وال", "بال", "فال", "كال", "لل", "ال", "و", "ب", "ف", "ل")}
"""Small words that are written as one with the next."""
_VOWEL_SIGNS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]")
_LONGEST_PHRASE, _LONGEST_STEM = 6, 30
_AN_ENDING = "x"


@dataclass(frozen=True, slots=True)
class Gloss:
    """Rough English, and for every piece of it where in the original it comes from: (begin, end, begin, end)."""

    text: str
    pieces: tuple[tuple[int, int, int, int], ...] = ()

    def original(self, begin: int, end: int) -> tuple[int, int]:
        """Where in the original the words `begin` to `end` of the rough English come from."""
        if not self.pieces:
            return begin, end
        touched = [piece for piece in self.pieces if piece[0] < end and begin < piece[1]]
        return (min(p[2] for p in touched), max(p[3] for p in touched)) if touched else (0, 0)


@dataclass(slots=True)
class Glossary:
    """The words of one language."""

    language: str
    whole: dict[tuple[str, ...], str] = field(default_factory=dict)
    stems: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)
    """By the words before it, none for a single word: the last word without its ending, and the gloss."""

    def gloss(self, text: str) -> Gloss:
        """Rough English for a text. Latin words it does not know stay as they are: names, numbers, English words."""
        if self.language in _WITHOUT_SPACES:
            return self._gloss_run_on(text)
        found = [(match[0], match.start(), match.end()) for match in _WORD.finditer(text) if match[0].strip()]
        folded = [fold(word) for word, _, _ in found]
        writer, at = _Writer(), 0
        while at < len(found):
            for length in range(min(_LONGEST_PHRASE, len(found) - at), 0, -1):
                *before, last = folded[at : at + length]
                said = self.whole.get((*before, last)) or self._stem(last, tuple(before))
                if said is None and not before:
                    said = self._apart(last)
                if said is not None:
                    writer.add(said, found[at][1], found[at + length - 1][2])
                    at += length
                    break
            else:
                if _reads_as_latin(found[at][0]):
                    writer.add(*found[at])
                at += 1
        return writer.gloss()

    def _apart(self, word: str) -> str | None:
        """A word written as one with a small word before it."""
        for before in _JOINED_BEFORE.get(self.language, ()):
            rest = word.removeprefix(before)
            if rest != word and len(rest) > 1:
                said = self.whole.get((rest,)) or self._stem(rest)
                if said is not None:
                    return said
        return None

    def _stem(self, word: str, before: tuple[str, ...] = ()) -> str | None:
        stems = self.stems.get(before)
        if stems:
            for length in range(min(len(word), _LONGEST_STEM), 0, -1):
                if word[:length] in stems:
                    return stems[word[:length]]
        return None

    def _gloss_run_on(self, text: str) -> Gloss:
        """A language written without spaces: the longest entry that stands at each place."""
        longest = max((len(key[0]) for key in self.whole), default=0)
        writer, at = _Writer(), 0
        while at < len(text):
            for length in range(min(longest, len(text) - at), 0, -1):
                said = self.whole.get((fold(text[at : at + length]),))
                if said is not None:
                    writer.add(said, at, at + length)
                    at += length
                    break
            else:
                match = _LATIN_RUN.match(text, at)
                end = match.end() if match else at + 1
                if not text[at:end].isspace() and _reads_as_latin(text[at:end]):
                    writer.add(text[at:end], at, end)
                at = end
        return writer.gloss()


class _Writer:
    """Rough English as it grows."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._pieces: list[tuple[int, int, int, int]] = []
        self._length = 0

    def add(self, word: str, begin: int, end: int) -> None:
        self._pieces.append((self._length, self._length + len(word), begin, end))
        self._words.append(word)
        self._length += len(word) + 1

    def gloss(self) -> Gloss:
        return Gloss(" ".join(self._words), tuple(self._pieces))


@cache
def glossary(language: str) -> Glossary | None:
    """The glossary of a language by its ISO 639-1 code; None where we have none."""
    file = files(__name__).joinpath(f"{language}.tsv")
    if not language.isalpha() or not file.is_file():
        return None
    made = Glossary(language)
    for line in file.read_text("utf-8").splitlines():
        words, tab, said = line.partition("\t")
        if not tab or line.startswith("#"):
            continue
        words, said = words.strip(), said.strip()
        if language in _WITHOUT_SPACES:
            made.whole[fold(words.rstrip("*")),] = said
            continue
        whole = words.replace("*", _AN_ENDING)
        *before, last = (fold(match[0]) for match in _WORD.finditer(whole) if match[0].strip())
        if whole != words:
            made.stems.setdefault(tuple(before), {})[last.removesuffix(_AN_ENDING)] = said
        else:
            made.whole[*before, last] = said
    return made


def in_english(text: str, language: str) -> Gloss:
    """What the model is to read: the text itself, or rough English for one in a language there is a glossary of."""
    own = glossary(language) if language != "en" else None
    return own.gloss(text) if own else Gloss(text)


def languages() -> tuple[str, ...]:
    """The languages there is a glossary of."""
    return tuple(sorted(f.name.removesuffix(".tsv") for f in files(__name__).iterdir() if f.name.endswith(".tsv")))


def fold(text: str) -> str:
    """Lower case without accents and vowel signs, as entries and messages are compared."""
    parts = _VOWEL_SIGNS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return parts.translate(_PLAIN) if not parts.isascii() else parts


_PLAIN = str.maketrans(
    dict(zip("łıđø’`أإآىیکة", "lido''اااييكه", strict=True)) | {"\u200c": ""}  # one letter, however it is typed
)


def _reads_as_latin(word: str) -> bool:
    return fold(word[:1]) < "\u0250"
