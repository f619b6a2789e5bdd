"""What people told us of their needs is never dropped, what they warned of is never broken, and no clock waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories import DAY, NOW, TIME_RULES, a_case, acting, classification, message, refuses

from intakebot.domain import need_acts
from intakebot.domain.case import Case, CaseTag, Change, EventType, TagType, clocks_of
from intakebot.domain.labels import Kind, Need
from intakebot.domain.message import Declared, Party
from intakebot.domain.needs import (
    Contact,
    ContactRule,
    FormatKind,
    FormatRules,
    NeedsKnown,
    NeedTold,
    PersonNeed,
    Source,
    Telling,
    contradict,
    formats_owed,
    join_need,
    join_rule,
    print_size,
    size_of,
    way_of,
    why_not_by_itself,
)
from intakebot.domain.people import Authority, Person, Representative
from intakebot.domain.timescales import ClockName

AMA, GAIL = 1, 2
SAID = Telling(NOW, "web", "HC-0000-0000-A", Source.SAID, "resident")
RULES = FormatRules(5, 1, 18)
ON = date(2026, 3, 2)

tellings = st.builds(
    NeedTold,
    need=st.sampled_from(Need),
    source=st.sampled_from([Source.SAID, Source.READ, Source.STAFF]),
    words=st.sampled_from(["", "I cannot see", "My son reads it", "Polish"]),
    print_pt=st.integers(0, 60),
    language=st.sampled_from(["", "pl", "so"]),
)
rules = st.builds(
    lambda prefers, avoid, barred, source: (prefers, avoid, barred, source),
    st.none() | st.sampled_from(Contact),
    st.sampled_from(["", "Not when he is home", "Do not email me", "Never at all", "He sees my phone"]),
    st.frozensets(st.sampled_from(Contact)),
    st.sampled_from([Source.SAID, Source.STAFF]),
)


def declared(**changes: Any) -> Declared:
    return Declared(Party("Ama", "ama@tenant.example"), **changes)


def told(case: Case | None = None, **changes: Any) -> Change:
    """A case after Ama says this outright on the form."""
    case = case or a_case()
    found = need_acts.told_in(message(declared=declared(**changes)), classification())
    return need_acts.tell(case, found, case.resident, NOW, "web", NOW)


def known(*needs: Need, rules: tuple[ContactRule, ...] = ()) -> NeedsKnown:
    return NeedsKnown(tuple(PersonNeed(n, AMA, need, (SAID,)) for n, need in enumerate(needs, 1)), rules)


def rule(
    prefers: Contact | None = None, avoid: str = "", *barred: Contact, source: Source = Source.SAID
) -> ContactRule:
    return ContactRule(1, AMA, replace(SAID, source=source), prefers, avoid=avoid, barred=barred)


@given(st.lists(st.tuples(tellings, st.integers(0, 9)), max_size=30))
def test_a_need_that_is_told_is_in_force_afterwards_and_no_record_ever_goes(steps: list[tuple[NeedTold, int]]) -> None:
    held: tuple[PersonNeed, ...] = ()
    for each, ending in steps:
        before = held
        held, said = join_need(held, AMA, each, SAID)
        now = [need for need in held if need.need is each.need and need.ended_on is None]
        mistaken = [need for need in before if need.need is each.need and need.mistaken]
        if now:
            (kept,) = now
            assert each.words in ("", *kept.words) or (each.source is Source.READ and kept.certain) or not said
            assert not each.print_pt or kept.print_pt == print_size(each.print_pt)
            assert kept.language == each.language or not each.language
        else:
            assert each.source is Source.READ
            assert mistaken
            assert "mistake" in said
        assert [(n.person_id, n.number) for n in before] == [(n.person_id, n.number) for n in held][: len(before)]
        assert len({n.number for n in held}) == len(held)
        assert [n for n in before if n.ended_on] == [n for n in held if n.ended_on]
        again, nothing = join_need(held, AMA, each, SAID)
        assert again == held
        assert nothing == "" or "mistake" in nothing
        if ending < len(held):
            ended = replace(held[ending], ended_on=ON, ended_by="Olive", ended_why="x", mistaken=ending % 2 == 0)
            held = (*held[:ending], ended, *held[ending + 1 :])


@given(st.lists(rules, max_size=8), st.sampled_from(Contact))
def test_no_automatic_message_goes_a_way_that_is_barred_or_past_an_unread_warning(
    told_rules: list[tuple[Contact | None, str, frozenset[Contact], Source]], way: Contact
) -> None:
    kept: tuple[ContactRule, ...] = ()
    for number, (wish, avoid, barred, source) in enumerate(told_rules, 1):
        telling = replace(SAID, source=source)
        kept = (*kept, ContactRule(number, AMA, telling, wish, avoid=avoid, barred=tuple(barred)))
    why = why_not_by_itself(NeedsKnown(rules=kept), way)
    if any(way in rule.barred for rule in kept):
        assert why
    if any(rule.unread and rule.prefers is not way for rule in kept):
        assert why
    if not any(rule.barred or rule.unread for rule in kept):
        assert not why


@given(st.lists(rules, max_size=8))
def test_a_warning_stands_until_staff_end_it(
    told_rules: list[tuple[Contact | None, str, frozenset[Contact], Source]],
) -> None:
    kept: tuple[ContactRule, ...] = ()
    for wish, avoid, _, _ in told_rules:
        kept = join_rule(kept, AMA, wish, avoid, SAID)
        assert join_rule(kept, AMA, wish, avoid, SAID) == kept
    assert {avoid for _, avoid, _, _ in told_rules if avoid} == {rule.avoid for rule in kept if rule.avoid}
    assert len({rule.number for rule in kept}) == len(kept)


@pytest.mark.parametrize(
    ("prefers", "avoid", "goes"),
    [
        (Contact.EMAIL, "", True),
        (None, "", True),
        (Contact.EMAIL, "Not by phone, he listens", True),
        (Contact.EMAIL, "Do not email my work address", False),
        (Contact.EMAIL, "Do not contact me at home in any way", False),
        (Contact.PHONE, "He reads the post", False),
        (None, "He reads the post", False),
    ],
)
def test_an_unread_warning_holds_mail_back_unless_mail_is_what_they_asked_for(
    prefers: Contact | None, avoid: str, goes: bool
) -> None:
    assert (why_not_by_itself(known(rules=(rule(prefers, avoid),)), Contact.EMAIL) == "") is goes


def test_what_staff_have_settled_lets_letters_go_by_ways_that_are_not_barred() -> None:
    settled = known(rules=(rule(None, "The post", Contact.POST, Contact.PHONE, source=Source.STAFF),))
    assert why_not_by_itself(settled, Contact.EMAIL) == ""
    assert "phone" in why_not_by_itself(settled, Contact.PHONE)


def test_written_only_bars_the_phone_and_phone_only_asks_for_a_call() -> None:
    assert why_not_by_itself(known(Need.WRITTEN_ONLY), Contact.PHONE)
    assert why_not_by_itself(known(Need.WRITTEN_ONLY), Contact.EMAIL) == ""
    assert formats_owed(known(Need.PHONE_ONLY)) == (FormatKind.PHONE_CALL,)
    barred = known(Need.PHONE_ONLY, rules=(rule(None, "", Contact.PHONE, source=Source.STAFF),))
    assert formats_owed(barred) == (FormatKind.SAFE_CONTACT,)


def test_large_print_is_made_by_the_machine_at_the_size_asked_for_and_the_rest_by_people() -> None:
    every = known(*Need)
    assert set(formats_owed(every)) == {*FormatKind} - {FormatKind.PHONE_CALL}  # written only: a safe way instead
    asked = replace(known(Need.LARGE_PRINT).needs[0], print_pt=24)
    assert size_of(NeedsKnown((asked,)), 18) == 24
    assert size_of(known(Need.LARGE_PRINT), 18) == 18
    assert size_of(known(Need.BRAILLE), 18) == 0


def test_needs_that_cannot_both_be_kept_are_seen() -> None:
    assert contradict(known(Need.WRITTEN_ONLY, Need.PHONE_ONLY))
    assert contradict(known(Need.WRITTEN_ONLY, rules=(rule(Contact.PHONE),)))
    assert not contradict(known(Need.WRITTEN_ONLY, rules=(rule(Contact.POST),)))


def test_ways_of_addresses() -> None:
    assert [way_of(a) for a in ("Telegram:1", "tel:+447700900123", "a@b.example")] == [
        Contact.TELEGRAM, Contact.PHONE, Contact.EMAIL,
    ]  # fmt: skip


def test_what_is_said_outright_and_what_is_read_are_both_taken() -> None:
    said = declared(
        needs=(Need.BRAILLE,), needs_note="Grade 2", print_pt=20, prefers="post", safe_contact=" He reads it "
    )
    found = need_acts.told_in(message(declared=said), classification(needs=("braille", "written_only", "not_a_need")))
    assert [(n.need, n.source, n.print_pt) for n in found.needs] == [
        (Need.BRAILLE, Source.SAID, 0),
        (Need.LARGE_PRINT, Source.SAID, 20),
        (Need.WRITTEN_ONLY, Source.READ, 0),
    ]
    assert (found.prefers, found.avoid) == (Contact.POST, "He reads it")
    note = need_acts.told_in(message(declared=declared(needs_note="Yellow paper")), classification())
    assert [(n.need, n.words) for n in note.needs] == [(Need.OTHER, "Yellow paper")]
    assert need_acts.told_in(message(declared=declared(prefers="owl")), classification()).nothing
    polish = need_acts.told_in(message(), classification(needs=("interpreter",), language="pl"))
    assert polish.needs[0].language == "pl"


def test_needs_are_kept_with_the_resident_and_the_event_says_which_but_not_in_whose_words() -> None:
    change = told(needs=(Need.LARGE_PRINT,), print_pt=24, needs_note="My eyes", safe_contact="He is violent")
    (need,) = change.case.records.needs
    (warning,) = change.case.records.contact_rules
    assert (need.person_id, need.print_pt, need.words, need.since) == (AMA, 24, ("My eyes",), NOW)
    assert (warning.avoid, warning.unread) == ("He is violent", True)
    assert [e.type for e in change.events] == [EventType.NEEDS_TOLD, EventType.CONTACT_TOLD]
    said = " ".join(e.summary for e in change.events)
    assert "large print (24 point)" in said
    assert "eyes" not in said
    assert "violent" not in said
    assert "violent" not in repr(change.case)


def test_what_is_told_again_changes_nothing_and_a_new_size_counts() -> None:
    once = told(needs=(Need.LARGE_PRINT,), print_pt=18).case
    assert told(once, needs=(Need.LARGE_PRINT,), print_pt=18) == Change(once, ())
    bigger = told(once, needs=(Need.LARGE_PRINT,), print_pt=28).case
    assert [(n.print_pt, len(n.tellings)) for n in bigger.records.needs] == [(28, 2)]


def with_gail(authority: Authority = Authority.PENDING) -> Case:
    return a_case(representative=Representative(Person("Gail", "gail@advice.example", id=GAIL), "adviser", authority))


def test_a_representative_tells_the_residents_needs_their_own_wish_and_a_warning_for_both() -> None:
    case = with_gail()
    found = need_acts.told_in(
        message(declared=declared(needs=(Need.BSL,), prefers="email", safe_contact="Not at home")), classification()
    )
    assert case.representative is not None
    records = need_acts.tell(case, found, case.representative.person, NOW, "web", NOW).case.records
    assert [(n.person_id, n.tellings[0].by) for n in records.needs] == [(AMA, "representative")]
    assert [(r.person_id, r.prefers) for r in records.contact_rules] == [(GAIL, Contact.EMAIL), (AMA, None)]


@pytest.mark.parametrize("writer", ["stranger", "withdrawn"])
def test_what_somebody_else_tells_is_kept_with_nobody_and_said(writer: str) -> None:
    case = with_gail(Authority.WITHDRAWN)
    found = need_acts.told_in(message(declared=declared(safe_contact="Only through me")), classification())
    person = case.representative.person if case.representative and writer == "withdrawn" else None
    change = need_acts.tell(case, found, person, NOW, "web", NOW)
    assert change.case == case
    assert [e.type for e in change.events] == [EventType.NEEDS_NOT_KEPT]


def test_a_letter_makes_one_task_of_each_sort_with_a_due_date_in_working_days_and_later_letters_join_it() -> None:
    case = told(needs=(Need.BRAILLE, Need.LARGE_PRINT)).case
    calendar = TIME_RULES.calendar
    first = need_acts.owe_formats(case, case.resident, "receipt", calendar, RULES, NOW)
    (task,) = first.case.records.format_tasks
    assert (task.kind, task.letters, task.due_on) == (FormatKind.BRAILLE, ("receipt",), date(2026, 3, 9))
    assert [e.type for e in first.events] == [EventType.FORMAT_OWED]
    second = need_acts.owe_formats(first.case, case.resident, "response", calendar, RULES, NOW + 2 * DAY)
    (joined,) = second.case.records.format_tasks
    assert (joined.letters, joined.due_on) == (("receipt", "response"), task.due_on)
    assert second.events == ()
    assert need_acts.owe_formats(second.case, case.resident, "response", calendar, RULES, NOW) == Change(
        second.case, ()
    )


def test_no_clock_of_the_code_moves_for_a_format_and_the_format_has_its_own_until_it_is_done() -> None:
    case = told(a_case(Kind.ENQUIRY, status="closed", officer_id=None), needs=(Need.AUDIO,)).case
    complaint = told(needs=(Need.AUDIO,)).case
    owed = need_acts.owe_formats(complaint, complaint.resident, "receipt", TIME_RULES.calendar, RULES, NOW).case
    before = list(clocks_of(complaint))
    assert [c for c in clocks_of(owed) if c.name is not ClockName.FORMAT] == before
    (clock,) = [c for c in clocks_of(owed) if c.name is ClockName.FORMAT]
    assert clock.due_on == date(2026, 3, 9)
    waiting = need_acts.owe_formats(case, case.resident, "receipt", TIME_RULES.calendar, RULES, NOW).case
    assert waiting.open
    refuses("5.10", lambda: need_acts.format_done(waiting, 1, " ", acting()), "how")
    refuses("5.10", lambda: need_acts.format_done(waiting, 2, "Posted", acting()))
    done = need_acts.format_done(waiting, 1, "An MP3, sent today.", acting(1)).case
    assert not done.open
    assert done.records.format_tasks[0].done_by == "Olive Ferreira"
    assert ClockName.FORMAT not in [c.name for c in clocks_of(done)]
    refuses("5.10", lambda: need_acts.format_done(done, 1, "Again", acting()))


def test_staff_record_a_need_review_it_and_end_it_with_a_reason() -> None:
    case, act = a_case(), acting()
    person = case.resident
    refuses("5.10", lambda: need_acts.record_need(case, person, Need.AUDIO, " ", act))
    refuses("5.10", lambda: need_acts.record_need(case, Person(id=9), Need.AUDIO, "x", act), "not on this case")
    refuses("5.10", lambda: need_acts.record_need(case, person, Need.AUDIO, "x", act, review_on=ON), "to come")
    held = need_acts.record_need(case, person, Need.AUDIO, "She rang", act, review_on=date(2026, 9, 1)).case
    refuses("5.10", lambda: need_acts.record_need(held, person, Need.AUDIO, "She rang", act), "already")
    assert [c.due_on for c in clocks_of(held) if c.name is ClockName.REVIEW] == [date(2026, 9, 1)]
    refuses("5.10", lambda: need_acts.end_need(held, person.id, 1, "", False, act), "why")
    change = need_acts.end_need(held, person.id, 1, "She reads now", False, act)
    (ended,) = change.case.records.needs
    assert (ended.ended_on, ended.ended_by, ended.ended_why) == (ON, "Olive Ferreira", "She reads now")
    assert change.events[0].type is EventType.NEED_ENDED
    refuses("5.10", lambda: need_acts.end_need(change.case, person.id, 1, "Again", False, act))
    again = told(change.case, needs=(Need.AUDIO,)).case
    assert [(n.number, n.ended_on is None) for n in again.records.needs] == [(1, False), (2, True)]


def test_a_mistake_is_not_read_again_but_is_believed_when_said_outright() -> None:
    read = need_acts.told_in(message(), classification(needs=("audio",)))
    first = need_acts.tell(a_case(), read, a_case().resident, NOW, "email", NOW).case
    wrong = need_acts.end_need(first, AMA, 1, "A song", True, acting()).case
    again = need_acts.tell(wrong, read, wrong.resident, NOW, "email", NOW)
    assert again.case == wrong
    assert "Olive Ferreira ended as a mistake" in again.events[0].summary
    assert len(told(wrong, needs=(Need.AUDIO,)).case.records.needs) == 2


def test_staff_settle_how_somebody_may_be_reached_in_place_of_what_was_said() -> None:
    case = told(prefers="email", safe_contact="Not by mail").case
    settle = need_acts.set_contact
    refuses("5.10", lambda: settle(case, case.resident, None, "", "", (), " ", None, acting()))
    refuses(
        "5.10", lambda: settle(case, case.resident, Contact.POST, "", "", (Contact.POST,), "x", None, acting()), "never"
    )
    change = settle(case, case.resident, Contact.PHONE, "Mornings", "Mail", (Contact.EMAIL,), "I rang", None, acting())
    assert "Never by: email" in change.events[0].summary
    assert [r.ended_why for r in change.case.records.contact_rules] == ["Replaced: I rang", ""]
    in_force = need_acts.known_of(change.case).of(AMA)
    assert [(r.prefers, r.barred, r.safe_times, r.unread) for r in in_force.rules] == [
        (Contact.PHONE, (Contact.EMAIL,), "Mornings", False)
    ]


def test_a_tag_that_staff_take_off_ends_what_was_only_read_and_one_they_add_is_kept() -> None:
    tags = (CaseTag(TagType.NEED, "audio"), CaseTag(TagType.NEED, "braille"))
    case = told(a_case(tags=tags), needs=(Need.BRAILLE,)).case
    read = need_acts.told_in(message(), classification(needs=("audio",)))
    case = need_acts.tell(case, read, case.resident, NOW, "email", NOW).case
    after = replace(case, tags=(CaseTag(TagType.NEED, "bsl"),))
    records = need_acts.follow_tags(case, Change(after, ()), acting()).case.records
    assert {n.need: (n.ended_on is not None, n.mistaken) for n in records.needs} == {
        Need.BRAILLE: (False, False),
        Need.AUDIO: (True, True),
        Need.BSL: (False, False),
    }


def test_tags_nobodys_record_holds_are_still_told() -> None:
    case = told(a_case(tags=(CaseTag(TagType.NEED, "bsl"), CaseTag(TagType.NEED, "audio"))), needs=(Need.BSL,)).case
    assert [tag.label for tag in need_acts.untold(case)] == ["audio"]
