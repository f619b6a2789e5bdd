"""Running: the service, or the sink, as an operating system sees it: started, measured, stopped."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import psutil

TO = "complaints@landlord.example"
_PATIENCE_SECONDS = 600.0


def free_port() -> int:
    """A port nobody uses."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_greeting(port: int, process: subprocess.Popen[str]) -> None:
    """Wait until an SMTP server greets on this port."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError("it stopped before it listened")
        try:
            with closing(socket.create_connection(("127.0.0.1", port), 5)) as client:
                if client.recv(3) == b"220":
                    return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError("it never listened")


@contextmanager
def sink() -> Iterator[int]:
    """The bare sink, running; gives its port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.sink", str(port)], stdout=subprocess.PIPE, text=True)
    try:
        wait_for_greeting(port, process)
        yield port
    finally:
        process.kill()
        process.communicate()


class Running:
    """A running service."""

    def __init__(self, data: Path, roles: str, more: Mapping[str, str] | None = None) -> None:
        self.smtp_port, self.http_port, self.data = free_port(), free_port(), data
        environ = {key: value for key, value in os.environ.items() if not key.startswith("INTAKEBOT_")}
        environ |= {
            "INTAKEBOT_DATA": str(data),
            "INTAKEBOT_SMTP_PORT": str(self.smtp_port),
            "INTAKEBOT_HTTP_PORT": str(self.http_port),
            "INTAKEBOT_DEMO_PASSWORD": "bench password",
            "INTAKEBOT_CLASSIFIER": "rules",  # the road is measured here; `classify` measures the model
            **(more or {}),
        }
        self.begun = time.perf_counter()
        self.log = (data.parent / f"{data.name}.log").open("a")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "intakebot", "serve", "--roles", roles], env=environ, stderr=self.log, text=True
        )
        wait_for_greeting(self.smtp_port, self.process)

    def stop(self) -> None:
        """Stop it as an administrator would."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.log.close()

    def memory(self) -> int:
        """Memory of all its processes in bytes, shared pages counted once (PSS)."""
        top = psutil.Process(self.process.pid)
        return sum(p.memory_full_info().pss for p in [top, *top.children(recursive=True)])

    def count(self, query: str) -> int:
        """A number out of its embedded database."""
        with closing(sqlite3.connect(f"file:{self.data}/intakebot.db?mode=ro", uri=True, timeout=60)) as database:
            return int(database.execute(query).fetchone()[0])

    def wait_until(self, query: str, wanted: int) -> None:
        """Wait until a number in the database has grown so far."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while self.count(query) < wanted:
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError(f"{query} is {self.count(query)}, not {wanted}")
            time.sleep(0.05)


@contextmanager
def service(data: Path, roles: str) -> Iterator[Running]:
    """A running service, stopped afterwards."""
    running = Running(data, roles)
    try:
        yield running
    finally:
        running.stop()
