"""Plain forms of a document: Markdown to read and paste, CSV for a spreadsheet, JSON for programs."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from typing import Any

from intakebot.domain.figures.measures import TenantSatisfaction
from intakebot.domain.figures.tables import Cell, Table, printed
from intakebot.formats.report.document import Document

_FORMULA = tuple("=+-@＝＋－＠")
"""How a formula begins, also in the full-width forms that spreadsheets turn into these."""
_MARKS = re.compile(r"[\\`*_\[<|~]|^[#>]|&(?=#?\w+;)")
_LIST = re.compile(r"^(\d{0,9})([-+=.)])(?=\s|$)")


def markdown(document: Document) -> str:
    """Markdown with a table for each table and a sentence for its base."""
    parts = [f"# {_said(document.title)}", _said(f"{document.landlord}. {document.period.words}. {document.made}")]
    if document.not_final:
        parts += ["**These figures are not final.**", "\n".join(f"- {_said(one)}" for one in document.not_final)]
    if document.warnings:
        parts += ["**Something seems to be missing.**", "\n".join(f"- {_said(one)}" for one in document.warnings)]
    for section in document.sections:
        parts += [f"## {_said(section.heading)}", *map(_said, section.sentences)]
        for table in section.tables:
            base = [_said(table.base)] if table.base else []
            title = [] if table.title == section.heading else [f"### {_said(table.title)}"]
            parts += [*title, *base, _markdown_table(table)]
    return "\n\n".join(parts) + "\n"


def _markdown_table(table: Table) -> str:
    if not table.rows:
        return "None."
    numeric = [isinstance(cell, int | Decimal) for cell in table.rows[0]]
    ruler = ["---:" if number else "---" for number in numeric]
    rows = [*table.rows, *([table.total] if table.total else [])]
    first, *others = [[_said(cell) for cell in row] for row in (table.columns, *rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (first, ruler, *others))


def _said(words: Cell) -> str:
    """Words that stay words, on one line: officers write some of them, and Markdown lets HTML and links through."""
    line = _MARKS.sub(r"\\\g<0>", " ".join(printed(words).split()))
    return _LIST.sub(r"\1\\\2", line)


def comma_separated(document: Document) -> str:
    """CSV with a line for each figure: the table's key, the row, the column, and the value.

    What the figures are of, and whether they can still change, stands first under the table "report".
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")  # RFC 4180
    writer.writerow(("table", "row", "column", "value"))
    writer.writerow(("report", "period", "from", document.period.first.isoformat()))
    writer.writerow(("report", "period", "to", document.period.last.isoformat()))
    writer.writerow(("report", "made", "on", document.made_on.isoformat()))
    writer.writerow(("report", "final", "", "no" if document.not_final else "yes"))
    for sentence in document.not_final:
        writer.writerow(("report", "not final", "because", _harmless(sentence)))
    for sentence in document.warnings:
        writer.writerow(("report", "warning", "", _harmless(sentence)))
    for table in document.tables:
        for row in (*table.rows, *([table.total] if table.total else [])):
            for column, cell in zip(table.columns[1:], row[1:], strict=True):
                writer.writerow((table.key, _harmless(row[0]), _harmless(column), _harmless(cell)))
    return written.getvalue()


def _harmless(cell: Cell) -> Cell:
    """Words that a spreadsheet would take for a formula are marked as words."""
    if not isinstance(cell, str):
        return cell
    # A tab or a carriage return in front is cut off by a spreadsheet, and so are spaces.
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(("\t", "\r")) else cell


def as_json(document: Document) -> str:
    """JSON: every table by its key. Pounds and rates are text, so that nothing rounds them again."""
    return json.dumps(_json(document), ensure_ascii=False, indent=2) + "\n"


def _json(document: Document) -> dict[str, Any]:
    measures = document.measures
    return {
        "title": document.title,
        "landlord": document.landlord,
        "period": {"from": document.period.first.isoformat(), "to": document.period.last.isoformat()},
        "made_on": document.made_on.isoformat(),
        "final": not document.not_final,
        "not_final": list(document.not_final),
        "warnings": list(document.warnings),
        **({} if measures is None else {"measures": _measures(measures)}),
        "tables": {table.key: _json_table(table) for table in document.tables},
    }


def _measures(told: TenantSatisfaction) -> dict[str, Any]:
    return {
        "requirements_version": told.requirements_version,
        "withdrawn_in_ch02": told.withdrawn_rule.value,
        "homes": {"lcra": told.homes.lcra, "lcho": told.homes.lcho},
        "still_open": told.still_open,
        "outside": dict(told.outside),
        "values": [
            {
                "code": m.code,
                "stock": m.stock,
                "value": None if m.value is None else str(m.value),
                "shown": m.shown,
                "unit": m.unit,
                "count": m.count,
                "base": m.base,
                "still_open": m.still_open,
            }
            for m in told.measures
        ],
    }


def _json_table(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "base": table.base,
        "columns": list(table.columns),
        "rows": [[_json_cell(cell) for cell in row] for row in table.rows],
        "total": [_json_cell(cell) for cell in table.total] or None,
    }


def _json_cell(cell: Cell) -> str | int:
    return str(cell) if isinstance(cell, Decimal) else cell
