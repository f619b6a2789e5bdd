"""Tokens in the store: other software that may hand messages in or read cases. Only a token's hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from intakebot.errors import BadInput
from intakebot.store.door_schema import api_tokens

_MARK = "ibt_"
"""How every token begins, so that people, and software that looks for secrets, know one when they see it."""
_RANDOM_BYTES = 32
_USED_AGAIN = timedelta(minutes=1)
_LONGEST_NAME = 80


class Scope(StrEnum):
    """What a token is for."""

    WRITE = "write"
    READ = "read"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What is known of a token: everything but the token. Times are aware UTC."""

    id: int
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class Tokens:
    """Tokens of other software."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, name: str, scopes: Collection[Scope], now: datetime) -> str:
        """Make a token and return it: nobody can see it again. Raises `BadInput` where its name is in use or empty."""
        name = " ".join(name.split())
        if not name or len(name) > _LONGEST_NAME:
            raise BadInput(f"give the token a name of 1 to {_LONGEST_NAME} characters: the software it is for")
        if any(held.name == name and held.revoked_at is None for held in self.all()):
            raise BadInput(f"there is a token {name} already; revoke it, or choose another name")
        if not scopes:
            raise BadInput("say what the token is for: write, read or both")
        token = _MARK + secrets.token_urlsafe(_RANDOM_BYTES)
        self._connection.execute(
            insert(api_tokens).values(
                name=name, sha256=_sha256(token), scopes=" ".join(sorted(set(scopes))), created_at=now
            )
        )
        return token

    def all(self) -> tuple[ApiToken, ...]:
        """Every token there was, the oldest first."""
        found = self._connection.execute(select(api_tokens).order_by(api_tokens.c.id))
        return tuple(_token(row) for row in found)

    def find(self, token: str) -> ApiToken | None:
        """The token, unless it is unknown or revoked."""
        rows = api_tokens
        row = self._connection.execute(
            select(rows).where(rows.c.sha256 == _sha256(token), rows.c.revoked_at.is_(None))
        ).first()
        return _token(row) if row else None

    def revoke(self, name: str, now: datetime) -> None:
        """Make a token useless from now on. Raises `BadInput` where there is none of this name in use."""
        rows = api_tokens
        name = " ".join(name.split())
        done = self._connection.execute(
            update(rows).where(rows.c.name == name, rows.c.revoked_at.is_(None)).values(revoked_at=now)
        )
        if done.rowcount == 0:
            raise BadInput(f"there is no token {name} in use; `intakebot tokens list` shows them")

    def used(self, token_id: int, now: datetime) -> None:
        """Note that it was used."""
        self._connection.execute(update(api_tokens).where(api_tokens.c.id == token_id).values(used_at=now))


def to_be_noted(token: ApiToken, now: datetime) -> bool:
    """Whether its use is worth writing down again: once a minute is enough to know whether it is in use."""
    return token.used_at is None or now - token.used_at >= _USED_AGAIN


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()


def _token(row: Any) -> ApiToken:
    scopes = frozenset(Scope(word) for word in row.scopes.split())
    return ApiToken(row.id, row.name, scopes, row.created_at, row.used_at, row.revoked_at)
