"""Kill the whole service fifty times under load: what got its 250 is on one case, with one answer queued."""

from __future__ import annotations

import random
import smtplib
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

from tests.acceptance.running import PATIENCE_SECONDS, Serving, free_port

KILLS = 50
SENDERS = 4
SEED = 20261121


class Load:
    """Senders that never tire: each sends its next message until it gets a 250, and then the next."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.confirmed: list[str] = []
        self.progress = threading.Condition()
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(n,)) for n in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def _run(self, sender: int) -> None:
        number = 0
        while not self.ended.is_set():
            with suppress(OSError, smtplib.SMTPException), smtplib.SMTP("127.0.0.1", self.port, timeout=10) as client:
                while not self.ended.is_set():
                    message_id = f"kill.{sender}.{number}@tenant.example"
                    client.sendmail(
                        f"s{sender}.{number}@tenant.example", ["complaints@larkmere.example"], _mail(message_id)
                    )
                    with self.progress:
                        self.confirmed.append(message_id)
                        self.progress.notify_all()
                    number += 1
            self.ended.wait(0.01)

    def wait_for(self, more: int) -> None:
        """Wait until so many more messages got their 250."""
        with self.progress:
            wanted = len(self.confirmed) + more
            assert self.progress.wait_for(lambda: len(self.confirmed) >= wanted, PATIENCE_SECONDS)

    def end(self) -> None:
        """No more messages."""
        self.ended.set()
        for thread in self.threads:
            thread.join()


def _mail(message_id: str) -> bytes:
    return (
        f"From: Tenant <{message_id.replace('kill.', 's')}>\r\nTo: complaints@larkmere.example\r\n"
        f"Message-ID: <{message_id}>\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\nSubject: Boiler {message_id}\r\n\r\n"
        "The boiler has broken down again and nobody came. This is not good enough.\r\n"
    ).encode()


def test_fifty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    draw = random.Random(SEED)
    port = free_port()
    load = Load(port)
    try:
        for _ in range(KILLS):
            serving = Serving(tmp_path / "data", "smtp,intake,delivery", smtp_port=port)
            load.wait_for(draw.randint(1, 60))
            # Anywhere in the next moments: in SMTP, between bytes and row, in reading, in taking in, in delivery.
            time.sleep(draw.random() / 10)
            serving.kill()
    finally:
        load.end()
    serving = Serving(tmp_path / "data", "smtp,intake", smtp_port=port)
    serving.wait_for_mail()
    with closing(sqlite3.connect(tmp_path / "data" / "intakebot.db", timeout=30)) as database:
        end = time.monotonic() + 2 * PATIENCE_SECONDS
        while database.execute("SELECT count(*) FROM inbox WHERE state = 'waiting'").fetchone()[0]:
            assert time.monotonic() < end, "the inbox is never worked off"
            time.sleep(0.05)
        assert serving.stop() == 0
        cases = Counter(i for (i,) in database.execute("SELECT message_id FROM messages WHERE case_id IS NOT NULL"))
        answers = Counter(
            i
            for (i,) in database.execute(
                "SELECT json_extract(message, '$.in_reply_to') FROM outbox"
                " WHERE purpose IN ('receipt', 'acknowledgement')"
            )
        )
        own_cases = database.execute("SELECT count(DISTINCT case_id) FROM messages").fetchone()[0]
    confirmed = set(load.confirmed)
    assert len(confirmed) > KILLS
    assert {i for i in confirmed if cases[i] != 1} == set()
    assert {i for i in confirmed if answers[i] != 1} == set()
    assert max(cases.values()) == 1, "what was retried without a 250 is not doubled either"
    assert own_cases == len(cases), "everybody has a case of their own"
