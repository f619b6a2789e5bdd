"""The style card, counted: every module says its job, and no file or function outgrows its ceiling.

Each test also counts what it looked at, so that a moved folder cannot turn it into a test of nothing.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "intakebot"
LINES_IN_A_FILE = 400
LINES_IN_A_FUNCTION = 60

# Path or "path::function", and why it may be longer. Keep this short: first ask whether it does two jobs.
EXCEPTIONS: dict[str, str] = {
    "store/migrations/versions/0001_initial_tables.py::upgrade": "A list of tables, written by a tool.",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.fixture(scope="module")
def modules() -> dict[str, str]:
    found = {path.relative_to(PACKAGE).as_posix(): path.read_text() for path in sorted(PACKAGE.rglob("*.py"))}
    assert len(found) > 30, "the package was not found where these tests look"
    return found


def test_every_module_says_its_job(modules: dict[str, str]) -> None:
    silent = [name for name, source in modules.items() if not ast.get_docstring(ast.parse(source))]
    assert silent == []


def test_no_file_outgrows_its_ceiling(modules: dict[str, str]) -> None:
    lengths = {name: len(source.splitlines()) for name, source in modules.items()}
    too_long = {name: lines for name, lines in lengths.items() if lines > LINES_IN_A_FILE and name not in EXCEPTIONS}
    assert too_long == {}


def test_no_function_outgrows_its_ceiling(modules: dict[str, str]) -> None:
    lengths = {
        f"{name}::{function.name}": _lines(function)
        for name, source in modules.items()
        for function in ast.walk(ast.parse(source))
        if isinstance(function, Function)
    }
    assert len(lengths) > 100
    too_long = {
        name: lines for name, lines in lengths.items() if lines > LINES_IN_A_FUNCTION and name not in EXCEPTIONS
    }
    assert too_long == {}


def test_everything_public_in_the_domain_is_explained(modules: dict[str, str]) -> None:
    looked_at, silent = 0, []
    for name, source in modules.items():
        if not name.startswith(("domain/", "channels/base", "classifiers/base")):
            continue
        for label, node in _public(ast.parse(source)):
            looked_at += 1
            if not ast.get_docstring(node):
                silent.append(f"{name}::{label}")
    assert looked_at > 50
    assert silent == []


def test_exceptions_are_still_needed(modules: dict[str, str]) -> None:
    for exception, reason in EXCEPTIONS.items():
        name, _, function = exception.partition("::")
        assert reason.endswith("."), f"{exception}: give the reason as a sentence"
        longest = len(modules[name].splitlines())
        if function:
            nodes = (n for n in ast.walk(ast.parse(modules[name])) if isinstance(n, Function) and n.name == function)
            longest = max(_lines(node) for node in nodes)
        assert longest > (LINES_IN_A_FUNCTION if function else LINES_IN_A_FILE), f"{exception} has shrunk: take it out"


def _lines(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _public(module: ast.Module) -> list[tuple[str, ast.ClassDef | Function]]:
    """Public classes and functions, and the public methods of those classes."""
    found: list[tuple[str, ast.ClassDef | Function]] = []
    for node in module.body:
        if not isinstance(node, ast.ClassDef | Function) or node.name.startswith("_"):
            continue
        found.append((node.name, node))
        if isinstance(node, ast.ClassDef):
            inside = (n for n in node.body if isinstance(n, Function) and not n.name.startswith("_"))
            found.extend((f"{node.name}.{method.name}", method) for method in inside)
    return found
