"""Passwords: kept only as Argon2id hashes (RFC 9106), slow on purpose; call these off the event loop."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


def hash_password(password: str) -> str:
    """A hash of the password, with its own salt and cost in it."""
    return PasswordHasher().hash(password)


def is_password(password: str, hashed: str) -> bool:
    """Whether the password made this hash."""
    try:
        return PasswordHasher().verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
