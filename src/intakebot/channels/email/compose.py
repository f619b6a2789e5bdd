"""Writes a message we have decided to send as mail: the same message gives the same bytes every time.

The header lines are made here, each by its own rule, because the standard library's folding encodes long
Message-IDs into something no mail program threads by. The body parts come from the standard library.

What automatic mail carries, and why:

* `Auto-Submitted` (RFC 3834 5), so that well-behaved software does not answer it.
* `X-Auto-Response-Suppress`, which is what Exchange looks at. It names every kind but NDR: we want to hear of an
  address that does not exist, so that an officer finds another way to reach the resident.
* No `Precedence: bulk`: it files an acknowledgement with advertising.
* Our own address as the envelope sender, not the null one of RFC 3834 3.3, for the same reason as above: a
  delivery report must come back. Reports are never answered, so nothing can go round in circles.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.header import Header
from email.utils import format_datetime
from textwrap import wrap

from intakebot.config.doors import Mail
from intakebot.domain.message import Address, OutboundMessage
from intakebot.errors import DeliveryFailed

_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_WORDS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_ADDRESS = re.compile(r"[^\s<>@\"(),:;\\\[\]\x00-\x1f\x7f]+@[^\s<>@\"(),:;\\\[\]\x00-\x1f\x7f]+")
_LINE_END = re.compile(r"\r\n|\r|\n")
_NOT_IN_IDS = re.compile(r"[^!-;=?-~]")
_QUIET = "DR, RN, NRN, OOF, AutoReply"
_LINE = 76
_LONGEST_LINE = 900
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Composed:
    """A message ready to send: its bytes with CRLF line ends, and the envelope. `smtputf8` as in RFC 6531."""

    content: bytes = field(repr=False)
    sender: str
    recipients: tuple[str, ...]
    smtputf8: bool


def compose(message: OutboundMessage, mail: Mail) -> Composed:
    """Write `message` as mail from our address. Line breaks in subjects and names become spaces.

    Raises `DeliveryFailed` (permanent) if something that must be an address is not one.
    """
    us = Address(mail.address, mail.name)
    people = (us, *message.to, *message.cc, *([message.reply_to] if message.reply_to else []))
    if not all(_ADDRESS.fullmatch(person.email.strip()) for person in people):
        raise DeliveryFailed("an address in this message is not a mail address", temporary=False)
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers(message, us))
    receivers = {person.key: person.email.strip() for person in (*message.to, *message.cc)}
    return Composed(
        content=head.encode() + _body(message),
        sender=mail.address,
        recipients=tuple(receivers.values()),
        smtputf8=not all(person.email.isascii() for person in people),
    )


def _headers(message: OutboundMessage, us: Address) -> Iterable[tuple[str, str]]:
    yield "From", _people([us])
    yield "To", _people(message.to)
    if message.cc:
        yield "Cc", _people(message.cc)
    if message.reply_to:
        yield "Reply-To", _people([message.reply_to])
    yield "Subject", _words(message.subject)
    yield "Date", format_datetime(message.written_at)
    yield "Message-ID", _ids([message.message_id])
    if answered := _ids([message.in_reply_to]):
        yield "In-Reply-To", answered
    if earlier := _ids(message.references):
        yield "References", earlier
    if message.auto_submitted:
        yield "Auto-Submitted", _one_line(message.auto_submitted)
        yield "X-Auto-Response-Suppress", _QUIET
    yield "Content-Language", "en-GB"


def _body(message: OutboundMessage) -> bytes:
    """The MIME part of the message. Written out here: the standard library's encoder takes ten times as long."""
    text = _part("text/plain", message.text)
    if not message.html:
        return b"MIME-Version: 1.0\r\n" + text
    boundary = f"=_{hashlib.sha256(message.message_id.encode()).hexdigest()[:32]}"
    head = f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'
    between = f"--{boundary}\r\n".encode()
    html = _part("text/html", message.html)
    return head.encode() + between + text + b"\r\n" + between + html + f"\r\n--{boundary}--\r\n".encode()


def _part(content_type: str, text: str) -> bytes:
    """One text as quoted-printable (RFC 2045 6.7), which codes "=", so that no line of it can be a boundary."""
    lines = _LINE_END.sub("\n", _writable(text)).removesuffix("\n") + "\n"
    head = f'Content-Type: {content_type}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode() + binascii.b2a_qp(lines.encode()).replace(b"\n", b"\r\n")


def _people(people: Iterable[Address]) -> str:
    return ",\r\n ".join(_person(person) for person in people)


def _person(person: Address) -> str:
    email, name = person.email.strip(), _one_line(person.name)
    if not name:
        return email
    if len(name) > _LONGEST_NAME or not name.isascii() or "=?" in name:
        name = _encoded(name, "Reply-To")
    elif not _WORDS.fullmatch(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name}\r\n <{email}>"


def _words(text: str) -> str:
    """A subject: as it is, folded between words, where that is plain ASCII; else encoded."""
    lines = wrap(_one_line(text), _LINE - len("Subject: "), break_long_words=False, break_on_hyphens=False)
    if all(line.isascii() and "=?" not in line and len(line) <= _LONGEST_LINE for line in lines):
        return "\r\n ".join(lines)
    return _encoded(_one_line(text), "Subject")


def _encoded(text: str, name: str) -> str:
    """Encoded words (RFC 2047), folded to fit after the header's name."""
    return Header(text, "utf-8", maxlinelen=_LINE, header_name=name).encode(linesep="\r\n")


def _ids(ids: Iterable[str]) -> str:
    """Message-IDs in angle brackets, one on a line and never broken: a broken one is another one."""
    clean = (_NOT_IN_IDS.sub("", identifier) for identifier in ids)
    return "\r\n ".join(f"<{identifier}>" for identifier in clean if identifier)


def _one_line(text: str) -> str:
    return " ".join(_BREAKS.sub(" ", _writable(text)).split())


def _writable(text: str) -> str:
    """Text without lone surrogates, which cannot be written."""
    return text.encode("utf-8", "replace").decode()
