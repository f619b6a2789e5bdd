"""Forms: which forms a report can have, and a document written out in one of them."""

from __future__ import annotations

from enum import StrEnum

from intakebot.formats.report.document import Document
from intakebot.formats.report.plain import as_json, comma_separated, markdown
from intakebot.formats.report.printed import pdf
from intakebot.formats.report.webpage import page


class Form(StrEnum):
    """A form of a report; the value is also how its file's name ends."""

    HTML = "html"
    PDF = "pdf"
    CSV = "csv"
    MD = "md"
    JSON = "json"

    @property
    def content_type(self) -> str:
        """What a browser is told it is."""
        return {
            Form.HTML: "text/html",
            Form.PDF: "application/pdf",
            Form.CSV: "text/csv",
            Form.MD: "text/markdown",
            Form.JSON: "application/json",
        }[self]


def write(document: Document, form: Form) -> bytes:
    """The document in this form. Raises BadInput where PDF is asked for and cannot be made here."""
    if form is Form.PDF:
        return pdf(document)
    writers = {Form.HTML: page, Form.CSV: comma_separated, Form.MD: markdown, Form.JSON: as_json}
    return writers[form](document).encode()
