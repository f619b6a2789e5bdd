"""Working days: which days of England count, counting along them, and when the office is open.

A working day is Monday to Friday, less the bank and public holidays of England and the extra holidays a
landlord sets. The Code says "working days" and does not define them; this is the reading landlords share.
Moments are aware instants; a day is always the local date in Europe/London. No clock is read here.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from intakebot.domain.message import require_aware
from intakebot.errors import BadInput

LONDON: Final = ZoneInfo("Europe/London")
FIRST_DAY: Final = date(2015, 1, 1)
LAST_DAY: Final = date(2045, 12, 31)
ONE_DAY: Final = timedelta(days=1)
EXTRA_HOLIDAY: Final = "extra holiday set by the landlord"

_SATURDAY: Final = 5
_NAMES_ON_GOV_UK: Final[Mapping[str, str]] = {
    "May Day": "Early May bank holiday",
    "Spring Bank Holiday": "Spring bank holiday",
    "Late Summer Bank Holiday": "Summer bank holiday",
}


def local_date(moment: datetime) -> date:
    """The date on the wall calendar in Europe/London at this aware moment. Raises ValueError for a naive one.

    >>> from datetime import UTC
    >>> local_date(datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    datetime.date(2026, 7, 1)
    """
    return require_aware(moment).astimezone(LONDON).date()


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 1 March for a 29 February that the year does not have.

    >>> years_after(date(2024, 2, 29), 1), years_after(date(2024, 2, 29), 4)
    (datetime.date(2025, 3, 1), datetime.date(2028, 2, 29))
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def years_before(day: date, years: int) -> date:
    """The latest day for which `years_after` gives this one, or an earlier.

    >>> years_before(date(2024, 2, 29), 1), years_before(date(2025, 3, 1), 1)
    (datetime.date(2023, 2, 28), datetime.date(2024, 3, 1))
    """
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)


@dataclass(frozen=True, slots=True)
class Hours:
    """When people are at work on a working day, local time: from `opens`, up to but not at `closes`.

    Raises BadInput when the office would close before it opens.
    """

    opens: time = time(9)
    closes: time = time(17)

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise BadInput("working hours must open before they close")


def opening(day: date, hours: Hours) -> datetime:
    """The moment the office would open on `day`, aware, in Europe/London, whether or not it is a working day.

    A time skipped when the clocks go forward becomes the real moment it falls on, an hour later on the wall.
    """
    return datetime.combine(day, hours.opens, LONDON).astimezone(UTC).astimezone(LONDON)


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """One landlord's working days from FIRST_DAY to LAST_DAY; build it once with `england` and pass it down.

    `closures` are the days, with the reason, on which nobody works although they may be weekdays. Every
    method raises BadInput for a day the calendar does not cover, and ValueError for a moment given as a day.
    """

    closures: tuple[tuple[date, str], ...] = field(repr=False)
    _reasons: Mapping[date, str] = field(init=False, repr=False, compare=False)
    _working: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        reasons = dict(self.closures)
        closed = {day.toordinal() for day in reasons}
        every = range(FIRST_DAY.toordinal(), LAST_DAY.toordinal() + 1)
        # Ordinal 1 is a Monday, so (ordinal - 1) % 7 is the weekday without building eleven thousand dates.
        working = tuple(n for n in every if (n - 1) % 7 < _SATURDAY and n not in closed)
        object.__setattr__(self, "_reasons", reasons)
        object.__setattr__(self, "_working", working)

    def is_working_day(self, day: date) -> bool:
        """Whether `day` counts."""
        ordinal = _ordinal(day)
        place = bisect_left(self._working, ordinal)
        return place < len(self._working) and self._working[place] == ordinal

    def add(self, day: date, n: int) -> date:
        """The `n`-th working day after `day`, which is day 0 whatever kind of day it is.

        `n` = 0 gives `day` back; a negative `n` counts backwards, -1 being the last working day before `day`.

        >>> england().add(date(2025, 4, 18), 1)  # received on Good Friday: day 1 is after Easter Monday
        datetime.date(2025, 4, 22)
        """
        ordinal = _ordinal(day)
        if n == 0:
            return day
        place = bisect_right(self._working, ordinal) + n - 1 if n > 0 else bisect_left(self._working, ordinal) + n
        if not 0 <= place < len(self._working):
            raise BadInput(f"counting {n} working days from {day} leaves {_covered()}")
        return date.fromordinal(self._working[place])

    def count(self, first: date, last: date) -> int:
        """How many working days come after `first`, up to and including `last`; negative going back.

        >>> england().count(date(2025, 6, 6), date(2025, 6, 13))
        5
        """
        return bisect_right(self._working, _ordinal(last)) - bisect_right(self._working, _ordinal(first))

    def next_working_day(self, day: date) -> date:
        """`day` itself if it is a working day, else the first working day after it."""
        return day if self.is_working_day(day) else self.add(day, 1)

    def explain(self, day: date) -> str | None:
        """Why `day` does not count, in words for staff: "Saturday", "Good Friday"; None when it counts.

        >>> england().explain(date(2027, 12, 28))
        'Boxing Day (substitute day)'
        """
        if self.is_working_day(day):
            return None
        if day.weekday() >= _SATURDAY:
            return "Saturday" if day.weekday() == _SATURDAY else "Sunday"
        return self._reasons[day]

    def next_working_moment(self, moment: datetime, hours: Hours) -> datetime:
        """`moment` itself when people are at work, else the next opening, aware, in Europe/London."""
        local = require_aware(moment).astimezone(LONDON)
        today = local.date()
        if not self.is_working_day(today) or local.time() >= hours.closes:
            return opening(self.add(today, 1), hours)
        return moment if local.time() >= hours.opens else opening(today, hours)


def england(extra_holidays: Iterable[date] = ()) -> WorkingCalendar:
    """The working days of England, less a landlord's extra holidays: a few milliseconds' work, done once.

    Scotland's and Northern Ireland's own holidays are working days here, and so are an office's closing days
    between Christmas and New Year, unless given as extra holidays. A bank holiday proclaimed after the
    `holidays` package was released also belongs among the extra holidays.
    """
    closures = dict.fromkeys(extra_holidays, EXTRA_HOLIDAY)
    for day in closures:
        if not FIRST_DAY <= day <= LAST_DAY:
            raise BadInput(f"the extra holiday {day} lies outside {_covered()}")
    years = range(FIRST_DAY.year, LAST_DAY.year + 1)
    for day, name in holidays.country_holidays("GB", subdiv="ENG", years=years).items():
        closures[day] = _name_on_gov_uk(name)
    return WorkingCalendar(tuple(sorted(closures.items())))


def _name_on_gov_uk(name: str) -> str:
    """The package's name for a bank holiday, turned into the one people can look up on GOV.UK."""
    plain = name.removesuffix(" (observed)")
    shown = _NAMES_ON_GOV_UK.get(plain, plain)
    return shown if plain == name else f"{shown} (substitute day)"


def _ordinal(day: date) -> int:
    if isinstance(day, datetime):
        raise ValueError("a moment is not a day; ask local_date which day it falls on")
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BadInput(f"{day} lies outside {_covered()}")
    return day.toordinal()


def _covered() -> str:
    return f"the working-day calendar, which covers {FIRST_DAY} to {LAST_DAY}"
