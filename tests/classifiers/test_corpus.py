"""The corpus keeps the rules of docs/labelling.md, and a labelled file that does not is refused by its line."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from intakebot.classifiers import corpus
from intakebot.classifiers.corpus import CHANNELS, Example, near_duplicates, parse, read_file, shipped
from intakebot.domain.labels import Category, Flag, Kind, Need
from intakebot.errors import BadInput

_SPLITS = ("training", "development")
_TAGS = sorted(
    f"{group}.{label.value}"
    for group, labels in (("categories", Category), ("flags", Flag), ("needs", Need))
    for label in labels
)
_PHONE = re.compile(r"(?<![\d.,£])(?:\+\d{1,2}|00\d{2}|0\d)(?:[ ()-]{0,2}\d){8,10}(?!\d)")
_RELAY_PREFIX = re.compile(r"\b1800[12][ -]?")
# Kept for drama by Ofcom: nobody can be rung by mistake.
_DRAMA = re.compile(
    r"01632960|07700900|0(?:113|114|115|116|117|118|121|131|141|151|161)4960|02079460|01914980|02896496|02920180"
    r"|08081570|09098790|03069990"
)
_MAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
_LINK = re.compile(
    r"(?:https?://|www\.)([\w.-]+)|(?<![@\w.-])((?:[\w-]+\.)+(?:com|org|net|uk|info|biz|io|eu|ly|me))\b", re.I
)
_DAYS_AND_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?"
    "|sat(?:urday)?|sun(?:day)?"
)
_EXAMPLE_HOST = re.compile(r"(?:[\w-]+\.)*example\.(?:org|com|net)")


@pytest.fixture(scope="module")
def examples() -> dict[str, list[Example]]:
    return {split: shipped(split) for split in _SPLITS}


@pytest.fixture(scope="module")
def everything(examples: dict[str, list[Example]]) -> list[Example]:
    return [example for split in _SPLITS for example in examples[split]]


def test_there_is_enough_to_learn_from_and_to_judge_by(examples: dict[str, list[Example]]) -> None:
    assert len(examples["training"]) >= 1500
    assert len(examples["development"]) >= 300


def test_no_id_is_used_twice(everything: list[Example]) -> None:
    assert [found for found, times in Counter(e.id for e in everything).items() if times > 1] == []


def test_no_two_messages_say_nearly_the_same(everything: list[Example]) -> None:
    assert near_duplicates(everything) == []


def test_splits_share_no_writer() -> None:
    training, development = (_told(split, "author") for split in _SPLITS)
    assert min(len(training), len(development)) > 100
    assert training & development == set()


def test_splits_share_no_scenario() -> None:
    training, development = (_told(split, "scenario") for split in _SPLITS)
    assert min(len(training), len(development)) > 100
    assert sorted(training & development) == []


def test_splits_share_no_words_of_a_machine(examples: dict[str, list[Example]]) -> None:
    """Read receipts and replies by machines differ by dates, numbers and addresses alone: those are left out here."""
    split_of = {e.id: split for split in _SPLITS for e in examples[split]}
    plain = [replace(e, text=_without_particulars(e.text)) for split in _SPLITS for e in examples[split]]
    assert [pair for pair in near_duplicates(plain) if len({split_of[one] for one in pair}) == 2] == []


def test_machines_that_say_the_same_on_another_day_would_be_found() -> None:
    texts = ("Your message was read on 12 November at 09:14.", "Your message was read on Monday 3/6/2025 at 9.07.")
    assert len({_without_particulars(text) for text in texts}) == 1


@pytest.mark.parametrize("split", _SPLITS)
def test_every_kind_label_and_channel_occurs(examples: dict[str, list[Example]], split: str) -> None:
    used = {label for e in examples[split] for label in e.labels}
    assert sorted(set(_TAGS) - used) == []
    assert {e.kind for e in examples[split]} == set(Kind)
    assert {e.channel for e in examples[split]} == set(CHANNELS)


def test_messages_are_as_short_and_as_long_as_real_ones(everything: list[Example]) -> None:
    lengths = [len(e.text.split()) for e in everything]
    assert sum(length <= 3 for length in lengths) >= 3
    assert sum(length > 400 for length in lengths) >= 5
    assert min(lengths) >= 1


def test_languages_are_codes_and_more_than_a_few(everything: list[Example]) -> None:
    languages = {e.language for e in everything}
    assert all(re.fullmatch(r"[a-z]{2}|und", language) for language in languages)
    assert len(languages) >= 20


def test_accessibility_need_stands_exactly_where_there_is_a_need(everything: list[Example]) -> None:
    with_needs = {e.id for e in everything if e.needs}
    assert len(with_needs) > 100
    assert {e.id for e in everything if Flag.ACCESSIBILITY_NEED in e.flags} ^ with_needs == set()


def test_what_is_not_for_us_is_bare(everything: list[Example]) -> None:
    not_ours = [e for e in everything if e.kind is Kind.NOT_FOR_US]
    assert len(not_ours) > 50
    assert [e.id for e in not_ours if e.labels] == []


def test_no_message_has_both_hazards(everything: list[Example]) -> None:
    both = {Flag.EMERGENCY_HAZARD, Flag.SIGNIFICANT_HAZARD}
    assert any(both & set(e.flags) for e in everything)
    assert [e.id for e in everything if both <= set(e.flags)] == []


def test_every_message_by_relay_that_is_for_us_has_its_need(everything: list[Example]) -> None:
    relayed = [e for e in everything if e.channel == "relay" and e.kind is not Kind.NOT_FOR_US]
    assert len(relayed) > 50
    assert [e.id for e in relayed if Need.RELAY_UK not in e.needs] == []


def test_no_label_stands_twice_on_a_message(everything: list[Example]) -> None:
    assert [
        e.id for e in everything for group in (e.categories, e.flags, e.needs) if len(set(group)) < len(group)
    ] == []


def test_a_mail_begins_with_its_subject(everything: list[Example]) -> None:
    mails = [e for e in everything if e.channel == "email"]
    assert [e.id for e in mails if not re.match(r"Subject:[^\n]*\n\n", e.text)] == []


def test_telephone_numbers_are_those_kept_for_drama(everything: list[Example]) -> None:
    numbers = [(e.id, found[0]) for e in everything for found in _PHONE.finditer(_RELAY_PREFIX.sub("", e.text))]
    assert len(numbers) > 10
    assert [(name, number) for name, number in numbers if not _DRAMA.match(_digits(number))] == []


def test_mail_addresses_and_links_are_of_example_domains(everything: list[Example]) -> None:
    hosts = [(e.id, found[1]) for e in everything for found in _MAIL.finditer(e.text)]
    hosts += [(e.id, found[1] or found[2]) for e in everything for found in _LINK.finditer(e.text)]
    assert len(hosts) > 10
    assert [(name, host) for name, host in hosts if not _EXAMPLE_HOST.fullmatch(host.rstrip(".").lower())] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ring 01632 960 123", True),
        ("07700 900456", True),
        ("+48 601 234 567", False),
        ("call 0161 496 0123", True),
        ("0161 234 5678", False),
        ("07123 456789", False),
        ("020 7946 0018", True),
    ],
)
def test_a_number_that_rings_somewhere_would_be_found(text: str, found: bool) -> None:
    (number,) = _PHONE.findall(text)
    assert bool(_DRAMA.match(_digits(number))) is found


def _line(**changes: Any) -> str:
    labels = {"kind": "complaint", "categories": ["repairs"], "flags": [], "needs": [], "language": "en"}
    entry = {"id": "a1", "channel": "web", "text": "The gate still sticks.", "labels": labels}
    labels.update((key, changes.pop(key)) for key in list(changes) if key in labels)
    return json.dumps({key: value for key, value in (entry | changes).items() if value is not None})


def test_a_line_becomes_an_example() -> None:
    line = _line(categories=["repairs", "asb"], flags=["vulnerability"], needs=["braille"], register="terse")
    (example,) = parse(["", line, "  "], "a file")
    assert example == Example(
        id="a1",
        channel="web",
        text="The gate still sticks.",
        kind=Kind.COMPLAINT,
        categories=(Category.REPAIRS, Category.ASB),
        flags=(Flag.VULNERABILITY,),
        needs=(Need.BRAILLE,),
        language="en",
        register="terse",
    )
    assert example.labels == {"categories.repairs", "categories.asb", "flags.vulnerability", "needs.braille"}


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", "Expecting"),
        ("7", "it must be a JSON object"),
        ("[]", "it must be a JSON object"),
        (_line(text=None), "'?text'? is missing"),
        (_line(text=7), "text must be a string"),
        (_line(labels=None), "'?labels'? is missing"),
        (_line(labels="complaint"), "labels must be an object"),
        (_line(labels={"kind": "complaint"}), "'?categories'? is missing"),
        (_line(channel="fax"), "channel must be one of email, telegram, web, relay"),
        (_line(kind="grumble"), "'grumble' is not a valid Kind"),
        (_line(kind=["complaint"]), "is not a valid Kind"),
        (_line(categories=["boilers"]), "'boilers' is not a valid Category"),
        (_line(flags=["danger"]), "'danger' is not a valid Flag"),
        (_line(needs="braille"), "must be lists"),
    ],
)
def test_a_bad_line_is_named_with_what_is_wrong(tmp_path: Path, line: str, what: str) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text(f"{_line()}\n\n{line}\n", "utf-8")
    with pytest.raises(BadInput, match=rf"labelled\.jsonl, line 3: .*{what}"):
        read_file(file)


def test_a_line_end_of_another_alphabet_inside_a_text_does_not_end_its_line(tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    entry = json.loads(_line()) | {"text": "One.\u2028Two.\u0085Three."}
    file.write_text(json.dumps(entry, ensure_ascii=False) + "\n", "utf-8")
    assert [e.text for e in read_file(file)] == ["One.\u2028Two.\u0085Three."]


def test_a_file_that_cannot_be_read_or_holds_nothing_is_refused(tmp_path: Path) -> None:
    empty, latin = tmp_path / "empty.jsonl", tmp_path / "latin.jsonl"
    empty.write_text("\n\n")
    latin.write_bytes(b'{"id": "caf\xe9"}\n')
    for file, what in ((empty, "has no messages"), (latin, "cannot be read as UTF-8"), (tmp_path, "cannot be read")):
        with pytest.raises(BadInput, match=what):
            read_file(file)
    with pytest.raises(BadInput, match="cannot be read"):
        read_file(tmp_path / "nothing.jsonl")


def test_a_file_of_our_own_format_is_read_as_the_shipped_corpus_is(tmp_path: Path) -> None:
    folder = files(corpus).joinpath("development")
    first = sorted(f.name for f in folder.iterdir() if f.name.endswith(".jsonl"))[0]
    copy = tmp_path / first
    copy.write_text(folder.joinpath(first).read_text("utf-8"), "utf-8")
    assert read_file(copy) == shipped("development")[: len(read_file(copy))]


def test_near_duplicates_are_those_that_share_half_of_what_they_say() -> None:
    story = "the kitchen tap has dripped since you changed the washer and I have put a bowl under it"
    texts = {
        "a": story,
        "b": story.upper().replace("WASHER", "washer,") + "!!",
        "c": "Since Tuesday the lift smells of fish and nobody on our stair knows why it does",
        "d": f"{story} and then something wholly different happened to all of us on the way home",
        "e": "tap drips",
        "f": "Tap drips.",
    }
    made = [Example(name, "web", text, Kind.COMPLAINT, (), (), (), "en") for name, text in texts.items()]
    assert near_duplicates(made) == [("a", "b"), ("a", "d"), ("b", "d"), ("e", "f")]
    assert near_duplicates(made[:2], alike=1.01) == []


def _digits(number: str) -> str:
    return re.sub(r"\D", "", re.sub(r"^(?:\+44|0044)\D*0?", "0", number))


def _told(split: str, what: str) -> set[str]:
    """What the messages of a split say of themselves: their authors, or their scenarios."""
    named = [file for file in files(corpus).joinpath(split).iterdir() if file.name.endswith(".jsonl")]
    lines = [line for file in named for line in file.read_text("utf-8").split("\n") if line.strip()]
    return {str(json.loads(line)[what]).strip().casefold() for line in lines}


def _without_particulars(text: str) -> str:
    """The text with every date, time, number and mail address made the same."""
    plain = re.sub(r"[\w.+-]+@[\w.-]+|\d+", "0", text.casefold())
    return re.sub(r"(?:0\W*)+(?:(?:st|nd|rd|th)\b\W*)?", "0 ", re.sub(rf"\b(?:{_DAYS_AND_MONTHS})\b", "0", plain))
