"""Cases as the JSON of the outside contract. Fields may be added, never removed."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from intakebot.domain.case import Case, TagType
from intakebot.domain.hazards import Hazard
from intakebot.domain.labels import Classification
from intakebot.domain.people import Person, Representative
from intakebot.domain.retention import closed_at, retention_due
from intakebot.domain.stages import Stage
from intakebot.domain.working_days import LONDON
from intakebot.store.views import CaseFile, StoredMessage

_RECORDS: Final = (
    "choices",
    "clarifications",
    "refusals",
    "withdrawals",
    "conflicts",
    "meetings",
    "issues",
    "actions",
    "remedies",
    "ombudsman",
    "learning",
    "hazards",
    "corrections",
    "format_tasks",
)
"""The records that are told. A person's own stay on the pages: disabilities, needs, adjustments, restrictions, how to
reach them, safety rules, deaths."""


def case_json(case: Case, officer: str, may_go_from: date | None) -> dict[str, Any]:
    """A case without its messages and events. `may_go_from` is the day from which it may be deleted."""
    due, representative = case.due, case.representative
    return {
        "reference": case.reference,
        "kind": case.kind.value,
        "status": case.status.value,
        "stage": case.stage,
        "channel": case.channel,
        "subject": case.subject,
        "opened_at": case.opened_at,
        "received_at": case.received_at,
        "acknowledged_at": case.acknowledged_at,
        "ack_due": due.ack_due if due else None,
        "response_due": due.response_due if due else None,
        "extended_due": due.extended_due if due else None,
        "extended_to": case.current.extended_to if case.current else None,
        "responded_at": case.responded_at,
        "outcome": case.outcome or None,
        "officer": officer or None,
        "team": case.team or None,
        "patch": case.patch or None,
        "routing_reason": case.routing_reason,
        "categories": _categories(case),
        "flags": [_tag(t.label, t.score, t.evidence) for t in case.tags if t.type is TagType.FLAG],
        "needs": [_tag(t.label, t.score, t.evidence) for t in case.tags if t.type is TagType.NEED],
        "language": case.language,
        "needs_review": case.needs_review,
        "review_reason": case.review_reason or None,
        "ombudsman": case.ombudsman.value,
        "affects": case.affects,
        "contractor": case.contractor or None,
        "issue_on": case.issue_on,
        "aware_on": case.aware_on,
        "retention_due": may_go_from,
        "hazard": _hazard(case.hazard),
        "resident": _person(case.resident),
        "representative": {
            "name": representative.person.name or None,
            "email": representative.person.email or None,
            "relation": representative.relation or None,
            "authority": representative.authority.value,
        }
        if representative
        else None,
        "representatives": [_representative(one) for one in case.representatives],
    }


def _representative(one: Representative) -> dict[str, Any]:
    return {
        "name": one.person.name or None,
        "email": one.person.email or None,
        "kind": one.kind.value,
        "relation": one.relation or None,
        "authority": one.authority.value,
        "basis": one.basis.value if one.basis else None,
        "topics": list(one.topics),
        "given_on": one.given_on,
        "expires_on": one.expires_on,
        "letters": one.letters,
        "copy_to_resident": one.copy_to_resident,
    }


def _hazard(hazard: Hazard | None) -> dict[str, Any] | None:
    if hazard is None:
        return None
    due_at = hazard.next_due_at or hazard.due_at
    return {"level": hazard.level.value, "aware_at": hazard.aware_at, "due_at": due_at}


def case_file_json(file: CaseFile, retention_years: int) -> dict[str, Any]:
    """A case with everything on it."""
    due = retention_due(file.case, closed_at(file.events), retention_years)
    clocks = [
        {"name": c.name, "clause": c.clause, "starts_at": c.starts_at, "due_at": c.due_at, "met_at": c.met_at}
        for c in file.clocks
    ]
    records = {name: [_record(one) for one in getattr(file.case.records, name)] for name in _RECORDS}
    return case_json(file.case, file.officer, due) | {
        "stages": [_stage(stage) for stage in file.case.stages],
        "records": records,
        "clocks": clocks,
        "messages": [_message(message) for message in file.messages],
        "events": [{"at": e.at, "actor": e.actor, "type": e.type.value, "summary": e.summary} for e in file.events],
    }


def _stage(stage: Stage) -> dict[str, Any]:
    due = stage.due
    return {
        "number": stage.number,
        "received_at": stage.received_at,
        "acknowledged_at": stage.acknowledged_at,
        "ack_due": due.ack_due,
        "response_due": due.response_due,
        "extended_due": due.extended_due,
        "backstop": due.backstop,
        "extended_to": stage.extended_to,
        "valid_extension": stage.valid_extension,
        "definition": stage.definition,
        "outcomes_sought": stage.outcomes_sought,
        "points": [_record(point) for point in stage.points],
        "extensions": [_record(extension) for extension in stage.extensions],
        "responded_at": stage.responded_at,
        "ended_at": stage.ended_at,
        "outcome": stage.outcome.value if stage.outcome else None,
        "decision": stage.decision,
        "reasons": stage.reasons,
    }


def _record(record: Any) -> dict[str, Any]:
    """A record by its fields, without the row ids of officers and people."""
    return {
        f.name: _value(getattr(record, f.name)) for f in fields(record) if f.name not in ("officer_id", "person_id")
    }


def _value(value: Any) -> Any:
    if is_dataclass(value):
        return _record(value)
    if isinstance(value, tuple):
        return [_value(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Decimal) else value  # pounds as text, so that nothing rounds them


def classification_json(message_id: object, found: Classification) -> dict[str, Any]:
    """What a classifier says of one message."""
    return {
        "id": message_id,
        "kind": {"id": found.kind.label, "score": round(found.kind.score, 4), "evidence": list(found.kind.evidence)},
        "categories": [_tag(t.label, t.score, t.evidence) for t in found.categories],
        "flags": [_tag(t.label, t.score, t.evidence) for t in found.flags],
        "needs": [_tag(t.label, t.score, t.evidence) for t in found.needs],
        "language": found.language,
        "needs_review": found.needs_review,
        "why": found.review_reason or None,
        "classifier": found.version,
    }


def _categories(case: Case) -> list[dict[str, Any]]:
    tags = [t for t in case.tags if t.type is TagType.CATEGORY]
    return [_tag(t.label, t.score, t.evidence) | {"primary": place == 0} for place, t in enumerate(tags)]


def _tag(label: str, score: float, evidence: tuple[str, ...]) -> dict[str, Any]:
    return {"id": label, "score": round(score, 4), "evidence": list(evidence)}


def _person(person: Person) -> dict[str, Any]:
    return {
        "name": person.name or None,
        "email": person.email or None,
        "phone": person.phone or None,
        "telegram": person.telegram or None,
        "address": person.address or None,
        "tenure": person.tenure or None,
    }


def _message(message: StoredMessage) -> dict[str, Any]:
    return {
        "direction": message.direction,
        "channel": message.channel,
        "sender": message.sender or None,
        "recipients": list(message.recipients),
        "subject": message.subject,
        "text": message.text,
        "new_text": "".join(text for role, text in message.segments if role in ("new", "forwarded")),
        "received_at": message.received_at,
        "external_id": message.external_id or None,
        "automatic": bool(message.automatic),
        "automatic_kind": message.automatic or None,
        "purpose": message.purpose or None,
        "state": message.state or None,
        "attachments": [
            {"filename": a.filename, "content_type": a.content_type, "size": a.size, "sha256": a.sha256}
            for a in message.attachments
        ],
        "authentication": {"spf": message.spf or None, "dkim": message.dkim or None, "dmarc": message.dmarc or None},
    }


def as_json(value: Any, indent: int | None = None) -> str:
    """A value as JSON text: times as `local` writes them, dates as `YYYY-MM-DD`."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=_plain)
    # Half a surrogate pair can stand in JSON but not in UTF-8; written as its escape it comes through.
    return re.sub(r"[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return local(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def local(moment: datetime) -> str:
    """An aware time as ISO 8601 with Europe/London's offset."""
    return moment.astimezone(LONDON).isoformat(timespec="seconds")
