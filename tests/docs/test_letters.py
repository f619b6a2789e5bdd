"""docs/letters.md names every letter, what it is given, and every fact of a case; and no others."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from jinja2 import Environment, meta, nodes
from tests.docs.documents import PACKAGE, document, rows

from intakebot.config import Landlord
from intakebot.domain.letters import LetterFacts
from intakebot.formats.letters import LETTERS

TEMPLATES = PACKAGE / "formats" / "letters"
EVERYWHERE = {"landlord", "sender_name"}


@pytest.fixture
def page() -> dict[str, list[list[str]]]:
    told = document("docs/letters.md")
    return {heading: list(rows(told.section(heading))) for heading in ("The letters", "The facts of a case")}


def test_every_letter_is_named_and_no_other(page: dict[str, list[list[str]]]) -> None:
    assert sorted(cells[0] for cells in page["The letters"]) == sorted(f"`{name}.txt`" for name in LETTERS)


def test_each_letter_is_given_what_its_template_uses(page: dict[str, list[list[str]]]) -> None:
    told = {cells[0].strip("`"): set(re.findall(r"`(\w+)`", cells[2])) for cells in page["The letters"]}
    used = {f"{name}.txt": _names(f"{name}.txt") - EVERYWHERE for name in LETTERS}
    assert len(used) > 5
    assert told == used


def test_every_fact_of_a_case_is_explained_and_no_other(page: dict[str, list[list[str]]]) -> None:
    told = [cells[0].strip("`").removeprefix("case.") for cells in page["The facts of a case"]]
    assert sorted(told) == sorted(field.name for field in fields(LetterFacts))


def test_shipped_templates_use_no_setting_that_does_not_exist() -> None:
    used = {name for file in TEMPLATES.glob("*.txt") for name in re.findall(r"landlord\.(\w+)", file.read_text())}
    assert len(used) > 3
    assert used <= set(Landlord.model_fields)


def test_shared_pieces_are_named() -> None:
    text = document("docs/letters.md").text
    pieces = sorted(path.name for path in TEMPLATES.glob("_*.txt"))
    assert len(pieces) == 3
    assert [piece for piece in pieces if f"`{piece}`" not in text] == []


def _names(file: str) -> set[str]:
    """The facts a template and what it includes ask for."""
    parsed = Environment(autoescape=True).parse((TEMPLATES / file).read_text())
    found = meta.find_undeclared_variables(parsed)
    for included in parsed.find_all(nodes.Include):
        assert isinstance(included.template, nodes.Const)
        found |= _names(str(Path(included.template.value)))
    return found
