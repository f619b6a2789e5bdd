"""Relay UK on the road: whose call it was is kept with them, and a TextNumber is never given 18002."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.factories import classification
from tests.road.conftest import Road
from tests.road.test_doors import KIM, PHONE, by

from intakebot.domain.case import EventType
from intakebot.domain.labels import Kind, Need
from intakebot.domain.message import Address, Declared, Party
from intakebot.domain.people import Authority, RepresentativeKind
from intakebot.domain.ringing import by_relay, number_of

MARKED = "07700 900123 (TextNumber)"
TEXT_KIM = replace(KIM, phone=MARKED)
GAIL = Party(name="Gail Price", phone="01632 960005")


def dialled(road: Road, reference: str) -> str:
    case = road.case(reference)
    return number_of(case, case.resident)


def test_who_rang_through_relay_once_is_rung_back_so_on_every_case(road: Road) -> None:
    first = road.take(by(PHONE, "relay", "The boiler is broken.", Declared(resident=KIM))).reference
    assert dialled(road, first) == "07700 900123. Ring back on 18002 07700 900123"
    later = road.take(by(PHONE, "phone", "Loud music next door.", Declared(resident=KIM))).reference
    assert later != first and dialled(road, later) == "07700 900123. Ring back on 18002 07700 900123"
    (need,) = road.case(later).records.needs
    assert (need.need, need.certain) == (Need.RELAY_UK, True)
    assert road.case(first).records.format_tasks == (), "Relay UK is no format that anybody has to make"


def test_a_text_number_stands_without_18002_from_the_first_call(road: Road) -> None:
    reference = road.take(by(PHONE, "relay", "The boiler is broken.", Declared(resident=TEXT_KIM))).reference
    assert dialled(road, reference) == f"{MARKED}. Ring back on 07700 900123"


@pytest.mark.parametrize("kind", [Kind.UPDATE, Kind.COMPLAINT])
def test_a_known_number_becomes_a_text_number_when_a_call_says_so(road: Road, kind: Kind) -> None:
    first = road.take(by(PHONE, "relay", "The boiler is broken.", Declared(resident=KIM))).reference
    again = road.take(by(PHONE, "relay", f"{first} still broken", Declared(resident=TEXT_KIM)), classification(kind))
    assert "18002" not in dialled(road, first) and "18002" not in dialled(road, again.reference)
    third = road.take(by(PHONE, "phone", "The lift too.", Declared(resident=KIM))).reference
    assert "18002" not in dialled(road, third), "nobody said that it is one no longer"


def test_the_number_of_a_call_is_kept_with_somebody_known_without_one(road: Road) -> None:
    mail = Address("kim@tenant.example", "Kim Bello")
    first = road.take(by(mail, "web", "The boiler is broken.", Declared(Party("Kim Bello", mail.email)))).reference
    said = Declared(Party("Kim Bello", mail.email, "07700 900123"))
    road.take(replace(by(mail, "web", "Loud music next door.", said), sender_only_typed=True))
    assert dialled(road, first) == "", "a form may claim any number"
    road.take(by(mail, "relay", "The lift is broken.", said))
    assert dialled(road, first) == "07700 900123. Ring back on 18002 07700 900123"


def test_a_representative_who_rings_through_relay_says_nothing_of_how_the_resident_rings(road: Road) -> None:
    caller = Address("tel:+441632960005", "Gail Price")
    said = Declared(resident=KIM, representative=GAIL, relation="her sister")
    taken = road.take(by(caller, "relay", "18001 her boiler is off.", said), classification(needs=("relay_uk",)))
    case = road.case(taken.reference)
    assert case.representative is not None
    assert (case.representative.kind, case.representative.authority) == (
        RepresentativeKind.RELATIVE,
        Authority.PENDING,
    )
    assert not by_relay(case, case.resident) and by_relay(case, case.representative.person)
    assert number_of(case, case.resident) == "07700 900123"
    assert number_of(case, case.representative.person) == "01632 960005. Ring back on 18002 01632 960005"
    told = [e.summary for e in road.file(case.reference).events if e.type is EventType.NEEDS_TOLD]
    assert told == ["Kept with the representative: Relay UK."]
