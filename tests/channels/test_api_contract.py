"""The API keeps what `intakebot.testing` asks of every channel: other software hands in over HTTP, with its token."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import ClientSession
from tests.channels.api_messages import document
from tests.channels.behind_pages import BehindPages

from intakebot.config.settings import Settings
from intakebot.domain.message import Envelope, RawMessage
from intakebot.store.tokens import Scope
from intakebot.testing import NOW, Sample

AMA = "ama@tenant.example"


class TestApi(BehindPages):
    """Messages that other software hands in."""

    name = "api"

    @pytest.fixture(autouse=True)
    def no_token(self) -> None:
        """The token is made when the API is first called, and outlives a restart."""
        self.token = ""

    def settings(self, folder: Path) -> Settings:
        return Settings(data=folder, channels=(self.name,), classifier="rules")

    def samples(self) -> Sequence[Sample]:
        speaks = {"name": "Jo Bell", "email": "jo@advice.example", "relation": "support worker"}
        photo = {"filename": "..\\wall.png", "content_type": "image/png", "content": "iVBORw0KGgo="}
        bare = {"name": "Ama Mensah"}
        return (
            Sample("plain", _raw(document()), "The lift is broken", AMA),
            Sample("by phone", _raw(document(resident=bare | {"phone": "(01632) 960 123"})), "", "tel:+441632960123"),
            Sample("for another", _raw(document(representative=speaks)), "broken", "jo@advice.example"),
            Sample("a photo alone", _raw(document(text="", attachments=[photo])), "", AMA, ("wall.png",)),
            Sample("nobody to answer", _raw(document(resident=bare)), "The lift"),
        )

    def broken(self) -> Sequence[bytes]:
        return (b"", b"{}", b"[]", b"null", b"\xff", b"{" * 100_000, document(resident={}), document(text=" "))

    async def bring(self, browser: ClientSession, sample: Sample) -> bool:
        if not self.token:
            add = lambda work: work.tokens.add("switchboard", (Scope.WRITE,), NOW)  # noqa: E731
            self.token = await self.now_served().store.write(add)
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": sample.name.replace(" ", "-"),
        }
        async with browser.post("/api/v1/messages", data=BytesIO(sample.raw.content), headers=headers) as answer:
            assert answer.status in (202, 503), await answer.text()
            return answer.status == 202


def _raw(content: bytes) -> RawMessage:
    return RawMessage("api", "1:key", content, NOW, Envelope(source="api: switchboard"))
