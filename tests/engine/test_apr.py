"""Annual percentage rates: what they count, and agreement with an independent solver.

Regulators' own examples are data, see test_published_examples.py.
"""

import decimal
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from services.engine.apr import Flow, annual_percentage_rate, nominal_rate, periodic_rate
from services.engine.unit_periods import Kind, Span, UnitPeriod, months_back, unit_period_of
from tests.engine.answers import ask
from tests.engine.profiles import examples


def test_whole_months_count_twelfths_of_a_year() -> None:
    rate = annual_percentage_rate(100_000, date(2026, 1, 31), [Flow(date(2026, 7, 31), 110_000, 6)])
    assert rate == Decimal("21.0000")


@pytest.mark.parametrize(
    ("advance", "flows"),
    [(0, [(1, 100)]), (-5, [(1, 100)]), (100, [(1, 50)]), (100, []), (1, [(1, 10**18)]), (1, [(1, 2 * 10**10)])],
)
def test_flows_that_no_sensible_rate_balances_have_none(advance: int, flows: list[tuple[int, int]]) -> None:
    assert periodic_rate(advance, flows) is None


def test_a_loan_that_costs_nothing_has_a_rate_of_nought() -> None:
    assert periodic_rate(100, [(1, 40), (2, 60)]) == 0
    assert nominal_rate(100, date(2026, 1, 1), [Flow(date(2026, 2, 1), 100, 1)]) == 0


@examples(150)
@given(
    st.integers(10_000, 10_000_000),
    st.lists(st.tuples(st.integers(1, 400), st.integers(100, 2_000_000)), min_size=1, max_size=24),
)
def test_the_effective_rate_agrees_with_an_independent_solver(advance: int, gaps: list[tuple[int, int]]) -> None:
    start = day = date(2020, 2, 29)
    flows = []
    for gap, minor in gaps:
        day += timedelta(days=gap)
        flows.append(Flow(day, minor, None))
    short = advance + 1 - sum(flow.amount for flow in flows)
    if short > 0:
        flows[-1] = Flow(flows[-1].on, flows[-1].amount + short, None)
    ours = annual_percentage_rate(advance, start, flows)
    days, amounts = [start, *(flow.on for flow in flows)], [-advance, *(flow.amount for flow in flows)]
    if ours is None or ours > 100_000:
        return
    theirs = pyxirr.xirr(days, amounts, guess=float(ours) / 100)
    assert theirs is not None
    assert abs(Decimal(theirs) * 100 - ours) <= Decimal("0.0001") * max(1, ours)


@examples(150)
@given(st.integers(1_000, 10_000_000), st.integers(1, 400), st.integers(1, 900))
def test_the_periodic_rate_agrees_with_an_independent_solver(advance: int, count: int, cost: int) -> None:
    payment = advance * (1000 + cost) // (1000 * count) + 1
    ours = periodic_rate(advance, [(period, payment) for period in range(1, count + 1)])
    theirs = pyxirr.irr([-advance] + [payment] * count)
    assert ours is not None
    assert theirs is not None
    assert abs(Decimal(theirs) * 100 - ours) <= Decimal("0.000002") * max(1, ours)


@pytest.mark.parametrize(
    ("payments", "unit"),
    [
        ([date(2026, 2, 15), date(2026, 3, 15), date(2026, 4, 15)], UnitPeriod(Kind.MONTHS, 1)),
        ([date(2026, 1, 15), date(2026, 1, 22), date(2026, 1, 29)], UnitPeriod(Kind.WEEKS, 1)),
        ([date(2026, 7, 8)], UnitPeriod(Kind.MONTHS, 6)),
        ([date(2029, 1, 8)], UnitPeriod(Kind.MONTHS, 12)),
        ([date(2026, 3, 1)], UnitPeriod(Kind.DAYS, 52)),
        ([date(2026, 2, 17), date(2026, 4, 8)], UnitPeriod(Kind.WEEKS, 6)),
        ([date(2028, 1, 8), date(2030, 1, 8)], UnitPeriod(Kind.MONTHS, 12)),
        ([date(2027, 1, 7)], UnitPeriod(Kind.DAYS, 364)),
        ([date(2027, 1, 9)], UnitPeriod(Kind.MONTHS, 12)),
        ([date(2027, 2, 8)], UnitPeriod(Kind.MONTHS, 12)),
        ([date(2026, 1, 8), date(2026, 1, 8), date(2026, 2, 8)], UnitPeriod(Kind.MONTHS, 1)),
        ([date(2026, 2, 17), date(2026, 4, 8), date(2026, 6, 7)], UnitPeriod(Kind.WEEKS, 7)),
        ([date(2026, 1, 9), date(2026, 1, 12)], UnitPeriod(Kind.DAYS, 1)),
        ([date(2026, 1, 13), date(2026, 1, 21)], UnitPeriod(Kind.WEEKS, 1)),
        ([date(2026, 2, 6), date(2026, 3, 11)], UnitPeriod(Kind.MONTHS, 1)),
        ([date(2027, 1, 5), date(2028, 1, 6)], UnitPeriod(Kind.MONTHS, 12)),
        ([date(2027, 2, 12), date(2028, 3, 23)], UnitPeriod(Kind.MONTHS, 12)),
        ([], UnitPeriod(Kind.DAYS, 1)),
    ],
)
def test_the_unit_period_is_the_common_interval(payments: list[date], unit: UnitPeriod) -> None:
    assert unit_period_of(date(2026, 1, 8), payments) == unit


def test_months_that_end_with_their_last_days_are_counted_over_the_turn_of_a_year() -> None:
    assert unit_period_of(date(2025, 10, 31), [date(2026, 2, 28)]) == UnitPeriod(Kind.MONTHS, 4)


def test_months_that_end_with_their_last_days_are_months() -> None:
    """Three of the six have 30 days, counted from a 31st; 12 % a year on 1,000 is 10.00 a month."""
    terms = {"currency": "USD", "principal": "1000", "annual_rate": "12", "disbursed_on": "2025-03-31"}
    found: Any = ask("quote", terms | {"installments": 6, "method": "interest_only"})
    assert (found["rows"][0]["days"], found["apr_nominal"]) == (30, "12.0000")


def test_the_rate_of_one_payment_after_some_weeks_counts_its_days() -> None:
    """9.23 on 1,000 for 28 days: 0.00923 · 365 / 28."""
    terms = {"currency": "USD", "principal": "1000", "annual_rate": "12", "disbursed_on": "2026-04-03"}
    found: Any = ask("quote", terms | {"installments": 1, "every": 4, "unit": "week"})
    assert found["apr_nominal"] == "12.0320"


def test_months_are_counted_back_from_the_payment() -> None:
    assert months_back(date(1978, 2, 10), date(1978, 4, 1)) == (1, 19)
    assert months_back(date(2026, 1, 31), date(2026, 2, 28)) == (0, 28)
    assert months_back(date(2026, 1, 31), date(2026, 3, 31)) == (2, 0)


@pytest.mark.parametrize(
    ("later", "whole", "odd"),
    [
        (date(2029, 1, 8), 3, Fraction(0)),
        (date(2027, 7, 8), 1, Fraction(6, 12)),
        (date(2027, 3, 20), 1, Fraction(71, 365)),
        (date(2026, 12, 8), 0, Fraction(11, 12)),
        (date(2027, 3, 1), 1, Fraction(52, 365)),
    ],
)
def test_a_unit_period_of_a_year_counts_odd_months_as_twelfths_and_odd_days_over_365(
    later: date, whole: int, odd: Fraction
) -> None:
    assert UnitPeriod(Kind.MONTHS, 12).between(date(2026, 1, 8), later) == Span(whole, odd)


@pytest.mark.parametrize(
    ("unit", "whole", "odd"),
    [
        (UnitPeriod(Kind.MONTHS, 1), 4, Fraction(12, 30)),
        (UnitPeriod(Kind.MONTHS, 3), 1, Fraction(42, 90)),
        (UnitPeriod(Kind.WEEKS, 2), 9, Fraction(6, 14)),
        (UnitPeriod(Kind.DAYS, 30), 4, Fraction(12, 30)),
    ],
)
def test_odd_days_are_parts_of_a_unit_period(unit: UnitPeriod, whole: int, odd: Fraction) -> None:
    assert unit.between(date(2026, 1, 8), date(2026, 5, 20)) == Span(whole, odd)


def test_one_minor_unit_has_a_rate_too() -> None:
    assert periodic_rate(1, [(1, 2)]) == 100


def test_a_rate_below_a_million_million_percent_is_still_named() -> None:
    assert periodic_rate(1, [(1, 9 * 10**9)]) == 9 * 10**11 - 100


def test_the_rates_do_not_depend_on_the_context_of_the_caller() -> None:
    terms = {
        "currency": "CNY",
        "principal": "12000",
        "annual_rate": "14.4",
        "disbursed_on": "2026-03-05",
        "installments": 6,
    }
    before = ask("quote", terms)
    with decimal.localcontext(decimal.Context(prec=5, rounding=decimal.ROUND_DOWN)):
        assert ask("quote", terms) == before
