"""What a message holds: its readable text in order, its files, and the messages attached to it.

Walks the opened parts once. Nothing is dropped: what is not text is an attachment, what is an alternative
nobody needs to see twice stays in the original.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from intakebot.channels.email import attachments, bodies, sealed
from intakebot.channels.email.charsets import decode
from intakebot.channels.email.headers import clean_line, parse_headers
from intakebot.channels.email.parts import MESSAGE_TYPES, Part, open_message
from intakebot.channels.email.reading_settings import ReadingSettings
from intakebot.channels.files import OCTETS, true_type
from intakebot.domain.message import Attachment

_READABLE = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "application/xhtml+xml"})
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_REPORT_PARTS = frozenset(
    {"message/delivery-status", "message/global-delivery-status", "message/disposition-notification"}
)
_RENDERINGS = frozenset({"text/x-amp-html", "text/watch-html"})
_EVENT_LINE = re.compile(r"^(SUMMARY|DTSTART|LOCATION)(?:;[^:\n]{0,200})?:([^\n]{0,300})", re.MULTILINE | re.IGNORECASE)
_MAX_PREAMBLE = 100_000


@dataclass(frozen=True, slots=True)
class Contents:
    """`text` is all of it; `messages` are the bytes of attached mails, for whoever reads those too."""

    text: str = field(default="", repr=False)
    attachments: tuple[Attachment, ...] = ()
    messages: tuple[bytes, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()


def gather(message: Part, settings: ReadingSettings) -> Contents:
    """The contents of an opened message. Never raises."""
    gathering = _Gathering(settings)
    gathering.take(message, top=True)
    text = gathering.text()
    around = message.around[:_MAX_PREAMBLE]
    if not text.strip() and around and b"MIME" not in around[:200].upper():
        gathering.notes.append("its only text stood outside the parts")
        text = decode(around).text
    return Contents(text, tuple(gathering.files), tuple(gathering.messages), tuple(dict.fromkeys(gathering.notes)))


class _Gathering:
    """Collects while the parts are walked."""

    def __init__(self, settings: ReadingSettings) -> None:
        self.settings = settings
        self.texts: list[str] = []
        self.files: list[Attachment] = []
        self.messages: list[bytes] = []
        self.notes: list[str] = []
        self._sealed_depth = 0

    def text(self) -> str:
        """The texts in order, each beginning on a line of its own."""
        kept = [text for text in self.texts if text.strip()]
        return "".join(text if text.endswith("\n") or text is kept[-1] else f"{text}\n" for text in kept)

    def take(self, part: Part, *, top: bool = False) -> None:
        """Take a part and everything in it."""
        kind = part.content_type
        if part.unopened:
            self._attach(part)
        elif kind == "multipart/alternative":
            self._take_alternative(part)
        elif kind == "multipart/encrypted":
            self._say_encrypted()
            for child in part.children:
                self._attach(child)
        elif part.is_multipart:
            for index, child in enumerate(part.children):
                self.take(child, top=index == 0 and top)
        elif kind in MESSAGE_TYPES:
            self._take_message(part)
        elif kind in _READABLE and self._is_body(part, top):
            self._take_text(part)
        else:
            self._take_file(part)

    def _is_body(self, part: Part, top: bool) -> bool:
        """Text is part of the words unless it is sent as a file. The first part is the words even if it has a name."""
        if part.disposition == "attachment":
            return top and not part.headers.has("content-disposition")
        return top or not attachments.part_name(part)

    def _take_text(self, part: Part) -> None:
        left = self.settings.max_attachments - len(self.files)
        body = bodies.read_text(part, max_html=self.settings.max_html, max_files=max(0, left))
        self.texts.append(body.text)
        self.notes.extend(body.notes)
        for file in body.files:
            self._add(file.filename, OCTETS, file.content)

    def _take_alternative(self, part: Part) -> None:
        """One rendering of the words: the plain one unless it is poorer; files in any of them are kept."""
        leaves = [leaf for child in part.children for leaf in child.walk() if not leaf.is_multipart]
        words = [leaf for leaf in leaves if leaf.content_type in _READABLE and self._is_body(leaf, top=False)]
        plain = [leaf for leaf in words if leaf.content_type not in _HTML]
        rich = [leaf for leaf in words if leaf.content_type in _HTML]
        chosen = rich if rich and (not plain or self._is_poor(plain, rich)) else plain
        for leaf in leaves:
            if any(leaf is one for one in chosen):
                self._take_text(leaf)
            elif leaf.content_type in MESSAGE_TYPES:
                self._take_message(leaf)
            elif not any(leaf is one for one in words) and leaf.content_type not in _RENDERINGS:
                self._take_file(leaf)

    def _is_poor(self, plain: list[Part], rich: list[Part]) -> bool:
        if sum(len(leaf.raw) for leaf in rich) < 2 * sum(len(leaf.raw) for leaf in plain):
            return False
        source = "\n".join(_quick_text(leaf)[: self.settings.max_html] for leaf in rich)
        return bodies.plain_is_poor("\n".join(map(_quick_text, plain)), source)

    def _take_message(self, part: Part) -> None:
        content, _ = part.content()
        headers = parse_headers(content.lstrip(b"\r\n"))[0]
        self._attach(part, subject=headers.text("subject"))
        if part.content_type in MESSAGE_TYPES and len(self.messages) < self.settings.max_parts:
            self.messages.append(content)

    def _take_file(self, part: Part) -> None:
        kind = part.content_type
        if kind in sealed.SMIME_TYPES and self._take_smime(part):
            return
        self._attach(part)
        name = attachments.part_name(part).lower()
        if kind in sealed.TNEF_TYPES or name == "winmail.dat":
            self._open_tnef(part)
        elif kind == "text/calendar":
            self.texts.append(_event_line(decode(part.content()[0]).text))
        elif kind in _REPORT_PARTS:
            self.texts.append(decode(part.content()[0]).text)

    def _take_smime(self, part: Part) -> bool:
        """Read what an opaque signature wraps. Returns whether the part was dealt with."""
        content, _ = part.content()
        seal, inside = sealed.open_smime(content)
        if part.headers.parameter("content-type", "smime-type").lower() in ("enveloped-data", "authenveloped-data"):
            seal = sealed.Seal.ENCRYPTED
        if seal is sealed.Seal.UNKNOWN or self._sealed_depth > 2:
            self.notes.append("an S/MIME part could not be opened; it is kept as an attachment")
            return False
        self._attach(part)
        if seal is sealed.Seal.ENCRYPTED:
            self._say_encrypted()
            return True
        self.notes.append("it was wrapped in an S/MIME signature, which was not checked")
        inner, notes = open_message(
            inside, max_parts=self.settings.max_parts // 2, max_depth=self.settings.max_depth // 2
        )
        self.notes.extend(notes)
        self._sealed_depth += 1
        self.take(inner, top=True)
        self._sealed_depth -= 1
        return True

    def _say_encrypted(self) -> None:
        self.texts.append(sealed.ENCRYPTED_TEXT)
        self.notes.append("it is encrypted and cannot be read")

    def _open_tnef(self, part: Part) -> None:
        opened = sealed.open_tnef(part.content()[0], max(0, self.settings.max_attachments - len(self.files)))
        self.notes.append("it holds a winmail.dat; staff may need Outlook to see all of it")
        if not any(text.strip() for text in self.texts):
            self.texts.append(opened.text)
        for name, content in opened.files:
            self._add(name, OCTETS, content)

    def _attach(self, part: Part, *, subject: str = "") -> None:
        file, note = attachments.from_part(part, len(self.files) + 1, subject=subject)
        self.files.append(file)
        if note:
            self.notes.append(note)

    def _add(self, name: str, content_type: str, content: bytes) -> None:
        kind = true_type(content_type, name, content)
        self.files.append(attachments.make(name, kind, content, len(self.files) + 1))


def _quick_text(part: Part) -> str:
    return decode(part.content()[0], part.headers.parameter("content-type", "charset")).text


def _event_line(calendar: str) -> str:
    """One readable line of an invitation: what, when as written, where."""
    unfolded = calendar.replace("\n ", "").replace("\n\t", "")
    start = max(0, unfolded.upper().find("BEGIN:VEVENT"))
    found = {key.upper(): clean_line(value.replace("\\,", ",")) for key, value in _EVENT_LINE.findall(unfolded[start:])}
    said = [found[key] for key in ("SUMMARY", "DTSTART", "LOCATION") if found.get(key)]
    return f"[calendar: {', '.join(said)}]\n" if said else "[calendar entry attached]\n"
