"""Delivery reports: which of our letters did not arrive, to whom, and whether trying again can help.

Reads RFC 3464 reports and the older forms real servers still send: qmail's text, Exchange's non-standard
reports, Gmail's `X-Failed-Recipients`. The words quoted in a report are never used, only its fields.
"""

from __future__ import annotations

import re

from intakebot.channels.email.headers import Headers, clean_line, parse_addresses, parse_headers
from intakebot.channels.email.parts import MESSAGE_TYPES, Part
from intakebot.domain.message import DeliveryReport

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_SMTP_CODE = re.compile(r"\b([45])\d\d[ -]")
_ADDRESS_LINE = re.compile(r"^[ \t]*<?([^\s<>@:]{1,64}@[^\s<>@:]{1,255})>?:?[ \t]*$", re.MULTILINE)
_RETURNED_ID = re.compile(r"^message-id:\s{0,20}<([^<>\s]{1,998})>", re.MULTILINE | re.IGNORECASE)
_DELAYED = re.compile(r"\bdelay(?:ed)?\b|will (?:be retried|continue to try|keep trying)|still trying", re.I)
_TEXT_READ = 20_000
_ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})


def read_report(message: Part, text: str) -> DeliveryReport:
    """What a delivery report says. `text` is its readable text, used where it has no machine-readable part."""
    fields = _status_fields(message)
    subject = message.headers.text("subject")
    original = _original_id(message, text)
    if fields is None:
        return _from_text(message.headers, subject, text[:_TEXT_READ], original)
    action = fields.token("action")
    status = _STATUS.search(fields.text("status"))
    diagnostic = _after_type(fields.text("diagnostic-code"))
    return DeliveryReport(
        action=action if action in _ACTIONS else "failed",
        recipient=_recipient(fields),
        status=status[1] if status else "",
        diagnostic=diagnostic[:500],
        original_message_id=original,
    )


def _status_fields(message: Part) -> Headers | None:
    """The fields of the first recipient that failed, else of the first recipient named (RFC 3464 2.1)."""
    groups: list[Headers] = []
    for part in message.walk():
        if part.content_type in ("message/delivery-status", "message/global-delivery-status"):
            content = part.content()[0].replace(b"\r\n", b"\n")
            groups += [parse_headers(group.lstrip(b"\n"))[0] for group in content.split(b"\n\n")[:100]]
    named = [g for g in groups if g.has("final-recipient") or g.has("original-recipient") or g.has("action")]
    failed = [g for g in named if g.token("action") == "failed"]
    return next(iter([*failed, *named]), None)


def _recipient(fields: Headers) -> str:
    """The address as we wrote it where given, else as the far side knows it."""
    for name in ("original-recipient", "final-recipient"):
        found = parse_addresses(_after_type(fields.text(name)))
        if found:
            return found[0].email
    return ""


def _after_type(value: str) -> str:
    """`rfc822; jane@example.org` gives the part after the type."""
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and " " not in kind.strip() else value


def _original_id(message: Part, text: str) -> str:
    """The Message-ID of the returned mail: from its copy, its headers, or as quoted in the text."""
    for part in message.walk():
        if part.content_type in MESSAGE_TYPES or part.content_type in ("text/rfc822-headers", "message/rfc822-headers"):
            ids = parse_headers(part.content()[0].lstrip(b"\r\n"))[0].ids("message-id")
            if ids:
                return ids[0]
    found = _RETURNED_ID.search(text)
    if found:
        return found[1]
    answered = message.headers.ids("in-reply-to") or message.headers.ids("references")[-1:]
    return answered[-1] if answered else ""


def _from_text(headers: Headers, subject: str, text: str, original: str) -> DeliveryReport:
    failed = parse_addresses(headers.text("x-failed-recipients"))
    line = _ADDRESS_LINE.search(text)
    status = _STATUS.search(text)
    code = _SMTP_CODE.search(text)
    delayed = _DELAYED.search(subject) is not None
    reason = next((clean_line(row) for row in text.split("\n") if _STATUS.search(row) or _SMTP_CODE.search(row)), "")
    return DeliveryReport(
        action="delayed" if delayed else "failed",
        recipient=failed[0].email if failed else line[1] if line else "",
        status=status[1] if status else f"{code[1]}.0.0" if code else "",
        diagnostic=reason[:500],
        original_message_id=original,
    )
