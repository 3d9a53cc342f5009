"""The rows of plain terms, which most loans have: nothing happens in them but the equal installment.

The walk of the schedule would make the same rows; here nothing is asked that plain terms have answered once for all.
"""

from services.engine.accrual import Stretch
from services.engine.basis import Basis
from services.engine.line import Line


def plain_lines(basis: Basis, index: int, balance: int, level: int) -> list[Line]:
    """The rows from `index` on, until the `balance` before them is nil; each pays the installment `level`."""
    ratio, balloon = basis.rounder.ratio, basis.balloon
    lines = []
    for place in range(index, basis.last + 1):
        if not balance:
            break
        period, (numerator, denominator) = basis.periods[place], basis.factors[place]
        own = (Stretch(period, period.start, period.end, balance),)
        interest = ratio(balance * numerator, denominator)
        principal = balance if place == basis.last else max(0, min(level - interest, balance - balloon))
        balance -= principal
        lines.append(Line(period, principal, interest, basis.fees_of(place), balance, own, own))
    return lines
