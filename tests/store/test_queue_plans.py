"""The queue's pages are found in an index, however many cases there are; and a due date is held by few indexes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from tests.factories import demo_settings

from intakebot.store import schema
from intakebot.store.engine import Work, open_store
from intakebot.store.views import QueueFilter

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
VIEWS = {
    "all": (QueueFilter(), "ix_cases_queue"),
    "overdue": (QueueFilter(overdue_at=NOW), "ix_cases_queue"),
    "to check": (QueueFilter(needs_review=True), "ix_cases_queue"),
    "kind": (QueueFilter(kind="compliment"), "ix_cases_queue"),
    "team": (QueueFilter(team="repairs"), "ix_cases_team_queue"),
    "team and kind": (QueueFilter(team="repairs", kind="complaint"), "ix_cases_team_queue"),
    "mine": (QueueFilter(officer_id=1), "ix_cases_officer"),
}


def plan(data: Path, function: Callable[[Work], Any]) -> str:
    """How SQLite goes about the statement that this function runs."""
    store = open_store(demo_settings(data))
    ran: list[tuple[str, Any]] = []

    def explain(work: Work) -> str:
        listener = (work.connection, "before_cursor_execute", lambda *run: ran.append((run[2], run[3])))
        event.listen(*listener)
        function(work)
        event.remove(*listener)
        statement, values = ran[0]
        steps = work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
        return "; ".join(step[3] for step in steps)

    try:
        return store.read_now(explain)
    finally:
        store.close()


@pytest.mark.parametrize("view", VIEWS)
def test_a_page_and_its_counts_are_found_in_an_index(tmp_path: Path, view: str) -> None:
    wanted, index = VIEWS[view]
    for how in (plan(tmp_path, lambda work: work.views.queue(wanted)), plan(tmp_path, lambda work: work.views.count(wanted, 9))):  # fmt: skip  # noqa: E501
        assert f"cases USING INDEX {index}" in how or f"cases USING COVERING INDEX {index}" in how, how
        assert ("TEMP B-TREE" in how) == (view == "mine"), how


def test_what_is_looked_for_in_the_queue_stands_in_its_index() -> None:
    """A rare kind among 100,000 cases took 37 ms to count while every case was read for it."""
    held = {str(index.name): set(index.columns.keys()) for index in schema.cases.indexes}
    assert {"kind", "needs_review"} <= held["ix_cases_queue"]


def test_few_indexes_move_with_a_due_date() -> None:
    """Each costs a changed calendar some four seconds for a million open cases."""
    due = {"next_due_at", "ack_due", "response_due", "extended_due", "backstop", "extended_to"}
    moving = [str(index.name) for index in schema.cases.indexes if due & set(index.columns.keys())]
    assert sorted(moving) == ["ix_cases_queue", "ix_cases_team_queue"]
