"""The other commands: what they print, where, and how they refuse."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.acceptance.running import environment, intakebot
from tests.cli.conftest import Commands
from tests.plugging import plug_in

from intakebot import __version__
from intakebot.passwords import is_password


def open_case(commands: Commands, tmp_path: Path, text: str = "The boiler has broken again and nobody came.") -> str:
    file = tmp_path / "one.eml"
    file.write_text(f"From: Ama <ama@tenant.example>\nMessage-ID: <1@tenant.example>\nSubject: Boiler\n\n{text}\n")
    (line,) = commands.lines("ingest", file, "--json")
    return str(line["reference"])


def park(commands: Commands, tmp_path: Path) -> str:
    """A message that waits for a person: somebody else names a reference."""
    reference = open_case(commands, tmp_path)
    file = tmp_path / "two.eml"
    file.write_text(
        f"From: B <b@tenant.example>\nMessage-ID: <2@tenant.example>\nSubject: Re: {reference}\n\nAny news?\n"
    )
    (line,) = commands.lines("ingest", file, "--json")
    assert (line["outcome"], line["reference"]) == ("parked", None)
    (row,) = commands.json("parked", "list")
    return str(row["id"])


def test_the_version_is_one_line(commands: Commands) -> None:
    assert commands.ok("--version").stdout == f"{__version__}\n"


def test_a_case_is_shown_to_people_and_found_however_the_reference_is_written(
    commands: Commands, tmp_path: Path
) -> None:
    reference = open_case(commands, tmp_path)
    for written in (reference, reference.lower(), reference.replace("-", " "), reference.replace("-", "")):
        assert commands.json("cases", "show", written)["reference"] == reference
    said = commands.ok("cases", "show", reference).stdout
    assert "The boiler has broken again" in said
    assert "Received by email." in said
    listed = commands.ok("cases", "list")
    assert listed.stdout.startswith(reference)
    assert listed.stderr.strip() == "1 case"


def test_an_empty_list_is_an_empty_list(commands: Commands) -> None:
    assert commands.json("cases", "list") == []
    assert commands.json("parked", "list") == []
    assert commands.ok("cases", "list").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cases", "show", "LH-0000-0000-X"], "there is no case LH-0000-0000-X"),
        (["cases", "show", "; DROP TABLE cases"], "there is no case"),
        (["cases", "list", "--officer", "nobody"], "there is no officer nobody"),
        (["parked", "retry", "99"], "99 is not parked"),
        (["parked", "retry", "out-99"], "99 is not parked"),
        (["parked", "retry", "first"], "first is not an id"),
        (["parked", "retry", "out-"], "out- is not an id"),
        (["parked", "retry", "9" * 40], "is not an id"),
        (["parked", "retry", "²"], "is not an id"),
        (["users", "off", "nobody@example.org"], "there is no account nobody@example.org"),
        (["users", "password", "nobody@example.org"], "there is no account nobody@example.org"),
        (["serve", "--roles", "smtp,fax"], "there is no role fax; choose from smtp"),
        (["serve", "--roles", ","], "role"),
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence(commands: Commands, arguments: list[str], said: str) -> None:
    assert said in commands.refused(*arguments, give="a password for tests\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "no such command 'nonsense'; `"),
        (["cases", "lst"], "did you mean 'list'"),
        (["cases", "list", "--kind", "poem"], "--kind: 'poem' is not one of 'complaint', 'escalation'"),
        (["cases", "list", "--status", "nope"], "--status: 'nope' is not one of 'received', 'acknowledged'"),
        (["cases", "list", "--limit", "0"], "--limit needs 1 or more, not 0"),
        (["cases", "list", "--kind"], "option '--kind' requires an argument"),
        (["cases", "show"], "REFERENCE is missing: the case's reference"),
        (["cases", "show", "a", "b"], "unexpected extra argument"),
        (["deadlines", "--stage", "two"], "--stage needs a whole number in digits alone, not 'two': 1 or 2"),
        (
            ["report", "annual", "--homes-lcra", "4,215"],
            "--homes-lcra needs a whole number in digits alone, not '4,215'",
        ),
        (["report", "annual"], "--homes-lcra is missing: low cost rental homes"),
        (["report", "mrc", "--format", "doc"], "--format: 'doc' is not one of 'html', 'pdf', 'csv', 'md', 'json'"),
        (["import", "cases.jsonl"], "--by is missing: who brings them in"),
        (["classify", "--colour"], "no such option: --colour; `"),
        (["users", "add", "a@example.org", "--name", "A", "--role", "boss"], "--role: 'boss' is not one of 'officer'"),
        (["--config"], "option '--config' requires an argument"),
    ],
)
def test_bad_usage_is_one_sentence_that_says_what_is_allowed(
    commands: Commands, arguments: list[str], said: str
) -> None:
    refusal = commands.refused(*arguments)
    assert said in refusal
    assert "\n" not in refusal
    assert commands.run(*arguments).stdout == ""


def test_help_is_help(commands: Commands) -> None:
    assert "--homes-lcra" in commands.ok("report", "annual", "--help").stdout
    assert commands.run("cases").exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["cases", "list"],
        ["cases", "show", "x"],
        ["parked", "list"],
        ["parked", "retry", "1"],
        ["classify"],
        ["users", "list"],
        ["users", "add", "a@example.org", "--name", "A"],
        ["demo"],
        ["db", "upgrade"],
        ["serve"],
        ["demo", "complaint"],
        ["deadlines", "--received", "2026-03-02T09:00:00Z"],
    ],
)
def test_wrong_settings_stop_every_command_with_all_of_them_named(commands: Commands, arguments: list[str]) -> None:
    said = commands.refused(*arguments, smtp_port="mail", workers="99")
    assert "2 settings are wrong" in said
    assert "INTAKEBOT_SMTP_PORT" in said
    assert "INTAKEBOT_WORKERS" in said


def test_a_settings_file_that_is_not_there_is_a_sentence(commands: Commands, tmp_path: Path) -> None:
    assert "does not exist" in commands.refused("--config", tmp_path / "nothing.toml", "cases", "list")


def test_a_parked_message_goes_back_to_work(commands: Commands, tmp_path: Path) -> None:
    parked_id = park(commands, tmp_path)
    assert parked_id in commands.ok("parked", "list").stdout
    commands.ok("parked", "retry", parked_id)
    assert commands.json("parked", "list") == []
    assert "is not parked" in commands.refused("parked", "retry", parked_id)


def test_accounts_are_made_listed_changed_and_switched_off(commands: Commands) -> None:
    commands.ok(
        "users",
        "add",
        "New.Person@example.org",
        "--name",
        "New Person",
        "--role",
        "manager",
        "--team",
        "estates",
        "--patch",
        "north",
        "--capacity",
        "7",
        give="a long password\n",
    )
    (user,) = commands.json("users", "list")
    assert user == {
        "name": "New Person",
        "email": "new.person@example.org",
        "role": "manager",
        "team": "estates",
        "patches": ["north"],
        "capacity": 7,
        "open_cases": 0,
        "active": True,
    }
    commands.ok("users", "password", "new.person@example.org", give="another password\n")
    with closing(sqlite3.connect(commands.data / "intakebot.db")) as database:
        ((kept,),) = database.execute("SELECT password_hash FROM staff")
    assert is_password("another password", kept)
    assert not is_password("a long password", kept)
    commands.ok("users", "off", "new.person@example.org")
    assert [u["active"] for u in commands.json("users", "list")] == [False]
    assert "switched off" in commands.ok("users", "list").stdout
    commands.ok("users", "on", "new.person@example.org")
    assert [u["active"] for u in commands.json("users", "list")] == [True]


@pytest.mark.parametrize(
    ("changes", "password", "said"),
    [
        (["--team", "astronauts"], "a long password", "there is no team astronauts; the settings have: safety"),
        (["--patch", "moon"], "a long password", "there is no patch moon"),
        (
            ["--role", "mrc", "--team", "estates"],
            "a long password",
            "the role mrc is given no cases, so it has no team",
        ),
        (["--role", "admin", "--patch", "north"], "a long password", "no team and no patch; leave them out"),
        ([], "short", "at least 10"),
        ([], "", "at least 10"),
    ],
)
def test_a_wrong_account_is_refused(commands: Commands, changes: list[str], password: str, said: str) -> None:
    refusal = commands.refused("users", "add", "a@example.org", "--name", "A", *changes, give=f"{password}\n")
    assert said in refusal
    assert commands.json("users", "list") == []


@pytest.mark.parametrize("email", ["notmail", "a@b@c", "A <a@example.org>", "a b@example.org", "@example.org", ""])
def test_an_account_needs_a_mail_address(commands: Commands, email: str) -> None:
    assert "is not a mail address" in commands.refused("users", "add", email, "--name", "A", give="a long password\n")


def test_an_address_has_one_account_however_it_is_written(commands: Commands) -> None:
    commands.ok("users", "add", "a@example.org", "--name", "A", give="a long password\n")
    assert "has an account already" in commands.refused(
        "users", "add", "A@Example.org", "--name", "B", give="a long password\n"
    )


def test_accounts_stand_in_columns_whatever_their_role(commands: Commands) -> None:
    for email, role in (("a@example.org", "complaints_officer"), ("somebody.else@example.org", "mrc")):
        commands.ok("users", "add", email, "--name", "Ama Mensah", "--role", role, give="a long password\n")
    lines = commands.ok("users", "list").stdout.splitlines()
    assert len(lines) == len({line.index("Ama Mensah") for line in lines}) + 1 == 2


def test_the_demo_is_loaded_once(commands: Commands) -> None:
    said = commands.ok("demo").stderr
    assert "Sign in as officer@example.org" in said
    assert "report annual --from 2023-04-01 --to 2024-03-31 --homes-lcra 4215 --output annual.html\n" in said
    assert len(commands.json("users", "list")) == 12
    assert "has cases already" in commands.refused("demo")
    assert len(commands.json("users", "list")) == 12


def test_a_real_landlord_has_no_demo(commands: Commands) -> None:
    assert "a real landlord's" in commands.refused("demo", demo="false")


def test_a_first_complaint_with_nobody_listening_fails(commands: Commands) -> None:
    assert "is `intakebot serve` running?" in commands.refused("demo", "complaint", "--port", "9", status=1)


def test_doctor_finds_nothing_wrong_with_the_demo(commands: Commands) -> None:
    commands.ok("demo")
    checks = commands.json("doctor")
    assert [c["check"] for c in checks if not c["ok"]] == []
    assert {"settings", "data folder", "database", "letters", "adapters", "people"} <= {c["check"] for c in checks}
    assert "wrong" not in commands.ok("doctor").stdout


def test_doctor_names_everything_that_is_wrong(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = tmp_path / "letters"
    letters.mkdir()
    (letters / "receipt.txt").write_text("Subject: x\n\n{{ case.refrence }}\n")
    plug_in(monkeypatch, tmp_path / "p", "p-broken", "import nothing_like_it", channels={"fax": "Fax"})
    done = commands.run(
        "doctor",
        "--json",
        letters=str(letters),
        classifier="oracle",
        smarthost__host="127.0.0.1",
        smarthost__port="9",
        mailbox__host="nowhere.invalid",
        mailbox__user="u",
        mailbox__password="hidden",
        telegram_token="700900:hidden-token_for-tests",
        telegram_api_url="http://127.0.0.1:9",
    )
    assert done.exit_code == 1
    problems = {c["check"]: c["problem"] for c in json.loads(done.stdout) if not c["ok"]}
    assert set(problems) == {"letters", "adapters", "people", "smarthost", "mailbox", "telegram"}
    assert "Telegram cannot be reached" in problems["telegram"]
    assert "receipt.txt" in problems["letters"]
    assert "oracle" in problems["adapters"]
    assert "fax" in problems["adapters"]
    assert "nobody can sign in" in problems["people"]
    assert "127.0.0.1:9" in problems["smarthost"]
    assert "nowhere.invalid:993" in problems["mailbox"]
    assert "hidden" not in done.output


def test_doctor_asks_for_people_who_take_cases(commands: Commands) -> None:
    for role, somebody in (("senior_lead", False), ("officer", True)):
        email = f"{role}@example.org"
        commands.ok("users", "add", email, "--name", "A", "--role", role, give="a long password\n")
        _put_in_team(commands, email, "estates")
        problem = _problems(commands)["people"]
        assert problem.startswith("nobody who takes cases is in: Safeguarding team")
        assert ("Estates" in problem) != somebody


def test_doctor_asks_a_real_landlord_for_a_number_to_ring_in_danger(commands: Commands) -> None:
    assert _problems(commands, demo="false")["emergency phone"] is None
    assert _problems(commands, landlord__emergency_phone="")["emergency phone"] is None
    said = _problems(commands, demo="false", landlord__emergency_phone="")["emergency phone"]
    assert "landlord.emergency_phone is empty" in said


def _problems(commands: Commands, **settings: str) -> dict[str, str]:
    done = commands.run("doctor", "--json", **settings)
    assert done.exit_code == 1, "nobody is in some team, at least"
    return {check["check"]: check["problem"] for check in json.loads(done.stdout)}


def _put_in_team(commands: Commands, email: str, team: str) -> None:
    """As an account made before its role changed may be."""
    with closing(sqlite3.connect(commands.data / "intakebot.db")) as database, database:
        database.execute("UPDATE staff SET team = ? WHERE email = ?", (team, email))


def test_doctor_names_every_wrong_setting(commands: Commands) -> None:
    done = commands.run("doctor", "--json", smtp_port="mail", nonsense="1")
    assert done.exit_code == 1
    assert len([c for c in json.loads(done.stdout) if not c["ok"]]) == 2


def test_doctor_says_when_the_database_cannot_be_used(commands: Commands, tmp_path: Path) -> None:
    commands.data.mkdir()
    (commands.data / "intakebot.db").write_text("not a database, but long enough to be looked at" * 100)
    done = commands.run("doctor", "--json")
    assert done.exit_code == 1
    assert not next(c for c in json.loads(done.stdout) if c["check"] == "database")["ok"]
    blocked = Commands(tmp_path / "file" / "data")
    (tmp_path / "file").write_text("in the way")
    done = blocked.run("doctor", "--json")
    assert done.exit_code == 1
    assert not next(c for c in json.loads(done.stdout) if c["check"] == "data folder")["ok"]


@pytest.mark.parametrize("arguments", [["cases", "list"], ["users", "list"], ["serve"], ["db", "upgrade"], ["demo"]])
def test_a_data_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    assert str(tmp_path / "file" / "data") in Commands(tmp_path / "file" / "data").refused(*arguments)


@pytest.mark.parametrize("arguments", [["cases", "list"], ["serve"], ["db", "upgrade"]])
def test_a_database_that_is_none_or_gone_is_a_failure(commands: Commands, arguments: list[str]) -> None:
    commands.data.mkdir()
    (commands.data / "intakebot.db").write_text("not a database, but long enough to be looked at" * 100)
    assert "database" in commands.refused(*arguments, status=1)
    gone = "postgresql://nobody:secretword@127.0.0.1:9/none"
    assert "secretword" not in commands.refused(*arguments, status=1, database_url=gone)


def test_upgrading_says_where_the_database_is(commands: Commands) -> None:
    assert "The database is at step" in commands.ok("db", "upgrade").stderr
    assert "already" in commands.ok("db", "upgrade").stderr


def test_plugins_are_listed_with_whether_they_load(commands: Commands) -> None:
    found = {(p["group"], p["name"]): p for p in commands.json("plugins")}
    assert found["intakebot.channels", "email"] == {
        "group": "intakebot.channels",
        "name": "email",
        "distribution": "intakebot",
        "problem": None,
    }
    assert "rules" in commands.ok("plugins").stdout


def test_a_closed_pipe_ends_a_command_quietly(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"id": n, "text": "boiler"}) + "\n" for n in range(3000))
    command = f"{sys.executable} -m intakebot classify | head -1"
    done = subprocess.run(
        command, shell=True, env=environment(tmp_path / "d"), input=lines, capture_output=True, text=True
    )
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_bytes_come_through_real_pipes_whatever_the_locale(tmp_path: Path) -> None:
    given = json.dumps({"id": "é🏚", "text": "مكيف مكسور"}, ensure_ascii=False)
    done = intakebot("classify", data=tmp_path / "d", give=given)
    assert json.loads(done.stdout)["id"] == "é🏚"
