"""The shared fixtures do what the other tests rely on."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page
from sqlalchemy import create_engine, inspect, text


def test_now_is_aware_and_on_a_working_day(now: datetime) -> None:
    assert now.utcoffset() == timedelta(0)
    assert now.strftime("%A %H:%M") == "Monday 09:00"


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_gets_an_empty_database(database_url: str, turn: int) -> None:
    engine = create_engine(database_url)
    try:
        assert inspect(engine).get_table_names() == []
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE seen (turn INTEGER)"))
            connection.execute(text("INSERT INTO seen VALUES (:turn)"), {"turn": turn})
            assert connection.scalar(text("SELECT turn FROM seen")) == turn
    finally:
        engine.dispose()


def test_database_is_dropped_under_a_connection_left_open(postgres_url: str, request: pytest.FixtureRequest) -> None:
    engine = create_engine(request.getfixturevalue("postgres_database"))
    connection = engine.connect()
    assert connection.scalar(text("SELECT 1")) == 1
    connection.close()  # goes back to the pool: the connection itself stays open while the database is dropped
    request.addfinalizer(engine.dispose)


@pytest.mark.browser
async def test_browser_shows_a_page_of_a_server_in_the_same_loop(browser_page: Page) -> None:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="<h1>Complaints</h1>", content_type="text/html")

    application = web.Application()
    application.router.add_get("/", hello)
    async with TestServer(application) as server:
        await browser_page.goto(str(server.make_url("/")))
        assert await browser_page.inner_text("h1") == "Complaints"


@pytest.mark.browser
async def test_browser_reaches_no_other_machine(browser_page: Page, outside_requests: list[str]) -> None:
    await browser_page.set_content('<img src="http://tenant.example/logo.png"><h1>Still here</h1>')
    await browser_page.wait_for_load_state("load")
    assert [urlsplit(url).hostname for url in outside_requests] == ["tenant.example"]
    outside_requests.clear()


def test_settings_of_this_machine_do_not_reach_the_tests() -> None:
    assert [name for name in os.environ if name.startswith("INTAKEBOT_") and "TEST" not in name] == []
