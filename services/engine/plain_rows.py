"""The rows of plain terms, which most loans have: nothing happens in them but the equal installment.

The walk of the schedule would make the same rows; here nothing is asked that plain terms have answered once for all.
"""

from services.engine.basis import Basis
from services.engine.line import Line


def plain_lines(basis: Basis, index: int, balance: int, level: int) -> list[Line]:
    """The rows from `index` on, until the `balance` before them is nil; each pays the installment `level`."""
    ratio, fees, balloon, last = basis.rounder.ratio, basis.fees_of(index), basis.balloon, basis.periods[-1]
    lines = []
    for period, (numerator, denominator) in zip(basis.periods[index:], basis.factors[index:], strict=True):
        if not balance:
            break
        interest = ratio(balance * numerator, denominator)
        principal = level - interest
        if period is last:
            principal = balance
        elif not 0 <= principal <= balance - balloon:
            principal = max(0, min(principal, balance - balloon))
        before, balance = balance, balance - principal
        lines.append(Line(period, principal, interest, fees, balance, before))
        fees = basis.every_fee
    return lines
