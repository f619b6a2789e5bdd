"""`corpus`: what staff have corrected, as labelled messages in a file, redacted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from intakebot.cli.output import opened_store, plain_errors, say, settings_of
from intakebot.domain.wording import counted
from intakebot.errors import BadInput

corpus = typer.Typer(help="Labelled messages of our own.", no_args_is_help=True)


@corpus.callback()
def _only_commands() -> None:
    """Labelled messages of our own."""


@corpus.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to write: JSON Lines, as `intakebot evaluate` reads them.")],
) -> None:
    """Write corrected messages into a file, without the names, addresses and numbers in them."""
    from intakebot.learning import corrections, redacted_lines  # here, because it loads spaCy

    with plain_errors():
        with opened_store(settings_of(context)) as store:
            messages, staff = store.read_now(corrections)
        if not messages:
            raise BadInput("there is nothing to export: staff have corrected no message yet")
        lines = [f"{line}\n" for line in redacted_lines(messages, staff)]
        try:
            file.write_bytes("".join(lines).encode("utf-8", "replace"))
        except OSError as error:
            raise BadInput(f"{file} cannot be written: {error.strerror}") from error
        say(
            f"{counted(len(lines), 'message')} written to {file}, redacted by rules. No rule knows every name: "
            "read them before they leave this machine."
        )
