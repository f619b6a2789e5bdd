"""The service as its users meet it: started by its command in a process of its own, reached over the network."""

from __future__ import annotations

import email
import email.policy
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from typer.testing import CliRunner

from intakebot.cli.app import app

T = TypeVar("T")
PATIENCE_SECONDS = 60.0
US = "complaints@larkmere.example"


def free_port() -> int:
    """A port nobody uses."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def intakebot(*arguments: str, data: Path, give: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    command = [sys.executable, "-m", "intakebot", *arguments]
    environ = environment(data, **settings)
    return subprocess.run(command, env=environ, input=give, capture_output=True, text=True, timeout=PATIENCE_SECONDS)


def environment(data: Path, **settings: str) -> dict[str, str]:
    """The environment of a command: ours without its settings, and these."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("INTAKEBOT_")}
    named = {f"INTAKEBOT_{key.upper()}": value for key, value in settings.items()}
    ours = {
        "INTAKEBOT_DATA": str(data),
        "INTAKEBOT_DEMO_PASSWORD": "a password for tests",
        "INTAKEBOT_CLASSIFIER": "rules",
    }
    return kept | ours | named


class Serving:
    """`intakebot serve`, running. Its log is kept beside its data."""

    def __init__(self, data: Path, roles: str = "", smtp_port: int = 0, **settings: str) -> None:
        self.data = data
        self.smtp_port = smtp_port or free_port()
        self.http_port = free_port()
        settings = {"smtp_port": str(self.smtp_port), "http_port": str(self.http_port)} | settings
        self.settings = settings
        self.log = data.parent / f"{data.name}.log"
        command = [sys.executable, "-m", "intakebot", "serve", *(["--roles", roles] if roles else [])]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, env=environment(data, **settings), stderr=log, stdout=log)

    def wait_for_mail(self) -> None:
        """Wait until it greets a mail client."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"it stopped:\n{self.log.read_text()}")
            try:
                with closing(socket.create_connection(("127.0.0.1", self.smtp_port), 5)) as client:
                    if client.recv(3) == b"220":
                        return
            except OSError:
                time.sleep(0.01)  # nobody can be told when a port begins to listen; asking again is the only way
        raise AssertionError("it never listened")

    def send(self, content: bytes | str, sender: str, to: Iterable[str] = (US,)) -> tuple[int, str]:
        """Send one mail by SMTP; returns the answer to it: 250, or what refused it."""
        if isinstance(content, str):
            content = content.encode()
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=PATIENCE_SECONDS) as client:
            try:
                client.sendmail(sender, list(to), content)
            except smtplib.SMTPRecipientsRefused as refused:
                code, said = next(iter(refused.recipients.values()))
                return code, said.decode()
            except smtplib.SMTPResponseException as refused:
                words = refused.smtp_error
                return refused.smtp_code, words.decode() if isinstance(words, bytes) else words
        return 250, ""

    def ask(self, *arguments: str) -> Any:
        """What a command with --json prints, from the settings of the service; run in this process, which is faster."""
        done = CliRunner().invoke(app, [*arguments, "--json"], env=environment(self.data, **self.settings))
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    def run(self, *arguments: str, give: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command, in a process of its own, with the settings of the service."""
        return intakebot(*arguments, data=self.data, give=give, **self.settings)

    def page(self, path: str) -> tuple[int, str]:
        """The status and text of a page; 0 where nobody answers."""
        try:
            with urlopen(f"http://127.0.0.1:{self.http_port}{path}", timeout=PATIENCE_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except URLError:
            return 0, ""

    def letters(self, to: str) -> list[EmailMessage]:
        """The letters written to this address so far, in the order they were written."""
        files = sorted((self.data / "mail-out").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        found = [read_mail(file.read_bytes()) for file in files]
        return [letter for letter in found if to in str(letter["To"])]

    def letters_to(self, to: str, count: int = 1) -> list[EmailMessage]:
        """So many letters to this address, once they are there."""
        return eventually(lambda: found if len(found := self.letters(to)) >= count else None)

    def kill(self) -> None:
        """kill -9, and its readers, which end when it is gone."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Stop it as an administrator would; returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


def eventually(look: Callable[[], T | None], within: float = 20.0) -> T:
    """What `look` finds once it finds something: the service is another process, and tells nobody when it is done."""
    end = time.monotonic() + within
    while (found := look()) is None:
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
    return found


def read_mail(content: bytes) -> EmailMessage:
    """A mail, parsed as a mail program would."""
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def complaint(
    sender: str,
    text: str = "The boiler has broken down again and nobody came. This is not good enough.",
    *,
    subject: str = "Boiler",
    message_id: str = "",
    extra: str = "",
) -> str:
    """A plain mail; `sender` is an address, or a name and an address. `extra` holds more header lines."""
    address = sender.rpartition("<")[2].rstrip(">")
    message_id = (
        message_id or f"{sha256(repr((address, text, subject, extra)).encode()).hexdigest()[:20]}@tenant.example"
    )
    return (
        f"From: {sender}\r\nTo: {US}\r\nMessage-ID: <{message_id}>\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n"
        f"Subject: {subject}\r\n{extra}\r\n{text}\r\n"
    )
