"""`cases`, `parked`: look at cases and at messages set aside for a person."""

from __future__ import annotations

from typing import Annotated

import typer

from intakebot.cli.case_json import case_file_json, case_json
from intakebot.cli.output import fail, local, opened_store, plain_errors, put_document, say, settings_of
from intakebot.domain.case import Status
from intakebot.domain.labels import Category, Kind
from intakebot.domain.references import find_references
from intakebot.errors import BadInput
from intakebot.service import wall_clock
from intakebot.store.engine import Work
from intakebot.store.queues import Outcome, State
from intakebot.store.views import QueueFilter, QueuePlace

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
    with plain_errors(), opened_store(settings_of(context)) as store:

        def find(work: Work) -> list[dict[str, object]]:
            wanted = QueueFilter(
                status=status.value if status else "",
                kind=kind.value if kind else "",
                category=category.value if category else "",
                officer_id=_officer_id(work, officer) if officer else None,
                overdue_at=wall_clock() if overdue else None,
                open_only=not (all_cases or status),
            )
            found: list[dict[str, object]] = []
            after: QueuePlace | None = None
            while len(found) < limit:
                rows = work.views.queue(wanted, after, min(_PAGE, limit - len(found)))
                for row in rows:
                    case = work.cases.get(row.reference)
                    if case is not None:
                        found.append(case_json(case, row.officer))
                if len(rows) < _PAGE:
                    break
                after = rows[-1].place
            return found

        found = store.read_now(find)
        if as_json:
            put_document(found)
            return
        for case in found:
            due = case["response_due"] if case["acknowledged_at"] else case["ack_due"]
            state = f"{case['kind']:<16} {case['status']:<13}"
            typer.echo(f"{case['reference']}  {state} due {due or '-'}  {case['officer'] or '-'}")
        say(f"{len(found)} case{'' if len(found) == 1 else 's'}")


@cases.command("show")
def show_case(context: typer.Context, reference: str, as_json: Json = False) -> None:
    """Show everything about one case."""
    with plain_errors(), opened_store(settings := settings_of(context)) as store:
        known = find_references(reference, settings.landlord.reference_prefix)
        file = store.read_now(lambda work: work.views.case_file(known[0] if known else reference))
        if file is None:
            fail(f"there is no case {reference}; check the reference, `intakebot cases list` shows all")
        shown = case_file_json(file)
        if as_json:
            put_document(shown)
            return
        for key, value in shown.items():
            if key not in ("messages", "events", "clocks"):
                typer.echo(f"{key:<16} {value}")
        typer.echo("\nEvents")
        for event in file.events:
            typer.echo(f"  {local(event.at)}  {event.actor:<12} {event.summary}")
        typer.echo("\nMessages")
        for message in file.messages:
            typer.echo(f"  {local(message.received_at)}  {message.direction:<4}{message.subject}\n")
            typer.echo("\n".join(f"    {line}" for line in message.text.splitlines()) + "\n")


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
        for row in rows:
            typer.echo(f"{row['id']:>8}  {row['direction']:<4} {row['reason']}")
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
