"""Interest on balances over days: the one place where a rate meets a balance.

Balances are whole minor units, or exact fractions of them where the terms keep full precision.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from services.engine.conditions import InterestRounding
from services.engine.dates import PERIODS_A_YEAR, day_weights, year_fraction
from services.engine.periods import Period
from services.engine.rates import Rates, Segment
from services.engine.rounding import Rounder
from services.engine.terms import Terms

Amount = int | Fraction
"""Minor units: whole where rows are rounded, exact fractions where they are not."""


class Stretch(NamedTuple):
    """A balance that stands still from `start` to `end` within `period`."""

    period: Period
    start: date
    end: date
    balance: Amount


class Accrual:
    """Computes interest by the conventions of the terms."""

    def __init__(self, terms: Terms, rounder: Rounder) -> None:
        self.rates = Rates(terms.annual_rate, terms.rate_changes)
        self._rounder = rounder
        self._terms = terms
        self._daily = terms.runs_daily
        self._per_period = terms.every, PERIODS_A_YEAR[terms.unit]
        self._mode = terms.interest_rounding

    def factor(self, period: Period, start: date, end: date, known: date | None = None) -> tuple[int, int]:
        """Interest on a balance of 1 between the dates, exactly: numerator and denominator. Rate changes from the day
        `known` on are left out."""
        segments = self.rates.between(start, end, known)
        if len(segments) == 1:
            return self._at_one_rate(period, segments[0])
        parts = (Fraction(*self._at_one_rate(period, segment)) for segment in segments)
        return sum(parts, start=Fraction(0)).as_integer_ratio()

    def _at_one_rate(self, period: Period, segment: Segment) -> tuple[int, int]:
        start, end, rate, of = segment
        if self._daily:
            numerator, denominator = year_fraction(self._terms.day_count, start, end)
            return rate * numerator, of * denominator
        every, a_year = self._per_period
        share, whole = period.share
        if start == period.start and end == period.end:
            return rate * every * share, of * a_year * whole
        days, length = (end - start).days, max((period.end - period.start).days, 1)
        return rate * every * share * days, of * a_year * whole * length

    def exact(self, stretches: Iterable[Stretch]) -> Fraction:
        """The interest of the stretches together, unrounded."""
        total = Fraction(0)
        for stretch in stretches:
            total += stretch.balance * Fraction(*self.factor(stretch.period, stretch.start, stretch.end))
        return total

    def rounded(self, stretches: Sequence[Stretch]) -> int:
        """The interest of the stretches of one row, rounded as the terms say: once, by stretch or by day."""
        if self._mode is InterestRounding.DAY:
            return sum(self._by_day(stretch) for stretch in stretches)
        if self._mode is InterestRounding.STRETCH:
            return sum(self._once(part) for stretch in stretches for part in self._at_single_rates(stretch))
        if len(stretches) == 1:
            return self._once(stretches[0])
        return self._rounder.fraction(self.exact(stretches))

    def _at_single_rates(self, stretch: Stretch) -> list[Stretch]:
        segments = self.rates.between(stretch.start, stretch.end)
        if len(segments) == 1:
            return [stretch]
        return [stretch._replace(start=segment.start, end=segment.end) for segment in segments]

    def _once(self, stretch: Stretch) -> int:
        numerator, denominator = self.factor(stretch.period, stretch.start, stretch.end)
        balance = stretch.balance
        return self._rounder.ratio(balance.numerator * numerator, balance.denominator * denominator)

    def _by_day(self, stretch: Stretch) -> int:
        balance = stretch.balance
        return sum(
            days * self._rounder.ratio(balance.numerator * numerator, balance.denominator * denominator)
            for numerator, denominator, days in self._days(stretch)
        )

    def _days(self, stretch: Stretch) -> Iterable[tuple[int, int, int]]:
        """Interest on a balance of 1 for each single day: numerator, denominator, number of such days."""
        every, a_year = self._per_period
        share, whole = stretch.period.share
        length = max((stretch.period.end - stretch.period.start).days, 1)
        for start, end, rate, of in self.rates.between(stretch.start, stretch.end):
            if self._daily:
                for numerator, denominator, days in day_weights(self._terms.day_count, start, end):
                    yield rate * numerator, of * denominator, days
            else:
                yield rate * every * share, of * a_year * whole * length, (end - start).days


class FlatAccrual(Accrual):
    """Flat interest: on the principal before any down payment, for the whole term, the same share in each row.

    The last row takes the rounding. Within a row the share runs evenly by calendar days, whatever the balance. Where
    the rate changes, the rows from the one it falls into share what the rest of the term then costs.
    """

    def __init__(self, terms: Terms, rounder: Rounder, periods: Sequence[Period]) -> None:
        super().__init__(terms, rounder)
        charged = [period for period in periods if period.n > terms.grace.interest_charged]
        self._first = charged[0].n if charged else 0
        self._shares: list[Amount] = []
        self._expected: list[Fraction] = []
        ahead: list[Amount] = []
        for place, period in enumerate(charged):
            if place == 0 or self.rates.changes_within(period.start, period.end):
                ahead = self._ahead(charged[place:], terms.principal.minor)
            self._shares.append(ahead[0])
            self._expected.append(Fraction(sum(ahead, start=Fraction(0))))
            ahead = ahead[1:]

    def _ahead(self, periods: Sequence[Period], principal: int) -> list[Amount]:
        """The shares of those rows, as far as the rates are known when the first of them ends."""
        exact = sum(
            (
                principal * Fraction(*self.factor(period, period.start, period.end, periods[0].end))
                for period in periods
            ),
            start=Fraction(0),
        )
        if self._terms.unrounded:
            return [exact / len(periods)] * len(periods)
        return _even_shares(self._rounder.fraction(exact), len(periods), self._rounder)

    def share(self, n: int) -> Amount:
        """Interest of row `n`, minor units."""
        return self._shares[n - self._first] if self._first <= n < self._first + len(self._shares) else 0

    def expected(self, n: int) -> Fraction:
        """Interest of row `n` and all later ones, as far as the rates are known when it ends."""
        place = max(n, self._first) - self._first
        return self._expected[place] if place < len(self._expected) else Fraction(0)

    def exact(self, stretches: Iterable[Stretch]) -> Fraction:
        """The part of the rows' shares that the stretches cover."""
        return sum((self._covered(stretch) for stretch in stretches), start=Fraction(0))

    def rounded(self, stretches: Sequence[Stretch]) -> int:
        """The same, rounded once."""
        return self._rounder.fraction(self.exact(stretches))

    def _covered(self, stretch: Stretch) -> Fraction:
        period = stretch.period
        if period.n == 0:
            return stretch.balance * Fraction(*self.factor(period, stretch.start, stretch.end))
        if stretch.start == period.start and stretch.end == period.end:
            return Fraction(self.share(period.n))
        return self.share(period.n) * Fraction((stretch.end - stretch.start).days, (period.end - period.start).days)


def _even_shares(total: int, count: int, rounder: Rounder) -> list[Amount]:
    """Equal rounded parts of the total; the last takes what rounding leaves, none is negative."""
    part, shares, left = rounder.ratio(total, count), [], total
    for _ in range(count - 1):
        shares.append(min(part, left))
        left -= shares[-1]
    return [*shares, left]


def until(stretches: Iterable[Stretch], day: date) -> list[Stretch]:
    """The part of the stretches that has passed on `day`."""
    return [
        stretch if stretch.end <= day else stretch._replace(end=day) for stretch in stretches if stretch.start < day
    ]
