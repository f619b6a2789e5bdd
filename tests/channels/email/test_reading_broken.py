"""Broken, hostile and enormous mail: always text and files, or parked; never an exception, never a word lost."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.channels.email.mails import (
    BOUNDARY,
    HEAD,
    corpus,
    corpus_names,
    multipart,
    multipart_mail,
    part,
    reading,
    text_mail,
)

from intakebot.channels.email.htmltext import strip_tags
from intakebot.channels.email.identity import external_id, fingerprint
from intakebot.channels.email.parts import open_message
from intakebot.channels.email.reading import ReadingSettings
from intakebot.domain.message import NormalisedMessage, join_segments
from intakebot.errors import Unreadable

PLAIN = "Content-Type: text/plain; charset=utf-8"
HTML = "Content-Type: text/html; charset=utf-8"
TWO = multipart_mail(part("There is damp.", PLAIN), part("%PDF-1", "Content-Type: application/pdf; name=a.pdf"))


def everything(message: NormalisedMessage) -> bytes:
    """All that a reader of the message could find: its text and its files."""
    return message.text.encode() + b"".join(file.content for file in message.attachments)


@pytest.mark.parametrize(
    ("mail", "note"),
    [
        (TWO.replace(f'; boundary="{BOUNDARY}"'.encode(), b""), "boundary between parts was missing"),
        (TWO.replace(f'"{BOUNDARY}"'.encode(), b'"another"'), "boundary between parts was missing"),
        (TWO.replace(f"--{BOUNDARY}--".encode(), b""), "the end of the message is missing"),
        (TWO.replace(f"--{BOUNDARY}--".encode(), f"--{BOUNDARY}".encode()), ""),
    ],
)
def test_broken_boundaries_lose_neither_words_nor_files(mail: bytes, note: str) -> None:
    message = reading(mail)
    assert message.text.strip() == "There is damp."
    assert [(file.filename, file.content[:6]) for file in message.attachments] == [("a.pdf", b"%PDF-1")]
    assert note in " ".join(message.notes)


def test_a_boundary_used_twice_loses_nothing() -> None:
    inner = multipart(part("Plain words.", PLAIN), part("<p>Rich words.</p>", HTML), kind="alternative")
    message = reading(multipart_mail(inner, part("%PDF-1", "Content-Type: application/pdf; name=a.pdf")))
    assert "Plain words." in message.text and [file.filename for file in message.attachments] == ["a.pdf"]


def test_a_multipart_without_any_part_is_read_as_text() -> None:
    message = reading(f"{HEAD}Content-Type: multipart/mixed; boundary=x\n\nMy boiler is broken.\n")
    assert message.text == "My boiler is broken.\n"
    assert any("had no parts" in note for note in message.notes)


def test_words_outside_the_parts_are_read_where_there_are_no_others() -> None:
    mail = multipart_mail(part("%PDF-1", "Content-Type: application/pdf"))
    mail = mail.replace(f"\n\n--{BOUNDARY}".encode(), f"\n\nMy boiler is broken.\n--{BOUNDARY}".encode(), 1)
    assert reading(mail).text.strip() == "My boiler is broken."
    notice = mail.replace(b"My boiler is broken.", b"This is a multi-part message in MIME format.")
    assert reading(notice).text == ""


def test_a_boundary_that_begins_like_another_is_not_it() -> None:
    inner = multipart(part("There is damp.", PLAIN), boundary=f"{BOUNDARY}-1")
    assert reading(multipart_mail(inner)).text.strip() == "There is damp."
    quoting = part(f"Before\n--{BOUNDARY} is what it says\nafter", PLAIN)
    assert reading(multipart_mail(quoting)).text.split("\n")[1] == f"--{BOUNDARY} is what it says"


@pytest.mark.parametrize("kind", ["nonsense", "text", "", "/", "text/plain/x", "multipart", "é/ü"])
def test_content_types_that_make_no_sense_are_read_as_text(kind: str) -> None:
    assert reading(text_mail("There is damp.", kind)).text == "There is damp."


def test_broken_base64_gives_what_can_be_had() -> None:
    photo = base64.encodebytes(b"\xff\xd8\xff\xe0" + bytes(range(256)))
    cut = part(photo[:-8], "Content-Type: image/jpeg; name=a.jpg", "Content-Transfer-Encoding: base64")
    message = reading(multipart_mail(part("x", PLAIN), cut))
    assert message.attachments[0].content.startswith(b"\xff\xd8\xff\xe0" + bytes(range(240)))
    assert any("base64" in note for note in message.notes)


def test_words_a_gateway_added_after_base64_are_kept() -> None:
    body = base64.encodebytes(b"There is damp.") + b"\nThis message was checked by the gateway.\n"
    assert reading(text_mail(body, encoding="base64")).text.split("\n")[:2] == [
        "There is damp.",
        "This message was checked by the gateway.",
    ]


def test_two_pieces_of_base64_are_both_read() -> None:
    body = base64.b64encode(b"There is damp..") + b"\n" + base64.b64encode(b"And mould")
    padded = base64.b64encode(b"There is damp") + b"\n" + base64.b64encode(b"And mould")
    assert reading(text_mail(body, encoding="base64")).text == "There is damp..And mould"
    assert reading(text_mail(padded, encoding="base64")).text == "There is dampAnd mould"


def test_text_that_only_says_it_is_base64_is_read_as_it_is() -> None:
    assert reading(text_mail("My boiler is broken, help.\n", encoding="base64")).text == "My boiler is broken, help.\n"


@pytest.mark.parametrize(
    ("body", "expected"), [("damp=", "damp"), ("damp=ZZ and", "damp=ZZ and"), ("=C3=A9=\n=", "é"), ("a=3", "a=3")]
)
def test_broken_quoted_printable_keeps_its_words(body: str, expected: str) -> None:
    assert reading(text_mail(body, encoding="quoted-printable")).text == expected


@pytest.mark.parametrize("encoding", ["8-bit", "utf-8", "x-unknown", "7bit; x", '"8bit"', "binary"])
def test_unknown_transfer_encodings_leave_the_bytes_alone(encoding: str) -> None:
    assert reading(text_mail("Zoë", encoding=encoding)).text == "Zoë"


def test_nul_bytes_lone_carriage_returns_and_doubled_ones() -> None:
    assert reading(text_mail(b"one\x00\rtwo\r\nthree")).text == "one\ntwo\nthree"
    doubled = reading(text_mail("There is damp.\n").replace(b"\n", b"\r\r\n"))
    assert (doubled.text, doubled.subject) == ("There is damp.\n", "Damp in the bedroom")


def test_a_message_stored_as_utf_16_or_with_a_byte_order_mark_or_a_mailbox_line_is_read() -> None:
    mail = text_mail("Zoë has damp.\n")
    for stored in (
        mail.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + mail,
        b"From jane Tue Mar  3 10:11:12 2026\n" + mail,
        b"\r\n\n" + mail,
    ):
        message = reading(stored)
        assert (message.text, message.message_id) == ("Zoë has damp.\n", "a1@tenant.example")


def test_too_many_parts_are_kept_closed_and_nothing_is_lost() -> None:
    parts = [part(f"words {number};", PLAIN) for number in range(500)]
    message = reading(multipart_mail(*parts))
    assert all(f"words {number};".encode() in everything(message) for number in range(500))
    assert len(message.attachments) == 1 and any("too many parts" in note for note in message.notes)


def test_parts_nested_too_deeply_are_kept_closed_and_nothing_is_lost() -> None:
    inner = part("the innermost words", PLAIN)
    for level in range(60):
        inner = multipart(inner, boundary=f"level{level}x")
    message = reading(HEAD.encode() + inner)
    assert b"the innermost words" in everything(message)
    assert message.attachments[0].filename.endswith(".eml") and any("too deeply" in note for note in message.notes)


def test_messages_attached_to_messages_attached_to_messages_come_to_an_end() -> None:
    inner = text_mail("the innermost words")
    for _ in range(40):
        inner = multipart_mail(part("see attached", PLAIN), part(inner, "Content-Type: message/rfc822"))
    assert b"the innermost words" in everything(reading(inner))


def html(body: str) -> NormalisedMessage:
    """A mail of one HTML body, read."""
    return reading(text_mail(body, "text/html; charset=utf-8"))


def test_html_with_scripts_is_harmless() -> None:
    message = html(
        "<script>steal()</script><p onclick='steal()'>My <b>boiler</b> is broken</p><style>p{x}</style>"
        "<a href='javascript:steal()'>link</a><img src=x onerror=steal()><!-- steal() --><p hidden>steal()</p>"
        "<title>steal()</title><template>steal()</template><p style='DISPLAY : none'>steal()</p>"
    )
    assert " ".join(message.text.split()) == "My boiler is broken link"


def test_html_nested_deeper_than_its_parser_reads_keeps_its_words() -> None:
    message = html("<div>" * 30_000 + "My boiler is broken" + "</div>" * 30_000 + "<p>really</p>")
    assert message.text.split() == ["My", "boiler", "is", "broken", "really"]
    assert any("nested too deeply" in note for note in message.notes)


def test_a_table_that_would_be_padded_to_gigabytes_keeps_its_words() -> None:
    message = html("<table>" + "<tr><td>x</td></tr>" * 10_000 + f"<tr><td>{'wide ' * 20_000}</td></tr></table>")
    assert len(message.text) < 300_000 and message.text.count("wide") == 20_000


def test_sizes_in_html_styles_do_not_write_spaces() -> None:
    assert html("<p style='margin:99999em;padding-left:99999em' align=right width=99999>damp</p>").text == "damp"


def test_control_characters_written_as_entities_are_harmless() -> None:
    message = html(
        "<a href='https://x.example/&#1;a'>photo&#1;</a>&#2; of &#13;damp<blockquote type=cite>&#3;y</blockquote>"
    )
    assert message.text.split("\n")[0] == "photo <https://x.example/ a> of damp"
    assert message.text.endswith("> y")
    assert strip_tags("a&#1;b&#13;c") == "ab c"


def test_html_that_hides_everything_is_still_read() -> None:
    assert html("<body><div style='display:none'>My boiler is broken</div></body>").text == "My boiler is broken"


def test_html_beyond_the_cap_is_cut_and_said() -> None:
    message = reading(text_mail("<p>damp</p>" * 100, "text/html"), settings=ReadingSettings(max_html=110))
    assert message.text.split() == ["damp"] * 10
    assert any("too long" in note for note in message.notes)
    assert message.attachments[0].content == b"<p>damp</p>" * 90


HOSTILE_HTML = ["<", "<a", "<!--", "<script>", "</script><style>", "<div hidden>x", "<b>", "&amp", "<br>", "<p>"]
HOSTILE_HTML += ["<table><tr><td>", "<blockquote type=cite>", "<a href=https://x.example>y", "\ue0f0"]


@pytest.mark.parametrize("unit", HOSTILE_HTML)
def test_hostile_html_comes_to_an_end(unit: str) -> None:
    html(unit * (200_000 // len(unit)))


@pytest.mark.parametrize(
    "mail",
    [
        b"A: b\n" * 100_000,
        b"From: " + b"a " * 200_000 + b"\n\nx",
        b"Subject: " + b"=?utf-8?q?" * 20_000 + b"\n\nx",
        b"Content-Type: text/plain" + b'; x="\\"' * 50_000 + b"\n\nx",
        b"Content-Type: text/plain" + b"; name*0*=a" * 20_000 + b"\n\nx",
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n" * 100_000,
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x" * 150_000,
        b"Content-Type: multipart/mixed\n\n" + b"--x\n" * 100_000,
        b"A: b\nno field\n" * 50_000,
        b"References: " + b"<" * 200_000 + b"\n\nx",
        b"From: a@b.example\n\n" + b"begin 644 x\n" * 50_000,
        b"From: a@b.example\nContent-Transfer-Encoding: base64\n\n" + b"=" * 300_000,
        b"From: a@b.example\nContent-Transfer-Encoding: quoted-printable\n\n" + b"=" * 300_000,
        b"From: a@b.example\nContent-Type: text/calendar\n\n" + b"SUMMARY;" * 50_000,
        b"Authentication-Results: mx.landlord.example; " + b"(" * 60_000 + b"\n\nx",
    ],
    ids=lambda mail: repr(mail[:40]),
)
def test_hostile_structure_comes_to_an_end(mail: bytes) -> None:
    reading(mail)


def _leaves(message: EmailMessage) -> Iterator[bytes]:
    for leaf in message.walk():
        if not leaf.is_multipart():
            yield bytes(leaf.get_payload(decode=True) or b"")


@given(
    st.lists(st.binary(min_size=1, max_size=200), max_size=4),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200),
    st.sampled_from([b"\n", b"\r\n"]),
)
def test_well_formed_mail_opens_as_in_pythons_own_parser(files: list[bytes], text: str, line_end: bytes) -> None:
    mail = EmailMessage()
    mail["From"] = "jane@tenant.example"
    mail.set_content(text)
    mail.add_alternative(f"<p>{len(text)}</p>", subtype="html")
    for number, content in enumerate(files):
        mail.add_attachment(content, "application", "pdf", filename=f"{number}.pdf")
    raw = mail.as_bytes().replace(b"\n", line_end)
    root, notes = open_message(raw, max_parts=200, max_depth=12)
    ours = [leaf.content()[0].replace(b"\r\n", b"\n") for leaf in root.walk() if not leaf.is_multipart]
    assert notes == ()
    assert [one.rstrip(b"\n") for one in ours] == [one.replace(b"\r\n", b"\n").rstrip(b"\n") for one in _leaves(mail)]


def survives(content: bytes) -> None:
    """Reading gives a consistent message or parks it; nothing else may happen."""
    try:
        message = reading(content)
    except Unreadable:
        return
    assert join_segments(message.segments) == message.text
    everything(message)
    message.subject.encode()
    assert "\n" not in message.subject and all("\n" not in file.filename for file in message.attachments)
    assert len(fingerprint(message)) == len(external_id(content)) == 64


@given(st.binary(max_size=600))
@example(b":")
@example(b"\xff\xfe")
@example(b"Content-Type: multipart/mixed; boundary=\n\n--\n--")
def test_random_bytes_are_read_or_parked(content: bytes) -> None:
    survives(content)


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=100))
def test_random_headers_are_read(kind: bytes, encoding: bytes, body: bytes) -> None:
    survives(b"Content-Type: " + kind + b"\nContent-Transfer-Encoding: " + encoding + b"\n\n" + body)
    survives(b"From: " + kind + b"\nReferences: " + encoding + b"\n\n" + body)
    survives(b"Date: " + kind + b"\nMessage-ID: " + encoding + b"\nContent-Disposition: " + kind + b"\n\n" + body)


@settings(max_examples=300)
@given(st.sampled_from(corpus_names()), st.integers(0, 2**32))
def test_random_mutations_of_the_corpus_are_read(name: str, seed: int) -> None:
    chance = random.Random(seed)
    mail = bytearray(corpus(name))
    others = [corpus(other) for other in corpus_names()]
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(mail) + 1)
        match chance.randrange(6):
            case 0:
                mail[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del mail[at : at + chance.randint(1, 60)]
            case 2:
                other = chance.choice(others)
                start = chance.randrange(len(other))
                mail[at:at] = other[start : start + chance.randint(1, 300)]
            case 3:
                mail[at:at] = chance.choice([b"\n", b"\r", b"\x00", b'"', b"--", b"=", b"&#1;", b"\xff", b";"])
            case 4:
                mail = mail.replace(
                    b"utf-8", chance.choice([b"utf-7", b"utf-16", b"x-unknown", b"iso-2022-jp", b"gb2312"])
                )
            case _:
                mail = mail[:at]
    survives(bytes(mail))
