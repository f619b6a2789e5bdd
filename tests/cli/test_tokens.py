"""`tokens`: printed once on standard output and nothing else there; listed without themselves; revoked by name."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Commands
from tests.factories import demo_settings

from intakebot.store.engine import open_store


def test_a_token_is_printed_once_and_works(commands: Commands, tmp_path: Path) -> None:
    done = commands.ok("tokens", "add", "Switchboard", "--scope", "write", "--scope", "read")
    token = done.stdout.strip()
    assert done.stdout == f"{token}\n" and token not in done.stderr and len(token) > 40
    store = open_store(demo_settings(commands.data))
    try:
        found = store.read_now(lambda work: work.tokens.find(token))
        assert found is not None and sorted(found.scopes) == ["read", "write"]
    finally:
        store.close()
    assert token not in commands.ok("tokens", "list").stdout
    (listed,) = commands.json("tokens", "list")
    assert listed["name"] == "Switchboard" and listed["used_at"] is None and listed["revoked_at"] is None
    assert set(listed) == {"name", "scopes", "created_at", "used_at", "revoked_at"}


def test_a_token_may_hand_in_and_no_more_unless_asked(commands: Commands) -> None:
    commands.ok("tokens", "add", "Switchboard")
    assert commands.json("tokens", "list")[0]["scopes"] == ["write"]


def test_a_revoked_token_is_listed_as_one(commands: Commands) -> None:
    commands.ok("tokens", "add", "Switchboard")
    commands.ok("tokens", "revoke", "Switchboard")
    assert "revoked" in commands.ok("tokens", "list").stdout
    assert "no token Switchboard in use" in commands.refused("tokens", "revoke", "Switchboard")


def test_names_in_use_and_unknown_scopes_are_refused_in_a_sentence(commands: Commands) -> None:
    commands.ok("tokens", "add", "Switchboard")
    assert "already" in commands.refused("tokens", "add", "Switchboard")
    assert "admin" in commands.refused("tokens", "add", "Board", "--scope", "admin")


def test_without_tokens_the_list_says_how_to_make_one(commands: Commands) -> None:
    assert "intakebot tokens add" in commands.ok("tokens", "list").stderr
