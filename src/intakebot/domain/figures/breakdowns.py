"""Breakdowns: complaints taken apart by stage, channel, area, team, and month, beside the four complaint tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from intakebot.domain.channels import Channel, counted_as
from intakebot.domain.figures.measures import IN_TIME, STILL_OPEN, Timing, WithdrawnRule, percentage, timing_of
from intakebot.domain.figures.reasons import ReportingScheme
from intakebot.domain.figures.reported import Period, StageRecord
from intakebot.domain.figures.tables import Cell, Table
from intakebot.domain.stages import Outcome

TimingCounts = Counter[tuple[int, Timing]]
"""How many stages have each number and timing."""

Names = tuple[tuple[str, str], ...]
"""Ids, of channels, patches or teams, each with the name it is printed under; all of them are printed."""

OUTCOMES: Final = (
    (Outcome.UPHELD, "Complaint upheld"),
    (Outcome.PARTIALLY_UPHELD, "Complaint partially upheld"),
    (Outcome.NOT_UPHELD, "Complaint not upheld"),
    (Outcome.WITHDRAWN, "Complaint withdrawn"),
)
"""The outcomes a stage can end with, in the words reports use."""

_STAGES: Final = (1, 2)
_BOTH: Final = ("Stage 1", "Stage 2")
_NOT_RECORDED: Final = ("", "Not recorded")


def timescales_by_stage(timings: TimingCounts, rule: WithdrawnRule) -> Table:
    """How each stage's responses stand: within the first due date, and within it or a valid extension."""
    counted = tuple(sum(timings[stage, t] for t in Timing if t is not Timing.LEFT_OUT) for stage in _STAGES)
    within = tuple(timings[stage, Timing.WITHIN_BASE] for stage in _STAGES)
    either = tuple(sum(timings[stage, t] for t in IN_TIME) for stage in _STAGES)
    late = tuple(timings[stage, Timing.LATE] + timings[stage, Timing.OVERDUE] for stage in _STAGES)
    still_open = tuple(sum(timings[stage, t] for t in STILL_OPEN) for stage in _STAGES)
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Counted", *counted),
        ("Within the first due date", *within),
        ("Within the first due date, as %", *_percentages(within, counted)),
        ("Within it or a valid extension", *either),
        ("Within it or a valid extension, as %", *_percentages(either, counted)),
        ("Not in time", *late),
        ("Still open", *still_open),
    )
    base = f"Stages received in the period. One that is overdue is both not in time and still open. {rule.sentence}"
    return Table("timescales_by_stage", "Response timescales by stage", base, ("Response", *_BOTH), rows)


def acknowledgements_table(stages: Sequence[StageRecord], today: date) -> Table:
    """How acknowledgements were kept (Code 6.2, 6.11)."""
    by = Counter((s.stage, _acknowledged(s, today)) for s in stages)
    labels = ("In time", "Late, or overdue", "Not yet due", "Ended without one")
    in_time = [by[stage, labels[0]] for stage in _STAGES]
    owed = [by[stage, labels[0]] + by[stage, labels[1]] for stage in _STAGES]
    rows: list[tuple[Cell, ...]] = [(label, *(by[stage, label] for stage in _STAGES)) for label in labels]
    rows.append(("In time, as % of those that were due", *_percentages(in_time, owed)))
    base = (
        "Stages received in the period, against five working days (Code 6.2, 6.11). "
        "The Tenant Satisfaction Measures do not count acknowledgements."
    )
    return Table("acknowledgements", "Acknowledgements", base, ("Acknowledgement", *_BOTH), tuple(rows))


def _acknowledged(stage: StageRecord, today: date) -> str:
    if stage.acknowledged_on is not None:
        return "In time" if stage.acknowledged_on <= stage.ack_due else "Late, or overdue"
    if stage.ended_on is not None:
        return "Ended without one"
    return "Not yet due" if today <= stage.ack_due else "Late, or overdue"


def outcomes_by_stage(stages: Sequence[StageRecord]) -> Table:
    """The outcomes of each stage; the second never overwrites the first."""
    by = Counter((s.stage, s.outcome) for s in stages)
    kinds = (*OUTCOMES, ("", "Complaint still open"))
    rows = tuple((label, by[1, outcome], by[2, outcome]) for outcome, label in kinds)
    total = ("Total", sum(row[1] for row in rows), sum(row[2] for row in rows))
    base = "Stages received in the period. A stage 2 outcome does not change the stage 1 outcome."
    return Table("outcomes_by_stage", "Outcomes by stage", base, ("Outcome", *_BOTH), rows, total)


def channels_table(stages: Sequence[StageRecord], offered: Names) -> Table:
    """Stage 1 complaints by channel, those that nobody used too."""
    by = Counter(counted_as(s.channel) for s in stages if s.stage == 1)
    rows = tuple(
        (name, by[channel], "" if by[channel] or channel == Channel.OTHER else "Not used: is anything in people’s way?")
        for channel, name in _named(offered, by)
    )
    base = (
        "Stage 1 complaints by how they came. A high number is no bad sign, and a low one may mean that something "
        "stands in people’s way (Code 3.3)."
    )
    columns = ("Channel", "Number", "Note")
    return Table("channels", "Complaints by channel", base, columns, rows, ("Total", by.total(), ""))


def groups_tables(
    stages: Sequence[StageRecord], patches: Names, teams: Names, rule: WithdrawnRule, today: date
) -> tuple[Table, Table, Table]:
    """Complaints by area, by team, and by the contractor they are about (Code 9.2)."""
    return (
        _group("areas", "Complaints by area", "Area", stages, lambda s: s.patch, patches, rule, today),
        _group("teams", "Complaints by team", "Team", stages, lambda s: s.team, teams, rule, today),
        _group(
            "contractors",
            "Complaints about contractors",
            "Contractor",
            [s for s in stages if s.contractor],
            lambda s: s.contractor,
            (),
            rule,
            today,
        ),
    )


def _group(
    key: str,
    title: str,
    about: str,
    stages: Sequence[StageRecord],
    of: Callable[[StageRecord], str],
    names: Names,
    rule: WithdrawnRule,
    today: date,
) -> Table:
    by: Counter[str] = Counter(map(of, stages))
    in_time = Counter(of(s) for s in stages if timing_of(s, rule, today) in IN_TIME)
    upheld = Counter(of(s) for s in stages if s.outcome in (Outcome.UPHELD, Outcome.PARTIALLY_UPHELD))
    rows = tuple((name, by[found], in_time[found], upheld[found]) for found, name in _named(names, by))
    base = f"Stages received in the period (Code 9.2). {rule.sentence}"
    return Table(key, title, base, (about, "Received", "In time", "Upheld, in whole or part"), rows)


def trends_table(stages: Sequence[StageRecord], period: Period, scheme: ReportingScheme) -> Table:
    """Stages received in each month by main reason, so that a pattern shows (Code 9.2, 9.7b)."""
    labels = {category: scheme.label(category) for category in {_primary(s) for s in stages}}
    by = Counter((labels[_primary(s)], s.received_on.replace(day=1)) for s in stages)
    months = _months(period)
    printed = [reason.label for reason in scheme.reasons]
    others = sorted(set(labels.values()) - set(printed))
    rows: list[tuple[Cell, ...]] = [(label, *(by[label, month] for month in months)) for label in (*printed, *others)]
    total: tuple[Cell, ...] = ("Total", *(sum(by[label, month] for label in (*printed, *others)) for month in months))
    columns = ("Reason", *(f"{month:%b %Y}" for month in months))
    base = "Stages received in each month, by main reason."
    return Table("trends", "Month by month", base, columns, tuple(rows), total)


def _months(period: Period) -> list[date]:
    """The first day of every month the period touches."""
    first = period.first.year * 12 + period.first.month - 1
    last = period.last.year * 12 + period.last.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(first, last + 1)]


def _primary(stage: StageRecord) -> str:
    return stage.categories[0] if stage.categories else ""


def _named(names: Names, found: Counter[str]) -> list[tuple[str, str]]:
    """Every id with its name: those that have one, then those only found, then what was not recorded."""
    known = {given for given, _ in names}
    others = sorted(given for given in found if given and given not in known)
    return [*names, *((given, given) for given in others), *([_NOT_RECORDED] if found[""] else [])]


def _percentages(parts: Sequence[int], wholes: Sequence[int]) -> tuple[str, ...]:
    found = (percentage(part, whole) for part, whole in zip(parts, wholes, strict=True))
    return tuple("n/a" if value is None else f"{value}%" for value in found)
