"""Forms: what a page sent back, read within limits, and the mistakes found in it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web

from intakebot.errors import BadInput

Handler = Callable[[web.Request], Awaitable[web.Response]]
MOST_BYTES = 2 * 1024 * 1024
MOST_FIELDS = 500
_WITH_FILES: Final[set[object]] = set()
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form in order. Text has plain line ends and no control characters."""

    fields: tuple[tuple[str, str], ...] = ()

    def text(self, name: str) -> str:
        """The first value of a field, without space around it; "" where it is missing."""
        return next((value.strip() for key, value in self.fields if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        return tuple(value for key, value in self.fields if key == name)

    def has(self, name: str) -> bool:
        """Whether the field was sent at all."""
        return any(key == name for key, _ in self.fields)

    @property
    def typed(self) -> tuple[tuple[str, str], ...]:
        """What a person wrote or chose: everything but our own marks."""
        return tuple(
            (key, value)
            for key, value in self.fields
            if key not in ("csrf", "next", "password", "nonce", "kept") and value
        )


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake in a form: the id of the field it is in, and a sentence that says how to mend it."""

    field: str
    message: str


class Mistakes(BadInput):
    """A form cannot be taken as it is; names every mistake at once."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(" ".join(m.message for m in mistakes))


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form that was not taken: which one, what was typed into it, and what is wrong with it."""

    name: str
    form: Form
    mistakes: tuple[Mistake, ...] = ()

    def error(self, field: str) -> str:
        """What is wrong with a field, "" for nothing."""
        return next((m.message for m in self.mistakes if m.field == field), "")


def brings_files(handler: Handler) -> Handler:
    """Mark a page that reads its form itself, because files come with it."""
    _WITH_FILES.add(handler)
    return handler


def reads_its_own_form(request: web.Request) -> bool:
    """Whether the page asked for reads its form itself."""
    return request.match_info.handler in _WITH_FILES


async def read_form(request: web.Request) -> Form:
    """Read a form. Raises HTTPRequestEntityTooLarge past `MOST_BYTES`, `BadInput` for what is no form."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise BadInput("This page takes forms only")
    body = await request.read()
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace"
        )
    except ValueError as error:
        raise BadInput("This form has more fields than any of our pages") from error
    return Form(tuple((key, clean(value)) for key, value in pairs))


def clean(text: str) -> str:
    """Text with plain line ends and without control characters."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
