"""Output: JSON for programs on standard output, words for people on standard error, errors as one sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from intakebot.case_json import as_json
from intakebot.config.settings import Settings
from intakebot.errors import BadInput, IntakebotError, PluginError, Refused
from intakebot.settings_file import load
from intakebot.store.engine import Store, open_store

# Typer carries click inside itself in some versions and beside itself in others; this class is of either.
_UsageError: Final[type[Exception]] = typer.BadParameter.__mro__[1]


def say(words: str) -> None:
    """Tell a person something."""
    typer.echo(words, err=True)


def put(value: Any) -> None:
    """Print one JSON document, on one line."""
    typer.echo(as_json(value))


def put_document(value: Any) -> None:
    """Print one JSON document to be read by people too."""
    typer.echo(as_json(value, indent=2))


def put_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of words for people, each column as wide as its widest word."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def fail(sentence: str, status: int = 2) -> NoReturn:
    """End with a sentence and an exit status: 2 for something the caller can mend, 1 for the rest."""
    say(f"intakebot: {sentence}")
    raise typer.Exit(status)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Our own errors become sentences, never tracebacks."""
    try:
        yield
    except (BadInput, Refused, PluginError) as error:
        fail(str(error), 2)
    except IntakebotError as error:
        fail(str(error), 1)
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(1) from None


class Commands(TyperGroup):
    """All commands: one given what it does not take refuses in one sentence, as for every other mistake."""

    def make_context(self, *args: Any, **more: Any) -> Any:
        """Read what is given to the whole, such as --config."""
        with _plain_usage():
            return super().make_context(*args, **more)

    def invoke(self, *args: Any, **more: Any) -> Any:
        """Read what is given to one command, and run it."""
        with _plain_usage():
            return super().invoke(*args, **more)


@contextmanager
def _plain_usage() -> Iterator[None]:
    try:
        yield
    except _UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # a command of commands, given none: the help is its answer
            raise
        fail(_usage(error))


def _usage(error: Any) -> str:
    """What is wrong with what was given, and what is allowed."""
    parameter, cause = getattr(error, "param", None), error.__cause__
    if parameter is None:
        wrong = str(error.format_message()).strip().rstrip(".?").replace(". Did you", ", did you")
        shown = f"; `{error.ctx.command_path} --help` shows what is allowed" if error.ctx else ""
        return f"{_begun_small(wrong)}{shown}"
    name = parameter.opts[0] if parameter.param_type_name == "option" else parameter.name.upper()
    described = f": {_begun_small(parameter.help.rstrip('.'))}" if parameter.help else ""
    if not error.message:
        return f"{name} is missing{described}"
    mistake: Any = cause.errors()[0] if isinstance(cause, ValidationError) else {"type": ""}
    if mistake["type"].startswith("int_"):
        return f"{name} needs a whole number in digits alone, not {mistake['input']!r}{described}"
    if mistake["type"] == "greater_than_equal":
        return f"{name} needs {mistake['ctx']['ge']} or more, not {mistake['input']}"
    return f"{name}: {error.message.removeprefix('Value error, ').rstrip('.')}"


def _begun_small(words: str) -> str:
    return f"{words[:1].lower()}{words[1:]}"


def settings_of(context: typer.Context) -> Settings:
    """The settings this run was given."""
    given = context.find_root().params.get("config")
    return load(Path(given) if given else None)


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """The case store, closed afterwards."""
    store = open_store(settings)
    try:
        yield store
    finally:
        store.close()
