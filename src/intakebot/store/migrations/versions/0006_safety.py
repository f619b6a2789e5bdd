"""Safety: rules that name an address are found by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""
    rules = sa.text("type = 'safety_rules'")
    op.create_index(
        "ix_person_records_safety", "person_records", ["person_id"], sqlite_where=rules, postgresql_where=rules
    )
