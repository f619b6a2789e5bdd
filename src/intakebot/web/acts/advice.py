"""Advice: what the Code, or Awaab's Law, asks of the officer next on a case, most pressing first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from intakebot.domain.case import Case, Status
from intakebot.domain.hazards import Hazard, HazardLevel
from intakebot.domain.records import Records
from intakebot.domain.stages import Stage
from intakebot.domain.timescales import end_of
from intakebot.domain.wording import counted
from intakebot.domain.working_days import local_date

_DEFINE: Final = ("Write the complaint definition", "do/define")
_DANGER, _FIRST, _DATED, _LAST = range(4)
_NEAR: Final = {HazardLevel.EMERGENCY: timedelta(hours=6), HazardLevel.SIGNIFICANT: timedelta(days=2)}
_LATEST: Final = datetime.max.replace(tzinfo=UTC)


ELSEWHERE: Final = ("Offer somewhere else to stay", "hazard_accommodation")
"""What is owed where a home is not safe in time: the words, and the act's name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Something to do next: the words of the button, and where it leads.

    `link` continues the case's own address: "do/respond" a page under it, "?open=close#close" a fold of it.
    `due` is the moment by which it is to be done, None where none is set; `rank` puts some things before all dates.
    """

    text: str
    link: str
    due: datetime | None = None
    rank: int = _DATED


def asked_for(case: Case, now: datetime, *, can_acknowledge: bool = True) -> tuple[Asked, ...]:
    """Everything that is asked for now, the most pressing first: an emergency, a doubt, then by what is due first.

    `can_acknowledge` is False where the definition must be written before an acknowledgement can go (Code 5.6, 5.7).
    """
    today, stage = local_date(now), _stage(case, now, can_acknowledge)
    found = (*_hazards(case, now), *_doubts(case), *stage, *_promises(case, today), *_ending(case))
    return tuple(sorted(found, key=lambda asked: (asked.rank, asked.due or _LATEST)))


def _hazards(case: Case, now: datetime) -> Iterator[Asked]:
    hazard = case.hazard
    if hazard is None:
        return
    owed = list(steps(hazard))
    stay_by = hazard.accommodation_due_at
    if stay_by is not None and now >= stay_by - _NEAR[hazard.level]:
        owed.insert(1, (*ELSEWHERE, stay_by))  # among the first two, which are all that the case page shows
    rank = _DANGER if hazard.level is HazardLevel.EMERGENCY else _DATED
    yield from (Asked(text, f"do/{act}?hazard={hazard.number}", due, rank) for text, act, due in owed)


def steps(hazard: Hazard) -> Iterator[tuple[str, str, datetime | None]]:
    """What is still to be recorded of an open hazard: the words, the act's name, and by when it is to be done."""
    emergency = hazard.level is HazardLevel.EMERGENCY
    if hazard.investigated_at is None:
        yield "Record the investigation of the hazard", "hazard_investigated", hazard.due_at
    if hazard.made_safe_at is None and hazard.safety_work_needed:
        safe_by = hazard.due_at if emergency else _end(hazard.safety_work_due)
        yield "Say how the hazard was made safe", "hazard_made_safe", safe_by
    if emergency or hazard.investigated_at is None:
        return
    if hazard.summary_sent_at is None:
        yield "Record the written summary to the tenant", "hazard_summary", _end(hazard.summary_due)
    if hazard.further_work_needed and hazard.further_work_begun_at is None:
        yield "Record the start of further work", "hazard_further_work", _end(hazard.further_work_due)
    if hazard.cannot_start_reason and hazard.physically_started_at is None:
        yield "Record that work has started on the ground", "hazard_started", _end(hazard.latest_start)


def _doubts(case: Case) -> Iterator[Asked]:
    if case.needs_review:
        yield Asked("Confirm the kind", "?open=correct#correct", rank=_FIRST)
    if any(choice.choice is None for choice in case.records.choices):
        yield Asked("Record what they chose", "do/choose")


def _stage(case: Case, now: datetime, can_acknowledge: bool) -> Iterator[Asked]:
    stage = case.current
    if stage is None or not stage.open:
        return
    if case.officer_id is None and stage.number == 2:
        yield Asked("Give it to somebody who did not decide stage 1", "?open=reassign#reassign", rank=_FIRST)
    if stage.acknowledged_at is None:
        text, link = ("Acknowledge", "#acknowledge") if can_acknowledge else _DEFINE
        yield Asked(text, link, end_of(stage.due.ack_due))
    if any(asked.confirmed_at is None for asked in case.records.withdrawals):
        yield Asked("They have confirmed that they withdraw", "do/withdraw")
    if stage.next_update_on is not None and stage.next_update_on <= local_date(now):
        yield Asked("Send the update", "do/update", end_of(stage.next_update_on))
    if stage.acknowledged_at is not None:
        due = end_of(stage.extended_to or stage.due.response_due)
        text, link = _answer(stage)
        yield Asked(text, link, due)
        if stage.update_days is None and now >= due:
            yield Asked("It is late: agree updates", "do/agree_updates", due)


def _answer(stage: Stage) -> tuple[str, str]:
    if not stage.definition or not stage.points:
        return ("Write the points to answer", _DEFINE[1]) if stage.definition else _DEFINE
    unanswered = [n for n, point in enumerate(stage.points, 1) if not point.answer]
    if unanswered:
        return f"Answer the remaining {counted(len(unanswered), 'point')}", f"do/answer_point?point={unanswered[0]}"
    return "Write the response", "do/respond"


def _promises(case: Case, today: date) -> Iterator[Asked]:
    """Promises that are due; once the answer is given, all that are open."""
    answered = case.current is None or not case.current.open
    actions = [a for a in case.records.actions if a.done_at is None and (answered or a.due_on <= today)]
    for action in sorted(actions, key=lambda a: a.due_on)[:1]:
        yield Asked("Record what was done", f"do/action_done?action={action.number}", end_of(action.due_on))
    for remedy in case.records.remedies:
        if remedy.waiting and (answered or (remedy.due_on is not None and remedy.due_on <= today)):
            act = "remedy_completed" if remedy.accepted_at else "remedy_accepted"
            text = "Record that the remedy is carried out" if remedy.accepted_at else "Record whether they accept"
            yield Asked(text, f"do/{act}?remedy={remedy.number}", _end(remedy.due_on))
            break
    for theirs in case.records.ombudsman:
        for position, order in enumerate(theirs.orders, 1):
            if order.done_at is None:
                link = f"do/order_done?order={theirs.number}.{position}"
                yield Asked("Record that the Ombudsman’s order is carried out", link, _end(order.due_on))
                return


def _ending(case: Case) -> Iterator[Asked]:
    """What closes the case, once nothing else is owed."""
    stage, records = case.current, case.records
    if case.status is Status.CLOSED or case.hazard is not None or (stage is not None and stage.open):
        return
    if stage is None:
        yield Asked("Close the case", "?open=close#close", rank=_LAST)
    elif not records.learning:
        yield Asked("Record what was learned", "do/learn", rank=_LAST)
    elif not _waiting(records):
        yield Asked("Close the complaint", "do/close_complaint", rank=_LAST)
    if stage is not None and stage.number == 1 and case.status is Status.RESPONDED and case.unread:
        yield Asked("They ask for stage 2", "do/escalate")


def _waiting(records: Records) -> bool:
    """Whether something promised or ordered is still to be done."""
    orders = (order.done_at for theirs in records.ombudsman for order in theirs.orders)
    undone = None in (*(action.done_at for action in records.actions), *orders)
    return undone or any(remedy.waiting for remedy in records.remedies)


def _end(day: date | None) -> datetime | None:
    return end_of(day) if day else None
