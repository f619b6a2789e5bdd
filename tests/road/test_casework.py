"""What officers do, and what they may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest
from tests.factories import classification, message
from tests.road.conftest import Road

from intakebot.casework import Casework, Draft
from intakebot.domain.case import EventType, Status, TagType
from intakebot.domain.labels import Category, Flag, Kind
from intakebot.domain.message import Address, Automatic, Purpose
from intakebot.errors import BadInput, Refused
from intakebot.store.queues import Outcome, State

T = TypeVar("T")


def act(road: Road, doing: Callable[[Casework], T]) -> T:
    def transaction(work):  # type: ignore[no-untyped-def]
        found = work.officers.by_email("officer@example.org")
        return doing(Casework(work, road.landlord, found[0], road.now))

    return road.store.write_now(transaction)


def owed(road: Road, ref: str) -> Draft:
    draft = act(road, lambda c: c.acknowledgement(ref))
    assert draft is not None
    return draft


def doubtful(road: Road) -> str:
    return road.take(found=classification(needs_review=True, review_reason="It may be a service request.")).reference


def test_an_officer_approves_an_acknowledgement_and_the_response_clock_starts(road: Road) -> None:
    ref = doubtful(road)
    draft = owed(road, ref)
    act(road, lambda c: c.approve(ref, draft.letter.subject, draft.letter.text + "\nA line of my own.\n"))
    case = road.case(ref)
    assert case.status is Status.ACKNOWLEDGED
    assert "response" in [clock.name for clock in road.file(ref).clocks if clock.met_at is None]
    sent = road.letters()[-1]
    assert sent.purpose is Purpose.ACKNOWLEDGEMENT
    assert "A line of my own." in sent.text
    assert "A line of my own." in sent.html
    assert act(road, lambda c: c.acknowledgement(ref)) is None


def test_an_acknowledgement_without_the_date_of_the_response_is_refused(road: Road) -> None:
    ref = doubtful(road)
    with pytest.raises(Refused, match=r"Monday 16 March 2026.*6\.3"):
        act(road, lambda c: c.approve(ref, "s", f"{ref} but no date"))
    assert road.case(ref).acknowledged_at is None


def test_two_officers_cannot_both_acknowledge(road: Road) -> None:
    ref = doubtful(road)
    draft = owed(road, ref)
    act(road, lambda c: c.approve(ref, draft.letter.subject, draft.letter.text))
    with pytest.raises((BadInput, Refused)):
        act(road, lambda c: c.approve(ref, draft.letter.subject, draft.letter.text))
    assert len([x for x in road.letters() if x.purpose is Purpose.ACKNOWLEDGEMENT]) == 1


def test_an_acknowledgement_given_another_way_is_recorded_and_starts_the_clock(road: Road) -> None:
    ref = doubtful(road)
    with pytest.raises(Refused, match="Say how"):
        act(road, lambda c: c.acknowledged_otherwise(ref, " "))
    act(road, lambda c: c.acknowledged_otherwise(ref, "Rang her at two"))
    assert road.case(ref).acknowledged_at == road.now
    assert any("Rang her at two" in e.summary for e in road.file(ref).events)
    assert [x for x in road.letters() if x.purpose is Purpose.ACKNOWLEDGEMENT] == []


def test_a_service_request_that_becomes_a_complaint_is_owed_an_acknowledgement(road: Road) -> None:
    ref = road.take(found=classification(Kind.SERVICE_REQUEST)).reference
    assert act(road, lambda c: c.acknowledgement(ref)) is None
    correct(road, ref, Kind.COMPLAINT)
    assert "Monday 16 March 2026" in owed(road, ref).letter.text


def test_letters_go_to_the_address_we_know_whatever_a_message_asks(road: Road) -> None:
    ref = road.take(message(reply_to=Address("better@tenant.example"))).reference
    act(road, lambda c: c.reply(ref, "", "Hello"))
    assert road.letters()[-1].to[0].email == "shirley.amadi@tenant.example"


def test_a_stranger_whose_message_staff_put_on_a_case_learns_nothing_and_gets_no_way_in(road: Road) -> None:
    inbox_id, ref = parked(road)
    letters = len(road.letters())
    act(road, lambda c: c.put_on_case(inbox_id, ref))
    road.work_again(message("mine", subject=ref, sender=Address("son@other.example")))
    assert len(road.letters()) == letters
    again = road.take(message("and again", subject=ref, sender=Address("son@other.example")))
    assert again.outcome is Outcome.PARKED
    assert any(e.actor == "Olive Ferreira" for e in road.file(ref).events), "who decided is on the record"


def test_an_acknowledgement_without_the_ombudsman_is_refused(road: Road) -> None:
    ref = doubtful(road)
    with pytest.raises(Refused, match=r"Ombudsman.*3\.7"):
        act(road, lambda c: c.approve(ref, "s", f"{ref} by Monday 16 March 2026"))


def test_every_reply_says_how_to_reach_the_ombudsman(road: Road) -> None:
    ref = road.take().reference
    act(road, lambda c: c.reply(ref, "", "We come tomorrow."))
    assert "We come tomorrow." in road.letters()[-1].text
    assert "0300 111 3000" in road.letters()[-1].text


def test_a_closed_case_that_becomes_a_complaint_is_open_again(road: Road) -> None:
    ref = road.take(found=classification(Kind.ENQUIRY)).reference
    act(road, lambda c: c.close(ref, "Answered"))
    correct(road, ref, Kind.COMPLAINT)
    assert road.case(ref).open
    assert road.case(ref).due is not None


def test_a_case_with_a_running_emergency_cannot_be_closed(road: Road) -> None:
    ref = road.take(found=classification(Kind.SERVICE_REQUEST, flags=("emergency_hazard",))).reference
    with pytest.raises(Refused, match="emergency"):
        act(road, lambda c: c.close(ref, "Done"))


def correct(road: Road, ref: str, kind: Kind, flags: tuple[Flag, ...] = (), reason: str = "Read it") -> None:
    act(road, lambda c: c.correct(ref, kind, [Category.DAMP_MOULD], flags, [], reason))


def test_correcting_a_service_request_to_a_complaint_starts_the_clock_from_receipt(road: Road) -> None:
    ref = road.take(found=classification(Kind.SERVICE_REQUEST)).reference
    correct(road, ref, Kind.COMPLAINT)
    case = road.case(ref)
    assert case.due is not None
    assert case.labels(TagType.CATEGORY) == ("damp_mould",)
    assert [c.name for c in road.file(ref).clocks] == ["acknowledgement", "backstop"]
    assert not case.needs_review


def test_correcting_a_doubtful_complaint_to_an_enquiry_ends_its_clocks(road: Road) -> None:
    ref = doubtful(road)
    correct(road, ref, Kind.ENQUIRY)
    assert road.case(ref).due is None
    assert road.file(ref).clocks == ()


def test_an_acknowledged_complaint_stays_a_complaint(road: Road) -> None:
    ref = road.take().reference
    with pytest.raises(Refused, match=r"1\.5"):
        correct(road, ref, Kind.SERVICE_REQUEST)


def test_an_emergency_flag_starts_the_hazard_clock_and_clearing_it_stops_but_keeps_it(road: Road) -> None:
    ref = road.take().reference
    correct(road, ref, Kind.COMPLAINT, (Flag.EMERGENCY_HAZARD,), "The ceiling is coming down")
    assert road.case(ref).danger == 3
    correct(road, ref, Kind.COMPLAINT, (), "Made safe at 11:00")
    case = road.case(ref)
    assert case.danger == 0
    assert case.hazard is not None
    hazard = next(c for c in road.file(ref).clocks if c.name == "hazard_emergency")
    assert hazard.met_at == road.now


def test_a_correction_without_a_reason_is_refused(road: Road) -> None:
    with pytest.raises(Refused):
        correct(road, doubtful(road), Kind.COMPLAINT, reason=" ")


def test_a_case_is_given_to_another_officer_with_the_reason(road: Road) -> None:
    ref = road.take().reference
    sana = road.store.read_now(lambda w: w.officers.by_email("sana.iqbal@example.org"))
    assert sana is not None
    act(road, lambda c: c.reassign(ref, sana[0].id, "", "She knows the family"))
    case = road.case(ref)
    assert (case.officer_id, case.team) == (sana[0].id, "safety")
    with pytest.raises(Refused):
        act(road, lambda c: c.reassign(ref, sana[0].id, "", ""))
    with pytest.raises(BadInput, match="team"):
        act(road, lambda c: c.reassign(ref, None, "nowhere", "why not"))


def test_a_reply_is_threaded_signed_and_not_automatic(road: Road) -> None:
    ref = road.take().reference
    act(road, lambda c: c.reply(ref, "", "We come tomorrow.\r\nBcc: everybody@x.example"))
    reply = road.letters()[-1]
    assert reply.purpose is Purpose.REPLY
    assert reply.auto_submitted == ""
    assert reply.in_reply_to == message().message_id
    assert reply.reply_to is not None


def test_a_reply_to_an_address_that_fails_is_refused_in_words(road: Road) -> None:
    ref = road.take().reference
    road.store.write_now(lambda w: w.people.mark_address_failed("shirley.amadi@tenant.example", "status 5.1.1"))
    with pytest.raises(Refused, match="another way"):
        act(road, lambda c: c.reply(ref, "", "Hello"))


def test_only_what_is_not_a_complaint_can_be_closed(road: Road) -> None:
    enquiry = road.take(found=classification(Kind.ENQUIRY)).reference
    act(road, lambda c: c.close(enquiry, "Answered by phone"))
    assert road.case(enquiry).status is Status.CLOSED
    complaint = road.take(message("other", subject="other")).reference
    with pytest.raises(Refused):
        act(road, lambda c: c.close(complaint, "Done"))


def parked(road: Road) -> tuple[int, str]:
    first = road.take()
    road.take(message("mine", subject=first.reference, sender=Address("son@other.example")))
    return 2, first.reference


def test_a_person_puts_a_parked_message_on_its_case(road: Road) -> None:
    inbox_id, ref = parked(road)
    act(road, lambda c: c.put_on_case(inbox_id, ref))
    assert road.work_again(message("mine", subject=ref, sender=Address("son@other.example"))).reference == ref
    assert len([m for m in road.file(ref).messages if m.direction == "in"]) == 2
    with pytest.raises(BadInput, match="no case"):
        act(road, lambda c: c.put_on_case(inbox_id, "LH-0000-0000-Z"))


def test_a_person_opens_a_case_from_a_parked_or_automatic_message(road: Road) -> None:
    inbox_id, ref = parked(road)
    act(road, lambda c: c.open_case_from(inbox_id))
    taken = road.work_again(message("mine", subject=ref, sender=Address("son@other.example")))
    assert taken.outcome is Outcome.CASE_OPENED
    assert taken.reference != ref
    automatic = message("voicemail", automatic=Automatic.GENERATED, sender=Address("voice@example.org"))
    road.take(automatic)
    act(road, lambda c: c.open_case_from(3))
    assert road.work_again(automatic).outcome is Outcome.CASE_OPENED


def test_nothing_to_do_needs_a_reason_and_is_recorded(road: Road) -> None:
    inbox_id, _ = parked(road)
    with pytest.raises(Refused):
        act(road, lambda c: c.dismiss(inbox_id, ""))
    act(road, lambda c: c.dismiss(inbox_id, "Wrong landlord"))
    row = road.store.read_now(lambda w: w.inbox.get(inbox_id))
    assert row is not None
    assert row.state is State.DONE
    assert "Wrong landlord" in row.reason


def test_notes_are_kept_with_who_wrote_them(road: Road) -> None:
    ref = road.take().reference
    act(road, lambda c: c.note(ref, "Rang, no answer"))
    event = road.file(ref).events[-1]
    assert (event.type, event.actor, event.summary) == (EventType.NOTED, "Olive Ferreira", "Rang, no answer")


def test_only_marking_as_read_clears_the_new_mark_and_only_what_was_seen(road: Road) -> None:
    ref = road.take().reference
    assert road.case(ref).unread == 1
    act(road, lambda c: c.note(ref, "busy"))
    assert road.case(ref).unread == 1
    road.take(message("more", subject="Re: boiler"))
    act(road, lambda c: c.mark_read(ref, 1))
    assert road.case(ref).unread == 1, "one came while the page was open"
    act(road, lambda c: c.mark_read(ref, 1))
    assert road.case(ref).unread == 0


def test_every_act_names_a_missing_case(road: Road) -> None:
    with pytest.raises(BadInput, match="There is no case LH-1"):
        act(road, lambda c: c.note("LH-1", "x"))


def test_a_representative_is_the_one_written_to(road: Road) -> None:
    sent = message(sender=Address("adviser@advice.example", "Jo Penn"))
    ref = road.take(sent, replace(classification(flags=("representative",)))).reference
    act(road, lambda c: c.reply(ref, "", "Hello"))
    assert road.letters()[-1].to[0].email == "adviser@advice.example"
