"""Settings of the doors: mail in and out, the web form, and what comes from other software."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from intakebot.config.values import MailAddress, Port, Section


class Mail(Section):
    """Our address, and how answers to our letters come back."""

    address: MailAddress = "complaints@landlord.example"
    name: str = "Complaints team"
    other_addresses: tuple[MailAddress, ...] = ()
    plus_addressing: bool = True
    own_lists: tuple[str, ...] = ()
    trusted_senders: tuple[str, ...] = ()
    authserv_id: str = ""
    automatic_answers_per_day: Annotated[int, Field(ge=1, le=1000)] = 10

    @property
    def domain(self) -> str:
        """The domain of our address, lower case."""
        return self.address.rpartition("@")[2].lower()

    @property
    def all_addresses(self) -> tuple[str, ...]:
        """Every address that is ours, lower case."""
        return tuple(a.lower() for a in (self.address, *self.other_addresses))


class Smtp(Section):
    """Limits of the mail listener. Sizes in bytes, times in seconds."""

    max_size: Annotated[int, Field(ge=65536)] = 40_000_000
    max_connections: Annotated[int, Field(ge=1)] = 200
    max_connections_per_address: Annotated[int, Field(ge=1)] = 20
    max_messages_per_connection: Annotated[int, Field(ge=1)] = 1000
    max_messages_per_address_per_minute: Annotated[int, Field(ge=1)] = 600
    unlimited_peers: tuple[str, ...] = ("127.0.0.1", "::1")
    timeout: Annotated[int, Field(ge=5)] = 120
    certificate: Path | None = None
    key: Path | None = None
    require_starttls: bool = False
    accept_any_recipient: bool = False


class WebForm(Section):
    """How often one address on the network may begin and send the public form, an hour; and which are our own proxies.

    What is over a limit is kept and may be sent later. A proxy of ours is believed on where a request comes from.
    """

    begun_per_hour: Annotated[int, Field(ge=1)] = 60
    sent_per_hour: Annotated[int, Field(ge=1)] = 20
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")


class Mailbox(Section):
    """A mailbox to poll by IMAP. Messages are moved or flagged only after they are committed.

    `since` leaves out what the server received before that day: for a mailbox with a history already dealt with.
    """

    host: str
    port: Port = 993
    user: str
    password: SecretStr
    folder: str = "INBOX"
    security: Literal["tls", "starttls", "none"] = "tls"
    ca_file: Path | None = None
    done_folder: str = ""
    since: date | None = None
    poll_seconds: Annotated[int, Field(ge=1)] = 60


class Api(Section):
    """Limits of the REST API, for each token. `max_size` is that of one request in bytes, attachments as base64."""

    max_size: Annotated[int, Field(ge=65536)] = 15_000_000
    requests_per_minute: Annotated[int, Field(ge=1)] = 120


class Smarthost(Section):
    """The server our mail leaves through. Without one, mail is written to DATA/mail-out/ as files."""

    host: str
    port: Port = 587
    security: Literal["tls", "starttls", "none"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    ca_file: Path | None = None
    timeout: Annotated[int, Field(ge=1)] = 60
