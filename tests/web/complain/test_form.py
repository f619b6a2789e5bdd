"""The form from beginning to end: what is typed is kept whatever happens, and what is sent is one complaint."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from tests.web.complain.filling import (
    JPEG,
    WORDS,
    add_files,
    begin,
    draft_at,
    fill,
    handed_in,
    links_in,
    read,
    save,
    work,
)
from tests.web.staff_site import Site
from tests.web.staff_site import read as page_at

from intakebot.domain.labels import Need
from intakebot.domain.message import Address, Party
from intakebot.domain.people import Authority, RepresentativeKind
from intakebot.domain.representation import KIND_RULES, kind_of
from intakebot.errors import StoreUnavailable
from intakebot.store.queues import Outcome
from intakebot.web.complain.questions import RELATIONS


@pytest.fixture(autouse=True)
def no_waiting_for_workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No worker runs here, so the confirmation need not wait for one."""
    monkeypatch.setattr("intakebot.web.complain.sending.REFERENCE_TRIES", 1)
    yield


async def test_a_whole_form_becomes_a_case_with_a_reference(site: Site, client: ClientSession) -> None:
    link = await begin(client)
    assert await save(client, link, "who", behalf="self") == (303, "you")
    assert await save(client, link, "you", name="Ama Mensah", address="1 Quay Street") == (303, "contact")
    contact = {"prefers": "text", "email": "ama@tenant.example", "phone": "07700 900123", "times": "After 4pm"}
    assert await save(client, link, "contact", **contact) == (303, "what")
    assert await save(client, link, "what", what=WORDS) == (303, "right")
    assert await save(client, link, "right", right="A new boiler") == (303, "needs")
    needs = {"needs": ["large_print", "relay_uk"], "print_pt": "20", "needs_note": "Yellow paper"}
    assert await save(client, link, "needs", **needs) == (303, "files")
    assert await add_files(client, link, ("mould.jpg", JPEG)) == (303, "files")
    assert await add_files(client, link, go="on") == (303, "check")
    for said in (WORDS, "A new boiler", "Large print", "20 point", "After 4pm", "Text message", "mould.jpg"):
        assert said in await page_at(client, f"{link}/check"), said
    assert await save(client, link, "check") == (303, "sent")
    assert "being read now" in await page_at(client, f"{link}/sent")
    (row,) = handed_in(site)
    message = await read(site, row)
    assert (message.received_at, message.sender) == (site.clock.now, Address("ama@tenant.example", "Ama Mensah"))
    declared = message.declared
    assert declared is not None
    assert declared.resident == Party("Ama Mensah", "ama@tenant.example", "07700 900123", "", "1 Quay Street")
    assert (declared.needs, declared.print_pt) == ((Need.LARGE_PRINT, Need.RELAY_UK), 20)
    assert (declared.prefers, declared.safe_contact, declared.needs_note) == ("text", "After 4pm", "Yellow paper")
    assert [(a.filename, a.content_type, a.content) for a in message.attachments] == [("mould.jpg", "image/jpeg", JPEG)]
    taken = await work(site, row)
    assert taken.outcome is Outcome.CASE_OPENED
    assert taken.reference in await page_at(client, f"{link}/sent")


async def test_only_words_and_a_name_are_asked_for(site: Site, client: ClientSession) -> None:
    link = await begin(client)
    await save(client, link, "you", name="Ama")
    assert (await save(client, link, "contact"))[1] == "what"
    assert (await save(client, link, "what", what="No heat"))[1] == "right"
    assert await save(client, link, "check") == (303, "sent")
    message = await read(site, handed_in(site)[0])
    assert message.sender is None and message.declared is not None and message.declared.resident.name == "Ama"


async def test_without_name_or_way_to_reply_or_words_nothing_is_sent(site: Site, client: ClientSession) -> None:
    link = await begin(client)
    status, page = await save(client, link, "contact")
    assert status == 400 and 'href="#email">Enter an email address or a phone number' in page
    status, page = await save(client, link, "what", what="  \n ")
    assert status == 400 and 'href="#what">Write what happened' in page
    status, page = await save(client, link, "check")
    assert status == 400 and 'href="#contact-email"' in page and 'href="#what-what"' in page
    assert handed_in(site) == []


@pytest.mark.parametrize(
    ("relation", "kind"),
    [
        ("family", RepresentativeKind.RELATIVE),
        ("councillor", RepresentativeKind.COUNCILLOR),
        ("mp", RepresentativeKind.MP),
        ("solicitor", RepresentativeKind.SOLICITOR),
        ("attorney", RepresentativeKind.ATTORNEY),
        ("deputy", RepresentativeKind.DEPUTY),
        ("executor", RepresentativeKind.EXECUTOR),
        ("other", RepresentativeKind.OTHER),
    ],
)
async def test_each_kind_of_representative_that_the_settings_tell_apart_is_asked_for(
    site: Site, client: ClientSession, relation: str, kind: RepresentativeKind
) -> None:
    link = await begin(client)
    await save(client, link, "who", behalf="other")
    assert await save(client, link, "you", name="Gail Price", relation=relation) == (303, "resident")
    await save(client, link, "contact", email="gail@advice.example")
    await save(client, link, "what", what="Her boiler has been off for two weeks and nobody came.")
    await save(client, link, "check")
    taken = await work(site, handed_in(site)[-1])
    (held,) = site.store.read_now(lambda work: work.cases.get(taken.reference)).representatives  # type: ignore[union-attr]
    assert (held.kind, held.authority) == (kind, Authority.PENDING), "whatever somebody says they are, it must be seen"


def test_the_form_asks_for_every_kind_that_has_a_rule() -> None:
    asked = {kind_of(option.text) for option in RELATIONS}
    assert set(KIND_RULES) <= asked


async def test_somebody_may_write_for_somebody_else(site: Site, client: ClientSession) -> None:
    link = await begin(client)
    assert await save(client, link, "who", behalf="other") == (303, "you")
    assert await save(client, link, "you", name="Gail Price", relation="councillor") == (303, "resident")
    assert await save(client, link, "resident", their_name="Ama", their_address="1 Quay St") == (303, "contact")
    await save(client, link, "contact", phone="01632 960123", prefers="phone")
    await save(client, link, "what", what=WORDS)
    assert await save(client, link, "check") == (303, "sent")
    message = await read(site, handed_in(site)[0])
    assert message.sender == Address("tel:+441632960123", "Gail Price") and message.declared is not None
    assert message.declared.resident == Party("Ama", address="1 Quay St")
    assert message.declared.representative == Party("Gail Price", phone="01632 960123")
    assert message.declared.relation == "Councillor"


async def test_the_size_of_print_is_read_back_only_to_whom_it_matters(client: ClientSession) -> None:
    link = await fill(client)
    assert "Size of print" not in await page_at(client, f"{link}/check")
    await save(client, link, "needs", needs=["large_print"])
    assert "Size of print" in await page_at(client, f"{link}/check")


@pytest.mark.parametrize(
    ("step", "answers", "field", "words"),
    [
        ("contact", {"email": "ama at tenant"}, "email", "name@example.org"),
        ("contact", {"prefers": "email"}, "email", "choose another way"),
        ("contact", {"prefers": "relay_uk"}, "phone", "choose another way"),
        ("contact", {"phone": "12 34"}, "phone", "07700 900123"),
        ("contact", {"prefers": "post"}, "prefers", "enter your address"),
        ("contact", {"prefers": "pigeon", "email": "a@tenant.example"}, "prefers", "one of the answers shown"),
        ("you", {"name": "N" * 201}, "name", "1 character too long"),
        ("what", {"what": "w" * 50_001}, "what", "50,000"),
    ],
)
async def test_a_mistake_is_said_beside_its_field_and_what_was_typed_stays(
    client: ClientSession, step: str, answers: dict[str, str], field: str, words: str
) -> None:
    link = await begin(client)
    await save(client, link, "you", name="Ama") if step != "you" else None
    status, page = await save(client, link, step, **answers)
    assert status == 400 and "<title>Error: " in page
    assert f'href="#{field}"' in page and words in page and f'id="{field}-error"' in page
    typed = next(iter(answers.values()))
    assert typed in page or typed == "pigeon"
    assert typed in await page_at(client, f"{link}/{step}") or typed == "pigeon"


async def test_script_in_a_name_is_only_words(client: ClientSession) -> None:
    link, script = await begin(client), "<script>alert(1)</script>"
    await save(client, link, "you", name=script)
    for step in ("you", "check"):
        page = await page_at(client, f"{link}/{step}")
        assert script not in page and "&lt;script&gt;" in page


async def test_a_private_link_leads_back_to_where_it_was_left(client: ClientSession) -> None:
    link = await begin(client)
    await save(client, link, "you", name="Ama")
    assert await save(client, link, "contact", email="half an addr", go="later") == (303, "later")
    assert links_in(await page_at(client, f"{link}/later")).count(f"http://127.0.0.1:8080{link}") == 1
    async with client.get(link, allow_redirects=False) as response:
        assert response.headers["Location"] == f"{link}/contact"
    assert "half an addr" in await page_at(client, f"{link}/contact")


async def test_a_link_is_sent_by_mail_with_nothing_that_was_typed(site: Site, client: ClientSession) -> None:
    link = await begin(client)
    await save(client, link, "what", what="Secret words", go="later")
    status, page = await save(client, link, "later", link_email="nobody")
    assert status == 400 and 'href="#link_email"' in page
    assert (await save(client, link, "later", link_email="ama@tenant.example"))[1] == "later?done=sent"
    (row,) = site.store.write_now(lambda work: work.outbox.claim("test", site.clock.now, timedelta(minutes=1), 9))
    assert row.channel == "email" and row.message.to == (Address("ama@tenant.example"),)
    assert link in row.message.text and "Secret" not in row.message.text
    for _ in range(site.landlord.answers_per_day):
        last = await save(client, link, "later", link_email="AMA@tenant.example")
    assert last[0] == 400 and "many emails" in last[1]


@pytest.mark.parametrize("secret", ["x", "A" * 43, "..%2f..%2fetc", "%00", "<script>", "é" * 20])
async def test_a_forged_or_broken_link_opens_nothing_and_says_so_calmly(client: ClientSession, secret: str) -> None:
    await fill(client)
    for step in ("", "/what", "/files", "/check", "/sent", "/later", "/danger"):
        async with client.get(f"/complain/{secret}{step}", allow_redirects=False) as response:
            assert response.status == 404 and "Ama" not in await response.text()
    status, page = await save(client, f"/complain/{secret}", "what", what="My words")
    assert status == 404 and "My words" in page


async def test_send_pressed_many_times_is_one_complaint(site: Site, client: ClientSession) -> None:
    link = await fill(client)
    sends = await asyncio.gather(*(save(client, link, "check") for _ in range(8)))
    assert set(sends) == {(303, "sent")}
    assert await save(client, link, "check") == (303, "sent")
    assert len(handed_in(site)) == 1


async def test_what_is_changed_after_a_crash_between_taking_and_marking_is_not_lost(
    site: Site, client: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await fill(client)

    def broken(*_: object) -> None:
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("intakebot.store.drafts.Drafts.mark_sent", broken)
        assert (await save(client, link, "check"))[0] == 503
    assert len(handed_in(site)) == 1
    await save(client, link, "right", right="Also an apology")
    assert await save(client, link, "check") == (303, "sent")
    texts = [(await read(site, row)).text for row in handed_in(site)]
    assert len(texts) == 2 and "Also an apology" in texts[1]


async def test_a_store_that_is_away_loses_nothing_typed(
    site: Site, client: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await begin(client)

    def broken(*_: object) -> None:
        raise StoreUnavailable("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr("intakebot.store.drafts.Drafts.change", broken)
        status, page = await save(client, link, "what", what="My long story")
    assert status == 503 and 'name="what" value="My long story"' in page and f'action="{link}/what"' in page
    assert (await save(client, link, "what", what="My long story"))[0] == 303


async def test_words_typed_into_a_sent_form_are_shown_back(client: ClientSession) -> None:
    link = await fill(client)
    await save(client, link, "check")
    status, page = await save(client, link, "what", what="And the lift too")
    assert status == 409 and "And the lift too" in page
    async with client.get(f"{link}/what", allow_redirects=False) as response:
        assert response.headers["Location"] == f"{link}/sent"


@pytest.mark.parametrize("words", ["I can smell gas in the kitchen", "He hits me and says he will kill me tonight"])
async def test_words_of_danger_are_answered_at_once_with_numbers_to_ring(client: ClientSession, words: str) -> None:
    link = await begin(client)
    assert await save(client, link, "what", what=words) == (303, "danger")
    page = await page_at(client, f"{link}/danger")
    assert "01632 960999" in page and "0800 111 999" in page and f'href="{link}/right"' in page
    for step in ("right", "needs", "files", "check"):
        assert "If anybody is in danger now" in await page_at(client, f"{link}/{step}"), step
    assert await save(client, link, "what", what=words) == (303, "right"), "said once, then only shown"
    assert await save(client, link, "what", what="The lift is slow") == (303, "right")
    assert "danger now" not in await page_at(client, f"{link}/right")


async def test_the_trap_for_programs_never_loses_a_message(site: Site, client: ClientSession) -> None:
    link = await fill(client)
    status, page = await save(client, link, "check", company_website="http://spam.example")
    assert status == 400 and "press it once more" in page and handed_in(site) == []
    assert await save(client, link, "check", company_website="filled by my browser") == (303, "sent")
    assert "a program may have written this" in (await read(site, handed_in(site)[0])).notes[0]


async def test_one_address_may_not_send_without_end_and_loses_nothing(site: Site, client: ClientSession) -> None:
    most = site.settings.form.sent_per_hour
    client.headers["X-Forwarded-For"] = "198.51.100.7, 127.0.0.1"
    links = [await fill(client) for _ in range(most + 1)]
    sent = [await save(client, link, "check") for link in links]
    assert [s for s, _ in sent] == [303] * most + [429] and "Yours is kept" in sent[-1][1]
    client.headers["X-Forwarded-For"] = "198.51.100.8"
    assert await save(client, await fill(client), "check") == (303, "sent")
    client.headers["X-Forwarded-For"] = "198.51.100.7"
    site.clock.forward(timedelta(hours=1))
    assert await save(client, links[-1], "check") == (303, "sent")
    assert len(handed_in(site)) == most + 2


async def test_one_address_may_not_begin_without_end(site: Site, client: ClientSession) -> None:
    client.headers["X-Forwarded-For"] = "198.51.100.7"
    for _ in range(site.settings.form.begun_per_hour):
        await begin(client)
    async with client.post("/complain", data={"go": "on"}, allow_redirects=False) as response:
        assert response.status == 429 and "Too many forms" in await response.text()


async def test_a_form_from_another_website_is_not_taken(site: Site, client: ClientSession) -> None:
    link = await fill(client)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        async with client.post(
            f"{link}/check", data={"go": "send"}, headers=headers, allow_redirects=False
        ) as response:
            assert response.status == 403
        async with client.post(f"{link}/files", headers=headers, data=b"x", allow_redirects=False) as response:
            assert response.status == 403
    assert handed_in(site) == []


async def test_changing_an_answer_leads_back_to_the_check(client: ClientSession) -> None:
    link = await fill(client)
    assert f"{link}/contact?check=1#email" in links_in(await page_at(client, f"{link}/check"))
    assert await save(client, link, "contact?check=1", email="new@tenant.example") == (303, "check")
    assert await save(client, link, "who?check=1", behalf="other") == (303, "you"), "there is more to ask now"


async def test_every_page_can_be_left_open_for_a_month(site: Site, client: ClientSession) -> None:
    link = await begin(client)
    await save(client, link, "you", name="Ama")
    site.clock.forward(timedelta(days=30))
    assert await save(client, link, "contact", email="ama@tenant.example") == (303, "what")
    assert draft_at(site, link).fields["name"] == "Ama"


async def test_the_front_page_leads_to_the_form_and_the_statement(client: ClientSession) -> None:
    assert {"/complain", "/accessibility"} <= set(links_in(await page_at(client, "/")))
    statement = await page_at(client, "/accessibility")
    assert "WCAG" in statement and "EHRC" in statement and "mailto:complaints@landlord.example" in statement
