"""Places: the postcode and address a message names, and which patch they lie in. Pure text work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_POSTCODE = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?)[ ]?([0-9][A-Z]{2})\b", re.IGNORECASE)
_WAYS = (
    "road|street|lane|avenue|close|court|house|walk|gardens?|drive|way|place|crescent|terrace|grove|hill|rise|"
    "square|mews|row|green|park|view|tower|point|lodge|rd|st|ave|cl|ct|dr"
)
_HOME = re.compile(
    rf"\b((?:flat\s+(?:\d{{1,4}}[a-z]?|[a-z]),?\s+)?\d{{1,4}}[a-z]?,?\s+(?:[A-Z][\w'’-]+\s+){{1,3}}(?:(?i:{_WAYS}))\b)\.?"
)
_PHONE = re.compile(r"(?<![\d+])(?:\+44[ ]?(?:\(0\))?|0)(?:[ -]?\d){9,10}(?!\d)")
_WINDOW = 8_000


@dataclass(frozen=True, slots=True)
class PatchArea:
    """An area of homes: beginnings of postcodes ("DA1 1"), and street names."""

    id: str
    name: str
    postcodes: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()


def find_postcode(text: str) -> str:
    """The first UK postcode in the text, in capitals with its space, or "".

    >>> find_postcode("I live at 3 Elm Close da11aa")
    'DA1 1AA'
    """
    match = _POSTCODE.search(text[:_WINDOW])
    return f"{match[1]} {match[2]}".upper() if match else ""


def find_address(text: str) -> str:
    """The first thing that looks like a home's address, with the postcode where one is named, or "".

    >>> find_address("Hello, I live at 12 Rowan Court and it leaks")
    '12 Rowan Court'
    """
    match = _HOME.search(text[:_WINDOW])
    home = re.sub(r"\s+", " ", match[1]) if match else ""
    return ", ".join(part for part in (home, find_postcode(text)) if part)


def find_patch(text: str, patches: Sequence[PatchArea]) -> PatchArea | None:
    """The patch that the text names by postcode, else by street; None when it names none."""
    postcode = find_postcode(text)
    if postcode:
        for patch in patches:
            if any(postcode.startswith(beginning.upper()) for beginning in patch.postcodes):
                return patch
    plain = text[:_WINDOW].casefold()
    for patch in patches:
        if any(street.casefold() in plain for street in patch.streets):
            return patch
    return None


def find_phone(text: str) -> str:
    """The first UK phone number in the text as written, or "".

    >>> find_phone("ring me on 07700 900123 after 4")
    '07700 900123'
    """
    match = _PHONE.search(text[:_WINDOW])
    return match[0] if match else ""
