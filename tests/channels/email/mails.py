"""Mails for the reader's tests: short builders, and the corpus of whole mails beside this file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from intakebot.channels.email.identity import external_id
from intakebot.channels.email.reading import ReadingSettings, read
from intakebot.domain.message import Envelope, NormalisedMessage, RawMessage, Role

CORPUS = Path(__file__).parent / "corpus"
RECEIVED = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
SETTINGS = ReadingSettings(
    our_addresses=frozenset({"complaints@landlord.example", "repairs@landlord.example"}),
    our_domain="landlord.example",
    own_lists=frozenset({"complaints.groups.example"}),
    trusted_senders=frozenset({"forms@website.example", "@voicemail.example"}),
    authserv_id="mx.landlord.example",
)
BOUNDARY = "=_b0undary"
HEAD = (
    "From: Jane Okafor <jane@tenant.example>\nTo: complaints@landlord.example\n"
    "Date: Tue, 3 Mar 2026 10:11:12 +0000\nMessage-ID: <a1@tenant.example>\nSubject: Damp in the bedroom\n"
    "MIME-Version: 1.0\n"
)


def corpus(name: str) -> bytes:
    """One whole mail of the corpus."""
    return (CORPUS / f"{name}.eml").read_bytes()


def corpus_names() -> list[str]:
    """All mails of the corpus."""
    return sorted(path.stem for path in CORPUS.glob("*.eml"))


def raw(content: bytes, envelope: Envelope | None = None) -> RawMessage:
    """The mail as the listener hands it over."""
    return RawMessage("email", external_id(content), content, RECEIVED, envelope or Envelope())


def reading(
    content: bytes | str, *, sender: str | None = None, settings: ReadingSettings = SETTINGS
) -> NormalisedMessage:
    """Read a mail with the test landlord's settings; `sender` is the envelope's."""
    content = content.encode() if isinstance(content, str) else content
    return read(raw(content, Envelope(sender)), settings)


def text_mail(
    body: bytes | str, kind: str = "text/plain; charset=utf-8", encoding: str = "8bit", head: str = HEAD
) -> bytes:
    """A mail of one text part."""
    body = body.encode() if isinstance(body, str) else body
    return f"{head}Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n".encode() + body


def part(body: bytes | str, *headers: str) -> bytes:
    """One part of a multipart: header lines and a body."""
    body = body.encode() if isinstance(body, str) else body
    return "".join(f"{header}\n" for header in headers).encode() + b"\n" + body


def multipart(*parts: bytes, kind: str = "mixed", boundary: str = BOUNDARY, extra: str = "") -> bytes:
    """Content-Type line and body of a multipart, to stand in a mail or in another multipart."""
    inner = b"".join(b"--" + boundary.encode() + b"\n" + one + b"\n" for one in parts)
    header = f'Content-Type: multipart/{kind}; boundary="{boundary}"{extra}\n\n'
    return header.encode() + inner + b"--" + boundary.encode() + b"--\n"


def multipart_mail(*parts: bytes, kind: str = "mixed", head: str = HEAD, extra: str = "") -> bytes:
    """A mail made of parts."""
    return head.encode() + multipart(*parts, kind=kind, extra=extra)


def words(message: NormalisedMessage, role: Role) -> str:
    """The text of one role."""
    return "".join(segment.text for segment in message.segments if segment.role is role)
