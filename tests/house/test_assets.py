"""The built pages' assets: there, carried by the wheel, and free of what only GOV.UK itself may show."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT = "web/static/govuk"


@pytest.fixture(scope="module")
def stylesheet() -> str:
    return (ROOT / "src" / "intakebot" / BUILT / "intakebot.css").read_text()


def test_stylesheet_has_the_design_system_and_our_own_rules(stylesheet: str) -> None:
    for rule in (".govuk-button", ".govuk-error-summary", ".govuk-generic-header", ".govuk-table", ".intakebot-footer"):
        assert rule in stylesheet, rule
    assert "arial" in stylesheet.lower()


def test_stylesheet_shows_nothing_that_belongs_to_govuk(stylesheet: str) -> None:
    # The font, the crown and the Royal Arms may not be used away from GOV.UK; a url() would also ask for a file.
    found = re.findall(r"transport|@font-face|crown|crest|gov\.uk|url\(", stylesheet, re.IGNORECASE)
    assert found == []


def test_folder_holds_the_three_files_and_no_others() -> None:
    names = sorted(path.name for path in (ROOT / "src" / "intakebot" / BUILT).iterdir())
    assert names == ["LICENCE.txt", "govuk-frontend.min.js", "intakebot.css"]


def test_wheel_carries_the_assets(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        licence = archive.read(f"intakebot/{BUILT}/LICENCE.txt").decode()
    assert "MIT License" in licence and "Crown Copyright" in licence
    for name in (f"{BUILT}/intakebot.css", f"{BUILT}/govuk-frontend.min.js", "py.typed", "errors.py"):
        assert f"intakebot/{name}" in names
    assert not [name for name in names if name.startswith(("tests/", "assets/", "tools/"))]
