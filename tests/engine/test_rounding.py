"""Rounding to a smallest amount, half a unit being exactly half."""

from decimal import Decimal
from fractions import Fraction

import pytest

from services.engine.rounding import Rounder, RoundingMode, divide

MODES = [RoundingMode.HALF_UP, RoundingMode.HALF_EVEN, RoundingMode.UP, RoundingMode.DOWN]


@pytest.mark.parametrize(
    ("minor", "in_each_mode"),
    [
        (1200, [1200, 1200, 1200, 1200]),
        (1201, [1200, 1200, 1300, 1200]),
        (1249, [1200, 1200, 1300, 1200]),
        (1250, [1300, 1200, 1300, 1200]),
        (1251, [1300, 1300, 1300, 1200]),
        (1350, [1400, 1400, 1400, 1300]),
        (0, [0, 0, 0, 0]),
    ],
)
def test_an_amount_is_rounded_to_hundreds_in_each_mode(minor: int, in_each_mode: list[int]) -> None:
    assert [Rounder(100, mode).fraction(minor) for mode in MODES] == in_each_mode
    assert [Rounder(1, mode).fraction(Fraction(minor, 100)) for mode in MODES] == [one // 100 for one in in_each_mode]


@pytest.mark.parametrize(
    ("numerator", "in_each_mode"), [(10, [1, 1, 2, 1]), (11, [2, 2, 2, 1]), (14, [2, 2, 2, 2]), (4, [1, 1, 1, 0])]
)
def test_an_odd_denominator_has_no_half(numerator: int, in_each_mode: list[int]) -> None:
    assert [divide(numerator, 7, mode) for mode in MODES] == in_each_mode


def test_a_percentage_of_an_amount_is_rounded_once() -> None:
    assert Rounder(1, RoundingMode.HALF_UP).percent_of(3333, Decimal("1.5")) == 50
    assert Rounder(1, RoundingMode.DOWN).percent_of(3333, Decimal("1.5")) == 49
    assert Rounder(100, RoundingMode.UP).percent_of(100_000, Decimal("0.125")) == 200
