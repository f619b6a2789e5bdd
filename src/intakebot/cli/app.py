"""The `intakebot` command: every subcommand, and how the service is started and stopped."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from intakebot import __version__, plugins
from intakebot.cli.calendar import calendar
from intakebot.cli.cases import cases, parked
from intakebot.cli.classify import classify, deadlines
from intakebot.cli.corpus import corpus
from intakebot.cli.doctor import doctor
from intakebot.cli.evaluate import evaluate
from intakebot.cli.import_cases import import_cases
from intakebot.cli.ingest import ingest
from intakebot.cli.letters import letters
from intakebot.cli.output import (
    Commands,
    fail,
    opened_store,
    plain_errors,
    put_document,
    put_table,
    say,
    settings_of,
)
from intakebot.cli.report import report
from intakebot.cli.staff import users
from intakebot.cli.tokens import tokens
from intakebot.cli.train import train
from intakebot.config.settings import Settings
from intakebot.demo.complaint import send_first_complaint
from intakebot.demo.landlord import hire
from intakebot.demo.years import HOMES_LCRA, load_years
from intakebot.landlord import Landlord
from intakebot.service import ROLES, Service, make_data_folder, wall_clock
from intakebot.settings_file import demo_file
from intakebot.workforce import LOG_FORMAT

app = typer.Typer(
    cls=Commands,
    help="Complaint intake for social landlords.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(cases, name="cases")
app.add_typer(calendar, name="calendar")
app.add_typer(parked, name="parked")
app.add_typer(users, name="users")
app.add_typer(tokens, name="tokens")
app.add_typer(letters, name="letters")
app.add_typer(report, name="report")
app.add_typer(corpus, name="corpus")
app.add_typer(db, name="db")
app.command("ingest")(ingest)
app.command("import")(import_cases)
app.command("classify")(classify)
app.command("evaluate")(evaluate)
app.command("train")(train)
app.command("deadlines")(deadlines)
app.command("doctor")(doctor)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    config: Annotated[Path | None, typer.Option(help="The settings file; ./intakebot.toml without.")] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Complaint intake for social landlords."""


@app.command()
def serve(
    context: typer.Context,
    roles: Annotated[str, typer.Option(help=f"Which roles, joined by commas: {', '.join(ROLES)}.")] = ",".join(ROLES),
) -> None:
    """Run the service until it is stopped."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    chosen = [role.strip() for role in roles.split(",") if role.strip()]
    with plain_errors():
        settings = settings_of(context)
        uvloop.run(_serve(settings, chosen))


async def _serve(settings: Settings, roles: list[str]) -> None:
    async with Service(settings, roles) as service:
        password = hire(settings, service.store)
        running = asyncio.create_task(service.run(lambda: _tell_how_to_use(service, password)))
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signal_number, running.cancel)
        try:
            await running
        except asyncio.CancelledError:
            say("Stopped. Nothing is lost.")


def _tell_how_to_use(service: Service, password: str | None) -> None:
    settings = service.settings
    lines = ["", f"{settings.landlord.name}: intakebot is running. Stop it with Ctrl-C.", ""]
    if "smtp" in service.roles:
        lines.append(f"  Send mail to    {settings.mail.address}, by SMTP on {settings.smtp_host}:{service.smtp_port}")
    if "web" in service.roles:
        base = settings.public_url or f"http://{settings.http_host}:{service.http_port}"
        lines += [f"  Pages           {base}/", f"  Staff           {base}/staff"]
    if settings.demo:
        who = "officer@example.org, manager@example.org or admin@example.org"
        secret = f"password {password}" if password else "the password printed at the first start"
        lines.append(f"  Sign in as      {who}, {secret}")
    if settings.smarthost is None:
        lines.append(f"  Our letters     are written to {settings.data / 'mail-out'} until a smarthost is set")
    if settings.demo and "smtp" in service.roles:
        command = f"{Path(sys.argv[0])} demo complaint --port {service.smtp_port}"
        lines += ["", f"  Send a first complaint, from another terminal:  {command}"]
        lines.append(f"  Load two sample years, before any complaint:    {Path(sys.argv[0])} demo")
    say("\n".join([*lines, ""]))


demo = typer.Typer(help="The made-up landlord.", invoke_without_command=True)
app.add_typer(demo, name="demo")


@demo.callback()
def load_demo(context: typer.Context) -> None:
    """Load the made-up landlord and two sample years into a database without cases."""
    if context.invoked_subcommand is not None:
        return
    with plain_errors():
        settings = settings_of(context)
        if not settings.demo:
            fail(f"these settings are a real landlord's; the made-up one's are in {demo_file()}")
        with opened_store(settings) as store:
            landlord = Landlord.from_settings(settings, store.signing_key())
            count = load_years(store, landlord, wall_clock())
            password = hire(settings, store)
        secret = f"the password {password}" if password else "the password you have"
        say(f"{settings.landlord.name} is loaded, with {count} cases. Sign in as officer@example.org with {secret}")
        year = f"--from 2023-04-01 --to 2024-03-31 --homes-lcra {HOMES_LCRA}"
        say(f"See its year: {Path(sys.argv[0])} report annual {year} --output annual.html")


@demo.command("complaint")
def demo_complaint(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Where the service listens.")] = "",
    port: Annotated[int, typer.Option(help="The port it listens on.")] = 0,
) -> None:
    """Send a first complaint through real SMTP."""
    with plain_errors():
        settings = settings_of(context)
        where, gate = host or settings.smtp_host, port or settings.smtp_port
        send_first_complaint(where, gate, settings.mail.address, wall_clock())
        say(f"Sent. See it with `{Path(sys.argv[0])} cases list`, or at {settings.base_url}/staff")


@db.command("upgrade")
def upgrade_database(context: typer.Context) -> None:
    """Create the tables, or bring them up to date."""
    from intakebot.store.engine import Store
    from intakebot.store.migrations import upgrade

    with plain_errors():
        settings = settings_of(context)
        if settings.uses_sqlite:
            make_data_folder(settings)
        store = Store(settings.effective_database_url, None if settings.blobs_in_database else settings.data / "blobs")
        try:
            before, after = upgrade(store.engine)
        finally:
            store.close()
        say(f"The database is at step {after}" + (" already" if before == after else ""))


@app.command("plugins")
def list_plugins(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """List the installed channels and classifiers, and whether they load."""
    found = plugins.installed()
    if as_json:
        put_document(
            [
                {"group": p.group, "name": p.name, "distribution": p.distribution, "problem": p.problem or None}
                for p in found
            ]
        )
        return
    put_table([(plugin.group, plugin.name, plugin.distribution, plugin.problem or "loads") for plugin in found])


def main() -> None:
    """Run the command line."""
    app()
