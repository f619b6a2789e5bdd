"""Who may be told what of a case: nothing goes to anybody without authority, and never past a rule for safety."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.domain.test_representation import AMA, GAIL, JO, LATER, TODAY, named, recorded
from tests.factories import a_case, acting

from intakebot.domain import disclosure, representation, safety
from intakebot.domain.case import Case, CaseTag, TagType
from intakebot.domain.disclosure import BEFORE_AUTHORITY, MayBeTold, correspondents, may_be_told
from intakebot.domain.message import STAFF_NOTICES, Purpose
from intakebot.domain.people import Authority, AuthorityBasis, Person, Representative

LETTERS = [p for p in Purpose if p not in STAFF_NOTICES]
JO_WROTE = "adviser@advice.example"
REPAIRS = (CaseTag(TagType.CATEGORY, "repairs"),)


def to(case: Case, purpose: Purpose = Purpose.REPLY, wrote: str = "", today: date = TODAY) -> tuple[Person, ...]:
    return correspondents(case, purpose, today, wrote).to


def test_without_a_representative_everything_goes_to_the_resident() -> None:
    assert {to(a_case(), purpose) for purpose in LETTERS if purpose is not Purpose.AUTHORITY_REQUEST} == {(AMA,)}
    assert to(a_case(), Purpose.AUTHORITY_REQUEST) == ()


@pytest.mark.parametrize("purpose", LETTERS)
def test_before_authority_only_who_wrote_it_all_is_answered_and_only_with_the_first_answers(purpose: Purpose) -> None:
    case = named()
    if purpose is Purpose.AUTHORITY_REQUEST:
        assert to(case, purpose) == (JO,)
        return
    assert to(case, purpose, JO_WROTE) == ((JO,) if purpose in BEFORE_AUTHORITY else (AMA,))
    assert to(case, purpose, "") == (AMA,)
    assert to(case, purpose, "somebody@else.example") == (AMA,)


def test_with_authority_letters_go_to_the_representative_and_by_choice_a_copy_to_the_resident() -> None:
    case = recorded(Authority.GIVEN).case
    assert correspondents(case, Purpose.RESPONSE, TODAY) == disclosure.Correspondents((JO,), ())
    copied = representation.choose_letters(case, 1, True, True, acting(3)).case
    assert correspondents(copied, Purpose.RESPONSE, TODAY) == disclosure.Correspondents((JO,), (AMA,))
    none = representation.choose_letters(case, 1, False, True, acting(3)).case
    assert correspondents(none, Purpose.RESPONSE, TODAY) == disclosure.Correspondents((AMA,), ())


def test_two_who_may_act_both_get_the_letters_and_one_who_may_not_gets_none() -> None:
    two = named(recorded(Authority.GIVEN).case, GAIL)
    assert to(two, Purpose.RESPONSE) == (JO,)
    assert to(recorded(Authority.GIVEN, two, 2).case, Purpose.RESPONSE) == (JO, GAIL)
    assert to(recorded(Authority.WITHDRAWN, recorded(Authority.GIVEN, two, 2).case, 1).case) == (GAIL,)


def test_a_limited_authority_covers_only_cases_about_its_topics() -> None:
    case = recorded(Authority.LIMITED, replace(named(), tags=REPAIRS)).case
    assert to(case) == (JO,)
    wider = replace(case, tags=(*REPAIRS, CaseTag(TagType.CATEGORY, "rent_charges")))
    assert to(wider) == (AMA,)
    assert may_be_told(wider, wider.representatives[0], TODAY) is MayBeTold.OWN_WORDS
    assert to(replace(case, tags=())) == (AMA,)


def test_expiry_is_looked_at_on_the_day_a_letter_is_written() -> None:
    case = recorded(Authority.GIVEN, expires_on=LATER).case
    assert to(case, today=LATER) == (JO,)
    assert to(case, today=LATER + timedelta(days=1)) == (AMA,)


def test_no_letter_is_addressed_to_somebody_who_has_died() -> None:
    died = safety.record_death(recorded(Authority.GIVEN).case, AMA, TODAY, "Her son rang.", acting(2)).case
    assert {to(died, purpose, JO_WROTE) for purpose in LETTERS} == {()}
    estate = recorded(Authority.GIVEN, died, basis=AuthorityBasis.ESTATE, evidence="Probate").case
    copied = representation.choose_letters(estate, 1, True, True, acting(3)).case
    assert correspondents(copied, Purpose.RESPONSE, TODAY) == disclosure.Correspondents((JO,), ())


@pytest.mark.parametrize("flag", ["domestic_abuse", "safeguarding"])
def test_nothing_is_copied_by_itself_where_somebody_is_at_risk(flag: str) -> None:
    case = representation.choose_letters(recorded(Authority.GIVEN).case, 1, True, True, acting(3)).case
    assert disclosure.may_copy(case)
    at_risk = replace(case, tags=(CaseTag(TagType.FLAG, flag),))
    assert correspondents(at_risk, Purpose.RESPONSE, TODAY).copies == ()
    ruled = safety.avoid(case, AMA, "He reads her mail.", acting(3), at="elsewhere@tenant.example").case
    assert correspondents(ruled, Purpose.RESPONSE, TODAY).copies == ()


def test_a_rule_against_somebody_is_stronger_than_their_authority() -> None:
    case = safety.avoid(recorded(Authority.GIVEN).case, AMA, "He controls her.", acting(2), through=JO).case
    (one,) = case.representatives
    assert may_be_told(case, one, TODAY) is MayBeTold.NOTHING
    assert to(case) == (AMA,)
    overridden = safety.override(case, AMA.id, 1, "The court asked.", acting(2)).case
    assert may_be_told(overridden, one, TODAY) is MayBeTold.NOTHING, "letters that go by themselves"
    assert to(overridden) == (JO,)
    assert to(overridden, today=TODAY + timedelta(days=1)) == (AMA,)


def test_the_line_for_staff_says_who_may_be_told_what() -> None:
    assert disclosure.who_may_be_told(a_case(), TODAY) == "Letters go to the resident."
    assert disclosure.who_may_be_told(named(), TODAY) == (
        "Letters go to the resident. Jo Penn may be told only what they wrote themselves (authority pending)."
    )
    case = named(recorded(Authority.GIVEN, expires_on=LATER).case, GAIL)
    case = representation.choose_letters(recorded(Authority.REFUSED, case, 2).case, 1, True, True, acting(3)).case
    assert disclosure.who_may_be_told(case, TODAY) == (
        "Letters go to Jo Penn, with a copy to the resident. Jo Penn may be told everything about this case"
        " (authority given until 3 April 2026). Gail Price must be told nothing (authority refused)."
    )
    dead = safety.record_death(case, AMA, None, "Her son rang.", acting(2)).case
    assert disclosure.who_may_be_told(dead, TODAY).startswith("Letters go to nobody: the resident has died.")


PEOPLE = (JO, GAIL)
BASE = a_case()


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Cases with up to two representatives in any state, rules, deaths and topics, however they came about."""
    days = st.none() | st.integers(-20, 20).map(lambda n: TODAY + timedelta(days=n))
    one = st.builds(
        Representative,
        person=st.just(JO),
        authority=st.sampled_from(Authority),
        basis=st.none() | st.sampled_from(AuthorityBasis),
        expires_on=days,
        topics=st.lists(st.sampled_from(["repairs", "asb"]), max_size=2).map(tuple),
        letters=st.booleans(),
        copy_to_resident=st.booleans(),
    )
    drawn = draw(st.lists(one, max_size=2))
    held = [replace(r, person=p, number=n) for n, (r, p) in enumerate(zip(drawn, PEOPLE, strict=False), 1)]
    tags = draw(st.lists(st.sampled_from(["repairs", "asb"]), unique=True))
    case = replace(
        BASE,
        representative=held[0] if held else None,
        further=tuple(held[1:]),
        tags=tuple(CaseTag(TagType.CATEGORY, tag) for tag in tags),
    )
    if draw(st.booleans()):
        case = safety.record_death(case, AMA, None, "Told.", acting(2)).case
    if held and draw(st.booleans()):
        case = safety.avoid(case, AMA, "Unsafe.", acting(2), through=held[-1].person).case
    return case


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    cases(), st.sampled_from(LETTERS), st.sampled_from(["", JO_WROTE, "gail@relative.example", "ama@tenant.example"])
)
def test_nothing_of_a_case_ever_goes_to_anybody_without_authority(case: Case, purpose: Purpose, wrote: str) -> None:
    sent = correspondents(case, purpose, TODAY, wrote)
    forbidden = {rule.through for rule in case.records.safety_rules}
    for person in (*sent.to, *sent.copies):
        assert not safety.is_dead(case, person)
        assert person.id not in forbidden
        if person == AMA:
            continue
        (one,) = [r for r in case.representatives if r.person == person]
        if one.authority in (Authority.GIVEN, Authority.LIMITED) and purpose is not Purpose.AUTHORITY_REQUEST:
            assert one.expires_on is None or one.expires_on >= TODAY
            topics = {tag.label for tag in case.tags}
            mine = one.authority is Authority.GIVEN or (topics and topics <= set(one.topics))
            assert mine or (purpose in BEFORE_AUTHORITY and wrote in person.keys)
            continue
        assert one.authority is Authority.PENDING
        assert purpose is Purpose.AUTHORITY_REQUEST or (purpose in BEFORE_AUTHORITY and wrote in person.keys)
    assert set(sent.copies) <= {AMA}
    assert not (sent.copies and case.records.safety_rules)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases(), st.sampled_from(LETTERS))
def test_where_nobody_may_act_the_resident_is_answered_directly(case: Case, purpose: Purpose) -> None:
    assume(purpose not in (*BEFORE_AUTHORITY, Purpose.AUTHORITY_REQUEST) and not safety.is_dead(case, AMA))
    told = [may_be_told(case, r, TODAY) for r in case.representatives if r.letters]
    assume(MayBeTold.CASE not in told)
    assert to(case, purpose) == (AMA,)
