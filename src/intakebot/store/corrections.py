"""Corrections in the store: messages whose labels staff have set, each with those labels, for learning from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from intakebot.domain.acts import MARKED_AS_WRONG
from intakebot.domain.message import Role, text_to_classify
from intakebot.domain.records import Correction, Labelling
from intakebot.domain.redaction import Particulars
from intakebot.store import schema
from intakebot.store.representatives import Representatives

_AT_ONCE = 500
_OWN = (Role.NEW.value, Role.FORWARDED.value)
_READ = TypeAdapter(Correction)


@dataclass(frozen=True, slots=True)
class CorrectedMessage:
    """A message as the classifier was given it, and the labels staff have set on its case, the newest.

    `case_id` is the row id of its case; `language` an ISO 639-1 code; `known` who is named on the case.
    """

    case_id: int
    channel: str
    text: str = field(repr=False)
    labels: Labelling
    language: str
    known: Particulars


class Corrections:
    """What staff have corrected."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def messages(self) -> tuple[CorrectedMessage, ...]:
        """Every message that can be learned from, by its case's row id.

        That is the one message of a case whose last correction was made when no other had been read: with two, the
        labels are of both, and nobody can say which belong to which. A kind still in doubt teaches nothing. Nor does a
        case on which staff only took single labels off: the others are still the machine's own.
        """
        newest = sorted(self._newest().items())
        parts = (dict(newest[first : first + _AT_ONCE]) for first in range(0, len(newest), _AT_ONCE))
        return tuple(message for part in parts for message in self._of(part))

    def _newest(self) -> dict[int, Correction]:
        """The last correction of each case, by the case's row id."""
        rows = schema.case_records
        query = select(rows.c.case_id, rows.c.fields).where(rows.c.type == "corrections")
        found = self._connection.execute(query.order_by(rows.c.case_id, rows.c.number))
        newest: dict[int, Correction] = {}
        decided: set[int] = set()
        for row in found:
            newest[row.case_id] = correction = _READ.validate_python(row.fields)
            if correction.why != MARKED_AS_WRONG:  # somebody set kind and labels, all of them
                decided.add(row.case_id)
        return {case_id: newest[case_id] for case_id in decided if not newest[case_id].in_doubt}

    def _of(self, corrections: dict[int, Correction]) -> Iterator[CorrectedMessage]:
        cases, inbox, rows = schema.cases, schema.inbox, schema.messages
        query = (
            select(rows, inbox.c.done_at, cases.c.language, cases.c.resident_id, cases.c.representative_id)
            .join(inbox, inbox.c.id == rows.c.inbox_id)
            .join(cases, cases.c.id == rows.c.case_id)
            .where(rows.c.case_id.in_(corrections), rows.c.automatic == "")
            .order_by(rows.c.case_id, rows.c.id)
        )
        found = self._connection.execute(query).all()
        named = Representatives(self._connection).people_of(corrections)
        parties = {row.case_id: _parties(row, named.get(row.case_id, ())) for row in found}
        people = self._people({i for ids in parties.values() for i in ids})
        for case_id, of_case in groupby(found, lambda row: int(row.case_id)):
            read = [row for row in of_case if _was_read(row, corrections[case_id].at)]
            if len(read) == 1:
                yield _message(read[0], corrections[case_id].after, [people[i] for i in parties[case_id]])

    def _people(self, ids: Collection[int]) -> dict[int, Any]:
        rows = schema.people
        return {row.id: row for row in self._connection.execute(select(rows).where(rows.c.id.in_(ids)))}


def _was_read(row: Any, by: datetime) -> bool:
    """Whether a message was on its case at that moment; one that is being worked again was not."""
    return row.done_at is not None and row.done_at <= by


def _parties(row: Any, representatives: Sequence[int]) -> tuple[int, ...]:
    """The people of the message's case, by id."""
    first = (row.representative_id,) if row.representative_id is not None else ()
    return (row.resident_id, *dict.fromkeys((*first, *representatives)))


def _message(row: Any, labels: Labelling, parties: Sequence[Any]) -> CorrectedMessage:
    text = "".join(words for role, words in row.segments if role in _OWN)
    known = Particulars(
        names=tuple(filter(None, (row.sender_name, *(p.name for p in parties), *(p.telegram for p in parties)))),
        emails=tuple(filter(None, (row.sender_email, *(p.email for p in parties)))),
        addresses=tuple(p.address for p in parties if p.address),
    )
    return CorrectedMessage(
        case_id=row.case_id,
        channel=row.channel,
        text=text_to_classify(row.channel, row.subject, text),
        labels=labels,
        language=row.language,
        known=known,
    )
