"""The document of a sent form: one JSON text in UTF-8, files and all, that says everything the form was told.

It is the raw message that is kept; `written` and `opened` are each other's opposite.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from intakebot.domain.labels import Need
from intakebot.domain.message import Attachment, Declared, Party
from intakebot.errors import Unreadable

FORMAT = "intakebot web form 1"


@dataclass(frozen=True, slots=True)
class SentForm:
    """What somebody sent by a page of ours. `text` is what happened, in their words.

    `about` are signed addresses of ours that tie it to a case, where the page was a case's own. `notes` are
    sentences of ours for staff.
    """

    declared: Declared
    text: str = field(repr=False)
    files: tuple[Attachment, ...] = ()
    about: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def written(form: SentForm) -> bytes:
    """The document. The same form gives the same bytes."""
    declared = asdict(form.declared)
    declared["needs"] = [need.value for need in form.declared.needs]
    files = [
        {
            "filename": file.filename,
            "content_type": file.content_type,
            "size": len(file.content),
            "sha256": hashlib.sha256(file.content).hexdigest(),
            "base64": base64.b64encode(file.content).decode(),
        }
        for file in form.files
    ]
    value = {
        "format": FORMAT,
        "text": form.text,
        "declared": declared,
        "about": list(form.about),
        "notes": list(form.notes),
        "files": files,
    }
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode()


def opened(content: bytes) -> SentForm:
    """The form again. Raises `Unreadable` for what is no such document, or whose files are not what they should be."""
    try:
        value = json.loads(content)
        if value["format"] != FORMAT:
            raise Unreadable("It is in a format of the web form that this version does not know.")
        return SentForm(
            _declared(value["declared"]),
            str(value["text"]),
            tuple(_file(one) for one in value["files"]),
            tuple(str(one) for one in value["about"]),
            tuple(str(one) for one in value["notes"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise Unreadable("It is not a form of ours, or a part of it is missing.") from error


def _declared(value: dict[str, Any]) -> Declared:
    representative = value["representative"]
    return Declared(
        resident=_party(value["resident"]),
        representative=_party(representative) if representative else None,
        relation=str(value["relation"]),
        needs=tuple(Need(one) for one in value["needs"]),
        needs_note=str(value["needs_note"]),
        print_pt=int(value["print_pt"]),
        outcomes_sought=str(value["outcomes_sought"]),
        prefers=str(value["prefers"]),
        safe_contact=str(value["safe_contact"]),
    )


def _party(value: dict[str, str]) -> Party:
    return Party(
        **{name: str(value.get(name, "")) for name in ("name", "email", "phone", "telegram", "address", "tenure")}
    )


def _file(value: dict[str, Any]) -> Attachment:
    try:
        content = base64.b64decode(value["base64"], validate=True)
    except binascii.Error as error:
        raise Unreadable("A file in it is damaged.") from error
    if hashlib.sha256(content).hexdigest() != value["sha256"]:
        raise Unreadable("A file in it is damaged.")
    return Attachment(str(value["filename"]), str(value["content_type"]), content)
