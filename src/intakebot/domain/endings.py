"""Endings: how a complaint ends other than by its answer, and how the case is closed after it.

A refusal is a person's, reasoned and open to the Ombudsman's direction; a withdrawal counts only once the
resident confirms it; a case closes when what was promised is done. Acts as in `complaints`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from intakebot.domain.case import Acting, Case, Change, EventType, Status
from intakebot.domain.complaints import running, status_of
from intakebot.domain.records import Refusal, RefusalReason, Withdrawal
from intakebot.domain.stages import Outcome
from intakebot.domain.wording import long_day, plain
from intakebot.domain.working_days import local_date, years_after
from intakebot.errors import Refused


def refuse(
    case: Case,
    reason: RefusalReason,
    evidence: str,
    consideration: str,
    acting: Acting,
    *,
    claim_filed_on: date | None = None,
    earlier_case: str = "",
) -> Change:
    """Do not accept the complaint, or its escalation (Code 2.1 to 2.5, 5.11). Owes the refusal letter.

    Only an officer refuses, with evidence and a consideration of this person's circumstances. A letter before
    claim is not proceedings. Raises `Refused` for what the Code does not take as a valid reason.
    """
    clause = "5.11" if case.stage == 2 else "2.1"
    stage = running(case, clause)
    if not acting.is_person:
        raise Refused("No rule may refuse a complaint; a named officer does", clause)
    if not evidence.strip():
        raise Refused("Give the evidence for the reason", clause)
    if not consideration.strip():
        raise Refused("Say how this resident's own circumstances were considered", "2.5")
    _check_reason(case, reason, claim_filed_on, earlier_case.strip(), local_date(acting.now))
    record = Refusal(
        len(case.records.refusals) + 1, stage.number, reason, evidence.strip(), consideration.strip(),
        acting.officer_id, acting.name, acting.now, claim_filed_on, earlier_case.strip(),
    )  # fmt: skip
    records = replace(case.records, refusals=(*case.records.refusals, record))
    changed = replace(case, status=Status.REFUSED, records=records)
    changed = changed.with_current(outcome=Outcome.REFUSED, ended_at=acting.now)
    what = "The complaint" if stage.number == 1 else "The request for stage 2"
    event = acting.event(EventType.REFUSED, f"{what} was not accepted ({plain(reason)}), by {acting.name}.")
    return Change(changed, (event,))


def accept_as_directed(case: Case, directed_by: str, acting: Acting) -> Change:
    """The Ombudsman directs that a refused complaint be accepted (Code 2.4): its clocks run from the first receipt.

    They may do so after the case was closed, too.
    """
    stage = case.current
    if stage is None or stage.outcome is not Outcome.REFUSED or not case.records.refusals:
        raise Refused("Only a refused complaint can be directed to be accepted", "2.4")
    if not directed_by.strip():
        raise Refused("Say who directed it, and when", "2.4")
    last = replace(case.records.refusals[-1], directed_at=acting.now)
    records = replace(case.records, refusals=(*case.records.refusals[:-1], last))
    changed = replace(case, records=records).with_current(outcome=None, ended_at=None)
    changed = replace(changed, status=status_of(changed))
    event = acting.event(EventType.DIRECTED, f"Accepted after all: {directed_by.strip()}")
    return Change(changed, (event,))


def proceedings_ended(case: Case, ended_on: date, acting: Acting) -> Change:
    """The claim for which it was refused is over at court. That begins nothing anew; it holds the case no longer."""
    at_court = [refusal for refusal in case.records.refusals if refusal.at_court]
    if not at_court:
        raise Refused("No claim at court that is not over is on record", "2.2")
    if any(refusal.claim_filed_on and ended_on < refusal.claim_filed_on for refusal in at_court):
        raise Refused("The proceedings cannot have ended before the claim was filed", "2.2")
    if ended_on > local_date(acting.now):
        raise Refused("The proceedings cannot have ended in the future", "2.2")
    refusals = tuple(
        replace(refusal, proceedings_ended_on=ended_on) if refusal.at_court else refusal
        for refusal in case.records.refusals
    )
    event = acting.event(EventType.PROCEEDINGS_ENDED, f"The claim at court was over on {long_day(ended_on)}.")
    return Change(replace(case, records=replace(case.records, refusals=refusals)), (event,))


def ask_to_withdraw(case: Case, said: str, acting: Acting) -> Change:
    """The resident seems to withdraw. Nothing changes until they confirm it. Owes the letter that asks them."""
    stage = running(case, "5.12")
    if not said.strip():
        raise Refused("Write what the resident said", "5.12")
    asked = Withdrawal(len(case.records.withdrawals) + 1, stage.number, acting.now, said.strip())
    records = replace(case.records, withdrawals=(*case.records.withdrawals, asked))
    event = acting.event(
        EventType.WITHDRAWAL_ASKED, "The resident may wish to withdraw; they were asked to confirm. The clocks go on."
    )
    return Change(replace(case, records=records), (event,))


def withdraw(case: Case, how: str, acting: Acting) -> Change:
    """The resident has confirmed that they withdraw; it is never inferred. Owes the closure letter."""
    stage = running(case, "5.12")
    if not acting.is_person:
        raise Refused("No rule may take a complaint as withdrawn; a person reads what the resident confirmed", "5.12")
    waiting = [w for w in case.records.withdrawals if w.confirmed_at is None and w.stage == stage.number]
    if not waiting:
        raise Refused("Ask the resident to confirm first: a complaint ends when they say so, not before", "5.12")
    if not how.strip():
        raise Refused("Say how the resident confirmed it", "5.12")
    done = replace(waiting[-1], confirmed_at=acting.now, how=how.strip())
    withdrawals = tuple(done if w.number == done.number else w for w in case.records.withdrawals)
    changed = replace(case, status=Status.WITHDRAWN, records=replace(case.records, withdrawals=withdrawals))
    changed = changed.with_current(outcome=Outcome.WITHDRAWN, ended_at=acting.now)
    event = acting.event(EventType.WITHDRAWN, f"Withdrawn by the resident, who confirmed it: {how.strip()}")
    return Change(changed, (event,))


def close(case: Case, acting: Acting) -> Change:
    """Close an answered, refused or withdrawn complaint (Code 6.6, 9.1). Owes the closure letter.

    Raises `Refused` while an answer, action, remedy, Ombudsman's order or hazard is outstanding, or the lesson is
    not recorded.
    """
    if not case.stages or case.stages[-1].open:
        clause = "6.14" if case.stage == 2 else "6.3"
        raise Refused("A complaint ends with its answer, or withdrawn by the resident", clause)
    if case.status is Status.CLOSED:
        raise Refused("It is closed already")
    if any(action.done_at is None for action in case.records.actions):
        raise Refused("Actions that were promised are still open", "6.6")
    if any(remedy.waiting for remedy in case.records.remedies):
        raise Refused("A remedy that was offered is not carried out or declined yet", "7.3")
    if any(order.done_at is None for theirs in case.records.ombudsman for order in theirs.orders):
        raise Refused("What the Ombudsman ordered or recommended is not carried out yet", "9.7")
    if case.hazard is not None:
        raise Refused("A hazard on it is not dealt with yet; record how it was made safe, or clear it with a reason")
    if not case.records.learning:
        raise Refused("Record what was learned from it, or that there was nothing to learn", "9.1")
    event = acting.event(EventType.CLOSED, "Closed: answered, and what was promised is done.")
    return Change(replace(case, status=Status.CLOSED, unread=0), (event,))


def needs_discretion(case: Case) -> bool:
    """Whether the matter was over 12 months old when we had the complaint (Code 2.3).

    Counted from the later of it arising and being known; how long we took since does not age it. It asks an officer
    to consider discretion; it refuses nothing.
    """
    known = [day for day in (case.issue_on, case.aware_on) if day is not None]
    return bool(known) and local_date(case.received_at) > years_after(max(known), 1)


def _check_reason(case: Case, reason: RefusalReason, filed_on: date | None, earlier: str, today: date) -> None:
    if reason is RefusalReason.OVER_12_MONTHS and not needs_discretion(case):
        raise Refused(
            "Record when the matter arose, and when the resident knew of it; the later must be over 12 months before "
            "they complained",
            "2.3",
        )
    if reason is RefusalReason.PROCEEDINGS_FILED and filed_on is None:
        raise Refused(
            "Give the date the claim form and particulars were filed at court; a letter before claim is not enough",
            "2.2",
        )
    if filed_on is not None and filed_on > today:
        raise Refused("The claim cannot have been filed in the future", "2.2")
    if reason is RefusalReason.ALREADY_CONSIDERED and earlier in ("", case.reference):
        raise Refused("Name the case in which it was considered before", "2.2")
