"""Penalty interest on what is overdue, and the fee for paying late."""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple

from services.engine.policy import LateFee, Penalty, PenaltyRound
from services.engine.rates import Rates
from services.engine.rounding import Rounder
from services.engine.terms import Terms

_DAYS_A_YEAR = 365
_CONTEXT = Context(prec=60)


class BaseStretch(NamedTuple):
    """A base, minor units, that stood still from `start` to `end` and bore penalty."""

    start: date
    end: date
    base: int


class PenaltyStretch(NamedTuple):
    """What a base bore at one rate (percent a year) from `start` to `end`, before caps. Amounts are minor units."""

    start: date
    end: date
    base: int
    annual_rate: Decimal
    minor: int


@dataclass(slots=True)
class Meter:
    """Penalty of one installment, minor units.

    `closed` is what the stretches before `since`, its `history`, bore; `base` stands still from `since` on, derived
    from what was `overdue` and, where penalty compounds, from the penalty `settled` by then; `seen` is what had accrued
    when last looked at and `charged` the part of it that the caps let through. `reached` is how far compounding by the
    day has come: days since `since`, and penalty then.
    """

    since: date
    base: int = 0
    overdue: int = 0
    settled: int = 0
    reached: tuple[int, int] = (0, 0)
    closed: int = 0
    seen: int = 0
    charged: int = 0
    history: list[BaseStretch] = field(default_factory=list)

    def copy(self) -> "Meter":
        """The same meter, to run by itself."""
        return Meter(
            self.since,
            self.base,
            self.overdue,
            self.settled,
            self.reached,
            self.closed,
            self.seen,
            self.charged,
            self.history.copy(),
        )


class PenaltyRate:
    """Computes penalty by calendar days over 365, rounded to the minor unit in the terms' mode."""

    def __init__(self, penalty: Penalty, terms: Terms) -> None:
        if penalty.annual_rate is not None:
            self._rates, self._multiple = Rates(penalty.annual_rate, ()), Fraction(1)
        else:
            self._rates = Rates.by_day(terms)
            self._multiple = Fraction(penalty.multiple_of_rate or 0)
        self.policy = penalty
        self._rounder = Rounder(1, terms.rounding)
        self._grown = {date.min: Decimal(1)}

    def agreed(self, day: date, terms: Terms) -> "PenaltyRate":
        """That of a loan which from the day on bears the rates of other terms: a multiple of the rate follows them."""
        if self.policy.annual_rate is not None:
            return self
        other = copy(self)
        other._rates = self._rates.then(day, Rates.by_day(terms))
        other._grown = {date.min: Decimal(1)}
        return other

    def grace_ends(self, due_on: date) -> date:
        """The last day on which the installment can be paid without penalty."""
        return due_on + timedelta(days=self.policy.grace_days)

    def meter(self, due_on: date) -> Meter:
        """A meter for an installment due that day; days count from the due date, or from the end of free grace days."""
        return Meter(self.grace_ends(due_on) if self.policy.grace_free else due_on)

    def accrued(self, meter: Meter, due_on: date, day: date) -> int:
        """All penalty that the installment has borne by `day`, before caps."""
        if day <= self.grace_ends(due_on):
            return meter.closed
        return meter.closed + self._of(meter, day)

    def rebase(self, meter: Meter, overdue: int, settled: int, due_on: date, day: date) -> None:
        """Where the base changes on `day`, what the old one bore is closed. Nothing is borne during grace.

        `overdue` is what bears penalty, `settled` the penalty paid or waived: it matters where penalty compounds. What
        a cap held back is never asked for, so nothing is borne on it.
        """
        if overdue == meter.overdue and (settled == meter.settled or not self.policy.compound):
            return
        if day > self.grace_ends(due_on):
            meter.closed = self.accrued(meter, due_on, day)
            meter.history += self._open(meter, day)
            meter.since = max(meter.since, day)
        meter.overdue, meter.settled, meter.reached = overdue, settled, (0, 0)
        meter.base = overdue + (meter.charged - settled if self.policy.compound else 0)

    def stretches(self, meter: Meter, due_on: date, day: date) -> list[PenaltyStretch]:
        """All that the installment has borne by `day`, cut where the base or the rate changes: together `accrued`."""
        running = self._open(meter, day) if day > self.grace_ends(due_on) else []
        return [part for stretch in (*meter.history, *running) for part in self._at_single_rates(stretch)]

    def _open(self, meter: Meter, day: date) -> list[BaseStretch]:
        """The stretch that began when the base last changed; none where it bears nothing."""
        bears = meter.base > 0 and day > meter.since
        return [BaseStretch(meter.since, day, meter.base)] if bears else []

    def _at_single_rates(self, stretch: BaseStretch) -> Iterator[PenaltyStretch]:
        meter, before = Meter(stretch.start, base=stretch.base), 0
        for start, end, _, _, percent in self._rates.between(stretch.start, stretch.end):
            reached = self._of(meter, end)
            rate = self.policy.rate_on(percent)
            yield PenaltyStretch(start, end, stretch.base, rate, reached - before)
            before = reached

    def of(self, overdue: int, days: int) -> int:
        """What `overdue` minor units bear in so many days, grace left aside: for saying the price beforehand."""
        return self._of(Meter(date.min, base=overdue, overdue=overdue), date.min + timedelta(days=days))

    def _of(self, meter: Meter, day: date) -> int:
        """Penalty of the open stretch, from where it began to `day`."""
        base = meter.base
        if day <= meter.since or base <= 0:
            return 0
        if self.policy.compound:
            return self._compound(meter, day)
        if self.policy.round is PenaltyRound.DAY:
            return sum(self._rounder.fraction(base * daily) * days for daily, days in self._daily(meter.since, day))
        days = self._rates.days_between(meter.since, day)
        return self._rounder.fraction(base * days * self._multiple / _DAYS_A_YEAR)

    def _daily(self, start: date, end: date) -> Iterator[tuple[Fraction, int]]:
        """The rates of a day between the dates, each with the number of days for which it holds."""
        for segment in self._rates.between(start, end):
            yearly = Fraction(segment.numerator, segment.denominator) * self._multiple
            yield yearly / _DAYS_A_YEAR, (segment.end - segment.start).days

    def _compound(self, meter: Meter, day: date) -> int:
        if self.policy.round is PenaltyRound.DAY:
            return self._compound_by_day(meter, day)
        with localcontext(_CONTEXT):
            grown = self._growth(meter.since, day)
            return self._rounder.fraction(Fraction(meter.base * (grown - 1)))

    def _growth(self, start: date, end: date) -> Decimal:
        """What 1 grows to. Many installments are late at the same time, so growth over many rates is kept."""
        if self._rates.never_change or not self._rates.changes_within(start, end):
            ((daily, days),) = self._daily(start, end)
            return _power(daily, days)
        return self._growth_to(end) / self._growth_to(start)

    def _growth_to(self, day: date) -> Decimal:
        if day not in self._grown:
            known = max(other for other in self._grown if other < day)
            grown = self._grown[known]
            for daily, days in self._daily(known, day):
                grown *= _power(daily, days)
            self._grown[day] = grown
        return self._grown[day]

    def _compound_by_day(self, meter: Meter, day: date) -> int:
        passed, penalty = meter.reached
        if meter.since + timedelta(days=passed) > day:
            passed, penalty = 0, 0
        for daily, days in self._daily(meter.since + timedelta(days=passed), day):
            numerator, denominator = daily.as_integer_ratio()
            for _ in range(days):
                penalty += self._rounder.ratio((meter.base + penalty) * numerator, denominator)
        meter.reached = (day - meter.since).days, penalty
        return penalty


def _power(daily: Fraction, days: int) -> Decimal:
    return (1 + Decimal(daily.numerator) / daily.denominator) ** days


def late_fee_minor(fee: LateFee, overdue: int, rounder: Rounder) -> int:
    """The fee for an installment of which so much is overdue, minor units."""
    if fee.amount is not None:
        return fee.amount.minor
    return rounder.percent_of(overdue, fee.percent or Decimal(0))
