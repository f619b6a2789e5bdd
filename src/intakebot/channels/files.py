"""Files that come with a message, by any channel: safe names and honest types.

A name here is safe to show and to offer as a download name; it is never used as a path. The declared type is
kept, except that "some bytes" (application/octet-stream) is replaced by what the bytes are.
"""

from __future__ import annotations

import mimetypes
import re
from pathlib import PurePosixPath

MAX_NAME = 150
OCTETS = "application/octet-stream"

_TYPES = mimetypes.MimeTypes()
_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Characters that turn reading direction: they make "fdp.exe" look like "exe.pdf"."""
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
    name = _TURNING.sub("", _UNPRINTABLE.sub(" ", name[:4000])).strip().replace("\\", "/").rpartition("/")[2]
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
    import puremagic  # most commands never need it, and its table is long to load

    try:
        found = str(puremagic.from_string(content[:4096], mime=True)) if content else ""
    except (puremagic.PureError, ValueError, IndexError, OSError):
        found = ""
    return found or _type_of_name(name) or OCTETS
