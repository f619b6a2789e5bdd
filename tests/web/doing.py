"""Doing acts by their pages as a browser does: open the form, fill it in, send it, and send its letter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import ClientSession
from lxml import html
from tests.web.staff_site import Site, read, send

from intakebot.domain.case import Case

Fields = dict[str, str]


@dataclass(frozen=True)
class Doing:
    """How an act is tried: what is filled in, what is done before, and what is then true of the case.

    `act` is the act's name where this goes by another.
    """

    fields: Fields = field(default_factory=dict)
    true: Callable[[Case], bool] = lambda case: True
    after: tuple[str, ...] = ()
    letter: bool = False
    act: str = ""


def form_in(page: str) -> Fields:
    """Everything the act's form on a page holds, as a browser would send it with its main button."""
    (form,) = [f for f in html.fromstring(page).forms if f.get("id") == "act"]
    return dict(form.form_values())


def day(name: str, written: str, time: str = "") -> Fields:
    """A date "2 3 2026", and the time with it, as their inputs send them."""
    parts = dict(zip((f"{name}-day", f"{name}-month", f"{name}-year"), written.split(), strict=True))
    return parts | ({f"{name}-time": time} if time else {})


def case_of(site: Site, reference: str) -> Case:
    found = site.store.read_now(lambda work: work.cases.get(reference))
    assert found is not None
    return found


def path(reference: str, name: str) -> str:
    return f"/staff/cases/{reference}/do/{name}"


async def fill(client: ClientSession, reference: str, name: str, fields: Fields) -> tuple[int, str]:
    """Open the form of an act, fill it in and press its main button; the status, and where it leads or the page."""
    opened = form_in(await read(client, path(reference, name)))
    return await send(client, path(reference, name), **(without_mark(opened) | fields))


async def press(client: ClientSession, reference: str, name: str, page: str, go: str, **fields: str) -> tuple[int, str]:
    """Press a button of the letter's page, with some of its fields changed."""
    return await send(client, path(reference, name), **(without_mark(form_in(page)) | fields | {"go": go}))


def without_mark(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if name not in ("csrf", "go")}


async def do(client: ClientSession, reference: str, name: str, doings: dict[str, Doing]) -> str:
    """Do an act by its pages; where it led."""
    if name == "acknowledged":
        done = await send(client, f"/staff/cases/{reference}/otherwise", otherwise_how="I rang and told her.")
        assert done[0] == 303
        return done[1]
    act = doings[name].act or name
    status, page = await fill(client, reference, act, doings[name].fields)
    if doings[name].letter:
        assert status == 200, page
        assert "Nothing has been done or sent yet." in page
        status, page = await press(client, reference, act, page, "send")
    assert status == 303, " ".join(html.fromstring(page).xpath("//*[contains(@class, 'error-summary')]//text()"))
    assert page.endswith(f"?done={act}"), page
    return page
