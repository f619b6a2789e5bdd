"""Attachments: the parts of a mail that are files, with safe names and honest types. Nothing is thrown away."""

from __future__ import annotations

from intakebot.channels.email.parts import MESSAGE_TYPES, Part
from intakebot.channels.files import safe_name, true_type
from intakebot.domain.message import Attachment


def part_name(part: Part) -> str:
    """The file name a part gives itself, "" for none (RFC 2183, else the old Content-Type name)."""
    return part.headers.parameter("content-disposition", "filename") or part.headers.parameter("content-type", "name")


def from_part(part: Part, number: int, *, subject: str = "") -> tuple[Attachment, str]:
    """The attachment a part is, and a note on what was wrong with its bytes ("" for nothing).

    `subject` names a forwarded message that has no file name of its own.
    """
    content, note = part.content()
    declared = "message/rfc822" if part.unopened and part.content_type.startswith("multipart/") else part.content_type
    name = part_name(part)
    if declared in MESSAGE_TYPES and not name.lower().endswith(".eml"):
        name = f"{(name or subject)[:140]}.eml" if name or subject else ""
    content_type = true_type(declared, name, content)
    content_id = part.headers.text("content-id").strip("<> ")[:998]
    return make(name, content_type, content, number, content_id, part.disposition != "attachment"), note


def make(
    name: str, content_type: str, content: bytes, number: int, content_id: str = "", may_be_inline: bool = False
) -> Attachment:
    """An attachment with a safe name. It is inline where the text shows it: a picture with a content id."""
    inline = may_be_inline and bool(content_id) and content_type.startswith("image/")
    return Attachment(safe_name(name, content_type, number), content_type, content, content_id, inline)
