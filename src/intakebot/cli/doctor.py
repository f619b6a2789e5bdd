"""`doctor`: checks the set-up and says, in sentences, what is wrong and what to do."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import Annotated

import typer

from intakebot import plugins
from intakebot.channels.email.channel import EmailChannel
from intakebot.channels.telegram.channel import TelegramChannel
from intakebot.cli.output import put_document, settings_of
from intakebot.config.settings import Settings
from intakebot.domain.people import TAKES_CASES
from intakebot.errors import BadSettings, IntakebotError, PluginError
from intakebot.landlord import Landlord
from intakebot.service import load_channel, wall_clock
from intakebot.store.engine import open_store

_CONNECT_SECONDS = 5.0


def doctor(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Check the set-up. Exit status 1 if something is wrong."""
    try:
        settings = settings_of(context)
    except BadSettings as error:
        checks = [("settings", problem) for problem in error.problems]
    else:
        checks = [("settings", ""), *((name, _run(check, settings)) for name, check in _CHECKS)]
    if as_json:
        put_document([{"check": name, "ok": not problem, "problem": problem or None} for name, problem in checks])
    else:
        for name, problem in checks:
            typer.echo(f"{'wrong' if problem else 'ok':<6} {name}" + (f": {problem}" if problem else ""))
    raise typer.Exit(1 if any(problem for _, problem in checks) else 0)


def _run(check: Callable[[Settings], str], settings: Settings) -> str:
    try:
        return check(settings)
    except IntakebotError as error:
        return str(error)


def _data(settings: Settings) -> str:
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"{settings.data} cannot be made: {error.strerror}"
    return "" if os.access(settings.data, os.W_OK) else f"{settings.data} cannot be written by this user"


def _database(settings: Settings) -> str:
    open_store(settings).close()
    return ""


def _letters(settings: Settings) -> str:
    Landlord.from_settings(settings, b"only for checking letters")
    return ""


def _emergency_phone(settings: Settings) -> str:
    if settings.demo or settings.landlord.emergency_phone:
        return ""
    return (
        "landlord.emergency_phone is empty: nobody who writes of danger is told a number of yours to ring, "
        "by letter or on the form; set it"
    )


def _adapters(settings: Settings) -> str:
    wrong = [p.problem for p in plugins.installed() if p.problem]
    try:
        chosen = plugins.classifier(settings.classifier, settings)
        wrong += filter(None, [getattr(chosen, "problem", "")])  # it works, but not as it was meant to
    except PluginError as error:
        wrong.append(str(error))
    return "; ".join(dict.fromkeys(wrong))


def _channels(settings: Settings) -> str:
    """Every channel in use, loaded as the service loads it; none is run. Telegram may wait for its token."""
    wrong = []
    for name in dict.fromkeys(settings.channels):
        try:
            load_channel(name, settings, wall_clock)
        except IntakebotError as error:
            wrong.append(str(error))
    return "; ".join(wrong)


def _people(settings: Settings) -> str:
    store = open_store(settings)
    try:
        officers = [o for o in store.read_now(lambda work: work.officers.all()) if o.active]
    finally:
        store.close()
    if not officers:
        return "nobody can sign in; make an account with `intakebot users add`"
    manned = {o.team for o in officers if o.role in TAKES_CASES}
    empty = [team.name for team_id, team in settings.routing.teams.items() if team_id not in manned]
    return f"nobody who takes cases is in: {', '.join(empty)}" if empty else ""


def _reachable(host: str, port: int) -> str:
    try:
        socket.create_connection((host, port), _CONNECT_SECONDS).close()
    except OSError as error:
        return f"{host}:{port} cannot be reached: {error.strerror or error}"
    return ""


def _smarthost(settings: Settings) -> str:
    """Whether it is there and, where it is, whether it lets us in."""
    if settings.smarthost is None:
        return ""
    away = _reachable(settings.smarthost.host, settings.smarthost.port)
    return away or asyncio.run(EmailChannel.from_settings("email", settings, wall_clock).smarthost_trouble())


def _mailbox(settings: Settings) -> str:
    """The same of the mailbox."""
    if settings.mailbox is None:
        return ""
    away = _reachable(settings.mailbox.host, settings.mailbox.port)
    return away or asyncio.run(EmailChannel.from_settings("email", settings, wall_clock).mailbox_trouble())


def _telegram(settings: Settings) -> str:
    if "telegram" not in settings.channels or not settings.telegram_token.get_secret_value():
        return ""
    return asyncio.run(TelegramChannel.from_settings("telegram", settings, wall_clock).trouble())


_CHECKS: tuple[tuple[str, Callable[[Settings], str]], ...] = (
    ("data folder", _data),
    ("database", _database),
    ("letters", _letters),
    ("emergency phone", _emergency_phone),
    ("adapters", _adapters),
    ("channels", _channels),
    ("people", _people),
    ("smarthost", _smarthost),
    ("mailbox", _mailbox),
    ("telegram", _telegram),
)
