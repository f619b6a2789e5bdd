"""Blobs: raw mail and attachments by the SHA-256 of their content, durable before any row names them.

In a folder beside an embedded database; in the database where many machines share one.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from intakebot.errors import StoreUnavailable
from intakebot.store import schema

if TYPE_CHECKING:
    from intakebot.store.engine import Store, Work


def digest(content: bytes) -> str:
    """The name of a blob."""
    return hashlib.sha256(content).hexdigest()


class Blobs(Protocol):
    """Where bytes are kept."""

    async def keep(self, contents: Sequence[bytes]) -> tuple[str, ...]:
        """Make the contents durable and return their names. Raises `StoreUnavailable`."""

    async def get(self, name: str) -> bytes:
        """The content of a blob. Raises `StoreUnavailable` if it cannot be read now."""

    def keep_now(self, content: bytes) -> str:
        """As `keep`, for one content, in this thread."""

    def get_now(self, name: str) -> bytes:
        """As `get`, in this thread."""


class FolderBlobs:
    """One file a blob, two levels of folders; written beside, synced, then given its name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads = ThreadPoolExecutor(8, "blobs")

    async def keep(self, contents: Sequence[bytes]) -> tuple[str, ...]:
        if not contents:
            return ()
        loop = asyncio.get_running_loop()
        kept = [loop.run_in_executor(self._threads, self.keep_now, content) for content in contents]
        return tuple(await asyncio.gather(*kept))

    async def get(self, name: str) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.get_now, name)

    def keep_now(self, content: bytes) -> str:
        name = digest(content)
        path = self._path(name)
        try:
            if path.exists():
                _sync_folder(path.parent)  # another thread may have named it without having synced yet
            else:
                self._write(path, content)
        except OSError as error:
            raise StoreUnavailable(f"the data folder cannot be written: {error.strerror}") from error
        return name

    def get_now(self, name: str) -> bytes:
        try:
            return self._path(name).read_bytes()
        except OSError as error:
            raise StoreUnavailable(f"a stored file cannot be read: {error.strerror}") from error

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name[2:]

    def _write(self, path: Path, content: bytes) -> None:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _sync_folder(self._folder)
        beside = path.with_name(f".{secrets.token_hex(8)}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            try:
                view = memoryview(content)
                while view:
                    view = view[os.write(descriptor, view) :]
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class DatabaseBlobs:
    """Blobs as rows of the shared database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, contents: Sequence[bytes]) -> tuple[str, ...]:
        if contents:
            await self._store.write(lambda work: _insert(work, contents))
        return tuple(digest(content) for content in contents)

    async def get(self, name: str) -> bytes:
        return _found(await self._store.read(lambda work: _select(work, name)))

    def keep_now(self, content: bytes) -> str:
        self._store.write_now(lambda work: _insert(work, [content]))
        return digest(content)

    def get_now(self, name: str) -> bytes:
        return _found(self._store.read_now(lambda work: _select(work, name)))


def _insert(work: Work, contents: Sequence[bytes]) -> None:
    rows = {digest(content): content for content in contents}
    dialect = postgresql.insert if work.connection.dialect.name == "postgresql" else sqlite.insert
    # In name order, so that two machines keeping the same blobs never wait for each other in a circle.
    for name in sorted(rows):
        work.connection.execute(dialect(schema.blobs).values(sha256=name, content=rows[name]).on_conflict_do_nothing())


def _select(work: Work, name: str) -> bytes | None:
    query = select(schema.blobs.c.content).where(schema.blobs.c.sha256 == name)
    return work.connection.execute(query).scalar()


def _found(content: bytes | None) -> bytes:
    if content is None:
        raise StoreUnavailable("a stored file is missing from the database")
    return content
