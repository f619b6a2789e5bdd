"""Parties: several representatives of a case; what a chat is owed; what a token may do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""
    op.create_table(
        "representatives",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_representatives_case_id_cases")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_representatives_person_id_people")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_representatives")),
    )
    op.create_index(op.f("ix_representatives_person_id"), "representatives", ["person_id"])
    # Nothing has been kept in these two so far: the doors that use them come with this step.
    with op.batch_alter_table("dialogues") as dialogues:
        dialogues.add_column(sa.Column("owed", sa.JSON(), nullable=False))
        dialogues.add_column(sa.Column("owes", sa.Integer(), nullable=False))
    op.create_index("ix_dialogues_owes", "dialogues", ["owes"])
    with op.batch_alter_table("api_tokens") as tokens:
        tokens.add_column(sa.Column("scopes", sa.String(40), nullable=False))
