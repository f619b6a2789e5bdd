"""The API channel: messages that other software hands in, as one JSON document each, read as messages.

They come in by the pages' server (`web/api.py`), which checks each document against the models here before it is
accepted; answers go out by mail. The document itself is the raw message, files in it as base64.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from intakebot.channels.base import Accept
from intakebot.channels.files import safe_name
from intakebot.config.settings import Settings
from intakebot.config.values import is_mail_address
from intakebot.domain.labels import Need
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
from intakebot.domain.phones import phone_key
from intakebot.errors import DeliveryFailed, Unreadable

MOST_FILE_BYTES = 10_000_000
"""All files of one message together, in bytes."""
_MOST_TEXT = 200_000
_MOST_FILES = 50
_FIRST_YEAR, _LAST_YEAR = 2000, 2200
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*")

Way = Literal["api", "letter", "phone", "relay", "social", "video_relay", "visit", "web"]
"""How the resident told it, before other software passed it on."""


def _plain(value: str) -> str:
    """Plain line ends, no control or direction-turning characters, no space around it."""
    return _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _one_line(value: str) -> str:
    return " ".join(_plain(value).split())


def _decoded(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("must be text in base64")
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise ValueError("must be base64, as RFC 4648 section 4 has it, without line breaks") from None


def _phone(value: str) -> str:
    if value and not phone_key(value):
        raise ValueError("must be a phone number such as 01632 960123")
    return value


def _email(value: str) -> str:
    if value and not is_mail_address(value):
        raise ValueError("must be a mail address such as ama.mensah@example.org")
    return value


def _media_type(value: str) -> str:
    if not _MEDIA_TYPE.fullmatch(value):
        raise ValueError("must be a media type such as application/pdf")
    return value.lower()


def _plausible(value: datetime) -> datetime:
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError("must be a time somebody can have told us something")
    return value


Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
Line = Annotated[str, Field(max_length=300), AfterValidator(_one_line)]
Words = Annotated[str, Field(max_length=5000), AfterValidator(_plain)]
Email = Annotated[str, Field(max_length=254), AfterValidator(_one_line), AfterValidator(_email)]
Phone = Annotated[str, Field(max_length=40), AfterValidator(_one_line), AfterValidator(_phone)]
Base64 = Annotated[bytes, BeforeValidator(_decoded), WithJsonSchema({"type": "string", "contentEncoding": "base64"})]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Contact(_Part):
    """Somebody and how to reach them. What is not known is left out; one of the fields must be there."""

    name: Line = ""
    email: Email = ""
    phone: Phone = ""
    address: Words = ""
    tenure: Line = ""

    @model_validator(mode="after")
    def _is_somebody(self) -> Contact:
        if not (self.name or self.email or self.phone or self.address):
            raise ValueError("must have a name, or a way to reach them: email, phone or address")
        return self

    @property
    def party(self) -> Party:
        """The same as the rest knows it."""
        return Party(self.name, self.email, self.phone, "", self.address, self.tenure)


class Representing(Contact):
    """Somebody who speaks for the resident. `relation` is what they are to them: daughter, councillor, solicitor."""

    relation: Line = ""


class SentFile(_Part):
    """A file that comes with the message."""

    filename: Annotated[str, Field(min_length=1, max_length=1000)]
    content_type: Annotated[str, Field(max_length=200), AfterValidator(_media_type)] = "application/octet-stream"
    content: Base64 = Field(repr=False)


class SentMessage(_Part):
    """What `POST /api/v1/messages` takes. `received_at` is when the landlord first had it; without it, now."""

    channel: Way = "api"
    text: Annotated[str, Field(max_length=_MOST_TEXT), AfterValidator(_plain)] = ""
    subject: Line = ""
    received_at: Moment | None = None
    resident: Contact
    representative: Representing | None = None
    needs: Annotated[tuple[Need, ...], Field(max_length=len(Need))] = ()
    needs_note: Words = ""
    print_pt: Annotated[int, Field(ge=16, le=28)] | None = None
    outcomes_sought: Words = ""
    prefers: Literal["", "email", "phone", "text", "relay_uk", "telegram", "post"] = ""
    safe_contact: Words = ""
    attachments: Annotated[tuple[SentFile, ...], Field(max_length=_MOST_FILES)] = ()

    @model_validator(mode="after")
    def _says_something(self) -> SentMessage:
        if not self.text and not self.attachments:
            raise ValueError("must have a text, or an attachment that holds it")
        if sum(len(file.content) for file in self.attachments) > MOST_FILE_BYTES:
            raise ValueError(f"must not hold more than {MOST_FILE_BYTES // 1_000_000} MB of attachments together")
        return self

    @property
    def declared(self) -> Declared:
        """What was said outright."""
        speaks = self.representative
        return Declared(
            resident=self.resident.party,
            representative=speaks.party if speaks else None,
            relation=speaks.relation if speaks else "",
            needs=self.needs,
            needs_note=self.needs_note,
            print_pt=self.print_pt or 0,
            outcomes_sought=self.outcomes_sought,
            prefers=self.prefers,
            safe_contact=self.safe_contact,
        )


class ApiChannel:
    """Messages from other software. It has no loop of its own: the pages' server takes them."""

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def from_settings(cls, name: str, _settings: Settings, _now: Callable[[], datetime]) -> ApiChannel:
        """Build the channel."""
        return cls(name)

    async def run(self, accept: Accept) -> None:
        """Wait until cancelled: messages come in by the pages' server."""
        await asyncio.Event().wait()

    def normalise(self, raw: RawMessage) -> NormalisedMessage:
        """Read a document. Raises `Unreadable`, naming the fields that are wrong and nothing they hold."""
        try:
            sent = SentMessage.model_validate_json(raw.content)
        except ValidationError as error:
            fields = ", ".join(sorted({".".join(map(str, one["loc"])) or "the document" for one in error.errors()})[:5])
            raise Unreadable(f"It is not a message as our API takes them: {fields}.") from None
        return NormalisedMessage(
            channel=sent.channel,
            external_id=raw.external_id,
            received_at=raw.received_at,
            sender=(sent.representative or sent.resident).party.reached_at,
            subject=sent.subject,
            segments=(Segment(Role.NEW, sent.text),) if sent.text else (),
            attachments=tuple(
                Attachment(safe_name(file.filename, file.content_type, number), file.content_type, file.content)
                for number, file in enumerate(sent.attachments, 1)
            ),
            envelope=raw.envelope,
            notes=() if sent.text else ("It came without text: its files must be read.",),
            declared=sent.declared,
            sender_only_typed=True,
        )

    async def send(self, message: OutboundMessage) -> Receipt:
        """Nothing goes out this way. Raises `DeliveryFailed`."""
        raise DeliveryFailed("nothing can be sent by the API; answers go by mail", temporary=False)


def mistakes(error: ValidationError) -> list[dict[str, Any]]:
    """What is wrong with a document: each field, as a JSON pointer (RFC 6901), and a sentence. Nothing it holds."""
    found = []
    for one in error.errors(include_input=False, include_url=False, include_context=False):
        pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in one["loc"])
        message = one["msg"].removeprefix("Value error, ")
        if one["type"] == "json_invalid":
            message = "the body is not JSON"
        elif one["type"] == "extra_forbidden":
            message = "there is no such field"
        found.append({"pointer": pointer, "detail": f"{message[:1].lower()}{message[1:]}"})
    return found
