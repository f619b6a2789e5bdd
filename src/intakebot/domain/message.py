"""Messages: raw as received, normalised as the rest understands them, and outbound as we send them.

Pure values. A raw message is bytes plus what the channel knew when they arrived; a normalised message
is the one form everything after the channels works with; an outbound message is a decision to send,
complete enough that sending it twice produces the same Message-ID twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from intakebot.domain.labels import Need
from intakebot.domain.phones import RELAY_CHANNELS, phone_key
from intakebot.domain.transcripts import read_transcript


def require_aware(moment: datetime) -> datetime:
    """Return `moment` if it carries a zone. Raises ValueError for a naive one: those have no meaning here."""
    if moment.tzinfo is None:
        raise ValueError("this time has no zone; give an offset such as +00:00")
    return moment


@dataclass(frozen=True, slots=True)
class Address:
    """A name and where somebody is reached: a mail address, `telegram:` and a chat's number, `tel:` and a phone's.

    `email` is kept as written; compare with `key`.
    """

    email: str
    name: str = ""

    @property
    def key(self) -> str:
        """The address for comparing: lower case, no surrounding space (RFC 5321 2.4 read as receivers do)."""
        return self.email.strip().casefold()

    @property
    def channel(self) -> str:
        """The channel by which we write to it: "email", "telegram", another's name, or "tel", which only people use."""
        way, colon, _ = self.email.partition(":")
        return way if colon and "@" not in self.email else "email"

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the channel was told outside the message. `sender` is "" for the null return path, None if unknown."""

    sender: str | None = None
    recipients: tuple[str, ...] = ()
    peer: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class RawMessage:
    """Bytes as received. `external_id` is the idempotency key: the same key from the same channel is the same message.

    `received_at` is when the landlord first had it, with a zone; the Code's clocks count from it (Code 6.2).
    """

    channel: str
    external_id: str
    content: bytes = field(repr=False)
    received_at: datetime
    envelope: Envelope = Envelope()

    def __post_init__(self) -> None:
        require_aware(self.received_at)


class Role(StrEnum):
    """What a stretch of text is. Only NEW and FORWARDED are the sender's own case to make; all of it is kept."""

    NEW = "new"
    FORWARDED = "forwarded"
    QUOTED = "quoted"
    SIGNATURE = "signature"
    DISCLAIMER = "disclaimer"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a message's text and its role. Joining the segments in order gives the whole text back."""

    role: Role
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message. `filename` is safe to show and to use as a download name, never as a path."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)
    content_id: str = ""
    inline: bool = False


class Automatic(StrEnum):
    """Mail written by a machine (RFC 3834, 3464, 8098). Recorded and linked, never answered, never a new case."""

    AUTO_REPLY = "auto_reply"
    DELIVERY_REPORT = "delivery_report"
    READ_RECEIPT = "read_receipt"
    LIST = "list"
    OWN_MAIL = "own_mail"
    GENERATED = "generated"


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a delivery report says (RFC 3464). `action` is failed, delayed, delivered, relayed or expanded.

    `original_message_id` is the Message-ID of the mail it reports on, without angle brackets, "" if not given.
    """

    action: str
    recipient: str = ""
    status: str = ""
    diagnostic: str = ""
    original_message_id: str = ""

    @property
    def permanent_failure(self) -> bool:
        """The letter did not arrive and will not (RFC 3463 class 5)."""
        return self.action == "failed" and not self.status.startswith("4")

    @property
    def address_is_wrong(self) -> bool:
        """It did not arrive because of the address. A full mailbox (5.2), a fault (5.3) or a policy (5.7) may pass."""
        return self.permanent_failure and not self.status.startswith(("5.2", "5.3", "5.7"))


@dataclass(frozen=True, slots=True)
class Authentication:
    """SPF, DKIM and DMARC results as our own relay wrote them (RFC 8601), "" where it said nothing. Shown to staff."""

    spf: str = ""
    dkim: str = ""
    dmarc: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody as they named themselves to a form, a member of staff or a chat. What they did not say is "".

    `telegram` is the number of their chat.
    """

    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    telegram: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    tenure: str = ""

    @property
    def reached_at(self) -> Address | None:
        """Where they are reached: by mail, else by phone; None where they gave neither."""
        if self.email:
            return Address(self.email, self.name)
        key = phone_key(self.phone)
        return Address(f"tel:{key}", self.name) if key else None


@dataclass(frozen=True, slots=True)
class Declared:
    """What somebody said outright where a channel asks, so that nothing of it is guessed from their words.

    `resident` is whose home it is about; `representative` who writes for them, and how they are related.
    `prefers` is how to reach them: email, phone, text, relay_uk, telegram or post, "" where they did not say;
    `safe_contact` what to avoid, in their words. `print_pt` is the size of large print asked for, 0 without.
    """

    resident: Party
    representative: Party | None = None
    relation: str = ""
    needs: tuple[Need, ...] = ()
    needs_note: str = field(default="", repr=False)
    print_pt: int = 0
    outcomes_sought: str = field(default="", repr=False)
    prefers: str = ""
    safe_contact: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class InChat:
    """What a chat's dialogue knows of a message, beyond its words.

    `about` is the reference of the case that they answered a message of ours about, "" without one. `apart`: they
    said that this is another complaint than before. `answered`: they were answered in the chat at once, so that no
    letter need say that we have it. `profile` is the name that their account shows.
    """

    about: str = ""
    apart: bool = False
    answered: bool = False
    profile: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NormalisedMessage:
    """A message as everything after the channels understands it.

    Message-IDs are without angle brackets. `segments` hold the whole readable text in order. `notes` say
    what had to be repaired to read it. `forwarded_from` is the author of forwarded words, where one is named.
    `declared` is what its writer said outright, on channels that ask; `chat` what a chat's dialogue adds.
    `sender_only_typed` says that anybody could have typed the sender's address, as into a form: it is where to answer,
    and shows nothing of who wrote.
    """

    channel: str
    external_id: str
    received_at: datetime
    sender: Address | None
    subject: str = field(default="", repr=False)
    segments: tuple[Segment, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    reply_to: Address | None = None
    envelope: Envelope = Envelope()
    recipients: tuple[Address, ...] = ()
    sent_at: datetime | None = None
    automatic: Automatic | None = None
    automatic_reason: str = ""
    delivery_report: DeliveryReport | None = None
    authentication: Authentication = Authentication()
    forwarded_from: Address | None = None
    notes: tuple[str, ...] = ()
    declared: Declared | None = None
    sender_only_typed: bool = False
    chat: InChat | None = None

    @property
    def text(self) -> str:
        """The whole readable text, nothing left out."""
        return join_segments(self.segments)

    @property
    def own_words(self) -> str:
        """What this writer says, the subject first: neither quotes nor signature."""
        return f"{self.subject}\n{self.new_text}"

    @property
    def new_text(self) -> str:
        """What the sender says now: their own words and what they forward, without quotes and signatures."""
        return join_segments(s for s in self.segments if s.role in (Role.NEW, Role.FORWARDED))

    @property
    def to_classify(self) -> str:
        """What a classifier is given of it."""
        return text_to_classify(self.channel, self.subject, self.new_text)

    @property
    def answer_to(self) -> Address | None:
        """Where an answer goes: Reply-To where given, else the sender (RFC 5322 3.6.2)."""
        return self.reply_to or self.sender


def join_segments(segments: Iterable[Segment]) -> str:
    """The segments' text in order. Segments carry their own line ends, so nothing is added between them."""
    return "".join(segment.text for segment in segments)


def text_to_classify(channel: str, subject: str, new_text: str) -> str:
    """A message as classifiers read it and learn from it: only email has a subject of its own.

    Of a call by Relay UK, what the resident said, without GA and other signs, and with abbreviations written out.
    """
    if channel in RELAY_CHANNELS:
        return read_transcript(new_text).to_classify or new_text
    return f"Subject: {subject}\n\n{new_text}" if channel == "email" else new_text


class Purpose(StrEnum):
    """Why we send a message. RECEIPT to SAVED_FORM go to residents; the NOTICE kinds go to staff."""

    RECEIPT = "receipt"
    ACKNOWLEDGEMENT = "acknowledgement"
    ADDED = "added"
    REPLY = "reply"
    CHOICE = "choice"
    AUTHORITY_REQUEST = "authority_request"
    CLARIFICATION = "clarification"
    EXTENSION = "extension"
    UPDATE = "update"
    REFUSAL = "refusal"
    RESPONSE = "response"
    WITHDRAWAL_CHECK = "withdrawal_check"
    CLOSURE = "closure"
    SAVED_FORM = "saved_form"
    DUTY_NOTICE = "duty_notice"
    ADDRESS_NOTICE = "address_notice"
    PARKED_NOTICE = "parked_notice"
    CLOCK_NOTICE = "clock_notice"
    REGULAR_REPORT = "regular_report"


STAFF_NOTICES = frozenset(
    {Purpose.DUTY_NOTICE, Purpose.ADDRESS_NOTICE, Purpose.PARKED_NOTICE, Purpose.CLOCK_NOTICE, Purpose.REGULAR_REPORT}
)
"""What goes to staff. A notice that fails is never followed by a notice about it."""


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """A message we have decided to send. Sending it again sends the same `message_id`, so a resend is recognisable.

    `auto_submitted` is the RFC 3834 value ("auto-replied", "auto-generated"), or "" for a person's own words.
    `written_at` becomes the Date header; it is fixed when the decision is made, not when delivery succeeds.
    """

    channel: str
    purpose: Purpose
    message_id: str
    to: tuple[Address, ...]
    subject: str = field(repr=False)
    text: str = field(repr=False)
    written_at: datetime
    html: str = field(default="", repr=False)
    cc: tuple[Address, ...] = ()
    reply_to: Address | None = None
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    auto_submitted: str = ""

    def __post_init__(self) -> None:
        require_aware(self.written_at)
        if not self.to:
            raise ValueError("an outbound message needs somebody to go to")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the far side gave back when it took our message; `refused` maps recipients it did not take to its reason."""

    note: str = ""
    refused: tuple[tuple[str, str], ...] = ()
