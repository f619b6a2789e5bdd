"""Adapters by entry point: found by name, loaded only when asked for, and every fault said in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories import NOW, demo_settings
from tests.plugging import plug_in

from intakebot import plugins
from intakebot.config.settings import Settings
from intakebot.errors import PluginError

GOOD = """
    class Parrot:
        version = "parrot-1"
        def classify(self, text, channel):
            raise NotImplementedError
    class NotOne:
        pass
    class WithSettings:
        def __init__(self, name):
            self.name = name
        @classmethod
        def from_settings(cls, name, settings, now):
            return cls(name)
        async def run(self, accept): ...
        def normalise(self, raw): ...
        async def send(self, message): ...
    class HalfAChannel:
        @classmethod
        def from_settings(cls, name, settings, now):
            return cls()
"""


def test_our_own_adapters_are_found_the_same_way(tmp_path: Path) -> None:
    assert plugins.classifier("rules", Settings()).version
    assert plugins.channel("email", demo_settings(tmp_path), lambda: NOW).name == "email"
    found = {(p.group, p.name): p for p in plugins.installed()}
    assert found["intakebot.channels", "email"].problem == ""
    assert found["intakebot.classifiers", "rules"].distribution == "intakebot"


def test_an_installed_package_adds_adapters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(
        monkeypatch, tmp_path, "p-good", GOOD, classifiers={"parrot": "Parrot"}, channels={"carrier": "WithSettings"}
    )
    assert plugins.classifier("parrot", Settings()).version == "parrot-1"
    assert plugins.channel("carrier", demo_settings(tmp_path), lambda: NOW).name == "carrier"
    assert ("intakebot.classifiers", "parrot", "p-good", "") in [
        (p.group, p.name, p.distribution, p.problem) for p in plugins.installed()
    ]


def test_an_unknown_name_is_answered_with_those_installed() -> None:
    with pytest.raises(PluginError, match=r"no classifier named nobody; installed: .*rules"):
        plugins.classifier("nobody", Settings())


def test_something_that_is_not_an_adapter_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, tmp_path, "p-half", GOOD, classifiers={"half": "NotOne"}, channels={"half": "HalfAChannel"})
    with pytest.raises(PluginError, match="half is not a classifier: it must have version and classify"):
        plugins.classifier("half", Settings())
    with pytest.raises(PluginError, match="half is not a channel"):
        plugins.channel("half", demo_settings(tmp_path), lambda: NOW)


def test_two_packages_with_one_name_are_both_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, tmp_path / "one", "p-first", GOOD, classifiers={"twin": "Parrot"})
    plug_in(monkeypatch, tmp_path / "two", "p-second", GOOD, classifiers={"twin": "Parrot"})
    with pytest.raises(PluginError, match=r"claimed by (p-second and p-first|p-first and p-second)"):
        plugins.classifier("twin", Settings())


@pytest.mark.parametrize(
    ("source", "what"),
    [("import nothing_like_this", "Thing"), ("x = 1", "Thing"), ("raise SystemError('wide')", "Thing"), ("(", "Thing")],
)
def test_a_broken_package_breaks_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, what: str
) -> None:
    name = f"p-broken-{abs(sum(source.encode()))}"
    plug_in(monkeypatch, tmp_path, name, source, classifiers={"broken": what})
    with pytest.raises(PluginError, match=f"the classifier broken from {name} does not load"):
        plugins.classifier("broken", Settings())
    assert plugins.classifier("rules", Settings())
    assert [p.name for p in plugins.installed() if p.problem] == ["broken"]


def test_an_adapter_that_cannot_be_built_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = """
        class Needy:
            def __init__(self):
                raise OSError("its model is not there")
    """
    plug_in(monkeypatch, tmp_path, "p-needy", source, classifiers={"needy": "Needy"})
    with pytest.raises(PluginError, match="the classifier needy from p-needy cannot start: its model is not there"):
        plugins.classifier("needy", Settings())
