"""Who gets no answer, and the traps in which a person's complaint would be taken for a machine's."""

from __future__ import annotations

import pytest
from tests.channels.email.mails import HEAD, corpus, multipart_mail, part, reading, text_mail

from intakebot.domain.message import Automatic, DeliveryReport


def kind_of(
    *headers: str,
    subject: str = "Damp in the bedroom",
    sender: str = "jane@tenant.example",
    path: str | None = "jane@tenant.example",
    body: str = "There is damp.\n",
    message_id: str = "a1@tenant.example",
) -> Automatic | None:
    """What a mail with these extra header lines is taken for."""
    head = HEAD.replace("jane@tenant.example", sender).replace("a1@tenant.example", message_id)
    head = head.replace("Damp in the bedroom", subject) + "".join(f"{header}\n" for header in headers)
    return reading(text_mail(body, head=head), sender=path).automatic


@pytest.mark.parametrize(
    ("name", "report"),
    [
        (
            "postfix-bounce",
            DeliveryReport(
                "failed",
                "gone@far.example",
                "5.1.1",
                "550 5.1.1 <gone@far.example>: no such mailbox here",
                "c5.token@landlord.example",
            ),
        ),
        (
            "exchange-ndr",
            DeliveryReport(
                "failed",
                "gone@far.example",
                "5.1.1",
                "Remote Server returned '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'",
                "c4.token@landlord.example",
            ),
        ),
        (
            "qmail-bounce",
            DeliveryReport(
                "failed",
                "gone@old.example",
                "5.1.1",
                "Sorry, no mailbox here by that name. (#5.1.1)",
                "c6.token@landlord.example",
            ),
        ),
        (
            "gmail-bounce",
            DeliveryReport(
                "failed",
                "gone@gmail.example",
                "5.1.1",
                "The response was: 550 5.1.1 The email account does not exist.",
                "c7.token@landlord.example",
            ),
        ),
        ("delayed", DeliveryReport("delayed", "slow@far.example", "4.4.7", "", "c8.token@landlord.example")),
    ],
)
def test_delivery_reports_of_every_make_name_who_was_not_reached_and_which_letter(
    name: str, report: DeliveryReport
) -> None:
    message = reading(corpus(name))
    assert message.automatic is Automatic.DELIVERY_REPORT
    assert message.delivery_report == report
    assert report.permanent_failure is (name != "delayed")


def test_read_receipts_are_recognised_by_form_and_by_their_old_text() -> None:
    assert reading(corpus("read-receipt")).automatic is Automatic.READ_RECEIPT
    old = "Your message\n\nTo: Complaints\nSubject: x\n\nwas read on 3 March 2026.\n"
    assert kind_of(subject="Read: We have your complaint", body=old) is Automatic.READ_RECEIPT
    assert (
        kind_of(subject="Not read: We have your complaint", body="was deleted without being read")
        is Automatic.READ_RECEIPT
    )
    assert kind_of(subject="Read: this please, it is urgent") is None


@pytest.mark.parametrize(
    "subject", ["Automatic reply: x", "Abwesenheitsnotiz: x", "Réponse automatique : x", "Out of office: x"]
)
@pytest.mark.parametrize(
    ("header", "path"),
    [
        ("Auto-Submitted: auto-replied", "jane@tenant.example"),
        ("Auto-Submitted: auto-generated", "jane@tenant.example"),
        ("X-Auto-Response-Suppress: All", "jane@tenant.example"),
        ("Precedence: bulk", "jane@tenant.example"),
        ("In-Reply-To: <c1@landlord.example>", "jane@tenant.example"),
        ("X-Other: y", ""),
    ],
)
def test_absence_notes_in_several_languages_are_automatic_replies(subject: str, header: str, path: str) -> None:
    assert kind_of(header, subject=subject, path=path) is Automatic.AUTO_REPLY


def test_an_exchange_absence_note_is_an_automatic_reply() -> None:
    message = reading(corpus("out-of-office"))
    assert (message.automatic, message.in_reply_to) == (Automatic.AUTO_REPLY, ("c10.token@landlord.example",))
    assert "Auto-Submitted" in message.automatic_reason


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Auto-Submitted: auto-replied (vacation)", Automatic.AUTO_REPLY),
        ("Auto-Submitted: auto-generated", Automatic.GENERATED),
        ("Auto-Submitted: auto-notified; owner-email=x", Automatic.GENERATED),
        ("Auto-Submitted: no", None),
        ("Auto-Submitted: auto-forwarded", None),
        ("X-Autoreply: yes", Automatic.AUTO_REPLY),
        ("X-Autorespond: yes", Automatic.AUTO_REPLY),
        ("X-Auto-Reply-From: jane@tenant.example", Automatic.AUTO_REPLY),
        ("X-Autoreply: no", None),
        ("Precedence: auto_reply", Automatic.AUTO_REPLY),
    ],
)
def test_headers_that_settle_it_alone(header: str, kind: Automatic | None) -> None:
    assert kind_of(header) is kind


@pytest.mark.parametrize(
    "header", ["Precedence: bulk", "Precedence: list", "Precedence: junk", "X-Auto-Response-Suppress: All"]
)
def test_a_weak_sign_alone_leaves_a_persons_mail_a_persons(header: str) -> None:
    assert kind_of(header) is None


def test_an_empty_return_path_alone_is_read_by_a_person_and_not_answered() -> None:
    message = reading(text_mail("There is damp.\n"), sender="")
    assert (message.automatic, message.envelope.sender) == (None, "")
    assert any("must not be answered" in note for note in message.notes)


def test_the_return_path_is_known_from_its_header_when_the_mail_came_from_a_mailbox() -> None:
    assert reading(b"Return-Path: <>\n" + text_mail("x")).envelope.sender == ""
    assert reading(b"Return-Path: <jane@tenant.example>\n" + text_mail("x")).envelope.sender == "jane@tenant.example"
    assert (
        reading(b"Return-Path: <>\n" + text_mail("x"), sender="told@tenant.example").envelope.sender
        == "told@tenant.example"
    )


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic gate broken",
        "Out of office hours nobody answers",
        "Auto gate stuck open: danger",
        "Undelivered parcel stolen from lobby",
        "Mail delivery failed because the box is broken",
        "Automatic reply: is all I ever get from you",
        "Read: the meter is wrong",
        "Delivery failure of my complaint letter",
    ],
)
def test_a_tenants_subject_that_only_sounds_automatic_is_a_persons(subject: str) -> None:
    assert kind_of(subject=subject) is None


def test_a_complaints_address_that_is_a_group_does_not_lose_complaints() -> None:
    message = reading(corpus("group-post"))
    assert message.automatic is None
    assert message.sender is not None and message.sender.email == "joan@tenant.example"
    assert message.answer_to is not None and message.answer_to.email == "joan@tenant.example"


@pytest.mark.parametrize(
    "list_id", ["<complaints.landlord.example>", "Complaints <complaints.groups.example>", "<x.mail.landlord.example>"]
)
def test_our_own_lists_are_known_by_domain_and_by_setting(list_id: str) -> None:
    assert kind_of(f"List-Id: {list_id}", "Precedence: list", "List-Unsubscribe: <mailto:x@y.example>") is None


@pytest.mark.parametrize(
    "headers",
    [
        ("List-Id: <news.tenants.example>", "Precedence: list"),
        ("List-Id: Residents <residents.groups.example>", "List-Unsubscribe: <mailto:x@groups.example>"),
        ("List-Unsubscribe: <mailto:x@shop.example>", "Precedence: bulk"),
    ],
)
def test_other_peoples_lists_are_lists(headers: tuple[str, ...]) -> None:
    assert kind_of(*headers) is Automatic.LIST


def test_a_list_cannot_pretend_to_be_ours_by_a_longer_name() -> None:
    assert kind_of("List-Id: <news.notlandlord.example>", "Precedence: list") is Automatic.LIST


def test_an_unsubscribe_link_alone_is_what_casework_software_adds() -> None:
    assert kind_of("List-Unsubscribe: <https://casework.example/u>") is None


@pytest.mark.parametrize(
    "sender", ["forms@website.example", "+441632960123@voicemail.example", "FORMS@Website.example"]
)
def test_website_forms_and_voicemail_gateways_we_trust_carry_peoples_words(sender: str) -> None:
    bulk = ("Precedence: bulk", "List-Unsubscribe: <mailto:x@website.example>")
    assert kind_of("Auto-Submitted: auto-generated", *bulk, sender=sender) is None
    assert kind_of("Auto-Submitted: auto-generated", sender="other@website.example") is Automatic.GENERATED


def test_our_own_mail_coming_back_is_known() -> None:
    assert kind_of(sender="complaints@landlord.example") is Automatic.OWN_MAIL
    assert kind_of(sender="complaints+c1.token@landlord.example") is Automatic.OWN_MAIL
    looped = kind_of("Auto-Submitted: auto-replied", sender="x@relay.example", message_id="c1.token@landlord.example")
    assert looped is Automatic.OWN_MAIL


def test_a_form_that_sends_under_our_address_names_the_person_in_reply_to() -> None:
    head = HEAD.replace("jane@tenant.example", "complaints@landlord.example") + "Reply-To: Jane <jane@tenant.example>\n"
    message = reading(text_mail("There is damp.\n", head=head))
    assert message.automatic is None
    assert message.sender is not None and message.sender.email == "jane@tenant.example"
    assert any("passed on" in note for note in message.notes)


def test_a_looped_letter_of_ours_with_a_reply_to_stays_ours() -> None:
    head = HEAD.replace("jane@tenant.example", "complaints@landlord.example") + "Reply-To: Jane <jane@tenant.example>\n"
    assert reading(text_mail("x", head=f"{head}Auto-Submitted: auto-replied\n")).automatic is Automatic.OWN_MAIL


def test_answers_to_invitations_are_generated_and_invitations_are_not() -> None:
    def invitation(method: str, declared: str) -> Automatic | None:
        calendar = f"BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nSUMMARY:Visit\nEND:VEVENT\nEND:VCALENDAR\n"
        return reading(
            multipart_mail(
                part("Accepted", "Content-Type: text/plain"),
                part(calendar, f"Content-Type: text/calendar{declared}"),
                kind="alternative",
            )
        ).automatic

    assert invitation("REPLY", "; method=REPLY") is Automatic.GENERATED
    assert invitation("REPLY", "") is Automatic.GENERATED
    assert invitation("REQUEST", "; method=REQUEST") is None


def test_a_person_who_forwards_a_report_is_a_person() -> None:
    bounce = corpus("postfix-bounce")
    forwarded = multipart_mail(
        part("It came back!", "Content-Type: text/plain"), part(bounce, "Content-Type: message/rfc822")
    )
    assert reading(forwarded, sender="jane@tenant.example").automatic is None
    status = part("Final-Recipient: rfc822; x@y.example\nAction: failed", "Content-Type: message/delivery-status")
    attached = multipart_mail(part("It came back!", "Content-Type: text/plain"), status)
    assert reading(attached, sender="jane@tenant.example").automatic is None
    assert reading(attached, sender="").automatic is Automatic.DELIVERY_REPORT


def test_mail_of_a_mail_server_that_reports_no_letter_is_generated() -> None:
    assert kind_of(sender="mailer-daemon@far.example", subject="Your quota") is Automatic.GENERATED
    assert kind_of(sender="postmaster@far.example", subject="Damp in my flat") is None


def test_a_report_without_readable_fields_still_counts_as_failed() -> None:
    mail = multipart_mail(
        part("It failed: 550 no", "Content-Type: text/plain"), kind="report", extra="; report-type=delivery-status"
    )
    report = reading(mail).delivery_report
    assert report is not None and (report.action, report.status, report.permanent_failure) == ("failed", "5.0.0", True)


def test_of_several_recipients_the_failed_one_is_reported() -> None:
    status = (
        "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; fine@far.example\nAction: delivered\nStatus: 2.0.0\n\n"
        "Final-Recipient: rfc822; gone@far.example\nAction: FAILED (permanently)\nStatus: 5.1.1 (bad)\n"
    )
    mail = multipart_mail(
        part(status, "Content-Type: message/delivery-status"), kind="report", extra="; report-type=delivery-status"
    )
    report = reading(mail).delivery_report
    assert report is not None
    assert (report.action, report.recipient, report.status) == ("failed", "gone@far.example", "5.1.1")
