"""Commands, run in this process on a data folder of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.running import environment
from typer.testing import CliRunner, Result

from intakebot.cli.app import app


@dataclass
class Commands:
    """The command line with one data folder. `settings` become environment variables."""

    data: Path
    settings: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: object, give: str | bytes = "", **settings: str) -> Result:
        """Run a command; whatever it raises that is not an exit is a failure of the test."""
        environ = environment(self.data, **(self.settings | settings))
        done = CliRunner().invoke(app, [str(a) for a in arguments], input=give, env=environ)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    def ok(self, *arguments: object, give: str | bytes = "", **settings: str) -> Result:
        """Run a command that must succeed."""
        done = self.run(*arguments, give=give, **settings)
        assert done.exit_code == 0, done.stderr
        return done

    def json(self, *arguments: object, give: str | bytes = "", **settings: str) -> Any:
        """The one JSON document a command prints."""
        return json.loads(self.ok(*arguments, "--json", give=give, **settings).stdout)

    def lines(self, *arguments: object, give: str | bytes = "", **settings: str) -> list[Any]:
        """The JSON Lines a command prints."""
        return [json.loads(line) for line in self.ok(*arguments, give=give, **settings).stdout.splitlines()]

    def refused(self, *arguments: object, give: str | bytes = "", status: int = 2, **settings: str) -> str:
        """The one sentence with which a command refuses."""
        done = self.run(*arguments, give=give, **settings)
        assert done.exit_code == status, (done.exit_code, done.output)
        sentence = done.stderr.strip()
        assert sentence.startswith("intakebot: ")
        assert "Traceback" not in sentence
        return str(sentence.removeprefix("intakebot: "))


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    """Commands with an empty data folder."""
    return Commands(tmp_path / "data")
