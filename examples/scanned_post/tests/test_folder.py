"""The scanner's folder: what is whole is taken once, what is half-written is left alone, and no crash loses a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from intakebot.config.settings import Settings
from intakebot.errors import BadInput
from intakebot.testing import NOW
from scanned_post import reading
from scanned_post.channel import ScannedPost
from scanned_post.folder import Folder, Letter

MANIFEST = {"received_on": "2026-02-27", "from": {"name": "Ama Mensah"}, "files": ["1.pdf"]}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.prepare()
    return made


def put(folder: Folder, **files: bytes) -> None:
    for name, content in files.items():
        (folder.inside / name.replace("_", ".")).write_bytes(content)


def looks(folder: Folder) -> list[Letter]:
    """Two looks, and what the second finds: nothing has changed in between."""
    list(folder.complete())
    return list(folder.complete())


def test_a_letter_is_taken_once_nothing_has_changed_since_the_last_look(folder: Folder) -> None:
    put(folder, **{"1_json": json.dumps(MANIFEST).encode(), "1_pdf": b"%PDF"})
    assert list(folder.complete()) == []
    put(folder, **{"1_pdf": b"%PDF more"})
    assert list(folder.complete()) == [], "a file that grew is left alone"
    (letter,) = folder.complete()
    assert letter.files["1.pdf"] == b"%PDF more"


@pytest.mark.parametrize("there", [("1.pdf",), ("1.json",), ("1.json", "1.pdf.part"), ("1.json", "1.txt")])
def test_a_letter_that_lacks_a_file_waits(folder: Folder, there: tuple[str, ...]) -> None:
    for name in there:
        (folder.inside / name).write_bytes(json.dumps(MANIFEST).encode() if name.endswith("json") else b"%PDF")
    assert looks(folder) == []


def test_an_empty_file_is_one_that_is_still_being_written(folder: Folder) -> None:
    put(folder, **{"1_json": json.dumps(MANIFEST).encode(), "1_pdf": b""})
    assert looks(folder) == []


def test_a_broken_manifest_does_not_keep_the_letter_from_a_person(folder: Folder) -> None:
    put(folder, **{"1_json": b"{", "1_pdf": b"%PDF"})
    (letter,) = looks(folder)
    assert set(letter.files) == {"1.json", "1.pdf"}


def test_what_is_put_away_lies_in_done_and_nothing_is_left(folder: Folder) -> None:
    for _ in range(2):
        put(folder, **{"1_json": json.dumps(MANIFEST).encode(), "1_pdf": b"%PDF"})
        (letter,) = looks(folder)
        folder.put_away(letter, "a" * 64)
    assert list(folder.inside.iterdir()) == []
    kept = sorted(path.relative_to(folder.done).as_posix() for path in folder.done.rglob("*.*"))
    assert kept == [f"{'a' * 16}-2/1.json", f"{'a' * 16}-2/1.pdf", f"{'a' * 16}/1.json", f"{'a' * 16}/1.pdf"]


def test_a_crash_while_moving_is_finished_at_the_next_start(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, **{"1_json": json.dumps(MANIFEST).encode(), "1_pdf": b"%PDF"})
    (letter,) = looks(folder)
    moved: list[str] = []

    def dies(source: Path, target: Path) -> Path:
        if target.parent != folder.inside:
            moved.append(source.name)
            if len(moved) == 2:
                raise SystemExit("killed")
        return source.rename(target)

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(Path, "replace", dies)
        folder.put_away(letter, "a" * 64)
    assert len([path for path in folder.inside.iterdir() if not path.name.startswith(".")]) == 1
    # Meanwhile the scanner begins again at 1, with another letter.
    (folder.inside / moved[0]).write_bytes(b"another letter")
    after = Folder(folder.inside.parent)
    after.prepare()
    assert {path.name for path in after.inside.iterdir()} == {moved[0]}, "what came since is no part of the old letter"
    assert {path.name for path in after.done.rglob("*.*")} == {"1.json", "1.pdf"}


def test_one_letter_has_one_identity_whatever_its_files_are_called() -> None:
    first = reading.as_raw("p", {"1.json": json.dumps(MANIFEST).encode(), "1.pdf": b"%PDF"}, NOW)
    renamed = reading.as_raw(
        "p", {"9.json": json.dumps(MANIFEST | {"files": ["9.pdf"]}).encode(), "9.pdf": b"%PDF"}, NOW
    )
    mended = reading.as_raw(
        "p", {"1.json": json.dumps(MANIFEST | {"needs": ["braille"]}).encode(), "1.pdf": b"%PDF"}, NOW
    )
    other = reading.as_raw("p", {"1.json": json.dumps(MANIFEST).encode(), "1.pdf": b"%PDF-2"}, NOW)
    assert first.external_id == renamed.external_id
    assert len({first.external_id, mended.external_id, other.external_id}) == 3


@pytest.mark.parametrize(
    ("day", "received"),
    [("2026-02-27", "2026-02-27T09:00:00+00:00"), ("2026-03-03", NOW.isoformat()), ("Tuesday", NOW.isoformat())],
)
def test_a_letter_is_received_on_its_day_and_never_in_the_future(day: str, received: str) -> None:
    manifest = json.dumps(MANIFEST | {"received_on": day}).encode()
    assert reading.as_raw("p", {"1.json": manifest}, NOW).received_at.isoformat() == received


@pytest.mark.parametrize(
    "options", [{"fodler": "x"}, {"poll_seconds": "soon"}, {"poll_seconds": "0"}, {"poll_seconds": "nan"}]
)
def test_options_that_cannot_be_are_refused_in_a_sentence(tmp_path: Path, options: dict[str, str]) -> None:
    with pytest.raises(BadInput, match=r"channel_options\.post"):
        ScannedPost.from_settings("post", Settings(data=tmp_path, channel_options={"post": options}), lambda: NOW)
