"""Fewer indexes in the queue's order: each of them moved with every due date."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""
    for name in ("queue", "officer_queue", "kind_queue", "review_queue"):
        op.drop_index(f"ix_cases_{name}", "cases")
    is_open = sa.text("open")
    queue: list[str | sa.TextClause] = [sa.text("danger DESC"), "next_due_at", "id", "kind", "needs_review"]
    op.create_index("ix_cases_queue", "cases", queue, sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("ix_cases_officer", "cases", ["officer_id"], sqlite_where=is_open, postgresql_where=is_open)
