"""`classify` and `deadlines`: ask the classifier and the clocks directly, one answer or many."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from intakebot import plugins
from intakebot.case_json import classification_json
from intakebot.cli.output import fail, plain_errors, put, put_document, settings_of
from intakebot.config.settings import Settings
from intakebot.domain.case import TimeRules
from intakebot.domain.timescales import (
    CountedDay,
    Rules,
    StageLimits,
    due_dates,
    explain,
    extension_until,
    limits_of,
)
from intakebot.errors import BadInput
from intakebot.landlord import time_rules

_FIELDS: Final = ("received", "acknowledged", "stage", "receipt_rule", "extended")
_ALIKE: Final = 0.85
_OTHER_NAMES: Final = ("received_at", "acknowledged_at", "receipt-rule")


def _lines(file: Path | None) -> Iterator[tuple[int, dict[str, Any]]]:
    """JSON objects, one a line, with their line numbers. Raises BadInput naming the line that is not one."""
    if file is not None and not file.exists():
        raise BadInput(f"there is no {file}")
    try:
        handle = file.open("rb") if file else sys.stdin.buffer
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from error
    try:
        for number, line in enumerate(handle, 1):
            if line.strip():
                yield number, _object(number, line)
    finally:
        if file is not None:
            handle.close()


def _object(number: int, line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8", "replace"))
    except ValueError as error:
        raise BadInput(f"line {number} is not JSON: {error}") from error
    except RecursionError as error:
        raise BadInput(f"line {number} is not JSON that anybody could read: it is nested too deeply") from error
    if not isinstance(value, dict):
        raise BadInput(f"line {number} is not a JSON object")
    return value


def classify(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="JSON Lines of {id, channel, text}; standard input without.")
    ] = None,
) -> None:
    """Classify messages: JSON Lines in, JSON Lines out."""
    with plain_errors():
        settings = settings_of(context)
        classifier = plugins.classifier(settings.classifier, settings)
        for number, message in _lines(file):
            text = message.get("text")
            if not isinstance(text, str):
                raise BadInput(f"line {number} needs a text, which must be a string")
            found = classifier.classify(text, str(message.get("channel") or "email"))
            put(classification_json(message.get("id"), found))


def deadlines(
    context: typer.Context,
    received: Annotated[str, typer.Option(help="When it was received: ISO 8601 with an offset.")] = "",
    acknowledged: Annotated[str, typer.Option(help="When it was acknowledged, if it has been.")] = "",
    stage: Annotated[int, typer.Option(help="1 or 2.")] = 1,
    receipt_rule: Annotated[str, typer.Option(help="calendar or deemed; else as the settings say.")] = "",
    extended: Annotated[int | None, typer.Option(help="Working days of an extension, if there is one.")] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Read JSON Lines of the same from standard input.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Work out the Code's due dates and show the counting, day by day."""
    with plain_errors():
        settings = settings_of(context)
        if jsonl:
            for number, line in _lines(None):
                try:
                    put(_answer(settings, line))
                except BadInput as error:
                    raise BadInput(f"line {number}: {error}") from error
            return
        if not received:
            fail("say when it was received: --received 2026-03-02T09:00:00+00:00")
        asked: dict[str, Any] = {"received": received, "acknowledged": acknowledged, "stage": stage}
        answer = _answer(settings, asked | {"receipt_rule": receipt_rule, "extended": extended})
        if as_json:
            put_document(answer)
        else:
            _tell(answer)


def _tell(answer: dict[str, Any]) -> None:
    """The dates, then the counting: one line a day, with its number or why it does not count."""
    for key in ("ack_due", "response_due", "extended_due", "extended_to", "backstop"):
        if answer[key]:
            typer.echo(f"{key:<14} {answer[key]}")
    if answer["beyond_limit"]:
        typer.echo(f"\n{answer['beyond_limit']}")
    clock = ""
    for day in answer["reasoning"]:
        if day["clock"] != clock:
            clock = day["clock"]
            typer.echo("")
        count = "" if day["number"] is None else str(day["number"])
        weekday = date.fromisoformat(day["date"]).strftime("%a")
        typer.echo(f"{clock:<16} {weekday} {day['date']}  {count:>3}  {day['reason']}".rstrip())


def _answer(settings: Settings, asked: dict[str, Any]) -> dict[str, Any]:
    for field in asked:  # a line may carry what is its sender's own, such as an id; a slip of the pen is told
        if field not in (*_FIELDS, *_OTHER_NAMES) and get_close_matches(field, _FIELDS, 1, _ALIKE):
            raise BadInput(f"there is no {field}; a line may have {', '.join(_FIELDS)}")
    rule = asked.get("receipt_rule") or asked.get("receipt-rule") or ""
    rules = _rules(time_rules(settings), rule)
    received = _moment(asked.get("received") or asked.get("received_at"), "received")
    given = asked.get("acknowledged") or asked.get("acknowledged_at")
    acknowledged = _moment(given, "acknowledged") if given else None
    stage = _whole(asked.get("stage"), "the stage is 1 or 2 (Code 5.3)") or 1
    extended = _whole(asked.get("extended"), "the extension is a number of working days (Code 6.4, 6.15)")
    due = due_dates(received, acknowledged, stage, rules.calendar, rules.rules)
    reasoning = explain(received, acknowledged, stage, rules.calendar, rules.rules, extended)
    until = None if extended is None else extension_until(due.response_due, extended, rules.calendar)
    return {
        "received": received.isoformat(),
        "acknowledged": acknowledged.isoformat() if acknowledged else None,
        "stage": stage,
        "receipt_rule": rules.rules.receipt_rule,
        "ack_due": due.ack_due.isoformat(),
        "response_due": due.response_due.isoformat(),
        "extended_due": due.extended_due.isoformat(),
        "extended_to": until.isoformat() if until else None,
        "beyond_limit": _beyond_limit(extended, limits_of(stage)),
        "backstop": due.backstop.isoformat(),
        "provisional": due.provisional,
        "reasoning": [_day(day) for day in reasoning],
    }


def _whole(given: object, otherwise: str) -> int | None:
    if given is None or given == "":
        return None
    try:
        return int(str(given))
    except ValueError as error:
        raise BadInput(otherwise) from error


def _beyond_limit(extended: int | None, limits: StageLimits) -> str:
    if extended is None or extended <= limits.extend:
        return ""
    return f"More than {limits.extend} working days need a good reason (Code {limits.extend_clause})."


def _rules(default: TimeRules, receipt_rule: str) -> TimeRules:
    if not receipt_rule:
        return default
    if receipt_rule not in ("calendar", "deemed"):
        raise BadInput(f"the receipt rule is calendar or deemed, not {receipt_rule}")
    chosen = Rules(
        "deemed" if receipt_rule == "deemed" else "calendar",
        default.rules.ack_day_counts_as,
        default.rules.closing_time,
    )
    return TimeRules(default.calendar, chosen)


def _moment(text: object, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise BadInput(f"{name} is not a time such as 2026-03-02T09:00:00+00:00") from error
    if moment.tzinfo is None:
        raise BadInput(f"{name} has no zone; give an offset such as +00:00")
    if not 1900 <= moment.year <= 9000:  # elsewhere arithmetic with zones and weeks runs off the calendar
        raise BadInput(f"{name} lies outside the working-day calendar")
    return moment


def _day(day: CountedDay) -> dict[str, Any]:
    return {"clock": day.clock.value, "date": day.day.isoformat(), "number": day.number, "reason": day.reason}
