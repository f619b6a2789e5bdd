"""`cases`, `parked`: look at cases and at messages set aside for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from intakebot.cli.case_json import case_file_json, case_json
from intakebot.cli.case_text import case_text
from intakebot.cli.output import fail, opened_store, plain_errors, put_document, put_table, say, settings_of
from intakebot.domain.case import Status
from intakebot.domain.hazards import HazardLevel
from intakebot.domain.labels import Category, Kind
from intakebot.domain.references import find_references
from intakebot.domain.wording import counted
from intakebot.domain.working_days import WorkingCalendar
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
    all_cases: Annotated[bool, typer.Option("--all", help="Answered and closed cases too.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100_000,
    as_json: Json = False,
) -> None:
    """List cases, the most dangerous and most urgent first."""
    with plain_errors(), opened_store(settings := settings_of(context)) as store:
        now = wall_clock()

        def find(work: Work) -> list[QueueRow]:
            wanted = QueueFilter(
                status=status.value if status else "",
                kind=kind.value if kind else "",
                category=category.value if category else "",
                officer_id=_officer_id(work, officer) if officer else None,
                overdue_at=now if overdue else None,
                open_only=not (all_cases or status),
            )
            return list(_rows(work, wanted, limit))

        if as_json:
            put_document(store.read_now(lambda work: list(_as_json(work, find(work)))))
            return
        calendar = time_rules(settings).calendar
        found = store.read_now(find)
        put_table([_words(row, now, calendar) for row in found])
        say(counted(len(found), "case"))


def _rows(work: Work, wanted: QueueFilter, limit: int) -> Iterator[QueueRow]:
    """The queue, a page after another."""
    after: QueuePlace | None = None
    while limit > 0:
        rows = work.views.queue(wanted, after, min(_PAGE, limit))
        yield from rows
        if len(rows) < _PAGE:
            return
        after, limit = rows[-1].place, limit - len(rows)


def _as_json(work: Work, rows: list[QueueRow]) -> Iterator[dict[str, object]]:
    for row in rows:
        case = work.cases.get(row.reference)
        if case is not None:
            yield case_json(case, row.officer)


def _words(row: QueueRow, now: datetime, calendar: WorkingCalendar) -> tuple[str, ...]:
    """What, where it stands, with whom, and what it owes by when: a hazard first."""
    hazard = f"{HAZARD_LEVELS[HazardLevel(row.hazard_level)]}. " if row.hazard_level else ""
    owed = (f"{due.duty} ({due.left})" if due.left else due.duty for due in of_row(row, now, calendar))
    kind, status = KINDS[Kind(row.kind)], STATUSES[Status(row.status)]
    return row.reference, kind, status, row.officer or "-", f"{hazard}{'; '.join(owed)}"


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
            put_document(case_file_json(file))
            return
        names = {officer.id: officer.name for officer in store.read_now(lambda work: work.officers.all())}
        typer.echo(case_text(file, names, time_rules(settings).calendar, wall_clock()))


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
