"""What the Code or the law does not allow is shown on the act's page with its clause; nothing is done, nothing lost."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest
from aiohttp import ClientSession
from tests.factories import a_case, acting
from tests.web.doing import case_of, day, fill, form_in, path, press, without_mark
from tests.web.staff_site import Site, flags, mark_of, read, send, sign_in
from tests.web.test_acts import DOINGS, REQUEST, prepare

from intakebot.domain import safety
from intakebot.domain.labels import Flag
from intakebot.domain.people import Authority, Person, Representative, StaffRole
from intakebot.domain.records import Ombudsman
from intakebot.web.acts.act import fingerprint

POINTS = ("acknowledged", "define")
TODAY = day("at", "2 3 2026", "9:00")

REFUSED = [
    ("offer_choice", (), {}, "It is a complaint already", "1.3"),
    ("choose", (), {"choice": "neither", **day("chosen", "2 3 2026", "9:00")}, "Offer the choice first", "1.3"),
    ("clarified", (), {}, "Nothing was asked that is not answered", "5.6"),
    ("merge_issue", ("respond",), {"what": "More", "why": "Related."}, "Stage 1 has been answered", "6.8"),
    ("facts", (), {"affects": "group", **day("issue", "3 3 2026")}, "cannot have arisen in the future", "2.3"),
    ("conflict", (), {"conflicted": "yes"}, "Say what the conflict is", "5.8"),
    ("meeting", (), {"attendees": "Ada", **day("held", "3 3 2026", "9:00")}, "once it was held", "3.6"),
    ("respond", (), DOINGS["respond"].fields, "Acknowledge the complaint first", "6.2"),
    ("respond", ("acknowledged",), DOINGS["respond"].fields, "Write down each point of the complaint", "6.7"),
    ("respond", (*POINTS, "answer_point"), DOINGS["respond"].fields, "1 point of the complaint not answered", "6.7"),
    ("extend", (), {"working_days": "5", "reason": "A part."}, "Acknowledge the complaint first", "6.2"),
    ("extend", ("acknowledged",), {"working_days": "0", "reason": "A part."}, "one working day or more", "6.4"),
    ("extend", ("acknowledged",), {"working_days": "11", "reason": "A part."}, "more than 10 needs a written", "6.4"),
    ("represent", (), {"name": "Iris", "kind": "other", "relation": "BSL interpreter"}, "only passes words on", "3.6"),
    ("authority", ("represent",), {"authority": "given", "basis": "form"}, "Say what shows it", "3.6"),
    ("authority", ("represent",), DOINGS["authority"].fields | {"basis": ""}, "how the authority was given", "3.6"),
    (
        "authority",
        ("represent",),
        {"authority": "given", "basis": "phone", "evidence": "She rang."},
        "give its last day",
        "3.6",
    ),
    ("authority", ("represent",), DOINGS["authority"].fields | {"authority": "limited"}, "which topics", "3.6"),
    ("died", (), {"person": "resident", "note": "He rang.", **day("died", "3 3 2026")}, "lies in the future", ""),
    ("agree_updates", (), {"days": "99"}, "every 1 to 60 days", "5.9"),
    ("agree_updates", (), {"days": "7", **day("next", "2 3 2026")}, "on a day to come", "5.9"),
    ("escalate", (), day("received", "2 3 2026", "9:00"), "Stage 1 has not been answered", "6.10"),
    ("escalate", ("respond",), day("received", "1 3 2026", "9:00"), "after the stage 1 response", "6.10"),
    ("refuse", (), DOINGS["refuse"].fields | day("claim_filed", "3 3 2026"), "cannot have been filed in the", "2.2"),
    ("refuse", (), DOINGS["refuse"].fields | {"reason": "over_12_months"}, "Record when the matter arose", "2.3"),
    ("refuse", (), DOINGS["refuse"].fields | {"reason": "already_considered"}, "Name the case", "2.2"),
    ("directed", (), {"directed_by": "They did."}, "Only a refused complaint", "2.4"),
    ("withdraw", (), {"how": "By phone"}, "Ask the resident to confirm first", "5.12"),
    ("close_complaint", (), {"said": "Done."}, "A complaint ends with its answer", "6.3"),
    ("close_complaint", ("respond",), {"said": "Done."}, "Actions that were promised are still open", "6.6"),
    ("close_complaint", ("respond", "action_done"), {"said": "Done."}, "A remedy that was offered is not", "7.3"),
    ("close_complaint", ("withdraw",), {"said": "Done."}, "Record what was learned", "9.1"),
    (
        "offer",
        (),
        {"type": "apology", "what": "Sorry", "impact": "Cold.", "amount": "5"},
        "has a sum, and no other",
        "7.1",
    ),
    ("offer", (), DOINGS["offer"].fields | {"approved_by": ""}, "Name who approved the sum", "4.2"),
    ("remedy_completed", ("offer",), {"remedy": "1"}, "accepts the offer before it is paid", "7.3"),
    ("determined", ("ombudsman",), {"case": "1", **TODAY}, "Write at least one finding", "9.7"),
    ("learn", (), {}, "Write what was learned, or say", "9.1"),
    ("learn", (), {"lesson": "Much.", "nothing": "yes"}, "Write what was learned, or say", "9.1"),
    ("restrict", (), DOINGS["restrict"].fields | day("review", "2 3 2026"), "Give a day to come", "5.14"),
    (
        "review_restriction",
        ("restrict",),
        {"finding": "x", **day("review", "2 3 2026")},
        "Give a day to come on which it is reviewed again",
        "5.14",
    ),
    (
        "hazard_raise",
        (),
        {"level": "emergency", **day("aware", "3 3 2026", "9:00")},
        "cannot have become aware in the future",
        "Awaab's Law",
    ),
    (
        "hazard_regrade",
        ("hazard_raise",),
        {"level": "significant", "reason": "x"},
        "of that level already",
        "Awaab's Law",
    ),
    (
        "hazard_earlier",
        ("hazard_raise",),
        day("aware", "2 3 2026", "8:30"),
        "only ever moves earlier",
        "Awaab's Law",
    ),
    ("hazard_clear", ("hazard_investigated",), {"reason": "None."}, "send the tenant the written summary", "reg 9"),
    ("hazard_investigated", ("hazard_raise",), day("at", "1 3 2026", "9:00"), "before we became aware", "Awaab's Law"),
    ("hazard_summary", ("hazard_raise",), TODAY, "cannot go first", "reg 9"),
    ("hazard_made_safe", ("hazard_made_safe",), TODAY, "is recorded already", "reg 11"),
    (
        "hazard_further_work",
        ("hazard_investigated",),
        TODAY | {"steps_only": "yes"},
        "Say why the work cannot begin yet",
        "reg 11",
    ),
    ("hazard_started", ("hazard_raise",), TODAY, "is still to start", "reg 11"),
    ("hazard_accommodation", ("hazard_accommodation",), TODAY, "is recorded already", "Awaab's Law"),
]


def error_of(page: str) -> str:
    """What the error summary of a page says."""
    found = re.search(r'class="govuk-error-summary".*?</ul>', page, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", found[0] if found else "")).split())


@pytest.mark.parametrize(("name", "after", "fields", "said", "clause"), REFUSED)
async def test_refusal_is_an_error_with_its_clause(
    site: Site,
    officer: ClientSession,
    name: str,
    after: tuple[str, ...],
    fields: dict[str, str],
    said: str,
    clause: str,
) -> None:
    reference = (await site.receive(classification=REQUEST if name == "choose" else flags())).reference
    await prepare(officer, reference, after)
    before = case_of(site, reference)
    status, page = await fill(officer, reference, name, fields)
    assert status == 400
    assert said in error_of(page), error_of(page)
    assert clause in error_of(page), error_of(page)
    assert "<title>Error: " in page and 'href="#act"' in page and 'id="act"' in page
    typed = form_in(page)
    assert all(typed.get(key) == value for key, value in fields.items() if value), typed
    assert case_of(site, reference) == before


async def test_every_question_that_is_missing_is_named_at_once(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    status, page = await fill(officer, reference, "hazard_raise", {"type": "lead"})
    assert status == 400
    assert "Choose how dangerous it is Enter when we first knew" in error_of(page)
    assert 'href="#level"' in page and 'href="#aware-day"' in page
    assert re.search(r'value="lead"\s+selected', page)


async def test_a_choice_that_the_page_never_offered_is_not_taken(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    for name, field in (("action_done", "action"), ("answer_point", "point"), ("remedy_accepted", "remedy")):
        status, page = await fill(officer, reference, name, {field: "1"})
        assert status == 400 and "Choose from the list" in error_of(page), name
        assert f'id="{field}"' in page


async def test_approval_is_by_those_who_may_approve_and_by_nobody_else(site: Site, officer: ClientSession) -> None:
    site.add_officer("Cora Lane", "cora@example.org", StaffRole.COMPLAINTS_OFFICER)
    site.add_officer("Sia Lead", "sia@example.org", StaffRole.SENIOR_LEAD)
    site.add_officer("Mo Member", "mo@example.org", StaffRole.MRC)
    gone = site.add_officer("Gwen Gone", "gwen@example.org", StaffRole.MANAGER)
    site.store.write_now(lambda work: work.officers.set_active(gone, False))
    reference = (await site.receive()).reference
    await prepare(officer, reference, ("acknowledged", "agree_updates"))
    before = case_of(site, reference)
    for name in ("offer", "extend", "restrict"):
        page = await read(officer, path(reference, name))
        listed = re.findall(r'<option value="([^"]*)"', page.partition('id="approved_by"')[2].partition("</select>")[0])
        assert listed == ["", "Ari Adams", "Cora Lane", "Mina Rao", "Sia Lead"], name
        for forged in ("Olu Bello", "Mo Member", "Gwen Gone", "Somebody", "mina@example.org"):
            status, page = await fill(officer, reference, name, DOINGS[name].fields | {"approved_by": forged})
            assert status == 400 and "Choose from the list" in error_of(page), (name, forged)
    status, page = await fill(officer, reference, "restrict", DOINGS["restrict"].fields | {"approved_by": ""})
    assert status == 400 and "Say who approved it" in error_of(page)
    assert case_of(site, reference) == before


async def test_form_sent_twice_does_its_act_once(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    typed = without_mark(form_in(await read(officer, path(reference, "open_action")))) | DOINGS["open_action"].fields
    assert (await send(officer, path(reference, "open_action"), **typed))[0] == 303
    status, page = await send(officer, path(reference, "open_action"), **typed)
    assert status == 400 and "Nothing was done now" in error_of(page)
    assert "Fit the part" in page
    assert len(case_of(site, reference).records.actions) == 1
    again = without_mark(form_in(page))
    assert (await send(officer, path(reference, "open_action"), **again))[0] == 303
    assert len(case_of(site, reference).records.actions) == 2


@pytest.mark.parametrize("name", ["represent", "facts"])
async def test_what_is_said_of_the_case_itself_is_not_taken_twice(
    site: Site, officer: ClientSession, name: str
) -> None:
    reference = (await site.receive()).reference
    typed = without_mark(form_in(await read(officer, path(reference, name)))) | DOINGS[name].fields
    assert (await send(officer, path(reference, name), **typed))[0] == 303
    after = case_of(site, reference)
    status, page = await send(officer, path(reference, name), **typed)
    assert status == 400 and "Nothing was done now" in error_of(page)
    assert case_of(site, reference) == after


def test_fingerprint_changes_with_all_that_an_act_may_change() -> None:
    case = a_case()
    somebody = Representative(Person("Gail", "gail@advice.example"), "adviser", Authority.PENDING)
    changed = [
        replace(case, affects="group"),
        replace(case, ombudsman=Ombudsman.LGSCO),
        replace(case, contractor="Northgate Heating"),
        replace(case, issue_on=date(2025, 1, 1)),
        replace(case, aware_on=date(2025, 1, 1)),
        replace(case, representative=somebody),
        replace(case, representative=replace(somebody, authority=Authority.GIVEN)),
        replace(case, representative=replace(somebody, person=Person("Gail", "other@advice.example"))),
        replace(case, representative=somebody, further=(replace(somebody, number=2),)),
        safety.avoid(case, case.resident, "Unsafe.", acting(0), home=True).case,
        safety.avoid(case, case.resident, "Unsafe there.", acting(0), home=True).case,
    ]
    assert len({fingerprint(each) for each in (case, *changed)}) == 1 + len(changed)


async def test_stage_2_is_not_decided_by_who_decided_stage_1(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    await prepare(officer, reference, ("escalate",))
    case = case_of(site, reference)
    assert case.stage == 2
    await send(officer, f"/staff/cases/{reference}/otherwise", otherwise_how="I rang.")
    for number in ("1", "2"):
        answer = {"point": number, "answer": "As before.", "finding": "upheld"}
        assert (await fill(officer, reference, "answer_point", answer))[0] == 303
    status, page = await fill(officer, reference, "respond", DOINGS["respond"].fields)
    assert status == 400 and "must not decide stage 2" in error_of(page) and "6.13" in error_of(page)
    await sign_in(officer, "manager@example.org")
    status, page = await fill(officer, reference, "respond", DOINGS["respond"].fields)
    assert status == 200 and "response_stage_2" not in page
    status, page = await press(officer, reference, "respond", page, "send")
    assert status == 303
    assert [stage.decided_by for stage in case_of(site, reference).stages] == [
        site.officers["officer@example.org"],
        site.officers["manager@example.org"],
    ]


async def test_acts_are_for_signed_in_staff_with_their_own_mark(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    typed = without_mark(form_in(await read(officer, path(reference, "learn"))))
    for fields in ({}, {"csrf": "x"}):
        async with officer.post(path(reference, "learn"), data=typed | fields | {"lesson": "Kept for me"}) as response:
            assert response.status == 403 and "Kept for me" in await response.text()
    await send(officer, "/staff/sign-out")
    await read(officer, path(reference, "learn"), 303)
    assert not case_of(site, reference).records.learning


@pytest.mark.parametrize("who", ["officer@example.org", "manager@example.org", "admin@example.org"])
async def test_officers_managers_and_administrators_may_act(site: Site, officer: ClientSession, who: str) -> None:
    reference = (await site.receive()).reference
    await sign_in(officer, who)
    assert (await fill(officer, reference, "learn", {"nothing": "yes"}))[0] == 303
    assert case_of(site, reference).records.learning[0].nothing


async def test_disabilities_are_for_the_cases_officer_and_those_who_approve(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    await prepare(officer, reference, ("disability",))
    page = f"/staff/cases/{reference}"
    assert "She is deaf." in await read(officer, page)
    site.add_officer("Ned Other", "other@example.org")
    site.add_officer("Cora Lane", "cora@example.org", StaffRole.COMPLAINTS_OFFICER)
    site.add_officer("Sia Lead", "sia@example.org", StaffRole.SENIOR_LEAD)
    may = ("manager@example.org", "admin@example.org", "cora@example.org", "sia@example.org")
    for who, sees in (("other@example.org", False), *((each, True) for each in may)):
        await sign_in(officer, who)
        assert ("She is deaf." in await read(officer, page)) is sees, who
        assert "She is deaf." not in await read(officer, "/staff")
    case = case_of(site, reference)
    assert "deaf" not in fingerprint(case) and "deaf" not in repr(case)


async def test_act_on_a_case_there_is_not_and_an_act_there_is_not(site: Site, officer: ClientSession) -> None:
    await read(officer, path("HC-4821-7360-Z", "learn"), 404)
    reference = (await site.receive()).reference
    await read(officer, path(reference, "nonsense"), 404)
    mark = await mark_of(officer)
    async with officer.post(path("HC-4821-7360-Z", "learn"), data={"csrf": mark}) as response:
        assert response.status == 404


async def test_act_that_is_not_asked_for_says_so(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    assert "The case does not ask for this now" in await read(officer, path(reference, "escalate"))
    assert "The case does not ask for this now" not in await read(officer, path(reference, "define"))
    taken = await site.receive(classification=flags(Flag.SIGNIFICANT_HAZARD))
    page = await read(officer, path(taken.reference, "hazard_made_safe"))
    assert re.search(r'name="hazard" type="radio" value="1" checked', page), "the only hazard is chosen already"
