"""Calendar arithmetic: month ends, day counts, non-working days. Knows no loan."""

from calendar import isleap
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import cache

import holidays

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2200, 12, 31)
"""Dates outside these are refused, so that no calculation runs off the calendar."""

NEVER = date.max
"""The end of what has none: of the time of a loan without installments, and of interest on arrears."""

_LONGEST_HOLIDAY = 60
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SHORTEST_MONTH = 28


class Unit(StrEnum):
    """What `every` counts."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


PERIODS_A_YEAR = {Unit.DAY: 365, Unit.WEEK: 52, Unit.MONTH: 12}


class DayCount(StrEnum):
    """How days become a fraction of a year when interest runs by the day."""

    THIRTY_360 = "30/360"
    ACTUAL_360 = "actual/360"
    ACTUAL_364 = "actual/364"
    ACTUAL_365 = "actual/365"
    ACTUAL_ACTUAL = "actual/actual"


class Move(StrEnum):
    """Where a due date goes that falls on a non-working day."""

    NONE = "none"
    NEXT = "next"
    PREVIOUS = "previous"
    NEXT_SAME_MONTH = "next_same_month"


_ACTUAL_BASIS = {DayCount.ACTUAL_360: 360, DayCount.ACTUAL_364: 364, DayCount.ACTUAL_365: 365}


def month_day(year: int, month: int, day: int) -> date:
    """That day of the month, or its last day where it is shorter. `month` may run over: 14 is February next year."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, day if day <= _SHORTEST_MONTH else min(day, _length(year, month)))


def month_days(year: int, month: int, day: int, every: int, count: int) -> list[date]:
    """That day, or the last, of `count` months that lie `every` months apart. `month` may run over."""
    found = []
    for _ in range(count):
        if month > 12:
            year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
        found.append(date(year, month, day if day <= _SHORTEST_MONTH else min(day, _length(year, month))))
        month += every
    return found


def _length(year: int, month: int) -> int:
    return 29 if month == 2 and isleap(year) else _MONTH_LENGTHS[month - 1]


def add_periods(start: date, count: int, unit: Unit, anchor: int | None = None) -> date:
    """`count` units after `start` (before, if negative); months fall on day `anchor`, by default that of `start`."""
    if unit is Unit.MONTH:
        return month_day(start.year, start.month + count, anchor or start.day)
    return start + timedelta(days=count * (7 if unit is Unit.WEEK else 1))


def periods_since(origin: date, day: date, every: int, unit: Unit, anchor: int | None = None) -> Fraction:
    """Plain periods of `every` units that lie between `origin` and `day`, the last in part by its calendar days.

    Months end on day `anchor`, on which `origin` falls as well; by default it is the day of `origin`.
    """
    if unit is not Unit.MONTH:
        return Fraction((day - origin).days, every * (7 if unit is Unit.WEEK else 1))
    whole = (12 * (day.year - origin.year) + day.month - origin.month) // every
    if add_periods(origin, whole * every, unit, anchor) > day:
        whole -= 1
    begins, ends = (add_periods(origin, (whole + step) * every, unit, anchor) for step in (0, 1))
    return whole + Fraction((day - begins).days, (ends - begins).days)


def year_fraction(day_count: DayCount, start: date, end: date) -> tuple[int, int]:
    """The days from `start` to `end` as an exact fraction of a year, numerator and denominator.

    `30/360` is 30E/360 (ISDA 2006, 4.16(g)): a 31st counts as the 30th. `actual/actual` is ISDA 2006, 4.16(b): days
    in leap years over 366, the others over 365, split at the turn of the year.
    """
    if day_count is DayCount.ACTUAL_ACTUAL:
        return _actual_actual(start, end)
    if day_count is DayCount.THIRTY_360:
        months = 12 * (end.year - start.year) + end.month - start.month
        return 30 * months + min(end.day, 30) - min(start.day, 30), 360
    return (end - start).days, _ACTUAL_BASIS[day_count]


def _actual_actual(start: date, end: date) -> tuple[int, int]:
    leap = common = 0
    for year in range(start.year, end.year + 1):
        days = (min(end, date(year + 1, 1, 1)) - max(start, date(year, 1, 1))).days
        if isleap(year):
            leap += days
        else:
            common += days
    if not leap:
        return common, 365
    return (leap, 366) if not common else (leap * 365 + common * 366, 365 * 366)


@cache
def day_weights(day_count: DayCount, start: date, end: date) -> tuple[tuple[int, int, int], ...]:
    """Each single day between the dates as a fraction of a year: (numerator, denominator, how many such days)."""
    if day_count in _ACTUAL_BASIS:
        return ((1, _ACTUAL_BASIS[day_count], (end - start).days),)
    found: dict[tuple[int, int], int] = {}
    for offset in range((end - start).days):
        day = start + timedelta(days=offset)
        fraction = year_fraction(day_count, day, day + timedelta(days=1))
        found[fraction] = found.get(fraction, 0) + 1
    return tuple((numerator, denominator, count) for (numerator, denominator), count in found.items())


def country_codes() -> frozenset[str]:
    """ISO 3166 codes of the countries whose public holidays are known."""
    return frozenset(holidays.list_supported_countries())


@cache
def _public_holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))


class Workdays:
    """Tells working days from others: `weekdays` are ISO numbers (6 Saturday, 7 Sunday) that never work."""

    def __init__(self, weekdays: Iterable[int], days_off: Iterable[date], country: str | None) -> None:
        self._weekdays = frozenset(weekdays)
        self._days_off = frozenset(days_off)
        self._country = country

    def is_working(self, day: date) -> bool:
        """Whether the day is neither a weekday off nor a listed nor a public holiday."""
        if day.isoweekday() in self._weekdays or day in self._days_off:
            return False
        return self._country is None or day not in _public_holidays(self._country, day.year)

    def moved(self, day: date, move: Move) -> date:
        """The working day that stands for `day`; `next_same_month` turns back where the next lies in another month.

        A run of non-working days longer than two months is left as it is: the day stays where it was.
        """
        if move is Move.NONE or self.is_working(day):
            return day
        there = self._nearest(day, -1 if move is Move.PREVIOUS else 1)
        if move is Move.NEXT_SAME_MONTH and there.month != day.month:
            return self._nearest(day, -1)
        return there

    def _nearest(self, day: date, step: int) -> date:
        for distance in range(1, _LONGEST_HOLIDAY + 1):
            candidate = day + timedelta(days=step * distance)
            if self.is_working(candidate):
                return candidate
        return day
