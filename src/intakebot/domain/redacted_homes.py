"""Redacted homes: the house, flat or street that a message names, found by its shape or because it is known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_SURE_WAYS: Final = "road|street|lane|avenue|crescent|terrace|gardens?|grove|mews|court|drive|close|rd|ave"
_WAYS: Final = (
    rf"{_SURE_WAYS}|house|walk|way|place|hill|rise|square|row|green|park|view|tower|point|lodge|heights|mansions|"
    "buildings|estate|st|cl|ct|dr"
)
_NAMED_WAYS: Final = rf"{_SURE_WAYS}|house|tower|lodge|heights|mansions|buildings|estate"
_HIGH_WAYS: Final = frozenset(("st", "street", "rd", "road"))
_IN_NO_STREET = """
    a about adults after again all an and any are as at bath bed bedroom before best big bit but by call called calls
    car cars children claims cm come came council county crown day days door down each every family few floor floors
    for from go going had half has have high hour hours housing how i if in inch inches into is it its kids last like
    long magistrates men metre metres mile miles min mins minute minutes mm month months more my near next no not of
    off old on one only or other our out over parked people please put right round same say says she side since small
    so social some storey supreme than that the their them then there they this time times to too up very walking was
    we week weeks went were what when where which while who with wrong year years you your
"""
_NO_STREET: Final = frozenset(_IN_NO_STREET.split())
_COUNTED: Final = (
    "weeks?|days?|months?|years?|hours?|times?|mins?|minutes?|people|kids|children|adults|of|beds?|bedrooms?|floors?|"
    "storeys?|inch|inches|cm|mm|nights?|men|am|pm"
)
_FLATS: Final = "flat|apartment|apt|maisonette|bedsit|studio|unit|plot"
_FLAT: Final = re.compile(
    rf"\b(?i:{_FLATS})s?(?i: (?:no\b\.?|number))? ?"
    rf"(?:\d{{1,4}}[A-Za-z]?(?!\w|\s*(?i:{_COUNTED})\b)|[B-HJ-Z]\b(?!['’])|A(?=,|\n|\s+\d))"
)
_UNITS: Final = "one|two|three|four|five|six|seven|eight|nine"
_TENS: Final = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_NUMBER_WORD: Final = (
    rf"(?:(?:{_TENS})(?:[ -](?:{_UNITS}))?|{_UNITS}|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen)"
)
_FLAT_IN_WORDS: Final = re.compile(
    rf"(?<!\bthe )(?<!\bmy )(?<!\bour )(?<!\bhis )(?<!\bher )(?<!\btheir )(?<!\byour )(?<!\bthis )(?<!\bsame )(?<!\ba )"
    rf"\b(?:{_FLATS})(?: (?:no\b\.?|number))? {_NUMBER_WORD}\b(?!\s*(?:{_COUNTED}|mornings?|evenings?|miles?|more)\b)",
    re.IGNORECASE,
)
_NUMBERED: Final = re.compile(
    rf"(?<![\w£])(?:(?:{_FLATS}),? )?\d{{1,4}}[a-z]?(?:\s?[-/]\s?\d{{1,4}}[a-z]?)?,?\s{{1,2}}"
    rf"(?P<words>(?:[^\W\d_][\w'’-]*\s{{1,2}}){{1,4}}?)(?P<way>{_WAYS})\b",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(rf"(?<![\w'’-])(?P<words>(?:[A-Z][\w'’-]+ ){{1,3}})(?P<way>(?i:{_NAMED_WAYS}))\b")
_HOUSE_NUMBER: Final = re.compile(
    r"\b(?:at|from|in|to|neighbours?)\s+(?P<it>(?:number|no\b\.?|nr\b\.?)\s*\d{1,4}[a-z]?)(?!\w)", re.IGNORECASE
)


def hide_homes(text: str, addresses: Sequence[str], mark: str) -> str:
    """The text with every home in it replaced by the mark; `addresses` are those known."""
    for address in addresses:
        for pattern in _known(address):
            text = pattern.sub(mark, text)
    text = _NUMBERED.sub(lambda match: mark if _is_street(match) else match[0], text)
    text = _FLAT_IN_WORDS.sub(mark, _FLAT.sub(mark, text))
    text = _NAMED.sub(lambda match: mark if _is_name_of_street(match) else match[0], text)
    text = _HOUSE_NUMBER.sub(lambda match: match[0][: match.start("it") - match.start()] + mark, text)
    return re.sub(rf"{mark}(?:[\s,]{{1,3}}{mark})+", mark, text)


def _known(address: str) -> list[re.Pattern[str]]:
    """How the parts of an address may be written again: with the number and without, spaced otherwise."""
    patterns = []
    for part in re.split(r"[,\n;]+", address):
        words = re.findall(r"[\w'’-]+", part)
        street = words
        while street and any(c.isdigit() for c in street[0]):
            street = street[1:]
        if any(c.isdigit() for c in part) and len(words) > 1:
            patterns.append(_again(words, re.IGNORECASE))
        if len(street) > 1:
            patterns.append(_again(street, re.IGNORECASE))
        elif street and len(street[0]) > 3 and street == words:  # a town: "Reading", but not "reading"
            patterns.append(
                re.compile(rf"(?<!\w)(?:{re.escape(street[0].title())}|{re.escape(street[0].upper())})(?!\w)")
            )
    return patterns


def _again(words: Sequence[str], flags: re.RegexFlag) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)" + r"[\s,.-]{1,3}".join(map(re.escape, words)) + r"(?!\w)", flags)


def _is_street(match: re.Match[str]) -> bool:
    """A number, words and "Road": the words written as names are, or at most two before a sure word."""
    words, way = match["words"].split(), match["way"].casefold()
    if words[-1].casefold() == "high" and way in _HIGH_WAYS:
        words.pop()
    if any(word.casefold() in _NO_STREET for word in words):
        return False
    if all(word[0].isupper() for word in words) or (len(words) == 1 and way == "st"):
        return True
    return len(words) <= 2 and re.fullmatch(_SURE_WAYS, match["way"], re.IGNORECASE) is not None


def _is_name_of_street(match: re.Match[str]) -> bool:
    """Without a number: capitals throughout, and no word that is in no street's name."""
    words = match["words"].split()
    return match["way"][0].isupper() and not any(word.casefold() in _NO_STREET for word in words)
