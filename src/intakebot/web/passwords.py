"""Passwords: checked with argon2, off the event loop, few at a time because each takes much memory."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from intakebot.errors import StoreUnavailable

_AT_ONCE = 2
_MOST_WAITING = 20
_LONGEST = 1000


class Passwords:
    """Checks passwords. An account that does not exist costs the same time as a wrong password."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._decoy = self._hasher.hash(secrets.token_hex(16))
        self._threads = ThreadPoolExecutor(_AT_ONCE, "passwords")
        self._waiting = 0

    async def match(self, stored_hash: str, password: str) -> bool:
        """Whether the password belongs to the hash; never for "". Raises `StoreUnavailable` when too many wait."""
        if self._waiting >= _MOST_WAITING:
            raise StoreUnavailable("too many people are signing in at this moment")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            right = await loop.run_in_executor(self._threads, self._verify, stored_hash or self._decoy, password)
        finally:
            self._waiting -= 1
        return right and stored_hash != ""

    def _verify(self, stored_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored_hash, password[:_LONGEST])
        except (VerificationError, InvalidHashError):
            return False

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown()
