"""Who a mail is from, what it answers, when it was written: headers as they are, broken ones included."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.channels.email.mails import HEAD, SETTINGS, reading, text_mail

from intakebot.channels.email.headers import decode_words, parse_addresses
from intakebot.domain.message import Address, Authentication, NormalisedMessage


def with_header(line: str | bytes, *, without: str = "") -> NormalisedMessage:
    """A mail with one header line more, and without the line that begins with `without`."""
    lines = [one for one in HEAD.splitlines(keepends=True) if not without or not one.startswith(without)]
    extra = line if isinstance(line, bytes) else line.encode()
    return reading(extra + b"\n" + "".join(lines).encode() + b"\nThere is damp.\n")


def subject(value: str | bytes) -> str:
    """What a raw Subject value is read as."""
    raw = value if isinstance(value, bytes) else value.encode()
    return with_header(b"Subject: " + raw, without="Subject:").subject


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=?utf-8?q?Zo=C3=AB=E2=80=99s_flat?=", "Zoë’s flat"),
        ("=?UTF-8?B?Wm/Dqw==?= is =?utf-8?Q?cold?=", "Zoë is cold"),
        ("=?utf-8?q?one?=\r\n =?utf-8?q?_two?=", "one two"),
        ("=?utf-8?b?w6?= =?utf-8?b?s=?=", "ë"),
        ("=?utf-8?B?Wm/Dqw=?=", "Zoë"),
        ("=?utf-8?B?Wm/Dq?= x", "ZoÃ x"),
        ("=?x-unknown?q?caf=E9?=", "café"),
        ("=?iso-8859-1?q?=A335_=96?=", "£35 –"),
        ("=?utf-8*en?q?cold?=", "cold"),
        ("=?gb2312?b?xrnMzOI=?=", "=?gb2312?b?xrnMzOI=?="),
        ("=?utf-8?q?never ends", "=?utf-8?q?never ends"),
        ("=?utf-8?x?odd?=", "=?utf-8?x?odd?="),
        ("Café £35".encode(), "Café £35"),
        ("Café £35 –".encode("cp1252"), "Café £35 –"),
        ("folded\n\tover lines", "folded over lines"),
    ],
)
def test_subjects_encoded_broken_and_raw(value: str | bytes, expected: str) -> None:
    if "gb2312" in str(value):
        assert "?" not in subject(value)
    else:
        assert subject(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "=?utf-8?q?Damp=0D=0ABcc:_all@tenants.example?=",
        "=?utf-8?b?RGFtcA0KQmNjOiBhbGxAdGVuYW50cy5leGFtcGxl?=",
        "=?utf-8?q?Damp=E2=80=A8Bcc=3A_all@tenants.example?=",
        "Damp\x00\x07\rBcc: all@tenants.example",
    ],
)
def test_header_injection_in_subject_and_names_is_harmless(value: str) -> None:
    found = subject(value)
    assert found.isprintable() and "\n" not in found and "\r" not in found
    sender = with_header(f"From: {value} <jane@tenant.example>", without="From:").sender
    assert sender is not None and sender.name.isprintable() and sender.email == "jane@tenant.example"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Jane <j@x.example>", [("j@x.example", "Jane")]),
        ("j@x.example", [("j@x.example", "")]),
        ("<j@x.example>", [("j@x.example", "")]),
        ("j@x.example (Jane O)", [("j@x.example", "Jane O")]),
        ('"O, Jane" <j@x.example>, Bob <b@x.example>', [("j@x.example", "O, Jane"), ("b@x.example", "Bob")]),
        ("Okafor, Jane <j@x.example>", [("j@x.example", "Okafor, Jane")]),
        ("'j@x.example' <j@x.example>", [("j@x.example", "")]),
        ("=?utf-8?q?Zo=C3=AB?= <z@x.example>", [("z@x.example", "Zoë")]),
        ('"=?utf-8?q?Zo=C3=AB?=" <z@x.example>', [("z@x.example", "Zoë")]),
        ("Team: a@x.example, b@x.example;", [("a@x.example", ""), ("b@x.example", "")]),
        ("undisclosed-recipients:;", []),
        ("MAILER-DAEMON", []),
        ("<mailto:j@x.example>", [("j@x.example", "")]),
        ('"unclosed <j@x.example>', [("j@x.example", "unclosed")]),
        ("Jane <<j@x.example>>", [("j@x.example", "Jane")]),
        ("a@x.example; b@x.example", [("a@x.example", ""), ("b@x.example", "")]),
        ("\u202eJane <j@x.example>", [("j@x.example", "Jane")]),
        ("j@münchen.example", [("j@münchen.example", "")]),
    ],
)
def test_addresses_as_people_and_programs_write_them(value: str, expected: list[tuple[str, str]]) -> None:
    assert [(one.email, one.name) for one in parse_addresses(value.encode())] == expected


@pytest.mark.parametrize(
    "value", ['"' * 60_000, "(" * 60_000, "<" * 60_000, '"\\' * 30_000, "a@" * 30_000, "," * 60_000]
)
def test_hostile_address_lists_come_to_an_end(value: str) -> None:
    assert len(parse_addresses(value)) <= 1


def test_hostile_encoded_words_come_to_an_end() -> None:
    assert decode_words("=?a?q?x" * 9_000)


def test_a_missing_from_is_allowed() -> None:
    message = with_header("X-A: b", without="From:")
    assert (message.sender, message.answer_to) == (None, None)
    assert any("who it is from" in note for note in message.notes)


def test_sender_stands_in_for_a_missing_from() -> None:
    assert with_header("Sender: Jane <jane@tenant.example>", without="From:").sender == Address(
        "jane@tenant.example", "Jane"
    )


def test_reply_to_wins_over_noreply() -> None:
    message = with_header("From: Form <noreply@website.example>\nReply-To: Jane <jane@tenant.example>", without="From:")
    assert message.sender == Address("noreply@website.example", "Form")
    assert message.answer_to == Address("jane@tenant.example", "Jane")


@pytest.mark.parametrize("value", ["complaints@landlord.example", "complaints+c1@landlord.example", "nobody", ""])
def test_a_reply_to_that_is_us_or_nobody_is_ignored(value: str) -> None:
    message = with_header(f"Reply-To: {value}")
    assert message.answer_to == Address("jane@tenant.example", "Jane Okafor")


def test_missing_message_id_and_date_are_lived_with() -> None:
    assert with_header("X-A: b", without="Message-ID:").message_id == ""
    message = with_header("X-A: b", without="Date:")
    assert (message.sent_at, "it has no Date" in message.notes) == (None, True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Tue, 3 Mar 2026 10:11:12 +0100", datetime(2026, 3, 3, 9, 11, 12, tzinfo=UTC)),
        ("Tue, 3 Mar 2026 10:11:12 -0000", datetime(2026, 3, 3, 10, 11, 12, tzinfo=UTC)),
        ("3 Mar 2026 10:11 GMT", datetime(2026, 3, 3, 10, 11, tzinfo=UTC)),
        ("Tue, 3 Mar 2071 10:11:12 +0000", None),
        ("Thu, 1 Jan 1970 00:00:00 +0000", None),
        ("yesterday", None),
        ("Tue, 3 Mar 2026 10:11:12 +9999", None),
        ("Tue, 33 Mar 2026 99:11:12 +0000", None),
        ("Tue, 3 Mar 99999999999 10:11:12 +0000", None),
    ],
)
def test_dates_sane_insane_and_unreadable(value: str, expected: datetime | None) -> None:
    message = with_header(f"Date: {value}", without="Date:")
    assert message.sent_at == expected
    assert (expected is None) is any("Date" in note for note in message.notes)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<[x]@[y]>", "[x]@[y]"),
        ("a@b.example", "a@b.example"),
        ("<a b@c.example>", "ab@c.example"),
        ("<a@b.example> (added by relay)", "a@b.example"),
        ("no id at all", ""),
        ("", ""),
        ("<>", ""),
    ],
)
def test_message_ids_that_break_other_parsers(value: str, expected: str) -> None:
    assert with_header(f"Message-ID: {value}", without="Message-ID:").message_id == expected


def test_references_and_in_reply_to_are_read_leniently_each_once() -> None:
    message = with_header(
        "References: <a@x.example><b@x.example>\n\t<a@x.example>, junk <c@x.example>\n"
        "In-Reply-To: <c@x.example> from Jane"
    )
    assert message.references == ("a@x.example", "b@x.example", "c@x.example")
    assert message.in_reply_to == ("c@x.example",)


def test_of_many_references_the_first_and_last_are_kept() -> None:
    message = with_header("References: " + " ".join(f"<{n}@x.example>" for n in range(1000)))
    assert len(message.references) == 100
    assert message.references[0] == "0@x.example" and message.references[-1] == "999@x.example"


def test_recipients_come_from_to_and_cc() -> None:
    message = with_header("Cc: Rosa <rosa@advice.example>, complaints@landlord.example")
    assert [one.email for one in message.recipients] == ["complaints@landlord.example", "rosa@advice.example"]


def test_only_our_relays_topmost_results_are_believed() -> None:
    ours = "Authentication-Results: mx.landlord.example;\n\tspf=pass smtp.mailfrom=x; dkim=fail (bad; sig);"
    ours += " dkim=pass; dmarc=fail (p=none)"
    forged = "Authentication-Results: mx.landlord.example; dmarc=pass; spf=fail"
    foreign = "Authentication-Results: mx.evil.example; dmarc=pass"
    assert with_header(f"{foreign}\n{ours}\n{forged}").authentication == Authentication("pass", "pass", "fail")
    assert with_header(foreign).authentication == Authentication()
    assert with_header("Authentication-Results: mx.landlord.example 1; none").authentication == Authentication()


def test_without_a_configured_relay_no_results_are_believed() -> None:
    head = f"Authentication-Results: mx.landlord.example; spf=pass\n{HEAD}"
    assert (
        reading(text_mail("x", head=head), settings=replace(SETTINGS, authserv_id="")).authentication
        == Authentication()
    )


def test_a_broken_header_line_does_not_end_the_headers() -> None:
    mail = (
        HEAD.replace("Date:", "a folded line that lost its space\nDate:")
        + "Content-Type: text/html\n\n<p>There is damp</p>"
    )
    message = reading(mail)
    assert (message.text, message.message_id) == ("There is damp", "a1@tenant.example")
    assert any("header line was broken" in note for note in message.notes)


def test_a_body_without_a_blank_line_before_it_is_still_the_body() -> None:
    message = reading("From: jane@tenant.example\nSubject: Damp\nThere is damp in here.\n\nAnd mould.\n")
    assert message.text == "There is damp in here.\n\nAnd mould.\n"


@pytest.mark.parametrize(
    "value", ["telegram:77000123", "<telegram:77000123>", "<tel:+447700900123>", "Kim <tel:+447700900123>"]
)
def test_no_mail_can_pass_for_a_chat_or_a_phone(value: str) -> None:
    assert [one for one in parse_addresses(value) if one.channel != "email"] == []
