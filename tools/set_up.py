"""Set the project up in its own folder: `.venv` with the locked packages, the command, and the pages' assets.

Run by `make setup`; with `test` as an argument by `make test`, which adds what the tests need, and with `train` by
`make train-setup`, which adds what training needs. Each step
keeps a stamp in `.venv/.done/` with a digest of what it was made from, so a second run does nothing and a changed
lock file, another Python or a moved folder does its step again. Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import build_assets

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
COMMAND = VENV / "bin" / "intakebot"
REQUIREMENTS = ROOT / "requirements"


class SetUpFailed(Exception):
    """A step did not work; the message says which, and what to do."""


def main(arguments: list[str]) -> int:
    """Do every step that is due; 0 when the project is ready, 1 with a plain sentence when it is not."""
    try:
        make_venv()
        install("run.txt", "the packages the service needs (a minute or two the first time)")
        install("build.txt", "what builds the package")
        if "test" in arguments:
            install("dev.txt", "the packages the tests need")
        if "train" in arguments:
            install("train.txt", "PyTorch and what else training needs (on Linux some gigabytes, the first time)")
        step("command", [ROOT / "pyproject.toml"], "the intakebot command", install_ourselves, [COMMAND])
        step("assets", build_assets.inputs(), "the pages' stylesheet and script", make_assets, build_assets.OUTPUTS)
    except SetUpFailed as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


def make_venv() -> None:
    """Make `.venv`, anew when we made it with another Python or for another folder; one a person made is kept."""
    mark = f"{sys.version} {sys.base_prefix} {VENV}"
    stamp = VENV / ".done" / "venv"
    if stamp.exists() and stamp.read_text() == mark and PYTHON.exists():
        return
    tell("making .venv")
    anew = ["--clear"] if stamp.exists() else []
    try:
        run([sys.executable, "-m", "venv", *anew, str(VENV)])
    except subprocess.CalledProcessError as error:
        raise SetUpFailed(
            "Python could not make a virtual environment. On Debian, 'apt-get install python3-venv' mends that."
        ) from error
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(mark)


def install(lock: str, what: str) -> None:
    """Install a lock file, every download checked against its hash."""

    def pip_install() -> None:
        pip("--require-hashes", "-r", str(REQUIREMENTS / lock))

    step(lock, [REQUIREMENTS / lock], what, pip_install)


def install_ourselves() -> None:
    """Install this folder itself, editable, with the locked build tools and nothing else."""
    pip("--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def make_assets() -> None:
    """Build the stylesheet and script with the Node.js at hand, else with the one PyPI carries."""
    node = build_assets.node_on_path()
    if node is None:
        install("node.txt", "Node.js, which this machine lacks")
        node = build_assets.node_in(PYTHON)
    try:
        build_assets.build(node)
    except build_assets.BuildFailed as error:
        raise SetUpFailed(str(error)) from error


def step(
    name: str, inputs: Iterable[Path], what: str, action: Callable[[], None], outputs: Iterable[Path] = ()
) -> None:
    """Do `action` unless it was done with these very inputs and its outputs are still there."""
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in inputs)).hexdigest()
    stamp = VENV / ".done" / name
    if stamp.exists() and stamp.read_text() == digest and all(path.exists() for path in outputs):
        return
    tell(what)
    try:
        action()
    except subprocess.CalledProcessError as error:
        raise SetUpFailed(
            f"{what}: that failed, and the lines above say why. It needs the package registries; run it again to go on."
        ) from error
    stamp.write_text(digest)


def pip(*arguments: str) -> None:
    """`pip install` into `.venv`."""
    run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", *arguments])


def run(command: list[str]) -> None:
    """Run a program to its end, its output on standard error; raises CalledProcessError when it fails."""
    subprocess.run(command, check=True, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=environment())


def environment() -> dict[str, str]:
    """The environment without what would send an install outside `.venv`."""
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME", "PIP_USER"}}


def tell(what: str) -> None:
    """Say what is being done, for the person waiting."""
    print(f"setup: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
