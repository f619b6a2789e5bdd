"""The document an update is kept as: Telegram's own JSON, the files that came with it, and what was asked and said.

It is all that `normalise` needs, so reading stays pure. The files' bytes are inside it, as base64.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from intakebot.channels.telegram.updates import FileRef, Json, Seen, see
from intakebot.domain.dialogue import Dialogue, Question
from intakebot.domain.dialogue_others import NO_NEEDS, NeedsHeard, Whose
from intakebot.domain.labels import Need
from intakebot.domain.message import (
    Address,
    Attachment,
    Declared,
    InChat,
    NormalisedMessage,
    Party,
    RawMessage,
    Role,
    Segment,
)
from intakebot.domain.places import find_address
from intakebot.errors import Unreadable

FORMAT = "intakebot-telegram-1"
_LONGEST_NAME = 200
_QUESTIONS = {
    Question.NAME.value: "What is your name?",
    Question.WHOSE.value: "Is this about your own home, or do you write for somebody else?",
    Question.WHOM.value: "What is the name of the person you write for?",
    Question.RELATION.value: "What are you to them?",
    Question.NEEDS.value: "Is there anything we should know when we write to you or ring you?",
    Question.PLACE.value: "What is your address, or how can we reach you?",
    Question.OUTCOME.value: "What would you like us to do to put it right?",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that came with an update. `content` is None where it could not be had; `why` then says so for staff."""

    ref: FileRef
    content: bytes | None = field(default=None, repr=False)
    why: str = ""


def write(
    update: Json,
    files: Sequence[Fetched],
    dialogue: Dialogue,
    answers: Question | None,
    *,
    about: str = "",
    answered: bool = False,
    needs: NeedsHeard = NO_NEEDS,
) -> bytes:
    """The document, as bytes: the same for the same values. `about` and `answered` are as `InChat` has them."""
    document = {
        "format": FORMAT,
        "update": update,
        "files": [_file(one) for one in files if one.content is not None],
        "notes": [one.why for one in files if one.content is None],
        "thread": dialogue.thread,
        "apart": dialogue.apart,
        "about": about,
        "answered": answered,
        "answers": answers.value if answers else "",
        "told": {
            "name": dialogue.name,
            "place": dialogue.place,
            "phone": dialogue.phone,
            "outcome": dialogue.outcome,
            "whose": dialogue.whose.value,
            "whom": dialogue.whom,
            "relation": dialogue.relation,
        },
        # Only of the message that told them: what staff have ended since must not come back with the next.
        "needs": {
            "needs": [need.value for need in needs.needs],
            "print_pt": needs.print_pt,
            "words": needs.words,
            "avoid": needs.avoid,
        },
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


def read(raw: RawMessage) -> NormalisedMessage:
    """The message in a document. Raises `Unreadable` for what is no document of ours."""
    try:
        document = json.loads(raw.content)
        if document["format"] != FORMAT:
            raise Unreadable("It is no message from Telegram as we keep them.")
        return _message(raw, document)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise Unreadable("It is no message from Telegram as we keep them.") from error


def _file(one: Fetched) -> dict[str, Any]:
    content = one.content or b""
    return {
        "filename": one.ref.filename,
        "content_type": one.ref.content_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode("ascii"),
    }


def _message(raw: RawMessage, document: dict[str, Any]) -> NormalisedMessage:
    seen = see(document["update"])
    if not seen.chat:
        raise Unreadable("It names no chat.")
    told = {key: str(value) for key, value in document["told"].items()}
    name = (told["name"] or seen.name)[:_LONGEST_NAME]
    thread = int(document["thread"])
    answers = _answers(seen)
    notes = [*map(str, document["notes"]), *(("An edit of an earlier message.",) if seen.edited else ())]
    return NormalisedMessage(
        channel=raw.channel,
        external_id=raw.external_id,
        received_at=raw.received_at,
        sender=Address(seen.key, name),
        segments=_segments(seen.words, seen.place, seen.phone, _QUESTIONS.get(document["answers"], ""), seen.forwarded),
        attachments=tuple(_attachment(one) for one in document["files"]),
        message_id=_message_id(seen.chat, seen.number) + (f"-edit-{seen.update_id}" if seen.edited else ""),
        in_reply_to=answers,
        references=(_message_id(seen.chat, thread),) if thread not in (0, seen.number) and not answers else (),
        envelope=raw.envelope,
        sent_at=seen.sent_at,
        notes=tuple(notes),
        declared=_declared(name, seen, told, document.get("needs", {})),
        chat=InChat(
            str(document.get("about", "")), bool(document.get("apart")), bool(document.get("answered")), seen.name
        ),
    )


def _declared(name: str, seen: Seen, told: Mapping[str, str], needs: Mapping[str, Any]) -> Declared:
    """What they said outright. Where they write for somebody else, the home is that person's, the phone their own."""
    chat, place = str(seen.chat), told["place"]
    declared = Declared(
        resident=Party(name=name, telegram=chat, phone=told["phone"], address=place),
        needs=tuple(Need(need) for need in needs.get("needs", ())),
        needs_note=str(needs.get("words", "")),
        print_pt=int(needs.get("print_pt", 0)),
        outcomes_sought=told["outcome"],
        # Who warns us in a chat has chosen the chat: a warning about something else does not silence it.
        prefers="telegram" if needs.get("avoid") else "",
        safe_contact=str(needs.get("avoid", "")),
    )
    if told.get("whose") != Whose.OTHERS:
        return declared
    writer = Party(name=name, telegram=chat, phone=told["phone"])
    resident = Party(name=told.get("whom", ""), address=place if find_address(place) else "")
    return replace(declared, resident=resident, representative=writer, relation=told.get("relation", ""))


def _answers(seen: Seen) -> tuple[str, ...]:
    """The message of their own that they change or answer."""
    if seen.edited:
        return (_message_id(seen.chat, seen.number),)
    return (_message_id(seen.chat, seen.replied),) if seen.replied and seen.replied_by == seen.chat else ()


def _segments(words: str, place: str, phone: str, question: str, forwarded: bool) -> tuple[Segment, ...]:
    """What we asked stands before the answer as a quote: it is not theirs, and a reader needs it all the same."""
    asked = (Segment(Role.QUOTED, f"{question}\n"),) if question else ()
    shared = [f"Place shared: {place}"] if place else []
    shared += [f"Phone number shared: {phone}"] if phone else []
    text = "\n".join([*((words,) if words else ()), *shared])
    return (*asked, Segment(Role.FORWARDED if forwarded else Role.NEW, text)) if text else asked


def _attachment(one: dict[str, Any]) -> Attachment:
    content = base64.b64decode(one["content"], validate=True)
    if hashlib.sha256(content).hexdigest() != one["sha256"]:
        raise Unreadable("A file in it is not the one that came.")
    return Attachment(str(one["filename"]), str(one["content_type"]), content)


def _message_id(chat: int, number: int) -> str:
    return f"telegram-{chat}-m{number}"
