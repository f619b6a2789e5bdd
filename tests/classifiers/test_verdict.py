"""How scores and rules become one answer: either is enough for danger, doubt goes to a person, nothing is invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intakebot.classifiers.encoder import LABELS
from intakebot.classifiers.verdict import (
    _ENOUGH,
    _LIKELY,
    _LIKELY_COMPLAINT,
    _MAYBE_COMPLAINT,
    _RULES_ALONE,
    _SURE_OF_KIND,
    _TOPIC_AT_LEAST,
    _UNHEARD,
    SAFETY_FLAGS,
    verdict,
)
from intakebot.domain.labels import Category, Classification, Flag, Kind, Need, Tag

_SILENT = Classification(Tag(Kind.ENQUIRY, 0.5))
_OTHER_FLAGS = [f for f in Flag if f not in SAFETY_FLAGS and f is not Flag.ACCESSIBILITY_NEED]


def _kinds(**likely: float) -> dict[Kind, float]:
    """Scores of these kinds; what is left goes evenly to the others."""
    rest = (1 - sum(likely.values())) / (len(Kind) - len(likely))
    return {kind: likely.get(kind.value, rest) for kind in Kind}


def _decided(
    kinds: Mapping[Kind, float] | None = None,
    labels: Mapping[str, float] | None = None,
    quotes: Mapping[str, str] | None = None,
    rules: Classification = _SILENT,
    channel: str = "web",
    language: str = "en",
) -> Classification:
    scores = dict.fromkeys(LABELS, 0.01) | dict(labels or {})
    return verdict(
        kinds or _kinds(service_request=0.97), scores, quotes or {}, rules, channel, language, version="trained-t"
    )


def _ruled(flag: str, score: float, *evidence: str) -> Classification:
    return Classification(Tag(Kind.SERVICE_REQUEST, 0.9), flags=(Tag(flag, score, evidence),))


def _flags(found: Classification) -> dict[str, float]:
    return {tag.label: tag.score for tag in found.flags}


def test_safety_flags_are_the_four_that_a_person_pays_for() -> None:
    assert set(SAFETY_FLAGS) == {
        Flag.EMERGENCY_HAZARD,
        Flag.SAFEGUARDING,
        Flag.DOMESTIC_ABUSE,
        Flag.HATE_INCIDENT,
    }


@pytest.mark.parametrize("flag", sorted(SAFETY_FLAGS))
def test_a_safety_flag_needs_only_one_of_the_two(flag: Flag) -> None:
    name = f"flags.{flag.value}"
    assert _flags(_decided(labels={name: 0.56})) == {flag.value: 0.56}
    assert _flags(_decided(labels={name: _UNHEARD}, rules=_ruled(flag, 0.9))) == {flag.value: 0.9}
    assert _flags(_decided(labels={name: 0.7}, rules=_ruled(flag, 0.85))) == {flag.value: 0.85}
    assert _flags(_decided(labels={name: 0.95}, rules=_ruled(flag, 0.85))) == {flag.value: 0.95}
    enough = _ENOUGH.get(flag, _LIKELY)
    assert list(_flags(_decided(labels={name: enough + 0.01}))) == [flag.value]
    assert _flags(_decided(labels={name: enough})) == {}


@pytest.mark.parametrize(
    ("heard", "ruled", "flagged"),
    [
        (_UNHEARD, _RULES_ALONE, True),
        (_UNHEARD, _RULES_ALONE - 0.01, False),
        (_UNHEARD - 0.01, 1.0, False),
        (0.49, 1.0, True),
    ],
)
def test_rules_alone_must_be_sure_and_the_encoder_not_sure_of_the_opposite(
    heard: float, ruled: float, flagged: bool
) -> None:
    found = _decided(labels={"flags.safeguarding": heard}, rules=_ruled("safeguarding", ruled))
    assert found.has_flag(Flag.SAFEGUARDING) is flagged


@pytest.mark.parametrize("flag", _OTHER_FLAGS)
def test_rules_never_set_any_other_flag_alone(flag: Flag) -> None:
    name = f"flags.{flag.value}"
    assert _flags(_decided(labels={name: 0.4}, rules=_ruled(flag, 1.0))) == {}
    assert _flags(_decided(labels={name: 0.6}, rules=_ruled(flag, 1.0))) == {flag.value: 0.6}


@pytest.mark.parametrize(
    ("heard", "rules"),
    [
        ({"flags.emergency_hazard": 0.6, "flags.significant_hazard": 0.78}, _SILENT),
        ({"flags.emergency_hazard": 0.98, "flags.significant_hazard": 0.99}, _SILENT),
        ({"flags.emergency_hazard": 0.3, "flags.significant_hazard": 0.99}, _ruled("emergency_hazard", 0.9)),
    ],
)
def test_an_emergency_is_no_significant_hazard_beside(heard: dict[str, float], rules: Classification) -> None:
    found = _decided(labels={"flags.vulnerability": 0.9} | heard, rules=rules)
    assert set(_flags(found)) == {"emergency_hazard", "vulnerability"}
    assert not found.needs_review


def test_where_a_hazard_that_can_wait_is_much_surer_it_is_said_and_a_person_looks() -> None:
    found = _decided(labels={"flags.emergency_hazard": 0.62, "flags.significant_hazard": 0.95})
    assert _flags(found) == {"significant_hazard": 0.95}
    assert found.review_reason == "Its hazard may be an emergency."


def test_an_emergency_stands_where_no_other_hazard_is_likely() -> None:
    assert set(_flags(_decided(labels={"flags.emergency_hazard": 0.56, "flags.significant_hazard": 0.5}))) == {
        "emergency_hazard"
    }


def test_a_significant_hazard_alone_stays() -> None:
    assert set(_flags(_decided(labels={"flags.significant_hazard": 0.9}))) == {"significant_hazard"}


def test_what_is_not_for_us_is_bare() -> None:
    sure = {"categories.repairs": 0.9, "flags.legal_action": 0.9, "needs.braille": 0.9}
    found = _decided(_kinds(not_for_us=0.97), sure, channel="relay")
    assert found.kind.label == Kind.NOT_FOR_US
    assert (found.categories, found.flags, found.needs, found.needs_review) == ((), (), (), False)


@pytest.mark.parametrize("flag", sorted(SAFETY_FLAGS))
def test_what_speaks_of_danger_is_never_set_aside_as_not_for_us(flag: Flag) -> None:
    found = _decided(_kinds(not_for_us=0.9, enquiry=0.08), {f"flags.{flag.value}": 0.6})
    assert found.kind.label == Kind.ENQUIRY
    assert found.has_flag(flag)
    assert found.needs_review
    assert "danger" in found.review_reason


def test_the_lines_lie_where_they_make_sense() -> None:
    assert 0.0 < _MAYBE_COMPLAINT < _LIKELY_COMPLAINT <= 0.5 < _SURE_OF_KIND < 1.0
    assert 0.0 < _UNHEARD < 0.5 < _RULES_ALONE < 1.0


@pytest.mark.parametrize("other", [kind for kind in Kind if kind not in (Kind.COMPLAINT, Kind.ESCALATION)])
@pytest.mark.parametrize(("share", "said"), [(0.7, Kind.COMPLAINT), (0.2, Kind.ESCALATION)])
def test_that_it_complains_wins_over_a_likelier_kind_once_it_is_likely_enough(
    other: Kind, share: float, said: Kind
) -> None:
    def kind(complaining: float) -> str:
        complaint, escalation = share * complaining, (1 - share) * complaining
        likely = {other.value: 1 - complaining - 0.01, "complaint": complaint, "escalation": escalation}
        return _decided(_kinds(**likely)).kind.label

    assert kind(_LIKELY_COMPLAINT + 0.02) == said
    assert kind(_LIKELY_COMPLAINT - 0.02) == other


def test_of_two_ways_to_complain_the_likelier_is_said() -> None:
    assert _decided(_kinds(escalation=0.5, complaint=0.4)).kind.label == Kind.ESCALATION


@pytest.mark.parametrize(
    ("kinds", "reason"),
    [
        ({"service_request": 0.75, "complaint": _MAYBE_COMPLAINT + 0.01, "escalation": 0.01}, "It may be a complaint."),
        ({"not_for_us": 0.75, "complaint": 0.01, "escalation": _MAYBE_COMPLAINT}, "It may be a complaint."),
        ({"service_request": 0.8, "complaint": _MAYBE_COMPLAINT - 0.03, "escalation": 0.01}, ""),
        ({"enquiry": _SURE_OF_KIND - 0.02, "service_request": 0.35}, "It is not clear what they ask for."),
        ({"enquiry": _SURE_OF_KIND + 0.01, "service_request": 0.35}, ""),
        ({"complaint": _SURE_OF_KIND - 0.03, "service_request": 0.42}, "It is not clear what they ask for."),
        ({"complaint": _SURE_OF_KIND - 0.15, "escalation": 0.3}, ""),
    ],
)
def test_a_doubtful_kind_goes_to_a_person_with_the_reason(kinds: dict[str, float], reason: str) -> None:
    found = _decided(_kinds(**kinds))
    assert found.review_reason == reason
    assert found.needs_review is bool(reason)


def test_a_kind_taken_for_a_complaint_to_be_safe_goes_to_a_person() -> None:
    found = _decided(_kinds(service_request=0.6, complaint=_LIKELY_COMPLAINT + 0.05))
    assert found.kind.label == Kind.COMPLAINT
    assert found.needs_review


def test_a_text_that_is_not_english_goes_to_a_person() -> None:
    found = _decided(_kinds(complaint=0.97), language="pl")
    assert (found.kind.label, found.language, found.needs_review) == (Kind.COMPLAINT, "pl", True)
    assert "not in English" in found.review_reason


def test_of_a_text_without_words_only_the_rules_speak() -> None:
    rules = Classification(Tag(Kind.ENQUIRY, 0.2), language="und", needs_review=True, review_reason="Nothing to read.")
    found = _decided(_kinds(escalation=0.9), {"flags.safeguarding": 0.9, "needs.bsl": 0.9}, rules=rules, language="und")
    assert found == replace(rules, version="trained-t")


@pytest.mark.parametrize("channel", ["relay", "relay_uk"])
def test_a_relay_message_always_has_its_need(channel: str) -> None:
    found = _decided(channel=channel)
    assert [(tag.label, tag.score) for tag in found.needs] == [(Need.RELAY_UK, 1.0)]
    assert _flags(found) == {Flag.ACCESSIBILITY_NEED: 1.0}
    assert _decided(channel="email").needs == ()


def test_accessibility_need_stands_with_any_need_and_carries_its_words() -> None:
    found = _decided(labels={"needs.braille": 0.8, "needs.audio": 0.6}, quotes={"needs.braille": "in braille please"})
    assert [tag.label for tag in found.needs] == [Need.BRAILLE, Need.AUDIO]
    (flag,) = found.flags
    assert (flag.label, flag.score, flag.evidence) == (Flag.ACCESSIBILITY_NEED, 0.8, ("in braille please",))


def test_categories_stand_in_order_of_score() -> None:
    found = _decided(labels={"categories.repairs": 0.6, "categories.rents": 0.9, "categories.asb": 0.5})
    assert [(tag.label, tag.score) for tag in found.categories] == [("rents", 0.9), ("repairs", 0.6)]


def test_of_two_topics_heard_alike_the_one_the_rules_find_too_comes_first() -> None:
    rules = Classification(Tag(Kind.COMPLAINT, 0.8), (Tag("repairs", 0.9), Tag("rents", 0.9)))
    found = _decided(labels={"categories.asb": 0.8, "categories.repairs": 0.7, "categories.rents": 0.4}, rules=rules)
    assert [tag.label for tag in found.categories] == ["repairs", "asb"], "the rules add no topic of their own"
    assert [tag.score for tag in found.categories] == [0.852, 0.8]
    sure = _decided(labels={"categories.asb": 0.95, "categories.repairs": 0.7}, rules=rules)
    assert [tag.label for tag in sure.categories] == ["asb", "repairs"]


def test_where_no_topic_is_sure_the_likeliest_is_taken_if_there_is_anything_in_it() -> None:
    found = _decided(labels={"categories.rents": _TOPIC_AT_LEAST + 0.1, "categories.asb": _TOPIC_AT_LEAST + 0.05})
    assert [tag.label for tag in found.categories] == ["rents"]
    assert _decided(labels={"categories.rents": _TOPIC_AT_LEAST - 0.01}).categories == ()


def test_evidence_is_what_the_rules_found_else_what_the_encoder_read() -> None:
    rules = Classification(
        Tag(Kind.COMPLAINT, 0.8, ("third time",)),
        (Tag("repairs", 0.7, ("boiler", "tap", "sink", "roof")), Tag("rents", 0.7)),
        (Tag("vulnerability", 0.9, ("my nan",)),),
    )
    names = ("categories.repairs", "categories.rents", "categories.asb", "flags.vulnerability", "flags.legal_action")
    quotes = {name: f"words for {name}" for name in (*names, "kind")} | {"flags.legal_action": ""}
    found = _decided(_kinds(complaint=0.97), dict.fromkeys(names, 0.9), quotes, rules)
    evidence = {tag.label: tag.evidence for tag in (found.kind, *found.categories, *found.flags)}
    assert evidence == {
        "complaint": ("third time",),
        "repairs": ("boiler", "tap", "sink"),
        "rents": ("words for categories.rents",),
        "asb": ("words for categories.asb",),
        "vulnerability": ("my nan",),
        "legal_action": (),
    }
    other = _decided(_kinds(enquiry=0.97), quotes=quotes, rules=rules)
    assert other.kind.evidence == ("words for kind",), "the rules found words for another kind"


def test_version_and_language_are_carried() -> None:
    found = _decided(language="cy")
    assert (found.version, found.language) == ("trained-t", "cy")


_SCORE = st.floats(0.0, 1.0)


def _tags(labels: type[Category] | type[Flag] | type[Need]) -> st.SearchStrategy[tuple[Tag, ...]]:
    tag = st.builds(Tag, st.sampled_from([label.value for label in labels]), _SCORE, st.just(("words",)))
    return st.lists(tag, max_size=6, unique_by=lambda tag: tag.label).map(tuple)


@settings(max_examples=300, deadline=None)
@given(
    kinds=st.lists(_SCORE, min_size=len(Kind), max_size=len(Kind)).map(lambda s: dict(zip(Kind, s, strict=True))),
    labels=st.lists(_SCORE, min_size=len(LABELS), max_size=len(LABELS)).map(
        lambda s: dict(zip(LABELS, s, strict=True))
    ),
    rules=st.builds(
        Classification,
        st.builds(Tag, st.sampled_from([kind.value for kind in Kind]), _SCORE),
        _tags(Category),
        _tags(Flag),
        _tags(Need),
    ),
    channel=st.sampled_from(["email", "relay", "web", "telegram", "unheard of"]),
    language=st.sampled_from(["en", "pl"]),
)
def test_any_scores_give_a_valid_answer(
    kinds: dict[Kind, float], labels: dict[str, float], rules: Classification, channel: str, language: str
) -> None:
    found = verdict(kinds, labels, {}, rules, channel, language, "t")
    assert found.kind.label in set(Kind)
    assert found.needs_review is bool(found.review_reason)
    assert found.has_flag(Flag.ACCESSIBILITY_NEED) == bool(found.needs)
    assert not (found.has_flag(Flag.EMERGENCY_HAZARD) and found.has_flag(Flag.SIGNIFICANT_HAZARD))
    for tags, known in ((found.categories, Category), (found.flags, Flag), (found.needs, Need)):
        said = [tag.label for tag in tags]
        assert len(set(said)) == len(said)
        assert set(said) <= set(known)
    assert [tag.score for tag in found.categories] == sorted((t.score for t in found.categories), reverse=True)
    if found.kind.label == Kind.NOT_FOR_US:
        assert (found.categories, found.flags, found.needs) == ((), (), ())
    elif channel == "relay":
        assert Need.RELAY_UK in {tag.label for tag in found.needs}
    if language != "en":
        assert found.needs_review


@pytest.mark.parametrize("kind", [Kind.COMPLIMENT, Kind.UPDATE, Kind.ENQUIRY])
def test_danger_in_a_message_that_asks_for_nothing_is_for_a_person(kind: Kind) -> None:
    kinds = {k: 0.95 if k is kind else 0.0 for k in Kind}
    found = _decided(kinds=kinds, labels={"flags.domestic_abuse": 0.9})
    assert found.needs_review
    assert "danger" in found.review_reason
    assert not _decided(kinds=kinds).needs_review
