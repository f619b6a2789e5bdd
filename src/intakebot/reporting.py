"""Reporting: the rows of a period and the landlord's settings become a report, for the command line and the pages."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from intakebot.config.settings import Settings
from intakebot.domain.channels import Channel
from intakebot.domain.figures.annual import AnnualFigures, ReportRules, annual_figures
from intakebot.domain.figures.measures import WithdrawnRule
from intakebot.domain.figures.reasons import USUAL_SCHEME, Reason, ReportingScheme
from intakebot.domain.figures.reported import Homes, Period, Reported
from intakebot.domain.figures.self_assessment import Policy, self_assessment
from intakebot.domain.incidents import Incident
from intakebot.domain.working_days import local_date
from intakebot.formats.report.document import Document, annual_report, oversight_report, self_assessment_report


class ReportName(StrEnum):
    """The reports there are."""

    ANNUAL = "annual"
    MRC = "mrc"
    SELF_ASSESSMENT = "self-assessment"

    @property
    def words(self) -> str:
        """The report as people call it."""
        return {
            ReportName.ANNUAL: "Annual complaints report",
            ReportName.MRC: "Report to the Member Responsible for Complaints",
            ReportName.SELF_ASSESSMENT: "Self-assessment",
        }[self]


def report(
    name: ReportName, settings: Settings, reported: Reported, period: Period, homes: Homes, now: datetime
) -> Document:
    """One of the reports on a period, as things stand `now`, an aware moment."""
    rules, today = rules_for(settings, period), local_date(now)
    figures = annual_figures(reported, period, homes, rules, today)
    landlord = settings.landlord.name
    if name is ReportName.MRC:
        return oversight_report(figures, reported, rules.scheme, landlord, now)
    if name is ReportName.SELF_ASSESSMENT:
        return _self_assessment(settings, reported, figures, today)
    return annual_report(figures, landlord, today)


def rules_for(settings: Settings, period: Period) -> ReportRules:
    """How this landlord's report on a period counts and names things, and the incidents it knows of."""
    return ReportRules(
        withdrawn=WithdrawnRule(settings.reports.withdrawn_in_ch02),
        scheme=_scheme(settings, period),
        channels=tuple((channel.value, channel.words) for channel in Channel),
        patches=tuple((patch_id, patch.name) for patch_id, patch in settings.routing.patches.items()),
        incidents=tuple(Incident(i.since, i.until, i.what, i.told_residents) for i in settings.incidents),
        teams=tuple((team_id, team.name) for team_id, team in settings.routing.teams.items()),
    )


def _scheme(settings: Settings, period: Period) -> ReportingScheme:
    """The newest labels that began when the period did, or before."""
    begun = [chosen for chosen in settings.reports.labels if chosen.since <= period.first]
    if not begun:
        return USUAL_SCHEME
    newest = max(begun, key=lambda chosen: chosen.since)
    return ReportingScheme(tuple(Reason(one.label, tuple(one.categories)) for one in newest.labels))


def _self_assessment(settings: Settings, reported: Reported, figures: AnnualFigures, today: date) -> Document:
    landlord = settings.landlord
    policy = Policy(
        own_definition=bool(landlord.complaint_definition),
        policy_url=landlord.policy_url,
        signpost=bool(landlord.support_signpost),
        ombudsman=landlord.ombudsman.name,
        receipt_rule=settings.calendar.receipt_rule,
        automatic_acknowledgement=settings.acknowledge == "automatic",
    )
    assessed = self_assessment(reported, figures, policy)
    return self_assessment_report(assessed, figures.period, landlord.name, today)
