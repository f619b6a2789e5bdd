"""Returned: mail that machines wrote. Recorded, linked to its case where it belongs, never answered.

A delivery report about our own letter marks the address, so that nothing more is sent into the void, and
tells the officer to reach the person another way. A report counts only if it names a letter we really sent:
nobody can silence a resident's address by inventing one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from intakebot.domain.case import SYSTEM, Case, Event, EventType
from intakebot.domain.message import STAFF_NOTICES, Address, DeliveryReport, NormalisedMessage, Purpose
from intakebot.domain.references import find_tokens
from intakebot.domain.undelivered import letter_failed
from intakebot.formats.letters import Letter
from intakebot.landlord import Landlord
from intakebot.store.engine import Work
from intakebot.store.outbox import OutboxRow


def take_automatic(
    work: Work, message: NormalisedMessage, landlord: Landlord, keep: Callable[[int | None], None], now: datetime
) -> str:
    """Record an automatic message. Returns the reference of the case it belongs to, or ""."""
    letter, case = _what_it_is_about(work, message, landlord)
    keep(case.id if case else None)
    if case is None:
        return ""
    what = str(message.automatic).replace("_", " ")
    work.cases.add_events(
        case.id, [Event(message.received_at, SYSTEM, EventType.AUTOMATIC_RECORDED, f"Recorded: {what}.")]
    )
    report = message.delivery_report
    if report is not None and report.permanent_failure and letter is not None:
        if letter.message.purpose in STAFF_NOTICES:
            _notice_came_back(work, letter, case, landlord, now)
        else:
            _letter_came_back(work, letter, case, report, landlord, now)
    return case.reference


def _letter_came_back(
    work: Work, letter: OutboxRow, case: Case, report: DeliveryReport, landlord: Landlord, now: datetime
) -> None:
    reason = f"delivery failed with status {report.status or 'unknown'}"  # the diagnostic may hold the address
    if report.address_is_wrong:
        work.people.mark_address_failed(letter.message.to[0].key, reason)
    came_back = Event(now, SYSTEM, EventType.ADDRESS_FAILED, f"Our letter came back: {reason}")
    change = letter_failed(case, letter.message.purpose, reason, landlord.acting(now))
    work.cases.save(case, change.case, (came_back, *change.events), landlord.first_steps(change.case))
    link = landlord.case_link(case.reference)
    notice = landlord.letters.write("address_notice", reference=case.reference, reason=reason, link=link)
    to = landlord.officer_address(work.officers.all(), case)
    work.outbox.put(landlord.to_staff(Purpose.ADDRESS_NOTICE, notice, to, now), case.id, now)


def _notice_came_back(work: Work, letter: OutboxRow, case: Case, landlord: Landlord, now: datetime) -> None:
    """A notice to staff did not arrive. News of danger goes on to the team's manager; nothing follows a second time."""
    team = landlord.routing.team(case.team)
    manager = team.manager if team else ""
    events = [Event(now, SYSTEM, EventType.ADDRESS_FAILED, "A notice to staff came back.")]
    sent = letter.message
    if sent.purpose is Purpose.DUTY_NOTICE and manager and Address(manager).key != sent.to[0].key:
        again = landlord.to_staff(Purpose.DUTY_NOTICE, Letter(sent.subject, sent.text, sent.html), manager, now)
        work.outbox.put(again, case.id, now)
        told = "The duty officer's mail came back; the team's manager was told instead."
        events.append(Event(now, SYSTEM, EventType.DUTY_OFFICER_TOLD, told))
    work.cases.add_events(case.id, events)


def _what_it_is_about(
    work: Work, message: NormalisedMessage, landlord: Landlord
) -> tuple[OutboxRow | None, Case | None]:
    """The letter of ours that a message is about, where it names one, and the case."""
    report = message.delivery_report
    reported = (report.original_message_id,) if report and report.original_message_id else ()
    for message_id in (*reported, *message.in_reply_to, *message.references[::-1]):
        letter = work.outbox.of_message_id(message_id)
        if letter is not None and letter.case_id is not None:
            return letter, work.cases.get_by_id(letter.case_id, lock=True)
    addresses = (*message.envelope.recipients, *(r.email for r in message.recipients))
    for token in find_tokens((), addresses, landlord.domain):
        case = work.cases.get(token.reference)
        people = case.parties if case else ()
        if any(p.email and landlord.signer.is_ours(token, Address(p.email).key) for p in people):
            return None, case
    return None, None
