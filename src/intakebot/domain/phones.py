"""Phones: a number as people write it, as one key to compare by, and how somebody who uses Relay UK is rung back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from intakebot.domain.labels import Need

RELAY_PREFIX: Final = "18002"
"""Dialled before the number of a text user by whoever rings them (Relay UK)."""
RELAY_CHANNELS: Final = frozenset({"relay", "relay_uk"})
"""A message's channel and an imported case's: both mean that somebody rang by Relay UK."""

_NOT_DIALLED: Final = re.compile(r"[\s().\-–]+")
_RELAY: Final = re.compile(r"1800[12]")
_DIGITS: Final = re.compile(r"\+?\d{6,15}", re.ASCII)


def phone_key(number: str) -> str:
    """A number to compare and to dial, "+447700900123"; "" for what is no phone number.

    One that begins with a single 0 is taken as British. 18001 or 18002 in front is how it was dialled, not part of it.

    >>> phone_key("07700 900123"), phone_key("18001 (01632) 960001"), phone_key("+44 (0)1632 960001"), phone_key("Ada")
    ('+447700900123', '+441632960001', '+441632960001', '')
    """
    plain = _NOT_DIALLED.sub("", _without_prefix(number).replace("(0)", ""))
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    elif plain.startswith("0"):
        plain = f"+44{plain[1:]}"
    return plain if _DIGITS.fullmatch(plain) else ""


def ring_back(number: str, *, text_number: bool = False) -> str:
    """What to dial to ring somebody who uses Relay UK, "" for what is no phone number.

    A TextNumber brings in the relay assistant by itself and is dialled as it stands.

    >>> ring_back("07700 900123"), ring_back("18001 07700 900123"), ring_back("01632 960005", text_number=True)
    ('18002 07700 900123', '18002 07700 900123', '01632 960005')
    """
    plain = _without_prefix(number)
    if not phone_key(plain):
        return ""
    return plain if text_number else f"{RELAY_PREFIX} {plain}"


def uses_relay(channel: str, needs: Iterable[str]) -> bool:
    """Whether somebody is rung through Relay UK: they rang by it, or said that they need it."""
    return channel in RELAY_CHANNELS or Need.RELAY_UK in set(needs)


def _without_prefix(number: str) -> str:
    stripped = number.strip()
    return stripped[5:].lstrip(" -–") if _RELAY.match(stripped) else stripped
