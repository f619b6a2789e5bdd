"""`doctor`, channels and mail servers: each is loaded or signed in to, and what is wrong with it said in a sentence."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from tests.channels.email.xoauth import SECRET, USER, imap_server, leaks, provider, refused, smtp_server
from tests.cli.conftest import Commands
from tests.plugging import plug_in

CHANNELS = """
    from intakebot.errors import BadInput
    class Carrier:
        def __init__(self, name):
            self.name = name
        @classmethod
        def from_settings(cls, name, settings, now):
            if settings.channel_options.get(name, {}).get("birds") == "none":
                raise BadInput(f"channel_options.{name}.birds must be a number")
            now().isoformat()
            return cls(name)
        async def run(self, accept): ...
        def normalise(self, raw): ...
        async def send(self, message): ...
    class Lame(Carrier):
        @classmethod
        def from_settings(cls, name, settings, now):
            raise OSError("its loft is shut")
    class Half:
        @classmethod
        def from_settings(cls, name, settings, now):
            return cls()
"""


def said(commands: Commands, *channels: str, **settings: str) -> str | None:
    """What doctor says of the channels, None where nothing is wrong."""
    done = commands.run("doctor", "--json", channels=json.dumps(["email", *channels]), **settings)
    (problem,) = [one["problem"] for one in json.loads(done.stdout) if one["check"] == "channels"]
    assert problem is None or done.exit_code == 1
    return problem if problem is None else str(problem)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some channels from outside."""
    names = {"carrier": "Carrier", "lame": "Lame", "half": "Half", "clocks": "Carrier"}
    plug_in(monkeypatch, tmp_path / "good", "p-carriers", CHANNELS, channels=names)
    plug_in(monkeypatch, tmp_path / "bad", "p-shut", "import nothing_like_it", channels={"fax": "Fax"})
    plug_in(monkeypatch, tmp_path / "twin", "p-twin", CHANNELS, channels={"twin": "Carrier"})
    plug_in(monkeypatch, tmp_path / "other", "p-other-twin", CHANNELS, channels={"twin": "Carrier"})


def test_nothing_is_wrong_with_our_own_channels_nor_with_telegram_before_it_has_a_token(commands: Commands) -> None:
    assert said(commands, "telegram", "web", "api", "relay") is None
    assert said(commands, "telegram", telegram_token="1234:abcdefghijklmnopqrstuvwxyz") is None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("pigeon", "there is no channel named pigeon; installed: api,"),
        ("fax", "the channel fax from p-shut does not load: No module named 'nothing_like_it'"),
        ("lame", "the channel lame from p-carriers cannot start: its loft is shut"),
        ("half", "half is not a channel: it must have name, run, normalise and send"),
        ("twin", "the channel name twin is claimed by p-"),
        ("clocks", "no channel may be named clocks: a role of the service has that name"),
    ],
)
def test_a_channel_that_is_missing_or_broken_is_named(
    commands: Commands, installed: None, name: str, problem: str
) -> None:
    found = said(commands, name)
    assert found is not None and found.startswith(problem)


def test_every_channel_is_looked_at_and_its_own_options_too(commands: Commands, installed: None) -> None:
    assert said(commands, "carrier") is None
    found = said(commands, "pigeon", "carrier", "lame", channel_options__carrier__birds="none")
    assert found is not None
    said_of = ["channel named pigeon", "channel_options.carrier.birds must be", "channel lame from p-carriers"]
    places = [found.find(words) for words in said_of]
    assert -1 not in places and places == sorted(places)


def test_one_that_is_installed_and_not_asked_for_is_no_channels_fault(commands: Commands, installed: None) -> None:
    assert said(commands) is None


async def test_it_signs_in_to_mailbox_and_smarthost_by_oauth_and_says_what_keeps_it_out(commands: Commands) -> None:
    async with provider() as there, imap_server(there) as inbox, smtp_server(there) as way_out:
        settings = {
            "oauth__token_url": there.url,
            "oauth__client_id": "our-id",
            "oauth__client_secret": SECRET,
            **{f"mailbox__{name}": value for name, value in by_oauth(inbox.port).items()},
            **{f"smarthost__{name}": value for name, value in by_oauth(way_out.port).items()},
        }

        async def told() -> dict[str, str | None]:
            done = await asyncio.to_thread(commands.run, "doctor", "--json", **settings)
            assert leaks(done.output, there) == []
            checks = {one["check"]: one["problem"] for one in json.loads(done.stdout)}
            return {name: checks[name] for name in ("mailbox", "smarthost")}

        assert await told() == {"mailbox": None, "smarthost": None}
        assert (inbox.sign_ins, way_out.sign_ins, way_out.taken) == ([True], [True], [])
        inbox.opens = False
        assert str((await told())["mailbox"]).startswith("the mail server let us in but to no mailbox")
        there.answer = refused(401, "invalid_client", "AADSTS7000222")
        expired = "oauth.token_url refused us: the secret has expired; make a new one and set oauth.client_secret"
        assert all(str(problem).startswith(expired) for problem in (await told()).values())


def by_oauth(port: int) -> dict[str, str]:
    return {"host": "127.0.0.1", "port": str(port), "security": "none", "user": USER, "sign_in": "oauth"}
