"""Output: JSON for programs on standard output, words for people on standard error, errors as one sentence."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

import typer

from intakebot.config import Settings
from intakebot.domain.working_days import LONDON
from intakebot.errors import BadInput, IntakebotError, PluginError, Refused
from intakebot.settings_file import load
from intakebot.store.engine import Store, open_store


def say(words: str) -> None:
    """Tell a person something."""
    typer.echo(words, err=True)


def put(value: Any) -> None:
    """Print one JSON document, on one line."""
    typer.echo(_json(value))


def put_document(value: Any) -> None:
    """Print one JSON document to be read by people too."""
    typer.echo(_json(value, indent=2))


def _json(value: Any, indent: int | None = None) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=_plain)
    # Half a surrogate pair can stand in JSON but not in UTF-8; written as its escape it comes through.
    return re.sub(r"[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return local(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def local(moment: datetime) -> str:
    """An aware time as ISO 8601 with Europe/London's offset."""
    return moment.astimezone(LONDON).isoformat(timespec="seconds")


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
