"""Tokens: shown once, kept as a hash, useless once revoked; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.factories import NOW, demo_settings

from intakebot.errors import BadInput
from intakebot.store.door_schema import api_tokens
from intakebot.store.engine import Store, open_store
from intakebot.store.tokens import ApiToken, Scope


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(demo_settings(tmp_path, database_url=database_url))
    yield opened
    opened.close()


def add(store: Store, name: str = "switchboard", *scopes: Scope) -> str:
    return store.write_now(lambda work: work.tokens.add(name, scopes or (Scope.WRITE,), NOW))


def find(store: Store, token: str) -> ApiToken | None:
    return store.read_now(lambda work: work.tokens.find(token))


def test_a_token_is_found_by_itself_and_kept_nowhere(store: Store) -> None:
    token = add(store, " switchboard  2 ", Scope.READ, Scope.WRITE)
    found = find(store, token)
    assert found is not None
    assert (found.name, found.scopes, found.created_at) == ("switchboard 2", {Scope.READ, Scope.WRITE}, NOW)
    assert find(store, token[:-1]) is None and find(store, "") is None
    rows = store.read_now(lambda work: work.connection.execute(select(api_tokens)).all())
    assert token not in repr(rows)


def test_no_two_tokens_are_alike(store: Store) -> None:
    assert len({add(store, str(number)) for number in range(20)}) == 20


def test_a_revoked_token_is_useless_and_its_name_is_free_again(store: Store) -> None:
    token = add(store)
    store.write_now(lambda work: work.tokens.revoke("switchboard", NOW + timedelta(days=1)))
    assert find(store, token) is None
    assert find(store, add(store)) is not None
    assert [held.revoked_at for held in store.read_now(lambda work: work.tokens.all())] == [
        NOW + timedelta(days=1),
        None,
    ]


@pytest.mark.parametrize("name", ["", " \n", "x" * 81])
def test_a_token_needs_a_name(store: Store, name: str) -> None:
    with pytest.raises(BadInput, match="name"):
        add(store, name)


def test_names_in_use_and_names_unknown_are_refused(store: Store) -> None:
    add(store)
    with pytest.raises(BadInput, match="already"):
        add(store)
    with pytest.raises(BadInput, match="no token nobody in use"):
        store.write_now(lambda work: work.tokens.revoke("nobody", NOW))


def test_a_token_for_nothing_is_refused(store: Store) -> None:
    with pytest.raises(BadInput, match="write, read"):
        store.write_now(lambda work: work.tokens.add("switchboard", (), NOW))
