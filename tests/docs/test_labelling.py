"""docs/labelling.md explains every label, register and measure there is, each once, and no other."""

from __future__ import annotations

import json
import re

import pytest
from tests.docs.documents import document, rows

from intakebot.classifiers.corpus import CHANNELS, parse, shipped
from intakebot.classifiers.evaluation import MEASURES
from intakebot.domain.labels import Category, Flag, Kind, Need

GUIDE = "docs/labelling.md"


@pytest.mark.parametrize(
    ("heading", "labels"), [("Kind", Kind), ("Categories", Category), ("Flags", Flag), ("Needs", Need)]
)
def test_every_label_is_explained_once(
    heading: str, labels: type[Kind] | type[Category] | type[Flag] | type[Need]
) -> None:
    column = 1 if labels is Kind else 0
    told = [cells[column].strip("`") for cells in rows(document(GUIDE).section(heading))]
    assert sorted(told) == sorted(label.value for label in labels)


def test_kinds_stand_in_the_order_of_their_rules() -> None:
    table = list(rows(document(GUIDE).section("Kind")))
    assert [cells[0] for cells in table] == [str(n) for n in range(1, len(Kind) + 1)]
    assert table[0][1] == "`not_for_us`" and table[-1][1] == "`enquiry`"


def test_border_cases_name_labels_that_exist() -> None:
    known = {label.value for labels in (Kind, Category, Flag, Need) for label in labels}
    cases = list(rows(document(GUIDE).section("Border cases")))
    named = {span for cells in cases for span in re.findall(r"`(\w+)`", " ".join(cells[1:]))}
    assert len(cases) > 15
    assert named - known == set()
    assert {kind.value for kind in Kind if kind is not Kind.COMPLIMENT} <= named


def test_registers_and_channels_are_those_of_the_corpus() -> None:
    text = document(GUIDE).section("The corpus")
    (registers,) = re.findall(r"\*\*Registers\.\*\*((?:\s*`\w+`[,.])+)", text)
    used = {example.register for split in ("training", "development") for example in shipped(split)}
    assert set(re.findall(r"\w+", registers)) == used
    assert [channel for channel in CHANNELS if f"`{channel}`" not in text] == []


def test_the_line_shown_is_read() -> None:
    (block,) = document(GUIDE).blocks("json")
    (example,) = parse([json.dumps(json.loads(block))], GUIDE)
    assert example.kind is Kind.SERVICE_REQUEST


def test_every_measure_is_explained() -> None:
    told = " ; ".join(cells[0] for cells in rows(document(GUIDE).section("The measures")))
    assert [name for name in MEASURES if name not in told and name != "categories micro-F1"] == []
    assert "categories macro-F1, micro-F1" in told
