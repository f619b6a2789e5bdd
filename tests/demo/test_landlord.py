"""The made-up landlord: its settings are whole, its people are hired once, and its first complaint is a good one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.running import free_port
from tests.factories import NOW, demo_settings, raw
from tests.road.smarthost import Smarthost

from intakebot.demo.complaint import send_first_complaint
from intakebot.demo.landlord import hire
from intakebot.domain.labels import Category, Kind
from intakebot.domain.people import StaffRole
from intakebot.errors import StoreUnavailable
from intakebot.passwords import is_password
from intakebot.reading import Reader
from intakebot.store.engine import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(demo_settings(tmp_path))
    yield opened
    opened.close()


def test_every_category_has_a_team_and_words_and_every_team_somebody_at_work() -> None:
    settings = demo_settings(Path("nowhere"))
    assert set(settings.landlord.categories) == set(Category)
    assert {c for team in settings.routing.teams.values() for c in team.categories} == set(Category)
    assert {o.team for o in settings.demo_officers if not o.away_from} >= set(settings.routing.teams)
    assert {p for o in settings.demo_officers for p in o.patches} == set(settings.routing.patches)
    assert {o.role for o in settings.demo_officers} == set(StaffRole), "everybody there is can be tried"


def test_people_are_hired_once_and_sign_in_with_the_password_given(tmp_path: Path, store: Store) -> None:
    settings = demo_settings(tmp_path, demo_password="a password for tests")
    assert hire(settings, store) == "a password for tests"
    found = store.read_now(lambda work: work.officers.by_email("officer@example.org"))
    assert found is not None
    assert is_password("a password for tests", found[1])
    assert hire(demo_settings(tmp_path, demo_password="another password"), store) is None
    assert len(store.read_now(lambda work: work.officers.all())) == len(settings.demo_officers)
    hired = {o.email: (o.role, o.team, o.capacity) for o in store.read_now(lambda work: work.officers.all())}
    assert hired["officer@example.org"] == (StaffRole.OFFICER, "complaints", 40)
    assert hired["manager@example.org"] == (StaffRole.MANAGER, "tenancy", 10)
    assert hired["admin@example.org"] == (StaffRole.ADMIN, "", 30)
    assert hired["complaints.officer@example.org"][0] is StaffRole.COMPLAINTS_OFFICER
    assert hired["senior.lead@example.org"][0] is StaffRole.SENIOR_LEAD
    assert hired["mrc@example.org"][0] is StaffRole.MRC
    (away,) = [o for o in store.read_now(lambda work: work.officers.all()) if o.absences]
    assert away.name == "Piotr Lis"


def test_a_password_is_made_up_where_none_is_given(tmp_path: Path, store: Store) -> None:
    password = hire(demo_settings(tmp_path), store)
    assert password is not None
    assert len(password) >= 12


def test_a_real_landlord_gets_no_such_accounts(tmp_path: Path, store: Store) -> None:
    assert hire(demo_settings(tmp_path, demo="false"), store) is None
    assert store.read_now(lambda work: work.officers.all()) == ()


def test_the_first_complaint_goes_by_real_smtp_and_reads_as_a_complaint(tmp_path: Path) -> None:
    server = Smarthost()
    server.on()
    try:
        send_first_complaint("127.0.0.1", server.port, "complaints@larkmere.example", NOW)
    finally:
        server.off()
    (mail,) = server.letters
    found = Reader(demo_settings(tmp_path)).read(raw(mail.as_bytes())).classification
    assert found.kind.label == Kind.COMPLAINT
    assert "repairs" in [tag.label for tag in found.categories]
    assert "written_only" in [tag.label for tag in found.needs]


def test_nobody_listening_is_a_plain_failure() -> None:
    with pytest.raises(StoreUnavailable, match="is `intakebot serve` running"):
        send_first_complaint("127.0.0.1", free_port(), "complaints@larkmere.example", NOW)


def test_the_demo_is_the_same_in_another_loop(tmp_path: Path, store: Store) -> None:
    async def inside() -> str | None:
        return await asyncio.to_thread(hire, demo_settings(tmp_path, demo_password="a password for tests"), store)

    assert asyncio.run(inside()) == "a password for tests"
