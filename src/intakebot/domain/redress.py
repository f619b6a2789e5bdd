"""Redress: putting things right, what was promised, the Ombudsman's part, and what was learned.

Acts as in `complaints`: a case in, a changed case and its events out, `Refused` with the clause where the Code
does not allow it. Everything here may go on after the response (Code 6.6, 7.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from intakebot.domain.case import Acting, Case, Change, EventType
from intakebot.domain.complaints import open_again
from intakebot.domain.records import (
    Action,
    Finding,
    Learning,
    Ombudsman,
    OmbudsmanCase,
    Order,
    Payer,
    Remedy,
    RemedyType,
)
from intakebot.domain.stages import Outcome
from intakebot.domain.wording import long_day, plain, unstopped
from intakebot.domain.working_days import local_date
from intakebot.errors import Refused


def open_action(case: Case, what: str, owner: str, due_on: date, acting: Acting) -> Change:
    """Promise that something will be done, by whom and by when; it outlives the response (Code 6.6, 6.17)."""
    _complaint(case, "6.6")
    if not what.strip() or not owner.strip():
        raise Refused("Say what will be done, and who does it", "6.6")
    _not_past(due_on, acting, "6.6")
    action = Action(len(case.records.actions) + 1, case.stage, what.strip(), owner.strip(), due_on, acting.now)
    records = replace(case.records, actions=(*case.records.actions, action))
    event = acting.event(
        EventType.ACTION_OPENED, f"Promised by {long_day(due_on)}: {unstopped(action.what)} ({action.owner})."
    )
    return open_again(Change(replace(case, records=records), (event,)), "something is promised.", acting)


def action_done(case: Case, number: int, acting: Acting) -> Change:
    """An action that was promised is done."""
    action = next((a for a in case.records.actions if a.number == number and a.done_at is None), None)
    if action is None:
        raise Refused("That action is not open", "6.6")
    actions = tuple(replace(a, done_at=acting.now) if a is action else a for a in case.records.actions)
    event = acting.event(EventType.ACTION_DONE, f"Done: {unstopped(action.what)}.")
    return Change(replace(case, records=replace(case.records, actions=actions)), (event,))


def offer(
    case: Case,
    remedy_type: RemedyType,
    what: str,
    impact: str,
    acting: Acting,
    *,
    due_on: date | None = None,
    agreed: bool = False,
    amount: Decimal | None = None,
    payer: Payer = Payer.LANDLORD,
    basis: str = "",
    approved_by: str = "",
) -> Change:
    """Offer a remedy at any stage (Code 5.13, 7.1), with what the failing meant for the resident (7.2).

    Money is offered on a formal complaint only. Raises `Refused` without what or impact, or for a sum of money that is
    missing, not above nothing, or has no one who approved it.
    """
    if not case.stages:
        raise Refused("Compensation and other remedies belong to a formal complaint; raise one first", "7.1")
    if case.current is not None and case.current.outcome is Outcome.REFUSED:
        raise Refused("The complaint was not accepted", "2.4")
    if not what.strip() or not impact.strip():
        raise Refused("Say what is offered, and what the failing meant for this resident", "7.2")
    _check_money(remedy_type, amount, approved_by)
    _not_past(due_on, acting, "7.3")
    remedy = Remedy(
        len(case.records.remedies) + 1, case.stage, remedy_type, what.strip(), impact.strip(), acting.now, due_on,
        agreed, amount, payer, basis.strip(), approved_by.strip(),
    )  # fmt: skip
    records = replace(case.records, remedies=(*case.records.remedies, remedy))
    money = f", £{amount:.2f} from the {payer}" if amount is not None else ""
    by = f", by {long_day(due_on)}" if due_on else ""
    event = acting.event(EventType.REMEDY_OFFERED, f"Offered: {plain(remedy_type)}{money}{by}.")
    return open_again(Change(replace(case, records=records), (event,)), "a remedy is offered.", acting)


def accepted(case: Case, number: int, acting: Acting) -> Change:
    """The resident accepts a remedy."""
    remedy = _remedy(case, number)
    if remedy.accepted_at is not None:
        raise Refused("That remedy has been accepted already", "7.3")
    return _remedy_changed(case, replace(remedy, accepted_at=acting.now), EventType.REMEDY_ACCEPTED, acting)


def declined(case: Case, number: int, acting: Acting) -> Change:
    """The resident declines a remedy."""
    remedy = replace(_remedy(case, number), accepted_at=None, declined_at=acting.now)
    return _remedy_changed(case, remedy, EventType.REMEDY_DECLINED, acting)


def completed(case: Case, number: int, acting: Acting) -> Change:
    """A remedy is carried out; money is paid (Code 7.3). Money is paid only once the offer is accepted."""
    remedy = _remedy(case, number)
    if remedy.type is RemedyType.MONEY and remedy.accepted_at is None:
        raise Refused("Record that the resident accepts the offer before it is paid", "7.3")
    return _remedy_changed(case, replace(remedy, completed_at=acting.now), EventType.REMEDY_COMPLETED, acting)


def ombudsman_contacted(
    case: Case, ombudsman: Ombudsman, their_reference: str, at: datetime, acting: Acting, *, investigated: bool = False
) -> Change:
    """An Ombudsman wrote, or opened an investigation; they may at any time, not only at the end (Code 3.7)."""
    _complaint(case, "3.7")
    _has_zone(at)
    if at > acting.now or at < case.received_at:
        raise Refused("The Ombudsman's contact lies after the complaint was received, and not in the future", "5.12")
    theirs = OmbudsmanCase(
        len(case.records.ombudsman) + 1, ombudsman, at, their_reference.strip(), investigated=investigated
    )
    records = replace(case.records, ombudsman=(*case.records.ombudsman, theirs))
    event = acting.event(EventType.OMBUDSMAN_CONTACTED, f"The Ombudsman ({ombudsman}) is in touch about this case.")
    return Change(replace(case, records=records), (event,))


def ombudsman_determined(
    case: Case,
    number: int,
    findings: Sequence[Finding],
    orders: Sequence[Order],
    at: datetime,
    acting: Acting,
    *,
    failure_order: bool = False,
) -> Change:
    """The Ombudsman has decided: a finding for each element, and orders with due dates (Code 8.1c, 9.7c)."""
    theirs = next((o for o in case.records.ombudsman if o.number == number), None)
    if theirs is None:
        raise Refused("Record the Ombudsman's contact first", "3.7")
    if theirs.determined_at is not None:
        raise Refused("Their decision is recorded already and stays; record a new contact for another", "9.7")
    if not findings or not all(f.element.strip() for f in findings):
        raise Refused("Write at least one finding, each with what it is about", "9.7")
    if not all(order.what.strip() for order in orders):
        raise Refused("Say what each order is", "9.7")
    _has_zone(at)
    if at < theirs.contacted_at or at > acting.now:
        raise Refused("The decision lies after the Ombudsman's first contact, and not in the future", "5.12")
    decided = replace(
        theirs, investigated=True, determined_at=at, findings=tuple(findings), orders=tuple(orders),
        failure_order=failure_order,
    )  # fmt: skip
    records = replace(case.records, ombudsman=tuple(decided if o is theirs else o for o in case.records.ombudsman))
    words = "; ".join(f"{f.element}: {plain(f.determination)}" for f in findings)
    event = acting.event(EventType.OMBUDSMAN_DETERMINED, f"The Ombudsman ({theirs.ombudsman}) found: {words}.")
    change = Change(replace(case, records=records), (event,))
    return open_again(change, "the Ombudsman ordered something.", acting) if orders else change


def order_done(case: Case, number: int, position: int, acting: Acting) -> Change:
    """An order of the Ombudsman, by its position from 1, is carried out."""
    theirs = next((o for o in case.records.ombudsman if o.number == number), None)
    if theirs is None or not 1 <= position <= len(theirs.orders) or theirs.orders[position - 1].done_at:
        raise Refused("That order is not open", "9.7")
    done = replace(theirs.orders[position - 1], done_at=acting.now)
    orders = (*theirs.orders[: position - 1], done, *theirs.orders[position:])
    changed = tuple(replace(o, orders=orders) if o is theirs else o for o in case.records.ombudsman)
    event = acting.event(EventType.ORDER_DONE, f"The Ombudsman's order is carried out: {unstopped(done.what)}.")
    return Change(replace(case, records=replace(case.records, ombudsman=changed)), (event,))


def learn(case: Case, lesson: str, change: str, category: str, acting: Acting, *, nothing: bool = False) -> Change:
    """Record what was learned, beyond the single case (Code 9.1); or, plainly, that there was nothing."""
    if nothing == bool(lesson.strip()):
        raise Refused("Write what was learned, or say that there was nothing to learn", "9.1")
    learned = Learning(
        len(case.records.learning) + 1, acting.now, acting.name, lesson.strip(), change.strip(), category, nothing
    )
    records = replace(case.records, learning=(*case.records.learning, learned))
    event = acting.event(
        EventType.LEARNING_RECORDED, "Nothing to learn beyond this case." if nothing else f"Learned: {learned.lesson}"
    )
    return Change(replace(case, records=records), (event,))


def _complaint(case: Case, clause: str) -> None:
    if not case.stages:
        raise Refused("This is not a complaint; change its kind first if it is one", clause)


def _has_zone(at: datetime) -> None:
    if at.utcoffset() is None:
        raise Refused("The time of what the Ombudsman did has no zone", "5.12")


def _not_past(due_on: date | None, acting: Acting, clause: str) -> None:
    if due_on is not None and due_on < local_date(acting.now):
        raise Refused("It is promised by today or a day to come", clause)


def _check_money(remedy_type: RemedyType, amount: Decimal | None, approved_by: str) -> None:
    if (remedy_type is RemedyType.MONEY) != (amount is not None):
        raise Refused("A remedy of money has a sum, and no other remedy has one", "7.1")
    if amount is None:
        return
    if not amount.is_finite() or amount <= 0 or amount != round(amount, 2):
        raise Refused("The sum is in pounds and pence, above nothing", "7.1")
    if not approved_by.strip():
        raise Refused("Name who approved the sum", "4.2")


def _remedy(case: Case, number: int) -> Remedy:
    remedy = next((r for r in case.records.remedies if r.number == number and r.waiting), None)
    if remedy is None:
        raise Refused("That remedy is not open", "7.3")
    return remedy


def _remedy_changed(case: Case, changed: Remedy, event_type: EventType, acting: Acting) -> Change:
    remedies = tuple(changed if r.number == changed.number else r for r in case.records.remedies)
    word = plain(event_type).removeprefix("remedy ")
    event = acting.event(event_type, f"{plain(changed.type).capitalize()}: {word}.")
    return Change(replace(case, records=replace(case.records, remedies=remedies)), (event,))
