"""Assisted entry: calls, letters, visits and posts that a member of staff types in, each kept as one JSON document.

One class stands for the channels relay, phone, video_relay, visit, letter and social. The page `/staff/entry` writes
the documents; nothing is listened to and nothing is sent from here. A relay assistant and an interpreter pass words
on and are nobody's representative, so no authority is ever asked for on their account (accessibility.md 1, 2).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from intakebot.channels.base import Accept
from intakebot.config.settings import Settings
from intakebot.domain.labels import Need
from intakebot.domain.letters import clock_time
from intakebot.domain.message import (
    Attachment,
    Declared,
    NormalisedMessage,
    OutboundMessage,
    Party,
    RawMessage,
    Receipt,
    Role,
    Segment,
)
from intakebot.domain.phones import as_text_number, ring_back, told_to_staff
from intakebot.domain.transcripts import Speaker, Transcript, read_transcript
from intakebot.domain.wording import counted, long_day
from intakebot.domain.working_days import local_date
from intakebot.errors import DeliveryFailed, Unreadable

Name = Literal["relay", "phone", "video_relay", "visit", "letter", "social"]
Mode = Literal["", "type_and_read", "speak_and_read", "type_and_hear"]

NAMES: Final[tuple[Name, ...]] = ("relay", "phone", "video_relay", "visit", "letter", "social")
CALLS: Final = frozenset({"relay", "phone", "video_relay"})
SPOKEN: Final = CALLS | {"visit"}
"""Where labels at the beginning of a line tell whose words they are."""
MOST_FILES: Final = 10
MOST_FILE_BYTES: Final = 10 * 2**20
"""All files of one document together."""
LONGEST_TEXT: Final = 200_000
_FIRST_YEAR, _LAST_YEAR = 1900, 2200

MODES: Final[dict[Mode, str]] = {
    "type_and_read": "type and read",
    "speak_and_read": "speak and read",
    "type_and_hear": "type and hear",
}


def _plausible(value: datetime) -> datetime:
    """Raises `ValueError` for years that no local date can be counted in, or nobody can have told us anything in."""
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError("must be a time somebody can have told us something")
    return value


Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
Line = Annotated[str, Field(max_length=300)]
Note = Annotated[str, Field(max_length=5_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EnteredFile(_Strict):
    """A file of a document, with its bytes in base64."""

    filename: Line
    content_type: Line
    size: int
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    content: str = Field(repr=False)

    @classmethod
    def of(cls, filename: str, content_type: str, content: bytes) -> EnteredFile:
        """A file, with what is recorded of it."""
        sha256 = hashlib.sha256(content).hexdigest()
        encoded = base64.b64encode(content).decode()
        return cls(filename=filename, content_type=content_type, size=len(content), sha256=sha256, content=encoded)

    def attachment(self) -> Attachment:
        """The file itself. Raises `Unreadable` where the bytes are not those that were recorded."""
        try:
            content = base64.b64decode(self.content, validate=True)
        except binascii.Error as error:
            raise Unreadable("A file in this entry is damaged.") from error
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise Unreadable("A file in this entry is damaged.")
        return Attachment(self.filename, self.content_type, content)


class EnteredParty(_Strict):
    """Somebody as they named themselves to a member of staff; what they did not say is ""."""

    name: Line = Field(default="", repr=False)
    email: Line = Field(default="", repr=False)
    phone: Line = Field(default="", repr=False)
    address: Line = Field(default="", repr=False)

    def party(self) -> Party:
        """The same as a value of the domain."""
        return Party(name=self.name, email=self.email, phone=self.phone, address=self.address)


class Entry(_Strict):
    """One call, visit, letter or post as it was typed in.

    `received_at` is when the landlord first had it, `began_at` when the call or visit began; `first_heard_at` when a
    colleague heard it before the call was passed on. `text` is what was typed, never altered. `read_back` says that it
    was read back and agreed.
    """

    version: Literal[1] = 1
    channel: Name
    entered_by: Line = Field(repr=False)
    entered_at: Moment
    received_at: Moment
    text: str = Field(default="", max_length=LONGEST_TEXT, repr=False)
    resident: EnteredParty = EnteredParty()
    representative: EnteredParty | None = None
    relation: Line = Field(default="", repr=False)
    began_at: Moment | None = None
    ended_at: Moment | None = None
    first_heard_at: Moment | None = None
    mode: Mode = ""
    text_number: bool = False
    dropped: bool = False
    read_back: bool = False
    interpreter_firm: Line = ""
    interpreter_id: Line = ""
    place: Line = ""
    dated: date | None = None
    handle: Line = Field(default="", repr=False)
    link: Annotated[str, Field(max_length=500)] = Field(default="", repr=False)
    needs: tuple[Need, ...] = ()
    needs_note: Note = Field(default="", repr=False)
    print_pt: Annotated[int, Field(ge=0, le=28)] = 0
    outcomes_sought: Note = Field(default="", repr=False)
    prefers: Line = ""
    safe_contact: Note = Field(default="", repr=False)
    files: Annotated[tuple[EnteredFile, ...], Field(max_length=MOST_FILES)] = ()

    @property
    def writer(self) -> EnteredParty:
        """Whose words these are: the representative's, where there is one."""
        return self.representative or self.resident

    @property
    def transcript(self) -> Transcript:
        """The text as turns. A letter or post is one turn of its writer's."""
        return transcript_of(self)

    @property
    def ring_back(self) -> str:
        """What to dial to ring them back by Relay UK, "" where they do not use it or gave no number."""
        return ring_back(self.party(self.writer).phone) if self.channel == "relay" else ""

    def party(self, entered: EnteredParty) -> Party:
        """The writer or the resident as a value of the domain, a TextNumber with its mark."""
        party = entered.party()
        if self.text_number and entered == self.writer:
            return replace(party, phone=as_text_number(party.phone))
        return party

    def number(self, entered: EnteredParty) -> str:
        """The writer's or the resident's number as staff are shown it."""
        rang = self.channel == "relay" and entered == self.writer
        return told_to_staff(self.party(entered).phone, by_relay=rang)

    @property
    def days_late(self) -> int:
        """How many days after the receipt it was typed in (Europe/London dates)."""
        return (local_date(self.entered_at) - local_date(self.received_at)).days

    def to_bytes(self) -> bytes:
        """The document as it is kept."""
        return self.model_dump_json().encode()


def transcript_of(entry: Entry) -> Transcript:
    """An entry's text as turns, its people's names known as labels."""
    if entry.channel not in SPOKEN:
        return read_transcript(entry.text, by_relay=False)
    parties = (entry.resident, entry.representative or EnteredParty())
    names = [party.name for party in parties if party.name]
    return read_transcript(entry.text, residents=names, staff=[entry.entered_by], by_relay=entry.channel == "relay")


def read_entry(content: bytes) -> Entry:
    """The entry in a document. Raises `Unreadable` for anything that is none."""
    try:
        return Entry.model_validate_json(content)
    except ValidationError as error:
        raise Unreadable("It cannot be read as something staff typed in.") from error


class AssistedChannel:
    """What staff type in. In only: nothing goes out by it."""

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def from_settings(cls, name: str, settings: Settings, now: Callable[[], datetime]) -> AssistedChannel:
        """Build the channel; it needs neither settings nor the time."""
        return cls(name)

    async def run(self, accept: Accept) -> None:
        """Wait until cancelled: the page `/staff/entry` hands entries over, so there is nothing to listen to."""
        await asyncio.Event().wait()

    def normalise(self, raw: RawMessage) -> NormalisedMessage:
        """Read an entry. Raises `Unreadable`."""
        entry = read_entry(raw.content)
        if entry.channel != raw.channel:
            raise Unreadable("It was typed in for another way of coming.")
        transcript = transcript_of(entry)
        return NormalisedMessage(
            channel=raw.channel,
            external_id=raw.external_id,
            received_at=raw.received_at,
            sender=entry.writer.party().reached_at,
            segments=_segments(entry, transcript),
            attachments=tuple(file.attachment() for file in entry.files),
            envelope=raw.envelope,
            notes=tuple(_notes(entry, transcript)),
            declared=_declared(entry),
        )

    async def send(self, message: OutboundMessage) -> Receipt:
        """Refuse: no machine can ring, write or visit. Raises `DeliveryFailed`, never to be tried again."""
        raise DeliveryFailed(
            "Nothing can be sent this way by itself. Give it to them by hand, and record that you did",
            temporary=False,
        )


def _segments(entry: Entry, transcript: Transcript) -> tuple[Segment, ...]:
    """The text, unaltered. What staff and the assistant said is not the resident's case to make, where we can tell."""
    if entry.channel not in SPOKEN or not any(turn.for_classifying for turn in transcript.spoken):
        return (Segment(Role.NEW, entry.text),) if entry.text else ()
    return tuple(Segment(Role.NEW if t.for_classifying else Role.QUOTED, t.text) for t in transcript.turns)


def _declared(entry: Entry) -> Declared:
    return Declared(
        resident=entry.party(entry.resident),
        representative=entry.party(entry.representative) if entry.representative else None,
        relation=entry.relation,
        needs=entry.needs,
        needs_note=entry.needs_note,
        print_pt=entry.print_pt,
        outcomes_sought=entry.outcomes_sought,
        prefers=entry.prefers or ("relay_uk" if entry.channel == "relay" else ""),
        safe_contact=entry.safe_contact,
    )


def _notes(entry: Entry, transcript: Transcript) -> Iterator[str]:
    """How it came to be here, for whoever reads the case."""
    late = f", {counted(entry.days_late, 'day')} after it was received" if entry.days_late > 0 else ""
    yield f"Typed in by {entry.entered_by} on {clock_time(entry.entered_at)}{late}."
    if entry.began_at is not None:
        what = "The visit" if entry.channel == "visit" else "The call"
        end = f" and ended at {clock_time(entry.ended_at)}" if entry.ended_at else ""
        yield f"{what} began on {clock_time(entry.began_at)}{end}."
    if entry.first_heard_at is not None:
        yield f"A colleague first heard of it on {clock_time(entry.first_heard_at)}."
    if entry.mode:
        yield f"Relay UK call: {MODES[entry.mode]}."
    if entry.ring_back:
        yield f"Ring back on {entry.ring_back}{' (a TextNumber)' if entry.text_number else ''}."
    if entry.interpreter_firm or entry.interpreter_id:
        interpreter = ", ".join(part for part in (entry.interpreter_firm, entry.interpreter_id) if part)
        yield f"Interpreter: {interpreter}. Interpreters are nobody's representative."
    for told, words in (
        (entry.place, f"The visit was at {entry.place}."),
        (entry.dated, f"The letter is dated {long_day(entry.dated)}." if entry.dated else ""),
        (entry.handle, f"Posted by {entry.handle}."),
        (entry.link, f"It stands at {entry.link}"),
        (entry.dropped, "The call was cut off before its end."),
        (entry.read_back, "It was read back to them, and they agreed."),
    ):
        if told:
            yield words
    if entry.channel in SPOKEN:
        yield from _notes_of(transcript)


def _notes_of(transcript: Transcript) -> Iterator[str]:
    if not transcript.spoken:
        yield "Nobody says anything in the transcript."
        return
    unsaid = len(transcript.by(Speaker.NOT_SAID))
    if unsaid and unsaid < len(transcript.spoken):
        yield f"It does not say who spoke in {counted(unsaid, 'turn')}; they were read as the resident's words."
    if transcript.corrections:
        yield f"Words were erased with XXX {counted(transcript.corrections, 'time')}; which ones, is not said."
