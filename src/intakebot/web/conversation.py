"""Conversation: the messages of a case as the page shows them. New words first; the rest folded, never left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intakebot.channels.assisted import NAMES, SPOKEN
from intakebot.domain.message import Role
from intakebot.domain.transcripts import Speaker, Turn, label_of, read_transcript
from intakebot.store.views import StoredMessage
from intakebot.web import words

LONGEST_PASSAGE = 40_000
_FOLDED = {
    Role.QUOTED: "Earlier words quoted",
    Role.SIGNATURE: "Signature",
    Role.DISCLAIMER: "Disclaimer",
}
_METHODS = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC"}


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of text. `fold` is the words to open it by, "" where it is shown at once; `left_out` counts letters.

    `who` says whose turn in a call it is, "" where it is no call.
    """

    text: str
    fold: str = ""
    forwarded: bool = False
    left_out: int = 0
    who: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on the page. `checks` says what our mail server found out about the sender; `doubtful` warns of it."""

    message: StoredMessage
    passages: tuple[Passage, ...]
    checks: str = ""
    doubtful: bool = False


def shown(message: StoredMessage) -> Shown:
    """A message, ready to be shown."""
    if message.direction == "in" and message.channel in NAMES:
        said = turns(message) if message.channel in SPOKEN else passages(message.segments)
        return Shown(message, said, "A member of staff typed it in.")
    results = [(method, getattr(message, method)) for method in _METHODS]
    checks, doubtful = sender_checks(results) if message.direction == "in" else ("", False)
    return Shown(message, passages(message.segments), checks, doubtful)


def turns(message: StoredMessage) -> tuple[Passage, ...]:
    """A call as its turns: abbreviations written out for reading, and then folded all of it as it was typed."""
    by_relay = message.channel == "relay"
    # Whoever typed it in may stand there by name: what was read as not the resident's is theirs, or the assistant's.
    staff = [label_of(text) for role, text in message.segments if role == Role.QUOTED]
    transcript = read_transcript(message.text, residents=[message.sender_name], staff=staff, by_relay=by_relay)
    said = [
        Passage(turn.reading[:LONGEST_PASSAGE], who=speaker(turn, message.channel), left_out=_over(turn.reading))
        for turn in transcript.spoken
    ]
    if len(said) < 2 and not by_relay:
        return passages(message.segments)
    return (*said, Passage(message.text[:LONGEST_PASSAGE], "As it was typed", left_out=_over(message.text)))


def speaker(turn: Turn, channel: str) -> str:
    """Whose turn it is, in words."""
    if turn.speaker is Speaker.ASSISTANT and channel == "video_relay":
        return "Interpreter"
    said = words.SPEAKERS[turn.speaker]
    return f"{said} ({turn.name})" if turn.speaker is Speaker.NOT_SAID and turn.name else said


def _over(text: str) -> int:
    return max(0, len(text) - LONGEST_PASSAGE)


def passages(segments: Sequence[tuple[str, str]]) -> tuple[Passage, ...]:
    """The text of a message by what each stretch of it is, in its own order."""
    return tuple(_passage(role, text) for role, text in segments if text.strip())


def _passage(role: str, text: str) -> Passage:
    plain = text.strip("\n")
    name = _FOLDED.get(Role(role), "")
    fold = f"{name} ({words.counted(plain.count(chr(10)) + 1, 'line')})" if name else ""
    return Passage(plain[:LONGEST_PASSAGE], fold, role == Role.FORWARDED, _over(plain))


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
