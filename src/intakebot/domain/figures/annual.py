"""The year: the complaint tables of the annual complaints performance report (Code 8.1b), and what is not final yet.

A row of the tables is a stage of a complaint, or an Ombudsman investigation, as landlords report them; so the
tables agree with one another, and each says what it counts. Whatever was received in the period belongs to it,
also when it was answered later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from intakebot.domain.figures.aftermath import (
    actions_table,
    incidents_table,
    learning_table,
    orders_table,
    paid_table,
    refusals_table,
    remedies_table,
)
from intakebot.domain.figures.breakdowns import (
    OUTCOMES,
    Names,
    TimingCounts,
    acknowledgements_table,
    channels_table,
    groups_tables,
    outcomes_by_stage,
    timescales_by_stage,
)
from intakebot.domain.figures.measures import (
    IN_TIME,
    TenantSatisfaction,
    Timing,
    WithdrawnRule,
    tenant_satisfaction,
    timing_of,
)
from intakebot.domain.figures.reasons import USUAL_SCHEME, ReportingScheme, reasons_tables
from intakebot.domain.figures.reported import Homes, OnCase, Period, Reported, StageRecord, Tenure, day_words
from intakebot.domain.figures.tables import Table, count_table
from intakebot.domain.incidents import Incident
from intakebot.domain.records import Determination, Ombudsman, OmbudsmanCase
from intakebot.domain.wording import counted
from intakebot.domain.working_days import local_date

_STAGE_WORDS = {1: "one", 2: "two"}
_OMBUDSMEN = {
    Ombudsman.HOS: "Housing Ombudsman",
    Ombudsman.LGSCO: "Local Government and Social Care Ombudsman",
}


@dataclass(frozen=True, slots=True)
class ReportRules:
    """What a landlord's settings say for its reports: the rule for withdrawals, labels, names to print, incidents."""

    withdrawn: WithdrawnRule = WithdrawnRule.IN_TIME
    scheme: ReportingScheme = USUAL_SCHEME
    channels: Names = ()
    patches: Names = ()
    teams: Names = ()
    incidents: tuple[Incident, ...] = ()


@dataclass(frozen=True, slots=True)
class AnnualFigures:
    """The figures of a period.

    `number`, `reasons`, `timescales` and `outcomes` are the four complaint tables; the others take them apart.
    `not_final` says, in sentences, what can still change the figures; it is empty once nothing can. `warnings` say
    what seems to be missing from what was told.
    """

    period: Period
    number: Table
    reasons: Table
    timescales: Table
    outcomes: Table
    further: tuple[Table, ...]
    measures: TenantSatisfaction
    not_final: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def final(self) -> bool:
        """Whether nothing can change the figures any more."""
        return not self.not_final

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table, the four first."""
        return (self.number, self.reasons, self.timescales, self.outcomes, *self.further)


def annual_figures(reported: Reported, period: Period, homes: Homes, rules: ReportRules, today: date) -> AnnualFigures:
    """The figures of what was received in `period`, as they stand on `today`, a local date."""
    stages = reported.accepted
    cases = investigations(reported, period)
    timings = Counter((s.stage, timing_of(s, rules.withdrawn, today)) for s in stages)
    topics = (*(s.categories for s in stages), *(c.categories for c in cases))
    reasons, every_reason = reasons_tables(topics, rules.scheme)
    measures = tenant_satisfaction(reported, homes, rules.withdrawn, today)
    return AnnualFigures(
        period=period,
        number=_number_table(stages, cases),
        reasons=reasons,
        timescales=_timescales_table(timings, rules.withdrawn),
        outcomes=_outcomes_table(stages, cases),
        further=(
            every_reason,
            timescales_by_stage(timings, rules.withdrawn),
            acknowledgements_table(stages, today),
            outcomes_by_stage(stages),
            refusals_table(reported, period),
            orders_table(cases, today),
            remedies_table(reported, period),
            paid_table(reported, period),
            actions_table(reported, period, today),
            learning_table(reported, period, rules.scheme),
            channels_table(stages, rules.channels),
            *groups_tables(stages, rules.patches, rules.teams, rules.withdrawn, today),
            incidents_table(rules.incidents, period),
        ),
        measures=measures,
        not_final=_not_final(stages, period, reported.undecided, measures.tenure_unknown, today),
        warnings=_homes_left_out(reported, homes),
    )


def investigations(reported: Reported, period: Period) -> tuple[OnCase[OmbudsmanCase], ...]:
    """The Ombudsman investigations of the period: by the day the Ombudsman was first in touch, as complaints are."""
    return tuple(
        case
        for case in reported.ombudsman
        if case.record.investigated and local_date(case.record.contacted_at) in period
    )


def determined(case: OmbudsmanCase) -> str:
    """How an investigation ended, in one line.

    >>> from datetime import UTC, datetime
    >>> from intakebot.domain.records import Finding
    >>> found = (Finding("the repairs", Determination.NO_MALADMINISTRATION),
    ...          Finding("complaint handling", Determination.SERVICE_FAILURE))
    >>> at = datetime(2024, 2, 1, tzinfo=UTC)
    >>> determined(OmbudsmanCase(1, Ombudsman.HOS, at, determined_at=at, findings=found))
    'no maladministration but service failure in complaint handling'
    """
    if case.determined_at is None:
        return "not determined yet"
    if not case.findings:
        return "no finding recorded"
    first = case.findings[0].determination
    others = [
        f"{_words(found.determination)} in {found.element}"
        for found in case.findings[1:]
        if found.determination is not first
    ]
    return " but ".join([_words(first), *([" and ".join(others)] if others else [])])


def _words(determination: Determination) -> str:
    return determination.value.replace("_", " ")


def _number_table(stages: Sequence[StageRecord], cases: Sequence[OnCase[OmbudsmanCase]]) -> Table:
    opened = Counter(s.stage for s in stages)
    whose = Counter(case.record.ombudsman for case in cases)
    counts = [(f"Number of stage {_STAGE_WORDS[stage]} complaints opened", opened[stage]) for stage in (1, 2)]
    counts += [
        (f"Number of {name} investigations", whose[which])
        for which, name in _OMBUDSMEN.items()
        if whose[which] or which is Ombudsman.HOS
    ]
    base = (
        "Each stage 1 complaint and each request for stage 2 received in the period, from anybody, and each "
        "investigation by an Ombudsman begun in it. Complaints not accepted are counted by themselves."
    )
    return count_table("number", "Number of complaints", base, counts, about="What was opened", bars=True)


def _timescales_table(timings: TimingCounts, rule: WithdrawnRule) -> Table:
    by: Counter[Timing] = Counter()
    for (_, timing), number in timings.items():
        by[timing] += number
    counts = [
        ("Complaints responded to within timescales", sum(by[t] for t in IN_TIME)),
        ("Complaints not responded to within timescales", by[Timing.LATE] + by[Timing.OVERDUE]),
    ]
    if by[Timing.NOT_YET_DUE]:
        counts.append(("Complaints still open and not yet due", by[Timing.NOT_YET_DUE]))
    base = (
        "Stage 1 and stage 2 together, without Ombudsman investigations. In time is within the Code’s working days, "
        "or within an extension that the resident was told of in time, with reasons and the Ombudsman’s details; one "
        f"brought in from an older system counts if its record says so. {rule.sentence}"
    )
    title = "Stage one and stage two response timescales"
    return count_table("timescales", title, base, counts, about="Response", bars=True)


def _outcomes_table(stages: Sequence[StageRecord], cases: Sequence[OnCase[OmbudsmanCase]]) -> Table:
    ended = Counter(s.outcome for s in stages)
    counts = [(label, ended[outcome]) for outcome, label in OUTCOMES]
    if ended[""]:
        counts.append(("Complaint still open", ended[""]))
    decided = Counter(
        f"Complaint determined by the {_OMBUDSMEN[case.record.ombudsman]} - {determined(case.record)}"
        if case.record.determined_at
        else f"Complaint with the {_OMBUDSMEN[case.record.ombudsman]}, not determined yet"
        for case in cases
    )
    base = "The outcome of each stage, stage 1 and stage 2 together, and of each Ombudsman investigation."
    return count_table(
        "outcomes", "Complaint outcomes", base, (*counts, *sorted(decided.items())), about="Outcome", bars=True
    )


def _not_final(
    stages: Sequence[StageRecord], period: Period, undecided: int, unknown: int, today: date
) -> tuple[str, ...]:
    still_open = sum(1 for s in stages if s.ended_on is None)
    told = (
        (today <= period.last, f"The period runs until {day_words(period.last)}."),
        (still_open, f"Stages still open: {still_open:,}."),
        (
            undecided,
            f"Cases of which nobody has decided yet whether they are complaints: {undecided:,}.",
        ),
        (unknown, f"Complaints and ASB cases in no measure because the tenure is not recorded: {unknown:,}."),
    )
    return tuple(sentence for applies, sentence in told if applies)


def _homes_left_out(reported: Reported, homes: Homes) -> tuple[str, ...]:
    """That no homes of a stock type were given although the measures count complaints, or ASB cases, from some."""
    said = []
    for tenure, stock, owned in ((Tenure.LCRA, "LCRA", homes.lcra), (Tenure.LCHO, "LCHO", homes.lcho)):
        stages = sum(1 for s in reported.accepted if s.tenure == tenure and s.landlord_matter)
        cases = sum(1 for case in reported.asb if case.tenure == tenure)
        if not owned and (stages or cases):
            said.append(
                f"No {stock} homes were given, but of what is counted {counted(stages, 'stage')} and "
                f"{counted(cases, 'ASB case')} come from them. Without their number CH01 has no rate for {stock}, and "
                "NM01 is out of too few homes."
            )
    return tuple(said)
