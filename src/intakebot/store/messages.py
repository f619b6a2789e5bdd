"""Messages in the store: as read, with their attachments, on a case or waiting for a person to say which."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, insert, select

from intakebot.domain.matching import subject_key
from intakebot.domain.message import NormalisedMessage
from intakebot.store import schema
from intakebot.store.prepared import Prepared

LONGEST_ID = 500
"""Longer Message-IDs are cut: a database index takes no more, and nobody means them."""
_LATEST = 20


class Messages:
    """Messages as read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        message: NormalisedMessage,
        inbox_id: int,
        fingerprint: str,
        case_id: int | None,
        attachment_blobs: Sequence[str],
    ) -> int:
        """Keep a message; `attachment_blobs` name its attachments' contents, in order."""
        sender = message.sender
        values = {
            "inbox_id": inbox_id,
            "case_id": case_id,
            "channel": message.channel,
            "fingerprint": fingerprint,
            "message_id": message.message_id[:LONGEST_ID],
            "sender_name": sender.name if sender else "",
            "sender_email": sender.email if sender else "",
            "sender_key": sender.key if sender else "",
            "recipients": [[a.email, a.name] for a in message.recipients],
            "subject": message.subject,
            "subject_key": subject_key(message.subject),
            "segments": [[s.role.value, s.text] for s in message.segments],
            "references": [*message.in_reply_to, *message.references],
            "received_at": message.received_at,
            "sent_at": message.sent_at,
            "automatic": message.automatic.value if message.automatic else "",
            "automatic_reason": message.automatic_reason,
            "spf": message.authentication.spf,
            "dkim": message.authentication.dkim,
            "dmarc": message.authentication.dmarc,
            "notes": list(message.notes),
        }
        message_row: int = _INSERT.scalar(self._connection, values)
        attachments = [
            {
                "message_id": message_row,
                "filename": a.filename,
                "content_type": a.content_type,
                "size": len(a.content),
                "sha256": blob,
                "inline": a.inline,
            }
            for a, blob in zip(message.attachments, attachment_blobs, strict=True)
        ]
        _INSERT_ATTACHMENT.each(self._connection, attachments)
        return message_row

    def known(self, fingerprint: str) -> tuple[int, int | None] | None:
        """The inbox row and case of the message with this fingerprint, if we have it."""
        rows = _KNOWN.all(self._connection, {"fingerprint": fingerprint})
        return (rows[0].inbox_id, rows[0].case_id) if rows else None

    def latest_from(self, case_id: int, sender_key: str) -> str:
        """The Message-ID of this sender's newest message on a case, "" where there is none."""
        rows = schema.messages
        mine = (rows.c.case_id == case_id, rows.c.sender_key == sender_key, rows.c.automatic == "")
        query = select(rows.c.message_id).where(*mine).order_by(rows.c.id.desc()).limit(1)
        return self._connection.execute(query).scalar() or ""

    def may_be_forged(self, case_id: int, sender_key: str) -> bool:
        """Whether our relay said of a message of this sender on a case that its From is not genuine (DMARC)."""
        rows = schema.messages
        forged = (rows.c.case_id == case_id, rows.c.sender_key == sender_key, rows.c.dmarc == "fail")
        return self._connection.execute(select(rows.c.id).where(*forged).limit(1)).first() is not None

    def case_going_on_from(self, message_id: str, sender_key: str) -> int | None:
        """The case with a later message of this sender that goes on from this one, which itself is on none yet."""
        rows = schema.messages
        mine = (rows.c.sender_key == sender_key, rows.c.case_id.is_not(None))
        query = select(rows.c.case_id, rows.c.references).where(*mine).order_by(rows.c.id.desc()).limit(_LATEST)
        found = self._connection.execute(query)
        return next((int(row.case_id) for row in found if message_id in row.references), None)

    def only_sender(self, case_id: int) -> str:
        """The key of the one address that every message of a case came from; "" where there are none, or several."""
        rows = schema.messages
        query = select(rows.c.sender_key).where(rows.c.case_id == case_id, rows.c.automatic == "").distinct().limit(2)
        found = self._connection.execute(query).scalars().all()
        return found[0] if len(found) == 1 else ""

    def forget_reading(self, inbox_id: int) -> None:
        """Remove what was read of an inbox row that is to be read again; the original stays."""
        rows = schema.messages
        row_id = self._connection.execute(select(rows.c.id).where(rows.c.inbox_id == inbox_id)).scalar()
        if row_id is not None:
            files = schema.attachments
            self._connection.execute(files.delete().where(files.c.message_id == row_id))
            self._connection.execute(rows.delete().where(rows.c.id == row_id))
        self._connection.execute(schema.candidates.delete().where(schema.candidates.c.inbox_id == inbox_id))

    def suggest_cases(self, inbox_id: int, case_ids: Sequence[int]) -> None:
        """Note the cases a parked message may belong to, for the person who decides."""
        if case_ids:
            self._connection.execute(
                insert(schema.candidates), [{"inbox_id": inbox_id, "case_id": i} for i in case_ids]
            )


_INSERT = Prepared(insert(schema.messages).returning(schema.messages.c.id))
_INSERT_ATTACHMENT = Prepared(insert(schema.attachments))
_KNOWN = Prepared(
    select(schema.messages.c.inbox_id, schema.messages.c.case_id).where(
        schema.messages.c.fingerprint == bindparam("fingerprint")
    )
)
