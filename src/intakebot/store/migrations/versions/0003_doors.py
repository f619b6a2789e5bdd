"""Doors: drafts of the web form, dialogues of chats, tokens of other software."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from intakebot.domain.phones import phone_key
from intakebot.store.columns import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""
    op.add_column("people", sa.Column("phone_key", sa.Text(), nullable=False, server_default=""))
    _key_phones()
    for column in ("phone_key", "telegram"):
        given = sa.text(f"{column} <> ''")
        op.create_index(f"ix_people_{column}", "people", [column], sqlite_where=given, postgresql_where=given)
    op.create_table(
        "drafts",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("begun_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_drafts")),
    )
    op.create_index("ix_drafts_changed_at", "drafts", ["changed_at"])
    op.create_table(
        "draft_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_key", sa.String(64), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["draft_key"], ["drafts.key"], name=op.f("fk_draft_files_draft_key_drafts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_files")),
    )
    op.create_index("ix_draft_files_draft_key", "draft_files", ["draft_key"])
    op.create_table(
        "dialogues",
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "address_key", name=op.f("pk_dialogues")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("sha256", name=op.f("uq_api_tokens_sha256")),
    )


def _key_phones() -> None:
    """People known already are found by the phone they gave."""
    people = sa.table("people", sa.column("id"), sa.column("phone"), sa.column("phone_key"))
    connection = op.get_bind()
    held = connection.execute(sa.select(people.c.id, people.c.phone).where(people.c.phone != "")).all()
    for person_id, phone in held:
        connection.execute(sa.update(people).where(people.c.id == person_id).values(phone_key=phone_key(phone)))
