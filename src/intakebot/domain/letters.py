"""Letters: the facts each letter states, gathered from a case. Wording is in templates a landlord can edit.

Automatic letters never repeat what the sender wrote: a forged sender must not turn us into a relay for
somebody's text, and a shared screen must not show what a resident confided. What officers have written down
(definition, reasons, remedies) is for letters an officer reads before they go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from intakebot.domain.case import Case, TagType
from intakebot.domain.labels import DANGER_FLAGS, Category, Flag, Kind
from intakebot.domain.people import Authority
from intakebot.domain.records import Action, Ombudsman, Payer, Records, Refusal, RefusalReason, Remedy
from intakebot.domain.stages import Outcome, Stage
from intakebot.domain.working_days import LONDON, local_date


@dataclass(frozen=True, slots=True)
class CategoryWords:
    """A category in the landlord's words: its title, and what they are and are not responsible for (Code 5.7)."""

    title: str
    responsible_for: str
    not_responsible_for: str = ""


@dataclass(frozen=True, slots=True)
class PointFacts:
    """One thing complained of, our answer to it, and what we found: "upheld", "partly upheld", "not upheld"."""

    text: str
    answer: str
    finding: str


@dataclass(frozen=True, slots=True)
class RemedyFacts:
    """Something offered to put it right. `amount` is written "£150" or "£12.50"; "" where it is not money."""

    what: str
    impact: str
    amount: str
    payer: str
    due_on: str


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """Something still to be done: what, by whom, and the last day, written out."""

    what: str
    owner: str
    due_on: str


@dataclass(frozen=True, slots=True)
class ExtensionFacts:
    """More time for a response: the new last day, the one it replaces, both written out, and why (Code 6.4)."""

    until: str
    was_due: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefusalFacts:
    """Why a complaint, or with `escalation` a request for stage 2, is not accepted (Code 2.4, 5.11)."""

    reason: str
    evidence: str
    consideration: str
    escalation: bool


@dataclass(frozen=True, slots=True)
class StageFacts:
    """What letters may say of the stage a complaint is at. `number` is 0 where no Code clock runs."""

    number: int = 0
    finding: str = ""
    decision: str = ""
    reasons: str = ""
    points: tuple[PointFacts, ...] = ()
    remedies: tuple[RemedyFacts, ...] = ()
    actions: tuple[ActionFacts, ...] = ()
    extension: ExtensionFacts | None = None
    next_update_on: str = ""
    update_days: int = 0


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What letters to residents may say of a case. Dates are written out for reading.

    `definition`, `outcomes_sought`, `responsible_for` and `not_responsible_for` are what an officer wrote down
    for the stage; without that the last three come from the tags. `question` is what we asked the resident last
    and have no answer to; `said` is what an officer has to say in this one letter. `authority_needed` is whether
    whoever reads it has still to show that they may act for the resident: by the resident's permission, or by what
    `authority_shown_by` names.
    """

    reference: str
    greeting: str
    kind: str
    received_on: str
    ack_due: str
    response_due: str
    definition: str
    about: tuple[str, ...]
    outcomes_sought: tuple[str, ...]
    responsible_for: tuple[str, ...]
    not_responsible_for: tuple[str, ...]
    emergency: bool
    representing: bool
    authority_needed: bool
    ombudsman: Ombudsman = Ombudsman.HOS
    stage: StageFacts = StageFacts()
    refusal: RefusalFacts | None = None
    question: str = ""
    said: str = ""
    authority_shown_by: str = ""


_LONGEST_NAME: Final = 60
_NOT_A_NAME: Final = re.compile(r"""[\d_/:@<>{}\[\]|\\"!?%&=+#*$£€;。．｡]|\.\w{2}""")
CONFIDENTIAL_FLAGS = frozenset({Flag.SAFEGUARDING, Flag.DOMESTIC_ABUSE, Flag.HATE_INCIDENT})
"""With one of these, an automatic letter says nothing of what the message is about: others may read it."""
FINDING_WORDS: Final = {
    Outcome.UPHELD: "upheld",
    Outcome.PARTIALLY_UPHELD: "partly upheld",
    Outcome.NOT_UPHELD: "not upheld",
}
_PAYERS: Final = {Payer.LANDLORD: "us", Payer.CONTRACTOR: "our contractor"}


def letter_facts(case: Case, words: Mapping[str, CategoryWords], to_name: str, said: str = "") -> LetterFacts:
    """The facts of a case that a letter to somebody with this name states.

    `said` is the officer's own part of the letter, where it has one: an update, or how a case ended.
    """
    flags, stage = case.labels(TagType.FLAG), case.current
    confidential = bool(set(flags) & CONFIDENTIAL_FLAGS)
    about = () if confidential else tuple(words[c] for c in case.labels(TagType.CATEGORY) if c in words)
    return LetterFacts(
        reference=case.reference,
        greeting=greeting(to_name),
        kind=case.kind.value,
        received_on=long_date(local_date(stage.received_at if stage else case.received_at)),
        ack_due=long_date(stage.due.ack_due) if stage else "",
        response_due=long_date(stage.extended_to or stage.due.response_due) if stage else "",
        definition=stage.definition.strip() if stage else "",
        about=tuple(w.title for w in about),
        outcomes_sought=_lines(stage.outcomes_sought if stage else "") or _outcomes_sought(case),
        responsible_for=_lines(stage.responsible_for if stage else "")
        or tuple(w.responsible_for for w in about if w.responsible_for),
        not_responsible_for=_lines(stage.not_responsible_for if stage else "")
        or tuple(w.not_responsible_for for w in about if w.not_responsible_for),
        emergency=Flag.EMERGENCY_HAZARD in flags,
        representing=bool(case.representatives),
        authority_needed=any(r.authority is Authority.PENDING for r in case.representatives),
        ombudsman=case.ombudsman,
        stage=stage_facts(stage, case.records) if stage else StageFacts(),
        refusal=_refusal(case.records.refusals[-1]) if case.records.refusals else None,
        question=next((c.question.strip() for c in reversed(case.records.clarifications) if not c.answered_at), ""),
        said=said.strip(),
    )


def without_the_case(facts: LetterFacts) -> LetterFacts:
    """The facts for somebody who may be told nothing of the case: its reference, and what we ask of them."""
    return LetterFacts(
        reference=facts.reference, greeting=facts.greeting, kind="", received_on="", ack_due="", response_due="",
        definition="", about=(), outcomes_sought=(), responsible_for=(), not_responsible_for=(), emergency=False,
        representing=True, authority_needed=True, ombudsman=facts.ombudsman, said=facts.said,
        authority_shown_by=facts.authority_shown_by,
    )  # fmt: skip


def stage_facts(stage: Stage, records: Records) -> StageFacts:
    """What letters may say of one stage: its answer, its remedies, and every action of the case not yet done."""
    extension = stage.extensions[-1] if stage.extensions else None
    was_due = stage.extensions[-2].until if len(stage.extensions) > 1 else stage.due.response_due
    return StageFacts(
        number=stage.number,
        finding=FINDING_WORDS.get(stage.outcome, "") if stage.outcome else "",
        decision=stage.decision.strip(),
        reasons=stage.reasons.strip(),
        points=tuple(
            PointFacts(p.text.strip(), p.answer.strip(), FINDING_WORDS.get(p.finding, "") if p.finding else "")
            for p in stage.points
        ),
        remedies=tuple(_remedy(r) for r in records.remedies if r.stage == stage.number and r.declined_at is None),
        actions=tuple(_action(a) for a in records.actions if a.done_at is None),
        extension=ExtensionFacts(long_date(extension.until), long_date(was_due), extension.reason.strip())
        if extension
        else None,
        next_update_on=long_date(stage.next_update_on) if stage.next_update_on else "",
        update_days=stage.update_days or 0,
    )


def greeting(name: str) -> str:
    """How a letter begins. A sender may call himself anything; only what reads like a name is repeated.

    >>> greeting("Shirley O'Neill-Amadi"), greeting("Win at spam.example")
    ("Dear Shirley O'Neill-Amadi", 'Hello')
    """
    fit = name.strip() and name.isprintable() and len(name) <= _LONGEST_NAME and not _NOT_A_NAME.search(name)
    return f"Dear {name}" if fit else "Hello"


def may_acknowledge_at_once(case: Case) -> bool:
    """Whether an acknowledgement may go without an officer reading it first (Code 6.2, 5.6, 5.7).

    Only for a complaint that needs no review, whose subject is known, in English, and where nobody is at risk:
    those letters need a person's care.
    """
    flags = set(case.labels(TagType.FLAG))
    return (
        case.kind is Kind.COMPLAINT
        and case.current is not None
        and bool(case.current.definition and case.current.responsible_for)
        and not case.needs_review
        and bool(case.labels(TagType.CATEGORY))
        and case.language == "en"
        and not flags & (DANGER_FLAGS | CONFIDENTIAL_FLAGS | {Flag.LEGAL_ACTION})
        and case.representative is None
    )


def _outcomes_sought(case: Case) -> tuple[str, ...]:
    """What the resident plainly wants (Code 5.6), as far as the tags show it; the letter asks for the rest."""
    flags, categories = case.labels(TagType.FLAG), case.labels(TagType.CATEGORY)
    wanted = []
    if {Category.REPAIRS, Category.DAMP_MOULD, Category.BUILDING_SAFETY, Category.COMMUNAL_AREAS} & set(categories):
        wanted.append("the problem put right")
    if Category.COMPLAINT_HANDLING in categories or Flag.MISSED_APPOINTMENT in flags:
        wanted.append("an explanation of what went wrong")
    if Flag.COMPENSATION_REQUEST in flags:
        wanted.append("money to make up for it")
    return tuple(wanted)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _remedy(remedy: Remedy) -> RemedyFacts:
    return RemedyFacts(
        what=remedy.what.strip(),
        impact=remedy.impact.strip(),
        amount=pounds(remedy.amount) if remedy.amount is not None else "",
        payer=_PAYERS[remedy.payer],
        due_on=long_date(remedy.due_on) if remedy.due_on else "",
    )


def _action(action: Action) -> ActionFacts:
    return ActionFacts(action.what.strip(), action.owner.strip(), long_date(action.due_on))


def _refusal(refusal: Refusal) -> RefusalFacts:
    match refusal.reason:
        case RefusalReason.OVER_12_MONTHS:
            reason = "it is about something that happened more than 12 months ago"
        case RefusalReason.PROCEEDINGS_FILED:
            day = f" on {long_date(refusal.claim_filed_on)}" if refusal.claim_filed_on else ""
            reason = f"a claim about the same matter was filed at court{day}"
        case RefusalReason.ALREADY_CONSIDERED:
            earlier = f", under the reference {refusal.earlier_case}" if refusal.earlier_case else ""
            reason = f"we have answered a complaint about the same matter{earlier}"
        case RefusalReason.OTHER_POLICY_EXCLUSION:
            reason = "our complaints policy does not cover it"
    return RefusalFacts(reason, refusal.evidence.strip(), refusal.consideration.strip(), refusal.stage == 2)


def pounds(amount: Decimal) -> str:
    """A sum as letters write it, to the penny.

    >>> pounds(Decimal("1250.00")), pounds(Decimal("12.5"))
    ('£1,250', '£12.50')
    """
    whole = amount == amount.to_integral_value()
    return f"£{amount:,.0f}" if whole else f"£{amount:,.2f}"


def long_date(day: date) -> str:
    """A date as letters write it.

    >>> long_date(date(2026, 3, 2))
    'Monday 2 March 2026'
    """
    return f"{day:%A} {day.day} {day:%B %Y}"


def clock_time(moment: datetime) -> str:
    """A moment as notices write it, Europe/London.

    >>> clock_time(datetime(2026, 6, 1, 12, 0, tzinfo=UTC))
    '1 June 2026 at 13:00'
    """
    local = moment.astimezone(LONDON)
    return f"{local.day} {local:%B %Y at %H:%M}"
