"""Abbreviations: how people type on relay calls and textphones, written out for reading and classifying.

What was typed is kept elsewhere, unaltered. An abbreviation that may mean something else is written out only
where the words beside it tell (DR is no doctor in "12 ROWAN DR"). Nothing here judges how anybody writes.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Final

_PLAIN: Final = {
    "abt": "about", "addr": "address", "agn": "again", "appt": "appointment", "asap": "as soon as possible",
    "b4": "before", "bcos": "because", "bk": "back", "cld": "could", "cldnt": "couldn't", "dnt": "don't",
    "frm": "from", "hv": "have", "jst": "just", "ltr": "letter", "msg": "message", "mtg": "meeting", "mtgs": "meetings",
    "mth": "month", "mths": "months", "nxt": "next", "oic": "oh I see", "pls": "please", "plz": "please",
    "rpt": "repeat", "shd": "should", "shdnt": "shouldn't", "sm1": "someone", "thru": "through", "thx": "thanks",
    "tks": "thanks", "tnx": "thanks", "tmrw": "tomorrow", "tmw": "tomorrow", "tel": "telephone", "ty": "thank you",
    "txt": "text", "u": "you", "ur": "your", "w/out": "without", "wd": "would", "wdnt": "wouldn't", "wk": "week",
    "wks": "weeks", "wld": "would", "yr": "year", "yrs": "years", "2moro": "tomorrow", "2nite": "tonight",
}  # fmt: skip
_PERSONS: Final = "i|u|you|we|he|she|it|they|sm1|someone|somebody|anyone"
_IN_PLACE: Final = tuple(
    (re.compile(rf"(?<![\w'’/-])(?P<before>{before}){short}(?![\w'’/-]){after}", re.IGNORECASE), meaning)
    for short, meaning, before, after in (
        ("cd", "could", "", rf"(?=[ \t]+(?:{_PERSONS}|not|be|have|come|pls|please)\b)"),
        ("cd", "could", rf"(?:{_PERSONS})[ \t]+", ""),
        ("dr", "doctor", r"(?:my|the|her|his|our|a)[ \t]+", ""),
        ("r", "are", "", r"(?=[ \t]+(?:u|you|we|they|not)\b)"),
        ("r", "are", r"(?:u|you|we|they)[ \t]+", ""),
        ("nbr", "number", "", r"(?=[ \t]+(?:is[ \t]+)?[\d+])"),
        ("nbr", "number", r"(?:ur|your|ref|job|tel|case|phone|mobile|contact|this|what)[ \t]+", ""),
    )
)
_WORD: Final = re.compile(r"(?<![\w'’/-])(?:w/out|[\w]+)(?![\w'’/-])", re.I)


def written_out(text: str) -> str:
    """The text with its abbreviations written out, in capitals where it is.

    >>> written_out("PLS CAN U COME TMW, MY DR SAYS THE DAMP AT 12 ROWAN DR IS BAD. OIC")
    'PLEASE CAN YOU COME TOMORROW, MY DOCTOR SAYS THE DAMP AT 12 ROWAN DR IS BAD. OH I SEE'
    """
    capitals = _in_capitals(text)
    for pattern, meaning in _IN_PLACE:
        text = pattern.sub(partial(_in_place, meaning, capitals), text)
    return _WORD.sub(partial(_whole, capitals), text)


def _in_place(meaning: str, capitals: bool, found: re.Match[str]) -> str:
    before = found["before"]
    return before + _as_typed(meaning, found[0][len(before) :], capitals=capitals)


def _whole(capitals: bool, found: re.Match[str]) -> str:
    meaning = _PLAIN.get(found[0].lower())
    return found[0] if meaning is None else _as_typed(meaning, found[0], capitals=capitals)


def _in_capitals(text: str) -> bool:
    capitals = sum(letter.isupper() for letter in text)
    return capitals > sum(letter.islower() for letter in text)


def _as_typed(meaning: str, typed: str, *, capitals: bool) -> str:
    if capitals and typed.isupper():
        return meaning.upper()
    return meaning[:1].upper() + meaning[1:] if typed[:1].isupper() and len(typed) > 1 else meaning
