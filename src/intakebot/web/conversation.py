"""Conversation: the messages of a case as the page shows them. New words first; the rest folded, never left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intakebot.domain.message import Role
from intakebot.store.views import StoredMessage
from intakebot.web.words import counted

LONGEST_PASSAGE = 40_000
_FOLDED = {
    Role.QUOTED: "Earlier words quoted",
    Role.SIGNATURE: "Signature",
    Role.DISCLAIMER: "Disclaimer",
}
_METHODS = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC"}


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of text. `fold` is the words to open it by, "" where it is shown at once; `left_out` counts letters."""

    text: str
    fold: str = ""
    forwarded: bool = False
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on the page. `checks` says what our mail server found out about the sender; `doubtful` warns of it."""

    message: StoredMessage
    passages: tuple[Passage, ...]
    checks: str = ""
    doubtful: bool = False


def shown(message: StoredMessage) -> Shown:
    """A message, ready to be shown."""
    results = [(method, getattr(message, method)) for method in _METHODS]
    checks, doubtful = sender_checks(results) if message.direction == "in" else ("", False)
    return Shown(message, passages(message.segments), checks, doubtful)


def passages(segments: Sequence[tuple[str, str]]) -> tuple[Passage, ...]:
    """The text of a message by what each stretch of it is, in its own order."""
    return tuple(_passage(role, text) for role, text in segments if text.strip())


def _passage(role: str, text: str) -> Passage:
    words = text.strip("\n")
    left_out = max(0, len(words) - LONGEST_PASSAGE)
    name = _FOLDED.get(Role(role), "")
    fold = f"{name} ({counted(words.count(chr(10)) + 1, 'line')})" if name else ""
    return Passage(words[:LONGEST_PASSAGE], fold, role == Role.FORWARDED, left_out)


def sender_checks(results: Sequence[tuple[str, str]]) -> tuple[str, bool]:
    """Our mail server's findings about the sender (RFC 8601) in a sentence, and whether to be careful."""
    said = [(method, result) for method, result in results if result]
    if not said:
        return "Our mail server did not say whether the sender’s address is genuine.", False
    detail = ", ".join(f"{_METHODS[method]} {result}" for method, result in said)
    found = dict(said)
    if found.get("dmarc") == "pass":
        return f"The sender’s address was checked and is genuine ({detail}).", False
    if found.get("dmarc") == "fail":
        return f"The sender’s address may be forged: it failed its checks ({detail}). Ring before you act on it.", True
    if "fail" in found.values():
        return f"The sender’s address failed a check ({detail}). Look twice before you act on it.", True
    if "pass" in found.values():
        return f"The sender’s address passed some checks ({detail}).", False
    return f"The sender’s address could not be checked ({detail}).", False
