"""Broken, hostile and enormous mail through the whole road: harmless, and never lost."""

from __future__ import annotations

import re
import socket
from email.message import EmailMessage
from typing import Any

import pytest
from tests.acceptance.running import US, Serving, complaint, eventually

FILE_NAMES = ["../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/cron.d/x", "a\x00b.exe", ".", "x" * 400]
ENDINGS = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n\x00.\r\n"]


def cases_of(serving: Serving, sender: str) -> list[dict[str, Any]]:
    return [c for c in serving.ask("cases", "list", "--all") if c["resident"]["email"] == sender]


def case_of(serving: Serving, sender: str) -> dict[str, Any]:
    (case,) = eventually(lambda: cases_of(serving, sender) or None)
    found: dict[str, Any] = serving.ask("cases", "show", case["reference"])
    return found


@pytest.mark.parametrize("number", range(len(ENDINGS)))
def test_an_ending_that_is_not_one_smuggles_nothing(serving: Serving, number: int) -> None:
    sender = f"smuggler{number}@tenant.example"
    smuggled = (
        b"MAIL FROM:<smuggled@tenant.example>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: smuggled\r\n\r\nx" % US.encode()
    )
    mail = complaint(sender, "The boiler has broken down again." + "\r\n").encode() + ENDINGS[number] + smuggled
    with socket.create_connection(("127.0.0.1", serving.smtp_port), 20) as client, client.makefile("rb") as talk:
        assert talk.readline().startswith(b"220")
        for line in (b"HELO x", b"MAIL FROM:<%s>" % sender.encode(), b"RCPT TO:<%s>" % US.encode(), b"DATA"):
            client.sendall(line + b"\r\n")
            assert talk.readline()[:1] in b"23"
        client.sendall(mail + b"\r\n.\r\nQUIT\r\n")
        replies = talk.read().decode().splitlines()
    assert [r[:3] for r in replies] == ["250", "221"]
    assert "smuggled" in case_of(serving, sender)["messages"][0]["text"]
    assert cases_of(serving, "smuggled@tenant.example") == []


def test_too_large_a_message_is_refused_in_words(serving: Serving) -> None:
    code, words = serving.send(complaint("large@tenant.example", "x" * 300_000), "large@tenant.example")
    assert code == 552
    assert "too large" in words or "size" in words.lower()
    assert cases_of(serving, "large@tenant.example") == []


def test_mail_for_somebody_else_is_refused_with_the_address_that_is_ours(serving: Serving) -> None:
    code, words = serving.send(complaint("relay@tenant.example"), "relay@tenant.example", ["someone@elsewhere.example"])
    assert code == 550
    assert US in words


def test_attachments_have_harmless_names_and_their_bytes(serving: Serving) -> None:
    sender = "files@tenant.example"
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, US, "Boiler", f"<{sender}>"
    mail.set_content("The boiler has broken down again and nobody came. Not good enough.")
    for number in range(len(FILE_NAMES)):
        content, name = b"root:x:%d:0" % number, f"PLACE{number}"
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    hostile = mail.as_bytes()
    for number, name in enumerate(FILE_NAMES):
        hostile = hostile.replace(b'"PLACE%d"' % number, b'"' + name.encode() + b'"')
    assert serving.send(hostile, sender)[0] == 250
    files = case_of(serving, sender)["messages"][0]["attachments"]
    assert len(files) == len(FILE_NAMES)
    for file in files:
        assert not re.search(r"[/\\\x00-\x1f]", file["filename"])
        assert file["filename"].strip(".") != ""
        assert len(file["filename"]) <= 255
        assert file["size"] == 10
    assert not (serving.data / "etc").exists()


def test_header_injection_stays_in_the_subject_and_out_of_the_answer(serving: Serving) -> None:
    sender = "inject@tenant.example"
    subject = "=?utf-8?q?Boiler=0D=0ABcc:_everybody@elsewhere.example=0D=0A=0D=0A<script>alert(1)</script>?="
    assert serving.send(complaint(sender, subject=subject), sender)[0] == 250
    (letter,) = serving.letters_to(sender)
    assert letter["Bcc"] is None
    assert "elsewhere.example" not in letter.as_string()
    assert "<script" not in letter.as_string()
    assert "\n" not in case_of(serving, sender)["subject"]


@pytest.mark.parametrize(
    "name",
    [
        "Win a prize at http://spam.example/now",
        "Visit spam.example",
        "<script>alert(1)</script>",
        "Ring 07700 900999 now",
    ],
)
def test_a_forged_name_does_not_make_our_letter_somebody_elses(serving: Serving, name: str) -> None:
    sender = f"name{abs(sum(name.encode()))}@tenant.example"
    assert serving.send(complaint(f'"{name}" <{sender}>'), sender)[0] == 250
    (letter,) = serving.letters_to(sender)
    for kind in ("plain", "html"):
        part = letter.get_body((kind,))
        assert part is not None
        text = part.get_content()
        assert not any(word in text for word in ("spam.example", "script", "900999"))


def test_html_with_scripts_is_text_on_the_case(serving: Serving) -> None:
    sender = "html@tenant.example"
    html = "<p>The boiler has broken <b>again</b>, nobody came.</p><script>steal()</script><img src=x onerror=steal()>"
    head = "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
    assert serving.send(complaint(sender, html, extra=head), sender)[0] == 250
    text = case_of(serving, sender)["messages"][0]["text"]
    assert "broken again" in text
    assert "steal" not in text
    assert "<" not in text


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"no headers at all, only words: the boiler is broken again",
        b"\xff\xfe\x00garbage" * 200,
        b"From: nobody\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
        + b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 500,
        b"From: a@tenant.example\r\nContent-Type: text/plain; charset=no-such\r\n\r\nboiler \x80\x81",
        b"From: <[x]@[y]>\r\nMessage-ID: <[x]@[y]>\r\nDate: never\r\n\r\nboiler",
        b"Subject: " + b"x" * 100_000 + b"\r\n\r\nboiler",
    ],
    ids=["empty", "no-headers", "noise", "hollow", "nested", "charset", "ids", "long-subject"],
)
def test_whatever_gets_its_250_is_kept_for_somebody(
    serving: Serving, mail: bytes, request: pytest.FixtureRequest
) -> None:
    def handled() -> dict[str, float]:
        lines = serving.page("/metrics")[1].splitlines()
        figures = dict(line.rsplit(" ", 1) for line in lines if line.startswith("intakebot_"))
        return {name: float(value) for name, value in figures.items()}

    before = handled()
    assert serving.send(mail, f"{request.node.callspec.id.split('-')[0]}@tenant.example")[0] == 250

    def done() -> bool | None:
        after = handled()
        more = sum(v - before.get(k, 0) for k, v in after.items() if "messages_total" in k or "inbox_parked" in k)
        return True if after["intakebot_inbox_waiting"] == 0 and more == 1 else None

    assert eventually(done)


def test_the_log_tells_nothing_of_what_people_wrote(serving: Serving) -> None:
    sender = "quietly.confided@tenant.example"
    text = (
        "Zebulon hit me. I live at 14 Rowan Court ZZ3 4AB, 07700 900123. The boiler has broken again, not good enough."
    )
    mail = complaint(f"Persephone Quill <{sender}>", text, subject="Peculiar kerfuffle")
    assert serving.send(mail, sender)[0] == 250
    assert serving.letters_to(sender)
    assert serving.send(complaint(sender), sender, ["wrongaddress.persephone@elsewhere.example"])[0] == 550
    assert serving.send(complaint(sender, "Zebulon " * 30_000), sender)[0] == 552
    log = serving.log.read_text()
    assert "intakebot is running" in log, "this is the log"
    for word in (
        "Zebulon",
        "Persephone",
        "persephone",
        "Quill",
        "Rowan",
        "900123",
        "kerfuffle",
        "tenant.example",
        "ZZ3",
    ):
        assert word not in log, word
    assert "a password for tests" not in log.replace("password a password for tests", ""), "but at the first start"
    assert "Traceback" not in log
