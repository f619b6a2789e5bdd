"""Mail in from a mailbox, against a real Dovecot: marked done only once kept, never lost by a person's look."""

from __future__ import annotations

import asyncio
import imaplib
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.channels.email.dovecot import ARRIVED, Dovecot, Server, why_not

from intakebot.channels.base import Accepted
from intakebot.channels.email.imap import DEFAULT_DONE_FOLDER, KEYWORD, ImapSession
from intakebot.channels.email.mailbox import MailboxState, MailboxWatch, growing_delay
from intakebot.config.doors import Mailbox
from intakebot.domain.message import RawMessage
from intakebot.errors import StoreUnavailable

NOW = datetime(2030, 1, 2, 9, 30, tzinfo=UTC)
HANGS = 60


pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    # Not pytest's folder: Dovecot's sockets need a short path, and another user must get into it.
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    server = Server(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def dovecot(server: Server) -> Dovecot:
    return Dovecot(server, user=f"complaints{next(_numbers)}")


_numbers = itertools.count()


@dataclass
class Store:
    """What `accept` took; each message is also put in the queue. `before` runs first and may wait or fail."""

    queue: asyncio.Queue[RawMessage] = field(default_factory=asyncio.Queue)
    before: Callable[[RawMessage], Any] | None = None

    async def accept(self, raw: RawMessage) -> Accepted:
        if self.before is not None:
            await self.before(raw)
        self.queue.put_nowait(raw)
        return Accepted(1)

    async def take(self, count: int = 1) -> list[bytes]:
        return sorted([(await self.queue.get()).content for _ in range(count)])


@dataclass
class Watching:
    """A watch that is running. `failures` gets a number each time something went wrong."""

    watch: MailboxWatch
    failures: asyncio.Queue[int]


@asynccontextmanager
async def watching(dovecot: Dovecot, store: Store, delay: float = 0.0, **given: Any) -> AsyncIterator[Watching]:
    failures: asyncio.Queue[int] = asyncio.Queue()

    def fail(count: int) -> float:
        failures.put_nowait(count)
        return delay

    about = {"host": "127.0.0.1", "port": dovecot.server.port, "user": dovecot.user, "password": "secret"}
    mailbox = Mailbox.model_validate({"security": "none", "poll_seconds": 600, **about, **given})
    watch = MailboxWatch(mailbox, store.accept, lambda: NOW, delay=fail)
    running = asyncio.create_task(watch.run())
    try:
        async with asyncio.timeout(HANGS):
            yield Watching(watch, failures)
    finally:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


def mail(subject: str) -> bytes:
    return f"From: ama@tenant.example\r\nSubject: {subject}\r\n\r\nThe wall is wet.\r\n".encode()


async def test_mail_is_taken_with_the_time_the_landlord_had_it(dovecot: Dovecot) -> None:
    dovecot.put(mail("waiting"))
    dovecot.put(mail("from long ago"), arrived=datetime(1990, 1, 1, tzinfo=UTC))
    store = Store()
    async with watching(dovecot, store) as here:
        first, second = await store.queue.get(), await store.queue.get()
        assert here.watch.state.connected
    assert (first.content, first.received_at) == (mail("waiting"), ARRIVED)
    assert (second.content, second.received_at) == (mail("from long ago"), NOW)
    assert (first.channel, first.envelope.source, first.envelope.sender) == ("email", "imap", None)


async def test_mail_that_comes_later_wakes_us(dovecot: Dovecot) -> None:
    store = Store()
    async with watching(dovecot, store) as here:
        for subject in ("one", "two", "three"):
            dovecot.put(mail(subject))
            assert await store.take() == [mail(subject)]
        assert here.failures.empty()
        assert here.watch.state.last_error == ""


async def test_mail_is_marked_done_only_once_it_is_kept(dovecot: Dovecot) -> None:
    seen: list[list[set[str]]] = []

    async def look(raw: RawMessage) -> None:
        seen.append(await asyncio.to_thread(dovecot.flags))

    store = Store(before=look)
    dovecot.put(mail("one"))
    async with watching(dovecot, store):
        await store.take()
        dovecot.put(mail("two"))
        await store.take()
    done = {"\\Seen", KEYWORD}
    assert seen == [[set()], [done, set()]]


async def test_mail_that_a_person_has_read_is_still_taken(dovecot: Dovecot) -> None:
    dovecot.put(mail("read"), flags="\\Seen")
    dovecot.put(mail("deleted"), flags="\\Seen \\Deleted")
    store = Store()
    async with watching(dovecot, store):
        assert await store.take(2) == [mail("deleted"), mail("read")]


async def test_mail_taken_before_is_not_taken_again(dovecot: Dovecot) -> None:
    store = Store()
    dovecot.put(mail("done"), flags=f"({KEYWORD})")
    dovecot.put(mail("waiting"))
    async with watching(dovecot, store):
        assert await store.take() == [mail("waiting")]
        dovecot.put(mail("later"))
        assert await store.take() == [mail("later")]


async def test_mail_from_before_the_first_day_is_left_alone(dovecot: Dovecot) -> None:
    store = Store()
    dovecot.put(mail("old"), arrived=ARRIVED - timedelta(days=1))
    dovecot.put(mail("new"))
    async with watching(dovecot, store, since=date(2026, 3, 2)):
        assert await store.take() == [mail("new")]
        dovecot.put(mail("later"))
        assert await store.take() == [mail("later")]
    assert dovecot.flags()[0] == set()


async def test_a_store_that_fails_leaves_mail_where_it_is_and_tries_again(dovecot: Dovecot) -> None:
    tries: list[list[set[str]]] = []

    async def fail_twice(raw: RawMessage) -> None:
        tries.append(await asyncio.to_thread(dovecot.flags))
        if len(tries) < 3:
            raise StoreUnavailable("the disk is full")

    store = Store(before=fail_twice)
    dovecot.put(mail("one"))
    async with watching(dovecot, store) as here:
        assert await store.take() == [mail("one")]
        assert [await here.failures.get(), await here.failures.get()] == [1, 2]
    assert tries == [[set()], [set()], [set()]]


async def test_one_message_that_cannot_be_taken_holds_up_nobody(dovecot: Dovecot) -> None:
    async def refuse(raw: RawMessage) -> None:
        if b"bad" in raw.content:
            raise RuntimeError("cannot be kept")

    store = Store(before=refuse)
    dovecot.put(mail("bad"), mail("good 1"), mail("bad too"), mail("good 2"))
    async with watching(dovecot, store, delay=0.01) as here:
        assert await store.take(2) == [mail("good 1"), mail("good 2")]
        await here.failures.get()
        assert "2 message(s) could not be taken" in here.watch.state.last_error
        dovecot.put(mail("good 3"))
        assert await store.take() == [mail("good 3")]
    flags = dovecot.flags()
    assert [KEYWORD in of for of in flags[:4]] == [False, True, False, True]
    assert flags[0] == flags[2] == set()


async def test_a_large_message_alone_in_its_batch_holds_up_nobody(dovecot: Dovecot) -> None:
    async def refuse(raw: RawMessage) -> None:
        if len(raw.content) > 1_000_000:
            raise RuntimeError("too large to keep")

    store = Store(before=refuse)
    dovecot.put(mail("large") + b"x" * 8_000_000, mail("good"))
    async with watching(dovecot, store, delay=0.01):
        assert await store.take() == [mail("good")]


async def test_a_server_that_goes_away_and_comes_back(dovecot: Dovecot) -> None:
    store = Store()
    async with watching(dovecot, store, delay=0.02) as here:
        dovecot.put(mail("one"))
        await store.take()
        await asyncio.to_thread(dovecot.server.kill)
        while await here.failures.get() < 3:
            assert not here.watch.state.connected
        assert here.watch.state.last_error == "the mail server is not there; check mailbox.host and mailbox.port"
        await asyncio.to_thread(dovecot.server.start)
        for subject in ("two", "three"):
            dovecot.put(mail(subject))
            while (taken := await store.take()) != [mail(subject)]:
                assert taken == [mail("one")]  # the server may have gone before this was marked
        assert here.watch.state.connected
        assert here.watch.state.last_error == ""


def test_mail_told_of_while_we_searched_is_not_waited_for(dovecot: Dovecot) -> None:
    about = {"host": "127.0.0.1", "port": dovecot.server.port, "user": dovecot.user, "password": "secret"}
    session = ImapSession(Mailbox.model_validate({**about, "security": "none"}))
    session.connect()
    dovecot.put(mail("one"))
    before = session.waiting()
    session.wait(HANGS)  # ends at once: the server has told of it, and would not tell again
    assert before == []
    assert len(session.waiting()) == 1
    session.close()


@pytest.mark.parametrize("words", ["", "UIDPLUS", "MOVE"], ids=["plain", "uidplus", "move"])
async def test_mail_moves_to_the_done_folder(dovecot: Dovecot, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imaplib.IMAP4, "capability", lambda self: ("OK", [f"IMAP4rev1 IDLE {words}".encode()]))
    store = Store()
    dovecot.put(mail("thrown away by a person"), flags="\\Deleted")
    dovecot.put(mail("one"), flags="\\Seen")
    async with watching(dovecot, store, done_folder="Done & dealt with"):
        assert await store.take() == [mail("one")]
        dovecot.put(mail("two"))
        assert await store.take() == [mail("two")]
    assert dovecot.flags("Done &- dealt with")[0] == {"\\Seen"}
    assert {"\\Deleted"} in dovecot.flags()


async def test_a_server_without_keywords_gets_a_folder(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imaplib.IMAP4, "response", lambda self, code: (code, [b"(\\Seen \\Deleted)"]))
    store = Store()
    dovecot.put(mail("one"))
    async with watching(dovecot, store):
        assert await store.take() == [mail("one")]
        dovecot.put(mail("two"))
        assert await store.take() == [mail("two")]
    assert dovecot.flags(DEFAULT_DONE_FOLDER)[0] == set()


async def test_a_server_without_idle_is_asked_again_and_again(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imaplib.IMAP4, "capability", lambda self: ("OK", [b"IMAP4rev1"]))
    store = Store()
    async with watching(dovecot, store, poll_seconds=1):
        dovecot.put(mail("one"))
        assert await store.take() == [mail("one")]
        dovecot.put(mail("two"))
        assert await store.take() == [mail("two")]


async def test_many_waiting_messages_are_taken_in_batches(dovecot: Dovecot) -> None:
    together: list[int] = []
    at_once = 0

    async def count(raw: RawMessage) -> None:
        nonlocal at_once
        at_once += 1
        together.append(at_once)
        await asyncio.sleep(0)
        at_once -= 1

    store = Store(before=count)
    with dovecot.person() as client:
        for n in range(130):
            client.append("INBOX", "", imaplib.Time2Internaldate(ARRIVED), mail(f"{n:03}"))
    async with watching(dovecot, store):
        assert await store.take(130) == [mail(f"{n:03}") for n in range(130)]
    assert max(together) == 50


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"password": "wrong"}, "the mail server refused mailbox.user or mailbox.password"),
        ({"folder": "Nowhere"}, "mailbox.folder Nowhere or mailbox.done_folder cannot be opened for writing"),
        ({"security": "tls"}, "no secure connection with the mail server; check mailbox.security and mailbox.ca_file"),
        ({"security": "starttls"}, "the mail server does not offer STARTTLS; check mailbox.security"),
        ({"ca_file": "/missing.pem", "security": "tls"}, "mailbox.ca_file cannot be read"),
    ],
    ids=["password", "folder", "tls", "starttls", "ca-file"],
)
async def test_what_is_wrong_is_said_plainly(dovecot: Dovecot, wrong: dict[str, str], words: str) -> None:
    async with watching(dovecot, Store(), delay=60, **wrong) as here:
        await here.failures.get()
        assert here.watch.state == MailboxState(connected=False, last_error=words)


def test_the_delay_grows_to_five_minutes_and_differs_each_time() -> None:
    for failures, longest in ((1, 2), (5, 32), (9, 300), (10_000, 300)):
        delays = {growing_delay(failures) for _ in range(50)}
        assert len(delays) > 1
        assert all(longest / 2 <= delay <= longest for delay in delays)
