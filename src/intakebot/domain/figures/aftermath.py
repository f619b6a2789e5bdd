"""Aftermath: what followed the complaints of a period. Refusals, orders, remedies, actions, and what was learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from intakebot.domain.figures.reasons import ReportingScheme
from intakebot.domain.figures.reported import OnCase, Period, Reported, day_words
from intakebot.domain.figures.tables import Cell, Table
from intakebot.domain.incidents import Incident
from intakebot.domain.records import OmbudsmanCase, Payer, RefusalReason, Remedy, RemedyType
from intakebot.domain.working_days import local_date

_REFUSALS = {
    RefusalReason.OVER_12_MONTHS: "Over 12 months old",
    RefusalReason.PROCEEDINGS_FILED: "Legal proceedings filed at court",
    RefusalReason.ALREADY_CONSIDERED: "Already considered under the policy",
    RefusalReason.OTHER_POLICY_EXCLUSION: "Another exclusion in the policy",
}
_REMEDIES = {
    RemedyType.APOLOGY: "Apology",
    RemedyType.ACKNOWLEDGEMENT: "Acknowledging what went wrong",
    RemedyType.EXPLANATION: "Explanation",
    RemedyType.ACTION_ON_DELAY: "Action on a delay",
    RemedyType.CHANGED_DECISION: "Changed decision",
    RemedyType.CORRECTED_RECORD: "Corrected record",
    RemedyType.MONEY: "Money",
    RemedyType.CHANGED_POLICY: "Changed policy or practice",
}
_PAYERS = {Payer.LANDLORD: "The landlord", Payer.CONTRACTOR: "A contractor"}


def refusals_table(reported: Reported, period: Period) -> Table:
    """Complaints, and requests for stage 2, not accepted in the period, by reason (Code 2.1, 5.11, 8.1b)."""
    found = [on.record for on in reported.refusals if local_date(on.record.refused_at) in period]
    by = Counter((refusal.reason, refusal.stage) for refusal in found)
    directed = Counter(refusal.reason for refusal in found if refusal.directed_at is not None)
    rows = tuple((label, by[reason, 1], by[reason, 2], directed[reason]) for reason, label in _REFUSALS.items())
    return Table(
        "refusals",
        "Complaints not accepted",
        "Decided in the period, each with its reason, evidence, and the right to go to the Ombudsman (Code 2.4). "
        "Directed means that the Ombudsman had it accepted after all.",
        ("Reason", "Stage 1", "Stage 2", "Directed"),
        rows,
        ("Total", *(sum(int(row[n]) for row in rows) for n in (1, 2, 3))),
    )


def orders_table(cases: Sequence[OnCase[OmbudsmanCase]], today: date) -> Table:
    """What the Ombudsman ordered and recommended in these cases, and how far it is done (Code 8.1c, 9.7c)."""
    rows: list[tuple[Cell, ...]] = []
    for recommendation, label in ((False, "Orders"), (True, "Recommendations")):
        found = [o for case in cases for o in case.record.orders if o.recommendation is recommendation]
        done = sum(1 for order in found if order.done_at is not None)
        late = sum(1 for o in found if o.done_at is None and o.due_on is not None and o.due_on < today)
        rows.append((label, len(found), done, len(found) - done, late))
    failures = sum(1 for case in cases if case.record.failure_order)
    rows.append(("Complaint Handling Failure Orders", failures, "", "", ""))
    base = "Of the investigations begun in the period."
    return Table(
        "orders", "What the Ombudsman ordered", base, ("What", "Made", "Done", "To do", "Of these overdue"), tuple(rows)
    )


def remedies_table(reported: Reported, period: Period) -> Table:
    """Remedies offered in the period, by the Code's types (7.1)."""
    found = [on.record for on in reported.remedies if local_date(on.record.offered_at) in period]
    offered = Counter(remedy.type for remedy in found)
    accepted = Counter(remedy.type for remedy in found if remedy.accepted_at is not None)
    completed = Counter(remedy.type for remedy in found if remedy.completed_at is not None)
    rows = tuple((label, offered[kind], accepted[kind], completed[kind]) for kind, label in _REMEDIES.items())
    return Table(
        "remedies",
        "Putting things right",
        "Remedies offered in the period, and how many of these were accepted and carried out so far.",
        ("Remedy", "Offered", "Accepted", "Carried out"),
        rows,
        ("Total", offered.total(), accepted.total(), completed.total()),
    )


def paid_table(reported: Reported, period: Period) -> Table:
    """Compensation offered in the period, in pounds, by who pays."""
    found = [
        on.record
        for on in reported.remedies
        if on.record.type is RemedyType.MONEY and local_date(on.record.offered_at) in period
    ]
    rows: list[tuple[Cell, ...]] = []
    for payer, label in _PAYERS.items():
        theirs = [remedy for remedy in found if remedy.payer is payer]
        accepted = [remedy for remedy in theirs if remedy.accepted_at is not None]
        paid = [remedy for remedy in theirs if remedy.completed_at is not None]
        rows.append((label, _pounds(theirs), _pounds(accepted), _pounds(paid)))
    total: tuple[Cell, ...] = ("Total", *(sum((Decimal(row[n]) for row in rows), Decimal("0.00")) for n in (1, 2, 3)))
    base = "Money offered in the period, in pounds, and how much of it was accepted and paid so far."
    return Table(
        "paid", "Compensation", base, ("Paid by", "Offered (£)", "Accepted (£)", "Paid (£)"), tuple(rows), total
    )


def actions_table(reported: Reported, period: Period, today: date) -> Table:
    """Actions promised in responses of the period (Code 6.6): how many are done, and how many are overdue."""
    rows: list[tuple[Cell, ...]] = []
    for stage in (1, 2):
        found = [
            on.record
            for on in reported.actions
            if on.record.stage == stage and local_date(on.record.opened_at) in period
        ]
        done = sum(1 for action in found if action.done_at is not None)
        late = sum(1 for action in found if action.done_at is None and action.due_on < today)
        rows.append((f"Stage {stage}", len(found), done, len(found) - done, late))
    base = "Actions promised in the period and how they stand now."
    return Table(
        "actions", "Actions promised", base, ("Stage", "Promised", "Done", "To do", "Of these overdue"), tuple(rows)
    )


def learning_table(reported: Reported, period: Period, scheme: ReportingScheme) -> Table:
    """What was learned in the period, and what changed (Code 8.1d, 9.1). Nothing to learn is only counted."""
    rows = tuple(
        (
            scheme.label(on.record.category or (on.categories[0] if on.categories else "")),
            on.record.lesson,
            on.record.change,
        )
        for on in reported.learning
        if local_date(on.record.recorded_at) in period
    )
    base = (
        f"What officers recorded as learned in the period. Recorded as nothing to learn: {reported.nothing_learned:,}."
    )
    return Table("learning", "What we learned", base, ("About", "What we learned", "What we changed"), rows)


def incidents_table(incidents: Iterable[Incident], period: Period) -> Table:
    """What kept the landlord from following the Code in the period, however long before it began (Code 8.5)."""
    found = (i for i in incidents if i.since <= period.last and (i.until is None or i.until >= period.first))
    rows = tuple(
        (i.what, day_words(i.since), day_words(i.until) if i.until else "Not over", i.told_residents or "Not recorded")
        for i in sorted(found, key=lambda i: i.since)
    )
    base = "Times when something kept the landlord from following the Code. No clock stopped for them (Code 8.5)."
    columns = ("What happened", "From", "Until", "How residents were told")
    return Table("incidents", "What kept us from following the Code", base, columns, rows)


def _pounds(remedies: Iterable[Remedy]) -> Decimal:
    return sum((remedy.amount for remedy in remedies if remedy.amount is not None), Decimal("0.00"))
