"""Wording: the few ways in which the record writes dates, numbers and labels."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

_NAMES: Final = {"relay_uk": "Relay UK"}


@lru_cache(4096)
def long_day(day: date) -> str:
    """A date for the record.

    >>> long_day(date(2026, 3, 2))
    '2 March 2026'
    """
    return f"{day.day} {day:%B %Y}"


def counted(number: int, what: str) -> str:
    """A number of things, in the singular or plural.

    >>> counted(1, "point"), counted(2, "working day"), counted(4215, "home")
    ('1 point', '2 working days', '4,215 homes')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def plain(label: str) -> str:
    """A label's id as words.

    >>> plain("partially_upheld"), plain("relay_uk")
    ('partially upheld', 'Relay UK')
    """
    return _NAMES.get(label) or label.replace("_", " ")


def unstopped(words: str) -> str:
    """Somebody's words without the full stop at their end, to stand inside a sentence of ours.

    >>> unstopped("Mend the gate. ")
    'Mend the gate'
    """
    return words.strip().removesuffix(".")
