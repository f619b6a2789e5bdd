"""The scanner's folder: which letters are complete, and moving them away so that no crash can lose or repeat one.

Files of one letter share everything before the first dot: `0007.json` is its manifest, `0007.pdf` the scan,
`0007.txt` the words. A letter is complete when its manifest and every file it names are there and nothing has
changed since the last look, so a file that is still being written is left alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MANIFEST = ".json"
_MOVING = ".moving"
_UNFINISHED = (".part", ".tmp", ".partial", ".crdownload", _MOVING)
_MOST_BYTES = 50_000_000
"""One letter. A scanner set so fine makes files nobody can open; the letter stays, and the log says so."""

Marks = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """A complete letter: its files by name."""

    name: str
    files: Mapping[str, bytes]


class Folder:
    """The folder and what was seen in it at the last look."""

    def __init__(self, root: Path) -> None:
        self.inside = root / "in"
        self.done = root / "done"
        self.out = root / "out"
        self._seen: dict[str, Marks] = {}

    def prepare(self) -> None:
        """Make the folders, and finish what a crash interrupted."""
        for folder in (self.inside, self.done, self.out):
            folder.mkdir(parents=True, exist_ok=True)
        for note in sorted(self.inside.glob(f"*{_MOVING}")):
            self._move(note)

    def complete(self) -> Iterator[Letter]:
        """The letters that are whole, in the order of their names."""
        seen: dict[str, Marks] = {}
        found = []
        for name, paths in self._groups().items():
            marks = _marks(paths)
            seen[name] = marks
            if not marks or self._seen.get(name) != marks:
                continue
            letter = _whole(name, paths)
            if letter is not None and _marks(paths) == marks:  # nothing changed while it was read
                found.append(letter)
        self._seen = seen
        return iter(found)

    def put_away(self, letter: Letter, external_id: str) -> None:
        """Move a letter to `done`. A note is written first, so that after a crash the rest is moved and none is left.

        The same letter once more gets a folder with a number.
        """
        target = _free(self.done / external_id[:16])
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in letter.files.items()}
        note = self.inside / f".{letter.name}{_MOVING}"
        _write(note, json.dumps({"to": target.name, "files": digests}).encode())
        self._move(note)
        self._seen.pop(letter.name, None)

    def _move(self, note: Path) -> None:
        plan = json.loads(note.read_bytes())
        target = self.done / Path(plan["to"]).name
        target.mkdir(parents=True, exist_ok=True)
        for name, digest in plan["files"].items():
            source = self.inside / Path(name).name
            # Another letter may have come under the name of one that is moved already.
            if source.exists() and hashlib.sha256(source.read_bytes()).hexdigest() == digest:
                source.replace(target / source.name)
        _sync(target)
        note.unlink()

    def _groups(self) -> dict[str, list[Path]]:
        groups: dict[str, list[Path]] = {}
        for path in sorted(self.inside.iterdir()):
            if path.name.startswith(".") or path.name.lower().endswith(_UNFINISHED) or not path.is_file():
                continue
            groups.setdefault(path.name.partition(".")[0], []).append(path)
        return groups


def _marks(paths: list[Path]) -> Marks:
    """What would be other if a file were still being written; empty where one is gone again."""
    try:
        return tuple((path.name, (found := path.stat()).st_size, found.st_mtime_ns) for path in paths)
    except OSError:
        return ()


def _whole(name: str, paths: list[Path]) -> Letter | None:
    """The letter, where everything its manifest names is there. One whose manifest is broken is taken as it is."""
    if f"{name}{MANIFEST}" not in {path.name for path in paths}:
        return None
    if any(size == 0 for _, size, _ in _marks(paths)) or sum(size for _, size, _ in _marks(paths)) > _MOST_BYTES:
        return None
    try:
        files = {path.name: path.read_bytes() for path in paths}
    except OSError:
        return None
    named: object = ()
    with suppress(ValueError, RecursionError):
        manifest = json.loads(files[f"{name}{MANIFEST}"])
        named = manifest.get("files", ()) if isinstance(manifest, dict) else ()
    wanted = [str(one) for one in named] if isinstance(named, list) else []
    return Letter(name, files) if all(one in files for one in wanted) else None


def _free(target: Path) -> Path:
    number, free = 1, target
    while free.exists():
        number += 1
        free = target.with_name(f"{target.name}-{number}")
    return free


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it is whole or not there."""
    unfinished = path.with_name(f"{path.name}.tmp")
    with unfinished.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    unfinished.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
