"""Redaction: what could tell who somebody is, taken out of a message: names, addresses, numbers, links. Pure text work.

Rules find what has a shape (a postcode) or is known (the names on a case). No rule knows every neighbour's name:
somebody still reads a message before it is given to anybody. Where in doubt, a word too many is taken out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from intakebot.domain.redacted_homes import hide_homes
from intakebot.domain.redacted_names import hide_names

# While the rules work, each mark is one character that no message needs, so that no rule finds anything in a mark.
_MARKS: Final = {
    "name": "\ue000",
    "email": "\ue001",
    "phone": "\ue002",
    "postcode": "\ue003",
    "address": "\ue004",
    "national insurance number": "\ue005",
    "bank details": "\ue006",
    "link": "\ue007",
    "reference": "\ue008",
    "date of birth": "\ue009",
    "NHS number": "\ue00a",
    "code": "\ue00b",
}
_WRITTEN_OUT: Final = {ord(mark): f"[{what}]" for what, mark in _MARKS.items()}
_TAKEN: Final = dict.fromkeys(map(ord, _MARKS.values()), " ")


@dataclass(frozen=True, slots=True)
class Particulars:
    """What is known of the people a message is about: names as written, mail addresses, and where they live."""

    names: tuple[str, ...] = field(default=(), repr=False)
    emails: tuple[str, ...] = field(default=(), repr=False)
    addresses: tuple[str, ...] = field(default=(), repr=False)


def redact(text: str, known: Particulars) -> str:
    """The text with each such thing replaced by what it was.

    >>> redact("I am Ama, 3 Elm Close DA1 1AA, 07700 900123", Particulars(("Ama Mensah",)))
    'I am [name], [address] [postcode], [phone]'
    """
    text = unicodedata.normalize("NFC", text).translate(_TAKEN)
    for what, pattern, wanted in _BEFORE_HOMES:
        text = _hide(text, what, pattern, wanted)
    text = hide_homes(text, known.addresses, _MARKS["address"])
    for what, pattern, wanted in _AFTER_HOMES:
        text = _hide(text, what, pattern, wanted)
    text = hide_names(text, known.names, known.emails, _MARKS["name"])
    return text.translate(_WRITTEN_OUT)


def _hide(text: str, what: str, pattern: re.Pattern[str], wanted: Callable[[re.Match[str]], bool]) -> str:
    """Put the mark where the pattern finds what is wanted: in place of its group "it", or of the whole."""
    group: str | int = "it" if "it" in pattern.groupindex else 0

    def marked(match: re.Match[str]) -> str:
        if not wanted(match):
            return match[0]
        begin, end = match.start(group) - match.start(), match.end(group) - match.start()
        return match[0][:begin] + _MARKS[what] + match[0][end:]

    return pattern.sub(marked, text)


def _always(_: re.Match[str]) -> bool:
    return True


def _digits(text: str) -> int:
    return sum(c.isdigit() for c in text)


def _a_postcode(match: re.Match[str]) -> bool:
    """Not "flat b2 3rd floor"; and the letter O stands for a nought only among capitals."""
    inward = match["inward"]
    if inward is None:
        return True
    return match[0].isupper() if inward[0] in "oO" else not re.fullmatch(r"\d(?:st|nd|rd|th|am|pm)", inward)


def _no_date(match: re.Match[str]) -> bool:
    """Six digits in pairs are a sort code where they can be no date."""
    first, second, _ = (int(pair) for pair in re.findall(r"\d\d", match[0]))
    return not (1 <= first <= 31 and 1 <= second <= 12)


def _a_number(match: re.Match[str]) -> bool:
    """What follows "ref" or "case" is a reference if it has three digits and is no year."""
    return _digits(match["it"]) >= 3 and not re.fullmatch(r"(?:19|20)\d\d", match["it"])


def _no_quantity(match: re.Match[str]) -> bool:
    """Not "1500ml": letters and digits mixed are a reference unless they measure something."""
    return not re.fullmatch(r"\d+(?:ml|mg|kg|km|kwh|mm|cm|s|am|pm|k|x|gb|mb|bn|m|w|v)", match[0].casefold())


_Rule = tuple[str, re.Pattern[str], Callable[[re.Match[str]], bool]]


def _rule(what: str, pattern: str, wanted: Callable[[re.Match[str]], bool] = _always) -> _Rule:
    return what, re.compile(pattern, re.IGNORECASE), wanted


_APART = r"[ .\-‐-―]{0,2}"
_DATE = r"\d{1,2}(?:st|nd|rd|th)?[ ./-]{1,2}(?:\d{1,2}|[a-z]{3,9})[ ./,-]{1,2}\d{2,4}"
_DAY = r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_LOCK = r"key ?safe|lock ?box|door|gate|entry|entrance|building|alarm|burglar alarm|fob"
_DIGIT_WORD = r"(?:oh|o|zero|nought|one|two|three|four|five|six|seven|eight|nine|hundred|thousand|double|treble|triple)"

# Every pattern begins where a word does, so that a message of one endless word is walked through once.
_BEFORE_HOMES: Sequence[_Rule] = (
    _rule("email", r"(?<![\w.+'-])[\w.+'-]+(?:@[\w-]+|\s?(?:@|[(\[]\s?at\s?[)\]])\s?[\w-]+\.[\w-]+)(?:\.[\w-]+)*"),
    _rule(
        "email",
        r"(?<![\w.+'-])[\w.+-]+(?: (?:dot|underscore|dash) [\w+-]+){0,4} at "
        r"(?:[\w-]+(?: dot [\w-]+){1,3}|(?:gmail|hotmail|outlook|yahoo|icloud|live|aol)\.[\w.]+)",
    ),
    _rule("link", r"(?:https?://|www\.)[^\s<>\"'’)\]]+"),
    _rule(
        "link",
        r"(?<![@\w.-])(?:[a-z0-9-]+\.)+(?:com|org|net|uk|gov|io|eu|info|example)\b(?:/[^\s<>\"'’)\]]*)?|(?<!\w)t\.me/\S+",
    ),
    _rule(
        "date of birth", rf"\b(?:d\.?o\.?b\b\.?|date of birth|born(?: on)?)(?: is| was)?[ :,-]{{0,3}}(?P<it>{_DATE})"
    ),
    _rule("date of birth", rf"\bborn(?: in)? (?P<it>{_MONTH},?(?: of)? (?:\d{{4}}|\d\d)|(?:19|20)\d\d)(?!\w)"),
    _rule("NHS number", r"(?<![\w£.,/-])\d{3}([ -])\d{3}\1\d{4}(?!\w)"),
    _rule("NHS number", r"\bnhs\b(?: (?:no\b\.?|number|num\b))?(?: is| was)?[ :]{0,3}(?P<it>\d{10})(?!\d)"),
    _rule(
        "code",
        rf"\b(?:(?:{_LOCK}) (?:code|number|pin|no\b\.?)(?: number| no\b\.?)?|key ?safe|lock ?box|"
        r"pin(?: code| number| no\b\.?)?)"
        rf"(?: is| was)?[ :=-]{{1,3}}(?P<it>(?=[a-z#*]?\d)[a-z#*]?(?:\d ?){{2,7}}\d[a-z]?)(?!\w)",
    ),
    _rule("national insurance number", rf"\b[a-z]{{2}}(?:{_APART}\d\d){{3}}{_APART}[a-d]\b"),
    _rule("bank details", r"\bsort ?code\D{0,12}(?P<it>\d\d[ ./-]?\d\d[ ./-]?\d\d)\b"),
    _rule("bank details", r"\b(?:account|acc|a/c)\b\.?(?: (?:no\b\.?|number|num\b))?\D{0,6}(?P<it>\d[\d -]{5,9}\d)\b"),
    _rule(
        "bank details",
        r"\b[a-z]{2}\d\d(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?\b",
        lambda match: _digits(match[0]) >= 10,
    ),
    _rule("bank details", r"(?<!\d)\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}(?!\d)"),
    _rule(
        "reference",
        rf"(?<![a-z0-9])[a-z]{{1,4}}{_APART}[0-9oil](?:{_APART}[0-9oil]){{7}}{_APART}[a-z](?![a-z0-9])",
        lambda match: _digits(match[0]) >= 7,
    ),
    _rule(
        "phone",
        rf"(?<![\d+])(?<!\d[./-])(?!{_DAY})(?:\+ ?44 ?(?:\(0\))?|0044|\(?0)(?:[ ().\-‐-―]{{0,2}}\d){{9,10}}(?!\d)",
    ),
    _rule("phone", r"(?<![\d+])\+(?:[ ().\-]{0,2}\d){8,14}(?!\d)"),
    _rule("phone", r"(?<![\d£])7\d{3}[ -]?\d{3}[ -]?\d{3}(?!\d)"),
    _rule("phone", rf"\b(?:{_DIGIT_WORD}[ ,.\n-]{{1,3}}){{6,30}}{_DIGIT_WORD}\b"),
    _rule("bank details", r"(?<![\d/-])\d\d[-‐-―]\d\d[-‐-―]\d\d(?![\d/-])", _no_date),
    _rule(
        "postcode",
        r"\b(?:gir ?0aa|[a-z]{1,2}\d[0-9a-z]?[ .\-]{0,2}(?P<inward>[0-9o][a-z]{2}))\b",
        _a_postcode,
    ),
)
_AFTER_HOMES: Sequence[_Rule] = (
    _rule(
        "reference",
        r"\b(?:refs?|reference|number|no|num|id|uprn|cad|job|case|ticket|crime|claim|invoice|tenancy)\b\.?"
        r"(?: (?:is|was|number|no\b\.?|ref\b\.?|#))?[ :#]{0,3}(?P<it>[a-z]{0,6}[-/]?\d[a-z0-9/-]*)",
        _a_number,
    ),
    _rule("reference", r"(?<![a-z0-9/£-])(?=[a-z0-9/-]*[a-z])(?=[a-z0-9/-]*\d{4})[a-z0-9/-]*[a-z0-9]", _no_quantity),
    ("reference", re.compile(r"\b[A-Z]{2}\d\d ?[A-Z]{3}\b"), _always),  # the plate of a car
    _rule("reference", r"(?<![\d£.,])\d{6,}(?!\d)"),
    _rule("name", r"(?<![\w@])@[a-z_]\w{3,}"),
)
