"""Case lines: what an older system exports, one case a line of JSON, read into typed values or into its mistakes.

This is the shape alone: fields, types, lengths, and dates with a zone. Whether the Code allows what a line says
is found by living it through again (`replaying`). docs/importing.md describes every field.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from intakebot.config.values import is_mail_address
from intakebot.domain.channels import Channel
from intakebot.domain.figures.reported import Tenure
from intakebot.domain.labels import Category, Flag
from intakebot.domain.records import Determination, Ombudsman, Payer, RefusalReason, RemedyType
from intakebot.domain.stages import Outcome
from intakebot.formats.json_keys import repeated_keys

FIRST_YEAR: Final = 2015
"""The earliest year of a moment: no calendar of working days is kept for the years before it."""
_LAST_DAY = date(2044, 12, 31)
_SHOWN = 40

T = TypeVar("T")

_CLAUSES = {
    "stages": ("5.3", "5.3"),
    "kind": ("1.4", "1.4"),
    "received_at": ("6.2", "6.11"),
    "acknowledged_at": ("6.2", "6.11"),
    "definition": ("5.6", "5.6"),
    "outcomes_sought": ("5.6", "5.6"),
    "responded_at": ("6.3", "6.14"),
    "outcome": ("6.9", "6.19"),
    "decision": ("6.9", "6.19"),
    "reasons": ("6.9", "6.19"),
    "extensions": ("6.4", "6.15"),
    "working_days": ("6.4", "6.15"),
    "told_at": ("6.4", "6.15"),
    "ombudsman_details": ("6.5", "6.16"),
    "reason": ("6.4", "6.15"),
    "refusals": ("2.1", "2.1"),
    "evidence": ("2.1", "2.1"),
    "consideration": ("2.5", "2.5"),
    "refused_at": ("2.1", "2.1"),
    "directed_at": ("2.4", "2.4"),
    "claim_filed_on": ("2.2", "2.2"),
    "proceedings_ended_on": ("2.2", "2.2"),
    "issue_on": ("2.3", "2.3"),
    "aware_on": ("2.3", "2.3"),
    "contacted_at": ("3.7", "3.7"),
    "determination": ("9.7", "9.7"),
    "determined_at": ("9.7", "9.7"),
    "what": ("6.6", "6.17"),
    "opened_at": ("6.6", "6.17"),
    "offered_at": ("7.1", "7.1"),
    "amount": ("7.1", "7.1"),
    "impact": ("7.2", "7.2"),
    "recorded_at": ("9.1", "9.1"),
    "lesson": ("9.1", "9.1"),
}
"""What the Code says of a field: the clause for stage 1, and for stage 2."""


def cited(field: str, stage: int = 1) -> str:
    """The clause behind a field as a sentence ends with it, " (Code 6.2)"; "" where the Code asks nothing of it."""
    clauses = _CLAUSES.get(field)
    return f" (Code {clauses[min(stage, 2) - 1]})" if clauses else ""


def _none_is_empty(value: object) -> object:
    return "" if value is None else value


def _stripped(longest: int, shortest: int = 0) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest)


def _writable(value: str) -> str:
    if any(ord(letter) < 32 and letter not in "\n\r\t" for letter in value):
        raise ValueError("holds a control character")
    return value


def _address(value: str) -> str:
    if value and not is_mail_address(value):
        raise ValueError("is not a mail address such as someone@example.org")
    return value


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _in_range(value: datetime) -> datetime:
    if not FIRST_YEAR <= value.year < _LAST_DAY.year:
        raise ValueError(f"lies outside the years {FIRST_YEAR} to {_LAST_DAY.year - 1}")
    return value


def _once(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) < len(values):
        raise ValueError("names one twice")
    return values


_Empty = BeforeValidator(_none_is_empty)
_Writable = AfterValidator(_writable)
Moment = Annotated[AwareDatetime, AfterValidator(_in_range)]
Day = Annotated[date, Field(ge=date(FIRST_YEAR, 1, 1), le=_LAST_DAY)]
PastDay = Annotated[date, Field(ge=date(1900, 1, 1), le=_LAST_DAY)]
Name = Annotated[str, _stripped(200, 1), _Writable, AfterValidator(_one_line)]
Words = Annotated[str, _stripped(200), _Writable, AfterValidator(_one_line), _Empty]
Email = Annotated[str, _stripped(254), _Writable, AfterValidator(_address), _Empty]
Text = Annotated[str, _stripped(20_000), _Writable, _Empty]
StageNumber = Literal[1, 2]


class _Part(BaseModel):
    # Numbers are not dates and words are not numbers here: what an export means must not be guessed.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ResidentPart(_Part):
    """Whose case it is."""

    name: Name
    email: Email = ""
    phone: Words = ""
    address: Words = ""


class ExtensionPart(_Part):
    """More time for a response: by how many working days, why, and when the resident was told.

    `ombudsman_details` says whether the notice gave the Ombudsman's; without them the extension does not count as
    one that keeps the Code (6.5, 6.16), and nothing is taken for granted.
    """

    working_days: Annotated[int, Field(ge=1, le=250)]
    reason: Text
    told_at: Moment
    ombudsman_details: bool = False
    good_reason: Text = ""
    approved_by: Words = ""


class StagePart(_Part):
    """One stage, from its receipt to its end. `stage` is its number, where the export gives it."""

    stage: StageNumber | None = None
    received_at: Moment
    acknowledged_at: Moment | None = None
    definition: Text = ""
    outcomes_sought: Text = ""
    extensions: Annotated[tuple[ExtensionPart, ...], Field(max_length=20)] = ()
    responded_at: Moment | None = None
    withdrawn_at: Moment | None = None
    outcome: Outcome | None = None
    decision: Text = ""
    reasons: Text = ""
    decided_by: Email = ""


class RefusalPart(_Part):
    """A complaint, or a request for stage 2, that was not accepted."""

    stage: StageNumber = 1
    reason: RefusalReason
    evidence: Text
    consideration: Text
    officer: Name
    refused_at: Moment
    claim_filed_on: PastDay | None = None
    earlier_case: Words = ""
    directed_at: Moment | None = None
    proceedings_ended_on: PastDay | None = None


class ActionPart(_Part):
    """Something promised, and when it was done."""

    stage: StageNumber | None = None
    what: Text
    owner: Name
    due_on: Day
    opened_at: Moment
    done_at: Moment | None = None


class RemedyPart(_Part):
    """Something offered to put it right."""

    stage: StageNumber | None = None
    type: RemedyType
    what: Text
    impact: Text
    offered_at: Moment
    due_on: Day | None = None
    agreed: bool = False
    amount: Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=2)] | None = None
    payer: Payer = Payer.LANDLORD
    basis: Words = ""
    approved_by: Words = ""
    accepted_at: Moment | None = None
    declined_at: Moment | None = None
    completed_at: Moment | None = None


class FindingPart(_Part):
    """What the Ombudsman found on one element."""

    element: Name
    determination: Determination


class OrderPart(_Part):
    """Something the Ombudsman ordered or recommended."""

    what: Text
    due_on: Day | None = None
    recommendation: bool = False
    done_at: Moment | None = None


class OmbudsmanPart(_Part):
    """An Ombudsman's involvement."""

    ombudsman: Ombudsman
    contacted_at: Moment
    their_reference: Words = ""
    investigated: bool = False
    determined_at: Moment | None = None
    findings: Annotated[tuple[FindingPart, ...], Field(max_length=50)] = ()
    orders: Annotated[tuple[OrderPart, ...], Field(max_length=50)] = ()
    failure_order: bool = False

    @model_validator(mode="after")
    def _decided(self) -> OmbudsmanPart:
        if self.determined_at is None and (self.findings or self.orders):
            raise ValueError("findings and orders need determined_at, when the Ombudsman decided (Code 9.7)")
        return self


class LearningPart(_Part):
    """What was learned, or `nothing`."""

    recorded_at: Moment
    by: Name
    lesson: Text = ""
    change: Text = ""
    category: Category | None = None
    nothing: bool = False


class CaseLine(_Part):
    """One case of an older system. `patch`, `team` and `officer` are the landlord's own ids and a mail address."""

    reference: Annotated[str, Field(max_length=20, pattern=r"^([A-Z0-9][A-Z0-9-]*)?$"), _Empty] = ""
    received_at: Moment
    channel: Channel
    kind: Literal["complaint", "service_request", "enquiry", "compliment"]
    tenure: Tenure
    categories: Annotated[tuple[Category, ...], AfterValidator(_once)] = ()
    flags: Annotated[tuple[Flag, ...], AfterValidator(_once)] = ()
    subject: Words
    resident: ResidentPart
    patch: Words = ""
    team: Words = ""
    officer: Email = ""
    issue_on: PastDay | None = None
    aware_on: PastDay | None = None
    stages: Annotated[tuple[StagePart, ...], Field(max_length=2)] = ()
    refusals: Annotated[tuple[RefusalPart, ...], Field(max_length=10)] = ()
    actions: Annotated[tuple[ActionPart, ...], Field(max_length=100)] = ()
    remedies: Annotated[tuple[RemedyPart, ...], Field(max_length=100)] = ()
    ombudsman: Annotated[tuple[OmbudsmanPart, ...], Field(max_length=10)] = ()
    learning: Annotated[tuple[LearningPart, ...], Field(max_length=20)] = ()
    closed_at: Moment | None = None

    @model_validator(mode="after")
    def _stages_in_order(self) -> CaseLine:
        for number, stage in enumerate(self.stages, 1):
            if stage.stage not in (None, number):
                alone = len(self.stages) == 1
                raise ValueError(
                    "there is no stage 2 without stage 1 (Code 6.10)" if alone else "the stages stand in their order"
                )
        if bool(self.stages) != (self.kind == "complaint"):
            raise ValueError(
                "only a complaint has stages; if they are right, its kind is complaint (Code 1.4)"
                if self.stages
                else "a complaint has at least stage 1 (Code 6.2)"
            )
        if self.stages and self.stages[0].received_at != self.received_at:
            raise ValueError("the case and its stage 1 are received at the same time (Code 6.2)")
        return self


def read_line(data: bytes) -> CaseLine | tuple[str, ...]:
    """The case in one line, or every mistake in its shape: a sentence each, with the clause where there is one."""
    found: list[ErrorDetails] = []
    read: CaseLine | None = None
    try:
        read = CaseLine.model_validate_json(data)
    except ValidationError as error:
        found = error.errors(include_url=False)
    no_json = any(one["type"] == "json_invalid" for one in found)
    twice = [f"{_where(place)}: is given more than once" for place in ([] if no_json else repeated_keys(data))]
    return read if read and not twice else tuple(dict.fromkeys([*twice, *map(_sentence, found)]))


def _sentence(error: ErrorDetails) -> str:
    where = _where(error["loc"])
    names = [part for part in error["loc"] if isinstance(part, str)]
    stage = error["loc"][1] + 1 if error["loc"][:1] == ("stages",) and len(error["loc"]) > 1 else 1  # type: ignore[operator]
    clause = cited(names[-1], stage) if names and error["type"] != "value_error" else ""
    said = f"{_what(error)}{clause}"
    return f"{where}: {said}" if where else said


def _where(place: tuple[int | str, ...]) -> str:
    """A place in a line, counted from 1 as people count: "stages 2, responded_at"."""
    parts: list[str] = []
    for part in place:
        if isinstance(part, int):
            parts[-1] = f"{parts[-1]} {part + 1}"
        else:
            parts.append(part)
    return ", ".join(parts)


def _what(error: ErrorDetails) -> str:
    """What is wrong, without what was written, save for ids: a line is about people."""
    kind, told = error["type"], error.get("ctx", {})
    plain = _PLAIN.get(kind)
    if plain is not None:
        return plain.format(**told)
    if kind in ("enum", "literal_error"):
        return f"{_shown(error['input'])} is not one of {told['expected']}"
    if kind == "value_error":
        return str(told["error"])
    if kind.startswith("datetime"):
        return "is not a date and time such as 2024-03-01T09:30:00+00:00"
    if kind.startswith("date_"):
        return "is not a date such as 2024-03-01"
    return error["msg"][:1].lower() + error["msg"][1:]


def _shown(value: Any) -> str:
    return repr(value[:_SHOWN]) if isinstance(value, str) else "what is there"


_PLAIN = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of this format",
    "json_invalid": "is not JSON ({error})",
    "model_type": "is not an object",
    "model_attributes_type": "is not an object",
    "tuple_type": "is not a list",
    "string_type": "is not text",
    "bool_type": "is neither true nor false",
    "int_type": "is not a whole number",
    "decimal_type": "is not a sum such as 120.00",
    "decimal_parsing": "is not a sum such as 120.00",
    "finite_number": "is not a sum such as 120.00",
    "decimal_max_places": "is not in pounds and pence",
    "string_too_long": "is longer than {max_length} characters",
    "string_too_short": "is empty",
    "string_pattern_mismatch": "is not written as this field is",
    "too_long": "has more than {max_length} entries",
    "timezone_aware": "the time has no zone; write an offset such as +00:00",
    "greater_than": "is not above {gt}",
    "greater_than_equal": "is below {ge}",
    "less_than_equal": "is above {le}",
}
