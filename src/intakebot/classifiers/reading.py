"""Reads a message once: its words made plain (case, apostrophes, spelling), and where each one stands.

Everything here is linear in the length of the text: no pattern can be made slow by what somebody writes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate, compress, count, islice, repeat

_PIECE = re.compile(r"([^\W_][\w'’]*|[.!?](?=\s)|\n[ \t\r]*\n|£)")
_BREAKS = (".", "!", "\n")
"""What ends a sentence, by its first character. A question mark does not: it is a word, which phrases may ask for."""
_BREAK = "."
"""The plain form of what ends a sentence."""
_TAKES_NT = ("is", "was", "are", "were", "do", "does", "did", "has", "have", "had", "would", "could", "should")
_JOINED = {
    "not": {"can": "cant", "will": "wont"} | {word: word + "nt" for word in _TAKES_NT},
    "one": {"no": "noone"},
    "door": {"next": "neighbour"},
    "doors": {"next": "neighbours"},
}
"""Words that are one word with the one before: "is not" is read as "isnt", "no one" as "noone"."""
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
_JOINERS = frozenset(_JOINED)
_SUBJECT = "subject:"
_SENTENCE_CAP = 150
"""Unpunctuated dictation is read in stretches of this many words, so that far things are not joined."""
_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as a row of plain words; words that carry no meaning here (a, the, really) are left out.
    `sentences[i]` numbers the sentence of word i, and `bounds` are the first word of each sentence and the word after
    its last. `firsts` and `lasts` number the pieces of text that word i begins and ends with, and `edges` are where
    each piece begins and ends, in turn."""

    text: str
    words: list[str]
    sentences: list[int]
    bounds: list[tuple[int, int]]
    firsts: list[int]
    lasts: list[int]
    edges: list[int]
    subject_words: int = 0

    def quote(self, first: int, last: int) -> str:
        """The words `first` to `last` as the writer wrote them, on one line."""
        begin, end = self.edges[2 * self.firsts[first]], self.edges[2 * self.lasts[last] + 1]
        return " ".join(self.text[begin:end].split())[:200]


class Speller:
    """Gives each written word its plain form: known misspellings and dialect first, then one slip of the finger
    in a long word of the lexicon (a letter lost, doubled or swapped; never one letter for another, because
    "leaving" is not "leaking")."""

    def __init__(self, spellings: Mapping[str, str], fillers: Iterable[str]) -> None:
        self._forms = {**spellings, **dict.fromkeys(fillers, "")}
        self._slips: dict[str, str] = {}
        self._vocabulary: frozenset[str] = frozenset()
        self._seen = dict.fromkeys(_BREAKS, _BREAK)
        self.known = self._seen.get

    def learn(self, vocabulary: Iterable[str]) -> None:
        """Take the words of the lexicon as the ones worth mending a slip for."""
        self._vocabulary = frozenset(vocabulary)
        for word in sorted(self._vocabulary):
            if 7 <= len(word) <= 14 and word.isalpha():
                for slip in _shorter(word):
                    self._slips.setdefault(slip, word)

    def plain(self, written: str) -> str:
        """The plain form of one written word; empty if the word carries no meaning here, a full stop for a break."""
        form = _BREAK if written.startswith(_BREAKS) else self._form(written)
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
    row = _Row(text, speller)
    body = 0
    if text[: len(_SUBJECT)].lower() == _SUBJECT:
        body = text.find("\n") if "\n" in text else len(text)
        row.take(len(_SUBJECT), body)
    subject_words = len(row.words)
    row.take(body, len(text))
    return Reading(text, row.words, row.sentences, row.bounds, row.firsts, row.lasts, row.edges, subject_words)


class _Row:
    """The row of words as it grows, sentence by sentence."""

    def __init__(self, text: str, speller: Speller) -> None:
        self._text = text
        self._speller = speller
        self._said: set[tuple[str, ...]] = set()
        self.words: list[str] = []
        self.sentences: list[int] = []
        self.bounds: list[tuple[int, int]] = []
        self.firsts: list[int] = []
        self.lasts: list[int] = []
        self.edges: list[int] = []

    def take(self, start: int, end: int) -> None:
        """Read the text from `start` to `end`. Done in whole lists, which costs a third of going word by word."""
        gaps_and_pieces = _PIECE.split(self._text[start:end])
        pieces = gaps_and_pieces[1::2]
        forms = list(map(self._speller.known, pieces))
        at = -1
        for _ in range(forms.count(None)):
            at = forms.index(None, at + 1)
            forms[at] = self._speller.plain(pieces[at])
        words = (*filter(None, forms), _BREAK)
        places = list(compress(count(len(self.edges) // 2), forms))
        self.edges += islice(accumulate(map(len, gaps_and_pieces), initial=start), 1, 1 + 2 * len(pieces))
        at = 0
        while at < len(words):
            stop = words.index(_BREAK, at)
            said = words[at:stop]
            if len(said) < _SENTENCE_CAP and _JOINERS.isdisjoint(said):
                self._close(said, places[at:stop], places[at:stop])
            else:
                self._join(said, places[at:stop])
            at = stop + 1

    def _join(self, said: tuple[str, ...], places: list[int]) -> None:
        """Take a sentence with words to be joined, or one too long."""
        words: list[str] = []
        firsts: list[int] = []
        lasts: list[int] = []
        for word, place in zip(said, places, strict=True):
            if words and word in _JOINED and words[-1] in _JOINED[word]:
                words[-1] = _JOINED[word][words[-1]]
                lasts[-1] = place
                continue
            words.append(word)
            firsts.append(place)
            lasts.append(place)
            if len(words) == _SENTENCE_CAP:
                self._close(tuple(words), firsts, lasts)
                words, firsts, lasts = [], [], []
        self._close(tuple(words), firsts, lasts)

    def _close(self, said: tuple[str, ...], firsts: list[int], lasts: list[int]) -> None:
        if not said or said in self._said:
            return
        self._said.add(said)
        begin = len(self.words)
        self.sentences.extend(repeat(len(self.bounds), len(said)))
        self.bounds.append((begin, begin + len(said)))
        self.words += said
        self.firsts += firsts
        self.lasts += lasts
