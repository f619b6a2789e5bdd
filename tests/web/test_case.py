"""The case page: what it shows, and that each of its forms does one act and says so, or keeps what was typed."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from aiohttp import ClientSession
from tests.web.staff_site import Site, flags, read, send

from intakebot.domain.case import Case, TagType
from intakebot.domain.labels import Classification, Flag, Tag
from intakebot.domain.message import Address, Attachment, Authentication, Automatic, NormalisedMessage, Role, Segment
from intakebot.store.queues import State


def words(page: str) -> str:
    """A page's text in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.partition("<main")[2])).split())


def case_of(site: Site, reference: str) -> Case:
    found = site.store.read_now(lambda work: work.cases.get(reference))
    assert found is not None
    return found


def letter_in(page: str) -> str:
    return unescape(page.partition('name="letter_text"')[2].partition(">")[2].partition("</textarea>")[0])


async def test_page_shows_danger_needs_who_clocks_and_why(site: Site, officer: ClientSession) -> None:
    chosen = flags(Flag.EMERGENCY_HAZARD, Flag.REPRESENTATIVE, needs=("written_only", "large_print"), language="pl")
    taken = await site.receive(classification=chosen, sender=Address("gail@advice.example", "Gail Price"))
    page = words(await read(officer, f"/staff/cases/{taken.reference}"))
    for said in (
        "Emergency Emergency hazard: “words for emergency_hazard”",
        "make it safe by Tue 3 March 2026 at 9am",
        "This person needs: In writing only, no phone calls (read in the representative’s words by email, since",
        "Large print (read in the representative’s words by email, since 2 March 2026)",
        "They write in Polish.",
        "Acknowledge by Mon 9 March Code 6.2 5 working days left",
        "Representative Gail Price",
        "Authority asked for, not yet given",
        "Repairs deals with repairs.",
        "Acknowledgement to approve",
        "Danger reported",
    ):
        assert said in page, said


async def test_roles_of_text_are_kept_apart_and_all_of_it_is_there(site: Site, officer: ClientSession) -> None:
    segments = (
        Segment(Role.NEW, "Please see below.\n"),
        Segment(Role.FORWARDED, "The lift is broken.\n"),
        Segment(Role.QUOTED, "> We will come\n> on Tuesday\n"),
        Segment(Role.SIGNATURE, "-- \nGail\n"),
        Segment(Role.DISCLAIMER, "Confidential.\n"),
    )
    proof = Authentication("pass", "pass", "fail")
    taken = await site.receive(segments=segments, authentication=proof)
    page = await read(officer, f"/staff/cases/{taken.reference}")
    folded = re.findall(r"<details.*?</details>", page, re.DOTALL)
    shown_at_once = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    assert "Please see below." in shown_at_once and "The lift is broken." in shown_at_once
    assert "Forwarded words" in shown_at_once
    for text in ("&gt; We will come\n&gt; on Tuesday", "-- \nGail", "Confidential."):
        assert text not in shown_at_once and any(text in fold for fold in folded), text
    assert "Earlier words quoted (2 lines)" in page
    assert "may be forged" in shown_at_once and "DMARC fail" in shown_at_once


async def test_automatic_messages_and_reading_notes_are_marked(site: Site, officer: ClientSession) -> None:
    first = await site.receive()

    (_, ours, *_) = site.store.read_now(lambda work: work.views.messages(case_of(site, first.reference).id))

    def automatic(message: NormalisedMessage) -> NormalisedMessage:
        return replace(
            message, automatic=Automatic.AUTO_REPLY, in_reply_to=(ours.external_id,), notes=("Read as windows-1252.",)
        )

    await site.receive("I am away", message_changes=automatic)
    page = words(await read(officer, f"/staff/cases/{first.reference}"))
    assert "I am away" in page and "Automatic reply" in page and "Read as windows-1252." in page


async def test_approving_sends_the_letter_as_the_officer_left_it_and_starts_the_clock(
    site: Site, officer: ClientSession
) -> None:
    reference = (await site.receive()).reference
    path = f"/staff/cases/{reference}"
    page = await read(officer, path)
    letter = letter_in(page)
    assert "Monday 16 March 2026" in letter
    status, where = await send(
        officer,
        f"{path}/approve",
        letter_subject="Your complaint",
        letter_text=letter.replace("\n", "\r\n") + "\r\nI will ring on Tuesday.",
    )
    assert (status, where) == (303, f"{path}?done=approve")
    assert case_of(site, reference).acknowledged_at == site.clock.now
    sent = site.store.read_now(lambda work: work.desk.letters([State.WAITING]))[0]
    assert sent.message.text.endswith("I will ring on Tuesday.\n") and "\r" not in sent.message.text
    page = words(await read(officer, where))
    assert "The acknowledgement is on its way." in page and "Acknowledgement to approve" not in page
    assert "Respond by Mon 16 March" in page


async def test_approving_is_refused_without_the_date_and_nothing_typed_is_lost(
    site: Site, officer: ClientSession
) -> None:
    reference = (await site.receive()).reference
    path = f"/staff/cases/{reference}"
    mine = "Dear Ada\n\nWe are on it. <b>Soon</b>"
    status, page = await send(officer, f"{path}/approve", letter_subject="Your complaint", letter_text=mine)
    assert status == 400
    assert "<title>Error: " in page and 'href="#letter_text"' in page
    assert "nor the day the response is due" in page and "6.3, 3.4" in page
    assert letter_in(page) == mine
    assert case_of(site, reference).acknowledged_at is None


async def test_preview_shows_the_letter_and_sends_nothing(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    path = f"/staff/cases/{reference}"
    status, page = await send(officer, f"{path}/preview", letter_subject="S", letter_text="As <i>I</i> say")
    assert status == 200
    assert "Nothing has been sent" in page and "As &lt;i&gt;I&lt;/i&gt; say" in page
    assert letter_in(page) == "As <i>I</i> say"
    assert case_of(site, reference).acknowledged_at is None


async def test_an_acknowledgement_given_by_phone_is_recorded_and_cannot_be_sent_again(
    site: Site, officer: ClientSession
) -> None:
    reference = (await site.receive()).reference
    path = f"/staff/cases/{reference}"
    letter = letter_in(await read(officer, path))
    assert (await send(officer, f"{path}/otherwise", otherwise_how="I rang her."))[0] == 303
    status, page = await send(officer, f"{path}/approve", letter_subject="S", letter_text=letter)
    assert status == 400 and "acknowledged already" in page
    assert "Acknowledged another way: I rang her." in words(await read(officer, path))


async def test_correcting_sets_kind_and_tags_with_the_main_category_first(site: Site, officer: ClientSession) -> None:
    doubtful = flags(needs_review=True, review_reason="Could be a service request.")
    reference = (await site.receive(classification=doubtful)).reference
    path = f"/staff/cases/{reference}"
    status, where = await send(
        officer,
        f"{path}/correct",
        correct_kind="complaint",
        correct_main="damp_mould",
        correct_categories=["repairs", "damp_mould"],
        correct_flags=["significant_hazard"],
        correct_needs=["large_print"],
        correct_reason="She said so on the phone.",
    )
    assert status == 303, where
    case = case_of(site, reference)
    assert case.labels(TagType.CATEGORY) == ("damp_mould", "repairs")
    assert case.labels(TagType.FLAG) == ("significant_hazard",)
    assert case.labels(TagType.NEED) == ("large_print",)
    assert not case.needs_review
    assert "The kind and tags are changed." in await read(officer, where)


async def test_correction_without_a_reason_comes_back_with_every_choice_kept(
    site: Site, officer: ClientSession
) -> None:
    reference = (await site.receive()).reference
    status, page = await send(
        officer,
        f"/staff/cases/{reference}/correct",
        correct_kind="enquiry",
        correct_main="rents",
        correct_categories=["asb"],
        correct_flags=["legal_action"],
        correct_reason="",
    )
    assert status == 400 and 'href="#correct_reason"' in page
    assert '<option value="enquiry" selected' in page and '<option value="rents" selected' in page
    assert re.search(r'value="asb" checked', page) and re.search(r'value="legal_action" checked', page)
    assert not re.search(r'value="repairs" checked', page)
    assert re.search(r'id="correct" open|id="correct"[^>]* open', page)
    status, page = await send(officer, f"/staff/cases/{reference}/correct", correct_kind="tea", correct_reason="x")
    assert status == 400 and "Choose from the list" in page


async def test_case_moves_to_an_officer_or_a_teams_queue(site: Site, officer: ClientSession) -> None:
    reference, manager = (await site.receive()).reference, site.officers["manager@example.org"]
    path = f"/staff/cases/{reference}/reassign"
    await send(officer, path, move_to=f"officer:{manager}", move_reason="She knows the block.", team="repairs")
    assert case_of(site, reference).officer_id == manager
    await send(officer, path, move_to="team:homes", move_reason="It is about the tenancy.")
    assert (case_of(site, reference).officer_id, case_of(site, reference).team) == (None, "homes")
    for to in ("", "officer:999", "officer:x", "team:nowhere", "nonsense"):
        status, page = await send(officer, path, move_to=to, move_reason="Because.")
        assert status == 400 and 'href="#move_to"' in page and "Because." in page, to
    page = words(await read(officer, f"/staff/cases/{reference}"))
    assert "Routing would choose now: Repairs deals with repairs." in page


async def test_reply_note_and_reading(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    path = f"/staff/cases/{reference}"
    assert "1 new message since" in words(await read(officer, path))
    assert (await send(officer, f"{path}/read", seen="1"))[0] == 303
    assert "1 new message since" not in words(await read(officer, path))
    assert (await send(officer, f"{path}/note", note_text="Rang at ten."))[0] == 303
    assert (await send(officer, f"{path}/reply", reply_subject="Hello\nBcc: x@y", reply_text="We come at two."))[
        0
    ] == 303
    page = words(await read(officer, path))
    assert "Rang at ten." in page and "Olu Bello" in page and "A reply was queued" in page
    letters = [
        m for m in site.store.read_now(lambda w: w.views.messages(case_of(site, reference).id)) if m.purpose == "reply"
    ]
    assert letters[0].subject == "Hello Bcc: x@y" and letters[0].recipients == ("Ada Tenant <ada@tenant.example>",)
    for act, field in (("note", "note_text"), ("reply", "reply_text")):
        status, page = await send(officer, f"{path}/{act}", **{field: "  "})
        assert status == 400 and f'href="#{field}"' in page


async def test_complaints_are_not_closed_and_other_cases_are(site: Site, officer: ClientSession) -> None:
    complaint = (await site.receive()).reference
    thanks = Classification(Tag("compliment", 0.9), version="rules-1")
    other = (await site.receive(classification=thanks, sender=Address("b@tenant.example"))).reference
    status, page = await send(officer, f"/staff/cases/{complaint}/close", close_reason="Done.")
    assert status == 400 and "A complaint is not closed" in page
    assert (await send(officer, f"/staff/cases/{other}/close", close_reason="Passed on."))[0] == 303
    assert not case_of(site, other).open


async def test_unknown_case_is_a_plain_page(officer: ClientSession) -> None:
    for path in ("/staff/cases/HC-4821-7360-Z", "/staff/cases/%00", "/staff/cases/../../etc"):
        assert "Page not found" in await read(officer, path, 404)
    status, page = await send(officer, "/staff/cases/HC-4821-7360-Z/note", note_text="For whom?")
    assert status == 404 and "For whom?" in page


async def test_reference_may_be_written_in_small_letters(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    assert reference in await read(officer, f"/staff/cases/{reference.lower()}")


async def test_outgoing_letters_say_where_they_stand(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    path = f"/staff/cases/{reference}"
    assert "Receipt from us Automatic Waiting to be sent" in words(await read(officer, path))

    site.fail_first_letter("550 no such address")
    page = words(await read(officer, path))
    assert "Could not be sent" in page and "550 no such address" in page


async def test_address_that_fails_is_a_warning(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    site.store.write_now(lambda work: work.people.mark_address_failed("ada@tenant.example", "no such address"))
    page = words(await read(officer, f"/staff/cases/{reference}"))
    assert "Mail comes back: no such address" in page
    status, page = await send(officer, f"/staff/cases/{reference}/reply", reply_text="Hello?")
    assert status == 400 and "Mail to this address comes back" in page and "Hello?" in page


async def test_attachments_are_listed_with_kind_and_size(site: Site, officer: ClientSession) -> None:
    files = (Attachment("mould.JPG", "image/jpeg", b"x" * 180_000), Attachment("noname", "application/pdf", b"y"))
    reference = (await site.receive(attachments=files)).reference
    page = words(await read(officer, f"/staff/cases/{reference}"))
    assert "2 attachments mould.JPG (JPG, 180 KB) noname (PDF, 1 bytes)" in page
