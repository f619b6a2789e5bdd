"""The channel port: what a way in and out must do so that nothing sent to it is ever lost.

Duties:

* `run` lasts until cancelled. It tells the sender "received" only after `await accept(raw)` has returned, and
  may be killed anywhere before that without a message being lost.
* `normalise` is pure: bytes in, message out; it is called in a separate process. It raises `Unreadable` for
  what it cannot read, and the message is then parked with its original.
* `send` raises `DeliveryFailed(temporary=…)`; any other exception counts as temporary.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from intakebot.domain.message import NormalisedMessage, OutboundMessage, RawMessage, Receipt


@dataclass(frozen=True, slots=True)
class Accepted:
    """The store holds the message for good. `repeat`: it was already there, and `inbox_id` is the same as then."""

    inbox_id: int
    repeat: bool = False


Accept = Callable[[RawMessage], Awaitable[Accepted]]
"""Make a raw message durable. Returns once it is committed; raises `StoreUnavailable` if it cannot be now."""


@runtime_checkable
class Channel(Protocol):
    """A way in and out."""

    name: str

    async def run(self, accept: Accept) -> None:
        """Receive until cancelled, handing every message to `accept` before telling its sender anything."""

    def normalise(self, raw: RawMessage) -> NormalisedMessage:
        """Read a raw message. Raises `Unreadable`."""

    async def send(self, message: OutboundMessage) -> Receipt:
        """Deliver a message. Raises `DeliveryFailed`."""
