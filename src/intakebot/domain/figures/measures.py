"""Measures: whether a stage was answered in time, and the Tenant Satisfaction Measures CH01, CH02 and NM01.

The rules are those of the Regulator of Social Housing's technical requirements, kept here in one place with the
version they follow. Rates and percentages are decimal and rounded half up to one place; over nothing there is
no rate, and "n/a" is printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final, Literal

from intakebot.domain.figures.reported import AsbCase, Homes, Reported, StageRecord, Tenure

REQUIREMENTS_VERSION: Final = "RSH Tenant Satisfaction Measures: Technical requirements, as reissued on 2 April 2024"

_ONE_PLACE: Final = Decimal("0.1")
_STOCK: Final = ((Tenure.LCRA, "LCRA"), (Tenure.LCHO, "LCHO"))


class WithdrawnRule(StrEnum):
    """What a withdrawn complaint is in CH02; the technical requirements do not settle it."""

    IN_TIME = "in_time"
    NOT_IN_TIME = "not_in_time"
    EXCLUDE = "exclude"

    @property
    def sentence(self) -> str:
        """The rule in words, to be printed beside the figure."""
        return {
            WithdrawnRule.IN_TIME: "A complaint withdrawn on or before its due date counts as answered in time.",
            WithdrawnRule.NOT_IN_TIME: "A withdrawn complaint counts as not answered in time.",
            WithdrawnRule.EXCLUDE: "A withdrawn complaint is left out of the figures for answering in time.",
        }[self]


class Timing(StrEnum):
    """How one stage stands against its last day."""

    WITHIN_BASE = "within_base"
    WITHIN_EXTENSION = "within_extension"
    LATE = "late"
    OVERDUE = "overdue"
    NOT_YET_DUE = "not_yet_due"
    LEFT_OUT = "left_out"


IN_TIME: Final = frozenset({Timing.WITHIN_BASE, Timing.WITHIN_EXTENSION})
STILL_OPEN: Final = frozenset({Timing.OVERDUE, Timing.NOT_YET_DUE})


def timing_of(stage: StageRecord, rule: WithdrawnRule, today: date) -> Timing:
    """How a stage stands against its due date, and the last day of a valid extension (Code 6.3, 6.4, 6.14, 6.15).

    Only the response is looked at, not the acknowledgement. `today` is a local date.
    """
    if stage.ended_on is None:
        return Timing.NOT_YET_DUE if today <= stage.valid_until else Timing.OVERDUE
    if rule is not WithdrawnRule.IN_TIME and stage.withdrawn:
        return Timing.LEFT_OUT if rule is WithdrawnRule.EXCLUDE else Timing.LATE
    if stage.ended_on <= stage.response_due:
        return Timing.WITHIN_BASE
    return Timing.WITHIN_EXTENSION if stage.ended_on <= stage.valid_until else Timing.LATE


def per_thousand(count: int, homes: int) -> Decimal | None:
    """A rate per 1,000 homes; None where there are no homes.

    >>> per_thousand(20, 4215)
    Decimal('4.7')
    """
    return _rounded(Decimal(count) * 1000 / homes) if homes else None


def percentage(part: int, whole: int) -> Decimal | None:
    """A percentage; None of nothing.

    >>> percentage(13, 20)
    Decimal('65.0')
    """
    return _rounded(Decimal(part) * 100 / whole) if whole else None


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_ONE_PLACE, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: `count` over `base`. `value` is None where the base is 0.

    `stock` is LCRA, LCHO, or both; `still_open` how many of what is counted can still change the value.
    """

    code: str
    name: str
    stock: str
    count: int
    base: int
    unit: Literal["per 1,000 homes", "%"]
    value: Decimal | None
    still_open: int = 0

    @property
    def shown(self) -> str:
        """The value as it is printed: "4.7", "65.0%", "n/a"; "0" where there was not a single one."""
        if self.value is None:
            return "n/a"
        if self.unit == "%":
            return f"{self.value}%"
        return str(self.value) if self.count else "0"


@dataclass(frozen=True, slots=True)
class TenantSatisfaction:
    """The measures of one period, and what was left out of them: "4 of leaseholders", say."""

    measures: tuple[Measure, ...]
    homes: Homes
    withdrawn_rule: WithdrawnRule
    outside: tuple[tuple[str, int], ...]
    still_open: int
    tenure_unknown: int
    requirements_version: str = REQUIREMENTS_VERSION

    def shown(self, code: str, stock: str = "LCRA") -> str:
        """One measure's value as it is printed. Raises LookupError for one that is not there."""
        for measure in self.measures:
            if measure.code == code and measure.stock == stock:
                return measure.shown
        raise LookupError(f"{code} for {stock}")


def tenant_satisfaction(reported: Reported, homes: Homes, rule: WithdrawnRule, today: date) -> TenantSatisfaction:
    """CH01, CH02 and NM01 of what was received in the period.

    A stage 2 counts by its own date of receipt, whichever year stage 1 fell in. Refused complaints, people who
    are neither tenants nor shared owners, and matters outside the landlord's role are not counted.
    """
    stages = reported.accepted
    measures: list[Measure] = []
    still_open = 0
    for tenure, stock in _STOCK:
        ours = [s for s in stages if s.tenure == tenure and s.landlord_matter]
        owned = homes.lcra if tenure is Tenure.LCRA else homes.lcho
        pairs = [
            _complaint_measures([s for s in ours if s.stage == number], number, stock, owned, rule, today)
            for number in (1, 2)
        ]
        measures += [pair[n] for n in (0, 1) for pair in pairs]
        still_open += sum(rate.still_open for rate, _ in pairs)
    measures += _asb_measures(reported.asb, homes)
    unknown = [s for s in stages if s.tenure == Tenure.UNKNOWN]
    unknown_asb = [case for case in reported.asb if case.tenure == Tenure.UNKNOWN]
    return TenantSatisfaction(
        measures=tuple(measures),
        homes=homes,
        withdrawn_rule=rule,
        outside=_outside(stages),
        still_open=still_open,
        tenure_unknown=len(unknown) + len(unknown_asb),
    )


def _complaint_measures(
    found: Sequence[StageRecord], stage: int, stock: str, homes: int, rule: WithdrawnRule, today: date
) -> tuple[Measure, Measure]:
    timings = Counter(timing_of(s, rule, today) for s in found)
    still_open = sum(timings[t] for t in STILL_OPEN)
    in_time = sum(timings[t] for t in IN_TIME)
    base = len(found) - timings[Timing.LEFT_OUT]
    name = f"Stage {stage} complaints"
    return (
        Measure(
            f"CH01({stage})",
            f"{name} per 1,000 homes",
            stock,
            len(found),
            homes,
            "per 1,000 homes",
            per_thousand(len(found), homes),
            still_open,
        ),
        Measure(
            f"CH02({stage})",
            f"{name} answered within the Code’s timescales",
            stock,
            in_time,
            base,
            "%",
            percentage(in_time, base),
            still_open,
        ),
    )


def _asb_measures(cases: Sequence[AsbCase], homes: Homes) -> list[Measure]:
    ours = [case for case in cases if case.tenure in (Tenure.LCRA, Tenure.LCHO)]
    hate = sum(1 for case in ours if case.hate_incident)
    told = (
        ("NM01(1)", "Anti-social behaviour cases per 1,000 homes", len(ours)),
        ("NM01(2)", "Anti-social behaviour cases with a hate incident, per 1,000 homes", hate),
    )
    return [
        Measure(code, name, "LCRA and LCHO", count, homes.both, "per 1,000 homes", per_thousand(count, homes.both))
        for code, name, count in told
    ]


def _outside(stages: Sequence[StageRecord]) -> tuple[tuple[str, int], ...]:
    """What the complaint tables count and the measures do not, by the reason."""
    ours = {Tenure.LCRA, Tenure.LCHO}
    told = (
        ("by leaseholders", sum(1 for s in stages if s.tenure == Tenure.LEASEHOLDER)),
        ("by applicants for a home", sum(1 for s in stages if s.tenure == Tenure.APPLICANT)),
        ("by others", sum(1 for s in stages if s.tenure == Tenure.OTHER)),
        ("by people whose tenure is not recorded", sum(1 for s in stages if s.tenure == Tenure.UNKNOWN)),
        ("outside the landlord’s role", sum(1 for s in stages if s.tenure in ours and not s.landlord_matter)),
    )
    return tuple((why, number) for why, number in told if number)
