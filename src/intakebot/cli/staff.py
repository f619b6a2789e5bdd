"""`users`: staff accounts."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from intakebot.cli.output import fail, opened_store, plain_errors, put_document, put_table, say, settings_of
from intakebot.config.values import is_mail_address
from intakebot.domain.people import TAKES_CASES, Officer, StaffRole
from intakebot.passwords import hash_password
from intakebot.store.engine import Work

users = typer.Typer(help="Staff accounts.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="The account's mail address.")]
SHORTEST_PASSWORD = 10


@users.command("list")
def list_users(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """List the accounts."""
    with plain_errors(), opened_store(settings_of(context)) as store:
        officers = store.read_now(lambda work: work.officers.all(with_workload=True))
        rows = [
            {
                "name": o.name,
                "email": o.email,
                "role": o.role.value,
                "team": o.team or None,
                "patches": list(o.patches),
                "capacity": o.capacity,
                "open_cases": o.open_cases,
                "active": o.active,
            }
            for o in officers
        ]
        if as_json:
            put_document(rows)
            return
        put_table([(o.email, o.role, o.team or "-", o.name, "" if o.active else "(switched off)") for o in officers])


@users.command("add")
def add_user(
    context: typer.Context,
    email: Email,
    name: Annotated[str, typer.Option(help="Name, as letters and colleagues use it.")],
    role: Annotated[StaffRole, typer.Option(help="What they may do.")] = StaffRole.OFFICER,
    team: Annotated[str, typer.Option(help="The id of their team in the settings.")] = "",
    patch: Annotated[list[str] | None, typer.Option(help="The id of a patch they look after; may be repeated.")] = None,
    capacity: Annotated[int, typer.Option(min=0, help="How many open cases they can carry.")] = 30,
) -> None:
    """Make an account. The password is asked for, or read from standard input."""
    with plain_errors():
        settings = settings_of(context)
    if not is_mail_address(email):
        fail(f"{email} is not a mail address such as ama.mensah@example.org")
    if not name.strip():
        fail("give a name, as letters and colleagues use it")
    if (team or patch) and role not in TAKES_CASES:
        fail(f"an account with the role {role} is given no cases, so it has no team and no patch; leave them out")
    wrong = [p for p in patch or [] if p not in settings.routing.patches]
    if team and team not in settings.routing.teams:
        fail(f"there is no team {team}; the settings have: {', '.join(settings.routing.teams) or 'none'}")
    if wrong:
        known = ", ".join(settings.routing.patches) or "none"
        fail(f"there is no patch {', '.join(wrong)}; the settings have: {known}")
    officer = Officer(0, name, email, role, team, tuple(patch or ()), capacity)
    with plain_errors(), opened_store(settings) as store:
        hashed = hash_password(_password())
        store.write_now(lambda work: work.officers.add(officer, hashed))
        say(f"{email} can sign in")


@users.command("password")
def change_password(context: typer.Context, email: Email) -> None:
    """Change a password; the account is signed out everywhere."""
    with plain_errors(), opened_store(settings_of(context)) as store:
        hashed = hash_password(_password())
        store.write_now(lambda work: work.officers.set_password(_id(work, email), hashed))
        say(f"{email} has a new password")


@users.command("off")
def switch_off(context: typer.Context, email: Email) -> None:
    """Switch an account off. Its cases stay where they are until somebody moves them."""
    with plain_errors(), opened_store(settings_of(context)) as store:
        store.write_now(lambda work: work.officers.set_active(_id(work, email), False))
        say(f"{email} cannot sign in any more")


@users.command("on")
def switch_on(context: typer.Context, email: Email) -> None:
    """Switch an account on again."""
    with plain_errors(), opened_store(settings_of(context)) as store:
        store.write_now(lambda work: work.officers.set_active(_id(work, email), True))
        say(f"{email} can sign in")


def _id(work: Work, email: str) -> int:
    found = work.officers.by_email(email)
    if found is None:
        fail(f"there is no account {email}; `intakebot users list` shows them")
    return found[0].id


def _password() -> str:
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(password) < SHORTEST_PASSWORD:
        fail(f"the password must have at least {SHORTEST_PASSWORD} characters")
    return password
