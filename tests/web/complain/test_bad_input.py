"""Bad input to the form: every field at its limits, script everywhere, the wrong kind of request, the back button."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiohttp import ClientSession
from lxml import html
from tests.web.complain.filling import WORDS, begin, draft_at, fill, handed_in, links_in, read, save, work
from tests.web.staff_site import Site
from tests.web.staff_site import read as page_at

from intakebot.web.complain.questions import STEPS, Question, Step

SCRIPT = "</textarea><script>document.title='owned'</script><img src=x onerror=alert(1)>\"'"
TYPED = [
    (step, question) for step in STEPS for question in step.questions if not question.options and step.id != "stage2"
]
CHOSEN = [(step, question) for step in STEPS for question in step.questions if question.options]


@pytest.fixture(autouse=True)
def no_waiting_for_workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("intakebot.web.complain.sending.REFERENCE_TRIES", 1)
    yield


async def ready_for(site: Site, client: ClientSession, step: Step, question: Question) -> str:
    """A draft of somebody who is asked this."""
    if step.id == "more":
        link = await fill(client)
        await save(client, link, "check")
        await work(site, handed_in(site)[-1])
        (status,) = [one for one in links_in(await page_at(client, f"{link}/sent")) if one.startswith("/case/")]
        async with client.post(status, data={"go": "more"}, allow_redirects=False) as response:
            return response.headers["Location"].removesuffix("/more")
    link = await begin(client)
    mine = question.asked({"behalf": "self"}) and step.asked({"behalf": "self"})
    await save(client, link, "who", behalf="self" if mine else "other")
    if step.id == "contact":
        await save(client, link, "you", name="Ama Mensah")  # or they must give a way to reach them
    return link


def of_length(question: Question, length: int) -> str:
    """An answer of so many characters that is right but for its length."""
    if question.name == "email":
        return "a" * (length - len("@tenant.example")) + "@tenant.example"
    if question.name == "phone":
        return "0" * length
    return "é" * length


@pytest.mark.parametrize(("step", "question"), TYPED, ids=[question.name for _, question in TYPED])
async def test_every_field_takes_its_longest_answer_and_says_how_much_is_too_much(
    site: Site, client: ClientSession, step: Step, question: Question
) -> None:
    link = await ready_for(site, client, step, question)
    longest, longer = of_length(question, question.most), of_length(question, question.most + 1)
    if question.name != "email":  # the longest address of all has a local part of 64 (RFC 5321)
        status, place = await save(client, link, step.id, **{question.name: longest})
        assert (status, step.id in place) == (303, False)
    status, page = await save(client, link, step.id, **{question.name: longer})
    assert status == 400 and "1 character too long" in page and longer in page
    assert draft_at(site, link).fields[question.name] == longer, "what was typed is still there"


@pytest.mark.parametrize(("step", "question"), CHOSEN, ids=[question.name for _, question in CHOSEN])
async def test_a_choice_that_was_never_offered_is_refused_beside_it_or_left_out(
    site: Site, client: ClientSession, step: Step, question: Question
) -> None:
    link = await ready_for(site, client, step, question)
    status, page = await save(client, link, step.id, **{question.name: SCRIPT})
    if question.sort == "many":
        assert status == 303 and draft_at(site, link).fields[question.name] == ""
    else:
        assert status == 400 and "choose one of the answers shown" in page and "<script>" not in page


async def test_script_in_every_field_stays_words_on_every_page(site: Site, client: ClientSession) -> None:
    link = await begin(client)
    await save(client, link, "who", behalf="other")
    for step, question in TYPED:
        if step.id != "more" and question.name not in ("email", "phone") and question.asked({"behalf": "other"}):
            assert (await save(client, link, step.id, **{question.name: SCRIPT}))[0] == 303
    pages = [await page_at(client, f"{link}/{step}") for step in ("you", "resident", "contact", "what", "check")]
    await save(client, link, "check")
    taken = await work(site, handed_in(site)[-1])
    pages.append(await page_at(client, f"{link}/sent"))
    assert taken.reference in pages[-1]
    for page in pages:
        read_as = html.fromstring(page)
        assert not read_as.xpath("//script | //img | //*[@onerror]") and read_as.findtext(".//title") != "owned"
    assert SCRIPT in html.fromstring(pages[-2]).text_content(), "it is shown as it was typed"
    message = await read(site, handed_in(site)[-1])
    assert message.declared and message.declared.representative and SCRIPT in message.text


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "application/octet-stream", "multipart/form-data", "x/y; charset=é"],
)
async def test_a_page_sent_as_something_else_is_answered_calmly_and_changes_nothing(
    site: Site, client: ClientSession, content_type: str
) -> None:
    link = await fill(client)
    for step in ("what", "check", "later"):
        headers = {"Content-Type": content_type}
        async with client.post(
            f"{link}/{step}", data=b'{"what": "x"}', headers=headers, allow_redirects=False
        ) as found:
            assert found.status < 500, step
    assert draft_at(site, link).fields["what"] == WORDS


async def test_null_bytes_and_broken_letters_do_no_harm(site: Site, client: ClientSession) -> None:
    link = await begin(client)
    body = b"go=on&what=The+boiler%00+is%ff%fe+off.%ED%A0%80%E2%80%AE"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with client.post(f"{link}/what", data=body, headers=headers, allow_redirects=False) as response:
        assert response.status == 303
    assert "\x00" not in draft_at(site, link).fields["what"] and "boiler" in draft_at(site, link).fields["what"]


async def test_back_and_forth_keeps_what_was_typed_for_either_answer(site: Site, client: ClientSession) -> None:
    """Somebody goes back to the first page, answers it otherwise, and then as before."""
    link = await begin(client)
    await save(client, link, "who", behalf="self")
    await save(client, link, "you", name="Ama Mensah", address="1 Quay Street")
    await save(client, link, "who", behalf="other")
    await save(client, link, "you", name="Ama Mensah", relation="family")
    await save(client, link, "resident", their_name="Kim Bello")
    assert await save(client, link, "who", behalf="self") == (303, "you")
    assert "1 Quay Street" in await page_at(client, f"{link}/you")
    await save(client, link, "contact", email="ama@tenant.example")
    await save(client, link, "what", what=WORDS)
    check = await page_at(client, f"{link}/check")
    assert "Kim Bello" not in check and "1 Quay Street" in check
    await save(client, link, "check")
    message = await read(site, handed_in(site)[-1])
    assert message.declared and message.declared.representative is None


async def test_back_after_sending_sends_nothing_twice_and_leads_to_the_confirmation(
    site: Site, client: ClientSession
) -> None:
    link = await fill(client)
    assert await save(client, link, "check") == (303, "sent")
    for step in ("who", "you", "contact", "what", "files", "check"):
        async with client.get(f"{link}/{step}", allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (303, f"{link}/sent"), step
    assert await save(client, link, "check") == (303, "sent")
    status, page = await save(client, link, "what", what="And one thing more.")
    assert status == 409 and "And one thing more." in page
    assert len(handed_in(site)) == 1
