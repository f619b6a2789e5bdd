"""A file of 2 GB that is really streamed, and cut off in the middle: little memory, nothing lost, nothing taken."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession
from tests.web.complain.filling import WORDS, add_files, draft_at
from tests.web.complain.filling import fill as fill_form
from tests.web.staff_site import Site, mark_of, read
from tests.web.test_entry import call, enter, entered, form_in, inbox

TWO_GIGABYTES = 2_000_000_000
MIDDLE = 400_000_000
"""As far as anything is sent: past every limit, and far more than may ever be held at once."""
HELD_AT_MOST = 60_000_000
_CHUNK = b"x" * 65_536
BOUNDARY = "streamed"


@asynccontextmanager
async def upload(site: Site, path: str, fields: dict[str, str], cookies: str = "") -> AsyncIterator[Stream]:
    """A form with these fields whose one file says that it will be of 2 GB. In the end it is cut off."""
    where = urlsplit(site.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {where.netloc}\r\nCookie: {cookies}\r\nContent-Length: {TWO_GIGABYTES}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    )
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="film.mp4"\r\n\r\n\x00\x00\x00 ftyp'
    writer.write("".join((head, *parts, file)).encode())
    try:
        yield Stream(reader, writer)
    finally:
        writer.transport.abort()


class Stream:
    """The sending side of such a form."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.sent = 0

    async def send(self, most: int) -> None:
        """Send so many bytes more of the file, or as many as are taken."""
        try:
            for _ in range(most // len(_CHUNK)):
                self._writer.write(_CHUNK)
                await self._writer.drain()
                self.sent += len(_CHUNK)
        except ConnectionError:
            pass  # they listen no longer

    async def answer(self) -> str:
        """What is answered while the file still comes."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        (length,) = [line.partition(":")[2] for line in head.split("\r\n") if line.lower().startswith("content-length")]
        return f"{head}{(await self._reader.readexactly(int(length))).decode()}"


@pytest.fixture
def memory() -> Iterator[None]:
    """What Python holds is counted; more than may be held fails the test."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    try:
        yield
        held = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert held < HELD_AT_MOST, f"{held:,} bytes were held at once"


def cookies_of(client: ClientSession) -> str:
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in client.cookie_jar)


@pytest.mark.usefixtures("memory")
async def test_a_film_of_2_gb_leaves_the_complaint_as_it_was_typed(site: Site, client: ClientSession) -> None:
    link = await fill_form(client)
    before = draft_at(site, link)
    await add_files(client, link, ("note.txt", b"It fell."))
    async with upload(site, f"{link}/files", {}) as film:
        answered = asyncio.create_task(film.answer())
        await film.send(MIDDLE)
        assert "That was more than we can take at once" in await answered
    after = draft_at(site, link)
    assert after.fields["what"] == before.fields["what"] == WORDS
    assert [file.filename for file in after.files] == ["note.txt"]
    page = await read(client, f"{link}/check")
    assert WORDS in page and "note.txt" in page and "film.mp4" not in page


@pytest.mark.usefixtures("memory")
async def test_a_film_of_2_gb_cut_off_in_the_middle_loses_only_itself(site: Site, client: ClientSession) -> None:
    link = await fill_form(client)
    async with upload(site, f"{link}/files", {}) as film:
        await film.send(MIDDLE // 4)  # less than what would be answered: nobody has said a word when it breaks off
        assert film.sent == MIDDLE // 4 // len(_CHUNK) * len(_CHUNK)
    assert WORDS in await read(client, f"{link}/check")
    assert (await add_files(client, link, ("note.txt", b"It fell.")))[0] == 303
    assert [file.filename for file in draft_at(site, link).files] == ["note.txt"]


@pytest.mark.usefixtures("memory")
async def test_a_file_of_2_gb_on_an_entry_is_answered_with_everything_that_was_typed(
    site: Site, officer: ClientSession
) -> None:
    fields = {"csrf": await mark_of(officer), "nonce": "a" * 32, "go": "check"} | call()
    async with upload(site, "/staff/entry/relay", fields, cookies_of(officer)) as film:
        answered = asyncio.create_task(film.answer())
        await film.send(MIDDLE)
        page = await answered
    assert page.startswith("HTTP/1.1 400") and "Larger ones were left out" in page
    shown = {name: value.replace("\r\n", "\n") for name, value in form_in(page.partition("\r\n\r\n")[2])}
    assert shown | call() == shown
    assert inbox(site) == []


@pytest.mark.usefixtures("memory")
async def test_an_entry_cut_off_in_the_middle_takes_nothing_and_can_be_sent_again(
    site: Site, officer: ClientSession
) -> None:
    fields = {"csrf": await mark_of(officer), "nonce": "a" * 32, "go": "send"} | call()
    async with upload(site, "/staff/entry/relay", fields, cookies_of(officer)) as film:
        await film.send(5_000_000)
    assert inbox(site) == [], "half a form is no form"
    await enter(officer, "relay", call())
    assert entered(site).files == ()
