"""Ringing: who on a case is rung through Relay UK, and their numbers as staff are shown them, wherever that is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from intakebot.domain.case import Case, TagType
from intakebot.domain.labels import Need
from intakebot.domain.need_acts import known_of
from intakebot.domain.needs import Contact, NeedsKnown, prefers
from intakebot.domain.people import Person
from intakebot.domain.phones import RELAY_CHANNELS, is_text_number, phone_key, ring_back, told_to_staff

_NO_NUMBERS: Final[Mapping[str, str]] = MappingProxyType({})


def by_relay(case: Case, person: Person) -> bool:
    """Whether somebody on a case is rung through Relay UK (accessibility.md 1).

    They are where a need or wish of theirs says so, whichever case it was told on, or where their number is a
    TextNumber. Where nobody's record says so, the resident is if a tag of the case does; and everybody if nothing
    more is known than that the case came through Relay UK, as of imported ones.
    """
    known = known_of(case)
    if _kept(known, person):
        return True
    if any(_kept(known, other) for other in case.parties):
        return False
    if Need.RELAY_UK in case.labels(TagType.NEED):
        return person.id == case.resident.id
    return case.channel in RELAY_CHANNELS


def number_of(case: Case, person: Person) -> str:
    """The number of somebody on a case as staff are shown it, "" where none is known."""
    return told_to_staff(person.phone, by_relay=by_relay(case, person))


def to_dial(case: Case, person: Person) -> str:
    """What to dial to ring somebody through Relay UK, "" where they are not rung so or gave no number."""
    return ring_back(person.phone) if by_relay(case, person) else ""


def numbers_of(case: Case) -> dict[str, str]:
    """The numbers of everybody on a case by their keys (`phone_key`), as staff are shown them."""
    return {phone_key(person.phone): number_of(case, person) for person in case.parties if phone_key(person.phone)}


def came_from(address: str, channel: str, numbers: Mapping[str, str] = _NO_NUMBERS) -> str:
    """Where a message came from, as staff are shown it. A number stands as `numbers` (`numbers_of`) has it.

    The bare number of a relay call is never shown: it may be a TextNumber, and the message's notes say what to dial.

    >>> came_from("ada@tenant.example", "email"), came_from("tel:+447700900123", "phone")
    ('ada@tenant.example', '+447700900123')
    >>> came_from("tel:+447700900123", "relay")
    'a caller through Relay UK'
    """
    if not address.startswith("tel:"):
        return address
    number = address.removeprefix("tel:")
    return numbers.get(number) or ("a caller through Relay UK" if channel in RELAY_CHANNELS else number)


def _kept(known: NeedsKnown, person: Person) -> bool:
    theirs = known.of(person.id)
    needed = any(need.need is Need.RELAY_UK for need in theirs.needs)
    return needed or prefers(theirs) is Contact.RELAY_UK or is_text_number(person.phone)
