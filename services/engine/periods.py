"""When installments fall due, and the stretch of time that each one's interest counts."""

from collections.abc import Sequence
from datetime import date
from itertools import count
from typing import NamedTuple

from services.engine.conditions import BrokenPeriod
from services.engine.dates import NEVER, Move, Unit, add_periods, month_day, month_days
from services.engine.terms import Terms


class Period(NamedTuple):
    """One installment's time.

    Interest runs from `start` to `end`; the installment is payable on `due_on`, which differs from `end` where a
    non-working day moves the payment and not the interest. `share` is the part of a plain period that the whole counts
    where interest runs by periods: a fraction as (numerator, denominator), 1 but for an irregular first period.
    """

    n: int
    start: date
    end: date
    due_on: date
    share: tuple[int, int] = (1, 1)

    @property
    def is_open_ended(self) -> bool:
        """Whether it runs on until the loan is repaid, and nothing of it falls due by itself."""
        return self.end == NEVER


class Calendar(NamedTuple):
    """The installments' periods, and the broken period before them whose interest is settled at disbursement."""

    broken: Period | None
    periods: tuple[Period, ...]


def calendar(terms: Terms, after: int = 0) -> Calendar:
    """All periods of the terms in order, numbered from `after` on, one without an end where no installment is due."""
    if not terms.installments:
        return Calendar(None, (Period(after + 1, terms.disbursed_on, NEVER, NEVER),))
    nominal = due_dates(terms)
    plain = _plain_start(terms, nominal[0])
    start, share, broken = _first_period(terms, nominal[0], plain)
    moved = _moved(terms, nominal)
    ends = moved if terms.non_working_days and terms.non_working_days.move_interest else nominal
    starts = [start, *ends[:-1]]
    if ends is not nominal:  # days that moved may have passed one another
        starts = list(map(min, starts, ends))
        if share != (1, 1) and ends[0] != nominal[0]:
            share = _share_to(terms, ends[0])
    periods = list(map(Period, count(after + 1), starts, ends, moved))
    if share != periods[0].share:
        periods[0] = periods[0]._replace(share=share)
    return Calendar(broken, tuple(periods))


def due_dates(terms: Terms) -> list[date]:
    """The due dates that the calendar gives, before non-working days move any."""
    if terms.due_dates:
        return list(terms.due_dates)
    number, every = terms.installments, terms.every
    if terms.unit is not Unit.MONTH:
        first = terms.first_due_on or add_periods(terms.disbursed_on, every, terms.unit)
        return [add_periods(first, index * every, terms.unit) for index in range(number)]
    if terms.first_due_on is None:
        start, day = terms.disbursed_on, terms.due_day or terms.disbursed_on.day
        return month_days(start.year, start.month + every, day, every, number)
    first, day = terms.first_due_on, terms.due_day or terms.first_due_on.day
    return [first, *month_days(first.year, first.month + every, day, every, number - 1)]


def _plain_start(terms: Terms, first: date) -> date:
    """Where the plain period that ends on the first due date begins, the disbursement if that is one period before."""
    irregular = terms.first_due_on or terms.due_dates or terms.due_day
    if not irregular or add_periods(terms.disbursed_on, terms.every, terms.unit) == first:
        return terms.disbursed_on
    anchor = terms.due_day
    if anchor is not None and month_day(first.year, first.month, anchor) != first:
        anchor = None
    return add_periods(first, -terms.every, terms.unit, anchor)


def _first_period(terms: Terms, first: date, plain: date) -> tuple[date, tuple[int, int], Period | None]:
    """Start and share of the first period, and the broken period in front of it, by the rule for broken periods."""
    disbursed = terms.disbursed_on
    if plain == disbursed or terms.broken_period is BrokenPeriod.IGNORE:
        return plain, (1, 1), None
    length = (first - plain).days
    if terms.broken_period is BrokenPeriod.AT_DISBURSEMENT and plain > disbursed:
        return plain, (1, 1), Period(0, disbursed, plain, disbursed, ((plain - disbursed).days, length))
    return disbursed, ((first - disbursed).days, length), None


def _share_to(terms: Terms, end: date) -> tuple[int, int]:
    """The part of the plain period that ends on the day which an irregular first period counts: by calendar days."""
    plain = add_periods(end, -terms.every, terms.unit)
    return (end - terms.disbursed_on).days, (end - plain).days


def _moved(terms: Terms, nominal: Sequence[date]) -> Sequence[date]:
    rule = terms.non_working_days
    if rule is None or rule.move is Move.NONE:
        return nominal
    return [max(rule.calendar.moved(day, rule.move), terms.disbursed_on) for day in nominal]
