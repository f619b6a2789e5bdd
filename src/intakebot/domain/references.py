"""References people can read out, and signed tokens that prove a reply answers our own letter.

A reference is `HC-4821-7360-K`: a prefix, eight random digits, and a check letter. The check letter is the
number modulo 23 (a prime that divides no power of ten), so every single wrong digit and every swap of two
neighbours is noticed. Letters that sound or look like others or like digits are left out.

A token is a keyed hash (HMAC-SHA-256, RFC 2104) over the reference and the address we wrote to. It stands in
the Message-ID and Reply-To of our letters. A right token says "this answers what we sent to that address";
whether the writer may see the case is decided in `matching`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

CHECK_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXZ"
_DIGITS = 8
_TOKEN_BYTES = 10
_MARK_BYTES = 15
_SPOKEN = re.compile(
    r"(?<![A-Z0-9])([A-Z]{1,4})[ \t‐-―.-]{0,3}"
    r"([0-9OIL](?:[ \t‐-―.-]{0,3}[0-9OIL]){7})[ \t‐-―.-]{0,3}([A-Z])(?![A-Z0-9])"
)
_LOOKALIKES = str.maketrans("OIL", "011")
_LOCAL_TOKEN = re.compile(r"\+([a-z]{1,4}[0-9]{8}[a-z])\.([a-z2-7]{16})$")
_COMPACT = re.compile(r"[a-z]{1,4}[0-9]{8}[a-z]", re.ASCII)
_ID_TOKEN = re.compile(r"\.([a-z]{1,4}[0-9]{8}[a-z])\.([a-z2-7]{16})$")


def check_letter(number: int) -> str:
    """The check letter of a reference's number."""
    return CHECK_LETTERS[number % 23]


def make_reference(prefix: str, random_below: Callable[[int], int]) -> str:
    """A new reference. `random_below(n)` gives a random number from 0 to n - 1; the store refuses a repeat.

    >>> make_reference("HC", lambda n: 48217360)
    'HC-4821-7360-Z'
    """
    number = random_below(10**_DIGITS)
    digits = f"{number:0{_DIGITS}d}"
    return f"{prefix}-{digits[:4]}-{digits[4:]}-{check_letter(number)}"


def find_references(text: str, prefix: str) -> tuple[str, ...]:
    """Every valid reference in `text`, in our own spelling, as people write them: spaces, no hyphens, O for 0.

    >>> find_references("about hc 4821 736O z please", "HC")
    ('HC-4821-7360-Z',)
    """
    found: dict[str, None] = {}
    capitals = text.upper()
    if prefix not in capitals:
        return ()
    for match in _SPOKEN.finditer(capitals):
        if match[1] != prefix:
            continue
        digits = re.sub(r"[^0-9OIL]", "", match[2]).translate(_LOOKALIKES)
        if check_letter(int(digits)) == match[3]:
            found[f"{prefix}-{digits[:4]}-{digits[4:]}-{match[3]}"] = None
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Token:
    """A signed claim found in a message: "this answers what was sent about `reference`"."""

    reference: str
    signature: str


class Signer:
    """Makes and checks tokens with the instance's secret key."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("the signing key is too short")
        self._key = key

    def _sign(self, reference: str, address_key: str) -> str:
        digest = hmac.digest(self._key, f"case\0{reference}\0{address_key}".encode(), hashlib.sha256)
        return base64.b32encode(digest[:_TOKEN_BYTES]).decode().lower()

    def is_ours(self, token: Token, address_key: str) -> bool:
        """Whether we made `token` in a letter to `address_key` (lower case)."""
        return hmac.compare_digest(self._sign(token.reference, address_key), token.signature)

    def message_id(self, unique: str, reference: str, address_key: str, domain: str) -> str:
        """A Message-ID (RFC 5322 3.6.4), without brackets, that carries the token. `unique` tells letters apart."""
        return f"{unique}.{_compact(reference)}.{self._sign(reference, address_key)}@{domain}"

    def reply_address(self, our_address: str, reference: str, address_key: str) -> str:
        """Our address with the token in it (RFC 5233 sub-addressing), so that a reply brings it back."""
        local, _, domain = our_address.rpartition("@")
        return f"{local}+{_compact(reference)}.{self._sign(reference, address_key)}@{domain}"

    def status_mark(self, reference: str, person_id: int) -> str:
        """What stands in a party's private link to their case: the reference, and a keyed hash of it and of them."""
        digest = hmac.digest(self._key, f"status\0{reference}\0{person_id}".encode(), hashlib.sha256)
        return f"{_compact(reference)}.{base64.b32encode(digest[:_MARK_BYTES]).decode().lower()}"

    def is_status_mark(self, mark: str, reference: str, person_id: int) -> bool:
        """Whether we made this mark for this person and this case."""
        return hmac.compare_digest(self.status_mark(reference, person_id).encode(), mark.encode())

    def reference_in(self, mark: str) -> str:
        """The reference a mark names, unchecked; "" where it names none."""
        compact, _, signature = mark.partition(".")
        return _spaced(compact) if _COMPACT.fullmatch(compact) and signature else ""


def find_tokens(message_ids: tuple[str, ...], recipients: tuple[str, ...], domain: str) -> tuple[Token, ...]:
    """Tokens, unchecked, in Message-IDs of `domain` and in the addresses a message was sent to."""
    found: dict[Token, None] = {}
    for text, pattern in [(i, _ID_TOKEN) for i in message_ids] + [(r, _LOCAL_TOKEN) for r in recipients]:
        local, _, at = text.strip().lower().rpartition("@")
        match = pattern.search(local)
        if match and (pattern is _LOCAL_TOKEN or at == domain):
            found[Token(_spaced(match[1]), match[2])] = None
    return tuple(found)


def _compact(reference: str) -> str:
    return reference.replace("-", "").lower()


def _spaced(compact: str) -> str:
    upper = compact.upper()
    return f"{upper[:-9]}-{upper[-9:-5]}-{upper[-5:-1]}-{upper[-1]}"
