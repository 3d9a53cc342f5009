"""The dated reference rate and the cap that follows from it."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.configuration.reference_rates import NoReferenceRate, load_reference_rates
from tests.services.desk import CONFIG

rates = load_reference_rates(CONFIG, Decimal(4))
FIRST_DAY = date(2019, 8, 20)


@pytest.mark.parametrize(
    ("day", "percent"),
    [
        (date(2019, 8, 20), "4.25"),
        (date(2019, 9, 19), "4.25"),
        (date(2019, 9, 20), "4.20"),
        (date(2022, 8, 21), "3.70"),
        (date(2022, 8, 22), "3.65"),
        (date(2025, 5, 20), "3.00"),
        (date(2031, 1, 1), "3.00"),
    ],
)
def test_a_rate_holds_from_its_day_until_the_next_one(day: date, percent: str) -> None:
    assert rates.on(day) == Decimal(percent)
    assert rates.cap_on(day) == 4 * Decimal(percent)


def test_before_the_first_rate_nothing_can_be_agreed() -> None:
    with pytest.raises(NoReferenceRate) as refusal:
        rates.cap_on(FIRST_DAY - timedelta(days=1))
    assert refusal.value.params == {"on": FIRST_DAY - timedelta(days=1)}


@given(st.dates(FIRST_DAY, date(2040, 1, 1)))
def test_on_every_day_the_latest_entry_not_after_it_counts(day: date) -> None:
    latest = max((entry for entry in rates.table.rates if entry.since <= day), key=lambda entry: entry.since)
    assert rates.on(day) == latest.percent


def test_the_sample_table_says_where_it_is_from_and_how_sure_it_is() -> None:
    assert rates.table.source
    assert rates.table.certainty
    assert all(earlier.since < later.since for earlier, later in pairwise(rates.table.rates))
