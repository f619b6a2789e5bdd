"""`import`: cases of an older system come in from files, each file whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from intakebot.cli.output import fail, opened_store, plain_errors, say, settings_of
from intakebot.domain.wording import counted
from intakebot.errors import BadInput
from intakebot.importing import Imported, Importing
from intakebot.landlord import Landlord
from intakebot.service import wall_clock


def import_cases(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Files of JSON Lines, one case a line: docs/importing.md.")],
    by: Annotated[str, typer.Option(help="Who brings them in: the record names them.")],
) -> None:
    """Bring in cases of an older system. Nobody is written to."""
    name, wrong = " ".join(by.split()), 0
    if not name:
        fail("--by names who brings the cases in")
    with plain_errors():
        settings = settings_of(context)
        with opened_store(settings) as store:
            importing = Importing(store, Landlord.from_settings(settings, store.signing_key()), name, wall_clock())
            for file in files:
                try:
                    say(_words(file, _bring_in(importing, file)))
                except BadInput as error:
                    wrong += 1
                    say(f"intakebot: {error}")
    if wrong:
        raise typer.Exit(2)


def _bring_in(importing: Importing, file: Path) -> Imported:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(f"Bringing in {file.name}", total=_size(file))
        return importing.bring_in(file, lambda size: progress.advance(bar, size), say)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # it says so when it is opened
        return 0


def _words(file: Path, done: Imported) -> str:
    still = f"{done.open} still open, {done.overdue} of them overdue" if done.open else "none still open"
    listed = "; `intakebot cases list --overdue` shows those" if done.overdue else ""
    return f"{file}: {counted(done.cases, 'case')} brought in, {still}{listed}"
