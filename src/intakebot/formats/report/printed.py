"""PDF: the same HTML, printed and tagged for screen readers (PDF/UA-1). Needs the extra `pdf` and Debian's Pango."""

from __future__ import annotations

from typing import Any

from intakebot.errors import BadInput
from intakebot.formats.report.document import Document
from intakebot.formats.report.webpage import page

MISSING = (
    "PDF needs WeasyPrint and the Pango library: install intakebot[pdf], and on Debian as root run "
    "apt-get install libpango-1.0-0 libpangoft2-1.0-0. HTML, Markdown, CSV and JSON need neither"
)


def pdf(document: Document) -> bytes:
    """The document as a tagged PDF. Raises BadInput saying what to install where it cannot be made."""
    try:
        # Only here: it takes most of a second to import, and few need it.
        import weasyprint
    except (ImportError, OSError) as error:  # OSError: the package is there and the library is not
        raise BadInput(MISSING) from error
    printed = weasyprint.HTML(string=page(document), url_fetcher=_fetch_nothing)
    written: bytes = printed.write_pdf(pdf_variant="pdf/ua-1")
    return written


def _fetch_nothing(url: str, *_: Any, **__: Any) -> Any:
    raise ValueError(f"a report asks for nothing from outside, but asked for {url}")
