"""Letter faults: what is wrong with a landlord's template, in a sentence for whoever wrote it, with file and line.

Facts are people's: a sentence names them and never says what they hold. It names nothing of Python either.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, cast

from jinja2 import (
    Environment,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateRuntimeError,
    TemplateSyntaxError,
    UndefinedError,
    nodes,
)
from jinja2.exceptions import SecurityError
from jinja2.utils import missing
from pydantic import BaseModel

from intakebot.errors import BadInput

_OTHER_FAULTS: Mapping[type[Exception], str] = {
    UnicodeDecodeError: "it is not UTF-8 text",
    RecursionError: "it takes itself in, without end",
    ZeroDivisionError: "it divides by nothing",
    TypeError: "it puts things together that do not go together, such as words and a number",
}
_ANY_FAULT = "it cannot be written; look at what it does with its facts"


class _NoSuchFact(UndefinedError):
    """A template asked `holder` for a fact that it does not have; `missing` is the holder of what stands alone."""

    def __init__(self, holder: Any, name: Any, message: str) -> None:
        super().__init__(message)
        self.holder = holder
        self.name = str(name)


class Unknown(StrictUndefined):
    """Where a template asks for a fact that does not exist: the failure knows what was asked of what."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: type[TemplateRuntimeError] = UndefinedError,
    ) -> None:
        if exc is UndefinedError and hint is None:
            exc = cast("type[TemplateRuntimeError]", partial(_NoSuchFact, obj, name))
        super().__init__(hint, obj, name, exc)


def fault(name: str, error: Exception, environment: Environment, facts: Mapping[str, Any]) -> BadInput:
    """What is wrong with the template of this name, which was given these facts, and on which line of which file."""
    file, line = f"{name}.txt", 0
    if isinstance(error, TemplateSyntaxError):
        file, line = error.name or file, error.lineno
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.endswith(".txt"):
            file, line = Path(frame.filename).name, frame.lineno or 0
    match error:
        case _NoSuchFact():
            written = _as_written(environment, file, line, error.name)
            what = _no_such_fact(written, error, {**environment.globals, **facts})
        case TemplateNotFound():
            what = f"it includes {error.name}, which is not there"
        case SecurityError():
            what = "it reaches for something unsafe that is no fact"
        case TemplateError():
            what = str(error.message)
        case _:
            what = next((said for kind, said in _OTHER_FAULTS.items() if isinstance(error, kind)), _ANY_FAULT)
    return BadInput(f"letter {file}{f', line {line}' if line else ''}: {what}")


def _no_such_fact(written: str, error: _NoSuchFact, facts: Mapping[str, Any]) -> str:
    holder, _, _ = written.rpartition(".")
    if error.holder is None:
        here = holder or "what it is asked of"
        return f"{written} is not always there, because {here} is not; put it between {{% if %}} and {{% endif %}}"
    there = list(facts) if error.holder is missing else _names(error.holder)
    close = [f"{holder}." * bool(holder) + name for name in get_close_matches(error.name, there, 1)]
    elsewhere = [path for path in _paths(facts) if path.rpartition(".")[2] == error.name]
    meant = next(iter(close + elsewhere), "")
    return f"there is no fact {written}{f'; {meant} may be meant' if meant else ''}"


def _as_written(environment: Environment, file: str, line: int, name: str) -> str:
    """The fact with all that stands before it, such as "case.stage.name"; the name alone where that is not plain."""
    if environment.loader is None:
        return name
    source, _, _ = environment.loader.get_source(environment, file)
    asked = (node for node in environment.parse(source).find_all(nodes.Getattr) if node.attr == name)
    paths = (_dotted(node) for node in sorted(asked, key=lambda node: node.lineno != line))
    return next((path for path in paths if path), name)


def _dotted(node: nodes.Expr) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    before = _dotted(node.node) if isinstance(node, nodes.Getattr) else ""
    return f"{before}.{node.attr}" if isinstance(node, nodes.Getattr) and before else ""


def _names(holder: Any) -> list[str]:
    """The names of the facts that something holds."""
    if is_dataclass(holder):
        return [field.name for field in fields(holder)]
    if isinstance(holder, BaseModel):
        return list(type(holder).model_fields)
    return [key for key in holder if isinstance(key, str)] if isinstance(holder, Mapping) else []


def _paths(facts: Mapping[str, Any]) -> Iterator[str]:
    """Every fact with all that stands before it, the shortest first; not what stands in lists."""
    waiting = [(name, value) for name, value in facts.items() if is_dataclass(value) or isinstance(value, BaseModel)]
    for path, holder in waiting:
        for name in _names(holder):
            yield f"{path}.{name}"
            value = getattr(holder, name)
            if is_dataclass(value) or isinstance(value, BaseModel):
                waiting.append((f"{path}.{name}", value))
