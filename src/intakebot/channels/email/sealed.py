"""Wrapped mail: the readable inside of winmail.dat (TNEF) and of opaque S/MIME signatures, and what is encrypted.

Only what can be read without keys. Signatures are not checked here: who really sent a message is judged from
the relay's own results (`Authentication-Results`). Both readers are bounded and never raise.
"""

from __future__ import annotations

import contextlib
import struct
from dataclasses import dataclass, field
from enum import StrEnum

from intakebot.channels.email.charsets import decode
from intakebot.channels.email.headers import clean_line

TNEF_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
SMIME_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
ENCRYPTED_TEXT = (
    "[This message is encrypted and cannot be read here. The original is kept. "
    "Ask the sender to send it again without encryption.]\n"
)

_TNEF_SIGNATURE = 0x223E9F78
_BODY, _TITLE, _DATA, _NEW_FILE = 0x800C, 0x8010, 0x800F, 0x9002
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_ENVELOPED_DATA = bytes.fromhex("2a864886f70d010703")
_AUTH_ENVELOPED_DATA = bytes.fromhex("2a864886f70d0109100117")
_OBJECT_ID, _OCTETS = 0x06, 0x04
_MAX_ELEMENTS = 20_000
_MAX_NESTING = 16


class Seal(StrEnum):
    """What an S/MIME or PGP shell is: SIGNED can be opened, ENCRYPTED cannot, UNKNOWN is kept as it is."""

    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Tnef:
    """What stood in a winmail.dat: its plain text, if any, and its files (name, bytes)."""

    text: str = field(default="", repr=False)
    files: tuple[tuple[str, bytes], ...] = ()


def open_tnef(content: bytes, max_files: int) -> Tnef:
    """Read Outlook's winmail.dat (MS-OXTNEF): plain body and attached files, as far as they can be made out."""
    if len(content) < 6 or struct.unpack_from("<I", content)[0] != _TNEF_SIGNATURE:
        return Tnef()
    text, title = "", ""
    files: list[tuple[str, bytes]] = []
    position = 6
    while position + 9 <= len(content) and len(files) < max_files:
        attribute, length = struct.unpack_from("<II", content, position + 1)
        value = content[position + 9 : position + 9 + length]
        position += 9 + length + 2  # level, id, length, value, checksum
        kind = attribute & 0xFFFF
        if kind == _BODY:
            text = decode(value.rstrip(b"\x00")).text
        elif kind == _NEW_FILE:
            title = ""
        elif kind == _TITLE:
            title = clean_line(decode(value.rstrip(b"\x00")).text)
            if files and not files[-1][0]:
                files[-1] = (title, files[-1][1])
        elif kind == _DATA:
            files.append((title, value))
    return Tnef(text, tuple(files))


def open_smime(content: bytes) -> tuple[Seal, bytes]:
    """What an application/pkcs7-mime body is, and the MIME bytes inside where they are only signed (RFC 5652 5)."""
    elements = _Elements(content)
    with contextlib.suppress(IndexError, ValueError):  # cut short: what was found so far decides
        elements.read(0, len(content), 0)
    if _SIGNED_DATA in elements.object_ids[:2]:
        inside = b"".join(elements.content)
        return (Seal.SIGNED, inside) if inside else (Seal.UNKNOWN, b"")
    if any(oid in elements.object_ids[:2] for oid in (_ENVELOPED_DATA, _AUTH_ENVELOPED_DATA)):
        return Seal.ENCRYPTED, b""
    return Seal.UNKNOWN, b""


class _Elements:
    """Walks BER elements (X.690), keeping the object ids met and the first run of octet strings: the signed content."""

    def __init__(self, content: bytes) -> None:
        self.bytes = content
        self.object_ids: list[bytes] = []
        self.content: list[bytes] = []
        self._left = _MAX_ELEMENTS
        self._done = False

    def read(self, position: int, end: int, depth: int) -> int:
        """Read elements from `position` to `end` or to an end-of-contents mark. Returns where it stopped."""
        while position < end and not self._done:
            self._left -= 1
            if self._left < 0 or depth > _MAX_NESTING:
                raise ValueError("too many or too deeply nested elements")
            tag = self.bytes[position]
            start, length = self._length(position + 1)
            if tag == 0 and length == 0:
                return start
            stop = end if length is None else min(end, start + length)
            if tag & 0x20:
                position = self.read(start, stop, depth + 1)
                position = position if length is None else stop
            else:
                self._keep(tag, self.bytes[start:stop])
                position = stop
        return position

    def _length(self, position: int) -> tuple[int, int | None]:
        first = self.bytes[position]
        if first == 0x80:
            return position + 1, None
        if first < 0x80:
            return position + 1, first
        size = first & 0x7F
        return position + 1 + size, int.from_bytes(self.bytes[position + 1 : position + 1 + size], "big")

    def _keep(self, tag: int, value: bytes) -> None:
        if tag == _OBJECT_ID and not self.content:
            self.object_ids.append(value)
        elif tag == _OCTETS and len(self.object_ids) > 1:
            self.content.append(value)
        elif self.content:
            self._done = True
