"""What a loan costs a year: the EU's annual percentage rate of charge, the US APR, the monthly internal rate.

All three are the rate at which the payments are worth what the borrower received. They are solved in decimal
arithmetic, in the end of sixty digits, so that every machine prints the same figures. The sum of discounted payments is
convex in the rate also after taking its logarithm, so Newton's method, begun at nought, rises to the root and never
passes it; where the loan is disbursed in parts it may pass it, and is kept between the points found on either side.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from itertools import groupby, pairwise
from typing import TypeVar

from services.engine.unit_periods import Span, unit_period_of

_CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)
_CLOSE = Decimal("1e-40")
_ROUGH = Context(prec=18, rounding=ROUND_HALF_UP)
_NEARBY = Decimal("1e-9")
"""A root is first sought with fewer digits, until steps are this small."""
_SHORT = 4
_NEAR_ONE = Decimal("1e-5")
"""Shorter sums, and those of a ratio nearer to one, are added up: in closed form they would save no time, or lose
digits."""
_MOST_STEPS = 400
_HIGHEST = Decimal("1e12")
"""A rate of more percent than this says nothing; it is answered with None."""

Worth = tuple[Decimal, Decimal]
"""What flows are worth at a rate, and the slope of that."""
Time = TypeVar("Time", int, Span)
Item = TypeVar("Item")
_NOW = Span(0, Fraction(0))


@dataclass(frozen=True, slots=True)
class Flow:
    """A payment of the borrower, or below nought a further disbursement: `amount` in minor units, never nought.

    `months` are those after the first disbursement, where they are whole.
    """

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


def periodic_rate(advance: int, flows: Sequence[tuple[int, int]], digits: int = 6, steps: int = 1) -> Decimal | None:
    """Internal rate of payments at whole steps, (step, minor units), percent a period of so many `steps`, or None."""
    with localcontext(_CONTEXT):
        growth = _log_growth(advance, flows)
        return None if growth is None else _percent((growth * steps).exp() - 1, digits)


def nominal_rate(advance: int, disbursed_on: date, flows: Sequence[Flow]) -> Decimal | None:
    """The annual percentage rate of US Regulation Z, percent with four digits, None where no rate balances the flows.

    Source: 12 CFR Part 1026, Appendix J, (b)(1) to (b)(8).
    """
    unit = unit_period_of(disbursed_on, [flow.on for flow in flows if flow.amount > 0])
    spans = [(unit.between(disbursed_on, flow.on), flow.amount) for flow in flows]
    with localcontext(_CONTEXT):
        rate = _unit_rate(advance, spans)
        return None if rate is None else _percent(rate * unit.a_year.numerator / unit.a_year.denominator, 4)


def _percent(rate: Decimal, digits: int) -> Decimal | None:
    percent = rate * 100
    return percent.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) if percent < _HIGHEST else None


def _log_growth(advance: int, flows: Sequence[tuple[int, int]]) -> Decimal | None:
    """The logarithm x of growth in one step of time for which the sum of amount·e^(−x·steps) is the advance."""

    def worth_of(timed: Sequence[tuple[int, int]]) -> Callable[[Decimal], Worth]:
        runs = _runs((steps - earlier, amount) for (earlier, _), (steps, amount) in pairwise([(0, 0), *timed]))

        def worth(x: Decimal) -> Worth:
            powers = {gap: (-x * gap).exp() for gap in {gap for (gap, _), _ in runs}}
            discount, steps, value, slope = Decimal(1), 0, Decimal(0), Decimal(0)
            for (gap, amount), count in runs:
                plain, weighted, last = _geometric(powers[gap], count)
                part = amount * discount
                value += part * plain
                slope -= part * (steps * plain + gap * weighted)
                discount *= last
                steps += gap * count
            return value, slope

        return worth

    return _rate(advance, flows, worth_of)


def _unit_rate(advance: int, spans: Sequence[tuple[Span, int]]) -> Decimal | None:
    """The rate i of a unit period for which the sum of amount / ((1 + f·i)·(1 + i)^t) is the advance."""

    def worth_of(timed: Sequence[tuple[Span, int]]) -> Callable[[Decimal], Worth]:
        pairs = pairwise([(_NOW, 0), *timed])
        gaps = ((now.whole - before.whole, now.odd.as_integer_ratio(), amount) for (before, _), (now, amount) in pairs)
        runs = [((gap, Decimal(p) / q, amount), count) for (gap, (p, q), amount), count in _runs(gaps)]

        def worth(rate: Decimal) -> Worth:
            value = slope = Decimal(0)
            growth, discount, reached = 1 + rate, Decimal(1), 0
            per = 1 / growth
            powers = {gap: growth**-gap for gap in {gap for (gap, _, _), _ in runs}}
            shares = {odd: 1 / (1 + odd * rate) for odd in {odd for (_, odd, _), _ in runs}}
            for (gap, odd, amount), count in runs:
                plain, weighted, last = _geometric(powers[gap], count)
                part = amount * discount * shares[odd]
                value += part * plain
                slope -= part * (plain * (odd * shares[odd] + reached * per) + gap * weighted * per)
                discount *= last
                reached += gap * count
            return value, slope

        return worth

    return _rate(advance, spans, worth_of)


def _runs(found: Iterable[Item]) -> list[tuple[Item, int]]:
    """Equal neighbors in one, with how many there are: most payments of a loan are alike."""
    return [(item, sum(1 for _ in same)) for item, same in groupby(found)]


def _geometric(ratio: Decimal, count: int) -> tuple[Decimal, Decimal, Decimal]:
    """The sums of ratio^k and of k·ratio^k for k from 1 to `count`, and ratio^count."""
    if count == 1:
        return ratio, ratio, ratio
    rest = 1 - ratio
    if count < _SHORT or rest < _NEAR_ONE:
        plain, weighted, power = Decimal(0), Decimal(0), Decimal(1)
        for k in range(1, count + 1):
            power *= ratio
            plain += power
            weighted += k * power
        return plain, weighted, power
    power = ratio**count
    plain = ratio * (1 - power) / rest
    return plain, (plain - count * power * ratio) / rest, power


def _rate(
    advance: int,
    flows: Sequence[tuple[Time, int]],
    worth_of: Callable[[Sequence[tuple[Time, int]]], Callable[[Decimal], Worth]],
) -> Decimal | None:
    """The rate at which the payments are worth the advances. None where nothing was advanced or no time passes."""
    paid = [(time, amount) for time, amount in flows if amount > 0]
    lent = [(time, -amount) for time, amount in flows if amount < 0]
    owed = advance + sum(amount for _, amount in lent)
    total = sum(amount for _, amount in paid)
    if advance <= 0 or total < owed:
        return None
    if total == owed:
        return Decimal(0)
    payments, advances = worth_of(paid), worth_of(lent)

    def gap(rate: Decimal) -> tuple[Decimal, Decimal]:
        """How far the payments are worth more than the advances, as a logarithm, and its slope."""
        value, slope = payments(rate)
        target, bend = Decimal(advance), Decimal(0)
        if lent:
            later, bend = advances(rate)
            target += later
        return value.ln() - target.ln(), slope / value - bend / target

    with localcontext(_ROUGH):
        nearby = _root(gap, Decimal(0), _NEARBY)
    return _root(gap, nearby or Decimal(0), _CLOSE)


def _root(gap: Callable[[Decimal], tuple[Decimal, Decimal]], rate: Decimal, close: Decimal) -> Decimal | None:
    """Newton's method from `rate` until steps are as small as `close`, kept between the last points on either side."""
    low = Decimal(0)
    high: Decimal | None = None
    for _ in range(_MOST_STEPS):
        value, slope = gap(rate)
        if not value:
            return rate
        low, high = (rate, high) if value > 0 else (low, rate)
        following = rate - value / slope if slope else low
        if abs(following - rate) <= close * max(rate, Decimal(1)):
            return following if slope else None
        if following <= low or (high is not None and following >= high):
            following = 2 * rate + 1 if high is None else (low + high) / 2
        rate = following
    return None
