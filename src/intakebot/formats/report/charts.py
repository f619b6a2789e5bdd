"""Charts: a table of counts as horizontal bars in SVG. The table always stands beside it; no script, no style."""

from __future__ import annotations

from html import escape
from textwrap import wrap

from intakebot.domain.figures.tables import Table, printed

# Heights are in em and widths in parts of the whole: on a phone the bars get shorter and the words keep their size.
_LINE = 1.3
_UNDER_WORDS = 0.1
_BAR = 1.1
_GAP = 0.6
_LONGEST_LINE = 28  # fits 320 pixels, also with the letter spacing that some readers set
_LONGEST_BAR = 85  # in parts of a hundred; the number stands after it
_BLUE = "#1d70b8"  # 5.2 to 1 against white; the outline is there for colours that readers choose


def bars(table: Table) -> str:
    """The chart of a table's second column, as SVG markup with a title and a description for screen readers."""
    most = max([*(int(row[1]) for row in table.rows), 1])
    drawn: list[str] = []
    top = 0.0
    for row in table.rows:
        for line in wrap(str(row[0]), _LONGEST_LINE):
            drawn.append(f'<text x="0" y="{top + 1:.1f}em">{escape(line)}</text>')
            top += _LINE
        drawn.append(_bar(int(row[1]), most, top + _UNDER_WORDS))
        top += _UNDER_WORDS + _BAR + _GAP
    told = escape("; ".join(f"{row[0]}: {printed(row[1])}" for row in table.rows))
    key = escape(table.key)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="{top:.1f}em" fill="currentColor" '
        f'font-family="Arial, Liberation Sans, sans-serif" role="img" '
        f'aria-labelledby="{key}-chart-title {key}-chart-words">'
        f'<title id="{key}-chart-title">Bar chart: {escape(table.title)}. The next table has its figures.</title>'
        f'<desc id="{key}-chart-words">{told}</desc>{"".join(drawn)}</svg>'
    )


def _bar(number: int, most: int, top: float) -> str:
    width = round(_LONGEST_BAR * number / most, 1)
    return (
        f'<rect x="0" y="{top:.1f}em" width="{width}%" height="{_BAR}em" fill="{_BLUE}" stroke="currentColor"/>'
        f'<text x="{width}%" dx=".5em" y="{top + 0.9:.1f}em">{printed(number)}</text>'
    )
