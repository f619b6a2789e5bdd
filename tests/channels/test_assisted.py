"""The channel of what staff type in: its documents become messages, unaltered, and nothing goes out by it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.factories import NOW, demo_settings

from intakebot import plugins
from intakebot.channels.assisted import NAMES, AssistedChannel, EnteredFile, EnteredParty, Entry, read_entry
from intakebot.channels.base import Accepted, Channel
from intakebot.config.settings import Settings
from intakebot.domain.channels import Channel as Way
from intakebot.domain.channels import counted_as
from intakebot.domain.labels import Need
from intakebot.domain.message import Address, OutboundMessage, Purpose, RawMessage, Role
from intakebot.errors import DeliveryFailed, Unreadable

TEXT = "S: Housing GA\nR: NO HEATING SINCE MON. I COMPLAIN GA\n(RELAY ASST: line is bad)\nOlu: we come SKSK"


def entry(**changed: Any) -> Entry:
    values: dict[str, Any] = {
        "channel": "relay",
        "entered_by": "Olu Bello",
        "entered_at": NOW,
        "received_at": NOW - timedelta(hours=1),
        "began_at": NOW - timedelta(hours=1),
        "text": TEXT,
        "resident": EnteredParty(name="Ada Tenant", phone="07700 900123"),
    }
    return Entry(**(values | changed))


def raw(document: Entry | bytes, channel: str = "") -> RawMessage:
    content = document if isinstance(document, bytes) else document.to_bytes()
    channel = channel or (document.channel if isinstance(document, Entry) else "relay")
    return RawMessage(channel, "entry-1", content, NOW - timedelta(hours=1))


def normalise(document: Entry | bytes, channel: str = "") -> Any:
    found = raw(document, channel)
    return AssistedChannel(found.channel).normalise(found)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_a_channel_of_ours(name: str, settings: Settings) -> None:
    channel = plugins.channel(name, settings, lambda: NOW)
    assert isinstance(channel, Channel) and channel.name == name
    assert counted_as(name) in set(Way), "reports count it"


@pytest.fixture
def settings(tmp_path: Any) -> Settings:
    return demo_settings(tmp_path)


def test_a_relay_call_becomes_a_message() -> None:
    message = normalise(entry())
    assert message.text == TEXT, "unaltered"
    assert [s.role for s in message.segments] == [Role.QUOTED, Role.NEW, Role.QUOTED, Role.QUOTED]
    assert message.to_classify == "NO HEATING SINCE MON. I COMPLAIN"
    assert message.sender == Address("tel:+447700900123", "Ada Tenant")
    assert message.received_at == NOW - timedelta(hours=1)
    assert message.declared.prefers == "relay_uk" and message.declared.needs == ()
    assert "Ring back on 18002 07700 900123." in message.notes
    assert message.declared.representative is None, "the assistant is nobody's representative"


def test_an_interpreter_is_nobodys_representative() -> None:
    message = normalise(entry(channel="video_relay", interpreter_firm="SignWell", interpreter_id="I-17"))
    assert message.declared.representative is None and message.declared.prefers == ""
    assert any("SignWell, I-17" in note for note in message.notes)


def test_whoever_speaks_for_somebody_is_the_sender() -> None:
    speaker = EnteredParty(name="Gail", email="gail@advice.example", phone="01632 960005")
    message = normalise(entry(representative=speaker, relation="Citizens Advice"))
    assert message.sender == Address("gail@advice.example", "Gail")
    assert message.declared.representative.name == "Gail" and message.declared.relation == "Citizens Advice"
    assert message.declared.resident.name == "Ada Tenant"
    assert "Ring back on 18002 01632 960005." in message.notes


def test_without_a_way_to_answer_there_is_no_sender() -> None:
    assert normalise(entry(resident=EnteredParty(name="Ada", address="12 Rowan Court"))).sender is None


def test_late_typing_is_noted() -> None:
    notes = normalise(entry(entered_at=NOW + timedelta(days=3))).notes
    assert notes[0] == "Typed in by Olu Bello on 5 March 2026 at 09:00, 3 days after it was received."
    assert normalise(entry()).notes[0] == "Typed in by Olu Bello on 2 March 2026 at 09:00."


def test_everything_told_of_the_call_is_noted() -> None:
    notes = " ".join(
        normalise(
            entry(
                mode="speak_and_read", text_number=True, dropped=True, read_back=True, ended_at=NOW,
                first_heard_at=NOW - timedelta(days=1), text="MY BOLIER XXX BOILER GA\nS: ok GA\nR: BYE SK",
            )
        ).notes
    )  # fmt: skip
    for told in (
        "speak and read",
        "a TextNumber",
        "cut off",
        "read back",
        "first heard of it on 1 March",
        "XXX 1 time",
    ):
        assert told in notes, told
    assert "does not say who spoke in 1 turn" in notes
    declared = normalise(entry(text_number=True, needs_note="Slow, please")).declared
    assert declared.needs_note == "Slow, please" and declared.resident.phone == "07700 900123 (TextNumber)"


def test_only_the_writers_number_is_a_text_number() -> None:
    speaker = EnteredParty(name="Gail", phone="01632 960005")
    declared = normalise(entry(representative=speaker, text_number=True)).declared
    assert declared.representative.phone == "01632 960005 (TextNumber)"
    assert declared.resident.phone == "07700 900123"


@pytest.mark.parametrize("text", ["", "GA", "S: hello GA", "(RELAY ASST: nobody answers)"])
def test_a_call_in_which_the_resident_says_nothing_is_a_message_still(text: str) -> None:
    message = normalise(entry(text=text))
    assert message.text == text
    assert message.new_text == text, "nothing typed goes unread"


def test_letters_and_posts_are_their_writers_words_whatever_stands_in_them() -> None:
    for channel in ("letter", "social"):
        message = normalise(entry(channel=channel, text="S: I am Stan. (Really) GA"))
        assert [(s.role, s.text) for s in message.segments] == [(Role.NEW, "S: I am Stan. (Really) GA")]


def test_files_come_through_byte_for_byte() -> None:
    scan = bytes(range(256)) * 10
    message = normalise(entry(channel="letter", text="", files=(EnteredFile.of("scan.pdf", "application/pdf", scan),)))
    (file,) = message.attachments
    assert (file.filename, file.content_type, file.content) == ("scan.pdf", "application/pdf", scan)


def _changed(**changes: Any) -> bytes:
    return json.dumps(json.loads(entry().to_bytes()) | changes).encode()


DAMAGED = {"filename": "x", "content_type": "x/y", "size": 1, "sha256": "0" * 64, "content": "AAAA"}


@pytest.mark.parametrize(
    "document",
    [
        b"", b"\xff\xfe", b"[]", b"{}", b"null", b'{"channel": "relay"}',
        _changed(channel="pigeon"), _changed(received_at="2026-03-02T09:00:00"), _changed(version=2),
        _changed(surprise=1), _changed(text="x" * 200_001), _changed(entered_by="x" * 301), _changed(needs=["gold"]),
        _changed(files=[DAMAGED] * 11), _changed(files=[DAMAGED]), _changed(files=[DAMAGED | {"content": "%%"}]),
        _changed(print_pt=99), _changed(text=None), b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_entry_is_unreadable_and_never_more(document: bytes) -> None:
    with pytest.raises(Unreadable):
        normalise(document, "relay")


def test_a_document_of_another_channel_is_not_taken_for_ours() -> None:
    with pytest.raises(Unreadable):
        normalise(entry(), "phone")


def test_documents_come_back_as_they_were() -> None:
    full = entry(
        representative=EnteredParty(name="Gail"), needs=(Need.LARGE_PRINT,), print_pt=18, dated=NOW.date(),
        files=(EnteredFile.of("a", "b/c", b"x"),), ended_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    )  # fmt: skip
    assert read_entry(full.to_bytes()) == full


async def test_nothing_can_be_sent_and_trying_again_is_no_help(settings: Settings) -> None:
    letter = OutboundMessage("relay", Purpose.REPLY, "1@x", (Address("tel:+447700900123"),), "Re", "Hello", NOW)
    with pytest.raises(DeliveryFailed) as error:
        await AssistedChannel("relay").send(letter)
    assert not error.value.temporary


async def test_running_waits_until_it_is_cancelled() -> None:
    async def accept(_raw: RawMessage) -> Accepted:
        raise AssertionError("nothing comes in by itself")

    running = asyncio.create_task(AssistedChannel("phone").run(accept))
    await asyncio.sleep(0)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
