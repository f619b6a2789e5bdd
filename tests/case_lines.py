"""Lines of an older system, for tests of the import: a whole complaint, and parts of it changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from intakebot.formats.case_lines import CaseLine, read_line

RECEIVED = "2025-06-02T10:00:00+01:00"


def stage(**changes: Any) -> dict[str, Any]:
    """Stage 1, received on Monday 2 June 2025, acknowledged on the 4th and answered on the 11th."""
    return {
        "received_at": RECEIVED,
        "acknowledged_at": "2025-06-04T09:00:00+01:00",
        "definition": "The boiler was not mended.",
        "responded_at": "2025-06-11T15:00:00+01:00",
        "outcome": "upheld",
    } | changes


def second(**changes: Any) -> dict[str, Any]:
    """Stage 2, asked for on Monday 16 June 2025."""
    return {
        "received_at": "2025-06-16T11:00:00+01:00",
        "acknowledged_at": "2025-06-18T09:00:00+01:00",
        "responded_at": "2025-07-01T15:00:00+01:00",
        "outcome": "not_upheld",
    } | changes


def unanswered(**changes: Any) -> dict[str, Any]:
    """Stage 1, received, and nothing more."""
    return {"received_at": RECEIVED} | changes


def case(**changes: Any) -> dict[str, Any]:
    """A complaint of Gwen Pryce's about a repair, answered at stage 1."""
    return {
        "received_at": RECEIVED,
        "channel": "phone",
        "kind": "complaint",
        "tenure": "lcra",
        "categories": ["repairs"],
        "subject": "The boiler",
        "resident": {"name": "Gwen Pryce", "email": "gwen.pryce@tenant.example", "phone": "07700 900123"},
        "stages": [stage()],
    } | changes


def request(**changes: Any) -> dict[str, Any]:
    """A service request about nuisance, with nothing of a complaint."""
    return case(kind="service_request", categories=["asb"], subject="Loud music", stages=[]) | changes


def written(path: Path, *lines: dict[str, Any] | str) -> Path:
    """The lines in a file; a text stands as it is."""
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def line(given: dict[str, Any]) -> CaseLine:
    """A line as read."""
    read = read_line(json.dumps(given).encode())
    assert isinstance(read, CaseLine), read
    return read
