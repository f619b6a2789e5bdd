"""Tables of the doors: drafts of the web form, dialogues of chats, tokens of other software, representatives."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table, Text

from intakebot.store.columns import Moment, metadata, row_id

drafts = Table(
    "drafts",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("fields", JSON, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False, index=True),
    Column("sent_at", Moment),
)
"""A form that is being filled in. `key` is the SHA-256 of the secret in its private link, which is kept nowhere."""

draft_files = Table(
    "draft_files",
    metadata,
    row_id(),
    Column("draft_key", ForeignKey("drafts.key"), nullable=False, index=True),
    Column("filename", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
)

dialogues = Table(
    "dialogues",
    metadata,
    Column("channel", String(40), primary_key=True),
    Column("address_key", Text, primary_key=True),
    Column("state", JSON, nullable=False),
    Column("owed", JSON, nullable=False),
    Column("owes", Integer, nullable=False, index=True),
    Column("changed_at", Moment, nullable=False),
)
"""Where a chat stands: what it has been asked, and what it has said so far. `owed` are replies not yet sent."""

api_tokens = Table(
    "api_tokens",
    metadata,
    row_id(),
    Column("name", Text, nullable=False),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("scopes", String(40), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("revoked_at", Moment),
)
"""Other software that may hand messages in, or read cases. The token itself is shown once and kept nowhere.

`scopes` are words with a space between: write, read.
"""

representatives = Table(
    "representatives",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("fields", JSON, nullable=False),
)
"""Who acts for the resident of a case, in order. `fields` is all but the person."""
