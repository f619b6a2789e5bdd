"""`cases`, `parked`: look at cases and at messages set aside for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Annotated

import typer

from intakebot.case_json import case_file_json, case_json
from intakebot.cli.case_text import case_text
from intakebot.cli.output import fail, opened_store, plain_errors, put_document, put_table, say, settings_of
from intakebot.domain.case import Case, Status
from intakebot.domain.hazards import HazardLevel
from intakebot.domain.labels import Category, Kind
from intakebot.domain.references import find_references
from intakebot.domain.retention import closed_before, retention_due
from intakebot.domain.wording import counted, long_day
from intakebot.domain.working_days import WorkingCalendar, local_date
from intakebot.errors import BadInput
from intakebot.landlord import time_rules
from intakebot.service import wall_clock
from intakebot.store.engine import Work
from intakebot.store.queues import Outcome, State
from intakebot.store.views import QueueFilter, QueuePlace, QueueRow
from intakebot.web.due import of_row
from intakebot.web.words import HAZARD_LEVELS, KINDS, STATUSES

cases = typer.Typer(help="Look at cases.", no_args_is_help=True)
parked = typer.Typer(help="Messages set aside for a person.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_PAGE = 500
_MOST_DIGITS = 18


@cases.command("list")
def list_cases(
    context: typer.Context,
    status: Annotated[Status | None, typer.Option(help="Only cases with this status; closed ones too.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Only this kind.")] = None,
    officer: Annotated[str, typer.Option(help="Only this officer's: name or mail address.")] = "",
    category: Annotated[Category | None, typer.Option(help="Only cases with this category.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only cases with a clock past its time.")] = False,
    to_delete: Annotated[
        bool, typer.Option("--retention-due", help="Only closed cases that may be deleted by now.")
    ] = False,
    all_cases: Annotated[bool, typer.Option("--all", help="Answered and closed cases too.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100_000,
    as_json: Json = False,
) -> None:
    """List cases, the most dangerous and most urgent first."""
    with plain_errors(), opened_store(settings := settings_of(context)) as store:
        now, years = wall_clock(), settings.retention_years

        def wanted(work: Work) -> QueueFilter:
            return QueueFilter(
                status=status.value if status else "",
                kind=kind.value if kind else "",
                category=category.value if category else "",
                officer_id=_officer_id(work, officer) if officer else None,
                overdue_at=now if overdue else None,
                closed_before=closed_before(local_date(now), years) if to_delete else None,
                open_only=not (all_cases or status or to_delete),
            )

        def whole(work: Work) -> list[_Whole]:
            return list(islice(_whole(work, wanted(work), years, to_delete), limit))

        if as_json:
            put_document([case_json(one.case, one.row.officer, one.retention_due) for one in store.read_now(whole)])
            return
        if to_delete:
            lines = [_may_go(one) for one in store.read_now(whole)]
        else:
            calendar = time_rules(settings).calendar
            rows = store.read_now(lambda work: list(islice(_rows(work, wanted(work)), limit)))
            lines = [_words(row, now, calendar) for row in rows]
        put_table(lines)
        say(counted(len(lines), "case"))


@dataclass(frozen=True, slots=True)
class _Whole:
    """A case in a list with everything on it, and the day from which it may be deleted."""

    row: QueueRow
    case: Case
    retention_due: date | None


def _pages(work: Work, wanted: QueueFilter) -> Iterator[tuple[QueueRow, ...]]:
    """The queue, a page after another."""
    after: QueuePlace | None = None
    while rows := work.views.queue(wanted, after, _PAGE):
        yield rows
        if len(rows) < _PAGE:
            return
        after = rows[-1].place


def _rows(work: Work, wanted: QueueFilter) -> Iterator[QueueRow]:
    return (row for rows in _pages(work, wanted) for row in rows)


def _whole(work: Work, wanted: QueueFilter, years: int, to_delete: bool) -> Iterator[_Whole]:
    """The cases of the queue; with `to_delete`, only those that nothing holds."""
    for rows in _pages(work, wanted):
        closed = work.cases.closed_at([row.id for row in rows])
        for row in rows:
            case = work.cases.get(row.reference)
            due = retention_due(case, closed.get(row.id), years) if case else None
            if case is not None and (due or not to_delete):
                yield _Whole(row, case, due)


def _may_go(one: _Whole) -> tuple[str, ...]:
    """What, and from which day it may be deleted."""
    day = f"May be deleted from {long_day(one.retention_due)}" if one.retention_due else ""
    return *_standing(one.row), day


def _standing(row: QueueRow) -> tuple[str, ...]:
    return row.reference, KINDS[Kind(row.kind)], STATUSES[Status(row.status)], row.officer or "-"


def _words(row: QueueRow, now: datetime, calendar: WorkingCalendar) -> tuple[str, ...]:
    """What, where it stands, with whom, and what it owes by when: a hazard first."""
    hazard = f"{HAZARD_LEVELS[HazardLevel(row.hazard_level)]}. " if row.hazard_level else ""
    owed = (f"{due.duty} ({due.left})" if due.left else due.duty for due in of_row(row, now, calendar))
    return *_standing(row), f"{hazard}{'; '.join(owed)}"


@cases.command("show")
def show_case(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(help="The case's reference, however it is written.")],
    as_json: Json = False,
) -> None:
    """Show everything about one case."""
    with plain_errors(), opened_store(settings := settings_of(context)) as store:
        known = find_references(reference, settings.landlord.reference_prefix)
        file = store.read_now(lambda work: work.views.case_file(known[0] if known else reference))
        if file is None:
            fail(f"there is no case {reference}; check the reference, `intakebot cases list` shows all")
        if as_json:
            put_document(case_file_json(file, settings.retention_years))
            return
        names = {officer.id: officer.name for officer in store.read_now(lambda work: work.officers.all())}
        typer.echo(case_text(file, names, time_rules(settings).calendar, wall_clock(), settings.retention_years))


def _officer_id(work: Work, wanted: str) -> int:
    for officer in work.officers.all():
        if wanted.casefold() in (officer.name.casefold(), officer.email.casefold()):
            return officer.id
    raise BadInput(f"there is no officer {wanted}; `intakebot users list` shows them")


@parked.command("list")
def list_parked(context: typer.Context, as_json: Json = False) -> None:
    """List received messages that wait for a person, and letters that could not be sent."""
    with plain_errors(), opened_store(settings_of(context)) as store:
        received = store.read_now(lambda work: work.views.set_aside((Outcome.PARKED,), limit=10_000))
        letters = store.read_now(lambda work: work.desk.letters([State.PARKED], 10_000))
        rows = [
            {
                "id": str(row.id),
                "direction": "in",
                "channel": row.channel,
                "received_at": row.received_at,
                "reason": row.reason,
                "attempts": row.attempts,
                "sha256": row.sha256,
                "reference": None,
            }
            for row in received
        ] + [
            {
                "id": f"out-{letter.id}",
                "direction": "out",
                "channel": letter.message.channel,
                "received_at": letter.created_at,
                "reason": letter.reason,
                "attempts": letter.attempts,
                "sha256": None,
                "reference": letter.reference or None,
            }
            for letter in letters
        ]
        if as_json:
            put_document(rows)
            return
        put_table([(str(row["id"]), str(row["direction"]), str(row["reason"])) for row in rows])
        say(f"{len(rows)} parked")


@parked.command("retry")
def retry_parked(context: typer.Context, parked_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Try a parked message again: a number for a received one, out-NUMBER for a letter."""
    with plain_errors(), opened_store(settings_of(context)) as store:
        outgoing = parked_id.startswith("out-")
        number = parked_id.removeprefix("out-")
        if not number.isdecimal() or len(number) > _MOST_DIGITS:
            fail(f"{parked_id} is not an id; `intakebot parked list` shows them")

        def retry(work: Work) -> None:
            if outgoing:
                work.outbox.retry_parked(int(number), wall_clock())
            else:
                work.inbox.retry_parked(int(number), wall_clock())
                work.messages.forget_reading(int(number))

        store.write_now(retry)
        say(f"{parked_id} goes back to work; a running service takes it up at once")
