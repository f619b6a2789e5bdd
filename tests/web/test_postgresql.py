"""The pages that ask the database most, once more on PostgreSQL: the same tests, on another store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.web.test_case import test_approving_sends_the_letter_as_the_officer_left_it_and_starts_the_clock
from tests.web.test_downloads import test_original_is_the_message_byte_for_byte
from tests.web.test_entry import (
    no_waiting,
    test_a_relay_call_shows_its_reference_and_how_to_ring_back,
    test_sending_twice_is_one_message,
)
from tests.web.test_monitoring import test_figures_are_counted_from_the_database_and_name_nobody
from tests.web.test_parked import test_parked_message_is_put_on_the_case_offered
from tests.web.test_people import test_officer_notes_and_takes_back_their_own_absence
from tests.web.test_queue import test_every_case_is_on_exactly_one_page, test_views_narrow_the_queue

from intakebot.store import schema
from intakebot.store.engine import Store

__all__ = [
    "no_waiting",
    "test_a_relay_call_shows_its_reference_and_how_to_ring_back",
    "test_approving_sends_the_letter_as_the_officer_left_it_and_starts_the_clock",
    "test_every_case_is_on_exactly_one_page",
    "test_figures_are_counted_from_the_database_and_name_nobody",
    "test_officer_notes_and_takes_back_their_own_absence",
    "test_original_is_the_message_byte_for_byte",
    "test_parked_message_is_put_on_the_case_offered",
    "test_sending_twice_is_one_message",
    "test_views_narrow_the_queue",
]


@pytest.fixture
def store(postgres_database: str) -> Iterator[Store]:
    store = Store(postgres_database, None)
    schema.metadata.create_all(store.engine)
    yield store
    store.close()
