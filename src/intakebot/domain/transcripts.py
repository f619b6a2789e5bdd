"""Transcripts: a call that was typed, as turns by speaker, with the signs of relay and textphone calls understood.

The turns hold every character in its place, so joining them gives the transcript back unaltered. What a turn's
words mean is told apart from them: signs taken out and abbreviations written out, for reading and classifying
only. The relay assistant and an interpreter pass words on and are nobody's party. Whose words are not known are
never given to the staff or the assistant, so nothing that a resident may have said goes unread.

Source: accessibility.md 1, text conventions of relay guides (Relay UK and its forerunners).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from intakebot.domain.abbreviations import written_out

LONGEST_NAME: Final = 40


class Speaker(StrEnum):
    """Whose words a turn holds. ASSISTANT is a relay assistant or an interpreter; NOT_SAID counts as the resident's."""

    RESIDENT = "resident"
    STAFF = "staff"
    ASSISTANT = "assistant"
    NOT_SAID = "not_said"


_THEIRS: Final = (Speaker.RESIDENT, Speaker.NOT_SAID)
_LABELS: Final[Mapping[Speaker, str]] = {
    Speaker.RESIDENT: "r|res|resident|caller|deaf caller|tenant|leaseholder|text user|user|tu|complainant",
    Speaker.STAFF: "s|staff|officer|housing officer|agent|adviser|advisor|landlord|us|me|hearing person|hp",
    Speaker.ASSISTANT: "a|ra|ro|ca|opr|operator|relay|relay uk|relay assistant|relay operator|assistant|interpreter",
}
_SPEAKERS: Final = {label: who for who, labels in _LABELS.items() for label in labels.split("|")}
_LABEL: Final = re.compile(
    r"[ \t]*(?:\[?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\]?[ \t]*[-–]?[ \t]*)?"  # the time, as chat programs write it
    r"(?P<name>[^\W\d_][^\W\d_.'’ -]*(?:[ .'’-]{1,2}[^\W\d_]+){0,3})\.?(?:[ \t]*\d{1,6})?[ \t]*[:>](?!//)[ \t]*"
)
_ASIDE: Final = re.compile(r"\([^()\[\]]{0,2000}\)|\[[^()\[\]]{0,2000}\]")
_OF_THE_CALL: Final = re.compile(
    r"\b(?:relay|assistant|asst|operator|opr|r[ao]|ca|interpreter|caller|typ(?:ing|ed|es)|pauses?|hold|connect(?:ed|ing))\b",
    re.IGNORECASE,
)
_FREE: Final = r"(?<![\w'’/&-])"
_END: Final = r"(?![\w'’/&-])"
_HANDS_OVER: Final = re.compile(
    rf"{_FREE}(?:GA(?:[ \t]+(?:OR[ \t]+|TO[ \t]+)?SK)?|BYE[ \t]+TO[ \t]+SK|SK(?:[ \t]*SK)?(?![ \t]?\d)){_END}"
    r"[ \t]*[.!,/]*",
    re.IGNORECASE,
)
_ENDING: Final = re.compile(
    rf"{_FREE}(?<!\bTO )(?<!\bOR )(?<!\bGA )(?:SKSK|SK[ \t]+SK|SK(?![ \t]?\d)|BI[ \t]?BI){_END}", re.IGNORECASE
)
_LAST_WORDS: Final = re.compile(rf"{_FREE}BI[ \t]?BI{_END}[.!,]*", re.IGNORECASE)
_ERASED: Final = re.compile(rf"{_FREE}X{{3,}}{_END}", re.IGNORECASE)
_HOLD: Final = re.compile(
    rf"{_FREE}(?:(?:PLS|PLEASE|PLZ)[ \t]+)?(?:HD|HLD)(?:[ \t]+(?:PLS|PLEASE|PLZ))?{_END}[.!]*", re.IGNORECASE
)
_HOLD_ALONE: Final = re.compile(
    rf"^\s*(?:{_HOLD.pattern})|(?:{_HOLD.pattern})\s*$|{_FREE}(?:PLS|PLZ)[ \t]+HL?D{_END}", re.I
)
_QUESTION: Final = re.compile(
    r"[ \t]*(?<![\w'’/&.-])(?:QQ?|qq)(?![\w'’/&-])[ \t]*[?.]*|[ \t]+q[ \t]*(?=$|\n|ga\b)", re.M
)
_SPACES: Final = re.compile(r"[ \t]{2,}")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said, exactly as it was typed, with label, signs and line ends.

    `name` is the label as written, "" for none; the first `opening` characters of the text are that label. `signs`:
    whether GA, XXX and the other signs of relay calls mean anything in it. `among_theirs`: it is an aside among the
    resident's words that says nothing of the call itself, so it may be theirs: some write brackets as everybody does.
    """

    speaker: Speaker
    text: str = field(repr=False)
    name: str = field(default="", repr=False)
    opening: int = 0
    signs: bool = True
    among_theirs: bool = False

    @property
    def said(self) -> str:
        """The words alone: without label, brackets round an aside, and the signs that only steer the call."""
        words = self.text[self.opening :].strip()
        if not self.signs:
            return words
        if _ASIDE.fullmatch(words):
            words = words[1:-1]
        for signs in (_HANDS_OVER, _LAST_WORDS, _ERASED, _HOLD_ALONE):
            words = signs.sub(" ", words)
        lines = (_SPACES.sub(" ", line).strip() for line in _QUESTION.sub("? ", words).splitlines())
        return "\n".join(line for line in lines if line).strip()

    @property
    def reading(self) -> str:
        """The words as one reads them: as `said`, with abbreviations of relay calls written out."""
        return written_out(self.said) if self.signs else self.said

    @property
    def for_classifying(self) -> bool:
        """Whether it may be the resident's own case to make."""
        return self.among_theirs or self.speaker in _THEIRS


@dataclass(frozen=True, slots=True)
class Transcript:
    """A call as turns in order. `signed_off`: SK, SKSK or BIBI was typed. `corrections`: how often XXX erased words.

    `unknown` are labels that stand there and name nobody we know.
    """

    turns: tuple[Turn, ...] = ()
    signed_off: bool = False
    corrections: int = 0
    unknown: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The transcript as it was typed."""
        return "".join(turn.text for turn in self.turns)

    @property
    def spoken(self) -> tuple[Turn, ...]:
        """The turns in which something is said."""
        return tuple(turn for turn in self.turns if turn.said)

    @property
    def to_classify(self) -> str:
        """What the resident said, and what they may have said, with abbreviations written out."""
        return "\n".join(turn.reading for turn in self.spoken if turn.for_classifying)

    def by(self, speaker: Speaker) -> tuple[Turn, ...]:
        """What one speaker said."""
        return tuple(turn for turn in self.spoken if turn.speaker is speaker)


def read_transcript(
    text: str, *, residents: Iterable[str] = (), staff: Iterable[str] = (), by_relay: bool = True
) -> Transcript:
    """Read a transcript. Anything is one, also "", which has no turns; nothing is raised.

    `residents` and `staff` are names that may stand as labels: people of the home, members of staff. Without
    `by_relay` only labels part the turns: GA, brackets and the rest mean nothing in notes of an ordinary call.

    A label begins a turn, and GA or SK ends one. A line without a label goes on with the speaker before it, unless
    that one has handed over: then, where the typist labels the staff and never the resident, it is the resident's,
    and otherwise nobody says whose it is.

    >>> [(turn.speaker.value, turn.reading) for turn in read_transcript("S: Hello GA\\nR: WHEN WILL U COME Q GA").turns]
    [('staff', 'Hello'), ('resident', 'WHEN WILL YOU COME?')]
    """
    known = _SPEAKERS | _named(staff, Speaker.STAFF) | _named(residents, Speaker.RESIDENT)
    lines = text.splitlines(keepends=True)
    labels = [_label(line, known) for line in lines]
    often = Counter(name.casefold() for name, speaker, _ in labels if speaker is None)
    found = [label if label[1] or often[label[0].casefold()] > 1 else ("", None, 0) for label in labels]
    speakers = {speaker for _, speaker, _ in found}
    unlabelled = Speaker.NOT_SAID
    if Speaker.STAFF in speakers and Speaker.RESIDENT not in speakers:
        unlabelled = Speaker.RESIDENT
    turns = tuple(_turns(zip(lines, found, strict=True), unlabelled, by_relay=by_relay))
    unknown = dict.fromkeys(name for name, speaker, _ in found if name and speaker is None)
    if not by_relay:
        return Transcript(turns, unknown=tuple(unknown))
    return Transcript(turns, bool(_ENDING.search(text)), len(_ERASED.findall(text)), tuple(unknown))


def label_of(line: str) -> str:
    """The name that stands as a label at the beginning of a line, "" for none."""
    return _label(line, {})[0]


Label = tuple[str, Speaker | None, int]
"""A label at the beginning of a line: as written, whose it is (None for nobody we know), and how long it is."""


def _label(line: str, known: Mapping[str, Speaker]) -> Label:
    found = _LABEL.match(line)
    if found is None or len(found["name"]) > LONGEST_NAME:
        return "", None, 0
    return found["name"], known.get(_plain(found["name"])), found.end()


def _plain(name: str) -> str:
    return " ".join(name.replace(".", " ").casefold().split())


def _named(names: Iterable[str], speaker: Speaker) -> dict[str, Speaker]:
    """Whole names and each part of them that is long enough to be one."""
    found: dict[str, Speaker] = {}
    for name in names:
        whole = _plain(name)
        found |= {part: speaker for part in (whole, *whole.split()) if len(part) > 1 and part not in _SPEAKERS}
    return found


def _turns(lines: Iterable[tuple[str, Label]], unlabelled: Speaker, *, by_relay: bool) -> Iterator[Turn]:
    """The turns, each joined with what goes on after it."""
    nobody = Turn(unlabelled, "", signs=by_relay)
    held, current, over = nobody, nobody, True
    for line, (name, speaker, opening) in lines:
        if name:
            current = Turn(speaker or Speaker.NOT_SAID, "", name, signs=by_relay)
        elif over or unlabelled is Speaker.RESIDENT:
            current = nobody
        for piece, aside, hands_over in _pieces(line, opening, by_relay=by_relay):
            here = replace(current, text=piece, opening=opening)
            if aside:
                theirs = current.speaker in _THEIRS and not _OF_THE_CALL.search(piece)
                here = Turn(Speaker.ASSISTANT, piece, signs=by_relay, among_theirs=theirs)
            goes_on = not over and not here.opening and _same(held, here)
            if not piece.strip() or goes_on:
                held = replace(held, text=held.text + piece)
            else:
                if held.text:
                    yield held
                held = here
            if not aside and piece.strip():
                over, opening = hands_over, 0
                current = nobody if hands_over else current
    if held.text:
        yield held


def _same(before: Turn, after: Turn) -> bool:
    return (before.speaker, before.name) == (after.speaker, after.name) and not _ASIDE.fullmatch(after.text.strip())


def _pieces(line: str, opening: int, *, by_relay: bool) -> Iterator[tuple[str, bool, bool]]:
    """A line in pieces: the text, whether it is an aside to or by the assistant, and whether it ends a turn."""
    if not by_relay:
        yield line, False, False
        return
    begin, at = 0, opening
    while at < len(line):
        aside, over = _ASIDE.search(line, at), _HANDS_OVER.search(line, at)
        if aside is not None and (over is None or aside.start() < over.start()):
            if aside.start() > begin:
                yield line[begin : aside.start()], False, False
            yield aside[0], True, False
            begin = at = aside.end()
        elif over is not None:
            yield line[begin : over.end()], False, True
            begin = at = over.end()
        else:
            break
    if begin < len(line):
        yield line[begin:], False, False
