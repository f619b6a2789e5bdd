"""Dialogue: a chat told in turns. What it stood at and what came in; where it stands now, what to say, what to keep.

Somebody who writes to us in a chat writes what is wrong, in one message or in twelve, and never has to follow a
form. The first words are a message at once. What is missing is asked afterwards, one question at a time, each
of them at most three times; anything that is no answer is more of the complaint. Every word that is not an
order to the bot itself is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from intakebot.domain import dialogue_replies as say
from intakebot.domain.dialogue_hearing import (
    Order,
    declines,
    is_greeting,
    name_given,
    order_in,
    place_given,
    says_danger,
    stated_name,
)
from intakebot.domain.dialogue_others import (
    NO_NEEDS,
    NeedsHeard,
    Whose,
    needs_answered,
    needs_stated,
    relation_given,
    whose_answered,
    whose_stated,
    without_the_kin,
)
from intakebot.domain.places import find_address, find_phone
from intakebot.domain.safety import Caution

TRIES = 3
"""How often one question is asked before the bot lets it be."""

_REMEMBERED = 100


class Question(StrEnum):
    """What the bot may ask, in this order.

    Who they are, whose home it is and, if somebody else's, whose and what they are to them; where, or how to reach
    them; what would put it right; which formats they need and what is not safe.
    """

    NAME = "name"
    WHOSE = "whose"
    WHOM = "whom"
    RELATION = "relation"
    PLACE = "place"
    OUTCOME = "outcome"
    NEEDS = "needs"


ASKED_ONCE = frozenset((Question.WHOSE, Question.WHOM, Question.RELATION, Question.NEEDS))
"""Questions that are asked once, and let be where the next words are no answer."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Where one chat stands.

    `thread` is the number of the message that began the present complaint, 0 before there is one; `apart` is whether
    they said that it is another one than before. `tries` says how often `asking` was asked. `place` is an address, a
    phone number or whatever else says how to reach them. `whom` is the name of the resident they write for, `relation`
    what they are to them; `told_needs`: they told us of formats or of what to avoid. `quiet`: they want no more
    questions. `seen` holds the numbers of the latest updates, so that none is answered twice; `turn` counts the
    changes of this value.
    """

    thread: int = 0
    apart: bool = False
    asking: Question | None = None
    tries: int = 0
    name: str = field(default="", repr=False)
    place: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    outcome: str = field(default="", repr=False)
    whose: Whose = Whose.UNSAID
    whom: str = field(default="", repr=False)
    relation: str = field(default="", repr=False)
    told_needs: bool = False
    let_be: tuple[Question, ...] = ()
    quiet: bool = False
    told_privacy: bool = False
    refused: bool = False
    album: str = ""
    seen: tuple[int, ...] = ()
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Incoming:
    """What one update of a chat brings, as far as the dialogue needs to know. `number` is its message's in the chat.

    `files` counts files that were fetched, `too_big` those too large for us, `lost` those that could not be fetched.
    `place` is a place they pointed at, `phone` a number they shared, `profile` the name their account shows.
    `readable` is false for what holds nothing a person could read or look at (a sticker, a game).
    """

    update_id: int
    words: str = field(default="", repr=False)
    files: int = 0
    too_big: int = 0
    lost: int = 0
    place: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    profile: str = field(default="", repr=False)
    edited: bool = False
    private: bool = True
    album: str = ""
    readable: bool = True
    number: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """Something the bot says. `buttons` are words a tap sends; `asks_phone` adds one that shares the phone number.

    `leaves`: the bot leaves the chat after it.
    """

    text: str
    buttons: tuple[str, ...] = ()
    asks_phone: bool = False
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """A case as its own resident may hear of it. `due` is the date of the next duty of the Code, if one runs."""

    reference: str
    status: str
    open: bool
    received_on: date
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a chat stands: its dialogue, its cases with the newest first, and how much may be said in it."""

    dialogue: Dialogue = Dialogue()
    cases: tuple[CaseSeen, ...] = ()
    caution: Caution = Caution.NONE


@dataclass(frozen=True, slots=True)
class House:
    """Who speaks: the landlord's name, what to do in an emergency, and where else to write or ring ("" for none)."""

    name: str
    emergency: str
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one update leads to. `keep`: it is a message for the landlord; `answers` is the question it answered.

    `needs` are those it told of.
    """

    dialogue: Dialogue
    replies: tuple[Reply, ...] = ()
    keep: bool = False
    answers: Question | None = None
    needs: NeedsHeard = NO_NEEDS


def take_turn(
    before: Dialogue, came: Incoming, house: House, cases: Sequence[CaseSeen], caution: Caution = Caution.NONE
) -> Turn:
    """What follows from one update. The same update a second time changes nothing and is answered with nothing.

    `cases` are those of this chat, the newest first. Whatever the caution, nothing that was written is lost.
    """
    turn = _take_turn(before, came, house, cases)
    if caution is Caution.NONE or not (turn.replies and came.private):
        return turn
    unasked = replace(turn.dialogue, asking=None, tries=0, told_privacy=before.told_privacy)
    if caution is Caution.SILENT:
        return replace(turn, dialogue=unasked, replies=())
    danger = (Reply(say.emergency(house.emergency)),) if says_danger(came.words) else ()
    return replace(turn, dialogue=unasked, replies=(*danger, Reply(say.few_words())))


def _take_turn(before: Dialogue, came: Incoming, house: House, cases: Sequence[CaseSeen]) -> Turn:
    if came.update_id in before.seen:
        return Turn(before)
    now = replace(before, seen=(*before.seen, came.update_id)[-_REMEMBERED:], turn=before.turn + 1)
    if not came.private:
        refusal = () if before.refused else (Reply(say.not_in_groups(house.name), leaves=True),)
        return Turn(replace(now, refused=True), refusal)
    bare = not (came.files or came.too_big or came.lost or came.place or came.phone or came.edited)
    order = order_in(came.words) if bare else None
    if order is None and bare and not now.thread and is_greeting(came.words):
        order = Order.HELP
    if order is not None:
        return _obey(order, now, came, house, cases)
    if not came.readable:
        return Turn(now, (Reply(say.unreadable()),))
    return _take_message(now, came, house, cases)


def _obey(order: Order, now: Dialogue, came: Incoming, house: House, cases: Sequence[CaseSeen]) -> Turn:
    match order:
        case Order.HELP:
            text = say.welcome(house.name, house.emergency, _elsewhere(house))
            now = replace(now, told_privacy=True)
            if now.asking is not None:  # the same again: it does not count as asking
                return Turn(now, (Reply(text), _asked(now.asking, now, name_given(came.profile))))
            now, questions = _question(now, came)
            return Turn(now, (Reply(text), *questions))
        case Order.STOP:
            ended = replace(now, asking=None, tries=0, quiet=True)
            # On a case this may be more than a word to a machine: a person sees it too.
            return Turn(ended, (Reply(say.stopped(bool(now.thread), _reference(cases))),), keep=bool(now.thread))
        case Order.AGAIN:
            fresh = replace(
                now, thread=0, apart=bool(now.thread or cases), asking=None, tries=0, outcome="",
                let_be=tuple(q for q in now.let_be if q is Question.NEEDS),
                quiet=False, album="", whose=Whose.UNSAID, whom="", relation="",
            )  # fmt: skip
            return Turn(fresh, (Reply(say.begun_again(_reference(cases))),))
        case Order.WHERE:
            told = [say.whereabouts(c.reference, c.status, c.received_on, c.due) for c in cases[:5]]
            return Turn(now, (Reply("\n\n".join(told) or say.no_case_yet(bool(now.thread))),))
        case Order.SKIP:
            if now.asking is None:
                return Turn(now, (Reply(say.nothing_to_skip()),))
            return _ask_on(_let_be(now), came, cases, say.skipped())


def _take_message(now: Dialogue, came: Incoming, house: House, cases: Sequence[CaseSeen]) -> Turn:
    first = now.thread == 0
    if first:
        now = replace(now, thread=came.number or came.update_id)
    same_album = came.album != "" and came.album == now.album
    asked = None if came.edited else now.asking
    now, answers = _learn(replace(now, album=came.album), asked, came)
    now, answers, needs = _hear_needs(now, asked, answers, came.words)
    opening = []
    if says_danger(came.words):
        opening.append(Reply(say.emergency(house.emergency)))
    if trouble := say.files_left_out(came.too_big, came.lost):
        opening.append(Reply(trouble))
    if same_album:
        return Turn(now, tuple(opening), keep=True, answers=answers, needs=needs)
    if first:
        thanks = say.first_thanks(
            house.name, "" if now.told_privacy else _elsewhere(house), privacy=not now.told_privacy
        )
        now = replace(now, told_privacy=True)
    elif needs.avoid:
        thanks = say.will_be_careful()
    elif answers is not None:
        thanks = say.answer_thanks()
    elif asked is not None and declines(came.words):
        now, thanks = _let_be(now), say.skipped()
    else:
        thanks = say.added(came.edited, _reference(cases) if now.quiet or not _missing(now) else "")
    turn = _ask_on(now, came, cases, thanks, ended_before=asked is None and not first)
    return replace(turn, replies=(*opening, *turn.replies), keep=True, answers=answers, needs=needs)


def _learn(now: Dialogue, asked: Question | None, came: Incoming) -> tuple[Dialogue, Question | None]:
    """Take from the words what they say outright, and see whether they answer what was asked."""
    words = came.words.strip()
    if asked is Question.OUTCOME and words and not declines(words):
        return replace(now, outcome=words, asking=None, tries=0), Question.OUTCOME
    now, answers = _learn_whose(now, asked, words)
    name = stated_name(words) or (name_given(words) if asked is Question.NAME else "")
    if name:
        now = replace(now, name=name)
        answers = Question.NAME if asked is Question.NAME else answers
    phone = came.phone or find_phone(words)
    place = came.place or find_address(words) or (place_given(words) if asked is Question.PLACE else "")
    if phone or place:
        now = replace(now, phone=phone or now.phone, place=place or now.place)
        answers = Question.PLACE if asked is Question.PLACE else answers
    if answers is not None:
        now = replace(now, asking=None, tries=0)
    return now, answers


def _learn_whose(now: Dialogue, asked: Question | None, words: str) -> tuple[Dialogue, Question | None]:
    """Take from the words whose home it is, who the resident is, and what the writer is to them."""
    answers = None
    if now.whose is Whose.UNSAID:
        whose, relation = (whose_answered if asked is Question.WHOSE else whose_stated)(words)
        now = replace(now, whose=whose, relation=now.relation or relation)
        answers = Question.WHOSE if asked is Question.WHOSE and whose is not Whose.UNSAID else None
    if asked is Question.WHOM and (whom := name_given(without_the_kin(words))):
        now, answers = replace(now, whom=whom), Question.WHOM
    if asked is Question.RELATION and (relation := relation_given(words)):
        now, answers = replace(now, relation=relation), Question.RELATION
    return now, answers


def _hear_needs(
    now: Dialogue, asked: Question | None, answers: Question | None, words: str
) -> tuple[Dialogue, Question | None, NeedsHeard]:
    """Take from the words which formats they need and what is not safe."""
    needs = (needs_answered if asked is Question.NEEDS else needs_stated)(words)
    if needs.nothing:
        return now, answers, needs
    now = replace(now, told_needs=True)
    if asked is Question.NEEDS:
        return replace(now, asking=None, tries=0), Question.NEEDS, needs
    return now, answers, needs


def _ask_on(
    now: Dialogue, came: Incoming, cases: Sequence[CaseSeen], thanks: str, *, ended_before: bool = False
) -> Turn:
    """Thank them, and ask the next question in the same breath; or say that there is none."""
    if now.quiet or (ended_before and not _missing(now)):
        return Turn(now, (Reply(thanks),))
    asking, questions = _question(now, came)
    if not questions:
        return Turn(asking, (Reply(f"{thanks}\n\n{say.all_asked(_reference(cases))}"),))
    return Turn(asking, (replace(questions[0], text=f"{thanks}\n\n{questions[0].text}"),))


def _question(now: Dialogue, came: Incoming) -> tuple[Dialogue, tuple[Reply, ...]]:
    """The next thing that is missing, asked; nothing where nothing is, or where there is no complaint yet."""
    if not now.thread or now.quiet:
        return now, ()
    if now.asking is not None and now.tries >= (1 if now.asking in ASKED_ONCE else TRIES):
        now = _let_be(now)
    missing = _missing(now)
    if not missing:
        return replace(now, asking=None, tries=0), ()
    question = missing[0]
    tries = now.tries + 1 if now.asking is question else 1
    now = replace(now, asking=question, tries=tries)
    return now, (_asked(question, now, name_given(came.profile)),)


def _asked(question: Question, now: Dialogue, profile: str) -> Reply:
    match question:
        case Question.NAME:
            return Reply(say.ask_name(), (*((profile,) if profile else ()), say.SKIP))
        case Question.WHOSE:
            return Reply(say.ask_whose(), (say.OWN_HOME, say.SOMEBODY_ELSE, say.SKIP))
        case Question.WHOM:
            return Reply(say.ask_whom(), (say.SKIP,))
        case Question.RELATION:
            return Reply(say.ask_relation(), (*say.RELATIONS, say.SKIP))
        case Question.PLACE:
            others = now.whose is Whose.OTHERS
            return Reply(say.ask_place_of_others() if others else say.ask_place(), (say.SKIP,), asks_phone=True)
        case Question.OUTCOME:
            return Reply(say.ask_outcome(), (say.SKIP,))
        case Question.NEEDS:
            return Reply(say.ask_needs(), say.NEEDS)


def _missing(now: Dialogue) -> tuple[Question, ...]:
    others = now.whose is Whose.OTHERS
    known = {
        Question.NAME: now.name,
        Question.WHOSE: now.whose,
        Question.WHOM: now.whom or not others,
        Question.RELATION: now.relation or not others,
        Question.PLACE: now.place or now.phone,
        Question.OUTCOME: now.outcome,
        Question.NEEDS: now.told_needs,
    }
    return tuple(q for q in Question if not known[q] and q not in now.let_be)


def _let_be(now: Dialogue) -> Dialogue:
    if now.asking is None:
        return now
    return replace(now, let_be=(*now.let_be, now.asking), asking=None, tries=0)


def _reference(cases: Sequence[CaseSeen]) -> str:
    return next((case.reference for case in cases if case.open), "")


def _elsewhere(house: House) -> str:
    return say.elsewhere(house.email, house.phone)
