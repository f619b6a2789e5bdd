"""Reports in the store: reads the stages, cases and records of a period as the plain values reports are made from.

A year of all England's landlords is some two hundred thousand stages, so these rows are read in a few large
queries, by the stage's own columns, and no case is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    String,
    Text,
    and_,
    cast,
    false,
    func,
    or_,
    select,
    true,
    type_coerce,
)

from intakebot.domain.case import TagType
from intakebot.domain.figures.reported import AsbCase, Kept, OnCase, OpenStage, Period, Reported, StageRecord
from intakebot.domain.hazards import Hazard
from intakebot.domain.labels import Category, Flag, Kind
from intakebot.domain.records import Action, Learning, Ombudsman, OmbudsmanCase, Refusal, Remedy, Restriction
from intakebot.domain.timescales import end_of
from intakebot.domain.working_days import ONE_DAY, local_date
from intakebot.store import schema

T = TypeVar("T")
_When = Callable[[Column[Any]], ColumnElement[bool]]
_AT_A_TIME = 500
"""Rows fetched at once. Few enough to be gone before Python's collector counts them among what lives long."""
_COMPLAINTS = (Kind.COMPLAINT, Kind.ESCALATION)
_DOUBTFUL = (Kind.SERVICE_REQUEST, Kind.ENQUIRY)


class Reports:
    """What reports read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, period: Period) -> Reported:
        """Everything a report on this period is made from."""
        begin, end = _moments(period)
        return Reported(
            stages=tuple(self._stages(begin, end)),
            open_stages=self._open_stages(),
            asb=tuple(self._asb(begin, end)),
            ombudsman=self._records("ombudsman", OmbudsmanCase, lambda _: true()),
            learning=self._records("learning", Learning, _lessons(period)),
            nothing_learned=self._nothing_learned(period),
            actions=self._records("actions", Action, _within(period, "opened_at", "done_at")),
            remedies=self._records("remedies", Remedy, _within(period, "offered_at", "completed_at", "declined_at")),
            refusals=self._records("refusals", Refusal, _within(period, "refused_at")),
            restrictions=self._restrictions(),
            hazards=self._records("hazards", Hazard, _to_deal_with),
            kept=self._kept(begin, end),
            undecided=self._undecided(begin, end),
        )

    def _stages(self, begin: datetime, end: datetime) -> Iterator[StageRecord]:
        categories, day = self._categories(begin, end), _LocalDays()
        for row in self._rows(_stages_query(begin, end)):
            case_id, reference, number, received, acknowledged, ended, ack_due, response_due, valid, outcome = row[:10]
            channel, team, patch, primary, ombudsman, contractor, tenure = row[10:]
            yield StageRecord(  # by place: there may be two hundred thousand
                reference,
                number,
                day.of(received),
                ack_due,
                response_due,
                valid or response_due,
                day.of(acknowledged) if acknowledged else None,
                day.of(ended) if ended else None,
                outcome,
                categories.get(case_id) or ((primary,) if primary else ()),
                tenure,
                channel,
                team,
                patch,
                ombudsman == Ombudsman.HOS,
                contractor,
            )

    def _open_stages(self) -> tuple[OpenStage, ...]:
        """Every stage that is still to be answered."""
        stages, rows = schema.stages, schema.cases
        last = func.coalesce(stages.c.valid_extension, stages.c.response_due, type_=stages.c.response_due.type)
        query = (
            select(rows.c.reference, stages.c.number, last)
            .join(stages, stages.c.case_id == rows.c.id)
            .where(schema.IS_OPEN, rows.c.kind.in_(_COMPLAINTS))
            .where(stages.c.responded_at.is_(None), stages.c.ended_at.is_(None))
            .order_by(rows.c.id, stages.c.number)
        )
        return tuple(OpenStage(*row) for row in self._rows(query))

    def _categories(self, begin: datetime, end: datetime) -> dict[int, tuple[str, ...]]:
        """The categories, the primary one first, of every case that has more than one."""
        tags, rows = schema.tags, schema.stages
        ids = select(func.min(rows.c.case_id), func.max(rows.c.case_id))
        first, last = self._connection.execute(ids.where(rows.c.received_at >= begin, rows.c.received_at < end)).one()
        # Cases of one period have neighbouring ids, and a range is read in one sweep.
        query = (
            select(tags.c.case_id, tags.c.label)
            .where(tags.c.case_id.between(first, last), tags.c.type == TagType.CATEGORY)
            .order_by(tags.c.case_id, tags.c.position)
        )
        by_case = groupby(self._rows(query), itemgetter(0))
        labels = ((case_id, tuple(label for _, label in rows)) for case_id, rows in by_case)
        return {case_id: found for case_id, found in labels if len(found) > 1}

    def _asb(self, begin: datetime, end: datetime) -> Iterator[AsbCase]:
        """Reports of anti-social behaviour: cases about it that are no complaints (NM01)."""
        rows, tags, people = schema.cases, schema.tags, schema.people

        def tagged(kind: TagType, label: str) -> Any:
            return (
                select(tags.c.id)
                .where(tags.c.case_id == rows.c.id, tags.c.type == kind, tags.c.label == label)
                .exists()
            )

        query = (
            select(rows.c.received_at, tagged(TagType.FLAG, Flag.HATE_INCIDENT), people.c.tenure)
            .join(people, people.c.id == rows.c.resident_id)
            .where(rows.c.received_at >= begin, rows.c.received_at < end, rows.c.kind == Kind.SERVICE_REQUEST)
            .where(tagged(TagType.CATEGORY, Category.ASB))
        )
        for received, hate, tenure in self._connection.execute(query):
            yield AsbCase(local_date(received), bool(hate), tenure)

    def _records(self, name: str, record: type[T], when: _When) -> tuple[OnCase[T], ...]:
        """The records of one type that are of the period, or still wait for something, with their cases."""
        held, rows = schema.case_records, schema.cases
        query = (
            select(rows.c.reference, rows.c.primary_category, cast(held.c.fields, Text))
            .join(rows, rows.c.id == held.c.case_id)
            .where(held.c.type == name)
            .where(when(held.c.fields))
            .order_by(held.c.case_id, held.c.number)
        )
        read = TypeAdapter(record).validate_json  # from the text itself: one pass, not two
        return tuple(
            OnCase(reference, read(values), (category,) if category else ())
            for reference, category, values in self._rows(query)
        )

    def _nothing_learned(self, period: Period) -> int:
        """How often it was recorded in the period that there was nothing to learn."""
        held = schema.case_records
        at, nothing = held.c.fields["recorded_at"].as_string(), held.c.fields["nothing"].as_boolean()
        query = select(at).where(
            held.c.type == "learning", nothing.is_(True), _within(period, "recorded_at")(held.c.fields)
        )
        return sum(1 for (moment,) in self._rows(query) if local_date(datetime.fromisoformat(moment)) in period)

    def _rows(self, query: Select[Any]) -> Iterator[Any]:
        """The rows of a large query, fetched many at a time."""
        for part in self._connection.execute(query.execution_options(yield_per=_AT_A_TIME)).partitions():
            yield from part

    def _restrictions(self) -> tuple[Restriction, ...]:
        held = schema.person_records
        query = select(held.c.fields).where(held.c.type == "restrictions").order_by(held.c.person_id, held.c.number)
        read = TypeAdapter(Restriction).validate_python
        return tuple(map(read, self._connection.execute(query).scalars()))

    def _kept(self, begin: datetime, end: datetime) -> Kept:
        rows, held, of_people = schema.cases, schema.case_records, schema.person_records
        received = (rows.c.received_at >= begin, rows.c.received_at < end)
        by_type = (
            select(held.c.type, func.count())
            .join(rows, rows.c.id == held.c.case_id)
            .where(*received)
            .group_by(held.c.type)
        )
        recorded: dict[str, int] = {row[0]: row[1] for row in self._connection.execute(by_type)}
        own_case = held.c.fields["merged"].as_boolean().is_(False)
        issues = select(func.count()).select_from(held.join(rows, rows.c.id == held.c.case_id)).where(*received)
        split = self._connection.execute(issues.where(held.c.type == "issues", own_case)).scalar_one()
        adjusted = select(func.count()).select_from(of_people).where(of_people.c.type == "adjustments")

        def cases(*where: Any) -> int:
            query = select(func.count()).select_from(rows).where(*received, *where)
            return self._connection.execute(query).scalar_one()

        return Kept(
            service_requests=cases(rows.c.kind == Kind.SERVICE_REQUEST),
            raised_from_another=cases(rows.c.raised_from.is_not(None)),
            group_complaints=cases(rows.c.affects == "group"),
            represented=cases(rows.c.representative_id.is_not(None)),
            choices_offered=recorded.get("choices", 0),
            clarifications=recorded.get("clarifications", 0),
            conflict_checks=recorded.get("conflicts", 0),
            meetings=recorded.get("meetings", 0),
            issues_merged=recorded.get("issues", 0) - split,
            issues_given_a_case=split,
            adjustments=self._connection.execute(adjusted).scalar_one(),
        )

    def _undecided(self, begin: datetime, end: datetime) -> int:
        rows = schema.cases
        query = select(func.count()).select_from(rows).where(rows.c.needs_review, rows.c.kind.in_(_DOUBTFUL))
        return self._connection.execute(query.where(rows.c.received_at >= begin, rows.c.received_at < end)).scalar_one()


class _LocalDays:
    """Local dates of moments as the driver gives them: text in UTC on SQLite, aware datetimes on PostgreSQL.

    London is whole hours from UTC, so text of the same hour is the same day and is read once.
    """

    def __init__(self) -> None:
        self._of_hour: dict[str, date] = {}

    def of(self, kept: str | datetime) -> date:
        """The local date."""
        if isinstance(kept, datetime):
            return local_date(kept)
        hour = kept[:13]
        day = self._of_hour.get(hour)
        if day is None:
            day = self._of_hour[hour] = local_date(datetime.fromisoformat(kept))
        return day


def _stages_query(begin: datetime, end: datetime) -> Select[Any]:
    stages, rows, people = schema.stages, schema.cases, schema.people
    return (
        select(
            rows.c.id,
            rows.c.reference,
            stages.c.number,
            type_coerce(stages.c.received_at, String),  # as the driver has them: `_LocalDays` reads them
            type_coerce(stages.c.acknowledged_at, String),
            type_coerce(func.coalesce(stages.c.ended_at, stages.c.responded_at), String),
            stages.c.ack_due,
            stages.c.response_due,
            stages.c.valid_extension,
            stages.c.outcome,
            rows.c.channel,
            rows.c.team,
            rows.c.patch,
            rows.c.primary_category,
            rows.c.ombudsman,
            rows.c.contractor,
            people.c.tenure,
        )
        .join(rows, rows.c.id == stages.c.case_id)
        .join(people, people.c.id == rows.c.resident_id)
        .where(stages.c.received_at >= begin, stages.c.received_at < end, rows.c.kind.in_(_COMPLAINTS))
    )


def _within(period: Period, made: str, *ended: str) -> _When:
    """Made in the period, give or take a day, for moments are kept with any offset; or not ended in any way."""
    first, beyond = (period.first - ONE_DAY).isoformat(), (period.last + 2 * ONE_DAY).isoformat()

    def where(fields: Column[Any]) -> ColumnElement[bool]:
        at = fields[made].as_string()
        waiting = and_(*(fields[name].as_string().is_(None) for name in ended)) if ended else false()
        return or_(and_(at >= first, at < beyond), waiting)

    return where


def _to_deal_with(fields: Column[Any]) -> ColumnElement[bool]:
    """A hazard that was not cleared, on an open case: a case is open for as long as one of its hazards is."""
    return and_(schema.IS_OPEN, fields["cleared_at"].as_string().is_(None))


def _lessons(period: Period) -> _When:
    """Recorded in the period, and something was learned."""
    within = _within(period, "recorded_at")
    return lambda fields: and_(within(fields), fields["nothing"].as_boolean().is_(False))


def _moments(period: Period) -> tuple[datetime, datetime]:
    """From the first local midnight of the period up to, and not at, the one that ends it."""
    return end_of(period.first - ONE_DAY), end_of(period.last)
