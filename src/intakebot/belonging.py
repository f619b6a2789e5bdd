"""Belonging: which case a message is for: what in it points at cases, gathered for `domain/matching.py`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from intakebot.answers import Answers
from intakebot.domain.matching import Candidate, Match, decide, is_reply, subject_key
from intakebot.domain.message import Address, NormalisedMessage
from intakebot.domain.references import Token, find_references, find_tokens
from intakebot.landlord import Landlord
from intakebot.store.cases import CaseFacts
from intakebot.store.engine import Work
from intakebot.store.messages import LONGEST_ID

_OPENING = 2000


def goes_on(message: NormalisedMessage) -> bool:
    """Whether somebody just goes on in a chat, and answers nothing that was written there before."""
    return _in_chat(message) and not (message.in_reply_to or (message.chat and message.chat.about))


def _in_chat(message: NormalisedMessage) -> bool:
    """Whether it was said in a chat: by our bot, or handed in by other software with the chat as its sender."""
    return message.chat is not None or (message.sender is not None and message.sender.channel == "telegram")


@dataclass(frozen=True, slots=True)
class Belonging:
    """One message, and where it belongs."""

    work: Work
    landlord: Landlord
    message: NormalisedMessage
    answers: Answers

    def find(self) -> tuple[tuple[CaseFacts, ...], Match]:
        """The cases that something in it points at, and the decision."""
        named, tokens, begun = self._named(), self._tokens(), self._begun()
        facts = self._facts({*named, *(token.reference for token in tokens), *filter(None, (begun,))})
        return facts, self._match(facts, named, tokens, begun)

    def _begun(self) -> str:
        """The case that later words of another complaint in a chat began, where they were taken in before its first."""
        chat, sender = self.message.chat, self.message.sender
        if chat is None or not chat.apart or sender is None or self.message.references:
            return ""
        case_id = self.work.messages.case_going_on_from(self.message.message_id, sender.key)
        case = self.work.cases.get_by_id(case_id) if case_id else None
        return case.reference if case else ""

    def _facts(self, references: set[str]) -> tuple[CaseFacts, ...]:
        sender = self.message.sender or Address("")
        return self.work.cases.facts_for_matching(
            sender.key,
            [person.id for person in self.answers.people_at(sender)],
            references,
            {i[:LONGEST_ID] for i in (*self.message.in_reply_to, *self.message.references)},
            subject_key(self.message.subject),
        )

    def _named(self) -> tuple[str, ...]:
        """References the writer gives, in the subject or at the beginning of their own words; not in quotes.

        In a chat, who answers a message of ours gives the reference of its case, unless they write another.
        """
        words = f"{self.message.subject}\n{self.message.new_text[:_OPENING]}"
        about = self.message.chat.about if self.message.chat else ""
        return find_references(words, self.landlord.prefix) or ((about,) if about else ())

    def _tokens(self) -> tuple[Token, ...]:
        addresses = (*self.message.envelope.recipients, *(r.email for r in self.message.recipients))
        answered = (*self.message.in_reply_to, *self.message.references)
        return find_tokens(answered, addresses, self.landlord.domain)

    def _match(self, facts: Sequence[CaseFacts], named: Sequence[str], tokens: Sequence[Token], begun: str) -> Match:
        sender, signer = self.message.sender.key if self.message.sender else "", self.landlord.signer
        newest, done_with = self._in_chat(facts, sender)
        candidates = []
        for fact in facts:
            claims = [t for t in tokens if t.reference == fact.reference]
            others = [key for key in fact.party_keys if key != sender]
            candidates.append(
                Candidate(
                    reference=fact.reference,
                    open=fact.open,
                    sender_is_party=sender in fact.party_keys and sender != "",
                    token_for_sender=any(signer.is_ours(t, sender) for t in claims) and sender != "",
                    token_for_other=any(signer.is_ours(t, key) for t in claims for key in others),
                    answers_message=(fact.answered and fact.id not in done_with) or fact.reference == begun,
                    names_reference=fact.reference in named,
                    same_subject=fact.same_subject and is_reply(self.message.subject),
                    same_chat=fact.id == newest,
                )
            )
        typed = self.message.sender_only_typed
        return decide(candidates, sender_forged=self.answers.forged, sender_only_typed=typed)

    def _in_chat(self, facts: Sequence[CaseFacts], sender: str) -> tuple[int, Collection[int]]:
        """The newest open case of a chat, 0 for none, which is what people go on about; and those they have done with.

        They have done with a closed one while another is open, unless they answer a message of it. Another complaint
        than before goes on no case by itself.
        """
        if not _in_chat(self.message):
            return 0, ()
        newest = max((fact.id for fact in facts if fact.open and sender in fact.party_keys), default=0)
        apart = self.message.chat is not None and self.message.chat.apart
        tied = self.message.in_reply_to or any(fact.answered for fact in facts)
        closed = {fact.id for fact in facts if newest and not fact.open and not self.message.in_reply_to}
        return (0 if apart and not tied else newest), closed
