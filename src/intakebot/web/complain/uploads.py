"""Uploads to the public form: read as they arrive, each kept once it is whole, known for what it is by its bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import BodyPartReader, ClientError, web

from intakebot.channels.files import safe_name
from intakebot.web.forms import Form, clean

MOST_BYTES_OF_A_FILE: Final = 10 * 1000 * 1000
MOST_BYTES_READ: Final = 150 * 1000 * 1000
"""Of one request. Beyond, nothing more is read: it is no form that a person filled in."""
_MOST_FIELD_BYTES = 100_000
_MOST_PARTS = 400
_CHUNK = 64 * 1024
_SIGNATURES: Final = (
    ("image/jpeg", 0, b"\xff\xd8\xff"),
    ("image/png", 0, b"\x89PNG\r\n\x1a\n"),
    ("image/gif", 0, b"GIF8"),
    ("image/webp", 8, b"WEBP"),
    ("image/tiff", 0, b"II*\x00"),
    ("image/tiff", 0, b"MM\x00*"),
    ("image/heic", 4, b"ftyphei"),
    ("image/heic", 4, b"ftypmif1"),
    ("application/pdf", 0, b"%PDF-"),
    ("application/rtf", 0, b"{\\rtf"),
    ("audio/mp4", 4, b"ftypM4A"),
    ("audio/mpeg", 0, b"ID3"),
    ("audio/mpeg", 0, b"\xff\xfb"),
    ("audio/mpeg", 0, b"\xff\xf3"),
    ("audio/ogg", 0, b"OggS"),
    ("audio/amr", 0, b"#!AMR"),
    ("audio/wav", 8, b"WAVE"),
    ("video/quicktime", 4, b"ftypqt"),
    ("video/3gpp", 4, b"ftyp3g"),
    ("video/mp4", 4, b"ftyp"),
)
_ZIPPED: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
}
KINDS_IN_WORDS: Final = "Photos, PDF, Word and text documents, sound and video"

Take = Callable[[str, str, bytes], Awaitable[str]]
"""Keep a file: its safe name, content type and bytes. Gives a sentence where it could not be kept, else ""."""


@dataclass(slots=True)
class Upload:
    """What a form with files brought. `problems` say of each file that was not kept why not; `cut_off` that the rest
    never came."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    kept: int = 0
    cut_off: bool = False
    too_much: bool = False

    @property
    def form(self) -> Form:
        """The fields that are no files."""
        return Form(tuple(self.fields))


async def read_upload(request: web.Request, take: Take) -> Upload:
    """Read a form with files; each file is kept as soon as it is whole. Never raises for what a browser may send."""
    found = Upload()
    if request.content_type != "multipart/form-data":
        found.cut_off = True
        return found
    try:
        await _read(request, take, found)
    except (ValueError, ConnectionError, EOFError, AssertionError, ClientError, web.RequestPayloadError):
        found.cut_off = True  # whoever sent it is gone, or it ends in the middle
    return found


async def _read(request: web.Request, take: Take, found: Upload) -> None:
    reader, read = await request.multipart(), 0
    for _ in range(_MOST_PARTS):
        part = await reader.next()
        if part is None:
            return
        if not isinstance(part, BodyPartReader):
            raise ValueError("a form within a form")
        most = MOST_BYTES_OF_A_FILE if part.filename is not None else _MOST_FIELD_BYTES
        content, size = bytearray(), 0
        while chunk := await part.read_chunk(_CHUNK):
            size += len(chunk)
            read += len(chunk)
            if size <= most:
                content += chunk
            if read > MOST_BYTES_READ:
                found.too_much = True
                return
        if part.filename is None:
            found.fields.append((part.name or "", clean(content[:most].decode("utf-8", "replace"))))
        elif part.filename or size:
            await _take(part.filename, bytes(content), size, take, found)


async def _take(given: str, content: bytes, size: int, take: Take, found: Upload) -> None:
    name = safe_name(given, "", len(found.problems) + found.kept + 1)
    kind = kind_of(name, content)
    if size > MOST_BYTES_OF_A_FILE:
        problem = f"{name} is bigger than 10 MB. Make it smaller, or send it by email"
    elif size == 0:
        problem = f"{name} is empty. Choose it again"
    elif kind is None:
        problem = f"{name} is not a kind of file we can take. {KINDS_IN_WORDS} work"
    else:
        problem = await take(name, kind, content)
    if problem:
        found.problems.append(problem)
    else:
        found.kept += 1


def kind_of(name: str, content: bytes) -> str | None:
    """The content type of a file we take, by its first bytes; for documents and text also by its name. None for others.

    >>> kind_of("mould.jpg", b"MZ\\x90\\x00") is None, kind_of("log.txt", b"It fell.")
    (True, 'text/plain')
    """
    for kind, at, mark in _SIGNATURES:
        if content[at : at + len(mark)] == mark:
            return kind
    ending = name.rpartition(".")[2].lower()
    if content.startswith(b"PK\x03\x04"):
        return _ZIPPED.get(ending)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") and ending == "doc":
        return "application/msword"
    if ending in ("txt", "text") and b"\x00" not in content:
        return "text/plain"
    return None
