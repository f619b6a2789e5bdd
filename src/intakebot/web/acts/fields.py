"""Fields: one question of a form each. What it asks, how it is drawn, and how its answer is read.

A field's answer has a type, so that `answers[FIELD]` has it too. What cannot be read is a `Mistake` at the
field, in a sentence that says how to mend it. Dates and times are meant in Europe/London.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Final, Generic, TypeVar, cast

from intakebot.domain.case import Case
from intakebot.domain.people import Officer
from intakebot.domain.working_days import LONDON
from intakebot.web.forms import Form, Mistake, Mistakes

Answer = TypeVar("Answer")
Meaning_co = TypeVar("Meaning_co", covariant=True)

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEARS: Final = range(1900, 2200)
_TIME: Final = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))?\s*([ap]\.?m\.?)?", re.ASCII | re.IGNORECASE)
_MONEY: Final = re.compile(r"£?\s*(\d{1,3}(?:,?\d{3}){0,2}(?:\.\d{1,2})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a form is drawn and read in: the case, who asks, everybody with an account, when, and the link's choice.

    `escalation_days` is within how many days the landlord's policy expects a request for stage 2, None for no policy.
    """

    case: Case
    officer: Officer
    staff: tuple[Officer, ...]
    now: datetime
    asked: Form = field(default_factory=Form)
    escalation_days: int | None = None


Start = Callable[[Situation], str]


def empty(_situation: Situation) -> str:
    """Nothing to begin with."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(ABC, Generic[Answer]):
    """A question. `missing` is said where it is not answered, "" where it need not be; `start` is what stands in it."""

    sort: ClassVar[str] = "text"

    name: str
    label: str
    hint: str = ""
    missing: str = ""
    start: Start = empty

    def initial(self, situation: Situation) -> tuple[tuple[str, str], ...]:
        """What stands in the form to begin with."""
        return ((self.name, self.start(situation)),)

    @property
    def focus(self) -> str:
        """The id of the input that a mistake leads to."""
        return self.name

    @abstractmethod
    def read(self, form: Form, situation: Situation) -> Answer:
        """The answer. Raises `Mistakes`."""

    def wrong(self, message: str) -> Mistakes:
        """A mistake in this field."""
        return Mistakes([Mistake(self.focus, message)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Field[str]):
    """A line of words; with `rows`, several lines."""

    rows: int = 1

    def read(self, form: Form, situation: Situation) -> str:
        """The words, "" for none."""
        text = form.text(self.name)
        if self.missing and not text:
            raise self.wrong(self.missing)
        return text if self.rows > 1 else " ".join(text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines(Field[tuple[str, ...]]):
    """A list, each line one thing."""

    sort: ClassVar[str] = "lines"

    rows: int = 5

    def read(self, form: Form, situation: Situation) -> tuple[str, ...]:
        """The lines that say something."""
        lines = tuple(" ".join(line.split()) for line in form.text(self.name).splitlines() if line.strip())
        if self.missing and not lines:
            raise self.wrong(self.missing)
        return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dated(Field[Answer]):
    """Day, month and year in three inputs; it begins with an ISO date, or empty."""

    sort: ClassVar[str] = "day"

    def initial(self, situation: Situation) -> tuple[tuple[str, str], ...]:
        """The three parts."""
        parts = self.start(situation).split("-") if self.start(situation) else ["", "", ""]
        year, month, day = (part.lstrip("0") for part in parts)
        return ((f"{self.name}-day", day), (f"{self.name}-month", month), (f"{self.name}-year", year))

    @property
    def focus(self) -> str:
        """The first of the inputs."""
        return f"{self.name}-day"

    def day_in(self, form: Form) -> date | None:
        """The date, None where nothing is written."""
        day, month, year = (form.text(f"{self.name}-{part}") for part in ("day", "month", "year"))
        if not (day or month or year):
            if self.missing:
                raise self.wrong(self.missing)
            return None
        name = month[:3].lower()
        try:
            number = _MONTHS.index(name) + 1 if name in _MONTHS else _whole(month, 2)
            found = date(_whole(year, 4), number, _whole(day, 2))
            if found.year in _YEARS:
                return found
            raise ValueError(year)
        except ValueError:
            raise self.wrong("Enter a real date, like 27 3 2026") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day(_Dated[date]):
    """A date that must be given."""

    def read(self, form: Form, situation: Situation) -> date:
        """The date."""
        day = self.day_in(form)
        if day is None:
            raise self.wrong("Enter the date")
        return day


@dataclass(frozen=True, slots=True, kw_only=True)
class MaybeDay(_Dated[date | None]):
    """A date that may be left out."""

    def read(self, form: Form, situation: Situation) -> date | None:
        """The date, or None."""
        return self.day_in(form)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment(_Dated[datetime]):
    """A date and a time of day in London."""

    sort: ClassVar[str] = "moment"

    def initial(self, situation: Situation) -> tuple[tuple[str, str], ...]:
        """The date's parts, and the time."""
        return (*_Dated.initial(self, situation), (f"{self.name}-time", ""))

    def read(self, form: Form, situation: Situation) -> datetime:
        """The moment, in UTC. Of an hour that came twice, the first."""
        day, written = self.day_in(form), form.text(f"{self.name}-time")
        if day is None:
            raise self.wrong("Enter the date")
        local = datetime.combine(day, self._time(written), LONDON)
        moment = local.astimezone(UTC)
        if moment.astimezone(LONDON).replace(tzinfo=None) != local.replace(tzinfo=None):
            raise self._wrong_time("The clocks went forward over that time; enter the one an hour later")
        return moment

    def _time(self, written: str) -> time:
        try:
            return read_time(written)
        except ValueError as error:
            raise self._wrong_time(str(error)) from None

    def _wrong_time(self, message: str) -> Mistakes:
        return Mistakes([Mistake(f"{self.name}-time", message)])


@dataclass(frozen=True, slots=True)
class Option(Generic[Meaning_co]):
    """Something to choose: what the form sends, what a person reads, and what it means to us."""

    value: str
    text: str
    meaning: Meaning_co
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose(Field[Answer]):
    """One of several, as radio buttons or, with `list_box`, as a list that opens. One that is alone is chosen."""

    sort: ClassVar[str] = "choose"

    options: Callable[[Situation], Sequence[Option[Answer]]]
    list_box: bool = False

    def initial(self, situation: Situation) -> tuple[tuple[str, str], ...]:
        """The only one there is, or what it begins with."""
        options = self.options(situation)
        start = options[0].value if len(options) == 1 and self.missing else self.start(situation)
        return ((self.name, start),)

    @property
    def focus(self) -> str:
        """The first button."""
        return self.name

    def read(self, form: Form, situation: Situation) -> Answer:
        """What was chosen."""
        chosen = form.text(self.name)
        found = next((o for o in self.options(situation) if o.value == chosen), None)
        if found is None:
            raise self.wrong(self.missing if not chosen and self.missing else "Choose from the list")
        return found.meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Field[int]):
    """A whole number."""

    sort: ClassVar[str] = "number"

    def read(self, form: Form, situation: Situation) -> int:
        """The number."""
        text = form.text(self.name)
        if not (text.isascii() and text.isdigit() and len(text) < 5):
            raise self.wrong(self.missing if not text else "Enter a whole number, like 10")
        return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money(Field[Decimal | None]):
    """A sum in pounds, or nothing."""

    sort: ClassVar[str] = "money"

    def read(self, form: Form, situation: Situation) -> Decimal | None:
        """The sum, or None."""
        text = form.text(self.name)
        found = _MONEY.fullmatch(text)
        if text and found is None:
            raise self.wrong("Enter a sum in pounds, like 150 or 42.50")
        return Decimal(found[1].replace(",", "")) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Field[bool]):
    """A box to tick; it begins ticked where `start` gives "yes"."""

    sort: ClassVar[str] = "check"

    def initial(self, situation: Situation) -> tuple[tuple[str, str], ...]:
        """The tick, where there is one."""
        return ((self.name, "yes"),) if self.start(situation) else ()

    def read(self, form: Form, situation: Situation) -> bool:
        """Whether it is ticked."""
        return form.text(self.name) == "yes"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a form says, field by field."""

    given: tuple[tuple[str, Any], ...]

    def __getitem__(self, asked: Field[Answer]) -> Answer:
        """The answer to a field."""
        return cast(Answer, dict(self.given)[asked.name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows(Field[tuple[Answers, ...]]):
    """The same few questions once for each of several things. Rows left empty count for nothing."""

    sort: ClassVar[str] = "rows"

    fields: tuple[Field[Any], ...]
    row: str
    least: int = 2

    @property
    def focus(self) -> str:
        """The first input of the first row."""
        return self.rows(Form())[0][0].focus

    def initial(self, situation: Situation) -> tuple[tuple[str, str], ...]:
        """Empty rows."""
        return tuple(pair for row in self.rows(Form()) for part in row for pair in part.initial(situation))

    def rows(self, form: Form) -> tuple[tuple[Field[Any], ...], ...]:
        """The fields of each row that this form has."""
        begins = re.compile(rf"{re.escape(self.name)}-(\d{{1,2}})-", re.ASCII)
        found = [int(match[1]) for key, _ in form.fields if (match := begins.match(key))]
        return tuple(self._row(number) for number in range(1, max([self.least, *found]) + 1))

    def one_more(self, form: Form) -> Form:
        """The form with an empty row under the others."""
        another = self._row(len(self.rows(form)) + 1)[0].name
        return Form((*form.fields, (another, "")))

    def read(self, form: Form, situation: Situation) -> tuple[Answers, ...]:
        """The answers of each row in which something is written."""
        return tuple(self._read(form, situation))

    def _read(self, form: Form, situation: Situation) -> Iterator[Answers]:
        for row in self.rows(form):
            names = tuple(part.name for part in row)
            if any(value.strip() for key, value in form.fields if key.startswith(names)):
                answers = read_fields(row, form, situation)
                pairs = zip(self.fields, answers.given, strict=True)
                yield Answers(tuple((part.name, value) for part, (_, value) in pairs))

    def _row(self, number: int) -> tuple[Field[Any], ...]:
        return tuple(replace(part, name=f"{self.name}-{number}-{part.name}") for part in self.fields)


def read_fields(fields: Sequence[Field[Any]], form: Form, situation: Situation) -> Answers:
    """Every answer of a form. Raises `Mistakes` with every mistake in it."""
    given: list[tuple[str, Any]] = []
    mistakes: list[Mistake] = []
    for asked in fields:
        try:
            given.append((asked.name, asked.read(form, situation)))
        except Mistakes as error:
            mistakes += error.mistakes
    if mistakes:
        raise Mistakes(mistakes)
    return Answers(tuple(given))


def filled(fields: Sequence[Field[Any]], situation: Situation) -> Form:
    """The form as it is drawn first: what each field begins with, and what the link to the page chose."""
    asked = {key: value for key, value in situation.asked.fields if value}
    pairs = [pair for part in fields for pair in part.initial(situation)]
    return Form(tuple((key, asked.get(key, value)) for key, value in pairs))


Chosen = TypeVar("Chosen", bound=StrEnum)


def words_of(labels: dict[Chosen, str]) -> Callable[[Situation], Sequence[Option[Chosen]]]:
    """Options that are the same on every case: each label with its words."""
    options = tuple(Option(label.value, text, label) for label, text in labels.items())
    return lambda _situation: options


def days_from_now(days: int) -> Start:
    """To begin with, the date so many days from today."""
    return lambda situation: (situation.now.astimezone(LONDON).date() + timedelta(days=days)).isoformat()


def read_time(written: str) -> time:
    """A time of day. Raises ValueError with a sentence that says how to write one."""
    found = _TIME.fullmatch(written)
    if found is None or not (found[2] or found[3]):
        raise ValueError("Enter the time too, like 14:30 or 2:30pm")
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()[:1]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif half:
        hour = 24
    try:
        return time(hour, minute)
    except ValueError:
        raise ValueError("Enter a real time, like 14:30 or 2:30pm") from None


def _whole(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= most):
        raise ValueError
    return int(text)
