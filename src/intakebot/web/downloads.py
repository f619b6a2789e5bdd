"""Downloads: attachments and originals, always as files to keep, never shown by the browser as pages of ours."""

from __future__ import annotations

import re
from urllib.parse import quote

from aiohttp import web

from intakebot.channels.assisted import NAMES
from intakebot.web.site import number_in, site_of

# What a browser may be told a file is. Everything else, pages and scripts above all, is just bytes.
_SAFE = frozenset(
    {
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "audio/mpeg",
        "audio/mp4",
        "image/gif",
        "image/heic",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/plain",
        "video/mp4",
    }
)
_POLICY = "default-src 'none'; sandbox"


def routes() -> list[web.RouteDef]:
    """Where the files are."""
    return [
        web.get(r"/staff/attachments/{attachment_id:\d{1,9}}", attachment),
        web.get(r"/staff/messages/{inbox_id:\d{1,9}}/original", original),
    ]


async def attachment(request: web.Request) -> web.Response:
    """A file that came with a message."""
    site, wanted = site_of(request), number_in(request, "attachment_id")
    found = await site.store.read(lambda work: work.views.attachment(wanted))
    if found is None:
        raise web.HTTPNotFound
    file, _ = found
    return as_file(await site.store.blobs.get(file.sha256), file.filename, file.content_type)


async def original(request: web.Request) -> web.Response:
    """A message exactly as it came."""
    site, wanted = site_of(request), number_in(request, "inbox_id")
    row = await site.store.read(lambda work: work.inbox.get(wanted))
    if row is None:
        raise web.HTTPNotFound
    ending = "eml" if row.channel == "email" else "json" if row.channel in NAMES else "txt"
    return as_file(await site.store.blobs.get(row.sha256), f"message-{row.id}.{ending}", "application/octet-stream")


def as_file(content: bytes, filename: str, content_type: str) -> web.Response:
    """A response that browsers save under this name (RFC 6266) and never run."""
    kind = content_type.lower() if content_type.lower() in _SAFE else "application/octet-stream"
    headers = {
        "Content-Type": kind,
        "Content-Disposition": disposition(filename),
        "Content-Security-Policy": _POLICY,
    }
    return web.Response(body=content, headers=headers)


def disposition(filename: str) -> str:
    """The header that gives a file its name: in ASCII for old browsers, in full for the others (RFC 6266 4.3)."""
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f\x7f]', "_", filename).strip(" .")[:200] or "file"
    plain = re.sub(r"[^A-Za-z0-9 ._()-]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
