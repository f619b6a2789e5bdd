"""Stages and records: each stage a row of its own, hazards and the Code's other records beside the case."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from intakebot.domain.working_days import local_date
from intakebot.store.schema import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MANY = 1000


def upgrade() -> None:
    """One step forward."""
    _make_tables()
    for column in ("extended_to", "issue_on", "aware_on"):
        op.add_column("cases", sa.Column(column, sa.Date(), nullable=True))
    op.add_column("cases", sa.Column("affects", sa.String(10), nullable=False, server_default="individual"))
    op.add_column("cases", sa.Column("ombudsman", sa.String(10), nullable=False, server_default="HOS"))
    op.add_column("cases", sa.Column("contractor", sa.Text(), nullable=False, server_default=""))
    _move_stages_and_hazards()
    # Not through a copy of the table, which on SQLite would drop what other tables refer to.
    op.execute("ALTER TABLE cases DROP COLUMN hazard_ended_at")
    op.execute("ALTER TABLE inbox DROP COLUMN accepted_at")
    op.execute("ALTER TABLE messages DROP COLUMN answer_to")


def _move_stages_and_hazards() -> None:
    """What stood in columns of the case becomes its first stage, and its hazard a record."""
    connection = op.get_bind()
    cases, stages, records = (_reflected(name) for name in ("cases", "stages", "case_records"))
    waiting = connection.execute(sa.select(cases).order_by(cases.c.id)).mappings()
    while found := waiting.fetchmany(_MANY):
        complaints = [_stage(row) for row in found if row["ack_due"] is not None]
        hazards = [_hazard(row) for row in found if row["hazard_level"]]
        if complaints:
            connection.execute(sa.insert(stages), complaints)
        if hazards:
            connection.execute(sa.insert(records), hazards)


def _stage(row: Any) -> dict[str, Any]:
    kept = ("received_at", "acknowledged_at", "responded_at", "ack_due", "response_due", "extended_due", "backstop")
    return {name: row[name] for name in kept} | {
        "case_id": row["id"],
        "number": row["stage"],
        "deemed_received": local_date(row["received_at"]),
        "outcome": row["outcome"],
        "points": [],
        "extensions": [],
        **dict.fromkeys(("definition", "outcomes_sought", "responsible_for", "not_responsible_for"), ""),
        **dict.fromkeys(("contributors", "decision", "reasons"), ""),
    }


def _hazard(row: Any) -> dict[str, Any]:
    ended = row["hazard_ended_at"]
    fields = {
        "level": row["hazard_level"],
        "aware_at": row["hazard_aware_at"].isoformat(),
        "due_at": row["hazard_due_at"].isoformat(),
        "raised_by": "intakebot",
    }
    if ended is not None:
        fields |= {"status": "cleared", "cleared_at": ended.isoformat()}
    return {"case_id": row["id"], "type": "hazards", "number": 1, "fields": fields}


def _reflected(name: str) -> sa.Table:
    """A table as it is at this step, whatever the schema says today; moments read and written as such."""
    table = sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())
    for column in table.c:
        if column.name.endswith("_at"):
            column.type = Moment()
        elif column.name in ("points", "extensions", "fields", "kind_evidence"):
            column.type = sa.JSON()
    return table


def _make_tables() -> None:
    op.create_table(
        "person_records",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_person_records_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", "type", "number", name=op.f("pk_person_records")),
    )
    op.create_table(
        "case_records",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_records_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", "type", "number", name=op.f("pk_case_records")),
    )
    with op.batch_alter_table("case_records", schema=None) as batch_op:
        batch_op.create_index("ix_case_records_type", ["type", "case_id"], unique=False)

    op.create_table(
        "stages",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("received_at", Moment(timezone=True), nullable=False),
        sa.Column("acknowledged_at", Moment(timezone=True), nullable=True),
        sa.Column("responded_at", Moment(timezone=True), nullable=True),
        sa.Column("ended_at", Moment(timezone=True), nullable=True),
        sa.Column("deemed_received", sa.Date(), nullable=False),
        sa.Column("ack_due", sa.Date(), nullable=False),
        sa.Column("response_due", sa.Date(), nullable=False),
        sa.Column("extended_due", sa.Date(), nullable=False),
        sa.Column("backstop", sa.Date(), nullable=False),
        sa.Column("extended_to", sa.Date(), nullable=True),
        sa.Column("valid_extension", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=30), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("outcomes_sought", sa.Text(), nullable=False),
        sa.Column("responsible_for", sa.Text(), nullable=False),
        sa.Column("not_responsible_for", sa.Text(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("extensions", sa.JSON(), nullable=False),
        sa.Column("update_days", sa.Integer(), nullable=True),
        sa.Column("next_update_on", sa.Date(), nullable=True),
        sa.Column("contributors", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.CheckConstraint("number IN (1, 2)", name=op.f("ck_stages_two_stages")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_stages_case_id_cases")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_stages_decided_by_staff")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_stages")),
    )
    with op.batch_alter_table("stages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stages_received_at"), ["received_at"], unique=False)
