"""The document: a report as headings, sentences and tables, before it becomes HTML, PDF, CSV, Markdown or JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from intakebot.domain.figures.annual import AnnualFigures
from intakebot.domain.figures.breakdowns import trends_table
from intakebot.domain.figures.measures import TenantSatisfaction
from intakebot.domain.figures.oversight import ombudsman_table, overdue_tables
from intakebot.domain.figures.reasons import ReportingScheme
from intakebot.domain.figures.reported import Period, Reported, day_words
from intakebot.domain.figures.self_assessment import Assessed
from intakebot.domain.figures.tables import Cell, Table
from intakebot.domain.working_days import local_date


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it: sentences, then tables."""

    heading: str
    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report. `not_final` says what may still change it; `measures` are there for the annual report only.

    `warnings` say what seems to be missing from what was told, and so from the figures.
    """

    title: str
    landlord: str
    period: Period
    made_on: date
    sections: tuple[Section, ...]
    not_final: tuple[str, ...] = ()
    measures: TenantSatisfaction | None = None
    warnings: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table, in order."""
        return tuple(table for section in self.sections for table in section.tables)

    @property
    def made(self) -> str:
        """When the report was made, in words."""
        return f"As recorded on {day_words(self.made_on)}."


_OUR_WORDS = (
    "The rest of the annual report is the landlord’s to add: the self-assessment, the Ombudsman’s findings of "
    "non-compliance, its annual report on the landlord, and the governing body’s response (Code 8.1, 8.2)."
)
_GROUPS = (
    (
        "Complaints in detail",
        ("reasons_all", "timescales_by_stage", "acknowledgements", "outcomes_by_stage", "refusals"),
    ),
    ("Putting things right, and learning", ("remedies", "paid", "actions", "orders", "learning")),
    ("How and where complaints came", ("channels", "areas", "teams", "contractors")),
    ("Incidents (8.5)", ("incidents",)),
)


def annual_report(figures: AnnualFigures, landlord: str, today: date) -> Document:
    """The annual complaints performance and service improvement report, as far as data can write it (Code 8.1)."""
    by_key = {table.key: table for table in figures.tables}
    four = (figures.number, figures.reasons, figures.timescales, figures.outcomes)
    return Document(
        title="Annual complaints report",
        landlord=landlord,
        period=figures.period,
        made_on=today,
        sections=(
            Section("Complaints", tables=four),
            _measures_section(figures.measures),
            *(Section(heading, tables=tuple(by_key[key] for key in keys)) for heading, keys in _GROUPS),
            Section("What this report leaves to you", (_OUR_WORDS,)),
        ),
        not_final=figures.not_final,
        measures=figures.measures,
        warnings=figures.warnings,
    )


def oversight_report(
    figures: AnnualFigures, reported: Reported, scheme: ReportingScheme, landlord: str, now: datetime
) -> Document:
    """The report to the Member Responsible for Complaints (Code 9.6, 9.7)."""
    today = local_date(now)
    by_key = {table.key: table for table in figures.tables}
    period = figures.period
    handling = ("number", "reasons", "timescales_by_stage", "acknowledgements", "outcomes_by_stage", "refusals")
    issues = (
        trends_table(reported.accepted, period, scheme),
        *(by_key[key] for key in ("areas", "teams", "contractors", "learning")),
    )
    return Document(
        title="Report to the Member Responsible for Complaints",
        landlord=landlord,
        period=period,
        made_on=today,
        sections=(
            Section("Volume, reasons, outcomes and handling (9.7a)", tables=tuple(by_key[key] for key in handling)),
            Section("Issues and trends (9.7b)", tables=issues),
            Section("The Ombudsman (9.7c)", tables=(ombudsman_table(reported, period, today), by_key["orders"])),
            Section("What is overdue", tables=overdue_tables(reported, now)),
            Section("Incidents (8.5)", tables=(by_key["incidents"],)),
            Section("The annual report (9.7d)", ("It is made with the command intakebot report annual.",)),
        ),
        not_final=figures.not_final,
    )


def self_assessment_report(assessed: tuple[Assessed, ...], period: Period, landlord: str, today: date) -> Document:
    """The self-assessment (Code 8.1a), with the evidence held; whether it is enough is for people to say."""
    sections: dict[str, list[tuple[Cell, ...]]] = {}
    for one in assessed:
        asks = one.provision.asks + (" (Check the published Code.)" if one.provision.check else "")
        evidence = " ".join(one.evidence) or "Nothing the service keeps: give your own evidence."
        sections.setdefault(one.provision.part, []).append((one.provision.clause, asks, evidence, "", ""))
    columns = ("Clause", "What it asks, in our words", "Evidence held", "Comply?", "Your evidence and comments")
    return Document(
        title="Complaint Handling Code self-assessment",
        landlord=landlord,
        period=period,
        made_on=today,
        sections=(
            Section(
                "How to use this",
                (
                    "For each provision this says what the service holds. It does not say that you comply: fill in the "
                    "last two columns, and have the governing body approve it.",
                    "The provisions are in our own words. Quote the published Code, not this page.",
                ),
            ),
            *(
                Section(part, tables=(Table(f"part_{number}", part, "", columns, tuple(rows)),))
                for number, (part, rows) in enumerate(sections.items(), 1)
            ),
        ),
    )


def _measures_section(measures: TenantSatisfaction) -> Section:
    homes = measures.homes
    rows = tuple((f"{m.code} {m.stock}", m.name, m.shown, m.count, m.base, m.still_open) for m in measures.measures)
    outside = ", ".join(f"{number:,} {why}" for why, number in measures.outside)
    sentences = (
        f"By {measures.requirements_version}.",
        f"Homes owned at the end of the period, as told: {homes.lcra:,} LCRA and {homes.lcho:,} LCHO. "
        "LCRA is low cost rental, LCHO low cost home ownership.",
        measures.withdrawn_rule.sentence,
        f"Stages that the tables above count and the measures do not: {outside or 'none'}.",
        *((f"Not final: {measures.still_open:,} of the complaints counted are open.",) if measures.still_open else ()),
    )
    columns = ("Measure", "What", "Value", "Counted", "Out of", "Still open")
    base = "CH01 is out of homes, CH02 out of the complaints of CH01, NM01 out of all homes."
    table = Table("measures", "Tenant Satisfaction Measures", base, columns, rows)
    return Section("Tenant Satisfaction Measures", sentences, (table,))
