"""docs/architecture.md agrees with the code: every file once, with its own first line; the floors; the errors."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter

from tests.docs.documents import PACKAGE, ROOT, document, rows

from intakebot import errors
from intakebot.service import ROLES
from intakebot.store.outbox import OUTBOX_ATTEMPTS
from intakebot.store.queues import INBOX_ATTEMPTS, Outcome

ARCHITECTURE = "docs/architecture.md"
_LINE = re.compile(r"^- `([\w/]+\.py)`: (.+)$", re.MULTILINE)


def test_every_source_file_stands_there_once_with_its_own_first_line() -> None:
    listed = _LINE.findall(document(ARCHITECTURE).section("Every file"))
    there = {
        path.relative_to(PACKAGE).as_posix(): (ast.get_docstring(ast.parse(path.read_text())) or "").splitlines()[0]
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    }
    assert len(there) > 90, "the package was not found where this test looks"
    assert [name for name, times in Counter(name for name, _ in listed).items() if times > 1] == []
    told = dict(listed)
    assert sorted(set(told) - set(there)) == [], "these files do not exist"
    wrong = [f"- `{name}`: {job}" for name, job in sorted(there.items()) if told.get(name) != job]
    assert wrong == [], f"put these lines into {ARCHITECTURE}:\n" + "\n".join(wrong)


def test_the_floors_are_those_that_are_held() -> None:
    with (ROOT / "pyproject.toml").open("rb") as handle:
        contracts = tomllib.load(handle)["tool"]["importlinter"]["contracts"]
    (layers,) = (c["layers"] for c in contracts if c["type"] == "layers" and c["containers"] == ["intakebot"])
    held = [set(re.findall(r"\w+", layer)) for layer in layers]
    (drawn,) = document(ARCHITECTURE).section("The floors").split("```")[1::2]
    floors = [set(re.findall(r"\w+", line.partition("#")[0])) for line in drawn.splitlines()[1:]]
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert len(held) > 8
    assert set().union(*floors) == there - {"__init__"}
    # `make check` refuses a file that is on no floor, so nothing drawn can stay unheld for long.
    assert [names & set().union(*held) for names in floors if names] == [names for names in held if names]


def test_every_error_is_explained_and_no_other() -> None:
    told = {cells[0].strip("`") for cells in rows(document(ARCHITECTURE).section("Failure is one rule"))}
    there = {
        name for name, value in vars(errors).items() if isinstance(value, type) and value.__module__ == errors.__name__
    }
    assert len(there) > 5
    assert told == there


def test_outcomes_roles_and_tries_are_the_real_ones() -> None:
    text = document(ARCHITECTURE).text
    assert [outcome.value for outcome in Outcome if f"`{outcome.value}`" not in text] == []
    assert f"roles as loops in one process: {', '.join(ROLES)}." in text
    assert f"After {INBOX_ATTEMPTS} tries of a message" in text
    assert re.search(rf"or\s{OUTBOX_ATTEMPTS} of a letter", text)
