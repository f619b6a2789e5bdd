"""The service as its users meet it: started by its command in a process of its own, reached over the network."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

PATIENCE_SECONDS = 60.0


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
    return kept | {"INTAKEBOT_DATA": str(data), "INTAKEBOT_DEMO_PASSWORD": "a password for tests"} | named


class Serving:
    """`intakebot serve`, running. Its log is kept beside its data."""

    def __init__(self, data: Path, roles: str = "", smtp_port: int = 0, **settings: str) -> None:
        self.data = data
        self.smtp_port = smtp_port or free_port()
        self.http_port = free_port()
        settings = {"smtp_port": str(self.smtp_port), "http_port": str(self.http_port)} | settings
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

    def kill(self) -> None:
        """kill -9, and its readers, which end when it is gone."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Stop it as an administrator would; returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)
