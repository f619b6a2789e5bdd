"""Password checks for sign-in: off the event loop, few at a time for their memory, no account told from another."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from intakebot.errors import StoreUnavailable
from intakebot.passwords import hash_password, is_password

_AT_ONCE = 2
_MOST_WAITING = 20
_LONGEST = 1000


class Passwords:
    """Checks passwords. An account that does not exist costs the same time as a wrong password."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, "passwords")
        self._decoy = self._threads.submit(hash_password, secrets.token_hex(16))  # made while the service starts
        self._waiting = 0

    async def match(self, stored_hash: str, password: str) -> bool:
        """Whether the password belongs to the hash; never for "". Raises `StoreUnavailable` when too many wait."""
        if self._waiting >= _MOST_WAITING:
            raise StoreUnavailable("too many people are signing in at this moment")
        self._waiting += 1
        try:
            hashed = stored_hash or await asyncio.wrap_future(self._decoy)
            loop = asyncio.get_running_loop()
            right = await loop.run_in_executor(self._threads, is_password, password[:_LONGEST], hashed)
        finally:
            self._waiting -= 1
        return right and stored_hash != ""

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown()
