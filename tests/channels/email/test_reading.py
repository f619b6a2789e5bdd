"""Mail as real programs write it: the right words come out, in the right roles, with the right notes."""

from __future__ import annotations

import base64
import binascii

import pytest
from tests.channels.email.mails import (
    HEAD,
    corpus,
    corpus_names,
    multipart,
    multipart_mail,
    part,
    reading,
    text_mail,
    words,
)

from intakebot.channels.email.reading import ReadingSettings
from intakebot.domain.message import Address, NormalisedMessage, Role
from intakebot.errors import Unreadable

PLAIN = "Content-Type: text/plain; charset=utf-8"
HTML = "Content-Type: text/html; charset=utf-8"


def said(message: NormalisedMessage) -> str:
    """The new and forwarded words, white space folded."""
    return " ".join(message.new_text.split())


@pytest.mark.parametrize("name", corpus_names())
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_every_mail_of_the_corpus_reads_the_same_with_any_line_ends(name: str, line_end: bytes) -> None:
    message = reading(corpus(name).replace(b"\n", line_end))
    assert message.text.strip() or message.attachments
    assert message.segments == reading(corpus(name)).segments


def test_outlook_reply_exchange_message_id_and_windows_1252_labelled_latin_1() -> None:
    message = reading(corpus("outlook-reply"))
    assert said(message) == "Hello, The man came but he didn’t bring the part. The repair cost me £35."
    assert words(message, Role.SIGNATURE).split() == [
        "Kind",
        "regards",
        "Jane",
        "Okafor",
        "12",
        "Almond",
        "Road",
        "07700",
        "900123",
    ]
    assert "We have received your complaint" in words(message, Role.QUOTED)
    assert message.message_id == "[AM0PR01MB1234]@[eurprd01.outlook.example]"
    assert message.references == ("first@tenant.example", "c1.token@landlord.example")
    assert message.sender == Address("jane.okafor@tenant.example", "Okafor, Jane")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gmail-reply", "Nobody came again today. My son is coughing all night."),
        ("iphone-reply", "The lift is still broken. I’m in a wheelchair."),
    ],
)
def test_gmail_and_iphone_replies_keep_history_apart(name: str, expected: str) -> None:
    message = reading(corpus(name))
    assert said(message) == expected
    assert "Dear " in words(message, Role.QUOTED)


def test_the_same_gmail_reply_from_its_html_alone() -> None:
    mail = corpus("gmail-reply")
    start, end = mail.index(b"--000000000000aa11"), mail.index(b"--000000000000aa11\nContent-Type: text/html")
    message = reading(mail[:start] + mail[end:])
    assert said(message) == "Nobody came again today. My son is coughing all night."
    assert "An engineer will visit" in words(message, Role.QUOTED)


def test_hotmail_html_only_with_a_table_a_link_and_things_hidden() -> None:
    message = reading(corpus("hotmail-html"))
    assert "£50 a week" in message.new_text
    assert "Monday   rang twice\nTuesday  no answer" in message.new_text
    assert "my photos <https://photos.example/a1>" in message.new_text
    for hidden in ("alert", "hidden preview", "margin"):
        assert hidden not in message.text


def test_an_advocates_forward_keeps_the_tenants_words() -> None:
    message = reading(corpus("advocate-forward"))
    assert "I act for Mrs Begum" in words(message, Role.NEW)
    assert "My baby is six weeks old" in words(message, Role.FORWARDED)
    assert "engineer in April" in words(message, Role.QUOTED)
    assert message.forwarded_from == Address("nasima@tenant.example", "Nasima Begum")
    assert message.sender is not None and message.sender.email == "rosa@advice.example"


def test_a_forward_as_attachment_is_read_as_the_tenants_words_and_kept_as_a_file() -> None:
    photo = part(b"\xff\xd8\xff\xe0", "Content-Type: image/jpeg; name=wall.jpg")
    head = b"From: N <n@tenant.example>\nSubject: Damp\n"
    inner = head + multipart(part("There is damp.", PLAIN), photo, boundary="inner")
    message = reading(multipart_mail(part("See attached.", PLAIN), part(inner, "Content-Type: message/rfc822")))
    assert "There is damp." in words(message, Role.FORWARDED)
    assert message.forwarded_from == Address("n@tenant.example", "N")
    assert [(file.filename, file.content_type) for file in message.attachments] == [
        ("Damp.eml", "message/rfc822"),
        ("wall.jpg", "image/jpeg"),
    ]
    assert message.attachments[0].content == inner


def test_a_forward_that_uses_the_outer_boundary_again_loses_no_words() -> None:
    inner = multipart_mail(part("There is damp.", PLAIN), head="From: N <n@tenant.example>\nSubject: Damp\n")
    message = reading(multipart_mail(part("See attached.", PLAIN), part(inner, "Content-Type: message/rfc822")))
    assert "See attached." in said(message) and "There is damp." in said(message)


def test_a_message_attached_to_a_long_letter_or_written_by_us_is_no_forward() -> None:
    inner = text_mail("We will come in April.", head="From: Complaints <complaints@landlord.example>\n")
    ours = reading(multipart_mail(part("See attached.", PLAIN), part(inner, "Content-Type: message/rfc822")))
    assert (said(ours), ours.forwarded_from) == ("See attached.", None)
    long = reading(
        multipart_mail(part("My words. " * 300, PLAIN), part(text_mail("x y z"), "Content-Type: message/rfc822"))
    )
    assert words(long, Role.FORWARDED) == "" and len(long.attachments) == 1


def test_plain_is_preferred_to_html() -> None:
    mail = multipart_mail(part("Plain words here", PLAIN), part("<p>Rich words here</p>", HTML), kind="alternative")
    assert said(reading(mail)) == "Plain words here"
    assert reading(mail).attachments == ()


@pytest.mark.parametrize("plain", ["", "   \n\n", "Please view this email in HTML.", "Hello"])
def test_html_is_read_where_plain_is_empty_points_at_it_or_says_plainly_less(plain: str) -> None:
    rich = f"<html><body>{'<p>The ceiling has come down on the bed.</p>' * 20}</body></html>"
    mail = multipart_mail(part(plain, PLAIN), part(rich, HTML), kind="alternative")
    assert said(reading(mail)).startswith("The ceiling has come down")


def test_a_file_inside_an_alternative_is_kept() -> None:
    rich = multipart(part("<p>x</p>", HTML), part("%PDF-1", "Content-Type: application/pdf; name=a.pdf"), boundary="in")
    mail = multipart_mail(part("Words", PLAIN), rich, kind="alternative")
    assert [file.filename for file in reading(mail).attachments] == ["a.pdf"]
    assert said(reading(mail)) == "Words"


def test_several_inline_texts_are_joined_in_order_with_photos_between() -> None:
    photo = part(b"\x89PNG", "Content-Type: image/png; name=a.png", "Content-Disposition: inline")
    mail = multipart_mail(part("First", PLAIN), photo, part("second", PLAIN), part("<b>third</b>", HTML))
    assert said(reading(mail)) == "First second third"
    assert [file.filename for file in reading(mail).attachments] == ["a.png"]


def test_text_sent_as_a_file_is_a_file() -> None:
    note = part("diary", PLAIN, 'Content-Disposition: attachment; filename="diary.txt"')
    message = reading(multipart_mail(part("See my diary", PLAIN), note))
    assert (said(message), message.attachments[0].content) == ("See my diary", b"diary")


def test_html_labelled_as_plain_text_is_read_as_html() -> None:
    assert said(reading(text_mail("<!DOCTYPE html><html><body><p>No heat</p></body></html>"))) == "No heat"


def test_blockquotes_in_html_become_quotes_and_answers_between_them_stay_new() -> None:
    body = (
        "<p>Hi</p><p>On 2 Mar 2026, at 09:00, Complaints wrote:</p>"
        "<blockquote type=cite><p>Did he come?</p></blockquote>"
        "<p>No he did not.</p><blockquote type=cite><p>When?</p></blockquote><p>Friday.</p>"
    )
    message = reading(text_mail(body, "text/html"))
    assert said(message) == "Hi No he did not. Friday."


def test_an_indented_paragraph_in_html_is_no_quote() -> None:
    assert (
        said(reading(text_mail('<blockquote style="margin:0 0 0 40px">It leaks</blockquote>', "text/html")))
        == "It leaks"
    )


@pytest.mark.parametrize(
    ("delsp", "body", "expected"),
    [
        ("no", "The boiler \nis broken.\n \nSince Friday.\n", "The boiler is broken.\n\nSince Friday.\n"),
        ("yes", "The boil \ner is bro \nken.\n", "The boiler is broken.\n"),
        ("no", " From the start it\n >5 days late\n", "From the start it\n>5 days late\n"),
    ],
)
def test_format_flowed_joins_paragraphs_and_undoes_stuffing(delsp: str, body: str, expected: str) -> None:
    assert reading(text_mail(body, f"text/plain; charset=utf-8; format=flowed; delsp={delsp}")).text == expected


def test_format_flowed_quotes_are_joined_and_stay_quotes() -> None:
    message = reading(text_mail("New.\n> it is \n> fine\n>> older\n-- \nJane\n", "text/plain; format=flowed"))
    assert "> it is fine\n>> older\n" in words(message, Role.QUOTED)
    assert words(message, Role.SIGNATURE) == "-- \nJane\n"


def test_uuencoded_files_in_text_become_attachments_and_leave_a_line() -> None:
    picture = b"\xff\xd8\xff\xe0" + bytes(range(200))
    encoded = b"".join(binascii.b2a_uu(picture[at : at + 45]) for at in range(0, len(picture), 45))
    mail = text_mail(b"Here it is:\nbegin 644 wall.jpg\n" + encoded + b"`\nend\nThank you for looking.\n")
    message = reading(mail)
    assert said(message) == "Here it is: [attached file: wall.jpg] Thank you for looking."
    assert [(file.filename, file.content_type, file.content) for file in message.attachments] == [
        ("wall.jpg", "image/jpeg", picture)
    ]


def test_begin_in_prose_is_prose() -> None:
    text = "begin 644 times and never end\nI rang again.\n"
    assert reading(text_mail(text)).text == text


def test_calendar_parts_are_kept_and_said_in_one_line() -> None:
    calendar = (
        "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Visit about dam\n p\n"
        "DTSTART;TZID=Europe/London:20260304T100000\n"
        "LOCATION:12 Almond Road\\, flat 3\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    mail = multipart_mail(part("Can you come?", PLAIN), part(calendar, "Content-Type: text/calendar; method=REQUEST"))
    message = reading(mail)
    assert "[calendar: Visit about damp, 20260304T100000, 12 Almond Road, flat 3]" in message.text
    assert message.attachments[0].content_type == "text/calendar"
    assert message.attachments[0].filename.endswith(".ics")


def test_base64_and_quoted_printable_bodies() -> None:
    assert said(reading(text_mail(base64.encodebytes("Zoë’s £35".encode()), encoding="BASE64"))) == "Zoë’s £35"
    assert said(reading(text_mail("Zo=C3=AB=E2=80=99s =\n=C2=A335", encoding="Quoted-Printable"))) == "Zoë’s £35"


def test_a_mail_with_nothing_but_a_photo_is_not_unreadable() -> None:
    mail = f"{HEAD}Content-Type: image/jpeg\nContent-Transfer-Encoding: base64\n\n/9j/4AAQSkZJRg==\n".encode()
    message = reading(mail)
    assert (message.segments, message.attachments[0].filename) == ((), "attachment-1.jpg")


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n  \n", bytes(range(256)) * 8])
def test_only_nothing_and_binary_rubbish_are_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable):
        reading(content)


def test_words_without_any_header_are_read() -> None:
    message = reading("My boiler is broken\n\nplease help")
    assert (message.text, message.sender) == ("My boiler is broken\n\nplease help", None)
    assert any("no headers" in note for note in message.notes)


def test_text_beyond_the_cap_is_kept_as_a_file() -> None:
    message = reading(text_mail("word " * 100), settings=ReadingSettings(max_text=50))
    assert message.text == "word " * 10
    assert message.attachments[0].content == b"word " * 90
    assert any("too long" in note for note in message.notes)
