"""Penalty interest on what is overdue, and the fee for paying late."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal, localcontext
from fractions import Fraction

from services.engine.policy import LateFee, Penalty, PenaltyRound
from services.engine.rounding import Rounder
from services.engine.terms import Terms

_DAYS_A_YEAR = 365
_CONTEXT = Context(prec=60)


@dataclass(slots=True)
class Meter:
    """Penalty of one installment, minor units.

    `closed` is what the stretches before `since` bore; `base` stands still from `since` on, derived from what was
    `overdue` and, where penalty compounds, from the penalty `settled` by then; `seen` is what had accrued when last
    looked at and `charged` the part of it that the caps let through. `reached` is how far compounding by the day has
    come: days since `since`, and penalty then.
    """

    since: date
    base: int = 0
    overdue: int = 0
    settled: int = 0
    reached: tuple[int, int] = (0, 0)
    closed: int = 0
    seen: int = 0
    charged: int = 0


class PenaltyRate:
    """Computes penalty by calendar days over 365, rounded to the minor unit in the terms' mode."""

    def __init__(self, penalty: Penalty, terms: Terms) -> None:
        if penalty.annual_rate is not None:
            percent = Fraction(penalty.annual_rate)
        else:
            percent = Fraction(terms.annual_rate) * Fraction(penalty.multiple_of_rate or 0)
        self.policy = penalty
        self._daily = percent / 100 / _DAYS_A_YEAR
        self._rounder = Rounder(1, terms.rounding)

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
        return meter.closed + self._of(meter, (day - meter.since).days)

    def rebase(self, meter: Meter, overdue: int, settled: int, due_on: date, day: date) -> None:
        """Where the base changes on `day`, what the old one bore is closed. Nothing is borne during grace.

        `overdue` is what bears penalty, `settled` the penalty paid or waived: it matters where penalty compounds.
        """
        if overdue == meter.overdue and (settled == meter.settled or not self.policy.compound):
            return
        if day > self.grace_ends(due_on):
            meter.closed = self.accrued(meter, due_on, day)
            meter.since = max(meter.since, day)
        meter.overdue, meter.settled, meter.reached = overdue, settled, (0, 0)
        meter.base = overdue + (meter.closed - settled if self.policy.compound else 0)

    def of(self, overdue: int, days: int) -> int:
        """What `overdue` minor units bear in so many days, grace left aside: for saying the price beforehand."""
        return self._of(Meter(date.min, base=overdue, overdue=overdue), days)

    def _of(self, meter: Meter, days: int) -> int:
        """Penalty of the open stretch, so many days long."""
        base = meter.base
        if days <= 0 or base <= 0:
            return 0
        if self.policy.compound:
            return self._compound(meter, days)
        daily = base * self._daily
        if self.policy.round is PenaltyRound.DAY:
            return self._rounder.fraction(daily) * days
        return self._rounder.fraction(daily * days)

    def _compound(self, meter: Meter, days: int) -> int:
        base = meter.base
        if self.policy.round is PenaltyRound.DAY:
            passed, penalty = meter.reached if meter.reached[0] <= days else (0, 0)
            numerator, denominator = self._daily.as_integer_ratio()
            for _ in range(days - passed):
                penalty += self._rounder.ratio((base + penalty) * numerator, denominator)
            meter.reached = days, penalty
            return penalty
        with localcontext(_CONTEXT):
            daily = Decimal(self._daily.numerator) / self._daily.denominator
            return self._rounder.fraction(Fraction(base * ((1 + daily) ** days - 1)))


def late_fee_minor(fee: LateFee, overdue: int, rounder: Rounder) -> int:
    """The fee for an installment of which so much is overdue, minor units."""
    if fee.amount is not None:
        return fee.amount.minor
    return rounder.percent_of(overdue, fee.percent or Decimal(0))
