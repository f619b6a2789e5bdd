"""Fields: dates, times, sums and choices as people type them, read to what they mean or named as mistakes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from tests.factories import a_case
from tests.web.doing import day

from intakebot.domain.people import Officer
from intakebot.web.acts.fields import (
    Check,
    Choose,
    Day,
    Field,
    Lines,
    MaybeDay,
    Moment,
    Money,
    Number,
    Option,
    Rows,
    Situation,
    Text,
    filled,
    read_fields,
)
from intakebot.web.forms import Form, Mistakes

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SITUATION = Situation(a_case(), Officer(1, "Olu Bello", "officer@example.org"), (), NOW)
AT = Moment(name="at", label="When?", missing="Enter when")
WHEN = MaybeDay(name="on", label="When?")
SUM = Money(name="sum", label="How much?")


def read(field: Field[object], **typed: str) -> object:
    return read_fields((field,), Form(tuple(typed.items())), SITUATION)[field]


def mistake(field: Field[object], typed: dict[str, str]) -> tuple[str, str]:
    with pytest.raises(Mistakes) as caught:
        read(field, **typed)
    (found,) = caught.value.mistakes
    return found.field, found.message


@pytest.mark.parametrize(
    ("written", "time", "meant"),
    [
        ("2 3 2026", "14:30", datetime(2026, 3, 2, 14, 30, tzinfo=UTC)),
        ("2 3 2026", "2.30pm", datetime(2026, 3, 2, 14, 30, tzinfo=UTC)),
        ("02 March 2026", "9am", datetime(2026, 3, 2, 9, 0, tzinfo=UTC)),
        ("2 mar 2026", "12am", datetime(2026, 3, 2, 0, 0, tzinfo=UTC)),
        ("2 3 2026", "12 p.m.", datetime(2026, 3, 2, 12, 0, tzinfo=UTC)),
        ("1 7 2026", "0930", datetime(2026, 7, 1, 8, 30, tzinfo=UTC)),  # summer time in London
        ("25 10 2026", "1:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # came twice: the first
    ],
)
def test_moments_are_meant_in_london(written: str, time: str, meant: datetime) -> None:
    assert read(AT, **day("at", written, time)) == meant


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        (day("at", "2 3 2026"), "at-time", "Enter the time too"),
        (day("at", "2 3 2026", "14"), "at-time", "Enter the time too"),
        (day("at", "2 3 2026", "25:00"), "at-time", "Enter a real time"),
        (day("at", "2 3 2026", "13pm"), "at-time", "Enter a real time"),
        (day("at", "29 3 2026", "1:30"), "at-time", "The clocks went forward"),
        ({"at-time": "9:00"}, "at-day", "Enter when"),
        (day("at", "30 2 2026", "9:00"), "at-day", "Enter a real date"),
        (day("at", "2 3 26", "9:00"), "at-day", "Enter a real date"),
        (day("at", "31 12 9999", "9:00"), "at-day", "Enter a real date"),
        (day("at", "2 mai 2026", "9:00"), "at-day", "Enter a real date"),
        ({"at-day": "2", "at-time": "9:00"}, "at-day", "Enter a real date"),
        (day("at", "٢ 3 2026", "9:00"), "at-day", "Enter a real date"),
    ],
)
def test_what_is_no_moment_is_named_where_it_is_wrong(typed: dict[str, str], field: str, said: str) -> None:
    found = mistake(AT, typed)
    assert found[0] == field and found[1].startswith(said), found


def test_dates_may_be_left_out_only_where_that_is_allowed() -> None:
    assert read(WHEN) is None
    assert read(WHEN, **day("on", "29 2 2028")) == date(2028, 2, 29)
    assert mistake(Day(name="on", label="When?", missing="Enter when"), {}) == ("on-day", "Enter when")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("", None), ("150", "150"), ("£1,150.50", "1150.50"), ("0.5", "0.5"), ("£ 12", "12")],
)
def test_sums(typed: str, meant: str | None) -> None:
    assert read(SUM, sum=typed) == (Decimal(meant) if meant else None)


@pytest.mark.parametrize("typed", ["a lot", "-5", "1.234", "1,5", "NaN", "1e9", "12,34", "9" * 40])
def test_what_is_no_sum(typed: str) -> None:
    assert mistake(SUM, {"sum": typed}) == ("sum", "Enter a sum in pounds, like 150 or 42.50")


def test_numbers_lines_text_and_ticks() -> None:
    number = Number(name="n", label="How many?", missing="Enter how many")
    assert read(number, n="10") == 10
    assert mistake(number, {"n": "ten"})[1] == "Enter a whole number, like 10"
    assert mistake(number, {"n": "-1"})[1] == "Enter a whole number, like 10"
    assert mistake(number, {})[1] == "Enter how many"
    assert read(Lines(name="l", label="Which?"), l=" one \n\n two  words ") == ("one", "two words")
    assert read(Text(name="t", label="What?"), t="one\ntwo") == "one two"
    assert read(Text(name="t", label="What?", rows=2), t="one\ntwo") == "one\ntwo"
    assert read(Check(name="c", label="So?"), c="yes") is True
    assert read(Check(name="c", label="So?"), c="no") is False


def test_the_only_choice_is_made_and_one_of_several_is_not() -> None:
    one, two = Option("1", "One", 1), Option("2", "Two", 2)
    alone = Choose(name="x", label="Which?", missing="Choose", options=lambda _s: [one])
    several = Choose(name="x", label="Which?", missing="Choose", options=lambda _s: [one, two])
    assert filled((alone,), SITUATION).text("x") == "1"
    assert filled((several,), SITUATION).text("x") == ""
    assert mistake(several, {}) == ("x", "Choose")
    assert mistake(several, {"x": "3"}) == ("x", "Choose from the list")


def test_rows_are_read_one_by_one_and_empty_ones_left_out() -> None:
    what, found = (
        Text(name="what", label="What", missing="Say what"),
        Day(name="by", label="By", missing="Enter by when"),
    )
    rows = Rows(name="r", label="Rows", row="Row", fields=(what, found))
    typed = {"r-1-what": "", "r-2-what": "Second", **day("r-2-by", "2 3 2026"), "r-12-what": "Twelfth"}
    with pytest.raises(Mistakes) as caught:
        read(rows, **typed)
    assert [(m.field, m.message) for m in caught.value.mistakes] == [("r-12-by-day", "Enter by when")]
    answers = read(rows, **(typed | day("r-12-by", "3 3 2026")))
    assert isinstance(answers, tuple)
    assert [(a[what], a[found]) for a in answers] == [
        ("Second", date(2026, 3, 2)),
        ("Twelfth", date(2026, 3, 3)),
    ]
    assert len(rows.rows(rows.one_more(Form((("r-3-what", "x"),))))) == 4


def test_every_mistake_of_a_form_is_found() -> None:
    fields = (AT, Text(name="t", label="What?", missing="Say what"), SUM)
    with pytest.raises(Mistakes) as caught:
        read_fields(fields, Form((("sum", "x"),)), SITUATION)
    assert [m.field for m in caught.value.mistakes] == ["at-day", "t", "sum"]


def test_a_link_chooses_an_answer_and_what_the_case_holds_stands_in_the_rest() -> None:
    asked = Situation(SITUATION.case, SITUATION.officer, (), NOW, Form((("b", "mine"), ("else", "x"))))
    fields = (
        Text(name="a", label="A", start=lambda s: s.officer.name),
        Text(name="b", label="B", start=lambda _s: "held"),
    )
    assert filled(fields, asked).fields == (("a", "Olu Bello"), ("b", "mine"))
