"""Returned: mail that machines wrote. Recorded, linked to its case where it belongs, never answered.

A delivery report about our own letter marks the address, so that nothing more is sent into the void, and
tells the officer to reach the person another way. A report counts only if it names a letter we really sent:
nobody can silence a resident's address by inventing one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from intakebot.domain.case import SYSTEM, Event, EventType
from intakebot.domain.message import DeliveryReport, NormalisedMessage, Purpose
from intakebot.domain.references import find_tokens
from intakebot.landlord import Landlord
from intakebot.store.engine import Work


def take_automatic(
    work: Work, message: NormalisedMessage, landlord: Landlord, keep: Callable[[int | None], None], now: datetime
) -> str:
    """Record an automatic message. Returns the reference of the case it belongs to, or ""."""
    case_id, recipient_key = _our_letter(work, message, landlord)
    keep(case_id)
    if case_id is None:
        return ""
    case = work.cases.get_by_id(case_id)
    if case is None:
        return ""
    what = str(message.automatic).replace("_", " ")
    events = [Event(message.received_at, SYSTEM, EventType.AUTOMATIC_RECORDED, f"Recorded: {what}.")]
    report = message.delivery_report
    if report is not None and report.permanent_failure and recipient_key:
        reason = _reason(report)
        work.people.mark_address_failed(recipient_key, reason)
        events.append(Event(now, SYSTEM, EventType.ADDRESS_FAILED, f"Our letter came back: {reason}"))
        letter = landlord.letters.write(
            "address_notice", reference=case.reference, reason=reason, link=landlord.case_link(case.reference)
        )
        to = landlord.officer_address(work.officers.all(), case)
        work.outbox.put(landlord.to_staff(Purpose.ADDRESS_NOTICE, letter, to, now), case_id, now)
    work.cases.add_events(case_id, events)
    return case.reference


def _our_letter(work: Work, message: NormalisedMessage, landlord: Landlord) -> tuple[int | None, str]:
    """The case, and the address, of the letter of ours that this message is about."""
    report = message.delivery_report
    reported = (report.original_message_id,) if report and report.original_message_id else ()
    for message_id in (*reported, *message.in_reply_to, *message.references[::-1]):
        found = work.outbox.of_message_id(message_id)
        if found is not None:
            return found
    addresses = (*message.envelope.recipients, *(r.email for r in message.recipients))
    for token in find_tokens((), addresses, landlord.domain):
        case = work.cases.get(token.reference)
        if case is None:
            continue
        people = [case.resident] + ([case.representative.person] if case.representative else [])
        for person in people:
            key = person.email.strip().casefold()
            if key and landlord.signer.is_ours(token, key):
                return case.id, key
    return None, ""


def _reason(report: DeliveryReport) -> str:
    """Status only: the diagnostic text of other people's servers may hold the address."""
    return f"delivery failed with status {report.status or 'unknown'}"
