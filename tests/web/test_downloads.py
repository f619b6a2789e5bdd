"""Downloads: files to keep, under their own names, never run by the browser as ours."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession
from tests.web.staff_site import Site, read

from intakebot.domain.message import Attachment
from intakebot.web.downloads import disposition


async def test_attachment_comes_whole_as_a_file(site: Site, officer: ClientSession) -> None:
    content = b"%PDF" + bytes(3_000_000)
    await site.receive(attachments=(Attachment("Zoë’s letter.pdf", "application/pdf", content),))
    async with officer.get("/staff/attachments/1") as response:
        assert await response.read() == content
        assert response.headers["Content-Type"] == "application/pdf"
        assert response.headers["Content-Disposition"].startswith('attachment; filename="Zo__s letter.pdf"')
        assert "filename*=UTF-8''Zo%C3%AB%E2%80%99s%20letter.pdf" in response.headers["Content-Disposition"]
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    await read(officer, "/staff/attachments/99", 404)


@pytest.mark.parametrize(
    ("declared", "given"),
    [
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("application/javascript", "application/octet-stream"),
        ("text/html; charset=utf-8", "application/octet-stream"),
        ("nonsense\r\nX-Bad: 1", "application/octet-stream"),
        ("IMAGE/JPEG", "image/jpeg"),
    ],
)
async def test_only_harmless_types_are_passed_on(site: Site, officer: ClientSession, declared: str, given: str) -> None:
    await site.receive(attachments=(Attachment("x", declared, b"<script>alert(1)</script>"),))
    async with officer.get("/staff/attachments/1") as response:
        assert response.headers["Content-Type"] == given
        assert "X-Bad" not in response.headers


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", 'a"; filename="b.exe', "a\r\nSet-Cookie: x=y", "", "...", "\u202egpj.exe", "a" * 500]
)
def test_names_cannot_break_the_header_or_leave_the_folder(name: str) -> None:
    header = disposition(name)
    assert header.isascii() and header.isprintable() and len(header) < 1500
    plain = header.partition('filename="')[2].partition('"')[0]
    assert plain and "/" not in plain and "\\" not in plain and not plain.startswith(".")
    assert header.count('"') == 2


async def test_original_is_the_message_byte_for_byte(site: Site, officer: ClientSession) -> None:
    raw = b"Subject: \xff\x00<script>\r\n\r\nx"
    inbox_id = await site.park("It cannot be read.", raw)
    async with officer.get(f"/staff/messages/{inbox_id}/original") as response:
        assert await response.read() == raw
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert f'filename="message-{inbox_id}.eml"' in response.headers["Content-Disposition"]
    await read(officer, "/staff/messages/99/original", 404)
