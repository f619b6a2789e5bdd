"""Bytes to text: the labels real mail carries, right, wrong, unknown and missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.channels.email.mails import reading, text_mail

from intakebot.channels.email.charsets import REPLACEMENT, codec_name, decode


@pytest.mark.parametrize("label", ["latin-1", "iso-8859-1", "ISO_8859-1", "us-ascii", "windows-1252", "ANSI", "x-ansi"])
def test_windows_1252_labelled_latin_1_or_ascii_keeps_its_quotes_and_dashes(label: str) -> None:
    assert decode("the landlord’s “repair” – £35".encode("cp1252"), label).text == "the landlord’s “repair” – £35"


def test_utf_8_labelled_latin_1_is_read_as_utf_8_and_said_so() -> None:
    found = decode("£35 for Zoë".encode(), "iso-8859-1")
    assert (found.text, "UTF-8" in found.note) == ("£35 for Zoë", True)


@pytest.mark.parametrize("label", ["", "x-unknown", "unknown-8bit", "no-such-charset", "DEFAULT_CHARSET", "\x00", "é"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_undeclared_and_unknown_charsets_are_worked_out_from_the_bytes(label: str, encoding: str) -> None:
    assert decode("£35 – Zoë’s".encode(encoding), label).text == "£35 – Zoë’s"


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("utf8mb4", "utf-8"),
        ('"UTF-8"', "utf-8"),
        ("charset=utf-8", "utf-8"),
        ("cp-850", "cp850"),
        ("gb2312", "gb18030"),
        ("GBK", "gb18030"),
        ("iso-8859-8-i", "iso8859-8"),
        ("windows-31j", "cp932"),
        ("ks_c_5601-1987", "cp949"),
        ("x-mac-roman", "mac-roman"),
        ("cp1252", "cp1252"),
        ("idna", ""),
        ("punycode", ""),
        ("rot13", ""),
        ("unicode_escape", ""),
        ("hex", ""),
    ],
)
def test_labels_are_read_as_browsers_read_them_and_only_character_sets_count(label: str, codec: str) -> None:
    assert codec_name(label).replace("_", "-") == codec


def test_gb18030_labelled_gb2312_keeps_characters_gb2312_lacks() -> None:
    assert decode("墙上发霉了，孩子咳嗽 㐀".encode("gb18030"), "gb2312").text == "墙上发霉了，孩子咳嗽 㐀"


@pytest.mark.parametrize("label", ["iso-2022-jp", "", "us-ascii"])
def test_iso_2022_jp_is_read_with_and_without_its_label(label: str) -> None:
    assert decode("暖房が壊れています".encode("iso2022_jp"), label).text == "暖房が壊れています"


def test_utf_7_is_read_and_cannot_smuggle_half_characters() -> None:
    assert decode("£35 – Zoë".encode("utf-7"), "utf-7").text == "£35 – Zoë"
    assert decode(b"+2AA-", "utf-7").text == REPLACEMENT


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_with_and_without_a_byte_order_mark(encoding: str) -> None:
    assert decode("No heating since Friday".encode(encoding), "utf-16").text == "No heating since Friday"


def test_plain_text_labelled_utf_16_is_read_as_what_it_is() -> None:
    assert decode(b"No heating", "utf-16").text == "No heating"


def test_a_byte_order_mark_is_no_part_of_the_words() -> None:
    assert decode(b"\xef\xbb\xbfNo heating", "iso-8859-1").text == "No heating"


def test_damaged_utf_8_keeps_the_rest_and_says_so() -> None:
    found = decode("Zoë’s £35".encode() + b"\xff", "utf-8")
    assert found.text == f"Zoë’s £35{REPLACEMENT}"
    assert REPLACEMENT in found.note


def test_windows_1252_labelled_utf_8_is_read_as_windows_1252() -> None:
    assert decode("£35".encode("cp1252"), "utf-8").text == "£35"


def test_nul_bytes_and_control_characters_go_and_lone_carriage_returns_become_lines() -> None:
    found = decode(b"one\x00 two\x07\rthree\r\nfour", "utf-8")
    assert found.text == "one two\nthree\nfour"
    assert "NUL" in found.note


@given(st.binary(max_size=300), st.text(max_size=20))
def test_any_bytes_under_any_label_give_text_that_can_be_stored(content: bytes, label: str) -> None:
    text = decode(content, label).text
    text.encode("utf-8")
    assert "\x00" not in text and "\r" not in text


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=200))
def test_declared_utf_8_comes_back_as_written(text: str) -> None:
    assert decode(text.encode(), "utf-8").text == text.removeprefix("\ufeff")


def test_notes_reach_the_message_so_that_staff_know() -> None:
    message = reading(text_mail(b"caf\xe9 \x00", "text/plain; charset=x-unknown"))
    assert message.new_text.strip() == "café"
    assert any("not known" in note for note in message.notes) and any("NUL" in note for note in message.notes)
