"""`calendar`: after a change of the calendar, count every open case anew and say how many have moved."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from intakebot.cli.output import opened_store, plain_errors, put_document, say, settings_of
from intakebot.landlord import Landlord
from intakebot.recounting import Recounting
from intakebot.service import wall_clock

calendar = typer.Typer(help="The working-day calendar.", no_args_is_help=True)


@calendar.callback()
def _only_commands() -> None:
    """The working-day calendar."""


@calendar.command()
def recount(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Count the due dates of every open case anew. Each case on which something moved gets an event that says so."""
    with plain_errors():
        settings = settings_of(context)
        with opened_store(settings) as store:
            landlord = Landlord.from_settings(settings, store.signing_key())
            done = asyncio.run(Recounting(store, landlord, wall_clock).run())
        if as_json:
            put_document({"cases": done.cases, "moved": done.moved})
        else:
            what = "open case was" if done.cases == 1 else "open cases were"
            say(f"{done.cases} {what} counted anew; something has moved on {done.moved}.")
