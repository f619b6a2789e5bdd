"""The email channel as a whole: in by SMTP, out to a folder or a server, read in between, and cheap to import."""

from __future__ import annotations

import asyncio
import json
import smtplib
import subprocess
import sys
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from intakebot.channels.base import Accepted, Channel
from intakebot.channels.email.channel import MAILBOX_ROLE, ROLES, SMTP_ROLE, EmailChannel, reading_settings
from intakebot.config.doors import Mail, Mailbox, Smarthost
from intakebot.config.settings import Settings
from intakebot.domain.message import Address, Automatic, Envelope, OutboundMessage, Purpose, RawMessage
from intakebot.errors import BadInput, DeliveryFailed, Unreadable

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
COMPLAINT = (
    b"From: Ama <ama@tenant.example>\r\nSubject: Damp\r\nMessage-ID: <1@tenant.example>\r\n\r\nThe wall is wet.\r\n"
)
LETTER = OutboundMessage(
    channel="email",
    purpose=Purpose.RECEIPT,
    message_id="c.1a2b@landlord.example",
    to=(Address("ama@tenant.example"),),
    subject="We have your complaint",
    text="Dear Ama\n",
    written_at=NOW,
    auto_submitted="auto-replied",
)


def channel(settings: Settings, roles: Collection[str] = ROLES) -> EmailChannel:
    return EmailChannel.from_settings("email", settings, lambda: NOW, roles)


@asynccontextmanager
async def running(channel: EmailChannel) -> AsyncIterator[asyncio.Queue[RawMessage]]:
    taken: asyncio.Queue[RawMessage] = asyncio.Queue()

    async def accept(raw: RawMessage) -> Accepted:
        taken.put_nowait(raw)
        return Accepted(taken.qsize())

    task = asyncio.create_task(channel.run(accept))
    try:
        yield taken
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def send(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("ama@tenant.example", ["complaints@landlord.example"], COMPLAINT)


async def test_it_is_a_channel() -> None:
    assert isinstance(channel(Settings()), Channel)


async def test_mail_comes_in_and_is_read() -> None:
    email = channel(Settings(smtp_port=0))
    async with running(email) as taken:
        await asyncio.to_thread(send, await email.port())
        message = email.normalise(await taken.get())
    assert message.subject == "Damp"
    assert message.sender is not None
    assert message.sender.email == "ama@tenant.example"
    assert message.new_text.strip() == "The wall is wet."
    assert (message.message_id, message.received_at) == ("1@tenant.example", NOW)


async def test_when_it_stops_nobody_listens() -> None:
    email = channel(Settings(smtp_port=0))
    async with running(email):
        port = await email.port()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.to_thread(send, port)


async def test_a_listener_that_cannot_start_says_so_at_once() -> None:
    first = channel(Settings(smtp_port=0))
    async with running(first):
        second = channel(Settings(smtp_port=await first.port()))
        with pytest.raises(BadInput, match="cannot listen for mail"):
            await second.run(_never)


async def test_each_role_can_be_left_out() -> None:
    mailbox = Mailbox.model_validate({"host": "127.0.0.1", "port": 1, "user": "us", "password": "secret"})
    settings = Settings(smtp_port=0, mailbox=mailbox)
    both, listening, watching = channel(settings), channel(settings, {SMTP_ROLE}), channel(settings, {MAILBOX_ROLE})
    async with running(both), running(listening), running(watching):
        assert await both.port() > 0
        assert await listening.port() > 0
        assert both.mailbox_state is not None
        assert watching.mailbox_state is not None
        assert listening.mailbox_state is None
        assert not watching._listening.is_set()


async def test_mail_that_is_none_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        channel(Settings()).normalise(RawMessage("email", "1", b"", NOW, Envelope()))


async def test_our_own_mail_coming_back_is_recognised(tmp_path: Path) -> None:
    email = channel(Settings(data=tmp_path))
    await email.send(LETTER)
    content = (tmp_path / "mail-out" / "c.1a2b@landlord.example.eml").read_bytes()
    message = email.normalise(RawMessage("email", "1", content, NOW))
    assert message.automatic is Automatic.OWN_MAIL
    assert message.message_id == LETTER.message_id
    await email.close()


async def test_with_a_smarthost_mail_goes_there(tmp_path: Path) -> None:
    email = channel(Settings(data=tmp_path, smarthost=Smarthost(host="127.0.0.1", port=1, security="none")))
    with pytest.raises(DeliveryFailed, match="cannot be reached"):
        await email.send(LETTER)
    await email.close()
    assert not (tmp_path / "mail-out").exists()


def test_reading_knows_who_we_are() -> None:
    mail = Mail(
        address="Complaints@Landlord.example",
        other_addresses=("Help@Other.example",),
        own_lists=("Staff.Landlord.example",),
        trusted_senders=("@Forms.example",),
        authserv_id="mx.landlord.example",
    )
    known = reading_settings(mail)
    assert known.our_addresses == {"complaints@landlord.example", "help@other.example"}
    assert known.our_domain == "landlord.example"
    assert known.own_lists == {"staff.landlord.example"}
    assert known.trusted_senders == {"@forms.example"}
    assert known.authserv_id == "mx.landlord.example"


def test_a_reader_process_does_not_load_mail_servers_and_clients() -> None:
    code = "import json, sys, intakebot.channels.email.channel; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert "intakebot" in loaded
    assert not loaded & {"aiosmtpd", "aiosmtplib", "imap_tools", "imaplib", "smtplib"}


async def _never(raw: RawMessage) -> Accepted:
    raise AssertionError("nothing was sent")
