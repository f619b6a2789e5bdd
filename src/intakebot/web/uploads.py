"""Uploads: a form with files, read within limits. Past them the files are refused in words and the rest is kept.

Files that were read are kept as blobs; the page carries their names, signed, so that they are still there when
another field is wrong.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, ClientError, MultipartReader, web

from intakebot.channels.files import safe_name, true_type
from intakebot.errors import BadInput
from intakebot.web.forms import MOST_BYTES, MOST_FIELDS, Form, clean

_CHUNK = 64 * 1024
_BROKEN = "This form did not arrive whole. Nothing was changed: go back and send it again"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came with a form."""

    filename: str = field(repr=False)
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class UploadForm(Form):
    """A form with its files. `too_large`: the files were more than may be sent, and none after that is here."""

    files: tuple[Upload, ...] = ()
    too_large: bool = False


async def read_upload(request: web.Request, most: int) -> UploadForm:
    """Read a form that may bring files of `most` bytes together.

    Files stand last in our forms, so what was typed is read before one that is too large ends the reading. Raises
    HTTPRequestEntityTooLarge for too much text, `BadInput` for what is no form or was cut off.
    """
    fields: list[tuple[str, str]] = []
    files: list[Upload] = []
    left, room = most, MOST_BYTES
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, MultipartReader) or not part.name:
                raise BadInput(_BROKEN)
            if len(fields) + len(files) >= MOST_FIELDS:
                raise BadInput("This form has more fields than any of our pages")
            if part.filename is None and "filename" not in part.headers.get("Content-Disposition", ""):
                text = await _read(part, room)
                if text is None:
                    raise web.HTTPRequestEntityTooLarge(MOST_BYTES, MOST_BYTES)
                room -= len(text)
                fields.append((part.name, clean(text.decode("utf-8", "replace"))))
                continue
            content = await _read(part, left)
            if content is None:
                return UploadForm(tuple(fields), tuple(files), too_large=True)
            left -= len(content)
            if content or part.filename:
                files.append(_upload(part, content, len(files) + 1))
    except (ValueError, AssertionError, ClientError, ConnectionError, RuntimeError) as error:
        raise BadInput(_BROKEN) from error
    return UploadForm(tuple(fields), tuple(files))


async def _read(part: BodyPartReader, most: int) -> bytes | None:
    """The content of a part; None where it is more than that."""
    held = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        held += chunk
        if len(held) > most:
            return None
    return bytes(held)


def _upload(part: BodyPartReader, content: bytes, number: int) -> Upload:
    declared = part.headers.get("Content-Type", "application/octet-stream").partition(";")[0].strip().lower()[:100]
    content_type = true_type(declared or "application/octet-stream", part.filename or "", content)
    return Upload(safe_name(clean(part.filename or ""), content_type, number), content_type, content)


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is kept as a blob while its form is still open."""

    sha256: str
    size: int
    content_type: str
    filename: str = field(repr=False)

    def signed(self, secret: str) -> str:
        """The file for a hidden field, signed with the session's own secret."""
        told = json.dumps([self.sha256, self.size, self.content_type, self.filename])
        return f"{_signature(told, secret)}:{told}"


def kept_file(signed: str, secret: str) -> Kept | None:
    """The file a hidden field names; None for one that we did not sign in this session."""
    signature, _, told = signed.partition(":")
    if not hmac.compare_digest(signature.encode(), _signature(told, secret).encode()):
        return None
    sha256, size, content_type, filename = json.loads(told)
    return Kept(sha256, size, content_type, filename)


def _signature(told: str, secret: str) -> str:
    return hmac.digest(secret.encode(), f"kept\0{told}".encode(), hashlib.sha256).hex()
