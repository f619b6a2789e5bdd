"""Needs on the road: kept with the person, in force on their next case, and obeyed by every letter."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, event
from tests.factories import classification, message
from tests.road.conftest import Road

from intakebot.casework import Casework
from intakebot.domain import need_acts
from intakebot.domain.case import EventType, TagType
from intakebot.domain.labels import Kind, Need
from intakebot.domain.message import Address, Authentication, Declared, Party, Purpose
from intakebot.domain.needs import Contact, FormatKind, Source
from intakebot.errors import Refused

SHIRLEY = "shirley.amadi@tenant.example"


def said(**changes: Any) -> Declared:
    return Declared(Party("Shirley Amadi", SHIRLEY), **changes)


def again(text: str = "The lift has stopped too.", **changes: Any) -> Any:
    """A second matter of Shirley's: another message, which names no case."""
    return message(text, subject="The lift", **changes)


def events(road: Road, reference: str, kind: EventType) -> list[str]:
    return [e.summary for e in road.file(reference).events if e.type is kind]


def act(road: Road, do: Any) -> Any:
    """Do something an officer does."""
    officer = road.store.read_now(lambda work: work.officers.all()[0])
    return road.store.write_now(lambda work: do(Casework(work, road.landlord, officer, road.now)))


def test_needs_told_on_one_case_hold_on_the_next_and_letters_come_in_large_print(road: Road) -> None:
    first = road.take(message(declared=said(needs=(Need.LARGE_PRINT,), print_pt=24, needs_note="My eyes")))
    (need,) = road.case(first.reference).records.needs
    assert (need.print_pt, need.words, need.certain) == (24, ("My eyes",), True)
    assert events(road, first.reference, EventType.NEEDS_TOLD) == ["Kept with the resident: large print (24 point)."]
    second = road.take(again())
    assert second.reference != first.reference
    assert road.case(second.reference).records.needs == (need,)
    letters = road.letters()
    assert [letter.purpose for letter in letters] == [Purpose.ACKNOWLEDGEMENT, Purpose.ACKNOWLEDGEMENT]
    assert all("font-size: 24pt" in letter.html and "14pt" not in letter.html for letter in letters)
    assert all(letter.text for letter in letters)


def test_needs_the_classifier_reads_are_kept_and_marked_as_read(road: Road) -> None:
    reference = road.take(found=classification(needs=("braille",))).reference
    case = road.case(reference)
    assert [(n.need, n.tellings[0].source) for n in case.records.needs] == [(Need.BRAILLE, Source.READ)]
    (task,) = case.records.format_tasks
    assert (task.kind, task.letters) == (FormatKind.BRAILLE, ("acknowledgement",))
    assert case.acknowledged_at is not None  # no clock waits for the Braille
    waiting = road.store.read_now(lambda work: work.desk.formats(10))
    assert [(w.reference, w.task, w.person) for w in waiting] == [(reference, task, "Shirley Amadi")]


def test_a_message_on_a_case_joins_what_is_known_and_its_letter_the_waiting_task(road: Road) -> None:
    reference = road.take(found=classification(needs=("braille",))).reference
    follow = message("One more thing.", subject=f"Re: {reference}")
    road.take(follow, classification(Kind.UPDATE, needs=("braille", "audio")))
    case = road.case(reference)
    assert [n.need for n in case.records.needs] == [Need.BRAILLE, Need.AUDIO]
    assert [(t.kind, t.letters) for t in case.records.format_tasks] == [
        (FormatKind.BRAILLE, ("acknowledgement", "added")),
        (FormatKind.AUDIO, ("added",)),
    ]


def test_an_unread_warning_holds_every_automatic_letter_back_and_gives_an_officer_the_task(road: Road) -> None:
    taken = road.take(message(declared=said(safe_contact="He reads everything")))
    case = road.case(taken.reference)
    assert (taken.acknowledged, road.letters(), case.acknowledged_at) == (False, [], None)
    assert [(t.kind, t.letters) for t in case.records.format_tasks] == [(FormatKind.SAFE_CONTACT, ("acknowledgement",))]
    (why,) = events(road, taken.reference, EventType.ANSWER_WITHHELD)
    assert "a person must read that first" in why
    assert case.due is not None  # the clock runs all the same
    second = road.take(again())
    assert not second.acknowledged
    follow = road.take(message("And more.", subject=f"Re: {taken.reference}"), classification(Kind.UPDATE))
    assert not follow.acknowledged
    assert road.letters() == []


def test_a_message_that_a_person_must_place_is_not_answered_past_a_warning(road: Road) -> None:
    road.take(message(declared=said(safe_contact="He reads everything")))
    road.take(message("Somebody else's case", sender=Address("other@tenant.example", "Otto")))
    other = road.letters()[0]
    number = other.subject.split()
    reference = next(w.strip(".,:;()") for w in number if w.count("-") == 3)
    parked = road.take(again(f"About {reference}"))
    assert parked.outcome == "parked"
    assert not parked.acknowledged
    assert all(letter.to[0].key != SHIRLEY for letter in road.letters())


def test_the_way_they_asked_for_in_the_same_breath_is_used(road: Road) -> None:
    taken = road.take(message(declared=said(prefers="email", safe_contact="Never ring after five")))
    assert taken.acknowledged
    (rule,) = road.case(taken.reference).records.contact_rules
    assert (rule.prefers, rule.unread) == (Contact.EMAIL, True)


def test_once_staff_have_settled_it_letters_go_or_never_go(road: Road) -> None:
    reference = road.take(message(declared=said(safe_contact="He reads everything"))).reference

    def settle(*never: Contact) -> None:
        def do(desk: Casework) -> None:
            desk.act(
                reference,
                lambda case, acting: need_acts.set_contact(
                    case, case.resident, None, "", "The post", never, "I rang her", None, acting
                ),
            )

        act(road, do)

    settle(Contact.POST)
    assert road.take(again()).acknowledged
    settle(*Contact)
    silenced = road.take(again("A third matter entirely."))
    assert not silenced.acknowledged
    with pytest.raises(Refused, match="must not be reached by email"):
        act(road, lambda desk: desk.reply(reference, "Hello", "Dear you"))


def test_a_forged_message_changes_nobodys_needs(road: Road) -> None:
    road.take()
    forged = again(declared=said(safe_contact="Only write to me"), authentication=Authentication(dmarc="fail"))
    reference = road.take(forged, classification(needs=("braille",))).reference
    records = road.case(reference).records
    assert (records.needs, records.contact_rules) == ((), ())
    assert len(events(road, reference, EventType.NEEDS_NOT_KEPT)) == 1
    assert road.take(again("A third matter entirely.")).acknowledged


def test_an_officers_reply_is_in_large_print_and_makes_the_task(road: Road) -> None:
    reference = road.take(message(declared=said(needs=(Need.LARGE_PRINT, Need.INTERPRETER)))).reference
    act(road, lambda desk: desk.reply(reference, "Hello", "We come on Tuesday."))
    letter = road.letters()[-1]
    assert (letter.purpose, "font-size: 18pt" in letter.html) == (Purpose.REPLY, True)
    (task,) = road.case(reference).records.format_tasks
    assert (task.kind, task.letters) == (FormatKind.INTERPRETER, ("acknowledgement", "reply"))
    done = act(road, lambda desk: desk.act(reference, lambda c, a: need_acts.format_done(c, 1, "In Polish", a)))
    assert done.records.formats_waiting == ()
    assert road.store.read_now(lambda work: work.desk.formats(10)) == ()


def test_a_tag_marked_as_wrong_ends_the_need_that_was_read(road: Road) -> None:
    reference = road.take(found=classification(needs=("audio",))).reference
    act(road, lambda desk: desk.mark_wrong(reference, TagType.NEED, "audio"))
    assert [n.mistaken for n in road.case(reference).records.needs] == [True]
    road.take(again(), classification(needs=("audio",)))
    assert [n.number for n in road.case(reference).records.needs] == [1]


def test_both_of_two_cases_may_be_told_and_ended_in_turn(road: Road) -> None:
    first = road.take(message(declared=said(needs=(Need.AUDIO,)))).reference
    second = road.take(again(declared=said(needs=(Need.BSL,)))).reference

    def end(number: int) -> Any:
        return lambda desk: desk.act(
            second, lambda c, a: need_acts.end_need(c, c.resident.id, number, "She asked", False, a)
        )

    act(road, end(1))
    needs = road.case(first).records.needs
    assert [(n.need, n.ended_on is None) for n in needs] == [(Need.AUDIO, False), (Need.BSL, True)]


def test_a_stranger_costs_no_read_of_needs_and_somebody_known_few(road: Road) -> None:
    asked = counted(road.store.engine)
    if road.store.engine.dialect.name == "sqlite":
        return  # there these statements go straight to the driver, unseen; the same code asks for them
    rules = "type = 'safety_rules'"
    road.take(message(sender=Address("new@tenant.example", "New")))
    assert [rules in one for one in asked] == [True], "only whether somebody's safety forbids the address"
    asked.clear()
    road.take(again(sender=Address("new@tenant.example", "New")))
    assert len([one for one in asked if rules not in one]) <= 3


def counted(engine: Engine) -> list[str]:
    """The reads of needs an engine makes from now on."""
    asked: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().startswith("SELECT person_records.type"):
            asked.append(statement)

    return asked
