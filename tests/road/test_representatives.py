"""Advocates on the road: logged at once, told nothing without authority, asked for it, and stopped at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.factories import classification, message
from tests.road.conftest import Road

from intakebot.casework import Casework
from intakebot.config.representatives import KindOfRepresentative
from intakebot.deadlines import Deadlines
from intakebot.domain import complaints, representation, safety
from intakebot.domain.case import Acting, Case, Change, EventType
from intakebot.domain.message import (
    Address,
    Authentication,
    Declared,
    NormalisedMessage,
    OutboundMessage,
    Party,
    Purpose,
)
from intakebot.domain.people import Authority, AuthorityBasis, Person, RepresentativeKind
from intakebot.domain.stages import Outcome
from intakebot.domain.timescales import ClockName
from intakebot.errors import Refused

JO = Address("adviser@advice.example", "Jo Penn")
AMA = Address("ama@tenant.example", "Ama Mensah")
GAIL = Person("Gail Price", "gail@relative.example")
WRITES_FOR = classification(flags=("representative",))


def act(road: Road, doing: Callable[[Casework], object]) -> None:
    def transaction(work):  # type: ignore[no-untyped-def]
        found = work.officers.by_email("officer@example.org")
        return doing(Casework(work, road.landlord, found[0], road.now))

    road.store.write_now(transaction)


def do(road: Road, ref: str, doing: Callable[[Case, Acting], Change]) -> None:
    act(road, lambda c: c.act(ref, doing))


def authority(road: Road, ref: str, state: Authority = Authority.GIVEN, number: int = 1, **changes: object) -> None:
    held = {"evidence": "Signed form", "basis": AuthorityBasis.FORM, "topics": ("repairs",)} | changes
    do(road, ref, lambda c, a: representation.record_authority(c, number, state, a, **held))  # type: ignore[arg-type]


def from_jo(**changes: object) -> NormalisedMessage:
    return message("Her boiler is broken.", sender=JO, forwarded_from=AMA, **changes)


def reply(road: Road, ref: str) -> list[OutboundMessage]:
    """What an officer's reply becomes: the letters it is."""
    before = len(road.letters())
    act(road, lambda c: c.reply(ref, "", "The engineer comes on Thursday."))
    return road.letters()[before:]


def went_to(letters: list[OutboundMessage]) -> list[str]:
    return [letter.to[0].email for letter in letters]


def events(road: Road, ref: str) -> list[EventType]:
    return [event.type for event in road.file(ref).events]


def watch(road: Road, day: int, month: int = 3) -> list[OutboundMessage]:
    """What is queued when the watch wakes at nine on this day."""
    road.now = datetime(2026, month, day, 9, tzinfo=UTC)
    before = len(road.letters())
    watching = Deadlines(road.store, road.landlord, lambda: road.now)
    road.store.write_now(lambda work: watching.tell(work, road.now))
    return road.letters()[before:]


def test_who_writes_for_somebody_is_logged_at_once_with_what_they_are(road: Road) -> None:
    found = replace(WRITES_FOR, flags=(replace(WRITES_FOR.flags[0], evidence=("I am her support worker",)),))
    ref = road.take(from_jo(), found).reference
    (one,) = road.case(ref).representatives
    assert (one.authority, one.kind) == (Authority.PENDING, RepresentativeKind.SUPPORT_WORKER)
    assert EventType.REPRESENTATIVE_NAMED in events(road, ref)
    assert road.case(ref).received_at == from_jo().received_at


def declared(**changes: object) -> NormalisedMessage:
    said = Declared(
        Party("Ama Mensah", phone="07700 900123", address="14 Rowan Court"),
        Party("Jo Penn", JO.email, "01632 960555"),
        "solicitor",
    )
    return message("Her boiler is broken.", channel="web", sender=JO, declared=said, **changes)


def test_who_says_outright_that_they_write_for_somebody_needs_no_classifier(road: Road) -> None:
    ref = road.take(declared()).reference
    case = road.case(ref)
    (one,) = case.representatives
    assert (one.person.name, one.person.email, one.person.phone) == ("Jo Penn", JO.email, "01632 960555")
    assert (one.kind, one.relation, one.authority) == (RepresentativeKind.SOLICITOR, "solicitor", Authority.PENDING)
    assert (case.resident.name, case.resident.phone) == ("Ama Mensah", "07700 900123")
    assert went_to(road.letters()) == [JO.email]
    assert "permission" in road.letters()[0].text


def test_who_says_outright_that_it_is_their_own_home_is_no_representative(road: Road) -> None:
    own = message(declared=Declared(Party("Shirley Amadi", "shirley.amadi@tenant.example")))
    assert road.case(road.take(own, WRITES_FOR).reference).representatives == ()


def test_naming_somebody_we_know_gives_nobody_their_record(road: Road) -> None:
    known = road.case(road.take(message("Mine", sender=AMA)).reference).resident
    said = Declared(Party("Ama Mensah", AMA.email), Party("Jo Penn", JO.email), "friend")
    resident = road.case(road.take(message("Hers", channel="web", sender=JO, declared=said)).reference).resident
    assert resident.id != known.id


def test_an_mp_is_taken_at_their_word_only_from_a_genuine_address(road: Road) -> None:
    mp = Address("member@parliament.uk", "Al Fox")
    office = replace(WRITES_FOR, flags=(replace(WRITES_FOR.flags[0], evidence=("MP for Larkmere",)),))
    genuine = road.take(message("1", sender=mp, authentication=Authentication(dmarc="pass")), office).reference
    assert road.case(genuine).representatives[0].authority is Authority.GIVEN
    unknown = road.take(message("2", sender=mp, subject="Another"), office).reference
    assert road.case(unknown).representatives[0].authority is Authority.PENDING
    assert "parliamentary address" in road.letters()[-1].text
    assert "permission" not in road.letters()[-1].text


def test_before_authority_nothing_an_officer_writes_goes_to_who_wrote_but_the_acknowledgement(road: Road) -> None:
    ref = road.take(from_jo(), WRITES_FOR).reference
    assert went_to(reply(road, ref)) == [AMA.email]
    assert _acknowledgement_goes_to(road, ref) == JO.email
    road.take(message("Me too", subject=f"Re: {ref}", sender=AMA, in_reply_to=(road.letters()[-1].message_id,)))
    assert _acknowledgement_goes_to(road, ref) == AMA.email, "it would tell what the resident wrote"


def _acknowledgement_goes_to(road: Road, ref: str) -> str:
    found: list[str] = []

    def look(casework: Casework) -> None:
        draft = casework.acknowledgement(ref)
        assert draft is not None and draft.to is not None
        assert ("permission" in draft.letter.text) == (draft.to.email == JO.email)
        found.append(draft.to.email)

    act(road, look)
    return found[0]


@pytest.mark.parametrize(
    ("state", "to"),
    [
        (Authority.GIVEN, JO.email),
        (Authority.LIMITED, JO.email),
        (Authority.REFUSED, AMA.email),
        (Authority.WITHDRAWN, AMA.email),
    ],
)
def test_authority_says_who_is_written_to(road: Road, state: Authority, to: str) -> None:
    ref = road.take(from_jo(), WRITES_FOR).reference
    authority(road, ref, state)
    assert went_to(reply(road, ref)) == [to]


def test_the_resident_gets_a_copy_by_choice_and_it_says_that_it_is_one(road: Road) -> None:
    ref = road.take(from_jo(), WRITES_FOR).reference
    authority(road, ref)
    do(road, ref, lambda c, a: representation.choose_letters(c, 1, True, True, a))
    letter, copy = reply(road, ref)
    assert (went_to([letter]), went_to([copy])) == ([JO.email], [AMA.email])
    assert "Thursday" in letter.text and "Thursday" in copy.text
    assert "This is a copy" in copy.text and "This is a copy" not in letter.text
    assert letter.reply_to != copy.reply_to, "each has a way back of their own"


def test_two_representatives_are_kept_and_each_is_known_and_answered(road: Road) -> None:
    ref = road.take(from_jo(), WRITES_FOR).reference
    authority(road, ref)
    act(road, lambda c: c.represent(ref, GAIL, RepresentativeKind.RELATIVE, "her sister"))
    authority(road, ref, Authority.GIVEN, 2, expires_on=date(2026, 6, 1), attachment="note.jpg")
    gail = road.case(ref).representatives[1]
    assert (gail.number, gail.relation, gail.expires_on, gail.attachment) == (
        2,
        "her sister",
        date(2026, 6, 1),
        "note.jpg",
    )
    assert went_to(reply(road, ref)) == [JO.email, GAIL.email]
    taken = road.take(message("More", subject=ref, sender=Address(GAIL.email, GAIL.name)))
    assert taken.reference == ref, "the second is a party too"
    assert went_to(road.letters())[-1] == GAIL.email


def test_a_withdrawal_stops_everything_at_once(road: Road) -> None:
    ref = road.take(from_jo(), WRITES_FOR).reference
    authority(road, ref)
    authority(road, ref, Authority.WITHDRAWN)
    before = len(road.letters())
    road.take(message("And?", subject=f"Re: {ref}", sender=JO, in_reply_to=(road.letters()[-1].message_id,)))
    assert JO.email not in went_to(road.letters()[before:])
    assert EventType.ANSWER_WITHHELD in events(road, ref)


def test_an_authority_whose_last_day_is_past_is_over_when_a_letter_is_written(road: Road) -> None:
    ref = road.take(from_jo(), WRITES_FOR).reference
    authority(road, ref, expires_on=date(2026, 3, 10))
    road.now = datetime(2026, 3, 10, 22, tzinfo=UTC)
    assert went_to(reply(road, ref)) == [JO.email]
    road.now = datetime(2026, 3, 11, 1, tzinfo=UTC)
    assert went_to(reply(road, ref)) == [AMA.email]
    assert road.case(ref).representatives[0].authority is Authority.EXPIRED
    assert EventType.AUTHORITY_EXPIRED in events(road, ref)


def test_the_officer_is_told_that_an_authority_ends_and_it_is_then_on_record_as_expired(road: Road) -> None:
    ref = road.take(from_jo(), WRITES_FOR).reference
    authority(road, ref, expires_on=date(2026, 5, 13))  # a Wednesday
    told = watch(road, 11, 5)
    assert any("the end of a representative's authority" in letter.text for letter in told)
    assert road.case(ref).representatives[0].authority is Authority.GIVEN
    watch(road, 14, 5)
    assert road.case(ref).representatives[0].authority is Authority.EXPIRED
    assert all(c.name != ClockName.AUTHORITY for c in road.file(ref).clocks)


def acknowledged(road: Road) -> str:
    """Jo's complaint for Ama, acknowledged on Monday 2 March: the response is due on Monday 16 March."""
    ref = road.take(from_jo(), WRITES_FOR).reference
    act(road, lambda c: c.acknowledged_otherwise(ref, "I rang them both."))
    return ref


def chases(letters: list[OutboundMessage]) -> list[OutboundMessage]:
    return [letter for letter in letters if letter.purpose is Purpose.AUTHORITY_REQUEST]


def test_authority_is_asked_for_again_three_working_days_before_the_response_once_and_of_nothing_else(
    road: Road,
) -> None:
    ref = acknowledged(road)
    assert chases(watch(road, 10)) == []
    (letter,) = chases(watch(road, 11))
    assert went_to([letter]) == [JO.email]
    assert "permission" in letter.text and "boiler" not in letter.text.lower() and "16 March" not in letter.text
    assert EventType.AUTHORITY_CHASED in events(road, ref)
    assert chases(watch(road, 12)) + chases(watch(road, 13)) == []


def test_nobody_with_authority_is_chased(road: Road) -> None:
    ref = acknowledged(road)
    authority(road, ref)
    assert chases(watch(road, 11)) == []
    assert EventType.AUTHORITY_CHASED not in events(road, ref)


def test_who_cannot_be_asked_by_mail_is_on_the_officers_list(road: Road) -> None:
    ref = acknowledged(road)
    do(road, ref, lambda c, a: safety.avoid(c, c.resident, "He controls her.", a, through=c.representatives[0].person))
    told = watch(road, 11)
    assert chases(told) == []
    assert any("ask them another way" in letter.text for letter in told)


def test_without_authority_in_time_the_response_goes_to_the_resident(road: Road) -> None:
    ref = acknowledged(road)

    def answer(case: Case, acting: Acting) -> Change:
        case = complaints.define(case, "The boiler fails", "A boiler that works", ["The boiler"], acting).case
        case = complaints.answer_point(case, "The boiler", "We came too late.", Outcome.UPHELD, acting).case
        return complaints.respond(case, Outcome.UPHELD, "We were at fault.", "Our log shows it.", acting)

    def respond(casework: Casework) -> None:
        draft = casework.draft(ref, "response_stage_1", answer)
        casework.send(ref, "response_stage_1", answer, draft.letter.subject, draft.letter.text)

    before = len(road.letters())
    act(road, respond)
    assert went_to(road.letters()[before:]) == [AMA.email]
    assert any("not given in time" in event.summary for event in road.file(ref).events)


def test_no_letter_breaks_a_rule_for_safety_without_an_override_and_its_reason(road: Road) -> None:
    ref = road.take(message("Help", sender=AMA), classification(needs_review=True, review_reason="?")).reference
    do(road, ref, lambda c, a: safety.avoid(c, c.resident, "He reads her mail.", a, at=AMA.email))
    with pytest.raises(Refused, match="safety"):
        reply(road, ref)
    automatic = len(road.letters())
    assert not road.take(message("More", subject=ref, sender=AMA)).acknowledged
    assert not road.take(message("Something else", subject="Lift", sender=AMA)).acknowledged, "on a new case too"
    assert AMA.email not in went_to(road.letters()[automatic:])
    do(road, ref, lambda c, a: safety.override(c, c.resident.id, 1, "She asked us to, today.", a))
    assert went_to(reply(road, ref)) == [AMA.email]
    automatic = len(road.letters())
    assert not road.take(message("More again", subject=ref, sender=AMA)).acknowledged, "an override is for officers"
    assert AMA.email not in went_to(road.letters()[automatic:])
    road.now += timedelta(days=1)
    with pytest.raises(Refused, match="safety"):
        reply(road, ref)
    assert EventType.SAFETY_RULE_OVERRIDDEN in events(road, ref)


def test_letters_to_an_unsafe_home_are_not_given_by_post(road: Road) -> None:
    ref = road.take(message("Help", sender=AMA), classification(needs_review=True, review_reason="?")).reference
    do(road, ref, lambda c, a: safety.avoid(c, c.resident, "He opens her post.", a, home=True))

    def by_post(casework: Casework) -> None:
        draft = casework.acknowledgement(ref)
        assert draft is not None
        casework.send(
            ref, "acknowledgement", casework._acknowledge, draft.letter.subject, draft.letter.text, given="By post"
        )

    with pytest.raises(Refused, match="home are not safe"):
        act(road, by_post)
    assert went_to(reply(road, ref)) == [AMA.email], "mail is not their home"


def test_nothing_goes_to_a_resident_who_has_died_and_the_executor_is_written_to(road: Road) -> None:
    ref = road.take(message("Help", sender=AMA)).reference
    do(road, ref, lambda c, a: safety.record_death(c, c.resident, None, "Her son rang.", a))
    with pytest.raises(Refused, match="who acts for the estate"):
        reply(road, ref)
    assert not road.take(message("More", subject=ref, sender=AMA)).acknowledged
    assert not road.take(message("Something else", subject="Lift", sender=AMA)).acknowledged, "on a new case too"
    act(road, lambda c: c.represent(ref, GAIL, RepresentativeKind.EXECUTOR, "executor"))
    authority(road, ref, basis=AuthorityBasis.ESTATE, evidence="Grant of probate")
    assert went_to(reply(road, ref)) == [GAIL.email]


def test_an_officer_may_ask_for_authority_and_the_letter_holds_nothing_of_the_case(road: Road) -> None:
    ref = acknowledged(road)

    def ask(casework: Casework) -> None:
        draft = casework.draft(ref, "authority_request", representation.ask, "A form is with this letter.")
        casework.send(
            ref, "authority_request", representation.ask, draft.letter.subject, draft.letter.text,
            said="A form is with this letter.",
        )  # fmt: skip

    before = len(road.letters())
    act(road, ask)
    (letter,) = road.letters()[before:]
    assert (letter.to[0].email, letter.purpose) == (JO.email, Purpose.AUTHORITY_REQUEST)
    assert "A form is with this letter." in letter.text and "boiler" not in letter.text.lower()
    assert chases(watch(road, 11)) == [], "once is enough"


def test_what_must_be_seen_is_the_landlords_to_say(road: Road) -> None:
    chosen = KindOfRepresentative(taken_as_given=True, must_see="a letter on headed paper")
    road.landlord = replace(
        road.landlord, kind_rules={**road.landlord.kind_rules, RepresentativeKind.SOLICITOR: chosen.rule}
    )
    road.take(declared())
    assert "a letter on headed paper" in road.letters()[0].text
