"""Undelivered: a letter never arrived, so what it was to do is not done, and an officer must give it another way.

Acts as in `complaints`.
"""

from __future__ import annotations

from dataclasses import replace

from intakebot.domain.case import Acting, Case, Change, EventType, Status
from intakebot.domain.complaints import acknowledged_stage, clause_of
from intakebot.domain.message import Purpose
from intakebot.domain.timescales import due_dates, limits_of
from intakebot.domain.wording import plain
from intakebot.errors import Refused

_LETTERS_OF_THE_CODE = frozenset(
    {
        Purpose.CHOICE,
        Purpose.CLARIFICATION,
        Purpose.EXTENSION,
        Purpose.UPDATE,
        Purpose.REFUSAL,
        Purpose.RESPONSE,
        Purpose.WITHDRAWAL_CHECK,
    }
)
"""Letters that the Code wants the resident to have, beside the acknowledgement."""


def letter_failed(case: Case, purpose: Purpose, reason: str, acting: Acting) -> Change:
    """A letter never arrived: what it was to do is not done (Code 6.2, 6.4), and an officer must give it otherwise."""
    if purpose is Purpose.ACKNOWLEDGEMENT:
        return acknowledgement_failed(case, reason, acting)
    if purpose not in _LETTERS_OF_THE_CODE:
        return Change(case, ())
    why = f"The {plain(purpose)} letter did not arrive ({reason}); give it another way."
    changed = replace(case, needs_review=True, review_reason=why)
    if purpose is Purpose.EXTENSION and case.current and case.current.open and case.current.extensions:
        last = replace(case.current.extensions[-1], undelivered=True)
        changed = changed.with_current(extensions=(*case.current.extensions[:-1], last))
    return Change(changed, (acting.event(EventType.LETTER_FAILED, why),))


def acknowledgement_failed(case: Case, reason: str, acting: Acting) -> Change:
    """The acknowledgement never arrived, so the complaint is not acknowledged: it is owed again (Code 6.2)."""
    stage = case.current
    if stage is None or stage.acknowledged_at is None or not stage.open:
        return Change(case, ())
    rules = acting.time_rules
    due = due_dates(stage.received_at, None, stage.number, rules.calendar, rules.rules)
    why = f"The acknowledgement did not arrive ({reason}); acknowledge it another way."
    changed = replace(case, status=Status.RECEIVED, needs_review=True, review_reason=why)
    changed = changed.with_current(acknowledged_at=None, due=due)
    return Change(changed, (acting.event(EventType.ACKNOWLEDGEMENT_FAILED, why),))


def extension_told(case: Case, acting: Acting) -> Change:
    """The newest extension, whose letter had come back, is told after all. Owes the extension letter (Code 6.4)."""
    stage = acknowledged_stage(case, clause_of(case, "6.4", "6.15"))
    if not stage.extensions or not stage.extensions[-1].undelivered:
        raise Refused("The resident has been told of the extension", limits_of(stage.number).extend_clause)
    told = replace(stage.extensions[-1], told_at=acting.now, undelivered=False)
    changed = case.with_current(extensions=(*stage.extensions[:-1], told))
    return Change(changed, (acting.event(EventType.EXTENSION_NOTIFIED, "The resident was told of it again."),))
