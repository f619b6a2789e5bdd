"""Reading a letter: the scanner's files as one raw message, and that message as intakebot understands it. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from intakebot.domain.labels import Need
from intakebot.domain.message import (
    Attachment,
    Declared,
    Envelope,
    NormalisedMessage,
    Party,
    RawMessage,
    Role,
    Segment,
)
from intakebot.errors import Unreadable

LONDON = ZoneInfo("Europe/London")
_POST_COMES = time(9, 0)
_TYPES = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_PAGE_END = "\x0c"
_MOST_TEXT = 200_000


def as_raw(channel: str, files: Mapping[str, bytes], now: datetime) -> RawMessage:
    """The files of a letter as one message. Its external id is what the letter holds, whatever the files are called.

    It was received on the day its manifest says, at nine, never later than `now`.
    """
    manifest, others = _apart(files)
    told = _manifest(manifest) or {}
    said = {key: value for key, value in told.items() if key != "files"}
    held = [json.dumps(said, sort_keys=True) if told else hashlib.sha256(manifest).hexdigest()]
    held += sorted(hashlib.sha256(content).hexdigest() for content in others.values())
    document = {name: base64.b64encode(content).decode() for name, content in files.items()}
    return RawMessage(
        channel=channel,
        external_id=hashlib.sha256("\n".join(held).encode()).hexdigest(),
        content=json.dumps({"files": document}, sort_keys=True).encode(),
        received_at=min(_received_at(told.get("received_on")) or now, now),
        envelope=Envelope(source="scanner"),
    )


def read(raw: RawMessage) -> NormalisedMessage:
    """Read a letter. Raises `Unreadable` with a sentence that holds nothing of it."""
    files = _files(raw.content)
    manifest, others = _apart(files)
    told = _manifest(manifest)
    if told is None:
        raise Unreadable("Its manifest is not JSON: look at the scan in the original.")
    resident = _party(told.get("from"), "from")
    if resident is None:
        raise Unreadable('Its manifest does not say who it is from: "from" with a name or an address.')
    representative = _party(told.get("representative"), "representative")
    writer = representative or resident
    words = [_plain(content) for name, content in sorted(others.items()) if name.lower().endswith(".txt")]
    text = "\n\n".join(word for word in words if word)
    return NormalisedMessage(
        channel="letter",
        external_id=raw.external_id,
        received_at=raw.received_at,
        sender=writer.reached_at,
        subject=_line(told.get("subject")),
        segments=(Segment(Role.NEW, text),) if text else (),
        attachments=tuple(
            Attachment(_line(name) or "scan", _type(name), content)
            for name, content in sorted(others.items())
            if not name.lower().endswith(".txt")
        ),
        envelope=raw.envelope,
        notes=() if text else ("The scanner gave no words: a person must read the scan.",),
        declared=Declared(
            resident=resident,
            representative=representative,
            relation=_line(_field(told.get("representative"), "relation")),
            needs=_needs(told.get("needs")),
            prefers="" if writer.email else "post",
        ),
    )


def _files(content: bytes) -> dict[str, bytes]:
    try:
        document = json.loads(content)
        return {str(name): base64.b64decode(held, validate=True) for name, held in document["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Unreadable("It is not a letter as this channel keeps them.") from None


def _apart(files: Mapping[str, bytes]) -> tuple[bytes, dict[str, bytes]]:
    manifest = next((content for name, content in sorted(files.items()) if name.lower().endswith(".json")), b"")
    return manifest, {name: content for name, content in files.items() if not name.lower().endswith(".json")}


def _manifest(content: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _received_at(value: object) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(str(value)), _POST_COMES, LONDON)
    except ValueError:
        return None


def _party(told: object, what: str) -> Party | None:
    if told is None:
        return None
    if not isinstance(told, dict):
        raise Unreadable(f'In its manifest "{what}" is not a list of fields.')
    party = Party(
        name=_line(told.get("name")),
        email=_line(told.get("email")),
        phone=_line(told.get("phone")),
        address=_line(told.get("address")),
    )
    return party if party.name or party.address else None


def _needs(told: object) -> tuple[Need, ...]:
    known = {need.value for need in Need}
    return tuple(dict.fromkeys(Need(str(one)) for one in told if str(one) in known)) if isinstance(told, list) else ()


def _field(told: object, name: str) -> object:
    return told.get(name) if isinstance(told, dict) else None


def _line(value: object) -> str:
    return " ".join(_CONTROL.sub("", str(value)).split())[:300] if isinstance(value, str) else ""


def _plain(content: bytes) -> str:
    """What the scanner read: a page's end becomes an empty line."""
    text = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n").replace(_PAGE_END, "\n\n")
    return _CONTROL.sub("", text).strip()[:_MOST_TEXT]


def _type(name: str) -> str:
    return _TYPES.get(f".{name.lower().rpartition('.')[2]}", "application/octet-stream")
