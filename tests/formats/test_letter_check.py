"""The check of templates: every shipped letter passes, and whatever is taken out of one is named with its clause."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories import demo_settings

from intakebot.domain.letter_kinds import LETTER_KINDS
from intakebot.errors import BadInput
from intakebot.formats.letter_check import check_letter, check_letters, open_letters
from intakebot.formats.letters import LetterBook

SHIPPED = Path(__file__).parents[2] / "src" / "intakebot" / "formats" / "letters"
HIGHEST_READING_AGE = 11.0


def book(folder: Path | None = None) -> LetterBook:
    settings = demo_settings(Path("nowhere"))
    return LetterBook(folder, settings.landlord, settings.mail.name)


def edited(folder: Path, name: str, *taken_out: str) -> LetterBook:
    """The letters, with some lines of one of them taken out, whichever file of it they stand in."""
    for file in SHIPPED.glob("*.txt"):
        if file.stem in (name, "_response", "_refused", "_closing"):
            text = file.read_text()
            for line in taken_out:
                text = text.replace(line, "")
            (folder / file.name).write_text(text)
    return book(folder)


def test_every_shipped_letter_is_right_and_complete() -> None:
    checked = check_letters(book())
    assert [letter.kind for letter in checked] == list(LETTER_KINDS)
    assert [fault for letter in checked for fault in letter.faults] == []
    assert all(letter.examples for letter in checked)


def test_every_shipped_letter_to_a_resident_can_be_read_at_eleven() -> None:
    ages = {letter.kind.name: letter.reading_age for letter in check_letters(book()) if letter.kind.parts}
    assert len(ages) > 15
    assert {name: age for name, age in ages.items() if not 7 < age <= HIGHEST_READING_AGE} == {}


@pytest.mark.parametrize(
    ("name", "line", "part", "clause"),
    [
        ("acknowledgement", "It is at stage 1 of our complaints process.", "the stage the complaint is at", "6.2"),
        ("acknowledgement", "{{ case.definition }}", "the complaint as we understand it", "5.6"),
        ("acknowledgement", "- {{ topic }}", "the complaint as we understand it", "5.6"),
        ("acknowledgement", "- {{ outcome }}", "the outcomes sought", "5.6"),
        ("acknowledgement", "- {{ line }}", "what we are and are not responsible for", "5.7"),
        ("acknowledgement", "and answer you by {{ case.response_due }}", "the day the response is due", "6.3"),
        ("acknowledgement", "{{ landlord.policy_url }}", "the complaints policy", "3.4"),
        ("extension", "{{ case.stage.extension.reason }}", "the reason for the extension", "6.4"),
        ("extension", "{{ case.stage.extension.until }}", "the new day the response is due", "6.4"),
        ("extension", "{{ case.stage.extension.was_due }}", "the day the response was due", "6.4"),
        ("extension", "- Phone: {{ ombudsman.phone }}", "the Ombudsman's details", "6.5"),
        ("update", "{{ case.stage.next_update_on }}", "the day of the next update", "5.9"),
        ("update", "{{ case.said }}", "what has happened since", "5.9"),
        ("refusal", "{{ case.refusal.evidence }}", "the explanation of that reason", "2.4"),
        ("refusal", "take this decision to", "the right to take this decision to the Ombudsman", "2.4"),
        ("escalation_refused", "{{ case.refusal.reason }}", "the reason it is not accepted", "5.11"),
        ("clarification", "{{ case.question }}", "the question", "5.6"),
        ("choice", "Do you want us to treat this as a complaint?", "the choice to complain", "1.3"),
        ("service_request", "tell us and we will treat it as a complaint", "the way to complain", "1.3"),
        ("response_stage_1", ", at stage 1 of our complaints process", "the stage the complaint is at", "6.9a"),
        ("response_stage_1", "{{ case.definition }}", "the complaint definition", "6.9b"),
        ("response_stage_1", "{{ case.stage.decision }}", "the decision on the complaint", "6.9c"),
        ("response_stage_1", "Your complaint is {{ case.stage.finding }}.", "the decision on the complaint", "6.9c"),
        ("response_stage_1", "{{ case.stage.reasons }}", "the reasons for the decision", "6.9d"),
        ("response_stage_1", "{{ point.answer }}", "an answer to every point", "6.7"),
        ("response_stage_1", "{{ remedy.amount }}", "the remedy", "6.9e"),
        ("response_stage_1", "{{ action.owner }}", "the outstanding actions", "6.9f"),
        ("response_stage_1", "You can ask us to look again, at stage 2.", "the way to ask for stage 2", "6.9g"),
        ("response_stage_2", "our answer at stage 2", "the stage the complaint is at", "6.19a"),
        ("response_stage_2", "{{ case.definition }}", "the complaint definition", "6.19b"),
        ("response_stage_2", "{{ case.stage.decision }}", "the decision on the complaint", "6.19c"),
        ("response_stage_2", "{{ case.stage.reasons }}", "the reasons for the decision", "6.19d"),
        ("response_stage_2", "{{ point.text }}", "an answer to every point", "6.18"),
        ("response_stage_2", "- {{ remedy.what }}", "the remedy", "6.19e"),
        ("response_stage_2", "{{ action.due_on }}", "the outstanding actions", "6.19f"),
        ("response_stage_2", "12 months", "the way to take it to the Ombudsman, and within 12 months", "6.19g"),
        ("withdrawal_check", "please reply and confirm it", "the question whether they want to withdraw", ""),
        ("closure", "{{ case.said }}", "what you have to say", ""),
        ("receipt", "{{ case.reference }}", "the reference", ""),
        ("reply", "at any time", "the right to go to the Ombudsman at any time", "3.7"),
        ("read_by_a_person", "- Web: {{ ombudsman.website }}", "the Ombudsman's details", "3.7"),
    ],
)
def test_what_is_taken_out_of_a_letter_is_named_with_its_clause(
    tmp_path: Path, name: str, line: str, part: str, clause: str
) -> None:
    assert any(line in file.read_text() for file in SHIPPED.glob("*.txt")), "the letter never had this line"
    letter = check_letter(edited(tmp_path, name, line), name)
    assert (part, clause) in [(missing.part, missing.clause) for missing in letter.missing]
    assert letter.lacks(part)


def test_a_missing_part_stops_the_start_with_file_part_and_clause(tmp_path: Path) -> None:
    edited(tmp_path, "response_stage_1", "{{ case.stage.reasons }}")
    settings = demo_settings(Path("nowhere"))
    with pytest.raises(BadInput) as refused:
        open_letters(tmp_path, settings.landlord, settings.mail.name)
    first, second = str(refused.value).splitlines()
    assert first.startswith("letter response_stage_1.txt: it does not give the reasons for the decision (Code 6.9d).")
    assert second.startswith("letter response_stage_2.txt: it does not give the reasons for the decision (Code 6.19d).")


def test_a_template_with_one_ombudsman_written_into_it_is_found(tmp_path: Path) -> None:
    edited(tmp_path, "added")
    (tmp_path / "_closing.txt").write_text(
        (SHIPPED / "_closing.txt").read_text().replace("ombudsman.", "landlord.ombudsman.")
    )
    letter = check_letter(book(tmp_path), "added")
    assert [(m.part, m.clause) for m in letter.missing] == [("the Ombudsman's details", "3.7")]


def test_a_letter_that_cannot_be_written_has_a_problem_and_no_reading_age(tmp_path: Path) -> None:
    (tmp_path / "receipt.txt").write_text("Subject: x\n\n{{ case.refrence }}\n")
    letter = check_letter(book(tmp_path), "receipt")
    assert letter.faults == (letter.problem,)
    assert (letter.examples, letter.missing, letter.reading_age) == ((), (), 0.0)
    with pytest.raises(BadInput, match="there is no letter reciept"):
        check_letter(book(), "reciept")
