"""Money is exact, never mixes currencies and never loses a minor unit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.money import CURRENCY_DIGITS, CurrencyMismatch, InvalidMoney, Money

MINOR = st.integers(-(10**15), 10**15)
CURRENCIES = st.sampled_from(sorted(CURRENCY_DIGITS))


def test_an_amount_shows_the_digits_of_its_currency() -> None:
    assert str(Money.of("12.5", "CNY")) == "12.50 CNY"
    assert str(Money.of("12", "JPY")) == "12 JPY"
    assert str(Money.of("12.5", "KWD")) == "12.500 KWD"


def test_minor_units_follow_the_currency() -> None:
    assert Money.from_minor(1250, "CNY") == Money.of("12.50", "CNY")
    assert Money.from_minor(1250, "JPY").amount == Decimal(1250)
    assert Money.of("12.5", "KWD").minor == 12500


@pytest.mark.parametrize(
    "amount", ["NaN", "Infinity", "-Infinity", "1e999", "1e999999", "12,50", "", "twelve", "12.505"]
)
def test_a_figure_that_is_no_exact_amount_is_refused(amount: str) -> None:
    with pytest.raises(InvalidMoney):
        Money.of(amount, "CNY")


@pytest.mark.parametrize("amount", [12.5, True, None, b"12"])
def test_anything_but_text_integers_and_decimals_is_refused(amount: object) -> None:
    with pytest.raises(InvalidMoney):
        Money.of(amount, "CNY")  # type: ignore[arg-type]  # that is the point


def test_a_float_is_refused_wherever_it_comes_in() -> None:
    with pytest.raises(InvalidMoney):
        Money(12.5, "CNY")  # type: ignore[arg-type]  # that is the point
    with pytest.raises(InvalidMoney):
        Money.of("1", "CNY") * 1.5  # type: ignore[operator]  # that is the point
    with pytest.raises(InvalidMoney):
        Money.from_minor(1.5, "CNY")  # type: ignore[arg-type]  # that is the point


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(InvalidMoney) as refused:
        Money.of("1", "XYZ")
    assert refused.value.params["reason"] == "unknown_currency"


def test_currencies_do_not_mix() -> None:
    yuan, yen = Money.of("1", "CNY"), Money.of("1", "JPY")
    with pytest.raises(CurrencyMismatch):
        yuan + yen
    with pytest.raises(CurrencyMismatch):
        yuan < yen  # noqa: B015  # the comparison itself must fail
    assert yuan != yen


def test_money_does_not_mix_with_bare_numbers() -> None:
    with pytest.raises(TypeError):
        Money.of("1", "CNY") + 1  # type: ignore[operator]  # that is the point


def test_a_negative_nought_is_nought() -> None:
    assert str(Money.of("-0.00", "CNY")) == "0.00 CNY"
    assert not Money.zero("CNY")


def test_parts_by_weight_go_to_the_largest_remainders() -> None:
    parts = Money.of("100", "CNY").allocate([1, 1, 1])
    assert [str(part.amount) for part in parts] == ["33.34", "33.33", "33.33"]
    assert [part.minor for part in Money.from_minor(5, "CNY").allocate([1, 0, 3])] == [1, 0, 4]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_weights_that_share_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(InvalidMoney):
        Money.of("1", "CNY").allocate(weights)


@given(MINOR, CURRENCIES)
def test_minor_units_come_back_unchanged(minor: int, currency: str) -> None:
    money = Money.from_minor(minor, currency)
    assert money.minor == minor
    assert Money.of(str(money.amount), currency) == money


@given(MINOR, MINOR, MINOR, CURRENCIES)
def test_adding_is_exact_and_can_be_undone(a: int, b: int, c: int, currency: str) -> None:
    first, second, third = (Money.from_minor(minor, currency) for minor in (a, b, c))
    assert (first + second) - second == first
    assert (first + second) + third == first + (second + third)
    assert first + second == Money.from_minor(a + b, currency)
    assert -first + first == Money.zero(currency)
    assert Money.total([first, second, third], currency).minor == a + b + c


@given(MINOR, MINOR, CURRENCIES)
def test_order_is_that_of_the_amounts(a: int, b: int, currency: str) -> None:
    first, second = Money.from_minor(a, currency), Money.from_minor(b, currency)
    assert (first < second) == (a < b)
    assert (first <= second) == (a <= b)
    assert (first > second) == (a > b)
    assert (first >= second) == (a >= b)
    assert abs(first).minor == abs(a)


@given(MINOR, st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any), CURRENCIES)
def test_parts_sum_to_the_whole_and_follow_the_weights(minor: int, weights: list[int], currency: str) -> None:
    parts = Money.from_minor(minor, currency).allocate(weights)
    assert sum(part.minor for part in parts) == minor
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor * sum(weights) - minor * weight) < sum(weights)


@given(MINOR, st.integers(1, 400), CURRENCIES)
def test_an_even_split_differs_by_at_most_one_minor_unit(minor: int, parts: int, currency: str) -> None:
    split = [part.minor for part in Money.from_minor(minor, currency).split(parts)]
    assert sum(split) == minor
    assert max(split) - min(split) <= 1
