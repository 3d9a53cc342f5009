"""Unit periods of US Regulation Z: the common interval of a transaction, and how many of them lie between two days.

Source: 12 CFR Part 1026, Appendix J, (b)(4) and (b)(5).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from fractions import Fraction
from itertools import pairwise

from services.engine.dates import month_day


class Kind(IntEnum):
    """What a unit period is counted in."""

    DAYS = 1
    WEEKS = 7
    MONTHS = 30


@dataclass(frozen=True, slots=True)
class Span:
    """A time in unit periods: whole ones, and the odd part of one."""

    whole: int
    odd: Fraction


@dataclass(frozen=True, slots=True)
class UnitPeriod:
    """`count` days, weeks or months; a year is twelve months."""

    kind: Kind
    count: int

    @property
    def days(self) -> int:
        """Length in days, a month as 30: what unit periods are compared by, and odd days divided by."""
        return self.kind * self.count

    @property
    def a_year(self) -> Fraction:
        """Unit periods a year: 12 months, 52 weeks or 365 days over the count."""
        return Fraction({Kind.DAYS: 365, Kind.WEEKS: 52, Kind.MONTHS: 12}[self.kind], self.count)

    def between(self, earlier: date, later: date) -> Span:
        """Unit periods between the days; months are counted back from the later one, the rest is odd days."""
        if self.kind is not Kind.MONTHS:
            whole, left = divmod((later - earlier).days, self.days)
            return Span(whole, Fraction(left, self.days))
        months, days = months_back(earlier, later)
        if self.count == 12:
            years, rest = divmod(months, 12)
            odd = Fraction(rest, 12) if not days else Fraction((_back(later, 12 * years) - earlier).days, 365)
            return Span(years, odd)
        whole, left = divmod(30 * months + days, self.days)
        return Span(whole, Fraction(left, self.days))


_YEAR = UnitPeriod(Kind.MONTHS, 12)


def unit_period_of(disbursed_on: date, payments: Sequence[date]) -> UnitPeriod:
    """The unit period of one advance and payments on those days, in order.

    The interval that occurs most often (the shorter of equals), at most a year. Where none occurs twice, the average of
    all, rounded to a whole standard interval. One payment alone makes the term itself the unit period, a year at most.
    """
    intervals = [_interval(earlier, later) for earlier, later in pairwise([disbursed_on, *payments]) if later > earlier]
    if not intervals:
        return UnitPeriod(Kind.DAYS, 1)
    if len(intervals) == 1:
        return _a_year_at_most(_term(intervals[0]))
    unit, times = min(Counter(intervals).items(), key=lambda found: (-found[1], found[0].days))
    if times == 1:
        return _nearest_standard(Fraction((payments[-1] - disbursed_on).days, len(intervals)))
    return _a_year_at_most(unit)


def months_back(earlier: date, later: date) -> tuple[int, int]:
    """Whole months measured back from the later day, and the days that are left over."""
    months = 12 * (later.year - earlier.year) + later.month - earlier.month
    if _back(later, months) < earlier:
        months -= 1
    return months, (_back(later, months) - earlier).days


def _back(day: date, months: int) -> date:
    return month_day(day.year, day.month - months, day.day)


def _interval(earlier: date, later: date) -> UnitPeriod:
    """Months run from the last day of one to the last day of another, too: (b)(3)(iii)."""
    months, days_left = months_back(earlier, later)
    if days_left and _ends_month(earlier) and _ends_month(later):
        months, days_left = 12 * (later.year - earlier.year) + later.month - earlier.month, 0
    if months and not days_left:
        return UnitPeriod(Kind.MONTHS, months)
    days = (later - earlier).days
    return UnitPeriod(Kind.WEEKS, days // 7) if days % 7 == 0 else UnitPeriod(Kind.DAYS, days)


def _ends_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _term(unit: UnitPeriod) -> UnitPeriod:
    """A term that is no whole number of months is counted in days: (b)(5)(vii)."""
    return UnitPeriod(Kind.DAYS, unit.days) if unit.kind is Kind.WEEKS else unit


def _a_year_at_most(unit: UnitPeriod) -> UnitPeriod:
    longest = 12 if unit.kind is Kind.MONTHS else 365 // unit.kind
    return unit if unit.count <= longest else _YEAR


def _nearest_standard(average: Fraction) -> UnitPeriod:
    """The standard interval (a day, whole weeks or months up to a year) nearest to so many days, the lower if equal."""
    standard = [UnitPeriod(Kind.DAYS, 1)]
    standard += [UnitPeriod(Kind.WEEKS, count) for count in range(1, 52)]
    standard += [UnitPeriod(Kind.MONTHS, count) for count in range(1, 13)]
    return min(standard, key=lambda unit: (abs(unit.days - average), unit.days))
