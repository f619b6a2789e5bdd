"""Settings: everything the service is told, as one frozen value; each section checks itself.

`settings_file.load` reads them. Everything a landlord may want different is data here or in the letters
folder, never code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, SecretStr, model_validator

from intakebot.config.doors import Api, Mail, Mailbox, OAuth, Smarthost, Smtp, WebForm
from intakebot.config.representatives import Representatives
from intakebot.config.values import BotToken, MailAddress, Port, Section, WebhookSecret
from intakebot.domain.hazard_scope import EVERY, IN_FORCE, REACHABLE, ScopePeriod
from intakebot.domain.labels import Category, Flag
from intakebot.domain.people import StaffRole

T = TypeVar("T")
BUILT_IN_CHANNELS = ("email", "telegram", "web", "api")
"""The channels that come with intakebot and may be left out. What staff type in always comes in."""


class Ombudsman(Section):
    """An Ombudsman's details, printed in every letter (Code 3.7). `email` may be ""."""

    name: str
    phone: str
    email: str
    post: str
    website: str


class CategoryText(Section):
    """A category in letters: how they name it, and what the landlord is and is not responsible for (Code 5.7)."""

    title: str
    responsible_for: str
    not_responsible_for: str = ""


class Landlord(Section):
    """Who the landlord is, in the words letters use."""

    name: str = "Your landlord"
    reference_prefix: Annotated[str, Field(pattern=r"^[A-Z]{1,4}$")] = "HC"
    phone: str = ""
    website: str = ""
    telegram: Annotated[str, Field(pattern=r"^([A-Za-z][A-Za-z0-9_]{3,30}[A-Za-z0-9])?$")] = ""
    emergency_phone: str = ""
    emergency_advice: str = (
        "If you smell gas, leave, and ring 0800 111 999. If anybody is in danger now, ring 999 (18000 by Relay UK)."
    )
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
    lgsco: Ombudsman = Ombudsman(
        name="Local Government and Social Care Ombudsman",
        phone="0300 061 0614",
        email="",
        post="PO Box 4771, Coventry CV4 0EH",
        website="www.lgo.org.uk",
    )
    categories: Mapping[Category, CategoryText] = {}
    lgsco_categories: tuple[Category, ...] = ()


class Hours(Section):
    """When people are at work, Europe/London: working days of the calendar between these times."""

    opens: time = time(9, 0)
    closes: time = time(17, 0)

    @model_validator(mode="after")
    def _in_order(self) -> Hours:
        if self.opens >= self.closes:
            raise ValueError("hours.opens must be earlier than hours.closes")
        return self


class Calendar(Section):
    """How the Code's days are counted; `../docs/timescales.md` explains the choices the Code leaves open."""

    receipt_rule: Literal["calendar", "deemed"] = "calendar"
    ack_day_counts_as: Literal[0, 1] = 0
    closing_time: time = time(17, 0)
    extra_holidays: tuple[date, ...] = ()
    escalation_window_days: Annotated[int, Field(ge=1, le=366)] | None = None


def _hazard_id(value: str) -> str:
    if value not in REACHABLE:
        raise ValueError(f"must be one of: {', '.join(sorted(REACHABLE))}")
    return value


class HazardScope(Section):
    """What Awaab's Law reaches from a day on: ids of hazards, or `all`, which never includes overcrowding."""

    since: date
    significant: tuple[Annotated[str, AfterValidator(_hazard_id)], ...] = ()
    emergency: tuple[Annotated[str, AfterValidator(_hazard_id)], ...] = (EVERY,)


class Hazards(Section):
    """The reach of Awaab's Law by date, where a landlord says it; `../docs/hazards.md` explains how and when."""

    scope: tuple[HazardScope, ...] = ()

    @property
    def periods(self) -> tuple[ScopePeriod, ...]:
        """The table as the domain reads it. Without one it is what is in force: a landlord cannot empty it."""
        told = (ScopePeriod(p.since, frozenset(p.significant), frozenset(p.emergency)) for p in self.scope)
        return tuple(told) or IN_FORCE


class ReportingLabel(Section):
    """A label as the annual report prints it, and the categories counted under it."""

    label: str
    categories: tuple[Category, ...]


class ReportingLabels(Section):
    """The labels of reports on periods that begin on `since` or later, until the next."""

    since: date
    labels: tuple[ReportingLabel, ...]


def _labels_apart(tables: tuple[ReportingLabels, ...]) -> tuple[ReportingLabels, ...]:
    """No two tables begin on one day, and in none is a category under two labels or a label there twice."""
    wrong = [f"two of them begin on {since}" for since in _twice(table.since for table in tables)]
    for table in tables:
        categories = _twice(category.value for one in table.labels for category in one.categories)
        wrong += [f"in those of {table.since}, {category} stands under more than one label" for category in categories]
        wrong += [
            f"in those of {table.since}, {label!r} stands twice" for label in _twice(one.label for one in table.labels)
        ]
    if wrong:
        raise ValueError("; ".join(wrong))
    return tables


def _twice(values: Iterable[T]) -> list[T]:
    return [value for value, times in Counter(values).items() if times > 1]


class Reports(Section):
    """How reports count and name things; `../docs/reports.md` explains. Without labels, the usual ones."""

    withdrawn_in_ch02: Literal["in_time", "not_in_time", "exclude"] = "in_time"
    labels: Annotated[tuple[ReportingLabels, ...], AfterValidator(_labels_apart)] = ()


class Warnings(Section):
    """How many working days before a due date the officer, and then the manager, is told."""

    officer_days: Annotated[int, Field(ge=0, le=10)] = 2
    manager_days: Annotated[int, Field(ge=0, le=10)] = 1


class Needs(Section):
    """Formats that people make: working days for each, days to find a safe way, and large print in points."""

    format_days: Annotated[int, Field(ge=0, le=60)] = 5
    safe_contact_days: Annotated[int, Field(ge=0, le=20)] = 1
    print_pt: Annotated[int, Field(ge=16, le=28)] = 18


class Team(Section):
    """A team of officers and the categories it deals with. `manager` is the mail address told of breaches."""

    name: str
    categories: tuple[Category, ...] = ()
    flags: tuple[Flag, ...] = ()
    manager: MailAddress


class Patch(Section):
    """An area of homes, named by postcode beginnings or street names found in a message."""

    name: str
    postcodes: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()


class Routing(Section):
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


class Governance(Section):
    """Whom the report on complaints is sent to when a period has ended, and how long a period is (Code 9.5 to 9.7)."""

    mrc: MailAddress | Literal[""] = ""
    every: Literal["month", "quarter"] = "quarter"


class Incident(Section):
    """A time when something kept the landlord from following the Code, such as an attack on its computers (Code 8.5).

    The clocks go on. `told_residents` is where residents were told and when all will be well again.
    """

    since: date
    until: date | None = None
    what: str
    told_residents: str = ""


class DemoOfficer(Section):
    """A made-up member of staff, created at first start of the made-up landlord only."""

    name: str
    email: MailAddress
    role: StaffRole = StaffRole.OFFICER
    team: str = ""
    patches: tuple[str, ...] = ()
    capacity: Annotated[int, Field(ge=0)] = 30
    away_from: date | None = None
    away_to: date | None = None


class Settings(Section):
    """Everything the service is told. Frozen; built once by `load` and passed down."""

    data: Path = Path("data")
    database_url: Annotated[str, Field(repr=False)] = ""
    blobs: Literal["", "folder", "database"] = ""
    smtp_host: str = "127.0.0.1"
    smtp_port: Port = 8025
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    public_url: str = ""
    telegram_token: BotToken = SecretStr("")
    telegram_api_url: Annotated[str, Field(pattern=r"^https?://")] = "https://api.telegram.org"
    telegram_webhook_secret: WebhookSecret = SecretStr("")
    secure_cookies: bool = False
    acknowledge: Literal["automatic", "officer"] = "officer"
    classifier: str = "trained"
    channels: tuple[str, ...] = BUILT_IN_CHANNELS
    channel_options: Mapping[str, Mapping[str, object]] = {}
    workers: Annotated[int, Field(ge=0, le=64)] = 0
    read_timeout: Annotated[int, Field(ge=1)] = 20
    letters: Path | None = None
    retention_years: Annotated[int, Field(ge=1, le=100)] = 6
    demo: bool = False
    demo_password: SecretStr = SecretStr("")
    landlord: Landlord = Landlord()
    hours: Hours = Hours()
    calendar: Calendar = Calendar()
    hazards: Hazards = Hazards()
    reports: Reports = Reports()
    warnings: Warnings = Warnings()
    needs: Needs = Needs()
    representatives: Representatives = Representatives()
    mail: Mail = Mail()
    smtp: Smtp = Smtp()
    form: WebForm = WebForm()
    mailbox: Mailbox | None = None
    api: Api = Api()
    smarthost: Smarthost | None = None
    oauth: OAuth | None = None
    routing: Routing = Routing()
    governance: Governance = Governance()
    incidents: tuple[Incident, ...] = ()
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
    def _oauth_is_used(self) -> Settings:
        doors = {"mailbox": self.mailbox, "smarthost": self.smarthost}
        users = [name for name, door in doors.items() if door is not None and door.sign_in == "oauth"]
        if users and self.oauth is None:
            raise ValueError(f'{users[0]}.sign_in is "oauth", which needs the section [oauth]')
        if self.oauth is not None and not users:
            raise ValueError('[oauth] is used by nothing; set mailbox.sign_in or smarthost.sign_in to "oauth"')
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> Settings:
        if self.telegram_webhook_secret.get_secret_value() and not self.public_url.startswith("https://"):
            raise ValueError("telegram_webhook_secret needs a public_url that begins with https://")
        if self.database_url and not re.match(r"^(sqlite|postgres(ql)?(\+psycopg)?)://", self.database_url):
            raise ValueError("database_url must begin with sqlite:// or postgresql://")
        return self
