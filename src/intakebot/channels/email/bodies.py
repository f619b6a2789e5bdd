"""Which words of a message are its text: choosing between plain and HTML, undoing what text mailers do to text.

format=flowed (RFC 3676), uuencoded files inside text, one of several alternatives, several text parts in a row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from intakebot.channels.email.charsets import decode
from intakebot.channels.email.htmltext import strip_tags, to_text
from intakebot.channels.email.parts import Part, undo_uuencode

_UUENCODE = re.compile(r"^begin [0-7]{3,4} (\S[^\n]{0,200})$")
_MAY_HOLD_UUENCODE = re.compile(r"^begin [0-7]{3,4} ", re.MULTILINE)
_SEE_HTML = re.compile(
    r"\bhtml\b|view (?:this|the) (?:e-?mail|message)|(?:e-?mail|message) (?:online|in (?:your|a) browser)", re.I
)
_LOOKS_LIKE_HTML = re.compile(r"\A\s*(?:<!doctype html|<html\b|<body\b)", re.I)
_MARKUP = re.compile(r"<[^<>\n]{1,40}>")


@dataclass(frozen=True, slots=True)
class Found:
    """A file found inside a text, as the text named it, or what was too long to be text."""

    filename: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Body:
    """Readable text, the files that stood inside it, and notes on what was repaired."""

    text: str = field(default="", repr=False)
    files: tuple[Found, ...] = ()
    notes: tuple[str, ...] = ()


def read_text(part: Part, *, max_html: int, max_files: int) -> Body:
    """The readable text of one text part of any kind. Never raises."""
    raw, transfer_note = part.content()
    decoded = decode(raw, part.headers.parameter("content-type", "charset"))
    notes = [f"one of its texts: {note}" for note in (transfer_note, decoded.note) if note]
    text = decoded.text
    if part.content_type in ("text/html", "application/xhtml+xml") or _LOOKS_LIKE_HTML.match(text):
        return _read_html(text, notes, max_html)
    if part.content_type in ("text/enriched", "text/richtext"):
        text = _MARKUP.sub("", text)
    if part.headers.parameter("content-type", "format").lower() == "flowed":
        text = unflow(text, delsp=part.headers.parameter("content-type", "delsp").lower() == "yes")
    if not _MAY_HOLD_UUENCODE.search(text):
        return Body(text, (), tuple(notes))
    text, files = take_uuencoded(text, max_files)
    return Body(text, files, tuple(notes))


def _read_html(source: str, notes: list[str], max_html: int) -> Body:
    rest: tuple[Found, ...] = ()
    if len(source) > max_html:
        notes.append("its HTML was too long; only the beginning was read, the rest is kept as an attachment")
        rest = (Found("rest-of-message.html", source[max_html:].encode("utf-8", "replace")),)
    text, note = to_text(source[:max_html])
    return Body(text, rest, tuple([*notes, note] if note else notes))


def unflow(text: str, *, delsp: bool) -> str:
    """Join the lines of format=flowed text into paragraphs, undoing space-stuffing and DelSp (RFC 3676 4)."""
    out: list[str] = []
    joining_depth = -1
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare[1:] if bare.startswith(" ") else bare
        flowed = bare.endswith(" ") and bare != "-- "
        if joining_depth == depth and bare != "-- ":
            out.append(bare[:-1] if flowed and delsp else bare)
        else:
            out.append("\n" if out else "")
            out.append(">" * depth + " " if depth else "")
            out.append(bare[:-1] if flowed and delsp else bare)
        joining_depth = depth if flowed else -1
    return "".join(out)


def take_uuencoded(text: str, max_files: int) -> tuple[str, tuple[Found, ...]]:
    """Take uuencoded files out of a text, leaving a line that says where each stood."""
    lines = text.split("\n")
    raw = [line.encode("ascii", "replace") for line in lines]
    out: list[str] = []
    files: list[Found] = []
    number = 0
    while number < len(lines):
        begin = _UUENCODE.match(lines[number]) if len(files) < max_files else None
        content, after = undo_uuencode(raw, number + 1) if begin else (b"", 0)
        if begin and content:
            files.append(Found(begin[1].strip(), content))
            out.append(f"[attached file: {begin[1].strip()}]")
            number = after
        else:
            out.append(lines[number])
            number += 1
    return "\n".join(out), tuple(files)


def plain_is_poor(plain: str, html_source: str) -> bool:
    """Whether the plain alternative is empty, only points at the HTML, or plainly says less than it."""
    words = plain.strip()
    if not words:
        return True
    if len(words) < 300 and _SEE_HTML.search(words):
        return len(strip_tags(html_source)) > len(words)
    if len(html_source) < 3 * len(words):
        return False
    return len(strip_tags(html_source)) > 2 * len(words) + 200
