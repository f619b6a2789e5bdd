"""Letter parts: what each letter to a resident must hold, which provision asks for it, and what is missing.

A part that states something recorded (a date, the reasons, a remedy) is there when the recorded words are: an
officer may move and frame them, but a letter that says something else than the record is held back, so that
the two agree. Case, spacing, list marks, curly quotes and the weekday of a date do not matter. A part that
may be worded freely (how to go to stage 2) is there when one paragraph has the words named beside it.
Clauses are those of the Housing Ombudsman's Complaint Handling Code; "" stands for our own rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from intakebot.domain.letters import LetterFacts
from intakebot.domain.records import Ombudsman
from intakebot.errors import BadInput


@dataclass(frozen=True, slots=True)
class OmbudsmanContact:
    """How to reach an Ombudsman (Code 3.7). What an Ombudsman has not got is ""."""

    name: str
    phone: str
    email: str
    post: str
    website: str

    @property
    def details(self) -> tuple[str, ...]:
        """Everything there is, the name first."""
        return tuple(d for d in (self.name, self.phone, self.email, self.post, self.website) if d)


@dataclass(frozen=True, slots=True)
class CommonFacts:
    """What is the same in every letter of this landlord."""

    ombudsmen: Mapping[Ombudsman, OmbudsmanContact]
    policy_url: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A part a letter lacks: its name, the clause that asks for it ("" for our own rule), and what to do."""

    part: str
    clause: str
    how_to_mend: str

    def __str__(self) -> str:
        clause = f" (Code {self.clause})" if self.clause else ""
        return f"it does not give {self.part}{clause}. {self.how_to_mend}"


@dataclass(frozen=True, slots=True)
class FinishedLetter:
    """A finished letter, made ready to be searched: all its words, and those of each paragraph."""

    facts: LetterFacts | None
    contact: OmbudsmanContact
    policy_url: str
    words: str
    paragraphs: tuple[str, ...]

    @property
    def case(self) -> LetterFacts:
        """The facts of the case. Raises BadInput for a letter that was given none."""
        if self.facts is None:
            raise BadInput("this letter is about a case, and needs its facts")
        return self.facts

    def has(self, *facts: str) -> bool:
        """Whether each fact is there, line by line, and none is empty."""
        return all(f.strip() and all(_stands(line, self.words) for line in f.splitlines()) for f in facts)

    def has_day(self, day: str) -> bool:
        """Whether a written-out day is there, with or without its weekday."""
        return self.has(day.partition(" ")[2])

    def has_paragraph(self, *patterns: str) -> bool:
        """Whether one paragraph matches every pattern."""
        return any(all(re.search(p, paragraph) for p in patterns) for paragraph in self.paragraphs)


@dataclass(frozen=True, slots=True)
class Part:
    """Something a letter must hold. `name` completes "it does not give …"; `facts` are what templates state it with.

    `stage_2_clause` is the clause at stage 2, where it is another.
    """

    name: str
    clause: str
    facts: str
    how_to_mend: str
    found: Callable[[FinishedLetter], bool]
    stage_2_clause: str = ""

    def clause_at(self, stage: int) -> str:
        """The clause that asks for it at a stage."""
        return self.stage_2_clause if stage == 2 and self.stage_2_clause else self.clause


def plain_words(text: str) -> str:
    """Words as they are compared: small letters, straight quotes, single spaces, no list or heading marks."""
    text = re.sub(r"^\s*(?:##|-)\s+", "", text, flags=re.MULTILINE).casefold()
    text = text.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-"})
    text = " ".join(text.split())
    return text.replace("stage one", "stage 1").replace("stage two", "stage 2").replace("partially", "partly")


def _stands(fact: str, words: str) -> bool:
    """Whether a line of a fact stands in the words, not as a piece of a longer word or sum (£15 in £150)."""
    sought = plain_words(fact).rstrip(" .,;:")
    return re.search(rf"(?<!\w){re.escape(sought)}(?!\w|[.,]\d)", words) is not None


def _decision(letter: FinishedLetter) -> bool:
    stage = letter.case.stage
    # "not upheld" and "partly upheld" hold the word "upheld", and must not pass for it.
    outcome = r"(?<!not )(?<!partly )upheld" if stage.finding == "upheld" else re.escape(stage.finding or "\0")
    return re.search(outcome, letter.words) is not None and letter.has(*filter(None, (stage.decision,)))


def _definition(letter: FinishedLetter) -> bool:
    case = letter.case
    recorded = (case.definition,) if case.definition else case.about
    return letter.has(*recorded) if recorded else letter.has_paragraph("understand your complaint")


def _outcomes(letter: FinishedLetter) -> bool:
    wanted = letter.case.outcomes_sought
    return (
        letter.has(*wanted) if wanted else letter.has_paragraph(r"put (?:it|things|this) right|you want|you would like")
    )


def _responsible(letter: FinishedLetter) -> bool:
    case = letter.case
    stated = letter.has(*case.responsible_for, *case.not_responsible_for)
    return stated and (bool(case.responsible_for) or letter.has_paragraph("responsible|answer for"))


def _policy(letter: FinishedLetter) -> bool:
    return letter.has(letter.policy_url) if letter.policy_url else letter.has_paragraph("complaints? policy")


def _remedies(letter: FinishedLetter) -> bool:
    remedies = letter.case.stage.remedies
    if not remedies:
        return letter.has_paragraph(r"remed|put(?:ting)? (?:\w+ )?right")
    stated = all(letter.has(r.what, *filter(None, (r.amount,))) for r in remedies)
    return stated and all(letter.has_day(r.due_on) for r in remedies if r.due_on)


def _actions(letter: FinishedLetter) -> bool:
    actions = letter.case.stage.actions
    if not actions:
        return letter.has_paragraph("outstanding|still (?:to do|to be done|have to do)|left to do|nothing more")
    return all(letter.has(a.what, a.owner) and letter.has_day(a.due_on) for a in actions)


def _points(letter: FinishedLetter) -> bool:
    return all(letter.has(p.text, p.answer) for p in letter.case.stage.points)


def _extension(letter: FinishedLetter, *, new: bool) -> bool:
    extension = letter.case.stage.extension
    return extension is not None and letter.has_day(extension.until if new else extension.was_due)


AS_RECORDED: Final = "Put it back as it is recorded, or change the record first."
REFERENCE: Final = Part(
    "the reference", "", "case.reference", "Write the case's reference.", lambda d: d.has(d.case.reference)
)
OMBUDSMAN: Final = Part(
    "the Ombudsman's details",
    "3.7",
    "ombudsman.name, ombudsman.phone, ombudsman.email, ombudsman.post, ombudsman.website",
    "Put back the Ombudsman's name, telephone, addresses and website.",
    lambda d: d.has(*d.contact.details),
)
AT_ANY_TIME: Final = Part(
    "the right to go to the Ombudsman at any time",
    "3.7",
    'in your words: "Ombudsman" and "at any time" or "at any stage"',
    "Say that they can go to the Ombudsman at any time.",
    lambda d: d.has_paragraph("ombudsman", "(?:at )?any (?:time|stage|point)|throughout"),
)
EVERY: Final = (OMBUDSMAN, AT_ANY_TIME)
HOW_TO_COMPLAIN: Final = Part(
    "the way to complain",
    "1.3",
    'in your words: "complaint" or "complain", and "tell us" or "reply", in one paragraph',
    "Say that they can complain, and how.",
    lambda d: d.has_paragraph("complain", "tell us|reply"),
)
CHOICE: Final = Part(
    "the choice to complain",
    "1.3",
    'in your words: "complaint" or "complain", "choose" or "do you want", and "tell us" or "reply", in one paragraph',
    "Ask whether they want to complain, and say how to answer.",
    lambda d: d.has_paragraph("complain", "choose|do you want|would you like", "tell us|reply"),
)
AUTHORITY: Final = Part(
    "the authority that is needed",
    "3.6",
    'in your words: "permission" or "may not tell you", and "reply" or "tell us", in one paragraph',
    "Say what shows that they may act for the resident, and how to give it.",
    lambda d: d.has_paragraph("permission|may not tell you", "reply|tell us"),
)
STAGE: Final = Part(
    "the stage the complaint is at",
    "6.2",
    "case.stage.number",
    "Say which stage the complaint is at.",
    lambda d: d.has(f"stage {d.case.stage.number}"),
    "6.11",
)
ACKNOWLEDGEMENT: Final = (
    REFERENCE,
    STAGE,
    Part("the complaint as we understand it", "5.6", "case.definition, case.about", AS_RECORDED, _definition),
    Part(
        "the outcomes sought",
        "5.6",
        "case.outcomes_sought",
        "Put them back as recorded, or ask what would put it right.",
        _outcomes,
    ),
    Part(
        "what we are and are not responsible for",
        "5.7",
        "case.responsible_for, case.not_responsible_for",
        AS_RECORDED,
        _responsible,
    ),
    Part(
        "the day the response is due",
        "6.3",
        "case.response_due",
        "Write the day as it is worked out.",
        lambda d: d.has_day(d.case.response_due),
        "6.14",
    ),
    Part("the complaints policy", "3.4", "landlord.policy_url", "Say where the complaints policy is.", _policy),
    *EVERY,
)
EXTENSION: Final = (
    REFERENCE,
    Part(
        "the day the response was due",
        "6.4",
        "case.stage.extension.was_due",
        "Write the day it replaces.",
        lambda d: _extension(d, new=False),
        "6.15",
    ),
    Part(
        "the new day the response is due",
        "6.4",
        "case.stage.extension.until",
        "Write the new day as it is recorded.",
        lambda d: _extension(d, new=True),
        "6.15",
    ),
    Part(
        "the reason for the extension",
        "6.4",
        "case.stage.extension.reason",
        AS_RECORDED,
        lambda d: d.case.stage.extension is not None and d.has(d.case.stage.extension.reason),
        "6.15",
    ),
    Part(OMBUDSMAN.name, "6.5", OMBUDSMAN.facts, OMBUDSMAN.how_to_mend, OMBUDSMAN.found, "6.16"),
    AT_ANY_TIME,
)


def response(clause: str, points_clause: str, stage: int, onward: tuple[Part, ...]) -> tuple[Part, ...]:
    """The seven parts of a response, (a) to (g), and an answer to every point."""
    return (
        REFERENCE,
        Part(STAGE.name, f"{clause}a", STAGE.facts, STAGE.how_to_mend, lambda d: d.has(f"stage {stage}")),
        Part(
            "the complaint definition",
            f"{clause}b",
            "case.definition",
            AS_RECORDED,
            lambda d: d.has(d.case.definition),
        ),
        Part(
            "the decision on the complaint",
            f"{clause}c",
            "case.stage.finding, case.stage.decision",
            "Say whether it is upheld, partly upheld or not upheld, with the decision as recorded.",
            _decision,
        ),
        Part(
            "the reasons for the decision",
            f"{clause}d",
            "case.stage.reasons",
            AS_RECORDED,
            lambda d: d.has(d.case.stage.reasons),
        ),
        Part(
            "an answer to every point",
            points_clause,
            "case.stage.points",
            "Give every point with its answer, as recorded.",
            _points,
        ),
        Part(
            "the remedy",
            f"{clause}e",
            "case.stage.remedies",
            "Give every remedy with its sum and day, or say that there is nothing to put right.",
            _remedies,
        ),
        Part(
            "the outstanding actions",
            f"{clause}f",
            "case.stage.actions",
            "Give every action with who does it and by when, or say that nothing is outstanding.",
            _actions,
        ),
        *onward,
    )


def refused(clause: str) -> tuple[Part, ...]:
    """What a refusal must say, of a complaint or of a request for stage 2."""
    return (
        REFERENCE,
        Part(
            "the reason it is not accepted",
            clause,
            "case.refusal.reason",
            "Put the reason back as it stands in the draft.",
            lambda d: d.case.refusal is not None and d.has(d.case.refusal.reason),
        ),
        Part(
            "the explanation of that reason",
            clause,
            "case.refusal.evidence",
            AS_RECORDED,
            lambda d: d.case.refusal is not None and d.has(d.case.refusal.evidence),
        ),
        Part(
            "the right to take this decision to the Ombudsman",
            clause,
            'in your words: "decision" and "Ombudsman" in one paragraph',
            "Say that they can take the decision not to accept it to the Ombudsman.",
            lambda d: d.has_paragraph("decision", "ombudsman"),
        ),
        *EVERY,
    )


TO_STAGE_2: Final = Part(
    "the way to ask for stage 2",
    "6.9g",
    'in your words: "stage 2" and "ask", "tell us" or "reply" in one paragraph',
    "Say how to ask for stage 2. No reason may be asked for (Code 6.12).",
    lambda d: d.has_paragraph("stage 2", r"\bask|tell us|reply|request"),
)
TO_THE_OMBUDSMAN: Final = Part(
    "the way to take it to the Ombudsman, and within 12 months",
    "6.19g",
    'in your words: "Ombudsman" and "12 months" in one paragraph',
    "Say that they can take it to the Ombudsman within 12 months.",
    lambda d: d.has_paragraph("ombudsman", "(?:12|twelve) months"),
)
SAID: Final = Part(
    "what you have to say",
    "",
    "case.said",
    "Write the letter's own words.",
    lambda d: d.has(d.case.said),
)
