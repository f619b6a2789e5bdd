"""Limits: how often one address on the network, or one token, may do something. What is over a limit waits, unlost."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection
from datetime import datetime, timedelta
from math import ceil

from aiohttp import web

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
_MOST_KEYS = 10_000


class Limit:
    """So many of something within a time for each key; kept in memory, so each web process counts for itself."""

    def __init__(self, most: int, within: timedelta) -> None:
        self._most, self._within = most, within
        self._seen: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wait(self, key: str, now: datetime) -> int:
        """Count one more, 0; or the seconds until there may be one. "" is nobody in particular, and never waits."""
        if not key:
            return 0
        times = self._seen.setdefault(key, deque())
        self._seen.move_to_end(key)
        while times and now - times[0] >= self._within:
            times.popleft()
        if len(times) >= self._most:
            return max(1, ceil((times[0] + self._within - now).total_seconds()))
        times.append(now)
        while len(self._seen) > _MOST_KEYS:
            self._seen.popitem(last=False)
        return 0


def address_of(request: web.Request, proxies: Collection[str]) -> str:
    """Where a request comes from, by what our own proxies say of it; "" where only a proxy is known.

    `X-Forwarded-For` is believed as far as a proxy of ours wrote it: from its end, the first that is none of ours.
    """
    peer = request.remote or ""
    if peer not in proxies:
        return peer
    told = [one.strip() for line in request.headers.getall("X-Forwarded-For", []) for one in line.split(",")]
    return next((one for one in reversed(told) if one and one not in proxies), "")
