"""A second way to count the Code's days, for tests: written apart from ours, and sharing nothing with it.

One day at a time, with England's bank holidays typed in from GOV.UK (from 2029 on, from the rules that make them) and
London's clock changes worked out from their definition, so that a fault in our calendar, in the `holidays` package or
in the zone data cannot hide here too. Covers moments from 2022 to the middle of 2031.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

BANK_HOLIDAYS = frozenset(
    date(year, int(day[3:]), int(day[:2]))
    for year, days in {
        2022: "03/01 15/04 18/04 02/05 02/06 03/06 29/08 19/09 26/12 27/12",  # Jubilee in June, funeral in September
        2023: "02/01 07/04 10/04 01/05 08/05 29/05 28/08 25/12 26/12",  # Coronation on 8 May
        2024: "01/01 29/03 01/04 06/05 27/05 26/08 25/12 26/12",
        2025: "01/01 18/04 21/04 05/05 26/05 25/08 25/12 26/12",
        2026: "01/01 03/04 06/04 04/05 25/05 31/08 25/12 28/12",
        2027: "01/01 26/03 29/03 03/05 31/05 30/08 27/12 28/12",
        2028: "03/01 14/04 17/04 01/05 29/05 28/08 25/12 26/12",
        2029: "01/01 30/03 02/04 07/05 28/05 27/08 25/12 26/12",
        2030: "01/01 19/04 22/04 06/05 27/05 26/08 25/12 26/12",
        2031: "01/01 11/04 14/04 05/05 26/05",
    }.items()
    for day in days.split()
)
ONE = timedelta(days=1)


@dataclass(frozen=True)
class Answer:
    """What the oracle says of one stage."""

    deemed_received: date
    ack_due: date
    response_due: date
    extended_due: date
    backstop: date


def works(day: date, closed: frozenset[date] = frozenset()) -> bool:
    """Whether a day counts; `closed` are a landlord's own days off."""
    return day.strftime("%a") not in ("Sat", "Sun") and day not in BANK_HOLIDAYS and day not in closed


def london(moment: datetime) -> datetime:
    """The wall clock in London, without a zone: an hour ahead from the last Sunday of March to that of October."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    begins, ends = (datetime.combine(_last_sunday(utc.year, month), time(1)) for month in (3, 10))
    return utc + timedelta(hours=1) if begins <= utc < ends else utc


def count_on(day: date, n: int, closed: frozenset[date] = frozenset()) -> date:
    """The n-th day that counts after `day`."""
    while n:
        day += ONE
        n -= works(day, closed)
    return day


def answer(
    received: datetime,
    acknowledged: datetime | None,
    stage: int,
    *,
    deemed: bool,
    ack_day_counts_as: int,
    closing: time,
    closed: frozenset[date] = frozenset(),
) -> Answer:
    """Every due date of a stage, as the Code file's counting rule puts it."""
    days = {1: 10, 2: 20}[stage]
    came = london(received)
    day0 = came.date()
    if deemed and works(day0, closed) and came.time() > closing:
        day0 += ONE
    while deemed and not works(day0, closed):
        day0 += ONE
    ack_due = count_on(day0, 5, closed)

    def answered_by(acknowledged_on: date) -> date:
        first_counts = ack_day_counts_as == 1 and works(acknowledged_on, closed)
        return count_on(acknowledged_on, days - 1 if first_counts else days, closed)

    response_due = answered_by(london(acknowledged).date() if acknowledged else ack_due)
    return Answer(day0, ack_due, response_due, count_on(response_due, days, closed), answered_by(ack_due))


def _last_sunday(year: int, month: int) -> date:
    day = date(year, month, 31)
    while day.strftime("%a") != "Sun":
        day -= ONE
    return day
