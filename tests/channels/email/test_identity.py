"""The same mail is one message however it comes; another body is another message."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.channels.email.mails import HEAD, corpus, corpus_names, multipart_mail, part, reading, text_mail

from intakebot.channels.email.identity import external_id, fingerprint

MAIL = text_mail("No heating since Friday.\n\nIt is cold.\n")


@pytest.mark.parametrize("name", corpus_names())
def test_a_retry_a_copy_and_a_mailbox_copy_are_the_same_message(name: str) -> None:
    original = corpus(name)
    key = external_id(original)
    assert len(key) == 64
    assert external_id(original.replace(b"\n", b"\r\n")) == key
    assert external_id(original.replace(b"\n", b"\r")) == key
    assert external_id(b"Received: from elsewhere\n\tby mx; Tue\nReturn-Path: <other@x.example>\n" + original) == key
    assert external_id(b"Delivered-To: complaints@landlord.example\r\n" + original.replace(b"\n", b"\r\n")) == key
    assert external_id(b"From x@y.example Tue Mar  3 10:11:12 2026\n" + original) == key
    assert external_id(original + b"\r\n\r\n") == key


def test_all_mails_of_the_corpus_are_different_messages() -> None:
    assert len({external_id(corpus(name)) for name in corpus_names()}) == len(corpus_names())


def test_a_reused_message_id_with_another_body_is_another_message() -> None:
    assert external_id(MAIL) != external_id(MAIL.replace(b"Friday", b"Monday"))


@pytest.mark.parametrize("name", [b"Message-ID", b"From", b"Date", b"Subject"])
def test_another_message_id_sender_date_or_subject_is_another_message(name: bytes) -> None:
    changed = b"\n".join(line + b"x" if line.startswith(name + b":") else line for line in MAIL.split(b"\n"))
    assert external_id(MAIL) != external_id(changed)


def test_a_refolded_header_is_the_same_message() -> None:
    assert external_id(MAIL.replace(b"Subject: Damp in the", b"Subject: Damp in\n\tthe")) == external_id(MAIL)


def test_mails_without_headers_are_told_apart_by_all_their_words() -> None:
    assert external_id(b"first paragraph\n\nsame end") != external_id(b"other paragraph\n\nsame end")
    assert external_id(b"Note: the boiler\n\nsame end") != external_id(b"Note: the roof\n\nsame end")


@given(st.binary(max_size=400))
def test_any_bytes_have_an_identity(content: bytes) -> None:
    assert len(external_id(content)) == 64


def test_a_copy_re_encoded_in_transit_says_the_same() -> None:
    plain = reading(text_mail("Zoë’s boiler is broken.\nIt is cold.\n"))
    encoded = reading(text_mail(b"Wm/Dq+KAmXMgYm9pbGVyIGlzIGJyb2tlbi4KSXQgaXMgY29sZC4K", encoding="base64"))
    quoted = reading(text_mail(b"Zo=C3=AB=E2=80=99s boiler is=\n broken.\nIt is cold.\n", encoding="quoted-printable"))
    assert fingerprint(plain) == fingerprint(encoded) == fingerprint(quoted)


def test_a_scanner_that_adds_a_header_and_a_line_changes_nothing() -> None:
    scanned = text_mail("No heating.\n\nThis email has been scanned for viruses.\n", head=f"X-Scanned: clean\n{HEAD}")
    assert fingerprint(reading(scanned)) == fingerprint(reading(text_mail("No heating.\n")))


def test_other_words_files_or_senders_are_another_message() -> None:
    def with_file(content: str) -> bytes:
        return multipart_mail(
            part("No heating.", "Content-Type: text/plain"),
            part(content, "Content-Type: application/pdf; name=a.pdf", "Content-Disposition: attachment"),
        )

    mails = [
        text_mail("No heating."),
        text_mail("No heating, still."),
        text_mail("No heating.", head=HEAD.replace("jane@", "joan@")),
        with_file("one"),
        with_file("two"),
    ]
    assert len({fingerprint(reading(mail)) for mail in mails}) == len(mails)


def test_without_a_message_id_the_date_tells_two_mails_with_the_same_words_apart() -> None:
    head = HEAD.replace("Message-ID: <a1@tenant.example>\n", "")
    monday = reading(text_mail("Still nothing.", head=head))
    tuesday = reading(text_mail("Still nothing.", head=head.replace("3 Mar", "2 Mar")))
    assert fingerprint(monday) != fingerprint(tuesday)


def test_nameless_mails_of_two_senders_are_two() -> None:
    content = b"Subject: hello\n\nsame words\n"
    assert external_id(content, "a@tenant.example") != external_id(content, "b@tenant.example")
    named = b"Message-ID: <1@tenant.example>\n" + content
    assert external_id(named, "a@tenant.example") == external_id(named, "b@tenant.example")


def test_the_same_words_by_form_or_call_from_two_people_are_two_messages() -> None:
    said = replace(reading(text_mail("No heating.\n")), channel="web", message_id="", sent_at=None, sender=None)
    assert fingerprint(replace(said, external_id="one")) != fingerprint(replace(said, external_id="two"))
    assert fingerprint(replace(said, external_id="one")) == fingerprint(replace(said, external_id="one"))
