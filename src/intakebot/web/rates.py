"""Rates: how many requests a minute each token may make, counted in this process's memory."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from math import ceil

_MINUTE = timedelta(minutes=1)


class Rates:
    """Counts requests by token over the last minute. A token past its limit waits; nobody else does."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._made: dict[int, deque[datetime]] = {}

    def wait(self, token_id: int, now: datetime) -> int:
        """Count a request; 0 where it may be made, else the seconds until the next may."""
        made = self._made.setdefault(token_id, deque())
        while made and now - made[0] >= _MINUTE:
            made.popleft()
        if len(made) >= self._most:
            return max(1, ceil((made[0] + _MINUTE - now).total_seconds()))
        made.append(now)
        return 0
