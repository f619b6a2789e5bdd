"""Messages to learn from: one message, one case, and the labels staff gave it, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.factories import NOW, classification, message
from tests.road.conftest import Road

from intakebot.casework import Casework
from intakebot.domain.case import TagType
from intakebot.domain.labels import Category, Flag, Kind, Need
from intakebot.domain.message import Address, Automatic, NormalisedMessage, Role, Segment
from intakebot.domain.people import Person, RepresentativeKind
from intakebot.domain.records import Labelling
from intakebot.store import corrections
from intakebot.store.corrections import CorrectedMessage

HOUR = timedelta(hours=1)


def act(road: Road, do: Callable[[Casework], object]) -> None:
    officer = road.store.read_now(lambda work: work.officers.all())[0]
    road.store.write_now(lambda work: do(Casework(work, road.landlord, officer, road.now)))


def correct(road: Road, reference: str, kind: Kind = Kind.COMPLAINT, *categories: Category) -> None:
    act(road, lambda c: c.correct(reference, kind, categories or [Category.RENTS], [], [Need.BSL], "Read it"))


def later(road: Road, text: str, reference: str, **changes: object) -> None:
    """An hour on, a further message comes for the case."""
    road.now += HOUR
    road.take(message(text, subject=f"Re: {reference}", **changes))


def learned(road: Road) -> tuple[CorrectedMessage, ...]:
    return road.store.read_now(lambda work: work.corrections.messages())


def test_a_corrected_message_comes_as_the_classifier_was_given_it_with_the_labels_of_now(road: Road) -> None:
    parts = (
        Segment(Role.NEW, "It leaks.\n"),
        Segment(Role.QUOTED, "> We will come\n"),
        Segment(Role.FORWARDED, "The lift too.\n"),
        Segment(Role.SIGNATURE, "-- \nShirley"),
    )
    mail = message(segments=parts)
    reference = road.take(mail, classification(language="pl")).reference
    assert learned(road) == ()
    road.now += HOUR
    correct(road, reference, Kind.ESCALATION, Category.RENTS, Category.ASB)
    (found,) = learned(road)
    assert (found.case_id, found.channel, found.language) == (road.case(reference).id, "email", "pl")
    assert found.text == mail.to_classify == "Subject: Boiler\n\nIt leaks.\nThe lift too.\n"
    assert found.labels == Labelling(Kind.ESCALATION, ("rents", "asb"), (), ("bsl",))
    correct(road, reference)
    assert [one.labels.kind for one in learned(road)] == [Kind.COMPLAINT], "the last correction counts"


def test_a_message_that_came_by_another_way_has_no_subject_in_it(road: Road) -> None:
    reference = road.take(message(channel="web", subject="")).reference
    correct(road, reference)
    assert [found.text for found in learned(road)] == ["The boiler is broken again."]


def test_a_tag_marked_as_wrong_teaches_nothing_of_the_tags_nobody_looked_at(road: Road) -> None:
    """Only one label was decided; the others are still the machine's, and would teach it its own mistakes."""
    reference = road.take(found=classification(categories=("repairs", "asb"), flags=("legal_action",))).reference
    act(road, lambda c: c.mark_wrong(reference, TagType.CATEGORY, "repairs"))
    assert learned(road) == ()
    assert road.file(reference).events[-1].summary == "Removed repairs. Marked as wrong"
    correct(road, reference, Kind.COMPLAINT, Category.ASB)
    assert [found.labels for found in learned(road)] == [Labelling(Kind.COMPLAINT, ("asb",), (), ("bsl",))]


def test_a_tag_marked_as_wrong_after_all_were_decided_teaches_what_is_left(road: Road) -> None:
    reference = road.take().reference
    correct(road, reference, Kind.COMPLAINT, Category.RENTS, Category.ASB)
    act(road, lambda c: c.mark_wrong(reference, TagType.CATEGORY, "rents"))
    assert [found.labels for found in learned(road)] == [Labelling(Kind.COMPLAINT, ("asb",), (), ("bsl",))]


def test_a_kind_still_in_doubt_teaches_nothing_until_somebody_decides(road: Road) -> None:
    doubt = classification(Kind.SERVICE_REQUEST, needs_review=True, review_reason="Is it?")
    reference = road.take(found=doubt).reference
    clocks = road.file(reference).clocks
    act(road, lambda c: c.mark_wrong(reference, TagType.CATEGORY, "repairs"))
    assert learned(road) == ()
    assert (road.case(reference).needs_review, road.file(reference).clocks) == (True, clocks)
    correct(road, reference)
    assert len(learned(road)) == 1


def test_with_two_messages_read_the_labels_are_of_both_and_teach_nothing(road: Road) -> None:
    reference = road.take().reference
    later(road, "And the rent is wrong.", reference)
    correct(road, reference)
    assert learned(road) == ()


def test_a_message_read_after_the_correction_does_not_spoil_it_and_a_new_correction_does(road: Road) -> None:
    reference = road.take().reference
    correct(road, reference)
    later(
        road, "Any news?", reference, received_at=NOW - HOUR
    )  # it lay somewhere, and came before: read is what counts
    assert [found.text for found in learned(road)] == ["Subject: Boiler\n\nThe boiler is broken again."]
    correct(road, reference)
    assert learned(road) == ()


def test_what_machines_write_on_a_case_is_no_message_to_learn_from(road: Road) -> None:
    reference = road.take().reference
    ours = road.letters()[0].message_id
    road.now += HOUR
    road.take(
        message("I am away", automatic=Automatic.AUTO_REPLY, in_reply_to=(ours,), message_id="away@tenant.example")
    )
    assert len([m for m in road.file(reference).messages if m.direction == "in"]) == 2
    correct(road, reference)
    assert [found.text for found in learned(road)] == ["Subject: Boiler\n\nThe boiler is broken again."]


def test_a_case_without_a_message_teaches_nothing(road: Road) -> None:
    about = road.take(found=classification(Kind.SERVICE_REQUEST)).reference
    raised: list[str] = []
    act(road, lambda c: raised.append(c.raise_complaint(about, road.now, "She is unhappy")))
    correct(road, raised[0])
    assert learned(road) == ()


def test_everybody_named_on_the_case_is_known(road: Road) -> None:
    mail = message("I live at 12 Rowan Court, DA1 1AA.", sender=Address("gail@advice.example", "Gail Price"))
    reference = road.take(mail, classification(flags=(Flag.REPRESENTATIVE,))).reference
    ama = Person("Ama Mensah", "ama@tenant.example", address="3 Elm Close")
    act(road, lambda c: c.represent(reference, ama, RepresentativeKind.RELATIVE, "her aunt"))
    correct(road, reference)
    (found,) = learned(road)
    assert set(found.known.names) == {"Gail Price", "Ama Mensah"}
    assert set(found.known.emails) == {"gail@advice.example", "ama@tenant.example"}
    assert set(found.known.addresses) == {"12 Rowan Court, DA1 1AA", "3 Elm Close"}
    assert "Rowan" not in repr(found), "what a message says stands in no log"


def test_many_cases_are_read_in_parts_and_each_comes_once(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrections, "_AT_ONCE", 2)
    references = [road.take(someone(number)).reference for number in range(5)]
    for reference in references[1:]:
        correct(road, reference)
    assert [found.case_id for found in learned(road)] == [road.case(reference).id for reference in references[1:]]


def someone(number: int) -> NormalisedMessage:
    return message(f"It is case {number}.", sender=Address(f"tenant{number}@tenant.example"))
