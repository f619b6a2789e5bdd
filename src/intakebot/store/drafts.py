"""Drafts of the web form: kept under the SHA-256 of the secret in their private link, until sent or long unsent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Text, cast, delete, exists, insert, or_, select, update

from intakebot.store.door_schema import draft_files, drafts

KEPT = timedelta(days=90)
"""How long a draft that nobody changes or sends is kept."""
EMPTY_KEPT = timedelta(days=1)
"""How long one is kept into which nothing was written."""


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file of a draft; its bytes are a blob. `size` is in bytes."""

    filename: str
    content_type: str
    size: int
    sha256: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that is being filled in, or that was sent. `fields` are the answers as they were typed, right or wrong."""

    key: str
    fields: Mapping[str, str] = field(repr=False)
    files: tuple[DraftFile, ...]
    begun_at: datetime
    changed_at: datetime
    sent_at: datetime | None


class Drafts:
    """Drafts by key. Nothing here knows a private link."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, key: str, now: datetime, answers: Mapping[str, str] | None = None) -> None:
        """Begin a draft, empty or with answers of ours."""
        self._connection.execute(
            insert(drafts).values(key=key, fields=dict(answers or {}), begun_at=now, changed_at=now)
        )

    def get(self, key: str) -> Draft | None:
        """The draft with its files in the order they came; None where there is none."""
        row = self._connection.execute(select(drafts).where(drafts.c.key == key)).first()
        return self._draft(row) if row else None

    def change(self, key: str, answers: Mapping[str, str], now: datetime) -> Draft | None:
        """Put answers beside those already given, or in their place. One that was sent stays as it is.

        None where there is no such draft.
        """
        row = self._locked(key)
        if row is None:
            return None
        if row.sent_at is None:
            kept = {**row.fields, **answers}
            self._connection.execute(update(drafts).where(drafts.c.key == key).values(fields=kept, changed_at=now))
        return self.get(key)

    def add_file(self, key: str, file: DraftFile, most: int, most_bytes: int, now: datetime) -> bool:
        """Add a file unless there would be more than `most`, or than `most_bytes` together. Says whether it is there.

        The same content under the same name is the same file. One that was sent takes no more.
        """
        row = self._locked(key)
        if row is None or row.sent_at is not None:
            return False
        there = self._files(key)
        if any((f.sha256, f.filename) == (file.sha256, file.filename) for f in there):
            return True
        if len(there) >= most or sum(f.size for f in there) + file.size > most_bytes:
            return False
        values = {"filename": file.filename, "content_type": file.content_type, "size": file.size}
        self._connection.execute(insert(draft_files).values(draft_key=key, sha256=file.sha256, **values))
        self._connection.execute(update(drafts).where(drafts.c.key == key).values(changed_at=now))
        return True

    def remove_file(self, key: str, file_id: int, now: datetime) -> None:
        """Take a file out of a draft that was not sent. One that is not there is no error."""
        row = self._locked(key)
        if row is not None and row.sent_at is None:
            mine = (draft_files.c.draft_key == key, draft_files.c.id == file_id)
            self._connection.execute(delete(draft_files).where(*mine))
            self._connection.execute(update(drafts).where(drafts.c.key == key).values(changed_at=now))

    def mark_sent(self, handed_in: Draft, now: datetime) -> bool:
        """Its message is durable: from now on it cannot be changed. The first time counts.

        False, and it can be changed still, where it is not what was handed in any more: another tab saved meanwhile.
        """
        row = self._locked(handed_in.key)
        if row is None or row.sent_at is not None:
            return True
        if dict(row.fields) != dict(handed_in.fields) or self._files(row.key) != tuple(handed_in.files):
            return False
        self._connection.execute(update(drafts).where(drafts.c.key == row.key).values(sent_at=now))
        return True

    def purge(self, now: datetime) -> int:
        """Forget drafts unsent for `KEPT` (empty ones for `EMPTY_KEPT`) and the answers of those sent that long ago.

        Returns how many were forgotten. A draft that was sent keeps its key, so that its link still leads to the case.
        Blobs stay: other rows may name them.
        """
        has_file = exists().where(draft_files.c.draft_key == drafts.c.key)
        empty = cast(drafts.c.fields, Text) == "{}"
        stale = or_(
            drafts.c.changed_at < now - KEPT,
            (drafts.c.changed_at < now - EMPTY_KEPT) & empty & ~has_file,
        )
        unsent = select(drafts.c.key).where(drafts.c.sent_at.is_(None), stale)
        old = select(drafts.c.key).where(drafts.c.sent_at < now - KEPT)
        for keys in (unsent, old):
            self._connection.execute(delete(draft_files).where(draft_files.c.draft_key.in_(keys)))
        self._connection.execute(update(drafts).where(drafts.c.sent_at < now - KEPT).values(fields={}))
        return int(self._connection.execute(delete(drafts).where(drafts.c.key.in_(unsent))).rowcount)

    def _locked(self, key: str) -> Any:
        """The row, held until the transaction ends: two tabs may save at once. SQLite's writers take turns anyway."""
        return self._connection.execute(select(drafts).where(drafts.c.key == key).with_for_update()).first()

    def _files(self, key: str) -> tuple[DraftFile, ...]:
        query = select(draft_files).where(draft_files.c.draft_key == key).order_by(draft_files.c.id)
        return tuple(
            DraftFile(row.filename, row.content_type, row.size, row.sha256, row.id)
            for row in self._connection.execute(query)
        )

    def _draft(self, row: Any) -> Draft:
        return Draft(row.key, dict(row.fields), self._files(row.key), row.begun_at, row.changed_at, row.sent_at)
