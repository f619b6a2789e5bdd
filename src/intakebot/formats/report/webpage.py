"""HTML: the document as a page of its own, or as the part of one that goes into ours. Everything in it is escaped."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from intakebot.domain.figures.tables import Table
from intakebot.formats.report.charts import bars
from intakebot.formats.report.document import Document


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
    return environment


def _chart(table: Table) -> Markup:
    return Markup(bars(table))  # noqa: S704 - its words are escaped there
