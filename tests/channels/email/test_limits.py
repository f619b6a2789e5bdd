"""The listener's counters: who is refused, when they are let in again, and that memory is bounded."""

from __future__ import annotations

from intakebot.channels.email.limits import FULL, TOO_FAST, TOO_MANY_FROM_YOU, Limits, canonical_peer
from intakebot.config.doors import Smtp

STRANGER = "192.0.2.7"
RELAY = "127.0.0.1"


def test_a_minute_of_messages_is_counted_and_then_forgotten() -> None:
    limits = Limits(Smtp(max_messages_per_address_per_minute=2))
    assert limits.connect(STRANGER, at=1000.0) == ""
    assert [limits.begin_message(STRANGER, at=1000.0 + second) for second in (0, 1, 2)] == ["", "", TOO_FAST]
    assert limits.begin_message(STRANGER, at=1059.9) == TOO_FAST
    assert limits.begin_message(STRANGER, at=1060.0) == ""


def test_our_own_relay_is_exempt_from_limits_by_address_only() -> None:
    limits = Limits(Smtp(max_messages_per_address_per_minute=1, max_connections_per_address=1, max_connections=2))
    assert [limits.connect(RELAY, at=0.0) for _ in range(3)] == ["", "", FULL]
    assert [limits.begin_message(RELAY, at=0.0) for _ in range(3)] == ["", "", ""]


def test_a_connection_that_ends_makes_room_for_another() -> None:
    limits = Limits(Smtp(max_connections_per_address=1))
    assert limits.connect(STRANGER, at=0.0) == ""
    assert limits.connect(STRANGER, at=0.0) == TOO_MANY_FROM_YOU
    assert limits.connect("192.0.2.8", at=0.0) == ""
    limits.disconnect(STRANGER)
    limits.disconnect(STRANGER)
    assert limits.connect(STRANGER, at=0.0) == ""


def test_visitors_are_forgotten_but_not_those_still_here_or_still_limited() -> None:
    limits = Limits(Smtp(max_connections_per_address=1, max_messages_per_address_per_minute=1))
    limits.connect("192.0.2.1", at=0.0)
    limits.connect("192.0.2.2", at=100.0)
    limits.begin_message("192.0.2.2", at=100.0)
    limits.disconnect("192.0.2.2")
    for n in range(5000):
        visitor = f"2001:db8::{n:x}"
        limits.connect(visitor, at=100.0)
        limits.disconnect(visitor)
    assert len(limits._peers) <= 1001
    assert limits.connect("192.0.2.1", at=101.0) == TOO_MANY_FROM_YOU
    limits.connect("192.0.2.2", at=101.0)
    assert limits.begin_message("192.0.2.2", at=101.0) == TOO_FAST


def test_bytes_held_are_bounded_and_given_back() -> None:
    limits = Limits(Smtp(max_size=100_000))
    assert limits.hold(200_000)
    assert not limits.hold(100_001)
    assert limits.hold(100_000)
    limits.release(300_000)
    assert limits.hold(300_000)


def test_one_peer_has_one_spelling() -> None:
    assert canonical_peer("::ffff:192.0.2.7") == "192.0.2.7"
    assert canonical_peer("2001:0db8:0::1") == "2001:db8::1"
    assert canonical_peer("fe80::1%eth0") == "fe80::1"
    assert canonical_peer("") == ""
