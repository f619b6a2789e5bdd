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
from intakebot.store.cases import Cases
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


def test_a_case_of_the_first_step_keeps_its_stage_and_its_hazard(engine: Engine) -> None:
    config = script()
    moment = "2026-03-02T09:00:00.000000+00:00"
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO people (id, name, email, email_key, phone, telegram, address, tenure, "
                                "email_failure) VALUES (1, '', '', '', '', '', '', '', '')"))  # fmt: skip
        connection.execute(
            text(
                "INSERT INTO cases (id, reference, kind, kind_score, kind_evidence, status, open, stage, channel, "
                "subject, opened_at, received_at, acknowledged_at, ack_due, response_due, extended_due, backstop, "
                "outcome, resident_id, relation, authority, language, needs_review, review_reason, primary_category, "
                "team, patch, routing_reason, hazard_level, hazard_aware_at, hazard_due_at, unread, danger, "
                "next_due_at) VALUES (1, 'LH-1000-0001-A', 'complaint', 1.0, '[]', 'acknowledged', true, 1, 'email', "
                "'', :moment, :moment, :moment, '2026-03-09', '2026-03-16', '2026-03-30', '2026-03-23', '', 1, '', "
                "'', 'en', false, '', '', '', '', '', 'emergency', :moment, '2026-03-03T09:00:00.000000+00:00', 0, 3, "
                ":moment)"
            ),
            {"moment": moment},
        )
        command.upgrade(config, "head")
        case = Cases(connection).get("LH-1000-0001-A")
    assert case is not None and case.due is not None and case.hazard is not None
    assert (case.stage, str(case.due.response_due), str(case.due.deemed_received)) == (1, "2026-03-16", "2026-03-02")
    assert case.acknowledged_at == case.received_at == case.hazard.aware_at
