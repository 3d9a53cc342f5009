"""The one place where a figure is rounded.

The engine counts money in whole minor units (`int`) and rates as exact fractions, so that a product is exact until
it is rounded here, and half a unit is really half a unit.
"""

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class RoundingMode(StrEnum):
    """How an amount that is not a multiple of the smallest amount becomes one. Amounts are never negative here."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    UP = "up"
    DOWN = "down"


def divide(numerator: int, denominator: int, mode: RoundingMode) -> int:
    """`numerator / denominator` to a whole number, exactly. Both may be of any size; the denominator is positive."""
    quotient, remainder = divmod(numerator, denominator)
    if not remainder or mode is RoundingMode.DOWN:
        return quotient
    if mode is RoundingMode.UP:
        return quotient + 1
    doubled = remainder + remainder
    if doubled == denominator:
        return quotient + (1 if mode is RoundingMode.HALF_UP else quotient & 1)
    return quotient + (doubled > denominator)


class Rounder:
    """Rounds minor units to multiples of `step` (minor units) in one mode."""

    __slots__ = ("mode", "step")

    def __init__(self, step: int, mode: RoundingMode) -> None:
        self.step = step
        self.mode = mode

    def ratio(self, numerator: int, denominator: int) -> int:
        """`numerator / denominator` minor units, rounded to a multiple of the step."""
        if self.step == 1:
            if self.mode is RoundingMode.HALF_UP:  # as nearly every row is rounded
                return (numerator + numerator + denominator) // (denominator + denominator)
            return divide(numerator, denominator, self.mode)
        return divide(numerator, denominator * self.step, self.mode) * self.step

    def percent_of(self, minor: int, percent: Decimal) -> int:
        """So many percent of an amount, rounded to a multiple of the step."""
        numerator, denominator = percent.as_integer_ratio()
        return self.ratio(minor * numerator, denominator * 100)

    def fraction(self, value: Fraction | int) -> int:
        """An exact number of minor units, rounded to a multiple of the step."""
        return self.ratio(value.numerator, value.denominator)
