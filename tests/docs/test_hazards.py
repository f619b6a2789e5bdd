"""docs/hazards.md names functions and tests that exist, and lists every type and exclusion as the code has them."""

from __future__ import annotations

import ast
import re

from tests.docs.documents import PACKAGE, ROOT, document, rows

from intakebot.domain.hazards import HAZARD_TYPES, Exclusion

HAZARDS = "docs/hazards.md"


def test_every_test_named_exists() -> None:
    named = set(re.findall(r"(test_\w+\.py)::(test_\w+)", document(HAZARDS).text))
    assert len(named) > 20
    assert [one for one in named if one[1] not in _names((ROOT / "tests" / "domain" / one[0]).read_text())] == []


def test_every_function_named_exists_and_every_act_is_named() -> None:
    cells = " ".join(cells[2] for cells in rows(document(HAZARDS).section("Rules")))
    named = {(module, part) for module, names in re.findall(r"`(\w+)\.([\w.]+)`", cells) for part in names.split(".")}
    assert len(named) > 10
    assert [one for one in sorted(named) if one[1] not in _names(_domain(one[0]))] == []
    acts = {name for name in _names(_domain("hazard_life")) if not name.startswith("_")}
    assert len(acts) >= 10
    assert sorted(acts - {name for _, name in named}) == []


def test_types_and_exclusions_are_those_of_the_code() -> None:
    types = {cells[0].strip("`"): cells[1] for cells in rows(document(HAZARDS).section("The types"))}
    assert types == HAZARD_TYPES
    codes = [cells[0].strip("`") for cells in rows(document(HAZARDS).section("Why a hazard is left out"))]
    assert codes == list(Exclusion)


def _domain(module: str) -> str:
    return (PACKAGE / "domain" / f"{module}.py").read_text()


def _names(source: str) -> set[str]:
    """The names of every function and class, methods included."""
    return {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
