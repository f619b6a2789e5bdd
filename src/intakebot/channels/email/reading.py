"""Reads a raw mail into the message everything else understands: text, attachments, addresses, and what it is.

Pure: bytes in, value out, run in a separate process. Whatever arrives ends as text and attachments with notes
in plain words on what had to be repaired; `Unreadable` is raised only where there is truly nothing to read,
and such mail is parked with its original.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from intakebot.channels.email import automatic, contents, quotes, reports
from intakebot.channels.email.authentication import relay_results
from intakebot.channels.email.contents import Contents
from intakebot.channels.email.headers import Headers
from intakebot.channels.email.parts import Part, open_message
from intakebot.channels.email.reading_settings import ReadingSettings
from intakebot.domain.message import (
    Address,
    Attachment,
    Automatic,
    Envelope,
    NormalisedMessage,
    RawMessage,
    Role,
    Segment,
    join_segments,
)
from intakebot.errors import Unreadable

__all__ = ["ReadingSettings", "read"]

_COVER_NOTE = 2_000  # characters of own words up to which an attached message counts as forwarded
_MAX_FORWARDED = 5
_EARLIEST_YEAR = 1995
_CLOCK_AHEAD = timedelta(days=2)


def read(raw: RawMessage, settings: ReadingSettings) -> NormalisedMessage:
    """Read a mail. Raises `Unreadable` for empty bytes and for binary data that is no mail; nothing else escapes."""
    if not raw.content.strip():
        raise Unreadable("the message is empty")
    message, notes = open_message(raw.content, max_parts=settings.max_parts, max_depth=settings.max_depth)
    if not message.headers.fields:
        if _is_rubbish(message.raw):
            raise Unreadable("the message has no headers and is not text")
        notes = (*notes, "it has no headers at all")
    found = contents.gather(message, settings)
    return _normalise(raw, message, found, _Notes([*notes, *found.notes]), settings)


def _is_rubbish(content: bytes) -> bool:
    """Neither text in any of the usual encodings nor mostly readable."""
    sample = content[:4096]
    odd = sum(1 for byte in sample if byte < 9 or (13 < byte < 32 and byte != 27))
    return odd * 20 > len(sample)


@dataclass(slots=True)
class _Notes:
    """Notes as they gather; each is said once."""

    said: list[str]

    def add(self, note: str) -> None:
        self.said.append(note)

    def all(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(note for note in self.said if note))


def _normalise(
    raw: RawMessage, message: Part, found: Contents, notes: _Notes, settings: ReadingSettings
) -> NormalisedMessage:
    headers = message.headers
    envelope = _envelope(raw.envelope, headers)
    sender, reply_to = _people(headers, settings, notes)
    kind, reason = automatic.recognise(message, sender, envelope.sender, found.text, settings)
    if kind is None and envelope.sender == "":
        notes.add("its return path is empty (<>), so it must not be answered automatically")
    subject = headers.text("subject")[:1000]
    text, rest = found.text[: settings.max_text], found.text[settings.max_text :]
    separated = quotes.separate(text, subject=subject, is_ours=settings.is_from_us)
    forwarded = _attached_forwards(separated, found, settings, notes) if kind is None else _Forwarded()
    attachments = (*found.attachments, *forwarded.attachments)
    if rest:
        notes.add("its text was too long; the rest is kept as an attachment")
        attachments += (Attachment("rest-of-text.txt", "text/plain", rest.encode("utf-8", "replace")),)
    ids = headers.ids("message-id")
    return NormalisedMessage(
        channel=raw.channel,
        external_id=raw.external_id,
        received_at=raw.received_at,
        sender=sender,
        subject=subject,
        segments=(*separated.segments, *forwarded.segments),
        attachments=attachments,
        message_id=ids[0] if ids else "",
        in_reply_to=headers.ids("in-reply-to"),
        references=headers.ids("references"),
        reply_to=reply_to,
        envelope=envelope,
        recipients=tuple(dict.fromkeys((*headers.addresses("to"), *headers.addresses("cc")))),
        sent_at=_sent_at(raw, headers, notes),
        automatic=kind,
        automatic_reason=reason,
        delivery_report=reports.read_report(message, found.text) if kind is Automatic.DELIVERY_REPORT else None,
        authentication=relay_results(headers, settings.authserv_id),
        forwarded_from=separated.forwarded_from or forwarded.author,
        notes=notes.all(),
    )


def _envelope(envelope: Envelope, headers: Headers) -> Envelope:
    """The envelope, its sender taken from Return-Path where the channel did not know it ("" for `<>`)."""
    if envelope.sender is not None or not headers.has("return-path"):
        return envelope
    found = headers.addresses("return-path")
    if found:
        return replace(envelope, sender=found[0].email)
    return replace(envelope, sender="") if headers.text("return-path") == "<>" else envelope


def _people(headers: Headers, settings: ReadingSettings, notes: _Notes) -> tuple[Address | None, Address | None]:
    """Who wrote it, and who is to be answered where that is somebody else.

    A group or website form that sends under our own address names the person in Reply-To or X-Original-From.
    An answer never goes to ourselves.
    """
    sender = next(iter((*headers.addresses("from"), *headers.addresses("sender"))), None)
    replies = [a for a in headers.addresses("reply-to") if not settings.is_ours(a.email)]
    reply_to = replies[0] if replies else None
    if sender is None:
        notes.add("it does not say who it is from")
    elif not headers.addresses("from"):
        notes.add("it has no From; the sender is taken from Sender")
    elif settings.is_ours(sender.email) and headers.token("auto-submitted") != "auto-replied":
        originals = (*headers.addresses("x-original-from"), *headers.addresses("x-original-sender"), *replies)
        person = next((a for a in originals if not settings.is_ours(a.email)), None)
        if person:
            notes.add("it was passed on under our own address; the sender is the person it names")
            return person, reply_to if reply_to and reply_to.key != person.key else None
    return sender, reply_to if reply_to and (sender is None or reply_to.key != sender.key) else None


@dataclass(frozen=True, slots=True)
class _Forwarded:
    """What messages attached to a short covering note say, and the files in them."""

    segments: tuple[Segment, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    author: Address | None = None


def _attached_forwards(
    separated: quotes.Separated, found: Contents, settings: ReadingSettings, notes: _Notes
) -> _Forwarded:
    """An advocate attaches the tenant's mail under a few words of their own: read it as forwarded words."""
    own_words = join_segments(s for s in separated.segments if s.role is Role.NEW)
    if not found.messages or len(own_words.strip()) > _COVER_NOTE:
        return _Forwarded()
    segments: list[Segment] = []
    files: list[Attachment] = []
    author: Address | None = None
    for content in found.messages[:_MAX_FORWARDED]:
        room = settings.max_text - sum(len(segment.text) for segment in segments)
        inner, inner_notes = open_message(content, max_parts=settings.max_parts // 4, max_depth=settings.max_depth // 2)
        inside = contents.gather(inner, settings)
        for note in (*inner_notes, *inside.notes):
            notes.add(f"in the attached message: {note}")
        sender = next(iter(inner.headers.addresses("from")), None)
        from_us = sender is not None and settings.is_from_us(sender.email)
        author = author or (None if from_us else sender)
        role = Role.QUOTED if from_us else Role.FORWARDED
        segments.append(Segment(role, _heading(inner.headers, sender) + inside.text[: max(0, room)]))
        files.extend(inside.attachments[: max(0, settings.max_attachments - len(files))])
    return _Forwarded(tuple(segments), tuple(files), author)


def _heading(headers: Headers, sender: Address | None) -> str:
    """The lines a mail program puts above forwarded words."""
    date, subject = headers.text("date")[:100], headers.text("subject")[:1000]
    rule = "---------- Attached message ----------"
    return f"\n\n{rule}\nFrom: {sender or 'not given'}\nDate: {date}\nSubject: {subject}\n\n"


def _sent_at(raw: RawMessage, headers: Headers, notes: _Notes) -> datetime | None:
    moment = headers.date()
    if moment is None:
        notes.add("its Date cannot be read" if headers.text("date") else "it has no Date")
        return None
    if moment.year < _EARLIEST_YEAR or moment > raw.received_at + _CLOCK_AHEAD:
        notes.add(f"its Date ({moment:%d %B %Y}) cannot be right and is left out")
        return None
    return moment
