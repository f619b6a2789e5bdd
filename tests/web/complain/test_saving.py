"""What is typed while Send runs, links that are sent, and two people who say the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from aiohttp import ClientSession, web
from sqlalchemy import select
from tests.road.test_reaching import FarSide
from tests.web.complain.filling import draft_at, fill, handed_in, read, save, work
from tests.web.staff_site import Site

from intakebot.delivery import Delivery
from intakebot.store.drafts import Draft
from intakebot.store.queues import Outcome
from intakebot.store.schema import outbox
from intakebot.web.complain import sending


async def test_what_another_tab_saves_while_send_runs_is_handed_in_too(
    site: Site, client: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await fill(client)
    really, saved = sending._made_durable, []

    async def hurried(of: web.Request, draft: Draft, notes: Sequence[str]) -> bool:
        if not saved:
            saved.append(await save(client, link, "right", right="A new boiler, and my son has asthma"))
        return await really(of, draft, notes)  # type: ignore[arg-type]

    monkeypatch.setattr(sending, "_made_durable", hurried)
    assert (await save(client, link, "check"))[0] == 303
    read_again = [(await read(site, row)).own_words for row in handed_in(site)]
    told = [(await read(site, row)).declared for row in handed_in(site)]
    assert any("asthma" in words for words in read_again) or any(
        said is not None and "asthma" in said.outcomes_sought for said in told
    )
    assert draft_at(site, link).sent_at is not None


async def test_the_link_in_a_letter_is_shown_to_no_officer_and_forgotten_once_it_left(
    site: Site, client: ClientSession
) -> None:
    link = await fill(client)
    secret = link.rpartition("/")[2]
    await save(client, link, "later", link_email="ama@tenant.example")
    (letter,) = site.store.read_now(lambda work: work.desk.letters(["waiting"], 10))  # type: ignore[list-item]
    assert secret not in repr(letter.message) + letter.message.text + letter.message.html
    far = FarSide()
    await Delivery(site.store, site.landlord, {"email": far}, site.clock).run(until_empty=True)
    assert secret in far.sent[0].text
    rows = site.store.read_now(
        lambda work: [str(dict(row._mapping)) for row in work.connection.execute(select(outbox))]
    )
    assert not [row for row in rows if secret in row]


async def test_links_sent_to_somebody_use_up_none_of_our_answers_to_them(site: Site, client: ClientSession) -> None:
    link = await fill(client)
    for _ in range(3):
        await save(client, link, "later", link_email="ama@tenant.example")
    since = site.clock.now.replace(hour=0)
    key = "ama@tenant.example"
    assert site.store.read_now(lambda work: work.outbox.automatic_since(key, since)) == 0
    assert site.store.read_now(lambda work: work.outbox.links_since(key, since)) == 3


async def test_two_people_who_say_the_same_have_two_cases(site: Site, client: ClientSession) -> None:
    taken = []
    for _ in range(2):
        link = await fill(client, email="", what="There is no hot water in the whole block.")
        assert (await save(client, link, "check"))[0] == 303
        taken.append(await work(site, handed_in(site)[-1]))
    assert [one.outcome for one in taken] == [Outcome.CASE_OPENED] * 2
    assert taken[0].reference != taken[1].reference
