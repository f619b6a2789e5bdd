"""Assisted entry: what staff type in becomes one message, whatever goes wrong on the way, and no word of it is lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from aiohttp import ClientSession, FormData
from lxml import html
from tests.factories import demo_settings
from tests.web.staff_site import Site, mark_of, read, send, sign_in

from intakebot.channels.assisted import MOST_FILES, NAMES, Entry, read_entry
from intakebot.errors import StoreUnavailable
from intakebot.reading import Reader
from intakebot.store.queues import State
from intakebot.web.entry import pages
from intakebot.web.entry.questions import ENTRY_FORMS
from intakebot.worker import Worker

SCRIPT = "<script>document.title='owned'</script>"
TRANSCRIPT = (
    "S: Housing, how can I help GA\n"
    "R: HI ITS ABT MY BOILER. OFF 2 WKS AND THIS IS 3RD TIME I RING. I WANT TO COMPLAIN. WHEN WILL U COME Q GA\n"
    "(RELAY ASST: caller is typing)\nS: I will log that GA TO SK\nR: TKS SKSK"
)
Fields = dict[str, str]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "LOOK_SECONDS", 0)


def call(**changed: str) -> Fields:
    """A Relay UK call at half past eight this morning."""
    fields = {
        "began-day": "2",
        "began-month": "3",
        "began-year": "2026",
        "began-time": "8:30",
        "ended": "8:55",
        "mode": "type_and_read",
        "phone": "07700 900123",
        "name": "Shirley Amadi",
        "words": TRANSCRIPT,
        "acting": "resident",
    }
    return fields | changed


def _seen(**changed: str) -> Fields:
    """A post, which nobody ended."""
    return {name: value for name, value in call(**changed).items() if name not in ("mode", "ended")}


def form_in(page: str) -> list[tuple[str, str]]:
    """Every field of the entry's form, as a browser would send it."""
    (form,) = [f for f in html.fromstring(page).forms if f.get("id") == "entry"]
    return [(name, value) for name, value in form.form_values() if name != "csrf"]


def told(page: str) -> list[str]:
    """The mistakes a page names."""
    return [
        str(a.text_content()) for a in html.fromstring(page).xpath("//*[contains(@class,'error-summary__list')]//a")
    ]


async def fill(client: ClientSession, channel: str, fields: Fields, **files: bytes) -> tuple[int, str]:
    """Open the form, fill it in and press "Check it", as a browser does with files."""
    opened = dict(form_in(await read(client, f"/staff/entry/{channel}")))
    return await post(client, channel, [*(opened | fields).items()], files)


async def post(
    client: ClientSession, channel: str, pairs: list[tuple[str, str]], files: dict[str, bytes]
) -> tuple[int, str]:
    data = FormData(quote_fields=False, default_to_multipart=True)
    for name, value in [("csrf", await mark_of(client)), *pairs]:
        if name != "files":
            data.add_field(name, value)
    for name, content in files.items():
        data.add_field("files", BytesIO(content), filename=name, content_type="application/pdf")
    if not files:
        data.add_field("files", b"", filename="", content_type="application/octet-stream")
    async with client.post(f"/staff/entry/{channel}", data=data, allow_redirects=False) as response:
        return response.status, response.headers.get("Location") or await response.text()


async def press(client: ClientSession, channel: str, page: str, go: str, **changed: str) -> tuple[int, str]:
    """Press a button of the page that shows what will be sent."""
    fields: dict[str, list[str]] = {}
    for name, value in form_in(page):
        fields.setdefault(name, []).append(value)
    return await send(
        client, f"/staff/entry/{channel}", **(fields | {k: [v] for k, v in changed.items()} | {"go": [go]})
    )


async def enter(client: ClientSession, channel: str, fields: Fields, **files: bytes) -> str:
    """Type something in, check it and send it; where that leads."""
    status, page = await fill(client, channel, fields, **files)
    assert status == 200, told(page)
    status, place = await press(client, channel, page, "send")
    assert status == 303, told(place)
    return place


def inbox(site: Site) -> list[tuple[int, str, str]]:
    return site.store.read_now(
        lambda work: [tuple(r) for r in work.connection.exec_driver_sql("select id, channel, sha256 from inbox").all()]
    )


def entered(site: Site) -> Entry:
    (row,) = inbox(site)
    return read_entry(site.store.blobs.get_now(row[2]))


def work(site: Site) -> None:
    """Let a worker take in what waits."""
    reader = Reader(demo_settings(site.settings.data))
    Worker(site.store, site.landlord, reader, site.clock, "test").work_off()


BY_CHANNEL: dict[str, Fields] = {
    "relay": call(),
    "phone": call(words="R: no heating for a week\nS: I am sorry"),
    "video_relay": call(interpreter_firm="SignWell", interpreter_id="I-17", words="She says the lift is broken."),
    "visit": call(place="Front desk", words="He says the lift is broken again."),
    "letter": {"arrived-day": "2", "arrived-month": "3", "arrived-year": "2026", "name": "Stan", "words": "Dear Sirs"},
    "social": _seen(handle="@stan", link="https://social.example/stan/1", words="My roof leaks"),
}


@pytest.mark.parametrize("channel", NAMES)
async def test_every_way_of_coming_becomes_a_message(site: Site, officer: ClientSession, channel: str) -> None:
    place = await enter(officer, channel, BY_CHANNEL[channel])
    assert "It is being read now" in await read(officer, place)
    work(site)
    entry = entered(site)
    assert entry.channel == channel and entry.entered_by == "Olu Bello"
    assert entry.text == BY_CHANNEL[channel]["words"]
    row = site.store.read_now(lambda work: work.inbox.get(1))
    assert row is not None and row.state is not State.WAITING and row.outcome != "parked", row
    page = await read(officer, place)
    assert "It is being read now" not in page


async def test_a_relay_call_shows_its_reference_and_how_to_ring_back(site: Site, officer: ClientSession) -> None:
    place = await enter(officer, "relay", call())
    work(site)
    page = await read(officer, place)
    row = site.store.read_now(lambda work: work.inbox.get(1))
    assert row is not None and row.reference and row.reference in page
    assert "Ring back on 18002 07700 900123" in page
    case = await read(officer, f"/staff/cases/{row.reference}")
    assert "Ring back on 18002 07700 900123" in case
    assert "WHEN WILL YOU COME?" in case, "turns are written out for reading"
    assert "I WANT TO COMPLAIN. WHEN WILL U COME Q GA" in case, "and the original stays"
    assert "by Relay UK" in case


async def test_check_page_shows_turns_and_sends_nothing(site: Site, officer: ClientSession) -> None:
    status, page = await fill(officer, "relay", call())
    assert status == 200 and inbox(site) == []
    text = html.fromstring(page).text_content()
    assert "Nothing has been sent yet." in text
    turns = {
        " ".join(dt.text_content().split()): dd.text_content()
        for dt, dd in zip(*(html.fromstring(page).xpath(f"//dl[2]//{tag}") for tag in ("dt", "dd")), strict=True)
    }
    assert set(turns) == {"Staff", "Resident", "Relay assistant"}
    assert "18002 07700 900123" in text


async def test_the_start_of_the_call_is_the_receipt_even_days_later(site: Site, officer: ClientSession) -> None:
    site.clock.forward(timedelta(days=3, hours=2))
    await sign_in(officer, "officer@example.org")
    status, page = await fill(officer, "relay", call())
    assert status == 200
    assert "This came 3 days ago, on Mon 2 March 2026 at 8:30am" in page
    assert "it must be acknowledged by Mon 9 March" in page
    _, place = await press(officer, "relay", page, "send")
    work(site)
    row = site.store.read_now(lambda work: work.inbox.get(1))
    assert row is not None and row.received_at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    case = site.store.read_now(lambda work: work.cases.get(row.reference))
    assert case is not None and case.received_at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    shown = await read(officer, f"/staff/cases/{row.reference}")
    assert "Typed in by Olu Bello on 5 March 2026 at 11:00, 3 days after it was received." in shown
    assert "3 days before it was typed in" in await read(officer, place)


async def test_a_colleague_who_heard_it_first_makes_the_receipt(site: Site, officer: ClientSession) -> None:
    heard = {"first_heard-day": "27", "first_heard-month": "2", "first_heard-year": "2026", "first_heard-time": "16:00"}
    await enter(officer, "phone", call(**heard))
    assert entered(site).received_at == datetime(2026, 2, 27, 16, 0, tzinfo=UTC)


async def test_summer_time_is_london_time(site: Site, officer: ClientSession) -> None:
    site.clock.now = datetime(2026, 6, 2, 9, 0, tzinfo=UTC)
    await sign_in(officer, "officer@example.org")
    await enter(
        officer, "phone", call(**{"began-day": "1", "began-month": "6", "began-time": "23:50", "ended": "0:10"})
    )
    assert entered(site).began_at == datetime(2026, 6, 1, 22, 50, tzinfo=UTC)
    assert entered(site).ended_at == datetime(2026, 6, 1, 23, 10, tzinfo=UTC)


async def test_a_letter_is_received_on_its_day(site: Site, officer: ClientSession) -> None:
    fields = {"arrived-day": "26", "arrived-month": "feb", "arrived-year": "2026", "name": "Stan", "words": ""}
    await enter(officer, "letter", fields, **{"scan 1.pdf": b"%PDF-1.4 one", "scan 2.pdf": b"%PDF-1.4 two"})
    entry = entered(site)
    assert entry.received_at == datetime(2026, 2, 26, 9, 0, tzinfo=UTC)
    assert [(f.filename, f.attachment().content) for f in entry.files] == [
        ("scan 1.pdf", b"%PDF-1.4 one"),
        ("scan 2.pdf", b"%PDF-1.4 two"),
    ]


@pytest.mark.parametrize(
    ("channel", "changed", "mistake"),
    [
        ("relay", {"words": ""}, "Type what was said"),
        ("relay", {"words": "GA\nGA TO SK\nSKSK"}, "Nobody says anything here"),
        ("relay", {"began-time": ""}, "Enter the time too"),
        ("relay", {"began-time": "9:30"}, "That is in the future"),
        ("relay", {"ended": "9:30"}, "That is in the future"),
        ("relay", {"ended": "teatime"}, "Enter the time too"),
        ("relay", {"began-year": "1926"}, "Check the year"),
        ("relay", {"phone": "ring me"}, "Enter a phone number"),
        ("relay", {"email": "shirley"}, "Enter an email address"),
        ("relay", {"name": "", "phone": ""}, "Enter their name, or a way to reach them"),
        ("relay", {"name": "x" * 201}, "Shorten this to 200 letters; it has 201"),
        ("relay", {"words": "x" * 200_001}, "Shorten this to 200,000 letters"),
        ("relay", {"text_number": "yes", "phone": ""}, "Enter their TextNumber"),
        ("relay", {"acting": "representative", "relation": "relay assistant"}, "They only pass words on"),
        ("relay", {"acting": "representative", "relation": "BSL interpreter"}, "They only pass words on"),
        ("relay", {"mode": "shouting"}, "Choose from the list"),
        ("relay", {"resident_name": "Ama"}, "You gave a resident’s name"),
        ("relay", {"first_heard-time": "9:00"}, "Enter the date too"),
        ("relay", {"safe_contact": "x" * 5_001}, "Shorten this to 5,000 letters"),
        ("letter", {"words": ""}, "Type what it says, or add the scanned letter"),
        ("letter", {"arrived-day": "3"}, "That is in the future"),
        ("letter", {"dated-day": "31", "dated-month": "2", "dated-year": "2026"}, "Enter a real date"),
        ("social", {"link": "javascript:alert(1)"}, "Enter the whole link"),
        ("social", {"handle": "@" * 101}, "Shorten this to 100 letters"),
    ],
)
async def test_every_mistake_is_named_and_nothing_typed_is_lost(
    site: Site, officer: ClientSession, channel: str, changed: Fields, mistake: str
) -> None:
    fields = BY_CHANNEL[channel] | changed
    files = {"photo.pdf": b"%PDF-1.4"} if channel == "relay" and fields["words"] else {}
    status, page = await fill(officer, channel, fields, **files)
    assert status == 400 and any(mistake in words for words in told(page)), told(page)
    back = dict(form_in(page))
    assert {name: back.get(name, "").replace("\r\n", "\n") for name in fields} == fields | _not_offered(changed)
    assert all(name in page for name in files), "the file is kept"
    assert inbox(site) == []
    for link in html.fromstring(page).xpath("//*[contains(@class,'error-summary__list')]//a/@href"):
        assert len(html.fromstring(page).xpath(f"//*[@id='{link[1:]}']")) == 1, link


async def test_everything_that_is_missing_is_said_at_once_in_the_order_of_the_page(officer: ClientSession) -> None:
    nothing = {"began-time": "", "words": "", "name": "", "phone": ""}
    status, page = await fill(officer, "relay", call(**nothing))
    assert status == 400
    assert [words.partition(",")[0] for words in told(page)] == [
        "Enter the time too",
        "Type what was said",
        "Enter their name",
    ]


def _not_offered(changed: Fields) -> Fields:
    """What a list cannot show, because it does not offer it."""
    return {"mode": ""} if changed.get("mode") else {}


async def test_files_are_kept_when_something_is_wrong_and_can_be_taken_out(site: Site, officer: ClientSession) -> None:
    status, page = await fill(officer, "letter", {"words": ""}, **{"one.pdf": b"%PDF-1.4 one", "two.pdf": b"%PDF two"})
    assert status == 400
    (drop,) = [
        str(box.get("value"))
        for box in html.fromstring(page).xpath("//input[@name='drop']")
        if "one.pdf" in _label(box)
    ]
    pairs = [*((n, v) for n, v in form_in(page) if n not in BY_CHANNEL["letter"]), ("drop", drop)]
    status, page = await post(officer, "letter", [*pairs, *BY_CHANNEL["letter"].items()], {})
    assert status == 200, told(page)
    await press(officer, "letter", page, "send")
    assert [f.filename for f in entered(site).files] == ["two.pdf"]


def _label(box: html.HtmlElement) -> str:
    return str(box.getparent().text_content())


async def test_too_many_or_too_large_files_are_refused_in_words(
    site: Site, officer: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = {f"{n}.pdf": f"%PDF {n}".encode() for n in range(50)}
    status, page = await fill(officer, "letter", BY_CHANNEL["letter"], **many)
    assert status == 400 and told(page) == [f"Add {MOST_FILES} files at most. These 50 were left out"]
    large = {"large.pdf": b"x" * (11 * 2**20)}
    status, page = await fill(officer, "letter", BY_CHANNEL["letter"], **large)
    assert status == 400 and told(page) == ["Add files of 10.5 MB together at most. Larger ones were left out"]
    assert dict(form_in(page))["words"] == "Dear Sirs"


async def test_a_file_somebody_else_signed_is_not_taken(site: Site, officer: ClientSession) -> None:
    (name,) = await site.store.blobs.keep([b"somebody's secret"])
    forged = ("kept", f'{"0" * 64}:["{name}", 17, "text/plain", "secret.txt"]')
    opened = dict(form_in(await read(officer, "/staff/entry/letter"))) | BY_CHANNEL["letter"]
    status, page = await post(officer, "letter", [*opened.items(), forged], {})
    assert status == 200 and "secret.txt" not in page


async def test_sending_twice_is_one_message(site: Site, officer: ClientSession) -> None:
    _, page = await fill(officer, "relay", call())
    both = await asyncio.gather(press(officer, "relay", page, "send"), press(officer, "relay", page, "send"))
    assert both[0] == both[1] and both[0][0] == 303
    site.clock.forward(timedelta(minutes=3))
    assert await press(officer, "relay", page, "send") == both[0]
    assert len(inbox(site)) == 1


async def test_what_was_changed_after_sending_is_not_lost(site: Site, officer: ClientSession) -> None:
    _, page = await fill(officer, "relay", call())
    await press(officer, "relay", page, "send")
    status, again = await press(officer, "relay", page, "send", words="R: AND MY ROOF LEAKS GA")
    assert status == 400 and "This form was sent before" in told(again)[0]
    assert dict(form_in(again))["words"] == "R: AND MY ROOF LEAKS GA"
    status, page = await post(officer, "relay", form_in(again), {})
    assert status == 200
    assert (await press(officer, "relay", page, "send"))[0] == 303
    assert len(inbox(site)) == 2


async def test_going_back_keeps_everything(site: Site, officer: ClientSession) -> None:
    fields = call(safe_contact="Not at home", need_large_print="yes", print_pt="18", outcomes_sought="A new boiler")
    _, page = await fill(officer, "relay", fields, **{"photo.pdf": b"%PDF"})
    _, back = await press(officer, "relay", page, "back")
    shown = dict(form_in(back))
    assert {name: shown[name].replace("\r\n", "\n") for name in fields} == fields
    assert "photo.pdf" in back


async def test_a_store_that_is_away_loses_nothing(
    site: Site, officer: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, page = await fill(officer, "relay", call())
    kept = site.store.blobs.keep

    async def away(contents: list[bytes]) -> tuple[str, ...]:
        if contents:
            raise StoreUnavailable("the disk is full")
        return ()

    monkeypatch.setattr(site.store.blobs, "keep", away)
    status, broken = await press(officer, "relay", page, "send")
    assert status == 503 and "MY BOILER" in broken and "Try again" in broken
    form = html.fromstring(broken).forms[-1]
    monkeypatch.setattr(site.store.blobs, "keep", kept)
    async with officer.post(form.action, data=form.form_values(), allow_redirects=False) as response:
        assert response.status == 303
    assert entered(site).text == TRANSCRIPT


async def test_speaking_for_somebody_else_names_both(site: Site, officer: ClientSession) -> None:
    fields = call(acting="representative", resident_name="Ama Amadi", relation="daughter", home="12 Rowan Court")
    await enter(officer, "phone", fields)
    entry = entered(site)
    assert entry.representative is not None and entry.representative.name == "Shirley Amadi"
    assert (entry.resident.name, entry.resident.address) == ("Ama Amadi", "12 Rowan Court")
    assert entry.relation == "daughter"


async def test_unclear_transcripts_are_warned_of(site: Site, officer: ClientSession) -> None:
    _, page = await fill(officer, "relay", call(words="MY BOILER IS OFF GA\nWHEN DID IT BREAK GA\nMON GA"))
    assert "Nothing says who speaks" in page and "Nobody signed off with SK" in page
    _, page = await fill(officer, "relay", call(words="Dave: HELLO GA\nR: HI GA\nDave: BYE SK"))
    assert "We do not know who “Dave” is" in page
    _, page = await fill(officer, "relay", call())
    assert "intakebot-notice" not in page


async def test_script_anywhere_is_only_words(site: Site, officer: ClientSession) -> None:
    fields = call(
        name=SCRIPT, home=SCRIPT, words=f"{SCRIPT}: hi GA\n{SCRIPT}: bye SK", needs_note=SCRIPT, resident_name=SCRIPT,
        acting="representative", relation=SCRIPT, outcomes_sought=SCRIPT,
    )  # fmt: skip
    _, page = await fill(officer, "relay", fields, **{f"{SCRIPT}.pdf": b"%PDF"})
    assert SCRIPT not in page and "&lt;script&gt;" in page
    _, place = await press(officer, "relay", page, "send")
    work(site)
    row = site.store.read_now(lambda work: work.inbox.get(1))
    assert row is not None and SCRIPT not in await read(officer, place)
    where = f"/staff/cases/{row.reference}" if row.reference else "/staff/parked/1"
    assert SCRIPT not in await read(officer, where)


async def test_only_what_staff_typed_in_has_such_a_page(site: Site, officer: ClientSession) -> None:
    await site.receive()
    await read(officer, "/staff/entry/sent/1", 404)
    await read(officer, "/staff/entry/sent/99", 404)


async def test_half_a_form_is_answered_in_words(site: Site, officer: ClientSession) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    body = b'--x\r\nContent-Disposition: form-data; name="words"\r\n\r\nhello'
    async with officer.post("/staff/entry/relay", data=body, headers=headers) as response:
        assert response.status == 400 and "did not arrive whole" in await response.text()
    async with officer.post("/staff/entry/relay", data=b"{}", headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400
    async with officer.post("/staff/cases/HC-0000-0000-A/note", data=body, headers=headers) as response:
        assert response.status == 400, "files are taken where they are asked for"


async def test_choosing_leads_to_every_form(site: Site, officer: ClientSession) -> None:
    page = await read(officer, "/staff/entry")
    for form in ENTRY_FORMS.values():
        assert f'href="/staff/entry/{form.channel}"' in page
        assert form.title in await read(officer, f"/staff/entry/{form.channel}")
