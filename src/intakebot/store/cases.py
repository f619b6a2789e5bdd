"""Cases in the store: saved with their events, tags and clocks; found again for matching."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    union,
    update,
)

from intakebot.domain.case import Case, CaseTag, Event, EventType, Status, TagType, clocks_of
from intakebot.domain.labels import Kind
from intakebot.domain.needs import NOTHING_KNOWN, NeedsKnown
from intakebot.domain.people import Person, Representative
from intakebot.domain.records import Ombudsman, Records
from intakebot.domain.stages import Stage
from intakebot.domain.timescales import Clock
from intakebot.store import schema
from intakebot.store.clocks import Clocks
from intakebot.store.people import person_of
from intakebot.store.prepared import Prepared
from intakebot.store.records import CaseRecords
from intakebot.store.representatives import Representatives, details

_NO_CLOCK = timedelta(days=36500)
"""A case without a clock sorts after every case with one, oldest first."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What matching needs to know of a case: who its parties are and what ties the message to it."""

    id: int
    reference: str
    open: bool
    party_keys: tuple[str, ...]
    answered: bool
    same_subject: bool


class Cases:
    """Cases with their events, tags and clocks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(
        self,
        new: Case,
        events: Sequence[Event],
        first_steps: Sequence[tuple[Clock, datetime | None]],
        held: NeedsKnown = NOTHING_KNOWN,
    ) -> int:
        """Keep a new case; returns its id. `first_steps` pairs each clock with when it is first looked at.

        `held` is what is kept already of its people's needs, which the case carries too.
        """
        case_id: int = _INSERT.scalar(self._connection, _columns(new))
        self._write_tags(case_id, new.tags)
        CaseRecords(self._connection).insert(case_id, new, held)
        Representatives(self._connection).save(case_id, (), new.representatives)
        self.add_events(case_id, events)
        Clocks(self._connection).begin(case_id, first_steps)
        return case_id

    def save(
        self,
        before: Case,
        after: Case,
        events: Sequence[Event],
        steps: Sequence[tuple[Clock, datetime | None]],
    ) -> None:
        """Keep a changed case and the events that say what changed."""
        self._connection.execute(update(schema.cases).where(schema.cases.c.id == after.id).values(**_columns(after)))
        if before.tags != after.tags:
            self._connection.execute(delete(schema.tags).where(schema.tags.c.case_id == after.id))
            self._write_tags(after.id, after.tags)
        CaseRecords(self._connection).save(before, after)
        Representatives(self._connection).save(after.id, before.representatives, after.representatives)
        self.add_events(after.id, events)
        if clocks_of(before) != clocks_of(after):
            Clocks(self._connection).update(after.id, steps)

    def watch(self, case: Case, steps: Sequence[tuple[Clock, datetime | None]]) -> None:
        """Make a case's clocks, and its place in the queue, what they are now; nothing else of it has changed."""
        rows = schema.cases
        place = {name: value for name, value in _columns(case).items() if name in ("open", "next_due_at")}
        self._connection.execute(update(rows).where(rows.c.id == case.id).values(**place))
        Clocks(self._connection).update(case.id, steps)

    def _write_tags(self, case_id: int, tags: Sequence[CaseTag]) -> None:
        rows = [
            {
                "case_id": case_id,
                "type": tag.type.value,
                "label": tag.label,
                "score": tag.score,
                "evidence": list(tag.evidence),
                "source": tag.source,
                "position": position,
            }
            for position, tag in enumerate(tags)
        ]
        _INSERT_TAG.each(self._connection, rows)

    def add_events(self, case_id: int, events: Sequence[Event]) -> None:
        """Append events. They are never changed or removed."""
        rows = [
            {"case_id": case_id, "at": e.at, "actor": e.actor, "type": e.type.value, "summary": e.summary}
            for e in events
        ]
        _INSERT_EVENT.each(self._connection, rows)

    def complaint_raised_from(self, case_id: int) -> str | None:
        """The reference of the open complaint about this case's handling, if there is one."""
        rows = schema.cases
        query = select(rows.c.reference).where(rows.c.raised_from == case_id, schema.IS_OPEN).order_by(rows.c.id)
        return self._connection.execute(query.limit(1)).scalar()

    def closed_at(self, case_ids: Collection[int]) -> dict[int, datetime]:
        """When each of these cases was closed, the last time; those that never were are left out."""
        rows = schema.events
        closed = and_(rows.c.case_id.in_(case_ids), rows.c.type == EventType.CLOSED)
        query = select(rows.c.case_id, func.max(rows.c.at)).where(closed).group_by(rows.c.case_id)
        return {case_id: at for case_id, at in self._connection.execute(query)}  # noqa: C416 - rows, not tuples, to mypy

    def note(self, reference: str, event: Event) -> None:
        """Append an event to the case with this reference."""
        case_id = self._connection.execute(
            select(schema.cases.c.id).where(schema.cases.c.reference == reference)
        ).scalar_one()
        self.add_events(case_id, [event])

    def get(self, reference: str, *, lock: bool = False) -> Case | None:
        """A case by its reference; with `lock`, nobody else changes it until this transaction ends."""
        return self._load(schema.cases.c.reference == reference, lock)

    def get_by_id(self, case_id: int, *, lock: bool = False) -> Case | None:
        """A case by its row id."""
        return self._load(schema.cases.c.id == case_id, lock)

    def _load(self, where: Any, lock: bool) -> Case | None:
        query = select(schema.cases).where(where)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        if row is None:
            return None
        named = Representatives(self._connection).of_case(row.id) if row.representative_id is not None else ()
        ids = {row.resident_id, row.representative_id, *(one.person_id for one in named)} - {None}
        parties = select(schema.people).where(schema.people.c.id.in_(ids)).order_by(schema.people.c.id)
        # Their records belong to them, not to the case: whoever changes one holds the person too.
        found = self._connection.execute(parties.with_for_update(key_share=True) if lock else parties)
        people = {p.id: person_of(p) for p in found}
        tags = self._connection.execute(
            select(schema.tags).where(schema.tags.c.case_id == row.id).order_by(schema.tags.c.position)
        ).all()
        held = CaseRecords(self._connection)
        records = held.records(row.id, people)
        return _case(row, people, tags, held.stages(row.id), records, tuple(one.of(people) for one in named))

    def has_representatives(self, case_id: int) -> bool:
        """Whether anybody acts for the resident of this case, or did."""
        rows = schema.cases
        query = select(rows.c.representative_id).where(rows.c.id == case_id)
        return self._connection.execute(query).scalar() is not None

    def facts_for_matching(
        self,
        sender_key: str,
        person_ids: Collection[int],
        references: Collection[str],
        message_ids: Collection[str],
        subject_key: str,
        limit: int = 50,
    ) -> tuple[CaseFacts, ...]:
        """Every case a message might belong to: named, answered, or with its sender (these people) as a party."""
        answered = self._answered(message_ids) if message_ids else set()
        if not (references or answered or person_ids):
            return ()
        rows = schema.cases
        named = Representatives(self._connection)
        where = [rows.c.resident_id.in_(person_ids), rows.c.representative_id.in_(person_ids)] if person_ids else []
        if person_ids and (represented := named.cases_of(person_ids)):
            where.append(rows.c.id.in_(represented))
        if references:
            where.append(rows.c.reference.in_(references))
        if answered:
            where.append(rows.c.id.in_(answered))
        pointed = case((rows.c.reference.in_(references) | rows.c.id.in_(answered), 0), else_=1)
        found = self._connection.execute(
            select(rows.c.id, rows.c.reference, rows.c.open, rows.c.resident_id, rows.c.representative_id)
            .where(or_(*where))
            .order_by(pointed, rows.c.open.desc(), rows.c.id.desc())
            .limit(limit)
        ).all()
        parties = _parties(found, named.people_of([row.id for row in found if row.representative_id is not None]))
        keys = self._keys({i for ids in parties.values() for i in ids})
        same = self._same_subject([row.id for row in found if row.open], sender_key, subject_key)
        return tuple(
            CaseFacts(
                id=row.id,
                reference=row.reference,
                open=row.open,
                party_keys=tuple(key for i in parties[row.id] for key in keys.get(i, ())),
                answered=row.id in answered,
                same_subject=row.id in same,
            )
            for row in found
        )

    def _answered(self, message_ids: Collection[str]) -> set[int]:
        found = set()
        ids = list(message_ids)
        for first in range(0, len(ids), _AT_ONCE):
            some = ids[first : first + _AT_ONCE]
            some += some[:1] * (_AT_ONCE - len(some))
            rows = _ANSWERED.all(self._connection, dict(zip(_ID_NAMES, some, strict=True)))
            found |= {row.case_id for row in rows}
        return found

    def _keys(self, person_ids: Collection[int]) -> dict[int, frozenset[str]]:
        """By person, the keys of the addresses they are reached at."""
        found = self._connection.execute(select(schema.people).where(schema.people.c.id.in_(person_ids)))
        return {row.id: person_of(row).keys for row in found}

    def _same_subject(self, case_ids: Collection[int], sender_key: str, subject_key: str) -> set[int]:
        if not (case_ids and sender_key and subject_key):
            return set()
        rows = schema.messages
        query = select(rows.c.case_id).where(
            rows.c.case_id.in_(case_ids), rows.c.sender_key == sender_key, rows.c.subject_key == subject_key
        )
        return set(self._connection.execute(query).scalars())


_INSERT = Prepared(insert(schema.cases).returning(schema.cases.c.id))
_INSERT_TAG = Prepared(insert(schema.tags))
_INSERT_EVENT = Prepared(insert(schema.events))
_AT_ONCE = 8
_ID_NAMES = [f"id_{number}" for number in range(_AT_ONCE)]


def _cases_of_ids(rows: Table) -> Select[Any]:
    ids = rows.c.message_id.in_([bindparam(name) for name in _ID_NAMES])
    return select(rows.c.case_id).where(ids, rows.c.case_id.is_not(None))


_ANSWERED = Prepared(union(_cases_of_ids(schema.outbox), _cases_of_ids(schema.messages)))


def _parties(found: Sequence[Any], representatives: dict[int, tuple[int, ...]]) -> dict[int, tuple[int, ...]]:
    """The people of each case, by id: the resident, then every representative."""
    first = {row.id: (row.representative_id,) if row.representative_id is not None else () for row in found}
    return {row.id: (row.resident_id, *representatives.get(row.id, first[row.id])) for row in found}


def _columns(saved: Case) -> dict[str, Any]:
    due, hazard, representative = saved.due, saved.hazard, saved.representative
    categories = saved.labels(TagType.CATEGORY)
    running = [clock.due_at for clock in clocks_of(saved) if clock.met_at is None]
    return {
        "reference": saved.reference,
        "kind": saved.kind.value,
        "kind_score": saved.kind_score,
        "kind_evidence": list(saved.kind_evidence),
        "status": saved.status.value,
        "open": saved.open,
        "stage": saved.stage,
        "channel": saved.channel,
        "subject": saved.subject,
        "opened_at": saved.opened_at,
        "received_at": saved.received_at,
        "acknowledged_at": saved.acknowledged_at,
        "responded_at": saved.responded_at,
        "ack_due": due.ack_due if due else None,
        "response_due": due.response_due if due else None,
        "extended_due": due.extended_due if due else None,
        "backstop": due.backstop if due else None,
        "extended_to": saved.current.extended_to if saved.current else None,
        "outcome": saved.outcome,
        "resident_id": saved.resident.id,
        "representative_id": representative.person.id if representative else None,
        "relation": representative.relation if representative else "",
        "authority": representative.authority.value if representative else "",
        "language": saved.language,
        "needs_review": saved.needs_review,
        "review_reason": saved.review_reason,
        "primary_category": categories[0] if categories else "",
        "officer_id": saved.officer_id,
        "team": saved.team,
        "patch": saved.patch,
        "routing_reason": saved.routing_reason,
        "hazard_level": hazard.level.value if hazard else "",
        "hazard_aware_at": hazard.aware_at if hazard else None,
        "hazard_due_at": (hazard.next_due_at or hazard.due_at) if hazard else None,
        "unread": saved.unread,
        "raised_from": saved.raised_from,
        "affects": saved.affects,
        "ombudsman": saved.ombudsman.value,
        "issue_on": saved.issue_on,
        "aware_on": saved.aware_on,
        "contractor": saved.contractor,
        "danger": saved.danger,
        "next_due_at": min(running) if running else saved.received_at + _NO_CLOCK,
    }


def _case(
    row: Any, people: dict[int, Person], tags: Sequence[Any], stages: tuple[Stage, ...], records: Records,
    named: tuple[Representative, ...],
) -> Case:  # fmt: skip
    if row.representative_id is not None and not named:  # kept before each had a row of its own
        named = (replace(details(row), person=people[row.representative_id]),)
    return Case(
        id=row.id,
        reference=row.reference,
        kind=Kind(row.kind),
        kind_score=row.kind_score,
        kind_evidence=tuple(row.kind_evidence),
        status=Status(row.status),
        channel=row.channel,
        subject=row.subject,
        opened_at=row.opened_at,
        received_at=row.received_at,
        resident=people[row.resident_id],
        stages=stages,
        records=records,
        representative=named[0] if named else None,
        further=named[1:],
        tags=tuple(CaseTag(TagType(t.type), t.label, t.score, tuple(t.evidence), t.source) for t in tags),
        language=row.language,
        needs_review=row.needs_review,
        review_reason=row.review_reason,
        officer_id=row.officer_id,
        team=row.team,
        patch=row.patch,
        routing_reason=row.routing_reason,
        unread=row.unread,
        raised_from=row.raised_from,
        affects=row.affects,
        ombudsman=Ombudsman(row.ombudsman),
        issue_on=row.issue_on,
        aware_on=row.aware_on,
        contractor=row.contractor,
    )
