"""Files that come with a message: safe names, honest types, and nothing thrown away.

A name here is safe to show and to offer as a download name; it is never used as a path. The declared type is
kept, except that "some bytes" (application/octet-stream) is replaced by what the bytes are.
"""

from __future__ import annotations

import mimetypes
import re
from pathlib import PurePosixPath

import puremagic

from intakebot.channels.email.headers import clean_line, without_direction_marks
from intakebot.channels.email.parts import MESSAGE_TYPES, Part
from intakebot.domain.message import Attachment

MAX_NAME = 150
OCTETS = "application/octet-stream"

_TYPES = mimetypes.MimeTypes()
_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}\Z")
_WINDOWS_NAMES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))]
)
_EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/heic": ".heic",
    "image/webp": ".webp",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/vcard": ".vcf",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pgp-signature": ".asc",
    "application/pgp-encrypted": ".asc",
    "application/ms-tnef": ".dat",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/ogg": ".ogg",
    "audio/amr": ".amr",
}


def safe_name(name: str, content_type: str, number: int) -> str:
    """A name to show and download under. `number` makes one ("attachment-3.jpg") where nothing usable is left.

    No folders, control or direction-turning characters, leading dots or names that mean a device on Windows;
    at most 150 characters, the extension kept.
    """
    name = without_direction_marks(clean_line(name[:4000])).replace("\\", "/").rpartition("/")[2]
    name = " ".join(_UNSAFE.sub("_", name).split()).strip(" .")
    if not name.strip("._- "):
        return f"attachment-{number}{extension_for(content_type)}"
    if name.partition(".")[0].strip().lower() in _WINDOWS_NAMES:
        name = f"_{name}"
    if len(name) > MAX_NAME:
        found = _EXTENSION.search(name)
        ending = found[0] if found else ""
        name = name[: MAX_NAME - len(ending)].rstrip(" .") + ending
    return name


def extension_for(content_type: str) -> str:
    """The file name extension of a content type, ".bin" for an unknown one."""
    return _EXTENSIONS.get(content_type) or _TYPES.guess_extension(content_type) or ".bin"


def _type_of_name(name: str) -> str:
    """The content type a file name promises, "" for none."""
    ending = PurePosixPath(name.lower()).suffix
    return next((kind for kind, one in _EXTENSIONS.items() if one == ending), "") or _TYPES.guess_type(name)[0] or ""


def true_type(declared: str, name: str, content: bytes) -> str:
    """The content type to record: as declared, unless that only says "some bytes"."""
    if declared not in (OCTETS, "application/x-unknown", "application/binary", "application/download"):
        return declared
    try:
        found = str(puremagic.from_string(content[:4096], mime=True)) if content else ""
    except (puremagic.PureError, ValueError, IndexError, OSError):
        found = ""
    return found or _type_of_name(name) or OCTETS


def part_name(part: Part) -> str:
    """The file name a part gives itself, "" for none (RFC 2183, else the old Content-Type name)."""
    return part.headers.parameter("content-disposition", "filename") or part.headers.parameter("content-type", "name")


def from_part(part: Part, number: int, *, subject: str = "") -> tuple[Attachment, str]:
    """The attachment a part is, and a note on what was wrong with its bytes ("" for nothing).

    `subject` names a forwarded message that has no file name of its own.
    """
    content, note = part.content()
    declared = "message/rfc822" if part.unopened and part.content_type.startswith("multipart/") else part.content_type
    name = part_name(part)
    if declared in MESSAGE_TYPES and not name.lower().endswith(".eml"):
        name = f"{(name or subject)[:140]}.eml" if name or subject else ""
    content_type = true_type(declared, name, content)
    content_id = part.headers.text("content-id").strip("<> ")[:998]
    return make(name, content_type, content, number, content_id, part.disposition != "attachment"), note


def make(
    name: str, content_type: str, content: bytes, number: int, content_id: str = "", may_be_inline: bool = False
) -> Attachment:
    """An attachment with a safe name. It is inline where the text shows it: a picture with a content id."""
    inline = may_be_inline and bool(content_id) and content_type.startswith("image/")
    return Attachment(safe_name(name, content_type, number), content_type, content, content_id, inline)
