"""Migrations: an empty database gets today's schema at once; an older one is brought up step by step."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from intakebot.errors import BadInput, StoreUnavailable
from intakebot.store.schema import metadata

HEAD = "0006"
"""The newest step; a test holds it to the files in `versions/`."""


def current(connection: Connection) -> str:
    """The step a database is at; "" for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def prepare(engine: Engine) -> None:
    """Make a database ready to serve: create it if empty, bring an embedded one up to date.

    Raises `BadInput` where a shared database is behind: other machines may still be running the older version,
    so a person decides when.
    """
    with engine.connect() as connection, connection.begin():
        _one_at_a_time(connection)
        step = current(connection)
        if step == HEAD:
            return
        if step == "":
            _create(connection)
            return
    if engine.dialect.name != "sqlite":
        raise BadInput(f"the database is at step {step}, this version needs {HEAD}; run `intakebot db upgrade`")
    upgrade(engine)


def upgrade(engine: Engine) -> tuple[str, str]:
    """Bring a database up to date, in one transaction. Returns the step before and after.

    Raises `StoreUnavailable` where the database cannot be used.
    """
    try:
        return _upgrade(engine)
    except SQLAlchemyError as error:
        what = type(error.orig).__name__ if isinstance(error, DBAPIError) and error.orig else type(error).__name__
        raise StoreUnavailable(f"the database cannot be upgraded ({what}); is it running, and is it ours?") from error


def _upgrade(engine: Engine) -> tuple[str, str]:
    # Alembic takes over a second to import; only an upgrade needs it.
    from alembic import command
    from alembic.config import Config

    with engine.connect() as connection, connection.begin():
        _one_at_a_time(connection)
        before = current(connection)
        if before == "":
            _create(connection)
        elif before != HEAD:
            config = Config()
            config.set_main_option("script_location", "intakebot.store:migrations")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    return before, HEAD


def _create(connection: Connection) -> None:
    metadata.create_all(connection)
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": HEAD})


def _one_at_a_time(connection: Connection) -> None:
    """Two machines starting at once must not both create the tables. SQLite's transactions see to that alone."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(4827316099)"))
