"""Relay UK and assisted entry keep what `intakebot.testing` asks of every channel: staff type it in and press Send."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from tests.channels.behind_pages import BehindPages
from tests.factories import demo_settings
from tests.web.staff_site import HASHER, PASSWORD, sign_in
from tests.web.test_entry import Fields, call, fill, press

from intakebot.channels.assisted import EnteredFile, EnteredParty, Entry
from intakebot.config.settings import Settings
from intakebot.domain.message import Envelope, RawMessage
from intakebot.domain.people import Officer, StaffRole
from intakebot.testing import NOW, Sample

ADA = EnteredParty(name="Ada Tenant", phone="07700 900123")
JO = EnteredParty(name="Jo Bell", email="jo@advice.example")
SCAN = b"%PDF-1.4 one page"
LETTER = {"arrived-day": "2", "arrived-month": "3", "arrived-year": "2026", "name": "Ada Tenant"}


class Assisted(BehindPages):
    """What staff type in, by the page `/staff/entry`. `typed` is what the page is told, by sample, and its files."""

    typed: dict[str, tuple[Fields, dict[str, bytes]]]

    @pytest.fixture(autouse=True)
    def nothing_typed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The pages that were checked and wait for Send. Hashing is as cheap as the account's own."""
        self.checked: dict[str, str] = {}
        monkeypatch.setattr("intakebot.web.passwords.hash_password", HASHER.hash)

    def settings(self, folder: Path) -> Settings:
        return demo_settings(folder)

    def broken(self) -> Sequence[bytes]:
        whole = json.loads(self.samples()[0].raw.content)
        another = "visit" if self.name != "visit" else "phone"
        spoilt: list[dict[str, Any]] = [
            {"channel": another},
            {"version": 2},
            {"entered_at": "0001-01-01T00:00:00+14:00"},
            {"received_at": "9999-12-31T23:59:59-14:00"},
            {"files": [{"filename": "a", "content_type": "b", "size": 1, "sha256": "0" * 64, "content": "AAAA"}]},
            {"a field nobody knows": ""},
        ]
        return (
            *(b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000),
            *(json.dumps(whole | one).encode() for one in spoilt),
        )

    async def bring(self, browser: ClientSession, sample: Sample) -> bool:
        if sample.name not in self.checked:
            await self._signed_in(browser)
            fields, files = self.typed[sample.name]
            status, self.checked[sample.name] = await fill(browser, self.name, fields, **files)
            assert status == 200, self.checked[sample.name]
        status, place = await press(browser, self.name, self.checked[sample.name], "send")
        return status == 303 and place.startswith("/staff/entry/sent/")

    async def _signed_in(self, browser: ClientSession) -> None:
        if self.checked:
            return
        officer = Officer(0, "Olu Bello", "olu.bello@landlord.example", StaffRole.OFFICER, "repairs")
        await self.now_served().store.write(lambda work: work.officers.add(officer, HASHER.hash(PASSWORD)))
        assert await sign_in(browser, officer.email) == 303

    def entry(self, **changed: Any) -> RawMessage:
        """An entry of this channel, as the page writes it."""
        values: dict[str, Any] = {
            "channel": self.name,
            "entered_by": "Olu Bello",
            "entered_at": NOW,
            "received_at": NOW - timedelta(hours=1),
            "resident": ADA,
        }
        content = Entry(**(values | changed)).to_bytes()
        return RawMessage(self.name, "entry-1", content, NOW - timedelta(hours=1), Envelope(source="staff entry"))


class TestRelay(Assisted):
    """A call by Relay UK."""

    name = "relay"
    typed = {  # noqa: RUF012  # a test's own table
        "a call": (call(), {}),
        "no turns, for another": (
            call(words="NO HEATING SINCE MON", acting="representative", resident_name="Ada Tenant", relation="friend"),
            {},
        ),
    }

    def samples(self) -> Sequence[Sample]:
        text = call()["words"]
        another = self.entry(text="NO HEATING SINCE MON", representative=JO, relation="friend", dropped=True)
        return (
            Sample("a call", self.entry(text=text, began_at=NOW - timedelta(hours=1)), text, "tel:+447700900123"),
            Sample("no turns, for another", another, "NO HEATING SINCE MON", "jo@advice.example"),
        )


class TestLetter(Assisted):
    """A letter that staff opened."""

    name = "letter"
    typed = {  # noqa: RUF012  # a test's own table
        "typed out": (LETTER | {"words": "Dear Sirs,\nthe roof leaks."}, {}),
        "a scan alone": (LETTER | {"words": ""}, {"scan 1.pdf": SCAN}),
    }

    def samples(self) -> Sequence[Sample]:
        scan = EnteredFile.of("scan 1.pdf", "application/pdf", SCAN)
        return (
            Sample("typed out", self.entry(text="Dear Sirs,\nthe roof leaks."), "the roof leaks", "tel:+447700900123"),
            Sample("a scan alone", self.entry(resident=EnteredParty(), files=(scan,)), "", "", ("scan 1.pdf",)),
        )
