"""Reasons: what complaints were about, under the labels a landlord prints in one year's report.

Category ids never change; printed labels do, and several categories may share one. So the labels of a year are
data, a `ReportingScheme`, and a category that no label names is printed under its own name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from intakebot.domain.figures.tables import Table, count_table
from intakebot.domain.labels import Category
from intakebot.errors import BadInput

NOT_RECORDED: Final = "Not recorded"


@dataclass(frozen=True, slots=True)
class Reason:
    """A label as a report prints it, and the category ids counted under it."""

    label: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportingScheme:
    """The labels of one year, in the order they are printed; each is printed even when nothing falls under it.

    Raises BadInput for a category under two labels.
    """

    reasons: tuple[Reason, ...]

    def __post_init__(self) -> None:
        named = Counter(category for reason in self.reasons for category in reason.categories)
        if twice := [category for category, times in named.items() if times > 1]:
            raise BadInput(f"the reporting scheme has {', '.join(twice)} under more than one label")

    def label(self, category: str) -> str:
        """The label a category is counted under: "damp_mould" under "Repairs and maintenance", say."""
        for reason in self.reasons:
            if category in reason.categories:
                return reason.label
        return category.replace("_", " ").capitalize() if category else NOT_RECORDED


USUAL_SCHEME: Final = ReportingScheme(
    (
        Reason(
            "Repairs and maintenance",
            (Category.REPAIRS, Category.DAMP_MOULD, Category.BUILDING_SAFETY, Category.ADAPTATIONS),
        ),
        Reason("Tenancy management", (Category.TENANCY_MANAGEMENT,)),
        Reason("Communal areas", (Category.COMMUNAL_AREAS,)),
        Reason("Anti-social behaviour", (Category.ASB,)),
        Reason("Housing allocations", (Category.ALLOCATIONS,)),
        Reason("Rents", (Category.RENTS,)),
        Reason("Leasehold service", (Category.LEASEHOLD,)),
    )
)
"""The labels landlords' reports commonly print; staff conduct, complaint handling and other come after, if any."""


def reasons_tables(topics: Iterable[Sequence[str]], scheme: ReportingScheme) -> tuple[Table, Table]:
    """The reasons by primary category, and by every category.

    `topics` are the category ids of each stage and each investigation, the primary one first. In the second
    table one of them counts under each of its labels once, so that its total may exceed the first's.
    """
    gathered = Counter(tuple(given) for given in topics)
    ids = {category for given in gathered for category in given} | {""}
    labels = {category: scheme.label(category) for category in ids}
    primary: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for given, times in gathered.items():
        primary[labels[given[0] if given else ""]] += times
        for label in {labels[category] for category in given} or {NOT_RECORDED}:
            every[label] += times
    return (
        count_table(
            "reasons",
            "Reason for complaints",
            "Each stage and each Ombudsman investigation counts once, under the main reason.",
            _in_order(primary, scheme),
            about="Reason",
            bars=True,
        ),
        count_table(
            "reasons_all",
            "Every reason for complaints",
            "Each stage and each Ombudsman investigation counts under every reason it has: these may add up to more.",
            _in_order(every, scheme),
            about="Reason",
        ),
    )


def _in_order(counted: Counter[str], scheme: ReportingScheme) -> list[tuple[str, int]]:
    printed = [reason.label for reason in scheme.reasons]
    others = sorted(set(counted) - set(printed), key=lambda label: (label == NOT_RECORDED, label))
    return [(label, counted[label]) for label in (*printed, *others)]
