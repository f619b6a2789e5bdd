"""Sets apart what a message says now from what it quotes, forwards and signs, without losing a character.

Line-based and linear: every line is looked at a fixed number of times through patterns bounded in length.
Forwarded words are FORWARDED, not QUOTED, because an advocate forwards the tenant's own complaint; inline
answers stay NEW; where doubt remains text stays NEW, since a person's words must not be read past. Why this
is not a library: docs/decisions/0003-quoted-text-is-ours.md.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from intakebot.channels.email import marks
from intakebot.channels.email.headers import parse_addresses
from intakebot.domain.message import Address, Role, Segment

_QUOTE_MARK = re.compile(r"[ \t]{0,3}(?:>[ \t]?)+")
_SUBJECT_FORWARD = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|pd)\s?:", re.IGNORECASE)
_MAX_SIGNATURE_LINES = 20
_MAX_SIGNATURE_SIZE = 1500
_MAX_CLOSING_LINES = 8
_MAX_PARAGRAPH = 3000
_ANY_ADDRESS = re.compile(r"[^\s<>@:\"'(\[]{1,64}@[^\s<>@:\"')\]]{1,200}")


@dataclass(frozen=True, slots=True)
class Separated:
    """A text in segments, and the author named by its first forwarded block, where one is."""

    segments: tuple[Segment, ...] = ()
    forwarded_from: Address | None = None


def segment(text: str, *, subject: str = "") -> tuple[Segment, ...]:
    """The segments of a text, in order; joined they are the text. `subject` tells a forward from a reply."""
    return separate(text, subject=subject).segments


def separate(text: str, *, subject: str = "", is_ours: Callable[[str], bool] | None = None) -> Separated:
    """The same, with the author of forwarded words. `is_ours` tells our own letters: those are QUOTED, however sent."""
    lines = text.split("\n")
    page = _Page(lines, _SUBJECT_FORWARD.match(subject) is not None, is_ours or (lambda _: False))
    page.mark_history()
    if marks.may_hold_notice(text):
        page.mark_notices()
    page.mark_signatures()
    page.keep_something_new()
    return Separated(page.segments(), page.forwarded_from)


@dataclass(slots=True)
class _Block:
    """Where a mark was found: the line after it, and the role and author of what follows.

    `author` is the line that names the author; `from_header` says it is the value of a From: line.
    """

    end: int
    role: Role
    author: str = ""
    from_header: bool = True


@dataclass(slots=True)
class _Page:
    """One text being marked: a role for every line."""

    lines: list[str]
    is_forward: bool
    is_ours: Callable[[str], bool]
    forwarded_from: Address | None = None
    quotes_us: bool = False
    roles: list[Role] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    quoted: list[bool] = field(default_factory=list)
    next_filled: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.roles = [Role.NEW] * len(self.lines)
        for line in self.lines:
            found = _QUOTE_MARK.match(line, 0, marks.MAX_LINE) if ">" in line[:4] else None
            self.quoted.append(found is not None)
            self.bare.append(line[found.end() if found else 0 :][: marks.MAX_LINE].strip().replace("\xa0", " "))
        following = len(self.lines)
        self.next_filled = [following] * len(self.lines)
        for index in range(len(self.lines) - 1, -1, -1):
            self.next_filled[index] = following
            following = index if self.bare[index] else following

    def mark_history(self) -> None:
        """Quoted and forwarded stretches: from a program's mark, or by "> " before the line.

        A mark followed by "> " lines speaks of those only: lines without it are the writer's own, even between
        them. A mark followed by plain lines speaks of everything after it.
        """
        index, plain, prefixed = 0, Role.NEW, Role.QUOTED
        while index < len(self.lines):
            block = self._block_at(index, prefixed if self.quoted[index] else plain)
            if block:
                prefixed = self._role_of(block)
                if not self._is_quoted_next(index, block.end):
                    plain = prefixed
                self._set(index, block.end, prefixed)
                index = block.end
                continue
            if self.quoted[index]:
                self.roles[index] = prefixed
            elif self.bare[index] or not index:
                self.roles[index] = plain
            else:
                self.roles[index] = self.roles[index - 1]
            index += 1

    def _is_quoted_next(self, start: int, end: int) -> bool:
        """Whether what a mark announces carries "> "."""
        following = end if end < len(self.lines) and self.bare[end] else self._next(end - 1)
        return self.quoted[start] or (following < len(self.lines) and self.quoted[following])

    def _next(self, index: int) -> int:
        return self.next_filled[index] if 0 <= index < len(self.lines) else len(self.lines)

    def _role_of(self, block: _Block) -> Role:
        author = _ANY_ADDRESS.search(block.author)
        if author and self.is_ours(author[0]):
            self.quotes_us = True
            return Role.QUOTED
        if block.role is Role.FORWARDED and self.forwarded_from is None and block.from_header:
            written = block.author.replace("[mailto:", "<").replace("]", ">")
            self.forwarded_from = next(iter(parse_addresses(written)), None)
        return block.role

    def _block_at(self, index: int, role: Role) -> _Block | None:
        """The mark that begins at a line, if one does."""
        line = self.bare[index]
        if not line:
            return None
        if line[0] in "-_=*BbFf" and marks.is_forward(line):
            header = self._header_block(self._next(index), exact=False)
            return _Block(header.end if header else index + 1, Role.FORWARDED, header.author if header else "")
        history = Role.FORWARDED if self._continues_forward(role) else Role.QUOTED
        if line[0] == "-" and marks.ORIGINAL.fullmatch(line):
            header = self._header_block(self._next(index), exact=False)
            return _Block(header.end if header else index + 1, history, header.author if header else "")
        if line[0] in "-_=" and marks.RULE.fullmatch(line):
            header = self._header_block(self._next(index), exact=True)
        elif ":" in line[: marks.MAX_HEADER] and marks.HEADER.match(line):
            header = self._header_block(index, exact=True)
        else:
            header = None
        if header:
            return _Block(header.end, history, header.author)
        return self._attribution(index, role) if marks.may_begin_attribution(line) else None

    def _continues_forward(self, role: Role) -> bool:
        return self.is_forward or role is Role.FORWARDED or self.forwarded_from is not None

    def _header_block(self, start: int, *, exact: bool) -> _Block | None:
        """From:, Sent:, To:, Subject: together, as programs write them above a message. Values may wrap over a line."""
        names: set[str] = set()
        author, is_exact, index, last = "", False, start, start
        while index < min(start + 14, len(self.lines)):
            found = marks.HEADER.match(self.bare[index])
            if found:
                name, value = found[1].lower(), self.bare[index][found.end() :]
                names.add(name)
                if name in marks.FROM_NAMES and not author:
                    author = value or self._line(index + 1)
                value = value or self._line(index + 1)
                is_exact = is_exact or marks.is_exact(name, value)
                last = index
            elif index - last > 1 or not names or not (self.bare[index] or marks.HEADER.match(self._line(index + 1))):
                break
            index += 1
        complete = names & marks.FROM_NAMES and names & marks.DATE_NAMES and names & marks.OTHER_NAMES
        loose = not exact and names & marks.FROM_NAMES and len(names) > 1
        if not (complete and is_exact) and not loose:
            return None
        return _Block(last + 1, Role.QUOTED, author)

    def _line(self, index: int) -> str:
        return self.bare[index] if index < len(self.lines) else ""

    def _attribution(self, index: int, role: Role) -> _Block | None:
        """`On … wrote:`, which programs wrap over up to four lines."""
        joined = ""
        for end in range(index, min(index + 4, len(self.lines))):
            if not self.bare[end]:
                break
            joined = f"{joined} {self.bare[end]}".strip()
            if len(joined) > marks.MAX_LINE:
                break
            following = self._next(end)
            quoted = following < len(self.lines) and self.quoted[following]
            if marks.is_attribution(joined, followed_by_quote=quoted):
                kept = Role.FORWARDED if role is Role.FORWARDED else Role.QUOTED
                return _Block(end + 1, kept, joined, from_header=False)
        return None

    def _set(self, start: int, end: int, role: Role) -> None:
        for index in range(start, end):
            self.roles[index] = role

    def mark_signatures(self) -> None:
        """Signatures at the end of each stretch of new text: after "-- ", after a closing, or a device's line."""
        for start, end in self._stretches():
            for index in range(start, end):
                if self.bare[index] and marks.is_device_line(self.bare[index]):
                    self.roles[index] = Role.SIGNATURE
            self._mark_delimited(start, end)
            self._mark_closing(start, end)

    def _stretches(self) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        start = 0
        for index in range(1, len(self.lines) + 1):
            if index == len(self.lines) or self.roles[index] is not self.roles[start]:
                if self.roles[start] is Role.NEW:
                    found.append((start, index))
                start = index
        return found

    def _mark_delimited(self, start: int, end: int) -> None:
        for index in range(end - 1, max(start, end - _MAX_SIGNATURE_LINES) - 1, -1):
            if self.lines[index].rstrip("\r") in ("-- ", "--", "--\xa0"):
                if sum(len(line) for line in self.lines[index:end]) <= _MAX_SIGNATURE_SIZE:
                    self._set(index, end, Role.SIGNATURE)
                return

    def _mark_closing(self, start: int, end: int) -> None:
        filled = 0
        for index in range(end - 1, start - 1, -1):
            line = self.bare[index]
            if not line or self.roles[index] is Role.SIGNATURE:
                continue
            if marks.is_closing(line):
                if filled:
                    self._set(index, end, Role.SIGNATURE)
                return
            filled += 1
            if filled > _MAX_CLOSING_LINES or not marks.belongs_under_closing(line):
                return

    def mark_notices(self) -> None:
        """Legal and scanner boilerplate in new text: single lines, and paragraphs from the line they begin on."""
        for index, line in enumerate(self.bare):
            if line and self.roles[index] is Role.NEW and marks.is_notice_line(line):
                self.roles[index] = Role.DISCLAIMER
        start = 0
        while start < len(self.lines):
            end = start
            while end < len(self.lines) and self.bare[end] and self.roles[end] is Role.NEW:
                end += 1
            begins = (i for i in range(start, min(end, start + 60)) if marks.may_begin_notice(self.bare[i]))
            for index in itertools.islice(begins, 5):
                if marks.is_notice(" ".join(self.lines[index : min(end, index + 60)])[:_MAX_PARAGRAPH]):
                    self._set(index, end, Role.DISCLAIMER)
                    break
            start = max(end, start + 1)

    def keep_something_new(self) -> None:
        """A message always says something: without new words its signature, else its quote, else all of it is new."""
        if any(self.bare[i] for i, role in enumerate(self.roles) if role in (Role.NEW, Role.FORWARDED)):
            return
        signature = [i for i, role in enumerate(self.roles) if role is Role.SIGNATURE and self.bare[i]]
        has_words = any(not marks.is_device_line(self.bare[i]) and self.bare[i] != "--" for i in signature)
        promoted = Role.SIGNATURE if has_words or (signature and self.quotes_us) else Role.QUOTED
        if promoted not in self.roles:
            self.roles = [Role.NEW] * len(self.lines)
        else:
            self.roles = [Role.NEW if role is promoted else role for role in self.roles]

    def segments(self) -> tuple[Segment, ...]:
        """Neighbouring lines of one role together; a blank line goes with the line before it."""
        out: list[Segment] = []
        start = 0
        for index in range(1, len(self.lines) + 1):
            blank = index < len(self.lines) and not self.bare[index] and not self.quoted[index]
            if blank or (index < len(self.lines) and self.roles[index] is self.roles[start]):
                continue
            ends = "" if index == len(self.lines) else "\n"
            words = "\n".join(self.lines[start:index]) + ends
            if words:
                out.append(Segment(self.roles[start], words))
            start = index
        return tuple(out)
