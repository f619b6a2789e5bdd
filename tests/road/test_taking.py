"""One message, one transaction: case, clocks, officer, answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from tests.factories import classification, message
from tests.road.conftest import Road

from intakebot.casework import Casework
from intakebot.domain import circumstances, complaints
from intakebot.domain.case import Acting, EventType, Status, TagType
from intakebot.domain.labels import Classification, Kind
from intakebot.domain.message import (
    Address,
    Attachment,
    Authentication,
    Automatic,
    DeliveryReport,
    Envelope,
    NormalisedMessage,
    Purpose,
    Role,
    Segment,
)
from intakebot.domain.people import Authority
from intakebot.domain.stages import Outcome as Finding
from intakebot.store.engine import Work
from intakebot.store.queues import Outcome, State
from intakebot.store.schema import cases, inbox

SHIRLEY = "shirley.amadi@tenant.example"


def test_a_clear_complaint_is_opened_clocked_routed_and_acknowledged_at_once(road: Road) -> None:
    taken = road.take(message("I live at 14 Rowan Court ZZ3 4AB, 07700 900142. The boiler is broken again."))
    case = road.case(taken.reference)
    assert (taken.outcome, taken.acknowledged) == (Outcome.CASE_OPENED, True)
    assert case.status is Status.ACKNOWLEDGED
    assert case.due is not None
    assert (case.due.ack_due, case.due.response_due) == (date(2026, 3, 9), date(2026, 3, 16))
    assert case.resident.address == "14 Rowan Court, ZZ3 4AB"
    assert case.resident.phone == "07700 900142"
    assert case.patch == "riverside"
    assert "Maintenance deals with repairs." in case.routing_reason
    (letter,) = road.letters()
    assert letter.purpose is Purpose.ACKNOWLEDGEMENT
    assert "Monday 16 March 2026" in letter.text
    assert "repairs in your home" in letter.text
    assert "0300 111 3000" in letter.text
    assert case.reference in letter.subject
    assert letter.auto_submitted == "auto-replied"


def test_an_acknowledgement_at_once_keeps_what_it_said_the_complaint_is(road: Road) -> None:
    stage = road.case(road.take().reference).current
    assert stage is not None
    assert stage.definition == "You are unhappy about: repairs in your home."
    assert stage.outcomes_sought == "the problem put right"
    words = road.landlord.words["repairs"]
    assert (stage.responsible_for, stage.not_responsible_for) == (words.responsible_for, words.not_responsible_for)


def test_where_the_landlord_has_no_words_for_a_topic_a_person_writes_them_and_acknowledges(road: Road) -> None:
    words = {**road.landlord.words, "repairs": replace(road.landlord.words["repairs"], responsible_for="")}
    road.landlord = replace(road.landlord, words=words)
    stage = road.case(road.take().reference).current
    assert stage is not None
    assert (stage.acknowledged_at, stage.definition) == (None, "")
    assert [letter.purpose for letter in road.letters()] == [Purpose.RECEIPT]


def test_the_answer_is_threaded_and_carries_tokens(road: Road) -> None:
    sent = replace(message(), references=("first@tenant.example",))
    taken = road.take(sent)
    (letter,) = road.letters()
    assert letter.in_reply_to == sent.message_id
    assert letter.references == ("first@tenant.example", sent.message_id)
    assert letter.reply_to is not None
    assert taken.reference.replace("-", "").lower() in letter.reply_to.email
    assert taken.reference.replace("-", "").lower() in letter.message_id


def test_the_answer_never_repeats_what_the_sender_wrote(road: Road) -> None:
    road.take(message("Buy at spam.example now", subject="Cheap pills spam.example"))
    (letter,) = road.letters()
    assert "spam.example" not in letter.text + letter.html + letter.subject


def test_a_doubtful_complaint_gets_a_receipt_and_the_clock_runs(road: Road) -> None:
    taken = road.take(found=classification(needs_review=True, review_reason="It may be a service request."))
    case = road.case(taken.reference)
    assert case.acknowledged_at is None
    assert case.due is not None
    (receipt,) = road.letters()
    assert receipt.purpose is Purpose.RECEIPT


@pytest.mark.parametrize("kind", [Kind.SERVICE_REQUEST, Kind.ENQUIRY, Kind.COMPLIMENT, Kind.UPDATE])
def test_other_kinds_are_recorded_and_answered_without_a_code_clock(road: Road, kind: Kind) -> None:
    taken = road.take(found=classification(kind))
    case = road.case(taken.reference)
    assert case.due is None
    assert taken.acknowledged
    (letter,) = road.letters()
    assert letter.purpose is Purpose.RECEIPT


def test_a_doubtful_service_request_runs_the_clock_as_if_a_complaint(road: Road) -> None:
    found = classification(Kind.SERVICE_REQUEST, needs_review=True, review_reason="It may be a complaint.")
    assert road.case(road.take(found=found).reference).due is not None


@pytest.mark.parametrize("flag", ["emergency_hazard", "safeguarding", "domestic_abuse"])
def test_danger_is_told_to_the_duty_officer_at_once_without_names(road: Road, flag: str) -> None:
    taken = road.take(found=classification(flags=(flag,)))
    (notice,) = [letter for letter in road.letters() if letter.purpose is Purpose.DUTY_NOTICE]
    assert notice.to == (Address("duty@example.org"),)
    assert taken.reference in notice.text
    assert "Amadi" not in notice.text + notice.subject
    assert EventType.DUTY_OFFICER_TOLD in [e.type for e in road.file(taken.reference).events]


def test_an_emergency_starts_a_24_hour_clock_and_its_receipt_begins_with_the_emergency_number(road: Road) -> None:
    taken = road.take(found=classification(flags=("emergency_hazard",)))
    file = road.file(taken.reference)
    hazard = next(c for c in file.clocks if c.name == "hazard_emergency")
    assert hazard.due_at == road.now + timedelta(hours=24)
    receipt = next(letter for letter in road.letters() if letter.purpose is Purpose.RECEIPT)
    assert receipt.text.index("01632 960111") < receipt.text.index("We have your message.")


def test_a_confidential_matter_is_not_named_in_the_receipt(road: Road) -> None:
    road.take(found=classification(categories=("asb",), flags=("domestic_abuse",)))
    receipt = next(letter for letter in road.letters() if letter.purpose is Purpose.RECEIPT)
    assert "anti-social" not in receipt.text
    assert "abuse" not in receipt.text


def test_an_advocate_is_logged_at_once_with_authority_pending_and_is_the_one_answered(road: Road) -> None:
    sent = message(
        sender=Address("adviser@advice.example", "Jo Penn"), forwarded_from=Address("resident@tenant.example", "Al Fox")
    )
    taken = road.take(sent, classification(flags=("representative",)))
    case = road.case(taken.reference)
    assert case.representative is not None
    assert case.representative.authority is Authority.PENDING
    assert case.representative.person.email == "adviser@advice.example"
    assert case.resident.email == "resident@tenant.example"
    (receipt,) = road.letters()
    assert receipt.to[0].email == "adviser@advice.example"
    assert "permission" in receipt.text


def test_the_same_message_again_is_a_duplicate_of_its_case(road: Road) -> None:
    first = road.take(message())
    again = road.take(message())
    assert (again.outcome, again.reference, again.acknowledged) == (Outcome.DUPLICATE, first.reference, False)
    assert len(road.letters()) == 1


def test_a_reply_to_our_letter_lands_on_its_case(road: Road) -> None:
    first = road.take(message())
    (letter,) = road.letters()
    reply = message("It is still broken.", subject="Re: x", in_reply_to=(letter.message_id,))
    second = road.take(reply)
    assert (second.outcome, second.reference) == (Outcome.APPENDED, first.reference)
    assert [m.text for m in road.file(first.reference).messages if m.direction == "in"][-1] == "It is still broken."
    assert road.letters()[-1].purpose is Purpose.ADDED


def test_a_reply_through_the_signed_address_lands_on_its_case(road: Road) -> None:
    first = road.take(message())
    reply_to = road.letters()[0].reply_to
    assert reply_to is not None
    reply = message("More", subject="", envelope=Envelope(SHIRLEY, (reply_to.email,)))
    assert road.take(reply).reference == first.reference


def test_a_known_sender_giving_the_reference_lands_on_its_case(road: Road) -> None:
    first = road.take(message())
    spoken = first.reference.replace("-", " ").lower()
    assert road.take(message("More", subject=f"about {spoken}")).reference == first.reference


def test_the_reference_may_stand_in_the_writers_own_words_but_not_in_a_quote(road: Road) -> None:
    first = road.take(message())
    assert road.take(message(f"My reference is {first.reference}", subject="hello there")).reference == first.reference
    quoted = (Segment(Role.NEW, "A new matter"), Segment(Role.QUOTED, f"> {first.reference}"))
    assert road.take(message("x", segments=quoted, subject="Parking")).reference != first.reference


def test_a_stranger_quoting_a_reference_waits_for_a_person_and_learns_nothing(road: Road) -> None:
    first = road.take(message())
    stranger = message("Tell me more", subject=first.reference, sender=Address("nosy@other.example"))
    taken = road.take(stranger)
    assert taken.outcome is Outcome.PARKED
    assert "not the resident" in taken.reason
    assert len([m for m in road.file(first.reference).messages if m.direction == "in"]) == 1
    answer = road.letters()[-1]
    assert first.reference not in answer.subject + answer.text
    assert road.store.read_now(lambda w: w.views.suggested_cases(2)) == (first.reference,)


def test_a_stranger_with_a_stolen_token_waits_for_a_person(road: Road) -> None:
    road.take(message())
    (letter,) = road.letters()
    stolen = message("Mine", in_reply_to=(letter.message_id,), sender=Address("nosy@other.example"))
    assert road.take(stolen).outcome is Outcome.PARKED


def test_a_forged_sender_waits_for_a_person(road: Road) -> None:
    first = road.take(message())
    forged = message("Send money", subject=first.reference, authentication=Authentication(dmarc="fail"))
    assert road.take(forged).outcome is Outcome.PARKED


def test_two_people_with_the_same_subject_get_two_cases(road: Road) -> None:
    first = road.take(message("one"))
    second = road.take(message("two", sender=Address("neighbour@tenant.example")))
    assert second.outcome is Outcome.CASE_OPENED
    assert first.reference != second.reference


def test_the_same_person_answering_the_same_subject_stays_on_the_open_case(road: Road) -> None:
    first = road.take(message("one"))
    assert road.take(message("two", subject="RE: boiler")).reference == first.reference


def test_the_same_subject_without_a_reply_mark_is_a_new_matter(road: Road) -> None:
    first = road.take(message("one", subject="Complaint"))
    second = road.take(message("two", subject="Complaint"))
    assert second.outcome is Outcome.CASE_OPENED
    assert second.reference != first.reference


def test_a_forged_sender_with_a_reply_address_gets_neither_letters_nor_a_way_in(road: Road) -> None:
    first = road.take(message())
    evil = Address("evil@attacker.example")
    road.take(message("pay me", subject="Re: boiler", reply_to=evil))
    assert all(letter.to[0].email != evil.email for letter in road.letters())
    mine = message("mine", sender=evil, in_reply_to=(road.letters()[-1].message_id,))
    assert road.take(mine).outcome is Outcome.PARKED
    forged = message("new", subject="new", reply_to=evil, authentication=Authentication(dmarc="fail"))
    assert not road.take(forged).acknowledged
    assert first.reference


def test_a_greeting_never_tells_a_name_from_our_records(road: Road) -> None:
    road.take(message())
    road.take(message("x", subject="other matter", sender=Address(SHIRLEY), reply_to=Address("evil@attacker.example")))
    assert "Amadi" not in road.letters()[-1].text


def test_a_residents_reply_that_sounds_like_spam_stays_on_its_case(road: Road) -> None:
    first = road.take(message())
    reply = message("your account is suspended?", subject=f"Re: {first.reference}")
    assert road.take(reply, classification(Kind.NOT_FOR_US, ())).reference == first.reference


def test_a_complaint_about_a_service_request_is_a_case_of_its_own_once(road: Road) -> None:
    request = road.take(found=classification(Kind.SERVICE_REQUEST))
    complaint = road.take(message("still waiting", subject="Re: boiler"))
    assert complaint.outcome is Outcome.CASE_OPENED
    assert road.case(complaint.reference).due is not None
    assert road.case(request.reference).open
    assert any(complaint.reference in e.summary for e in road.file(request.reference).events)
    again = road.take(message("and still", subject=f"Re: {request.reference}"))
    assert (again.outcome, again.reference) == (Outcome.APPENDED, complaint.reference)


def test_a_bounced_notice_to_the_duty_officer_goes_to_the_manager_and_no_further(road: Road) -> None:
    road.take(found=classification(flags=("emergency_hazard",)))
    notice = next(letter for letter in road.letters() if letter.purpose is Purpose.DUTY_NOTICE)
    road.take(bounce(notice.message_id))
    onward = road.letters()[-1]
    assert (onward.purpose, onward.to[0].email) == (Purpose.DUTY_NOTICE, "maintenance.manager@example.org")
    count = len(road.letters())
    road.take(bounce(onward.message_id))
    assert len(road.letters()) == count


def test_an_acknowledgement_that_comes_back_is_owed_again(road: Road) -> None:
    first = road.take(message())
    assert road.case(first.reference).acknowledged_at is not None
    road.take(bounce(road.letters()[0].message_id))
    case = road.case(first.reference)
    assert case.acknowledged_at is None
    assert case.needs_review
    assert "did not arrive" in case.review_reason


def test_a_letter_of_the_code_that_comes_back_is_for_the_officer_to_give_another_way(road: Road) -> None:
    ref = road.take().reference

    def extend(work: Work) -> None:
        casework = Casework(work, road.landlord, work.officers.by_email("officer@example.org")[0], road.now)  # type: ignore[index]
        longer = lambda case, acting: complaints.extend(case, 5, "A surveyor must look", acting)  # noqa: E731
        letter = casework.draft(ref, "extension", longer).letter
        casework.send(ref, "extension", longer, letter.subject, letter.text)

    road.store.write_now(extend)
    before = road.case(ref).current
    assert before is not None
    assert before.valid_extension is not None
    road.take(bounce(road.letters()[-1].message_id))
    case = road.case(ref)
    assert case.current is not None
    assert (case.current.valid_extension, case.needs_review) == (None, True)
    assert "did not arrive" in case.review_reason
    types = [e.type for e in road.file(ref).events]
    assert types[-2:] == [EventType.ADDRESS_FAILED, EventType.LETTER_FAILED]


def test_a_full_mailbox_does_not_mark_the_address_and_writing_again_clears_a_mark(road: Road) -> None:
    first = road.take(message())
    road.take(bounce(road.letters()[0].message_id, status="5.2.2"))
    assert road.case(first.reference).resident.email_failure == ""
    second = road.take(message("b", subject="b matter"))
    letter = next(x for x in road.letters() if second.reference in x.subject)
    road.take(bounce(letter.message_id))
    assert road.case(first.reference).resident.email_failure
    assert road.take(message("c", subject="c matter")).acknowledged
    assert road.case(first.reference).resident.email_failure == ""


def test_an_automatic_message_that_staff_open_is_still_not_answered(road: Road) -> None:
    automatic = message("voicemail", automatic=Automatic.GENERATED, sender=Address("voice@tenant.example"))
    road.take(automatic)
    road.store.write_now(lambda w: w.inbox.direct(1, "open", "Olive", road.now))
    assert not road.work_again(automatic).acknowledged


def test_an_advocate_never_gets_the_person_we_know_by_naming_their_address(road: Road) -> None:
    known = road.case(road.take(message("I live at 14 Rowan Court")).reference).resident
    sent = message("x", sender=Address("adviser@advice.example"), forwarded_from=Address(SHIRLEY, "Shirley Amadi"))
    case = road.case(road.take(sent, classification(flags=("representative",))).reference)
    assert case.resident.id != known.id
    assert case.resident.address == ""


def test_the_same_person_about_something_else_gets_a_new_case_that_names_the_old(road: Road) -> None:
    first = road.take(message("one"))
    second = road.take(message("noise", subject="Noise upstairs"))
    assert second.outcome is Outcome.CASE_OPENED
    assert any(first.reference in e.summary for e in road.file(second.reference).events)


def test_a_reply_to_mail_nobody_has_seen_opens_a_new_case(road: Road) -> None:
    taken = road.take(message(in_reply_to=("unseen@landlord.example",), references=("unseen@landlord.example",)))
    assert taken.outcome is Outcome.CASE_OPENED


def test_a_parked_message_about_danger_is_told_to_the_duty_officer(road: Road) -> None:
    first = road.take(message())
    stranger = message("gas", subject=first.reference, sender=Address("son@other.example"))
    road.take(stranger, classification(flags=("emergency_hazard",)))
    notice = next(letter for letter in road.letters() if letter.purpose is Purpose.DUTY_NOTICE)
    assert "/staff/parked/2" in notice.text


def test_a_further_message_raises_flags_and_lowers_none(road: Road) -> None:
    first = road.take(found=classification(flags=("vulnerability",)))
    road.take(message("gas!", subject="Re: boiler"), classification(flags=("emergency_hazard",)))
    case = road.case(first.reference)
    assert {"vulnerability", "emergency_hazard"} <= set(case.labels(TagType.FLAG))
    assert case.hazard is not None
    assert case.danger == 3
    assert any(letter.purpose is Purpose.DUTY_NOTICE for letter in road.letters())


def test_every_message_of_danger_is_told_though_the_case_has_its_flag(road: Road) -> None:
    danger = classification(flags=("emergency_hazard",))
    first = road.take(found=danger)
    road.take(message("Now the ceiling is coming down", subject="Re: boiler"), danger)
    told = [letter for letter in road.letters() if letter.purpose is Purpose.DUTY_NOTICE]
    assert len(told) == 2
    assert [e.type for e in road.file(first.reference).events].count(EventType.DUTY_OFFICER_TOLD) == 2
    road.take(message("Thank you", subject="Re: boiler"), classification(Kind.UPDATE))
    assert len([letter for letter in road.letters() if letter.purpose is Purpose.DUTY_NOTICE]) == 2


def test_a_message_with_files_keeps_them(road: Road) -> None:
    photo = Attachment("ceiling.jpg", "image/jpeg", b"jpeg")
    taken = road.take(message(attachments=(photo,)))
    (stored,) = road.file(taken.reference).messages[0].attachments
    assert (stored.filename, stored.size) == ("ceiling.jpg", 4)


@pytest.mark.parametrize("automatic", list(Automatic))
def test_automatic_mail_is_recorded_never_answered_never_a_case(road: Road, automatic: Automatic) -> None:
    taken = road.take(message(automatic=automatic, automatic_reason="It says so."))
    assert taken.outcome is Outcome.AUTOMATIC
    assert road.letters() == []
    assert road.store.read_now(lambda w: w.connection.execute(cases.select()).first()) is None


def test_an_automatic_reply_to_our_letter_is_linked_to_its_case(road: Road) -> None:
    first = road.take(message())
    (letter,) = road.letters()
    away = message("I am away", automatic=Automatic.AUTO_REPLY, in_reply_to=(letter.message_id,))
    assert road.take(away).reference == first.reference
    assert len(road.letters()) == 1


def bounce(original: str, action: str = "failed", status: str = "5.1.1") -> NormalisedMessage:
    report = DeliveryReport(action, SHIRLEY, status, "550 no such user", original)
    return message(
        f"bounce {action} {original}",
        sender=Address("mailer-daemon@mx.example"),
        automatic=Automatic.DELIVERY_REPORT,
        delivery_report=report,
    )


def test_a_bounce_of_our_letter_marks_the_address_and_tells_the_officer(road: Road) -> None:
    first = road.take(message())
    (letter,) = road.letters()
    road.take(bounce(letter.message_id))
    case = road.case(first.reference)
    assert "5.1.1" in case.resident.email_failure
    notice = road.letters()[-1]
    assert notice.purpose is Purpose.ADDRESS_NOTICE
    assert SHIRLEY not in notice.text


def test_a_delayed_report_and_an_invented_bounce_mark_nothing(road: Road) -> None:
    first = road.take(message())
    (letter,) = road.letters()
    road.take(bounce(letter.message_id, "delayed", "4.2.2"))
    road.take(bounce("invented." + letter.message_id))
    assert road.case(first.reference).resident.email_failure == ""


def test_nobody_can_use_us_as_a_mail_bomb(road: Road) -> None:
    limit = road.landlord.answers_per_day
    for number in range(limit + 5):
        taken = road.take(message(f"complaint {number}", subject=f"matter number {number}"))
        assert taken.outcome is Outcome.CASE_OPENED
        assert taken.acknowledged == (number < limit)
    assert len(road.letters()) == limit
    withheld = road.case(taken.reference)
    assert withheld.acknowledged_at is None, "an acknowledgement that was not sent is not recorded as sent"


@pytest.mark.parametrize(
    "address", ["noreply@forms.example", "do-not-reply@forms.example", "complaints@larkmere.example"]
)
def test_no_answer_to_an_address_that_takes_none_or_is_ours(road: Road, address: str) -> None:
    taken = road.take(message(reply_to=Address(address)))
    assert not taken.acknowledged
    assert road.letters() == []
    assert EventType.ANSWER_WITHHELD in [e.type for e in road.file(taken.reference).events]


def test_no_answer_to_an_empty_return_path_but_the_words_are_read(road: Road) -> None:
    taken = road.take(message(envelope=Envelope("")))
    assert (taken.outcome, taken.acknowledged) == (Outcome.CASE_OPENED, False)
    assert road.letters() == []


def test_a_message_without_a_sender_still_opens_a_case(road: Road) -> None:
    taken = road.take(message(sender=None))
    assert taken.outcome is Outcome.CASE_OPENED
    assert not taken.acknowledged


def test_spam_is_kept_but_opens_no_case(road: Road) -> None:
    taken = road.take(found=classification(Kind.NOT_FOR_US, ()))
    assert taken.outcome is Outcome.NOT_FOR_US
    assert road.letters() == []


def test_doubtful_spam_goes_to_a_person_as_a_case(road: Road) -> None:
    found = classification(Kind.NOT_FOR_US, (), needs_review=True, review_reason="Perhaps not for us.")
    assert road.take(found=found).outcome is Outcome.CASE_OPENED


def test_a_received_time_in_the_future_is_not_believed(road: Road) -> None:
    taken = road.take(message(received_at=road.now + timedelta(days=3)))
    assert road.case(taken.reference).received_at == road.now


def test_the_row_is_done_in_the_same_transaction(road: Road) -> None:
    taken = road.take(message())
    row = road.store.read_now(lambda w: w.connection.execute(inbox.select()).one())
    assert (row.state, row.outcome, row.reference) == (State.DONE, Outcome.CASE_OPENED, taken.reference)
    assert row.answered


def test_officers_share_the_work(road: Road) -> None:
    for number in range(6):
        road.take(
            message(f"repair {number}", subject=f"repair number {number}", sender=Address(f"t{number}@tenant.example"))
        )
    officers = road.store.read_now(lambda w: w.officers.all(with_workload=True))
    shares = sorted(o.open_cases for o in officers if o.team == "maintenance")
    assert shares == [2, 2, 2]


def test_a_message_on_a_closed_case_opens_it_again(road: Road) -> None:
    first = road.take(found=classification(Kind.ENQUIRY))
    road.store.write_now(lambda w: w.connection.execute(cases.update().values(status="closed", open=False)))
    road.take(message("thanks but", subject=f"Re: {first.reference}"), classification(Kind.UPDATE))
    assert road.case(first.reference).open


def answered(road: Road) -> str:
    """A complaint acknowledged at once and answered at stage 1, six days after it came, by its officer."""
    ref = road.take().reference
    road.now += timedelta(days=6)

    def respond(work: Work) -> None:
        case = work.cases.get(ref, lock=True)
        assert case is not None
        acting = Acting("Olive Ferreira", case.officer_id, road.landlord.time_rules, road.now)
        defined = complaints.define(case, "The boiler fails", "Heat", ["The boiler"], acting).case
        said = complaints.answer_point(defined, "The boiler", "Too late", Finding.UPHELD, acting).case
        change = complaints.respond(said, Finding.UPHELD, "Our fault", "The log", acting)
        work.cases.save(case, change.case, change.events, road.landlord.first_steps(change.case))

    road.store.write_now(respond)
    road.now += timedelta(days=2)
    return ref


def later(road: Road, text: str = "I want this looked at again", **changes: Any) -> NormalisedMessage:
    """A further mail on the same matter, received now."""
    return message(text, subject="Re: boiler", **{"received_at": road.now, **changes})


ESCALATION = classification(Kind.ESCALATION)


def test_a_plain_request_after_the_answer_begins_stage_2_from_that_mail_with_somebody_else(road: Road) -> None:
    ref = answered(road)
    decider = road.case(ref).stages[0].decided_by
    at = road.now - timedelta(hours=3)
    taken = road.take(later(road, received_at=at), ESCALATION)
    assert (taken.outcome, taken.reference) == (Outcome.APPENDED, ref)
    case = road.case(ref)
    assert (case.stage, case.status) == (2, Status.RECEIVED)
    assert case.current is not None
    assert case.current.received_at == at
    assert case.officer_id not in (None, decider)
    running = {c.name: c.starts_at for c in road.file(ref).clocks if c.met_at is None}
    assert running == {"acknowledgement": at, "backstop": at}
    assert case.stages[0].responded_at is not None
    types = [e.type for e in road.file(ref).events]
    assert types.index(EventType.MESSAGE_ADDED) < types.index(EventType.ESCALATION_REQUESTED)
    assert not case.needs_review


def test_stage_2_is_asked_for_once(road: Road) -> None:
    ref = answered(road)
    road.take(later(road), ESCALATION)
    before = road.case(ref).stages
    road.now += timedelta(hours=1)
    road.take(later(road, "I asked for stage 2!"), ESCALATION)
    assert road.case(ref).stages == before
    assert [e.type for e in road.file(ref).events].count(EventType.ESCALATION_REQUESTED) == 1


@pytest.mark.parametrize(
    ("found", "changes"),
    [
        (classification(Kind.COMPLAINT), {}),
        (classification(Kind.ESCALATION, needs_review=True, review_reason="It may be thanks."), {}),
    ],
)
def test_what_only_may_be_a_request_for_stage_2_asks_an_officer(
    road: Road, found: Classification, changes: dict[str, Any]
) -> None:
    ref = answered(road)
    road.take(later(road, **changes), found)
    case = road.case(ref)
    assert (case.stage, case.status, case.needs_review) == (1, Status.RESPONDED, True)
    assert "stage 2" in case.review_reason
    assert case.open


def test_a_request_that_crossed_our_answer_in_the_post_asks_an_officer(road: Road) -> None:
    ref = answered(road)
    responded_at = road.case(ref).responded_at
    assert responded_at is not None
    taken = road.take(later(road, received_at=responded_at - timedelta(hours=1)), ESCALATION)
    assert taken.outcome is Outcome.APPENDED
    assert (road.case(ref).stage, road.case(ref).needs_review) == (1, True)


def test_thanks_after_the_answer_change_nothing_but_are_read(road: Road) -> None:
    ref = answered(road)
    road.take(later(road, "Thank you"), classification(Kind.COMPLIMENT, ()))
    case = road.case(ref)
    assert (case.stage, case.status, case.needs_review) == (1, Status.RESPONDED, False)
    assert case.unread == 2


def test_a_request_before_the_answer_waits_for_it(road: Road) -> None:
    ref = road.take().reference
    road.take(later(road), ESCALATION)
    assert (road.case(ref).stage, road.case(ref).status) == (1, Status.ACKNOWLEDGED)


def test_a_message_received_earlier_makes_the_hazard_known_earlier(road: Road) -> None:
    ref = road.take(found=classification(flags=("emergency_hazard",))).reference
    voicemail = road.now - timedelta(hours=4)
    road.take(later(road, "Gas!", received_at=voicemail), classification(flags=("emergency_hazard",)))
    (hazard,) = road.case(ref).records.hazards
    assert (hazard.aware_at, hazard.due_at) == (voicemail, voicemail + timedelta(hours=24))
    clock = next(c for c in road.file(ref).clocks if c.name == "hazard_emergency")
    assert (clock.starts_at, clock.due_at) == (voicemail, voicemail + timedelta(hours=24))
    assert any(e.type is EventType.HAZARD_STEP and "earlier" in e.summary for e in road.file(ref).events)
    assert road.case(ref).received_at == road.now, "the complaint's own receipt stays as it was"


def test_somebody_with_a_conflict_is_not_chosen_for_stage_2(road: Road) -> None:
    ref = answered(road)
    case = road.case(ref)
    others = [o.id for o in road.store.read_now(lambda w: w.officers.all()) if o.team == case.team]
    left = sorted(set(others) - {case.stages[0].decided_by})

    def declare(work: Work) -> None:
        before = after = work.cases.get(ref, lock=True)
        assert after is not None
        assert before is not None
        for officer_id in left[:-1]:
            acting = Acting("An officer", officer_id, road.landlord.time_rules, road.now)
            after = circumstances.declare_conflict(after, True, "A neighbour", acting).case
        work.cases.save(before, after, (), ())

    road.store.write_now(declare)
    road.take(later(road), ESCALATION)
    assert road.case(ref).officer_id == left[-1]
