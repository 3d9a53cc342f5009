"""The level installment of an annuity whose rows may bear different interest."""

from collections.abc import Sequence
from itertools import groupby

from services.engine.accrual import Amount

Factor = tuple[int, int]
"""A row's interest on a balance of 1, exactly: numerator and denominator."""


def level_installment(balance: Amount, balloon: int, factors: Sequence[Factor]) -> tuple[int, int]:
    """The one installment, paid with each row, that brings the balance to the balloon: a fraction of minor units.

    The balance is linear in the installment A: after row k it is (a − b·A) / d with whole numbers a, b, d, and a row of
    interest p/q makes of it (a·(q+p) − (b·(q+p) + d·q)·A) / (d·q). So A = (a − d·balloon) / b. A run of n equal rows
    adds n terms d·q·(q+p)^(n−1−k)·q^k to b, whose sum is d·q·((q+p)^n − q^n) / p.
    Source: docs/loan-arithmetic.md, “Equal installment”.
    """
    a, d, b = balance.numerator, balance.denominator, 0
    for (p, q), same in groupby(factors):
        rows = sum(1 for _ in same)
        grown, still = (q + p) ** rows, q**rows
        paid = (grown - still) * q // p if p else rows * still
        a, b, d = a * grown, b * grown + d * paid, d * still
    return a - d * balloon, b
