"""docs/letters.md names every letter, what it is given, what it must give, and every fact; and no others."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from jinja2 import Environment, meta, nodes
from tests.docs.documents import PACKAGE, document, rows

from intakebot.config.settings import Landlord
from intakebot.domain.letter_kinds import LETTER_KINDS
from intakebot.domain.letter_parts import OmbudsmanContact, Part
from intakebot.domain.letters import (
    ActionFacts,
    ExtensionFacts,
    LetterFacts,
    PointFacts,
    RefusalFacts,
    RemedyFacts,
    StageFacts,
)
from intakebot.formats.letters import LETTERS

TEMPLATES = PACKAGE / "formats" / "letters"
EVERYWHERE = {"landlord", "sender_name", "ombudsman"}


@pytest.fixture
def page() -> dict[str, list[list[str]]]:
    told = document("docs/letters.md")
    headings = ("The letters", "The facts of a case", "What each letter must give", "How each part is found")
    return {heading: list(rows(told.section(heading))) for heading in headings}


def test_every_letter_is_named_with_when_it_goes_and_to_whom(page: dict[str, list[list[str]]]) -> None:
    told = [cells[:3] for cells in page["The letters"]]
    assert told == [[f"`{kind.name}.txt`", kind.purpose, kind.reader] for kind in LETTER_KINDS]


def test_every_required_part_is_named_with_its_clause(page: dict[str, list[list[str]]]) -> None:
    kinds = [kind for kind in LETTER_KINDS if kind.parts]
    told = page["What each letter must give"][: len(kinds)]
    assert told == [[f"`{kind.name}.txt`", ", ".join(map(_with_clause, kind.parts))] for kind in kinds]


def test_how_every_part_is_stated_is_told(page: dict[str, list[list[str]]]) -> None:
    told = {cells[0]: cells[1].replace("`", "") for cells in page["How each part is found"]}
    assert told == {part.name: part.facts for kind in LETTER_KINDS for part in kind.parts}


def test_each_letter_is_given_what_its_template_uses(page: dict[str, list[list[str]]]) -> None:
    told = {cells[0].strip("`"): set(re.findall(r"`(\w+)`", cells[3])) for cells in page["The letters"]}
    used = {f"{name}.txt": _names(f"{name}.txt") - EVERYWHERE for name in LETTERS}
    assert len(used) > 5
    assert told == used


def test_every_fact_of_a_case_is_explained_and_no_other(page: dict[str, list[list[str]]]) -> None:
    told = [cells[0].strip("`") for cells in page["The facts of a case"]]
    there = [f"case.{field.name}" for field in fields(LetterFacts)]
    there += [f"case.stage.{field.name}" for field in fields(StageFacts)]
    there += [f"case.refusal.{field.name}" for field in fields(RefusalFacts)]
    assert sorted(told) == sorted(there)


def test_every_fact_inside_a_fact_is_named() -> None:
    text = document("docs/letters.md").text
    inside = (PointFacts, RemedyFacts, ActionFacts, ExtensionFacts, OmbudsmanContact)
    assert [field.name for facts in inside for field in fields(facts) if f"`{field.name}`" not in text] == []


def test_shipped_templates_use_no_setting_that_does_not_exist() -> None:
    used = {name for file in TEMPLATES.glob("*.txt") for name in re.findall(r"landlord\.(\w+)", file.read_text())}
    assert len(used) > 3
    assert used <= set(Landlord.model_fields)


def test_shared_pieces_are_named() -> None:
    text = document("docs/letters.md").text
    pieces = sorted(path.name for path in TEMPLATES.glob("_*.txt"))
    assert len(pieces) == 5
    assert [piece for piece in pieces if f"`{piece}`" not in text] == []


def _with_clause(part: Part) -> str:
    stage_2 = f"; at stage 2 {part.stage_2_clause}" if part.stage_2_clause else ""
    return f"{part.name} ({part.clause or 'our own rule'}{stage_2})"


def _names(file: str) -> set[str]:
    """The facts a template and what it includes ask for."""
    parsed = Environment(autoescape=True).parse((TEMPLATES / file).read_text())
    found = meta.find_undeclared_variables(parsed)
    for included in parsed.find_all(nodes.Include):
        assert isinstance(included.template, nodes.Const)
        found |= _names(str(Path(included.template.value)))
    return found
