"""The web form keeps what `intakebot.testing` asks of every channel, from the first page to Send."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from tests.channels.behind_pages import BehindPages
from tests.web.complain.filling import JPEG, WORDS, add_files, begin, save

from intakebot.channels.webform.document import SentForm, written
from intakebot.config.settings import Settings
from intakebot.domain.labels import Need
from intakebot.domain.message import Attachment, Declared, Envelope, Party, RawMessage
from intakebot.testing import NOW, Sample

AMA = Party("Ama Mensah", "ama@tenant.example", "", "", "1 Quay Street, LA1 1AA")
ZOE = Party("Zoë Okafor", "", "07700 900456", "", "2 Quay Street, LA1 1AA")
PLAIN = SentForm(Declared(AMA), WORDS)
AWKWARD = SentForm(
    Declared(ZOE, needs=(Need.LARGE_PRINT,), print_pt=20, outcomes_sought="<b>A new boiler</b>\x0b"),
    "Café smell 😀, and mould.\r\n\r\n> R: still there",
    (Attachment("mould.jpg", "image/jpeg", JPEG),),
)


def changed(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """A sent form's document with a part of it spoilt."""
    value = json.loads(written(AWKWARD))
    change(value)
    return json.dumps(value).encode()


class TestWebform(BehindPages):
    """The public form."""

    name = "web"

    @pytest.fixture(autouse=True)
    def no_drafts(self) -> None:
        """The private links of the forms that were begun."""
        self.links: dict[str, str] = {}

    def settings(self, folder: Path) -> Settings:
        return Settings(data=folder, channels=(self.name,), classifier="rules")

    def samples(self) -> Sequence[Sample]:
        return (
            Sample("plain", _raw(PLAIN), "The boiler has been off", "ama@tenant.example"),
            Sample("awkward", _raw(AWKWARD), "Café smell 😀", "tel:+447700900456", ("mould.jpg",)),
        )

    def broken(self) -> Sequence[bytes]:
        return (
            *(b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000),
            changed(lambda value: value.update(format="intakebot web form 99")),
            changed(lambda value: value.pop("text")),
            changed(lambda value: value["files"][0].update(base64="AAAA")),
            changed(lambda value: value["files"][0].update(base64=1)),
            changed(lambda value: value["declared"].update(resident="Ama")),
            changed(lambda value: value["declared"].update(print_pt=float("inf"))),
        )

    async def bring(self, browser: ClientSession, sample: Sample) -> bool:
        if sample.name not in self.links:
            self.links[sample.name] = await _filled(browser, PLAIN if sample.name == "plain" else AWKWARD)
        link = self.links[sample.name]
        status, place = await save(browser, link, "check", go="send")
        return (status, place) == (303, "sent")


def _raw(form: SentForm) -> RawMessage:
    return RawMessage("web", "k" * 64, written(form), NOW, Envelope(source="form"))


async def _filled(browser: ClientSession, form: SentForm) -> str:
    """Fill in a form up to the check; its private link."""
    link, writer = await begin(browser), form.declared.resident
    answers = {
        "who": {"behalf": "self"},
        "you": {"name": writer.name, "address": writer.address},
        "contact": {"email": writer.email, "phone": writer.phone, "prefers": "email" if writer.email else "phone"},
        "what": {"what": form.text},
        "right": {"right": form.declared.outcomes_sought},
    }
    for step, fields in answers.items():
        status, place = await save(browser, link, step, **fields)
        assert status == 303, place
    if form.files:
        status, place = await add_files(browser, link, *((file.filename, file.content) for file in form.files))
        assert status == 303, place
    return link
