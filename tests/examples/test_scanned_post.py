"""The example channel as a landlord would have it: built, installed from its own package, checked, and at work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.running import PATIENCE_SECONDS, Serving, environment, eventually, intakebot

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "scanned_post"
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, built as a wheel and installed into a folder of its own, without a network."""
    folder = tmp_path_factory.mktemp("example")
    source = folder / "source"
    subprocess.run(["cp", "-r", str(EXAMPLE), str(source)], check=True)
    offline = ["--no-index", "--no-deps"]
    _run([*PIP, "wheel", *offline, "--no-build-isolation", "--wheel-dir", str(folder), str(source)])
    (wheel,) = folder.glob("*.whl")
    _run([*PIP, "install", *offline, "--target", str(folder / "installed"), str(wheel)])
    return folder / "installed"


@pytest.fixture
def with_example(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Commands and services started by the test see the installed example."""
    monkeypatch.setenv("PYTHONPATH", str(installed))
    yield installed


def test_it_passes_the_contract_and_its_own_tests(with_example: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:asyncio",
        "--rootdir",
        str(EXAMPLE),
        "-c",
    ]
    done = subprocess.run(
        [*command, str(EXAMPLE / "pyproject.toml"), str(EXAMPLE / "tests")],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=PATIENCE_SECONDS * 3,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout and "passed" in done.stdout


def test_it_is_listed_with_where_it_comes_from(with_example: Path, tmp_path: Path) -> None:
    done = intakebot("plugins", "--json", data=tmp_path / "data")
    found = {one["name"]: one for one in json.loads(done.stdout)}
    assert found["scanned_post"] == {
        "group": "intakebot.channels",
        "name": "scanned_post",
        "distribution": "intakebot-scanned-post",
        "problem": None,
    }


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_letter_goes_the_whole_road_on_a_running_service(
    with_example: Path, tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    settings = {"channels": '["email", "scanned_post"]', "workers": "1"}
    settings["channel_options__scanned_post__poll_seconds"] = "0.05"
    if database == "postgresql":
        settings["database_url"] = request.getfixturevalue("postgres_database")
    service = Serving(tmp_path / "data", **settings)
    try:
        service.wait_for_mail()
        scanner = tmp_path / "data" / "post" / "in"
        eventually(lambda: True if scanner.is_dir() else None)
        leave(scanner, "0001")
        (case,) = eventually(lambda: service.ask("cases", "list") or None)
        assert not [path for path in scanner.iterdir() if not path.name.startswith(".")]
        shown = service.ask("cases", "show", case["reference"])
        (message,) = [one for one in shown["messages"] if one["direction"] == "in"]
        assert (shown["channel"], shown["received_at"]) == ("letter", "2026-02-27T09:00:00+00:00")
        assert message["attachments"][0]["content_type"] == "application/pdf"
        assert "leaks" in message["text"]

        leave(scanner, "0002")  # the same letter, scanned again under another number
        eventually(lambda: True if len(list((scanner.parent / "done").iterdir())) == 2 else None)
        leave(scanner, "0003", b"{")
        (parked,) = eventually(lambda: service.ask("parked", "list") or None)
        assert "manifest is not JSON" in parked["reason"]
        assert len(service.ask("cases", "list")) == 1
        assert service.stop() == 0
        log = service.log.read_text()
        assert not any(word in log for word in ("Mensah", "Tide", "leaks", "0001"))
    finally:
        service.kill()


def test_the_role_of_one_channel_can_run_by_itself(with_example: Path, tmp_path: Path) -> None:
    settings = {"channels": '["email", "scanned_post"]', "channel_options__scanned_post__poll_seconds": "0.05"}
    service = Serving(tmp_path / "data", "scanned_post", **settings)
    try:
        scanner = tmp_path / "data" / "post" / "in"
        eventually(lambda: True if scanner.is_dir() else None)
        leave(scanner, "0001")
        eventually(lambda: True if not list(scanner.iterdir()) else None)
        assert service.ask("cases", "list") == [], "it only takes in; others work"
        assert service.stop() == 0
    finally:
        service.kill()


def test_a_wrong_option_stops_the_service_in_a_sentence(with_example: Path, tmp_path: Path) -> None:
    settings = {"channels": '["email", "scanned_post"]', "channel_options__scanned_post__fodler": "x"}
    service = Serving(tmp_path / "data", **settings)
    try:
        assert service.process.wait(PATIENCE_SECONDS) == 2
        assert "there is no option fodler" in service.log.read_text()
    finally:
        service.kill()


def leave(scanner: Path, name: str, manifest: bytes = b"") -> None:
    """Be the scanner: the scan and its words first, then the manifest."""
    told = {"received_on": "2026-02-27", "files": [f"{name}.pdf", f"{name}.txt"]}
    sender = {"name": "Ama Mensah", "email": "ama@tenant.example", "address": "1 Tide Street, Larkmere"}
    (scanner / f"{name}.pdf").write_bytes(b"%PDF-1.4\n%one page\n")
    (scanner / f"{name}.txt").write_text("Dear Sirs, the roof leaks again and nobody came. I want to complain.")
    (scanner / f"{name}.json").write_bytes(manifest or json.dumps(told | {"from": sender}).encode())


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ""})
    assert done.returncode == 0, done.stdout + done.stderr
