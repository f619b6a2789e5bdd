"""Who acts for a resident: named at once, authority only with what shows it, and every way it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import NOW, a_case, acknowledged, acting, refuses

from intakebot.domain import representation, safety
from intakebot.domain.case import Case, Change, EventType, Status, clocks_of
from intakebot.domain.people import (
    ACTING_AUTHORITY,
    Authority,
    AuthorityBasis,
    Person,
    Representative,
    RepresentativeKind,
)
from intakebot.domain.representation import KIND_RULES, KindRule
from intakebot.domain.timescales import ClockName
from intakebot.domain.working_days import local_date
from intakebot.errors import Refused

AMA = a_case().resident
JO = Person("Jo Penn", "adviser@advice.example", "01632 960555", id=2)
GAIL = Person("Gail Price", "gail@relative.example", id=3)
TODAY = local_date(acting(2).now)
LATER = TODAY + timedelta(days=30)
HELD = {"evidence": "Signed form", "basis": AuthorityBasis.FORM, "topics": ("repairs",)}


def named(case: Case | None = None, person: Person = JO) -> Case:
    return representation.name(case or a_case(), person, RepresentativeKind.ADVISER, " adviser ", acting(1)).case


def recorded(authority: Authority, case: Case | None = None, number: int = 1, **changes: object) -> Change:
    return representation.record_authority(case or named(), number, authority, acting(2), **(HELD | changes))  # type: ignore[arg-type]


def test_somebody_named_has_authority_pending_and_no_clock_waits() -> None:
    change = representation.name(acknowledged(), JO, RepresentativeKind.ADVISER, " adviser ", acting(2))
    one = change.case.representative
    assert one == Representative(JO, "adviser", Authority.PENDING, RepresentativeKind.ADVISER)
    assert [e.type for e in change.events] == [EventType.REPRESENTATIVE_NAMED]
    assert clocks_of(change.case) == clocks_of(acknowledged())


def test_a_case_may_have_several_each_once() -> None:
    two = named(named(), GAIL)
    assert [(r.number, r.person) for r in two.representatives] == [(1, JO), (2, GAIL)]
    assert two.parties == (AMA, JO, GAIL)
    refuses("3.6", lambda: representation.name(two, GAIL, RepresentativeKind.OTHER, "", acting(2)), "already")
    refuses("3.6", lambda: representation.name(two, AMA, RepresentativeKind.OTHER, "", acting(2)), "nobody's")
    for number in range(4, 12):
        two = named(two, Person(id=number))
    refuses("3.6", lambda: representation.name(two, Person(id=99), RepresentativeKind.OTHER, "", acting(2)), "at most")


def test_the_second_is_changed_and_the_first_left_alone() -> None:
    change = recorded(Authority.GIVEN, named(named(), GAIL), 2)
    assert [r.authority for r in change.case.representatives] == [Authority.PENDING, Authority.GIVEN]
    assert "Representative 2's authority is given" in change.events[0].summary
    refuses("3.6", lambda: recorded(Authority.GIVEN, named(), 2), "no such representative")


def test_authority_is_recorded_with_what_shows_it_and_no_clock_waits() -> None:
    change = recorded(Authority.LIMITED, attachment="form.pdf", expires_on=LATER, topics=("repairs", "repairs"))
    one = change.case.representatives[0]
    assert (one.authority, one.basis, one.topics) == (Authority.LIMITED, AuthorityBasis.FORM, ("repairs",))
    assert (one.given_on, one.expires_on) == (TODAY, LATER)
    assert (one.evidence, one.attachment) == ("Signed form", "form.pdf")
    assert [e.type for e in change.events] == [EventType.AUTHORITY_RECORDED]
    assert change.events[0].summary == (
        "The representative's authority is limited for repairs, by form, until 3 April 2026. Signed form (form.pdf)"
    )
    of_the_code = [c for c in clocks_of(change.case) if c.name is not ClockName.AUTHORITY]
    assert of_the_code == list(clocks_of(a_case()))


@pytest.mark.parametrize(
    ("authority", "changes", "words"),
    [
        (Authority.GIVEN, {"evidence": " "}, "Say what shows it"),
        (Authority.REFUSED, {"evidence": ""}, "Say what shows it"),
        (Authority.WITHDRAWN, {"evidence": ""}, "Say what shows it"),
        (Authority.GIVEN, {"basis": None}, "how the authority was given"),
        (Authority.GIVEN, {"given_on": TODAY + timedelta(days=1)}, "in the future"),
        (Authority.GIVEN, {"expires_on": TODAY}, "a day to come"),
        (Authority.GIVEN, {"basis": AuthorityBasis.PHONE}, "by telephone is for a time"),
        (Authority.LIMITED, {"topics": ()}, "which topics"),
        (Authority.EXPIRED, {}, "cannot become"),
        (Authority.PENDING, {}, "cannot become"),
    ],
)
def test_what_is_missing_is_asked_for(authority: Authority, changes: dict[str, object], words: str) -> None:
    refuses("3.6", lambda: recorded(authority, **changes), words)


def test_permission_by_telephone_is_for_a_time() -> None:
    one = recorded(Authority.GIVEN, basis=AuthorityBasis.PHONE, expires_on=LATER).case.representatives[0]
    assert (one.basis, one.expires_on) == (AuthorityBasis.PHONE, LATER)


@pytest.mark.parametrize("ended", [Authority.REFUSED, Authority.WITHDRAWN])
def test_who_was_refused_or_withdrawn_needs_new_evidence_and_is_not_asked_again(ended: Authority) -> None:
    case = recorded(ended).case
    assert case.representatives[0].authority is ended
    refuses("3.6", lambda: recorded(Authority.PENDING, case), "cannot become")
    assert representation.to_chase(case) == ()
    refuses("3.6", lambda: representation.ask(case, acting(3)), "Nobody")
    assert recorded(Authority.GIVEN, case).case.representatives[0].authority is Authority.GIVEN


def test_a_withdrawal_holds_at_once_and_leaves_nothing_of_what_was_given() -> None:
    given_until = recorded(Authority.GIVEN, expires_on=LATER).case
    one = recorded(Authority.WITHDRAWN, given_until, evidence="She rang.").case.representatives[0]
    assert (one.authority, one.basis, one.given_on, one.expires_on, one.topics) == (
        Authority.WITHDRAWN, None, None, None, (),
    )  # fmt: skip


def test_authority_holds_on_its_last_day_and_not_after_it_whatever_is_on_record() -> None:
    case = recorded(Authority.GIVEN, expires_on=LATER).case
    one = case.representatives[0]
    assert representation.authority_on(case, one, LATER) is Authority.GIVEN
    assert representation.authority_on(case, one, LATER + timedelta(days=1)) is Authority.EXPIRED
    assert representation.expire(case, acting(3)) == Change(case, ())
    over = representation.expire(case, acting(60))
    assert over.case.representatives[0].authority is Authority.EXPIRED
    assert [e.type for e in over.events] == [EventType.AUTHORITY_EXPIRED]
    assert representation.expire(over.case, acting(61)).events == ()


def test_the_last_day_has_a_clock_until_the_case_or_the_authority_ends() -> None:
    case = recorded(Authority.GIVEN, expires_on=LATER).case
    (clock,) = [c for c in clocks_of(case) if c.name is ClockName.AUTHORITY]
    assert (clock.due_on, clock.clause) == (LATER, "3.6")
    ended = recorded(Authority.WITHDRAWN, case).case
    for other in (ended, replace(case, status=Status.CLOSED)):
        assert [c for c in clocks_of(other) if c.name is ClockName.AUTHORITY] == []


def test_what_a_resident_permitted_ends_with_their_death_but_not_the_estates_authority() -> None:
    given_by_form = recorded(Authority.GIVEN).case
    dead = safety.record_death(given_by_form, AMA, None, "Her son rang.", acting(2)).case
    assert representation.authority_on(dead, dead.representatives[0], TODAY) is Authority.EXPIRED
    refuses("3.6", lambda: recorded(Authority.GIVEN, dead), "only an executor")
    estate = recorded(Authority.GIVEN, dead, basis=AuthorityBasis.ESTATE, evidence="Grant of probate").case
    assert representation.authority_on(estate, estate.representatives[0], TODAY) is Authority.GIVEN


def test_who_waits_is_chased_once() -> None:
    case = named()
    assert [r.number for r in representation.to_chase(case)] == [1]
    change = representation.chased(case, 1, "They were asked again.", acting(5))
    assert [e.type for e in change.events] == [EventType.AUTHORITY_CHASED]
    assert representation.to_chase(change.case) == ()
    asked = representation.ask(named(case, GAIL), acting(5)).case
    assert {r.chased_at for r in asked.representatives} == {acting(5).now}


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("I am his daughter", "relative"),
        ("my mum's flat", "relative"),
        ("Citizens Advice", "adviser"),
        ("our client", "adviser"),
        ("caseworker to the MP for Larkmere", "mp"),
        ("Cllr", "councillor"),
        ("ward councillor", "councillor"),
        ("We are solicitors for", "solicitor"),
        ("power of attorney", "attorney"),
        ("deputy", "deputy"),
        ("executor", "executor"),
        ("next of kin", "executor"),
        ("support_worker", "support_worker"),
        ("carer", "support_worker"),
        ("neighbour", "friend"),
        ("example", "other"),
        ("", "other"),
    ],
)
def test_the_kind_is_known_by_the_words(words: str, kind: str) -> None:
    assert representation.kind_of(words) is RepresentativeKind(kind)


def test_every_kind_that_is_declared_by_its_id_is_that_kind() -> None:
    assert [k for k in RepresentativeKind if representation.kind_of(k.value) is not k] == []


@pytest.mark.parametrize(
    ("relation", "domain", "genuine", "authority"),
    [
        ("mp", "parliament.uk", True, Authority.GIVEN),
        ("mp", "mail.parliament.uk", True, Authority.GIVEN),
        ("mp", "parliament.uk", False, Authority.PENDING),
        ("mp", "notparliament.uk", True, Authority.PENDING),
        ("mp", "", True, Authority.PENDING),
        ("councillor", "parliament.uk", True, Authority.PENDING),
        ("daughter", "parliament.uk", True, Authority.PENDING),
    ],
)
def test_authority_is_taken_as_given_only_from_a_genuine_address_of_that_kind(
    relation: str, domain: str, genuine: bool, authority: Authority
) -> None:
    one = representation.first_known(JO, relation, domain, genuine, KIND_RULES, TODAY)
    assert one.authority is authority
    assert bool(one.evidence and one.basis and one.given_on) == (authority is Authority.GIVEN)


def test_a_landlord_may_ask_mps_for_permission_too() -> None:
    rules = {RepresentativeKind.MP: KindRule(False, "", ("parliament.uk",))}
    assert representation.first_known(JO, "mp", "parliament.uk", True, rules, TODAY).authority is Authority.PENDING


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(Authority), st.booleans(), st.booleans()), max_size=12))
def test_whatever_is_recorded_in_whatever_order_authority_always_has_what_shows_it(
    steps: list[tuple[Authority, bool, bool]],
) -> None:
    case = named()
    for day, (authority, shown, dated) in enumerate(steps):
        try:
            case = representation.record_authority(
                case, 1, authority, acting(day), evidence="Form" if shown else "",
                basis=AuthorityBasis.FORM if dated else None,
                expires_on=local_date(NOW) + timedelta(days=6) if dated else None, topics=("repairs",),
            ).case  # fmt: skip
        except Refused:
            continue
        one = case.representatives[0]
        assert one.authority is authority
        acts = authority in ACTING_AUTHORITY
        assert acts == (one.basis is not None) == (one.given_on is not None)
        assert one.evidence or authority is Authority.PENDING
