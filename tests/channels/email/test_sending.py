"""Mail out, against a real SMTP server in this process and a real folder: what is temporary, what is for good."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tests.channels.email.serving import serving

from intakebot.channels.email.compose import compose
from intakebot.channels.email.sending import MailFolder, Smarthost, file_name
from intakebot.config.doors import Mail
from intakebot.config.doors import Smarthost as Settings
from intakebot.domain.message import Address, OutboundMessage, Purpose
from intakebot.errors import DeliveryFailed

MAIL = Mail(address="complaints@landlord.example", name="Complaints team")
LETTER = OutboundMessage(
    channel="email",
    purpose=Purpose.ACKNOWLEDGEMENT,
    message_id="c.1a2b@landlord.example",
    to=(Address("ama@tenant.example", "Ama Mensah"),),
    cc=(Address("ben@tenant.example"),),
    subject="Your complaint HC-1234",
    text="Dear Ama,\n.\n..we have it.\n",
    written_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
)


@dataclass
class Server:
    """A mail server whose answers can be set, and what it took."""

    answers: dict[str, str] = field(default_factory=dict)
    taken: list[Envelope] = field(default_factory=list)
    connections: list[SMTP] = field(default_factory=list)
    port: int = 0

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answers.get("DATA") == "hang up":
            self.hang_up()
            return "250 never heard"
        answer = self.answers.get("DATA", "250 2.0.0 queued as 17")
        if answer.startswith("250"):
            self.taken.append(envelope)
        return answer

    def hang_up(self) -> None:
        for connection in self.connections:
            if isinstance(connection.transport, asyncio.Transport):
                connection.transport.abort()


@asynccontextmanager
async def mail_server(tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[Server]:
    state = Server()
    loop = asyncio.get_running_loop()

    def connect() -> SMTP:
        about = {"hostname": "relay.example", "enable_SMTPUTF8": True, "loop": loop, **options}
        state.connections.append(SMTP(state, **about))
        return state.connections[-1]

    server = await loop.create_server(connect, "127.0.0.1", 0, ssl=tls)
    async with serving(server, state):
        yield state


@asynccontextmanager
async def smarthost(port: int, **given: Any) -> AsyncIterator[Smarthost]:
    about = {"host": "localhost", "port": port, "security": "none", "timeout": 5, **given}
    sender = Smarthost(Settings.model_validate(about), MAIL)
    try:
        yield sender
    finally:
        await sender.close()


async def test_a_message_goes_out_to_everybody() -> None:
    async with mail_server() as server, smarthost(server.port) as out:
        receipt = await out.send(LETTER)
    (envelope,) = server.taken
    assert envelope.mail_from == "complaints@landlord.example"
    assert envelope.rcpt_tos == ["ama@tenant.example", "ben@tenant.example"]
    assert envelope.content == compose(LETTER, MAIL).content
    assert receipt.refused == ()
    assert "queued as 17" in receipt.note


async def test_one_connection_serves_many_messages_at_once() -> None:
    async with mail_server() as server, smarthost(server.port) as out:
        await asyncio.gather(*(out.send(replace(LETTER, message_id=f"{n}@landlord.example")) for n in range(5)))
    assert len(server.taken) == 5
    assert len(server.connections) == 1


async def test_a_connection_that_went_stale_is_replaced() -> None:
    async with mail_server() as server, smarthost(server.port) as out:
        await out.send(LETTER)
        server.hang_up()
        await out.send(LETTER)
    assert len(server.taken) == 2
    assert len(server.connections) == 2


async def test_recipients_refused_among_others_are_listed() -> None:
    async with mail_server() as server, smarthost(server.port) as out:
        server.answers["ben@tenant.example"] = "550 5.1.1 <ben@tenant.example> no such user"
        receipt = await out.send(LETTER)
    assert receipt.refused == (("ben@tenant.example", "550 5.1.1"),)
    assert server.taken[0].rcpt_tos == ["ama@tenant.example"]


@pytest.mark.parametrize(
    ("answers", "temporary", "words"),
    [
        ({"MAIL": "550 5.7.1 we know you, ama"}, False, "the mail server refused the message (550 5.7.1)"),
        ({"MAIL": "451 4.3.0 later"}, True, "the mail server refused the message (451 4.3.0)"),
        ({"MAIL": "530 5.7.0 log in first"}, True, "the mail server refused the message (530 5.7.0)"),
        ({"DATA": "554 ama@tenant.example is spam"}, False, "the mail server refused the message (554)"),
        ({"DATA": "452 full"}, True, "the mail server refused the message (452)"),
        ({"DATA": "421 closing"}, True, "the mail server refused the message (421)"),
        ({"DATA": "hang up"}, True, "the mail server hung up"),
        (
            {"ama@tenant.example": "550 5.1.1 no ama", "ben@tenant.example": "550 5.1.1 no ben"},
            False,
            "the mail server refused every recipient (550 5.1.1)",
        ),
        (
            {"ama@tenant.example": "550 5.1.1 no ama", "ben@tenant.example": "450 4.2.0 come back"},
            True,
            "the mail server refused every recipient (450 4.2.0, 550 5.1.1)",
        ),
    ],
    ids=["mail-5", "mail-4", "mail-530", "data-5", "data-4", "data-421", "data-cut", "rcpt-5", "rcpt-4-and-5"],
)
async def test_refusals_are_told_apart_and_the_next_message_goes(
    answers: dict[str, str], temporary: bool, words: str
) -> None:
    async with mail_server() as server, smarthost(server.port) as out:
        server.answers.update(answers)
        with pytest.raises(DeliveryFailed) as failure:
            await out.send(LETTER)
        assert (str(failure.value), failure.value.temporary) == (words, temporary)
        assert server.taken == []
        server.answers.clear()
        await out.send(LETTER)
        assert len(server.taken) == 1


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    async with mail_server() as server:
        port = server.port
    async with smarthost(port) as out:
        with pytest.raises(DeliveryFailed, match="cannot be reached") as failure:
            await out.send(LETTER)
    assert failure.value.temporary


async def test_a_greeting_that_sends_us_away_is_tried_again() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 5.3.2 go away\r\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server, smarthost(server.sockets[0].getsockname()[1]) as out:
        with pytest.raises(DeliveryFailed, match=r"would not talk to us \(554 5\.3\.2\)") as failure:
            await out.send(LETTER)
    assert failure.value.temporary


async def test_an_address_beyond_ascii_goes_where_the_server_can() -> None:
    letter = replace(LETTER, to=(Address("élève@tenant.example"),), cc=())
    async with mail_server() as server, smarthost(server.port) as out:
        await out.send(letter)
    assert server.taken[0].rcpt_tos == ["élève@tenant.example"]
    assert server.taken[0].smtp_utf8
    async with mail_server(enable_SMTPUTF8=False) as old, smarthost(old.port) as out:
        with pytest.raises(DeliveryFailed, match="beyond ASCII") as failure:
            await out.send(letter)
    assert not failure.value.temporary


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_mail_goes_out_encrypted_with_a_password(certificate: tuple[Path, Path], security: str) -> None:
    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: LoginPassword) -> AuthResult:
        return AuthResult(success=given == LoginPassword(b"us", b"secret"), handled=False)

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    # aiosmtpd knows only of TLS it began itself, so it cannot require it for a connection that is all TLS.
    options: dict[str, Any] = (
        {"tls": tls, "auth_require_tls": False} if security == "tls" else {"tls_context": tls, "auth_required": True}
    )
    right = {"security": security, "user": "us", "password": "secret", "ca_file": certificate[0]}
    async with mail_server(authenticator=check, **options) as server:
        async with smarthost(server.port, **right) as out:
            await out.send(LETTER)
        assert len(server.taken) == 1
        for wrong, words in (
            ({"password": "wrong"}, "the mail server refused our user name or password (535 5.7.8)"),
            ({"ca_file": None}, "no secure connection with the mail server; check smarthost.security and ca_file"),
            ({"ca_file": Path("/missing.pem")}, "smarthost.ca_file does not exist"),
        ):
            async with smarthost(server.port, **{**right, **wrong}) as out:
                with pytest.raises(DeliveryFailed) as failure:
                    await out.send(LETTER)
                assert (str(failure.value), failure.value.temporary) == (words, True)


async def test_a_server_without_starttls_gets_no_mail_in_the_clear() -> None:
    async with mail_server() as server, smarthost(server.port, security="starttls") as out:
        with pytest.raises(DeliveryFailed, match=r"smarthost\.security") as failure:
            await out.send(LETTER)
    assert failure.value.temporary
    assert server.taken == []


async def test_without_a_smarthost_mail_becomes_a_file_that_a_resend_replaces(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "mail-out"
    out = MailFolder(folder, MAIL)
    await out.send(LETTER)
    receipt = await out.send(LETTER)
    await out.send(replace(LETTER, message_id="other@landlord.example"))
    names = _names(folder)
    assert names == ["c.1a2b@landlord.example.eml", "other@landlord.example.eml"]
    assert (folder / names[0]).read_bytes() == compose(LETTER, MAIL).content
    assert receipt.note == "written to c.1a2b@landlord.example.eml"


async def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "mail-out").write_text("a file where the folder should be")
    with pytest.raises(DeliveryFailed, match="cannot be written") as failure:
        await MailFolder(tmp_path / "mail-out", MAIL).send(LETTER)
    assert failure.value.temporary


async def test_a_disk_that_fills_up_leaves_no_half_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DeliveryFailed, match="No space left on device"):
        await MailFolder(tmp_path, MAIL).send(LETTER)
    assert _names(tmp_path) == []


@pytest.mark.parametrize(
    "hostile", ["../../etc/passwd", "/etc/passwd", "..", ".hidden", "a\x00b", "x" * 5000, "", "\udc80"]
)
def test_a_file_name_is_always_safe(hostile: str) -> None:
    name = file_name(hostile)
    assert "/" not in name
    assert "\x00" not in name
    assert not name.startswith(".")
    assert len(name) < 200
    assert name.endswith(".eml")
    assert name == file_name(hostile)


def test_different_messages_have_different_names() -> None:
    ids = ["a/b", "a_b", "a:b", "x" * 500, "x" * 501, ".a", "a"]
    assert len({file_name(identifier) for identifier in ids}) == len(ids)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
