"""What an explanation says of rows that are out of the ordinary, by hand-checked figures."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.engine.answers import ask
from tests.engine.strategies import Document

TERMS: Document = {
    "currency": "CNY",
    "principal": "6000",
    "annual_rate": "12",
    "disbursed_on": "2026-01-10",
    "installments": 6,
}
"""Six installments of 1,035.29: interest 60.00, 50.25, 40.40, 30.45, 20.40, 10.25, due on the 10th from February."""
LINE: Document = TERMS | {"method": "revolving", "installments": 0, "principal": "10000", "day_count": "actual/360"}


def explained(as_of: str, *events: Document, terms: Document = TERMS, **policy: object) -> list[Any]:
    rows: list[Any] = ask("explain", {"terms": terms, "policy": policy, "events": list(events), "as_of": as_of})["rows"]
    return rows


def test_a_line_is_explained_up_to_the_day_asked_about() -> None:
    """41 days of 3.33: 136.6667."""
    (row,) = explained("2026-02-20", terms=LINE)
    assert (row["from"], row["to"], row["due_on"], row["interest"]) == ("2026-01-10", "2026-02-20", None, "136.67")


def test_the_rule_in_duplum_is_named_where_it_stops_interest() -> None:
    """60 days of 333.33 come to 20,000, of which 10,000 are asked for."""
    (row,) = explained("2026-03-11", terms=LINE | {"annual_rate": "1200"}, in_duplum=True)
    assert (row["computed"], row["interest"], row["adjustment"]) == ("20000.00", "10000.00", "in_duplum")


def test_flat_interest_is_rounded_by_the_row_and_free_rows_have_no_share() -> None:
    terms = TERMS | {"method": "flat", "interest_rounding": "day", "grace": {"interest_charged": 1}}
    free, charged = explained("2026-01-10", terms=terms)[:2]
    assert (free["treatment"], free["flat"]) == ("free", None)
    assert (charged["rounded"], charged["flat"]) == ("row", {"total": "300.00", "rows": 5})


@pytest.mark.parametrize(
    ("rounding", "amounts"),
    [("row", ["90.00", "90.00"]), ("stretch", ["90.00", "90.00"]), ("day", ["89.90", "89.88"])],
)
def test_interest_that_waits_is_settled_at_the_rate_of_the_row_that_asks_for_it(
    rounding: str, amounts: list[str]
) -> None:
    """18 % holds on 10 March; by the day 31 · 2.90 and 28 · 3.21."""
    terms = TERMS | {
        "method": "interest_only",
        "grace": {"interest_payment": 1},
        "rate_changes": [{"on": "2026-02-24", "annual_rate": "18"}],
        "rate_settlement": "current",
        "interest_rounding": rounding,
    }
    row = explained("2026-01-10", terms=terms)[1]
    assert [(part["annual_rate"], part["amount"]) for part in row["segments"]] == [("18", part) for part in amounts]
    assert Fraction(row["interest"]) == sum(map(Fraction, amounts))


def test_a_row_that_new_terms_cut_off_is_explained_by_the_old_ones() -> None:
    """Fifteen of 31 days of 60.00; then 31 days over 360 at 24 %."""
    new = TERMS | {"disbursed_on": "2026-01-25", "installments": 2, "day_count": "actual/360", "annual_rate": "24"}
    rows = explained("2026-01-25", {"type": "reschedule", "on": "2026-01-25", "terms": new})
    assert [(row["n"], row["to"], row["per_period"], row["interest"]) for row in rows] == [
        (1, "2026-01-25", True, "29.03"),
        (2, "2026-02-25", False, "124.00"),
        (3, "2026-03-25", False, "56.63"),
    ]


def test_a_payoff_before_a_postponed_due_date_tells_its_days_in_their_order() -> None:
    """10 October 2026 is a Saturday: row 3 falls due on the 12th. A day later row 4 has borne 1/31 of 30.45."""
    terms = TERMS | {"disbursed_on": "2026-07-10", "non_working_days": {"weekdays": [6, 7], "move": "next"}}
    paid = [("2026-08-10", "1035.29"), ("2026-09-10", "1035.29"), ("2026-10-11", "4081.05")]
    events = [{"type": "repay", "on": on, "amount": amount} for on, amount in paid]
    last = explained("2026-10-11", *events, terms=terms, prepay_interest="accrued")[-1]
    assert (last["n"], last["interest"]) == (4, "41.38")
    assert [(part["n"], part["from"], part["to"], part["amount"]) for part in last["segments"]] == [
        (3, "2026-09-10", "2026-10-10", "40.40"),
        (4, "2026-10-10", "2026-10-11", "0.98"),
    ]


def test_interest_that_was_paid_before_a_lower_rate_came_stays_paid() -> None:
    """29.03 were paid of 15 days at 12 %. At 1.2 % from the beginning all rows bear 21.00, which that covers; the 8.03
    beyond are row 1's."""
    events: list[Document] = [
        {"type": "prepay", "on": "2026-01-25", "amount": "29.03"},
        {"type": "extend", "on": "2026-01-25", "installments": 0, "annual_rate": "1.2"},
    ]
    row = explained("2026-01-25", *events, terms=TERMS | {"rate_settlement": "current"})[0]
    assert (row["computed"], row["interest"], row["adjustment"]) == ("6.00", "14.03", "already_paid")
    found = ask("replay", {"terms": TERMS | {"rate_settlement": "current"}, "events": events, "as_of": "2026-01-25"})
    assert sum(Decimal(row["paid"]["interest"]) for row in found["rows"]) == Decimal("29.03")
    assert found["as_of"]["outstanding"]["interest"] == "0.00"
    assert found["as_of"]["payoff"] == "6000.00"


def test_interest_that_was_waived_before_a_lower_rate_came_stays_waived() -> None:
    """The same 29.03, which no row asks for again: row 1 is due with its principal alone."""
    events: list[Document] = [
        {"type": "waive", "of": "interest", "on": "2026-01-25", "amount": "29.03"},
        {"type": "extend", "on": "2026-01-25", "installments": 0, "annual_rate": "1.2"},
    ]
    found = ask("replay", {"terms": TERMS | {"rate_settlement": "current"}, "events": events, "as_of": "2026-01-25"})
    assert found["rows"][0]["interest"] == "14.03"
    assert found["as_of"]["next_due"] == {"on": "2026-02-10", "amount": found["rows"][0]["principal"]}
    assert (found["as_of"]["outstanding"]["interest"], found["as_of"]["payoff"]) == ("0.00", "6000.00")


def test_row_nought_tells_the_days_of_its_broken_period() -> None:
    terms = TERMS | {"first_due_on": "2026-02-20", "broken_period": "at_disbursement", "method": "flat"}
    row = explained("2026-01-10", terms=terms)[0]
    (part,) = row["segments"]
    assert (part["n"], part["days"], part["balance"], part["amount"]) == (0, 10, "6000.00", "19.35")
    assert (row["to"], row["flat"]) == ("2026-01-20", None)


def test_an_exact_figure_keeps_ten_decimals_however_long_it_is() -> None:
    """Interest of a eighty years at 100,000 %, by days over 365."""
    terms = {
        "currency": "CNY",
        "principal": "999999999999999.99",
        "annual_rate": "100000",
        "disbursed_on": "2026-01-10",
        "installments": 1,
        "every": 960,
        "method": "bullet",
        "day_count": "actual/365",
    }
    days = (date(2106, 1, 10) - date(2026, 1, 10)).days
    (row,) = explained("2026-01-10", terms=terms)
    assert Fraction(row["exact"]) == Fraction(
        round(Fraction("999999999999999.99") * 1000 * days / 365 * 10**10), 10**10
    )


# -- penalty ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("as_of", "days"), [("2026-02-13", None), ("2026-02-15", None), ("2026-02-16", 6)])
def test_no_penalty_is_shown_while_the_grace_days_last(as_of: str, days: int | None) -> None:
    """On the sixth day six days of 0.98 are borne: 5.85."""
    found = explained(as_of, penalty={"annual_rate": "36.5", "grace_days": 5})[0]["penalty"]
    if days is None:
        assert found is None
    else:
        assert [(part["days"], part["amount"]) for part in found["segments"]] == [(days, "5.85")]


def test_each_rate_of_a_penalty_shows_what_it_added() -> None:
    """975.29 at 18 % for ten days and 9 % for ten more: 4.8097 and 2.4048, 7.2145 together."""
    terms = TERMS | {"rate_changes": [{"on": "2026-02-20", "annual_rate": "6"}]}
    found = explained("2026-03-02", terms=terms, penalty={"multiple_of_rate": "1.5"})[0]["penalty"]
    assert [(part["annual_rate"], part["days"], part["amount"]) for part in found["segments"]] == [
        ("18", 10, "4.81"),
        ("9", 10, "2.40"),
    ]
    assert (found["accrued"], found["charged"]) == ("7.21", "7.21")


def test_each_rate_of_a_row_is_named() -> None:
    """6,000 for 5, 14 and 9 of 28 days at 12, 6 and 24 %: 64.29, of which 25.71 are told before the last part."""
    changes = [{"on": "2026-02-15", "annual_rate": "6"}, {"on": "2026-03-01", "annual_rate": "24"}]
    terms = TERMS | {"method": "interest_only", "rate_changes": changes}
    row = explained("2026-01-10", terms=terms)[1]
    assert [(part["days"], part["annual_rate"], part["amount"]) for part in row["segments"]] == [
        (5, "12", "10.71"),
        (14, "6", "15.00"),
        (9, "24", "38.58"),
    ]


def test_interest_that_was_paid_ahead_keeps_its_explanation_when_principal_behind_it_is_repaid() -> None:
    """1,360 pay the interest of all six rows and 1,000 of the last; 500 more are repaid with the running row."""
    terms = TERMS | {"method": "interest_only"}
    ahead = {"type": "repay", "on": "2026-01-20", "amount": "1360"}
    early = {"type": "prepay", "on": "2026-01-25", "amount": "500"}
    rows = explained("2026-01-25", ahead, early, terms=terms, prepayment="next_installments")
    assert [(row["computed"], row["interest"], row["adjustment"]) for row in rows[1:]] == [("60.00", "60.00", None)] * 5
