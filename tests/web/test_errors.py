"""Errors: plain words, no traces, nothing typed is lost, and the service goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import ClientSession
from tests.web.staff_site import Site, mark_of, read, send
from tests.web.test_case import words

from intakebot.errors import StoreUnavailable
from intakebot.store.engine import Work


async def test_wrong_addresses_and_methods_get_plain_pages(site: Site, officer: ClientSession) -> None:
    page = await read(officer, "/staff/nowhere", 404)
    assert "Page not found" in page and "Go to the queue" in page
    assert "Go to the front page" in await read(officer, "/nowhere", 404)
    assert (await send(officer, "/staff"))[0] == 405


async def test_store_that_cannot_be_read_is_said_and_recovers(
    site: Site, officer: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(_function: Callable[[Work], Any]) -> Any:
        raise StoreUnavailable("the database refused (secret detail)")

    with monkeypatch.context() as patch:
        patch.setattr(site.store, "read", gone)
        page = await read(officer, "/staff", 503)
        assert "The case store cannot be reached just now" in page and "secret detail" not in page
    await read(officer, "/staff")


async def test_store_that_cannot_be_written_keeps_what_was_typed_and_takes_it_again(
    site: Site, officer: ClientSession
) -> None:
    reference = (await site.receive()).reference
    path, mark = f"/staff/cases/{reference}/note", await mark_of(officer)
    fields = {"csrf": mark, "note_text": "She cried <b>on the phone</b>"}

    async def full(_function: Callable[[Work], Any]) -> Any:
        raise StoreUnavailable("the disk is full")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site.store, "write", full)
        async with officer.post(path, data=fields) as response:
            page = await response.text()
            assert response.status == 503
    assert "Nothing you typed is lost: it is below" in page
    assert "She cried &lt;b&gt;on the phone&lt;/b&gt;" in page
    assert f'action="{path}"' in page and f'name="csrf" value="{mark}"' in page
    async with officer.post(path, data=fields, allow_redirects=False) as response:
        assert response.status == 303
    assert "She cried <b>on the phone</b>" in words(await read(officer, f"/staff/cases/{reference}"))


async def test_unexpected_fault_shows_a_mark_and_logs_no_words(
    site: Site, officer: ClientSession, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    words_of_a_message = " ".join(("Ada", "said", "something", "pri" + "vate"))

    async def broken(_function: Callable[[Work], Any]) -> Any:
        raise RuntimeError(words_of_a_message)

    mark, reference = await mark_of(officer), (await site.receive()).reference
    monkeypatch.setattr(site.store, "write", broken)
    with caplog.at_level(logging.ERROR):
        fields = {"csrf": mark, "note_text": "kept"}
        async with officer.post(f"/staff/cases/{reference}/note", data=fields) as response:
            page = await response.text()
            assert response.status == 500
    assert "Sorry, that did not work" in page and "Traceback" not in page and "private" not in page
    assert "kept" in page
    assert "RuntimeError" in caplog.text and "private" not in caplog.text
    (record,) = [r for r in caplog.records if r.name == "intakebot.web.guard"]
    mark = record.getMessage().removeprefix("page fault ").partition(":")[0]
    assert len(mark) == 8 and mark in page
