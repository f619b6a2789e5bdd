"""Phones: one number is one key however it is written, and somebody who uses Relay UK is rung back on 18002."""

from __future__ import annotations

import pytest

from intakebot.domain.phones import phone_key, ring_back, uses_relay


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
    assert ring_back("01632 960001", text_number=True) == "01632 960001", "a TextNumber brings the assistant by itself"


def test_who_uses_relay() -> None:
    assert uses_relay("relay", ()) and uses_relay("relay_uk", ()) and uses_relay("email", ["bsl", "relay_uk"])
    assert not uses_relay("phone", ["phone_only"]) and not uses_relay("video_relay", ["bsl"])
