"""Limits of the form: how often one address on the network may begin and send. What is over a limit waits, unlost."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection
from datetime import datetime, timedelta

from aiohttp import web

WITHIN = timedelta(hours=1)
_MOST_ADDRESSES = 10_000


class Limit:
    """So many of something an hour for each address; kept in memory, so each web process counts for itself."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen: OrderedDict[str, deque[datetime]] = OrderedDict()

    def allows(self, address: str, now: datetime) -> bool:
        """Whether there may be one more; if so it is counted. "" is nobody in particular, and always may."""
        if not address:
            return True
        times = self._seen.setdefault(address, deque())
        self._seen.move_to_end(address)
        while times and now - times[0] >= WITHIN:
            times.popleft()
        if len(times) >= self._most:
            return False
        times.append(now)
        while len(self._seen) > _MOST_ADDRESSES:
            self._seen.popitem(last=False)
        return True


def address_of(request: web.Request, proxies: Collection[str]) -> str:
    """Where a request comes from, by what our own proxies say of it; "" where only a proxy is known.

    `X-Forwarded-For` is believed as far as a proxy of ours wrote it: from its end, the first that is none of ours.
    """
    peer = request.remote or ""
    if peer not in proxies:
        return peer
    told = [one.strip() for line in request.headers.getall("X-Forwarded-For", []) for one in line.split(",")]
    return next((one for one in reversed(told) if one and one not in proxies), "")
