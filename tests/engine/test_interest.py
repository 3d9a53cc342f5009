"""Interest of single rows and of lines without an end, by hand-checked figures, in every rounding and unit."""

from typing import Any

import pytest

from tests.engine.answers import ask
from tests.engine.strategies import Document

TERMS: Document = {
    "currency": "CNY",
    "principal": "6000",
    "annual_rate": "12",
    "disbursed_on": "2026-01-10",
    "installments": 3,
    "method": "interest_only",
}
"""1 % a month, due on the 10th from February."""
LINE: Document = TERMS | {"method": "revolving", "installments": 0, "principal": "10000"}


def interest(**changes: object) -> list[str]:
    return [row["interest"] for row in ask("quote", TERMS | changes)["rows"]]


def accrued(as_of: str, *events: Document, **changes: object) -> str:
    """Interest of a line by the day."""
    found: Any = ask("replay", {"terms": LINE | changes, "events": list(events), "as_of": as_of})
    return str(found["as_of"]["outstanding"]["interest"])


def draw(on: str) -> Document:
    return {"type": "draw", "on": on, "amount": "5000"}


# -- lines without an end --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "terms", "figure"),
    [
        ("2026-01-30", {"unit": "week", "every": 2}, "65.93"),
        ("2026-01-30", {"unit": "week"}, "65.93"),
        ("2026-01-30", {"unit": "day"}, "65.75"),
        ("2026-01-30", {"unit": "day", "every": 10}, "65.75"),
        ("2026-03-20", {"every": 2}, "232.79"),
        ("2028-03-25", {}, "2648.39"),
        ("2029-01-10", {}, "3600.00"),
    ],
)
def test_a_line_counts_plain_periods_and_the_part_of_the_last(as_of: str, terms: Document, figure: str) -> None:
    """Twenty days are 20 / 7 weeks of 12 / 52 % or 20 / 365 of a year; ten of 61 days after two months bear 32.79.

    26 months are 2,600.00, and 15 of the 31 days after them 48.39.
    """
    assert accrued(as_of, **terms) == figure


def test_a_draw_within_a_period_bears_the_rest_of_it() -> None:
    """10,000 for 10 of 31 days; 15,000 for the other 21 and for 10 of 28 days: 32.258 + 101.613 + 53.571."""
    assert accrued("2026-02-20", draw("2026-01-20")) == "187.44"


@pytest.mark.parametrize(
    ("on", "as_of", "terms", "figure"),
    [
        ("2026-01-20", "2026-02-20", {}, "187.54"),
        ("2026-03-20", "2026-03-30", {"every": 2}, "282.01"),
        ("2026-02-07", "2026-02-21", {"unit": "week", "every": 2}, "161.70"),
    ],
)
def test_a_line_rounds_each_day_by_the_length_of_its_own_period(
    on: str, as_of: str, terms: Document, figure: str
) -> None:
    """Months: 10 · 3.23 + 21 · 4.84 + 10 · 5.36. Two months: 59 · 3.39 + 10 · 3.28, and 10 · 4.92 after the draw.

    Weeks: 28 · 3.30 on 10,000 (46.1538 / 14), then 14 · 4.95 on 15,000 (69.2308 / 14).
    """
    assert accrued(as_of, draw(on), **terms, interest_rounding="day") == figure


# -- rows ------------------------------------------------------------------------------------------------------------


def test_a_period_of_one_day_is_rounded_as_that_day() -> None:
    """10,000 · 0.12 / 365 = 3.2877."""
    assert interest(principal="10000", unit="day", interest_rounding="day") == ["3.29", "3.29", "3.29"]


def test_days_of_each_rate_are_rounded_by_themselves() -> None:
    """Ten days of 3.29 at 12 % and 21 of 1.64 at 6 %; then 28 of 1.64."""
    changes = [{"on": "2026-01-20", "annual_rate": "6"}]
    terms = {"principal": "10000", "day_count": "actual/365", "interest_rounding": "day", "rate_changes": changes}
    assert interest(**terms)[:2] == ["67.34", "45.92"]


@pytest.mark.parametrize(
    ("terms", "figure"),
    [
        ({"interest_rounding": "row"}, "139.29"),
        ({"interest_rounding": "stretch"}, "139.28"),
        ({"interest_rounding": "day"}, "139.33"),
        ({"unrounded": True}, "139.29"),
    ],
)
def test_the_current_rate_is_that_of_the_row_s_last_day_for_every_balance(terms: Document, figure: str) -> None:
    """18 %: 6,000 for 5 of 28 days and 10,000 for 23, 16.0714 and 123.2143; by the day 5 · 3.21 + 23 · 5.36."""
    changes = [{"on": "2026-02-24", "annual_rate": "18"}]
    terms = terms | {"rate_changes": changes, "rate_settlement": "current"}
    assert interest(**terms, tranches=[{"on": "2026-02-15", "amount": "4000"}])[1] == figure


def test_the_explanation_settles_each_balance_at_the_current_rate() -> None:
    changes = [{"on": "2026-02-24", "annual_rate": "18"}]
    terms = TERMS | {"rate_changes": changes, "rate_settlement": "current"}
    terms["tranches"] = [{"on": "2026-02-15", "amount": "4000"}]
    (row,) = ask("explain", {"terms": terms, "events": [], "as_of": "2026-01-10", "installment": 2})["rows"]
    assert [(part["days"], part["balance"], part["annual_rate"], part["amount"]) for part in row["segments"]] == [
        (5, "6000.00", "18", "16.07"),
        (23, "10000.00", "18", "123.22"),
    ]


# -- flat ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "shares"),
    [("2026-02-10", ["60.00", "90.00", "90.00"]), ("2026-02-24", ["60.00", "82.50", "82.50"])],
)
def test_flat_interest_of_a_tranche_is_shared_by_the_rows_from_its_own_on(on: str, shares: list[str]) -> None:
    """3,000 for two months bear 60.00; for 14 of 28 days and one month 45.00."""
    assert interest(method="flat", tranches=[{"on": on, "amount": "3000"}]) == shares


def test_a_flat_loan_without_interest_is_its_principal_in_equal_parts() -> None:
    found = ask("quote", TERMS | {"method": "flat", "principal": "1000", "grace": {"interest_charged": 3}})
    assert found["installment"] == "333.33"
    assert [row["total"] for row in found["rows"]] == ["333.33", "333.33", "333.34"]
