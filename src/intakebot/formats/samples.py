"""Samples: made-up facts for every letter, so that a wrong template is found at start and not in the night.

Each letter is tried with everything there and with as little as there can be, and for either Ombudsman.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from intakebot.domain.letters import (
    ActionFacts,
    ExtensionFacts,
    LetterFacts,
    PointFacts,
    RefusalFacts,
    RemedyFacts,
    StageFacts,
)
from intakebot.domain.records import Ombudsman

_STAGE: Final = StageFacts(
    number=1,
    finding="partly upheld",
    decision="We took too long to mend your boiler. We did not miss the visit on 3 February.",
    reasons="You told us on 12 January. Our policy says that we mend a boiler within 3 days. It took us 19.",
    points=(
        PointFacts(
            "You had no heating for 19 days.", "That is right. A part came late. We did not chase it.", "upheld"
        ),
        PointFacts("Nobody came on 3 February.", "Our engineer rang your bell at 10:15 and left a card.", "not upheld"),
    ),
    remedies=(
        RemedyFacts("An apology", "You and your baby were cold.", "", "us", "Monday 16 March 2026"),
        RemedyFacts("Money for the days without heating", "", "£112.50", "our contractor", "Monday 30 March 2026"),
    ),
    actions=(ActionFacts("Fit a new pump", "Larkmere Repairs", "Friday 20 March 2026"),),
    extension=ExtensionFacts("Monday 30 March 2026", "Monday 16 March 2026", "We wait for the gas engineer's report."),
    next_update_on="Monday 23 March 2026",
    update_days=5,
)
_FULL: Final = LetterFacts(
    reference="HC-0000-0000-A",
    greeting="Dear Ama Mensah",
    kind="complaint",
    received_on="Monday 2 March 2026",
    ack_due="Monday 9 March 2026",
    response_due="Monday 16 March 2026",
    definition="You had no heating from 12 January. You say that nobody came on 3 February.",
    about=("repairs in your home", "shared areas"),
    outcomes_sought=("the problem put right", "an explanation of what went wrong"),
    responsible_for=("We keep your home in repair.", "We clean the shared areas."),
    not_responsible_for=("We do not repair things you own.",),
    emergency=True,
    representing=True,
    authority_needed=True,
    stage=_STAGE,
    refusal=RefusalFacts(
        "it is about something that happened more than 12 months ago",
        "You wrote to us on 2 March 2026 about a leak in May 2023.",
        "You were ill in 2024. You were well again in January 2025, and wrote to us then about your rent.",
        False,
    ),
    question="Which room is damp, and since when?",
    said="We have the part now. The engineer comes on Thursday 19 March.",
)
_COUNCIL: Final = replace(_FULL, ombudsman=Ombudsman.LGSCO, emergency=False, authority_needed=False)
_NO_CLOCK: Final = LetterFacts(
    reference="HC-0000-0000-A",
    greeting="Hello",
    kind="enquiry",
    received_on="Monday 2 March 2026",
    ack_due="",
    response_due="",
    definition="",
    about=(),
    outcomes_sought=(),
    responsible_for=(),
    not_responsible_for=(),
    emergency=False,
    representing=False,
    authority_needed=False,
    said="The lamp in your hall was mended on Tuesday.",
)
_AUTOMATIC: Final = replace(_FULL, definition="", stage=StageFacts(1), emergency=False)
_NOTHING_KNOWN: Final = replace(_NO_CLOCK, kind="complaint", response_due=_FULL.response_due, stage=StageFacts(1))
_PLAIN_ANSWER: Final = replace(
    _FULL,
    outcomes_sought=(),
    stage=replace(
        _STAGE,
        finding="not upheld",
        decision="We kept to our policy.",
        points=(),
        remedies=(),
        actions=(),
        extension=None,
    ),
)


def _at_stage_2(facts: LetterFacts) -> LetterFacts:
    return replace(facts, stage=replace(facts.stage, number=2))


_SHORT_REFUSAL: Final = replace(
    _FULL,
    stage=StageFacts(),
    refusal=RefusalFacts("our complaints policy does not cover it", "It is a claim.", "", True),
)
_NOTICE = {"reference": _FULL.reference, "reason": "the mail server refused it", "link": "https://example.org/staff"}
_LINE = {"reference": _FULL.reference, "what": "the response is due", "when": "by Monday", "link": _NOTICE["link"]}

_CASES: Final[dict[str, tuple[LetterFacts, ...]]] = {
    "acknowledgement": (
        _FULL,
        _AUTOMATIC,
        replace(_FULL, authority_shown_by="a copy of the will"),
        _NOTHING_KNOWN,
        _at_stage_2(_COUNCIL),
    ),
    "clarification": (_FULL, replace(_COUNCIL, response_due="")),
    "extension": (_FULL, replace(_at_stage_2(_COUNCIL), stage=replace(_STAGE, number=2, next_update_on=""))),
    "update": (_FULL, _at_stage_2(_COUNCIL)),
    "refusal": (_FULL, _SHORT_REFUSAL, _COUNCIL),
    "response_stage_1": (_FULL, _PLAIN_ANSWER, _COUNCIL),
    "escalation_refused": (_FULL, _SHORT_REFUSAL, _COUNCIL),
    "response_stage_2": (_at_stage_2(_FULL), _at_stage_2(_PLAIN_ANSWER), _at_stage_2(_COUNCIL)),
    "withdrawal_check": (_FULL, _COUNCIL),
    "authority_request": (
        replace(_FULL, said="", authority_shown_by="a copy of the power of attorney"),
        replace(_NO_CLOCK, authority_needed=True, representing=True, said=""),
        _COUNCIL,
    ),
    "closure": (replace(_FULL, said="The new pump is in, and your heating works."), _NO_CLOCK, _at_stage_2(_COUNCIL)),
}
OTHER_FACTS: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "reply": ({"subject": "About HC-0000-0000-A", "text": "Dear Ama\n\nIt is done."},),
    "copy": ({"subject": "About HC-0000-0000-A", "text": "Dear Jo\n\nIt is done."},),
    "read_by_a_person": ({"greeting": "Dear Ama Mensah"}, {"greeting": "Hello"}),
    "saved_form": ({"link": "https://example.org/complain/kept"},),
    "status_link": ({"link": "https://example.org/case/kept"},),
    "survey_footer": ({},),
    "duty_notice": (
        _NOTICE | {"reasons": "emergency hazard", "hazard_due": "3 March 2026, 09:00"},
        _NOTICE | {"reasons": "safeguarding", "hazard_due": ""},
    ),
    "address_notice": (_NOTICE,),
    "parked_notice": (_NOTICE,),
    "waiting_notice": (_NOTICE | {"danger": "safeguarding"}, _NOTICE | {"danger": ""}),
    "clock_notice": (
        {"subject": "Cases: 1 due soon", "groups": [{"title": "Due soon", "lines": [_LINE]}], "link": _NOTICE["link"]},
    ),
}
"""The facts of letters that are not about one case, or not for its resident."""


def samples(letter: str) -> tuple[dict[str, Any], ...]:
    """Facts to try a letter with; the first has everything there."""
    cases = _CASES.get(letter, (_FULL, _NO_CLOCK, _COUNCIL))
    return OTHER_FACTS.get(letter) or tuple({"case": case} for case in cases)
