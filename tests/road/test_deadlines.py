"""Clocks warn before a breach and raise it after: the officer, then the manager, in working hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from tests.factories import classification, message
from tests.road.conftest import Road

from intakebot.casework import Casework
from intakebot.deadlines import Deadlines
from intakebot.domain.case import Case, EventType, Status
from intakebot.domain.labels import Kind
from intakebot.domain.message import Address, Automatic, DeliveryReport, Purpose
from intakebot.domain.records import Action
from intakebot.domain.stages import Outcome


def notices(road: Road, at: datetime) -> list[tuple[str, str]]:
    """What is queued when the watch wakes at this moment: to whom, and the subject."""
    road.now = at
    before = len(road.letters())
    watch = Deadlines(road.store, road.landlord, lambda: road.now)
    road.store.write_now(lambda work: watch.tell(work, at))
    return [(letter.to[0].email, letter.subject) for letter in road.letters()[before:]]


def at(day: int, hour: int = 9, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def doubtful(road: Road, number: int = 0) -> str:
    sent = message(f"boiler {number}", subject=f"Boiler {number}", sender=Address(f"t{number}@tenant.example"))
    return road.take(sent, classification(needs_review=True, review_reason="?")).reference


def test_the_officer_is_warned_then_the_manager_then_each_is_told_of_the_breach(road: Road) -> None:
    ref = doubtful(road)  # received Monday 2 March: acknowledge by Monday 9 March
    assert notices(road, at(4)) == []
    assert [to for to, _ in notices(road, at(5))] == [_email(road, ref)]
    assert notices(road, at(5, 10)) == [], "once"
    assert [to for to, _ in notices(road, at(6))] == ["maintenance.manager@example.org"]
    assert notices(road, at(9, 23)) == [], "23:59 on the day is in time"
    assert notices(road, at(10, 3)) == [], "a breach in the night waits for working hours"
    breach = notices(road, at(10))
    assert [to for to, _ in breach] == [_email(road, ref)]
    assert "1 overdue" in breach[0][1]
    assert [to for to, _ in notices(road, at(11))] == ["maintenance.manager@example.org"]
    kinds = [e.type for e in road.file(ref).events]
    assert kinds.count(EventType.CLOCK_WARNED) == 2
    assert kinds.count(EventType.CLOCK_BREACHED) == 2


def _officer(road: Road, ref: str) -> str:
    return road.file(ref).officer


def _email(road: Road, ref: str) -> str:
    return _officer(road, ref).lower().replace(" ", ".") + "@example.org"


def test_an_acknowledged_complaint_is_not_warned_about(road: Road) -> None:
    road.take()  # acknowledged at once; the response is due on Monday 16 March
    assert notices(road, at(10)) == []
    assert len(notices(road, at(12))) == 1


def test_an_acknowledgement_that_came_back_is_warned_about_again(road: Road) -> None:
    ref = road.take().reference
    (letter,) = road.letters()
    assert notices(road, at(4)) == []
    report = DeliveryReport("failed", "t@tenant.example", "5.1.1", "550 no such user", letter.message_id)
    road.take(message("bounce", automatic=Automatic.DELIVERY_REPORT, delivery_report=report))
    assert [to for to, _ in notices(road, at(5))] == [_email(road, ref)]


def test_eighty_cases_due_are_one_mail_to_each_person(road: Road) -> None:
    refs = [doubtful(road, number) for number in range(80)]
    told = notices(road, at(5))
    assert len(told) == len({to for to, _ in told})
    text = "".join(letter.text for letter in road.letters() if letter.purpose is Purpose.CLOCK_NOTICE)
    assert all(ref in text for ref in refs)
    assert "tenant.example" not in text


def test_after_an_outage_only_the_newest_step_is_told(road: Road) -> None:
    doubtful(road)
    told = notices(road, at(12))
    assert sorted(subject for _, subject in told) == ["Cases: 1 overdue, 0 due soon"] * 2


def test_an_emergency_speaks_at_any_hour(road: Road) -> None:
    road.now = at(6, 20)  # Friday evening
    road.take(message(received_at=road.now), classification(flags=("emergency_hazard",)))
    assert len(notices(road, at(7, 8))) == 2, "half of the 24 hours, on a Saturday morning"
    assert len(notices(road, at(7, 20))) == 2, "the breach"


def test_a_promise_is_watched_after_the_answer(road: Road) -> None:
    ref = road.take().reference  # acknowledged on Monday 2 March, so that the response is due on the 16th
    before = road.case(ref)
    promised = Action(1, 1, "Replace the boiler", "Heating contractor", date(2026, 3, 26), at(3))
    answered = replace(
        before.with_current(responded_at=at(3), outcome=Outcome.UPHELD),
        status=Status.RESPONDED,
        records=replace(before.records, actions=(promised,)),
    )

    def keep(earlier: Case, later: Case) -> None:
        steps = road.landlord.first_steps(later)
        road.store.write_now(lambda work: work.cases.save(earlier, later, [], steps))

    keep(before, answered)
    assert notices(road, at(18)) == [], "the response has been given"
    assert [to for to, _ in notices(road, at(24))] == [_email(road, ref)]
    assert len(notices(road, at(25))) == 1
    assert next(e.summary for e in road.file(ref).events if e.type is EventType.CLOCK_WARNED) == (
        "Due soon: a promised action (Code 6.6). Told the officer."
    )
    keep(answered, replace(answered, records=replace(answered.records, actions=(replace(promised, done_at=at(26)),))))
    assert notices(road, at(28, month=4)) == []


def test_a_closed_case_is_not_warned_about(road: Road) -> None:
    ref = doubtful(road)
    road.now = at(4)

    def close(work):  # type: ignore[no-untyped-def]
        found = work.officers.by_email("officer@example.org")
        casework = Casework(work, road.landlord, found[0], road.now)
        casework.correct(ref, Kind.ENQUIRY, [], [], [], "Only a question")
        casework.close(ref, "Answered")

    road.store.write_now(close)
    assert notices(road, at(5)) == []
