"""Every act by its page, end to end: the form is opened, filled in and sent, and the case then says so."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from aiohttp import ClientSession
from lxml import html
from tests.web.doing import Doing, case_of, day, do, fill, path
from tests.web.staff_site import Site, flags, read

from intakebot.domain import undelivered
from intakebot.domain.case import Status
from intakebot.domain.hazards import Exclusion, HazardLevel, HazardStatus
from intakebot.domain.labels import Classification, Tag
from intakebot.domain.message import Purpose
from intakebot.domain.needs import Contact
from intakebot.domain.people import Authority, AuthorityBasis, RepresentativeKind
from intakebot.domain.records import Choice, Determination, Ombudsman, RefusalReason, RemedyType
from intakebot.domain.stages import Outcome
from intakebot.store.engine import Work
from intakebot.web.acts.catalogue import ACT_FORMS

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REQUEST = Classification(Tag("service_request", 0.95), (Tag("repairs", 0.9),), version="rules-1")
_BEFORE = ("acknowledged", "define")
_HAZARD = ("hazard_raise",)
_LOOKED = (*_HAZARD, "hazard_investigated")


DOINGS = {
    "acknowledged": Doing(),
    "offer_choice": Doing(letter=True, true=lambda c: c.records.choices[0].choice is None),
    "choose": Doing(
        {"choice": "service_request"} | day("chosen", "2 3 2026", "9:00"),
        lambda c: c.records.choices[0].choice is Choice.SERVICE_REQUEST,
        ("offer_choice",),
    ),
    "raise_complaint": Doing(
        day("received", "27 2 2026", "2:30pm") | {"why": "She rang the repairs team."},
        lambda c: len(c.stages) == 1 and c.received_at == datetime(2026, 2, 27, 14, 30, tzinfo=UTC),
    ),
    "define": Doing(
        {
            "definition": "The boiler broke and nobody came.",
            "outcomes_sought": "A boiler that works",
            "points": "The boiler broke\n\n  Nobody  came ",
            "responsible_for": "The boiler",
            "not_responsible_for": "The gas supply",
        },
        lambda c: (
            [p.text for p in c.stages[0].points] == ["The boiler broke", "Nobody came"]
            and c.stages[0].not_responsible_for == "The gas supply"
        ),
    ),
    "clarify": Doing(
        {"question": "Which day did you ring?"}, lambda c: c.records.clarifications[0].question[:5] == "Which", (), True
    ),
    "clarified": Doing(true=lambda c: c.records.clarifications[0].answered_at is not None, after=("clarify",)),
    "merge_issue": Doing(
        {"what": "The cooker too", "why": "Same gas pipe."},
        lambda c: c.records.issues[0].merged and c.stages[0].points[-1].text == "The cooker too",
    ),
    "split_issue": Doing(
        {"what": "Noise at night.", "why": "Another matter."} | day("received", "2 3 2026", "8:00"),
        lambda c: c.raised_from is not None and c.received_at == datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
    ),
    "facts": Doing(
        {"affects": "group", "ombudsman": "LGSCO", "contractor": "Northgate Heating"}
        | day("issue", "1 2 2024")
        | day("aware", "3 Feb 2024"),
        lambda c: (
            (c.affects, c.ombudsman, c.issue_on, c.aware_on, c.contractor)
            == ("group", Ombudsman.LGSCO, date(2024, 2, 1), date(2024, 2, 3), "Northgate Heating")
        ),
    ),
    "conflict": Doing(
        {"conflicted": "yes", "note": "He is my cousin."},
        lambda c: c.records.conflicts[0].conflicted and not c.officer_id,
    ),
    "meeting": Doing(
        day("held", "2 3 2026", "8.45") | {"attendees": "Ada and her sister", "note": "We rang."},
        lambda c: c.records.meetings[0].held_at == datetime(2026, 3, 2, 8, 45, tzinfo=UTC),
    ),
    "answer_point": Doing(
        {"point": "1", "answer": "It broke on 1 February; our policy says one day.", "finding": "upheld"},
        lambda c: c.stages[0].points[0].finding is Outcome.UPHELD and not c.stages[0].points[1].answer,
        _BEFORE,
    ),
    "answer_second": Doing(
        {"point": "2", "answer": "Nobody came because nobody was told.", "finding": "not_upheld"}, act="answer_point"
    ),
    "respond": Doing(
        {
            "outcome": "partially_upheld",
            "decision": "We were late.",
            "reasons": "Nobody booked the visit.",
            "contributors": "Repairs",
        },
        lambda c: (
            c.status is Status.RESPONDED
            and c.stages[0].outcome is Outcome.PARTIALLY_UPHELD
            and c.stages[0].contributors == "Repairs"
        ),
        (*_BEFORE, "answer_point", "answer_second", "open_action", "offer"),
        True,
    ),
    "extend": Doing(
        {
            "working_days": "12",
            "reason": "We wait for a part.",
            "good_reason": "The maker is closed.",
            "approved_by": "Mina Rao",
        },
        lambda c: c.stages[0].extensions[0].approved_by == "Mina Rao" and c.stages[0].extended_to == date(2026, 4, 1),
        ("acknowledged", "agree_updates"),
        True,
    ),
    "agree_updates": Doing(
        {"days": "5"} | day("next", "6 3 2026"),
        lambda c: c.current is not None and (c.current.update_days, c.current.next_update_on) == (5, date(2026, 3, 6)),
    ),
    "update": Doing(
        {"said": "The part has come. We fit it on Tuesday."},
        lambda c: c.stages[0].next_update_on == date(2026, 3, 7),
        ("agree_updates",),
        True,
    ),
    "escalate": Doing(
        day("received", "2 3 2026", "9:00") | {"reason": ""},
        lambda c: len(c.stages) == 2 and c.officer_id != c.stages[0].decided_by,
        ("respond",),
    ),
    "open_action": Doing(
        {"what": "Fit the part", "owner": "Gas team"} | day("due", "10 3 2026"),
        lambda c: c.records.actions[0].due_on == date(2026, 3, 10) and c.records.actions[0].owner == "Gas team",
    ),
    "action_done": Doing({"action": "1"}, lambda c: c.records.actions[0].done_at is not None, ("open_action",)),
    "offer": Doing(
        {
            "type": "money",
            "what": "For the weeks without heat",
            "impact": "Two cold weeks with a baby.",
            "amount": "£1,150.50",
            "agreed": "yes",
            "payer": "contractor",
            "basis": "policy",
            "approved_by": "Ari Adams",
        }
        | day("due", "20 3 2026"),
        lambda c: (
            c.records.remedies[0].amount == Decimal("1150.50")
            and c.records.remedies[0].agreed
            and c.records.remedies[0].type is RemedyType.MONEY
            and c.records.remedies[0].due_on == date(2026, 3, 20)
        ),
    ),
    "remedy_accepted": Doing({"remedy": "1"}, lambda c: c.records.remedies[0].accepted_at is not None, ("offer",)),
    "remedy_declined": Doing({"remedy": "1"}, lambda c: c.records.remedies[0].declined_at is not None, ("offer",)),
    "remedy_completed": Doing(
        {"remedy": "1"}, lambda c: c.records.remedies[0].completed_at is not None, ("remedy_accepted",)
    ),
    "ombudsman": Doing(
        {"ombudsman": "HOS", "their_reference": "202600001"} | day("at", "2 3 2026", "9am"),
        lambda c: c.records.ombudsman[0].their_reference == "202600001" and not c.records.ombudsman[0].investigated,
    ),
    "determined": Doing(
        {
            "case": "1",
            "findings-1-element": "Repairs",
            "findings-1-found": "maladministration",
            "findings-2-element": "Complaint handling",
            "findings-2-found": "service_failure",
            "orders-1-what": "Pay £200",
            "orders-2-what": "Review the policy",
            "orders-2-recommendation": "yes",
        }
        | day("at", "2 3 2026", "9:00")
        | day("orders-1-due", "30 3 2026"),
        lambda c: (
            [f.determination for f in c.records.ombudsman[0].findings]
            == [Determination.MALADMINISTRATION, Determination.SERVICE_FAILURE]
            and [(o.due_on, o.recommendation) for o in c.records.ombudsman[0].orders]
            == [(date(2026, 3, 30), False), (None, True)]
        ),
        ("ombudsman",),
    ),
    "order_done": Doing(
        {"order": "1.1"},
        lambda c: [o.done_at is not None for o in c.records.ombudsman[0].orders] == [True, False],
        ("determined",),
    ),
    "learn": Doing(
        {"lesson": "Visits get lost.", "change": "One list.", "category": "repairs"},
        lambda c: c.records.learning[0].category == "repairs" and not c.records.learning[0].nothing,
    ),
    "hazard_raise": Doing(
        {"level": "significant", "type": "damp_mould"} | day("aware", "2 3 2026", "8:00"),
        lambda c: c.records.hazards[0].level is HazardLevel.SIGNIFICANT and c.records.hazards[0].type == "damp_mould",
    ),
    "hazard_confirm": Doing(
        {"hazard": "1", "type": "excess_cold", "reason": "Seen today."},
        lambda c: c.records.hazards[0].status is HazardStatus.CONFIRMED and c.records.hazards[0].type == "excess_cold",
        _HAZARD,
    ),
    "hazard_regrade": Doing(
        {"hazard": "1", "level": "emergency", "reason": "A baby in the room."},
        lambda c: c.records.hazards[0].level is HazardLevel.EMERGENCY,
        _HAZARD,
    ),
    "hazard_earlier": Doing(
        {"hazard": "1"} | day("aware", "1 3 2026", "12:00"),
        lambda c: c.records.hazards[0].aware_at == datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
        _HAZARD,
    ),
    "hazard_clear": Doing(
        {"hazard": "1", "exclusion": "tenant_breach", "reason": "The vents were taped."},
        lambda c: c.records.hazards[0].exclusion is Exclusion.TENANT_BREACH,
        _HAZARD,
    ),
    "hazard_investigated": Doing(
        {"hazard": "1"} | day("at", "2 3 2026", "9:00"),
        lambda c: c.records.hazards[0].investigated_at == NINE and c.records.hazards[0].safety_work_needed,
        _HAZARD,
    ),
    "hazard_summary": Doing(
        {"hazard": "1"} | day("at", "2 3 2026", "9:00"), lambda c: c.records.hazards[0].summary_sent_at == NINE, _LOOKED
    ),
    "hazard_made_safe": Doing(
        {"hazard": "1"} | day("at", "2 3 2026", "8:30"),
        lambda c: c.records.hazards[0].made_safe_at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC),
        _HAZARD,
    ),
    "hazard_further_work": Doing(
        {"hazard": "1", "steps_only": "yes", "cannot_start": "No permit yet."} | day("at", "2 3 2026", "9:00"),
        lambda c: c.records.hazards[0].cannot_start_reason == "No permit yet.",
        _LOOKED,
    ),
    "hazard_started": Doing(
        {"hazard": "1"} | day("at", "2 3 2026", "9:00"),
        lambda c: c.records.hazards[0].physically_started_at == NINE,
        ("hazard_further_work",),
    ),
    "hazard_accommodation": Doing(
        {"hazard": "1"} | day("at", "2 3 2026", "9:00"),
        lambda c: c.records.hazards[0].accommodation_offered_at == NINE,
        _HAZARD,
    ),
    "adjustment": Doing(
        {"need": "Large print", "how": "18 point"} | day("review", "2 9 2026"),
        lambda c: c.records.adjustments[0].review_on == date(2026, 9, 2),
    ),
    "review_adjustment": Doing(
        {"finding": "Still needed."} | day("review", "2 3 2027"),
        lambda c: c.records.adjustments[0].review_on == date(2027, 3, 2),
        ("adjustment",),
    ),
    "represent": Doing(
        {"name": "Gail Price", "email": "gail@advice.example", "kind": "adviser", "relation": "from Citizens Advice"},
        lambda c: (
            c.representatives[0].person.email == "gail@advice.example"
            and c.representatives[0].kind is RepresentativeKind.ADVISER
            and c.representatives[0].authority is Authority.PENDING
        ),
    ),
    "authority": Doing(
        {"authority": "given", "basis": "form", "evidence": "A signed form.", "attachment": "form.pdf"}
        | day("expires", "2 9 2026"),
        lambda c: (
            (c.representatives[0].authority, c.representatives[0].basis) == (Authority.GIVEN, AuthorityBasis.FORM)
            and (c.representatives[0].given_on, c.representatives[0].expires_on) == (date(2026, 3, 2), date(2026, 9, 2))
            and c.representatives[0].attachment == "form.pdf"
        ),
        ("represent",),
    ),
    "withdraw_authority": Doing(
        {"evidence": "Ada rang."},
        lambda c: c.representatives[0].authority is Authority.WITHDRAWN and c.representatives[0].expires_on is None,
        ("authority",),
    ),
    "choose_letters": Doing(
        {"letters": "yes", "copy": "yes"}, lambda c: c.representatives[0].copy_to_resident, ("authority",)
    ),
    "ask_authority": Doing(
        {"said": "A form is with this letter."},
        lambda c: c.representatives[0].chased_at == NINE,
        ("represent",),
        True,
    ),
    "avoid_contact": Doing(
        {"person": "resident", "home": "yes", "at": "07700 900123", "reason": "He opens her post."},
        lambda c: c.records.safety_rules[0].home and c.records.safety_rules[0].at == ("tel:+447700900123",),
    ),
    "override_contact": Doing(
        {"reason": "She asked us to, today."},
        lambda c: c.records.safety_rules[0].overrides[0].on == date(2026, 3, 2),
        ("avoid_contact",),
    ),
    "end_contact_rule": Doing(
        {"reason": "He has moved out."},
        lambda c: c.records.safety_rules[0].ended_on == date(2026, 3, 2),
        ("avoid_contact",),
    ),
    "died": Doing(
        {"person": "resident", "note": "Her son rang."} | day("died", "28 2 2026"),
        lambda c: c.records.deaths[0].died_on == date(2026, 2, 28),
    ),
    "not_died": Doing(
        {"reason": "It was her mother."},
        lambda c: c.records.deaths[0].withdrawn_on == date(2026, 3, 2),
        ("died",),
    ),
    "disability": Doing({"disclosed": "She is deaf."}, lambda c: c.records.disabilities[0].disclosed == "She is deaf."),
    "restrict": Doing(
        {
            "what": "Writes only",
            "evidence": "40 calls a day",
            "equality_check": "She has no phone needs.",
            "approved_by": "Mina Rao",
        },
        lambda c: (
            c.records.restrictions[0].approved_by == "Mina Rao"
            and c.records.restrictions[0].review_on == date(2026, 8, 29)
        ),
    ),
    "review_restriction": Doing(
        {"finding": "It is calm now."}, lambda c: c.records.restrictions[0].ended_on == date(2026, 3, 2), ("restrict",)
    ),
    "need": Doing(
        {"need": "large_print", "print_pt": "24", "words": "She rang: her eyes."} | day("review", "2 9 2026"),
        lambda c: (
            (c.records.needs[0].print_pt, c.records.needs[0].review_on, c.records.needs[0].words)
            == (24, date(2026, 9, 2), ("She rang: her eyes.",))
        ),
    ),
    "braille": Doing({"need": "braille", "words": "Grade 2."}, act="need"),
    "end_need": Doing(
        {"why": "She has new glasses.", "mistaken": "yes"},
        lambda c: c.records.needs[0].ended_on == date(2026, 3, 2) and c.records.needs[0].mistaken,
        ("need",),
    ),
    "contact": Doing(
        {
            "prefers": "post",
            "safe_times": "Weekdays from 9 to 12",
            "avoid": "He is at home in the evening.",
            "never_phone": "yes",
            "words": "I met her.",
        },
        lambda c: (
            (c.records.contact_rules[0].prefers, c.records.contact_rules[0].barred) == (Contact.POST, (Contact.PHONE,))
            and c.records.contact_rules[0].safe_times == "Weekdays from 9 to 12"
        ),
    ),
    "format_done": Doing(
        {"note": "Braille, grade 2, posted today."},
        lambda c: c.records.format_tasks[0].note == "Braille, grade 2, posted today." and not c.records.formats_waiting,
        ("braille", "clarify"),
    ),
    "refuse": Doing(
        {"reason": "proceedings_filed", "evidence": "Claim K00.", "consideration": "She has help from a friend."}
        | day("claim_filed", "20 2 2026"),
        lambda c: (
            c.status is Status.REFUSED
            and c.records.refusals[0].reason is RefusalReason.PROCEEDINGS_FILED
            and c.records.refusals[0].claim_filed_on == date(2026, 2, 20)
        ),
        (),
        True,
    ),
    "directed": Doing(
        {"directed_by": "The Ombudsman, 2 March."}, lambda c: c.status is Status.RECEIVED and not c.outcome, ("refuse",)
    ),
    "proceedings_ended": Doing(
        day("ended", "27 2 2026"),
        lambda c: c.records.refusals[0].proceedings_ended_on == date(2026, 2, 27) and c.status is Status.REFUSED,
        ("refuse",),
    ),
    "ask_to_withdraw": Doing(
        {"said": "Leave it then."},
        lambda c: c.records.withdrawals[0].said == "Leave it then." and bool(c.due),
        (),
        True,
    ),
    "withdraw": Doing({"how": "By mail today"}, lambda c: c.status is Status.WITHDRAWN, ("ask_to_withdraw",), True),
    "close_complaint": Doing(
        {"said": "The boiler works and the money is paid."},
        lambda c: c.status is Status.CLOSED,
        ("learn", "ask_to_withdraw", "withdraw"),
        True,
    ),
}


async def test_an_extension_whose_letter_came_back_is_told_again(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive(classification=flags())).reference
    await prepare(officer, reference, ("extend",))
    link = f'href="{path(reference, "extension_told")}"'
    assert link not in await read(officer, f"/staff/cases/{reference}")

    def came_back(work: Work) -> None:
        case = work.cases.get(reference, lock=True)
        assert case is not None
        change = undelivered.letter_failed(case, Purpose.EXTENSION, "status 5.1.1", site.landlord.acting(site.clock()))
        work.cases.save(case, change.case, change.events, site.landlord.first_steps(change.case))

    site.store.write_now(came_back)
    assert case_of(site, reference).stages[0].valid_extension is None
    assert link in await read(officer, f"/staff/cases/{reference}")
    await do(officer, reference, "extension_told", {"extension_told": Doing(letter=True)})
    assert case_of(site, reference).stages[0].valid_extension == date(2026, 4, 1)


@pytest.mark.parametrize("name", sorted({*ACT_FORMS} - {"extension_told"}))  # that one is tried above
async def test_act_is_done_by_its_page(site: Site, officer: ClientSession, name: str) -> None:
    classification = REQUEST if name in ("offer_choice", "choose") else flags()
    reference = (await site.receive(classification=classification)).reference
    await prepare(officer, reference, DOINGS[name].after)
    case = case_of(site, reference)
    assert ACT_FORMS[name].offered(case)
    link = f'href="{path(reference, name)}"'
    assert link in await read(officer, f"/staff/cases/{reference}")
    where = await do(officer, reference, name, DOINGS)
    notice = await read(officer, where)
    assert ACT_FORMS[name].done in notice
    after = case_of(site, where.split("/")[3].partition("?")[0])
    assert DOINGS[name].true(after), after


async def prepare(client: ClientSession, reference: str, names: tuple[str, ...]) -> None:
    """Do acts in order, each after what must come before it, none twice."""
    done: list[str] = []

    async def one(name: str) -> None:
        if name in done:
            return
        for before in DOINGS[name].after if name in DOINGS else ():
            await one(before)
        done.append(name)
        await do(client, reference, name, DOINGS)

    for name in names:
        await one(name)


async def test_a_second_representative_is_named_limited_to_matters_and_told_apart(
    site: Site, officer: ClientSession
) -> None:
    reference = (await site.receive()).reference
    await prepare(officer, reference, ("authority",))
    second = {"name": "Sam Cole", "email": "sam@relative.example", "kind": "relative"}
    assert (await fill(officer, reference, "represent", second))[0] == 303
    limited = {
        "representative": "representative-2",
        "authority": "limited",
        "basis": "letter",
        "topics": "asb",
        "evidence": "Ada wrote.",
    }
    assert (await fill(officer, reference, "authority", limited))[0] == 303
    gail, sam = case_of(site, reference).representatives
    assert (gail.authority, sam.authority, sam.topics) == (Authority.GIVEN, Authority.LIMITED, ("asb",))
    page = " ".join(html.fromstring(await read(officer, f"/staff/cases/{reference}")).text_content().split())
    assert "Letters go to Gail Price. Gail Price may be told everything about this case" in page
    assert "Sam Cole may be told only what they wrote themselves (authority limited, for asb)" in page


async def test_a_rule_for_safety_stands_at_the_top_of_the_case_and_a_death_too(
    site: Site, officer: ClientSession
) -> None:
    reference = (await site.receive()).reference
    await prepare(officer, reference, ("avoid_contact", "died"))
    page = " ".join(html.fromstring(await read(officer, f"/staff/cases/{reference}")).text_content().split())
    assert "Safety: do not reach the resident at tel:+447700900123 by letters to their home. He opens her post." in page
    assert "The resident has died. No letter is addressed to them. Her son rang." in page


async def test_facts_saved_as_they_stand_change_nothing(site: Site, officer: ClientSession) -> None:
    reference = (await site.receive()).reference
    await prepare(officer, reference, ("facts",))
    before = case_of(site, reference)
    assert (await fill(officer, reference, "facts", {}))[0] == 303
    assert case_of(site, reference) == before
    assert "Northgate Heating" in await read(officer, f"/staff/cases/{reference}")


def test_every_act_of_the_catalogue_is_tried() -> None:
    assert set(ACT_FORMS) == {*DOINGS, "extension_told"} - {"acknowledged", "answer_second", "braille"}
