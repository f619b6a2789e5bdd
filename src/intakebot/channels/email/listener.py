"""Listens for mail by SMTP, and says 250 only once `accept` has made it durable.

Built on aiosmtpd inside the running event loop. `conversation` reads commands and messages, `door` decides who
and what may come in, `limits` counts.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from datetime import datetime

from intakebot.channels.base import Accept
from intakebot.channels.email.conversation import Conversation
from intakebot.channels.email.door import Door
from intakebot.config.doors import Smtp
from intakebot.config.settings import Settings
from intakebot.errors import BadInput, BadSettings

_BACKLOG = 512


class Listener:
    """A listener that is running. `port` is the port it really has, also where the settings say 0."""

    def __init__(self, server: asyncio.Server, door: Door) -> None:
        self._server = server
        self._door = door
        self.port: int = server.sockets[0].getsockname()[1]

    async def close(self, grace: float = 10.0) -> None:
        """Stop listening, and wait at most `grace` seconds for messages that are arriving.

        A message cut off by this has had no 250, so its sender keeps it and tries again.
        """
        self._server.close()
        await self._door.empty(grace)
        await self._server.wait_closed()


async def serve(settings: Settings, accept: Accept, now: Callable[[], datetime], channel: str = "email") -> Listener:
    """Listen at `settings.smtp_host` and `smtp_port` in the running loop. `now` gives aware times.

    Raises `BadSettings` if the certificate cannot be used, and `BadInput` if the port cannot be had.
    """
    # aiosmtpd writes every address and command it sees to this log.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
    tls = _tls_context(settings.smtp)
    door = Door(settings, accept, now, channel)
    host, port = settings.smtp_host, settings.smtp_port
    try:
        server = await asyncio.get_running_loop().create_server(
            lambda: Conversation(door, tls), host, port, backlog=_BACKLOG
        )
    except OSError as error:
        raise BadInput(f"cannot listen for mail at {host} port {port}: {error.strerror or error}") from error
    return Listener(server, door)


def _tls_context(smtp: Smtp) -> ssl.SSLContext | None:
    if smtp.certificate is None:
        if smtp.require_starttls:
            raise BadSettings(["smtp.require_starttls needs smtp.certificate and smtp.key"])
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(smtp.certificate, smtp.key)
    except (OSError, ValueError) as error:
        raise BadSettings([f"smtp.certificate and smtp.key cannot be used: {error}"]) from error
    return context
