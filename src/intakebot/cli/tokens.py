"""`tokens`: what other software shows to hand messages in by the API, or to read cases."""

from __future__ import annotations

from typing import Annotated

import typer

from intakebot.cli.output import opened_store, plain_errors, put_document, put_table, say, settings_of
from intakebot.service import wall_clock
from intakebot.store.tokens import ApiToken, Scope

tokens = typer.Typer(help="Tokens of other software, for the API.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The software the token is for.")]


@tokens.command("add")
def add_token(
    context: typer.Context,
    name: Name,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="write: hand messages in. read: read cases. May be repeated.")
    ] = None,
) -> None:
    """Make a token. It is printed this once, and kept nowhere."""
    with plain_errors(), opened_store(settings_of(context)) as store:
        now = wall_clock()
        token = store.write_now(lambda work: work.tokens.add(name, scope or [Scope.WRITE], now))
        say("Give this token to whoever looks after that software. It cannot be shown again:")
        typer.echo(token)


@tokens.command("list")
def list_tokens(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """List the tokens, and when each was last used."""
    with plain_errors(), opened_store(settings_of(context)) as store:
        found = store.read_now(lambda work: work.tokens.all())
        if as_json:
            put_document([_document(token) for token in found])
            return
        if not found:
            say("there are no tokens; `intakebot tokens add NAME` makes one")
            return
        put_table([(token.name, " ".join(sorted(token.scopes)), _standing(token)) for token in found])


@tokens.command("revoke")
def revoke_token(context: typer.Context, name: Name) -> None:
    """Make a token useless from now on. What it handed in stays."""
    with plain_errors(), opened_store(settings_of(context)) as store:
        now = wall_clock()
        store.write_now(lambda work: work.tokens.revoke(name, now))
        say(f"the token {name} is of no use any more")


def _document(token: ApiToken) -> dict[str, object]:
    return {
        "name": token.name,
        "scopes": sorted(token.scopes),
        "created_at": token.created_at,
        "used_at": token.used_at,
        "revoked_at": token.revoked_at,
    }


def _standing(token: ApiToken) -> str:
    if token.revoked_at:
        return f"revoked {token.revoked_at:%Y-%m-%d}"
    return f"last used {token.used_at:%Y-%m-%d %H:%M} UTC" if token.used_at else "not used yet"
