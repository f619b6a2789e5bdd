"""Letters leave the running service by a smarthost, and wait while there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.running import Serving, complaint, eventually
from tests.road.smarthost import Smarthost


@pytest.fixture
def smarthost() -> Iterator[Smarthost]:
    server = Smarthost()
    try:
        yield server
    finally:
        server.off()


def test_a_complaint_is_acknowledged_by_the_smarthost_once_it_is_there(tmp_path: Path, smarthost: Smarthost) -> None:
    service = Serving(
        tmp_path / "data",
        smarthost__host="127.0.0.1",
        smarthost__port=str(smarthost.port),
        smarthost__security="none",
    )
    try:
        service.wait_for_mail()
        sender = "patient@tenant.example"
        assert service.send(complaint(sender), sender)[0] == 250
        eventually(lambda: True if "temporary" in service.log.read_text() else None)
        (out,) = [m for c in service.ask("cases", "list") for m in _letters(service, c["reference"])]
        assert out["state"] == "waiting"
        smarthost.on()
        (letter,) = eventually(lambda: smarthost.letters_to(sender) or None)
        assert letter["Auto-Submitted"] == "auto-replied"
        assert not (service.data / "mail-out").exists()
        assert service.stop() == 0
        assert len(smarthost.letters_to(sender)) == 1
        assert sender not in service.log.read_text()
    finally:
        service.kill()


def _letters(service: Serving, reference: str) -> list[dict[str, str]]:
    return [m for m in service.ask("cases", "show", reference)["messages"] if m["direction"] == "out"]


def test_an_unknown_classifier_stops_the_service_at_once_in_a_sentence(tmp_path: Path) -> None:
    service = Serving(tmp_path / "data", classifier="oracle")
    try:
        assert service.process.wait(30) == 2
        said = service.log.read_text()
        assert "there is no classifier named oracle; installed: rules" in said
        assert "Traceback" not in said
    finally:
        service.kill()


def test_a_wrong_letter_stops_the_service_at_once_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "receipt.txt").write_text("Subject: x\n\n{{ case.refrence }}\n")
    service = Serving(tmp_path / "data", letters=str(tmp_path / "letters"))
    try:
        assert service.process.wait(30) == 2
        said = service.log.read_text()
        assert "letter receipt.txt, line 3: " in said
        assert "Traceback" not in said
    finally:
        service.kill()
