"""Letters to print: one HTML page each, A4, the address where a window envelope shows it."""

from __future__ import annotations

import hashlib
import html
import os
from pathlib import Path

from intakebot.domain.message import OutboundMessage
from intakebot.errors import DeliveryFailed

MARK = "post:"
"""How an address to post to begins: `post:` and its lines, parted by commas."""
_PAGE = """<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><title>{title}</title>
<style>
@page {{ size: A4; margin: 25mm 20mm }}
@page {{ @bottom-center {{ content: counter(page) " of " counter(pages); font: 12pt Arial }} }}
body {{ font: 12pt/1.5 Arial, Helvetica, sans-serif; color: #000; max-width: 170mm }}
.to {{ height: 40mm; margin-top: 20mm; white-space: pre-line }}
.words {{ white-space: pre-wrap; overflow-wrap: break-word }}
h1 {{ font-size: 14pt }}
</style></head>
<body>
<p class="to">{to}</p>
<p>{day}</p>
<h1>{title}</h1>
<div class="words">{words}</div>
</body></html>
"""


def write(message: OutboundMessage, folder: Path) -> str:
    """Write a letter; the same message gives the same file. Returns its name. Raises `DeliveryFailed`."""
    to = message.to[0]
    if not to.email.startswith(MARK) or not to.email.removeprefix(MARK).strip(" ,"):
        raise DeliveryFailed("there is no postal address to send this to", temporary=False)
    lines = [to.name, *(line.strip() for line in to.email.removeprefix(MARK).split(","))]
    written = _PAGE.format(
        title=html.escape(message.subject),
        to=html.escape("\n".join(line for line in lines if line)),
        day=f"{message.written_at:%-d %B %Y}",
        words=html.escape(message.text),
    )
    name = f"{message.written_at:%Y-%m-%d}-{hashlib.sha256(message.message_id.encode()).hexdigest()[:16]}.html"
    try:
        _keep(folder / name, written.encode())
    except OSError as error:
        raise DeliveryFailed(f"the folder for post cannot be written: {error.strerror}", temporary=True) from error
    return name


def _keep(path: Path, content: bytes) -> None:
    """Write a file so that whoever prints sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.tmp")
    with unfinished.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    unfinished.replace(path)
