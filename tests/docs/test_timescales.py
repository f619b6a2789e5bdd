"""docs/timescales.md names functions and tests that exist, so that each of the Code's duties has an address."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from tests.docs.documents import PACKAGE, ROOT, document, rows

from intakebot.domain.figures.provisions import PROVISIONS

TIMESCALES = "docs/timescales.md"
NO_SOFTWARE = "no software"
_TEST = re.compile(r"`((?:\w+/)*test_\w+\.py)::(test_\w+)`")
_FUNCTION = re.compile(r"`([a-z_]\w*(?:\.\w+)+)`")


def provisions() -> list[list[str]]:
    """The rows of the map: provision, what we do, functions, tests."""
    return list(rows(document(TIMESCALES).section("Provisions")))


def test_every_row_has_a_function_and_a_test_or_says_why_not() -> None:
    found = provisions()
    assert len(found) > 15
    for provision, what, functions, tests in found:
        if functions == NO_SOFTWARE:
            assert len(what) > 15, f"{provision}: say why"
        else:
            assert _FUNCTION.search(functions), f"{provision} names no function"
            assert _TEST.search(tests), f"{provision} names no test"
            assert not _TEST.sub("", tests).strip(" ,"), f"{provision}: {tests} has something else in it"
            assert not _FUNCTION.sub("", functions).strip(" ,"), f"{provision}: {functions} has something else in it"


def test_every_provision_of_the_code_has_a_row() -> None:
    rows_of_code = [cells[0].removeprefix("Code ") for cells in provisions() if cells[0].startswith("Code ")]
    named = {clause.strip() for row in rows_of_code for clause in row.split(",")}
    clauses = [provision.clause for provision in PROVISIONS]
    assert len(clauses) > 70
    assert [clause for clause in clauses if clause not in named] == []
    assert sorted(named - set(clauses)) == []


def test_every_test_named_exists() -> None:
    named = set(_TEST.findall(document(TIMESCALES).text))
    assert len(named) > 15
    assert sorted(f"{file}::{name}" for file, name in named if name not in _names(_test_file(file))) == []


def test_every_function_named_exists() -> None:
    named = {name for cells in provisions() for name in _FUNCTION.findall(cells[2])}
    assert len(named) > 15
    assert sorted(name for name in named if not _is_there(name)) == []


@pytest.mark.parametrize("wrong", ["timescales.no_such", "timescales.Clock.no_such", "no_such.due_dates"])
def test_a_function_that_does_not_exist_would_be_found(wrong: str) -> None:
    assert _is_there("timescales.Clock.status")
    assert _is_there("deadlines.Deadlines.tell")
    assert not _is_there(wrong)


def _test_file(name: str) -> Path:
    return ROOT / "tests" / (name if "/" in name else f"domain/{name}")


def _is_there(dotted: str) -> bool:
    """Whether a module of the domain or of the package, by its dotted path, has all the names after it."""
    parts = dotted.split(".")
    for folder in (PACKAGE / "domain", PACKAGE):
        for length in range(1, len(parts)):
            file = folder.joinpath(*parts[:length]).with_suffix(".py")
            if file.is_file() and set(parts[length:]) <= _names(file):
                return True
    return False


@cache
def _names(file: Path) -> frozenset[str]:
    """The names of every function, class and method in a file, and of values set at its top; none without the file."""
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text())
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    defined = {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
    values = {
        node.target.id for node in tree.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    return frozenset(defined | values)
