"""A case store of each kind, the made-up landlord with its officers, and a way to take messages in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.factories import NOW, demo_settings, reading

from intakebot.config.settings import Settings
from intakebot.demo.landlord import hire
from intakebot.domain.case import Case
from intakebot.domain.labels import Classification
from intakebot.domain.message import NormalisedMessage, OutboundMessage, RawMessage
from intakebot.landlord import Landlord
from intakebot.store.engine import Store, Work, open_store
from intakebot.store.outbound_json import from_json
from intakebot.store.schema import outbox
from intakebot.store.views import CaseFile
from intakebot.taking import Roster, Taken, take_in


@dataclass
class Road:
    """The road without its ends: messages as read go in, cases and letters come out."""

    settings: Settings
    store: Store
    landlord: Landlord
    now: datetime = NOW
    roster: Roster = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        self.roster = Roster(lambda: self.now)

    def take(self, message: NormalisedMessage | None = None, found: Classification | None = None) -> Taken:
        """Take one message in."""
        read = reading(message, found)
        self.count += 1
        raw = RawMessage("email", f"{self.count}", b"raw", self.now)

        def transaction(work: Work) -> Taken:
            work.inbox.add(raw, "0" * 64, self.now)
            (row,) = work.inbox.claim("test", self.now, timedelta(minutes=1), 1)
            blobs = ["1" * 64 for _ in read.message.attachments]
            return take_in(work, row, "test", read, blobs, self.landlord, self.roster, self.now)

        return self.store.write_now(transaction)

    def work_again(self, message: NormalisedMessage, found: Classification | None = None) -> Taken:
        """Work the row that a person sent back with a decision."""
        read = reading(message, found)

        def transaction(work: Work) -> Taken:
            (row,) = work.inbox.claim("test", self.now, timedelta(minutes=1), 1)
            blobs = ["1" * 64 for _ in read.message.attachments]
            return take_in(work, row, "test", read, blobs, self.landlord, self.roster, self.now)

        return self.store.write_now(transaction)

    def case(self, reference: str) -> Case:
        """A case as stored."""
        found = self.store.read_now(lambda work: work.cases.get(reference))
        assert found is not None
        return found

    def file(self, reference: str) -> CaseFile:
        """Everything on a case."""
        found = self.store.read_now(lambda work: work.views.case_file(reference))
        assert found is not None
        return found

    def letters(self, *states: str) -> list[OutboundMessage]:
        """Everything in the outbox in these states, in order."""
        wanted = states or ("waiting",)

        def read(work: Work) -> list[OutboundMessage]:
            rows = work.connection.execute(outbox.select().order_by(outbox.c.id))
            return [from_json(row.message) for row in rows if row.state in wanted]

        return self.store.read_now(read)


@pytest.fixture
def road(database_url: str, tmp_path: Path) -> Iterator[Road]:
    """The road on SQLite, and then on PostgreSQL."""
    settings = demo_settings(tmp_path / "data", database_url=database_url, demo_password="a password for tests")
    store = open_store(settings)
    try:
        hire(settings, store)
        yield Road(settings, store, Landlord.from_settings(settings, store.signing_key()))
    finally:
        store.close()
