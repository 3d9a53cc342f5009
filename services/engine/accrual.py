"""Interest on balances over days: the one place where a rate meets a balance.

Balances are whole minor units, or exact fractions of them where the terms keep full precision.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from math import gcd
from typing import NamedTuple

from services.engine.conditions import InterestRounding, Method
from services.engine.dates import NEVER, PERIODS_A_YEAR, add_periods, day_weights, periods_since, year_fraction
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
        self.rates = Rates.of(terms)
        self._rounder = rounder
        self._terms = terms
        self._daily = terms.runs_daily
        self._per_period = terms.every, PERIODS_A_YEAR[terms.unit]
        self._mode = terms.interest_rounding

    def factor(
        self, period: Period, start: date, end: date, known: date | None = None, settled: date | None = None
    ) -> tuple[int, int]:
        """Interest on a balance of 1 between the dates, exactly: numerator and denominator. Rate changes from the day
        `known` on are left out; `settled` is the day on which it is settled, `end` where none is given."""
        segments = self.rates.between(start, end, known, settled)
        if len(segments) == 1:
            return self._at_one_rate(period, segments[0])
        parts = (Fraction(*self._at_one_rate(period, segment)) for segment in segments)
        return sum(parts, start=Fraction(0)).as_integer_ratio()

    def factors(self, periods: Sequence[Period]) -> list[tuple[int, int]]:
        """Interest of whole periods on a balance of 1 where the rate never changes, each in lowest terms."""
        if self._daily:
            return [self._lowest_factor(period) for period in periods]
        first, later = periods[0], self._lowest_factor(periods[-1])
        return [
            later if first.share == periods[-1].share else self._lowest_factor(first),
            *[later] * (len(periods) - 1),
        ]

    def _lowest_factor(self, period: Period) -> tuple[int, int]:
        numerator, denominator = self.factor(period, period.start, period.end)
        common = gcd(numerator, denominator)
        return numerator // common, denominator // common

    def _at_one_rate(self, period: Period, segment: Segment) -> tuple[int, int]:
        start, end, rate, of, _ = segment
        if self._daily:
            numerator, denominator = year_fraction(self._terms.day_count, start, end)
            return rate * numerator, of * denominator
        every, a_year = self._per_period
        if period.end == NEVER:
            passed = self._plain_periods(period, end) - self._plain_periods(period, start)
            return rate * every * passed.numerator, of * a_year * passed.denominator
        share, whole = period.share
        if start == period.start and end == period.end:
            return rate * every * share, of * a_year * whole
        days, length = (end - start).days, max((period.end - period.start).days, 1)
        return rate * every * share * days, of * a_year * whole * length

    def _plain_periods(self, period: Period, day: date) -> Fraction:
        terms, start = self._terms, period.start
        return periods_since(start, day, terms.every, terms.unit, terms.month_day_after(start))

    def exact(self, stretches: Sequence[Stretch], settled: date | None = None) -> Fraction:
        """The interest of the stretches together, unrounded. A stretch without an end has borne nothing yet."""
        total, settled = Fraction(0), settled or settlement_of(stretches)
        numerator, denominator = 0, 1
        for stretch in stretches:
            if stretch.end == NEVER:
                continue
            rate, of = self.factor(stretch.period, stretch.start, stretch.end, settled=settled)
            if of != denominator or not isinstance(stretch.balance, int):
                total += Fraction(numerator, denominator)
                numerator, denominator = 0, of
            if isinstance(stretch.balance, int):
                numerator += stretch.balance * rate
            else:
                total += stretch.balance * Fraction(rate, of)
        return total + Fraction(numerator, denominator)

    def rounded(self, stretches: Sequence[Stretch], settled: date | None = None) -> int:
        """The interest of the stretches of one row, rounded as the terms say: once, by stretch or by day."""
        if stretches and stretches[-1].end == NEVER:
            stretches = stretches[:-1]
        settled = settled or settlement_of(stretches)
        if self._mode is InterestRounding.DAY:
            return sum(self._by_day(stretch, settled) for stretch in stretches)
        if self._mode is InterestRounding.STRETCH:
            return sum(self._once(part, settled) for part, _ in self.at_single_rates(stretches))
        if len(stretches) == 1:
            return self._once(stretches[0], settled)
        return sum(self._rounder.fraction(self.exact(row, settled)) for row in self.rounded_together(stretches))

    def rounded_together(self, stretches: Sequence[Stretch]) -> Iterable[Sequence[Stretch]]:
        """The stretches whose interest is rounded once: those of each row, also where it waited for a later one; all of
        a bullet loan, whose interest is one sum for its whole term."""
        if self._terms.method is Method.BULLET:
            return [stretches]
        return [list(row) for _, row in groupby(stretches, key=lambda stretch: stretch.period.n)]

    def at_single_rates(
        self, stretches: Sequence[Stretch], settled: date | None = None
    ) -> list[tuple[Stretch, Decimal]]:
        """The stretches of one row cut where the rate changes, each with its rate, percent a year."""
        settled = settled or settlement_of(stretches)
        return [
            (stretch._replace(start=segment.start, end=segment.end), segment.percent)
            for stretch in stretches
            for segment in self.rates.between(stretch.start, stretch.end, settled=settled)
        ]

    def _once(self, stretch: Stretch, settled: date | None) -> int:
        numerator, denominator = self.factor(stretch.period, stretch.start, stretch.end, settled=settled)
        balance = stretch.balance
        return self._rounder.ratio(balance.numerator * numerator, balance.denominator * denominator)

    def _by_day(self, stretch: Stretch, settled: date | None) -> int:
        balance = stretch.balance
        return sum(
            days * self._rounder.ratio(balance.numerator * numerator, balance.denominator * denominator)
            for numerator, denominator, days in self._days(stretch, settled)
        )

    def _days(self, stretch: Stretch, settled: date | None) -> Iterable[tuple[int, int, int]]:
        """Interest on a balance of 1 for each single day: numerator, denominator, number of such days."""
        every, a_year = self._per_period
        share, whole = stretch.period.share
        for start, end, rate, of, _ in self.rates.between(stretch.start, stretch.end, settled=settled):
            if self._daily:
                for numerator, denominator, days in day_weights(self._terms.day_count, start, end):
                    yield rate * numerator, of * denominator, days
                continue
            for days, length in self._day_counts(stretch.period, start, end):
                yield rate * every * share, of * a_year * whole * length, days

    def _day_counts(self, period: Period, start: date, end: date) -> Iterable[tuple[int, int]]:
        """How many of the days lie in each plain period, and how many that period has."""
        if period.end != NEVER:
            yield (end - start).days, max((period.end - period.start).days, 1)
            return
        every, unit, anchor = self._terms.every, self._terms.unit, self._terms.month_day_after(period.start)
        place = int(self._plain_periods(period, start))
        while start < end:
            begins, ends = (add_periods(period.start, (place + step) * every, unit, anchor) for step in (0, 1))
            yield (min(end, ends) - start).days, (ends - begins).days
            start, place = min(end, ends), place + 1


class FlatAccrual(Accrual):
    """Flat interest: on the principal before any down payment, for the whole term, the same share in each row.

    The last row takes the rounding. Within a row the share runs evenly by calendar days, whatever the balance. Where
    the rate changes or more is lent, the rows from that one on share what the rest of the term then costs.
    """

    def __init__(self, terms: Terms, rounder: Rounder, periods: Sequence[Period]) -> None:
        super().__init__(terms, rounder)
        charged = periods[terms.grace.interest_charged :]
        self._first = charged[0].n if charged else 0
        self._shares: list[Amount] = []
        self._expected: list[Fraction] = []
        ahead: list[Amount] = []
        for place, period in enumerate(charged):
            if place == 0 or self._changes_within(period):
                ahead = self._ahead(charged[place:])
            self._shares.append(ahead[0])
            self._expected.append(Fraction(sum(ahead, start=Fraction(0))))
            ahead = ahead[1:]

    def _changes_within(self, period: Period) -> bool:
        if self.rates.changes_within(period.start, period.end):
            return True
        return any(period.start <= tranche.on < period.end for tranche in self._terms.tranches)

    def _ahead(self, periods: Sequence[Period]) -> list[Amount]:
        """The shares of those rows, as far as rates and tranches are known when the first of them ends."""
        exact = sum((self._on_lent(period, periods[0].end) for period in periods), start=Fraction(0))
        if self._terms.unrounded:
            return [exact / len(periods)] * len(periods)
        return _even_shares(self._rounder.fraction(exact), len(periods), self._rounder)

    def _on_lent(self, period: Period, known: date) -> Fraction:
        """The period's interest on all that was lent before the day `known`, tranches from their days on."""
        interest = self._terms.principal.minor * Fraction(*self.factor(period, period.start, period.end, known))
        for tranche in self._terms.tranches:
            if tranche.on < min(known, period.end):
                since = max(tranche.on, period.start)
                interest += tranche.amount.minor * Fraction(*self.factor(period, since, period.end, known))
        return interest

    def share(self, n: int) -> Amount:
        """Interest of row `n`, minor units."""
        return self._shares[n - self._first] if self._first <= n < self._first + len(self._shares) else 0

    def expected(self, n: int) -> Fraction:
        """Interest of row `n` and all later ones, as far as the rates are known when it ends."""
        place = max(n, self._first) - self._first
        return self._expected[place] if place < len(self._expected) else Fraction(0)

    def rounded_together(self, stretches: Sequence[Stretch]) -> Iterable[Sequence[Stretch]]:
        """All of them: the rows' shares are rounded already."""
        return [stretches]

    def exact(self, stretches: Sequence[Stretch], settled: date | None = None) -> Fraction:
        """The part of the rows' shares that the stretches cover."""
        return sum((self._covered(stretch) for stretch in stretches), start=Fraction(0))

    def rounded(self, stretches: Sequence[Stretch], settled: date | None = None) -> int:
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


def settlement_of(stretches: Sequence[Stretch]) -> date | None:
    """The day on which the interest of one row's stretches is settled, as far as they go."""
    ends = [stretch.end for stretch in stretches[-2:] if stretch.end != NEVER]
    return ends[-1] if ends else None


def until(stretches: Iterable[Stretch], day: date) -> list[Stretch]:
    """The part of the stretches that has passed on `day`."""
    return [
        stretch if stretch.end <= day else stretch._replace(end=day) for stretch in stretches if stretch.start < day
    ]
