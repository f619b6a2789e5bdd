"""Samples: made-up facts for every letter, so that a wrong template is found at start and not in the night.

Each letter is tried with every fact there and with none.
"""

from __future__ import annotations

from typing import Any

from intakebot.domain.letters import LetterFacts

_FULL = LetterFacts(
    reference="HC-0000-0000-A",
    greeting="Dear Ama Mensah",
    kind="complaint",
    received_on="Monday 2 March 2026",
    ack_due="Monday 9 March 2026",
    response_due="Monday 16 March 2026",
    about=("repairs in your home", "shared areas"),
    outcomes_sought=("the problem put right", "an explanation of what went wrong"),
    responsible_for=("We keep your home in repair.", "We clean the shared areas."),
    not_responsible_for=("We do not repair things you own.",),
    emergency=True,
    representing=True,
    authority_needed=True,
)
_BARE = LetterFacts(
    reference="HC-0000-0000-A",
    greeting="Hello",
    kind="enquiry",
    received_on="Monday 2 March 2026",
    ack_due="",
    response_due="",
    about=(),
    outcomes_sought=(),
    responsible_for=(),
    not_responsible_for=(),
    emergency=False,
    representing=False,
    authority_needed=False,
)
_NOTICE = {"reference": _FULL.reference, "reason": "the mail server refused it", "link": "https://example.org/staff"}
_LINE = {"reference": _FULL.reference, "what": "the response is due", "when": "by Monday", "link": _NOTICE["link"]}

OTHER_FACTS: dict[str, tuple[dict[str, Any], ...]] = {
    "reply": ({"subject": "About HC-0000-0000-A", "text": "Dear Ama\n\nIt is done."},),
    "read_by_a_person": ({"greeting": "Dear Ama Mensah"}, {"greeting": "Hello"}),
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
    """Facts to try a letter with."""
    return OTHER_FACTS.get(letter, ({"case": _FULL}, {"case": _BARE}))
