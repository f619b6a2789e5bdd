"""Rules that keep somebody safe: they hold at once, for every letter, until a person says otherwise and why."""

from __future__ import annotations

from datetime import timedelta

from tests.domain.test_representation import AMA, GAIL, JO, TODAY, named
from tests.factories import acting, refuses

from intakebot.domain import safety
from intakebot.domain.case import SYSTEM, Acting, Case, EventType
from intakebot.domain.people import Person

AFTER = TODAY + timedelta(days=1)


def ruled(case: Case | None = None, **what: object) -> Case:
    return safety.avoid(case or named(), AMA, " He reads it. ", acting(2), **what).case  # type: ignore[arg-type]


def forbids(case: Case, person: Person, by_officer: bool = False, at: str = "", day: object = TODAY) -> bool:
    rules = case.records.safety_rules
    return safety.forbidding(rules, person, day, by_officer=by_officer, at=at) is not None  # type: ignore[arg-type]


def test_a_rule_names_a_person_an_address_or_a_home() -> None:
    through = ruled(through=JO)
    assert forbids(through, JO) and not forbids(through, AMA) and not forbids(through, GAIL)
    assert forbids(through, Person("Jo again", "Adviser@advice.example", id=9)), "the same address under another name"
    at = ruled(at="Ama@Tenant.Example")
    assert forbids(at, AMA) and forbids(at, AMA, at="ama@tenant.example")
    assert not forbids(at, AMA, at="safe@tenant.example")
    assert safety.home_forbidden(ruled(home=True), TODAY) and not safety.home_forbidden(at, TODAY)


def test_telephone_numbers_and_chats_are_compared_as_they_are_meant() -> None:
    assert forbids(ruled(at="07700 900123"), Person(phone="+44 7700 900123"))
    assert forbids(ruled(at="0044 7700 900123"), Person(phone="(07700) 900-123"))
    assert forbids(ruled(at="telegram:42"), Person(telegram="42"))
    assert not forbids(ruled(at="07700 900124"), Person(phone="07700 900123"))
    assert Person().keys == frozenset()


def test_a_rule_says_why_and_what_and_the_event_says_neither() -> None:
    change = safety.avoid(named(), AMA, "He reads it.", acting(2), at="ama@tenant.example")
    assert [e.type for e in change.events] == [EventType.SAFETY_RULE_SET]
    assert "reads" not in change.events[0].summary and "tenant.example" not in change.events[0].summary
    assert "reads" not in repr(change.case.records.safety_rules)
    refuses("", lambda: safety.avoid(named(), AMA, " ", acting(2), at="x@y.example"), "Say why")
    refuses("", lambda: safety.avoid(named(), AMA, "He reads it.", acting(2)), "at which address")
    refuses("3.6", lambda: safety.avoid(named(), GAIL, "He reads it.", acting(2), home=True), "not on this case")
    assert [r.number for r in ruled(ruled(home=True), home=True).records.safety_rules] == [1, 2]


def test_an_override_is_a_persons_with_a_reason_for_one_day_and_for_officers_letters_only() -> None:
    case = ruled(at="ama@tenant.example")
    change = safety.override(case, AMA.id, 1, "She asked us to today.", acting(2))
    assert [e.type for e in change.events] == [EventType.SAFETY_RULE_OVERRIDDEN]
    assert "She asked us to today." not in change.events[0].summary, "the reason stays with the rule"
    assert change.case.records.safety_rules[0].overrides[0].reason == "She asked us to today."
    assert not forbids(change.case, AMA, by_officer=True)
    assert forbids(change.case, AMA), "letters that go by themselves"
    assert forbids(change.case, AMA, by_officer=True, day=AFTER)
    refuses("", lambda: safety.override(case, AMA.id, 1, " ", acting(2)), "Say why")
    refuses("", lambda: safety.override(case, AMA.id, 2, "x", acting(2)), "not in force")
    itself = Acting(SYSTEM, None, acting(2).time_rules, acting(2).now)
    refuses("", lambda: safety.override(case, AMA.id, 1, "x", itself), "Only a person")


def test_a_rule_ends_only_with_a_reason() -> None:
    case = ruled(at="ama@tenant.example")
    refuses("", lambda: safety.end_rule(case, AMA.id, 1, "", acting(3)), "why the rule may end")
    over = safety.end_rule(case, AMA.id, 1, "He has moved out.", acting(3))
    assert [e.type for e in over.events] == [EventType.SAFETY_RULE_ENDED]
    assert not forbids(over.case, AMA)
    refuses("", lambda: safety.end_rule(over.case, AMA.id, 1, "Again", acting(3)), "not in force")


def test_a_death_is_recorded_once_with_who_told_us_and_may_be_taken_back() -> None:
    change = safety.record_death(named(), AMA, TODAY, "Her son rang.", acting(2))
    assert [e.type for e in change.events] == [EventType.DEATH_RECORDED]
    assert safety.is_dead(change.case, AMA) and not safety.is_dead(change.case, JO)
    refuses("", lambda: safety.record_death(change.case, AMA, None, "Again", acting(2)), "already")
    refuses("", lambda: safety.record_death(named(), AMA, None, " ", acting(2)), "who told us")
    refuses("", lambda: safety.record_death(named(), AMA, AFTER, "x", acting(2)), "future")
    refuses("3.6", lambda: safety.record_death(named(), GAIL, None, "x", acting(2)), "not on this case")
    back = safety.take_back_death(change.case, AMA, "It was her mother.", acting(3)).case
    assert not safety.is_dead(back, AMA)
    refuses("", lambda: safety.take_back_death(back, AMA, "x", acting(3)), "Say why it was wrong")
    refuses("", lambda: safety.take_back_death(change.case, AMA, " ", acting(3)), "Say why it was wrong")
    again = safety.record_death(back, AMA, None, "The registrar wrote.", acting(4)).case
    assert [d.number for d in again.records.deaths] == [1, 2]
    assert "rang" not in repr(again.records.deaths[0])
