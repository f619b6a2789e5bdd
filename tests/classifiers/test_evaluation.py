"""Every measure of the evaluation, against examples small enough to work out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from intakebot.classifiers.corpus import Example
from intakebot.classifiers.evaluation import MEASURES, Evaluation, Measure, evaluate
from intakebot.domain.labels import Category, Classification, Flag, Kind, Need, Tag

_SAFETY = (Flag.EMERGENCY_HAZARD, Flag.SAFEGUARDING, Flag.DOMESTIC_ABUSE, Flag.HATE_INCIDENT)


def _right(
    kind: str = "complaint",
    categories: str = "",
    flags: str = "",
    needs: str = "",
    *,
    language: str = "en",
    channel: str = "web",
    words: int = 20,
    register: str = "",
) -> Example:
    return Example(
        id="a",
        channel=channel,
        text="word " * words,
        kind=Kind(kind),
        categories=tuple(map(Category, categories.split())),
        flags=tuple(map(Flag, flags.split())),
        needs=tuple(map(Need, needs.split())),
        language=language,
        register=register,
    )


def _said(
    kind: str = "complaint", categories: str = "", flags: str = "", needs: str = "", language: str = "en"
) -> Classification:
    groups = [tuple(Tag(label, 0.9) for label in labels.split()) for labels in (categories, flags, needs)]
    return Classification(Tag(kind, 0.9), *groups, language=language)


_SIX: list[tuple[Example, Classification]] = [
    (
        _right("complaint", "repairs damp_mould", "emergency_hazard vulnerability", "braille", channel="email"),
        _said("complaint", "repairs damp_mould", "emergency_hazard vulnerability", "braille"),
    ),
    (
        _right("complaint", "repairs", "emergency_hazard vulnerability", "bsl written_only", words=14),
        _said("service_request", "asb repairs", "emergency_hazard", "audio bsl"),
    ),
    (
        _right("escalation", "complaint_handling", "emergency_hazard representative", language="pl", words=201),
        _said("complaint", "", "representative", language="pl"),
    ),
    (
        _right("service_request", "asb", channel="email"),
        _said("service_request", "asb", "emergency_hazard representative legal_action"),
    ),
    (_right("not_for_us", register="terse"), _said("not_for_us", "other repairs", "emergency_hazard")),
    (_right("enquiry", language="ar", words=200), _said("complaint", "repairs")),
]


def _evaluated(pairs: Sequence[tuple[Example, Classification]] = _SIX) -> Evaluation:
    return evaluate([right for right, _ in pairs], [said for _, said in pairs])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind accuracy", 3 / 6),
        # complaint: 1 of 2 found, 3 said; service request: 1 of 1, 2 said; not for us; escalation and enquiry missed
        ("kind macro-F1", (2 / 5 + 2 / 3 + 1 + 0 + 0) / 5),
        ("recall of complaint + escalation", 2 / 3),
        # repairs: 2 of 2, 3 said; damp and mould; asb: 1 of 1, 2 said; complaint handling missed
        ("categories macro-F1", (4 / 5 + 1 + 2 / 3 + 0) / 4),
        ("categories micro-F1", 2 * 4 / (5 + 6)),
        ("categories exact match", 2 / 5),
        ("categories hit@1", 2 / 5),
        # vulnerability: 1 of 2, 1 said; representative: 1 of 1, 2 said
        ("other flags macro-F1", (2 / 3 + 2 / 3) / 2),
        ("needs micro-F1", 2 * 2 / (3 + 3)),
        ("language accuracy", 5 / 6),
    ],
)
def test_a_measure_is_what_it_is_by_hand(name: str, value: float) -> None:
    assert _evaluated().measures[name].value == round(value, 3)


def test_every_measure_is_worked_out_above() -> None:
    assert set(MEASURES) == {
        "kind accuracy",
        "kind macro-F1",
        "recall of complaint + escalation",
        "categories macro-F1",
        "categories micro-F1",
        "categories exact match",
        "categories hit@1",
        "other flags macro-F1",
        "needs micro-F1",
        "language accuracy",
    }


def test_a_flag_has_precision_recall_f1_and_f2() -> None:
    score = _evaluated().flags["emergency_hazard"]
    assert score.right == 3
    found = [measure.value for measure in (score.precision, score.recall, score.f1, score.f2)]
    assert found == [0.5, 0.667, round(2 * 2 / (3 + 4), 3), round(5 * 2 / (4 * 3 + 4), 3)]


def test_every_label_has_its_score() -> None:
    found = _evaluated()
    assert list(found.flags) == [flag.value for flag in Flag]
    assert list(found.categories) == [category.value for category in Category]
    assert list(found.needs) == [need.value for need in Need]
    assert (found.needs["braille"].f1.value, found.needs["written_only"].recall.value) == (1.0, 0.0)


def test_categories_said_of_what_is_not_for_us_are_left_out() -> None:
    found = _evaluated()
    assert found.categories["other"].precision == Measure(None)
    assert found.categories["repairs"].precision.value == 0.667


@pytest.mark.parametrize("flag", Flag)
def test_safety_flags_are_not_among_the_others(flag: Flag) -> None:
    found = _evaluated([(_right(flags=flag.value), _said(flags=flag.value))])
    assert found.measures["other flags macro-F1"].value == (None if flag in _SAFETY else 1.0)


def test_the_top_category_is_the_one_said_first() -> None:
    right = _right(categories="asb rents")
    for said, hit in (("rents repairs", 1.0), ("repairs rents asb", 0.0), ("", 0.0)):
        assert _evaluated([(right, _said(categories=said))]).measures["categories hit@1"].value == hit


def test_confusion_counts_by_what_is_right_what_was_said() -> None:
    found = _evaluated().confusion
    assert found["complaint"] == {kind.value: 0 for kind in Kind} | {"complaint": 1, "service_request": 1}
    assert found["escalation"]["complaint"] == found["enquiry"]["complaint"] == found["not_for_us"]["not_for_us"] == 1
    assert sum(count for said in found.values() for count in said.values()) == len(_SIX)


def test_slices_hold_the_messages_of_their_name() -> None:
    found = _evaluated().slices
    assert {name: values["messages"] for name, values in found.items()} == {
        "channel email": 2,
        "channel web": 4,
        "English": 4,
        "not English": 2,
        "under 15 words": 1,
        "over 200 words": 1,
        "register terse": 1,
    }
    assert [found[name]["kind accuracy"] for name in ("English", "not English", "channel email")] == [0.75, 0.0, 1.0]
    assert found["channel email"]["categories hit@1"] == 1.0
    assert found["register terse"]["categories macro-F1"] is None


def test_nothing_to_measure_is_not_a_score() -> None:
    found = _evaluated([(_right("not_for_us"), _said("enquiry", "repairs", "legal_action"))])
    nothing = Measure(None)
    for name, measure in found.measures.items():
        if name not in ("kind accuracy", "kind macro-F1", "language accuracy"):
            assert measure == nothing, name
    assert found.flags["legal_action"].precision.value == 0.0
    assert (found.flags["legal_action"].recall, found.flags["legal_action"].f1) == (nothing, nothing)
    assert found.flags["vulnerability"].precision == nothing


def test_an_interval_holds_its_value_and_narrows_with_more_messages() -> None:
    few, many = _evaluated(_SIX * 3), _evaluated(_SIX * 60)
    for name in MEASURES:
        widths = []
        for found in (few, many):
            measure = found.measures[name]
            assert measure.value is not None and measure.low is not None and measure.high is not None
            assert 0.0 <= measure.low <= measure.value <= measure.high <= 1.0
            assert measure.low < measure.high
            widths.append(measure.high - measure.low)
        assert widths[1] < widths[0] / 2, name
    emergency = many.flags["emergency_hazard"]
    for measure in (emergency.precision, emergency.recall, emergency.f1, emergency.f2):
        assert measure.low is not None and measure.value is not None and measure.high is not None
        assert measure.low < measure.value < measure.high


def test_ten_right_of_ten_are_no_proof_of_never_being_wrong() -> None:
    """By hand, Wilson: all of n right goes down to n / (n + 1.96²); none of n goes up to the rest of 1."""
    right = _right(categories="repairs", flags="emergency_hazard")
    found = _evaluated([(right, _said(categories="repairs", flags="emergency_hazard"))] * 10)
    all_of_ten = Measure(1.0, 0.722, 1.0)
    for rate in ("kind accuracy", "recall of complaint + escalation", "categories exact match", "categories hit@1"):
        assert found.measures[rate] == all_of_ten, rate
    assert found.flags["emergency_hazard"].recall == found.flags["emergency_hazard"].precision == all_of_ten
    missed = _evaluated([(right, _said())] * 10)
    assert missed.flags["emergency_hazard"].recall == Measure(0.0, 0.0, 0.278)
    assert missed.measures["categories hit@1"] == Measure(0.0, 0.0, 0.278)


def test_half_of_four_may_be_much_less_or_much_more() -> None:
    pairs = [(_right(flags="hate_incident"), _said(flags=flags)) for flags in ("hate_incident", "") * 2]
    assert _evaluated(pairs).flags["hate_incident"].recall == Measure(0.5, 0.15, 0.85)


def test_the_same_file_gives_the_same_numbers() -> None:
    assert _evaluated(_SIX * 5) == _evaluated(_SIX * 5)


def test_answers_that_do_not_match_the_messages_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        evaluate([_right(), _right()], [_said()])
