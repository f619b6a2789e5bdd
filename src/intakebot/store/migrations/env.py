"""Run by Alembic: the steps run on the connection and in the transaction they are given."""

from __future__ import annotations

from alembic import context

from intakebot.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    user_module_prefix="",
)
context.run_migrations()
