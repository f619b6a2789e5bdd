"""A message's MIME structure from its bytes, within limits: what is in it, and where.

Written here rather than left to Python's parser because that one reads line by line (a photograph is 4,000
lines), nests a generator per level until it overflows, and hands a multipart without its boundary back as
nothing. This one looks for delimiters in the bytes, stops opening at the limits and keeps the rest whole.
Rules: RFC 2045, 2046; what broken mailers do is repaired and named in `notes`.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from intakebot.channels.email.headers import Headers, parse_headers

TEXT = "text/plain"
MESSAGE_TYPES = frozenset({"message/rfc822", "message/global"})

_BOUNDARY_GUESS = re.compile(rb"^--([^\r\n]{1,200})\r?\nContent-[A-Za-z-]{1,40}:", re.MULTILINE | re.IGNORECASE)
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}")
_BASE64_TEXT = re.compile(rb"[A-Za-z0-9+/=\r\n\t ]*")
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_OUTSIDE_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message: its headers, its bytes as transferred, and the parts inside it if it is a multipart.

    `unopened` marks a part whose inside was left alone because a limit was reached; `raw` is then all of it.
    """

    headers: Headers
    raw: bytes = field(repr=False)
    content_type: str = TEXT
    children: tuple[Part, ...] = ()
    around: bytes = field(default=b"", repr=False)
    unopened: bool = False

    @property
    def is_multipart(self) -> bool:
        """Whether this part was opened into others."""
        return bool(self.children)

    @property
    def disposition(self) -> str:
        """`attachment`, `inline` or "" (RFC 2183)."""
        return self.headers.token("content-disposition")

    def content(self) -> tuple[bytes, str]:
        """The bytes with the transfer encoding undone, and a note on what was wrong with it ("" for nothing)."""
        if self.unopened:
            return self.raw, ""
        return undo_transfer(self.raw, self.headers.token("content-transfer-encoding"), self.content_type)

    def walk(self) -> Iterator[Part]:
        """This part and all parts inside it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(slots=True)
class _Reading:
    """What is left to spend while one message is opened, and what was repaired."""

    parts_left: int
    max_depth: int
    notes: list[str]


def open_message(content: bytes, *, max_parts: int, max_depth: int) -> tuple[Part, tuple[str, ...]]:
    """Open a whole message. Never raises; `notes` say in plain words what had to be repaired."""
    reading = _Reading(max_parts, max_depth, [])
    part = _open(_tidy(content, reading.notes), 0, TEXT, reading)
    return part, tuple(dict.fromkeys(reading.notes))


def _tidy(content: bytes, notes: list[str]) -> bytes:
    """The message without what some stores put before it, and with line ends that are line ends."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        notes.append("the whole message was stored as UTF-16")
        content = content.decode("utf-16", "replace").encode("utf-8")
    content = content.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if content.startswith((b"From ", b">From ")):
        content = content.partition(b"\n")[2]
    if content.count(b"\r") > 2 * content.count(b"\n") or b"\r\r\n" in content[:4000]:
        notes.append("its lines ended in bare carriage returns")
        content = content.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content


def _open(content: bytes, depth: int, default: str, reading: _Reading) -> Part:
    headers, start, repaired = parse_headers(content)
    if repaired:
        reading.notes.append("a header line was broken and was joined to the one above it")
    reading.parts_left -= 1
    content_type, parameters = headers.parameters("content-type")
    if not _TYPE.fullmatch(content_type):
        if content_type and content_type not in ("text", "plain"):
            reading.notes.append("a part has a content type that makes no sense; it was read as text")
        content_type = default
    body = content[start:]
    if not content_type.startswith("multipart/"):
        return Part(headers, body, content_type)
    if depth >= reading.max_depth:
        reading.notes.append("parts are nested too deeply; the innermost were kept closed, as an attachment")
        return Part(headers, content, content_type, unopened=True)
    declared = next((value for key, value in parameters if key == "boundary"), "")
    return _open_multipart(Part(headers, body, content_type), declared, depth, reading)


def _open_multipart(part: Part, declared: str, depth: int, reading: _Reading) -> Part:
    boundary = declared.encode("utf-8", "replace")
    spans, around = _spans(part.raw, boundary, reading) if boundary else ([], b"")
    if not spans:
        guess = _BOUNDARY_GUESS.search(part.raw)
        if guess is None:
            reading.notes.append("a multipart message had no parts; all of it was read as text")
            return Part(part.headers, part.raw, _single_type(part.raw))
        reading.notes.append("the boundary between parts was missing or wrong and was worked out from the text")
        spans, around = _spans(part.raw, guess[1].rstrip(), reading)
    default = "message/rfc822" if part.content_type == "multipart/digest" else TEXT
    children: list[Part] = []
    for index, (start, end) in enumerate(spans):
        if reading.parts_left <= 0:
            reading.notes.append("it has too many parts; the rest was kept closed, as an attachment")
            children.append(Part(Headers(), part.raw[start:], "application/octet-stream", unopened=True))
            break
        inside = part.raw[start:end]
        if inside.strip() or len(spans) == 1 or index == 0:
            children.append(_open(inside, depth + 1, default, reading))
    return Part(part.headers, part.raw, part.content_type, tuple(children), around)


def _single_type(body: bytes) -> str:
    return "text/html" if body[:500].lstrip().lower().startswith((b"<html", b"<!doctype html")) else TEXT


def _spans(body: bytes, boundary: bytes, reading: _Reading) -> tuple[list[tuple[int, int]], bytes]:
    """Where the parts lie in `body`, and what stands before the first delimiter and after the last.

    Parts after a closing delimiter are read too: they are there because a mailer used one boundary twice.
    """
    delimiter = b"--" + boundary
    spans: list[tuple[int, int]] = []
    outside: list[bytes] = []
    part_start, last_end, closed = -1, 0, False
    position = body.find(delimiter)
    while position >= 0:
        line_end = body.find(b"\n", position)
        line_end = len(body) if line_end < 0 else line_end
        tail = body[position + len(delimiter) : min(line_end, position + len(delimiter) + 100)].rstrip()
        if (position == 0 or body[position - 1] == 10) and tail in (b"", b"--"):
            before = _strip_line_end(body, position)
            if part_start >= 0:
                spans.append((part_start, max(part_start, before)))
            else:
                outside.append(body[last_end:position])
            closed = tail == b"--"
            part_start, last_end = (-1 if closed else line_end + 1), line_end + 1
            if len(spans) > reading.parts_left:
                break
        position = body.find(delimiter, max(line_end, position + 1))
    if part_start >= 0:
        if part_start < len(body):
            spans.append((part_start, len(body)))
        if position < 0:
            reading.notes.append("the end of the message is missing")
    elif closed:
        outside.append(body[last_end:])
    return spans, b"\n".join(outside).strip()


def _strip_line_end(body: bytes, position: int) -> int:
    """The line end before a delimiter belongs to the delimiter (RFC 2046 5.1.1)."""
    position -= 1 if body[position - 1 : position] == b"\n" else 0
    return position - 1 if body[position - 1 : position] == b"\r" else position


def undo_transfer(raw: bytes, encoding: str, content_type: str) -> tuple[bytes, str]:
    """Undo a Content-Transfer-Encoding (RFC 2045 6). Broken input gives what can be had, and a note."""
    encoding = encoding.strip("\"';,")
    if encoding == "base64":
        return _undo_base64(raw, content_type.startswith("text/"))
    if encoding in ("quoted-printable", "quotedprintable", "quoted_printable"):
        return binascii.a2b_qp(raw), ""
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        lines = raw.split(b"\n")
        begin = next((i + 1 for i, line in enumerate(lines[:50]) if line.startswith(b"begin ")), 0)
        return undo_uuencode(lines, begin)[0] or raw, ""
    return raw, ""


def _undo_base64(raw: bytes, is_text: bool) -> tuple[bytes, str]:
    if is_text and not _BASE64_TEXT.fullmatch(raw):
        first = raw.lstrip().partition(b"\n")[0].rstrip()
        if len(first) % 4 or not _BASE64_LINE.fullmatch(first):
            return raw, "a text said it was in base64 but was not"
    padding = raw.find(b"=")
    after = raw[padding:].strip(b"= \t\r\n") if padding >= 0 else b""
    if not after:
        try:
            return binascii.a2b_base64(raw), ""
        except binascii.Error:
            return _mend_base64(raw), "the base64 of a part is damaged; what could be read is kept"
    content = _mend_base64(raw[:padding])
    if _BASE64_TEXT.fullmatch(after) and b" " not in after:
        return content + b"".join(map(_mend_base64, re.split(rb"=+", after))), "a part held several pieces of base64"
    return content + b"\n" + after, "words stood after the end of the base64 of a part; they are kept as they are"


def _mend_base64(raw: bytes) -> bytes:
    kept = _OUTSIDE_BASE64.sub(b"", raw)
    kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def undo_uuencode(lines: list[bytes], start: int = 0) -> tuple[bytes, int]:
    """Decode uuencoded lines from `start` up to `end`, or the first line that is none.

    Returns the bytes and the index of the first line not used; the bytes are empty if there were no such lines.
    """
    out: list[bytes] = []
    for number in range(start, len(lines)):
        line = lines[number].rstrip()
        if line == b"end":
            return b"".join(out), number + 1
        if line in (b"", b"`"):
            continue
        length = (line[0] - 32) & 63
        if not 33 <= line[0] <= 96 or len(line) < 1 + (length * 4 + 2) // 3:
            return b"".join(out), number
        try:
            out.append(binascii.a2b_uu(line[: 1 + (length + 2) // 3 * 4]))
        except binascii.Error:
            return b"".join(out), number
    return b"".join(out), len(lines)
