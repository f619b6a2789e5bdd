"""Settings of the doors: mail in and out, the web form, and what comes from other software."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from intakebot.config.values import ClientSecret, MailAddress, Port, SafeUrl, Section, is_this_machine


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
    sign_in: Literal["password", "oauth"] = "password"
    password: SecretStr = SecretStr("")
    folder: str = "INBOX"
    security: Literal["tls", "starttls", "none"] = "tls"
    ca_file: Path | None = None
    done_folder: str = ""
    since: date | None = None
    poll_seconds: Annotated[int, Field(ge=1)] = 60

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> Mailbox:
        if self.sign_in == "password" and not self.password.get_secret_value():
            raise ValueError('mailbox.password must be set, or mailbox.sign_in be "oauth"')
        _check_oauth("mailbox", self)
        return self


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
    sign_in: Literal["password", "oauth"] = "password"
    password: SecretStr = SecretStr("")
    ca_file: Path | None = None
    timeout: Annotated[int, Field(ge=1)] = 60

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> Smarthost:
        _check_oauth("smarthost", self)
        return self


class OAuth(Section):
    """Who we are as an application, where mailbox or smarthost take no passwords: OAuth 2.0 client credentials."""

    token_url: SafeUrl
    client_id: Annotated[str, Field(min_length=1)]
    client_secret: ClientSecret
    scope: str = "https://outlook.office365.com/.default"
    ca_file: Path | None = None


def _check_oauth(name: str, door: Mailbox | Smarthost) -> None:
    """Sign-in by OAuth goes by a token alone, which is as good as a password and is not sent in the clear either."""
    if door.sign_in != "oauth":
        return
    if door.password.get_secret_value():
        raise ValueError(f'{name}.password and {name}.sign_in = "oauth" cannot both be set; take one of them out')
    if not door.user:
        raise ValueError(f'{name}.user must be set where {name}.sign_in is "oauth": the address of the mailbox')
    if door.security == "none" and not is_this_machine(door.host):
        raise ValueError(f'{name}.security must be "tls" or "starttls" where {name}.sign_in is "oauth"')
