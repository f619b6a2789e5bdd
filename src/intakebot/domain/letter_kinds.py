"""Letter kinds: every letter there is, when it goes, who gets it, and the check that nothing required is missing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from intakebot.domain.letter_parts import (
    ACKNOWLEDGEMENT,
    AS_RECORDED,
    AUTHORITY,
    CHOICE,
    EVERY,
    EXTENSION,
    HOW_TO_COMPLAIN,
    REFERENCE,
    SAID,
    TO_STAGE_2,
    TO_THE_OMBUDSMAN,
    CommonFacts,
    FinishedLetter,
    Missing,
    Part,
    plain_words,
    refused,
    response,
)
from intakebot.domain.letters import LetterFacts
from intakebot.domain.records import Ombudsman
from intakebot.errors import BadInput, Refused


@dataclass(frozen=True, slots=True)
class LetterKind:
    """A letter there is: the name of its template, when it goes, who gets it, and the parts it must have."""

    name: str
    purpose: str
    reader: str
    parts: tuple[Part, ...] = ()


_RESIDENT: Final = "the resident"

LETTER_KINDS: Final = (
    LetterKind(
        "receipt",
        "at once, when an acknowledgement will follow or a person must look first",
        _RESIDENT,
        (REFERENCE, *EVERY),
    ),
    LetterKind(
        "acknowledgement",
        "when a complaint or a request for stage 2 is acknowledged: by itself where that may be, else by an officer",
        _RESIDENT,
        ACKNOWLEDGEMENT,
    ),
    LetterKind(
        "service_request",
        "at once, to a service request or a further word on one",
        _RESIDENT,
        (REFERENCE, HOW_TO_COMPLAIN, *EVERY),
    ),
    LetterKind("enquiry", "at once, to a question", _RESIDENT, (REFERENCE, HOW_TO_COMPLAIN, *EVERY)),
    LetterKind("compliment", "at once, to thanks", _RESIDENT, (REFERENCE, *EVERY)),
    LetterKind("added", "at once, when a message is added to a case", _RESIDENT, (REFERENCE, *EVERY)),
    LetterKind(
        "choice",
        "when somebody is unhappy and has not said whether they want to complain",
        _RESIDENT,
        (REFERENCE, CHOICE, *EVERY),
    ),
    LetterKind(
        "clarification",
        "when we must ask what is meant; the time to answer runs on",
        _RESIDENT,
        (
            REFERENCE,
            Part("the question", "5.6", "case.question", AS_RECORDED, lambda d: d.has(d.case.question)),
            *EVERY,
        ),
    ),
    LetterKind(
        "authority_request",
        "before a response is due, when somebody writes for the resident and has no authority; names no facts",
        "the representative",
        (REFERENCE, AUTHORITY, *EVERY),
    ),
    LetterKind("copy", "with a letter to a representative, where the resident wants a copy", _RESIDENT),
    LetterKind("extension", "before a response is due, when it needs more time", _RESIDENT, EXTENSION),
    LetterKind(
        "update",
        "at the agreed times, while a response is late",
        _RESIDENT,
        (
            REFERENCE,
            Part("what has happened since", "5.9", "case.said", "Write what has happened.", SAID.found),
            Part(
                "the day of the next update",
                "5.9",
                "case.stage.next_update_on",
                "Write the day of the next update.",
                lambda d: d.has_day(d.case.stage.next_update_on),
            ),
            *EVERY,
        ),
    ),
    LetterKind("refusal", "when a complaint is not accepted", _RESIDENT, refused("2.4")),
    LetterKind(
        "response_stage_1",
        "the answer at stage 1",
        _RESIDENT,
        response("6.9", "6.7", 1, (TO_STAGE_2, *EVERY)),
    ),
    LetterKind("escalation_refused", "when a request for stage 2 is not accepted", _RESIDENT, refused("5.11")),
    LetterKind(
        "response_stage_2",
        "the final answer, at stage 2",
        _RESIDENT,
        response("6.19", "6.18", 2, (TO_THE_OMBUDSMAN, *EVERY)),
    ),
    LetterKind(
        "withdrawal_check",
        "when somebody seems to wish to withdraw: it counts only once they confirm it",
        _RESIDENT,
        (
            REFERENCE,
            Part(
                "the question whether they want to withdraw",
                "",
                'in your words: "withdraw" or "stop", and "confirm", "tell us" or "reply"',
                "Ask them to confirm that they want to withdraw.",
                lambda d: d.has_paragraph("withdraw|stop", "confirm|tell us|reply"),
            ),
            *EVERY,
        ),
    ),
    LetterKind("closure", "when a case is closed", _RESIDENT, (REFERENCE, SAID, *EVERY)),
    LetterKind("reply", "what an officer writes, with the Ombudsman's details under it", _RESIDENT, EVERY),
    LetterKind(
        "read_by_a_person",
        "at once, when a person must say which case a message belongs to; names no case",
        _RESIDENT,
        EVERY,
    ),
    LetterKind(
        "saved_form",
        "when somebody who fills in the form on the web asks for its private link",
        "who fills it in",
    ),
    LetterKind(
        "status_link",
        "under each letter by mail or chat: the link to the reader's own page, where they see how their case stands",
        "whoever the letter goes to",
        (
            Part(
                "the link to the page",
                "",
                "link",
                "Write {{ link }} where the link is to stand.",
                lambda d: "/case/" in d.words,
            ),
        ),
    ),
    LetterKind(
        "survey_footer",
        "to print under your surveys and requests for feedback; intakebot does not send it",
        _RESIDENT,
        (replace(HOW_TO_COMPLAIN, clause="1.6"), *EVERY),
    ),
    LetterKind("duty_notice", "at any hour, when a message reports danger", "the duty officer"),
    LetterKind("waiting_notice", "when such a message is on no case", "the duty officer"),
    LetterKind("address_notice", "when a letter came back", "the officer"),
    LetterKind("parked_notice", "when a letter could not be sent", "the officer"),
    LetterKind("clock_notice", "what is due soon and what is overdue", "officer and manager"),
)
"""Every letter there is, in the order of a complaint's life; notices to staff last."""


def missing_parts(
    letter: str, facts: LetterFacts | None, subject: str, text: str, common: CommonFacts
) -> tuple[Missing, ...]:
    """The parts a finished letter lacks, also one that an officer has changed, in the order of its kind.

    `facts` may be None for letters that are not about one case; they name the Housing Ombudsman. Raises
    BadInput for a letter there is not.
    """
    finished = FinishedLetter(
        facts,
        common.ombudsmen[facts.ombudsman if facts else Ombudsman.HOS],
        common.policy_url,
        plain_words(f"{subject}\n{text}"),
        tuple(plain_words(paragraph) for paragraph in re.split(r"\n\s*\n", text)),
    )
    stage = facts.stage.number if facts else 0
    return tuple(
        Missing(part.name, part.clause_at(stage), part.how_to_mend)
        for part in letter_kind(letter).parts
        if not part.found(finished)
    )


def require_parts(letter: str, facts: LetterFacts | None, subject: str, text: str, common: CommonFacts) -> None:
    """Raise `Refused`, naming every missing part and clause, for a letter that may not go as it stands."""
    missing = missing_parts(letter, facts, subject, text, common)
    if missing:
        lacks = ", nor ".join(m.part for m in missing)
        mend = " ".join(dict.fromkeys(m.how_to_mend for m in missing))
        clauses = ", ".join(dict.fromkeys(m.clause for m in missing if m.clause))
        raise Refused(f"The letter does not give {lacks}. {mend}", clauses)


def letter_kind(name: str) -> LetterKind:
    """A letter by the name of its template. Raises BadInput for one there is not."""
    kind = next((k for k in LETTER_KINDS if k.name == name), None)
    if kind is None:
        raise BadInput(f"there is no letter {name}, only {', '.join(k.name for k in LETTER_KINDS)}")
    return kind
