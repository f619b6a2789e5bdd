"""How much the mail listener takes on at once: connections, messages a minute, and bytes held in memory.

Every refusal is a fixed sentence with a temporary code, so an honest server that meets a limit queues its
mail and comes back, and nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from intakebot.config.doors import Smtp

FULL = "421 4.3.2 We have too many connections just now. Please try again later."
TOO_MANY_FROM_YOU = "421 4.7.0 There are too many connections from your address. Please try again later."
TOO_FAST = "450 4.7.1 Your address sends too many messages a minute. Please try again later."
NO_ROOM = "452 4.3.1 We have no room for your message just now. Please try again later."

_WINDOW = 60.0
_LARGEST_AT_ONCE = 3
_PEERS_KEPT = 1000


@dataclass(slots=True)
class _Peer:
    connections: int = 0
    window_began: float = 0.0
    messages: int = 0


class Limits:
    """The counters of one listener. `at` is always a monotonic time in seconds, such as the event loop's.

    Peers in `smtp.unlimited_peers` (a landlord's own relay, through which all mail comes) are exempt from the
    limits by address; nobody is exempt from the others. Bytes held are limited to three of the largest
    messages, so that many large messages arriving together cannot use up the machine's memory.
    """

    def __init__(self, smtp: Smtp) -> None:
        self._smtp = smtp
        self._unlimited = frozenset(canonical_peer(peer) for peer in smtp.unlimited_peers)
        self._peers: dict[str, _Peer] = {}
        self._connections = 0
        self._held = 0

    def connect(self, peer: str, at: float) -> str:
        """Count a connection. Returns "" or the refusal to send; `disconnect` must follow in either case."""
        if len(self._peers) >= _PEERS_KEPT:
            self._forget_idle(at)
        record = self._peers.setdefault(peer, _Peer())
        record.connections += 1
        self._connections += 1
        if self._connections > self._smtp.max_connections:
            return FULL
        if peer not in self._unlimited and record.connections > self._smtp.max_connections_per_address:
            return TOO_MANY_FROM_YOU
        return ""

    def disconnect(self, peer: str) -> None:
        """Count a connection out."""
        self._peers[peer].connections -= 1
        self._connections -= 1

    def begin_message(self, peer: str, at: float) -> str:
        """Count a message begun on an open connection. Returns "" or the refusal to send."""
        if peer in self._unlimited:
            return ""
        record = self._peers[peer]
        if at - record.window_began >= _WINDOW:
            record.window_began, record.messages = at, 0
        record.messages += 1
        return TOO_FAST if record.messages > self._smtp.max_messages_per_address_per_minute else ""

    def hold(self, size: int) -> bool:
        """Reserve `size` bytes of memory for a message coming in. False if there is no room for them."""
        if self._held + size > _LARGEST_AT_ONCE * self._smtp.max_size:
            return False
        self._held += size
        return True

    def release(self, size: int) -> None:
        """Give back bytes reserved by `hold`."""
        self._held -= size

    def _forget_idle(self, at: float) -> None:
        self._peers = {
            peer: record
            for peer, record in self._peers.items()
            if record.connections or at - record.window_began < _WINDOW
        }


def canonical_peer(peer: str) -> str:
    """An IP address in its one spelling; IPv4 through an IPv6 socket is plain IPv4. Other text unchanged."""
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
