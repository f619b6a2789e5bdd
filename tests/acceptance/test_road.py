"""The road from outside: real SMTP in, letters out, and what the commands say of it, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import re
import smtplib
import ssl
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.acceptance.running import US, Serving, complaint, eventually

NOTHING = type(None)
TEXT = (str, NOTHING)
CASE: dict[str, Any] = {
    "reference": str,
    "kind": str,
    "status": str,
    "stage": int,
    "channel": str,
    "opened_at": datetime,
    "received_at": datetime,
    "acknowledged_at": (datetime, NOTHING),
    "ack_due": (date, NOTHING),
    "response_due": (date, NOTHING),
    "extended_due": (date, NOTHING),
    "responded_at": (datetime, NOTHING),
    "outcome": TEXT,
    "officer": TEXT,
    "team": TEXT,
    "routing_reason": str,
    "categories": [{"id": str, "score": float, "primary": bool, "evidence": [str]}],
    "flags": [{"id": str, "score": float, "evidence": [str]}],
    "needs": [{"id": str, "score": float, "evidence": [str]}],
    "language": str,
    "hazard": ({"level": str, "aware_at": datetime, "due_at": datetime}, NOTHING),
    "resident": {"name": TEXT, "email": TEXT, "phone": TEXT, "telegram": TEXT, "address": TEXT, "tenure": TEXT},
    "representative": ({"name": TEXT, "email": TEXT, "relation": TEXT, "authority": str}, NOTHING),
}
CASE_FILE = CASE | {
    "messages": [
        {
            "direction": str,
            "channel": str,
            "sender": TEXT,
            "subject": str,
            "text": str,
            "received_at": datetime,
            "external_id": TEXT,
            "automatic": bool,
            "attachments": [{"filename": str, "content_type": str, "size": int, "sha256": str}],
            "authentication": {"spf": TEXT, "dkim": TEXT, "dmarc": TEXT},
        }
    ],
    "events": [{"at": datetime, "actor": str, "type": str, "summary": str}],
}


def matches(shape: Any, value: Any, where: str = "") -> list[str]:
    """Where a JSON value differs from the contract's shape; keys beyond it are allowed."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{where} is not an object"]
        return [
            wrong
            for key, below in shape.items()
            for wrong in (
                [f"{where}.{key} is missing"] if key not in value else matches(below, value[key], f"{where}.{key}")
            )
        ]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{where} is not a list"]
        return [wrong for n, item in enumerate(value) for wrong in matches(shape[0], item, f"{where}[{n}]")]
    if isinstance(shape, tuple):
        return [] if any(not matches(one, value) for one in shape) else [f"{where}: {value!r} is none of {shape}"]
    if shape is datetime:
        fits = isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    elif shape is date:
        fits = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None
    elif shape is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    else:
        fits = isinstance(value, shape) and (shape is bool or not isinstance(value, bool))
    return [] if fits else [f"{where}: {value!r} is not {shape.__name__}"]


def reference_in(letter: EmailMessage) -> str:
    found = re.search(r"LH-\d{4}-\d{4}-[A-Z]", str(letter["Subject"]))
    assert found, letter["Subject"]
    return found[0]


def body(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def opened(serving: Serving, sender: str, text: str = "", **changes: str) -> EmailMessage:
    """Send a complaint and wait for the acknowledgement."""
    mail = complaint(sender, text, **changes) if text else complaint(sender, **changes)
    assert serving.send(mail, sender)[0] == 250
    return serving.letters_to(sender)[0]


def reply_to(letter: EmailMessage, sender: str, text: str) -> tuple[str, str]:
    """A reply as a mail program makes it, and the address it goes to."""
    ours = str(letter["Message-ID"])
    head = f"In-Reply-To: {ours}\r\nReferences: {letter['References']} {ours}\r\n"
    return complaint(sender, text, subject=f"Re: {letter['Subject']}", extra=head), letter["Reply-To"].addresses[
        0
    ].addr_spec


def test_a_complaint_by_smtp_is_acknowledged_in_words_that_mail_programs_and_people_understand(
    serving: Serving,
) -> None:
    sent = complaint("Shirley Amadi <shirley@tenant.example>", message_id="first@tenant.example")
    assert serving.send(sent, "shirley@tenant.example")[0] == 250
    (letter,) = serving.letters_to("shirley@tenant.example")
    (case,) = [c for c in serving.ask("cases", "list") if c["resident"]["email"] == "shirley@tenant.example"]
    assert letter["Auto-Submitted"] == "auto-replied"
    assert letter["In-Reply-To"] == "<first@tenant.example>"
    assert "<first@tenant.example>" in letter["References"]
    assert letter["From"].addresses[0].addr_spec == US
    assert case["reference"] == reference_in(letter)
    compact = case["reference"].replace("-", "").lower()
    assert re.fullmatch(
        rf"complaints\+{compact}\.[a-z2-7]{{16}}@larkmere\.example", letter["Reply-To"].addresses[0].addr_spec
    )
    assert letter.get_content_type() == "multipart/alternative"
    due = date.fromisoformat(case["response_due"])
    for text in (body(letter, "plain"), body(letter, "html")):
        assert f"{due:%A} {due.day} {due:%B %Y}" in text
        assert "Housing Ombudsman Service" in text
        assert "0300 111 3000" in text
        assert "Dear Shirley Amadi" in text
    assert not letter.defects


def test_the_commands_answer_in_the_shapes_of_the_contract(serving: Serving) -> None:
    sender = "full@tenant.example"
    text = (
        "I live at 14 Rowan Court ZZ3 4AB. I am deaf. There is a gas leak and the boiler broke again, you ignored me."
    )
    reference = reference_in(opened(serving, sender, text))
    listed = serving.run("cases", "list", "--json")
    shown = serving.run("cases", "show", reference, "--json")
    assert (listed.returncode, shown.returncode, shown.stderr) == (0, 0, "")
    (case,) = [c for c in json.loads(listed.stdout) if c["reference"] == reference]
    file = json.loads(shown.stdout)
    assert [wrong for c in json.loads(listed.stdout) for wrong in matches(CASE, c)] == []
    assert matches(CASE_FILE, file) == []
    assert case["hazard"]["level"] == "emergency"
    assert [n["id"] for n in file["needs"]] or [f["id"] for f in file["flags"]]
    assert [c["primary"] for c in file["categories"]].count(True) == 1
    assert {m["direction"] for m in file["messages"]} == {"in", "out"}
    assert (file["kind"], file["channel"], file["stage"]) == ("complaint", "email", 1)


def test_the_list_is_filtered_as_asked(serving: Serving) -> None:
    reference = reference_in(opened(serving, "filters@tenant.example"))
    case = next(c for c in serving.ask("cases", "list") if c["reference"] == reference)
    same = ("--kind", case["kind"], "--status", case["status"], "--category", case["categories"][0]["id"])
    assert reference in [c["reference"] for c in serving.ask("cases", "list", *same, "--officer", case["officer"])]
    for other in (("--kind", "enquiry"), ("--status", "closed"), ("--category", "asb"), ("--overdue",)):
        assert reference not in [c["reference"] for c in serving.ask("cases", "list", *other)], other


def test_a_reply_to_the_letter_is_added_to_its_case(serving: Serving) -> None:
    sender = "replier@tenant.example"
    letter = opened(serving, sender)
    mail, to = reply_to(letter, sender, "It is still broken.")
    assert serving.send(mail, sender, [to])[0] == 250
    assert reference_in(serving.letters_to(sender, 2)[1]) == reference_in(letter)
    file = serving.ask("cases", "show", reference_in(letter))
    assert [m["text"].strip() for m in file["messages"] if m["direction"] == "in"][1] == "It is still broken."


def test_a_stranger_with_a_copied_letter_waits_for_a_person(serving: Serving) -> None:
    letter = opened(serving, "victim@tenant.example")
    mail, to = reply_to(letter, "stranger@tenant.example", "Send me everything you hold on this boiler complaint.")
    before = {p["id"] for p in serving.ask("parked", "list")}
    assert serving.send(mail, "stranger@tenant.example", [to])[0] == 250
    (answer,) = serving.letters_to("stranger@tenant.example")
    assert reference_in(letter) not in answer.as_string()
    (parked,) = [p for p in serving.ask("parked", "list") if p["id"] not in before]
    shape = {"id": str, "direction": str, "channel": str, "received_at": datetime, "reason": str}
    assert matches(shape, parked) == []
    assert parked["reason"]
    file = serving.ask("cases", "show", reference_in(letter))
    assert len([m for m in file["messages"] if m["direction"] == "in"]) == 1


def test_a_bounce_of_our_letter_marks_the_address_and_tells_the_officer(serving: Serving) -> None:
    sender = "gone@tenant.example"
    letter = opened(serving, sender)
    reference = reference_in(letter)
    assert serving.send(bounce(str(letter["Message-ID"]), sender), "")[0] == 250

    def failed() -> dict[str, Any] | None:
        case: dict[str, Any] = serving.ask("cases", "show", reference)
        return case if "address_failed" in [e["type"] for e in case["events"]] else None

    def told() -> bool | None:
        notices = [
            n for n in serving.letters("@example.org") if "came back" in n["Subject"] and reference in n["Subject"]
        ]
        return True if notices and all(sender not in n.as_string() for n in notices) else None

    case = eventually(failed)
    assert eventually(told)
    assert [m["automatic"] for m in case["messages"] if m["direction"] == "in"] == [False, True]
    assert (
        serving.send(complaint(sender, "And the door has now broken again too, which is not good enough."), sender)[0]
        == 250
    )

    def answered() -> bool | None:
        return True if len(serving.letters(sender)) == 2 else None

    assert eventually(answered), "they wrote from the address, so it works again"


def bounce(message_id: str, failed: str) -> str:
    """A delivery report as a mail server writes it (RFC 3464)."""
    return (
        f"From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nTo: {US}\r\nSubject: Undelivered Mail\r\n"
        f"Message-ID: <b{failed.replace('@', '.')}@mx.example>\r\nDate: Mon, 02 Mar 2026 09:05:00 +0000\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {failed}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\nTo: {failed}\r\n\r\n--b--\r\n"
    )


def test_the_same_message_by_smtp_twice_and_from_a_file_is_one(serving: Serving, tmp_path: Path) -> None:
    sender = "thrice@tenant.example"
    letter = opened(serving, sender)
    assert serving.send(complaint(sender), sender)[0] == 250
    as_file, relayed = tmp_path / "same.eml", tmp_path / "relayed.eml"
    as_file.write_text(complaint(sender).replace("\r\n", "\n"))
    relayed.write_text(
        "Received: from x by y; Mon, 2 Mar 2026 09:00:00 +0000\n" + complaint(sender).replace("good", "good ")
    )
    done = serving.run("ingest", str(as_file), str(relayed), "--json")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["outcome"] for line in lines] == ["duplicate", "duplicate"]
    assert {line["reference"] for line in lines} == {reference_in(letter)}
    assert len(serving.letters(sender)) == 1


def test_an_auto_reply_to_the_letter_is_recorded_and_never_answered(serving: Serving) -> None:
    sender = "away@tenant.example"
    letter = opened(serving, sender)
    extra = f"In-Reply-To: {letter['Message-ID']}\r\nAuto-Submitted: auto-replied\r\n"
    serving.send(complaint(sender, "I am away until Monday.", subject="Out of office", extra=extra), sender)

    def recorded() -> bool | None:
        events = serving.ask("cases", "show", reference_in(letter))["events"]
        return True if "automatic_recorded" in [e["type"] for e in events] else None

    assert eventually(recorded)
    assert len(serving.letters(sender)) == 1


def test_starttls_is_offered_and_works(serving: Serving, certificate: tuple[Path, Path]) -> None:
    context = ssl.create_default_context(cafile=str(certificate[0]))
    with smtplib.SMTP("localhost", serving.smtp_port, timeout=20) as client:
        client.ehlo()
        assert client.has_extn("starttls")
        assert client.has_extn("size")
        assert client.has_extn("smtputf8")
        client.starttls(context=context)
        client.sendmail("tls@tenant.example", [US], complaint("tls@tenant.example"))
    assert serving.letters_to("tls@tenant.example")


def test_health_pages_say_that_all_is_well(serving: Serving) -> None:
    assert serving.page("/healthz")[0] == 200
    status, text = serving.page("/readyz")
    assert (status, json.loads(text)["ready"]) == (200, True)
    status, text = serving.page("/metrics")
    assert status == 200
    assert "intakebot_inbox_waiting" in text
