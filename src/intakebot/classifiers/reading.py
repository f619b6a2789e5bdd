"""Reads a message once: its words made plain (case, apostrophes, spelling), and where each one stands.

Everything here is linear in the length of the text: no pattern can be made slow by what somebody writes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_PIECE = re.compile(r"[^\W_][\w'’]*|[.!?](?=\s)|\n[ \t\r]*\n|£")
_MERGES = {
    **{word: word + "nt" for word in "is was are were do does did has have had would could should".split()},
    "can": "cant",
    "will": "wont",
}
_CONTRACTIONS = {
    "i'll": "iwill",
    "we'll": "wewill",
    "he'll": "hewill",
    "she'll": "shewill",
    "we're": "weare",
    "i'd": "iwould",
    "we'd": "wewould",
    "she'd": "shewould",
    "he'd": "hewould",
    "cannot": "cant",
}
_SUBJECT = "subject:"
_SENTENCE_CAP = 150
"""Unpunctuated dictation is read in stretches of this many words, so that far things are not joined."""
_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as a row of plain words. `sentences[i]` numbers the sentence of word i; words that carry no
    meaning here (a, the, really) are left out, the places still point into `text` as it was written."""

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    sentences: list[int]
    subject_words: int = 0

    def quote(self, first: int, last: int) -> str:
        """The words `first` to `last` as the writer wrote them, on one line."""
        return " ".join(self.text[self.starts[first] : self.ends[last]].split())[:200]


class Speller:
    """Gives each written word its plain form: known misspellings and dialect first, then one slip of the finger
    in a long word of the lexicon (a letter lost, doubled or swapped; never one letter for another, because
    "leaving" is not "leaking")."""

    def __init__(self, spellings: Mapping[str, str], fillers: Iterable[str]) -> None:
        self._forms = {**spellings, **dict.fromkeys(fillers, "")}
        self._slips: dict[str, str] = {}
        self._vocabulary: frozenset[str] = frozenset()
        self._seen: dict[str, str] = {}

    def learn(self, vocabulary: Iterable[str]) -> None:
        """Take the words of the lexicon as the ones worth mending a slip for."""
        self._vocabulary = frozenset(vocabulary)
        for word in sorted(self._vocabulary):
            if 7 <= len(word) <= 14 and word.isalpha():
                for slip in _shorter(word):
                    self._slips.setdefault(slip, word)

    def plain(self, written: str) -> str:
        """The plain form of one written word; empty if the word carries no meaning here."""
        known = self._seen.get(written)
        if known is not None:
            return known
        form = self._form(written)
        if len(self._seen) < _REMEMBERED and len(written) < 40:
            self._seen[written] = form
        return form

    def _form(self, written: str) -> str:
        word = written.lower().replace("’", "'").rstrip("'")
        word = _CONTRACTIONS.get(word) or fold(word.replace("'", ""))
        found = self._forms.get(word)
        if found is not None:
            return found
        if word in self._vocabulary or not 6 <= len(word) <= 15:
            return word
        return self._mend(word)

    def _mend(self, word: str) -> str:
        if word in self._slips:
            return self._slips[word]
        if len(word) < 7:
            return word
        for shorter in _shorter(word):
            if shorter in self._vocabulary and len(shorter) >= 7:
                return shorter
        for at in range(1, len(word) - 1):
            swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            if swapped in self._vocabulary:
                return swapped
        return word


def _shorter(word: str) -> Iterable[str]:
    return {word[:at] + word[at + 1 :] for at in range(1, len(word))}


def fold(word: str) -> str:
    """The word without accents on Latin letters; other scripts unchanged."""
    if word.isascii():
        return word
    if word[0] > "\u024f":
        return word
    plain = "".join(mark for mark in unicodedata.normalize("NFD", word) if not unicodedata.combining(mark))
    return plain.replace("ł", "l").replace("ı", "i").replace("ß", "ss")


def read(text: str, speller: Speller) -> Reading:
    """Read `text`. A sentence already read, word for word, is not read again (a message of one line repeated a
    thousand times costs what the line costs)."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    sentences: list[int] = []
    plain = speller.plain
    begun = sentence = 0
    seen: set[tuple[str, ...]] = set()
    subject_end = _subject_end(text)
    subject_words = 0
    after_heading = len(_SUBJECT) if subject_end else 0

    def close() -> None:
        nonlocal begun, sentence
        said = tuple(words[begun:])
        if said in seen:
            del words[begun:], starts[begun:], ends[begun:], sentences[begun:]
        elif said:
            seen.add(said)
            sentence += 1
        begun = len(words)

    for piece in _PIECE.finditer(text, after_heading):
        written = piece.group()
        if written[0] in ".!?\n":
            close()
            continue
        if subject_words == 0 and piece.start() >= subject_end > 0:
            close()
            subject_words = len(words) or -1
        word = plain(written)
        if not word:
            continue
        if word == "not" and len(words) > begun and words[-1] in _MERGES:
            words[-1] = _MERGES[words[-1]]
            ends[-1] = piece.end()
            continue
        if word == "one" and len(words) > begun and words[-1] == "no":
            words[-1] = "noone"
            ends[-1] = piece.end()
            continue
        if len(words) - begun >= _SENTENCE_CAP:
            close()
        words.append(word)
        starts.append(piece.start())
        ends.append(piece.end())
        sentences.append(sentence)
    close()
    return Reading(text, words, starts, ends, sentences, max(subject_words, 0))


def _subject_end(text: str) -> int:
    if text[: len(_SUBJECT)].lower() != _SUBJECT:
        return 0
    end = text.find("\n")
    return len(text) if end < 0 else end
