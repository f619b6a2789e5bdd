"""Files of the form: each kept as soon as it is whole, each refusal in words, and nothing lost with the rest."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession
from tests.web.complain.filling import JPEG, add_files, begin, draft_at, save
from tests.web.staff_site import Site
from tests.web.staff_site import read as page_at

from intakebot.web.complain.uploads import MOST_BYTES_OF_A_FILE, kind_of


def names(site: Site, link: str) -> list[str]:
    return [file.filename for file in draft_at(site, link).files]


async def test_several_files_are_added_at_once_and_taken_out_one_by_one(site: Site, client: ClientSession) -> None:
    link = await begin(client)
    assert await add_files(client, link, ("a.jpg", JPEG), ("b.pdf", b"%PDF-1.7 x"), ("c.txt", b"It fell")) == (
        303,
        "files",
    )
    kept = draft_at(site, link).files
    assert [(f.filename, f.content_type) for f in kept] == [
        ("a.jpg", "image/jpeg"),
        ("b.pdf", "application/pdf"),
        ("c.txt", "text/plain"),
    ]
    assert await site.store.blobs.get(kept[0].sha256) == JPEG
    assert await add_files(client, link, go=f"remove-{kept[1].id}") == (303, "files")
    assert names(site, link) == ["a.jpg", "c.txt"]
    page = await page_at(client, f"{link}/files")
    assert "a.jpg" in page and "b.pdf" not in page


async def test_files_chosen_but_not_yet_added_come_with_continue(site: Site, client: ClientSession) -> None:
    link = await begin(client)
    assert await add_files(client, link, ("a.jpg", JPEG), go="on") == (303, "check")
    assert names(site, link) == ["a.jpg"]


async def test_files_are_kept_when_another_field_is_wrong(site: Site, client: ClientSession) -> None:
    link = await begin(client)
    await add_files(client, link, ("a.jpg", JPEG))
    assert (await save(client, link, "contact", email="wrong"))[0] == 400
    assert (await save(client, link, "check"))[0] == 400
    assert names(site, link) == ["a.jpg"]


async def test_a_file_that_cannot_be_taken_is_named_and_the_others_are_kept(site: Site, client: ClientSession) -> None:
    link = await begin(client)
    files = [
        ("good.jpg", JPEG),
        ("program.jpg", b"MZ\x90\x00 a program"),
        ("empty.png", b""),
        ("page.html", b"<script>alert(1)</script>"),
        ("big.jpg", JPEG + b"\x00" * MOST_BYTES_OF_A_FILE),
        ("last.txt", b"Still here"),
    ]
    status, page = await add_files(client, link, *files)
    assert status == 400 and names(site, link) == ["good.jpg", "last.txt"]
    for words in (
        "program.jpg is not a kind of file we can take",
        "empty.png is empty",
        "page.html is not a kind",
        "big.jpg is bigger than 10 MB",
    ):
        assert words in page, words
    assert page.count('href="#files"') == 4 and "good.jpg" in page


async def test_fifty_files_are_answered_calmly(site: Site, client: ClientSession) -> None:
    link = await begin(client)
    status, page = await add_files(client, link, *((f"photo-{n}.jpg", JPEG + bytes([n])) for n in range(50)))
    assert status == 400 and len(names(site, link)) == 20
    assert "there is room for 20 files" in page and "25 more files could not be added" in page
    assert "You have added as many files as the form takes" in await page_at(client, f"{link}/files")


async def test_a_name_is_made_safe(site: Site, client: ClientSession) -> None:
    link = await begin(client)
    await add_files(client, link, ("..\\..\\<b>mould</b>\u202egpj.jpg", JPEG))
    (name,) = names(site, link)
    assert not set(name) & set("<>\\/\u202e")


async def test_an_upload_cut_off_in_the_middle_keeps_what_was_whole(site: Site, client: ClientSession) -> None:
    link = await begin(client)
    part = b'--xx\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\nContent-Type: image/jpeg\r\n\r\n%s'
    where = urlsplit(site.url)
    head = (
        f"POST {link}/files HTTP/1.1\r\nHost: {where.netloc}\r\n"
        "Content-Type: multipart/form-data; boundary=xx\r\nContent-Length: 2000000000\r\n\r\n"
    )
    _, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(head.encode() + part % (b"whole.jpg", JPEG) + b"\r\n" + part % (b"half.jpg", JPEG * 900))
    await writer.drain()
    async with asyncio.timeout(60):
        while names(site, link) != ["whole.jpg"]:
            await site.store.read(lambda work: None)
    writer.transport.abort()
    assert (await add_files(client, link, ("half.jpg", JPEG)))[0] == 303
    assert names(site, link) == ["whole.jpg", "half.jpg"]


@pytest.mark.parametrize("body", [b"", b"no boundary at all", b"--xx\r\n\r\n", b"--xx--\r\n"])
async def test_what_is_no_form_is_answered_calmly(site: Site, client: ClientSession, body: bytes) -> None:
    link = await begin(client)
    headers = {"Content-Type": "multipart/form-data; boundary=xx"}
    async with client.post(f"{link}/files", data=body, headers=headers, allow_redirects=False) as response:
        assert response.status in (303, 400)
    async with client.post(f"{link}/files", data=b"x", headers={"Content-Type": "text/plain"}) as response:
        assert response.status == 400 and "did not arrive whole" in await response.text()


async def test_more_than_anybody_needs_is_not_read_to_its_end(
    site: Site, client: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intakebot.web.complain.uploads.MOST_BYTES_READ", 300_000)
    link = await begin(client)
    status, page = await add_files(client, link, ("a.jpg", JPEG), ("b.jpg", JPEG + b"\x00" * 900_000))
    assert status == 400 and "more than we can take at once" in page and names(site, link) == ["a.jpg"]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("x.heic", b"\x00\x00\x00\x18ftypheic", "image/heic"),
        ("x", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("voice.m4a", b"\x00\x00\x00\x1cftypM4A ", "audio/mp4"),
        ("film.mp4", b"\x00\x00\x00\x1cftypisom", "video/mp4"),
        ("a.docm", b"PK\x03\x04", None),
        ("a.zip", b"PK\x03\x04", None),
        ("a.txt", b"\x00binary", None),
        ("a.svg", b"<svg onload='x'/>", None),
    ],
)
def test_a_file_is_known_by_its_bytes(name: str, content: bytes, kind: str | None) -> None:
    assert kind_of(name, content) == kind
