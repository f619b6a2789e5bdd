"""Letters written out: a template and facts become a subject, plain text, and the same words as HTML.

A template is plain text. Its first line is `Subject: …`; then paragraphs, `## ` headings and `- ` lists, with
Jinja for the facts. A landlord replaces any of them by putting a file of the same name into the letters
folder. Templates run in Jinja's sandbox and fail on a fact that does not exist.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FileSystemLoader,
    PackageLoader,
    Template,
    TemplateError,
)
from jinja2.sandbox import SandboxedEnvironment

from intakebot.config.settings import Landlord
from intakebot.config.settings import Ombudsman as OmbudsmanSettings
from intakebot.domain.letter_kinds import LETTER_KINDS
from intakebot.domain.letter_parts import CommonFacts, OmbudsmanContact
from intakebot.domain.letters import LetterFacts
from intakebot.domain.records import Ombudsman
from intakebot.errors import BadInput
from intakebot.formats.letter_faults import Unknown, fault

LETTERS = tuple(kind.name for kind in LETTER_KINDS)
_LINK = re.compile(r"(https?://[^\s<>]+[^\s<>.,;:)])")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready to send."""

    subject: str
    text: str
    html: str


class _Sandbox(SandboxedEnvironment):
    """Jinja's sandbox, which remembers what it found safe: it asks only about the type and the attribute's name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._safe: dict[tuple[type, str], bool] = {}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may read this attribute."""
        key = type(obj), attr
        if key not in self._safe:
            self._safe[key] = super().is_safe_attribute(obj, attr, value)
        return self._safe[key]


class LetterBook:
    """The landlord's letters, each template read when it is first used. `check` in `letter_check` tries them all."""

    def __init__(self, folder: Path | None, landlord: Landlord, sender_name: str) -> None:
        loaders: list[BaseLoader] = [FileSystemLoader(folder)] if folder else []
        loaders.append(PackageLoader("intakebot.formats", "letters"))
        self._environment = _Sandbox(
            loader=ChoiceLoader(loaders),
            undefined=Unknown,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals.update({"landlord": landlord, "sender_name": sender_name})
        self._templates: dict[str, Template] = {}
        self.common = CommonFacts(
            {Ombudsman.HOS: _contact(landlord.ombudsman), Ombudsman.LGSCO: _contact(landlord.lgsco)},
            landlord.policy_url,
        )

    def _template(self, name: str) -> Template:
        if name not in self._templates:
            try:
                self._templates[name] = self._environment.get_template(f"{name}.txt")
            except (TemplateError, UnicodeDecodeError, OSError) as error:
                raise fault(name, error, self._environment, {}) from error
        return self._templates[name]

    def write(self, name: str, ombudsman: Ombudsman = Ombudsman.HOS, **facts: Any) -> Letter:
        """Write a letter. It names the Ombudsman of its case, or for letters without `case` the one given.

        Raises BadInput if the template is wrong or uses a fact that does not exist.
        """
        template, case = self._template(name), facts.get("case")
        contact = self.common.ombudsmen[case.ombudsman if isinstance(case, LetterFacts) else ombudsman]
        try:
            written = template.render(facts, ombudsman=contact)
        except Exception as error:  # a template is the landlord's own, and may fail in any way
            raise fault(name, error, self._environment, facts | {"ombudsman": contact}) from error
        first, _, body = written.lstrip().partition("\n")
        if not first.lower().startswith("subject:") or not first[8:].strip():
            raise BadInput(f"letter {name}.txt, line 1: it must be `Subject: …`")
        if not body.strip():
            raise BadInput(f"letter {name}.txt: it says nothing after its subject")
        body = re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"
        return Letter(" ".join(first[8:].split()), plain(body), to_html(body))

    def with_link(self, letter: Letter, link: str) -> Letter:
        """The letter with its reader's private link under it: `status_link.txt`, its subject as a heading."""
        added = self.write("status_link", link=link)
        blocks = _blocks(f"## {added.subject}\n\n{added.text}")
        html = letter.html.replace("</body>", f"{blocks}\n</body>")
        return replace(letter, text=f"{letter.text.rstrip()}\n\n{added.subject}\n\n{added.text}", html=html)


def _contact(details: OmbudsmanSettings) -> OmbudsmanContact:
    return OmbudsmanContact(details.name, details.phone, details.email, details.post, details.website)


def plain(body: str) -> str:
    """A letter's body for reading as text: headings lose their marks."""
    return re.sub(r"^## ", "", body, flags=re.MULTILINE)


def to_html(body: str) -> str:
    """The same words as a page: clear type, left aligned, headings and lists as such (UKAAF clear print)."""
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>\n'
        '<body style="font-family: Arial, sans-serif; font-size: 14pt; line-height: 1.5; color: #0b0c0c; '
        'background: #ffffff; max-width: 40em; margin: 1em">\n' + _blocks(body) + "\n</body></html>\n"
    )


def _blocks(body: str) -> str:
    # Marks for text, none of which is a mark of a block, are made once for the whole letter: block by block is slower.
    written = _LINK.sub(r'<a href="\1">\1</a>', escape(body.strip()))
    return "\n".join(_block(block) for block in re.split(r"\n\s*\n", written))


def _block(block: str) -> str:
    lines = block.strip().splitlines()
    if lines[0].startswith("## "):
        rest = "\n".join(lines[1:])
        heading = f'<h2 style="font-size: 16pt; line-height: 1.25">{lines[0][3:]}</h2>'
        return heading + ("\n" + _block(rest) if rest else "")
    if all(line.startswith("- ") for line in lines):
        return "<ul>\n" + "\n".join(f"<li>{line[2:]}</li>" for line in lines) + "\n</ul>"
    return "<p>" + "<br>\n".join(lines) + "</p>"
