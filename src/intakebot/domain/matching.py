"""Matching: does a message belong to an open case, to a new one, or must a person say?

The rule that matters most: nobody gets into somebody else's case. A reference can be overheard, a subject
shared and a From line forged, so no single one of them opens a case's door. What does:

* the sender is a party to the case (or the address we wrote to), **and**
* something ties this message to that case: a token of ours, a message it answers, the case's reference,
  or the same subject as before.

An address that anybody could have typed, into a form or other software, is as good as none: only a token we signed
for it, as the status page has it, shows that its owner wrote.

Where something points at a case but the sender is not known there, a person decides; nothing is sent about
the case meanwhile. A sender who is known but names nothing gets a new case, linked to the old one for staff
to see (Code 6.8: merging is a decision, with a reason).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_REPLY_MARK = re.compile(r"^\s*(?:(?:re|fw|fwd|aw|wg|tr|rv|sv|vs|odp|automatic reply)\s*(?:\[\d+\])?\s*:\s*)+", re.I)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that something in the message points at, and what points there.

    `sender_is_party`: the sender's address is the resident's or representative's. `token_for_sender`: a token
    we signed for this very address. `token_for_other`: a token we signed for another party of this case.
    `answers_message`: it answers a message of the case. `names_reference`: it gives the case's reference.
    `same_subject`: same subject as a message this sender sent on the case. `same_chat`: said in the chat the case
    is open in, where people go on talking and name nothing.
    """

    reference: str
    open: bool
    sender_is_party: bool = False
    token_for_sender: bool = False
    token_for_other: bool = False
    answers_message: bool = False
    names_reference: bool = False
    same_subject: bool = False
    same_chat: bool = False

    @property
    def tied(self) -> bool:
        """Whether something in the message itself, beyond who sent it, points at the case."""
        return (
            self.token_for_sender
            or self.token_for_other
            or self.answers_message
            or self.names_reference
            or ((self.same_subject or self.same_chat) and self.sender_is_party)
        )


@dataclass(frozen=True, slots=True)
class Append:
    """The message belongs to this case."""

    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class OpenNew:
    """The message begins a new case. `related` are other cases of the same person, for staff to see."""

    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskPerson:
    """Software may not decide. `candidates` are the cases it might belong to; `reason` is a sentence for staff."""

    candidates: tuple[str, ...]
    reason: str


Match = Append | OpenNew | AskPerson


def decide(candidates: Sequence[Candidate], *, sender_forged: bool, sender_only_typed: bool = False) -> Match:
    """Decide. `sender_forged` is true where our own mail relay says the From address failed DMARC (RFC 7489).

    `sender_only_typed` is true where anybody could have typed the sender's address, and nothing checked it.
    """
    tied = [c for c in candidates if c.tied]
    known = [c for c in tied if c.token_for_sender or c.sender_is_party]
    if not tied:
        return OpenNew(tuple(c.reference for c in candidates if c.open and c.sender_is_party))
    if not known:
        return AskPerson(
            tuple(c.reference for c in tied),
            "It points at a case, but the sender is not the resident or representative on it.",
        )
    if sender_forged:
        return AskPerson(
            tuple(c.reference for c in known),
            "It points at a case, but our mail relay says that the sender's address may be forged.",
        )
    if sender_only_typed:
        shown = [c for c in known if c.token_for_sender]
        if not shown:
            return AskPerson(
                tuple(c.reference for c in known),
                "It points at a case, but the sender's address was only typed in: nothing shows who wrote.",
            )
        known = shown
    strongest = max(_strength(c) for c in known)
    best = [c for c in known if _strength(c) == strongest]
    if len(best) > 1:
        return AskPerson(tuple(c.reference for c in best), "It points at more than one case equally well.")
    return Append(best[0].reference, _why(best[0]))


def _strength(candidate: Candidate) -> tuple[bool, ...]:
    """In order: what the writer says outranks what a mail program carried along."""
    return (
        candidate.names_reference,
        candidate.token_for_sender or candidate.token_for_other,
        candidate.answers_message,
        candidate.same_subject,
        candidate.same_chat,
        candidate.open,
    )


def _why(candidate: Candidate) -> str:
    if candidate.names_reference:
        return "A party to the case wrote and gave its reference."
    if candidate.token_for_sender or candidate.token_for_other:
        return "It answers a letter we sent to this person."
    if candidate.answers_message:
        return "It answers a message on the case, from a party to it."
    if candidate.same_chat and not candidate.same_subject:
        return "They went on in the same chat."
    return "Same person and same subject as a message on the case."


def subject_key(subject: str) -> str:
    """A subject for comparing: reply marks, case and spacing removed. "" for one too short to say anything.

    >>> subject_key("RE: Fwd:  Leak in   Kitchen")
    'leak in kitchen'
    """
    plain = unicodedata.normalize("NFKC", _REPLY_MARK.sub("", subject))
    key = " ".join(plain.casefold().split())
    return key if len(key) >= 4 else ""


def is_reply(subject: str) -> bool:
    """Whether the subject carries a reply or forward mark."""
    return bool(_REPLY_MARK.match(subject))
