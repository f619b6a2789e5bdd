"""Charts: a table of counts as horizontal bars in SVG. The table always stands beside it; no script."""

from __future__ import annotations

from html import escape
from textwrap import wrap

from intakebot.domain.figures.tables import Table

_WIDTH = 640
_LINE = 20
_BAR = 18
_GAP = 10
_LONGEST_LINE = 80
_BLUE = "#1d70b8"  # 5.2 to 1 against white
_FONT = 'font-family="Arial, Liberation Sans, sans-serif" font-size="15" fill="#0b0c0c"'


def bars(table: Table) -> str:
    """The chart of a table's second column, as SVG markup with a title and a description for screen readers."""
    most = max([*(int(row[1]) for row in table.rows), 1])
    drawn = [f'<text x="0" y="15" {_FONT} font-weight="bold">{escape(table.title)}</text>']
    top = _LINE + _GAP
    for row in table.rows:
        label = wrap(str(row[0]), _LONGEST_LINE)
        drawn += [
            f'<text x="0" y="{top + 15 + n * _LINE}" {_FONT}>{escape(line)}</text>' for n, line in enumerate(label)
        ]
        top += len(label) * _LINE
        drawn.append(_bar(int(row[1]), most, top))
        top += _BAR + _GAP
    told = escape("; ".join(f"{row[0]}: {row[1]}" for row in table.rows))
    key = escape(table.key)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" width="100%" role="img" '
        f'aria-labelledby="{key}-chart-title {key}-chart-words">'
        f'<title id="{key}-chart-title">Bar chart: {escape(table.title)}. The next table has its figures.</title>'
        f'<desc id="{key}-chart-words">{told}</desc>{"".join(drawn)}</svg>'
    )


def _bar(number: int, most: int, top: int) -> str:
    width = round((_WIDTH - 60) * number / most, 1)
    return (
        f'<rect x="0" y="{top}" width="{width}" height="{_BAR}" fill="{_BLUE}"/>'
        f'<text x="{width + 8}" y="{top + 14}" {_FONT}>{number}</text>'
    )
