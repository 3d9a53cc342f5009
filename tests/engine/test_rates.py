"""Rates that change: which holds on a day, what they come to over many, and what follows them."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.engine.rates import RateChange, Rates
from tests.engine.profiles import examples

JANUARY = date(2026, 1, 1)
DAYS = st.integers(0, 400).map(lambda days: JANUARY + timedelta(days=days))


def rates(first: str, *changes: tuple[date, str]) -> Rates:
    return Rates(Decimal(first), [RateChange(on, Decimal(percent)) for on, percent in changes])


def on(found: Rates, *days: date) -> list[int]:
    return [int(found.on(day)) for day in days]


def test_other_terms_hold_from_their_day_on_and_the_old_ones_before() -> None:
    old = rates("12", (date(2026, 2, 1), "10"), (date(2026, 4, 1), "8"))
    new = rates("6", (date(2026, 3, 1), "5"), (date(2026, 5, 1), "4"))
    both = old.then(date(2026, 3, 15), new)
    days = [
        date(2026, 1, 31),
        date(2026, 2, 1),
        date(2026, 3, 14),
        date(2026, 3, 15),
        date(2026, 4, 2),
        date(2026, 5, 1),
    ]
    assert on(both, *days) == [12, 10, 10, 5, 5, 4]


def test_a_change_on_the_very_day_is_that_of_the_terms_that_hold_from_then_on() -> None:
    old, new = rates("12", (date(2026, 3, 15), "9")), rates("6", (date(2026, 3, 15), "5"))
    both = old.then(date(2026, 3, 15), new)
    assert on(both, date(2026, 3, 14), date(2026, 3, 15)) == [12, 5]
    assert on(both.then(date(2026, 3, 16), rates("3")), date(2026, 3, 15), date(2026, 3, 16)) == [5, 3]


@examples(100)
@given(DAYS, DAYS, st.lists(st.tuples(DAYS, st.integers(0, 40)), max_size=4, unique_by=lambda change: change[0]))
def test_rates_of_many_days_are_those_of_each_day_added_up(
    start: date, end: date, changes: list[tuple[date, int]]
) -> None:
    start, end = min(start, end), max(start, end)
    found = rates("12", *[(day, str(percent)) for day, percent in sorted(changes)])
    each = (Fraction(found.on(start + timedelta(days=passed))) / 100 for passed in range((end - start).days))
    assert found.days_between(start, end) == sum(each, start=Fraction(0))
