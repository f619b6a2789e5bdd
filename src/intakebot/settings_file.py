"""The settings file: one TOML file and the environment become `Settings`, every mistake reported at once.

`load` reads `intakebot.toml`; each key can also be set as `INTAKEBOT_KEY`, nested keys joined by `__`
(`INTAKEBOT_SMARTHOST__HOST`). The environment wins over the file. Without a file the made-up landlord of
`intakebot/demo/` is used, so that a first try needs no set-up.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from intakebot.config.settings import Settings
from intakebot.errors import BadSettings

ENV_PREFIX = "INTAKEBOT_"
_NOT_SETTINGS = frozenset({"INTAKEBOT_CONFIG", "INTAKEBOT_TEST_DATABASE_URL"})


def demo_file() -> Path:
    """The made-up landlord's settings, shipped with the package."""
    return Path(str(resources.files("intakebot.demo") / "intakebot.toml"))


def find_file(given: Path | None, environ: Mapping[str, str]) -> Path:
    """The settings file to read: the one given, else INTAKEBOT_CONFIG, else ./intakebot.toml, else the demo's."""
    if given is not None:
        return given
    if named := environ.get("INTAKEBOT_CONFIG"):
        return Path(named)
    here = Path("intakebot.toml")
    return here if here.exists() else demo_file()


def load(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises `BadSettings` naming every wrong key, what is allowed, and where it was set."""
    environ = os.environ if environ is None else environ
    path = find_file(file, environ)
    values = _read_toml(path)
    from_environment = _overlay(values, environ)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise BadSettings([_sentence(e, path, from_environment) for e in error.errors()]) from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as handle:
            return tomllib.load(handle)
    except FileNotFoundError as error:
        raise BadSettings([f"{path} does not exist; give another file with --config"]) from error
    except OSError as error:
        raise BadSettings([f"{path} cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings([f"{path} is not valid TOML: {error}"]) from error


def _overlay(values: dict[str, Any], environ: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Put environment settings over the file's; returns which variable set which key."""
    origin: dict[tuple[str, ...], str] = {}
    for name in sorted(environ):
        if not name.startswith(ENV_PREFIX) or name in _NOT_SETTINGS:
            continue
        keys = tuple(name.removeprefix(ENV_PREFIX).lower().split("__"))
        level = values
        for key in keys[:-1]:
            below = level.get(key)
            if not isinstance(below, dict):
                below = level[key] = {}
            level = below
        level[keys[-1]] = _from_text(environ[name])
        origin[keys] = name
    return origin


def _from_text(text: str) -> Any:
    """Lists and tables are written as JSON in the environment; everything else stays text for pydantic to read."""
    if text[:1] in "[{" and text:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _sentence(error: Any, path: Path, origin: Mapping[tuple[str, ...], str]) -> str:
    keys = tuple(str(part) for part in error["loc"])
    source = next((origin[keys[:n]] for n in range(len(keys), 0, -1) if keys[:n] in origin), "")
    says_which_itself = error["type"] == "value_error"
    if keys and not source and not says_which_itself:  # a variable names something inside what has nothing inside
        source = next((name for key, name in origin.items() if key[: len(keys)] == keys), "")
    where = source or f"{'.'.join(keys)} in {path}" if keys else f"in {path}"
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no such setting; check the spelling against docs/configuration.md"
    message = error["msg"].removeprefix("Value error, ")
    return f"{where}: {message[:1].lower()}{message[1:]}"
