"""What paying late costs, said before signing."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.engine.basis import Basis
from services.engine.penalties import PenaltyRate
from services.engine.policy import LateFee, Penalty, PenaltyBase, Policy
from services.engine.quote import Row
from services.engine.terms import Terms
from services.money import Money
from services.wording import Percent


@dataclass(frozen=True, slots=True)
class LateCost:
    """`annual_rate` is charged by the day on the `base` once `grace_days` are over, for those days too unless
    `grace_free`, and on itself where it `compounds`. `example_per_day` is that for one day on the first installment
    that bears it, rounded to the minor unit. `fee` is charged besides, once for each late installment."""

    annual_rate: Percent
    base: PenaltyBase
    grace_days: int
    grace_free: bool
    compounds: bool
    most: Money | None
    """What all penalty of the loan comes to at most, None where nothing limits it."""
    example_overdue: Money
    """The part of that installment that the rate applies to."""
    example_per_day: Money
    fee: LateFee | None


def late_fee_share(fee: LateFee) -> Percent:
    """The part of what is overdue that a fee without a fixed amount comes to."""
    return Percent(fee.percent or Decimal(0))


def late_cost(terms: Terms, policy: Policy, rows: Sequence[Row]) -> LateCost:
    """The cost of being late with the first of the rows that bears penalty; nil for a policy without penalty."""
    penalty = policy.penalty or Penalty(annual_rate=Decimal(0))
    overdue = next((base for row in rows if row.n > 0 and (base := _base(penalty, row))), Money.zero(terms.currency))
    per_day = PenaltyRate(penalty, terms).of(overdue.minor, 1)
    return LateCost(
        annual_rate=Percent(penalty.rate_on(terms.annual_rate)),
        base=penalty.base,
        grace_days=penalty.grace_days,
        grace_free=penalty.grace_free,
        compounds=penalty.compound,
        most=_most(terms, penalty),
        example_overdue=overdue,
        example_per_day=Money.from_minor(per_day, terms.currency),
        fee=policy.late_fee,
    )


def _most(terms: Terms, penalty: Penalty) -> Money | None:
    cap = penalty.cap_percent_of_principal
    return None if cap is None else Money.from_minor(Basis(terms).cap(cap), terms.currency)


def _base(penalty: Penalty, row: Row) -> Money:
    if penalty.base is PenaltyBase.PRINCIPAL:
        return row.principal
    if penalty.base is PenaltyBase.PRINCIPAL_AND_INTEREST:
        return row.principal + row.interest
    return row.total
