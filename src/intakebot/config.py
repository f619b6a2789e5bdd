"""Settings: one TOML file and the environment become one frozen value, every mistake reported at once.

`load` reads `intakebot.toml`; each key can also be set as `INTAKEBOT_KEY`, nested keys joined by `__`
(`INTAKEBOT_SMARTHOST__HOST`). The environment wins over the file. Without a file the made-up landlord of
`intakebot/demo/` is used, so that a first try needs no set-up. Everything a landlord may want different is
data here or in the letters folder, never code.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date, time
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from intakebot.domain.labels import Category, Flag
from intakebot.errors import BadSettings

ENV_PREFIX = "INTAKEBOT_"
_NOT_SETTINGS = frozenset({"INTAKEBOT_CONFIG", "INTAKEBOT_TEST_DATABASE_URL"})


def is_mail_address(value: str) -> bool:
    """Whether this looks like one bare mail address."""
    return re.fullmatch(r"[^@\s<>,;:\"()]+@[^@\s<>,;:\"()]+", value) is not None


def _mail_address(value: str) -> str:
    if not is_mail_address(value):
        raise ValueError("must be a mail address such as complaints@example.org")
    return value


MailAddress = Annotated[str, AfterValidator(_mail_address)]
Port = Annotated[int, Field(ge=0, le=65535)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ombudsman(_Section):
    """An Ombudsman's details, printed in every letter (Code 3.7)."""

    name: str
    phone: str
    email: str
    post: str
    website: str


class CategoryText(_Section):
    """A category in letters: how they name it, and what the landlord is and is not responsible for (Code 5.7)."""

    title: str
    responsible_for: str
    not_responsible_for: str = ""


class Landlord(_Section):
    """Who the landlord is, in the words letters use."""

    name: str = "Your landlord"
    reference_prefix: Annotated[str, Field(pattern=r"^[A-Z]{1,4}$")] = "HC"
    phone: str = ""
    website: str = ""
    emergency_phone: str = ""
    emergency_advice: str = ""
    policy_url: str = ""
    support_signpost: str = ""
    complaint_definition: str = ""
    ombudsman: Ombudsman = Ombudsman(
        name="Housing Ombudsman Service",
        phone="0300 111 3000",
        email="info@housing-ombudsman.org.uk",
        post="PO Box 1484, Unit D, Preston, PR2 0ET",
        website="www.housing-ombudsman.org.uk",
    )
    categories: Mapping[Category, CategoryText] = {}


class Hours(_Section):
    """When people are at work, Europe/London: working days of the calendar between these times."""

    opens: time = time(9, 0)
    closes: time = time(17, 0)

    @model_validator(mode="after")
    def _in_order(self) -> Hours:
        if self.opens >= self.closes:
            raise ValueError("hours.opens must be earlier than hours.closes")
        return self


class Calendar(_Section):
    """How the Code's days are counted; `../docs/timescales.md` explains the choices the Code leaves open."""

    receipt_rule: Literal["calendar", "deemed"] = "calendar"
    ack_day_counts_as: Literal[0, 1] = 0
    closing_time: time = time(17, 0)
    extra_holidays: tuple[date, ...] = ()


class Warnings(_Section):
    """How many working days before a due date the officer, and then the manager, is told."""

    officer_days: Annotated[int, Field(ge=0, le=10)] = 2
    manager_days: Annotated[int, Field(ge=0, le=10)] = 1


class Mail(_Section):
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


class Smtp(_Section):
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


class Mailbox(_Section):
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


class Smarthost(_Section):
    """The server our mail leaves through. Without one, mail is written to DATA/mail-out/ as files."""

    host: str
    port: Port = 587
    security: Literal["tls", "starttls", "none"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    ca_file: Path | None = None
    timeout: Annotated[int, Field(ge=1)] = 60


class Team(_Section):
    """A team of officers and the categories it deals with. `manager` is the mail address told of breaches."""

    name: str
    categories: tuple[Category, ...] = ()
    flags: tuple[Flag, ...] = ()
    manager: MailAddress


class Patch(_Section):
    """An area of homes, named by postcode beginnings or street names found in a message."""

    name: str
    postcodes: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()


class Routing(_Section):
    """Teams, patches, and who is told of danger at any hour."""

    teams: Mapping[str, Team] = {}
    patches: Mapping[str, Patch] = {}
    default_team: str = ""
    duty_officer: MailAddress = "duty@landlord.example"

    @model_validator(mode="after")
    def _default_exists(self) -> Routing:
        if self.teams and self.default_team not in self.teams:
            raise ValueError(f"routing.default_team must be one of: {', '.join(self.teams)}")
        return self


class DemoOfficer(_Section):
    """A made-up member of staff, created at first start of the made-up landlord only."""

    name: str
    email: MailAddress
    role: Literal["officer", "manager", "admin"] = "officer"
    team: str = ""
    patches: tuple[str, ...] = ()
    capacity: Annotated[int, Field(ge=0)] = 30
    away_from: date | None = None
    away_to: date | None = None


class Settings(_Section):
    """Everything the service is told. Frozen; built once by `load` and passed down."""

    data: Path = Path("data")
    database_url: Annotated[str, Field(repr=False)] = ""
    blobs: Literal["", "folder", "database"] = ""
    smtp_host: str = "127.0.0.1"
    smtp_port: Port = 8025
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    public_url: str = ""
    secure_cookies: bool = False
    acknowledge: Literal["automatic", "officer"] = "officer"
    classifier: str = "rules"
    workers: Annotated[int, Field(ge=0, le=64)] = 0
    read_timeout: Annotated[int, Field(ge=1)] = 20
    letters: Path | None = None
    demo: bool = False
    demo_password: SecretStr = SecretStr("")
    landlord: Landlord = Landlord()
    hours: Hours = Hours()
    calendar: Calendar = Calendar()
    warnings: Warnings = Warnings()
    mail: Mail = Mail()
    smtp: Smtp = Smtp()
    mailbox: Mailbox | None = None
    smarthost: Smarthost | None = None
    routing: Routing = Routing()
    demo_officers: tuple[DemoOfficer, ...] = ()

    @property
    def effective_database_url(self) -> str:
        """The database in use: the one given, else SQLite in the data folder. PostgreSQL goes through psycopg."""
        if not self.database_url:
            return f"sqlite:///{(self.data / 'intakebot.db').absolute()}"
        return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", self.database_url)

    @property
    def uses_sqlite(self) -> bool:
        """Whether the store is the embedded one."""
        return self.effective_database_url.startswith("sqlite")

    @property
    def blobs_in_database(self) -> bool:
        """Whether raw mail and attachments live in the database: the default where many machines share it."""
        return self.blobs == "database" or (self.blobs == "" and not self.uses_sqlite)

    @property
    def base_url(self) -> str:
        """Where people reach the pages, without a closing slash."""
        return (self.public_url or f"http://{self.http_host}:{self.http_port}").rstrip("/")

    @model_validator(mode="after")
    def _database_known(self) -> Settings:
        if self.database_url and not re.match(r"^(sqlite|postgres(ql)?(\+psycopg)?)://", self.database_url):
            raise ValueError("database_url must begin with sqlite:// or postgresql://")
        return self


def demo_file() -> Path:
    """The made-up landlord's settings, shipped with the package."""
    return Path(str(resources.files("intakebot.demo") / "intakebot.toml"))


def find_file(given: Path | None, environ: Mapping[str, str]) -> Path:
    """The settings file to read: the one given, else INTAKEBOT_CONFIG, else ./intakebot.toml, else the demo's."""
    if given is not None:
        return given
    if named := environ.get("INTAKEBOT_CONFIG"):
        return Path(named)
    here = Path("intakebot.toml")
    return here if here.exists() else demo_file()


def load(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises `BadSettings` naming every wrong key, what is allowed, and where it was set."""
    environ = os.environ if environ is None else environ
    path = find_file(file, environ)
    values = _read_toml(path)
    from_environment = _overlay(values, environ)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise BadSettings([_sentence(e, path, from_environment) for e in error.errors()]) from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as handle:
            return tomllib.load(handle)
    except FileNotFoundError as error:
        raise BadSettings([f"{path} does not exist; give another file with --config"]) from error
    except OSError as error:
        raise BadSettings([f"{path} cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings([f"{path} is not valid TOML: {error}"]) from error


def _overlay(values: dict[str, Any], environ: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Put environment settings over the file's; returns which variable set which key."""
    origin: dict[tuple[str, ...], str] = {}
    for name in sorted(environ):
        if not name.startswith(ENV_PREFIX) or name in _NOT_SETTINGS:
            continue
        keys = tuple(name.removeprefix(ENV_PREFIX).lower().split("__"))
        level = values
        for key in keys[:-1]:
            below = level.get(key)
            if not isinstance(below, dict):
                below = level[key] = {}
            level = below
        level[keys[-1]] = _from_text(environ[name])
        origin[keys] = name
    return origin


def _from_text(text: str) -> Any:
    """Lists and tables are written as JSON in the environment; everything else stays text for pydantic to read."""
    if text[:1] in "[{" and text:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _sentence(error: Any, path: Path, origin: Mapping[tuple[str, ...], str]) -> str:
    keys = tuple(str(part) for part in error["loc"])
    source = next((origin[keys[:n]] for n in range(len(keys), 0, -1) if keys[:n] in origin), "")
    if keys and not source:  # a variable that names something inside what has nothing inside
        source = next((name for key, name in origin.items() if key[: len(keys)] == keys), "")
    where = source or f"{'.'.join(keys)} in {path}" if keys else f"in {path}"
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no such setting; check the spelling against docs/configuration.md"
    message = error["msg"].removeprefix("Value error, ")
    return f"{where}: {message[:1].lower()}{message[1:]}"
