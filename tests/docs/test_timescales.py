"""docs/timescales.md names functions and tests that exist, so that each of the Code's duties has an address."""

from __future__ import annotations

import ast
import re

from tests.docs.documents import PACKAGE, ROOT, document, rows

TIMESCALES = "docs/timescales.md"


def test_every_test_named_exists() -> None:
    named = set(re.findall(r"(test_\w+\.py)::(test_\w+)", document(TIMESCALES).text))
    assert len(named) > 8
    missing = [pair for pair in named if pair[1] not in _functions((ROOT / "tests" / "domain" / pair[0]).read_text())]
    assert missing == []


def test_every_function_named_exists() -> None:
    spans = [cell for cells in rows(document(TIMESCALES).section("Provisions")) for cell in cells[2:3]]
    named = set(re.findall(r"`(\w+)\.(\w+)(?:\.(\w+))?`", " ".join(spans)))
    assert len(named) > 5
    for module, name, method in named:
        there = _functions((PACKAGE / "domain" / f"{module}.py").read_text())
        assert name in there, f"{module}.{name}"
        assert not method or method in there, f"{module}.{name}.{method}"


def _functions(source: str) -> set[str]:
    """The names of every function and class in a module, methods included."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)}
