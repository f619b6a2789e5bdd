"""The documents as tests see them: their text, code spans, code blocks, links, tables and headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PACKAGE = ROOT / "src" / "intakebot"

_FENCE = re.compile(r"^```([a-z]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """One Markdown file."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Its path from the repository's root."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def prose(self) -> str:
        """The text without code blocks."""
        return _FENCE.sub("", self.text)

    def blocks(self, language: str) -> list[str]:
        """The code blocks in one language."""
        return [found[2] for found in _FENCE.finditer(self.text) if found[1] == language]

    def spans(self) -> list[str]:
        """What stands in `code` in the prose."""
        return _SPAN.findall(self.prose)

    def links(self) -> list[str]:
        """Where its links and pictures point."""
        return _LINK.findall(self.prose)

    def anchors(self) -> set[str]:
        """Its headings as link targets."""
        return {anchor(heading) for heading in _HEADING.findall(self.prose)}

    def section(self, heading: str) -> str:
        """What stands under a heading, up to the next of its level or above. Raises LookupError if it is not there."""
        found = re.search(rf"^(#+) {re.escape(heading)}$", self.text, re.MULTILINE)
        if found is None:
            raise LookupError(f"{self.name} has no heading {heading}")
        following = re.search(rf"^#{{1,{len(found[1])}}} ", self.text[found.end() :], re.MULTILINE)
        return self.text[found.end() : found.end() + following.start() if following else None]


def anchor(heading: str) -> str:
    """A heading as the target of a link, the way GitHub and others make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every table row in `text`, headings and rulers left out."""
    previous: list[str] = []
    for line in text.splitlines():
        if not line.startswith("|"):
            previous = []
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if previous and not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            yield cells
        previous = cells


def document(name: str) -> Document:
    """One document by its path from the root."""
    path = ROOT / name
    return Document(path, path.read_text())


def all_documents() -> list[Document]:
    """Every document of the repository."""
    paths = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGES.md")] + sorted(DOCS.rglob("*.md"))
    return [Document(path, path.read_text()) for path in paths]
