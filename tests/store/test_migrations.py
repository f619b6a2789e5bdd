"""The migrations, run one after another, make the same database as the schema; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text
from tests.factories import demo_settings

from intakebot.errors import BadInput
from intakebot.store import migrations
from intakebot.store.engine import open_store
from intakebot.store.schema import metadata


def script() -> Config:
    config = Config()
    config.set_main_option("script_location", "intakebot.store:migrations")
    return config


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = create_engine(database_url)
    yield made
    made.dispose()


def climb(engine: Engine) -> None:
    config = script()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def test_head_is_the_newest_step() -> None:
    assert ScriptDirectory.from_config(script()).get_current_head() == migrations.HEAD


def test_the_steps_make_the_schema(engine: Engine) -> None:
    climb(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_steps_and_the_short_way_make_the_same_indexes(engine: Engine, tmp_path: Path) -> None:
    climb(engine)
    short = create_engine(f"sqlite:///{tmp_path / 'short.db'}")
    migrations.prepare(short)
    seen = 0
    for table in metadata.sorted_tables:
        by_steps = {str(i["name"]) for i in inspect(engine).get_indexes(table.name)}
        at_once = {str(i["name"]) for i in inspect(short).get_indexes(table.name)}
        assert at_once <= by_steps, table.name  # PostgreSQL lists its unique constraints as indexes too
        seen += len(at_once)
    short.dispose()
    assert seen > 10


def test_an_empty_database_is_made_ready_and_stays_so(engine: Engine) -> None:
    migrations.prepare(engine)
    migrations.prepare(engine)
    assert migrations.upgrade(engine) == (migrations.HEAD, migrations.HEAD)


def test_a_shared_database_that_is_behind_is_left_to_a_person(postgres_database: str, tmp_path: Path) -> None:
    settings = demo_settings(tmp_path, database_url=postgres_database)
    open_store(settings).close()
    engine = create_engine(settings.effective_database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    engine.dispose()
    with pytest.raises(BadInput, match="intakebot db upgrade"):
        open_store(settings)
