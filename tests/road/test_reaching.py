"""Whom a letter may reach is asked of everybody at the address, on every way out, and again as it leaves."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from tests.factories import message
from tests.road.conftest import Road
from tests.road.test_representatives import AMA, JO, WRITES_FOR, act, authority, do, from_jo, reply, watch, went_to

from intakebot.delivery import Delivery
from intakebot.domain import safety
from intakebot.domain.case import EventType
from intakebot.domain.message import Address, Authentication, NormalisedMessage, OutboundMessage, Purpose, Receipt
from intakebot.domain.people import Authority
from intakebot.errors import Refused


@dataclass
class FarSide:
    """A way out that takes everything."""

    name: str = "email"
    sent: list[OutboundMessage] = field(default_factory=list)

    async def run(self, accept: object) -> None:
        raise NotImplementedError

    def normalise(self, raw: object) -> NormalisedMessage:
        raise NotImplementedError

    async def send(self, letter: OutboundMessage) -> Receipt:
        self.sent.append(letter)
        return Receipt("taken")


async def delivered(road: Road) -> list[str]:
    far = FarSide()
    await Delivery(road.store, road.landlord, {"email": far}, lambda: road.now).run(until_empty=True)
    return went_to([letter for letter in far.sent if letter.purpose is not Purpose.PARKED_NOTICE])


async def test_a_letter_that_waits_to_leave_is_held_by_a_rule_set_since(road: Road) -> None:
    ref = road.take(message("It is cold.", sender=AMA)).reference
    await delivered(road)
    reply(road, ref)
    do(road, ref, lambda c, a: safety.avoid(c, c.resident, "He reads it", a, at=AMA.email))
    assert AMA.email not in await delivered(road)
    parked = [e.summary for e in road.file(ref).events if e.type is EventType.DELIVERY_PARKED]
    assert len(parked) == 1
    assert "safety" in parked[0]


async def test_an_officers_letter_of_the_day_a_rule_was_set_aside_leaves(road: Road) -> None:
    ref = road.take(message("It is cold.", sender=AMA)).reference
    await delivered(road)
    do(road, ref, lambda c, a: safety.avoid(c, c.resident, "He reads it", a, at=AMA.email))
    do(road, ref, lambda c, a: safety.override(c, c.resident.id, 1, "She asked for this one", a))
    reply(road, ref)
    assert await delivered(road) == [AMA.email]


async def test_no_letter_leaves_to_somebody_who_has_died(road: Road) -> None:
    ref = road.take(message("It is cold.", sender=AMA)).reference
    do(road, ref, lambda c, a: safety.record_death(c, c.resident, None, "Her son rang", a))
    assert AMA.email not in await delivered(road)


async def test_no_letter_leaves_to_a_representative_whose_authority_was_withdrawn(road: Road) -> None:
    ref = road.take(from_jo(), WRITES_FOR).reference
    authority(road, ref)
    await delivered(road)
    reply(road, ref)
    authority(road, ref, Authority.WITHDRAWN, basis=None, topics=())
    assert JO.email not in await delivered(road)


def test_a_representative_who_has_died_is_written_to_no_more(road: Road) -> None:
    ref = road.take(from_jo(), WRITES_FOR).reference
    authority(road, ref)
    do(road, ref, lambda c, a: safety.record_death(c, c.representatives[0].person, None, "Her office rang", a))
    before = len(road.letters())
    road.take(message("And it is damp.", sender=JO, subject=f"Re: {ref}"))
    assert JO.email not in went_to(road.letters()[before:])
    assert went_to(reply(road, ref)) == [AMA.email]


def test_a_rule_about_an_address_holds_for_everybody_who_uses_it(road: Road) -> None:
    ref = road.take(message("It is cold.", sender=AMA)).reference
    do(road, ref, lambda c, a: safety.avoid(c, c.resident, "He reads it", a, at=AMA.email))
    other = Address(AMA.email, "A. Mensah")
    before = len(road.letters())
    second = road.take(message("It is damp.", sender=other, subject="Damp", message_id="q@x.example"))
    assert AMA.email not in went_to(road.letters()[before:])
    with pytest.raises(Refused, match="safety"):
        act(road, lambda c: c.reply(second.reference, "", "The engineer comes on Thursday."))


def test_whoever_must_not_be_the_way_to_somebody_gets_no_answer_on_a_new_case_either(road: Road) -> None:
    ref = road.take(from_jo(), WRITES_FOR).reference
    through = road.case(ref).representatives[0].person
    do(road, ref, lambda c, a: safety.avoid(c, c.resident, "He controls her", a, through=through))
    before = len(road.letters())
    road.take(from_jo(subject="Another thing", message_id="zz@x.example"), WRITES_FOR)
    assert JO.email not in went_to(road.letters()[before:])


@pytest.mark.parametrize(("dmarc", "asked"), [("pass", True), ("fail", False)])
def test_nobody_is_chased_at_an_address_that_may_be_forged(road: Road, dmarc: str, asked: bool) -> None:
    ref = road.take(from_jo(authentication=Authentication(dmarc=dmarc)), WRITES_FOR).reference
    act(road, lambda c: c.acknowledged_otherwise(ref, "By phone"))
    chased = [m for day in range(3, 31) for m in watch(road, day) if m.purpose is Purpose.AUTHORITY_REQUEST]
    assert (JO.email in went_to(chased)) is asked
