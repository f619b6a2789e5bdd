"""Phones: one number is one key however it is written, and somebody who uses Relay UK is rung back on 18002."""

from __future__ import annotations

import pytest

from intakebot.domain.phones import as_text_number, fuller_number, is_text_number, phone_key, ring_back, told_to_staff


@pytest.mark.parametrize(
    "written",
    ["07700 900123", "07700900123", "+447700900123", "+44 (0)7700 900123", "0044 7700 900 123", "18002 07700-900123"],
)
def test_one_number_has_one_key(written: str) -> None:
    assert phone_key(written) == "+447700900123"


@pytest.mark.parametrize(
    "written", ["", "Ada", "12", "07700 900123 after four", "0" * 20, "ada@tenant.example", "18002"]
)
def test_what_is_no_number_has_none(written: str) -> None:
    assert phone_key(written) == "" and ring_back(written) == ""


def test_ring_back_puts_18002_in_front_once() -> None:
    assert ring_back("07700 900123") == ring_back("18001 07700 900123") == "18002 07700 900123"


@pytest.mark.parametrize(
    "written",
    [
        "01632 960005 (TextNumber)",
        "TextNumber 01632 960005",
        "18002 01632 960005 (text number)",
        "01632 960005 [TEXTNUMBER]",
    ],
)
def test_a_text_number_is_rung_as_it_stands_however_it_is_marked(written: str) -> None:
    assert is_text_number(written) and phone_key(written) == phone_key("01632 960005")
    assert ring_back(written) == "01632 960005", "it brings the assistant by itself"
    assert as_text_number(written) == "01632 960005 (TextNumber)"
    assert "18002" not in told_to_staff(as_text_number(written), by_relay=True)


def test_what_is_no_number_is_no_text_number() -> None:
    assert not is_text_number("TextNumber") and as_text_number("") == "" and as_text_number("Ada") == "Ada"


def test_staff_are_told_what_to_dial_wherever_a_number_stands() -> None:
    assert told_to_staff("07700 900123", by_relay=True) == "07700 900123. Ring back on 18002 07700 900123"
    assert told_to_staff("07700 900123", by_relay=False) == "07700 900123"
    assert told_to_staff("", by_relay=True) == "" and told_to_staff("not given", by_relay=True) == "not given"


def test_a_number_that_is_known_is_not_lost_to_another() -> None:
    marked = as_text_number("01632 960005")
    assert fuller_number("", "07700 900123") == "07700 900123"
    assert fuller_number("01632 960005", marked) == marked and fuller_number(marked, "01632 960005") == marked
    assert fuller_number("07700 900123", marked) == fuller_number("07700 900123", "") == "07700 900123"
