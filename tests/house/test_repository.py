"""What may be committed: no machine's own paths, no download addresses in locks, nothing that set-up builds."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("run.txt", "dev.txt", "train.txt", "build.txt", "node.txt")

# Put together here so that this file does not find itself.
MACHINE_PATHS = re.compile("(?<![\\w.~])/(?:" + "|".join(("work", "root", "home", "opt", "Users")) + ")/[a-z]")
REGISTRIES = re.compile(
    "|".join(re.escape(f"{name}.{end}") for name, end in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"))),
)
TEXT = {".py", ".toml", ".md", ".txt", ".json", ".scss", ".css", ".html", ".sh", ".cfg", ".ini", ""}


@pytest.fixture(scope="module")
def committed() -> list[Path]:
    """Every file git keeps or would keep. A copy without git has nothing to check."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    found = [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    assert len(found) > 60
    return found


def test_locks_name_versions_and_hashes_but_no_addresses() -> None:
    for lock in LOCKS:
        text = (ROOT / "requirements" / lock).read_text()
        pinned = re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==\S+", text, re.MULTILINE)
        assert pinned, f"requirements/{lock} pins nothing"
        assert text.count("--hash=sha256:") >= len(pinned)
        assert "://" not in text and "--index" not in text and "--find-links" not in text


def test_what_tests_run_with_is_what_the_service_runs_with() -> None:
    run, dev = (set(_pins(ROOT / "requirements" / lock)) for lock in ("run.txt", "dev.txt"))
    assert len(run) > 30
    assert run <= dev


def test_what_training_runs_with_is_what_the_service_runs_with() -> None:
    run, train = (set(_pins(ROOT / "requirements" / lock)) for lock in ("run.txt", "train.txt"))
    assert run <= train


def test_npm_lock_names_hashes_but_no_addresses() -> None:
    packages = json.loads((ROOT / "assets" / "package-lock.json").read_text())["packages"]
    fetched = {name: package for name, package in packages.items() if name}
    assert "node_modules/govuk-frontend" in fetched
    for name, package in fetched.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name


def test_no_file_names_a_registry_or_a_path_of_one_machine(committed: list[Path]) -> None:
    texts = [path for path in committed if path.suffix in TEXT]
    assert len(texts) > 50
    found = {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in texts
        for pattern in (MACHINE_PATHS, REGISTRIES)
        if (match := pattern.search(path.read_text(errors="replace")))
    }
    assert found == set()


def test_nothing_that_setup_builds_is_committed(committed: list[Path]) -> None:
    names = [path.relative_to(ROOT).as_posix() for path in committed]
    built = ("src/intakebot/web/static/govuk/", "assets/node_modules/", ".venv/", "dist/")
    fonts = (".woff", ".woff2", ".ttf", ".otf", ".eot")
    assert [name for name in names if name.startswith(built) or name.endswith(fonts)] == []


def _pins(lock: Path) -> list[str]:
    """Each pinned package as `name==version ; marker`, hashes left out."""
    return [line.removesuffix("\\").strip() for line in lock.read_text().splitlines() if re.match(r"[a-z0-9]", line)]
