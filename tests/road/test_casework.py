"""What officers do, and what they may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import select
from tests.factories import classification, message
from tests.road.conftest import Road

from intakebot.casework import Casework
from intakebot.correspondence import Draft
from intakebot.domain import circumstances, complaints, endings
from intakebot.domain.case import Acting, Case, Change, EventType, Status, TagType
from intakebot.domain.hazards import HazardStatus
from intakebot.domain.labels import Category, Flag, Kind
from intakebot.domain.message import Address, Automatic, Purpose
from intakebot.domain.records import Choice, RefusalReason
from intakebot.domain.stages import Outcome as Finding
from intakebot.errors import BadInput, Refused
from intakebot.store.queues import Outcome, State
from intakebot.store.schema import cases

T = TypeVar("T")


OLIVE, SANA = "officer@example.org", "sana.iqbal@example.org"


def act(road: Road, doing: Callable[[Casework], T], by: str = OLIVE) -> T:
    def transaction(work):  # type: ignore[no-untyped-def]
        found = work.officers.by_email(by)
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
    letter = owed(road, ref).letter
    with pytest.raises(Refused, match=r"the day the response is due.*6\.3"):
        act(road, lambda c: c.approve(ref, letter.subject, letter.text.replace("Monday 16 March 2026", "soon")))
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
    with pytest.raises(Refused, match="hazard"):
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


def test_an_emergency_flag_starts_the_hazard_clock_and_clearing_it_stops_it_but_keeps_its_record(road: Road) -> None:
    ref = road.take().reference
    correct(road, ref, Kind.COMPLAINT, (Flag.EMERGENCY_HAZARD,), "The ceiling is coming down")
    assert road.case(ref).danger == 3
    correct(road, ref, Kind.COMPLAINT, (), "Made safe at 11:00")
    case = road.case(ref)
    assert case.danger == 0
    assert case.hazard is None
    (hazard,) = case.records.hazards
    assert (hazard.status, hazard.cleared_at, hazard.reason) == (HazardStatus.CLEARED, road.now, "Made safe at 11:00")
    assert "hazard_emergency" not in [c.name for c in road.file(ref).clocks]


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
    with pytest.raises(Refused, match="say how it is given"):
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


# Acts, and the letters they owe


def answering(case: Case, acting: Acting) -> Change:
    """Every point answered and the response issued."""
    case = complaints.define(case, "The boiler fails", "A boiler that works", ["The boiler"], acting).case
    case = complaints.answer_point(case, "The boiler", "We came too late.", Finding.UPHELD, acting).case
    return complaints.respond(case, Finding.UPHELD, "We were at fault.", "Our log shows three visits.", acting)


def answered(road: Road) -> str:
    """A complaint that Olive answered at stage 1, six days after it came."""
    ref = road.take().reference
    road.now += timedelta(days=6)
    draft = act(road, lambda c: c.draft(ref, "response_stage_1", answering))
    act(road, lambda c: c.send(ref, "response_stage_1", answering, draft.letter.subject, draft.letter.text))
    return ref


def test_an_act_without_a_letter_is_kept_with_its_event_and_clock(road: Road) -> None:
    ref = road.take().reference
    due = road.now.date() + timedelta(days=7)
    act(road, lambda c: c.act(ref, lambda case, acting: complaints.agree_updates(case, 7, due, acting)))
    assert next(c.due_on for c in road.file(ref).clocks if c.name == "update") == due
    assert road.file(ref).events[-1].type is EventType.UPDATES_AGREED


def test_a_draft_changes_nothing_and_reads_as_the_letter_would_go(road: Road) -> None:
    ref = road.take().reference
    before = road.case(ref), len(road.file(ref).events), len(road.letters())
    draft = act(road, lambda c: c.draft(ref, "response_stage_1", answering))
    assert draft.to == Address("shirley.amadi@tenant.example", "Shirley Amadi")
    assert "We came too late." in draft.letter.text
    assert (road.case(ref), len(road.file(ref).events), len(road.letters())) == before


def test_a_response_goes_with_its_act_in_one_transaction(road: Road) -> None:
    ref = answered(road)
    assert (road.case(ref).status, road.case(ref).responded_at) == (Status.RESPONDED, road.now)
    letter = road.letters()[-1]
    assert (letter.purpose, letter.auto_submitted, letter.in_reply_to) == (
        Purpose.RESPONSE,
        "",
        message().message_id,
    )
    assert {c.met_at for c in road.file(ref).clocks if c.name == "response"} == {road.now}
    assert [e.type for e in road.file(ref).events][-2:] == [EventType.RESPONSE_ISSUED, EventType.REPLY_SENT]


def test_a_letter_without_one_of_its_parts_is_refused_and_nothing_is_written(road: Road) -> None:
    ref = road.take().reference
    before = road.case(ref), len(road.file(ref).events), len(road.letters())
    draft = act(road, lambda c: c.draft(ref, "response_stage_1", answering))
    without = draft.letter.text.replace("Our log shows three visits.", "")
    with pytest.raises(Refused, match=r"reasons.*6\.9"):
        act(road, lambda c: c.send(ref, "response_stage_1", answering, draft.letter.subject, without))
    assert (road.case(ref), len(road.file(ref).events), len(road.letters())) == before


def test_an_act_the_code_refuses_sends_no_letter(road: Road) -> None:
    ref = answered(road)
    letters = len(road.letters("waiting", "done"))
    with pytest.raises(Refused, match=r"6\.4"):
        act(road, lambda c: c.send(ref, "extension", lambda x, a: complaints.extend(x, 5, "Survey", a), "s", "t"))
    assert len(road.letters("waiting", "done")) == letters


def test_a_matter_already_considered_was_considered_in_a_case_there_is(road: Road) -> None:
    earlier, ref = answered(road), road.take(message("again", subject="Boiler again")).reference

    def refuse(named: str) -> Callable[[Case, Acting], Change]:
        why = RefusalReason.ALREADY_CONSIDERED
        return lambda case, acting: endings.refuse(case, why, "Policy 4.1", "Read both", acting, earlier_case=named)

    before = road.case(ref), len(road.file(ref).events), len(road.letters())
    for send in (
        lambda c: c.act(ref, refuse("LH-0000-0000-Z")),
        lambda c: c.send(ref, "refusal", refuse("LH-0000-0000-Z"), "s", "t", given="By hand"),
    ):
        with pytest.raises(BadInput, match="There is no case LH-0000-0000-Z"):
            act(road, send)
    assert (road.case(ref), len(road.file(ref).events), len(road.letters())) == before
    act(road, lambda c: c.act(ref, refuse(earlier)))
    assert road.case(ref).records.refusals[0].earlier_case == earlier


def test_a_letter_given_another_way_is_kept_and_not_sent(road: Road) -> None:
    ref = road.take().reference
    road.store.write_now(lambda w: w.people.mark_address_failed("shirley.amadi@tenant.example", "status 5.1.1"))
    draft = act(road, lambda c: c.draft(ref, "response_stage_1", answering))
    send = lambda c, given="": c.send(  # noqa: E731
        ref, "response_stage_1", answering, draft.letter.subject, draft.letter.text, given=given
    )
    with pytest.raises(Refused, match="say how it is given"):
        act(road, send)
    assert road.case(ref).responded_at is None
    waiting = len(road.letters())
    act(road, lambda c: send(c, " By hand at the hub "))
    assert road.case(ref).status is Status.RESPONDED
    assert len(road.letters()) == waiting, "nothing more waits to be sent"
    (kept,) = [letter for letter in road.letters("done") if letter.purpose is Purpose.RESPONSE]
    assert "We came too late." in kept.text
    assert road.file(ref).events[-1].summary.endswith("It was given another way: By hand at the hub")


# Beside, further and onward


def test_a_complaint_raised_beside_a_request_leaves_both_open_and_linked(road: Road) -> None:
    request = road.take(found=classification(Kind.SERVICE_REQUEST)).reference
    road.now += timedelta(days=2)
    heard = road.now - timedelta(hours=5)
    ref = act(road, lambda c: c.raise_complaint(request, heard, "She rang: nobody came"))
    complaint, before = road.case(ref), road.case(request)
    assert (complaint.open, before.open, before.due) == (True, True, None)
    assert (complaint.received_at, complaint.raised_from) == (heard, before.id)
    assert [c.name for c in road.file(ref).clocks] == ["acknowledgement", "backstop"]
    assert any(ref in e.summary for e in road.file(request).events)
    assert any(request in e.summary for e in road.file(ref).events)
    with pytest.raises(Refused, match=r"1\.5"):
        act(road, lambda c: c.raise_complaint(request, heard, " "))


@pytest.mark.parametrize("choice", list(Choice))
def test_what_the_resident_chose_is_kept_and_only_to_complain_raises_a_complaint(road: Road, choice: Choice) -> None:
    request = road.take(found=classification(Kind.SERVICE_REQUEST)).reference
    with pytest.raises(Refused, match=r"1\.3"):
        act(road, lambda c: c.choose(request, choice))
    act(road, lambda c: c.act(request, circumstances.offer_choice))
    raised = act(road, lambda c: c.choose(request, choice))
    assert road.case(request).records.choices[0].choice is choice
    assert bool(raised) is (choice is Choice.COMPLAINT)
    if raised:
        assert road.case(raised).due is not None


def test_a_further_issue_gets_a_case_with_its_own_receipt_or_nothing_at_all(road: Road) -> None:
    ref = answered(road)
    own = act(road, lambda c: c.split(ref, "The lift is broken.", road.now, "Another team"))
    (issue,) = road.case(ref).records.issues
    assert (issue.own_case, issue.merged, issue.reason) == (own, False, "Another team")
    assert road.case(own).received_at == road.now
    with pytest.raises(Refused, match=r"6\.8"):
        act(road, lambda c: c.split(ref, "The roof", road.now, " "))
    assert len(road.case(ref).records.issues) == 1
    assert all("The roof" not in e.summary for e in road.file(ref).events), "nothing half written"


def test_a_complaint_of_how_it_was_handled_goes_to_somebody_else_and_a_further_issue_need_not(road: Road) -> None:
    ref, *others = [road.take(message(f"{n}", subject=f"Matter {n}")).reference for n in range(6)]
    theirs = road.case(ref).officer_id
    for other in others:  # whoever has the case has the least to do, and would be chosen again
        if road.case(other).officer_id == theirs:
            act(road, lambda c, other=other: c.reassign(other, None, "estates", "A lift"))  # type: ignore[misc]
    split = act(road, lambda c: c.split(ref, "The lift is broken.", road.now, "Another matter"))
    assert road.case(split).officer_id == theirs
    act(road, lambda c: c.reassign(split, None, "estates", "A lift"))
    raised = act(road, lambda c: c.raise_complaint(ref, road.now, "Nobody rang back"))
    assert road.case(raised).officer_id not in (None, theirs)


def test_a_restriction_reviewed_on_another_case_is_watched_on_its_own(road: Road) -> None:
    made, reviewed = doubtful(road), road.take(message("other", subject="Other")).reference
    shirley = road.case(made).resident
    first, second = road.now.date() + timedelta(days=2), road.now.date() + timedelta(days=60)
    restrict = lambda case, acting: circumstances.restrict(  # noqa: E731
        case, shirley, "One call a week", "Forty calls", "None disclosed", "Lin Okafor", first, acting
    )
    act(road, lambda c: c.act(made, restrict))
    place = lambda: road.store.read_now(  # noqa: E731
        lambda w: w.connection.execute(select(cases.c.next_due_at).where(cases.c.reference == made)).scalar_one()
    )
    soonest = place()
    again = lambda case, acting: circumstances.review_restriction(case, shirley.id, 1, "Calmer", second, acting)  # noqa: E731
    act(road, lambda c: c.act(reviewed, again))
    assert [c.due_on for c in road.file(made).clocks if c.name == "review"] == [second]
    assert place() == min(c.due_at for c in road.file(made).clocks) > soonest


def test_an_officer_escalates_and_somebody_else_gets_the_case(road: Road) -> None:
    ref = answered(road)
    olive = road.case(ref).stages[0].decided_by
    act(road, lambda c: c.reassign(ref, olive, "", "Hers"))
    asked = road.now + timedelta(days=1)
    road.now += timedelta(days=3)
    act(road, lambda c: c.escalate(ref, asked, "It broke again"))
    case = road.case(ref)
    assert (case.status, case.stage, case.officer_id == olive) == (Status.RECEIVED, 2, False)
    assert case.officer_id is not None
    assert case.current is not None
    assert case.current.received_at == asked
    clocks = {c.name: c for c in road.file(ref).clocks if c.met_at is None}
    assert set(clocks) == {"acknowledgement", "backstop"}
    assert {c.starts_at for c in clocks.values()} == {asked}
    with pytest.raises(Refused, match=r"6\.13"):
        act(road, lambda c: c.reassign(ref, olive, "", "Back to her"))


def test_stage_2_is_acknowledged_by_its_own_letter_and_decided_by_another(road: Road) -> None:
    ref = answered(road)
    act(road, lambda c: c.escalate(ref, road.now))
    road.now += timedelta(days=1)
    draft = owed(road, ref)
    act(road, lambda c: c.approve(ref, draft.letter.subject, draft.letter.text))
    assert "stage 2" in road.letters()[-1].text
    with pytest.raises(Refused, match=r"6\.13"):
        act(road, lambda c: c.draft(ref, "response_stage_2", answering))
    final = act(road, lambda c: c.draft(ref, "response_stage_2", answering), SANA)
    act(road, lambda c: c.send(ref, "response_stage_2", answering, final.letter.subject, final.letter.text), SANA)
    first, second = road.case(ref).stages
    assert (first.outcome, second.outcome) == (Finding.UPHELD, Finding.UPHELD)
    assert first.decided_by != second.decided_by
    assert first.responded_at != second.responded_at


def test_an_officer_with_a_conflict_of_interest_is_not_given_the_case(road: Road) -> None:
    ref = road.take().reference
    declare = lambda case, acting: circumstances.declare_conflict(case, True, "My cousin", acting)  # noqa: E731
    act(road, lambda c: c.act(ref, declare), SANA)
    found = road.store.read_now(lambda w: w.officers.by_email(SANA))
    assert found is not None
    with pytest.raises(Refused, match=r"5\.8"):
        act(road, lambda c: c.reassign(ref, found[0].id, "", "She is free"))
    assert road.case(ref).officer_id != found[0].id
