"""All tables on one page, those of the doors in `door_schema`. Times are aware UTC; due dates Europe/London dates.

Rows of `inbox` and `outbox` share one life: waiting → done, or parked for a person. While a worker holds a row,
`run_at` is when its lease ends; a row nobody finishes by then is simply due again.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from intakebot.store.columns import Moment, metadata, queue_columns, row_id
from intakebot.store.door_schema import api_tokens, dialogues, draft_files, drafts, representatives

__all__ = ["Moment", "api_tokens", "dialogues", "draft_files", "drafts", "metadata", "representatives"]

instance = Table(
    "instance",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    row_id(),
    Column("channel", String(40), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("envelope", JSON, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("outcome", String(20), nullable=False, default=""),
    Column("directive", String(20), nullable=False, default=""),
    Column("directed_by", Text, nullable=False, default=""),
    Column("reference", String(20), nullable=False, default=""),
    Column("answered", Boolean, nullable=False, default=False),
    *queue_columns(),
    UniqueConstraint("channel", "external_id"),
)
Index(
    "ix_inbox_waiting",
    inbox.c.run_at,
    sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'"),
)
Index("ix_inbox_outcome", inbox.c.outcome, inbox.c.id)

people = Table(
    "people",
    metadata,
    row_id(),
    Column("name", Text, nullable=False, default=""),
    Column("email", Text, nullable=False, default=""),
    Column("email_key", Text, nullable=False, default=""),
    Column("phone", Text, nullable=False, default=""),
    Column("phone_key", Text, nullable=False, default="", server_default=""),
    Column("telegram", Text, nullable=False, default=""),
    Column("address", Text, nullable=False, default=""),
    Column("tenure", String(20), nullable=False, default=""),
    Column("email_failure", Text, nullable=False, default=""),
)
Index("ix_people_email_key", people.c.email_key)
for _way in (people.c.phone_key, people.c.telegram):
    _given = text(f"{_way.name} <> ''")
    Index(f"ix_people_{_way.name}", _way, sqlite_where=_given, postgresql_where=_given)

staff = Table(
    "staff",
    metadata,
    row_id(),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("team", String(40), nullable=False, default=""),
    Column("patches", JSON, nullable=False, default=list),
    Column("capacity", Integer, nullable=False, default=30),
    Column("active", Boolean, nullable=False, default=True),
    Column("password_hash", Text, nullable=False, default=""),
)

absences = Table(
    "absences",
    metadata,
    row_id(),
    Column("staff_id", ForeignKey("staff.id"), nullable=False, index=True),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    row_id(),
    Column("email_sha256", String(64), nullable=False, index=True),
    Column("at", Moment, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    row_id(),
    Column("reference", String(20), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("kind_score", Float, nullable=False, default=0.0),
    Column("kind_evidence", JSON, nullable=False, default=list),
    Column("status", String(20), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("stage", Integer, nullable=False, default=1),
    Column("channel", String(40), nullable=False),
    Column("subject", Text, nullable=False, default=""),
    Column("opened_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("acknowledged_at", Moment),
    Column("responded_at", Moment),
    Column("ack_due", Date),
    Column("response_due", Date),
    Column("extended_due", Date),
    Column("backstop", Date),
    Column("extended_to", Date),
    Column("outcome", String(30), nullable=False, default=""),
    Column("affects", String(10), nullable=False, default="individual"),
    Column("ombudsman", String(10), nullable=False, default="HOS"),
    Column("issue_on", Date),
    Column("aware_on", Date),
    Column("contractor", Text, nullable=False, default=""),
    Column("resident_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("representative_id", ForeignKey("people.id"), index=True),
    Column("raised_from", ForeignKey("cases.id"), index=True),
    Column("relation", Text, nullable=False, default=""),
    Column("authority", String(20), nullable=False, default=""),
    Column("language", String(3), nullable=False, default="en"),
    Column("needs_review", Boolean, nullable=False, default=False),
    Column("review_reason", Text, nullable=False, default=""),
    Column("primary_category", String(30), nullable=False, default=""),
    Column("officer_id", ForeignKey("staff.id")),
    Column("team", String(40), nullable=False, default=""),
    Column("patch", String(40), nullable=False, default=""),
    Column("routing_reason", Text, nullable=False, default=""),
    Column("hazard_level", String(20), nullable=False, default=""),
    Column("hazard_aware_at", Moment),
    Column("hazard_due_at", Moment),
    Column("unread", Integer, nullable=False, default=0),
    Column("danger", Integer, nullable=False, default=0),
    Column("next_due_at", Moment, nullable=False),
)
_OPEN = text("open")
IS_OPEN = text("cases.open")
"""Open cases, said as the partial indexes say it: SQLAlchemy's own `open = 1` would match none of them on SQLite."""
# Few indexes hold next_due_at: a changed calendar moves it on every open case, and each of them with it. The kind and
# whether to check stand behind the place in the queue, so that a page looks for rare ones in the index alone; one
# officer's cases are few enough to be sorted.
Index(
    "ix_cases_queue",
    cases.c.danger.desc(),
    cases.c.next_due_at,
    cases.c.id,
    cases.c.kind,
    cases.c.needs_review,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
Index(
    "ix_cases_team_queue",
    cases.c.team,
    cases.c.danger.desc(),
    cases.c.next_due_at,
    cases.c.id,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
Index("ix_cases_officer", cases.c.officer_id, sqlite_where=_OPEN, postgresql_where=_OPEN)

stages = Table(
    "stages",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("number", Integer, CheckConstraint("number IN (1, 2)", name="two_stages"), primary_key=True),
    Column("received_at", Moment, nullable=False, index=True),
    Column("acknowledged_at", Moment),
    Column("responded_at", Moment),
    Column("ended_at", Moment),
    Column("deemed_received", Date, nullable=False),
    Column("ack_due", Date, nullable=False),
    Column("response_due", Date, nullable=False),
    Column("extended_due", Date, nullable=False),
    Column("backstop", Date, nullable=False),
    Column("extended_to", Date),
    Column("valid_extension", Date),
    Column("outcome", String(30), nullable=False, default=""),
    Column("decided_by", ForeignKey("staff.id")),
    Column("definition", Text, nullable=False, default=""),
    Column("outcomes_sought", Text, nullable=False, default=""),
    Column("responsible_for", Text, nullable=False, default=""),
    Column("not_responsible_for", Text, nullable=False, default=""),
    Column("points", JSON, nullable=False, default=list),
    Column("extensions", JSON, nullable=False, default=list),
    Column("update_days", Integer),
    Column("next_update_on", Date),
    Column("contributors", Text, nullable=False, default=""),
    Column("decision", Text, nullable=False, default=""),
    Column("reasons", Text, nullable=False, default=""),
)


def _records(name: str, owner_id: str, owner: str) -> Table:
    """Records of one sort of owner: each its type, its number in that type, and its fields."""
    return Table(
        name,
        metadata,
        Column(owner_id, ForeignKey(owner), primary_key=True),
        Column("type", String(20), primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("fields", JSON, nullable=False),
    )


case_records = _records("case_records", "case_id", "cases.id")
Index("ix_case_records_type", case_records.c.type, case_records.c.case_id)
person_records = _records("person_records", "person_id", "people.id")
_SAFETY = text("type = 'safety_rules'")
Index("ix_person_records_safety", person_records.c.person_id, sqlite_where=_SAFETY, postgresql_where=_SAFETY)

tags = Table(
    "tags",
    metadata,
    row_id(),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("type", String(10), nullable=False),
    Column("label", String(30), nullable=False),
    Column("score", Float, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("source", Text, nullable=False, default=""),
    Column("position", Integer, nullable=False),
)
Index("ix_tags_label", tags.c.label, tags.c.case_id)

events = Table(
    "events",
    metadata,
    row_id(),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("type", String(30), nullable=False),
    Column("summary", Text, nullable=False),
)

clocks = Table(
    "clocks",
    metadata,
    row_id(),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("name", String(30), nullable=False),
    Column("clause", String(20), nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("due_on", Date),
    Column("met_at", Moment),
    Column("steps_done", Integer, nullable=False, default=0),
    Column("next_step_at", Moment),
    UniqueConstraint("case_id", "name"),
)
Index(
    "ix_clocks_next_step",
    clocks.c.next_step_at,
    sqlite_where=text("met_at IS NULL"),
    postgresql_where=text("met_at IS NULL"),
)

messages = Table(
    "messages",
    metadata,
    row_id(),
    Column("inbox_id", ForeignKey("inbox.id"), nullable=False, unique=True),
    Column("case_id", ForeignKey("cases.id"), index=True),
    Column("channel", String(40), nullable=False),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("message_id", Text, nullable=False, default="", index=True),
    Column("sender_name", Text, nullable=False, default=""),
    Column("sender_email", Text, nullable=False, default=""),
    Column("sender_key", Text, nullable=False, default="", index=True),
    Column("recipients", JSON, nullable=False, default=list),
    Column("subject", Text, nullable=False, default=""),
    Column("subject_key", Text, nullable=False, default=""),
    Column("segments", JSON, nullable=False, default=list),
    Column("references", JSON, nullable=False, default=list),
    Column("received_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("automatic", String(20), nullable=False, default=""),
    Column("automatic_reason", Text, nullable=False, default=""),
    Column("spf", String(20), nullable=False, default=""),
    Column("dkim", String(20), nullable=False, default=""),
    Column("dmarc", String(20), nullable=False, default=""),
    Column("notes", JSON, nullable=False, default=list),
)

attachments = Table(
    "attachments",
    metadata,
    row_id(),
    Column("message_id", ForeignKey("messages.id"), nullable=False, index=True),
    Column("filename", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("inline", Boolean, nullable=False, default=False),
)

outbox = Table(
    "outbox",
    metadata,
    row_id(),
    Column("case_id", ForeignKey("cases.id"), index=True),
    Column("channel", String(40), nullable=False),
    Column("purpose", String(30), nullable=False),
    Column("message_id", Text, nullable=False, unique=True),
    Column("recipient_key", Text, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("message", JSON, nullable=False),
    Column("receipt", Text, nullable=False, default=""),
    *queue_columns(),
)
Index(
    "ix_outbox_waiting",
    outbox.c.run_at,
    sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'"),
)
Index("ix_outbox_recipient", outbox.c.recipient_key, outbox.c.created_at)
Index("ix_outbox_state", outbox.c.state, outbox.c.id)

candidates = Table(
    "candidates",
    metadata,
    row_id(),
    Column("inbox_id", ForeignKey("inbox.id"), nullable=False, index=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
)
