"""The service: builds everything from settings, runs the roles it is given, and stops in order.

Each role is a loop that outlives its faults: one that ends in an error is started again, with growing delay,
and shows as a problem meanwhile. Any number of services may share one PostgreSQL database; an embedded
database has one.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO

from aiohttp import web

from intakebot import plugins
from intakebot.channels.base import Channel
from intakebot.channels.email.channel import EmailChannel
from intakebot.channels.telegram.channel import WEBHOOK, Keepers, TelegramChannel, bot_number
from intakebot.config.settings import BUILT_IN_CHANNELS, Settings
from intakebot.deadlines import Deadlines
from intakebot.delivery import Delivery
from intakebot.errors import BadInput, IntakebotError
from intakebot.forgetting import Forgetting
from intakebot.intake import Intake
from intakebot.landlord import Landlord
from intakebot.recounting import Recounting
from intakebot.regular_report import RegularReport
from intakebot.store.dialogues import KeptDialogues, KeptOffsets, forget_who_asked
from intakebot.store.engine import Store, open_store
from intakebot.web.app import build
from intakebot.workforce import Workforce

log = logging.getLogger(__name__)

ROLES = ("smtp", "mailbox", "telegram", "channels", "web", "intake", "delivery", "clocks")
_EMAIL, _TELEGRAM = "email", "telegram"
_SWITCH_SECONDS = 0.0005
_FIRST_RESTART_SECONDS = 1.0
_LONGEST_RESTART_SECONDS = 60.0


def wall_clock() -> datetime:
    """The time now, aware, in UTC. Only this and the command line read the clock; the rest is told."""
    return datetime.now(UTC)


@dataclass
class RoleHealth:
    """How the roles are doing, for the health pages."""

    store: Store
    mailbox: EmailChannel
    telegram: TelegramChannel | None
    intake: Intake
    delivery: Delivery
    workforce: Workforce
    faults: dict[str, str] = field(default_factory=dict)

    def workers_alive(self) -> bool:
        """Whether every role that was asked for is running."""
        return not self.faults

    async def problems(self) -> tuple[str, ...]:
        """What is wrong, each in a sentence without secrets; empty when all is well."""
        found = [f"{role} stopped and is being started again: {why}" for role, why in self.faults.items()]
        if self.workforce.trouble:
            found.append(f"messages may not be read: {self.workforce.trouble}")
        try:
            await self.store.read(lambda work: work.inbox.waiting())
        except IntakebotError as error:
            found.append(f"the case store cannot be reached: {error}")
        return tuple(found)

    def warnings(self) -> tuple[str, ...]:
        """What staff should know, though the service goes on: each is tried again until it works."""
        mailbox = self.mailbox.mailbox_state
        telegram = self.telegram.state if self.telegram else None
        found = {
            "New messages are refused for now, and their senders' mail servers try again": self.intake.trouble,
            "Letters wait to be sent": self.delivery.trouble,
            "The mailbox cannot be read": mailbox.last_error if mailbox else "",
            "Telegram cannot be asked for messages": telegram.last_error if telegram else "",
        }
        return tuple(f"{what}: {why}" for what, why in found.items() if why)


class Service:
    """The whole service in one process: `async with Service(settings, roles) as service: await service.run()`."""

    def __init__(
        self, settings: Settings, roles: Collection[str] = ROLES, now: Callable[[], datetime] = wall_clock
    ) -> None:
        known = roles_of(settings)
        unknown = set(roles) - set(known)
        if unknown:
            raise BadInput(f"there is no role {', '.join(sorted(unknown))}; choose from {', '.join(known)}")
        if not roles:
            raise BadInput(f"no role is given; choose from {', '.join(known)}")
        self.settings = settings
        self.roles = tuple(roles)
        self._now = now
        self._resources = AsyncExitStack()
        self._web: web.AppRunner | None = None
        self.http_port = settings.http_port
        self.smtp_port = settings.smtp_port

    async def __aenter__(self) -> Service:
        """Open everything. Raises BadInput where something is set up wrong, in words that say what to do."""
        try:
            self._open()
        except BaseException:
            await self._resources.aclose()
            raise
        return self

    def _open(self) -> None:
        # SQLite lets go of the interpreter at every statement; without this the writer waits 5 ms to get it back.
        sys.setswitchinterval(_SWITCH_SECONDS)
        settings = self.settings
        plugins.find_classifier(settings.classifier)  # only the workers load it, and nobody waits for them
        make_data_folder(settings)
        if settings.uses_sqlite:
            self._resources.callback(_only_one(settings.data / "serve.lock").close)
        self.store = open_store(settings)
        self._resources.callback(self.store.close)
        self.landlord = Landlord.from_settings(settings, self.store.signing_key())
        if settings.uses_sqlite:
            now = self._now()
            self.store.write_now(lambda work: (work.inbox.release_leases(now), work.outbox.release_leases(now)))
        self.workforce = Workforce(settings, self.store, self._now)
        self.email = EmailChannel.from_settings("email", settings, self._now, {"smtp"})
        self.mailbox = EmailChannel.from_settings("email", settings, self._now, {"mailbox"})
        self.intake = Intake(self.store, self._now, self.workforce.wake)
        self.telegram = self._telegram()
        self.others = self._others()
        ways_out: dict[str, Channel] = {_EMAIL: self.email, **self.others}
        if self.telegram is not None:
            ways_out[_TELEGRAM] = self.telegram
        self.delivery = Delivery(self.store, self.landlord, ways_out, self._now)
        self.recounting = Recounting(self.store, self.landlord, self._now)
        self.deadlines = Deadlines(self.store, self.landlord, self._now)
        self.regular_report = RegularReport(self.store, settings, self.landlord, self._now)
        self.forgetting = Forgetting(self.store, self._now)
        self.health = RoleHealth(self.store, self.mailbox, self.telegram, self.intake, self.delivery, self.workforce)

    def _telegram(self) -> TelegramChannel | None:
        """The Telegram channel, where it is in use and the settings hold a bot's token."""
        if _TELEGRAM not in self.settings.channels or not self.settings.telegram_token.get_secret_value():
            return None
        if self.settings.uses_sqlite:
            bot = bot_number(self.settings)
            self.store.write_now(lambda work: forget_who_asked(work, "telegram", bot))
        keepers = Keepers(KeptOffsets(self.store, "telegram"), KeptDialogues(self.store, "telegram"))
        return TelegramChannel.from_settings("telegram", self.settings, self._now, keepers)

    def _others(self) -> dict[str, Channel]:
        """The channels from outside. Raises as `load_channel` does."""
        return {name: load_channel(name, self.settings, self._now) for name in other_channels(self.settings)}

    async def __aexit__(self, *_: object) -> None:
        await self._resources.aclose()

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Run the roles until cancelled. `ready` is called once mail and pages can be reached."""
        jobs: dict[str, Callable[[], Awaitable[None]]] = {
            "smtp": lambda: self.email.run(self.intake.accept),
            "mailbox": lambda: self.mailbox.run(self.intake.accept),
            "intake": self.workforce.run,
            "delivery": self.delivery.run,
            "clocks": self._watch,
        }
        if self.settings.mailbox is None:
            del jobs["mailbox"]
        if self.telegram is not None:
            telegram = self.telegram
            jobs[_TELEGRAM] = lambda: telegram.run(self.intake.accept)
        wanted = {role: job for role, job in jobs.items() if role in self.roles and self._takes_mail(role)}
        for name, channel in self.others.items():
            if "channels" in self.roles or name in self.roles:
                wanted[name] = partial(channel.run, self.intake.accept)
        tasks = [asyncio.create_task(self._keep_going(role, job), name=role) for role, job in wanted.items()]
        try:
            if "web" in self.roles:
                await self._serve_pages()
            if "smtp" in wanted:
                await self._listening(tasks)
            ready()
            await asyncio.gather(*tasks) if tasks else await asyncio.Event().wait()
        finally:
            await self._stop(tasks)

    def _takes_mail(self, role: str) -> bool:
        """Whether mail comes in here at all; it always goes out, because staff are told by mail."""
        return role not in ("smtp", "mailbox") or _EMAIL in self.settings.channels

    async def _watch(self) -> None:
        """Watch the clocks, once open cases are counted by today's calendar; and what else is done by date."""
        await self.recounting.run_if_changed()
        jobs = (self.deadlines.run(), self.regular_report.run(), self.forgetting.run())
        watching = [asyncio.create_task(job) for job in jobs]
        try:
            await asyncio.gather(*watching)
        finally:
            for task in watching:  # one that fails ends all: they are started again together
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)

    async def _listening(self, tasks: list[asyncio.Task[None]]) -> None:
        port = asyncio.create_task(self.email.port())
        try:
            await asyncio.wait([port, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for ended in (task for task in tasks if task.done()):
                ended.result()  # a role that ended at once is set up wrong: its error is why we do not start
            if port.done():
                self.smtp_port = port.result()
        finally:
            port.cancel()

    async def _keep_going(self, role: str, job: Callable[[], Awaitable[None]]) -> None:
        delay = _FIRST_RESTART_SECONDS
        while True:
            try:
                await job()
                return
            except BadInput:
                raise
            except OSError as error:
                reason = error.strerror or type(error).__name__
            except Exception as error:  # a role must not end the others; it is started again and shown
                reason = type(error).__name__
            log.error("%s stopped: %s; starting it again in %.0f seconds", role, reason, delay)
            self.health.faults[role] = reason
            await asyncio.sleep(delay)
            self.health.faults.pop(role, None)
            delay = min(delay * 2, _LONGEST_RESTART_SECONDS)

    async def _serve_pages(self) -> None:
        application = build(
            self.settings, self.store, self.landlord, self._now, self.health, self.intake.accept, self._doors()
        )
        self._web = web.AppRunner(application, access_log=None)
        await self._web.setup()
        site = web.TCPSite(self._web, self.settings.http_host, self.settings.http_port)
        try:
            await site.start()
        except OSError as error:
            where = f"{self.settings.http_host}:{self.settings.http_port}"
            raise BadInput(f"the pages cannot be served on {where}: {error.strerror}; set http_port") from error
        self.http_port = int(self._web.addresses[0][1])

    def _doors(self) -> list[web.RouteDef]:
        """Where other machines bring messages, each behind a check of its own."""
        webhook = self.telegram.webhook(self.intake.accept) if self.telegram else None
        return [web.post(WEBHOOK, webhook)] if webhook else []

    async def _stop(self, tasks: list[asyncio.Task[None]]) -> None:
        """First the ways in, then the work, then the pages."""
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, Exception):
                await task
        await self.email.close()
        if self.telegram is not None:
            await self.telegram.close()
        if self._web is not None:
            await self._web.cleanup()


def other_channels(settings: Settings) -> tuple[str, ...]:
    """The channels from outside that the settings name."""
    return tuple(dict.fromkeys(name for name in settings.channels if name not in BUILT_IN_CHANNELS))


def load_channel(name: str, settings: Settings, now: Callable[[], datetime]) -> Channel:
    """One channel that the settings name. Raises BadInput where it has a role's name, `PluginError` as plugins does."""
    if name in ROLES and name not in BUILT_IN_CHANNELS:
        raise BadInput(f"no channel may be named {name}: a role of the service has that name")
    return plugins.channel(name, settings, now)


def roles_of(settings: Settings) -> tuple[str, ...]:
    """Every role there is: `channels` runs every channel from outside, and the name of one runs it alone."""
    return (*ROLES, *other_channels(settings))


def make_data_folder(settings: Settings) -> None:
    """Make the data folder if it is not there. Raises BadInput if it cannot be made."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"the data folder {settings.data} cannot be made: {error.strerror}") from error


def _only_one(lock: Path) -> IO[str]:
    """Hold the lock that says this embedded database is being served. Raises BadInput if it is already."""
    try:
        handle = lock.open("a+")
    except OSError as error:
        raise BadInput(f"the data folder {lock.parent} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise BadInput(f"another intakebot is already serving {lock.parent}; stop it, or set INTAKEBOT_DATA") from error
    handle.truncate(0)
    handle.write(str(os.getpid()))
    handle.flush()
    return handle
