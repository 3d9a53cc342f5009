"""What paying late costs, said before signing."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.engine.penalties import PenaltyRate
from services.engine.policy import Penalty, PenaltyBase, Policy
from services.engine.quote import Row
from services.engine.terms import Terms
from services.money import Money
from services.wording import Percent


@dataclass(frozen=True, slots=True)
class LateCost:
    """`annual_rate` is charged on what is overdue once `grace_days` are over; `example_per_day` is that for one day on
    the first installment that bears it, rounded to the minor unit."""

    annual_rate: Percent
    grace_days: int
    example_overdue: Money
    """The part of that installment that the rate applies to."""
    example_per_day: Money


def late_cost(terms: Terms, policy: Policy, rows: Sequence[Row]) -> LateCost:
    """The cost of being late with the first of the rows that bears penalty; nil for a policy without penalty."""
    penalty = policy.penalty
    nil = Money.zero(terms.currency)
    if penalty is None:
        return LateCost(Percent(Decimal(0)), 0, nil, nil)
    overdue = next((base for row in rows if row.n > 0 and (base := _base(penalty, row))), nil)
    per_day = PenaltyRate(penalty, terms).of(overdue.minor, 1)
    rate = penalty.annual_rate
    if rate is None:
        rate = terms.annual_rate * (penalty.multiple_of_rate or Decimal(0))
    return LateCost(Percent(rate), penalty.grace_days, overdue, Money.from_minor(per_day, terms.currency))


def _base(penalty: Penalty, row: Row) -> Money:
    if penalty.base is PenaltyBase.PRINCIPAL:
        return row.principal
    if penalty.base is PenaltyBase.PRINCIPAL_AND_INTEREST:
        return row.principal + row.interest
    return row.total
