"""A whole staff site for each test of the pages: real store, real server on a real port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer
from tests.web.staff_site import HASHER, Clock, SaidHealth, Site, sign_in

from intakebot.config.doors import Mail
from intakebot.config.settings import CategoryText, Hours, Ombudsman, Routing, Settings, Team
from intakebot.config.settings import Landlord as LandlordSettings
from intakebot.domain.labels import Category
from intakebot.domain.people import StaffRole
from intakebot.landlord import Landlord
from intakebot.store import schema
from intakebot.store.engine import Store
from intakebot.web.app import build


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data=tmp_path,
        landlord=LandlordSettings(
            name="Harbour Homes",
            phone="01632 960001",
            emergency_phone="01632 960999",
            emergency_advice="For gas, ring 0800 111 999.",
            support_signpost="Citizens Advice can help you to complain.",
            complaint_definition="A complaint is any expression of dissatisfaction, however made.",
            ombudsman=Ombudsman(
                name="Housing Ombudsman Service",
                phone="0300 111 3000",
                email="info@ombudsman.example",
                post="PO Box 1, Preston",
                website="www.ombudsman.example",
            ),
            categories={Category.REPAIRS: CategoryText(title="Repairs in your home", responsible_for="We mend it.")},
        ),
        hours=Hours(),
        mail=Mail(address="complaints@landlord.example"),
        routing=Routing(
            teams={
                "repairs": Team(name="Repairs", categories=(Category.REPAIRS,), manager="manager@example.org"),
                "homes": Team(name="Tenancy", categories=(Category.RENTS,), manager="manager@example.org"),
            },
            default_team="repairs",
        ),
    )


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> Iterator[Store]:
    store = Store(settings.effective_database_url, tmp_path / "blobs")
    schema.metadata.create_all(store.engine)
    yield store
    store.close()


@pytest.fixture
async def site(settings: Settings, store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """The site at Monday 2 March 2026, nine in the morning, with an officer, a manager and an administrator."""
    monkeypatch.setattr("intakebot.web.passwords.hash_password", HASHER.hash)  # as cheap as the accounts' own
    found = Site(settings, store, Landlord.from_settings(settings, b"k" * 32), Clock(now), SaidHealth())
    found.add_officer("Olu Bello", "officer@example.org")
    found.add_officer("Mina Rao", "manager@example.org", StaffRole.MANAGER)
    found.add_officer("Ari Adams", "admin@example.org", StaffRole.ADMIN, team="")
    application = build(settings, store, found.landlord, found.clock, found.health)
    async with TestServer(application) as server:
        found.url = str(server.make_url("")).rstrip("/")
        yield found


@pytest.fixture
async def client(site: Site) -> AsyncIterator[ClientSession]:
    """A browser of sorts: cookies, no redirects followed unless asked for."""
    async with ClientSession(site.url, cookie_jar=CookieJar(unsafe=True)) as session:
        yield session


@pytest.fixture
async def officer(site: Site, client: ClientSession) -> ClientSession:
    """The same, signed in as the officer."""
    await sign_in(client, "officer@example.org")
    return client
