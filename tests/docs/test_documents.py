"""What the documents mention exists: commands and their options, files, links, pages, make's words, class names."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from tests.docs.documents import DOCS, PACKAGE, ROOT, Document, all_documents

from intakebot.cli.app import app
from intakebot.service import ROLES
from intakebot.web.app import _FORM, _PAGES

ENDINGS = ("py", "md", "toml", "txt", "scss", "sh", "csv", "json", "yml", "html", "eml", "db")
# Made by running the service, by set-up, or by the reader of the document.
MADE_LATER = ("data", "mail-out", "letters", ".venv/", "intakebot.toml", "copy", "src/intakebot/web/static/govuk/")
_PATH = re.compile(rf"[\w.$*-]*(?:/[\w.*-]+)*(?:/|\.(?:{'|'.join(ENDINGS)}))")
_TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)
_CLASS = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+)+|[A-Z][a-z]+")


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    found = all_documents()
    assert len(found) >= 20, "the documents were not found where these tests look"
    return found


def test_every_command_mentioned_exists_with_its_options(documents: list[Document]) -> None:
    mentioned = [(one.name, words) for one in documents for words in _commands(one)]
    assert len(mentioned) > 20
    assert [f"{name}: intakebot {' '.join(words)}" for name, words in mentioned if not _is_command(words)] == []


def test_a_command_that_does_not_exist_would_be_found() -> None:
    assert _is_command(["serve", "--roles", "smtp,web"])
    assert _is_command(["users", "add", "priya@example.org", "--name", "Priya Shah"])
    for wrong in (
        ["report", "monthly"],
        ["serve", "--nothing"],
        ["users", "promote"],
        ["serve", "--roles", "pigeon"],
    ):
        assert not _is_command(wrong), wrong


def test_every_command_there_is_stands_in_some_document(documents: list[Document]) -> None:
    mentioned = {" ".join(words) for one in documents for words in _commands(one)}
    there = set(_subcommands(typer.main.get_command(app)))
    assert len(there) > 5
    assert [name for name in there if not any(f"{said} ".startswith(f"{name} ") for said in mentioned)] == []


def test_every_word_of_make_mentioned_exists(documents: list[Document]) -> None:
    targets = set(_TARGET.findall((ROOT / "Makefile").read_text()))
    mentioned = {
        (one.name, found[1])
        for one in documents
        for text in (*one.spans(), *"\n".join(one.blocks("sh")).splitlines())
        if (found := re.match(r"make ([a-z-]+)", text))
    }
    assert len(mentioned) > 8
    assert sorted(pair for pair in mentioned if pair[1] not in targets) == []


def test_every_file_mentioned_exists(documents: list[Document]) -> None:
    names = {path.name for folder in ("src", "tests", "tools", "docs") for path in (ROOT / folder).rglob("*")}
    mentioned = [(one, span) for one in documents for span in one.spans() if _is_path(span)]
    assert len(mentioned) > 150
    assert [f"{one.name}: {span}" for one, span in mentioned if not _there(one, span, names)] == []


def test_every_link_leads_somewhere(documents: list[Document]) -> None:
    looked_at, broken = 0, []
    for one in documents:
        for link in one.links():
            looked_at += 1
            file, _, anchor = link.partition("#")
            target = (one.path.parent / file).resolve() if file else one.path
            if not target.is_file():
                broken.append(f"{one.name}: {link} is not there")
            elif anchor and anchor not in Document(target, target.read_text()).anchors():
                broken.append(f"{one.name}: {link} has no such heading")
    assert looked_at > 40
    assert broken == []


def test_every_document_is_linked_from_somewhere(documents: list[Document]) -> None:
    linked = {(one.path.parent / link.partition("#")[0]).resolve() for one in documents for link in one.links()}
    assert [one.name for one in documents if one.path not in linked and one.name != "README.md"] == []


def test_every_page_mentioned_is_served(documents: list[Document]) -> None:
    served = {route.path for pages in (*_PAGES, *_FORM) for route in pages.routes()}
    mentioned = {(one.name, span) for one in documents for span in one.spans() if re.fullmatch(r"/[a-z/-]*", span)}
    assert len(mentioned) >= 3
    assert sorted(pair for pair in mentioned if pair[1] not in served) == []


def test_every_class_and_error_mentioned_exists(documents: list[Document]) -> None:
    classes = set(_classes())
    assert len(classes) > 100
    mentioned = {
        (one.name, found[0])
        for one in documents
        for span in one.spans()
        if (found := _CLASS.fullmatch(span.partition(".")[0])) and not span.startswith("INTAKEBOT")
    }
    assert len(mentioned) > 50
    assert sorted(pair for pair in mentioned if pair[1] not in classes) == []


def _subcommands(command: Any) -> dict[str, Any]:
    """The commands under a command; typer brings a click of its own, so there is no type to ask for."""
    found: dict[str, Any] = getattr(command, "commands", {})
    return found


def _commands(one: Document) -> Iterator[list[str]]:
    """The words after `intakebot` wherever a document shows a command."""
    shown = [*one.spans(), *"\n".join(one.blocks("sh")).splitlines()]
    for text in shown:
        found = re.match(r"(?:\.venv/bin/)?intakebot ([a-z].*)", text.partition(" #")[0].strip())
        if found:
            yield shlex.split(found[1])


def _is_command(words: list[str]) -> bool:
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while rest and rest[0] in _subcommands(command):
        command = _subcommands(command)[rest.pop(0)]
    if _subcommands(command) and not command.invoke_without_command:
        return False
    options = {option: parameter for parameter in command.params for option in parameter.opts}
    takes = any(parameter.param_type_name == "argument" for parameter in command.params)
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            if word not in options:
                return False
            value = rest.pop(0) if not getattr(options[word], "is_flag", False) and rest else ""
            if word == "--roles" and not set(value.split(",")) <= set(ROLES):
                return False
        elif not takes:
            return False
    return True


def _is_path(span: str) -> bool:
    return bool(_PATH.fullmatch(span)) and not span.startswith(("/", ".e", "."))


def _there(one: Document, span: str, names: set[str]) -> bool:
    if span.startswith(MADE_LATER):
        return True
    path = span.rstrip("/")
    if any((folder / path).exists() for folder in (ROOT, one.path.parent, PACKAGE, DOCS)):
        return True
    return "/" not in span and path in names


def _classes() -> Iterator[str]:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                yield node.name
