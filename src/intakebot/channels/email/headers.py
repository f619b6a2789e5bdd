"""Header fields, read leniently: whatever bytes stand there, a value comes back and nothing is raised.

Works on the raw bytes. Python's own header classes are slow and raise on values that real systems send
(Message-ID `<[x]@[y]>`: cpython issue 94306). RFC 2047 encoded words and RFC 2231 parameters are decoded
here, and every text that leaves this file is one line without control characters, so a line break smuggled
into a subject or a name can never become a header of ours.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from intakebot.channels.email.charsets import decode_loosely
from intakebot.domain.message import Address

MAX_VALUE = 65_536  # bytes of one header value that are read; real ones end well below it
MAX_FIELDS = 1_000
MAX_ADDRESSES = 200
MAX_IDS = 100

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_LATER_FIELD = re.compile(
    rb"^(?:content-type|content-transfer-encoding|mime-version|from|to|date|subject|message-id|received)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_FOLD = re.compile(rb"[ \t]*[\r\n]+[ \t]*")
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?(.{0,3000}?)\?=", re.DOTALL)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_PARAMETER = re.compile(rb';\s*([^\s=;"]{1,80})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_ADDRESS_TOKEN = re.compile(r'"(?:[^"\\]|\\.){0,1000}"|\([^()]*\)|<[^<>]*>|[,;:]|[^",;:<(]+|.', re.DOTALL)
_ID = re.compile(r"<([^<>]{1,998})>")
_MAILBOX = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+|\"[^\"]+\"@[^@\s<>\"]+")


@dataclass(frozen=True, slots=True)
class Headers:
    """The header fields of a message or part, in order: (name in lower case, unfolded raw value)."""

    fields: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)

    def raw(self, name: str) -> bytes:
        """The first value of a field, b"" where there is none."""
        for key, value in self.fields:
            if key == name:
                return value
        return b""

    def every(self, name: str) -> tuple[str, ...]:
        """All values of a field, topmost first, decoded."""
        return tuple(decode_words(value) for key, value in self.fields if key == name)

    def text(self, name: str) -> str:
        """The first value of a field as one clean line, encoded words decoded, "" where there is none."""
        return decode_words(self.raw(name))

    def token(self, name: str) -> str:
        """The first word of a field's value, lower case, without parameters: `Auto-Submitted: no; x=y` gives "no"."""
        words = self.text(name).partition(";")[0].split()
        return words[0].lower() if words else ""

    def has(self, name: str) -> bool:
        """Whether the field is there at all."""
        return any(key == name for key, _ in self.fields)

    def parameters(self, name: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        """A structured field's main value (lower case) and its parameters (RFC 2231 undone), names in lower case."""
        value = self.raw(name)
        main = _decoded(value.partition(b";")[0]).strip().lower()
        return main, tuple(_parameters(value)) if b";" in value else ()

    def parameter(self, name: str, parameter: str) -> str:
        """One parameter of a structured field, "" where it is missing."""
        return next((value for key, value in self.parameters(name)[1] if key == parameter), "")

    def addresses(self, name: str) -> tuple[Address, ...]:
        """The addresses of a field, in order; what is not a mail address is left out."""
        found: list[Address] = []
        for key, value in self.fields:
            if key == name and len(found) < MAX_ADDRESSES:
                found.extend(parse_addresses(value))
        return tuple(found[:MAX_ADDRESSES])

    def ids(self, name: str) -> tuple[str, ...]:
        """Message-IDs of a field without brackets, each once; of more than 100 the first and the last 50."""
        found = list(dict.fromkeys(i for key, value in self.fields if key == name for i in _ids(value)))
        return tuple(found if len(found) <= MAX_IDS else found[: MAX_IDS // 2] + found[-MAX_IDS // 2 :])

    def date(self, name: str = "date") -> datetime | None:
        """The moment a date field gives, with a zone (UTC where it gives none, RFC 5322 3.3), None if unreadable."""
        try:
            moment = parsedate_to_datetime(self.text(name)[:200])
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
            return None


def parse_headers(content: bytes, start: int = 0) -> tuple[Headers, int, bool]:
    """Read header fields from `start`. Returns them, where the body begins, and whether a broken line was repaired."""
    fields: list[tuple[str, bytes]] = []
    position, repaired = start, False
    while position < len(content):
        if content.startswith((b"\n", b"\r\n"), position):
            return Headers(tuple(fields)), content.index(b"\n", position) + 1, repaired
        match = _FIELD.match(content, position)
        if match:
            if len(fields) < MAX_FIELDS:
                fields.append((match[1].decode("ascii").lower(), _unfold(match[2])))
            position = match.end()
        elif fields and not repaired and _more_fields_follow(content, position):
            position = _skip_broken_lines(content, position, fields)
            repaired = True
        else:
            return Headers(tuple(fields)), position, repaired
    return Headers(tuple(fields)), len(content), repaired


def _unfold(value: bytes) -> bytes:
    value = value[:MAX_VALUE]
    return (_FOLD.sub(b" ", value) if b"\n" in value or b"\r" in value else value).strip()


def _more_fields_follow(content: bytes, position: int) -> bool:
    """Whether a line that is no field stands among fields (a folded line that lost its space), not at their end."""
    ends = [end for end in (content.find(b"\n\n", position), content.find(b"\n\r\n", position)) if end >= 0]
    end = min([*ends, position + 20_000]) if ends else min(len(content), position + 20_000)
    return _LATER_FIELD.search(content, position, end) is not None


def _skip_broken_lines(content: bytes, position: int, fields: list[tuple[str, bytes]]) -> int:
    """Join lines that are no fields to the value above them, up to the next real field. Returns where that is."""
    found = _LATER_FIELD.search(content, position)
    end = found.start() if found else len(content)
    name, value = fields[-1]
    fields[-1] = (name, _unfold(value + b" " + content[position:end]))
    return end


def clean_line(text: str) -> str:
    """One line: line breaks and control characters become a space (header injection ends here)."""
    return _UNPRINTABLE.sub(" ", text).strip() if not text.isprintable() else text.strip()


def without_direction_marks(text: str) -> str:
    """Without the characters that turn reading direction: they make "fdp.exe" look like "exe.pdf"."""
    return _BIDI.sub("", text) if not text.isascii() else text


def decode_words(value: bytes | str) -> str:
    """A raw header value as one clean line: encoded words (RFC 2047) decoded, raw 8-bit bytes guessed."""
    text = _decoded(value) if isinstance(value, bytes) else value
    if "=?" not in text:
        return clean_line(text)
    out: list[str] = []
    pending: list[tuple[str, str]] = []
    charset, end = "", 0
    for match in _ENCODED_WORD.finditer(text):
        between = text[end : match.start()]
        label = match[1].partition("*")[0].lower()
        if pending and (between.strip() or label != charset):
            out.append(decode_loosely(_word_bytes(pending), charset))
            pending = []
        if between.strip() or not end:
            out.append(between)
        charset, end = label, match.end()
        pending.append((match[2].lower(), match[3]))
    out.append(decode_loosely(_word_bytes(pending), charset))
    out.append(text[end:])
    return clean_line("".join(out))


def _decoded(value: bytes) -> str:
    return value.decode("ascii") if value.isascii() and b"\x1b" not in value else decode_loosely(value)


def _word_bytes(words: list[tuple[str, str]]) -> bytes:
    """The bytes of neighbouring encoded words in one character set, which mailers cut even within a character."""
    out = bytearray()
    unfinished = ""
    for encoding, encoded in [*words, ("", "")]:
        if encoding == "b" and not encoded.endswith("="):
            unfinished += encoded
        elif encoding == "b" or unfinished:
            out += _base64_bytes(unfinished + (encoded if encoding == "b" else ""))
            unfinished = ""
        if encoding == "q":
            out += binascii.a2b_qp(encoded.encode("utf-8", "replace"), header=True)
    return bytes(out)


def _base64_bytes(encoded: str) -> bytes:
    kept = _NOT_BASE64.sub(b"", encoded.encode("utf-8", "replace"))
    kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def _parameters(value: bytes) -> Iterator[tuple[str, str]]:
    """Parameters of a value: RFC 2231 continuations joined and percent-encoding undone, else as mailers write them."""
    pieces: dict[str, list[tuple[int, bool, bytes]]] = {}
    for match in _PARAMETER.finditer(value[:MAX_VALUE]):
        name, raw = _decoded(match[1]).lower(), match[2].strip()
        if raw.startswith(b'"'):
            raw = re.sub(rb"\\(.)", rb"\1", raw.strip(b'"'))
        base, *marks = name.split("*")
        if not marks:
            yield base, decode_words(raw)
            continue
        number = int(marks[0]) if marks[0].isdecimal() and len(marks[0]) < 4 else 0
        pieces.setdefault(base, []).append((number, marks[-1] == "", raw))
    for base, found in pieces.items():
        yield base, _joined(sorted(found, key=lambda piece: piece[0]))


def _joined(pieces: list[tuple[int, bool, bytes]]) -> str:
    charset = ""
    content = b""
    for index, (_, extended, raw) in enumerate(pieces):
        if extended and index == 0 and raw.count(b"'") >= 2:
            label, _, raw = raw.split(b"'", 2)
            charset = label.decode("ascii", "replace")
        content += unquote_to_bytes(raw) if extended else raw
    return clean_line(decode_loosely(content, charset))


def parse_addresses(value: bytes | str) -> list[Address]:
    """Mail addresses in a header value, in order, names decoded. Groups, comments and broken quotes are lived with."""
    text = clean_line(_decoded(value[:MAX_VALUE]) if isinstance(value, bytes) else value[:MAX_VALUE])
    found: list[Address] = []
    words: list[str] = []
    angle = comment = ""
    for item in [*_ADDRESS_TOKEN.findall(text), ";"]:
        if item == "," and not angle and not any("@" in word for word in words[-1:]):
            words.append(item)  # an unquoted "Smith, Jane <…>"
        elif item in ",;":
            address = _address("".join(words), angle, comment)
            if address:
                found.append(address)
            words, angle, comment = [], "", ""
        elif item == ":":
            words = [] if not angle and "mailto" not in "".join(words).lower() else words
        elif item.startswith("<") and len(item) > 1:
            angle = item[1:-1]
        elif item.startswith("(") and len(item) > 1:
            comment = item[1:-1]
        else:
            words.append(item)
    return found


def _address(words: str, angle: str, comment: str) -> Address | None:
    bare = _mailbox(angle) if angle else ""
    name = words.strip(" ,")
    if not bare:
        bare = _mailbox(words)
        name = comment
    if not bare:
        return None
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    name = without_direction_marks(decode_words(name)).strip("'\"<> ")
    return Address(email=bare, name="" if name.casefold() == bare.casefold() else name[:200])


def _mailbox(text: str) -> str:
    """The one mail address in a text, "" where there is none. Longer than RFC 5321 4.5.3.1 allows is none."""
    found = _MAILBOX.search(text.removeprefix("mailto:")) if "@" in text and len(text) < 1000 else None
    mailbox = without_direction_marks(found[0].removeprefix("mailto:")).strip(".,;:'") if found else ""
    return mailbox if len(mailbox) <= 320 and "@" in mailbox.strip("@") else ""


def _ids(value: bytes) -> Iterator[str]:
    text = _decoded(value)
    found = _ID.findall(text)
    if not found and "@" in text and len(text.split()) == 1 and len(text) < 998:
        found = [text]
    for one in found:
        identifier = "".join(clean_line(one).split())
        if identifier:
            yield identifier
