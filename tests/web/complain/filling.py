"""Filling in the public form as a browser does: begin, save pages, add files, send; and what came of it."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

from aiohttp import ClientSession, FormData
from tests.web.staff_site import Site

from intakebot.channels.email.identity import fingerprint
from intakebot.channels.webform.channel import WebformChannel
from intakebot.classifiers.rules import RulesClassifier
from intakebot.domain.message import NormalisedMessage
from intakebot.reading import Reading
from intakebot.store.drafts import Draft
from intakebot.store.engine import Work
from intakebot.store.queues import InboxRow
from intakebot.taking import Roster, Taken, take_in
from intakebot.web.complain.drafting import key_of

JPEG = b"\xff\xd8\xff\xe0" + b"a picture of mould" * 20
WORDS = "The boiler has been off for two weeks. This is the third time I have rung and nobody came."


async def begin(client: ClientSession) -> str:
    """Begin a form; the address of its draft."""
    async with client.post("/complain", data={"go": "on"}, allow_redirects=False) as response:
        assert response.status == 303
        return response.headers["Location"].removesuffix("/who")


async def save(client: ClientSession, link: str, step: str, **answers: str | list[str]) -> tuple[int, str]:
    """Send one page; the status, and where it leads or else the page."""
    pairs = []
    for name, value in ({"go": "on"} | answers).items():
        pairs += [(name, one) for one in (value if isinstance(value, list) else [value])]
    async with client.post(f"{link}/{step}", data=pairs, allow_redirects=False) as response:
        place = response.headers.get("Location", "").removeprefix(f"{link}/")
        return response.status, place or await response.text()


async def add_files(client: ClientSession, link: str, *files: tuple[str, bytes], go: str = "add") -> tuple[int, str]:
    """Send the page of files; the status, and where it leads or else the page."""
    form = FormData(default_to_multipart=True)
    for name, content in files or [("", b"")]:
        form.add_field("files", BytesIO(content), filename=name, content_type="application/octet-stream")
    form.add_field("go", go)
    async with client.post(f"{link}/files", data=form, allow_redirects=False) as response:
        return response.status, response.headers.get("Location", "").removeprefix(f"{link}/") or await response.text()


async def fill(client: ClientSession, *, email: str = "ama@tenant.example", what: str = WORDS) -> str:
    """Fill in a form up to the check; the address of its draft."""
    link = await begin(client)
    await save(client, link, "who", behalf="self")
    await save(client, link, "you", name="Ama Mensah", address="1 Quay Street, LA1 1AA")
    await save(client, link, "contact", email=email, prefers="email" if email else "")
    await save(client, link, "what", what=what)
    return link


def draft_at(site: Site, link: str) -> Draft:
    """The draft behind a private link."""
    key = key_of(link.rpartition("/")[2])
    found = site.store.read_now(lambda work: work.drafts.get(key))
    assert found is not None
    return found


def handed_in(site: Site) -> list[InboxRow]:
    """Every message the pages handed in."""
    count = site.store.read_now(lambda work: work.inbox.waiting())
    rows = [site.store.read_now(lambda work, n=n: work.inbox.get(n)) for n in range(1, count + 20)]  # type: ignore[misc]
    return [row for row in rows if row is not None and row.channel == "web"]


async def read(site: Site, row: InboxRow) -> NormalisedMessage:
    """A message that was handed in, as the worker reads it."""
    return WebformChannel("web").normalise(row.raw(await site.store.blobs.get(row.sha256)))


async def work(site: Site, row: InboxRow) -> Taken:
    """Do what a worker does with a message."""
    message = await read(site, row)
    reading = Reading.of(message, RulesClassifier().classify(message.to_classify, "web"), fingerprint(message))
    blobs = await site.store.blobs.keep([a.content for a in message.attachments])

    def transaction(work: Work) -> Taken:
        (claimed,) = work.inbox.claim("test", site.clock.now, timedelta(minutes=2), 1, [row.id])
        return take_in(work, claimed, "test", reading, blobs, site.landlord, Roster(site.clock), site.clock.now)

    return await site.store.write(transaction)


def links_in(page: str) -> list[str]:
    """Where a page's links lead."""
    return re.findall(r'href="([^"]+)"', page)
