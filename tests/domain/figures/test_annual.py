"""The year's tables: the two shipped years come out exactly, and what is open, refused or undecided is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.domain.figures.test_measures import stage
from tests.sample_years import YEAR_2023, YEAR_2024, reported

from intakebot.domain import hazard_life
from intakebot.domain.figures.annual import AnnualFigures, ReportRules, annual_figures, determined
from intakebot.domain.figures.breakdowns import trends_table
from intakebot.domain.figures.measures import WithdrawnRule
from intakebot.domain.figures.oversight import ombudsman_table, overdue_tables
from intakebot.domain.figures.provisions import PROVISIONS
from intakebot.domain.figures.reasons import USUAL_SCHEME, Reason, ReportingScheme
from intakebot.domain.figures.reported import AsbCase, Homes, OnCase, OpenStage, Period, Reported, Tenure
from intakebot.domain.figures.self_assessment import Policy, self_assessment
from intakebot.domain.hazards import Hazard, emergency, significant
from intakebot.domain.incidents import Incident
from intakebot.domain.records import (
    Action,
    Determination,
    Finding,
    Ombudsman,
    OmbudsmanCase,
    Order,
    Restriction,
)
from intakebot.domain.stages import Outcome
from intakebot.domain.working_days import england
from intakebot.errors import BadInput

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = date(2026, 3, 2)
HOMES = Homes(4215)


def figures(found: Reported, period: Period = YEAR_2023, rules: ReportRules | None = None) -> AnnualFigures:
    return annual_figures(found, period, HOMES, rules or ReportRules(), TODAY)


@pytest.fixture(scope="module")
def year_2023() -> AnnualFigures:
    return figures(reported("2023-24"))


def test_four_tables_of_2023_come_out_exactly(year_2023: AnnualFigures) -> None:
    assert (*year_2023.number.rows, year_2023.number.total) == (
        ("Number of stage one complaints opened", 26),
        ("Number of stage two complaints opened", 3),
        ("Number of Housing Ombudsman investigations", 1),
        ("Total", 30),
    )
    assert (*year_2023.reasons.rows, year_2023.reasons.total) == (
        ("Repairs and maintenance", 15),
        ("Tenancy management", 4),
        ("Communal areas", 4),
        ("Anti-social behaviour", 3),
        ("Housing allocations", 2),
        ("Rents", 1),
        ("Leasehold service", 1),
        ("Total", 30),
    )
    assert (*year_2023.timescales.rows, year_2023.timescales.total) == (
        ("Complaints responded to within timescales", 21),
        ("Complaints not responded to within timescales", 8),
        ("Total", 29),
    )
    determined_row = (
        "Complaint determined by the Housing Ombudsman - no maladministration but service failure in complaint handling"
    )
    assert (*year_2023.outcomes.rows, year_2023.outcomes.total) == (
        ("Complaint upheld", 5),
        ("Complaint partially upheld", 7),
        ("Complaint not upheld", 16),
        ("Complaint withdrawn", 1),
        (determined_row, 1),
        ("Total", 30),
    )
    assert year_2023.final


def test_measures_of_2023_come_from_the_same_events(year_2023: AnnualFigures) -> None:
    told = year_2023.measures
    assert [told.shown(code) for code in ("CH01(1)", "CH01(2)", "CH02(1)", "CH02(2)")] == [
        "4.7",
        "0.5",
        "65.0%",
        "100.0%",
    ]
    assert [told.shown(code, "LCRA and LCHO") for code in ("NM01(1)", "NM01(2)")] == ["35.1", "0"]
    assert dict(told.outside) == {"by leaseholders": 7}


def test_year_2024_comes_out_exactly() -> None:
    found = figures(reported("2024-25"), YEAR_2024)
    assert [row[1] for row in found.number.rows] == [81, 16, 0]
    assert [row[1] for row in found.timescales.rows] == [71, 26]
    assert [row[1] for row in found.outcomes.rows] == [46, 23, 28, 0]
    every = next(table for table in found.further if table.key == "reasons_all")
    assert (found.reasons.total, every.total) == (("Total", 97), ("Total", 114))
    assert dict(every.rows) | {"Repairs and maintenance": 53, "Communal areas": 0, "Staff conduct": 8} == dict(
        every.rows
    )


def test_every_table_says_what_it_counts_and_has_a_cell_for_each_column(year_2023: AnnualFigures) -> None:
    assert len(year_2023.tables) > 15
    for table in year_2023.tables:
        assert len(table.base) > 20, table.key
        assert {len(row) for row in table.rows} <= {len(table.columns)}, table.key
        assert len(table.total) in (0, len(table.columns)), table.key


def test_withdrawal_left_out_leaves_the_timescales_too() -> None:
    found = figures(reported("2023-24"), rules=ReportRules(WithdrawnRule.EXCLUDE))
    assert [row[1] for row in found.timescales.rows] == [20, 8]
    assert "left out" in found.timescales.base
    assert found.measures.shown("CH02(1)") == "63.2%"


def test_what_is_still_open_has_its_rows_and_the_year_is_not_final() -> None:
    waiting = stage(ended_on=None, outcome="", valid_until=date(2026, 3, 2))
    overdue = waiting._replace(valid_until=date(2026, 3, 1))
    found = figures(Reported(stages=(stage(), waiting, overdue)), Period(date(2025, 4, 1), date(2026, 3, 31)))
    assert dict(found.timescales.rows) == {
        "Complaints responded to within timescales": 1,
        "Complaints not responded to within timescales": 1,
        "Complaints still open and not yet due": 1,
    }
    assert ("Complaint still open", 2) in found.outcomes.rows
    assert found.not_final == ("The period runs until 31 March 2026.", "Stages still open: 2.")


def test_unknown_tenure_and_undecided_cases_keep_the_year_from_being_final() -> None:
    found = figures(Reported(stages=(stage(tenure=Tenure.UNKNOWN),), undecided=3))
    assert not found.final
    assert [sentence.rpartition(" ")[2] for sentence in found.not_final] == ["3.", "1."]


def test_refused_complaint_is_counted_among_refusals_only() -> None:
    found = figures(reported("2023-24"))
    refusals = next(table for table in found.further if table.key == "refusals")
    assert refusals.rows[:2] == (("Over 12 months old", 1, 0, 0), ("Legal proceedings filed at court", 1, 0, 0))
    alone = figures(Reported(stages=(stage(outcome=Outcome.REFUSED),)))
    assert alone.number.total == ("Total", 0)


def test_money_is_by_payer_and_only_of_the_period(year_2023: AnnualFigures) -> None:
    paid = next(table for table in year_2023.further if table.key == "paid")
    offered = sum((on.record.amount for on in reported("2023-24").remedies if on.record.amount is not None), Decimal(0))
    assert paid.total[1] == offered > 0
    assert {row[0] for row in paid.rows} == {"The landlord", "A contractor"}
    assert next(t for t in figures(reported("2023-24"), YEAR_2024).further if t.key == "paid").total[1] == 0


def test_learning_of_the_year_is_printed_without_references(year_2023: AnnualFigures) -> None:
    learning = next(table for table in year_2023.further if table.key == "learning")
    assert sorted(str(row[0]) for row in learning.rows) == ["Anti-social behaviour", "Communal areas"]
    assert "contractor" in str(learning.rows) and "vulnerable" in str(learning.rows)
    assert "LH-" not in str(year_2023.tables)


def test_channel_nobody_used_is_pointed_out_without_a_judgement(year_2023: AnnualFigures) -> None:
    rules = ReportRules(channels=(("email", "Email"), ("telegram", "Telegram")), patches=(("north", "North Larkmere"),))
    found = figures(reported("2023-24"), rules=rules)
    channels = {row[0]: row for row in next(t for t in found.further if t.key == "channels").rows}
    assert channels["Telegram"][1] == 0 and "Not used" in str(channels["Telegram"][2])
    assert channels["Email"][2] == ""
    nobody = figures(Reported(), rules=ReportRules(channels=(("phone", "Telephone"), ("other", "Another way"))))
    notes = [row[2] for row in next(t for t in nobody.further if t.key == "channels").rows]
    assert "Not used" in str(notes[0]) and notes[1] == "", "nothing stands in the way of a way without a name"
    areas = next(table for table in found.further if table.key == "areas")
    assert areas.rows[0][0] == "North Larkmere" and areas.rows[1][0] == "riverside"


def test_scheme_rolls_categories_up_and_prints_what_it_does_not_name() -> None:
    scheme = ReportingScheme((Reason("Repairs", ("repairs", "damp_mould")), Reason("Moving", ("other",))))
    topics = (("damp_mould", "repairs"), ("staff_conduct", "repairs"), ())
    stages = tuple(stage(categories=one) for one in topics)
    found = figures(Reported(stages=stages), rules=ReportRules(scheme=scheme))
    assert found.reasons.rows == (("Repairs", 1), ("Moving", 0), ("Staff conduct", 1), ("Not recorded", 1))
    every = next(table for table in found.further if table.key == "reasons_all")
    assert every.rows == (("Repairs", 2), ("Moving", 0), ("Staff conduct", 1), ("Not recorded", 1))
    with pytest.raises(BadInput, match="repairs under more than one label"):
        ReportingScheme((Reason("A", ("repairs",)), Reason("B", ("repairs",))))


def test_ombudsman_case_is_worded_from_all_its_findings() -> None:
    at = datetime(2025, 5, 1, tzinfo=UTC)
    case = OmbudsmanCase(1, Ombudsman.HOS, at, investigated=True)
    assert determined(case) == "not determined yet"
    ended = replace(case, determined_at=at)
    assert determined(ended) == "no finding recorded"
    severe = Finding("damp", Determination.SEVERE_MALADMINISTRATION)
    assert determined(replace(ended, findings=(severe, severe))) == "severe maladministration"
    lgsco = OnCase("LH-9", replace(case, ombudsman=Ombudsman.LGSCO, number=2), ("allocations",))
    found = figures(Reported(ombudsman=(lgsco,)), YEAR_2024.__class__(date(2025, 4, 1), date(2026, 3, 31)))
    assert ("Number of Local Government and Social Care Ombudsman investigations", 1) in found.number.rows
    assert "not determined yet" in str(found.outcomes.rows[-1])


def test_trends_have_a_column_for_every_month() -> None:
    found = reported("2023-24")
    table = trends_table(found.accepted, YEAR_2023, USUAL_SCHEME)
    assert table.columns[1] == "Apr 2023" and table.columns[-1] == "Mar 2024" and len(table.columns) == 13
    assert sum(int(cell) for cell in table.total[1:]) == 29


def test_oversight_lists_what_is_overdue_and_the_orders_to_do() -> None:
    at, due = datetime(2025, 1, 6, 9, tzinfo=UTC), date(2026, 2, 27)
    order = Order("Pay £200.", due)
    restricted = Restriction(
        number=1,
        person_id=4,
        reference="LH-8",
        what="One call a week.",
        evidence="Calls.",
        equality_check="None.",
        approved_by="Ada",
        starts_on=due,
        review_on=due,
    )
    found = Reported(
        stages=(stage(),),
        open_stages=(OpenStage("LH-5", 1, due), OpenStage("LH-9", 2, TODAY)),
        actions=(OnCase("LH-6", Action(1, 1, "Mend it.", "Works", due, at)),),
        ombudsman=(OnCase("LH-7", OmbudsmanCase(1, Ombudsman.HOS, at, investigated=True, orders=(order,))),),
        restrictions=(restricted,),
    )
    late = {table.key: table.rows for table in overdue_tables(found, NOW)}
    assert late["overdue_hazards"] == ()
    assert late["overdue_responses"] == (("LH-5, stage 1", "27 February 2026", 3),)
    assert late["overdue_actions"] == (("LH-6", "27 February 2026", 3),)
    assert late["overdue_remedies"] == ()
    assert late["overdue_reviews"] == (("LH-8", "27 February 2026", 3),)
    old = Period(date(2025, 10, 1), date(2025, 12, 31))
    assert ombudsman_table(found, old, TODAY).rows == (("LH-7", "6 January 2025", "Not determined yet", 1, 1, 1),)
    assert "Mend it" not in str(late)


def test_oversight_lists_overdue_hazards_with_their_limit_and_how_late_they_are() -> None:
    def on(case: str, hazard: Hazard) -> OnCase[Hazard]:
        return OnCase(f"LH-{case}", hazard)

    calendar = england()
    damp = significant(datetime(2026, 2, 2, 9, tzinfo=UTC), calendar)
    looked_at = hazard_life.investigated(damp, datetime(2026, 2, 13, 9, tzinfo=UTC), calendar, NOW)
    told = hazard_life.summary_sent(looked_at, NOW, NOW)
    waiting = hazard_life.further_work_begun(
        hazard_life.made_safe(told, NOW, NOW), NOW, NOW, steps_only=True, cannot_start_reason="Scaffolding."
    )
    gas = emergency(NOW - timedelta(hours=54, minutes=59))
    found = Reported(
        hazards=(
            on("1", damp),
            on("2", gas),
            on("3", emergency(NOW - timedelta(hours=24, minutes=30))),
            on("4", told),
            on("5", waiting),
            on("6", emergency(NOW - timedelta(hours=23, minutes=59))),
            on("7", hazard_life.clear(gas, "A wrong number.", NOW)),
            on("8", replace(gas, outside="shared owners")),
            on("9", significant(NOW - timedelta(days=14), calendar)),
        )
    )
    table = overdue_tables(found, NOW)[0]
    assert table.key == "overdue_hazards" and table.columns == ("Case", "Hazard", "Limit", "Due", "Late")
    assert table.rows == (
        ("LH-2", "Emergency", "24 hours to look into it and make it safe", "1 March 2026, 02:01", "30 hours"),
        ("LH-3", "Emergency", "24 hours to look into it and make it safe", "2 March 2026, 08:30", "under an hour"),
        ("LH-1", "Significant", "10 working days to look into it", "16 February 2026", "14 days"),
        ("LH-4", "Significant", "5 working days for the safety work", "20 February 2026", "10 days"),
        ("LH-4", "Significant", "5 working days to begin further work", "20 February 2026", "10 days"),
    )
    late = overdue_tables(Reported(hazards=(on("5", waiting),)), NOW + timedelta(days=90))[0]
    assert late.rows == (("LH-5", "Significant", "12 weeks to start work on the ground", "8 May 2026", "23 days"),)


def test_hours_of_an_emergency_are_elapsed_hours_across_the_clock_change() -> None:
    hazard = emergency(datetime(2026, 3, 28, 20, tzinfo=UTC))
    found = Reported(hazards=(OnCase("LH-1", hazard),))
    (row,) = overdue_tables(found, datetime(2026, 3, 29, 22, 5, tzinfo=UTC))[0].rows
    assert row[3:] == ("29 March 2026, 21:00", "2 hours")


def test_homes_left_out_while_there_are_cases_from_them_are_a_warning_and_the_year_stays_final() -> None:
    shared = Reported(
        stages=(stage(), stage(tenure=Tenure.LCHO), stage(tenure=Tenure.LCHO, stage=2)),
        asb=(AsbCase(date(2023, 5, 1), False, Tenure.LCHO),),
    )
    found = annual_figures(shared, YEAR_2023, Homes(4215), ReportRules(), TODAY)
    assert found.warnings == (
        "No LCHO homes were given, but of what is counted 2 stages and 1 ASB case come from them. Without their number "
        "CH01 has no rate for LCHO, and NM01 is out of too few homes.",
    )
    assert found.final
    assert annual_figures(shared, YEAR_2023, Homes(4215, 20), ReportRules(), TODAY).warnings == ()
    assert annual_figures(Reported(stages=(stage(),)), YEAR_2023, HOMES, ReportRules(), TODAY).warnings == ()


def test_incidents_of_the_period_are_told_wherever_the_code_asks_for_them() -> None:
    attack = Incident(date(2023, 1, 9), date(2023, 4, 1), "Our computers were attacked.", "On our website.")
    strike = Incident(date(2024, 3, 31), None, "Nobody was at work.")
    others = (Incident(date(2023, 3, 1), date(2023, 3, 31), "Before."), Incident(date(2024, 4, 1), None, "After."))
    found = figures(reported("2023-24"), rules=ReportRules(incidents=(strike, *others, attack)))
    table = next(table for table in found.tables if table.key == "incidents")
    assert table.rows == (
        ("Our computers were attacked.", "9 January 2023", "1 April 2023", "On our website."),
        ("Nobody was at work.", "31 March 2024", "Not over", "Not recorded"),
    )
    held = {one.provision.clause: one.evidence for one in self_assessment(reported("2023-24"), found, Policy())}
    assert held["8.5"] == (
        "Incidents of the period: Our computers were attacked (from 9 January 2023); Nobody was at work (from 31 March "
        "2024). Of how many it is recorded where residents were told: 1.",
    )
    none = figures(reported("2023-24"))
    held = {one.provision.clause: one.evidence for one in self_assessment(reported("2023-24"), none, Policy())}
    assert held["8.5"] == ("No incident is set for the period.",)


def test_self_assessment_has_every_provision_once_with_what_is_held(year_2023: AnnualFigures) -> None:
    clauses = [provision.clause for provision in PROVISIONS]
    ends = {"1": 6, "2": 5, "3": 7, "4": 3, "5": 15, "6": 20, "7": 4, "8": 5, "9": 8}
    assert clauses == [f"{part}.{number}" for part, last in ends.items() for number in range(1, last + 1)]
    policy = Policy(policy_url="https://larkmere.example/policy", ombudsman="Housing Ombudsman")
    held = {one.provision.clause: one for one in self_assessment(reported("2023-24"), year_2023, policy)}
    assert held["3.4"].evidence == ("The policy is at https://larkmere.example/policy.",)
    assert "88.5%" in held["6.2"].evidence[-1] and "69.2%" in held["6.3"].evidence[0]
    assert held["2.1"].evidence[0].startswith("Complaints received in the period and not accepted: 2")
    assert held["8.4"].evidence == () and held["8.4"].provision.check
