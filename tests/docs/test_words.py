"""The glossary knows every class of the domain; records and figures in the documents agree with the code."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest
from tests.docs.documents import DOCS, PACKAGE, ROOT, all_documents, document, rows

from intakebot.store.outbox import OUTBOX_ATTEMPTS
from intakebot.store.queues import INBOX_ATTEMPTS, retry_delay


def test_every_public_class_of_the_domain_has_an_entry() -> None:
    there = {
        node.name
        for path in (PACKAGE / "domain").glob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }
    assert len(there) > 40, "the domain was not found where this test looks"
    told = {
        span
        for line in document("docs/glossary.md").text.splitlines()
        if line.startswith("- **")
        for span in _spans(line)
    }
    assert sorted(there - told) == [], "give these a line in docs/glossary.md"


def test_documents_do_not_use_the_words_the_glossary_rules_out() -> None:
    looked_at, found = 0, []
    for one in all_documents():
        if one.name == "docs/glossary.md":
            continue
        looked_at += 1
        found += [f"{one.name}: {word}" for word in re.findall(r"\b(?:tickets?|SLAs?|utils|customers?)\b", one.prose)]
    assert looked_at > 15
    assert found == []


def test_every_decision_is_in_the_index_under_its_own_title() -> None:
    records = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    assert len(records) >= 11
    index = document("docs/decisions/README.md").text
    lines = [f"- [{path.name[:4]}]({path.name}) {path.read_text().splitlines()[0][7:]}" for path in records]
    assert [line for line in lines if line not in index.splitlines()] == []
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))


def test_every_dependency_has_its_reason_and_no_other() -> None:
    with (ROOT / "pyproject.toml").open("rb") as handle:
        project = tomllib.load(handle)["project"]
    wanted = project["dependencies"] + [text for extra in project["optional-dependencies"].values() for text in extra]
    names = {found[0] for text in wanted if (found := re.match(r"[a-z0-9-]+", text))}
    told = {cells[0].strip("`") for cells in rows(document("docs/decisions/0010-dependencies.md").text)}
    assert len(names) > 10
    assert told == names


@pytest.mark.parametrize(
    ("attempts", "unit", "seconds"), [(INBOX_ATTEMPTS, "minutes", 60), (OUTBOX_ATTEMPTS, "hours", 3600)]
)
def test_how_long_a_message_and_a_letter_are_tried_is_what_operations_says(
    attempts: int, unit: str, seconds: int
) -> None:
    means = [sum(retry_delay(n).total_seconds() for _ in range(200)) / 200 for n in range(1, attempts)]
    found = re.search(rf"{attempts} times in about (\d+)\s{unit}", document("docs/operations.md").text)
    assert found
    assert abs(int(found[1]) - sum(means) / seconds) < 1.5


def _spans(line: str) -> list[str]:
    return re.findall(r"`(\w+)`", line)
