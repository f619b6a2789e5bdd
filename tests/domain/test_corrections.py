"""What staff correct is kept as a record to learn from, and one wrong tag goes without deciding anything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.factories import DAY, NOW, TIME_RULES, a_case, classification

from intakebot.domain import acts
from intakebot.domain.case import Case, CaseTag, Change, EventType, TagType, clocks_of
from intakebot.domain.hazards import HazardStatus
from intakebot.domain.labels import GUARDED_FLAGS, Category, Flag, Kind, Need
from intakebot.domain.records import Correction, Labelling
from intakebot.errors import Refused


def tagged(
    categories: Sequence[str] = ("repairs", "asb"),
    flags: Sequence[str] = (),
    needs: Sequence[str] = (),
    kind: Kind = Kind.COMPLAINT,
    **changes: object,
) -> Case:
    """A case labelled by the classifier "test"."""
    tags = acts.case_tags(classification(kind, categories, flags, needs))
    return replace(a_case(kind), tags=tags, **changes)  # type: ignore[arg-type]


def correct(case: Case, kind: Kind, *categories: Category, why: str = "She rang") -> Change:
    return acts.correct(case, kind, categories, [], [], why, "Olive", TIME_RULES, NOW + DAY)


def wrong(case: Case, tag_type: TagType, label: str) -> Change:
    return acts.mark_wrong(case, tag_type, label, "Olive", NOW + DAY)


def test_a_correction_is_recorded_with_who_when_why_and_the_labels_before_and_after() -> None:
    case = tagged(needs=("bsl",))
    change = correct(case, Kind.ESCALATION, Category.RENTS, why="  She rang ")
    assert change.case.records.corrections == (
        Correction(
            number=1,
            at=NOW + DAY,
            by="Olive",
            why="She rang",
            before=Labelling(Kind.COMPLAINT, ("repairs", "asb"), (), ("bsl",)),
            after=Labelling(Kind.ESCALATION, ("rents",)),
            classifier="test",
            in_doubt=False,
        ),
    )
    assert [event.type for event in change.events] == [EventType.TAGS_CORRECTED, EventType.KIND_DECIDED]


def test_a_second_correction_keeps_the_first_and_the_classifiers_version_that_no_tag_carries_any_more() -> None:
    once = correct(tagged(), Kind.COMPLAINT, Category.RENTS).case
    assert [tag.source for tag in once.tags] == ["Olive"]
    twice = correct(once, Kind.COMPLAINT, Category.RENTS)
    first, second = twice.case.records.corrections
    assert (first.classifier, second.number, second.classifier) == ("test", 2, "test")
    assert second.before == second.after == first.after
    assert twice.events[0].summary.startswith("Confirmed.")


def test_where_nothing_tells_the_classifiers_version_none_is_recorded() -> None:
    (correction,) = correct(a_case(Kind.ENQUIRY), Kind.ENQUIRY, Category.RENTS).case.records.corrections
    assert correction.classifier == ""
    by_staff = replace(a_case(), tags=(CaseTag(TagType.CATEGORY, "rents", 1.0, (), "Sana"),))
    (correction,) = correct(by_staff, Kind.COMPLAINT, Category.ASB).case.records.corrections
    assert correction.classifier == "", "an officer is no classifier"


def test_a_refused_correction_leaves_no_record() -> None:
    with pytest.raises(Refused):
        correct(tagged(), Kind.COMPLAINT, why=" ")


def test_a_wrong_tag_goes_and_everything_else_stays() -> None:
    case = tagged(flags=("legal_action", "emergency_hazard"), needs=("bsl", "braille"), kind_score=0.7)
    change = wrong(case, TagType.CATEGORY, "repairs")
    assert change.case.labels(TagType.CATEGORY) == ("asb",)
    assert change.case.labels(TagType.FLAG) == ("legal_action", "emergency_hazard")
    assert change.case.labels(TagType.NEED) == ("bsl", "braille")
    (event,) = change.events
    assert (event.actor, event.type, event.summary) == (
        "Olive",
        EventType.TAGS_CORRECTED,
        "Removed repairs. Marked as wrong",
    )
    (correction,) = change.case.records.corrections
    assert (correction.why, correction.before.categories, correction.after.categories) == (
        "Marked as wrong",
        ("repairs", "asb"),
        ("asb",),
    )
    untouched = replace(change.case, tags=case.tags, records=case.records)
    assert untouched == case


def test_only_the_tag_of_that_type_goes() -> None:
    case = tagged(categories=("other", "asb"), needs=("other", "bsl"))
    assert wrong(case, TagType.NEED, "other").case.labels(TagType.CATEGORY) == ("other", "asb")


@pytest.mark.parametrize("flag", sorted(GUARDED_FLAGS))
def test_a_flag_that_somebodys_safety_hangs_on_is_never_cleared_without_a_reason(flag: Flag) -> None:
    case = tagged(flags=(flag.value,))
    with pytest.raises(Refused, match="say why"):
        wrong(case, TagType.FLAG, flag.value)


def test_five_flags_are_guarded() -> None:
    assert {flag.value for flag in GUARDED_FLAGS} == {
        "emergency_hazard",
        "significant_hazard",
        "safeguarding",
        "domestic_abuse",
        "hate_incident",
    }


def test_a_tag_that_is_not_there_is_not_taken_off_again() -> None:
    with pytest.raises(Refused, match="no longer"):
        wrong(tagged(), TagType.CATEGORY, "rents")
    with pytest.raises(Refused, match="no longer"):
        wrong(tagged(), TagType.NEED, "repairs")


def test_marking_a_tag_wrong_decides_no_kind_and_stops_no_clock_of_a_doubtful_one() -> None:
    doubtful = replace(a_case(Kind.COMPLAINT), kind=Kind.SERVICE_REQUEST, needs_review=True, review_reason="Is it?")
    doubtful = replace(doubtful, tags=tagged().tags)
    change = wrong(doubtful, TagType.CATEGORY, "repairs")
    assert (change.case.needs_review, change.case.review_reason) == (True, "Is it?")
    assert clocks_of(change.case) == clocks_of(doubtful) != ()
    assert [c.in_doubt for c in change.case.records.corrections] == [True]


def test_marking_a_tag_wrong_leaves_hazards_alone() -> None:
    opened = acts.correct(tagged(), Kind.COMPLAINT, [], [Flag.EMERGENCY_HAZARD], [], "Gas", "Olive", TIME_RULES, NOW)
    case = acts.add_message(opened.case, classification(flags=("legal_action",)), NOW, TIME_RULES, NOW).case
    after = wrong(case, TagType.FLAG, "legal_action").case
    assert [hazard.status for hazard in after.records.hazards] == [HazardStatus.POSSIBLE]
    assert after.records.hazards == case.records.hazards


def test_with_the_last_need_goes_the_flag_that_follows_from_it() -> None:
    case = tagged(flags=("accessibility_need", "vulnerability"), needs=("bsl", "braille"))
    one = wrong(case, TagType.NEED, Need.BSL).case
    assert one.labels(TagType.FLAG) == ("accessibility_need", "vulnerability")
    none = wrong(one, TagType.NEED, Need.BRAILLE)
    assert none.case.labels(TagType.FLAG) == ("vulnerability",)
    assert none.events[0].summary == "Removed accessibility need, braille. Marked as wrong"
