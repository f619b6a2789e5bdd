"""Required parts in letters that officers have changed: what may be worded otherwise, and what holds a letter back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import demo_settings

from intakebot.domain.letter_kinds import LETTER_KINDS, letter_kind, missing_parts, require_parts
from intakebot.domain.letters import LetterFacts, PointFacts, RemedyFacts
from intakebot.domain.records import Ombudsman
from intakebot.errors import BadInput, Refused
from intakebot.formats.letters import Letter, LetterBook
from intakebot.formats.samples import samples


@pytest.fixture(scope="module")
def book() -> LetterBook:
    settings = demo_settings(Path("nowhere"))
    return LetterBook(None, settings.landlord, settings.mail.name)


def draft(book: LetterBook, name: str) -> tuple[LetterFacts, Letter]:
    """A letter as an officer is first shown it, with its facts."""
    facts = samples(name)[0]["case"]
    return facts, book.write(name, case=facts)


def lacking(book: LetterBook, name: str, facts: LetterFacts, text: str) -> list[tuple[str, str]]:
    return [(m.part, m.clause) for m in missing_parts(name, facts, "", text, book.common)]


@pytest.mark.parametrize("name", [kind.name for kind in LETTER_KINDS if kind.parts])
def test_a_letter_as_drafted_may_go(book: LetterBook, name: str) -> None:
    for given in samples(name):
        letter = book.write(name, **given)
        require_parts(name, given.get("case"), letter.subject, letter.text, book.common)


def test_every_required_part_has_a_clause_or_is_our_own_rule_and_says_how_to_mend_it() -> None:
    parts = {part for kind in LETTER_KINDS for part in kind.parts}
    assert len(parts) > 30
    own = {part.name for part in parts if not part.clause}
    assert own == {
        "the reference",
        "what you have to say",
        "the question whether they want to withdraw",
        "the link to the page",
    }
    assert [part.name for part in parts if not part.how_to_mend.endswith(".") or not part.facts] == []


@pytest.mark.parametrize("stage", [1, 2])
def test_a_response_has_the_seven_parts_of_its_stage(stage: int) -> None:
    section = {1: "6.9", 2: "6.19"}[stage]
    clauses = {part.clause for part in letter_kind(f"response_stage_{stage}").parts}
    assert {f"{section}{letter}" for letter in "abcdefg"} <= clauses


def test_case_spacing_quotes_and_weekdays_do_not_matter(book: LetterBook) -> None:
    facts, letter = draft(book, "extension")
    text = letter.text.replace("Monday 30 March 2026", "30  March\n2026").replace("engineer's", "ENGINEER’S")
    assert text != letter.text
    assert lacking(book, "extension", facts, text) == []


def test_recorded_words_may_move_and_be_framed(book: LetterBook) -> None:
    facts, letter = draft(book, "response_stage_1")
    moved = (
        f"We write with our answer. In short: {facts.stage.reasons}\n\n{letter.text.replace(facts.stage.reasons, '')}"
    )
    assert lacking(book, "response_stage_1", facts, moved) == []


@pytest.mark.parametrize(
    ("old", "new", "part", "clause"),
    [
        ("at stage 1 of", "of", "the stage the complaint is at", "6.9a"),
        ("You had no heating from 12 January.", "You were cold.", "the complaint definition", "6.9b"),
        ("Your complaint is partly upheld.", "Your complaint is upheld.", "the decision on the complaint", "6.9c"),
        ("It took us 19.", "It took us long.", "the reasons for the decision", "6.9d"),
        ("We did not chase it.", "", "an answer to every point", "6.7"),
        ("£112.50", "£112.55", "the remedy", "6.9e"),
        ("£112.50", "£1112.50", "the remedy", "6.9e"),
        ("Monday 30 March 2026", "soon", "the remedy", "6.9e"),
        ("Friday 20 March 2026", "soon", "the outstanding actions", "6.9f"),
        ("You can ask us to look again, at stage 2.", "This is our answer.", "the way to ask for stage 2", "6.9g"),
        ("0300 111 3000", "0300 111 3001", "the Ombudsman's details", "3.7"),
        ("at any time", "later", "the right to go to the Ombudsman at any time", "3.7"),
    ],
)
def test_an_officers_change_that_departs_from_the_record_is_named(
    book: LetterBook, old: str, new: str, part: str, clause: str
) -> None:
    facts, letter = draft(book, "response_stage_1")
    assert old in letter.text
    assert lacking(book, "response_stage_1", facts, letter.text.replace(old, new)) == [(part, clause)]


@pytest.mark.parametrize(
    ("finding", "written", "found"),
    [
        ("upheld", "We have upheld it.", True),
        ("upheld", "It is not upheld.", False),
        ("upheld", "It is partly upheld.", False),
        ("partly upheld", "It is partially upheld.", True),
        ("partly upheld", "It is upheld.", False),
        ("not upheld", "It is not upheld.", True),
        ("not upheld", "It is upheld.", False),
        ("", "It is upheld.", False),
    ],
)
def test_the_decision_must_be_the_recorded_one(book: LetterBook, finding: str, written: str, found: bool) -> None:
    facts, _ = draft(book, "response_stage_1")
    facts = replace(facts, stage=replace(facts.stage, finding=finding, decision="", points=()))
    assert (("the decision on the complaint", "6.9c") not in lacking(book, "response_stage_1", facts, written)) is found


def test_stage_2_answers_to_its_own_clauses(book: LetterBook) -> None:
    facts, letter = draft(book, "response_stage_2")
    text = letter.text.replace(facts.stage.reasons, "").replace("12 months", "a while")
    assert [clause for _, clause in lacking(book, "response_stage_2", facts, text)] == ["6.19d", "6.19g"]
    (facts,) = (given["case"] for given in samples("acknowledgement") if given["case"].stage.number == 2)
    letter = book.write("acknowledgement", case=facts)
    assert lacking(book, "acknowledgement", facts, letter.text.replace(facts.response_due, "soon")) == [
        ("the day the response is due", "6.14")
    ]


def test_the_other_ombudsmans_details_will_not_do(book: LetterBook) -> None:
    facts, letter = draft(book, "receipt")
    council = replace(facts, ombudsman=Ombudsman.LGSCO)
    assert lacking(book, "receipt", council, letter.text) == [("the Ombudsman's details", "3.7")]


def test_without_remedies_and_actions_the_letter_must_say_so(book: LetterBook) -> None:
    facts = samples("response_stage_1")[1]["case"]
    letter = book.write("response_stage_1", case=facts)
    silent = letter.text.replace("How we put it right", "").replace("We have found nothing that we must put right.", "")
    silent = silent.replace("What is still to be done", "").replace("Nothing is outstanding.", "")
    assert [clause for _, clause in lacking(book, "response_stage_1", facts, silent)] == ["6.9e", "6.9f"]


def test_what_was_never_recorded_is_missing_whatever_the_letter_says(book: LetterBook) -> None:
    facts, letter = draft(book, "response_stage_1")
    empty = replace(facts, definition="", stage=replace(facts.stage, reasons="", points=(PointFacts("x", "", ""),)))
    assert [clause for _, clause in lacking(book, "response_stage_1", empty, letter.text)] == ["6.9b", "6.9d", "6.7"]
    facts, letter = draft(book, "extension")
    without = replace(facts, stage=replace(facts.stage, extension=None))
    assert [clause for _, clause in lacking(book, "extension", without, letter.text)] == ["6.4", "6.4", "6.4"]


@pytest.mark.parametrize("amount", ["£11", "£112", "£12.50"])
def test_a_sum_is_not_found_inside_a_larger_one(book: LetterBook, amount: str) -> None:
    facts, letter = draft(book, "response_stage_1")
    stage = replace(facts.stage, remedies=(RemedyFacts("Money for the days without heating", "", amount, "us", ""),))
    assert ("the remedy", "6.9e") in lacking(book, "response_stage_1", replace(facts, stage=stage), letter.text)


def test_a_day_is_not_found_inside_another(book: LetterBook) -> None:
    facts, letter = draft(book, "update")
    assert "23 March 2026" in letter.text
    third = replace(facts, stage=replace(facts.stage, next_update_on="Tuesday 3 March 2026"))
    assert lacking(book, "update", third, letter.text) == [("the day of the next update", "5.9")]


def test_text_of_many_lines_is_found_line_by_line(book: LetterBook) -> None:
    facts, _ = draft(book, "response_stage_1")
    facts = replace(facts, stage=replace(facts.stage, reasons="First.\n\n- Second reason\n- Third reason"))
    text = book.write("response_stage_1", case=facts).text
    assert lacking(book, "response_stage_1", facts, text) == []
    assert lacking(book, "response_stage_1", facts, text.replace("Third reason", "")) == [
        ("the reasons for the decision", "6.9d")
    ]


def test_a_letter_that_may_not_go_is_refused_with_every_part_and_clause(book: LetterBook) -> None:
    facts, letter = draft(book, "response_stage_1")
    text = letter.text.replace(facts.stage.reasons, "").replace("at stage 1 of", "of")
    with pytest.raises(Refused) as refused:
        require_parts("response_stage_1", facts, letter.subject, text, book.common)
    assert refused.value.clause == "6.9a, 6.9d"
    assert str(refused.value) == (
        "The letter does not give the stage the complaint is at, nor the reasons for the decision. Say which stage the"
        " complaint is at. Put it back as it is recorded, or change the record first. (Code 6.9a, 6.9d)"
    )
    assert "19" not in str(refused.value), "a refusal repeats nothing of the letter"


def test_a_letter_there_is_not_and_a_letter_without_its_case_are_said_plainly(book: LetterBook) -> None:
    with pytest.raises(BadInput, match="there is no letter aknowledgement"):
        letter_kind("aknowledgement")
    with pytest.raises(BadInput, match="needs its facts"):
        missing_parts("receipt", None, "", "", book.common)
    assert missing_parts("duty_notice", None, "", "", book.common) == ()
