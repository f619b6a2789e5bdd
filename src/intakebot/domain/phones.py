"""Phones: a number as people write it, as one key to compare by, and how somebody who uses Relay UK is rung back."""

from __future__ import annotations

import re
from typing import Final

RELAY_PREFIX: Final = "18002"
"""Dialled before the number of a text user by whoever rings them (Relay UK)."""
RELAY_CHANNELS: Final = frozenset({"relay", "relay_uk"})
"""A message's channel and an imported case's: both mean that somebody rang by Relay UK."""

TEXT_NUMBER: Final = "(TextNumber)"
"""What stands after a number that is a TextNumber: it brings in the relay assistant by itself (accessibility.md 1)."""

_NOT_DIALLED: Final = re.compile(r"[\s().\-–]+")
_RELAY: Final = re.compile(r"1800[12]")
_MARK: Final = re.compile(r"\s*[(\[]?\btext ?number\b[)\]]?[:,]?\s*", re.I)
_DIGITS: Final = re.compile(r"\+?\d{6,15}", re.ASCII)


def phone_key(number: str) -> str:
    """A number to compare and to dial, "+447700900123"; "" for what is no phone number.

    One that begins with a single 0 is taken as British. 18001 or 18002 in front is how it was dialled, not part of it,
    and neither is the mark of a TextNumber.

    >>> phone_key("07700 900123"), phone_key("18001 (01632) 960001"), phone_key("+44 (0)1632 960001"), phone_key("Ada")
    ('+447700900123', '+441632960001', '+441632960001', '')
    """
    plain = _NOT_DIALLED.sub("", _as_dialled(number).replace("(0)", ""))
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    elif plain.startswith("0"):
        plain = f"+44{plain[1:]}"
    return plain if _DIGITS.fullmatch(plain) else ""


def as_text_number(number: str) -> str:
    """The number with the mark that it is a TextNumber; what is no phone number stays as it is.

    >>> as_text_number("18002 01632 960005"), as_text_number("01632 960005 (TextNumber)"), as_text_number("")
    ('01632 960005 (TextNumber)', '01632 960005 (TextNumber)', '')
    """
    return f"{_as_dialled(number)} {TEXT_NUMBER}" if phone_key(number) else number


def is_text_number(number: str) -> bool:
    """Whether the number carries the mark of a TextNumber, however that is written."""
    return bool(_MARK.search(number)) and bool(phone_key(number))


def ring_back(number: str) -> str:
    """What to dial to ring somebody who uses Relay UK, "" for what is no phone number.

    A TextNumber brings in the relay assistant by itself and is dialled as it stands.

    >>> ring_back("07700 900123"), ring_back("18001 07700 900123"), ring_back("01632 960005 (TextNumber)")
    ('18002 07700 900123', '18002 07700 900123', '01632 960005')
    """
    plain = _as_dialled(number)
    if not phone_key(plain):
        return ""
    return plain if is_text_number(number) else f"{RELAY_PREFIX} {plain}"


def told_to_staff(number: str, *, by_relay: bool) -> str:
    """A number as staff are shown it, always with what to dial where its owner is rung through Relay UK.

    >>> told_to_staff("07700 900123", by_relay=True)
    '07700 900123. Ring back on 18002 07700 900123'
    >>> told_to_staff("01632 960005 (TextNumber)", by_relay=True)
    '01632 960005 (TextNumber). Ring back on 01632 960005'
    >>> told_to_staff("07700 900123", by_relay=False)
    '07700 900123'
    """
    dialled = ring_back(number) if by_relay or is_text_number(number) else ""
    return f"{number}. Ring back on {dialled}" if dialled else number


def fuller_number(known: str, given: str) -> str:
    """The number to keep of somebody once they rang from one: what is known, unless that is nothing or lacks the mark.

    >>> fuller_number("", "07700 900123"), fuller_number("01632960005", "01632 960005 (TextNumber)")
    ('07700 900123', '01632 960005 (TextNumber)')
    >>> fuller_number("07700 900123", "01632 960005 (TextNumber)")
    '07700 900123'
    """
    marked = phone_key(given) == phone_key(known) and is_text_number(given) and not is_text_number(known)
    return given if marked or not known else known


def _as_dialled(number: str) -> str:
    """The number alone: without the mark of a TextNumber and without 18001 or 18002 in front."""
    stripped = _MARK.sub(" ", number).strip()
    return stripped[5:].lstrip(" -–") if _RELAY.match(stripped) else stripped
