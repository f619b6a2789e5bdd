"""Postcodes, addresses, phone numbers and patches in people's own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intakebot.domain.places import PatchArea, find_address, find_patch, find_phone, find_postcode

NORTH = PatchArea("north", "North", ("ZZ1 1",), ("Elm",))
RIVER = PatchArea("river", "Riverside", ("ZZ3",), ("Rowan",))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("I live at 14 Rowan Court, ZZ3 4AB.", "14 Rowan Court, ZZ3 4AB"),
        ("flat 3b, 20 Old Elm Street zz11aa", "flat 3b, 20 Old Elm Street, ZZ1 1AA"),
        ("my flat at 3 Elm Close leaks", "3 Elm Close"),
        ("I waited 3 weeks in the house", ""),
        ("no address here", ""),
    ],
)
def test_addresses(text: str, address: str) -> None:
    assert find_address(text) == address


def test_the_postcode_outranks_a_street() -> None:
    assert find_patch("Elm Close, ZZ3 4AB", [NORTH, RIVER]) == RIVER
    assert find_patch("14 rowan court", [NORTH, RIVER]) == RIVER
    assert find_patch("14 Oak Way", [NORTH, RIVER]) is None


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("07700 900123 please", "07700 900123"),
        ("ring +44 7700 900123", "+44 7700 900123"),
        ("01632 960 100", "01632 960 100"),
        ("job 1234567890123", ""),
    ],
)
def test_phone_numbers(text: str, phone: str) -> None:
    assert find_phone(text) == phone


@given(st.text(max_size=500))
def test_any_text_can_be_searched(text: str) -> None:
    find_address(text)
    find_postcode(text)
    find_phone(text)
