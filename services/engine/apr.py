"""What a loan costs a year: the EU's annual percentage rate of charge, the US APR, the monthly internal rate.

All three are the rate at which the payments are worth what the borrower received. They are solved in decimal
arithmetic of sixty digits, so that every machine prints the same figures. The sum of discounted payments is convex in
the rate also after taking its logarithm, so Newton's method, begun at nought, rises to the root and never passes it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from itertools import pairwise

from services.engine.unit_periods import Span, unit_period_of

_CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)
_CLOSE = Decimal("1e-40")
_MOST_STEPS = 400
_HIGHEST = Decimal("1e12")
"""A rate of more percent than this says nothing; it is answered with None."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A payment of the borrower: `amount` in minor units, more than nought; `months` after disbursement where whole."""

    on: date
    amount: int
    months: int | None


def annual_percentage_rate(advance: int, disbursed_on: date, flows: Sequence[Flow]) -> Decimal | None:
    """The effective annual rate of charge, percent with four digits, None where no rate balances the flows.

    A payment on the disbursement's day of the month counts twelfths of a year, any other its days over 365.
    Source: Directive 2008/48/EC, Annex I, part I (equation and remarks a to d).
    """
    twelfths = all(flow.months is not None for flow in flows)
    a_year = 12 if twelfths else 365 if not any(flow.months is not None for flow in flows) else 12 * 365
    timed = []
    for flow in flows:
        steps = (flow.on - disbursed_on).days * a_year // 365 if flow.months is None else flow.months * a_year // 12
        timed.append((steps, flow.amount))
    with localcontext(_CONTEXT):
        growth = _log_growth(advance, timed)
        return None if growth is None else _percent((growth * a_year).exp() - 1, 4)


def periodic_rate(advance: int, flows: Sequence[tuple[int, int]], digits: int = 6) -> Decimal | None:
    """Internal rate of payments at whole numbers of periods, (period, minor units), percent a period, or None."""
    with localcontext(_CONTEXT):
        growth = _log_growth(advance, flows)
        return None if growth is None else _percent(growth.exp() - 1, digits)


def nominal_rate(advance: int, disbursed_on: date, flows: Sequence[Flow]) -> Decimal | None:
    """The annual percentage rate of US Regulation Z, percent with four digits, None where no rate balances the flows.

    Source: 12 CFR Part 1026, Appendix J, (b)(1) to (b)(8).
    """
    unit = unit_period_of(disbursed_on, [flow.on for flow in flows])
    spans = [(unit.between(disbursed_on, flow.on), flow.amount) for flow in flows]
    with localcontext(_CONTEXT):
        rate = _unit_rate(advance, spans)
        return None if rate is None else _percent(rate * unit.a_year.numerator / unit.a_year.denominator, 4)


def _percent(rate: Decimal, digits: int) -> Decimal | None:
    percent = rate * 100
    return percent.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) if percent < _HIGHEST else None


def _log_growth(advance: int, flows: Sequence[tuple[int, int]]) -> Decimal | None:
    """The logarithm x of growth in one step of time for which the sum of amount·e^(−x·steps) is the advance."""
    gaps = [(steps - earlier, amount) for (earlier, _), (steps, amount) in pairwise([(0, 0), *flows])]

    def value_and_slope(x: Decimal) -> tuple[Decimal, Decimal]:
        powers = {gap: (-x * gap).exp() for gap in {gap for gap, _ in gaps}}
        discount, steps, value, slope = Decimal(1), 0, Decimal(0), Decimal(0)
        for gap, amount in gaps:
            discount *= powers[gap]
            steps += gap
            worth = amount * discount
            value += worth
            slope -= steps * worth
        return value, slope

    return _root(advance, sum(amount for _, amount in flows), value_and_slope)


def _unit_rate(advance: int, spans: Sequence[tuple[Span, int]]) -> Decimal | None:
    """The rate i of a unit period for which the sum of amount / ((1 + f·i)·(1 + i)^t) is the advance."""

    def value_and_slope(rate: Decimal) -> tuple[Decimal, Decimal]:
        value = slope = Decimal(0)
        growth, power, reached = 1 + rate, Decimal(1), 0
        for span, amount in spans:
            power *= growth ** (span.whole - reached)
            reached = span.whole
            odd = Decimal(span.odd.numerator) / span.odd.denominator
            worth = amount / ((1 + odd * rate) * power)
            value += worth
            slope -= worth * (odd / (1 + odd * rate) + span.whole / growth)
        return value, slope

    return _root(advance, sum(amount for _, amount in spans), value_and_slope)


def _root(advance: int, total: int, value_and_slope: Callable[[Decimal], tuple[Decimal, Decimal]]) -> Decimal | None:
    """Newton's method on the logarithm of the value, from nought. None where nothing was advanced or no time passes."""
    if advance <= 0 or total < advance:
        return None
    target, x = Decimal(advance).ln(), Decimal(0)
    if total == advance:
        return x
    for _ in range(_MOST_STEPS):
        value, slope = value_and_slope(x)
        if not slope:
            return None
        step = (value.ln() - target) * value / -slope
        x += step
        if abs(step) <= _CLOSE * max(x, Decimal(1)):
            return x
    return None
