"""The shipped sample years, read line by line into what reports are made from, without any store."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from importlib import resources
from typing import Any

from intakebot.domain.case import Case, CaseTag, Status, TagType
from intakebot.domain.figures.reported import AsbCase, OnCase, Period, Reported, StageRecord
from intakebot.domain.labels import Kind
from intakebot.domain.people import Person
from intakebot.domain.records import (
    Action,
    Determination,
    Finding,
    Learning,
    Ombudsman,
    OmbudsmanCase,
    Order,
    Payer,
    Records,
    Refusal,
    RefusalReason,
    Remedy,
    RemedyType,
)
from intakebot.domain.stages import Extension, Outcome, Stage
from intakebot.domain.timescales import Rules, due_dates
from intakebot.domain.working_days import england, local_date

YEAR_2023 = Period(date(2023, 4, 1), date(2024, 3, 31))
YEAR_2024 = Period(date(2024, 4, 1), date(2025, 3, 31))
YEARS = {"2023-24": YEAR_2023, "2024-25": YEAR_2024}
CALENDAR = england()


def lines(year: str) -> list[dict[str, Any]]:
    """The cases of a shipped year, as they are in its file."""
    text = (resources.files("intakebot.demo") / "years" / f"{year}.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def reported(year: str) -> Reported:
    """A shipped year as a report reads it."""
    found = [(f"LH-{number:04d}", line) for number, line in enumerate(lines(year), 1)]
    complaints = [(reference, line) for reference, line in found if line["kind"] == "complaint"]
    return Reported(
        stages=tuple(
            _stage(ref, line, number) for ref, line in complaints for number in range(1, 1 + len(line["stages"]))
        ),
        asb=tuple(
            AsbCase(local_date(_at(line["received_at"])), "hate_incident" in line["flags"], line["tenure"])
            for _, line in found
            if line["kind"] == "service_request" and "asb" in line["categories"]
        ),
        ombudsman=tuple(OnCase(r, _ombudsman(c), tuple(n["categories"])) for r, n in found for c in n["ombudsman"]),
        learning=tuple(
            OnCase(r, _learning(one), tuple(n["categories"]))
            for r, n in found
            for one in n["learning"]
            if one["lesson"]
        ),
        nothing_learned=sum(
            1
            for _, n in found
            for one in n["learning"]
            if not one["lesson"] and local_date(_at(one["recorded_at"])) in YEARS[year]
        ),
        actions=tuple(OnCase(r, _action(one)) for r, n in found for one in n["actions"]),
        remedies=tuple(OnCase(r, _remedy(one)) for r, n in found for one in n["remedies"]),
        refusals=tuple(OnCase(r, _refusal(one)) for r, n in found for one in n["refusals"]),
    )


def case_of(reference: str, line: dict[str, Any], resident: Person) -> Case:
    """A line as a case, answered as the line says."""
    received = _at(line["received_at"])
    tags = [CaseTag(TagType.CATEGORY, label) for label in line["categories"]]
    tags += [CaseTag(TagType.FLAG, label) for label in line["flags"]]
    return Case(
        reference=reference,
        kind=Kind(line["kind"]),
        status=Status.RESPONDED if line["kind"] == "complaint" else Status.CLOSED,
        channel=line["channel"],
        subject=line["subject"],
        opened_at=received,
        received_at=received,
        resident=resident,
        patch=line["patch"],
        stages=tuple(stage_of(line, number) for number in range(1, 1 + len(line["stages"]))),
        records=Records(
            ombudsman=tuple(_ombudsman(one) for one in line["ombudsman"]),
            learning=tuple(_learning(one) for one in line["learning"]),
            actions=tuple(replace(_action(one), number=n) for n, one in enumerate(line["actions"], 1)),
            remedies=tuple(replace(_remedy(one), number=n) for n, one in enumerate(line["remedies"], 1)),
            refusals=tuple(_refusal(one) for one in line["refusals"]),
        ),
        tags=tuple(tags),
    )


def stage_of(line: dict[str, Any], number: int) -> Stage:
    """One stage of a line as the domain has it, every due date counted anew."""
    given = line["stages"][number - 1]
    received, acknowledged = _at(given["received_at"]), _maybe(given["acknowledged_at"])
    due = due_dates(received, acknowledged, number, CALENDAR, Rules())
    extensions, until = [], due.response_due
    for one in given["extensions"]:
        until = CALENDAR.add(until, one["working_days"])
        told = (one["reason"], _at(one["told_at"]), one["ombudsman_details"])
        extensions.append(Extension(one["working_days"], until, *told))
    responded = _maybe(given.get("responded_at"))
    refused = line["refusals"][0]["refused_at"] if line["refusals"] else None
    ended = responded or _maybe(given.get("withdrawn_at")) or _maybe(refused)
    return Stage(
        number,
        received,
        due,
        acknowledged,
        extensions=tuple(extensions),
        responded_at=responded,
        outcome=Outcome(given["outcome"]),
        ended_at=ended,
    )


def _stage(reference: str, line: dict[str, Any], number: int) -> StageRecord:
    stage = stage_of(line, number)
    return StageRecord(
        reference=reference,
        stage=number,
        received_on=local_date(stage.received_at),
        ack_due=stage.due.ack_due,
        response_due=stage.due.response_due,
        valid_until=stage.valid_extension or stage.due.response_due,
        acknowledged_on=local_date(stage.acknowledged_at) if stage.acknowledged_at else None,
        ended_on=local_date(stage.ended_at) if stage.ended_at else None,
        outcome=stage.outcome or "",
        categories=tuple(line["categories"]),
        tenure=line["tenure"],
        channel=line["channel"],
        patch=line["patch"],
    )


def _ombudsman(one: dict[str, Any]) -> OmbudsmanCase:
    return OmbudsmanCase(
        1,
        Ombudsman(one["ombudsman"]),
        _at(one["contacted_at"]),
        one["their_reference"],
        one["investigated"],
        _maybe(one["determined_at"]),
        tuple(Finding(f["element"], Determination(f["determination"])) for f in one["findings"]),
        tuple(
            Order(o["what"], date.fromisoformat(o["due_on"]), o["recommendation"], _maybe(o["done_at"]))
            for o in one["orders"]
        ),
    )


def _learning(one: dict[str, Any]) -> Learning:
    return Learning(
        1, _at(one["recorded_at"]), one["by"], one["lesson"], one["change"], one["category"], one["nothing"]
    )


def _action(one: dict[str, Any]) -> Action:
    due, opened = date.fromisoformat(one["due_on"]), _at(one["opened_at"])
    return Action(1, one["stage"], one["what"], one["owner"], due, opened, _maybe(one["done_at"]))


def _remedy(one: dict[str, Any]) -> Remedy:
    return Remedy(
        1,
        one["stage"],
        RemedyType(one["type"]),
        one["what"],
        one["impact"],
        _at(one["offered_at"]),
        amount=Decimal(one["amount"]) if "amount" in one else None,
        payer=Payer(one.get("payer", "landlord")),
        accepted_at=_maybe(one["accepted_at"]),
        completed_at=_maybe(one["completed_at"]),
    )


def _refusal(one: dict[str, Any]) -> Refusal:
    reason = RefusalReason(one["reason"])
    told = (one["evidence"], one["consideration"], 1, one["officer"], _at(one["refused_at"]))
    return Refusal(1, one["stage"], reason, *told)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _maybe(text: str | None) -> datetime | None:
    return _at(text) if text else None
