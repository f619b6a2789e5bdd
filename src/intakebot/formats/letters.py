"""Letters written out: a template and facts become a subject, plain text, and the same words as HTML.

A template is plain text. Its first line is `Subject: …`; then paragraphs, `## ` headings and `- ` lists, with
Jinja for the facts. A landlord replaces any of them by putting a file of the same name into the letters
folder. Templates run in Jinja's sandbox and fail on a fact that does not exist.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.sandbox import SandboxedEnvironment

from intakebot.errors import BadInput
from intakebot.formats.samples import samples

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
    """The landlord's letters. When the book is made, every template is read and tried with made-up facts.

    Raises BadInput naming each template that is wrong, and where.
    """

    def __init__(self, folder: Path | None, common: Mapping[str, Any]) -> None:
        loaders: list[BaseLoader] = [FileSystemLoader(folder)] if folder else []
        loaders.append(PackageLoader("intakebot.formats", "letters"))
        self._environment = SandboxedEnvironment(
            loader=ChoiceLoader(loaders),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals.update(common)
        self._templates: dict[str, Template] = {}
        wrong = _misplaced(folder) if folder else []
        for name in LETTERS:
            try:
                self._try_out(name)
            except BadInput as error:
                wrong.append(str(error))
        if wrong:
            raise BadInput("\n".join(wrong))

    def _try_out(self, name: str) -> None:
        try:
            self._templates[name] = self._environment.get_template(f"{name}.txt")
        except (TemplateError, UnicodeDecodeError, OSError) as error:
            raise _wrong(name, error) from error
        for facts in samples(name):
            self.write(name, **facts)

    def write(self, name: str, **facts: Any) -> Letter:
        """Write a letter. Raises BadInput if the template uses a fact that does not exist."""
        try:
            written = self._templates[name].render(facts)
        except Exception as error:  # a template is the landlord's own, and may fail in any way
            raise _wrong(name, error) from error
        first, _, body = written.lstrip().partition("\n")
        if not first.lower().startswith("subject:") or not first[8:].strip():
            raise BadInput(f"letter {name}.txt, line 1: it must be `Subject: …`")
        if not body.strip():
            raise BadInput(f"letter {name}.txt: it says nothing after its subject")
        body = re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"
        return Letter(" ".join(first[8:].split()), plain(body), to_html(body))


def _misplaced(folder: Path) -> list[str]:
    if not folder.is_dir():
        return [f"there is no folder {folder}; `letters` names the folder of your own letters"]
    names = sorted(file.stem for file in folder.glob("*.txt") if not file.name.startswith("_"))
    return [
        f"letter {name}.txt: there is no such letter, only {', '.join(LETTERS)}" for name in set(names) - {*LETTERS}
    ]


def _wrong(name: str, error: Exception) -> BadInput:
    """What is wrong with a template, and on which line; of other faults only the kind, for their words may be facts."""
    file, line = f"{name}.txt", 0
    if isinstance(error, TemplateSyntaxError):
        file, line = error.name or file, error.lineno
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.endswith(".txt"):
            file, line = Path(frame.filename).name, frame.lineno or 0
    match error:
        case TemplateNotFound():
            what = f"it includes {error.name}, which is not there"
        case TemplateError():
            what = str(error.message)
        case UnicodeDecodeError():
            what = "it is not UTF-8 text"
        case _:
            what = f"it cannot be written ({type(error).__name__})"
    return BadInput(f"letter {file}{f', line {line}' if line else ''}: {what}")


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
