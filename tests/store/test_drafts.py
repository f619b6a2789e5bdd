"""Drafts are kept by a key alone, changed until sent, and forgotten only when long unsent; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.factories import DAY, NOW, demo_settings

from intakebot.store.drafts import EMPTY_KEPT, KEPT, Draft, DraftFile
from intakebot.store.engine import Store, Work, open_store

KEY = "a" * 64
PHOTO = DraftFile("mould.jpg", "image/jpeg", 600, "1" * 64)


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(demo_settings(tmp_path, database_url=database_url))
    opened.write_now(lambda work: work.drafts.begin(KEY, NOW))
    yield opened
    opened.close()


def draft(store: Store, key: str = KEY) -> Draft | None:
    return store.read_now(lambda work: work.drafts.get(key))


def add(store: Store, file: DraftFile, most: int = 20, most_bytes: int = 1000) -> bool:
    return store.write_now(lambda work: work.drafts.add_file(KEY, file, most, most_bytes, NOW))


def test_answers_are_put_beside_those_there_are(store: Store) -> None:
    store.write_now(lambda work: work.drafts.change(KEY, {"name": "Ama", "what": "It’s cold"}, NOW))
    changed = store.write_now(lambda work: work.drafts.change(KEY, {"what": "It’s colder"}, NOW + DAY))
    assert changed is not None and changed == draft(store)
    assert changed.fields == {"name": "Ama", "what": "It’s colder"}
    assert (changed.begun_at, changed.changed_at, changed.sent_at) == (NOW, NOW + DAY, None)


def test_a_key_that_is_not_there_leads_nowhere(store: Store) -> None:
    assert draft(store, "b" * 64) is None
    assert store.write_now(lambda work: work.drafts.change("b" * 64, {"what": "x"}, NOW)) is None
    assert store.write_now(lambda work: work.drafts.add_file("b" * 64, PHOTO, 20, 1000, NOW)) is False


def test_files_keep_their_order_and_their_limits(store: Store) -> None:
    second = DraftFile("b.png", "image/png", 300, "2" * 64)
    assert add(store, PHOTO) and add(store, second)
    assert add(store, PHOTO), "the same file again is no new one"
    assert not add(store, DraftFile("c.png", "image/png", 101, "3" * 64)), "too many bytes"
    assert not add(store, DraftFile("d.png", "image/png", 1, "4" * 64), most=2), "too many files"
    found = draft(store)
    assert found is not None and [f.filename for f in found.files] == ["mould.jpg", "b.png"]
    store.write_now(lambda work: work.drafts.remove_file(KEY, found.files[0].id, NOW))
    left = draft(store)
    assert left is not None and [f.filename for f in left.files] == ["b.png"]


def test_what_was_sent_is_not_changed_any_more(store: Store) -> None:
    store.write_now(lambda work: work.drafts.change(KEY, {"what": "First"}, NOW))
    add(store, PHOTO)
    store.write_now(lambda work: sent(work, KEY, NOW + DAY))
    store.write_now(lambda work: sent(work, KEY, NOW + 2 * DAY))
    store.write_now(lambda work: work.drafts.change(KEY, {"what": "Second"}, NOW + DAY))
    assert not add(store, DraftFile("late.png", "image/png", 1, "5" * 64))
    found = draft(store)
    assert found is not None
    store.write_now(lambda work: work.drafts.remove_file(KEY, found.files[0].id, NOW + DAY))
    after = draft(store)
    assert after is not None and (after.fields, after.sent_at) == ({"what": "First"}, NOW + DAY)
    assert [f.filename for f in after.files] == ["mould.jpg"]


def test_only_drafts_long_unsent_are_forgotten(store: Store) -> None:
    store.write_now(lambda work: work.drafts.change(KEY, {"what": "Kept"}, NOW))
    add(store, PHOTO)
    assert store.write_now(lambda work: work.drafts.purge(NOW + KEPT)) == 0
    assert draft(store) is not None
    assert store.write_now(lambda work: work.drafts.purge(NOW + KEPT + DAY)) == 1
    assert draft(store) is None


def test_an_empty_draft_goes_sooner_and_one_with_a_file_does_not(store: Store) -> None:
    store.write_now(lambda work: work.drafts.begin("c" * 64, NOW))
    add(store, PHOTO)
    assert store.write_now(lambda work: work.drafts.purge(NOW + EMPTY_KEPT + timedelta(hours=1))) == 1
    assert draft(store) is not None and draft(store, "c" * 64) is None


def test_a_sent_draft_keeps_its_key_and_loses_its_answers(store: Store) -> None:
    store.write_now(lambda work: work.drafts.change(KEY, {"what": "Said"}, NOW))
    add(store, PHOTO)
    store.write_now(lambda work: sent(work, KEY, NOW))
    assert store.write_now(lambda work: work.drafts.purge(NOW + KEPT + DAY)) == 0
    found = draft(store)
    assert found is not None and (found.fields, found.files, found.sent_at) == ({}, (), NOW)


def sent(work: Work, key: str, at: datetime) -> None:
    """The draft as it stands was handed in."""
    found = work.drafts.get(key)
    assert found is not None
    assert work.drafts.mark_sent(found, at)
