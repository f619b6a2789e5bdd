"""A Relay UK call typed in by keyboard alone, from the queue to its reference, in few keystrokes beside the words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from playwright.async_api import Page
from tests.web.staff_site import Site
from tests.web.test_browser import page, sign_in
from tests.web.test_entry import TRANSCRIPT, entered, inbox, no_waiting, work

from intakebot.store.views import QueueFilter
from intakebot.web.entry import pages

pytestmark = pytest.mark.browser

assert page
assert no_waiting  # the fixtures

MOST_KEYSTROKES = 25


@dataclass
class Keyboard:
    """Somebody's hands on the keyboard, and how often they pressed a key that is no letter of what is told."""

    page: Page
    pressed: int = 0

    async def to(self, name: str) -> None:
        """Tab until the focus is on this."""
        for _ in range(60):
            await self.press("Tab")
            if await self.page.evaluate(_FOCUSED) == name:
                return
        raise AssertionError(f"never reached by Tab: {name}")

    async def press(self, key: str) -> None:
        """Press one key."""
        await self.page.keyboard.press(key)
        self.pressed += 1

    async def skip(self) -> None:
        """Go past the links that stand on every page."""
        await self.to("Skip to main content")
        await self.press("Enter")

    async def enter(self) -> None:
        """Press Enter, and wait for the page it leads to."""
        async with self.page.expect_navigation():
            await self.press("Enter")

    async def write(self, words: str) -> None:
        """Write what is told."""
        await self.page.keyboard.insert_text(words)


_FOCUSED = """() => {
  const focused = document.activeElement;
  const label = focused.labels && focused.labels[0];
  return (label || focused).textContent.trim();
}"""


async def test_a_relay_call_takes_few_keystrokes_beside_its_words(
    page: Page, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_LOOKS", 100_000)  # the page that gives the reference waits for the worker here
    await sign_in(page, site, "officer@example.org")
    hands = Keyboard(page)
    await hands.to("Type in")
    await hands.enter()
    await hands.skip()
    await hands.to("Relay UK call")
    await hands.enter()
    await hands.skip()
    for label, words in (
        ("Time: When the call began", "8:30"),
        ("The transcript", TRANSCRIPT),
        ("Their name", "Shirley Amadi"),
        ("The number they rang from (optional)", "07700 900123"),
    ):
        await hands.to(label)
        await hands.write(words)
    await hands.enter()
    assert await page.inner_text("h1") == "Check what you typed in"
    await hands.skip()
    await hands.to("I read it back to them, and they agreed")
    await hands.press("Space")
    await hands.to("Send it")
    worker = asyncio.create_task(work_when_sent(site))
    await hands.enter()
    await worker
    told = await page.inner_text("main")
    (row,) = site.store.read_now(lambda held: held.views.queue(QueueFilter()))
    assert row.reference in told and "Ring back on 18002 07700 900123" in told
    assert (entered(site).text, entered(site).read_back) == (TRANSCRIPT, True)
    assert hands.pressed <= MOST_KEYSTROKES


async def work_when_sent(site: Site) -> None:
    """Be the worker: take the entry in as soon as it is there."""
    async with asyncio.timeout(60):
        while not inbox(site):
            await site.store.read(lambda work: None)
    work(site)
