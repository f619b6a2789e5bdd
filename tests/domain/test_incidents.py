"""Incidents (Code 8.5): shown on the cases during whose time they fell, and nothing else changes."""

from __future__ import annotations

from datetime import date

import pytest
from tests.factories import NOW, a_case

from intakebot.domain.incidents import Incident, incidents_during

TODAY = date(2026, 3, 20)


@pytest.mark.parametrize(
    ("since", "until", "shown"),
    [
        (date(2026, 3, 1), date(2026, 3, 1), False),  # over before the complaint came on 2 March
        (date(2026, 3, 1), date(2026, 3, 2), True),
        (date(2026, 3, 10), None, True),
        (date(2026, 3, 20), None, True),
        (date(2026, 3, 21), None, False),
    ],
)
def test_an_incident_is_shown_on_cases_that_were_open_then(since: date, until: date | None, shown: bool) -> None:
    incident = Incident(since, until, "Our computers were attacked.")
    assert incidents_during(a_case(received_at=NOW), [incident], TODAY) == ((incident,) if shown else ())
