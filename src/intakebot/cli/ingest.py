"""`ingest`: mail in files, folders, mbox and Maildir takes the same road as live mail."""

from __future__ import annotations

import asyncio
import mailbox
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from intakebot.channels.email.identity import external_id
from intakebot.cli.output import fail, opened_store, plain_errors, put, say, settings_of
from intakebot.config.settings import Settings
from intakebot.domain.message import Envelope, RawMessage
from intakebot.intake import Intake
from intakebot.landlord import Landlord
from intakebot.reading import Reader
from intakebot.service import wall_clock
from intakebot.store.engine import Store
from intakebot.store.queues import InboxRow, State
from intakebot.worker import Worker

_BATCH = 64
_WAIT_SECONDS = 0.1
_OLDEST_YEAR = 2015  # before it nobody's clock runs, and a date is more likely wrong
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)  # as mbox files keep a line that begins so


@dataclass(frozen=True, slots=True)
class Source:
    """One message in a file: `name` says which, for people."""

    name: str
    content: bytes


def sources(paths: Iterable[Path], unreadable: list[str]) -> Iterator[Source]:
    """Every message under the paths. Maildir and mbox are recognised by what is in them.

    What cannot be read is named in `unreadable`, and the rest goes on.
    """
    for path in paths:
        try:
            if path.is_dir():
                yield from sources(_inside(path), unreadable)
            elif not path.is_file():
                unreadable.append(f"{path} (it is not a file)")
            elif _is_mbox(path):
                yield from _mbox(path)
            else:
                yield Source(str(path), path.read_bytes())
        except OSError as error:
            unreadable.append(f"{path} ({error.strerror})")


def _inside(folder: Path) -> list[Path]:
    if (folder / "cur").is_dir() and (folder / "new").is_dir():
        return [file for part in ("new", "cur") for file in sorted((folder / part).iterdir())]
    # A link to a folder may lead back to where we are, or out to what nobody meant.
    found = [path for path in sorted(folder.iterdir()) if not (path.is_symlink() and path.is_dir())]
    return [path for path in found if not path.name.startswith(".")]


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(5) == b"From "


def _mbox(path: Path) -> Iterator[Source]:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.keys(), 1):
            yield Source(f"{path}#{number}", _QUOTED_FROM.sub(rb"\1", box.get_bytes(key)))
    finally:
        box.close()


def ingest(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files, folders, mbox files or Maildirs.")],
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON a message.")] = False,
) -> None:
    """Take mail in from files, by the same road as live mail."""
    missing = [str(path) for path in paths if not _is_there(path)]
    if missing:
        fail(f"there is no {', '.join(missing)}")
    unreadable: list[str] = []
    with plain_errors():
        settings = settings_of(context)
        with opened_store(settings) as store:
            counts = asyncio.run(_ingest(settings, store, sources(paths, unreadable), as_json))
        said = [f"{count} {outcome.replace('_', ' ')}" for outcome, count in sorted(counts.items())]
        say(", ".join(said) or "no messages there")
        if unreadable:
            fail(f"these could not be read: {', '.join(unreadable)}")
        if counts.get(State.WAITING):
            fail("some could not be dealt with yet; a running service tries them again", 1)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # for instance, longer than any name may be
        return False


async def _ingest(settings: Settings, store: Store, found: Iterable[Source], as_json: bool) -> dict[str, int]:
    intake = Intake(store, wall_clock)
    landlord = Landlord.from_settings(settings, store.signing_key())
    worker = Worker(store, landlord, Reader(settings), wall_clock, f"ingest-{secrets.token_hex(8)}")
    counts: dict[str, int] = {}
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("Taking mail in", total=None)
        for batch in batched(found, _BATCH):
            accepted = [(source.name, await intake.accept(_raw(source))) for source in batch]
            worker.work_off([received.inbox_id for _, received in accepted])
            for name, received in accepted:
                line = await _outcome(store, worker, name, received.inbox_id, received.repeat)
                counts[line["outcome"]] = counts.get(line["outcome"], 0) + 1
                progress.advance(bar)
                if as_json:
                    put(line)
    return counts


def batched(found: Iterable[Source], size: int) -> Iterator[list[Source]]:
    """The sources, so many at a time, without holding more."""
    rest = iter(found)
    while batch := list(islice(rest, size)):
        yield batch


def _raw(source: Source) -> RawMessage:
    return RawMessage(
        channel="email",
        external_id=external_id(source.content),
        content=source.content,
        received_at=_received_at(source.content),
        envelope=Envelope(source="file"),
    )


def _received_at(content: bytes) -> datetime:
    """When the landlord's own server had it: the topmost Received header's time (RFC 5321 4.4), else now."""
    head = content[:65536].replace(b"\r\n", b"\n").split(b"\n\n", 1)[0]
    unfolded = head.replace(b"\n\t", b" ").replace(b"\n ", b" ").decode("latin-1")
    now = wall_clock()
    for line in unfolded.split("\n"):
        if line.lower().startswith("received:") and ";" in line:
            try:
                moment = parsedate_to_datetime(line.rpartition(";")[2].strip())
            except (ValueError, TypeError, OverflowError):
                continue
            if moment.year >= _OLDEST_YEAR:
                return min(moment if moment.tzinfo else moment.replace(tzinfo=UTC), now)
    return now


async def _outcome(store: Store, worker: Worker, name: str, inbox_id: int, repeat: bool) -> dict[str, Any]:
    """What became of it. A running service may be working on it, so this waits until it is decided.

    One that held it and is gone leaves it to us once its lease has run out.
    """
    while True:
        row = await store.read(lambda work: work.inbox.get(inbox_id))
        if row is None:
            raise LookupError("an accepted message is gone")
        if row.state is not State.WAITING or row.reason:
            break
        await asyncio.sleep(_WAIT_SECONDS)
        worker.work_off([inbox_id])
    return {
        "file": name,
        "outcome": "duplicate" if repeat else _word(row),
        "reference": row.reference or None,
        "acknowledged": row.answered and not repeat,
        "reason": "It was taken in before." if repeat else row.reason,
    }


def _word(row: InboxRow) -> str:
    return row.outcome or row.state.value
