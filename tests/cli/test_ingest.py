"""`ingest`: files, folders, mbox and Maildir by the road of live mail, and everything that may lie in a folder."""

from __future__ import annotations

import json
import mailbox
import os
from pathlib import Path

import pytest
from tests.cli.conftest import Commands

LINE = {"file", "outcome", "reference", "acknowledged", "reason"}
OUTCOMES = {"case_opened", "appended", "duplicate", "not_for_us", "automatic", "parked"}


def mail(
    name: str, text: str = "The boiler has broken down again and nobody came. Not good enough.", extra: str = ""
) -> str:
    return (
        f"From: {name.title()} <{name}@tenant.example>\nTo: complaints@larkmere.example\n{extra}"
        f"Message-ID: <{name}@tenant.example>\nDate: Mon, 2 Mar 2026 09:00:00 +0000\nSubject: Boiler {name}\n\n{text}\n"
    )


def write(folder: Path, *names: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{name}.eml" for name in names]
    for file, name in zip(files, names, strict=True):
        file.write_text(mail(name))
    return files


def texts(commands: Commands, reference: str) -> list[str]:
    return [m["text"] for m in commands.json("cases", "show", reference)["messages"] if m["direction"] == "in"]


def test_a_file_becomes_a_case_and_a_second_time_a_duplicate(commands: Commands, tmp_path: Path) -> None:
    (file,) = write(tmp_path, "ama")
    (line,) = commands.lines("ingest", file, "--json")
    assert set(line) >= LINE
    assert (line["file"], line["outcome"], line["acknowledged"]) == (str(file), "case_opened", True)
    (case,) = commands.json("cases", "list")
    assert case["reference"] == line["reference"]
    (again,) = commands.lines("ingest", file, "--json")
    assert (again["outcome"], again["reference"], again["acknowledged"]) == ("duplicate", line["reference"], False)
    assert len(commands.json("cases", "list")) == 1


def test_for_people_it_says_how_many_of_what(commands: Commands, tmp_path: Path) -> None:
    write(tmp_path / "in", "ama", "ben")
    done = commands.ok("ingest", tmp_path / "in")
    assert done.stdout == ""
    assert "2 case opened" in done.stderr


def test_a_folder_is_taken_with_its_folders_in_order(commands: Commands, tmp_path: Path) -> None:
    write(tmp_path / "in", "ama", "ben")
    write(tmp_path / "in" / "more", "cia")
    (tmp_path / "in" / ".hidden").write_text(mail("hidden"))
    lines = commands.lines("ingest", tmp_path / "in", "--json")
    assert [Path(line["file"]).stem for line in lines] == ["ama", "ben", "cia"]
    assert {line["outcome"] for line in lines} == {"case_opened"}


def test_an_mbox_gives_its_messages_with_quoted_lines_restored(commands: Commands, tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "old.mbox")
    for name in ("ama", "ben"):
        box.add(mail(name, "The boiler is broken again.\nFrom January nobody came.\nNot good enough."))
    box.close()
    assert b"\n>From January" in (tmp_path / "old.mbox").read_bytes()
    lines = commands.lines("ingest", tmp_path / "old.mbox", "--json")
    assert [Path(line["file"]).name for line in lines] == ["old.mbox#1", "old.mbox#2"]
    assert "\nFrom January nobody came." in texts(commands, lines[0]["reference"])[0]


def test_a_message_in_an_mbox_is_the_one_that_came_by_itself(commands: Commands, tmp_path: Path) -> None:
    text = "The boiler is broken again.\nFrom January nobody came.\nNot good enough."
    (tmp_path / "one.eml").write_text(mail("ama", text))
    box = mailbox.mbox(tmp_path / "old.mbox")
    box.add(mail("ama", text))
    box.close()
    lines = commands.lines("ingest", tmp_path / "one.eml", tmp_path / "old.mbox", "--json")
    assert [line["outcome"] for line in lines] == ["case_opened", "duplicate"]


def test_a_maildir_gives_new_and_read_messages_and_stays_as_it_is(commands: Commands, tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "mail")
    box.add(mail("ama"))
    read = mailbox.MaildirMessage(mail("ben"))
    read.set_subdir("cur")
    box.add(read)
    before = sorted(p.name for p in (tmp_path / "mail").rglob("*"))
    lines = commands.lines("ingest", tmp_path / "mail", "--json")
    assert [line["outcome"] for line in lines] == ["case_opened", "case_opened"]
    assert sorted(p.name for p in (tmp_path / "mail").rglob("*")) == before


def test_an_empty_folder_is_nothing_and_leaves_other_messages_alone(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = commands.ok("ingest", tmp_path / "empty", "--json")
    assert done.stdout == ""
    assert "no messages" in done.stderr


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 4096,
        bytes(range(256)) * 64,
        b"\xff\xd8\xff\xe0" + b"JFIF" * 400,
        b"PK\x03\x04" + b"\x80" * 999,
        b"From ",
    ],
    ids=["empty", "zeros", "noise", "photo", "zip", "hollow mbox"],
)
def test_a_file_that_is_no_mail_ends_as_one_decided_line(commands: Commands, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "thing.bin").write_bytes(content)
    (line,) = commands.lines("ingest", tmp_path / "thing.bin", "--json")
    assert line["outcome"] in OUTCOMES
    assert line["reason"] or line["reference"]


def test_what_cannot_be_read_is_named_and_the_rest_is_taken(commands: Commands, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder, "ama")
    (folder / "loop").symlink_to(folder)
    (folder / "round.eml").symlink_to(folder / "round.eml")
    (folder / "gone.eml").symlink_to(tmp_path / "nothing")
    os.mkfifo(folder / "pipe.eml")
    done = commands.run("ingest", folder, "--json")
    assert done.exit_code == 2
    assert [json.loads(line)["outcome"] for line in done.stdout.splitlines()] == ["case_opened"]
    assert all(name in done.stderr for name in ("round.eml", "gone.eml", "pipe.eml"))
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["nothing.eml", "x" * 300, "a/b/c"])
def test_a_path_that_is_not_there_is_refused_before_anything_is_taken(
    commands: Commands, tmp_path: Path, name: str
) -> None:
    (file,) = write(tmp_path, "ama")
    assert commands.refused("ingest", file, tmp_path / name).startswith("there is no")
    assert commands.json("cases", "list") == []


def test_wrong_settings_are_a_sentence(commands: Commands, tmp_path: Path) -> None:
    write(tmp_path, "ama")
    assert "INTAKEBOT_WORKERS" in commands.refused("ingest", tmp_path / "ama.eml", workers="none")


@pytest.mark.parametrize(
    ("received", "day"),
    [
        (
            "Received: by b; Tue, 3 Mar 2026 10:00:00 +0000\nReceived: by d; Mon, 2 Mar 2026 08:00:00 +0000\n",
            "2026-03-03",
        ),
        ("Received: from a by b (x; y)\n\tid 7;\n\tTue, 3 Mar 2026 10:00:00 +0000\n", "2026-03-03"),
        ("Received: broken; never\nReceived: from c by d; Mon, 2 Mar 2026 08:00:00 -0000\n", "2026-03-02"),
    ],
)
def test_the_clock_runs_from_when_our_own_server_had_it(
    commands: Commands, tmp_path: Path, received: str, day: str
) -> None:
    (tmp_path / "a.eml").write_text(received + mail("ama"))
    commands.ok("ingest", tmp_path / "a.eml")
    (case,) = commands.json("cases", "list")
    assert case["received_at"].startswith(day)


@pytest.mark.parametrize(
    "when", ["Fri, 2 Jan 1970 00:00:00 +0000", "Sat, 1 Jan 2099 00:00:00 +0000", "1 Jan 0001 00:00:00 +1400"]
)
def test_an_impossible_time_is_not_believed(commands: Commands, tmp_path: Path, when: str) -> None:
    (tmp_path / "a.eml").write_text(f"Received: from a by b; {when}\n{mail('ama')}")
    (line,) = commands.lines("ingest", tmp_path / "a.eml", "--json")
    assert line["outcome"] == "case_opened"
    (case,) = commands.json("cases", "list")
    assert abs(int(case["opened_at"][:4]) - int(case["received_at"][:4])) <= 1


def test_many_files_are_taken_in_batches(commands: Commands, tmp_path: Path) -> None:
    names = [f"tenant{n:03}" for n in range(150)]
    write(tmp_path / "in", *names)
    lines = commands.lines("ingest", tmp_path / "in", "--json")
    assert [Path(line["file"]).stem for line in lines] == names
    assert len({line["reference"] for line in lines}) == 150
