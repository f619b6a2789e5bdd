"""Tables: figures as a report prints them, each with the sentence that says what it counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

Cell = str | int | Decimal
"""What stands in one place of a table: words, a count, or pounds."""


def printed(cell: Cell) -> str:
    """What stands in a place as people read it: numbers with a comma at the thousands.

    >>> printed(4215), printed(Decimal("1150.50")), printed("in 2024")
    ('4,215', '1,150.50', 'in 2024')
    """
    return cell if isinstance(cell, str) else f"{cell:,}"


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a report. `key` is its stable name in JSON and CSV; `base` says what was counted.

    `columns` are headings, the first over what the rows are about. `total` is the last row, or empty. `bars`
    asks for a chart of the second column.
    """

    key: str
    title: str
    base: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()
    bars: bool = False


def count_table(
    key: str, title: str, base: str, counts: Iterable[tuple[str, int]], *, about: str, bars: bool = False
) -> Table:
    """A table of one number a row, with their sum as its total; `about` is the heading over the labels."""
    rows = tuple(counts)
    return Table(key, title, base, (about, "Number"), rows, ("Total", sum(number for _, number in rows)), bars)
