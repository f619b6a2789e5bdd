"""Outbound messages to and from the JSON the outbox keeps them in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from intakebot.domain.message import Address, OutboundMessage, Purpose


def to_json(message: OutboundMessage) -> dict[str, Any]:
    """A JSON value that `from_json` turns back into an equal message."""
    return {
        "channel": message.channel,
        "purpose": message.purpose.value,
        "message_id": message.message_id,
        "to": [[a.email, a.name] for a in message.to],
        "cc": [[a.email, a.name] for a in message.cc],
        "reply_to": [message.reply_to.email, message.reply_to.name] if message.reply_to else None,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "written_at": message.written_at.isoformat(),
        "in_reply_to": message.in_reply_to,
        "references": list(message.references),
        "auto_submitted": message.auto_submitted,
    }


def from_json(value: dict[str, Any]) -> OutboundMessage:
    """The message again."""
    reply_to = value["reply_to"]
    return OutboundMessage(
        channel=value["channel"],
        purpose=Purpose(value["purpose"]),
        message_id=value["message_id"],
        to=tuple(Address(*pair) for pair in value["to"]),
        cc=tuple(Address(*pair) for pair in value["cc"]),
        reply_to=Address(*reply_to) if reply_to else None,
        subject=value["subject"],
        text=value["text"],
        html=value["html"],
        written_at=datetime.fromisoformat(value["written_at"]),
        in_reply_to=value["in_reply_to"],
        references=tuple(value["references"]),
        auto_submitted=value["auto_submitted"],
    )
