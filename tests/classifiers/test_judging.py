"""Judging: a new model is worse where it misses more than chance explains, or where a measure is clearly lower."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from intakebot.classifiers.corpus import Example
from intakebot.classifiers.judging import judge, measured
from intakebot.domain.labels import Category, Classification, Flag, Kind, Need, Tag


def right(count: int, kind: Kind = Kind.COMPLAINT, flags: Sequence[Flag] = ()) -> list[Example]:
    return [Example(str(n), "web", f"{n}", kind, (), tuple(flags), (), "en") for n in range(count)]


def said(kind: Kind = Kind.COMPLAINT, *flags: Flag, language: str = "en") -> Classification:
    return Classification(Tag(kind.value, 0.9), flags=tuple(Tag(flag.value, 0.9) for flag in flags), language=language)


def answers(count: int, missed: Sequence[int], found: Classification, other: Classification) -> list[Classification]:
    return [other if n in missed else found for n in range(count)]


def worse(examples: Sequence[Example], old: Sequence[Classification], new: Sequence[Classification]) -> tuple[str, ...]:
    return judge(examples, old, new).worse


def refused(lost: Sequence[int], gained: Sequence[int]) -> bool:
    """Whether a model is refused that misses these of 100 messages with safeguarding, and finds those."""
    examples = right(100, flags=[Flag.SAFEGUARDING])
    found, none = said(Kind.COMPLAINT, Flag.SAFEGUARDING), said()
    sentences = worse(examples, answers(100, gained, found, none), answers(100, lost, found, none))
    return any("messages with safeguarding" in sentence for sentence in sentences)


def test_a_model_that_misses_more_than_one_message_beyond_chance_is_worse() -> None:
    assert not refused([], [])
    assert not refused([1, 2], []), "two of two that differ: chance is 1.4, and one more is allowed"
    assert refused([1, 2, 3], [])
    assert not refused([1, 2, 3, 4], [5]), "three more of five that differ: chance is 2.2"
    assert refused([1, 2, 3, 4, 5], [6])
    assert not refused([], [1, 2, 3, 4, 5])


@pytest.mark.parametrize("flag", [Flag.EMERGENCY_HAZARD, Flag.SAFEGUARDING, Flag.DOMESTIC_ABUSE, Flag.HATE_INCIDENT])
def test_every_safety_flag_is_watched_and_the_sentence_says_which(flag: Flag) -> None:
    found, examples = said(Kind.COMPLAINT, flag), right(20, flags=[flag])
    sentence, *_ = judge(examples, [found] * 20, [said()] * 20, "shipped").worse
    assert sentence == (
        f"of messages with {flag.value} it misses 20 that the shipped one finds, "
        "and finds 0 that the shipped one misses"
    )


def test_complaints_and_escalations_taken_for_something_less_are_counted_together() -> None:
    examples = [*right(50), *right(50, Kind.ESCALATION)]
    before = [said(e.kind) for e in examples]
    swapped = [said(Kind.COMPLAINT)] * 100
    assert not any("complaints and escalations" in w for w in worse(examples, before, swapped))
    lost = [said(Kind.ENQUIRY)] * 4 + before[4:]
    assert any("complaints and escalations" in w for w in worse(examples, before, lost))


def test_a_lower_mean_of_the_measures_is_worse_by_more_than_half_a_hundredth() -> None:
    examples = right(1000, Kind.ENQUIRY)
    found = said(Kind.ENQUIRY)

    def of(wrong: int) -> tuple[str, ...]:
        return worse(examples, [found] * 1000, answers(1000, range(wrong), found, said(Kind.UPDATE)))

    assert of(9) == ()  # of three measures that see something here, one sees nothing of it
    assert any(sentence.startswith("the mean of the measures is 0.0") for sentence in of(19))


@pytest.mark.parametrize("measure", ["kind macro-F1", "other flags macro-F1", "language accuracy", "needs micro-F1"])
def test_one_measure_that_is_clearly_lower_is_enough(measure: str) -> None:
    """Even where every message with danger is found, and most of everything else."""
    plain = [Example(f"{n}", "web", f"{n}", Kind.COMPLAINT, (Category.ASB,), (), (), "en") for n in range(190)]
    rare = [
        Example(f"r{n}", "web", "r", Kind.UPDATE, (Category.ASB,), (Flag.LEGAL_ACTION,), (Need.BSL,), "pl")
        for n in range(10)
    ]
    asb, bsl, legal = Tag("asb", 0.9), Tag("bsl", 0.9), Tag("legal_action", 0.9)
    usual = [Classification(Tag("complaint", 0.9), (asb,), language="en")] * 190
    whole = Classification(Tag("update", 0.9), (asb,), (legal,), (bsl,), language="pl")
    poorer = {
        "kind macro-F1": Classification(Tag("complaint", 0.9), (asb,), (legal,), (bsl,), language="pl"),
        "other flags macro-F1": Classification(Tag("update", 0.9), (asb,), (), (bsl,), language="pl"),
        "language accuracy": Classification(Tag("update", 0.9), (asb,), (legal,), (bsl,), language="en"),
        "needs micro-F1": Classification(Tag("update", 0.9), (asb,), (legal,), (), language="pl"),
    }[measure]
    examples = [*plain, *rare]
    assert worse(examples, [*usual, *[whole] * 10], [*usual, *[whole] * 10]) == ()
    sentences = worse(examples, [*usual, *[whole] * 10], [*usual, *[poorer] * 10])
    assert [s for s in sentences if s.startswith(f"{measure} is ") and s.endswith("; 0.02 is allowed")]
    if measure != "kind macro-F1":
        assert all(s.startswith((measure, "the mean")) for s in sentences)


def test_flags_said_of_everything_find_all_and_still_make_a_model_worse() -> None:
    danger = (Flag.EMERGENCY_HAZARD, Flag.SAFEGUARDING)
    examples = [*right(10, flags=danger), *right(90)]
    before = [*[said(Kind.COMPLAINT, *danger)] * 10, *[said()] * 90]
    sentences = worse(examples, before, [said(Kind.COMPLAINT, *danger)] * 100)
    assert [sentence.partition(" is ")[0] for sentence in sentences] == [
        "the mean of the measures",
        "safety flags macro-F1",
    ]


def test_a_model_is_measured_by_what_it_is_judged_by() -> None:
    examples = right(10, flags=[Flag.HATE_INCIDENT])
    found = measured(examples, [said(Kind.ENQUIRY)] * 10)
    assert list(found) == [
        "kind accuracy",
        "kind macro-F1",
        "recall of complaint + escalation",
        "categories macro-F1",
        "categories hit@1",
        "other flags macro-F1",
        "needs micro-F1",
        "language accuracy",
        "safety flags macro-F1",
        "recall of emergency_hazard",
        "recall of safeguarding",
        "recall of domestic_abuse",
        "recall of hate_incident",
    ]
    assert (found["kind accuracy"], found["recall of hate_incident"]) == (0.0, 0.0)
    assert found["recall of safeguarding"] is None
    assert judge(examples, [said()] * 10, [said()] * 10).measures["kind accuracy"] == 1.0
