"""Mail keeps what `intakebot.testing` asks of every channel, ours and others'."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from tests.channels.behind_pages import DYING_SECONDS
from tests.road.smarthost import Smarthost

from intakebot.channels.base import Channel
from intakebot.channels.email.channel import EmailChannel
from intakebot.channels.email.identity import external_id
from intakebot.channels.email.listener import Listener
from intakebot.config.doors import Mail
from intakebot.config.doors import Smarthost as SmarthostSettings
from intakebot.config.settings import Settings
from intakebot.domain.message import Address, Envelope, RawMessage
from intakebot.testing import NOW, ChannelContract, FarSide, Mood, Sample, outbound

US = "complaints@landlord.example"
AMA = "ama@tenant.example"
PLAIN = (
    b"From: Ama Mensah <ama@tenant.example>\r\nTo: complaints@landlord.example\r\nSubject: Damp\r\n"
    b"Message-ID: <1@tenant.example>\r\n\r\nThe wall is wet again.\r\n"
)
AWKWARD = (
    b"From: =?utf-8?q?Zo=C3=AB?= <ZOE@tenant.example>\r\nSubject: =?utf-8?b?8J+Yng==?=\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
    b"Caf\xc3\xa9 smell, and mould.\r\n--b\r\nContent-Type: image/png\r\n"
    b'Content-Disposition: attachment; filename="../wall.png"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    b"iVBORw0KGgo=\r\n--b--\r\n"
)


class TestEmail(ChannelContract):
    """Mail by SMTP."""

    name = "email"
    port: ClassVar[int] = 0
    """The port of the far side; 0 for a channel that only receives."""

    @pytest.fixture(autouse=True)
    def no_grace(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A listener that stops waits for what is arriving; here it dies."""
        monkeypatch.setattr(Listener.close, "__defaults__", (DYING_SECONDS,))

    def settings(self, folder: Path) -> Settings:
        smarthost = SmarthostSettings(host="127.0.0.1", port=self.port, security="none") if self.port else None
        return Settings(data=folder, smtp_port=0, mail=Mail(address=US), smarthost=smarthost)

    def samples(self) -> Sequence[Sample]:
        return (
            Sample("plain", _mail(PLAIN), "The wall is wet again.", AMA),
            Sample("with a photo", _mail(AWKWARD), "Café smell, and mould.", "zoe@tenant.example", ("wall.png",)),
        )

    def broken(self) -> Sequence[bytes]:
        return ()  # whatever comes by mail can be shown to a person as text

    async def hand_over(self, channel: Channel, folder: Path, sample: Sample) -> bool:
        assert isinstance(channel, EmailChannel)
        return await asyncio.to_thread(_send, await channel.port(), sample.raw.content)

    @asynccontextmanager
    async def far_side(self, folder: Path, mood: Mood) -> AsyncIterator[FarSide]:
        answers = {Mood.TAKES: "250 OK", Mood.NOT_NOW: "451 4.3.0 later", Mood.NEVER: "550 5.1.1 nobody of this name"}
        server = Smarthost({AMA: answers[mood]})
        server.on()
        type(self).port = server.port
        channel = self.channel(folder)
        assert isinstance(channel, EmailChannel)
        try:
            received = lambda: [str(letter.get_content()) for letter in server.letters]  # noqa: E731
            yield FarSide(channel, outbound("email", Address(AMA)), received)
        finally:
            type(self).port = 0
            await channel.close()
            server.off()


def _mail(content: bytes) -> RawMessage:
    return RawMessage("email", external_id(content), content, NOW, Envelope(AMA, (US,)))


def _send(port: int, content: bytes) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            client.sendmail(AMA, [US], content)
    except smtplib.SMTPResponseException as refused:
        assert 400 <= refused.smtp_code < 500, "to be sent again, and not to be given up"
        return False
    except (smtplib.SMTPException, OSError):
        return False
    return True
