"""The link to somebody's own status page: under the letters that go to them, and under nobody else's."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from tests.factories import classification, message
from tests.road.conftest import Road
from tests.road.test_doors import CHAT, by
from tests.road.test_representatives import (
    AMA,
    JO,
    WRITES_FOR,
    acknowledged,
    authority,
    chases,
    do,
    from_jo,
    reply,
    watch,
)

from intakebot.config.settings import Settings
from intakebot.domain import representation
from intakebot.domain.labels import Kind
from intakebot.domain.message import Address, Declared, OutboundMessage, Party
from intakebot.domain.people import Authority, Person, RepresentativeKind
from intakebot.landlord import Landlord
from intakebot.store.queues import Outcome

_LINK = re.compile(r"https?://\S+/case/(\S+)")


def marks(letter: OutboundMessage) -> list[str]:
    """The marks of the status pages a letter leads to; the same in its text and on its page."""
    found = _LINK.findall(letter.text)
    assert [mark.rstrip('"') for mark in re.findall(r'href="https?://[^"]+/case/([^"]+)"', letter.html)] == found
    return found


def mark_of(road: Road, reference: str, person: Person) -> str:
    return road.landlord.signer.status_mark(reference, person.id)


def with_settings(road: Road, **changes: object) -> None:
    settings: Settings = road.settings.model_copy(update=changes)
    road.landlord = Landlord.from_settings(settings, road.store.signing_key())


def test_the_first_answer_and_every_later_one_lead_to_the_readers_own_page(road: Road) -> None:
    reference = road.take(message("The boiler is broken again.", sender=AMA)).reference
    hers = mark_of(road, reference, road.case(reference).resident)
    again = message(f"{reference}: still cold.", sender=AMA, subject="Re: Boiler")
    assert road.take(again, classification(Kind.UPDATE)).outcome is Outcome.APPENDED
    officers = reply(road, reference)
    letters = [one for one in road.letters() if one.to[0].email == AMA.email]
    assert len(letters) == 3 and officers[0] in letters
    assert [marks(one) for one in letters] == [[hers]] * 3


def test_a_chat_gets_it_too(road: Road) -> None:
    reference = road.take(by(CHAT, "telegram", "The boiler is broken again.")).reference
    (letter,) = road.letters()
    assert letter.channel == "telegram"
    assert marks(letter) == [mark_of(road, reference, road.case(reference).resident)]


def test_each_of_two_representatives_and_the_resident_get_their_own(road: Road) -> None:
    reference = road.take(from_jo(), WRITES_FOR).reference
    first = road.case(reference).representatives[0]
    (receipt,) = [one for one in road.letters() if one.to[0].email == JO.email]
    assert marks(receipt) == [mark_of(road, reference, first.person)], "only what they may be told is on that page"
    gail = road.store.write_now(lambda work: work.people.add(Person("Gail Price", "gail@relative.example")))
    do(road, reference, lambda c, a: representation.name(c, gail, RepresentativeKind.RELATIVE, "", a))
    authority(road, reference)
    authority(road, reference, number=2)
    do(road, reference, lambda c, a: representation.choose_letters(c, 2, True, True, a))
    letters = reply(road, reference)
    case = road.case(reference)
    people = [case.representatives[0].person, case.representatives[1].person, case.resident]
    expected = {person.email: [mark_of(road, reference, person)] for person in people}
    assert {letter.to[0].email: marks(letter) for letter in letters} == expected
    assert len(expected) == 3


def test_whoever_is_asked_for_authority_gets_their_own_page_which_tells_nothing_yet(road: Road) -> None:
    reference = acknowledged(road)
    (asked,) = [one for day in range(10, 14) for one in chases(watch(road, day))]
    assert marks(asked) == [mark_of(road, reference, road.case(reference).representatives[0].person)]


def test_an_address_for_answers_that_is_not_known_to_be_theirs_gets_none(road: Road) -> None:
    """Somebody puts her address into From, and their own into Reply-To."""
    other = Address("somebody@else.example", "Ama Mensah")
    reference = road.take(message("The boiler is broken again.", sender=AMA, reply_to=other)).reference
    (letter,) = road.letters()
    assert letter.to[0].email == other.email and reference in letter.text
    assert marks(letter) == []


def test_where_somebody_may_be_at_risk_no_letter_carries_it(road: Road) -> None:
    road.take(message("He hits me.", sender=AMA), classification(flags=("domestic_abuse",)))
    letters = [one for one in road.letters() if one.to[0].email == AMA.email]
    assert letters and all(marks(one) == [] for one in letters)


def test_it_is_in_large_print_where_the_letter_is(road: Road) -> None:
    needs = classification(needs=("large_print",))
    reference = road.take(message("Please write in large print, 20 point.", sender=AMA), needs).reference
    letter = road.letters()[-1]
    (link,) = re.findall(r"<a [^>]*>[^<]*/case/[^<]*</a>", letter.html)
    assert mark_of(road, reference, road.case(reference).resident) in link
    assert "<h2 style" in letter.html and "14pt" not in letter.html
    assert letter.html.rstrip().endswith("</html>")


def test_a_representative_whose_authority_has_ended_gets_none(road: Road) -> None:
    reference = road.take(from_jo(), WRITES_FOR).reference
    authority(road, reference)
    case = road.case(reference)
    gone = replace(case, representative=replace(case.representatives[0], authority=Authority.WITHDRAWN))
    letter = road.landlord.write("receipt", case, "Jo Penn")
    now, to = datetime(2026, 3, 2, 9, tzinfo=UTC), Address(JO.email)
    theirs = case.representatives[0].person
    assert "/case/" in road.landlord.with_link(letter, case, theirs, to, now).text
    assert road.landlord.with_link(letter, gone, theirs, to, now) == letter


def test_without_the_form_or_an_address_of_the_pages_there_is_none(road: Road) -> None:
    kim = Declared(resident=Party("Kim Bello", "kim@tenant.example"))
    for number, changes in enumerate(({"channels": ("email",)}, {"demo": False, "public_url": ""})):
        with_settings(road, **changes)
        road.take(replace(by(Address("kim@tenant.example"), "email", f"Broken again {number}."), declared=kim))
    with_settings(road, demo=False, public_url="https://complaints.harbour.example/")
    road.take(replace(by(Address("kim@tenant.example"), "email", "Now the roof."), declared=kim))
    letters = [one for one in road.letters() if one.to[0].email == "kim@tenant.example"]
    assert [len(marks(one)) for one in letters] == [0, 0, 1]
    assert "https://complaints.harbour.example/case/" in letters[-1].text
