"""The store fails under a running service: mail is refused for now, nothing is lost, and it recovers by itself."""

from __future__ import annotations

import json
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import make_url
from tests.acceptance.running import Serving, complaint, eventually

TRY_LATER = "We cannot take your message just now. Please try again later."
ROLES = "smtp,web,intake,delivery"


@contextmanager
def running(folder: Path, roles: str = ROLES, **settings: str) -> Iterator[Serving]:
    service = Serving(folder / "data", roles, 0, **settings)
    try:
        service.wait_for_mail()
        yield service
        workers = psutil.Process(service.process.pid).children(recursive=True)
        assert service.stop() == 0
        assert psutil.wait_procs(workers, timeout=20)[1] == [], "no worker outlives its service"
    finally:
        service.kill()


def break_blobs(data: Path) -> Callable[[], None]:
    """A file stands where the folder of originals should be."""
    (data / "blobs").rename(data / "blobs.away")
    (data / "blobs").write_text("in the way")

    def mend() -> None:
        (data / "blobs").unlink()
        (data / "blobs.away").rename(data / "blobs")

    return mend


def accepted(service: Serving, sender: str) -> bool | None:
    return True if service.send(complaint(sender), sender)[0] == 250 else None


def test_a_full_disk_and_a_lost_folder_refuse_mail_for_now_and_need_no_restart(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        assert service.send(complaint("before@tenant.example"), "before@tenant.example")[0] == 250
        service.letters_to("before@tenant.example")
        # Nothing can be written that makes any file longer than it is: as on a full disk, but for this process only.
        process = service.process.pid
        limits = resource.prlimit(process, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        for _ in range(3):
            code, words = service.send(complaint("full@tenant.example"), "full@tenant.example")
            assert (code, words) == (451, f"4.3.0 {TRY_LATER}")
        assert service.process.poll() is None, "it goes on"
        resource.prlimit(process, resource.RLIMIT_FSIZE, limits)
        assert eventually(lambda: accepted(service, "full@tenant.example"))
        assert service.letters_to("full@tenant.example")
        assert [c["resident"]["email"] for c in service.ask("cases", "list")].count("full@tenant.example") == 1
        assert service.page("/readyz")[0] == 200
        mend = break_blobs(service.data)
        assert service.send(complaint("lost@tenant.example"), "lost@tenant.example") == (451, f"4.3.0 {TRY_LATER}")
        mend()
        assert service.send(complaint("lost@tenant.example"), "lost@tenant.example")[0] == 250
        assert service.letters_to("lost@tenant.example")
        assert len(service.ask("cases", "list")) == 3


def test_a_database_locked_by_another_is_waited_for_and_then_refused_for_now(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        other = sqlite3.connect(service.data / "intakebot.db", isolation_level=None, check_same_thread=False)
        try:
            other.execute("BEGIN EXCLUSIVE")
            code, words = service.send(complaint("locked@tenant.example"), "locked@tenant.example")
            assert (code, words) == (451, f"4.3.0 {TRY_LATER}")
            other.execute("ROLLBACK")
            assert service.send(complaint("locked@tenant.example"), "locked@tenant.example")[0] == 250
            assert service.letters_to("locked@tenant.example")
            assert len(service.ask("cases", "list")) == 1
        finally:
            other.close()


def test_a_postgresql_that_cuts_its_connections_and_refuses_new_ones_is_waited_for(
    tmp_path: Path, postgres_database: str, postgres_url: str
) -> None:
    name = make_url(postgres_database).database
    server = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with (
        running(tmp_path, database_url=postgres_database) as service,
        psycopg.connect(server, autocommit=True) as administrator,
    ):
        assert service.send(complaint("before@tenant.example"), "before@tenant.example")[0] == 250
        service.letters_to("before@tenant.example")
        administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        administrator.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'".encode()
        )
        assert service.send(complaint("gone@tenant.example"), "gone@tenant.example") == (451, f"4.3.0 {TRY_LATER}")
        assert service.page("/healthz")[0] == 200
        status, text = service.page("/readyz")
        assert status == 503
        (problem,) = json.loads(text)["problems"]
        assert "case store cannot be reached" in problem
        administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
        assert eventually(lambda: accepted(service, "gone@tenant.example"))
        assert service.letters_to("gone@tenant.example")
        assert service.page("/readyz")[0] == 200
        assert len(service.ask("cases", "list")) == 2


def test_a_port_that_is_taken_is_said_in_one_sentence_and_nothing_runs(tmp_path: Path) -> None:
    with running(tmp_path, "smtp") as service:
        second = Serving(tmp_path / "other", "smtp,web", smtp_port=service.smtp_port)
        assert second.process.wait(30) == 2
        said = second.log.read_text()
        assert f"port {service.smtp_port}" in said
        assert "Traceback" not in said
        assert "is running" not in said
        third = Serving(service.data, "smtp")
        assert third.process.wait(30) == 2
        assert "already serving" in third.log.read_text()


def test_no_worker_outlives_a_service_that_was_killed(tmp_path: Path) -> None:
    service = Serving(tmp_path / "data", ROLES)
    try:
        service.wait_for_mail()
        service.send(complaint("reader@tenant.example"), "reader@tenant.example")
        service.letters_to("reader@tenant.example")
        workers = psutil.Process(service.process.pid).children(recursive=True)
        assert workers, "it reads in processes of their own"
        service.kill()
        assert psutil.wait_procs(workers, timeout=20)[1] == []
    finally:
        service.kill()
