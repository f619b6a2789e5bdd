"""Our mail as bytes: the same each time, safe from injection, and readable by the standard library's parser."""

from __future__ import annotations

import email
import email.policy
import quopri
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intakebot.channels.email.compose import compose
from intakebot.config.doors import Mail
from intakebot.domain.message import Address, OutboundMessage, Purpose
from intakebot.errors import DeliveryFailed

MAIL = Mail(address="complaints@landlord.example", name="Complaints team")
LETTER = OutboundMessage(
    channel="email",
    purpose=Purpose.ACKNOWLEDGEMENT,
    message_id="c.HC1234.0123456789abcdef0123456789abcdef0123456789abcdef0123456789@landlord.example",
    to=(Address("ama@tenant.example", "Ama Mensah"),),
    subject="Your complaint HC-1234",
    text="Dear Ama,\n\nWe have it.\n",
    html="<p>Dear Ama,</p><p>We have it.</p>",
    written_at=datetime(2026, 7, 1, 10, 30, tzinfo=ZoneInfo("Europe/London")),
    reply_to=Address("complaints+c.1a2b3c@landlord.example", "Complaints team"),
    in_reply_to="first@tenant.example",
    references=("zeroth@tenant.example", "first@tenant.example"),
    auto_submitted="auto-replied",
)


def read(message: OutboundMessage) -> EmailMessage:
    read = email.message_from_bytes(compose(message, MAIL).content, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    assert not read.defects
    return read


def names(message: OutboundMessage) -> list[str]:
    """The header names, as a reader that knows nothing of folding would see them."""
    head = compose(message, MAIL).content.partition(b"\r\n\r\n")[0].decode()
    return [line.partition(":")[0] for line in head.split("\r\n") if not line.startswith(" ")]


def test_an_acknowledgement_reads_as_it_was_meant() -> None:
    message = read(LETTER)
    assert str(message["From"]) == "Complaints team <complaints@landlord.example>"
    assert str(message["To"]) == "Ama Mensah <ama@tenant.example>"
    assert str(message["Reply-To"]) == "Complaints team <complaints+c.1a2b3c@landlord.example>"
    assert message["Subject"] == "Your complaint HC-1234"
    assert message["Date"] == "Wed, 01 Jul 2026 10:30:00 +0100"
    assert message["In-Reply-To"] == "<first@tenant.example>"
    assert message["References"] == "<zeroth@tenant.example> <first@tenant.example>"
    assert message["Content-Language"] == "en-GB"
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content() == "Dear Ama,\r\n\r\nWe have it.\r\n"
    assert html.get_content() == "<p>Dear Ama,</p><p>We have it.</p>\r\n"


def test_the_same_message_gives_the_same_bytes() -> None:
    assert compose(LETTER, MAIL) == compose(LETTER, MAIL)
    other = compose(replace(LETTER, message_id="other@landlord.example"), MAIL)
    assert other.content != compose(LETTER, MAIL).content


def test_automatic_mail_asks_for_no_answer_but_wants_its_bounces() -> None:
    message = read(LETTER)
    assert message["Auto-Submitted"] == "auto-replied"
    assert "NDR" not in message["X-Auto-Response-Suppress"]
    assert "AutoReply" in message["X-Auto-Response-Suppress"]
    assert "Precedence" not in message
    assert compose(LETTER, MAIL).sender == "complaints@landlord.example"


def test_a_persons_words_are_not_marked_automatic() -> None:
    message = read(replace(LETTER, auto_submitted=""))
    assert "Auto-Submitted" not in message
    assert "X-Auto-Response-Suppress" not in message


def test_text_alone_is_one_part() -> None:
    assert read(replace(LETTER, html="")).get_content_type() == "text/plain"


def test_message_ids_are_never_encoded_or_broken() -> None:
    long = tuple(f"{n}.{'x' * 150}@tenant.example" for n in range(30))
    content = compose(replace(LETTER, references=long, message_id=long[0]), MAIL).content
    assert f"Message-ID: <{long[0]}>\r\n".encode() in content
    for identifier in long:
        assert f"<{identifier}>\r\n".encode() in content


@pytest.mark.parametrize(
    "subject",
    [
        "Łódź: próg",
        "Re: " + "a long way down the road " * 20,
        "日本語の件名" * 30,
        "=?utf-8?q?already?=",
        "x" * 2000,
        "",
    ],
    ids=["accents", "long", "japanese", "looks-encoded", "one-long-word", "empty"],
)
def test_any_subject_comes_through_on_short_lines(subject: str) -> None:
    message = replace(LETTER, subject=subject)
    assert read(message)["Subject"] == " ".join(subject.split())
    assert max(len(line) for line in compose(message, MAIL).content.split(b"\r\n")) <= 998


@pytest.mark.parametrize(
    "name",
    ["Żaneta Błaszczyk", "O'Brien, Seán", 'J. "Jo" Smith \\', "Smith (Ms)", "a@b.example", "X" * 300, "李" * 60, ""],
)
def test_any_name_comes_through(name: str) -> None:
    content = compose(replace(LETTER, to=(Address("ama@tenant.example", name),)), MAIL).content
    written, address = parseaddr(email.message_from_bytes(content)["To"])
    assert (str(make_header(decode_header(written))), address) == (name, "ama@tenant.example")


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028", "\r\n\r\n"])
def test_nothing_can_be_added_to_the_headers(break_: str) -> None:
    evil = f"Hello{break_}Bcc: everybody@tenant.example{break_}{break_}<script>"
    message = replace(
        LETTER,
        subject=evil,
        to=(Address("ama@tenant.example", evil),),
        cc=(Address("ben@tenant.example", evil),),
        reply_to=Address("x@landlord.example", evil),
        in_reply_to=evil,
        references=(evil,),
        message_id=f"id{break_}Bcc: x@y.example",
        auto_submitted=evil,
    )
    assert names(message) == [*names(replace(LETTER, cc=(Address("ben@tenant.example"),)))]
    assert read(message)["Bcc"] is None
    assert break_.encode() not in compose(message, MAIL).content.replace(b"\r\n", b"")
    assert "Bcc" in read(message)["Subject"]


@pytest.mark.parametrize(
    "address",
    [
        "ama@tenant.example\r\nBcc: x@y.example",
        "ama",
        "",
        "a b@tenant.example",
        "<a@b.example>",
        "a@b.example, c@d.example",
    ],
)
def test_what_is_not_an_address_is_refused_for_good(address: str) -> None:
    for message in (replace(LETTER, to=(Address(address),)), replace(LETTER, reply_to=Address(address))):
        with pytest.raises(DeliveryFailed) as failure:
            compose(message, MAIL)
        assert not failure.value.temporary
        assert "tenant.example" not in str(failure.value)


def test_the_envelope_names_each_receiver_once() -> None:
    everyone = replace(
        LETTER,
        to=(Address("ama@tenant.example"), Address("Ben@tenant.example")),
        cc=(Address("ben@TENANT.example"), Address("cal@tenant.example")),
    )
    composed = compose(everyone, MAIL)
    assert {address.lower() for address in composed.recipients} == {
        f"{n}@tenant.example" for n in ("ama", "ben", "cal")
    }
    assert len(composed.recipients) == 3
    assert not composed.smtputf8


def test_an_address_beyond_ascii_is_flagged_and_kept() -> None:
    composed = compose(replace(LETTER, to=(Address("élève@tenant.example", "Élève"),)), MAIL)
    assert composed.smtputf8
    assert composed.recipients == ("élève@tenant.example",)
    assert "<élève@tenant.example>".encode() in composed.content


def test_the_time_keeps_its_zone() -> None:
    assert read(replace(LETTER, written_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC)))["Date"].datetime == datetime(
        2026, 1, 5, 9, 0, tzinfo=UTC
    )


@given(text=st.text(max_size=400))
def test_any_text_comes_through_as_ascii_on_short_lines(text: str) -> None:
    content = compose(replace(LETTER, text=text, html=""), MAIL).content
    body = content.partition(b"\r\n\r\n")[2]
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert all(len(line) <= 78 for line in body.split(b"\r\n"))
    assert b"\n".join(quopri.decodestring(body).splitlines()) == b"\n".join(text.encode().splitlines())
