"""Instance: the few values that a whole installation remembers, each under a key."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from intakebot.store import schema


class Instance:
    """What this installation remembers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def value(self, key: str) -> str:
        """What is kept under a key, "" for nothing."""
        rows = schema.instance
        return self._connection.execute(select(rows.c.value).where(rows.c.key == key)).scalar() or ""

    def keep(self, key: str, value: str) -> None:
        """Keep a value in place of what was there."""
        rows = schema.instance
        self._connection.execute(delete(rows).where(rows.c.key == key))
        self._connection.execute(insert(rows).values(key=key, value=value))
