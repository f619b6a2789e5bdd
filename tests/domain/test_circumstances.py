"""What is recorded of people and setting: choice, conflicts, meetings, issues, restrictions, adjustments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest
from tests.factories import (
    DAY,
    NOW,
    OLIVE,
    SANA,
    TIME_RULES,
    a_case,
    acknowledged,
    acting,
    answered,
    at_stage_2,
    refuses,
)

from intakebot.domain import circumstances, endings
from intakebot.domain.case import SYSTEM, Acting, Case, Change, EventType, clocks_of
from intakebot.domain.labels import Kind
from intakebot.domain.people import Person, Representative
from intakebot.domain.records import Choice, Ombudsman, RefusalReason
from intakebot.domain.timescales import ClockName

AMA = a_case().resident
JO = Person("Jo Penn", "adviser@advice.example", id=2)
REQUEST = a_case(Kind.SERVICE_REQUEST)
NOW_ACTING = acting(2)
TODAY = NOW_ACTING.now.date()
NAIVE = datetime(2026, 3, 3, 9, 0)  # noqa: DTZ001  # a naive time is the point


def types(change: Change) -> list[EventType]:
    return [event.type for event in change.events]


@pytest.mark.parametrize("choice", list(Choice))
def test_the_choice_to_complain_is_offered_and_what_was_chosen_kept(choice: Choice) -> None:
    offered = circumstances.offer_choice(REQUEST, acting(1))
    assert offered.case.stages == ()
    change = circumstances.choose(offered.case, choice, acting(1.5).now, acting(2))
    (record,) = change.case.records.choices
    assert (record.by, record.choice, record.chosen_at) == ("Olive Ferreira", choice, acting(1.5).now)
    assert (types(offered), types(change)) == ([EventType.CHOICE_OFFERED], [EventType.CHOICE_MADE])
    for at in (acting(0.5).now, acting(3).now, acting(1.5).now.replace(tzinfo=None)):
        refuses("1.3", lambda at=at: circumstances.choose(offered.case, choice, at, acting(2)))  # type: ignore[misc]
    refuses(
        "1.3", lambda: circumstances.choose(change.case, choice, acting(3).now, acting(3)), "Offer the choice first"
    )


def test_a_complainant_needs_no_choice() -> None:
    refuses("1.3", lambda: circumstances.offer_choice(a_case(), acting(1)), "complaint already")
    refuses("1.3", lambda: circumstances.choose(REQUEST, Choice.NEITHER, acting(1).now, acting(1)), "Offer")


@pytest.mark.parametrize("case", [acknowledged(), acknowledged(replace(at_stage_2(), officer_id=OLIVE), 15)])
def test_an_officer_with_a_conflict_gives_the_case_up(case: Case) -> None:
    change = circumstances.declare_conflict(case, True, " My cousin ", acting(16))
    (record,) = change.case.records.conflicts
    assert (record.officer_id, record.conflicted, record.note) == (OLIVE, True, "My cousin")
    assert change.case.officer_id is None
    assert types(change) == [EventType.CONFLICT_CHECKED, EventType.ASSIGNED]
    assert "cousin" not in " ".join(e.summary for e in change.events)
    other = circumstances.declare_conflict(case, True, "My cousin", acting(16, SANA))
    assert other.case.officer_id == OLIVE, "Sana's conflict takes the case from nobody else"


def test_no_conflict_is_declared_too_and_by_the_officer_only() -> None:
    change = circumstances.declare_conflict(a_case(), False, "", acting(1))
    assert change.case.officer_id == OLIVE
    assert not change.case.records.conflicts[0].conflicted
    refuses("5.8", lambda: circumstances.declare_conflict(a_case(), True, " ", acting(1)), "what the conflict is")
    service = Acting(SYSTEM, None, TIME_RULES, NOW)
    refuses("5.8", lambda: circumstances.declare_conflict(a_case(), False, "", service), "themselves")


@pytest.mark.parametrize("case", [REQUEST, acknowledged(), at_stage_2(), answered()])
def test_a_meeting_is_recorded_with_who_came(case: Case) -> None:
    change = circumstances.meet(case, NOW + DAY, " Ama and her sister ", " She will send photos ", NOW_ACTING)
    (meeting,) = change.case.records.meetings
    assert (meeting.attendees, meeting.note, types(change)) == (
        "Ama and her sister",
        "She will send photos",
        [EventType.MEETING_HELD],
    )
    refuses("3.6", lambda: circumstances.meet(case, NOW + 3 * DAY, "Ama", "", NOW_ACTING), "once it was held")
    refuses("3.6", lambda: circumstances.meet(case, NOW, " ", "", NOW_ACTING), "who was there")
    refuses("3.6", lambda: circumstances.meet(case, NAIVE, "Ama", "", NOW_ACTING), "zone")


@pytest.mark.parametrize("case", [a_case(), acknowledged()])
def test_a_further_issue_becomes_a_point_before_the_stage_1_answer(case: Case) -> None:
    change = circumstances.add_issue(case, " The lift ", True, " Same visit ", NOW_ACTING)
    assert change.case.current is not None
    assert [p.text for p in change.case.current.points][-1] == "The lift"
    (issue,) = change.case.records.issues
    assert (issue.merged, issue.reason, issue.own_case) == (True, "Same visit", "")
    assert clocks_of(change.case) == clocks_of(case)
    assert change.events[0].summary == "A further issue was taken into this complaint: Same visit"


@pytest.mark.parametrize("case", [REQUEST, acknowledged(), answered(), at_stage_2()])
def test_a_further_issue_may_have_its_own_case_at_any_time(case: Case) -> None:
    change = circumstances.add_issue(case, "The lift", False, "Another team", NOW_ACTING, own_case="HC-B")
    assert change.case.stages == case.stages
    assert (change.case.records.issues[0].own_case, change.case.records.issues[0].merged) == ("HC-B", False)


def test_what_is_not_merged() -> None:
    policy = RefusalReason.OTHER_POLICY_EXCLUSION
    refused = endings.refuse(a_case(), policy, "Policy", "Read it", NOW_ACTING).case
    add = circumstances.add_issue
    refuses("6.8", lambda: add(answered(), "The lift", True, "Same", acting(9)), "new complaint")
    refuses("6.8", lambda: add(at_stage_2(), "The lift", True, "Same", acting(15)), "new complaint")
    refuses("6.8", lambda: add(refused, "The lift", True, "Same", acting(3)), "ended")
    refuses("6.8", lambda: add(REQUEST, "The lift", True, "Same", acting(3)), "not a complaint")
    refuses("6.8", lambda: add(acknowledged(), " ", True, "Same", acting(3)))
    refuses("6.8", lambda: add(acknowledged(), "The lift", True, " ", acting(3)))
    refuses("6.8", lambda: add(acknowledged(), "The lift", False, "Other team", acting(3)), "Name the case")


def test_whom_it_affects_its_dates_and_its_ombudsman_are_set() -> None:
    known = date(2026, 2, 1)
    change = circumstances.set_facts(a_case(), True, Ombudsman.LGSCO, known, TODAY, NOW_ACTING, contractor=" Heatwell ")
    case = change.case
    assert (case.affects, case.ombudsman, case.issue_on, case.aware_on) == ("group", Ombudsman.LGSCO, known, TODAY)
    assert case.contractor == "Heatwell"
    assert case.received_at == NOW
    assert types(change) == [EventType.NOTED]
    assert change.events[0].summary == (
        "The facts of the case were changed: affects individual → group; Ombudsman HOS → LGSCO; "
        "arose on not recorded → 1 February 2026; known on not recorded → 4 March 2026; "
        "contractor not recorded → Heatwell."
    )
    same = circumstances.set_facts(case, True, Ombudsman.LGSCO, known, TODAY, acting(3), contractor="Heatwell")
    assert same == Change(case, ())
    one = circumstances.set_facts(case, True, Ombudsman.LGSCO, known, TODAY, acting(3), contractor="Issue_on site")
    assert one.events[0].summary == "The facts of the case were changed: contractor Heatwell → Issue_on site."
    back = circumstances.set_facts(case, False, Ombudsman.HOS, None, None, NOW_ACTING).case
    assert (back.affects, back.ombudsman, back.issue_on, back.aware_on) == ("individual", Ombudsman.HOS, None, None)
    for days in ((TODAY + DAY, None), (None, TODAY + DAY)):
        refuses(
            "2.3",
            lambda days=days: circumstances.set_facts(a_case(), False, Ombudsman.HOS, *days, NOW_ACTING),  # type: ignore[misc]
            "future",
        )


REVIEW = TODAY + 30 * DAY


def restrict(case: Case | None = None, person: Person = AMA, **said: object) -> Change:
    words: dict[str, object] = {
        "what": " One call a week ",
        "evidence": " Forty calls on Monday ",
        "equality_check": " No disability disclosed; none seen ",
        "approved_by": " Lin Okafor ",
        "review_on": REVIEW,
    } | said
    return circumstances.restrict(case or a_case(), person, acting=NOW_ACTING, **words)  # type: ignore[arg-type]


def review_clock(case: Case) -> date | None:
    return next((c.due_on for c in clocks_of(case) if c.name is ClockName.REVIEW), None)


def test_a_restriction_has_evidence_an_equality_check_an_approver_and_a_review() -> None:
    change = restrict()
    (held,) = change.case.records.restrictions
    assert (held.number, held.person_id, held.reference, held.starts_on) == (1, AMA.id, "HC-0000-0000-A", TODAY)
    assert (held.what, held.approved_by) == ("One call a week", "Lin Okafor")
    assert review_clock(change.case) == REVIEW
    assert change.events[0].summary == "Contact restricted, to be reviewed by 3 April 2026."
    assert [r.number for r in restrict(change.case).case.records.restrictions] == [1, 2]


def test_nobody_is_restricted_lightly() -> None:
    for field in ("what", "evidence", "approved_by"):
        refuses("5.14", lambda field=field: restrict(**{field: " "}), "evidence")  # type: ignore[misc]
    refuses("5.15", lambda: restrict(equality_check=" "), "disability")
    refuses("5.14", lambda: restrict(review_on=TODAY), "a day to come")
    refuses("5.14", lambda: restrict(person=JO), "not on this case")
    with_jo = a_case(representative=Representative(JO))
    both = restrict(restrict(with_jo).case, JO).case
    assert [(r.person_id, r.number) for r in both.records.restrictions] == [(AMA.id, 1), (JO.id, 1)]


def adjustment(case: Case | None = None, person: Person = AMA, **said: object) -> Change:
    words: dict[str, object] = {"need": " Large print ", "how": " Letters in 18 point ", "review_on": REVIEW} | said
    return circumstances.agree_adjustment(case or a_case(), person, acting=NOW_ACTING, **words)  # type: ignore[arg-type]


Agree = Callable[..., Change]
Review = Callable[[Case, int, int, str, date | None, Acting], Change]
REVIEWED = [
    (restrict, circumstances.review_restriction, "restrictions", "5.14"),
    (adjustment, circumstances.review_adjustment, "adjustments", "5.10"),
]


@pytest.mark.parametrize(("agree", "review", "kept_in", "clause"), REVIEWED)
def test_what_was_agreed_is_reviewed_kept_or_ended(agree: Agree, review: Review, kept_in: str, clause: str) -> None:
    before = agree().case
    kept = review(before, AMA.id, 1, " Still needed ", REVIEW + 30 * DAY, acting(30))
    (held,) = getattr(kept.case.records, kept_in)
    assert held.reviews == ("1 April 2026, Olive Ferreira: Still needed",)
    assert (held.review_on, held.ended_on, review_clock(kept.case)) == (REVIEW + 30 * DAY, None, REVIEW + 30 * DAY)
    ended = review(kept.case, AMA.id, 1, "Needed no more", None, acting(40))
    (held,) = getattr(ended.case.records, kept_in)
    assert (held.ended_on, len(held.reviews), review_clock(ended.case)) == (acting(40).now.date(), 2, None)
    refuses(clause, lambda: review(ended.case, AMA.id, 1, "Again", None, acting(41)), "not in force")
    refuses(clause, lambda: review(before, JO.id, 1, "x", None, acting(41)), "not in force")
    refuses(clause, lambda: review(before, AMA.id, 1, " ", None, acting(41)), "what the review found")
    refuses(clause, lambda: review(before, AMA.id, 1, "x", acting(41).now.date(), acting(41)), "a day to come")
    assert "needed" not in kept.events[0].summary.lower()


def test_an_adjustment_says_what_is_needed_and_how_it_is_given() -> None:
    change = adjustment(review_on=None)
    (held,) = change.case.records.adjustments
    assert (held.need, held.how, held.agreed_on) == ("Large print", "Letters in 18 point", TODAY)
    assert review_clock(change.case) is None
    assert "print" not in change.events[0].summary
    assert [a.number for a in adjustment(change.case).case.records.adjustments] == [1, 2]
    refuses("5.10", lambda: adjustment(need=" "))
    refuses("5.10", lambda: adjustment(how=" "))
    refuses("5.10", lambda: adjustment(review_on=TODAY), "a day to come")
    refuses("5.10", lambda: adjustment(person=JO), "not on this case")


def test_a_disability_is_kept_with_the_person_and_not_in_the_event() -> None:
    change = circumstances.disclose(a_case(), AMA, " Low vision ", NOW_ACTING)
    (held,) = change.case.records.disabilities
    assert (held.person_id, held.number, held.disclosed, held.disclosed_on) == (AMA.id, 1, "Low vision", TODAY)
    assert "vision" not in change.events[0].summary + repr(held)
    refuses("5.10", lambda: circumstances.disclose(a_case(), AMA, " ", NOW_ACTING))
    refuses("5.10", lambda: circumstances.disclose(a_case(), JO, "Low vision", NOW_ACTING), "not on this case")


def test_the_reviews_of_another_case_of_theirs_are_not_watched_twice() -> None:
    assert review_clock(replace(restrict().case, reference="HC-0000-0000-B")) is None
