"""Plug-ins for tests: small packages that are installed as far as Python can tell, and only while a test runs."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest


def plug_in(
    patch: pytest.MonkeyPatch, folder: Path, distribution: str, source: str, **entry_points: dict[str, str]
) -> None:
    """Install a package with one module. `entry_points` gives, for channels or classifiers, names and their objects."""
    module = distribution.replace("-", "_")
    information = folder / f"{module}-1.0.dist-info"
    information.mkdir(parents=True)
    (folder / f"{module}.py").write_text(dedent(source))
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    lines = []
    for group, points in entry_points.items():
        lines += [f"[intakebot.{group}]", *(f"{name} = {module}:{what}" for name, what in points.items())]
    (information / "entry_points.txt").write_text("\n".join(lines) + "\n")
    patch.syspath_prepend(str(folder))
