"""The email channel: mail in by SMTP and from a mailbox, read as messages, and mail out.

Reader processes import this module only to call `normalise`, so the mail servers and clients, and what they
import, are imported where they are started.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING

from intakebot.channels.base import Accept
from intakebot.channels.email import reading
from intakebot.config.doors import Mail, Mailbox
from intakebot.config.doors import Smarthost as SmarthostSettings
from intakebot.config.settings import Settings
from intakebot.domain.message import NormalisedMessage, OutboundMessage, RawMessage, Receipt

if TYPE_CHECKING:
    from intakebot.channels.email.listener import Listener
    from intakebot.channels.email.mailbox import MailboxState, MailboxWatch
    from intakebot.channels.email.oauth import Tokens
    from intakebot.channels.email.sending import MailFolder, Smarthost

SMTP_ROLE = "smtp"
MAILBOX_ROLE = "mailbox"
ROLES = frozenset({SMTP_ROLE, MAILBOX_ROLE})


class EmailChannel:
    """Mail, in and out."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        now: Callable[[], datetime],
        roles: Collection[str] = ROLES,
    ) -> None:
        self.name = name
        self._settings = settings
        self._now = now
        self._roles = frozenset(roles)
        self._reading = reading_settings(settings.mail)
        self._listener: Listener | None = None
        self._listening = asyncio.Event()
        self._watch: MailboxWatch | None = None
        self._way_out: Smarthost | MailFolder | None = None
        self._tokens: Tokens | None = None

    @classmethod
    def from_settings(
        cls,
        name: str,
        settings: Settings,
        now: Callable[[], datetime],
        roles: Collection[str] = ROLES,
    ) -> EmailChannel:
        """Build the channel. `now` gives aware times; `roles` says what `run` does here: "smtp", "mailbox"."""
        return cls(name, settings, now, roles)

    async def run(self, accept: Accept) -> None:
        """Listen, and watch the mailbox where the settings name one, until cancelled.

        Raises `BadSettings` and `BadInput` at once if the listener cannot start. When cancelled, messages that
        are arriving are let in first, for at most ten seconds.
        """
        if SMTP_ROLE in self._roles:
            # aiosmtpd is wanted only where mail comes in, not in reader processes.
            from intakebot.channels.email.listener import serve

            self._listener = await serve(self._settings, accept, self._now, self.name)
            self._listening.set()
        try:
            if MAILBOX_ROLE in self._roles and self._settings.mailbox is not None:
                # imap-tools likewise.
                from intakebot.channels.email.mailbox import MailboxWatch

                mailbox = self._settings.mailbox
                tokens = self._tokens_for(mailbox)
                self._watch = MailboxWatch(mailbox, accept, self._now, channel=self.name, tokens=tokens)
                await self._watch.run()
            else:
                await asyncio.Event().wait()
        finally:
            if self._listener is not None:
                self._listening.clear()
                await self._listener.close()

    async def port(self) -> int:
        """The port the listener has, once it listens: the one in the settings, or a free one where they say 0."""
        await self._listening.wait()
        assert self._listener is not None
        return self._listener.port

    @property
    def mailbox_state(self) -> MailboxState | None:
        """How watching the mailbox goes, for a person; None where this process watches none."""
        return self._watch.state if self._watch is not None else None

    async def mailbox_trouble(self) -> str:
        """Whether we get into the mailbox, if there is one: what is wrong, in words, or "". Changes nothing there."""
        if self._settings.mailbox is None:
            return ""
        from intakebot.channels.email.mailbox import trouble

        return await trouble(self._settings.mailbox, self._tokens_for(self._settings.mailbox))

    async def smarthost_trouble(self) -> str:
        """The same of the smarthost. Sends nothing."""
        if self._settings.smarthost is None:
            return ""
        from intakebot.channels.email.sending import Smarthost

        smarthost = self._settings.smarthost
        return await Smarthost(smarthost, self._settings.mail, self._tokens_for(smarthost)).trouble()

    def normalise(self, raw: RawMessage) -> NormalisedMessage:
        """Read a mail. Raises `Unreadable`."""
        return reading.read(raw, self._reading)

    async def send(self, message: OutboundMessage) -> Receipt:
        """Send a mail through the smarthost, or write it to DATA/mail-out/. Raises `DeliveryFailed`."""
        if self._way_out is None:
            self._way_out = self._find_way_out()
        return await self._way_out.send(message)

    async def close(self) -> None:
        """End the connection that `send` keeps open. A later `send` opens another."""
        if self._way_out is not None:
            await self._way_out.close()

    def _find_way_out(self) -> Smarthost | MailFolder:
        # aiosmtplib is wanted only where mail goes out, not in reader processes.
        from intakebot.channels.email.sending import MailFolder, Smarthost

        if (smarthost := self._settings.smarthost) is not None:
            return Smarthost(smarthost, self._settings.mail, self._tokens_for(smarthost))
        return MailFolder(self._settings.data / "mail-out", self._settings.mail)

    def _tokens_for(self, server: Mailbox | SmarthostSettings) -> Tokens | None:
        """What signs in at a server, the same for both so that they share a token; None where passwords do."""
        if server.sign_in != "oauth" or self._settings.oauth is None:
            return None
        if self._tokens is None:
            from intakebot.channels.email.oauth import Tokens

            self._tokens = Tokens(self._settings.oauth)
        return self._tokens


def reading_settings(mail: Mail) -> reading.ReadingSettings:
    """What reading mail needs to know of us."""
    return reading.ReadingSettings(
        our_addresses=frozenset(mail.all_addresses),
        our_domain=mail.domain,
        own_lists=frozenset(entry.lower() for entry in mail.own_lists),
        trusted_senders=frozenset(entry.lower() for entry in mail.trusted_senders),
        authserv_id=mail.authserv_id,
    )
