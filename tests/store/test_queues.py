"""Rows wait, are claimed under a lease, and end done or parked; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.factories import NOW, demo_settings, raw

from intakebot.domain.message import Address, OutboundMessage, Purpose
from intakebot.errors import BadInput
from intakebot.store.engine import Store, open_store
from intakebot.store.queues import INBOX_ATTEMPTS, LeaseLost, Outcome, State, retry_delay

LEASE = timedelta(minutes=1)


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(demo_settings(tmp_path, database_url=database_url))
    yield opened
    opened.close()


def add(store: Store, count: int = 1) -> list[int]:
    return [store.write_now(lambda w: w.inbox.add(raw(b"%d" % n), "0" * 64, NOW))[0] for n in range(count)]  # noqa: B023


def letter(number: int = 1) -> OutboundMessage:
    return OutboundMessage(
        "email", Purpose.RECEIPT, f"{number}@x.example", (Address("a@tenant.example"),), "s", "t", NOW,
        html="<p>", cc=(Address("b@tenant.example", "B"),), reply_to=Address("r@x.example"), in_reply_to="i",
        references=("i",), auto_submitted="auto-replied",
    )  # fmt: skip


def test_the_same_external_id_is_the_same_row(store: Store) -> None:
    first = store.write_now(lambda w: w.inbox.add(raw(b"x"), "0" * 64, NOW))
    again = store.write_now(lambda w: w.inbox.add(raw(b"x"), "0" * 64, NOW))
    assert (first[1], again) == (False, (first[0], True))


def test_a_claimed_row_is_nobody_elses_until_its_lease_runs_out(store: Store) -> None:
    (row_id,) = add(store)
    (row,) = store.write_now(lambda w: w.inbox.claim("one", NOW, LEASE, 10))
    assert (row.id, row.attempts) == (row_id, 1)
    assert store.write_now(lambda w: w.inbox.claim("two", NOW + LEASE / 2, LEASE, 10)) == ()
    (again,) = store.write_now(lambda w: w.inbox.claim("two", NOW + LEASE, LEASE, 10, again=True))
    assert (again.id, again.attempts) == (row_id, 2)


def test_who_lost_the_lease_cannot_finish(store: Store) -> None:
    (row_id,) = add(store)
    store.write_now(lambda w: w.inbox.claim("one", NOW, LEASE, 1))
    store.write_now(lambda w: w.inbox.claim("two", NOW + LEASE, LEASE, 1, again=True))
    with pytest.raises(LeaseLost):
        store.write_now(lambda w: w.inbox.end(row_id, "one", Outcome.CASE_OPENED, "R", True, "", NOW))
    store.write_now(lambda w: w.inbox.end(row_id, "two", Outcome.CASE_OPENED, "R", True, "", NOW))
    with pytest.raises(LeaseLost):
        store.write_now(lambda w: w.inbox.end(row_id, "two", Outcome.CASE_OPENED, "R", True, "", NOW))


def test_claims_are_limited_and_oldest_first(store: Store) -> None:
    ids = add(store, 5)
    first = store.write_now(lambda w: w.inbox.claim("one", NOW, LEASE, 2))
    rest = store.write_now(lambda w: w.inbox.claim("two", NOW, LEASE, 10))
    assert sorted(r.id for r in (*first, *rest)) == ids
    assert len(first) == 2


def test_a_temporary_failure_is_tried_again_later_and_parked_in_the_end(store: Store) -> None:
    (row_id,) = add(store)
    moment = NOW
    for attempt in range(1, INBOX_ATTEMPTS + 1):
        (row,) = store.write_now(lambda w: w.inbox.claim("one", moment, LEASE, 1, again=attempt > 1))  # noqa: B023
        assert row.attempts == attempt
        parked = store.write_now(lambda w: w.inbox.retry_or_park(row_id, row.attempts, "one", "no luck", moment))  # noqa: B023
        assert parked == (attempt == INBOX_ATTEMPTS)
        assert store.write_now(lambda w: w.inbox.claim("one", moment, LEASE, 1, again=True)) == (), "not at once"  # noqa: B023
        moment += timedelta(hours=1)
    row = store.read_now(lambda w: w.inbox.get(row_id))
    assert row is not None
    assert (row.state, row.outcome) == (State.PARKED, Outcome.PARKED)
    assert "no luck" in row.reason


def test_a_parked_row_can_be_tried_again_once(store: Store) -> None:
    (row_id,) = add(store)
    store.write_now(lambda w: w.inbox.claim("one", NOW, LEASE, 1))
    store.write_now(lambda w: w.inbox.park(row_id, "one", "unreadable", NOW))
    store.write_now(lambda w: w.inbox.retry_parked(row_id, NOW))
    (row,) = store.write_now(lambda w: w.inbox.claim("one", NOW, LEASE, 1))
    assert row.attempts == 1
    with pytest.raises(BadInput, match="not parked"):
        store.write_now(lambda w: w.inbox.retry_parked(row_id, NOW))


def test_a_new_service_takes_over_what_a_killed_one_held(store: Store) -> None:
    add(store, 3)
    store.write_now(lambda w: w.inbox.claim("killed", NOW, LEASE, 2))
    assert store.write_now(lambda w: w.inbox.release_leases(NOW)) == 2
    assert len(store.write_now(lambda w: w.inbox.claim("new", NOW, LEASE, 10))) == 1
    assert len(store.write_now(lambda w: w.inbox.claim("new", NOW, LEASE, 10, again=True))) == 2


def test_a_persons_decision_sends_a_parked_message_back_with_it(store: Store) -> None:
    (row_id,) = add(store)
    store.write_now(lambda w: w.inbox.claim("one", NOW, LEASE, 1))
    store.write_now(lambda w: w.inbox.park(row_id, "one", "who?", NOW))
    store.write_now(lambda w: w.inbox.direct(row_id, "open", "Olive", NOW))
    (row,) = store.write_now(lambda w: w.inbox.claim("one", NOW, LEASE, 1))
    assert row.directive == "open"
    with pytest.raises(BadInput, match="Somebody else"):
        store.write_now(lambda w: w.inbox.direct(row_id, "open", "Olive", NOW))
    with pytest.raises(BadInput, match="Somebody else"):
        store.write_now(lambda w: w.inbox.dismiss(row_id, "nothing to do", NOW))


def test_the_delay_grows_to_half_an_hour_and_no_further() -> None:
    middles = [retry_delay(attempt).total_seconds() for attempt in (1, 4, 8, 30)]
    assert 3 <= middles[0] <= 5
    assert middles[0] < middles[1] < middles[2]
    assert all(m <= 1800 * 1.25 for m in middles)


def test_a_letter_comes_out_of_the_outbox_as_it_went_in(store: Store) -> None:
    store.write_now(lambda w: w.outbox.put(letter(), None, NOW))
    (row,) = store.write_now(lambda w: w.outbox.claim("one", NOW, LEASE, 10))
    assert row.message == letter()


def test_automatic_letters_to_an_address_are_counted(store: Store) -> None:
    store.write_now(lambda w: w.outbox.put(letter(1), None, NOW))
    since = NOW - timedelta(days=1)
    assert store.read_now(lambda w: w.outbox.automatic_since("a@tenant.example", since)) == 1
    assert store.read_now(lambda w: w.outbox.automatic_since("b@tenant.example", since)) == 0
    assert store.read_now(lambda w: w.outbox.automatic_since("a@tenant.example", NOW + LEASE)) == 0
