"""`letters`: try the landlord's templates with made-up facts, and read a letter before anybody gets it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from intakebot.cli.output import plain_errors, put_document, say, settings_of
from intakebot.config.settings import Settings
from intakebot.formats.letter_check import CheckedLetter, check_letter, check_letters, misplaced
from intakebot.formats.letters import LetterBook

letters = typer.Typer(help="The letters: try the templates, read one.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@letters.command("check")
def check(context: typer.Context, as_json: Json = False) -> None:
    """Try every template: is it right, has it every part the Code asks for, how hard is it to read. 1 if not."""
    with plain_errors():
        settings = settings_of(context)
        found = check_letters(_book(settings))
        strays = misplaced(settings.letters) if settings.letters else []
    faults = [*strays, *dict.fromkeys(fault for letter in found for fault in letter.faults)]
    if as_json:
        put_document({"letters": [_json(letter) for letter in found], "faults": faults})
    else:
        for letter in found:
            state = "wrong" if letter.faults else "ok"
            parts = f"{len(letter.kind.parts) - len(letter.missing)} of {len(letter.kind.parts)} parts"
            age = f"reading age {letter.reading_age}" if letter.examples else ""
            typer.echo(f"{state:<6} {letter.kind.name:<20} {parts:<15} {age:<17} to {letter.kind.reader}")
        for fault in faults:
            say(fault)
    raise typer.Exit(1 if faults else 0)


@letters.command("preview")
def preview(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The letter's name, such as response_stage_1.")],
    html: Annotated[bool, typer.Option("--html", help="Print it as a page.")] = False,
    as_json: Json = False,
) -> None:
    """Write one letter with made-up facts, and say what it lacks. Exit status 1 if it is wrong."""
    with plain_errors():
        letter = check_letter(_book(settings_of(context)), name)
    if as_json:
        put_document(_json(letter) | {"examples": [{"subject": e.subject, "text": e.text} for e in letter.examples]})
    elif letter.examples:
        first = letter.examples[0]
        typer.echo(first.html if html else f"Subject: {first.subject}\n\n{first.text}")
    for fault in letter.faults:
        say(fault)
    raise typer.Exit(1 if letter.faults else 0)


def _book(settings: Settings) -> LetterBook:
    return LetterBook(settings.letters, settings.landlord, settings.mail.name)


def _json(letter: CheckedLetter) -> dict[str, Any]:
    return {
        "name": letter.kind.name,
        "purpose": letter.kind.purpose,
        "reader": letter.kind.reader,
        "problem": letter.problem or None,
        "reading_age": letter.reading_age or None,
        "parts": [
            {
                "part": part.name,
                "clause": part.clause or None,
                "stage_2_clause": part.stage_2_clause or None,
                "found": not letter.problem and not letter.lacks(part.name),
            }
            for part in letter.kind.parts
        ],
    }
