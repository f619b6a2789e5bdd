"""Updates of the Bot API, read leniently: whatever Telegram sends, a value comes back and nothing is raised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from intakebot.channels.files import safe_name

Json = Mapping[str, Any]

MOST_BYTES = 10_000_000
"""The largest file we take: it is carried inside the message's own document."""

_CARRIERS = ("document", "voice", "audio", "video", "video_note", "animation")
_ENDINGS = {"voice": "ogg", "audio": "mp3", "video": "mp4", "video_note": "mp4", "animation": "mp4", "document": "bin"}
_TYPES = {"voice": "audio/ogg", "audio": "audio/mpeg", "video": "video/mp4", "video_note": "video/mp4"}


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file that Telegram keeps for us. `size` is in bytes, 0 where Telegram does not say."""

    file_id: str
    filename: str
    content_type: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What an update says. `chat` is 0 where it is about no chat; `message` is whether somebody wrote something.

    `sent_at` has a zone, None where Telegram does not say. `forwarded`: these are somebody else's words. `number`
    counts the messages of the chat, an edit having that of what it changes; `replied` is the one they answer, 0
    without, written by the account `replied_by` in the words `replied_words`.
    """

    update_id: int
    chat: int = 0
    private: bool = False
    message: bool = False
    edited: bool = False
    words: str = field(default="", repr=False)
    forwarded: bool = False
    sent_at: datetime | None = None
    name: str = field(default="", repr=False)
    place: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    album: str = ""
    files: tuple[FileRef, ...] = ()
    number: int = 0
    replied: int = 0
    replied_by: int = 0
    replied_words: str = field(default="", repr=False)

    @property
    def key(self) -> str:
        """The chat as the rest of the service addresses it."""
        return f"telegram:{self.chat}"

    @property
    def readable(self) -> bool:
        """Whether there is anything in it that a person can read, look at or listen to."""
        return bool(self.words or self.files or self.place or self.phone)


def see(update: Json) -> Seen:
    """Read one update. Channels' posts, reactions, polls and whatever comes in later years are no message."""
    update_id = _number(update.get("update_id"))
    edited = not isinstance(update.get("message"), Mapping)
    message = _part(update, "edited_message" if edited else "message")
    chat = _part(message, "chat")
    private = chat.get("type") == "private"
    if not message or not _number(chat.get("id")):
        return Seen(update_id)
    replied = _part(message, "reply_to_message")
    return Seen(
        update_id=update_id,
        chat=_number(chat.get("id")),
        private=private,
        message=_by_a_person(message) or not private,
        edited=edited,
        words=_text(message.get("text")) or _text(message.get("caption")),
        forwarded=bool(_part(message, "forward_origin") or message.get("forward_date")),
        sent_at=_moment(message.get("edit_date") if edited else message.get("date")),
        name=_name(_part(message, "from")),
        place=_place(message),
        phone=_phone(message),
        album=_text(message.get("media_group_id")),
        files=_files(message, update_id) if private else (),
        number=_number(message.get("message_id")) or update_id,
        replied=_number(replied.get("message_id")),
        replied_by=_number(_part(replied, "from").get("id")),
        replied_words=_text(replied.get("text")) or _text(replied.get("caption")),
    )


def external_id(bot: str, update_id: int) -> str:
    """The idempotency key of an update: numbers of updates are each bot's own."""
    return f"{bot}:{update_id}"


def _by_a_person(message: Json) -> bool:
    """Whether somebody wrote it, rather than Telegram telling of members, pins and titles."""
    told = ("text", "caption", "photo", "sticker", "location", "venue", "contact", "dice", "poll", "story", "game")
    return any(kind in message for kind in (*told, *_CARRIERS))


def _files(message: Json, update_id: int) -> tuple[FileRef, ...]:
    found = {}
    photos = [p for p in _list(message.get("photo")) if isinstance(p, Mapping) and _text(p.get("file_id"))]
    if photos:
        fitting = [p for p in photos if _number(p.get("file_size")) <= MOST_BYTES] or photos
        best = max(fitting, key=lambda p: _number(p.get("width")) * _number(p.get("height")))
        found[_text(best.get("file_id"))] = FileRef(
            _text(best.get("file_id")), f"photo-{update_id}.jpg", "image/jpeg", _number(best.get("file_size"))
        )
    for kind in _CARRIERS:
        carried = _part(message, kind)
        file_id = _text(carried.get("file_id"))
        if file_id and file_id not in found:
            fallback = f"{kind.replace('_', '-')}-{update_id}.{_ENDINGS[kind]}"
            given = _text(carried.get("file_name"))
            content_type = _text(carried.get("mime_type")) or _TYPES.get(kind, "application/octet-stream")
            found[file_id] = FileRef(
                file_id,
                safe_name(given, content_type, update_id) if given else fallback,
                content_type,
                _number(carried.get("file_size")),
            )
    return tuple(found.values())


def _place(message: Json) -> str:
    venue = _part(message, "venue")
    named = ", ".join(part for part in (_text(venue.get("title")), _text(venue.get("address"))) if part)
    location = _part(message, "location")
    try:
        where = f"{float(location['latitude']):.5f}, {float(location['longitude']):.5f}"
    except (KeyError, TypeError, ValueError, OverflowError):
        return named
    return f"{named} ({where})" if named else f"Map position {where}"


def _phone(message: Json) -> str:
    """A number they shared as their own; somebody else's card is only words."""
    contact = _part(message, "contact")
    shared = _number(contact.get("user_id"))
    own = not shared or shared == _number(_part(message, "from").get("id"))
    number = _text(contact.get("phone_number"))
    return (number if number.startswith(("+", "0")) else f"+{number}") if number and own else ""


def _name(person: Json) -> str:
    return " ".join(part for part in (_text(person.get("first_name")), _text(person.get("last_name"))) if part)[:200]


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(_number(value), UTC) if _number(value) > 0 else None
    except (OverflowError, OSError, ValueError):
        return None


def _part(whole: Json, key: str) -> Json:
    value = whole.get(key)
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value.replace("\x00", "").encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
