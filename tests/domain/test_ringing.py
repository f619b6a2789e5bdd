"""Whoever uses Relay UK is shown with what to dial wherever their number stands, and nobody else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories import DAY, NOW, a_case

import intakebot
from intakebot.domain.case import Case, CaseTag, TagType
from intakebot.domain.labels import Need
from intakebot.domain.needs import Contact, ContactRule, PersonNeed, Source, Telling
from intakebot.domain.people import Person, Representative
from intakebot.domain.records import Records
from intakebot.domain.ringing import by_relay, came_from, number_of, numbers_of, to_dial

AMA = Person("Ama", phone="07700 900123", id=1)
GAIL = Person("Gail", phone="01632 960005", id=2)
TOLD = Telling(NOW, "relay", "HC-0000-0000-A", Source.SAID, "resident")
TAG = CaseTag(TagType.NEED, Need.RELAY_UK, 0.9, (), "rules")


def needs_relay(person: Person, **changes: object) -> PersonNeed:
    return PersonNeed(1, person.id, Need.RELAY_UK, (TOLD,), **changes)  # type: ignore[arg-type]


def both(**changes: object) -> Case:
    """A case of Ama's that Gail speaks for."""
    return a_case(**({"resident": AMA, "representative": Representative(GAIL)} | changes))


def rung(case: Case) -> set[str]:
    return {person.name for person in case.parties if by_relay(case, person)}


@pytest.mark.parametrize(
    ("case", "names"),
    [
        (both(), set()),
        (both(records=Records(needs=(needs_relay(AMA),))), {"Ama"}),
        (both(records=Records(needs=(needs_relay(GAIL),))), {"Gail"}),
        (both(records=Records(needs=(needs_relay(AMA, ended_on=DAY),))), set()),
        (both(records=Records(contact_rules=(ContactRule(1, 2, TOLD, Contact.RELAY_UK),))), {"Gail"}),
        (both(tags=(TAG,)), {"Ama"}),
        (both(tags=(TAG,), channel="relay", records=Records(needs=(needs_relay(GAIL),))), {"Gail"}),
        (both(channel="relay_uk"), {"Ama", "Gail"}),
        (both(channel="video_relay"), set()),
        (both(resident=Person("Ama", phone="01632 960007 (TextNumber)", id=1)), {"Ama"}),
    ],
)
def test_who_is_rung_through_relay(case: Case, names: set[str]) -> None:
    assert rung(case) == names


def test_each_number_says_what_to_dial() -> None:
    case = both(records=Records(needs=(needs_relay(AMA),)))
    assert number_of(case, AMA) == "07700 900123. Ring back on 18002 07700 900123"
    assert (number_of(case, GAIL), to_dial(case, GAIL)) == ("01632 960005", "")
    assert numbers_of(case) == {"+447700900123": number_of(case, AMA), "+441632960005": "01632 960005"}
    assert came_from("tel:+447700900123", "phone", numbers_of(case)) == number_of(case, AMA)
    assert came_from("tel:+441632960009", "relay", numbers_of(case)) == "a caller through Relay UK"


def test_no_page_and_no_command_writes_a_number_by_itself() -> None:
    root = Path(intakebot.__file__).parent
    files = [*root.glob("web/templates/**/*.html"), *root.glob("cli/*.py")]
    assert len(files) > 40
    for file in files:
        text = file.read_text(encoding="utf-8")
        for ours in ("landlord.phone", "landlord.ombudsman.phone"):
            text = text.replace(ours, "")
        assert ".phone" not in text, f"{file.name}: write a number with domain.ringing, so that it says what to dial"
