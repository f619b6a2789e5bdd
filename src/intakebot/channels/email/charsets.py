"""Bytes to text for mail, whatever the label says: never raises, never loses the words.

Labels are read as browsers read them (WHATWG Encoding: "latin-1" means windows-1252, "gb2312" means GB18030),
because that is how the mail was really written. Where the label is missing, unknown or plainly wrong the bytes
decide. Whatever had to be repaired is said in a note for staff.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

REPLACEMENT = "\ufffd"

_WESTERN = "cp1252"
_GUESS = ""

# Labels that Python lacks, or reads more narrowly than the programs that write them (WHATWG Encoding, section 4.2).
_LABELS = {
    "utf8": "utf-8",
    "utf8mb4": "utf-8",
    "utf8mb3": "utf-8",
    "xutf8": "utf-8",
    "unicode11utf8": "utf-8",
    "cp65001": "utf-8",
    "65001": "utf-8",
    "cesu8": "utf-8",
    "unicode11utf7": "utf-7",
    "unicode": "utf-16",
    "ucs2": "utf-16",
    "iso10646ucs2": "utf-16",
    "usascii": _WESTERN,
    "ascii": _WESTERN,
    "ansix341968": _WESTERN,
    "iso646us": _WESTERN,
    "latin1": _WESTERN,
    "l1": _WESTERN,
    "iso88591": _WESTERN,
    "8859": _WESTERN,
    "88591": _WESTERN,
    "ansi": _WESTERN,
    "ansicp1252": _WESTERN,
    "windows1252": _WESTERN,
    "win1252": _WESTERN,
    "xcp1252": _WESTERN,
    "xansi": _WESTERN,
    "iso88599": "cp1254",
    "latin5": "cp1254",
    "iso885911": "cp874",
    "tis620": "cp874",
    "dos874": "cp874",
    "iso88598i": "iso8859-8",
    "iso88598e": "iso8859-8",
    "iso88596i": "iso8859-6",
    "iso88596e": "iso8859-6",
    "logical": "iso8859-8",
    "visual": "iso8859-8",
    "gb2312": "gb18030",
    "gb231280": "gb18030",
    "xgbk": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "chinese": "gb18030",
    "euccn": "gb18030",
    "hzgb2312": "hz",
    "big5": "big5hkscs",
    "xxbig5": "big5hkscs",
    "cnbig5": "big5hkscs",
    "shiftjis": "cp932",
    "xsjis": "cp932",
    "sjis": "cp932",
    "mskanji": "cp932",
    "windows31j": "cp932",
    "xeucjp": "euc_jp",
    "iso2022jp": "iso2022_jp_ext",
    "csiso2022jp": "iso2022_jp_ext",
    "iso2022jpms": "iso2022_jp_ext",
    "euckr": "cp949",
    "ksc56011987": "cp949",
    "ksc5601": "cp949",
    "korean": "cp949",
    "uhc": "cp949",
    "macintosh": "mac_roman",
    "xmacroman": "mac_roman",
    "xmaccyrillic": "mac_cyrillic",
    "koi": "koi8-r",
    "koi8": "koi8-r",
    "xunknown": _GUESS,
    "unknown": _GUESS,
    "unknown8bit": _GUESS,
    "xuserdefined": _GUESS,
    "default": _GUESS,
    "defaultcharset": _GUESS,
    "none": _GUESS,
    "binary": _GUESS,
    "8bit": _GUESS,
    "7bit": _GUESS,
}
# Codecs Python has that are not character sets of mail, or that take quadratic time (idna, punycode).
_NOT_FOR_MAIL = re.compile(
    "base64|bz2|hex|quopri|rot_?13|uu|zlib|idna|punycode|unicode_escape|raw_unicode_escape|undefined|mbcs|oem"
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_JAPANESE_ESCAPE = re.compile(rb"\x1b\$[@B]|\x1b\([JI]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and in plain words what had to be repaired to get it ("" for nothing)."""

    text: str = field(repr=False)
    note: str = ""


def decode(content: bytes, label: str = "") -> Decoded:
    """Decode the bytes of a text part whose declared character set is `label` ("" where none is declared).

    Line ends become "\\n", control characters go. Never raises; bytes that mean nothing become U+FFFD and a note.
    """
    text, note = _decode(content, label)
    text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    notes = [note] if note else []
    if "\x00" in text:
        notes.append("the text held NUL bytes, which were left out")
    text = without_controls(text)
    if REPLACEMENT in text:
        notes.append("some characters could not be read and are shown as \ufffd")
    return Decoded(text, "; ".join(notes))


def without_controls(text: str) -> str:
    """Text that can be stored and shown: without control characters other than line ends and tabs, halves replaced."""
    return text if text.isprintable() else _CONTROLS.sub("", _SURROGATES.sub(REPLACEMENT, text))


def decode_loosely(content: bytes, label: str = "") -> str:
    """The same for header values, where a note for each would say nothing useful."""
    return decode(content, label).text


def _decode(content: bytes, label: str) -> tuple[str, str]:
    for bom, name in _BOMS:
        if content.startswith(bom) and (name == "utf-8-sig" or b"\x00" in content or _is_wide(label)):
            return content.decode(name, "replace"), ""
    if not label:
        return _guess(content, "")
    name = codec_name(label)
    if name == _GUESS:
        return _guess(content, "the character set it declares is not known, so it was guessed")
    if name == "utf-8":
        return _as_utf8(content)
    if name == _WESTERN:
        return _as_western(content)
    if name.startswith(("utf-16", "utf-32")) and b"\x00" not in content:
        return _guess(content, "it is labelled UTF-16 but is not")
    if name == "utf-16":
        name = "utf-16-be" if content[:200:2].count(0) > content[1:200:2].count(0) else "utf-16-le"
    try:
        return content.decode(name), ""
    except (UnicodeError, ValueError):
        return content.decode(name, "replace"), "its character set label does not fit all of it"


def codec_name(label: str) -> str:
    """The Python codec for a character set label, "" where the bytes must decide. Accepts what mailers really write."""
    cleaned = label.strip().strip("\"'").split(";")[0].strip().lower()[:40]
    bare = re.sub(r"[^a-z0-9]", "", cleaned).removeprefix("charset")
    for key in (bare, bare.removeprefix("cs"), bare.removeprefix("x")):
        if key in _LABELS:
            return _LABELS[key]
    for name in (cleaned, bare, cleaned.removeprefix("x-"), bare.removeprefix("x")):
        try:
            found = codecs.lookup(name).name
        except (LookupError, ValueError):
            continue
        if not _NOT_FOR_MAIL.fullmatch(found.replace("-", "_")):
            return _WESTERN if found in ("ascii", "iso8859-1") else found
    return _GUESS


def _is_wide(label: str) -> bool:
    return codec_name(label).startswith(("utf-16", "utf-32")) if label else False


def _as_utf8(content: bytes) -> tuple[str, str]:
    try:
        return content.decode("utf-8"), ""
    except UnicodeDecodeError:
        pass
    good = len(_MULTIBYTE.findall(content))
    text = content.decode("utf-8", "replace")
    if good and good >= text.count(REPLACEMENT):
        return text, "it is labelled UTF-8 but is damaged"
    return _cp1252(content), "it is labelled UTF-8 but was read as Windows Western European"


def _as_western(content: bytes) -> tuple[str, str]:
    """Text labelled us-ascii, latin-1 or windows-1252. Valid multi-byte UTF-8 is never that by accident."""
    if content.isascii():
        return _ascii(content)
    try:
        return content.decode("utf-8"), "its character set label was wrong; it is UTF-8"
    except UnicodeDecodeError:
        return _cp1252(content), ""


def _guess(content: bytes, note: str) -> tuple[str, str]:
    if content.isascii():
        return _ascii(content)
    try:
        return content.decode("utf-8"), note
    except UnicodeDecodeError:
        pass
    if content[:400].count(0) > len(content[:400]) // 4:
        name = "utf-16-be" if content[:200:2].count(0) > content[1:200:2].count(0) else "utf-16-le"
        return content.decode(name, "replace"), note or "no character set is declared; it was read as UTF-16"
    return _cp1252(content), note or "no character set is declared; it was read as Windows Western European"


def _ascii(content: bytes) -> tuple[str, str]:
    if b"\x1b" in content and _JAPANESE_ESCAPE.search(content):
        return content.decode("iso2022_jp_ext", "replace"), ""
    return content.decode("ascii"), ""


def _cp1252(content: bytes) -> str:
    try:
        return content.decode(_WESTERN)
    except UnicodeDecodeError:
        return content.decode(_WESTERN, "replace")
