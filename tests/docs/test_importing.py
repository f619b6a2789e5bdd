"""docs/importing.md names every field of a case line, which are needed, and every id that may stand in one."""

from __future__ import annotations

import re

import pytest
from pydantic import BaseModel
from tests.docs.documents import PACKAGE, document, rows

from intakebot.domain.figures.reported import Tenure
from intakebot.domain.records import Determination, RefusalReason, RemedyType
from intakebot.domain.stages import Outcome
from intakebot.formats import case_lines as lines

PARTS: dict[str, type[BaseModel]] = {
    "The case": lines.CaseLine,
    "`resident`": lines.ResidentPart,
    "`stages`": lines.StagePart,
    "`extensions`": lines.ExtensionPart,
    "`refusals`": lines.RefusalPart,
    "`actions`": lines.ActionPart,
    "`remedies`": lines.RemedyPart,
    "`ombudsman`": lines.OmbudsmanPart,
    "`findings`": lines.FindingPart,
    "`orders`": lines.OrderPart,
    "`learning`": lines.LearningPart,
}


@pytest.mark.parametrize("heading", PARTS)
def test_every_field_is_there_and_said_to_be_needed_where_it_is(heading: str) -> None:
    told = {cells[0].strip("`"): cells[1] == "yes" for cells in rows(document("docs/importing.md").section(heading))}
    assert told == {name: field.is_required() for name, field in PARTS[heading].model_fields.items()}


def test_every_id_is_named() -> None:
    spans = set(document("docs/importing.md").spans())
    ids = {one.value for group in (Outcome, RefusalReason, RemedyType, Determination, Tenure) for one in group}
    assert ids - {""} <= spans


def test_what_may_be_said_is_said_in_the_code() -> None:
    code = "".join((PACKAGE / name).read_text() for name in ("formats/case_lines.py", "replaying.py", "importing.py"))
    told = [cells[0] for cells in rows(document("docs/importing.md").section("What may be said"))]
    sentences = [sentence for cell in told for sentence in re.findall(r"`([^`]+)`", cell)]
    assert len(sentences) > 20
    assert [sentence for sentence in sentences if sentence not in code] == []
