"""Words: every label the domain has is said in words on the pages."""

from __future__ import annotations

from enum import StrEnum

import pytest

from intakebot.correspondence import PURPOSES
from intakebot.domain.case import Status
from intakebot.domain.channels import Channel
from intakebot.domain.hazards import Exclusion, HazardLevel, HazardStatus
from intakebot.domain.labels import Category, Flag, Kind, Need
from intakebot.domain.message import Purpose
from intakebot.domain.people import Authority, StaffRole
from intakebot.domain.records import Choice, Determination, Ombudsman, Payer, RefusalReason, RemedyType
from intakebot.domain.stages import Outcome
from intakebot.domain.timescales import ClockName
from intakebot.web import words


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (Authority, words.AUTHORITIES),
        (Category, words.CATEGORIES),
        (Channel, words.CHANNELS),
        (Choice, words.CHOICES),
        (ClockName, words.CLOCKS),
        (Determination, words.DETERMINATIONS),
        (Exclusion, words.EXCLUSIONS),
        (Flag, words.FLAGS),
        (HazardLevel, words.HAZARD_LEVELS),
        (HazardStatus, words.HAZARD_STATUSES),
        (Kind, words.KINDS),
        (Need, words.NEEDS),
        (Ombudsman, words.OMBUDSMEN),
        (Outcome, words.OUTCOMES),
        (Payer, words.PAYERS),
        (Purpose, words.PURPOSES),
        (RefusalReason, words.REFUSALS),
        (RemedyType, words.REMEDIES),
        (StaffRole, words.ROLES),
        (Status, words.STATUSES),
    ],
)
def test_every_label_has_words_of_its_own(labels: type[StrEnum], said: dict[StrEnum, str]) -> None:
    assert set(said) == set(labels)
    assert len(set(said.values())) == len(said) and all(said.values())


def test_every_letter_an_officer_sends_has_a_name() -> None:
    assert {words.PURPOSES[purpose] for purpose in PURPOSES.values()}
