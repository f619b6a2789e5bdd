"""Letters written out: a template and facts become a subject, plain text, and the same words as HTML.

A template is plain text. Its first line is `Subject: …`; then paragraphs, `## ` headings and `- ` lists, with
Jinja for the facts. A landlord replaces any of them by putting a file of the same name into the letters
folder. Templates run in Jinja's sandbox and fail on a fact that does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from intakebot.errors import BadInput

LETTERS = (
    "receipt",
    "acknowledgement",
    "service_request",
    "enquiry",
    "compliment",
    "added",
    "reply",
    "read_by_a_person",
    "duty_notice",
    "address_notice",
    "clock_notice",
    "parked_notice",
    "waiting_notice",
)
_LINK = re.compile(r"(https?://[^\s<>]+[^\s<>.,;:)])")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready to send."""

    subject: str
    text: str
    html: str


class LetterBook:
    """The landlord's letters. Every template is read and compiled when the book is made.

    Raises BadInput naming each template that is wrong, and where.
    """

    def __init__(self, folder: Path | None, common: Mapping[str, Any]) -> None:
        loaders: list[BaseLoader] = [FileSystemLoader(folder)] if folder else []
        loaders.append(PackageLoader("intakebot.formats", "letters"))
        environment = SandboxedEnvironment(
            loader=ChoiceLoader(loaders),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.globals.update(common)
        wrong = []
        self._templates = {}
        for name in LETTERS:
            try:
                self._templates[name] = environment.get_template(f"{name}.txt")
            except TemplateError as error:
                wrong.append(f"letter {name}.txt: {error}")
        if wrong:
            raise BadInput("\n".join(wrong))

    def write(self, name: str, **facts: Any) -> Letter:
        """Write a letter. Raises BadInput if the template uses a fact that does not exist."""
        try:
            written = self._templates[name].render(facts)
        except TemplateError as error:
            raise BadInput(f"letter {name}.txt: {error}") from error
        first, _, body = written.lstrip().partition("\n")
        if not first.lower().startswith("subject:"):
            raise BadInput(f"letter {name}.txt: the first line must be `Subject: …`")
        body = re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"
        return Letter(" ".join(first[8:].split()), plain(body), to_html(body))


def plain(body: str) -> str:
    """A letter's body for reading as text: headings lose their marks."""
    return re.sub(r"^## ", "", body, flags=re.MULTILINE)


def to_html(body: str) -> str:
    """The same words as a page: clear type, left aligned, headings and lists as such (UKAAF clear print)."""
    blocks = [_block(block) for block in re.split(r"\n\s*\n", body.strip())]
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>\n'
        '<body style="font-family: Arial, sans-serif; font-size: 14pt; line-height: 1.5; color: #0b0c0c; '
        'background: #ffffff; max-width: 40em; margin: 1em">\n' + "\n".join(blocks) + "\n</body></html>\n"
    )


def _block(block: str) -> str:
    lines = block.strip().splitlines()
    if lines[0].startswith("## "):
        rest = "\n".join(lines[1:])
        heading = f'<h2 style="font-size: 16pt; line-height: 1.25">{_inline(lines[0][3:])}</h2>'
        return heading + ("\n" + _block(rest) if rest else "")
    if all(line.startswith("- ") for line in lines):
        return "<ul>\n" + "\n".join(f"<li>{_inline(line[2:])}</li>" for line in lines) + "\n</ul>"
    return "<p>" + "<br>\n".join(_inline(line) for line in lines) + "</p>"


def _inline(text: str) -> str:
    return _LINK.sub(r'<a href="\1">\1</a>', escape(text))
