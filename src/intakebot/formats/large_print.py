"""Large print: a letter as a page at the size its reader asked for, for mail and for paper.

Sizes are real ones, in points. A4, spacing 1.5, left aligned, sans serif; no italics, underlining, columns or
words split over lines (UKAAF G003; accessibility.md 3).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from intakebot.domain.needs import print_size
from intakebot.formats.letters import Letter

_BODY: Final = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL | re.IGNORECASE)
_STYLED: Final = re.compile(r"<(h\d|p|ul|li|a)\b([^>]*?)\s+style=\"[^\"]*\"", re.IGNORECASE)
_SPACED: Final = re.compile(r"<(p|ul)>")


def in_large_print(letter: Letter, points: int) -> Letter:
    """The letter with its page in large print; the plain text says the same words, and has no size of its own."""
    return replace(letter, html=page_in_large_print(letter.html, points))


def page_in_large_print(html: str, points: int) -> str:
    """A page of ours at this size in points, kept within 16 and 28. Raises ValueError for what is no page."""
    found = _BODY.search(html)
    if found is None:
        raise ValueError("this is no page of a letter")
    size = print_size(max(points, 1))
    # Mail programs drop the styles of the head, so that what counts most stands at the elements too.
    base = f"font-size: {size}pt; line-height: 1.5; font-style: normal; text-align: left"
    words = _STYLED.sub(r"<\1\2", found[1].replace("<main>", "").replace("</main>", ""))
    words = words.replace("<h2>", f'<h2 style="{base}; font-weight: bold; margin: 1.5em 0 0.5em">')
    words = words.replace("<a ", '<a style="color: #0b0c0c; text-decoration: none; font-weight: bold" ')
    words = _SPACED.sub(rf'<\1 style="{base}; margin: 0 0 1em">', words).replace("<li>", f'<li style="{base}">')
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Letter in large print</title>\n'
        f"<style>\n{_sheet(size)}</style></head>\n"
        f'<body style="font-family: Arial, sans-serif; {base}; color: #0b0c0c; background: #ffffff; margin: 1em">\n'
        f"<main>{words}</main>\n</body></html>\n"
    )


def _sheet(size: int) -> str:
    return (
        f"@page {{ size: A4; margin: 20mm; @bottom-left {{ content: counter(page); "
        f"font: {size}pt Arial, sans-serif; }} }}\n"
        f"html, body, main, h1, h2, p, ul, ol, li, a, td, th {{ font-size: {size}pt; line-height: 1.5; "
        "font-style: normal; text-decoration: none; text-align: left; hyphens: manual; word-break: normal; }\n"
        "a { overflow-wrap: anywhere; }\n"
        "h2, li, p { break-inside: avoid; orphans: 3; widows: 3; }\n"
        "h2 { break-after: avoid; }\n"
    )
