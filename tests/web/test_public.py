"""The front page and the statement name the ways to complain that there are, and no others."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from pydantic import ValidationError
from tests.web.complain.filling import links_in
from tests.web.staff_site import Site, read

from intakebot.config.settings import Landlord as LandlordSettings
from intakebot.landlord import Landlord
from intakebot.web.app import build


@pytest.fixture
async def client(site: Site, changes: dict[str, Any]) -> AsyncIterator[ClientSession]:
    """The pages of a landlord with other settings."""
    landlord = site.settings.landlord.model_copy(update={"telegram": changes.pop("telegram", "")})
    settings = site.settings.model_copy(update={"landlord": landlord} | changes)
    built = build(settings, site.store, Landlord.from_settings(settings, b"k" * 32), site.clock, site.health)
    async with TestServer(built) as server, ClientSession(str(server.make_url(""))) as session:
        yield session


BOT = "HarbourHomesBot"


@pytest.mark.parametrize("changes", [{"channels": ("email", "telegram"), "telegram": BOT}])
async def test_without_the_form_nothing_speaks_of_it(client: ClientSession) -> None:
    front, statement = await read(client, "/"), await read(client, "/accessibility")
    for page in (front, statement):
        assert "/complain" not in page and not re.search(r"\bforms?\b", page)
        assert "complaints@landlord.example" in page
    assert "write by email or write by Telegram" in front
    for path in ("/complain", "/complain/secret", "/complain/secret/who", "/case/hc00000000a.mark"):
        assert (await client.get(path)).status == 404
    assert (await client.post("/complain", data={"go": "on"})).status == 404


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"telegram": BOT}, True), ({"telegram": ""}, False), ({"telegram": BOT, "channels": ("web",)}, False)],
)
async def test_the_bot_is_named_where_there_is_one(client: ClientSession, named: bool) -> None:
    front = await read(client, "/")
    assert (f"https://t.me/{BOT}" in links_in(front)) is (f"@{BOT}" in front) is ("Telegram" in front) is named


@pytest.mark.parametrize("changes", [{"channels": ("web",), "telegram": BOT}])
async def test_only_the_form_is_left(client: ClientSession) -> None:
    front, statement = await read(client, "/"), await read(client, "/accessibility")
    assert "If you use the form you get a reference" in front
    for page in (front, statement):
        assert "mailto:complaints@" not in page and "Telegram" not in page
    assert "tell us: ring" in statement


@pytest.mark.parametrize("changes", [{"channels": ("api",)}])
async def test_with_neither_the_phone_is_left(client: ClientSession) -> None:
    front = await read(client, "/")
    assert "01632 960001" in front and "you get a reference" not in front


@pytest.mark.parametrize("wrong", ["@HarbourHomesBot", "https://t.me/HarbourHomesBot", "a b", "bot", "x" * 33, '"><b>'])
def test_the_name_of_the_bot_is_a_name_of_telegrams(wrong: str) -> None:
    with pytest.raises(ValidationError):
        LandlordSettings(telegram=wrong)


@pytest.mark.parametrize("changes", [{}])
async def test_every_number_to_ring_can_be_tapped(client: ClientSession) -> None:
    assert {"tel:01632960001", "tel:01632960999", "tel:03001113000"} <= set(links_in(await read(client, "/")))
