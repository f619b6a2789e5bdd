"""HTML: the document as a page of its own, or as the part of one that goes into ours. Everything in it is escaped."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from intakebot.domain.figures.tables import Cell, Table, printed
from intakebot.formats.report.charts import bars
from intakebot.formats.report.document import Document

_LETTERS = 95
"""How many letters a line across a page of paper holds."""
_LINES = 20
"""How many lines a table may have that is kept on one page; its chart takes as much again."""


def body(document: Document) -> Markup:
    """The document without its first heading, for a page that has its own."""
    return Markup(_templates().get_template("body.html").render(document=document))  # noqa: S704 - made of escaped parts


def page(document: Document) -> str:
    """The document as a whole page: one file, nothing fetched, no script."""
    return _templates().get_template("page.html").render(document=document, body=body(document))


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("intakebot.formats.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["chart"] = _chart
    environment.filters["printed"] = printed
    environment.tests["short"] = _short
    environment.tests["blank"] = _blank
    environment.tests["to_fill_in"] = _to_fill_in
    return environment


def _chart(table: Table) -> Markup:
    return Markup(bars(table))  # noqa: S704 - its words are escaped there


def _short(table: Table) -> bool:
    """Whether a page of paper holds the table whole, with its title and chart."""
    lines = sum(max(1 + len(str(cell)) * len(row) // _LETTERS for cell in row) for row in table.rows)
    return lines * (2 if table.bars else 1) <= _LINES


def _blank(cell: Cell) -> bool:
    return cell == ""


def _to_fill_in(column: int, table: Table) -> bool:
    """Whether nothing stands in the column at all, in a table that counts nothing: people write there."""
    return not table.total and all(_blank(row[column]) for row in table.rows)
