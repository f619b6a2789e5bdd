"""HTML mail to readable text: tables kept, hidden things and scripts gone, quotes marked as plain text marks them.

The layout is inscriptis's work. Around it: nesting beyond what libxml2 reads (255 levels; deeper words vanish
without a word) and tables that would be padded to gigabytes go to a plain tag stripper; sizes in style
attributes are removed (a margin of 100000em is a hundred thousand spaces); `blockquote type=cite` becomes
"> " lines, so that quotes.py need only know one form.
"""

from __future__ import annotations

import html
import re

from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml.html import HtmlElement, document_fromstring

from intakebot.channels.email.charsets import without_controls
from intakebot.channels.email.headers import clean_line

MAX_NESTING = 200
MAX_PADDING = 40_000_000  # characters a table may be padded to, as an upper estimate
MAX_LINK = 200

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})")
_NEVER_NEST = re.compile(
    r"area|base|br|col|embed|hr|img|input|link|meta|param|source|wbr|p|li|td|tr|th|option|dt|dd|tbody|thead", re.I
)
_LINE_TAGS = re.compile(r"tr|br|p|div|li|h[1-6]|table|pre", re.I)
_DROPPED = re.compile(r"<(script\b|style\b|title\b|template\b|!--)", re.I)
_BREAKING = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6]|/?table|/?blockquote|hr)\b[^<>]{0,5000}>", re.I)
_ANY_TAG = re.compile(r"</?[a-zA-Z!?][^<>]{0,20000}>")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.I)
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,500}>")
_CITE_STYLE = re.compile(r"border-left\s*:", re.I)
_SPACES = re.compile(r"[ \t\xa0]+")
_MANY_BLANK = re.compile(r"\n{4,}")
_OPEN_QUOTE, _CLOSE_QUOTE = "\ue0f0", "\ue0f1"


def to_text(source: str) -> tuple[str, str]:
    """Readable text of an HTML body, and a note where the layout had to be given up ("" otherwise). Never raises."""
    source = _XML_DECLARATION.sub("", source).replace(_OPEN_QUOTE, "").replace(_CLOSE_QUOTE, "")
    if _nesting(source) > MAX_NESTING:
        return strip_tags(source), "the HTML was nested too deeply; its words are kept, its layout is not"
    if "<table" in source.lower() and _padding(source) > MAX_PADDING:
        return strip_tags(source), "an HTML table was too large to lay out; its words are kept, its layout is not"
    if not source.strip():
        return "", ""
    try:
        tree = document_fromstring(source)
        _prepare(tree)
        laid_out = Inscriptis(tree, ParserConfig(css=CSS_PROFILES["strict"].copy())).get_text()
    except Exception:  # third parties' code on a stranger's HTML: whatever it raises, the words are kept
        return strip_tags(source), "the HTML could not be laid out; its words are kept"
    return _tidy(_mark_quotes(str(laid_out))) or strip_tags(source), ""


def strip_tags(source: str) -> str:
    """The words of HTML without layout, in linear time: for what the layout code cannot take, and for measuring."""
    text = _BREAKING.sub("\n", _without_scripts(source))
    text = _SPACES.sub(" ", html.unescape(_ANY_TAG.sub(" ", text)))
    return _tidy("\n".join(line.strip() for line in text.split("\n")))


def _without_scripts(source: str) -> str:
    """HTML without scripts, styles and comments. One that never closes is only a tag; each kind is searched once."""
    lowered = source.lower()
    if len(lowered) != len(source):  # a few letters change length in lower case; positions must agree
        lowered = source
    out: list[str] = []
    never_closed: set[str] = set()
    position = 0
    for match in _DROPPED.finditer(source):
        name = match[1].lower()
        if match.start() < position or name in never_closed:
            continue
        closing = "-->" if name == "!--" else f"</{name}"
        end = lowered.find(closing, match.end())
        if end < 0:
            never_closed.add(name)
            continue
        out.append(source[position : match.start()])
        position = end + len(closing)
    out.append(source[position:])
    return " ".join(out)


def _nesting(source: str) -> int:
    depth = deepest = 0
    for closing, name in _TAG.findall(source):
        if _NEVER_NEST.fullmatch(name):
            continue
        depth = max(0, depth - 1) if closing else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _padding(source: str) -> int:
    """An upper estimate of how many characters laying out the tables could write: lines times the longest line."""
    lines = sum(1 for closing, name in _TAG.findall(source) if not closing and _LINE_TAGS.fullmatch(name))
    return lines * len(_ANY_TAG.sub("", source))


def _prepare(tree: HtmlElement) -> None:
    """Take out what is hidden and what lays out by size; mark quotes; write out where links lead."""
    for element in list(tree.iter()):
        if not isinstance(element.tag, str):
            continue
        style = element.attrib.pop("style", "")
        if _HIDDEN.search(style) or "hidden" in element.attrib or element.tag in ("script", "style", "template"):
            if element.getparent() is not None:
                element.clear(keep_tail=True)
            continue
        if element.tag == "blockquote" and _is_quote(element, style):
            _surround(element, _OPEN_QUOTE, _CLOSE_QUOTE)
        elif element.tag == "a":
            _write_link(element)
        for name in ("width", "align", "valign"):
            element.attrib.pop(name, None)


def _is_quote(element: HtmlElement, style: str) -> bool:
    return (
        element.get("type", "").lower() == "cite"
        or "gmail_quote" in element.get("class", "")
        or _CITE_STYLE.search(style) is not None
    )


def _surround(element: HtmlElement, before: str, after: str) -> None:
    opening, closing = element.makeelement("div"), element.makeelement("div")
    opening.text, closing.text = before, after
    element.tag = "div"
    element.addprevious(opening)
    element.append(closing)


def _write_link(element: HtmlElement) -> None:
    target = clean_line(element.get("href") or "")
    words = element.text_content().strip() if len(element) < 50 else ""
    if words and target.lower().startswith(("http://", "https://")) and len(target) <= MAX_LINK:
        shown = target.split("://", 1)[1].rstrip("/")
        if shown not in words:
            written = element.makeelement("span")
            written.text = f" <{target}>"
            element.append(written)


def _mark_quotes(text: str) -> str:
    """Turn the marks of `_prepare` into "> " before every quoted line."""
    if _OPEN_QUOTE not in text:
        return text
    depth = 0
    lines: list[str] = []
    for line in text.split("\n"):
        opened, closed = line.count(_OPEN_QUOTE), line.count(_CLOSE_QUOTE)
        depth += opened
        bare = line.replace(_OPEN_QUOTE, "").replace(_CLOSE_QUOTE, "")
        if bare.strip() or not (opened or closed):
            lines.append("> " * min(depth, 20) + bare if depth and bare.strip() else bare)
        depth = max(0, depth - closed)
    return "\n".join(lines)


def _tidy(text: str) -> str:
    text = without_controls(text.replace("\xa0", " ").replace("\r", " "))
    lines = (line.rstrip() for line in text.split("\n"))
    return _MANY_BLANK.sub("\n\n\n", "\n".join(lines)).strip("\n")
