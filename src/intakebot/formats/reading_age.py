"""Reading age: how old a reader must be to follow a letter easily, by the Flesch-Kincaid formula.

The US school grade 0.39 × words a sentence + 11.8 × syllables a word − 15.59 (Kincaid and others, 1975), plus
5 for the age at which children in Britain do that year's work. It measures length of words and sentences and
nothing else: a low figure is no proof that a letter is clear. Why the counting is our own: decision 0012.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NO_WORD: Final = re.compile(r"\S*(?:://|@|www\.|\d)\S*?(?=[.,;:!?]*(?:\s|$))")
_SENTENCE_END: Final = re.compile(r"[.!?]+(?=\s|$)")
_VOWELS: Final = re.compile(r"[aeiouy]+")
_SILENT_END: Final = re.compile(r"(?:(?<![tdei])ed|(?<![sxzcgi])(?<!ch)(?<!sh)(?<![^aeiouy]l)es|(?<![^aeiouy]l)e)$")
_TWO_SOUNDS: Final = re.compile(
    r"(?<![tcgs])ia|io(?!n|u)|(?<![iou])ua|eo(?!p)|iu|(?<![aeiou])(?:[aeou]|(?<=[aeo])y)ing|uie|creat|ea$"
)
_MUTE_IN_THE_MIDDLE: Final = re.compile(r"[aeiouy][^aeiouy]+e(?=ment|ful|less|ly|where|body|thing|one|times)")


def reading_age(text: str, leave_out: Iterable[str] = ()) -> float:
    """The reading age of a letter in years, to one decimal; 5 is the least there is, also for no text at all.

    `text` is plain, with empty lines between paragraphs and `- ` before list items; each item and each paragraph
    ends a sentence. Not counted: headings, greeting and signature (paragraphs that do not end like a sentence),
    lines with one of `leave_out` (an address nobody can word more simply), numbers and addresses.
    """
    fixed = tuple(leave_out)
    sentences = [words for sentence in _sentences(text, fixed) if (words := _WORD.findall(sentence))]
    if not sentences:
        return 5.0
    words = [word for sentence in sentences for word in sentence]
    grade = 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    return round(max(grade + 5, 5.0), 1)


def _sentences(text: str, fixed: tuple[str, ...]) -> Iterable[str]:
    for paragraph in re.split(r"\n\s*\n", text):
        lines = [line for line in paragraph.splitlines() if not any(part in line for part in fixed)]
        yield from (_NO_WORD.sub("", line) for line in lines if line.startswith("- "))
        prose = " ".join(line for line in lines if not line.startswith("- ")).strip()
        if prose.endswith((".", "!", "?", ":")):
            yield from _SENTENCE_END.split(_NO_WORD.sub("", prose))


def syllables(word: str) -> int:
    """How many syllables an English word has, by its spelling: right for about nine words in ten.

    >>> [syllables(word) for word in ("complaint", "answered", "area", "people")]
    [2, 2, 3, 2]
    """
    plain = word.lower().replace("’", "'")
    plain, _, ending = plain.partition("'")
    count = len(_VOWELS.findall(plain)) + len(_TWO_SOUNDS.findall(plain)) - len(_MUTE_IN_THE_MIDDLE.findall(plain))
    if _SILENT_END.search(plain):
        count -= 1
    if ending == "t" and plain.endswith("n") and plain[-2:-1] not in "aeiouy":  # didn't, couldn't
        count += 1
    return max(count, 1)
