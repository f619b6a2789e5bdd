"""A sent form is read as the message it is: whoever wrote, what they declared, their words and their files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.factories import NOW, demo_settings

from intakebot import plugins
from intakebot.channels.webform.channel import WebformChannel
from intakebot.channels.webform.document import SentForm, opened, written
from intakebot.domain.labels import Need
from intakebot.domain.message import (
    Address,
    Attachment,
    Declared,
    Envelope,
    NormalisedMessage,
    OutboundMessage,
    Party,
    Purpose,
    RawMessage,
)
from intakebot.errors import DeliveryFailed, Unreadable

AMA = Party("Ama Mensah", "ama@tenant.example", "07700 900123", "", "1 Quay St, LA1 1AA")
FORM = SentForm(
    Declared(
        AMA,
        needs=(Need.LARGE_PRINT, Need.RELAY_UK),
        needs_note="Yellow paper",
        print_pt=20,
        outcomes_sought="A new boiler",
        prefers="text",
        safe_contact="After 4pm; no voicemail",
    ),
    "The boiler is off again. Nobody came.",
    (Attachment("mould.jpg", "image/jpeg", b"\xff\xd8\xff\x00"),),
    ("complaints+x@landlord.example",),
    ("A note of ours.",),
)


def read(content: bytes) -> NormalisedMessage:
    raw = RawMessage("web", "k" * 64, content, NOW, Envelope(source="form"))
    return WebformChannel("web").normalise(raw)


def test_everything_a_form_says_comes_through() -> None:
    found = read(written(FORM))
    assert found.sender == Address("ama@tenant.example", "Ama Mensah")
    assert (found.channel, found.external_id, found.received_at) == ("web", "k" * 64, NOW)
    assert found.text == "The boiler is off again. Nobody came.\n\nWhat would put it right:\nA new boiler\n"
    assert (found.subject, found.declared) == ("The boiler is off again", FORM.declared)
    assert (found.attachments, found.notes) == (FORM.files, FORM.notes)
    assert found.recipients == (Address("complaints+x@landlord.example"),)
    assert opened(written(FORM)) == FORM


def test_whoever_writes_is_the_sender() -> None:
    gail = Party("Gail Price", "", "+44 (0)7700 900456")
    for_ama = replace(FORM.declared, representative=gail, relation="Councillor or MP")
    found = read(written(replace(FORM, declared=for_ama)))
    assert found.sender == Address("tel:+447700900456", "Gail Price")
    assert found.declared is not None and found.declared.resident == AMA
    nameless = read(written(replace(FORM, declared=Declared(Party("Only a name")))))
    assert nameless.sender is None


def test_the_same_form_is_the_same_bytes_so_that_a_repeat_is_known() -> None:
    assert written(FORM) == written(replace(FORM)) != written(replace(FORM, text="Other words"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda value: value.pop("text"),
        lambda value: value.update(format="intakebot web form 99"),
        lambda value: value["files"][0].update(base64="AAAA"),
        lambda value: value["files"][0].update(base64="not base64!"),
        lambda value: value["declared"].update(needs=["a pony"]),
        lambda value: value.update(declared=None),
    ],
)
def test_a_damaged_document_is_unreadable_and_so_parked(spoil: Callable[[dict[str, Any]], Any]) -> None:
    value = json.loads(written(FORM))
    spoil(value)
    with pytest.raises(Unreadable):
        read(json.dumps(value).encode())


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"[" * 100_000, b"null"])
def test_what_is_no_document_is_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read(content)


async def test_it_is_installed_as_web_and_sends_nothing(tmp_path: Any) -> None:
    channel = plugins.channel("web", demo_settings(tmp_path), lambda: NOW)
    letter = OutboundMessage("web", Purpose.RECEIPT, "1@x.example", (Address("a@tenant.example"),), "s", "t", NOW)
    with pytest.raises(DeliveryFailed) as error:
        await channel.send(letter)
    assert not error.value.temporary
