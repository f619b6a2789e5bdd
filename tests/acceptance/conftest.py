"""Running services that several tests share: one on SQLite, one on PostgreSQL. Each test is another tenant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url
from tests.acceptance.running import Serving
from tests.channels.email.conftest import certificate as certificate


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def serving(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path]
) -> Iterator[Serving]:
    """The whole service, shared by every test that leaves it as it was."""
    folder = tmp_path_factory.mktemp("service")
    settings = {
        "smtp__max_size": "200000",
        "smtp__certificate": str(certificate[0]),
        "smtp__key": str(certificate[1]),
        "workers": "1",
    }
    if request.param == "postgresql":
        settings["database_url"] = database = _new_database(request.getfixturevalue("postgres_url"))
    service = Serving(folder / "data", "", 0, **settings)
    try:
        service.wait_for_mail()
        yield service
        assert service.stop() == 0, "it does not stop in order"
    finally:
        service.kill()
        if request.param == "postgresql":
            _drop(database)


def _new_database(server: str) -> str:
    url = make_url(server).set(database=f"intakebot_test_{uuid4().hex}")
    _on_server(server, f"CREATE DATABASE {url.database}")
    return url.render_as_string(hide_password=False)


def _drop(database: str) -> None:
    _on_server(
        make_url(database).set(database="postgres").render_as_string(),
        f"DROP DATABASE {make_url(database).database} WITH (FORCE)",
    )


def _on_server(server: str, statement: str) -> None:
    plain = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(statement.encode())
